"""What a marker of settings as an object says: origin, words, maker, model and what was given."""

from __future__ import annotations

import json
from typing import Any

from support.each import each
from unit.signals.detectors.make import field, only, png, run

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source

GENERATED, MODIFIED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE
ONE = {"prompt": "a secret fox", "seed": 3, "steps": 20, "guidance_scale": 7.5, "model": "m"}
FORM = "generation settings as an object"
STARTS, EDITS = ", starting from something given", ", editing a given picture"


def told(made: Any) -> tuple[Any, ...]:
    """Return all that the one marker of a text says."""
    name, marker = only(png("notes", made))
    assert name == "settings.object"
    assert marker.whole is (marker.origin is not MODIFIED)
    return (
        marker.origin,
        marker.says,
        marker.vendor,
        marker.product,
        marker.model,
        marker.from_input,
    )


@each(
    ("made", "expected"),
    [
        (ONE, (GENERATED, FORM, None, None, "m", False)),
        (ONE | {"init_image": "me.png"}, (GENERATED, FORM + STARTS, None, None, "m", True)),
        (ONE | {"mode": "img2img"}, (GENERATED, FORM + STARTS, None, None, "m", True)),
        (ONE | {"mode": "inpaint"}, (MODIFIED, FORM + EDITS, None, None, "m", True)),
        (ONE | {"software": "Mochi Diffusion 5"},
         (GENERATED, FORM, None, "Mochi Diffusion", "m", False)),
        (ONE | {"software": 5, "app": "MFLUX 0.9"}, (GENERATED, FORM, None, "mflux", "m", False)),
        (ONE | {"software": "Nobody's"}, (GENERATED, FORM, None, None, "m", False)),
        (ONE | {"model": {"name": "n"}}, (GENERATED, FORM, None, None, "n", False)),
        (ONE | {"model": {"model_name": "n"}}, (GENERATED, FORM, None, None, "n", False)),
        (ONE | {"model": {"modelName": "n"}}, (GENERATED, FORM, None, None, "n", False)),
        (ONE | {"model": {"label": "n"}}, (GENERATED, FORM, None, None, "n", False)),
        (ONE | {"model": {"name": "", "label": "n"}}, (GENERATED, FORM, None, None, "n", False)),
        (ONE | {"model": " ", "checkpoint": "c"}, (GENERATED, FORM, None, None, "c", False)),
        (ONE | {"model": "x" * 128}, (GENERATED, FORM, None, None, "x" * 128, False)),
        (ONE | {"model": "x" * 129}, (GENERATED, FORM, None, None, None, False)),
        ([ONE, 5], (GENERATED, FORM, None, None, "m", False)),
    ],
)  # as a table  # fmt: skip
def test_settings_by_their_form(made: Any, expected: tuple[Any, ...]) -> None:
    assert told(made) == expected


WANGP = {"type": "WanGP v9 by DeepBeepMeep - Wan2.1 - t2v", "prompt": "a"}
DREAMINA = {"data": {"product": "dreamina", "exportType": "generation"}}
POLLINATIONS = {"prompt": "a", "seed": None, "nologo": True}


