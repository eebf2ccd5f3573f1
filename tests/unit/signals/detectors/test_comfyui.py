"""ComfyUI graphs: what was run, what was drawn, and what only edits."""

import json

import pytest
from support.each import each
from unit.signals.detectors.make import (
    GRAPH,
    RESIZE,
    codes,
    drawing,
    exif,
    field,
    node,
    only,
    png,
    run,
)

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source

GENERATED, MODIFIED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE
DRAWN = drawing(
    node(1, "KSampler", outputs=[{"name": "LATENT", "type": "LATENT", "links": [5]}]),
    node(2, "VAEDecode", inputs=[{"name": "samples", "type": "LATENT", "link": 5}],
         outputs=[{"name": "IMAGE", "type": "IMAGE", "links": [6]}]),
    node(3, "SaveImage", inputs=[{"name": "images", "type": "IMAGE", "link": 6}]),
    links=[[5, 1, 0, 2, 0, "LATENT"], [6, 2, 0, 3, 0, "IMAGE"]],
)  # as a table  # fmt: skip


class TestComfyUi:
    @each(
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
            exif("ImageDescription", "workflow:" + json.dumps(drawing(node(1, "KSampler")))),
            field(Source.QUICKTIME, "workflow", DRAWN),
            field(Source.VORBIS, "TITLE", GRAPH),
            png("Comment", GRAPH),
            exif("Make", "Prompt: " + json.dumps(GRAPH)),
            exif("UserComment", json.dumps({"Prompt": GRAPH, "Workflow": {}}) + " and more"),
            field(Source.COMMENT, "Comment", json.dumps(json.dumps(GRAPH))),
            field(Source.QUICKTIME, "©cmt", json.dumps(GRAPH).replace('"', '\\"')),
            png("prompt", json.dumps(GRAPH).replace("20", "NaN")),
            png("prompt", {"1": {"class_type": "KSampler (Efficient)",
                                 "inputs": {"sampler_name": "euler", "steps": 9, "cfg": 7}}}),
            field(Source.VORBIS, "comment", {"workflow": DRAWN}),
        ],
    )  # as a table  # fmt: skip
    def test_a_graph_with_a_sampler_is_generated(self, where):
        name, marker = only(where)
        assert (name, marker.origin, marker.product) == ("comfyui", GENERATED, "ComfyUI")

    @each(
        "where",
        [
            png("prompt", RESIZE),
            exif("Model", "prompt:" + json.dumps(RESIZE)),
            png("workflow", DRAWN),
            png("workflow", drawing(node(1, "LoadImage"), node(2, "ImageScale"))),
            png("workflow", drawing(node(1, "KSampler", mode=2), node(2, "ImageScale"))),
            png("workflow", drawing(node(1, "KSampler", mode=4), node(2, "ImageScale"))),
            png("prompt", {"1": {"class_type": "SaveImage", "inputs": {"text": "KSampler"}}}),
        ],
    )
    def test_a_graph_without_a_sampler_is_possible(self, where):
        name, marker = only(where)
        assert (name, marker.origin) == ("comfyui", POSSIBLE)

    def test_the_graph_that_was_run_decides_over_the_drawing(self):
        drawn = png("workflow", DRAWN)
        found, findings = run(drawn, png("prompt", RESIZE))
        assert [m.origin for _, m in found] == [POSSIBLE]
        assert codes(findings) == {"marker.graphs_disagree"}
        assert only(png("prompt", GRAPH), drawn)[1].origin is GENERATED

    def test_the_model_is_that_of_the_loader(self):
        assert only(png("prompt", GRAPH))[1].model == "a.safetensors"

    def test_a_graph_that_is_cut_is_judged_by_what_can_be_read(self):
        whole = json.dumps(GRAPH)
        found, findings = run(png("prompt", whole[: whole.index("SaveImage") - 20]))
        assert [m.origin for _, m in found] == [GENERATED]
        assert codes(findings) == {"marker.incomplete"}

    def test_swarmui_is_named_where_it_says_so(self):
        _, marker = only(png("prompt", GRAPH), png("other", '{"note": "sui_image_params"}'))
        assert marker.product == "SwarmUI"


