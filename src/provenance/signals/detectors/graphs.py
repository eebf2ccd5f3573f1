"""ComfyUI's graphs: what was run to make the media."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, note
from provenance.base.terms import Origin
from provenance.base.values import dataclass
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors import graph_model, graph_walk, json_forms
from provenance.signals.detectors._index import Index, Indexed, place, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.base.json_text import Json
    from provenance.media.metadata.field import Field
    from provenance.signals.detectors.graph_model import Graph
    from provenance.signals.detectors.graph_walk import Making

_RUN, _DRAWN = "class_type", ('"nodes"', '\\"nodes')
_KINDS = re.compile(r'\\?"(?:class_type)\\?"\s{0,4}:\s{0,4}\\?"([^"\\]{1,128})')
_DRAWN_KINDS = re.compile(r'\\?"type\\?"\s{0,4}:\s{0,4}\\?"([^"\\]{1,128})')
_MAX_KINDS = 4_000
_MAX_GRAPHS = 8  # of one text
_WITHIN = 3  # levels of objects in which a graph is looked for
_MAX_KEYS = 4_096
INCOMPLETE = "marker.incomplete"
DISAGREE = "marker.graphs_disagree"


class Graphs(Indexed):
    """A graph as it was run (`prompt`) or as it was drawn (`workflow`), in any text.

    ComfyUI, `nodes.py` (`SaveImage`), `comfy_extras/nodes_images.py`, `nodes_audio.py`,
    `nodes_video.py` and `comfy_api/latest`; ComfyUI-VideoHelperSuite and the other savers that
    docs/generators.md names. The graph is followed from the node that saved, backwards: what made
    the pixels? Scaling alone is `ai_possible`. A node class of ComfyUI or of an extension has to
    be in it, or it is somebody else's graph. Where the graph that was run is there, the drawing is
    not asked; a drawing alone in PNG may be a picture of the canvas, and is `ai_possible`.
    """

    name = "comfyui"
    source = "comfyanonymous/ComfyUI, nodes.py and comfy_api; ComfyUI-VideoHelperSuite"
    wants = frozenset()
    form = True
    rules = True

    def __init__(self) -> None:
        self.reads = tuple(sorted(Source))

    def idle(self, index: Index) -> bool:
        """Tell whether there is no text."""
        return not index.texts

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each graph that was run; for drawings only where there is none."""
        candidates = [f for f in index.texts if _may_hold(f.value)]
        if not candidates:
            return
        candidates.sort(key=lambda f: _RUN not in f.value)
        product = _product(index)
        judged: dict[str, _TextGraphs] = {}
        runs: list[Making] = []
        drawings: list[tuple[Field, _TextGraphs]] = []
        for field in candidates:
            if runs and _RUN not in field.value:
                if runs[0].origin is not Origin.AI_GENERATED:
                    drawings.append((field, _TextGraphs()))
                continue
            graphs = judged.get(field.value)
            if graphs is None:
                graphs = judged[field.value] = _graphs_in_text(index, field)
            if graphs.run is not None:
                runs.append(graphs.run)
                yield _marker(field, graphs.run, product)
                if not graphs.whole:
                    yield _incomplete(field)
            elif graphs.drawn is not None:
                drawings.append((field, graphs))
        if not runs:
            for field, graphs in drawings:
                yield from _of_drawing(field, graphs, product)
        else:
            yield from _disagreeing(index, drawings, runs)


@dataclass(frozen=True, slots=True)
class _TextGraphs:
    """What a text holds: what was run, what was drawn, and whether all of it could be read."""

    run: Making | None = None
    drawn: Making | None = None
    whole: bool = True


def _product(index: Index) -> str:
    """Return the program that ran a graph: SwarmUI says so in settings of its own."""
    swarm = any("sui_image_params" in f.value for f in index.texts)
    return "SwarmUI" if swarm else "ComfyUI"


def _may_hold(value: str) -> bool:
    return (
        (_RUN in value or _may_be_drawn(value))
        and "{" in value[:128]
        and json_forms.begins(value) >= 0
    )


def _may_be_drawn(value: str) -> bool:
    return any(word in value for word in _DRAWN)


