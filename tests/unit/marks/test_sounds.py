"""Recordings decoded within bounds, and what broken ones lead to."""

from __future__ import annotations

import io
import sys
import wave

import numpy as np
import pytest
from support.each import each
from support.recordings import AAC_RATE, AAC_SAMPLES, aac, m4a

from provenance.marks import sounds
from provenance.marks.carrier import CarrierError


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


@each("width", [1, 2, 3, 4])
@each("channels", [1, 2])
def test_samples_of_every_width(width: int, channels: int) -> None:
    sound = sounds.open_sound(recording(width, channels), "audio/wav")
    assert sound.rate == 8000
    assert sound.samples.shape == (8000,)
    wanted = np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000) * 0.5
    assert np.abs(sound.samples - wanted).max() < 0.02


@pytest.mark.parametrize("data", [b"", b"RIFF", recording(2)[:40], b"RIFF\x24\0\0\0WAVEfmt "])
def test_broken_recordings_are_refused(data: bytes) -> None:
    with pytest.raises(CarrierError):
        sounds.open_sound(data, "audio/wav")


@pytest.mark.parametrize(
    ("data", "media_type"), [(aac(20), "audio/aac"), (m4a(20), "audio/mp4")], ids=["aac", "m4a"]
)
def test_aac_alone_and_in_mp4(data: bytes, media_type: str) -> None:
    pytest.importorskip("tensorcodec", reason="the extra video has no wheels for this machine")
    sound = sounds.open_sound(data, media_type)
    assert (sound.rate, sound.seen) == (AAC_RATE, "")
    assert sound.samples.shape == (20 * AAC_SAMPLES,)
    assert sound.samples.dtype == np.float32
    for cut in (9, len(data) // 2):
        with pytest.raises(CarrierError, match="cannot be decoded"):
            sounds.open_sound(data[:cut] if media_type == "audio/mp4" else b"", media_type)


def test_a_long_recording_is_read_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "MAX_SAMPLES", 8000)
    sound = sounds.open_sound(recording(2), "audio/wav")
    assert (len(sound.samples), sound.seen) == (4000, "the first 0 of 1 seconds")
    pytest.importorskip("tensorcodec", reason="the extra video has no wheels for this machine")
    sound = sounds.open_sound(m4a(40), "audio/mp4")
    assert 7000 < len(sound.samples) <= 8192
    assert sound.seen == "the first 0 of 3 seconds"


def test_a_package_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("soundfile", "tensorcodec"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(CarrierError, match=r"pip install 'provenance-verifier\[video\]'"):
        sounds.open_sound(aac(2), "audio/aac")
    with pytest.raises(CarrierError, match="pip install soundfile"):
        sounds.open_sound(b"ID3", "audio/mpeg")