def graph(*nodes):
    """Return a graph as it was run: (id, class, inputs), where "@3" is a link to node 3."""
    return {
        key: {
            "class_type": kind,
            "inputs": {
                name: [value[1:], 0] if str(value).startswith("@") else value
                for name, value in inputs.items()
            },
        }
        for key, kind, inputs in nodes
    }


SAVED = ("9", "SaveImage", {"images": "@8"})
DECODED = ("8", "VAEDecode", {"samples": "@3"})
LOADED = ("1", "LoadImage", {"image": "a.png"})
WALKS = [
    # name, origin, from_input, graph
    ("text to image", GENERATED, False,
     graph(("3", "KSampler", {"seed": 1, "latent_image": "@5"}), ("5", "EmptyLatentImage", {}),
           DECODED, SAVED)),
    ("image to image", GENERATED, True,
     graph(LOADED, ("5", "VAEEncode", {"pixels": "@1"}),
           ("3", "KSampler", {"seed": 1, "latent_image": "@5"}), DECODED, SAVED)),
    ("inpainting", MODIFIED, True,
     graph(LOADED, ("5", "VAEEncodeForInpaint", {"pixels": "@1", "mask": "@1"}),
           ("3", "KSampler", {"latent_image": "@5"}), DECODED, SAVED)),
    ("guided by a ControlNet", GENERATED, False,
     graph(LOADED, ("4", "ControlNetApplyAdvanced", {"image": "@1", "positive": "@6"}),
           ("6", "CLIPTextEncode", {"text": "a"}), ("3", "KSampler", {"positive": "@4"}),
           DECODED, SAVED)),
    ("a face by IPAdapter", GENERATED, True,
     graph(LOADED, ("4", "IPAdapterFaceID", {"image": "@1", "model": "@6"}),
           ("6", "UNETLoader", {"unet_name": "m"}), ("3", "KSampler", {"model": "@4"}),
           DECODED, SAVED)),
    ("the size of a picture", GENERATED, False,
     graph(LOADED, ("4", "GetImageSize", {"image": "@1"}),
           ("5", "EmptyLatentImage", {"width": "@4"}), ("3", "KSampler", {"latent_image": "@5"}),
           DECODED, SAVED)),
    ("a description of a picture", GENERATED, False,
     graph(LOADED, ("4", "Florence2Run", {"image": "@1"}), ("6", "CLIPTextEncode", {"text": "@4"}),
           ("3", "KSampler", {"positive": "@6"}), DECODED, SAVED)),
    ("face swap", MODIFIED, True,
     graph(LOADED, ("2", "LoadImage", {}), ("8", "ReActorFaceSwap",
           {"input_image": "@1", "source_image": "@2"}), SAVED)),
    ("animation of a portrait", MODIFIED, True,
     graph(LOADED, ("2", "VHS_LoadVideo", {}),
           ("8", "LivePortraitProcess", {"source_image": "@1", "driving_images": "@2"}),
           ("9", "VHS_VideoCombine", {"images": "@8"}))),
    ("lips", MODIFIED, True,
     graph(("1", "LoadVideo", {}), ("2", "LoadAudio", {}),
           ("8", "LatentSyncNode", {"images": "@1", "audio": "@2"}),
           ("9", "VHS_VideoCombine", {"images": "@8"}))),
    ("image to video", GENERATED, True,
     graph(LOADED, ("4", "WanImageToVideo", {"start_image": "@1"}),
           ("3", "KSamplerAdvanced", {"latent_image": "@4"}), DECODED,
           ("9", "SaveVideo", {"video": "@8"}))),
    ("a sampler of an extension", GENERATED, False,
     graph(("3", "HyVideoSampler", {"model": "@4"}), ("4", "HyVideoModelLoader", {"model": "h"}),
           ("8", "HyVideoDecode", {"samples": "@3"}), ("9", "VHS_VideoCombine", {"images": "@8"}))),
    ("a hosted generator", GENERATED, False,
     graph(("8", "KlingTextToVideoNode", {"prompt": "a"}), ("9", "SaveVideo", {"video": "@8"}))),
    ("a hosted generator given a picture", GENERATED, True,
     graph(LOADED, ("8", "KlingImage2VideoNode", {"start_frame": "@1"}),
           ("9", "SaveVideo", {"video": "@8"}))),
    ("an edit by instruction", MODIFIED, True,
     graph(LOADED, ("4", "TextEncodeQwenImageEdit", {"image": "@1"}),
           ("3", "KSampler", {"positive": "@4"}), DECODED, SAVED)),
    ("a voice that was cloned", GENERATED, True,
     graph(("1", "LoadAudio", {}), ("8", "ChatterboxTTS", {"audio_prompt": "@1", "text": "a"}),
           ("9", "SaveAudio", {"audio": "@8"}))),
    ("music", GENERATED, False,
     graph(("3", "KSampler", {"latent_image": "@5"}), ("5", "EmptyAceStepLatentAudio", {}),
           ("8", "VAEDecodeAudio", {"samples": "@3"}), ("9", "SaveAudioMP3", {"audio": "@8"}))),
    ("something generated, pasted into a photo", MODIFIED, True,
     graph(LOADED, ("3", "KSampler", {}), DECODED,
           ("7", "ImageCompositeMasked", {"destination": "@1", "source": "@8"}),
           ("9", "SaveImage", {"images": "@7"}))),
    ("a logo over something generated", GENERATED, False,
     graph(LOADED, ("3", "KSampler", {}), DECODED,
           ("7", "ImageCompositeMasked", {"destination": "@8", "source": "@1"}),
           ("9", "SaveImage", {"images": "@7"}))),
    ("a face of a photo sampled anew", MODIFIED, True,
     graph(LOADED, ("8", "FaceDetailer", {"image": "@1", "seed": 1, "steps": 9}), SAVED)),
    ("a face of something generated sampled anew", GENERATED, False,
     graph(("3", "KSampler", {}), DECODED,
           ("7", "FaceDetailer", {"image": "@8", "seed": 1, "steps": 9}),
           ("9", "SaveImage", {"images": "@7"}))),
    ("a video played backwards", POSSIBLE, False,
     graph(("1", "VHS_LoadVideo", {}), ("8", "ReverseImageBatch", {"images": "@1"}),
           ("9", "VHS_VideoCombine", {"images": "@8"}))),
    ("a rate from a constant", POSSIBLE, False,
     graph(("1", "VHS_LoadVideo", {}), ("2", "FLOATConstant", {"value": 24}),
           ("9", "VHS_VideoCombine", {"images": "@1", "frame_rate": "@2"}))),
    ("a fisheye", POSSIBLE, False,
     graph(LOADED, ("8", "Fisheye Distort", {"image": "@1", "seed": 1}), SAVED)),
    ("a shallow depth of field", POSSIBLE, False,
     graph(LOADED, ("8", "ShallowFocus", {"image": "@1"}), SAVED)),
    ("a node of which nobody knows", GENERATED, False,
     graph(("8", "FooMachine", {"prompt": "a", "seed": 3}), SAVED)),
    ("enlarged alone", POSSIBLE, False,
     graph(LOADED, ("2", "UpscaleModelLoader", {}),
           ("8", "ImageUpscaleWithModel", {"image": "@1", "upscale_model": "@2"}), SAVED)),
    ("background removed", POSSIBLE, False,
     graph(LOADED, ("8", "BriaRemoveImageBackground", {"image": "@1"}), SAVED)),
    ("a depth map", POSSIBLE, False,
     graph(LOADED, ("4", "LotusConditioning", {}), ("5", "VAEEncode", {"pixels": "@1"}),
           ("3", "SamplerCustomAdvanced", {"latent_image": "@5", "guider": "@4"}), DECODED, SAVED)),
    ("a sampler that leads nowhere", POSSIBLE, False,
     graph(LOADED, ("3", "KSampler", {"seed": 1}), ("8", "ImageScale", {"image": "@1"}), SAVED)),
    ("unconnected loader", POSSIBLE, False,
     graph(LOADED, ("2", "CheckpointLoaderSimple", {}), ("8", "ImageScale", {"image": "@1"}),
           SAVED)),
]  # as a table  # fmt: skip


