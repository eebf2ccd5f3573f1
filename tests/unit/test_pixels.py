"""The seam for fields hidden in pixels: the same detectors judge them, and only when asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from provenance import Verifier
from provenance.base.finding import note
from provenance.kit.media import gradient_png
from provenance.marks.decoder import PixelReading
from provenance.media.metadata.field import Field, Source

if TYPE_CHECKING:
    from provenance.media.asset import Asset

PARAMETERS = "a hill\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 64x64, Model: m"
COMMENT = json.dumps({"steps": 28, "sampler": "k_euler", "seed": 5, "scale": 6})


def hidden(key: str, value: str) -> Field:
    return Field(Source.STEALTH, key, value, "alpha channel", 0)


class Reader:
    """Stands for a decoder: what it would have read, and whether it was asked."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields
        self.asked: list[str] = []

    def read(self, asset: Asset, media_type: str) -> PixelReading:
        self.asked.append(media_type)
        found = note("pixels.read", "the pixels were decoded")
        return PixelReading(self.fields, findings=(found,))


@pytest.mark.parametrize(
    ("fields", "vendor"),
    [
        ((hidden("parameters", PARAMETERS),), None),
        (
            (
                hidden("Software", "NovelAI"),
                hidden("Source", "NovelAI Diffusion V4"),
                hidden("Comment", COMMENT),
            ),
            "NovelAI",
        ),
    ],
)
def test_what_a_reader_finds_is_judged_like_text(fields: tuple[Field, ...], vendor: str) -> None:
    reader = Reader(*fields)
    report = Verifier(pixels=reader).verify_bytes(gradient_png())
    assert report.verdict is not None
    assert (report.verdict.origin, report.verdict.assurance) == ("ai_generated", "asserted")
    assert (report.generator.vendor if report.generator else None) == vendor
    assert reader.asked == ["image/png"]
    assert "pixels.read" in [f.code for f in report.findings]


def test_fields_of_two_places_are_not_put_together() -> None:
    reader = Reader(hidden("Software", "NovelAI"), hidden("Comment", COMMENT))
    report = Verifier(pixels=reader).verify_bytes(gradient_png())
    assert report.generator is None or report.generator.vendor is None
    assert [s for s in report.signals if s.detector == "novelai"] == []
