"""What Draw Things writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, short, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_KEY = "exif:UserComment"


class DrawThings(Indexed):
    """XMP `exif:UserComment` with a JSON object that holds `c`, `seed`, `steps` and `sampler`.

    S1D1T1/metaDataBot, README (`c` is the prompt, `uc` the negative one), and enslo/sd-metadata,
    parser for Draw Things. All four keys, of the right type. The prompt is never quoted.
    """

    name = "drawthings"
    source = "S1D1T1/metaDataBot, README; enslo/sd-metadata"
    wants = wanted(Source.XMP, _KEY)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each such object."""
        for field in index.get(Source.XMP, _KEY):
            settings = index.object(field.value) if '"sampler"' in field.value else None
            if (
                settings
                and isinstance(settings.get("c"), str)
                and isinstance(settings.get("sampler"), str)
                and isinstance(settings.get("seed"), int)
                and isinstance(settings.get("steps"), int)
            ):
                model = settings.get("model")
                yield Marker(
                    Origin.AI_GENERATED,
                    "Draw Things generation settings",
                    field,
                    product="Draw Things",
                    model=short(model) if isinstance(model, str) else None,
                )
