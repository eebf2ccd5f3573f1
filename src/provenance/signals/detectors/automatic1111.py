"""Generation parameters as text: AUTOMATIC1111's web UI, Forge, SD.Next and those who copy them."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.model import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import ANY, Index, Indexed, short, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.metadata.model import Field

_WHOLE = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,20})?")
_START = "Steps: "
_LINE = 16 * 1024  # characters of the line of settings; real ones have a few hundred
_LINES = 8  # lines that begin like the settings; a prompt may quote one
_FORGE = re.compile(r"f[0-9]{1,3}\.[0-9]")


class Automatic1111(Indexed):
    """A line `Steps: N, Sampler: ..., CFG scale: ..., Seed: ...` in one of the web UIs' places.

    stable-diffusion-webui, `modules/processing.py` (`create_infotext`) and `modules/images.py`
    (`save_image_with_geninfo`): PNG `parameters`, EXIF UserComment, and the comment of a GIF.
    Forge adds `Distilled CFG Scale`, SD.Next orders the settings in another way and adds `App`;
    so all four have to be there, and the line has to start with `Steps`. The prompt above the
    line is never quoted.
    """

    name = "automatic1111"
    source = "AUTOMATIC1111/stable-diffusion-webui, modules/images.py and modules/processing.py"
    wants = (
        wanted(Source.TEXT, "parameters")
        | wanted(Source.STEALTH, "parameters")
        | wanted(Source.EXIF, "UserComment")
        | wanted(Source.COMMENT, ANY)
    )

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each field with a line of settings."""
        fields: tuple[Field, ...] = (
            *index.get(Source.TEXT, "parameters"),
            *index.get(Source.STEALTH, "parameters"),
            *index.get(Source.EXIF, "UserComment"),
        )
        if index.media_type == "image/gif":
            fields += tuple(islice(index.every(Source.COMMENT), _LINES))
        for field in fields:
            settings = _settings(field.value)
            if settings is not None:
                yield Marker(
                    Origin.AI_GENERATED,
                    "generation parameters with sampler, steps and seed",
                    field,
                    product=_product(settings),
                    model=short(settings.get("Model", ""), 128),
                )


def _settings(text: str) -> dict[str, str] | None:
    """Return the settings of the last line that has all of them."""
    for line in islice(_lines(text), _LINES):
        settings: dict[str, str] = {}
        for item in line.split(", "):
            key, colon, value = item.partition(": ")
            if colon:
                settings.setdefault(key.strip(), value.strip(" ,"))
        if _complete(settings):
            return settings
    return None


def _lines(text: str) -> Iterator[str]:
    """Yield the lines that start with `Steps: `, last first."""
    end = len(text)
    while True:
        start = text.rfind(_START, 0, end)
        if start < 0:
            return
        if start == 0 or text[start - 1] == "\n":
            yield text[start : start + _LINE].partition("\n")[0].rstrip()
        end = start


def _complete(settings: dict[str, str]) -> bool:
    scale = settings.get("CFG scale") or settings.get("Distilled CFG Scale") or ""
    return bool(
        _WHOLE.fullmatch(settings.get("Steps", ""))
        and settings.get("Sampler")
        and _WHOLE.fullmatch(settings.get("Seed", ""))
        and _NUMBER.fullmatch(scale)
    )


def _product(settings: dict[str, str]) -> str | None:
    """Name the program where the settings do; several write this format without a name."""
    version = settings.get("Version", "")
    if settings.get("App") == "SD.Next":
        return "SD.Next"
    if _FORGE.match(version):
        return "Stable Diffusion WebUI Forge"
    if version.startswith("Fooocus"):
        return "Fooocus"
    if version == "ComfyUI":
        return "ComfyUI"
    return "Stable Diffusion web UI" if re.match(r"v1\.[0-9]", version) else None
