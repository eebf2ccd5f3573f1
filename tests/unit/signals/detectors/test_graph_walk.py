"""What made the media of a graph, in words, with the model: every way that a walk may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.each import each

from provenance.base.terms import Origin
from provenance.signals.detectors import graph_walk
from provenance.signals.detectors.graph_model import Graph, GraphLink, GraphNode
from provenance.signals.detectors.graph_walk import Making, known, making, of_kinds

if TYPE_CHECKING:
    import pytest

GENERATED, MODIFIED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE
GENERATES = "ComfyUI graph that generates"
GUIDED = f"{GENERATES}, guided by a picture"
FROM_PICTURE = f"{GENERATES} from a loaded picture"
FROM_VOICE = f"{GENERATES} with a loaded voice or sound"
WITH_FACE = f"{GENERATES} and puts in a loaded face"
EDITS = "ComfyUI graph that edits a loaded picture with a generative model"
PUTS_IN = "ComfyUI graph that puts something generated into a loaded picture"
FACE = "ComfyUI graph that changes or animates a face"
NOTHING = "ComfyUI graph that generates nothing: it may only edit"
UNSAVED = "ComfyUI graph in which nothing is saved"
CUT = "ComfyUI graph, cut, that loads and generates"


def node(kind: str, **inputs: Any) -> GraphNode:
    """Return a node: "@3" comes from node 3, "@3:MASK" says of which type; the rest are values."""
    links, values = [], {}
    for name, value in inputs.items():
        if isinstance(value, str) and value.startswith("@"):
            source, _, of_type = value[1:].partition(":")
            links.append(GraphLink(name.removesuffix("_"), source, of_type))
        else:
            values[name] = value
    return GraphNode(kind, tuple(links), values)


def graph(*, whole: bool = True, **nodes: GraphNode) -> Graph:
    return Graph({key.removeprefix("n"): one for key, one in nodes.items()}, whole)


SAVER, DECODER = node("SaveImage", images="@8"), node("VAEDecode", samples="@3")
LOADED, LOADED_MASK = node("LoadImage", image="a.png"), node("LoadImageMask", image="m.png")
ENCODED, SAMPLER = node("VAEEncode", pixels="@1"), node("KSampler", seed=1, model="@4")
MODEL = node("CheckpointLoaderSimple", ckpt_name="sdxl.safetensors")
SWAP = node("ReActorFaceSwap", input_image="@8", source_image="@1")
PLAIN: dict[str, GraphNode] = {"n9": SAVER, "n8": DECODER, "n3": SAMPLER, "n4": MODEL}
IMAGE_TO_IMAGE: dict[str, GraphNode] = {
    **PLAIN,
    "n1": LOADED,
    "n5": ENCODED,
    "n3": node("KSampler", model="@4", latent_image="@5"),
}
SDXL = "sdxl.safetensors"


def instead(nodes: dict[str, GraphNode], **other: GraphNode) -> Graph:
    return graph(**nodes | other)


def saved_by(kind: str, **inputs: Any) -> dict[str, GraphNode]:
    """Return a saver of what a node makes that is given node 8, which decodes a sampler's."""
    return {"n9": node("SaveImage", images="@7"), "n7": node(kind, **inputs)}


def with_model(loader: GraphNode) -> Graph:
    return instead(IMAGE_TO_IMAGE, n4=loader)


