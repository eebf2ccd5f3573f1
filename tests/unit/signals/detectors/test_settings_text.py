"""Settings as text, as programs write them and as others pass them on."""

import pytest
from support.each import each
from unit.signals.detectors.make import exif, only, png, run

from provenance.base.terms import Origin

GENERATED, MODIFIED = Origin.AI_GENERATED, Origin.AI_MODIFIED
LINE = (
    "Steps: 20, Sampler: DPM++ 2M, CFG scale: 7, Seed: 1234567, Size: 512x512,"
    " Model hash: 6ce0161689"
)


@each(
    "text",
    [
        LINE,
        "\n" + LINE,
        f"a fox\nNegative prompt: bad\n{LINE}",
        f"a fox\r\nNegative prompt: bad\r\n{LINE}\r\n",
        f"a fox\\nNegative prompt: bad\\n{LINE}",
        f"a fox,.Negative prompt: bad.{LINE}",
        f"a fox Negative prompt: bad {LINE}",
        f"parameters\0a fox\n{LINE}",
        f"a fox\n{LINE}, Model: m, Civitai resources: [{{\"modelName\":\"x\"}}]",
        LINE.replace("CFG scale", "CFG Scale"),
        LINE.replace(", ", "\n"),
        LINE.replace(", ", " | "),
        LINE.replace(", ", "; "),
        LINE.replace(", ", ","),
        "Seed: 1, CFG scale: 7, Sampler: Euler a, Steps: 20, Size: 512x512",
        "Size: 512x512, Seed: 1, Steps: 20",
        "Steps: 20, Sampler: Euler a, CFG scale: 7, Se",
        "Steps: 20, Sampler: Euler a, CFG scale: 7",
        "Steps: 4, Size: 1024x1024, Seed: 340456252, App: SD.Next, Version: cb0c541",
        "Steps: 25, CFG scale: 7.5, Seed: 5, Mode: T2I, Model: x, Scheduler: DPM++ 2M Karras",
        "Steps: 8, Guidance Scale: 3.5, Seed: 1, Size: 1024x1024, Model: flux.ckpt",
        f'He wrote "Steps: 3, Seed: x" and then\n{LINE}',
        f"{LINE}\nTemplate: a fox\nNegative Template: bad",
        f"a foxNegative prompt: bad hands{LINE}",
        f"a fox with brown hair{LINE}",
        "a fox\nSteps: 4, Sampler: own, CFG scale: 0.0, Seed: 3, Size: 1024x64",
        "a fox\nSteps: 20, Seed: 1, Size: 64x64, Clip skip: 2",
        "a fox\nNegative prompt: bad\nSteps: 20, Seed: 1, Size: 128x128",
        "Steps: 20, Seed: 1, Size: 1024x1024, Model: m, Version: 2f1dcab",
    ],
)  # as a table  # fmt: skip
def test_settings_are_recognised_in_every_way_of_writing_them(text):
    for where in (png("parameters", text), png("Comment", text), exif("UserComment", text)):
        assert only(where)[1].origin is GENERATED


@each(
    ("more", "origin", "given"),
    [
        ("", GENERATED, False),
        (", Denoising strength: 0.7, Hires upscale: 2, Hires upscaler: Latent", GENERATED, False),
        (", ADetailer model: face_yolov8n.pt, ADetailer denoising strength: 0.4", GENERATED, False),
        (", Denoising strength: 0.75", GENERATED, True),
        (", Denoising strength: 0.75, Init image hash: 0f0f0f0f", GENERATED, True),
        (", Denoising strength: 0.75, Mask blur: 4", GENERATED, True),
        (", Denoising strength: 0.75, Mask blur: 4, Inpaint area: Only masked", MODIFIED, True),
        (", App: SD.Next, Operations: img2img, Init image size: 512x512", GENERATED, True),
        (", App: SD.Next, Operations: inpaint", MODIFIED, True),
        (", Denoising strength: 1.0, Version: ComfyUI", GENERATED, False),
        (", Denoising strength: 0.75, Mask blur: 4, Version: v1.10.1", MODIFIED, True),
        (", Denoising strength: 0.75, Mask blur: 4, Version: f2.0.1v1.10.1", MODIFIED, True),
        (", Denoising strength: 0.75, Mask blur: 4, Version: v1.2.0", GENERATED, True),
    ],
)
def test_settings_tell_from_what_picture_it_was_made(more, origin, given):
    _, marker = only(png("parameters", f"a fox\n{LINE}{more}"))
    assert (marker.origin, marker.from_input) == (origin, given)
    assert marker.whole is (origin is GENERATED)


def test_the_last_settings_of_a_text_count():
    text = f"a fox\n{LINE}, Model: first\n\n{LINE}, Model: second"
    assert only(png("parameters", text))[1].model == "second"


@pytest.mark.parametrize("model", ["", "None", "unknown", "Unknown"])
def test_a_model_that_is_not_named_is_none(model):
    assert only(png("parameters", f"{LINE}, Model: {model}"))[1].model is None


def test_the_model_of_a_program_that_loads_its_parts():
    text = f"{LINE}, Model: , Unet: qwen-image.gguf, Version: stable-diffusion.cpp"
    assert only(png("parameters", text))[1].model == "qwen-image.gguf"


def test_a_prompt_of_settings_is_not_quoted():
    _, marker = only(png("parameters", f"a secret fox\n{LINE}"))
    assert "secret" not in f"{marker.says}{marker.product}{marker.model}"


def test_many_texts_of_settings_are_bounded():
    made = [png("parameters", f"Steps: {i}, Seed: x" + "y" * 20_000) for i in range(400)]
    found, findings = run(*made)
    assert found == ()
    assert {finding.code for finding in findings} == {"detector.bound"}


@pytest.mark.parametrize(
    "text",
    [
        (
            "model ID: stabilityai/sdxl; num_inference_steps: 40; guidance_scale: 7.5;"
            " height: 1024; width: 1024; prompt: a boat"
        ),
        (
            "Prompt: a cat, Width: 512, Height: 1024, Cfg Scale: 1.0, Sample Method: euler,"
            " Sample Steps: 20, Seed: 42"
        ),
    ],
)
def test_settings_by_their_names_in_diffusers_are_recognised(text):
    assert only(exif("UserComment", text))[1].origin is Origin.AI_GENERATED


@pytest.mark.parametrize(
    "text",
    [
        "num_inference_steps: 40; see the manual",
        "Set num_inference_steps: 40 and guidance_scale: 7.5 in your script",
        "height: 1024; width: 1024; num_inference_steps: many",
        "Width: 512, Height: 1024, Steps: 20, Seed: 42, Octaves: 3",
        "Sample Steps: 20, Sample Method: swab, Width: 5, Height: 9",
    ],
)
def test_words_about_settings_are_no_marker(text):
    assert run(exif("UserComment", text))[0] == ()
