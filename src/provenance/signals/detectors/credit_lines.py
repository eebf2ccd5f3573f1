"""Credit lines that products write, by their exact words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_XMP = "photoshop:Credit"
_IIM = "2:110"
_LINES: dict[str, tuple[Origin, str, str | None]] = {
    "Made with Google AI": (Origin.AI_GENERATED, "Google", None),
    "Edited with Google AI": (Origin.AI_MODIFIED, "Google", None),
    "Apple Image Playground": (Origin.AI_GENERATED, "Apple", "Image Playground"),
    "Apple Photos Clean Up": (Origin.AI_MODIFIED, "Apple", "Photos Clean Up"),
    "Apple Photos Generative Edit: Clean Up": (Origin.AI_MODIFIED, "Apple", "Photos Clean Up"),
}


class CreditLines(Indexed):
    """`photoshop:Credit` and IIM 2:110, where the whole value is a product's own line.

    Google, "More transparency for AI edits in Google Photos" (2024-10-24), for "Edited with Google
    AI"; Android Authority, 2024-10-09, for "Made with Google AI" in files of Gemini; files edited
    with Apple Photos for "Apple Photos Clean Up"; captures of 2026-09 that
    wiltodelta/remove-ai-watermarks describes, for the other two of Apple. Exact words and case: a
    credit to a person or an agency that mentions them is a credit.
    """

    name = "credit.line"
    source = "Google Photos announcement of 2024-10-24; files by Gemini and Apple Photos"
    wants = wanted(Source.XMP, _XMP) | wanted(Source.IPTC, _IIM)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each credit that is one of the lines."""
        for field in (*index.get(Source.XMP, _XMP), *index.get(Source.IPTC, _IIM)):
            known = _LINES.get(trimmed(field.value))
            if known is not None:
                origin, vendor, product = known
                yield Marker(
                    origin,
                    f'credit line "{trimmed(field.value)}"',
                    field,
                    vendor=vendor,
                    product=product,
                    whole=origin is Origin.AI_GENERATED,
                )