WAYS = [
    # name, origin, words, model, from_input, graph
    ("text to image", GENERATED, GENERATES, SDXL, False, graph(**PLAIN)),
    ("image to image", GENERATED, FROM_PICTURE, SDXL, True, graph(**IMAGE_TO_IMAGE)),
    ("nothing but a loader", POSSIBLE, NOTHING, None, False,
     graph(n9=SAVER, n8=node("ImageScale", image="@1"), n1=LOADED)),
    ("guided", GENERATED, GUIDED, SDXL, False,
     instead(PLAIN, n1=LOADED, n5=node("ControlNetApply", image="@1"),
             n3=node("KSampler", model="@4", positive="@5"))),
    ("guided, by the type of a link", GENERATED, GUIDED, SDXL, False,
     instead(PLAIN, n1=LOADED, n5=node("ControlNetApply", picture="@1:IMAGE"),
             n3=node("KSampler", model="@4", positive="@5"))),
    ("a latent through a ControlNet", GENERATED, FROM_PICTURE, SDXL, True,
     instead(PLAIN, n1=LOADED, n5=node("ControlNetApply", latent="@1:LATENT"),
             n3=node("KSampler", model="@4", positive="@5"))),
    ("guided by the depth of a picture", GENERATED, GUIDED, SDXL, False,
     instead(PLAIN, n1=LOADED, n2=node("DepthAnythingV2Preprocessor", image="@1"),
             n5=node("ControlNetApply", image="@2"),
             n3=node("KSampler", model="@4", positive="@5"))),
    ("guided by the depth that another sampler drew", GENERATED, FROM_PICTURE, SDXL, True,
     instead(PLAIN, n1=LOADED, n2=node("MarigoldDepthEstimation", image="@1"),
             n5=node("InstructPix2Pix", pixels="@2"),
             n3=node("KSampler", model="@4", positive="@5"))),
    ("a sampler that draws depth", POSSIBLE, NOTHING, None, False,
     instead(IMAGE_TO_IMAGE, n6=node("LotusConditioning"),
             n3=node("SamplerCustom", positive="@6", latent_image="@5"))),
    ("a sampler that scales, by its model", POSSIBLE, NOTHING, None, False,
     instead(IMAGE_TO_IMAGE, n4=node("SUPIRApply"))),
    ("a sampler that scales, by its latent", POSSIBLE, NOTHING, None, False,
     instead(PLAIN, n6=node("SeedVR2Conditioning", pixels="@1"), n1=LOADED,
             n3=node("KSampler", latent_image="@6"))),
    ("a sampler that scales, by the type of its latent", POSSIBLE, NOTHING, None, False,
     instead(PLAIN, n6=node("SeedVR2Conditioning", pixels="@1"), n1=LOADED,
             n3=node("KSampler", image="@6:LATENT"))),
    ("a sampler that is shown what was scaled", GENERATED, FROM_PICTURE, None, True,
     instead(PLAIN, n6=node("SUPIR_Upscale", image="@1"), n1=LOADED,
             n3=node("KSampler", look="@6:IMAGE"))),
    ("enlarged by a sampler, once generated", GENERATED, GENERATES, SDXL, False,
     instead(PLAIN, **saved_by("SUPIR_Upscale", image="@8"))),
    ("depth of something generated", POSSIBLE, NOTHING, None, False,
     instead(PLAIN, **saved_by("MarigoldV2PostProcess", image="@8"))),
    ("a voice", GENERATED, FROM_VOICE, None, True,
     graph(n9=node("SaveAudio", audio="@8"), n8=node("ChatterboxTTS", audio="@1"),
           n1=node("LoadAudio"))),
    ("a voice by a model", GENERATED, FROM_VOICE, "v3", True,
     graph(n9=node("SaveAudio", audio="@8"), n8=node("ChatterboxTTS", audio="@1", model="v3"),
           n1=node("LoadAudio"))),
    ("a voice and a picture", GENERATED, FROM_PICTURE, None, True,
     graph(n9=node("SaveVideo", audio="@8"), n8=node("KlingAvatar", audio="@1", image="@2"),
           n1=node("LoadAudio"), n2=LOADED)),
    ("a face swapped", MODIFIED, FACE, None, True,
     graph(n9=node("SaveImage", images="@7"), n7=SWAP, n8=node("LoadImage"), n1=LOADED)),
    ("a face that nothing was loaded for", MODIFIED, FACE, None, False,
     graph(n9=node("SaveImage", images="@7"), n7=node("ReActorFaceSwap", input_image="@8"),
           n8=node("EmptyImage"))),
    ("a face that a picture only steers", MODIFIED, FACE, None, False,
     graph(n9=node("SaveImage", images="@7"), n7=node("ReActorFaceSwap", pose="@8"),
           n8=node("ControlNetApply", image="@1"), n1=LOADED)),
    ("a face by a model", MODIFIED, FACE, "inswapper.onnx", False,
     graph(n9=node("SaveImage", images="@7"), n7=node("ReActorFaceSwap", swap_model="@8"),
           n8=node("LoadModel", model_name="inswapper.onnx"))),
    ("generated, then a loaded face", GENERATED, WITH_FACE, SDXL, True,
     instead(PLAIN, n1=LOADED, n9=node("SaveImage", images="@7"), n7=SWAP)),
    ("generated, then a face", GENERATED, GENERATES, SDXL, False,
     instead(PLAIN, **saved_by("ReActorFaceSwap", input_image="@8"))),
    ("generated, then a face that a picture only steers", GENERATED, GENERATES, SDXL, False,
     instead(PLAIN, n1=LOADED, n2=node("ControlNetApply", image="@1"),
             **saved_by("ReActorFaceSwap", input_image="@8", pose="@2"))),
    ("a face beside something generated", GENERATED, WITH_FACE, SDXL, True,
     instead(PLAIN, n9=node("SaveImage", images="@3", more="@7"), n1=LOADED,
             n7=node("ReActorFaceSwap", source_image="@1"))),
    ("a mask given to a sampler", MODIFIED, EDITS, SDXL, True,
     instead(IMAGE_TO_IMAGE, n2=LOADED_MASK,
             n3=node("KSampler", model="@4", latent_image="@5", mask="@2"))),
    ("only what a loaded mask leaves open", MODIFIED, EDITS, SDXL, True,
     instead(IMAGE_TO_IMAGE, n2=LOADED_MASK, n6=node("SetLatentNoiseMask", samples="@5", mask="@2"),
             n3=node("KSampler", model="@4", latent_image="@6"))),
    ("a mask that was drawn", GENERATED, FROM_PICTURE, SDXL, True,
     instead(IMAGE_TO_IMAGE, n2=node("SolidMask"),
             n6=node("SetLatentNoiseMask", samples="@5", mask="@2"),
             n3=node("KSampler", model="@4", latent_image="@6"))),
    ("an edit of what nobody loaded", GENERATED, GENERATES, None, False,
     instead(PLAIN, n3=node("KSampler", mask="@4"), n4=node("SolidMask"))),
    ("a node that edits", MODIFIED, EDITS, SDXL, True,
     instead(IMAGE_TO_IMAGE, n5=node("VAEEncodeForInpaint", pixels="@1"))),
    ("a node that is told to", MODIFIED, EDITS, None, True,
     graph(n9=SAVER, n8=node("GeminiImageNode", images="@1"), n1=LOADED)),
    ("an edit before a sampler that was given its picture", GENERATED, FROM_PICTURE, SDXL, True,
     instead(PLAIN, n1=LOADED, n2=node("KSampler", latent_image="@6"),
             n6=node("VAEEncodeForInpaint", pixels="@1"),
             n5=node("VAEEncode", pixels="@7"), n7=node("FooSampler", image="@6"),
             n3=node("KSampler", model="@4", image="@2"))),
    ("a stage of one picture", MODIFIED, EDITS, SDXL, True,
     instead(PLAIN, n1=LOADED, n2=node("KSampler", latent_image="@6"),
             n6=node("VAEEncodeForInpaint", pixels="@1"),
             n3=node("KSampler", model="@4", latent_image="@2"))),
    ("a stage of one picture, by its samples", MODIFIED, EDITS, SDXL, True,
     instead(PLAIN, n1=LOADED, n2=node("KSampler", latent_image="@6"),
             n6=node("VAEEncodeForInpaint", pixels="@1"),
             n3=node("KSampler", model="@4", samples="@2"))),
    ("pasted over a photo", MODIFIED, PUTS_IN, SDXL, True,
     instead(PLAIN, n1=LOADED,
             **saved_by("ImageCompositeMasked", destination="@1", source="@8"))),
    ("pasted over a photo that is named last", MODIFIED, PUTS_IN, SDXL, True,
     instead(PLAIN, n1=LOADED,
             **saved_by("ImageCompositeMasked", source="@8", destination="@1"))),
    ("a photo pasted over it", GENERATED, GENERATES, SDXL, False,
     instead(PLAIN, n1=LOADED,
             **saved_by("ImageCompositeMasked", destination="@8", source="@1"))),
    ("pasted over the first that is no mask", MODIFIED, PUTS_IN, SDXL, True,
     instead(PLAIN, n1=LOADED, n2=node("SolidMask"),
             **saved_by("PasteFace", mask="@2", a="@1", b="@8"))),
    ("the second that is pasted is no base", GENERATED, GENERATES, SDXL, False,
     instead(PLAIN, n1=LOADED, **saved_by("PasteFace", a="@8", b="@1"))),
    ("pasted over a sound is no picture", GENERATED, GENERATES, SDXL, False,
     instead(PLAIN, n1=node("LoadAudio"), **saved_by("PasteFace", a="@1", b="@8"))),
    ("pasted over what was made of a photo", GENERATED, FROM_PICTURE, SDXL, True,
     instead(PLAIN, n1=LOADED, n2=node("KSampler", latent_image="@1"),
             **saved_by("PasteFace", a="@2", b="@8"))),
    ("a face of a photo sampled anew", MODIFIED, PUTS_IN, None, True,
     graph(n9=SAVER, n8=node("FaceDetailer", image="@1"), n1=LOADED)),
    ("faces of photos sampled anew", MODIFIED, PUTS_IN, None, True,
     graph(n9=SAVER, n8=node("FaceDetailer", images="@1"), n1=LOADED)),
    ("a detailer that is given a photo for something else", GENERATED, FROM_PICTURE, None, True,
     graph(n9=SAVER, n8=node("FaceDetailer", wildcard="@1"), n1=LOADED)),
    ("a caption of a photo", GENERATED, GENERATES, SDXL, False,
     instead(PLAIN, n1=LOADED, n2=node("Florence2", image="@1"),
             n3=node("KSampler", model="@4", positive="@2"))),
    ("what is behind the maker of a picture is not the picture", GENERATED, FROM_PICTURE, SDXL,
     True, instead(IMAGE_TO_IMAGE, n5=node("VAEEncode", pixels="@6"),
                   n6=node("MarigoldDepthEstimation", image="@1"))),
    ("a circle", GENERATED, FROM_PICTURE, SDXL, True,
     instead(IMAGE_TO_IMAGE, n5=node("VAEEncode", pixels="@6"),
             n6=node("ImageBlur", image="@1", again="@5", more="@6"))),
    ("saved nowhere, shown", GENERATED, GENERATES, SDXL, False,
     instead(PLAIN, n9=node("PreviewImage", images="@8"), n7=node("ImageScale", image="@1"),
             n1=LOADED)),
    ("neither saved nor shown", GENERATED, GENERATES, SDXL, False,
     graph(n8=DECODER, n3=SAMPLER, n4=MODEL, n2=node("Note"))),
    ("a maker alone", GENERATED, GENERATES, None, False, graph(n3=node("KSampler"))),
    ("nothing that leads anywhere", POSSIBLE, UNSAVED, None, False, graph(n2=node("Note"))),
]  # as a table  # fmt: skip


