"""Decoding within bounds: what is told from the header, and what broken media lead to."""

from __future__ import annotations

import io
import struct
import wave
import zlib

import numpy as np
import pytest
from support.textures import coded, texture

from provenance.kit.media import png_chunk
from provenance.marks import carrier

FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "GIF": "image/gif",
}


def huge(width: int, height: int) -> bytes:
    """A small PNG that says it is large, with too little behind it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 4096)
    chunks = (png_chunk(b"IHDR", head), png_chunk(b"IDAT", body), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(("form", "media_type"), FORMATS.items())
def test_each_format_is_decoded(form: str, media_type: str) -> None:
    picture = carrier.open_picture(coded(texture(0, 40, 60), form), media_type)
    assert (picture.width, picture.height) == (60, 40)
    assert picture.rgb.shape == (40, 60, 3)
    assert picture.rgb.dtype == np.uint8
    assert picture.alpha is None


def test_a_format_is_not_taken_for_another() -> None:
    with pytest.raises(carrier.CarrierError, match="PNG"):
        carrier.open_picture(coded(texture(0, 40, 60), "TIFF"), "image/png")


@pytest.mark.parametrize("size", [(100_000, 100_000), (8193, 8193), (2**31 - 1, 1)])
def test_a_picture_over_the_bound_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(carrier.CarrierError):
        carrier.open_picture(huge(*size), "image/png")


@pytest.mark.parametrize("form", FORMATS)
def test_broken_pictures_are_refused(form: str) -> None:
    whole = coded(texture(0, 64, 64), form)
    rng = np.random.default_rng(7)
    refused = 0
    for n in range(34):
        data = bytearray(whole[: rng.integers(1, len(whole))] if n % 2 else whole)
        for place in rng.integers(0, len(data), 6):
            data[place] = rng.integers(0, 256)
        try:
            picture = carrier.open_picture(bytes(data), FORMATS[form])
            assert picture.width * picture.height <= carrier.MAX_PIXELS
        except carrier.CarrierError:
            refused += 1
    assert refused > 8


def recording(width: int, channels: int = 2, rate: int = 8000) -> bytes:
    tone = np.sin(np.arange(rate) * 2 * np.pi * 440 / rate) * 0.5
    if width == 1:
        raw = (tone * 127 + 128).astype(np.uint8)
    elif width == 3:
        raw = (tone * 2**23).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3]
    else:
        raw = (tone * (2 ** (8 * width - 1) - 1)).astype(f"<i{width}")
    frames = np.repeat(
        raw.reshape(len(tone), -1).view(np.uint8).reshape(len(tone), -1)[:, None], channels, axis=1
    )
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(frames.tobytes())
    return buffer.getvalue()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_of_every_width(width: int, channels: int) -> None:
    sound = carrier.open_sound(recording(width, channels), "audio/wav")
    assert sound.rate == 8000
    assert sound.samples.shape == (8000,)
    wanted = np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000) * 0.5
    assert np.abs(sound.samples - wanted).max() < 0.02


def test_stretches_are_cut_and_resampled() -> None:
    sound = carrier.open_sound(recording(2, 1), "audio/wav")
    parts = carrier.stretches(sound, 16_000, 0.25, 3)
    assert [len(part) for part in parts] == [4000, 4000, 4000]
    wanted = np.sin(np.arange(4000) * 2 * np.pi * 440 / 16_000) * 0.5
    assert np.abs(parts[0] - wanted)[200:-200].max() < 0.02
    silent = carrier.Sound(np.zeros(8000, np.float32), 8000)
    assert carrier.stretches(silent, 16_000, 0.25, 3) == []


@pytest.mark.parametrize("data", [b"", b"RIFF", recording(2)[:40], b"RIFF\x24\0\0\0WAVEfmt "])
def test_broken_recordings_are_refused(data: bytes) -> None:
    with pytest.raises(carrier.CarrierError):
        carrier.open_sound(data, "audio/wav")
