"""Sets of keys that stand together: all of them, each with a value of its kind."""

from __future__ import annotations

from typing import Any

import pytest
from support.each import each
from unit.signals.detectors.make import exif, field, png, run

from provenance.base.terms import Origin
from provenance.media.metadata.field import Field, Source

GENERATED, MODIFIED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE


def fields(values: dict[str, str], source: Source = Source.TEXT) -> list[Field]:
    return [field(source, key, value) for key, value in values.items()]


def told(*made: Field) -> list[tuple[Any, ...]]:
    found = []
    for name, marker in run(*made)[0]:
        if name == "settings.keys":
            assert marker.whole is (marker.origin is not MODIFIED)
            by = (marker.vendor, marker.product, marker.model)
            found.append((marker.origin, marker.says, *by, marker.from_input, marker.field.key))
    return found


EASY = {"use_stable_diffusion_model": "m", "seed": "7", "num_inference_steps": "25"}
SYGIL = {"SD:steps": "50", "SD:seed": "x", "SD:cfg_scale": "7.5"}
VOLTA = {"procedure": "inpaint", "prompt": "a", "guidance_scale": "7", "steps": "9", "model": "m"}
CIVITAI = [exif("Artist", "ai"), exif("Software", "2b6e053b-9a65-4ca9-9e13-b6f4465164d4")]


@each(
    ("made", "expected"),
    [
        (fields(EASY), (GENERATED, "Easy Diffusion settings, one text a setting", None,
                        "Easy Diffusion", "m", False, "use_stable_diffusion_model")),
        (fields(EASY | {"init_image": "a"}),
         (GENERATED, "Easy Diffusion settings, one text a setting", None, "Easy Diffusion", "m",
          True, "use_stable_diffusion_model")),
        (fields(EASY | {"use_stable_diffusion_model": "m" * 129}),
         (GENERATED, "Easy Diffusion settings, one text a setting", None, "Easy Diffusion", None,
          False, "use_stable_diffusion_model")),
        (fields(EASY | {"use_stable_diffusion_model": "m" * 128}),
         (GENERATED, "Easy Diffusion settings, one text a setting", None, "Easy Diffusion",
          "m" * 128, False, "use_stable_diffusion_model")),
        (fields(VOLTA), (MODIFIED, "VoltaML settings, one text a setting, editing a given picture",
                         None, "VoltaML", "m", True, "procedure")),
        (fields(VOLTA | {"procedure": "txt2img"}),
         (GENERATED, "VoltaML settings, one text a setting", None, "VoltaML", "m", False,
          "procedure")),
        (CIVITAI, (GENERATED, "Civitai's artist \"ai\" with the id of a job as the software",
                   "Civitai", "Civitai", None, False, "Artist")),
        ([png("postprocessing", "Postprocess upscale by: 2")],
         (POSSIBLE, "enlarged or restored with the Extras of the web UI", None,
          "Stable Diffusion web UI", None, False, "postprocessing")),
    ],
)  # as a table  # fmt: skip
def test_what_a_set_says(made: list[Field], expected: tuple[Any, ...]) -> None:
    assert told(*made) == [expected]


@each(
    ("changes", "found"),
    [
        ({"seed": "0"}, True),
        ({"seed": " 7\0"}, True),
        ({"seed": ""}, False),
        ({"seed": "-7"}, False),
        ({"seed": "7.0"}, False),
        ({"seed": "\u0667"}, False),
        ({"seed": "7" * 23}, True),
        ({"seed": "7" * 24}, False),
        ({"use_stable_diffusion_model": " "}, False),
    ],
)
def test_texts_and_whole_numbers(changes: dict[str, str], found: bool) -> None:
    assert bool(told(*fields(EASY | changes))) is found


@each(
    ("value", "found"),
    [
        ("7", True),
        ("7.5", True),
        ("7.5.1", False),
        ("x", False),
        ("7" * 23, True),
        ("7" * 24, False),
    ],
)
def test_numbers(value: str, found: bool) -> None:
    assert bool(told(*fields(SYGIL | {"SD:cfg_scale": value}))) is found


@each(
    ("value", "found"),
    [
        ("Euler a", True),
        ("MPC", False),
        ("Euler a" + "-" * 248, True),
        ("Euler a" + "-" * 249, False),
    ],
)
def test_samplers(value: str, found: bool) -> None:
    made = {"Stable Diffusion model": "m", "Seed": "7", "Sampler": value}
    assert bool(told(*fields(made))) is found


@pytest.mark.parametrize(
    "software",
    ["x2b6e053b-9a65-4ca9-9e13-b6f4465164d4", "2b6e053b9a654ca99e13b6f4465164d4", "uuid"],
)
def test_identifiers(software: str) -> None:
    assert told(CIVITAI[0], exif("Software", software)) == []
    assert told(exif("Artist", "ais"), CIVITAI[1]) == []


def test_how_a_value_begins() -> None:
    upscaled = "Postprocess upscale by: 4, Postprocess upscaler: R-ESRGAN 4x+"
    assert len(told(png("postprocessing", upscaled))) == 1
    assert told(png("postprocessing", f"Notes: {upscaled}")) == []


def test_words_in_the_head_of_a_value() -> None:
    for before, found in ((65_500, True), (65_530, False)):
        value = " " * 5 + "x" * before + " Seed: and Section Number:"
        assert bool(told(png("parameters", value))) is found
    assert told(png("parameters", "Seed: alone")) == []


def test_a_key_may_be_there_several_times_and_one_of_them_fits() -> None:
    assert told(png("seed", "x"), *fields(EASY))


def test_one_set_that_is_not_whole_hides_no_other() -> None:
    part = {key: value for key, value in EASY.items() if key != "seed"}
    assert [one[3] for one in told(*fields(part), *fields(SYGIL))] == ["Sygil WebUI"]
    wrong = EASY | {"num_inference_steps": "many"}
    assert [one[3] for one in told(*fields(wrong), *fields(SYGIL))] == ["Sygil WebUI"]


def test_of_texts_the_others_of_a_set_are_no_settings_by_themselves() -> None:
    settings = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512"
    alone = run(png("prompt", settings))[0]
    assert [name for name, _ in alone] == ["automatic1111"]
    made = VOLTA | {"prompt": settings}
    assert [name for name, _ in run(*fields(made))[0]] == ["settings.keys"]
    assert run(exif("Artist", "ai"), exif("Software", settings))[0][0][0] == "automatic1111"
