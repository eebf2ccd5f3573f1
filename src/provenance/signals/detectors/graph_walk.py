"""What made the media that a graph saved: from the node that saved it, backwards.

The classes of nodes are told apart by the words of `nodes.json`, since every extension brings its
own and most are named after what they do.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from provenance.base.terms import Origin
from provenance.base.values import dataclass
from provenance.signals.detectors.tables import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from provenance.signals.detectors.graph_model import Graph, GraphLink, GraphNode

_SEEDS = ("seed", "noise_seed")
_PROMPTS = ("prompt", "positive", "positive_prompt", "lyrics", "steps")
_SPOKEN = ("temperature", "top_p", "speed", "cfg_weight")
"""What stands beside a text in nodes that speak it; a text alone may also be drawn."""
_EDIT_MODEL = re.compile(
    r"(?:^|[\W_])(?:kontext|edit|instruct-?pix2pix|ip2p|(?<!fun.)inpaint(?:ing)?|fill)(?:[\W_]|$)",
    re.IGNORECASE,
)
_MASKED = "SetLatentNoiseMask"
_MAX_STEPS = 60_000  # from node to node, for one graph; the largest real ones take some thousands
_MAX_SAVERS = 16
_HINTS = frozenset({"image", "control_image", "hint", "hint_image", "control_net_image"})
_PIXELS = frozenset({"IMAGE", "MASK", "VIDEO"})
_PICTURES = ("image", "pixels", "video", "hint", "frames", "mask")
"""Words in the names of inputs that take pictures, where the type of a link is not known."""
_WEIGHTS = re.compile(r"\.(?:safetensors|ckpt|gguf|sft|pt|pth|bin|onnx)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Making:
    """What made the media: the origin that this means, in words, with the model.

    `from_input` tells whether a picture, a clip or a voice was loaded for it.
    """

    origin: Origin
    says: str
    model: str | None = None
    from_input: bool = False


def known(graph: Graph) -> bool:
    """Tell whether a class of the graph is ComfyUI's or of an extension that is known."""
    return any(_is("known", node.kind) for node in graph.nodes.values())


def making(graph: Graph, *, cut: bool = False) -> Making:
    """Return what made the media that a graph saved; `cut`: the text of it was not whole.

    Where several nodes save, the strongest answer: the file may be by any of them.
    """
    savers = _savers(graph)
    best: Making | None = None
    walk = _GraphWalk(graph)
    for saver in savers:
        answer = walk.making([saver])
        best = stronger(best, answer)
    if (best is None or best.origin is Origin.AI_POSSIBLE) and not graph.whole:
        # a part of the way is missing: whatever samples and has inputs counts
        makers = [k for k in graph.nodes if k in walk.makers and graph.nodes[k].links]
        if makers:
            best = stronger(best, walk.making(makers))
    if best is None:
        return Making(Origin.AI_POSSIBLE, "ComfyUI graph in which nothing is saved")
    return _loaded_somewhere(graph, best) if cut or not graph.whole else best


def _loaded_somewhere(graph: Graph, answer: Making) -> Making:
    """Count a picture that is loaded where the way from it is missing: it may be what was given."""
    taken = {link.source for node in graph.nodes.values() for link in node.links}
    loaded = any(key not in taken and _is("loader", n.kind) for key, n in graph.nodes.items())
    if answer.origin is not Origin.AI_GENERATED or answer.from_input or not loaded:
        return answer
    return replace(answer, says="ComfyUI graph, cut, that loads and generates", from_input=True)


def of_kinds(kinds: Iterable[str]) -> Making | None:
    """Judge a graph of which nothing but the classes of its nodes could be read."""
    kinds = set(kinds)
    if not any(_is("known", kind) for kind in kinds):
        return None
    if any(_is_sampler(k) or _is("hosted", k) or _is("audio", k) for k in kinds):
        if any(_is("loader", k) for k in kinds):
            says = "ComfyUI graph, cut, that loads and generates"
            return Making(Origin.AI_GENERATED, says, None, True)
        return Making(Origin.AI_GENERATED, "ComfyUI graph, cut, with a node that generates")
    if any(_is("swap", k) or _is("animate", k) for k in kinds):
        return Making(Origin.AI_MODIFIED, "ComfyUI graph, cut, that changes a face", None, True)
    return Making(Origin.AI_POSSIBLE, "ComfyUI graph, cut: what made the media cannot be read")


_ORDER = {Origin.AI_GENERATED: 0, Origin.AI_MODIFIED: 1, Origin.AI_POSSIBLE: 2}


def stronger(one: Making | None, other: Making) -> Making:
    """Return which of two says more: of the origin, then that something was given."""
    if one is None:
        return other
    weights = [(_ORDER[answer.origin], not answer.from_input) for answer in (one, other)]
    return other if weights[1] < weights[0] else one