@each(("origin", "says", "model", "given", "made"), [w[1:] for w in WAYS], ids=[w[0] for w in WAYS])
def test_what_made_the_media(
    origin: Origin, says: str, model: str | None, given: bool, made: Graph
) -> None:
    assert making(made) == Making(origin, says, model, given)


FILLS = [
    ("flux1-fill-dev.safetensors", True),
    ("fill.gguf", True),
    ("flux1-Kontext.sft", True),
    ("refill.gguf", False),
    ("fun_inpaint.ckpt", False),
    ("fill", False),
    ("a fill for a picture", False),
    (f"{'a' * 250}_fill_dev.gguf", True),
    (f"{'a' * 252}_fill_dev.gguf", False),
    (7, False),
]


@each(("name", "edits"), FILLS)
def test_a_model_named_after_editing_edits(name: object, edits: bool) -> None:
    for kind in ("UNETLoader", "Load Diffusion Model"):
        made = making(with_model(node(kind, a=3, b="euler", weights=name, c="x.ckpt")))
        assert made.says == (EDITS if edits else FROM_PICTURE)
    other = making(with_model(node("FooModel", weights=name)))
    assert other.says == FROM_PICTURE, "only what is loaded is a model"


@each(
    ("values", "model"),
    [
        ({"ckpt_name": " a.ckpt "}, "a.ckpt"),
        ({"ckpt_name": " ", "unet_name": "b.ckpt"}, "b.ckpt"),
        ({"ckpt_name": 3, "model": "c"}, "c"),
        ({"0": "euler", "1": 3, "2": "d.safetensors"}, "d.safetensors"),
        ({"0": "d.safetensors.txt"}, None),
        ({"0": f"{'x' * 40}.gguf"}, f"{'x' * 40}.gguf"),
        ({"model": "sub/folder/e.ckpt"}, "sub/folder/e.ckpt"),
        ({"model": "/home/anna/e.ckpt"}, "e.ckpt"),
        ({"model": "~/anna/e.ckpt"}, "e.ckpt"),
        ({"model": r"\\anna\e.ckpt"}, "e.ckpt"),
        ({"model": r"C:\anna\e.ckpt"}, "e.ckpt"),
        ({"model": "C:/anna/e.ckpt"}, "e.ckpt"),
        ({"model": "ab:/e.ckpt"}, "ab:/e.ckpt"),
        ({"model": "x" * 200}, "x" * 128),
    ],
)
def test_the_name_of_a_loaded_model_names_no_person(
    values: dict[str, Any], model: str | None
) -> None:
    assert making(instead(PLAIN, n4=node("UNETLoader", **values))).model == model


