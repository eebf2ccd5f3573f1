"""InvokeAI's metadata, graphs and commands: what each says, and what says nothing."""

from __future__ import annotations

from typing import Any

from support.each import each
from unit.signals.detectors.make import field, png, run

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source

GENERATED, MODIFIED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE
SETTINGS = "InvokeAI generation settings"
GRAPH = "InvokeAI graph that generates"
ONLY_EDITS = "InvokeAI graph that generates nothing: it may only edit"
STARTS, INPAINTS = ", starting from a picture", ", inpainting a picture"
NOW = {"generation_mode": "txt2img", "steps": 20, "model": {"name": "m"}}


def told(*fields: Any) -> list[tuple[Any, ...]]:
    """Return what each marker of InvokeAI's says; settings may be known by their form as well."""
    found = []
    for name, marker in run(*fields)[0]:
        if name == "invokeai":
            assert marker.product == "InvokeAI"
            assert marker.whole is (marker.origin is not MODIFIED)
            found.append((marker.origin, marker.says, marker.model, marker.from_input))
    return found


@each(
    ("value", "expected"),
    [
        (NOW, (GENERATED, SETTINGS, "m", False)),
        (NOW | {"model": {"model_name": "n", "name": "m"}}, (GENERATED, SETTINGS, "n", False)),
        (NOW | {"model": {"name": 5}}, (GENERATED, SETTINGS, None, False)),
        (NOW | {"model": "m"}, (GENERATED, SETTINGS, None, False)),
        (NOW | {"generation_mode": "sdxl_img2img"}, (GENERATED, SETTINGS + STARTS, "m", True)),
        (NOW | {"generation_mode": "flux_inpaint"}, (MODIFIED, SETTINGS + INPAINTS, "m", True)),
        (NOW | {"generation_mode": "outpaint"}, (MODIFIED, SETTINGS + INPAINTS, "m", True)),
        (NOW | {"ref_images": ["a"]}, (GENERATED, SETTINGS + STARTS, "m", True)),
        (NOW | {"init_image_name": "a"}, (GENERATED, SETTINGS + STARTS, "m", True)),
        (NOW | {"ipAdapters": []}, (GENERATED, SETTINGS, "m", False)),
        ({"seed": 1, "steps": 2}, (GENERATED, SETTINGS, None, False)),
        ({"seed": 1, "width": 2}, (POSSIBLE, "InvokeAI metadata without generation settings", None,
                                   False)),
    ],
)  # as a table  # fmt: skip
def test_metadata(value: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert told(png("invokeai_metadata", value)) == [expected]
    assert told(field(Source.QUICKTIME, "invokeai_metadata", value)) == [expected]


@each("value", [{}, "null", "[1]", "{"])
def test_metadata_that_are_no_object_with_anything_in_it(value: Any) -> None:
    assert told(png("invokeai_metadata", value)) == []


@each(
    ("kinds", "expected"),
    [
        (["denoise_latents"], (GENERATED, GRAPH, None, False)),
        (["x_t2i", "noise"], (GENERATED, GRAPH, None, False)),
        (["denoise_mask"], (POSSIBLE, ONLY_EDITS, None, False)),
        (["denoise_meta"], (POSSIBLE, ONLY_EDITS, None, False)),
        (["img_resize"], (POSSIBLE, ONLY_EDITS, None, False)),
        (["denoise_latents", "i2l"], (GENERATED, "InvokeAI graph that starts from a picture", None,
                                      True)),
        (["denoise_latents", "xi2l"], (GENERATED, GRAPH, None, False)),
        (["denoise_latents", "create_denoise_mask"],
         (MODIFIED, "InvokeAI graph that inpaints a picture", None, True)),
        (["img_resize", "inpaint_tool"],
         (MODIFIED, "InvokeAI graph that inpaints a picture", None, True)),
    ],
)  # as a table  # fmt: skip
def test_graphs(kinds: list[str], expected: tuple[Any, ...]) -> None:
    by_id = {str(n): {"type": kind} for n, kind in enumerate(kinds)}
    listed = [5, {"data": {}}, {"data": 5}, *({"type": 5, "data": {"type": k}} for k in kinds)]
    for nodes in (by_id, list(by_id.values()), listed):
        for key in ("invokeai_graph", "invokeai_workflow"):
            assert told(png(key, {"nodes": nodes})) == [expected]
            assert told(field(Source.QUICKTIME, key, {"nodes": nodes})) == [expected]


@each("value", [{}, {"nodes": 5}, {"nodes": []}, {"nodes": [{"id": 1}]}, "[]"])
def test_graphs_without_nodes(value: Any) -> None:
    assert told(png("invokeai_graph", value)) == []


def test_a_graph_is_asked_where_metadata_say_nothing_of_settings() -> None:
    graph = png("invokeai_graph", {"nodes": {"1": {"type": "denoise_latents"}}})
    assert [one[1] for one in told(graph, png("invokeai_metadata", NOW))] == [SETTINGS]
    found = {one[1] for one in told(graph, png("invokeai_metadata", {"width": 3}))}
    assert found == {"InvokeAI metadata without generation settings", GRAPH}


def test_as_many_nodes_as_are_looked_at() -> None:
    for before, says in ((3_999, GRAPH), (4_000, ONLY_EDITS)):
        nodes = [{"type": "x"}] * before + [{"type": "denoise_latents"}]
        assert [one[1] for one in told(png("invokeai_graph", {"nodes": nodes}))] == [says]


OLD = {"model_weights": "sd-1.5", "image": {"prompt": "a", "type": "txt2img"}}


@each(
    ("value", "expected"),
    [
        (OLD, ("sd-1.5", False)),
        (OLD | {"model_weights": 5}, (None, False)),
        (OLD | {"image": {"seed": 1, "type": "img2img"}}, ("sd-1.5", True)),
        (OLD | {"image": {"sampler": "x", "init_image_path": "a"}}, ("sd-1.5", True)),
        (OLD | {"image": {"seed": 1, "init_image_path": ""}}, ("sd-1.5", False)),
        (OLD | {"image": {"type": "img2img"}}, None),
        (OLD | {"image": "a"}, None),
        ({}, None),
        ("[1]", None),
        ("{", None),
    ],
)
def test_the_metadata_of_early_versions(value: Any, expected: tuple[Any, ...] | None) -> None:
    says = "InvokeAI generation settings (sd-metadata)"
    found = told(png("sd-metadata", value))
    assert found == ([(GENERATED, says, *expected)] if expected else [])


@each(
    ("text", "found"),
    [
        ('"a cat" -s50 -S1234', True),
        (' "a cat" -s 50 -C7.5', True),
        ('"a "cat"" -W512 -H512', True),
        ('"a cat" -s50', False),
        ('"a cat" -s50 -s51', False),
        ('"a cat" -s50 -x3', False),
        ('"a cat"-s50-S1234', False),
        ('a cat" -s50 -S1234', False),
        ("a cat -s50 -S1234", False),
        (f'"{"a" * 16_300}" -s50 -S1234', True),
        (f'"{"a" * 16_381}" -s50 -S1234', False),
    ],
)
def test_a_command(text: str, found: bool) -> None:
    says = "InvokeAI command with sampler settings"
    assert told(png("Dream", text)) == ([(GENERATED, says, None, False)] if found else [])


def test_one_that_says_nothing_hides_none_behind_it() -> None:
    metadata = [png("invokeai_metadata", {}), png("invokeai_metadata", NOW)]
    old = [png("sd-metadata", {}), png("sd-metadata", OLD)]
    command = [png("Dream", "a cat"), png("Dream", '"a cat" -s50 -S1234')]
    graph = [png("invokeai_graph", {}), png("invokeai_graph", {"nodes": [{"type": "t2i"}]})]
    for pair in (metadata, old, command, graph):
        assert len(told(*pair)) == 1
    assert len(told(*metadata, *old, *command)) == 3
