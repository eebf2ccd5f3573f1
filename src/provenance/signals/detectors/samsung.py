"""What the gallery of Samsung's phones keeps of an edit with Galaxy AI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.base.json_text import Json

_KEYS = ("PhotoEditor_Re_Edit_Data", "PEg_Info")


class Samsung(Indexed):
    """Trailer entry `PhotoEditor_Re_Edit_Data` or `PEg_Info`, JSON with a non-zero `genAIType`.

    ExifTool, `Image::ExifTool::Samsung` (the trailer and the first entry); remove-ai-watermarks,
    `metadata.samsung_genai` (the meaning of `genAIType`, found in files of Galaxy S23 to S25;
    Samsung does not document it). `PEg_Info`, with the value 8, was seen in a PNG of 2026 whose
    credential, by a Samsung phone, says that generative AI changed it. Edits without AI write the
    first entry too, with zero or without it.
    """

    name = "samsung"
    source = "ExifTool, Samsung trailer tags; remove-ai-watermarks (2026); files by Samsung"
    wants = wanted(Source.TRAILER, *_KEYS)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each entry that names a kind of AI edit."""
        for field in index.get(Source.TRAILER, *_KEYS):
            edit = index.object(field.value) if "genAIType" in field.value else None
            if edit is not None and _kind(edit.get("genAIType")):
                yield Marker(
                    Origin.AI_MODIFIED,
                    "Galaxy AI edit recorded by the photo editor",
                    field,
                    vendor="Samsung",
                    product="Photo assist",
                    whole=False,
                )


def _kind(value: Json) -> bool:
    """Tell whether the value is a number other than zero, as a number or in quotes."""
    if isinstance(value, str):
        digits = value.strip().removeprefix("-")
        return digits.isascii() and digits.isdigit() and digits.strip("0") != ""
    return isinstance(value, int) and not isinstance(value, bool) and value != 0
