"""A graph of ComfyUI, whichever way it is written: nodes, and what goes from where to where.

Two ways: as it was run (`prompt`: id -> {class_type, inputs}, links are [id, slot]) and as it was
drawn (`workflow`: a list of nodes, and a list of links). The drawing has more: subgraphs (a node
whose type is the id of a definition), group nodes (`workflow/name`), nodes that are muted (left
out) or bypassed (what goes in comes out), reroutes, and pairs of Set and Get nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.json_text import Json

MAX_NODES = 4_000  # of one graph; the largest real ones have some hundreds
MAX_LINKS = 20_000
_DEPTH = 8  # subgraphs within one another
_SCOPES = 512  # places of subgraphs in one drawing
_MUTED, _BYPASSED = 2, 4
_IN, _OUT = -10, -20  # ids that stand for the inputs and outputs of a subgraph
_GROUPS = ("workflow/", "workflow>")
_DRAWN = frozenset({"pos", "inputs", "outputs", "widgets_values", "properties"})
"""What the editor writes of every node; task graphs of other programs have types and links too."""
_MAX_KIND = 128
_SLOTS = 256  # inputs of one node

Where = tuple[str, int]
"""The node that something comes from, and the number of its output."""


@dataclass(frozen=True, slots=True)
class GraphLink:
    """An input of a node that comes from another one; `kind` is its type, "" where unknown."""

    name: str
    source: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node: its class, what it gets from others, and its own values by name."""

    kind: str
    links: tuple[GraphLink, ...]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by id. `whole` is False where links lead to nodes that are not there."""

    nodes: dict[str, GraphNode]
    whole: bool = True


def executed_graph(value: Json) -> Graph | None:
    """Return the graph of a prompt; None where a value is none."""
    if not isinstance(value, dict):
        return None
    raw_nodes: dict[str, Any] = {}
    for key, node in value.items():
        if len(raw_nodes) >= MAX_NODES:
            break
        if isinstance(node, dict) and isinstance(node.get("class_type"), str):
            raw_nodes[key] = node
    if not raw_nodes:
        return None
    nodes: dict[str, GraphNode] = {}
    whole = len(raw_nodes) < MAX_NODES
    room = MAX_LINKS
    for key, node in raw_nodes.items():
        links: list[GraphLink] = []
        values: dict[str, Any] = {}
        inputs = node.get("inputs")
        if not isinstance(inputs, dict):
            return None if len(raw_nodes) == 1 else Graph({})
        for name, item in list(inputs.items())[:_SLOTS]:
            source = _source(item)
            if source is None:
                values[name] = item
            elif source in raw_nodes and room > 0:
                room -= 1
                links.append(GraphLink(name, source))
            else:
                whole = False
        nodes[key] = GraphNode(node["class_type"][:_MAX_KIND], tuple(links), values)
    return Graph(nodes, whole)


def _source(item: Json) -> str | None:
    if isinstance(item, list) and len(item) == 2 and isinstance(item[1], int):
        first = item[0]
        if isinstance(first, str):
            return first
        if isinstance(first, int) and not isinstance(first, bool):
            return str(first)
    return None


def is_drawing(value: Json) -> bool:
    """Tell whether a value has the form of a drawing: nodes with id, type and place, and links."""
    if not isinstance(value, dict):
        return False
    nodes = value.get("nodes")
    return (
        isinstance(nodes, list)
        and isinstance(value.get("links", []), list)
        and any(
            isinstance(n, dict) and isinstance(n.get("type"), str) and not _DRAWN.isdisjoint(n)
            for n in nodes[:64]
        )
        and ("links" in value or "last_node_id" in value)
    )


def drawn_graph(value: dict[str, Json]) -> Graph:
    """Return the graph of a drawing, subgraphs and group nodes put in their places."""
    drawing = _Drawing(value)
    drawing.scope("", value, None, 0)
    return drawing.graph()


class _Scope:
    """The nodes of one level: the drawing, or one place of a subgraph."""

    __slots__ = ("inputs", "links", "nodes", "outer", "outputs", "prefix", "slots")

    def __init__(self, prefix: str, outer: tuple[_Scope, dict[str, Any]] | None) -> None:
        self.prefix = prefix
        self.outer = outer  # the scope around it, and the node that stands for it there
        self.nodes: dict[str, dict[str, Any]] = {}
        self.links: dict[Any, tuple[Any, int, str]] = {}  # link -> (node, slot, type)
        self.slots: dict[tuple[str, int], tuple[Any, int]] = {}  # for links without inputs
        self.outputs: dict[int, tuple[Any, int]] = {}  # slot of a subgraph -> what is inside
        self.inputs: list[str] = []  # names of a subgraph's inputs

    def outside(self, slot: int) -> tuple[_Scope, Any, int] | None:
        """Return what goes into an input of a subgraph: the scope around it, a node, a slot."""
        if self.outer is None:
            return None
        around, stands = self.outer
        inputs = [i for i in _list(stands.get("inputs")) if isinstance(i, dict)]
        # inputs that nothing goes into may be left out, so that the name has to tell
        name = self.inputs[slot] if 0 <= slot < len(self.inputs) else None
        item = next((i for i in inputs if name and i.get("name") == name), None)
        if item is None and not name and 0 <= slot < len(inputs):
            item = inputs[slot]
        link = item.get("link") if isinstance(item, dict) else None
        into = around.links.get(link) if not isinstance(link, dict | list) else None
        return (around, into[0], into[1]) if into else None


class _Drawing:
    """Flattens a drawing. Every node inside a subgraph gets the path to it as a prefix."""

    def __init__(self, value: dict[str, Json]) -> None:
        self.subgraphs = _definitions(value)
        self.groups = _groups(value)
        self.nodes: dict[str, tuple[_Scope, dict[str, Any]]] = {}
        self.inner: dict[str, _Scope] = {}  # the node that stands for a subgraph -> its scope
        self.set: dict[tuple[str, str], tuple[_Scope, dict[str, Any]]] = {}
        self.left = MAX_LINKS
        self.scopes = _SCOPES
        self.room = MAX_NODES
        self.whole = True

    def scope(
        self,
        prefix: str,
        value: dict[str, Any],
        outer: tuple[_Scope, dict[str, Any]] | None,
        depth: int,
    ) -> _Scope:
        scope = _Scope(prefix, outer)
        for link in _list(value.get("links")):
            self.left -= 1
            if self.left < 0:
                self.whole = False
                break
            self._link(scope, link)
        for number, node in enumerate(_list(value.get("nodes"))):
            if not isinstance(node, dict) or not isinstance(node.get("type"), str):
                continue
            self.room -= 1
            if self.room < 0:
                self.whole = False
                break
            if node.get("mode") == _MUTED:
                continue
            ident = str(node.get("id", number))
            scope.nodes[ident] = node
            self._outgoing(scope, ident, node)
            inside = self._inside(node["type"])
            opens = inside is not None and node.get("mode") != _BYPASSED
            if opens and (depth >= _DEPTH or self.scopes <= 0):
                self.whole = opens = False
            if inside is not None and opens:
                self.scopes -= 1
                self.inner[prefix + ident] = self.scope(
                    f"{prefix}{ident}:", inside, (scope, node), depth + 1
                )
                continue
            self.nodes[prefix + ident] = (scope, node)
            if node["type"] == "SetNode":
                self.set[prefix, _label(node)] = (scope, node)
        if outer is not None:
            _borders(scope, value)
        return scope

    def _outgoing(self, scope: _Scope, ident: str, node: dict[str, Any]) -> None:
        """Add the links that a node's outputs name: some drawings list those of the borders so."""
        for slot, output in enumerate(_list(node.get("outputs"))[:_SLOTS]):
            if isinstance(output, dict):
                for link in _list(output.get("links"))[:_SLOTS]:
                    if isinstance(link, int | str) and link not in scope.links:
                        scope.links[link] = (ident, slot, "")

    def _inside(self, kind: str) -> dict[str, Any] | None:
        if kind in self.subgraphs:
            return self.subgraphs[kind]
        for start in _GROUPS:
            if kind.startswith(start):
                return self.groups.get(kind[len(start) :])
        return None

    def _link(self, scope: _Scope, link: Json) -> None:
        if isinstance(link, list) and len(link) >= 5:
            ident, origin, slot, target, into = link[:5]
            kind = link[5] if len(link) > 5 else ""
        elif isinstance(link, dict):
            ident, origin, slot = link.get("id"), link.get("origin_id"), link.get("origin_slot")
            target, into, kind = link.get("target_id"), link.get("target_slot"), link.get("type")
        else:
            return
        if isinstance(ident, dict | list) or not isinstance(slot, int):
            return
        scope.links[ident] = (origin, slot, kind if isinstance(kind, str) else "")
        if isinstance(into, int) and isinstance(target, int | str):
            scope.slots[str(target), into] = (origin, slot)
            if target == _OUT:
                scope.outputs[into] = (origin, slot)

    def graph(self) -> Graph:
        nodes: dict[str, GraphNode] = {}
        for key, (scope, node) in self.nodes.items():
            if node.get("mode") == _BYPASSED:
                continue
            links = tuple(
                GraphLink(name, source, kind)
                for name, origin, kind in _inputs(scope, node)
                if (source := self._resolve(scope, *origin, kind, 0)) is not None
            )
            nodes[key] = GraphNode(node["type"][:_MAX_KIND], links, _values(node))
        return Graph(nodes, self.whole)

    def _resolve(self, scope: _Scope, origin: Any, slot: int, kind: str, depth: int) -> str | None:
        """Follow a link to a node that makes something: through borders, bypasses and reroutes."""
        if depth > 64:
            return None
        if origin == _IN:
            outside = scope.outside(slot)
            return self._resolve(*outside, kind, depth + 1) if outside else None
        if not isinstance(origin, int | str):
            return None
        key = scope.prefix + str(origin)
        inside = self.inner.get(key)
        if inside is not None:
            into2 = inside.outputs.get(slot)
            if into2 is None and not inside.outputs:  # a group node: its outputs are not named
                return self._last(inside)
            return self._resolve(inside, *into2, kind, depth + 1) if into2 else None
        node = scope.nodes.get(str(origin))
        if node is None:
            return None
        return self._through(scope, node, key, (slot, kind), depth)

    def _through(
        self,
        scope: _Scope,
        node: dict[str, Any],
        key: str,
        out: tuple[int, str],
        depth: int,
    ) -> str | None:
        slot, kind = out
        passes = node.get("mode") == _BYPASSED or node["type"] == "Reroute"
        if node["type"] == "GetNode":
            setter = self.set.get((scope.prefix, _label(node)))
            if setter is None:
                return None
            scope, node = setter
            passes, slot = True, 0
        if not passes:
            return key
        inputs = list(_inputs(scope, node))
        wanted = kind or _output_kind(node, slot)
        fitting = [i for i in inputs if not wanted or i[2] in (wanted, "*", "")] or (
            inputs if len(inputs) == 1 else []
        )
        if not fitting:
            return None
        _, origin, into = fitting[min(slot, len(fitting) - 1)]
        return self._resolve(scope, *origin, wanted or into, depth + 1)

    def _last(self, scope: _Scope) -> str | None:
        """Return the node of a group that nothing within the group takes from."""
        taken = {str(origin) for origin, _, _ in scope.links.values()}
        free = [
            i
            for i, node in scope.nodes.items()
            if i not in taken and scope.prefix + i in self.nodes and node.get("outputs")
        ]
        return scope.prefix + free[-1] if free else None


