"""What a removed content credential leaves behind in XMP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, note
from provenance.media.metadata.model import Source
from provenance.signals.detectors._index import Index, Indexed, place, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.signals.detector import Marker

CODE = "credential.remnant"

_PROVENANCE = "dcterms:provenance"
_HISTORY = "xmpMM:History"
_ACTION = "stEvt:action"
_C2PA_ACTION = re.compile(r"c2pa\.[a-z_]{1,40}(?:\.[a-z_]{1,40})?")


class Remnant(Indexed):
    """`dcterms:provenance` that points into the file, and a history with an action of C2PA.

    C2PA Specification 2.2, "Embedding a reference to an active manifest" (`self#jumbf=...`), and
    its list of actions. Both say that there was a manifest store: the caller drops the note where
    there still is one. Blocks that begin as a store and do not parse are found by the container
    scan.
    """

    name = "credential.remnant"
    source = "C2PA Specification 2.2; XMP Specification Part 2 (xmpMM:History)"
    wants = wanted(Source.XMP, _PROVENANCE, _HISTORY, _ACTION)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a note for each reference, and one for the history."""
        for field in index.get(Source.XMP, _PROVENANCE):
            if trimmed(field.value).startswith("self#jumbf"):
                message = "XMP refers to a content credential inside the file"
                yield note(CODE, message, place(field))
        for field in index.every(Source.XMP):
            in_history = field.key == _HISTORY or (
                field.key == _ACTION and _HISTORY in field.context
            )
            if in_history and _C2PA_ACTION.fullmatch(trimmed(field.value)):
                yield note(CODE, "the XMP history names an action of C2PA", place(field))
                return