@each(
    ("made", "expected"),
    [
        (WANGP, (GENERATED, "WanGP generation settings", None, "WanGP", "Wan2.1 - t2v", False)),
        (WANGP | {"type": "WanGP v9"},
         (GENERATED, "WanGP generation settings", None, "WanGP", None, False)),
        (WANGP | {"image_start": "me.png"},
         (GENERATED, f"WanGP generation settings{STARTS}", None, "WanGP", "Wan2.1 - t2v", True)),
        (WANGP | {"image_prompt_type": "TSX"},
         (GENERATED, f"WanGP generation settings{STARTS}", None, "WanGP", "Wan2.1 - t2v", True)),
        (WANGP | {"image_prompt_type": "TX", "audio_prompt_type": 5},
         (GENERATED, "WanGP generation settings", None, "WanGP", "Wan2.1 - t2v", False)),
        (WANGP | {"model_type": "flux_Kontext", "image_refs": ["me.png"]},
         (MODIFIED, f"WanGP generation settings{EDITS}", None, "WanGP", "Wan2.1 - t2v", True)),
        (WANGP | {"model_type": "flux_kontext"},
         (GENERATED, "WanGP generation settings", None, "WanGP", "Wan2.1 - t2v", False)),
        (DREAMINA,
         (GENERATED, "Dreamina generation settings", "ByteDance", "Dreamina", None, False)),
        ({"aigc_label_type": 1},
         (GENERATED, "ByteDance AIGC label", "ByteDance", None, None, False)),
        ({"aigc_label_type": "2"},
         (GENERATED, "ByteDance AIGC label", "ByteDance", None, None, False)),
        ({"ProjectType": "Inpaint", "State": {"a": 1}},
         (MODIFIED, f"Stability Matrix generation settings{EDITS}", None, "Stability Matrix", None,
          True)),
        ({"schema": "imagemetahub.browser/1", "source": {"provider": "x"}},
         (POSSIBLE, "saved from the page of a generator with Image MetaHub", None,
          "Image MetaHub", None, False)),
        (POLLINATIONS | {"safe": False, "model": "x" * 128, "seed": 4},
         (GENERATED, "Pollinations generation settings", None, "Pollinations", "x" * 128, False)),
        (POLLINATIONS | {"safe": False, "model": "x" * 129, "seed": 4},
         (GENERATED, "Pollinations generation settings", None, "Pollinations", None, False)),
    ],
)  # as a table  # fmt: skip
def test_settings_of_a_tool_of_the_table(made: Any, expected: tuple[Any, ...]) -> None:
    assert told(made) == expected


@each(
    "made",
    [
        POLLINATIONS | {"seed": 4},
        {"ProjectType": "Inpaint", "State": {}},
        {"ProjectType": " ", "State": {"a": 1}},
        {"aigc_label_type": True},
        {"aigc_label_type": None},
        {"aigc_label_type": 1.0},
        {"aigc_label_type": "1|2"},
        {"extraMetadata": 1, "extra": {"airs": "urn:air:sd1"}},
        {"use_stable_diffusion_model": "m", "seed": "fox", "num_inference_steps": 25},
        {"use_stable_diffusion_model": "m", "seed": True, "num_inference_steps": 25},
        {"use_stable_diffusion_model": "m", "seed": "1" * 24, "num_inference_steps": 25},
        {"use_stable_diffusion_model": 5, "seed": 1, "num_inference_steps": 25},
        {"global_prompt": "a", "cfg_coef": "3.5.1", "topk": 1, "duration": 1, "seed": 1},
        {"global_prompt": "a", "cfg_coef": "high", "topk": 1, "duration": 1, "seed": 1},
        {"global_prompt": "a", "cfg_coef": "1" * 24, "topk": 1, "duration": 1, "seed": 1},
        {"global_prompt": "a", "cfg_coef": True, "topk": 1, "duration": 1, "seed": 1},
    ],
)
def test_a_value_of_another_kind_is_not_that_of_the_tool(made: dict[str, Any]) -> None:
    assert run(png("notes", made))[0] == ()


@each("value", [1, 2.5, "3", "4.5", "1" * 23])
def test_numbers_are_numbers_or_texts_of_them(value: object) -> None:
    made = {"global_prompt": "a", "cfg_coef": value, "topk": 1, "duration": 1, "seed": "7"}
    assert told(made)[3] == "AudioCraft Plus"


def test_a_list_of_a_tool_is_a_list() -> None:
    made = {"extraMetadata": 1, "extra": {"airs": ["urn:air:sd1"]}}
    assert told(made)[:4] == (GENERATED, "Civitai generation data", "Civitai", "Civitai")


@each("value", [None, "", False, 0, "None", "none", [], {}])
def test_what_is_empty_was_not_given(value: object) -> None:
    assert told(ONE | {"init_image": value})[-1] is False
    assert told(WANGP | {"image_start": value})[-1] is False


@each("value", ["a", " ", True, 1, 0.5, ["a"], {"a": 1}, "NONE"])
def test_what_is_there_was_given(value: object) -> None:
    assert told(ONE | {"init_image": value})[-1] is True