def _borders(scope: _Scope, value: dict[str, Any]) -> None:
    """Read the names of a subgraph's inputs, and which links its outputs are."""
    for item in _list(value.get("inputs"))[:_SLOTS]:
        scope.inputs.append(str(item.get("name", "")) if isinstance(item, dict) else "")
    for slot, item in enumerate(_list(value.get("outputs"))[:_SLOTS]):
        for link in _list(item.get("linkIds"))[:_SLOTS] if isinstance(item, dict) else []:
            origin = scope.links.get(link) if isinstance(link, int | str) else None
            if origin is not None and origin[0] not in (_IN, _OUT):
                scope.outputs.setdefault(slot, origin[:2])


def _definitions(value: dict[str, Json]) -> dict[str, dict[str, Any]]:
    by_id: dict[str, dict[str, Any]] = {}
    definitions = value.get("definitions")
    if isinstance(definitions, dict):
        for subgraph in _list(definitions.get("subgraphs")):
            if isinstance(subgraph, dict) and isinstance(subgraph.get("id"), str):
                by_id[subgraph["id"]] = subgraph
    return by_id


def _groups(value: dict[str, Json]) -> dict[str, dict[str, Any]]:
    extra = value.get("extra")
    groups = extra.get("groupNodes") if isinstance(extra, dict) else None
    if not isinstance(groups, dict):
        return {}
    return {name: group for name, group in groups.items() if isinstance(group, dict)}


