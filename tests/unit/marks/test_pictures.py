"""Pictures decoded within bounds: what is told from the header, and how far broken ones go."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from support.each import each
from support.textures import coded, texture

from provenance.kit.media import png_chunk
from provenance.marks import pictures
from provenance.marks.carrier import CarrierError

FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "JPEG2000": "image/jp2",
}


def huge(width: int, height: int) -> bytes:
    """A small PNG that says it is large, with too little behind it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 4096)
    chunks = (png_chunk(b"IHDR", head), png_chunk(b"IDAT", body), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@each(("form", "media_type"), FORMATS.items())
def test_a_picture_of_each_format_is_decoded(form: str, media_type: str) -> None:
    picture = pictures.open_picture(coded(texture(0, 40, 60), form), media_type)
    assert (picture.width, picture.height) == (60, 40)
    assert picture.rgb.shape == (40, 60, 3)
    assert picture.rgb.dtype == np.uint8
    assert picture.alpha is None


def test_a_picture_of_one_format_is_not_taken_for_another() -> None:
    with pytest.raises(CarrierError, match="PNG"):
        pictures.open_picture(coded(texture(0, 40, 60), "TIFF"), "image/png")


@pytest.mark.parametrize("size", [(100_000, 100_000), (8193, 8193), (2**31 - 1, 1)])
def test_a_picture_over_the_bound_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(CarrierError):
        pictures.open_picture(huge(*size), "image/png")


@each("form", FORMATS)
def test_broken_pictures_are_refused_or_looked_at_in_part(form: str) -> None:
    whole = coded(texture(0, 64, 64), form)
    rng = np.random.default_rng(7)
    told = 0
    for n in range(34):
        data = bytearray(whole[: rng.integers(1, len(whole))] if n % 2 else whole)
        for place in rng.integers(0, len(data), 6):
            data[place] = rng.integers(0, 256)
        try:
            picture = pictures.open_picture(bytes(data), FORMATS[form])
            assert picture.width * picture.height <= pictures.MAX_PIXELS
            told += bool(picture.kept)
        except CarrierError:
            told += 1
    assert told > 8


def rows_of(kept: str) -> int:
    return int(kept.partition(" of 512 rows")[0])


@each("share", [0.3, 0.6, 0.99])
@each(
    ("form", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 90}),
        ("JPEG", {"quality": 90, "subsampling": 0, "restart_marker_rows": 2}),
        ("WEBP", {"quality": 90}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("GIF", {"interlace": 0}),
    ],
    ids=["png", "jpeg", "restarts", "webp", "lossless", "tiff", "gif"],
)
def test_a_picture_that_is_cut_short_is_decoded_as_far_as_it_goes(
    form: str, options: dict[str, object], share: float
) -> None:
    """The rows that are kept are those of the whole picture, and about as many as there are."""
    whole = coded(texture(6, 512, 384), form, **options)
    seen = pictures.open_picture(whole, FORMATS[form])
    assert (seen.height, seen.seen, seen.kept) == (512, "", "")
    part = pictures.open_picture(whole[: int(len(whole) * share)], FORMATS[form])
    assert rows_of(part.kept) == part.height
    assert 512 * (share - 0.2) < part.height < 512
    assert np.array_equal(part.rgb, seen.rgb[: part.height])


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_most_avif_that_is_cut_short_is_decoded_as_far_as_it_goes(share: float) -> None:
    """Its decoder checks how the codes of a picture end: with little missing it may give up."""
    whole = coded(texture(6, 512, 384), "AVIF")
    seen = pictures.open_picture(whole, "image/avif")
    part = pictures.open_picture(whole[: int(len(whole) * share)], "image/avif")
    assert 512 * (share - 0.2) < rows_of(part.kept) == part.height < 512
    safe = part.height - 8  # filters reach over the edge
    assert np.array_equal(part.rgb[:safe], seen.rgb[:safe])


