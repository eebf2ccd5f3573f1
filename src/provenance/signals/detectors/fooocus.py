"""What Fooocus writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, short, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_SCHEMES = frozenset({"fooocus", "a1111"})
_PLACES = (
    (Source.TEXT, "fooocus_scheme", "parameters"),
    (Source.EXIF, "MakerNote", "UserComment"),
)
_INSIDE = '"metadata_scheme"'
_SETTINGS = frozenset({"base_model", "sampler", "seed", "steps", "performance", "prompt"})


class Fooocus(Indexed):
    """PNG `fooocus_scheme` with `parameters`; in JPEG and WebP EXIF MakerNote with UserComment.

    lllyasviel/Fooocus, `modules/meta_parser.py` (`read_info_from_image`, `get_exif`): the scheme
    is `fooocus` (JSON settings) or `a1111` (text settings). JSON settings name their scheme
    inside too (`metadata_scheme`), which serves where the MakerNote is not there. The prompt is
    never quoted.
    """

    name = "fooocus"
    source = "lllyasviel/Fooocus, modules/meta_parser.py"
    wants = wanted(Source.TEXT, "parameters") | wanted(Source.EXIF, "UserComment")

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker where a scheme is beside settings in that scheme."""
        for source, scheme_key, settings_key in _PLACES:
            schemes = {trimmed(f.value) for f in index.get(source, scheme_key)} & _SCHEMES
            for field in index.get(source, settings_key):
                named = _INSIDE in field.value
                if not schemes and not named:
                    continue
                settings = index.object(field.value)
                if not schemes and (
                    settings is None or settings.get("metadata_scheme") != "fooocus"
                ):
                    continue
                model = settings.get("base_model") if settings else None
                as_json = settings is not None and len(_SETTINGS & settings.keys()) > 1
                as_text = "a1111" in schemes and "Steps: " in field.value
                if as_json or as_text:
                    yield Marker(
                        Origin.AI_GENERATED,
                        "Fooocus generation settings",
                        field,
                        product="Fooocus",
                        model=short(model) if isinstance(model, str) else None,
                    )
