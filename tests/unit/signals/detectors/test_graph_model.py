"""Graphs as they are run and as they are drawn: each form becomes the same nodes and links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.each import each

from provenance.signals.detectors import graph_model
from provenance.signals.detectors.graph_model import (
    Graph,
    GraphLink,
    GraphNode,
    drawn_graph,
    executed_graph,
    is_drawing,
)

if TYPE_CHECKING:
    import pytest

IMAGE = "IMAGE"


def made(kind: str, *links: GraphLink, **values: Any) -> GraphNode:
    return GraphNode(kind, links, values)


def task(kind: Any, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


class TestRun:
    def test_links_and_values(self) -> None:
        value = {
            "4": task("Loader", name="a"),
            "3": task("KSampler", model=["4", 0], again=[4, 1], seed=7, size=[4, 3, 2]),
            "x": "not a node",
            "y": {"class_type": 5, "inputs": {}},
        }
        links = (GraphLink("model", "4"), GraphLink("again", "4"))
        assert executed_graph(value) == Graph(
            {"4": made("Loader", name="a"), "3": made("KSampler", *links, seed=7, size=[4, 3, 2])}
        )

    @each(
        "item", [["4"], ["4", 0, 0], ["4", "0"], ["4", None], [True, 0], [1.5, 0], [None, 0], "4"]
    )
    def test_what_is_no_link_is_a_value(self, item: Any) -> None:
        found = executed_graph({"4": task("A"), "3": task("B", a=item)})
        assert found == Graph({"4": made("A"), "3": made("B", a=item)})

    def test_a_link_to_a_node_that_is_not_there(self) -> None:
        assert executed_graph({"3": task("B", a=["4", 0], b=1)}) == Graph(
            {"3": made("B", b=1)}, whole=False
        )

    @each("value", [None, [], "x", {}, {"3": 5}, {"3": {}}, {"3": {"class_type": None}}])
    def test_what_is_no_graph(self, value: Any) -> None:
        assert executed_graph(value) is None

    def test_a_node_without_inputs_is_one_of_another_program(self) -> None:
        lone = {"class_type": "A"}
        assert executed_graph({"1": lone}) is None
        assert executed_graph({"1": lone, "2": task("B")}) == Graph({})
        assert executed_graph({"1": task("B"), "2": {"class_type": "A", "inputs": []}}) == Graph({})

    def test_bounds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        value = {str(n): task("K" * 200, **{f"i{k}": ["0", 0] for k in range(3)}) for n in range(3)}
        one = GraphNode("K" * 128, tuple(GraphLink(f"i{k}", "0") for k in range(3)), {})
        nodes = {str(n): one for n in range(3)}
        assert executed_graph(value) == Graph(nodes)
        monkeypatch.setattr(graph_model, "MAX_NODES", 4)
        assert executed_graph(value) == Graph(nodes)
        monkeypatch.setattr(graph_model, "MAX_NODES", 3)
        assert executed_graph(value) == Graph(nodes, whole=False)
        assert executed_graph(value | {"9": task("X")}) == Graph(nodes, whole=False)
        monkeypatch.setattr(graph_model, "MAX_NODES", 4)
        monkeypatch.setattr(graph_model, "MAX_LINKS", 9)
        assert executed_graph(value) == Graph(nodes)
        monkeypatch.setattr(graph_model, "MAX_LINKS", 8)
        last = GraphNode(one.kind, one.links[:2], {})
        assert executed_graph(value) == Graph(nodes | {"2": last}, whole=False)
        monkeypatch.setattr(graph_model, "_SLOTS", 2)
        assert executed_graph(value) == Graph(dict.fromkeys("012", last))


@each(
    ("value", "expected"),
    [
        ({"nodes": [{"type": "A", "pos": 1}], "links": []}, True),
        ({"nodes": [{"type": "A", "inputs": 1}], "last_node_id": 1}, True),
        ({"nodes": [5, {"type": "A", "outputs": 1}], "links": [], "last_node_id": 1}, True),
        ({"nodes": [{"type": "A", "widgets_values": 1}], "links": []}, True),
        ({"nodes": [{"type": "A", "properties": 1}], "links": []}, True),
        ({"nodes": [{"type": "A"}] * 63 + [{"type": "A", "pos": 1}], "links": []}, True),
        ({"nodes": [{"type": "A"}] * 64 + [{"type": "A", "pos": 1}], "links": []}, False),
        ({"nodes": [{"type": "A", "id": 1}], "links": []}, False),
        ({"nodes": [{"type": 5, "pos": 1}], "links": []}, False),
        ({"nodes": [{"type": "A", "pos": 1}]}, False),
        ({"nodes": [{"type": "A", "pos": 1}], "links": {}}, False),
        ({"nodes": {"type": "A", "pos": 1}, "links": []}, False),
        ({"nodes": [], "links": []}, False),
        ({"links": []}, False),
        ([{"type": "A", "pos": 1}], False),
        (None, False),
    ],
)
def test_the_form_of_a_drawing(value: Any, expected: bool) -> None:
    assert is_drawing(value) is expected


def box(ident: Any, kind: str, *inputs: Any, out: Any = (), **more: Any) -> dict[str, Any]:
    """Return a node as it is drawn: inputs are (name, link) or (name, link, type)."""
    items = [dict(zip(("name", "link", "type"), one, strict=False)) for one in inputs]
    return {"id": ident, "type": kind, "inputs": items, "outputs": list(out), **more}


def canvas(*nodes: Any, links: Any = (), **more: Any) -> dict[str, Any]:
    return {"nodes": list(nodes), "links": list(links), **more}


A, B = box(1, "A"), made("B", GraphLink("image", "1", IMAGE))


class TestLinks:
    @each(
        "link",
        [
            [9, 1, 0, 2, 0, IMAGE],
            [9, 1, 0, 2, 0, IMAGE, "more"],
            {"id": 9, "origin_id": 1, "origin_slot": 0, "target_id": 2, "target_slot": 0,
             "type": IMAGE},
            {"id": 9, "origin_id": "1", "origin_slot": 0, "type": IMAGE},
        ],
    )  # as a table  # fmt: skip
    def test_each_form(self, link: Any) -> None:
        expected = Graph({"1": made("A"), "2": B})
        assert drawn_graph(canvas(A, box(2, "B", ("image", 9)), links=[link])) == expected
        bare = box(2, "B", ("image", None, IMAGE))
        if not isinstance(link, dict) or "target_id" in link:
            assert drawn_graph(canvas(A, bare, links=[link])) == expected, (
                "by the slot it goes into"
            )

    def test_the_type_of_an_input_counts_before_that_of_the_link(self) -> None:
        made_ = drawn_graph(
            canvas(A, box(2, "B", ("image", 9, "MASK")), links=[[9, 1, 0, 2, 0, IMAGE]])
        )
        assert made_.nodes["2"].links == (GraphLink("image", "1", "MASK"),)
        for kind in ((), (5,)):
            made_ = drawn_graph(
                canvas(A, box(2, "B", ("image", 9)), links=[[9, 1, 0, 2, 0, *kind]])
            )
            assert made_.nodes["2"].links == (GraphLink("image", "1"),)

    def test_a_link_by_its_slot_takes_the_type_of_the_input_alone(self) -> None:
        made_ = drawn_graph(
            canvas(A, box(2, "B", ("a", None), ("b", None)), links=[[9, 1, 0, 2, 1, "X"]])
        )
        assert made_.nodes["2"].links == (GraphLink("b", "1"),)

    def test_an_input_without_a_name_and_what_is_no_input(self) -> None:
        two = {"id": 2, "type": "B", "inputs": [5, {"link": 9}, {"link": None}]}
        links = [[9, 1, 0, 2, 1, IMAGE], [8, 1, 0, 2, 2, IMAGE]]
        found = drawn_graph(canvas(A, two, links=links)).nodes["2"]
        assert found.links == (GraphLink("", "1", IMAGE), GraphLink("", "1"))

    def test_links_that_only_the_output_names(self) -> None:
        first = box(1, "A", out=[None, {"links": [7, [8], 9]}])
        second = box(2, "B", ("image", 9), ("more", [9]))
        assert drawn_graph(canvas(first, second)).nodes["2"].links == (GraphLink("image", "1"),)
        other = box(3, "C", out=[{"links": [9]}])
        links = [[9, 3, 0, 2, 0, IMAGE]]
        both = drawn_graph(canvas(first, second, other, links=links))
        assert both.nodes["2"].links == (GraphLink("image", "3", IMAGE),), (
            "the list of links counts"
        )

    @each(
        "link",
        [
            5,
            None,
            [9, 1, 0, 2],
            [[9], 1, 0, 2, 0],
            [{"a": 1}, 1, 0, 2, 0],
            [9, 1, "0", 2, 0],
            [9, [1], 0, 2, 0],
            [9, 5, 0, 2, 0],
            [9, -10, 0, 2, 0],
            {"id": 9},
        ],
    )
    def test_a_link_of_another_form_leads_nowhere(self, link: Any) -> None:
        good = [8, 1, 0, 2, 1]
        two = box(2, "B", ("image", 9), ("mask", 8))
        expected = Graph({"1": made("A"), "2": made("B", GraphLink("mask", "1"))})
        assert drawn_graph(canvas(A, two, links=[link, good])) == expected

    def test_a_node_without_a_number_goes_by_its_place(self) -> None:
        first = {"type": "A", "pos": 1}
        made_ = drawn_graph(
            canvas(5, first, box(2, "B", ("image", 9)), links=[[9, 1, 0, 2, 0, IMAGE]])
        )
        assert made_ == Graph({"1": made("A"), "2": B})

    @each(
        ("values", "expected"),
        [
            ([7, "a"], {"0": 7, "1": "a"}),
            ({"seed": 7}, {"seed": 7}),
            ("a", {}),
            (None, {}),
        ],
    )
    def test_the_values_of_a_node(self, values: Any, expected: dict[str, Any]) -> None:
        assert drawn_graph(canvas(box(1, "A" * 200, widgets_values=values))) == Graph(
            {"1": GraphNode("A" * 128, (), expected)}
        )


def through(*middle: dict[str, Any], links: Any = (), kind: str = IMAGE) -> tuple[GraphLink, ...]:
    """Return what goes into the last node, after what is between it and the first two."""
    value = canvas(
        box(1, "A"),
        box(2, "A"),
        *middle,
        box(9, "B", ("image", 99)),
        links=[[99, 5, 0, 9, 0, kind], *links],
    )
    return drawn_graph(value).nodes["9"].links


TWO_IN = [[11, 1, 0, 5, 0, IMAGE], [12, 2, 0, 5, 1, "MASK"]]


class TestPassing:
    """Muted nodes are left out; bypassed ones and reroutes hand on what fits."""

    def inputs(self, *kinds: str) -> list[tuple[Any, ...]]:
        return [(f"i{n}", 11 + n, kind) for n, kind in enumerate(kinds)]

    def test_a_muted_node(self) -> None:
        assert through(box(5, "Blur", *self.inputs(IMAGE), mode=2), links=TWO_IN) == ()
        made_ = drawn_graph(canvas(box(1, "A", mode=2), box(2, "B", mode=0)))
        assert made_ == Graph({"2": made("B")})

    def test_a_bypassed_node_hands_on_what_is_of_the_type(self) -> None:
        for kinds, source in (((IMAGE, "MASK"), "1"), (("MASK", IMAGE), "2"), (("*", "MASK"), "1")):
            node = box(5, "Blur", *self.inputs(*kinds), mode=4)
            assert through(node, links=TWO_IN) == (GraphLink("image", source, IMAGE),)
        assert "5" not in drawn_graph(canvas(box(5, "Blur", mode=4))).nodes

    def test_what_does_not_fit_is_not_handed_on_but_where_it_is_all(self) -> None:
        node = box(5, "Blur", *self.inputs("LATENT", "MASK"), mode=4)
        assert through(node, links=TWO_IN) == ()
        node = box(5, "Blur", *self.inputs("LATENT"), mode=4)
        assert through(node, links=TWO_IN) == (GraphLink("image", "1", IMAGE),)
        assert through(box(5, "Blur", mode=4), links=TWO_IN) == ()

    def test_the_output_tells_the_type_where_the_link_does_not(self) -> None:
        out = [{"type": "MASK"}]
        node = box(5, "Blur", *self.inputs(IMAGE, "MASK"), mode=4, out=out)
        assert through(node, links=TWO_IN, kind="") == (GraphLink("image", "2"),)
        for out in ([{"type": "*"}], [{"type": 5}], [5], []):
            node = box(5, "Blur", *self.inputs("LATENT", "MASK"), mode=4, out=out)
            assert through(node, links=TWO_IN, kind="") == (GraphLink("image", "1"),)

    def test_the_type_is_kept_from_one_to_the_next(self) -> None:
        later = box(6, "Blur", ("a", 21, IMAGE), ("b", 22, "MASK"), mode=4)
        links = [[21, 1, 0, 6, 0, IMAGE], [22, 2, 0, 6, 1, "MASK"]]
        for kind, of_input, source in (("", "MASK", "2"), ("MASK", "*", "2"), (IMAGE, "*", "1")):
            first = box(5, "Blur", ("a", 23, of_input), mode=4)
            found = through(first, later, links=[*links, [23, 6, 0, 5, 0, "*"]], kind=kind)
            assert found == (GraphLink("image", source, kind),)

    def test_an_input_without_a_type_fits(self) -> None:
        node = box(5, "Blur", ("a", 21), ("b", 22, "MASK"), mode=4)
        links = [[21, 1, 0, 5, 0], [22, 2, 0, 5, 1, "MASK"]]
        assert through(node, links=links) == (GraphLink("image", "1", IMAGE),)

    def test_of_several_that_fit_the_one_of_the_output(self) -> None:
        links = [[11, 1, 0, 5, 0, IMAGE], [12, 2, 0, 5, 1, IMAGE]]
        node = box(5, "Blur", *self.inputs(IMAGE, IMAGE), mode=4)
        for slot, source in ((0, "1"), (1, "2"), (2, "2")):
            value = canvas(A, box(2, "A"), node, box(9, "B", ("image", 99)),
                           links=[[99, 5, slot, 9, 0, IMAGE], *links])  # as a table  # fmt: skip
            assert drawn_graph(value).nodes["9"].links == (GraphLink("image", source, IMAGE),)

    def test_reroutes_one_after_the_other(self) -> None:
        nodes = [box(5, "Reroute", ("", 21, "*")), box(6, "Reroute", ("", 22, "*"))]
        links = [[21, 6, 0, 5, 0, "*"], [22, 1, 0, 6, 0, IMAGE]]
        assert through(*nodes, links=links) == (GraphLink("image", "1", IMAGE),)
        circle = [[21, 6, 0, 5, 0, "*"], [22, 5, 0, 6, 0, "*"]]
        assert through(*nodes, links=circle) == ()

    def test_as_many_as_a_link_may_pass(self) -> None:
        for count, links in ((64, (GraphLink("image", "1", IMAGE),)), (65, ())):
            value = canvas(
                A,
                *(box(10 + n, "Reroute", ("", 200 + n, "*")) for n in range(count)),
                box(9, "B", ("image", 99)),
                links=[
                    [99, 10, 0, 9, 0, IMAGE],
                    *([200 + n, 11 + n, 0, 10 + n, 0, "*"] for n in range(count - 1)),
                    [199 + count, 1, 0, 9 + count, 0, "*"],
                ],
            )
            assert drawn_graph(value).nodes["9"].links == links

    def test_a_get_node_gives_what_its_set_node_was_given(self) -> None:
        get = box(5, "GetNode", widgets_values=["x"])
        sets = [
            box(6, "SetNode", ("", 21, IMAGE), widgets_values=["y"]),
            box(7, "SetNode", ("", 22, IMAGE), widgets_values=["x"]),
        ]
        links = [[21, 1, 0, 6, 0, IMAGE], [22, 2, 0, 7, 0, IMAGE]]
        assert through(get, *sets, links=links) == (GraphLink("image", "2", IMAGE),)
        assert through(get, sets[0], links=links) == ()
        for odd in ("x", [], None):
            assert through(get | {"widgets_values": odd}, *sets, links=links) == ()


def subgraph(*nodes: Any, **more: Any) -> dict[str, Any]:
    return {"id": "sub", **canvas(*nodes), **more}


class TestSubgraphs:
    """The nodes inside one are named by the way to it, and links lead through its borders."""

    INNER = subgraph(
        box(3, "K", ("latent", 31, "LATENT")),
        inputs=[{"name": "a"}, {"name": "b"}],
        outputs=[{"linkIds": [99, 32]}],
        links=[[31, -10, 1, 3, 0, "LATENT"], [32, 3, 0, -20, 0, IMAGE]],
    )

    def whole(self, inner: Any, *inputs: Any, **more: Any) -> Graph:
        value = canvas(
            box(1, "A"),
            box(2, "A"),
            box(5, "sub", *inputs, **more),
            box(9, "B", ("image", 99)),
            links=[[99, 5, 0, 9, 0, IMAGE], [11, 1, 0, 5, 0], [12, 2, 0, 5, 1]],
            definitions={"subgraphs": [5, {"id": 7}, inner]},
        )
        return drawn_graph(value)

    def expected(self, source: str | None, **more: GraphNode) -> Graph:
        links = (GraphLink("latent", source, "LATENT"),) if source else ()
        nodes = {"1": made("A"), "2": made("A"), "5:3": made("K", *links)}
        return Graph(nodes | {"9": made("B", GraphLink("image", "5:3", IMAGE))} | more)

    def test_an_input_goes_by_its_name(self) -> None:
        assert self.whole(self.INNER, ("a", 11), ("b", 12)) == self.expected("2")
        assert self.whole(self.INNER, ("b", 12)) == self.expected("2")
        assert self.whole(self.INNER, ("a", 11)) == self.expected(None)
        assert self.whole(self.INNER, ("b", None), ("a", 11)) == self.expected(None)
        assert self.whole(self.INNER, ("b", [12])) == self.expected(None)

    @each("names", [None, [], [{}, {}], [5, {"name": ""}], [{"name": "a"}], [{}, 5]])
    def test_or_by_its_place_where_it_has_none(self, names: Any) -> None:
        inner = self.INNER | {"inputs": names}
        assert self.whole(inner, ("a", 11), ("x", 12)) == self.expected("2")
        assert self.whole(inner, ("a", 11)) == self.expected(None)

    @each(
        "change",
        [
            {"outputs": None},
            {"outputs": [5]},
            {"outputs": [{"linkIds": [[32], 99]}]},
            {"links": [[31, -10, 1, 3, 0, "LATENT"]], "nodes": [
                box(3, "K", ("latent", 31, "LATENT"), out=[{"links": [32]}])]},
        ],
    )  # as a table  # fmt: skip
    def test_an_output_goes_by_the_link_to_the_border_or_by_its_name(
        self, change: dict[str, Any]
    ) -> None:
        assert self.whole(self.INNER | change, ("b", 12)) == self.expected("2")

    def test_the_first_input_is_one_like_the_others(self) -> None:
        links = [[31, -10, 0, 3, 0, "LATENT"], [32, 3, 0, -20, 0, IMAGE]]
        inner = self.INNER | {"links": links}
        assert self.whole(inner, ("b", 12), ("a", 11)) == self.expected("1")
        assert self.whole(inner | {"inputs": []}, ("x", 11), ("y", 12)) == self.expected("1")

    def test_what_passes_a_border_keeps_its_type_and_its_place(self) -> None:
        passing = [("a", 41, "MASK"), ("b", 42, IMAGE)]
        inside = subgraph(
            box(3, "K"),
            box(4, "K"),
            box(6, "Blur", *passing, mode=4),
            outputs=[],
            links=[[41, 3, 0, 6, 0], [42, 4, 0, 6, 1], [32, 6, 0, -20, 0, IMAGE]],
        )
        assert self.whole(inside).nodes["9"].links == (GraphLink("image", "5:4", IMAGE),)
        through_ = subgraph(links=[[32, -10, 0, -20, 0, IMAGE]])
        for slot, kinds, source in ((0, ("MASK", IMAGE), "2"), (1, (IMAGE, IMAGE), "2")):
            inputs = [
                (name, link, kind) for (name, link, _), kind in zip(passing, kinds, strict=True)
            ]
            value = canvas(
                box(1, "A"),
                box(2, "A"),
                box(6, "Blur", *inputs, mode=4),
                box(5, "sub", ("a", 11)),
                box(9, "B", ("image", 99)),
                links=[[99, 5, 0, 9, 0, IMAGE], [11, 6, slot, 5, 0], [41, 1, 0, 6, 0],
                       [42, 2, 0, 6, 1]],
                definitions={"subgraphs": [through_]},
            )  # as a table  # fmt: skip
            assert drawn_graph(value).nodes["9"].links == (GraphLink("image", source, IMAGE),)

    def test_as_many_borders_as_a_link_may_pass(self) -> None:
        passing = subgraph(links=[[32, -10, 0, -20, 0, IMAGE]])
        for count, links in ((32, (GraphLink("image", "1", IMAGE),)), (33, ())):
            value = canvas(
                A,
                *(box(10 + n, "sub", ("a", 200 + n)) for n in range(count)),
                box(9, "B", ("image", 99)),
                links=[
                    [99, 10, 0, 9, 0, IMAGE],
                    *([200 + n, 11 + n, 0, 10 + n, 0] for n in range(count - 1)),
                    [199 + count, 1, 0, 9 + count, 0],
                ],
                definitions={"subgraphs": [passing]},
            )
            assert drawn_graph(value).nodes["9"].links == links

    def test_a_circle_through_a_border_ends(self) -> None:
        value = canvas(
            box(5, "sub", ("a", 11)),
            box(9, "B", ("image", 99)),
            links=[[99, 5, 0, 9, 0, IMAGE], [11, 5, 0, 5, 0]],
            definitions={"subgraphs": [subgraph(links=[[32, -10, 0, -20, 0, IMAGE]])]},
        )
        assert drawn_graph(value).nodes["9"].links == ()

    def test_an_output_that_nothing_goes_into(self) -> None:
        last = box(3, "K", out=[{"name": "x"}])
        free = box(4, "D", out=[{"name": "x"}])
        inner = subgraph(last, free, links=[[32, 3, 0, -20, 1, IMAGE]])
        assert self.whole(inner).nodes["9"].links == ()
        outputs = [{"linkIds": [31]}]
        inner = subgraph(last, outputs=outputs, links=[[31, -10, 0, 3, 0, IMAGE]])
        assert self.whole(inner, ("a", 11)).nodes["9"].links == (GraphLink("image", "5:3", IMAGE),)
        inner = self.INNER | {"links": [[32, 3, 0, -20, 1, IMAGE]], "outputs": []}
        found = self.whole(inner)
        assert found.nodes["9"].links == ()
        inner = self.INNER | {"links": [[32, -10, 0, -20, 0, IMAGE]]}
        assert self.whole(inner, ("a", 11)).nodes["9"].links == (GraphLink("image", "1", IMAGE),)

    def test_a_bypassed_one_is_passed_and_a_muted_one_left_out(self) -> None:
        found = self.whole(self.INNER, ("a", 11, IMAGE), mode=4)
        assert found == Graph(
            {"1": made("A"), "2": made("A"), "9": made("B", GraphLink("image", "1", IMAGE))}
        )
        found = self.whole(self.INNER, ("a", 11, IMAGE), mode=2)
        assert found == Graph({"1": made("A"), "2": made("A"), "9": made("B")})

    def test_get_and_set_nodes_are_of_one_scope(self) -> None:
        inner = subgraph(box(3, "GetNode", widgets_values=["x"]), links=[[32, 3, 0, -20, 0, IMAGE]])
        value = canvas(
            A,
            box(2, "SetNode", ("", 11), widgets_values=["x"]),
            box(5, "sub"),
            box(9, "B", ("image", 99)),
            links=[[99, 5, 0, 9, 0, IMAGE], [11, 1, 0, 2, 0, IMAGE]],
            definitions={"subgraphs": [inner]},
        )
        assert drawn_graph(value).nodes["9"].links == ()

    @each("definitions", [None, [], {}, {"subgraphs": {"sub": INNER}}])
    def test_a_definition_that_is_not_there(self, definitions: Any) -> None:
        found = drawn_graph(canvas(box(5, "sub"), definitions=definitions))
        assert found == Graph({"5": made("sub")})

    def test_bounds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = canvas(box(5, "sub"), definitions={"subgraphs": [subgraph(box(5, "sub"))]})
        for depth in (1, 2):
            monkeypatch.setattr(graph_model, "_DEPTH", depth)
            assert drawn_graph(loop) == Graph(
                {":".join("5" * (depth + 1)): made("sub")}, whole=False
            )
        monkeypatch.setattr(graph_model, "MAX_NODES", 2)
        full = canvas(box(5, "sub"), A, definitions={"subgraphs": [subgraph(A, A)]})
        assert drawn_graph(full) == Graph({"5:1": made("A")}, whole=False)
        monkeypatch.setattr(graph_model, "MAX_NODES", 3)
        cut = canvas(
            box(9, "B", ("image", 99)),
            box(5, "sub"),
            links=[[99, 5, 0, 9, 0, IMAGE]],
            definitions={
                "subgraphs": [
                    subgraph(box(3, "K"), A, outputs=[{"linkIds": [32]}], links=[[32, 3, 0, 4, 0]])
                ]
            },
        )
        assert drawn_graph(cut).nodes["9"].links == (GraphLink("image", "5:3", IMAGE),)
        monkeypatch.setattr(graph_model, "MAX_NODES", 9)
        many = canvas(box(1, "sub"), box(2, "sub"), definitions={"subgraphs": [subgraph(A)]})
        both = {"1:1": made("A"), "2:1": made("A")}
        monkeypatch.setattr(graph_model, "_SCOPES", 2)
        assert drawn_graph(many) == Graph(both)
        monkeypatch.setattr(graph_model, "_SCOPES", 1)
        assert drawn_graph(many) == Graph({"1:1": made("A"), "2": made("sub")}, whole=False)


class TestGroups:
    @each("kind", ["workflow/mine", "workflow>mine"])
    def test_the_last_node_that_nothing_in_the_group_takes_from(self, kind: str) -> None:
        out = [{"name": "x"}]
        inner = {
            "nodes": [
                box(0, "K", out=out),
                box(1, "D", ("samples", 31), out=out),
                box(2, "Show", ("image", 32)),
                box(3, "E", out=out),
            ],
            "links": [[31, 0, 0, 1, 0], [32, 1, 0, 2, 0]],
        }
        value = canvas(
            box(5, kind),
            box(9, "B", ("image", 99)),
            links=[[99, 5, 0, 9, 0, IMAGE]],
            extra={"groupNodes": {"mine": inner, "other": 5}},
        )
        found = drawn_graph(value)
        assert found.nodes["9"].links == (GraphLink("image", "5:3", IMAGE),)
        inner["nodes"] = inner["nodes"][:3]
        assert drawn_graph(value).nodes["9"].links == ()
        assert drawn_graph(value).nodes["5:1"] == made("D", GraphLink("samples", "5:0"))

    @each("extra", [None, [], {}, {"groupNodes": []}, {"groupNodes": {"mine": 5}}])
    def test_a_group_that_is_not_there(self, extra: Any) -> None:
        found = drawn_graph(canvas(box(5, "workflow/mine"), extra=extra))
        assert found == Graph({"5": made("workflow/mine")})


def test_bounds_of_a_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [A, box(2, "B", ("image", 9), ("mask", 8))]
    value = canvas(*nodes, links=[[9, 1, 0, 2, 0, IMAGE], [8, 1, 0, 2, 1]])
    links = (GraphLink("image", "1", IMAGE), GraphLink("mask", "1"))
    everything = Graph({"1": made("A"), "2": made("B", *links)})
    monkeypatch.setattr(graph_model, "MAX_NODES", 2)
    monkeypatch.setattr(graph_model, "MAX_LINKS", 2)
    assert drawn_graph(value) == everything
    monkeypatch.setattr(graph_model, "MAX_LINKS", 1)
    assert drawn_graph(value) == Graph({"1": made("A"), "2": made("B", links[0])}, whole=False)
    monkeypatch.setattr(graph_model, "MAX_LINKS", 2)
    monkeypatch.setattr(graph_model, "MAX_NODES", 1)
    assert drawn_graph(value) == Graph({"1": made("A")}, whole=False)
    monkeypatch.setattr(graph_model, "MAX_NODES", 2)
    monkeypatch.setattr(graph_model, "_SLOTS", 1)
    assert drawn_graph(value).nodes["2"] == made("B", links[0])
    for values in ([7, 8], {"0": 7, "1": 8}):
        cut = drawn_graph(canvas(box(1, "A", widgets_values=values)))
        assert cut == Graph({"1": GraphNode("A", (), {"0": 7})})
    out = [{"links": [9, 8]}, {"links": [7]}]
    two = box(2, "B", ("image", 9))
    for link, found in ((9, (GraphLink("image", "1"),)), (8, ()), (7, ())):
        two["inputs"][0]["link"] = link
        assert drawn_graph(canvas(box(1, "A", out=out), two)).nodes["2"].links == found
