"""The faults of the robustness check, and what can become of each."""

from __future__ import annotations

from enum import StrEnum

APPENDED = b"bytes behind the end of the file" * 2


class Fault(StrEnum):
    """The one thing that is wrong with a copy."""

    MEDIA = "media"
    CLAIM = "claim"
    ASSERTION = "assertion"
    SIGNATURE = "signature"
    REMOVED = "manifest_removed"
    DUPLICATED = "manifest_duplicated"
    MOVED = "manifest_moved"
    STRIPPED = "metadata_stripped"
    TRUNCATED = "truncated"
    APPENDED = "appended"


WORDS = {
    Fault.MEDIA: "one bit of the media flipped",
    Fault.CLAIM: "one bit of the claim flipped",
    Fault.ASSERTION: "one bit of an assertion flipped",
    Fault.SIGNATURE: "one bit of the claim signature flipped",
    Fault.REMOVED: "manifest store removed",
    Fault.DUPLICATED: "manifest store there twice",
    Fault.MOVED: "manifest store at another place",
    Fault.STRIPPED: "all metadata removed",
    Fault.TRUNCATED: "cut off in the middle of the media",
    Fault.APPENDED: f"{len(APPENDED)} bytes appended",
}


class Effect(StrEnum):
    """What becomes of a fault."""

    NOTICED = "noticed"
    UNNOTICED = "unnoticed"
    LOST = "lost"  # no credential is left that could notice
    NOT_MADE = "not_made"