def _savers(graph: Graph) -> list[str]:
    """Return the nodes that save media; else those that show them; else where the ways end."""
    for kind in ("saver", "preview"):
        of_kind = [k for k, node in graph.nodes.items() if node.links and _is(kind, node.kind)]
        if of_kind:
            return of_kind[:_MAX_SAVERS]
    taken = {link.source for node in graph.nodes.values() for link in node.links}
    ends = [k for k, n in graph.nodes.items() if k not in taken and (n.links or _makes(n))]
    return ends[:_MAX_SAVERS]


class _GraphWalk:
    """Goes backwards from a node and notes what it meets."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = graph.nodes
        self.steps = _MAX_STEPS
        makers = [key for key, node in graph.nodes.items() if _makes(node)]
        self.makers = frozenset(makers)
        self.makers -= {key for key in makers if self._measures(key)}

    def _measures(self, maker: str) -> bool:
        """Tell whether a sampler only scales, or draws depth: by what is given to it alone.

        Not by a picture that is given, such as the depth of another one: that only steers.
        """

        def nearby(node: GraphNode) -> Iterator[GraphLink]:
            for link in node.links:
                if link.source not in self.makers and not _carries_pixels(link):
                    yield link

        kinds = (self.nodes[key].kind for key in self._back([maker], nearby))
        return any(_is("measure", kind) for kind in kinds)

    def making(self, start: list[str]) -> Making:
        reached = self._pixels(start)
        makers = [k for k in reached if k in self.makers]
        if any(_is("measured", self.nodes[k].kind) for k in reached if k not in self.makers):
            makers = []
        faces = [k for k in reached if _changes_a_face(self.nodes[k].kind)]
        if makers:
            return self._making_of(reached, makers, faces)
        if faces:
            given = bool(self._loaders(faces, guided=False))
            says = "ComfyUI graph that changes or animates a face"
            return Making(Origin.AI_MODIFIED, says, self._model(faces), given)
        says = "ComfyUI graph that generates nothing: it may only edit"
        return Making(Origin.AI_POSSIBLE, says)

    def _making_of(self, reached: list[str], makers: list[str], faces: list[str]) -> Making:
        near = list(self._back(makers, self._same_picture))
        model = self._model(makers)
        if any(self._puts_into_loaded(k) for k in reached):
            says = "ComfyUI graph that puts something generated into a loaded picture"
            return Making(Origin.AI_MODIFIED, says, model, True)
        given = self._loaders(makers, guided=False)
        face_given = bool(faces) and bool(self._loaders(faces, guided=False))
        if given and self._edits(reached, makers, near):
            says = "ComfyUI graph that edits a loaded picture with a generative model"
            return Making(Origin.AI_MODIFIED, says, model, True)
        if given and all(_is("voice", self.nodes[k].kind) for k in given):
            says = "ComfyUI graph that generates with a loaded voice or sound"
            return Making(Origin.AI_GENERATED, says, model, True)
        if given:
            says = "ComfyUI graph that generates from a loaded picture"
            return Making(Origin.AI_GENERATED, says, model, True)
        if face_given:
            says = "ComfyUI graph that generates and puts in a loaded face"
            return Making(Origin.AI_GENERATED, says, model, True)
        says = "ComfyUI graph that generates"
        if self._loaders(makers, guided=True):
            says += ", guided by a picture"
        return Making(Origin.AI_GENERATED, says, model)

    def _edits(self, reached: list[str], makers: list[str], near: list[str]) -> bool:
        """Tell whether what generates is asked to change a picture, or a part of one."""
        kinds = (self.nodes[k].kind for k in (*reached, *near))
        return (
            any(_is("edit", kind) or _is("instruct", kind) for kind in kinds)
            or self._edit_model(near)
            or self._masked(near)
            or any(link.name == "mask" for k in makers for link in self.nodes[k].links)
        )

    def _pixels(self, start: list[str]) -> list[str]:
        """Return what lies on the way to the nearest makers, these included and no further."""
        return list(self._back(start, self._all, stop=True))

    def _all(self, node: GraphNode) -> Iterator[GraphLink]:
        if not _is("stop", node.kind):
            yield from node.links

    def _unguided(self, node: GraphNode) -> Iterator[GraphLink]:
        """Leave out what only steers: the picture that goes into a ControlNet."""
        if _is("stop", node.kind):
            return
        if _is("control", node.kind):
            yield from (x for x in node.links if x.kind != "IMAGE" and x.name not in _HINTS)
            return
        yield from node.links

    def _loaders(self, start: list[str], *, guided: bool) -> list[str]:
        follow = self._all if guided else self._unguided
        return [k for k in self._back(start, follow) if _is("loader", self.nodes[k].kind)]

    def _same_picture(self, node: GraphNode) -> Iterator[GraphLink]:
        """Follow what goes into a maker, but not into the maker of a picture that it was given.

        Samplers that hand on a latent are stages of one picture.
        """
        if _is("stop", node.kind):
            return
        for link in node.links:
            if link.source not in self.makers or "latent" in link.name or link.name == "samples":
                yield link

    def _edit_model(self, behind: list[str]) -> bool:
        """Tell whether a model's file is named after editing or inpainting."""
        for key in behind:
            node = self.nodes[key]
            if "Load" not in node.kind:
                continue
            for value in node.values.values():
                if not isinstance(value, str) or not _WEIGHTS.search(value[-16:]):
                    continue
                if _EDIT_MODEL.search(value[:256]):
                    return True
        return False

    def _masked(self, behind: list[str]) -> bool:
        """Tell whether only what a loaded mask leaves open is generated."""
        for key in behind:
            if self.nodes[key].kind != _MASKED:
                continue
            masks = [x.source for x in self.nodes[key].links if x.name == "mask"]
            if any(_is("loader", self.nodes[k].kind) for k in self._back(masks, self._all)):
                return True
        return False

    def _puts_into_loaded(self, node: str) -> bool:
        """Tell whether a node puts something into a loaded picture, or samples a part of one anew.

        What is laid over something generated (a logo) is no such picture: the base counts.
        """
        kind, links = self.nodes[node].kind, self.nodes[node].links
        if _is("detailer", kind):
            bases = [x.source for x in links if x.name in ("image", "images")]
        elif _is("paste", kind):
            named = [x.source for x in links if x.name in table("nodes")["base"]]
            bases = named or [x.source for x in links if "mask" not in x.name][:1]
        else:
            return False
        return any(self._shows_loaded(base) for base in bases)

    def _shows_loaded(self, node: str) -> bool:
        """Tell whether a loaded picture comes to a node without anything generating on its way."""
        reached = self._back([node], self._all, stop=True)
        return any(
            _is("loader", self.nodes[k].kind) and not _is("voice", self.nodes[k].kind)
            for k in reached
        )

    def _back(
        self,
        start: list[str],
        follow: Callable[[GraphNode], Iterable[GraphLink]],
        *,
        stop: bool = False,
    ) -> Iterator[str]:
        """Yield the nodes after others, near ones first; with `stop`, makers and no further."""
        seen = set(start)
        queue = deque(start)
        while queue and self.steps > 0:
            self.steps -= 1
            key = queue.popleft()
            yield key
            if stop and key in self.makers:
                continue
            for link in follow(self.nodes[key]):
                if link.source not in seen and link.source in self.nodes:
                    seen.add(link.source)
                    queue.append(link.source)

    def _model(self, start: list[str]) -> str | None:
        """Return the name of the model: of the nearest loader, or as the node itself names it."""
        for key in self._back(start, self._all):
            node = self.nodes[key]
            if key in start:
                name = _value(node, ("model", "model_name"), weights=False)
                if name and not _is_sampler(node.kind):
                    return name
            elif _is("model_loader", node.kind) and not _is("identity", node.kind):
                name = _value(node, tuple(table("nodes")["model_keys"]), weights=True)
                if name:
                    return name
        return None


