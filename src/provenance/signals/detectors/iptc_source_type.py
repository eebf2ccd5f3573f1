"""The IPTC digital source type in XMP: what the file says of how it came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import Finding, note
from provenance.base.terms import AI_ORIGINS, Origin
from provenance.media.metadata.field import Source
from provenance.signals import source_types
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, place, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.media.metadata.field import Field

KEY = "Iptc4xmpExt:DigitalSourceType"
_NAMES = ("DigitalSourceType", "digitalSourceType", "digital_source_type", "Digital Source Type")
_PLAIN = (
    wanted(Source.TEXT, *_NAMES)
    | wanted(Source.QUICKTIME, *_NAMES, *(f"----:com.apple.iTunes:{name}" for name in _NAMES))
    | wanted(Source.EBML, *_NAMES)
    | wanted(Source.VORBIS, *_NAMES)
    | wanted(Source.ID3, *(f"TXXX:{name}" for name in _NAMES))
    | wanted(Source.HTML, "DigitalSourceType")
    | wanted(Source.TAGS, *_NAMES)
)
"""Where there is no XMP, some write the value as a text of that name: there, only AI is heard."""
_MAX_NOTES = 8  # on values that are not in the vocabulary


class IptcSourceType(Indexed):
    """`Iptc4xmpExt:DigitalSourceType`, by exact value.

    IPTC Photo Metadata Standard 2025.1, "Digital Source Type", and the IPTC NewsCodes vocabulary
    of the same name; the property stands in XMP as an attribute, an element or a list, which the
    parser makes the same. A value in another structure (an ingredient in `xmpMM:Pantry`, a
    depicted work of art) speaks of that part: where it is AI, the asset may hold AI. A text, tag or
    comment of the same name counts where its value is AI; so does what a page says of itself, and
    as a part what it says of the pictures in it.
    """

    name = "iptc.source_type"
    source = "IPTC Photo Metadata Standard 2025.1; IPTC NewsCodes, digitalsourcetype"
    wants = wanted(Source.XMP, KEY) | _PLAIN

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each value of the vocabulary, and notes on how it is written."""
        unknown = 0
        for field in index.get(Source.XMP, KEY):
            value = trimmed(field.value)
            if not value:
                continue
            uri, as_written = source_types.canonical(value)
            if not source_types.known(uri):
                uri, as_written = source_types.in_any_form(value) or "", False
            if not uri:
                unknown += 1
                if unknown > _MAX_NOTES:  # a list of nonsense must not use up what is reported
                    continue
                yield note(
                    "iptc.source_type_unknown",
                    "a digital source type that is not in the vocabulary",
                    place(field),
                )
                continue
            if not as_written:
                yield note(
                    "iptc.source_type_form",
                    f"the digital source type is not written as its URI {uri}",
                    place(field),
                )
            yield _marker(field, uri)
        for source, key in sorted(_PLAIN & index.present):
            for field in index.get(source, key):
                uri = source_types.in_any_form(field.value) or ""
                if source_types.origin_of(uri) in AI_ORIGINS:
                    yield _marker(field, uri)


def nested(field: Field) -> bool:
    """Tell whether a field is inside another property than its own list."""
    parts = (part.partition("[")[0] for part in field.context.split("/"))
    return any(part and ":" in part and part not in {KEY, field.key, *_RDF} for part in parts)


_RDF = frozenset({"rdf:Description", "rdf:Bag", "rdf:Seq", "rdf:Alt", "rdf:li"})


def _marker(field: Field, uri: str) -> Marker:
    code = source_types.short_name(uri)
    origin = source_types.origin_of(uri)
    if not nested(field):
        return Marker(origin, f"digital source type {code}", field, source_type=uri)
    part = Origin.AI_POSSIBLE if origin in AI_ORIGINS else None
    says = f"digital source type {code}, of a part that the packet describes"
    return Marker(part, says, field, source_type=uri, whole=False)
