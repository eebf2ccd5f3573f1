"""A recording, or the sound of a video, decoded within bounds. Runs in the worker only.

WAV by the standard library; FLAC, Ogg and MPEG audio by libsndfile (`soundfile`); AAC, what is in
MP4, WebM and their like by FFmpeg (`tensorcodec`, whose wheel has decoders alone, under the LGPL).
"""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np

from provenance.base import installed
from provenance.marks.carrier import CarrierError, Sound
from provenance.marks.decodable_media import TENSORCODEC, WAVE

MAX_SAMPLES = 1 << 26  # of all channels together: 12 minutes of stereo at 48 kHz
_RATES = range(1000, 768_001)  # hertz
_MAX_CHANNELS = 64
Made = tuple[Any, int, str]  # samples of one channel, their rate, and what part of it they are


def open_sound(data: bytes, media_type: str) -> Sound:
    """Decode a recording to one channel, at most its first MAX_SAMPLES. Raises CarrierError."""
    decoded = _wave(data) if media_type == WAVE else None
    if decoded is None:
        decoded = (_tensorcodec if media_type in TENSORCODEC else _soundfile)(data)
    samples, rate, seen = decoded
    if not len(samples) or rate not in _RATES:
        raise CarrierError("it holds no samples, or its rate is none of a recording")
    if not np.isfinite(samples).all():
        raise CarrierError("it holds samples that are not numbers")
    return Sound(np.ascontiguousarray(samples, dtype=np.float32), rate, seen=seen)


def _wave(data: bytes) -> Made | None:
    """Decode WAV with integer samples; None for the kinds that the standard library leaves out."""
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.getnframes()
            read = min(frames, MAX_SAMPLES // max(channels, 1))
            raw = file.readframes(read)
    except (wave.Error, EOFError):
        return None
    if not channels or width not in {1, 2, 3, 4}:
        return None
    step = channels * width
    raw = raw[: len(raw) // step * step]
    values: np.typing.NDArray[Any]
    if width == 1:
        values = (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128
    elif width == 3:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        values = wide.view("<i4")[:, 0].astype(np.float32) / 2**31
    else:
        values = np.frombuffer(raw, f"<i{width}").astype(np.float32) / 2.0 ** (8 * width - 1)
    samples = values.reshape(-1, channels).mean(axis=1)
    return samples, rate, _first(len(samples), frames, rate)


def _soundfile(data: bytes) -> Made:
    try:
        import soundfile  # noqa: PLC0415 - comes with the decoders that need it
    except ImportError as e:
        raise _needs_package("soundfile", installed.bring("soundfile")) from e
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            read = min(file.frames, MAX_SAMPLES // max(file.channels, 1))
            samples = file.read(read, dtype="float32", always_2d=True)
            rate = int(file.samplerate)
            seen = _first(read, file.frames, rate)
            return samples.mean(axis=1, dtype=np.float32), rate, seen
    except (RuntimeError, TypeError, ValueError) as e:
        raise CarrierError(f"it cannot be decoded ({type(e).__name__})") from e


def _tensorcodec(data: bytes) -> Made:
    try:
        from tensorcodec import decoders  # noqa: PLC0415 - only in the worker
    except ImportError as e:
        raise _needs_package("tensorcodec", installed.bring_extra("video")) from e
    opened: Any = decoders.AudioDecoder  # which has no types
    try:
        with opened(data) as decoder:
            about = decoder.metadata
            rate, channels = about.sample_rate or 0, about.num_channels or 0
            if rate not in _RATES or not 0 < channels <= _MAX_CHANNELS:
                raise CarrierError("its rate or its channels are none of a recording")
            seconds = MAX_SAMPLES // channels / rate
            samples = decoder.get_samples_played_in_range(0.0, seconds).data
            whole = round((about.duration_seconds or 0.0) * rate)
            seen = _first(samples.shape[1], whole, rate) if whole > seconds * rate else ""
            return samples.mean(axis=0, dtype=np.float32), rate, seen
    except (RuntimeError, TypeError, ValueError) as e:
        what = f"its sound cannot be decoded, or it has none ({type(e).__name__})"
        raise CarrierError(what) from e


def _first(read: int, whole: int, rate: int) -> str:
    """Say what was read, where more is there."""
    if read >= whole or not rate:
        return ""
    return f"the first {read / rate:.0f} of {whole / rate:.0f} seconds"


def _needs_package(name: str, how: str) -> CarrierError:
    return CarrierError(f"this kind of sound needs {name}: {how}")