@each(
    ("maker", "model"),
    [
        (node("ViduNode", model="kling-v2"), "kling-v2"),
        (node("ViduNode", model_name="kling-v2", other="a.ckpt"), "kling-v2"),
        (node("ViduNode", other="a.ckpt"), None),
        (node("KSampler", model="a note"), None),
    ],
)
def test_a_node_that_generates_by_itself_names_its_model(
    maker: GraphNode, model: str | None
) -> None:
    assert making(graph(n9=SAVER, n8=maker)).model == model


def test_the_nearest_model_counts_and_none_that_keeps_a_face() -> None:
    far = node("LoraModelLoader", model="@2")
    made = instead(PLAIN, n4=far, n2=node("UNETLoader", unet_name="far.gguf"),
                   n3=node("KSampler", a="@5", model="@4"),
                   n5=node("InstantIDModelLoader", model="face.bin"))  # as a table  # fmt: skip
    assert making(made).model == "far.gguf"


@each(
    ("inputs", "makes"),
    [
        ({"seed": 1, "prompt": "a"}, True),
        ({"noise_seed": 1, "positive_": "@1"}, True),
        ({"seed_": "@1", "steps": 9}, True),
        ({"seed": 1, "lyrics": "a"}, True),
        ({"seed": 1}, False),
        ({"prompt": "a"}, False),
        ({"seed": 1, "text": "a"}, False),
        ({"seed": 1, "temperature": 1}, False),
        ({"seed": 1, "text": "a", "temperature": 1}, True),
        ({"seed": 1, "text": "a", "top_p": 1}, True),
    ],
)
def test_a_node_of_which_nobody_knows_makes_what_it_is_told_with_a_seed(
    inputs: dict[str, Any], makes: bool
) -> None:
    made = making(graph(n9=SAVER, n8=node("FooMachine", **inputs), n1=node("Bar")))
    assert made.origin is (GENERATED if makes else POSSIBLE)
    for kind in ("GetImageSize", "ImageUpscale"):
        assert making(graph(n9=SAVER, n8=node(kind, **inputs), n1=node("Bar"))).origin is POSSIBLE


