"""Settings as text: what a marker of them says, and which text has enough of them."""

from __future__ import annotations

import json
from typing import Any

from support.each import each
from unit.signals.detectors.make import only, png, run

from provenance.base.terms import Origin

GENERATED, MODIFIED = Origin.AI_GENERATED, Origin.AI_MODIFIED
LINE = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512"
FORM = "generation settings as text"
STARTS, INPAINTS = ", starting from a given picture", ", inpainting a given picture"
ROOM = 2 * 1024  # characters in front of `Steps` that are read


def found(text: str) -> bool:
    return bool(run(png("notes", text))[0])


@each(
    ("more", "expected"),
    [
        ("", (GENERATED, FORM, None, None, None, False)),
        (", Model: m", (GENERATED, FORM, None, None, "m", False)),
        (", Model: , Unet: u", (GENERATED, FORM, None, None, "u", False)),
        (", Model ID: i", (GENERATED, FORM, None, None, "i", False)),
        (f", Model: {'m' * 128}", (GENERATED, FORM, None, None, "m" * 128, False)),
        (f", Model: {'m' * 129}", (GENERATED, FORM, None, None, None, False)),
        (", Model: \" 'm' \"", (GENERATED, FORM, None, None, "m", False)),
        (", Model: XmX", (GENERATED, FORM, None, None, "XmX", False)),
        (", Denoising strength: 0.4", (GENERATED, FORM + STARTS, None, None, None, True)),
        (", Operations: Img2Img", (GENERATED, FORM + STARTS, None, None, None, True)),
        (", Init image hash: ab", (GENERATED, FORM + STARTS, None, None, None, True)),
        (", Operations: Inpaint", (MODIFIED, FORM + INPAINTS, None, None, None, True)),
        (", Inpaint area: x", (MODIFIED, FORM + INPAINTS, None, None, None, True)),
        (
            ", Mask blur: 4, Version: v1.6.0",
            (MODIFIED, FORM + INPAINTS, None, "Stable Diffusion web UI", None, True),
        ),
        (", Civitai resources: [x]", (GENERATED, FORM, "Civitai", "Civitai", None, False)),
        (", App: SD.Next", (GENERATED, FORM, None, "SD.Next", None, False)),
    ],
)
def test_what_settings_say(more: str, expected: tuple[Any, ...]) -> None:
    name, marker = only(png("notes", LINE + more))
    assert name == "automatic1111"
    said = (marker.origin, marker.says, marker.vendor, marker.product, marker.model)
    assert (*said, marker.from_input) == expected


@each(
    ("text", "enough"),
    [
        # a hash, a sampler or a program of the tables, and one setting more
        ("Steps: 20, Seed: 5, Model hash: 6ce0161689", True),
        ("Steps: 20, Seed: 5, Model hash: 6ce016", False),
        ("Steps: 20, Model: m, Model hash: 6ce0161689", True),
        ("Steps: 20, Model ID: m, Model hash: 6ce0161689", True),
        ("Steps: 20, Model hash: 6ce0161689", False),
        ("Steps: 20, Seed: 5, Sampler: Euler a", True),
        ("Steps: 20, Sampler: Euler a", False),
        ("Steps: 20, Seed: 5, Sampler: MPC", False),
        ("Steps: 20, App: mine, Sampler: Euler a", True),
        # a size of a picture, and a seed or a guidance
        ("Steps: 20, Seed: 5, Size: 512x512", True),
        ("Steps: 20, CFG scale: 5, Width: 512, Height: 512", True),
        ("Steps: 20, CFG scale: 5, Height: 512", False),
        ("Steps: 20, CFG scale: 5, Width: 512", False),
        ("Steps: 20, Model: m, Size: 512x512", False),
        ("Steps: 20, Seed: 5, Size: 256x256", True),
        ("Steps: 20, Seed: 5, Size: 248x256", False),
        ("Steps: 20, Seed: 5, Size: 256x260", False),
        ("Steps: 20, Guidance: 5, Size: 64x64", True),
        ("Steps: 20, Guidance: 5, Size: 56x64", False),
        # such as a map of a game has, which says what it is
        ("Steps: 20, Seed: 5, Size: 512x512, Version: 1.20.4", False),
        ("Steps: 20, Seed: 5, Size: 512x512, Version: 2f1dcab", True),
        ("Steps: 20, Seed: 5, Size: 512x512, Octaves: 3", False),
        ("Steps: 20, Seed: 5, Size: 512x512, k9: 3", True),
        ("Steps: 20, Seed: 5, Size: 512x512, Sampler: NUTS", False),
        ("Steps: many, Seed: 5, Size: 512x512", False),
        ("Steps: , Seed: 5, Size: 512x512", False),
        ("num_inference_steps: 20, Seed: 5, Sampler: Euler a", True),
        ("num_inference_steps: many, Seed: 5, Sampler: Euler a", False),
        # a seed that is none does not count
        ("Steps: 20, Seed: sunflower, Size: 512x512", False),
        ("Steps: 20, seed 5, Size: 512x512", False),
        (f"Steps: 20, {'S' * 36}eed: 5, Size: 512x512", False),
        (f"Steps: 20, Seed: 5, Size: 512x512,{'o' * 40}: 1", False),
        (f"Steps: 20, Seed: 5, Size: 512x512,{'o' * 41}: 1", True),
    ],
)
def test_which_settings_are_enough(text: str, enough: bool) -> None:
    assert found(text) is enough
    assert found(f"a fox\n{text}") is enough
    assert found(text.replace(", ", "\n")) is enough


