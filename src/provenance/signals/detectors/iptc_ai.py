"""The properties for generative AI of the IPTC Photo Metadata Standard 2025.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.model import Source
from provenance.signals import source_types
from provenance.signals.detector import Marker
from provenance.signals.detectors import iptc_source_type
from provenance.signals.detectors._index import Index, Indexed, short, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.metadata.model import Field

_SYSTEM = "Iptc4xmpExt:AISystemUsed"
_VERSION = "Iptc4xmpExt:AISystemVersionUsed"
_KEYS = (
    _SYSTEM,
    _VERSION,
    "Iptc4xmpExt:AIPromptInformation",
    "Iptc4xmpExt:AIPromptWriterName",
)
_EMPTY = frozenset(
    {"", "-", "0", "false", "n/a", "na", "nil", "no", "no ai", "none", "not applicable", "null"}
)
"""What people and templates put where nothing is to be said."""
_DENIALS = ("no ai ", "not ai ", "no generative ", "without ai ", "none ")
"""How a sentence begins that says that there was none."""


class IptcAi(Indexed):
    """`AISystemUsed`, `AISystemVersionUsed`, `AIPromptInformation`, `AIPromptWriterName`.

    IPTC Photo Metadata Standard 2025.1 (news of the IPTC, November 2025): the engine, its version,
    the prompt and who wrote it, "used to generate this image". Photos with a generated part carry
    them too, so the asset is generated only where a digital source type of the same packet says
    so, and modified otherwise. The prompt and the name are personal data and are never quoted.
    """

    name = "iptc.ai"
    source = "IPTC Photo Metadata Standard 2025.1"
    wants = wanted(Source.XMP, *_KEYS)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield one marker for each packet that fills one of the properties."""
        packets: dict[tuple[str, int], list[Field]] = {}
        for field in index.get(Source.XMP, *_KEYS):
            if not _empty(field.value) and not iptc_source_type.nested(field):
                packets.setdefault((field.place, field.offset), []).append(field)
        generated = {
            (f.place, f.offset)
            for f in index.get(Source.XMP, iptc_source_type.KEY)
            if source_types.origin(trimmed(f.value)) is Origin.AI_GENERATED
            and not iptc_source_type.nested(f)
        }
        for packet, fields in packets.items():
            yield _marker(fields, generated=packet in generated)


def _empty(value: str) -> bool:
    text = " ".join(trimmed(value).casefold().strip(".!").split())
    return text in _EMPTY or f"{text} ".startswith(_DENIALS)


def _marker(fields: list[Field], *, generated: bool) -> Marker:
    system = next((f for f in fields if f.key == _SYSTEM), None)
    version = next((short(f.value) for f in fields if f.key == _VERSION), None)
    from provenance.signals import generators  # noqa: PLC0415 - reads its table; rarely needed

    known = generators.by_software_agent(system.value) if system else None
    product = known.product if known else short(system.value) if system else None
    model = known.model if known else None
    if model is None and product and version:
        model = f"{product} {version}"
    names = ", ".join(dict.fromkeys(f.key.partition(":")[2] for f in fields))
    return Marker(
        Origin.AI_GENERATED if generated else Origin.AI_MODIFIED,
        f"IPTC properties for generative AI are filled in: {names}",
        system or fields[0],
        vendor=known.vendor if known else None,
        product=product,
        model=model,
        whole=generated,
    )
