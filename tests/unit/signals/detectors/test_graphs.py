"""ComfyUI's graphs in texts: which are found, wherever they stand, and what is said of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.each import each
from unit.signals.detectors.make import GRAPH, RESIZE, drawing, field, node, png, run

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detectors import graphs
from provenance.signals.detectors._index import MAX_PARSED

if TYPE_CHECKING:
    import pytest

GENERATED, MODIFIED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE
GENERATES = "ComfyUI graph that generates"
NOTHING = "ComfyUI graph that generates nothing: it may only edit"
CUT = "ComfyUI graph, cut, with a node that generates"
CANVAS = "ComfyUI drawing without the graph that was run: it may be a picture of the canvas"
LECTURE = {"1": {"class_type": "Lecture", "inputs": {"room": "A1"}}}
DRAWN = drawing(
    node(1, "KSampler", outputs=[{"name": "L", "type": "L", "links": [5]}]),
    node(2, "SaveImage", inputs=[{"name": "images", "type": "L", "link": 5}]),
    links=[[5, 1, 0, 2, 0, "L"]],
)
SCALED = drawing(node(1, "LoadImage"), node(2, "ImageScale"))
OTHER = drawing(node(1, "Note"))


def told(*fields: Any) -> tuple[list[tuple[Origin, str, str]], list[tuple[str, str, str]]]:
    """Return what each marker of a graph says, and where; then the findings."""
    found, findings = run(*fields)
    assert {name for name, _ in found} <= {"comfyui"}
    return (
        [(marker.origin, marker.says, marker.field.key) for _, marker in found],
        [(one.code, one.message, one.where) for one in findings],
    )


def origins(*fields: Any) -> list[Origin]:
    return [marker.origin for _, marker in run(*fields)[0]]


@each(
    ("value", "expected"),
    [
        (GRAPH, GENERATED),
        ({"prompt": GRAPH}, GENERATED),
        ({"a": {"prompt": GRAPH}}, GENERATED),
        ({"a": {"b": {"prompt": GRAPH}}}, GENERATED),
        ({"a": {"b": {"c": {"prompt": GRAPH}}}}, None),
        ({"prompt": json.dumps(GRAPH)}, GENERATED),
        ({"a": json.dumps({"prompt": json.dumps(GRAPH)})}, GENERATED),
        ({"a": [GRAPH]}, None),
        ({"workflow": json.dumps(DRAWN), "class_type": 5}, GENERATED),
        (LECTURE, None),
        # of several in one text the strongest, whichever comes first
        ({"a": LECTURE, "b": GRAPH}, GENERATED),
        ({"a": GRAPH, "b": LECTURE}, GENERATED),
        ({"a": RESIZE, "b": GRAPH}, GENERATED),
        ({"a": GRAPH, "b": RESIZE}, GENERATED),
        ({"a": OTHER, "b": SCALED, "c": DRAWN}, GENERATED),
        ({"a": DRAWN, "b": RESIZE}, POSSIBLE),
        ({"a": DRAWN, "b": LECTURE}, GENERATED),
    ],
)
def test_where_a_graph_may_stand_in_a_text(value: Any, expected: Origin | None) -> None:
    where = field(Source.QUICKTIME, "notes", value)
    assert origins(where) == ([expected] if expected else [])


def test_eight_graphs_of_a_text_are_judged() -> None:
    for before, expected in ((7, GENERATED), (8, POSSIBLE)):
        value = {f"a{n}": RESIZE for n in range(before)} | {"b": GRAPH}
        assert origins(png("notes", value)) == [expected]


class TestWhatCannotBeParsed:
    """The classes of nodes tell, where a fault in the text hides the nodes."""

    FAULT = '"inputs": {"text": "a" b"}'
    INCOMPLETE = (
        "marker.incomplete",
        "a graph that is cut or broken: judged by the part that could be read",
        "block @0 notes",
    )

    def text(self, *rest: str, first: str = "CLIPTextEncode") -> Any:
        nodes = ", ".join((f'"1": {{{self.FAULT}, "class_type": "{first}"}}', *rest))
        return field(Source.QUICKTIME, "notes", f"{{{nodes}}}")

    def test_a_graph_without_one_whole_node(self) -> None:
        sampler = '"3": {"class_type" :  "KSampler"}'
        assert told(self.text(sampler)) == ([(GENERATED, CUT, "notes")], [self.INCOMPLETE])
        escaped = self.text('"3": {\\"class_type\\": \\"KSampler\\"}')
        assert told(escaped)[0] == [(GENERATED, CUT, "notes")]
        ((origin, says, _),) = told(self.text())[0]
        assert (origin, says) == (
            POSSIBLE,
            "ComfyUI graph, cut: what made the media cannot be read",
        )
        assert told(self.text(first="Lecture")) == ([], [])

    def test_more_than_the_part_that_could_be_read_says(self) -> None:
        whole = json.dumps(RESIZE)[1:-1]
        broken = f'"5": {{{self.FAULT}, "class_type": "KSampler"}}'
        value = field(Source.QUICKTIME, "notes", f"{{{whole}, {broken}}}")
        says = "ComfyUI graph, cut, that loads and generates"
        assert told(value) == ([(GENERATED, says, "notes")], [self.INCOMPLETE])
        value = field(Source.QUICKTIME, "notes", f"{{{whole}, {broken}}}".replace("KSampler", "X"))
        assert told(value) == ([(POSSIBLE, NOTHING, "notes")], [self.INCOMPLETE])

    def test_what_generates_by_the_part_that_could_be_read_stands(self) -> None:
        value = field(Source.QUICKTIME, "notes", json.dumps(GRAPH)[:-1])
        assert told(value) == ([(GENERATED, GENERATES, "notes")], [self.INCOMPLETE])

    def test_a_loaded_picture_may_be_what_was_given_where_the_text_is_cut(self) -> None:
        loads = {"1": {"class_type": "LoadImage", "inputs": {"image": "a"}}}
        for end, given in ((None, False), (-1, True)):
            value = field(Source.QUICKTIME, "notes", json.dumps(GRAPH | loads)[:end])
            ((_, marker),) = run(value)[0]
            assert marker.from_input is given

    @each(("kind", "says"), [("KSampler", CUT), ("Lecture", None)])
    def test_a_drawing_without_one_whole_node(self, kind: str, says: str | None) -> None:
        text = f'{{"nodes": [{{"id": 1, "text": "a" b", "type": "SaveImage"}}, {{"type":"{kind}"}}'
        value = field(Source.QUICKTIME, "notes", text)
        ((origin, found, _),) = told(value)[0]
        assert (origin is GENERATED) is (says is not None)
        assert says is None or found == says
        escaped = field(Source.QUICKTIME, "notes", text.replace('"', '\\"'))
        assert [one[0] for one in told(escaped)[0]] == [origin]

    def test_as_many_classes_as_are_looked_at(self, monkeypatch: pytest.MonkeyPatch) -> None:
        value = self.text('"2": {"class_type": "X"}', '"3": {"class_type": "KSampler"}')
        for count, origin in ((3, GENERATED), (2, POSSIBLE)):
            monkeypatch.setattr(graphs, "_MAX_KINDS", count)
            assert origins(value) == [origin]


class TestDrawings:
    def test_a_drawing_alone_may_be_a_picture_of_the_canvas(self) -> None:
        ((_, marker),) = run(png("notes", DRAWN))[0]
        assert (marker.origin, marker.says, marker.product) == (POSSIBLE, CANVAS, "ComfyUI")
        video = field(Source.QUICKTIME, "notes", DRAWN)
        assert told(video)[0] == [(GENERATED, GENERATES, "notes")]
        ((_, marker),) = run(png("notes", DRAWN), png("more", "a text of sui_image_params"))[0]
        assert marker.product == "SwarmUI"

    def test_one_that_is_cut_is_said_to_be(self) -> None:
        whole = field(Source.QUICKTIME, "notes", DRAWN)
        assert told(whole)[1] == []
        cut = field(Source.QUICKTIME, "notes", json.dumps(DRAWN)[:-2])
        assert told(cut) == (
            [(GENERATED, GENERATES, "notes")],
            [TestWhatCannotBeParsed.INCOMPLETE],
        )

    def test_a_picture_that_nothing_takes_was_not_given_in_a_whole_drawing(self) -> None:
        nodes = [*DRAWN["nodes"], node(3, "LoadImage")]
        ((_, marker),) = run(field(Source.QUICKTIME, "notes", DRAWN | {"nodes": nodes}))[0]
        assert (marker.says, marker.from_input) == (GENERATES, False)

    def test_a_large_drawing_uses_up_no_room_for_what_was_run(self) -> None:
        large = json.dumps(DRAWN).ljust(MAX_PARSED - 9)
        assert told(png("drawn", large), png("run", GRAPH))[0] == [(GENERATED, GENERATES, "run")]

    def test_a_broken_text_of_types_is_no_drawing(self) -> None:
        text = '{"a": "x" y", "type": "SaveImage", "more": {"type": "KSampler"}}'
        assert told(field(Source.QUICKTIME, "notes", text)) == ([], [])

    def test_every_drawing_speaks_where_nothing_was_run(self) -> None:
        fields = [png("notes", SCALED), png("other", OTHER), png("more", DRAWN)]
        assert [key for _, _, key in told(*fields)[0]] == ["notes", "more"]

    def test_none_where_something_was_run_whatever_comes_first(self) -> None:
        fields = [png("drawn", DRAWN), png("run", GRAPH), png("again", GRAPH)]
        for order in (fields, fields[::-1]):
            found, findings = told(*order)
            assert sorted(key for _, _, key in found) == ["again", "run"]
            assert findings == []

    def test_one_that_says_more_than_what_was_run_is_a_finding(self) -> None:
        found, findings = told(png("drawn", DRAWN), png("run", RESIZE))
        assert found == [(POSSIBLE, NOTHING, "run")]
        message = "the drawing of the graph says more than the graph that was run"
        expected = ("marker.graphs_disagree", f"{message}: {GENERATES}", "tEXt @0 drawn")
        assert findings == [expected]
        more = [png("same", SCALED), png("other", OTHER), png("drawn", DRAWN), png("drawn", DRAWN)]
        assert told(*more, png("run", RESIZE))[1] == [expected]
        assert told(*more, png("run", RESIZE), png("better", GRAPH))[1] == []
        for before, count in ((3, 1), (4, 0)):
            others = [png(str(n), SCALED) for n in range(before)]
            assert len(told(*others, png("drawn", DRAWN), png("run", RESIZE))[1]) == count


@each(("length", "model"), [(128, "m" * 128), (129, "m" * 128)])
def test_the_name_of_a_model_is_cut(length: int, model: str) -> None:
    value = json.loads(json.dumps(GRAPH).replace("a.safetensors", "m" * length))
    ((_, marker),) = run(png("notes", value))[0]
    assert marker.model == model


@each(
    ("text", "found"),
    [
        (json.dumps(GRAPH), True),
        (f"prompt:{json.dumps(GRAPH)}", True),
        (f"{' ' * 64}{json.dumps(GRAPH)}", True),
        (f"a sentence about {json.dumps(GRAPH)}", False),
        (json.dumps(DRAWN).replace('"', '\\"'), True),
    ],
)
def test_which_text_may_hold_a_graph(text: str, found: bool) -> None:
    assert bool(run(png("notes", text))[0]) is found
