"""What InvokeAI writes, in its generations of metadata."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, short, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.base.json_text import Json
    from provenance.media.metadata.field import Field

_NOW = "invokeai_metadata"
_GRAPHS = ("invokeai_graph", "invokeai_workflow")
_OLD = "sd-metadata"
_FIRST = "Dream"
_PLACES = (Source.TEXT, Source.QUICKTIME)
_PARAMETERS = frozenset({"generation_mode", "positive_prompt", "seed", "steps", "cfg_scale"})
_FLAG = re.compile(r"(?<!\S)-([sSWHCA]) ?[0-9a-z]")
_TEXT = 16 * 1024  # characters of a Dream command
_MAX_NODES = 4_000
_GENERATING = ("denoise", "text_to_image", "t2i", "txt2img", "img2img", "inpaint", "generate")
_NOT_GENERATING = ("mask", "meta", "string", "collect")
_EDITS = ("inpaint", "outpaint", "infill", "denoise_mask", "mask_and_crop", "kontext")
_GIVEN = ("i2l", "image_to_latents", "ip_adapter", "redux", "img2img", "kontext")
_INPUTS = ("init_image", "ipAdapters", "ref_images", "reference_images", "init_image_name")
"""Settings that name a picture. A strength is there without one too."""


class InvokeAi(Indexed):
    """`invokeai_metadata`, `invokeai_graph`, `invokeai_workflow`, `sd-metadata` and `Dream`.

    InvokeAI's own writers, `invokeai/app/services/image_files/image_files_disk.py` (each of the
    three stands there alone too), and as d3x-at/sd-parsers reads the older ones
    (`parsers/_invokeai`): JSON with an `image` and the weights; a command line with a quoted prompt
    and flags. A graph generates where a node removes noise. The prompt is never quoted.
    """

    name = "invokeai"
    source = "invoke-ai/InvokeAI, image_files_disk.py; d3x-at/sd-parsers, parsers/_invokeai"
    wants = wanted(Source.TEXT, _NOW, _OLD, _FIRST, *_GRAPHS) | wanted(
        Source.QUICKTIME, _NOW, *_GRAPHS
    )

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each of the five that holds settings."""
        told = False
        for field in (f for source in _PLACES for f in index.get(source, _NOW)):
            metadata = index.object(field.value)
            if metadata is not None and len(_PARAMETERS & metadata.keys()) > 1:
                told = True
                yield _settings(metadata, field)
            elif metadata:
                says = "InvokeAI metadata without generation settings"
                yield Marker(Origin.AI_POSSIBLE, says, field, product="InvokeAI")
        if not told:
            for field in (f for source in _PLACES for f in index.get(source, *_GRAPHS)):
                yield from _graph(index, field)
        for field in index.get(Source.TEXT, _OLD):
            yield from _sd_metadata(index, field)
        for field in index.get(Source.TEXT, _FIRST):
            yield from _command(field)


def _sd_metadata(index: Index, field: Field) -> Iterator[Marker]:
    """Yield a marker for `sd-metadata` with settings."""
    metadata = index.object(field.value)
    image = metadata.get("image") if metadata else None
    if metadata and isinstance(image, dict) and {"prompt", "sampler", "seed"} & image.keys():
        weights = metadata.get("model_weights")
        given = image.get("type") == "img2img" or bool(image.get("init_image_path"))
        yield Marker(
            Origin.AI_GENERATED,
            "InvokeAI generation settings (sd-metadata)",
            field,
            product="InvokeAI",
            model=short(weights) if isinstance(weights, str) else None,
            from_input=given,
        )


def _command(field: Field) -> Iterator[Marker]:
    """Yield a marker for a `Dream` command: a prompt in quotes, then flags of a sampler."""
    prompt, quote, flags = field.value[:_TEXT].rpartition('"')
    if quote and prompt.lstrip().startswith('"') and len(set(_FLAG.findall(flags))) > 1:
        says = "InvokeAI command with sampler settings"
        yield Marker(Origin.AI_GENERATED, says, field, product="InvokeAI")


def _settings(metadata: dict[str, Json], field: Field) -> Marker:
    mode = str(metadata.get("generation_mode", ""))
    edits = any(word in mode for word in _EDITS)
    given = edits or "img2img" in mode or any(metadata.get(key) for key in _INPUTS)
    says = "InvokeAI generation settings"
    if given:
        says += ", inpainting a picture" if edits else ", starting from a picture"
    return Marker(
        Origin.AI_MODIFIED if edits else Origin.AI_GENERATED,
        says,
        field,
        product="InvokeAI",
        model=_model(metadata),
        whole=not edits,
        from_input=given,
    )


def _graph(index: Index, field: Field) -> Iterator[Marker]:
    graph = index.object(field.value)
    kinds = list(_kinds(graph.get("nodes"))) if graph else []
    if not kinds:
        return
    makes = any(
        any(word in kind for word in _GENERATING)
        and not any(word in kind for word in _NOT_GENERATING)
        for kind in kinds
    )
    if not makes:
        says = "InvokeAI graph that generates nothing: it may only edit"
        yield Marker(Origin.AI_POSSIBLE, says, field, product="InvokeAI")
        return
    edits = any(word in kind for kind in kinds for word in _EDITS)
    given = edits or any(kind in _GIVEN for kind in kinds)
    says = "InvokeAI graph that generates"
    if given:
        says = f"InvokeAI graph that {'inpaints' if edits else 'starts from'} a picture"
    yield Marker(
        Origin.AI_MODIFIED if edits else Origin.AI_GENERATED,
        says,
        field,
        product="InvokeAI",
        whole=not edits,
        from_input=given,
    )


def _kinds(nodes: Json) -> Iterator[str]:
    """Yield the types of the nodes of a graph (by id) or of a workflow (a list, type in `data`)."""
    items = list(nodes.values()) if isinstance(nodes, dict) else nodes
    for node in items[:_MAX_NODES] if isinstance(items, list) else []:
        if not isinstance(node, dict):
            continue
        data = node.get("data")
        kind = data.get("type") if isinstance(data, dict) else node.get("type")
        if isinstance(kind, str):
            yield kind


def _model(metadata: dict[str, Json]) -> str | None:
    model = metadata.get("model")
    if isinstance(model, dict):
        name = model.get("model_name", model.get("name"))
        return short(name) if isinstance(name, str) else None
    return None