@each(("origin", "given", "made"), [w[1:] for w in WALKS], ids=[w[0] for w in WALKS])
def test_only_nodes_on_the_way_to_the_one_that_saved_count(origin, given, made):
    _, marker = only(png("prompt", made))
    assert (marker.origin, marker.from_input) == (origin, given)
    assert marker.whole is (origin is not MODIFIED)


FULL = {"seed": 7, "steps": 20, "cfg": 7, "sampler_name": "euler", "scheduler": "karras"}


@each(("origin", "given", "made"), [w[1:] for w in WALKS], ids=[w[0] for w in WALKS])
def test_settings_of_a_node_are_no_statement_about_the_saved_picture(origin, given, made):
    """Every real sampler has all settings of an object of settings among its inputs."""
    full = {
        key: {**node, "inputs": {**FULL, **node["inputs"]} if "Sampler" in node["class_type"]
              else node["inputs"]}
        for key, node in made.items()
    }  # as a table  # fmt: skip
    _, marker = only(png("prompt", full))
    assert (marker.origin, marker.from_input) == (origin, given)


def test_settings_in_a_note_are_not_those_of_the_picture():
    note = "Steps: 20, Sampler: euler, CFG scale: 7, Seed: 5, Size: 1024x1024"
    made = graph(LOADED, ("8", "ImageScale", {"image": "@1"}), SAVED, ("2", "Note", {"text": note}))
    assert only(png("prompt", made))[1].origin is POSSIBLE
    canvas = drawing(node(1, "LoadImage"), node(2, "MarkdownNote", widgets_values=[note]))
    assert only(png("workflow", canvas))[1].origin is POSSIBLE


