"""What the check of one hard binding gives: a status code of the standard, and what it rests on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, error, note, warning
from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

ALTERED = "the media does not have the hash that was signed"
MAX_SHOWN = 6  # ranges that one message names


class BindingResult(StrEnum):
    """How the media compares with what was signed."""

    MATCH = "match"
    PARTIAL = "partial"  # it matches, and leaves out bytes that may matter
    MISMATCH = "mismatch"
    UNCHECKED = "unchecked"  # it could not be compared; never counts as a match


@dataclass(frozen=True, slots=True)
class BindingOutcome:
    """The outcome of one hard binding.

    `where` is `<manifest>/<assertion>`. `code` is the standard's, `section` where C2PA 2.4 decides
    it. `left_out` are the ranges of the file, as (start, length) in bytes, that no hash covers and
    that are not just the credential. `findings` are what else was noticed on the way.
    `code` may be empty where nothing was compared and the standard has no code for that.
    `media_absent` says that it was not compared because the media is not here, `beyond` that a
    bound of this program kept it from that. `early` says that blocks of media were compared from
    the header of their box on, where that is shorter than 16 bytes.
    """

    where: str
    result: BindingResult
    code: str
    section: str
    message: str
    left_out: tuple[tuple[int, int], ...] = ()
    findings: tuple[Finding, ...] = ()
    media_absent: bool = False
    beyond: bool = False
    early: bool = False

    @property
    def finding(self) -> Finding | None:
        """What a report says of it; None for a plain match."""
        message = self.message
        if self.result is BindingResult.MISMATCH:
            return error(self.code, message, self.where)
        if self.result is BindingResult.PARTIAL:
            return warning("binding.partial", message, self.where)
        if self.result is BindingResult.UNCHECKED and self.media_absent:
            return note("binding.fragments_missing", message, self.where)
        if self.result is BindingResult.UNCHECKED:
            if self.code:
                return error(self.code, message, self.where)
            return warning("binding.unchecked", message, self.where)
        return None


class Malformed(Exception):  # noqa: N818 - control flow within this package, never leaves it
    """An assertion that breaks the standard's schema. `code` is the standard's."""

    def __init__(self, code: str, section: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.section = section


class Unknown(Exception):  # noqa: N818 - as above
    """A form that this version cannot compute. The message says which."""


class TooMuch(Unknown):
    """What would cost more than a file may. The message says what."""


def ranges_text(ranges: Sequence[tuple[int, int]]) -> str:
    """Name ranges for people: `16 bytes at 300, 4 bytes at 900`."""
    named = [f"{length} bytes at {start}" for start, length in ranges[:MAX_SHOWN]]
    if len(ranges) > MAX_SHOWN:
        named.append(f"{len(ranges) - MAX_SHOWN} more ranges")
    return ", ".join(named)