def _inputs(scope: _Scope, node: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, int], str]]:
    """Yield (name, (node, slot), type) of each input that a link goes into."""
    ident = str(node.get("id", ""))
    items = _list(node.get("inputs"))[:_SLOTS]
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            continue
        link = item.get("link")
        origin = scope.links.get(link) if isinstance(link, int | str) else None
        kind = item.get("type")
        if origin is not None:
            yield (
                str(item.get("name", "")),
                origin[:2],
                kind if isinstance(kind, str) else origin[2],
            )
        elif (plain := scope.slots.get((ident, number))) is not None:
            yield str(item.get("name", "")), plain, kind if isinstance(kind, str) else ""


def _values(node: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a node's widgets by name, or by number where they have none."""
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return dict(list(values.items())[:_SLOTS])
    numbered: dict[str, Any] = {}
    for number, value in enumerate(_list(values)[:_SLOTS]):
        numbered[str(number)] = value
    return numbered


def _label(node: dict[str, Any]) -> str:
    values = node.get("widgets_values")
    return str(values[0])[:_MAX_KIND] if isinstance(values, list) and values else ""


def _output_kind(node: dict[str, Any], slot: int) -> str:
    outputs = _list(node.get("outputs"))
    item = outputs[slot] if 0 <= slot < len(outputs) else None
    kind = item.get("type") if isinstance(item, dict) else None
    return kind if isinstance(kind, str) and kind != "*" else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