def _value(node: GraphNode, keys: tuple[str, ...], *, weights: bool) -> str | None:
    for key in keys:
        value = node.values.get(key)
        if isinstance(value, str) and value.strip():
            return _name(value)
    if weights:  # of a drawing: the values have no names
        for value in node.values.values():
            if isinstance(value, str) and _WEIGHTS.search(value[-16:]):
                return _name(value)
    return None


def _name(value: str) -> str:
    """Return a model's name; of a path that begins at a root, which may name a person, its end."""
    value = value.strip()
    if value.startswith(("/", "~", "\\")) or value[1:2] == ":":
        value = re.split(r"[\\/]", value)[-1]
    return value[:128]


def _carries_pixels(link: GraphLink) -> bool:
    if link.kind:
        return link.kind in _PIXELS
    return "latent" not in link.name and any(word in link.name for word in _PICTURES)


def _changes_a_face(kind: str) -> bool:
    return _is("swap", kind) or _is("animate", kind)


def _makes(node: GraphNode) -> bool:
    """Tell whether a node generates what comes out of it."""
    kind = node.kind
    if _changes_a_face(kind) or _is("tool", kind) or _is("stop", kind):
        return False
    if _is_sampler(kind) or _is("hosted", kind) or _is("audio", kind):
        return True
    # of an extension that nobody knows: it is told what to make, and has a seed
    names = {*node.values, *(link.name for link in node.links)}
    if names.isdisjoint(_SEEDS):
        return False
    return not names.isdisjoint(_PROMPTS) or ("text" in names and not names.isdisjoint(_SPOKEN))


def _is_sampler(kind: str) -> bool:
    return _is("sampler", kind)


@lru_cache(maxsize=8_192)
def _is(group: str, kind: str) -> bool:
    wanted, unwanted = _word_group(group)
    # not a regular expression: its alternatives are tried one by one at every character
    return any(word in kind for word in wanted) and not any(word in kind for word in unwanted)


@cache
def _word_group(group: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    data: dict[str, Any] = table("nodes")
    return tuple(data[group]), tuple(data.get(f"{group}_not", ()))
