"""The faults of the robustness check, and what can become of each."""

from __future__ import annotations

from enum import StrEnum

APPENDED = b"bytes behind the end of the file" * 2


class CopyFault(StrEnum):
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
    CopyFault.MEDIA: "one bit of the media flipped",
    CopyFault.CLAIM: "one bit of the claim flipped",
    CopyFault.ASSERTION: "one bit of an assertion flipped",
    CopyFault.SIGNATURE: "one bit of the claim signature flipped",
    CopyFault.REMOVED: "manifest store removed",
    CopyFault.DUPLICATED: "manifest store there twice",
    CopyFault.MOVED: "manifest store at another place",
    CopyFault.STRIPPED: "all metadata removed",
    CopyFault.TRUNCATED: "cut off in the middle of the media",
    CopyFault.APPENDED: f"{len(APPENDED)} bytes appended",
}


class Effect(StrEnum):
    """What becomes of a fault."""

    NOTICED = "noticed"
    UNNOTICED = "unnoticed"
    LOST = "lost"  # no credential is left that could notice
    NOT_MADE = "not_made"