PROSE = "Steps: 20, Seed: 5, Sampler: Euler a"  # three settings; in prose there have to be four


@each(
    ("text", "is_prose"),
    [
        (PROSE, False),
        (f"a fox\n{PROSE}", False),
        (f"a fox\r{PROSE}", False),
        (f"a fox\\n{PROSE}", False),
        (f"a fox, {PROSE}", False),
        (f"a fox. {PROSE}", False),
        (f"a fox; {PROSE}", False),
        (f"a fox | {PROSE}", False),
        (f"(a fox) {PROSE}", False),
        (f"<a fox> {PROSE}", False),
        (f"a fox,   {PROSE}", False),
        (f"a fox, Sample {PROSE}", False),
        (f"a fox, Inference {PROSE}", False),
        (f"Negative prompt: bad\nhands {PROSE}", False),
        (f"use {PROSE}", True),
        (f"use{PROSE}", True),
        (f"u{PROSE}", True),
        (f"a fox, X {PROSE}", True),
        (f"Negative prompt: bad hands{PROSE}", True),
        (f"Negative prompt: bad, 1{PROSE}", True),
        (f"use: {PROSE}", True),
        (f"use X {PROSE}", True),
        (f"use Sample {PROSE}", True),
        (f"{PROSE}, and Negative prompt: bad", False),
        (f"use {PROSE}, and Negative prompt: bad", True),
    ],
)
def test_in_the_middle_of_a_sentence_four_settings_are_needed(text: str, is_prose: bool) -> None:
    assert found(text) is not is_prose
    assert found(text.replace("Euler a", "Euler a, CFG scale: 7, Size: 64x64"))


@each(
    ("text", "quoted"),
    [
        ('{"role": "user", "content": "%s"}', True),
        (' [{"role": "user", "content": "%s"}]', True),
        ('{"role": "user", "text": "%s"}', False),
        ('{"name": "user", "content": "%s"}', False),
        ('see "role" and "content"\n%s', False),
    ],
)
def test_a_chat_quotes_settings_and_has_none(text: str, quoted: bool) -> None:
    said = run(png("notes", text % f"{LINE}, Model: m, "))[0]
    assert ("automatic1111" in {name for name, _ in said}) is not quoted


def test_what_no_settings_are_in_hides_none_behind_it() -> None:
    texts = [
        "teps without an end of it",
        f"no st{LINE[2:].replace(':', ' ')}",
        json.dumps(LINE)[:9],
    ]
    fields = [png(str(number), text) for number, text in enumerate(texts)]
    ((_, marker),) = run(*fields, png("last", LINE))[0]
    assert marker.field.key == "last"


class TestPlaces:
    """A prompt may quote settings: the last six places are tried, the last one first."""

    def test_the_sixth_from_the_end_is_the_last_that_is_tried(self) -> None:
        for others, expected in ((5, True), (6, False)):
            assert found(LINE + "\nSteps: many" * others) is expected

    def test_what_is_before_it_in_its_line(self) -> None:
        assert found("Seed: 5, Sampler: Euler a, Steps: 20")
        assert found("a fox\nanother\nSeed: 5, Sampler: Euler a, Steps: 20")
        assert found(f"Seed: 5, Sampler: Euler a, {'x' * (ROOM - 30)}, Steps: 20")
        assert not found(f"Seed: 5, Sampler: Euler a, {'x' * ROOM}, Steps: 20")

    def test_what_is_in_lines_before_it_where_that_is_all(self) -> None:
        assert found("Seed: 5\nSampler: Euler a\nSteps: 20")
        assert found("Sampler: Euler a\nSteps: 20, Seed: 5, a: 1")
        assert not found("Sampler: Euler a\nSteps: 20, Seed: 5, a: 1, b: 2")
        assert not found("a fox\nSampler: Euler a\nSteps: 20, Seed: 5, a: 1, b: 2")

    def test_settings_in_its_own_line_count_before_those_of_lines_before_it(self) -> None:
        text = f"Model: other\n{LINE}, Model: own"
        assert only(png("notes", text))[1].model == "own"