FACES = {"n5": node("SaveImage", images="@6"), "n6": node("ReActorFaceSwap", image="@1")}
SCALED = {"n5": node("SaveImage", images="@6"), "n6": node("ImageScale", image="@1")}
GIVEN = {"n5": node("SaveImage", images="@6"), "n6": node("KlingImage", image="@1")}
LOST = {"n3": node("KSampler", model="@4"), "n4": MODEL}


class TestSavers:
    """A file may be by any of the nodes that save: the strongest answer counts."""

    @each("first", [0, 1])
    def test_the_strongest_of_two(self, first: int) -> None:
        for other, says in ((FACES, GENERATES), (SCALED, GENERATES)):
            pair = (other, PLAIN)
            made = graph(n1=LOADED, **pair[first], **pair[1 - first])
            assert making(made).says == says
        pair = (GIVEN, PLAIN)
        assert making(graph(n1=LOADED, **pair[first], **pair[1 - first])).says == FROM_PICTURE
        other = {key + "a": one for key, one in SCALED.items()}
        other["n5a"] = node("SaveImage", images="@6a")
        pair = (FACES, other)
        assert making(graph(n1=LOADED, **pair[first], **pair[1 - first])).says == FACE

    def test_of_equal_ones_the_first(self) -> None:
        other = {"n5": node("SaveImage", images="@6"), "n6": node("KlingText", model="kling")}
        assert making(graph(**PLAIN, **other)).model == SDXL
        assert making(graph(**other, **PLAIN)).model == "kling"


