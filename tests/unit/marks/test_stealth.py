"""Text in the lowest bits: written here, read there; and what hostile pictures make of it."""

from __future__ import annotations

import gzip
import json

import pytest
from PIL import Image
from support.each import each
from support.textures import texture
from unit.marks.samples import hidden

from provenance.marks.carrier import Picture
from provenance.marks.decoder import WatermarkResult, WatermarkStatus
from provenance.marks.stealth import Stealth
from provenance.media.metadata.field import MAX_JSON, Field, Source

TEXT = "a hill\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 64x64, Model: m"
JSON = json.dumps({"Software": "NovelAI", "Source": "NovelAI Diffusion V4", "Comment": {"a": 1}})


def read(picture: Picture) -> tuple[list[Field], WatermarkResult]:
    found = list(Stealth().decode(picture, ()))
    *_, result = found
    assert isinstance(result, WatermarkResult)
    return [f for f in found if isinstance(f, Field)], result


@pytest.mark.parametrize(
    ("signature", "body", "place"),
    [
        (b"stealth_pnginfo", TEXT.encode(), "alpha channel"),
        (b"stealth_pngcomp", gzip.compress(TEXT.encode(), mtime=0), "alpha channel"),
        (b"stealth_rgbinfo", TEXT.encode(), "colour bits"),
        (b"stealth_rgbcomp", gzip.compress(TEXT.encode(), mtime=0), "colour bits"),
    ],
)
def test_each_kind_of_hidden_text_is_read(signature: bytes, body: bytes, place: str) -> None:
    (field,), result = read(hidden(signature, body))
    assert field == Field(Source.STEALTH, "parameters", TEXT, place, 0)
    assert (result.status, result.message) == (WatermarkStatus.TEXT, signature.decode())


def test_an_object_gives_the_keys_that_png_text_has() -> None:
    fields, _ = read(hidden(b"stealth_pngcomp", gzip.compress(JSON.encode())))
    assert {f.key: f.value for f in fields} == {
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4",
        "Comment": '{"a": 1}',
    }


@pytest.mark.parametrize("size", [(8, 8), (1, 152), (152, 1), (1, 1), (256, 256)])
def test_a_picture_without_text_is_not_detected(size) -> None:
    fields, result = read(Picture(Image.fromarray(texture(1, *size))))
    assert (fields, result.status) == ([], WatermarkStatus.NOT_DETECTED)


BOMB = gzip.compress(b"\0" * (MAX_JSON * 4), 9)


@each(
    ("picture", "words"),
    [
        (hidden(b"stealth_pnginfo", b"short", length=0xFFFFFFFF), "cannot hold"),
        (hidden(b"stealth_pnginfo", b"", length=0), "cannot hold"),
        (hidden(b"stealth_rgbinfo", b"x", length=90 * 120 * 3), "cannot hold"),
        (hidden(b"stealth_pngcomp", b"no gzip at all"), "decompressed"),
        (hidden(b"stealth_pnginfo", b"\xff\xfe\xff"), "UTF-8"),
        (hidden(b"stealth_pngcomp", BOMB, size=(400, 400)), "over"),
    ],
)
def test_a_signature_of_hidden_text_with_nothing_readable_after_it_fails(
    picture: Picture, words: str
) -> None:
    fields, result = read(picture)
    assert fields == []
    assert result.status is WatermarkStatus.FAILED
    assert words in result.reason


def test_deep_or_many_values_are_bounded() -> None:
    deep = '{"a": ' + "[" * 2000 + "]" * 2000 + "}"
    fields, _ = read(hidden(b"stealth_pnginfo", deep.encode(), size=(200, 200)))
    assert len(fields) == 1
    many = json.dumps({str(n): n for n in range(200)}).encode()
    fields, _ = read(hidden(b"stealth_rgbinfo", many))
    assert len(fields) == 32
