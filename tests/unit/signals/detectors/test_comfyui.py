"""ComfyUI graphs: what was run, what was drawn, and what only edits."""

import json

import pytest
from unit.signals.detectors.make import (
    GRAPH,
    RESIZE,
    drawing,
    exif,
    field,
    node,
    only,
    png,
)

from provenance.base.terms import Origin
from provenance.media.metadata.model import Source

GENERATED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_POSSIBLE
COMFY_MODEL = {"name": "model", "type": "MODEL", "link": 3}
COMFY_OUT = {"name": "MODEL", "type": "MODEL", "links": [3]}


class TestComfyUi:
    @pytest.mark.parametrize(
        "where",
        [
            png("prompt", GRAPH),
            exif("Make", "prompt:" + json.dumps(GRAPH)),
            exif("UserComment", "prompt: " + json.dumps(GRAPH) + "\0"),
            field(Source.VORBIS, "PROMPT", GRAPH),
            field(Source.EBML, "COMMENT", {"prompt": GRAPH, "workflow": {}}),
            field(Source.EBML, "COMMENT", {"prompt": json.dumps(GRAPH)}),
            field(Source.QUICKTIME, "©cmt", {"prompt": json.dumps(GRAPH), "workflow": "{}"}),
            field(Source.QUICKTIME, "prompt", GRAPH),
            field(Source.ID3, "COMM:eng:", {"prompt": GRAPH}),
            png("workflow", drawing(node(1, "KSampler"))),
            exif("ImageDescription", "workflow:" + json.dumps(drawing(node(1, "KSampler")))),
            png("workflow", drawing(node(1, "MySampler", inputs=[COMFY_MODEL]))),
            png("workflow", drawing(node(1, "MyLoader", outputs=[COMFY_OUT]))),
            png("prompt", {"1": {"class_type": "KSampler (Efficient)",
                                 "inputs": {"sampler_name": "euler", "steps": 9, "cfg": 7}}}),
            field(Source.VORBIS, "comment", {"workflow": drawing(node(1, "UNETLoader"))}),
        ],
    )  # as a table  # fmt: skip
    def test_generated(self, where):
        name, marker = only(where)
        assert (name, marker.origin, marker.product) == ("comfyui", GENERATED, "ComfyUI")

    @pytest.mark.parametrize(
        "where",
        [
            png("prompt", RESIZE),
            exif("Model", "prompt:" + json.dumps(RESIZE)),
            png("workflow", drawing(node(1, "LoadImage"), node(2, "ImageScale"))),
            png("workflow", drawing(node(1, "KSampler", mode=2), node(2, "ImageScale"))),
            png("workflow", drawing(node(1, "KSampler", mode=4), node(2, "ImageScale"))),
            png("workflow", drawing(node(1, "Note", widgets_values=["KSampler"]))),
            png("prompt", {"1": {"class_type": "SaveImage", "inputs": {"text": "KSampler"}}}),
        ],
    )
    def test_possible(self, where):
        name, marker = only(where)
        assert (name, marker.origin) == ("comfyui", POSSIBLE)

    def test_what_was_run_decides_over_the_drawing(self):
        drawn = png("workflow", drawing(node(1, "KSampler"), node(2, "ImageScale")))
        assert only(drawn, png("prompt", RESIZE))[1].origin is POSSIBLE
        assert only(png("prompt", GRAPH), drawn)[1].origin is GENERATED

    def test_a_sampler_in_a_subgraph(self):
        made = drawing(node(1, "abc-uuid"))
        made["definitions"] = {"subgraphs": [{"nodes": [node(2, "KSampler")]}]}
        assert only(png("workflow", made))[1].origin is GENERATED
