"""Generators that put their own name where a camera or a program stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.model import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_IDEOGRAM = {"Ideogram AI": ("Ideogram", "Ideogram")}
_REVE = {"reve.com": ("Reve", "Reve")}
_APHRODITE = {
    "Aphrodite AI": ("Aphrodite AI", "Aphrodite AI"),
    "Aphrodite AI v1.0": ("Aphrodite AI", "Aphrodite AI"),
}
_NAMES = {
    (Source.EXIF, "Make"): _IDEOGRAM | _APHRODITE,
    (Source.EXIF, "Software"): _REVE | _APHRODITE,
    (Source.TEXT, "Software"): _REVE | _APHRODITE,
    (Source.XMP, "xmp:CreatorTool"): _REVE,
}
MAKES = frozenset(_IDEOGRAM | _APHRODITE)
"""Values of EXIF Make that are generators, not makers of cameras."""


class VendorNames(Indexed):
    """EXIF Make `Ideogram AI`; Software or CreatorTool `reve.com`; `Aphrodite AI`.

    remove-ai-watermarks, `docs/watermarking-landscape.md` ("EXIF/XMP/PNG-text generator tag"),
    collected from the products in 2026. Exact values in the fields that name the maker: the same
    words in a caption, a keyword or a title are words.
    """

    name = "vendor.name"
    source = "remove-ai-watermarks, watermarking landscape (2026)"
    wants = frozenset(_NAMES)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each field that is a generator's name."""
        for (source, key), names in _NAMES.items():
            for field in index.get(source, key):
                known = names.get(trimmed(field.value))
                if known:
                    vendor, product = known
                    says = f'{key} is "{trimmed(field.value)}"'
                    yield Marker(Origin.AI_GENERATED, says, field, vendor=vendor, product=product)
