"""What SwarmUI writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.model import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, short, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_KEY = "sui_image_params"


class SwarmUi(Indexed):
    """A JSON object with `sui_image_params` in PNG `parameters` or EXIF UserComment.

    SwarmUI, `docs/Image Metadata Format.md`. No single parameter is promised, so any object under
    the key will do. The prompt is never quoted.
    """

    name = "swarmui"
    source = "mcmonkeyprojects/SwarmUI, docs/Image Metadata Format.md"
    wants = wanted(Source.TEXT, "parameters") | wanted(Source.EXIF, "UserComment")

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each object of parameters."""
        for field in (
            *index.get(Source.TEXT, "parameters"),
            *index.get(Source.EXIF, "UserComment"),
        ):
            found = index.object(field.value) if _KEY in field.value else None
            parameters = found.get(_KEY) if found else None
            if isinstance(parameters, dict) and parameters:
                model = parameters.get("model")
                yield Marker(
                    Origin.AI_GENERATED,
                    "SwarmUI generation settings",
                    field,
                    product="SwarmUI",
                    model=short(model, 128) if isinstance(model, str) else None,
                )
