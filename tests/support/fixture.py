"""What a fixture is: how it is made, and the verdict it must get. The vocabulary is design's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
AI = IPTC + "trainedAlgorithmicMedia"
AI_COMPOSITE = IPTC + "compositeWithTrainedAlgorithmicMedia"
CAPTURE = IPTC + "digitalCapture"
COMPOSITE = IPTC + "composite"
CREATION = IPTC + "digitalCreation"
HUMAN_EDITS = IPTC + "humanEdits"

TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".c2pa": "application/c2pa",
}


class Shelf(Protocol):
    """Where a recipe takes other fixtures from."""

    def __getitem__(self, name: str) -> bytes:
        """A fixture's bytes by its file name."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The verdict with the tests' anchors as private ones, at `CHECKED_AT`, nothing else listed."""

    origin: str
    assurance: str
    integrity: str = "intact"
    identity: str = "private"
    time: str = "current"
    revocation: str = "not_checked"
    credentials: str = "present"
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fixture:
    """One file: its name, what it is, how it is made and what must be said of it."""

    name: str
    made_by: str
    """`sdk`, `writer` or `code` (no credential of its own)."""
    what: str
    make: Callable[[Shelf], bytes]
    expected: Expected
    because: str
    sidecar: str = field(default="")
    """The name of the neighbouring `.c2pa` that belongs to the sample."""

    @property
    def media_type(self) -> str:
        """The media type by the file's own extension."""
        return TYPES[self.name[self.name.rindex(".") :]]


CHECKED_AT = "2026-06-01T00:00:00Z"

AI_TRUSTED = Expected("ai_generated", "verified_private", flags=("ai",))
AI_SIGNED = replace(AI_TRUSTED, assurance="signed")
AI_BROKEN = Expected("ai_generated", "broken", integrity="broken", flags=("ai", "broken"))
CAPTURED = Expected("captured", "verified_private")
UNKNOWN = Expected("unknown", "none")
"""An intact credential of ours that makes no claim strong enough for a verdict."""
NO_CREDENTIAL = Expected(
    "unknown", "none", integrity="none", identity="none", time="unknown", credentials="absent"
)


def label(number: int) -> str:
    """The manifest label of the n-th sample."""
    return f"urn:c2pa:00000000-0000-4000-8000-{number:012d}"


def instance(number: int) -> str:
    """The instance identifier of the n-th sample."""
    return f"xmp:iid:00000000-0000-4000-9000-{number:012d}"
