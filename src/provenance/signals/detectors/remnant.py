"""What a removed content credential leaves behind in XMP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, note
from provenance.media.metadata.beside import is_beside
from provenance.media.metadata.field import Source
from provenance.media.metadata.xmp import PROVENANCE, remnant
from provenance.signals.detectors._index import Index, Indexed, place, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.signals.detector import Marker

CODE = "credential.remnant"
_HISTORY = "xmpMM:History"
_ACTION = "stEvt:action"
_EDITED = "the XMP history names an action of C2PA, but there is no credential: it was removed"
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
    wants = wanted(Source.XMP, PROVENANCE, _HISTORY, _ACTION)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield one note for each packet: for its reference, else for the history in it."""
        said = set()
        for field in index.get(Source.XMP, PROVENANCE):
            packet = (field.place, field.offset)
            if is_beside(field):  # a sidecar may have been copied from a file that has one
                continue
            if packet not in said and trimmed(field.value).startswith("self#jumbf"):
                said.add(packet)
                yield remnant(field.place, field.offset)
        for field in index.every(Source.XMP):
            packet = (field.place, field.offset)
            in_history = field.key == _HISTORY or (
                field.key == _ACTION and _HISTORY in field.context
            )
            if is_beside(field):
                continue
            if in_history and packet not in said and _C2PA_ACTION.fullmatch(trimmed(field.value)):
                said.add(packet)
                yield note(CODE, _EDITED, place(field))
