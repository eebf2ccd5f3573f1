"""The signature that xAI writes into the EXIF of its images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SIGNATURE = re.compile(r"Signature: [A-Za-z0-9+/]{62,}={0,2}")
_LEAST = len("Signature: ") + 64


class Xai(Indexed):
    """`Signature: <base64>` in ImageDescription or UserComment, with a UUID as Artist.

    Documented by remove-ai-watermarks, `docs/watermarking-landscape.md` ("xAI / Grok"), and seen
    in downloads of Grok; the signature cannot be verified without xAI's key. Both together, whole
    values, and nothing less: a photographer may be named by a number, a text may be signed.
    """

    name = "xai"
    source = "remove-ai-watermarks, watermarking landscape (2026); files by Grok"
    wants = wanted(Source.EXIF, "Artist")

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield one marker, at the first of the two fields that holds the signature."""
        artists = index.get(Source.EXIF, "Artist")
        if not any(_UUID.fullmatch(trimmed(field.value)) for field in artists):
            return
        for field in index.get(Source.EXIF, "ImageDescription", "UserComment"):
            value = trimmed(field.value)
            if len(value) >= _LEAST and _SIGNATURE.fullmatch(value):
                says = "xAI signature, with an image id as the artist"
                yield Marker(Origin.AI_GENERATED, says, field, vendor="xAI", product="Grok")
                return