def _graphs_in_text(index: Index, field: Field) -> _TextGraphs:
    """Look for graphs in a text; where it cannot be parsed, at the classes of its nodes."""
    value, whole = index.json(field.value)
    runs: list[Graph] = []
    drawings: list[Graph] = []
    for graph, is_run in islice(_graphs(index, value, _WITHIN), _MAX_GRAPHS):
        (runs if is_run else drawings).append(graph)
    ran = _making_of_run(runs, field.value, whole=whole)
    drawn = _making_of_drawing(drawings, field.value, whole=whole) if ran is None else None
    return _TextGraphs(ran, drawn, whole)


def _making_of_run(graphs: Sequence[Graph], value: str, *, whole: bool) -> Making | None:
    """Return what graphs that were run made; of one that is cut off, by the classes as well."""
    told = _strongest(graphs, cut=not whole)
    if not whole and _RUN in value and (told is None or told.origin is not _SURE):
        scraped = graph_walk.of_kinds(_scraped(_KINDS, value))
        if scraped is not None and (told is None or scraped.origin is not Origin.AI_POSSIBLE):
            return scraped
    return told


def _making_of_drawing(graphs: Sequence[Graph], value: str, *, whole: bool) -> Making | None:
    """Return what graphs that were drawn make; without one, by the classes in what is cut off."""
    if not graphs and not whole and _may_be_drawn(value):
        return graph_walk.of_kinds(_scraped(_DRAWN_KINDS, value))
    return _strongest(graphs, cut=False)


def _strongest(graphs: Sequence[Graph], *, cut: bool) -> Making | None:
    """Return the strongest answer of several graphs in one text: none hides what another says."""
    told: Making | None = None
    for graph in graphs:
        if graph_walk.known(graph):
            told = graph_walk.stronger(told, graph_walk.making(graph, cut=cut))
    return told


def _scraped(pattern: re.Pattern[str], value: str) -> Iterator[str]:
    """Yield the classes of nodes in a text that cannot be parsed."""
    return (m[1] for m in islice(pattern.finditer(value), _MAX_KINDS))


_SURE = Origin.AI_GENERATED


def _graphs(index: Index, value: Json, levels: int) -> Iterator[tuple[Graph, bool]]:
    """Yield (graph, whether it was run) of a value and the objects within it."""
    if not isinstance(value, dict):
        return
    if graph_model.is_drawing(value):
        yield graph_model.drawn_graph(value), False
        return
    graph = graph_model.executed_graph(value)
    if graph is not None:
        if graph.nodes:
            yield graph, True
        return
    if levels:
        for inner in list(value.values())[:_MAX_KEYS]:
            opened = inner
            if isinstance(inner, str):
                opened = index.json(inner)[0] if _RUN in inner or "nodes" in inner else None
            yield from _graphs(index, opened, levels - 1)


def _of_drawing(field: Field, graphs: _TextGraphs, product: str) -> Iterator[Marker | Finding]:
    drawn = graphs.drawn
    if drawn is None:
        return
    if field.source is Source.TEXT and drawn.origin is not Origin.AI_POSSIBLE:
        says = "ComfyUI drawing without the graph that was run: it may be a picture of the canvas"
        yield Marker(Origin.AI_POSSIBLE, says, field, product=product)
    else:
        yield _marker(field, drawn, product)
    if not graphs.whole:
        yield _incomplete(field)


def _disagreeing(
    index: Index, drawings: list[tuple[Field, _TextGraphs]], runs: list[Making]
) -> Iterator[Finding]:
    """Say where a drawing says more than what was run: it may have been changed since."""
    if any(run.origin is Origin.AI_GENERATED for run in runs):
        return
    for field, graphs in drawings[:4]:
        told = graphs.drawn or _graphs_in_text(index, field).drawn
        if told is not None and told.origin is not Origin.AI_POSSIBLE:
            message = "the drawing of the graph says more than the graph that was run"
            yield note(DISAGREE, f"{message}: {told.says}", place(field))
            return


def _marker(field: Field, making: Making, product: str) -> Marker:
    return Marker(
        making.origin,
        making.says,
        field,
        product=product,
        model=short(making.model, 128) if making.model else None,
        from_input=making.from_input,
        whole=making.origin is not Origin.AI_MODIFIED,
    )


def _incomplete(field: Field) -> Finding:
    message = "a graph that is cut or broken: judged by the part that could be read"
    return note(INCOMPLETE, message, place(field))
