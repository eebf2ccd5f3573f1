"""Settings as an object and as a field each: seeds, modes, and what was given."""

import pytest
from unit.signals.detectors.make import exif, field, only, png, run

from provenance.base.terms import Origin
from provenance.media.metadata.model import Source

GENERATED, MODIFIED = Origin.AI_GENERATED, Origin.AI_MODIFIED
ONE = {"prompt": "a secret fox", "seed": 3, "steps": 20, "guidance_scale": 7.5, "model": "m"}


def fields(values):
    """One text a setting, as many small tools write."""
    return [png(key, str(value)) for key, value in values.items()]


@pytest.mark.parametrize(
    ("key", "value", "origin", "given"),
    [
        ("action", "txt2img", GENERATED, False),
        ("action", "img2img", GENERATED, True),
        ("action", "outpaint", MODIFIED, True),
        ("pipeline", "StableDiffusionXLPipeline", GENERATED, False),
        ("pipeline", "StableDiffusionXLImg2ImgPipeline", GENERATED, True),
        ("pipeline", "StableDiffusionXLInpaintPipeline", MODIFIED, True),
        ("pipeline", "StableDiffusionInstructPix2PixPipeline", MODIFIED, True),
        ("task", "image-to-video", GENERATED, True),
        ("mode", "Inpainting", MODIFIED, True),
        ("mode", 3, GENERATED, False),
        ("mode", None, GENERATED, False),
        ("note", "img2img", GENERATED, False),
    ],
)
def test_a_mode_tells_from_what_it_was_made(key, value, origin, given):
    for found in (only(png("Comment", {**ONE, key: value})), only(*fields({**ONE, key: value}))):
        marker = found[1]
        assert (marker.origin, marker.from_input) == (origin, given)
        assert marker.whole is (origin is GENERATED)
        assert "secret" not in marker.says


@pytest.mark.parametrize("seed", ["3", "-99812", "12 + 1", "-12+1", " 4 "])
def test_seeds_of_batches(seed):
    assert only(*fields({**ONE, "seed": seed}))[1].origin is GENERATED


@pytest.mark.parametrize("seed", ["", "sunflower", "1 + x", "1.5", "4 packets", "0x12", "1" * 40])
def test_what_is_no_seed(seed):
    assert run(*fields({**ONE, "seed": seed}))[0] == ()


def test_music_has_a_guidance_of_its_own_name():
    made = {"model": "musicgen-large", "seed": 5, "top_k": 250, "cfg_coef": 3, "description": "x"}
    assert only(field(Source.RIFF, "ICMT", made))[1].origin is GENERATED
    del made["cfg_coef"]
    assert run(field(Source.RIFF, "ICMT", made))[0] == ()


def test_a_node_of_somebody_elses_graph_is_no_object_of_settings():
    full = {**ONE, "negative_prompt": "x", "sampler": "euler"}
    made = {"1": {"class_type": "TrainStep", "inputs": full}}
    assert run(png("graph", made))[0] == ()


@pytest.mark.parametrize(("init", "given"), [("None", False), ("LazyLoadingImage(x)", True)])
def test_imaginairy(init, given):
    prompt = {
        "model": "SD-1.5",
        "prompt": [{"text": "a secret fox", "weight": 1}],
        "seed": 4511,
        "prompt_strength": 7.5,
        "init_image": init,
        "sampler_type": "ddim",
        "steps": 15,
    }
    found, _ = run(
        exif("UserComment", {"prompt": prompt}),
        exif("Software", "Imaginairy / Stable Diffusion SD-1.5"),
    )
    assert {marker.product for _, marker in found} == {"imaginAIry"}
    assert any(marker.from_input for _, marker in found) is given
    assert any(marker.model == "SD-1.5" for _, marker in found)


@pytest.mark.parametrize(("kind", "given"), [("TextToImage", False), ("ImageToImage", True)])
def test_kinds_of_projects_of_stability_matrix(kind, given):
    _, marker = only(png("smproj", {"ProjectType": kind, "State": {"Prompt": {}}}))
    assert (marker.product, marker.from_input) == ("Stability Matrix", given)


@pytest.mark.parametrize(
    ("product", "made"),
    [
        ("Sygil WebUI", {"SD:steps": 50, "SD:seed": 1, "SD:cfg_scale": 7.5,
                         "SD:denoising_strength": 0.6}),
        ("Easy Diffusion", {"use_stable_diffusion_model": "m", "seed": 1,
                            "num_inference_steps": 25, "prompt_strength": 0.8}),
    ],
)  # as a table  # fmt: skip
def test_a_strength_that_is_written_only_with_a_picture(product, made):
    for take, given in ((made, True), (dict(list(made.items())[:-1]), False)):
        _, marker = only(*fields(take))
        assert (marker.product, marker.from_input) == (product, given)
