"""A picture or a sound, decoded within bounds. Runs in the worker only: decoders are C code."""

from __future__ import annotations

import io
import struct
import warnings
import wave
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

MAX_PIXELS = 1 << 26  # 67 million, told from the header before anything is decoded
MAX_SAMPLES = 1 << 26  # of all channels together: 12 minutes of stereo at 48 kHz
_FORMATS = {  # media type: Pillow's name of the only decoder that may look at it
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/gif": "GIF",
}
PICTURES = frozenset(_FORMATS)
SOUNDS = frozenset({"audio/wav"})
OTHER_SOUNDS = frozenset({"audio/flac", "audio/ogg", "audio/mpeg", "audio/opus"})
"""Sounds that are read only where the package `soundfile` is installed."""
# What Pillow's decoders raise for broken files; what else one may raise is the worker's to answer.
_UNDECODABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, struct.error)


class CarrierError(Exception):
    """A carrier that cannot be decoded or used; the message says why, without the file's words."""


class Picture:
    """The first frame of an image, as stored: no orientation, no colour management."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.width, self.height = image.size

    @cached_property
    def rgb(self) -> NDArray[np.uint8]:
        """Return the colours, 8 bits, (height, width, 3); transparency is left aside."""
        import numpy as np  # noqa: PLC0415 - only in the worker

        image = self.image if self.image.mode == "RGB" else self.image.convert("RGB")
        return np.asarray(image)

    @cached_property
    def alpha(self) -> NDArray[np.uint8] | None:
        """Return the alpha channel, 8 bits, (height, width); None where there is none."""
        import numpy as np  # noqa: PLC0415 - as above

        if self.image.mode not in {"RGBA", "LA"}:
            return None
        return np.asarray(self.image.getchannel("A"))


class Sound:
    """Samples of a recording: `samples` is float32 in -1 to 1, one channel; `rate` in hertz."""

    def __init__(self, samples: NDArray[np.float32], rate: int) -> None:
        self.samples = samples
        self.rate = rate


def open_picture(data: bytes, media_type: str) -> Picture:
    """Decode the first frame. Raises CarrierError; a MemoryError is the worker's to answer."""
    from PIL import Image  # noqa: PLC0415 - only in the worker

    Image.MAX_IMAGE_PIXELS = None  # our own bound, below, is checked before anything is decoded
    name = _FORMATS[media_type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=[name])
            width, height = image.size
            if width * height > MAX_PIXELS:
                message = f"{width} x {height} pixels, over the bound of {MAX_PIXELS}"
                raise CarrierError(message)
            image.load()
            if image.mode == "P":
                kind = "RGBA" if "transparency" in image.info else "RGB"
                return Picture(image.convert(kind))
    except _UNDECODABLE as e:
        raise CarrierError(f"it cannot be decoded as {name} ({type(e).__name__})") from e
    return Picture(image)


def open_sound(data: bytes, media_type: str) -> Sound:
    """Decode a recording to one channel. Raises CarrierError."""
    import numpy as np  # noqa: PLC0415 - only in the worker

    made = _wave(data, np) if media_type == "audio/wav" else None
    if made is None:
        made = _soundfile(data, np)
    samples, rate = made
    if not len(samples) or not 1000 <= rate <= 768_000:
        raise CarrierError("it holds no samples, or its rate is none of a recording")
    if not np.isfinite(samples).all():
        raise CarrierError("it holds samples that are no numbers")
    return Sound(np.ascontiguousarray(samples, dtype=np.float32), rate)


def _wave(data: bytes, np: Any) -> tuple[Any, int] | None:
    """Decode WAV with integer samples; None for the kinds that the standard library leaves out."""
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.getnframes()
            if frames * channels > MAX_SAMPLES:
                raise CarrierError(f"{frames * channels} samples, over the bound of {MAX_SAMPLES}")
            raw = file.readframes(frames)
    except (wave.Error, EOFError):
        return None
    if not channels or width not in {1, 2, 3, 4}:
        return None
    step = channels * width
    raw = raw[: len(raw) // step * step]
    if width == 1:
        values = (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128
    elif width == 3:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        values = wide.view("<i4")[:, 0].astype(np.float32) / 2**31
    else:
        values = np.frombuffer(raw, f"<i{width}").astype(np.float32) / 2.0 ** (8 * width - 1)
    return values.reshape(-1, channels).mean(axis=1), rate


def _soundfile(data: bytes, np: Any) -> tuple[Any, int]:
    try:
        import soundfile  # noqa: PLC0415 - comes with the decoders that need it
    except ImportError as e:
        what = "this kind of recording needs the package soundfile: pip install soundfile"
        raise CarrierError(what) from e
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.frames * file.channels > MAX_SAMPLES:
                count = file.frames * file.channels
                raise CarrierError(f"{count} samples, over the bound of {MAX_SAMPLES}")
            samples = file.read(dtype="float32", always_2d=True)
            return samples.mean(axis=1, dtype=np.float32), int(file.samplerate)
    except (RuntimeError, TypeError, ValueError) as e:
        raise CarrierError(f"it cannot be decoded ({type(e).__name__})") from e


def stretches(sound: Sound, rate: int, seconds: float, most: int) -> list[NDArray[np.float32]]:
    """Return the first stretches of a recording at another rate, in hertz; silent ones left out.

    Resampled by cutting or padding its spectrum, stretch by stretch. What is left of a stretch at
    the end counts where it is longer than half of one, or is all there is.
    """
    import numpy as np  # noqa: PLC0415 - only in the worker

    length = int(sound.rate * seconds)
    made = []
    for n in range(most):
        part: NDArray[Any] = sound.samples[n * length : (n + 1) * length]
        if len(part) < length // 2 and (n or len(part) < sound.rate // 4):
            break
        if np.abs(part).max() < 1e-4:
            continue
        wanted = round(len(part) * rate / sound.rate)
        if wanted != len(part):
            part = np.fft.irfft(np.fft.rfft(part), wanted) * (wanted / len(part))
        made.append(part.astype(np.float32))
    return made
