"""What a manifest declares of soft bindings and watermarks, as frozen values.

All of it is what a manifest *says* (C2PA 2.4 sections 18.10 and 18.15.5).
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from provenance.base.finding import Finding
    from provenance.credentials.manifest import ClaimList


class SoftBindingKind(StrEnum):
    """What a soft binding is: put into the content, or computed from it."""

    WATERMARK = "watermark"
    FINGERPRINT = "fingerprint"
    UNKNOWN = "unknown"


class MarkChecker(StrEnum):
    """Who can check a declared mark.

    `PUBLIC`: published software decodes or computes it. `NONE_KNOWN`: we know of no public
    detector, so that a declaration can only be believed or not. `UNKNOWN`: it is not said which
    mark it is, or it is on no list.
    """

    PUBLIC = "public"
    NONE_KNOWN = "none_known"
    UNKNOWN = "unknown"


class MarkCheck(StrEnum):
    """Whether a decoder looked for the declared value in the content, and what it found.

    `matches` of a fingerprint means close, not equal.
    """

    NOT_CHECKED = "not_checked"
    MATCHES = "matches"
    DIFFERS = "differs"
    NOT_FOUND = "not_found"


class Tie(StrEnum):
    """Whether a watermark action speaks of a mark that leads back to the manifest.

    `UNSAID` is the deprecated `c2pa.watermarked`, and any other action whose description names a
    mark.
    """

    BOUND = "bound"
    UNBOUND = "unbound"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One entry of the soft binding algorithm list.

    `number` is its identifier there, `name` the value of `alg`. `media` are top-level media types
    of decoded content, `encoded` full media types where the entry names those. `services` are the
    resolution APIs that the entry names; none is ever called for that reason.
    """

    number: int
    name: str
    owner: str
    kind: SoftBindingKind
    media: tuple[str, ...]
    encoded: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    detector: MarkChecker = MarkChecker.NONE_KNOWN


@dataclass(frozen=True, slots=True)
class Mark:
    """A watermark that is on no list and is known by its name in a credential's own words."""

    name: str
    owner: str
    word: str


@dataclass(frozen=True, slots=True)
class SoftBindingBlock:
    """One block of a soft binding: its value and the part of the content it was computed over.

    The standard has `value` as bytes; where a signer wrote text, `is_text` is true and the bytes
    are its UTF-8. `timespan` is in milliseconds from the start, None where none is given;
    `regions` counts the regions of interest. Without either the block is about the whole.
    """

    value: bytes = field(repr=False)
    is_text: bool
    timespan: tuple[int, int] | None = None
    regions: int = 0


@dataclass(frozen=True, slots=True)
class SoftBinding:
    """One `c2pa.soft-binding` assertion. `entry` is None where the algorithm is on no list.

    `left_out` counts blocks beyond the bound.
    """

    algorithm: str
    entry: Algorithm | None
    blocks: tuple[SoftBindingBlock, ...]
    label: str
    part: ClaimList
    left_out: int = 0

    @property
    def kind(self) -> SoftBindingKind:
        """Watermark or fingerprint, as the list has it."""
        return self.entry.kind if self.entry else SoftBindingKind.UNKNOWN


@dataclass(frozen=True, slots=True)
class WatermarkAction:
    """One action that says that a watermark was put in.

    `mark` is the unlisted mark that its description names. `where` is its place in the manifest.
    """

    action: str
    tie: Tie
    mark: Mark | None
    part: ClaimList
    where: str


@dataclass(frozen=True, slots=True)
class Declared:
    """Everything that one manifest declares of soft bindings and watermarks."""

    bindings: tuple[SoftBinding, ...] = ()
    actions: tuple[WatermarkAction, ...] = ()
    findings: tuple[Finding, ...] = ()
