"""What comes out of an archive, a mailbox or a document, and what that may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.options import RATIO_FLOOR, ArchiveLimits
from provenance.base.values import dataclass

if TYPE_CHECKING:
    from provenance.base.errors import AssetError
    from provenance.base.finding import Finding
    from provenance.media.asset import Asset


@dataclass(frozen=True, slots=True)
class Member:
    """One file within another.

    `name` is what the archive calls it, byte for byte where it is UTF-8; else other bytes are
    surrogates, as in names of files. `asset` holds its bytes, of use only until the next member is
    asked for. None where they cannot be had: `error` says why. `findings` are for its own record.
    `part` says that the container is a document or a message, of which this may be a mere piece of
    text or markup.
    """

    name: str
    asset: Asset | None
    error: AssetError | None = None
    findings: tuple[Finding, ...] = ()
    part: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """What in a container was not examined because a bound was reached, in words for a sentence."""

    what: str


class ExhaustedError(Exception):
    """The members of one file may cost no more. The message says which bound was reached."""


class Spending:
    """What is left for the members of one file, counted over all levels within it."""

    def __init__(self, limits: ArchiveLimits, size: int) -> None:
        """Begin with everything. `size` is that of the outermost file, in bytes."""
        self.limits = limits
        self.held = 0  # bytes of members that are in memory now
        self._members = limits.members
        by_ratio = max(limits.ratio * size, RATIO_FLOOR)
        self._bytes = min(limits.unpacked, by_ratio)
        self._bound = (
            f"{limits.unpacked} bytes unpacked (--max-unpacked)"
            if limits.unpacked <= by_ratio
            else f"{by_ratio} bytes unpacked, for a file of {size} (--max-ratio)"
        )

    @property
    def room(self) -> int:
        """How many bytes may be taken into memory now."""
        return self.limits.held - self.held

    def member(self) -> None:
        """Count a member. Raises ExhaustedError."""
        self._members -= 1
        if self._members < 0:
            raise ExhaustedError(f"{self.limits.members} members examined (--max-members)")

    def charge(self, count: int) -> None:
        """Count bytes of members. Raises ExhaustedError."""
        self._bytes -= count
        if self._bytes < 0:
            raise ExhaustedError(self._bound)
