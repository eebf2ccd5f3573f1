"""The open DWT-DCT and DWT-DCT-SVD marks, held against invisible-watermark's own coders."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import pytest
from PIL import Image
from support import reference
from support.each import each
from support.reference import needs_coder
from support.textures import KINDS, texture

from provenance.base.terms import Origin
from provenance.marks import invisible, planes, statistics, votes
from provenance.marks.block_method import Method
from provenance.marks.carrier import CarrierError, Picture
from provenance.marks.decoder import Message, WatermarkStatus
from provenance.marks.dwtdct import DwtDct
from provenance.marks.dwtdctsvd import DwtDctSvd
from provenance.marks.known import DWT_DCT, DWT_DCT_SVD

SDXL = next(m for m in DWT_DCT if m.name == "SDXL")
SIZES = ((256, 256), (300, 411), (384, 264), (333, 260))
DETECTED = WatermarkStatus.DETECTED
CHANGES = {
    "bottom": lambda rgb: rgb[:-37],
    "top": lambda rgb: rgb[41:],
    "right": lambda rgb: rgb[:, :-43],
    "left": lambda rgb: rgb[:, 45:],
    "all sides": lambda rgb: rgb[19:-23, 21:-18],
    "turned left": np.rot90,
    "turned over": lambda rgb: np.rot90(rgb, 2),
    "turned right": lambda rgb: np.rot90(rgb, 3),
    "mirrored": lambda rgb: rgb[:, ::-1],
    "top to bottom": lambda rgb: rgb[::-1],
    "transposed": lambda rgb: rgb.swapaxes(0, 1),
    "transposed over": lambda rgb: np.rot90(rgb.swapaxes(0, 1), 2),
}


def look(rgb, messages=DWT_DCT, decoder=None):
    picture = Picture(Image.fromarray(np.ascontiguousarray(rgb)))
    (result,) = (decoder or DwtDct()).decode(picture, messages)
    return result


@cache
def plain(seed: int, height: int, width: int):
    """A texture that several tests look at."""
    rgb = texture(seed, height, width)
    rgb.flags.writeable = False
    return rgb


def smooth(seed: int, height: int, width: int):
    """Colours as photos have them: no clipping, some detail."""
    rgb = plain(seed * len(KINDS) + KINDS.index("layers"), height, width)
    return (rgb // 2 + 60).astype(np.uint8)


@cache
def marked_in_floating_point():
    marked = reference.embed_float(smooth(2, 416, 440), SDXL.bits)
    marked.flags.writeable = False
    return marked


def jpeg(rgb, quality: int):
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


@needs_coder
@each("method", Method, ids=lambda m: m.value)
@each("seed", range(len(KINDS) * 2))
def test_every_bit_is_the_one_that_the_package_reads(seed: int, method: Method) -> None:
    svd = method is Method.SVD
    height, width = SIZES[seed % len(SIZES)] if not svd else (256, 256)
    rgb = texture(seed, height, width)
    if seed >= len(KINDS):
        rgb = reference.embed(rgb, SDXL.bits, svd=svd)
    given = (rgb[..., ::-1], rgb, rgb[..., ::-1].astype(np.float32), rgb.astype(np.float32))
    for reading, bgr in enumerate(given):
        row = votes.bits(rgb, method, reading)
        # A message as long as there are blocks has one block for each of its bits.
        assert votes.fold(row, len(row)) == reference.decode(bgr, len(row), svd=svd)
        if reading == seed % len(given):
            for length in (48,) if svd else (32, 48, 136, 224):
                assert votes.fold(row, length) == reference.decode(bgr, length, svd=svd)


@needs_coder
def test_where_sums_are_too_close_the_library_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = texture(7, 300, 411)
    fast = votes.bits(rgb, Method.DCT, 0)
    monkeypatch.setattr(planes, "_same", lambda: False)
    assert np.array_equal(votes.bits(rgb, Method.DCT, 0), fast)
    assert votes.fold(fast, 48) == reference.decode(rgb[..., ::-1], 48)


@needs_coder
@pytest.mark.parametrize("message", DWT_DCT, ids=lambda m: m.name)
def test_every_mark_that_the_package_decodes_is_decoded(message) -> None:
    theirs = ours = 0
    for seed in range(24):
        rgb = reference.embed(plain(seed, 264, 256), message.bits)
        read = reference.decode(rgb[..., ::-1], len(message.bits))
        result = DwtDct().plain(rgb, DWT_DCT)
        if read == message.bits:
            theirs += 1
            assert result is not None
            assert result.message == message.name
            assert result.matched == len(message.bits)
            assert result.payload == f"{int(message.bits, 2):0{len(message.bits) // 4}x}"
        ours += result is not None
        assert result is None or result.message == message.name
    assert ours >= theirs > 3


@needs_coder
@pytest.mark.parametrize("exchanged", [False, True])
def test_marks_in_floating_point_need_their_own_reading(exchanged: bool) -> None:
    """As SDXL and FLUX write them: read as 8 bits they are lost wherever the plane is negative."""
    as_eight = as_float = 0
    for seed in (0, 6, 7, 8, 14, 15, 16, 22, 23, 24):
        rgb = reference.embed_float(plain(seed, 384, 392), SDXL.bits, exchanged=exchanged)
        given = rgb if exchanged else rgb[..., ::-1]
        as_eight += reference.decode(given, 48) == SDXL.bits
        result = look(rgb)
        if result.status is DETECTED and "float" in result.reason:
            as_float += 1
            assert ("exchanged" in result.reason) is exchanged
    assert as_float >= 8
    assert as_float > as_eight


@needs_coder
def test_a_decode_says_what_it_rests_on() -> None:
    result = look(reference.embed(smooth(1, 512, 512), SDXL.bits))
    assert (result.matched, result.bits, result.tried) == (48, 48, 40)
    assert result.bound < 1e-20
    assert (result.vendor, result.product) == ("Stability AI", "Stable Diffusion XL")
    assert result.origin is Origin.AI_GENERATED
    assert result.reason == "read as 8-bit"


@needs_coder
@each("change", CHANGES)
def test_crops_turns_and_mirrors_are_searched(change: str) -> None:
    result = look(CHANGES[change](marked_in_floating_point()))
    assert (result.status, result.message) == (DETECTED, "SDXL")
    assert result.bound <= invisible.SEARCH_GOAL
    crop = change in {"top", "right", "left", "all sides"}
    assert ("cropped" in result.reason) is crop
    assert result.tried == 40 if change == "bottom" else result.tried >= 320
    assert ("turned" in result.reason) is ("turned" in change or "transposed" in change)
    assert look(CHANGES[change](smooth(2, 416, 440))).status is WatermarkStatus.NOT_DETECTED


@needs_coder
def test_the_blur_of_jpegs_colour_is_taken_back() -> None:
    found = by_their_own = 0
    for seed in range(4):
        marked = jpeg(reference.embed_float(smooth(seed, 384, 360), SDXL.bits), 95)
        result = DwtDct().plain(marked, DWT_DCT)
        found += result is not None and result.message == "SDXL" and "blur" in result.reason
        bgr = marked[..., ::-1].astype(np.float32)
        by_their_own += reference.decode(bgr, 48) == SDXL.bits
    assert found >= 3
    assert by_their_own == 0


@needs_coder
@pytest.mark.parametrize("exchanged", [False, True])
def test_dwt_dct_and_dwt_dct_svd_are_told_apart(exchanged: bool) -> None:
    for bits, svd in ((SDXL.bits, False), (SDXL.bits, True)):
        rgb = smooth(3, 264, 272)
        given = rgb[..., ::-1] if exchanged else rgb
        marked = reference.embed(given, bits, svd=svd)
        marked = marked[..., ::-1] if exchanged else marked
        dct = look(marked)
        by_svd = look(marked, DWT_DCT_SVD, DwtDctSvd())
        assert (dct.status is DETECTED, by_svd.status is DETECTED) == (not svd, svd)
        found = by_svd if svd else dct
        assert (found.message, found.matched) == ("SDXL", 48)
        assert ("exchanged" in found.reason) is exchanged


@needs_coder
def test_dwt_dct_svd_outlives_jpeg_and_a_crop() -> None:
    marked = reference.embed(smooth(4, 384, 360), SDXL.bits, svd=True)
    for changed in (jpeg(marked, 75), marked[43:, :-21]):
        result = look(changed, DWT_DCT_SVD, DwtDctSvd())
        assert (result.status, result.message) == (DETECTED, "SDXL")


@needs_coder
def test_a_text_of_sd_next_is_found_where_it_is_named() -> None:
    """Four characters, 32 bits, in 8 bits with red and blue exchanged."""
    bits = "".join(f"{byte:08b}" for byte in b"acme")
    marked = reference.embed(smooth(5, 384, 384)[..., ::-1], bits, svd=True)[..., ::-1]
    named = Message("dwtdctsvd", "acme", bits)
    assert look(marked, (*DWT_DCT_SVD, named), DwtDctSvd()).message == "acme"
    assert look(marked, DWT_DCT_SVD, DwtDctSvd()).status is WatermarkStatus.NOT_DETECTED


@needs_coder
def test_a_mark_that_is_damaged_too_much_is_not_detected() -> None:
    marked = reference.embed(texture(6, 512, 512), SDXL.bits)
    small = Image.fromarray(marked).resize((400, 400), Image.Resampling.BICUBIC)
    result = look(np.asarray(small))
    assert result.status is WatermarkStatus.NOT_DETECTED
    assert (result.payload, result.vendor, result.origin) == ("", "", None)
    assert result.bound is None


@needs_coder
def test_another_message_of_as_many_bits_is_not_named() -> None:
    other = "".join("10"[int(bit)] for bit in SDXL.bits)
    result = look(reference.embed(smooth(6, 384, 384), other))
    assert result.status is WatermarkStatus.NOT_DETECTED


@needs_coder
def test_a_large_picture_is_read_from_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    marked = reference.embed(smooth(7, 512, 512), SDXL.bits)
    marked[400:] = 0
    monkeypatch.setattr(invisible, "MAX_PIXELS", 400 * 512)
    result = look(marked)
    assert (result.status, result.reason) == (DETECTED, "read as 8-bit")


@pytest.mark.parametrize(
    ("rgb", "words"),
    [
        (np.full((512, 512, 3), 77, np.uint8), "flat"),
        (np.full((512, 512, 3), (255, 0, 0), np.uint8), "flat"),
        (texture(1, 200, 300), "smaller"),
        (texture(1, 7, 10_000), "narrower"),
    ],
    ids=["grey", "red", "small", "narrow"],
)
def test_a_carrier_without_bits_is_refused(rgb, words: str) -> None:
    with pytest.raises(CarrierError, match=words):
        look(rgb)


@pytest.mark.parametrize("height", [8, 9, 15, 16, 23])
def test_a_picture_that_is_a_strip_is_searched(height: int) -> None:
    strip = texture(1, height, invisible.MIN_PIXELS // height + 1)
    assert look(strip).status is WatermarkStatus.NOT_DETECTED


def test_a_picture_without_colour_is_looked_at() -> None:
    for rgb in (
        texture(5, 512, 512),
        np.pad(np.full((1, 1, 3), 9, np.uint8), ((0, 300),) * 2 + ((0, 0),)),
    ):
        result = look(rgb)
        assert result.status is WatermarkStatus.NOT_DETECTED


def test_stripes_of_every_period_are_no_mark() -> None:
    """Bits that repeat match text better than coins do: see `statistics.repeated`."""
    x = np.arange(512)
    for period in (16, 32, 64, 128, 256):
        for phase in (0, 8):
            share = (((x + phase) // (period // 2)) % 2)[None, :, None]
            rgb = np.broadcast_to(np.where(share, (240, 200, 40), (20, 60, 200)), (512, 512, 3))
            for decoder, messages in ((DwtDct(), DWT_DCT), (DwtDctSvd(), DWT_DCT_SVD)):
                assert decoder.plain(rgb.astype(np.uint8), messages) is None


def test_the_largest_singular_value_is_the_librarys() -> None:
    rng = np.random.default_rng(4)
    given = rng.normal(0, 20, (4, 4, 30, 40)) + rng.choice([0, 256], (30, 40))
    library = np.linalg.svd(np.moveaxis(given, (0, 1), (2, 3)), compute_uv=False)[..., 0]
    assert np.abs(votes.largest_singular(given) - library).max() < 0.1
    frame = planes.everywhere(planes.plane(texture(6, 64, 80), 2))
    everywhere = votes.value_everywhere(frame, Method.SVD)
    for y, x in ((0, 0), (3, 5), (56, 72)):
        block = frame[y : y + 8 : 2, x : x + 8 : 2]
        assert everywhere[y, x] == pytest.approx(np.linalg.norm(block, 2), abs=0.1)


@pytest.mark.parametrize("method", Method, ids=lambda m: m.value)
def test_votes_at_every_pixel_are_those_of_the_blocks(method: Method) -> None:
    rgb = texture(6, 64, 80)
    for reading in range(4):
        frame = planes.everywhere(planes.plane(rgb, reading))
        blocks = votes.value_everywhere(frame, method)[::8, ::8]
        contrast = votes.contrast_everywhere(frame)[::8, ::8]
        (plain, _) = votes.picture_votes(rgb, method, reading)
        weight = votes.carries(contrast, method)
        assert np.array_equal(weight, plain.weight)
        mine = votes.without_mean(votes.soft(blocks), weight)
        assert np.abs(mine - plain.soft).max() < 0.02


def test_sharpening_takes_back_the_triangle_filter() -> None:
    rng = np.random.default_rng(5)
    rows = np.pad(rng.normal(0, 20, (40, 40)), 12, mode="edge")
    blurred = rows
    for axis in (0, 1):
        before, after = np.roll(blurred, 1, axis), np.roll(blurred, -1, axis)
        blurred = blurred * 0.75 + (before + after) * 0.125
    inner = slice(12, -12)
    back = planes.sharpened(blurred)[inner, inner]
    assert np.abs(back - rows[inner, inner]).max() < 0.5
    assert np.abs(blurred - rows)[inner, inner].max() > 5


def test_the_known_messages_are_the_published_ones() -> None:
    bits = {m.name: m.bits for m in DWT_DCT}
    assert bits["SDXL"] == "101100111110110010010000011110111011000110011110"
    assert bits["FLUX"] == "001010101111111010000111100111001111010100101110"
    assert bytes(np.packbits([int(b) for b in bits["StableDiffusionV1"]])) == b"StableDiffusionV1"
    assert len(bits["StableDiffusionV1"]) == 136
    assert [(m.name, m.bits) for m in DWT_DCT_SVD] == [(m.name, m.bits) for m in DWT_DCT]
    assert [m for m in DWT_DCT if statistics.repeated(m.bits) >= len(m.bits)] == []