class TestPartOfAGraph:
    """Where a part of the way is missing, whatever samples and has inputs counts."""

    def test_a_sampler_that_no_way_leads_to(self) -> None:
        for saver in ({}, {"n9": SAVER, "n8": node("ImageScale", image="@1")}):
            made = graph(whole=False, **LOST, **saver, n2=node("Bar", a="@3", b="@2"))
            assert making(made) == Making(GENERATED, GENERATES, SDXL)
            whole = Graph(made.nodes)
            assert making(whole).says == (NOTHING if saver else UNSAVED)

    def test_a_sampler_without_inputs_does_not(self) -> None:
        scaled = {"n9": SAVER, "n8": node("ImageScale", image="@1"), "n3": node("KSampler")}
        assert making(graph(whole=False, **scaled)).says == NOTHING
        assert making(graph(whole=False, n2=node("Bar", a="@2"))).says == UNSAVED

    def test_what_was_found_stands(self) -> None:
        face = {"n9": node("SaveImage", images="@7"), "n7": node("ReActorFaceSwap", a="@6")}
        assert making(graph(whole=False, **face, **LOST)).says == FACE

    def test_a_picture_that_is_loaded_may_be_what_was_given(self) -> None:
        cut = Making(GENERATED, CUT, SDXL, True)
        made = graph(**PLAIN, n1=LOADED)
        assert making(made) == Making(GENERATED, GENERATES, SDXL)
        assert making(made, cut=True) == cut
        assert making(Graph(made.nodes, whole=False)) == cut
        taken = graph(**PLAIN, n1=LOADED, n2=node("ImageScale", image="@1"))
        assert making(taken, cut=True).says == GENERATES
        assert making(graph(**PLAIN), cut=True).says == GENERATES
        given = graph(**IMAGE_TO_IMAGE, n2=node("LoadImage"))
        assert making(given, cut=True).says == FROM_PICTURE
        scaled = graph(n9=SAVER, n8=node("ImageScale"), n1=LOADED)
        assert making(scaled, cut=True).says == NOTHING


@each(
    ("kinds", "found"),
    [
        ((), None),
        (("HttpRequest", "Sampler"), None),
        (("SaveImage",),
         Making(POSSIBLE, "ComfyUI graph, cut: what made the media cannot be read")),
        (("SaveImage", "KSampler"),
         Making(GENERATED, "ComfyUI graph, cut, with a node that generates")),
        (("SaveImage", "RunwayText"),
         Making(GENERATED, "ComfyUI graph, cut, with a node that generates")),
        (("SaveAudio", "MusicGen"),
         Making(GENERATED, "ComfyUI graph, cut, with a node that generates")),
        (("LoadImage", "KSampler"), Making(GENERATED, CUT, None, True)),
        (("SaveImage", "FaceSwap"),
         Making(MODIFIED, "ComfyUI graph, cut, that changes a face", None, True)),
        (("SaveImage", "SadTalker"),
         Making(MODIFIED, "ComfyUI graph, cut, that changes a face", None, True)),
        (("FaceSwap", "KSampler"),
         Making(GENERATED, "ComfyUI graph, cut, with a node that generates")),
    ],
)  # as a table  # fmt: skip
def test_of_a_graph_of_which_only_the_classes_could_be_read(
    kinds: tuple[str, ...], found: Making | None
) -> None:
    assert of_kinds(iter(kinds)) == found


def test_a_graph_is_known_by_any_of_its_classes() -> None:
    assert known(graph(n1=node("HttpRequest"), n2=node("SaveImage")))
    assert not known(graph(n1=node("HttpRequest"), n2=node("Task")))
    assert not known(graph())


def test_as_many_steps_as_a_walk_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """One to look at what the sampler is given, and three from the saver to it."""
    made = graph(n9=SAVER, n8=DECODER, n3=node("KSampler"))
    for steps, origin in ((4, GENERATED), (3, POSSIBLE)):
        monkeypatch.setattr(graph_walk, "_MAX_STEPS", steps)
        assert making(made).origin is origin


def test_as_many_savers_as_are_asked() -> None:
    savers = {f"s{n}": node("SaveImage", images="@1") for n in range(16)}
    for count, origin in ((15, GENERATED), (16, POSSIBLE)):
        first = dict(list(savers.items())[:count])
        assert making(graph(n1=LOADED, **first, **PLAIN)).origin is origin
