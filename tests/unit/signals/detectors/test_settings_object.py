"""Settings as an object and as a field each: seeds, modes, and what was given."""

import pytest
from support.each import each
from unit.signals.detectors.make import exif, field, only, png, run

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source

GENERATED, MODIFIED = Origin.AI_GENERATED, Origin.AI_MODIFIED
ONE = {"prompt": "a secret fox", "seed": 3, "steps": 20, "guidance_scale": 7.5, "model": "m"}


def fields(values):
    """One text a setting, as many small tools write."""
    return [png(key, str(value)) for key, value in values.items()]


@each(
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
def test_seeds_of_batches_are_understood(seed):
    assert only(*fields({**ONE, "seed": seed}))[1].origin is GENERATED


@each("seed", ["", "sunflower", "1 + x", "1.5", "4 packets", "0x12", "1" * 40])
def test_a_value_that_is_no_seed_is_no_setting(seed):
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
def test_settings_of_imaginairy_are_recognised(init, given):
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
    assert any(marker.model == "SD-1.5" for _, marker in found), found


@pytest.mark.parametrize(("kind", "given"), [("TextToImage", False), ("ImageToImage", True)])
def test_each_kind_of_project_of_stability_matrix_has_its_origin(kind, given):
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


@each(
    "model",
    [
        "gemini-3-pro-image",
        "google/nano-banana",
        "fal-ai/flux/dev",
        "black-forest-labs/FLUX.1-Kontext-pro",
        "gpt-image-1.5",
        "kling-v2-master",
    ],
)
def test_a_request_to_a_service_that_generates_is_recognised(model):
    """Clients of hosted models write no seed: a prompt, the model, a size."""
    made = {"prompt": "a secret kite", "model": model, "aspect_ratio": "1:1"}
    found = only(png("parameters", made))[1]
    assert (found.origin, found.model, found.from_input) == (GENERATED, model, False)
    assert only(png("parameters", made | {"ref_images": ["me.jpg"]}))[1].from_input


@each(
    "made",
    [
        {"prompt": "describe the picture", "model": "gpt-4o", "size": "1024x1024"},
        {"prompt": "describe it", "model": "llava:13b", "seed": 1, "quality": "high"},
        {"prompt": "a kite", "model": "gpt-image-1"},
        {"prompt": "", "model": "gpt-image-1", "size": "1024x1024"},
        {"model": "flux-dev", "size": "10 kB", "licence": "free"},
        {"prompt": "a kite", "model": "Kite 3000", "size": "large"},
        {"prompt": "a kite", "model": "x/y/z/flux-dev", "size": "large"},
    ],
)
def test_a_request_to_another_service_is_no_marker(made):
    assert run(png("parameters", made))[0] == ()


def test_all_settings_of_a_pipeline_need_no_model_to_be_recognised():
    made = {"prompt": "a", "negative_prompt": "", "seed": 3, "num_steps": 20, "guidance_scale": 4}
    assert only(*fields(made))[1].origin is GENERATED
    for key in ("seed", "negative_prompt"):  # one of the two may be left out
        assert run(*fields({k: v for k, v in made.items() if k != key}))[0] != ()
        some = {k: v for k, v in made.items() if k != key}
        for other in some:
            assert run(*fields({k: v for k, v in some.items() if k != other}))[0] == ()


def test_a_class_of_diffusers_is_a_sampler():
    made = {"seed": 3, "sampler": "DDPMWuerstchenScheduler", "prompt": "a"}
    assert only(*fields(made))[1].origin is GENERATED
    assert run(*fields(made | {"sampler": "JobScheduler"}))[0] == ()


SD_ONNX = {
    "SD Model (local name)": "sd15", "SD Prompt": "a fox", "SD Negative Prompt": "blurry",
    "SD Scheduler": "pndm", "SD Steps": "30", "SD Guidance Scale": "7.5",
}  # as a list  # fmt: skip
VOYAGE = {
    "AI_Prompt": "a degu", "AI_Torch_Seed": "1234", "AI_StableDiffusion_Guidance_Scale": "7.5",
    "AI_StableDiffusion_Inferences": "60",
    "AI_StableDiffusion_Model_Name": "CompVis/stable-diffusion-v1-4",
}  # as a list  # fmt: skip
REQUEST = {"prompt": "a fox", "model": "flux", "size": "1024x1024", "seed": ""}
FREE = {"prompt": "a fox", "seed": "4", "steps": "40", "cfg": "4.0"}


@pytest.mark.parametrize("texts", [SD_ONNX, VOYAGE, REQUEST, FREE])
def test_one_text_a_setting_is_recognised_whatever_comes_before_its_name(texts):
    found, _ = run(*(field(Source.TEXT, key, value) for key, value in texts.items()))
    assert {marker.origin for _, marker in found} == {Origin.AI_GENERATED}


@each(
    "texts",
    [
        {"prompt": "see notebook", "seed": "42", "steps": "1000", "model": "sdxl"},
        {"prompt": "Name the river", "model": "gpt-4o", "size": "12"},
        {"prompt": "press", "model": "flux capacitor", "size": "2"},
        {"SD Steps": "12", "SD Scale": "0.5", "mean": "3", "SD Prompt": "go"},
        {"prompt": "go", "seed": "1", "steps": "3", "guidance": "2"},
        {"prompt": "go", "steps": "3", "cfg": "2"},
    ],
)
def test_one_text_a_setting_of_other_programs_is_no_marker(texts):
    assert not run(*(field(Source.TEXT, key, value) for key, value in texts.items()))[0]