def test_a_bitmap_that_is_cut_short_keeps_its_lower_rows_on_the_grid() -> None:
    whole = coded(texture(6, 512, 384), "BMP")
    seen = pictures.open_picture(whole, "image/bmp")
    part = pictures.open_picture(whole[: len(whole) // 2], "image/bmp")
    assert part.kept == "248 of 512 rows; the rest cannot be decoded"
    assert np.array_equal(part.rgb, seen.rgb[-248:])


def test_a_progressive_jpeg_that_is_cut_short_is_coarse() -> None:
    whole = coded(texture(6, 512, 384), "JPEG", quality=90, progressive=True)
    seen = pictures.open_picture(whole, "image/jpeg")
    part = pictures.open_picture(whole[: len(whole) // 2], "image/jpeg")
    assert part.kept == "512 of 512 rows, coarser than they were: the last scans are missing"
    apart = np.abs(part.rgb.astype(int) - seen.rgb.astype(int)).mean()
    assert 0 < apart < 20
    first = pictures.open_picture(whole[:2500], "image/jpeg")
    assert 0 < rows_of(first.kept) == first.height < 512


def test_a_damaged_picture_is_kept_to_the_damage() -> None:
    whole = bytearray(coded(texture(6, 512, 384)))
    seen = pictures.open_picture(bytes(whole), "image/png")
    whole[len(whole) // 2 : len(whole) // 2 + 64] = bytes(64)
    part = pictures.open_picture(bytes(whole), "image/png")
    assert 150 < rows_of(part.kept) == part.height < 300
    assert np.array_equal(part.rgb[:150], seen.rgb[:150])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_a_picture_without_a_row_is_refused(form: str) -> None:
    whole = coded(texture(6, 512, 384), form)
    with pytest.raises(CarrierError, match=f"cannot be decoded as {form}"):
        pictures.open_picture(whole[:90], FORMATS[form])


def test_a_missing_end_that_would_be_too_long_is_not_made_up() -> None:
    """A file of some bytes that says it has gigabytes."""
    whole = coded(texture(6, 512, 384), "WEBP", lossless=True)
    says = whole[:4] + struct.pack("<I", 2**32 - 2) + b"WEBPVP8X" + struct.pack("<I", 2**32 - 20)
    with pytest.raises(CarrierError):
        pictures.open_picture(says + whole[20:], "image/webp")
    avif = coded(texture(6, 64, 64), "AVIF")
    at = avif.index(b"mdat") - 4
    with pytest.raises(CarrierError):
        pictures.open_picture(avif[:at] + b"\x7f" + avif[at + 1 : -9], "image/avif")


def test_that_only_the_first_of_several_pictures_is_decoded_is_said() -> None:
    frames = [Image.fromarray(texture(n, 40, 60)) for n in (0, 1)]
    for form in ("GIF", "WEBP", "PNG", "TIFF"):
        buffer = io.BytesIO()
        frames[0].save(buffer, form, save_all=True, append_images=frames[1:])
        picture = pictures.open_picture(buffer.getvalue(), FORMATS[form])
        assert picture.seen == "the first of several pictures or frames"
    assert pictures.open_picture(coded(texture(0, 40, 60)), "image/png").seen == ""


def test_pictures_of_other_modes_become_rgb() -> None:
    """Sixteen bits keep the upper eight; palettes, CMYK and premultiplied colours are converted."""
    grey = (np.arange(64 * 48, dtype=np.uint16) * 21).reshape(64, 48)
    for form in ("PNG", "TIFF", "JPEG2000"):
        picture = pictures.open_picture(coded(grey, form), FORMATS[form])
        assert picture.image.mode == "L"
        assert np.array_equal(picture.rgb[..., 0], grey >> 8)
    cmyk = Image.fromarray(texture(0, 40, 60)).convert("CMYK")
    buffer = io.BytesIO()
    cmyk.save(buffer, "TIFF")
    assert pictures.open_picture(buffer.getvalue(), "image/tiff").image.mode == "RGB"
    with pytest.raises(CarrierError, match="floating-point"):
        pictures.open_picture(coded(grey.astype(np.float32), "TIFF"), "image/tiff")
