"""The open DWT-DCT mark, held against invisible-watermark's own coder, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from support import reference
from support.reference import needs_coder
from support.textures import KINDS, texture

from provenance.base.terms import Origin
from provenance.marks import dwtdct, statistics
from provenance.marks.carrier import CarrierError, Picture
from provenance.marks.known import DWT_DCT
from provenance.marks.model import GOAL, WatermarkStatus

SDXL = next(m for m in DWT_DCT if m.name == "SDXL")
SIZES = ((256, 256), (300, 411), (512, 512), (333, 260))


def look(rgb, messages=DWT_DCT):
    (result,) = dwtdct.DwtDct().decode(Picture(Image.fromarray(rgb)), messages)
    return result


@needs_coder
@pytest.mark.parametrize("seed", range(len(KINDS) * 2))
def test_every_bit_is_the_one_that_the_package_reads(seed: int) -> None:
    height, width = SIZES[seed % len(SIZES)]
    rgb = texture(seed, height, width)
    if seed >= len(KINDS):
        rgb = reference.embed(rgb, SDXL.bits)
    given = (rgb[..., ::-1], rgb, rgb[..., ::-1].astype(np.float32), rgb.astype(np.float32))
    rows = dwtdct.blocks(rgb).bits
    for row, bgr in zip(rows, given, strict=True):
        for length in (32, 48, 136, 224):
            assert dwtdct.fold(row, length) == reference.decode(bgr, length)


@needs_coder
def test_where_the_sums_differ_the_library_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = texture(7, 300, 411)
    fast = dwtdct.blocks(rgb).bits
    monkeypatch.setattr(dwtdct, "_same", lambda: False)
    assert np.array_equal(dwtdct.blocks(rgb).bits, fast)
    assert dwtdct.fold(fast[0], 48) == reference.decode(rgb[..., ::-1], 48)


@needs_coder
@pytest.mark.parametrize("message", DWT_DCT, ids=lambda m: m.name)
def test_what_the_package_decodes_is_decoded(message) -> None:
    theirs = ours = 0
    for seed in range(24):
        rgb = reference.embed(texture(seed, 384, 360), message.bits)
        read = reference.decode(rgb[..., ::-1], len(message.bits))
        try:
            result = look(rgb)
        except CarrierError:
            result = None
        found = result is not None and result.status is WatermarkStatus.DETECTED
        if read == message.bits:
            theirs += 1
            assert found
            assert result.message == message.name
            assert result.matched == len(message.bits)
            assert result.payload == f"{int(message.bits, 2):0{len(message.bits) // 4}x}"
        ours += found
    assert ours >= theirs > 3


@needs_coder
@pytest.mark.parametrize("exchanged", [False, True])
def test_marks_in_floating_point_need_their_own_reading(exchanged: bool) -> None:
    """As SDXL and FLUX write them: read as 8 bits they are lost wherever the plane is negative."""
    as_eight = as_float = 0
    for seed in (0, 6, 7, 8, 14, 15, 16, 22, 23, 24):
        rgb = reference.embed_float(texture(seed, 512, 512), SDXL.bits, exchanged=exchanged)
        given = rgb if exchanged else rgb[..., ::-1]
        as_eight += reference.decode(given, 48) == SDXL.bits
        result = look(rgb)
        if result.status is WatermarkStatus.DETECTED and "float" in result.reason:
            as_float += 1
            assert ("exchanged" in result.reason) is exchanged
    assert as_float >= 8
    assert as_float > as_eight


@needs_coder
def test_a_decode_says_what_it_rests_on() -> None:
    result = look(reference.embed(texture(6, 512, 512), SDXL.bits))
    assert (result.matched, result.bits, result.tried) == (48, 48, 20)
    assert result.bound == 20 * 2.0**-48
    assert result.threshold == statistics.threshold(SDXL.bits, 20)
    assert (result.vendor, result.product) == ("Stability AI", "Stable Diffusion XL")
    assert result.origin is Origin.AI_GENERATED


@needs_coder
def test_a_mark_that_is_damaged_too_much_is_not_detected() -> None:
    marked = reference.embed(texture(6, 512, 512), SDXL.bits)
    small = Image.fromarray(marked).resize((400, 400), Image.Resampling.BICUBIC)
    result = look(np.asarray(small))
    assert result.status is WatermarkStatus.NOT_DETECTED
    assert result.matched < result.threshold
    assert (result.payload, result.vendor, result.origin) == ("", "", None)
    assert result.bound > GOAL


@pytest.mark.parametrize(
    ("rgb", "words"),
    [
        (np.full((512, 512, 3), 77, np.uint8), "flat"),
        (np.full((512, 512, 3), (255, 0, 0), np.uint8), "flat"),
        (texture(5, 512, 512), "degenerate"),
        (texture(1, 200, 300), "smaller"),
    ],
    ids=["grey", "red", "no colour", "small"],
)
def test_a_carrier_without_bits_is_refused(rgb, words: str) -> None:
    with pytest.raises(CarrierError, match=words):
        look(rgb)


def test_stripes_of_every_period_are_no_mark() -> None:
    """Bits that repeat match text better than coins do: see `statistics.threshold`."""
    x = np.arange(512)
    for period in (16, 32, 64, 128, 256):
        for phase in (0, 8):
            share = (((x + phase) // (period // 2)) % 2)[None, :, None]
            rgb = np.broadcast_to(np.where(share, (240, 200, 40), (20, 60, 200)), (512, 512, 3))
            try:
                result = look(rgb.astype(np.uint8))
            except CarrierError:
                continue
            assert result.status is WatermarkStatus.NOT_DETECTED


def test_the_known_messages_are_the_published_ones() -> None:
    bits = {m.name: m.bits for m in DWT_DCT}
    assert bits["SDXL"] == "101100111110110010010000011110111011000110011110"
    assert bits["FLUX"] == "001010101111111010000111100111001111010100101110"
    assert bytes(np.packbits([int(b) for b in bits["StableDiffusionV1"]])) == b"StableDiffusionV1"
    assert len(bits["StableDiffusionV1"]) == 136
