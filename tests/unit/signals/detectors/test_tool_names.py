"""Names of generators in fields that say what wrote a file: which count where, and what is said."""

from __future__ import annotations

from typing import Any

from support.each import each
from unit.signals.detectors.make import exif, field, png, run

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detectors.tool_names import is_maker, known

GENERATED, MODIFIED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE
FLUX = ("Black Forest Labs", "FLUX")


def told(*fields: Any) -> tuple[Any, ...]:
    ((name, marker),) = run(*fields)[0]
    assert name == "vendor.name"
    assert marker.whole is (marker.origin is not MODIFIED)
    by = (marker.vendor, marker.product, marker.model)
    return (marker.origin, marker.says, *by, marker.from_input)


@each(
    ("value", "expected"),
    [
        ("AI generated;txt2img;flux", (GENERATED, *FLUX, None, False)),
        ("AI generated;img2img;flux", (GENERATED, *FLUX, None, True)),
        ("AI generated;Redux;flux", (GENERATED, *FLUX, None, True)),
        ("AI generated;fill;flux", (MODIFIED, *FLUX, None, True)),
        ("AI generated;Kontext;flux", (MODIFIED, *FLUX, None, True)),
        ("AI generated;refill;flux", (GENERATED, *FLUX, None, False)),
        ("AI generated;ti2i;qwen", (MODIFIED, "Alibaba", "Qwen-Image", None, True)),
        ("NovelAI Diffusion V4", (GENERATED, "NovelAI", "NovelAI", "NovelAI Diffusion V4", False)),
        ("ComfyUI 0.3", (POSSIBLE, None, "ComfyUI", None, False)),
        ("stable-diffusion.cpp", (GENERATED, None, "stable-diffusion.cpp", None, False)),
    ],
)
def test_what_a_name_says(value: str, expected: tuple[Any, ...]) -> None:
    origin, says, *rest = told(exif("Software", f"{value}\0 "))
    assert (origin, *rest) == expected
    assert says == f'Software is "{value}"'


def test_the_model_stands_in_a_field_of_its_own() -> None:
    software = exif("Software", "AI generated;txt2img;flux")
    for model, found in (("flux-dev", "flux-dev"), ("m" * 128, "m" * 128), ("m" * 129, None)):
        assert told(software, exif("Model", model))[4] == found
    assert told(software, png("Model", "flux-dev"))[4] is None


def test_a_long_value_is_not_quoted() -> None:
    for length, says in ((80, True), (81, False)):
        value = "AI generated;txt2img;flux".ljust(length, "x")
        said = told(exif("Software", value))[1]
        assert said == (f'Software is "{value}"' if says else "Software names a generator")


def test_a_field_without_a_name_hides_none_behind_it() -> None:
    made = [exif("Make", "Canon"), exif("Software", "MFLUX 0.9"), exif("HostComputer", "a Mac")]
    made.insert(1, exif("Software", "Acme"))
    assert told(*made)[3] == "mflux"


@each(
    ("value", "product"),
    [
        ("MFLUX", "mflux"),
        ("MFLUX 0.9", "mflux"),
        ("MFLUX/0.9", "mflux"),
        ("MFLUX v0.9", "mflux"),
        ("MFLUX V0.9", "mflux"),
        ("MFLUX X0.9", None),
        ("MFLUX nine", None),
        ("MFLUX 0.9 and others", "mflux"),
        ("MFLUX-0.9", None),
        ("MFLUX9", None),
        ("a MFLUX 0.9", None),
        ("Midjourney", None),
        ("NovelAI Diffusion V4", None),
    ],
)
def test_a_name_wherever_it_stands_has_to_be_nothing_else(value: str, product: str | None) -> None:
    row = known(value)
    assert (row and row["product"]) == product


def test_a_name_of_one_place_counts_there_alone() -> None:
    assert is_maker("Ideogram AI")
    assert not is_maker("Canon")
    assert known("Ideogram AI", "exif:Software") is None
    assert known("MFLUX 0.9", "exif:Software") is not None
    assert known("MFLUX 0.9", "exif:ImageDescription") is None
    assert run(exif("Software", "Ideogram AI"), exif("ImageDescription", "MFLUX 0.9"))[0] == ()
    vorbis = field(Source.VORBIS, "vendor", "ComfyUI-ACE-Step")
    assert told(vorbis)[:4] == (POSSIBLE, 'VENDOR is "ComfyUI-ACE-Step"', None, "ComfyUI")
