"""ComfyUI's graphs: what was run to make the media."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.model import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.base.json_text import Json
    from provenance.media.metadata.model import Field

_EXIF = ("Make", "Model", "ImageDescription", "UserComment")
_COMMENTS = (
    (Source.VORBIS, ("prompt", "workflow", "comment", "description")),
    (Source.EBML, ("prompt", "workflow", "comment", "description")),
    (
        Source.QUICKTIME,
        ("prompt", "workflow", "comment", "com.apple.quicktime.comment", "©cmt"),
    ),
    (Source.ID3, ("TXXX:prompt", "TXXX:workflow", "TXXX:comment", "COMM")),
    (Source.RIFF, ("ICMT",)),
)
_GENERATING = frozenset(
    {
        # samplers
        "KSampler",
        "KSamplerAdvanced",
        "SamplerCustom",
        "SamplerCustomAdvanced",
        # loaders of diffusion models; upscalers, VAEs and text encoders are none
        "CheckpointLoader",
        "CheckpointLoaderSimple",
        "DiffusersLoader",
        "ImageOnlyCheckpointLoader",
        "UNETLoader",
        "unCLIPCheckpointLoader",
    }
)
_SAMPLER_INPUTS = frozenset({"sampler_name", "steps", "cfg"})
_OFF = (2, 4)  # the `mode` of a node that is muted or bypassed
_NODES = 20_000  # of one graph; the largest real ones have some hundreds
_GENERATED = "ComfyUI graph with a sampler or a model loader"
_POSSIBLE = "ComfyUI graph without a sampler or model loader: it may only edit"


class ComfyUi(Indexed):
    """A graph as it was run (`prompt`) or as it was drawn (`workflow`).

    ComfyUI, `nodes.py` (`SaveImage`, `NODE_CLASS_MAPPINGS`), `comfy_extras/nodes_images.py` (EXIF
    of animated WebP: `prompt:` and `workflow:` in Make, Model and others), `nodes_audio.py` and
    `nodes_video.py` (tags of the container), and ComfyUI-VideoHelperSuite (a comment that holds
    both). ComfyUI also resizes photos: generated only where a node is one of its samplers or model
    loaders, takes a sampler's settings (as sd-parsers reads custom nodes), or has a diffusion
    model as its input or output (its documentation: `MODEL`). Where the graph that was run is
    there, the drawing is not asked.
    """

    name = "comfyui"
    source = "comfyanonymous/ComfyUI, nodes.py; ComfyUI-VideoHelperSuite; d3x-at/sd-parsers"
    wants = (
        wanted(Source.TEXT, "prompt", "workflow")
        | wanted(Source.EXIF, *_EXIF)
        | frozenset(key for source, keys in _COMMENTS for key in wanted(source, *keys))
    )

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each graph that was run; for drawings only where there is none."""
        drawings: list[tuple[Field, str]] = []
        runs = False
        for field, kind, text in _candidates(index):
            if kind == "workflow":
                drawings.append((field, text))
                continue
            found = index.object(text)
            if found is None:
                continue
            graph, drawing = _unwrapped(index, found) if kind == "comment" else (found, None)
            generating = _run_generates(graph) if graph else None
            if generating is not None:
                runs = True
                yield _marker(field, generating=generating)
            elif drawing is not None and (drawn := _drawing_generates(drawing)) is not None:
                runs = True
                yield _marker(field, generating=drawn)
        if not runs:
            yield from _drawn(index, drawings)


def _drawn(index: Index, drawings: list[tuple[Field, str]]) -> Iterator[Marker]:
    for field, text in drawings:
        found = index.object(text)
        generating = _drawing_generates(found) if found is not None else None
        if generating is not None:
            yield _marker(field, generating=generating)


def _marker(field: Field, *, generating: bool) -> Marker:
    if generating:
        return Marker(Origin.AI_GENERATED, _GENERATED, field, product="ComfyUI")
    return Marker(Origin.AI_POSSIBLE, _POSSIBLE, field, product="ComfyUI")


def _candidates(index: Index) -> Iterator[tuple[Field, str, str]]:
    """Yield (field, `prompt`, `workflow` or `comment`, JSON text) of each place, graphs first."""
    for field in index.get(Source.TEXT, "prompt", "workflow"):
        yield field, field.key, field.value
    for field in index.get(Source.EXIF, *_EXIF):
        value = trimmed(field.value)
        for kind in ("prompt", "workflow"):
            if value.startswith(kind + ":") and value[len(kind) + 1 :].lstrip()[:1] == "{":
                yield field, kind, value[len(kind) + 1 :]
    for source, keys in _COMMENTS:
        for field in index.get(source, *keys):
            name = field.key.rpartition(":")[2].lower()
            if '"class_type"' in field.value or '"nodes"' in field.value or r"\"" in field.value:
                yield field, name if name in {"prompt", "workflow"} else "comment", field.value


def _unwrapped(
    index: Index, found: dict[str, Json]
) -> tuple[dict[str, Json] | None, dict[str, Json] | None]:
    """Return (graph, drawing) of a comment that holds both; each may be JSON within JSON."""
    made: list[dict[str, Json] | None] = []
    for kind in ("prompt", "workflow"):
        value = found.get(kind)
        if isinstance(value, str):
            value = index.object(value)
        made.append(value if isinstance(value, dict) else None)
    return (found, None) if made == [None, None] else (made[0], made[1])


def _run_generates(graph: dict[str, Json]) -> bool | None:
    """Judge a graph as it was run: id -> {class_type, inputs}. None where it is none."""
    nodes = 0
    generating = False
    for node in list(graph.values())[:_NODES]:
        if not isinstance(node, dict):
            continue
        kind, inputs = node.get("class_type"), node.get("inputs")
        if not isinstance(kind, str) or not isinstance(inputs, dict):
            continue
        nodes += 1
        generating = generating or kind in _GENERATING or inputs.keys() >= _SAMPLER_INPUTS
    return generating if nodes else None


def _drawing_generates(drawing: dict[str, Json]) -> bool | None:
    """Judge a graph as it was drawn: a list of nodes with a type. None where it is none."""
    if not isinstance(drawing.get("nodes"), list) or "links" not in drawing:
        return None
    seen = 0
    generating = False
    for node in _drawn_nodes(drawing):
        if not isinstance(node.get("type"), str) or "id" not in node:
            continue
        seen += 1
        if node.get("mode") not in _OFF:
            generating = generating or node["type"] in _GENERATING or _has_model(node)
    return generating if seen else None


def _drawn_nodes(drawing: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield the nodes of a drawing and of the subgraphs it defines."""
    lists: list[Json] = [drawing.get("nodes")]
    definitions = drawing.get("definitions")
    if isinstance(definitions, dict):
        subgraphs = definitions.get("subgraphs")
        if isinstance(subgraphs, list):
            lists += [s.get("nodes") for s in subgraphs[:_NODES] if isinstance(s, dict)]
    left = _NODES
    for nodes in lists:
        for node in nodes[:left] if isinstance(nodes, list) else []:
            left -= 1
            if isinstance(node, dict):
                yield node


def _has_model(node: dict[str, Json]) -> bool:
    """Tell whether a diffusion model goes into a node or comes out of it, by a link."""
    for side, link in (("inputs", "link"), ("outputs", "links")):
        slots = node.get(side)
        for slot in slots[:64] if isinstance(slots, list) else []:
            if isinstance(slot, dict) and slot.get("type") == "MODEL" and slot.get(link):
                return True
    return False