def test_the_model_of_a_loader_of_pictures_models():
    made = graph(("1", "ImageOnlyCheckpointLoader", {"ckpt_name": "svd_xt.safetensors"}),
                 ("3", "KSampler", {"model": "@1"}), DECODED, SAVED)  # as a table  # fmt: skip
    assert only(png("prompt", made))[1].model == "svd_xt.safetensors"


@pytest.mark.parametrize(("loads", "given"), [(True, True), (False, False)])
def test_a_loaded_picture_counts_where_the_way_from_it_is_missing(loads, given):
    """A part of the graph is not there; the picture may be what the sampler was given."""
    nodes = [("3", "FramePackSampler", {"seed": 1, "start_latent": "@77", "model": "@4"}),
             ("4", "LoadFramePackModel", {}), ("9", "VHS_VideoCombine", {"images": "@78"}),
             *([LOADED] if loads else [])]  # as a table  # fmt: skip
    _, marker = only(png("prompt", graph(*nodes)))
    assert (marker.origin, marker.from_input) == (GENERATED, given)
    text = json.dumps(graph(*nodes[::-1]))
    _, marker = only(png("prompt", text[: -len(text) // 20]))
    assert (marker.origin, marker.from_input) == (GENERATED, given)


def test_a_model_that_keeps_a_face_is_not_the_model_of_the_picture():
    made = graph(("1", "InstantIDModelLoader", {"instantid_file": "ip-adapter.bin"}),
                 ("2", "CheckpointLoaderSimple", {"ckpt_name": "sdxl.safetensors"}),
                 ("4", "ApplyInstantID", {"instantid": "@1", "model": "@2"}),
                 ("3", "KSampler", {"model": "@4"}), DECODED, SAVED)  # as a table  # fmt: skip
    assert only(png("prompt", made))[1].model == "sdxl.safetensors"


class TestDrawings:
    """Subgraphs, group nodes, bypassed and muted nodes, Set and Get: in a video's workflow."""

    SAMPLER = node(7, "KSampler", outputs=[{"name": "IMAGE", "type": "IMAGE", "links": [3]}])

    def judged(self, value):
        return only(field(Source.QUICKTIME, "workflow", value), media_type="video/mp4")[1].origin

    def saver(self, number, link):
        return node(number, "SaveVideo", inputs=[{"name": "video", "type": "IMAGE", "link": link}])

    def test_a_sampler_in_a_subgraph_counts(self):
        made = drawing(
            node(1, "abc", outputs=[{"name": "IMAGE", "type": "IMAGE", "links": [9]}]),
            self.saver(2, 9),
            links=[[9, 1, 0, 2, 0, "IMAGE"]],
        )
        inner = {
            "id": "abc",
            "nodes": [self.SAMPLER],
            "links": [{"id": 3, "origin_id": 7, "origin_slot": 0, "target_id": -20,
                       "target_slot": 0, "type": "IMAGE"}],
            "outputs": [{"name": "IMAGE", "linkIds": [3]}],
        }  # as a table  # fmt: skip
        made["definitions"] = {"subgraphs": [inner]}
        assert self.judged(made) is GENERATED
        inner["nodes"] = [{**self.SAMPLER, "type": "ImageScale"}]
        assert self.judged(made) is POSSIBLE

    def test_a_sampler_in_a_group_node_counts(self):
        made = drawing(
            node(1, "workflow/mine", outputs=[{"name": "IMAGE", "type": "IMAGE", "links": [9]}]),
            self.saver(2, 9),
            links=[[9, 1, 0, 2, 0, "IMAGE"]],
        )
        made["extra"] = {"groupNodes": {"mine": {"nodes": [self.SAMPLER], "links": []}}}
        assert self.judged(made) is GENERATED

    @pytest.mark.parametrize(("mode", "origin"), [(0, GENERATED), (2, POSSIBLE), (4, POSSIBLE)])
    def test_muted_and_bypassed_nodes_are_left_out(self, mode, origin):
        image = {"name": "IMAGE", "type": "IMAGE"}
        made = drawing(
            node(1, "LoadImage", outputs=[{**image, "links": [2]}]),
            node(3, "FaceDetailer", mode=mode, inputs=[{**image, "name": "image", "link": 2}],
                 outputs=[{**image, "links": [4]}]),
            self.saver(5, 4),
            links=[[2, 1, 0, 3, 0, "IMAGE"], [4, 3, 0, 5, 0, "IMAGE"]],
        )  # as a table  # fmt: skip
        assert self.judged(made) is (MODIFIED if origin is GENERATED else origin)

    def test_a_set_node_leads_on_to_its_get_node(self):
        image = {"name": "IMAGE", "type": "IMAGE"}
        made = drawing(
            {**self.SAMPLER, "outputs": [{**image, "links": [2]}]},
            node(3, "SetNode", widgets_values=["x"], inputs=[{**image, "link": 2}]),
            node(4, "GetNode", widgets_values=["x"], outputs=[{**image, "links": [6]}]),
            self.saver(5, 6),
            links=[[2, 7, 0, 3, 0, "IMAGE"], [6, 4, 0, 5, 0, "IMAGE"]],
        )
        assert self.judged(made) is GENERATED


@each(
    "made",
    [
        {"q1": {"class_type": "lecture", "inputs": {"room": "A1"}}},
        {
            "a": {"class_type": "Task", "inputs": {"after": ["b", 0]}},
            "b": {"class_type": "Job", "inputs": {}},
        },
        {"nodes": [{"id": "extract", "type": "task"}], "links": [{"source": "a", "target": "b"}]},
        {"nodes": [{"id": 1, "type": "audio/oscillator"}], "links": [[1, 1, 0, 2, 0, "audio"]]},
        {"nodes": [{"id": 1, "type": "n8n-nodes-base.set"}], "links": [], "last_node_id": 1},
        {"nodes": [{"id": 1, "type": "Note"}, {"id": 2, "type": "Reroute"}], "links": []},
        {"nodes": [{"id": 1, "type": "Sampler"}, {"id": 2, "type": "Output"}], "links": []},
        {"1": {"class_type": "HttpRequest", "inputs": {"seed": 3, "prompt": "x"}}},
    ],
)
def test_a_graph_of_another_program_is_no_marker(made):
    for where in (
        png("prompt", made),
        png("workflow", made),
        field(Source.VORBIS, "comment", made),
    ):
        assert run(where)[0] == ()
