"""The properties for generative AI of the IPTC Photo Metadata Standard 2025.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import note
from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals import source_types
from provenance.signals.detector import Marker
from provenance.signals.detectors import ai_systems, iptc_source_type
from provenance.signals.detectors._index import Index, Indexed, place, short, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.metadata.field import Field
    from provenance.signals.generators import Generator

_SYSTEM = "Iptc4xmpExt:AISystemUsed"
_VERSION = "Iptc4xmpExt:AISystemVersionUsed"
_KEYS = (
    _SYSTEM,
    _VERSION,
    "Iptc4xmpExt:AIPromptInformation",
    "Iptc4xmpExt:AIPromptWriterName",
)
UNKNOWN_SYSTEM = "marker.unknown_system"


class IptcAi(Indexed):
    """`AISystemUsed`, `AISystemVersionUsed`, `AIPromptInformation`, `AIPromptWriterName`.

    IPTC Photo Metadata Standard 2025.1 (news of the IPTC, November 2025): the engine, its version,
    the prompt and who wrote it, "used to generate this image". Photos with a generated part carry
    them too, so the asset is generated only where a digital source type of the same packet says
    so, and modified where the system is one of the table. Any other value may be a denial in any
    language: it is the finding `marker.unknown_system`. The prompt and the name are personal data
    and are never quoted.
    """

    name = "iptc.ai"
    source = "IPTC Photo Metadata Standard 2025.1"
    wants = wanted(Source.XMP, *_KEYS)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield one marker for each packet that fills one of the properties."""
        packets: dict[tuple[str, int], list[Field]] = {}
        for field in index.get(Source.XMP, *_KEYS):
            if trimmed(field.value) and not iptc_source_type.nested(field):
                packets.setdefault((field.place, field.offset), []).append(field)
        generated = {
            (f.place, f.offset)
            for f in index.get(Source.XMP, iptc_source_type.KEY)
            if source_types.origin_of(trimmed(f.value)) is Origin.AI_GENERATED
            and not iptc_source_type.nested(f)
        }
        for packet, fields in packets.items():
            yield from _judge(fields, generated=packet in generated)


def _judge(fields: list[Field], *, generated: bool) -> Iterator[Marker | Finding]:
    """Yield what one packet says: an origin only where it names a system that is known.

    A list of words that deny would have to know every language. What is not in the table of
    systems says nothing by itself, and is named in a finding.
    """
    system = next((f for f in fields if f.key == _SYSTEM), None)
    version = next((f for f in fields if f.key == _VERSION), None)
    known = ai_systems.named_system(system.value) if system else None
    if known is None and version is not None:
        known = ai_systems.named_system(version.value)
    if known is not None or generated:
        yield _marker(fields, known, generated=generated)
    elif system is not None or version is not None:
        named = system or version
        assert named is not None  # noqa: S101 - one of the two is there
        value = short(named.value) or "a long text"
        message = f"an AI system that is not in the table, so it gives no origin: {value}"
        yield note(UNKNOWN_SYSTEM, message, place(named))


def _marker(fields: list[Field], known: Generator | None, *, generated: bool) -> Marker:
    system = next((f for f in fields if f.key == _SYSTEM), None)
    version = next((short(f.value) for f in fields if f.key == _VERSION), None)
    product = known.product if known else None
    model = known.model if known else None
    if model is None and product and version:
        model = f"{product} {version}"
    names = ", ".join(dict.fromkeys(f.key.partition(":")[2] for f in fields))
    return Marker(
        Origin.AI_GENERATED if generated else Origin.AI_MODIFIED,
        f"IPTC properties for generative AI are filled in: {names}",
        system or fields[0],
        vendor=(known.vendor or None) if known else None,
        product=product,
        model=model,
        whole=generated,
    )