@each(
    "made",
    [
        {"a": ONE},
        {"a": {"b": ONE}},
        {"a": json.dumps(ONE)},
        {"a": json.dumps({"b": json.dumps(ONE)})},
        [{"a": ONE}],
    ],
)
def test_settings_are_found_two_objects_deep(made: Any) -> None:
    assert told(made) == (GENERATED, FORM, None, None, "m", False)


@each(
    "made",
    [
        {"a": {"b": {"c": ONE}}},
        {"a": [ONE]},
        [5, ONE],
        [],
        {"a": f" {json.dumps(ONE)}"},
        {"class_type": "Task"} | ONE,
    ],
)
def test_settings_are_not_looked_for_elsewhere(made: Any) -> None:
    assert run(png("notes", made))[0] == ()


@each(
    ("made", "found"),
    [
        ({"seed": 3, "scheduler": "pndm", "prompt": "a"}, True),
        ({"seed": 3, "scheduler": "PNDMScheduler", "prompt": "a"}, True),
        ({"seed": 3, "scheduler": "cosine", "prompt": "a"}, False),
        ({"seed": 3, "scheduler": "", "sampler": "euler", "prompt": "a"}, True),
        ({"seed": 3, "sampler": 5, "prompt": "a", "steps": 3}, False),
        ({"seed": 3, "num_inference_steps": 20, "model": "m", "prompt": "a"}, True),
        ({"seed": 3, "num_infer_steps": 20, "model": "m", "prompt": "a"}, False),
        ({"seed": 3, "num-inference-steps": 20, "Base Model": "m"}, True),
    ],
)
def test_one_setting_has_to_be_of_diffusion_alone(made: dict[str, Any], found: bool) -> None:
    assert bool(run(png("notes", made))[0]) is found


@each(
    "made",
    [
        {"positive": "a", "negative": "b", "steps": 20, "cfg": 7},
        {"positive_prompt": "a", "negative_prompt": "b", "steps": 20, "cfg": 7},
        {"Prompt": "a", "Negative Prompt": "b", "Steps": 20, "CFG Scale": 7},
    ],
)
def test_all_settings_of_a_pipeline_need_no_seed_whatever_they_are_called(made: Any) -> None:
    for text in (made, json.dumps(made).replace('"', '\\"')):
        assert told(text) == (GENERATED, FORM, None, None, None, False)


@each(("length", "found"), [(64, True), (65, False)])
def test_of_a_key_64_characters_are_read(length: int, found: bool) -> None:
    made = {key: value for key, value in ONE.items() if key != "seed"}
    key = "_" * (length - 4) + "seed"
    assert bool(run(png("notes", made | {key: 3}))[0]) is found


class TestFieldsOfOneKindTogether:
    """Many tools write a text for each setting."""

    @staticmethod
    def fields(values: dict[str, Any], source: Source = Source.TEXT) -> list[Any]:
        return [field(source, key, str(value)) for key, value in values.items()]

    def test_the_first_setting_that_none_is_without_is_the_place(self) -> None:
        found, _ = run(*self.fields({"title": "b", "SD:model": "m", "SD:seed": 3, **ONE}))
        ((_, marker),) = found
        assert marker.field.key == "SD:seed"
        assert (marker.origin, marker.says) == (GENERATED, FORM)

    def test_as_many_as_are_looked_at(self) -> None:
        last = ONE.keys() - {"seed"}
        settings = self.fields({key: ONE[key] for key in (*sorted(last), "seed")})
        for before, found in ((256 - len(ONE), True), (257 - len(ONE), False)):
            others = self.fields({f"k{n}": n for n in range(before)})
            assert bool(run(*others, *settings)[0]) is found

    def test_a_text_each_may_be_of_the_drawing_of_a_training_run(self) -> None:
        request = {"prompt": "a kite", "model": "flux-dev", "seed": 4}
        assert run(*self.fields(request))[0] == ()
        assert told(request)[4] == "flux-dev"


def test_what_is_looked_at_is_what_may_be_json() -> None:
    """A text that begins with none, or names no setting, hides none behind it."""
    texts = [
        png("a", "a sentence, and then { seed }"),
        png("b", "an eed without an object to it"),
        png("c", json.dumps({"width": 3, "height": 900})),
    ]
    ((_, marker),) = run(*texts, png("d", ONE))[0]
    assert marker.field.key == "d"
    assert run(*texts)[0] == ()
