"""What InvokeAI writes, in its three generations of metadata."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.model import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, short, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.base.json_text import Json

_NOW = "invokeai_metadata"
_OLD = "sd-metadata"
_FIRST = "Dream"
_PARAMETERS = frozenset({"generation_mode", "positive_prompt", "seed", "steps", "cfg_scale"})
_FLAG = re.compile(r"(?<!\S)-([sSWHCA]) ?[0-9a-z]")
_TEXT = 16 * 1024  # characters of a Dream command


class InvokeAi(Indexed):
    """PNG `invokeai_metadata`, `sd-metadata` and `Dream`.

    InvokeAI's own writers, as d3x-at/sd-parsers reads them (`parsers/_invokeai`): JSON with the
    settings of the generation; JSON with an `image` and the weights; a command line with a quoted
    prompt and flags. The prompt is never quoted.
    """

    name = "invokeai"
    source = "invoke-ai/InvokeAI; d3x-at/sd-parsers, parsers/_invokeai"
    wants = wanted(Source.TEXT, _NOW, _OLD, _FIRST)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each of the three that holds settings."""
        for field in index.get(Source.TEXT, _NOW):
            found = index.object(field.value)
            if found is not None and len(_PARAMETERS & found.keys()) > 1:
                says = "InvokeAI generation settings"
                yield Marker(
                    Origin.AI_GENERATED, says, field, product="InvokeAI", model=_model(found)
                )
            elif found:
                says = "InvokeAI metadata without generation settings"
                yield Marker(Origin.AI_POSSIBLE, says, field, product="InvokeAI")
        for field in index.get(Source.TEXT, _OLD):
            found = index.object(field.value)
            image = found.get("image") if found else None
            if found and isinstance(image, dict) and {"prompt", "sampler", "seed"} & image.keys():
                weights = found.get("model_weights")
                yield Marker(
                    Origin.AI_GENERATED,
                    "InvokeAI generation settings (sd-metadata)",
                    field,
                    product="InvokeAI",
                    model=short(weights) if isinstance(weights, str) else None,
                )
        for field in index.get(Source.TEXT, _FIRST):
            prompt, quote, flags = field.value[:_TEXT].rpartition('"')
            if quote and prompt.lstrip().startswith('"') and len(set(_FLAG.findall(flags))) > 1:
                says = "InvokeAI command with sampler settings"
                yield Marker(Origin.AI_GENERATED, says, field, product="InvokeAI")


def _model(found: dict[str, Json]) -> str | None:
    model = found.get("model")
    if isinstance(model, dict):
        name = model.get("model_name", model.get("name"))
        return short(name) if isinstance(name, str) else None
    return None
