"""A picture or a sound, decoded: what the decoders of watermarks are given.

`pictures`, `videos` and `sounds` decode, in the worker only: what they call is C code.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image


class CarrierError(Exception):
    """A carrier that cannot be decoded or used; the message says why, without the file's words."""


class Picture:
    """One image, as stored: no orientation, no colour management.

    `seen` says which part of the file it is, where more could be decoded; `kept` which part it is
    where the rest cannot be decoded. `at` is its time in a video, in seconds from the start, None
    for a picture.
    """

    def __init__(
        self, image: Image.Image, *, seen: str = "", kept: str = "", at: float | None = None
    ) -> None:
        self.image = image
        self.width, self.height = image.size
        self.seen = seen
        self.kept = kept
        self.at = at

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
    """Samples of a recording: `samples` is float32 in -1 to 1, one channel; `rate` in hertz.

    `seen` says which part of the file they are, where they are not all of it.
    """

    kept = ""
    at = None

    def __init__(self, samples: NDArray[np.float32], rate: int, *, seen: str = "") -> None:
        self.samples = samples
        self.rate = rate
        self.seen = seen


def stretches(sound: Sound, rate: int, seconds: float, most: int) -> list[NDArray[np.float32]]:
    """Return the first stretches of a recording at another rate, in hertz; silent ones left out.

    Resampled by cutting or padding its spectrum, stretch by stretch. What is left of a stretch at
    the end counts where it is longer than half of one, or is all there is.
    """
    import numpy as np  # noqa: PLC0415 - only in the worker

    length = int(sound.rate * seconds)
    parts = []
    for n in range(most):
        part: NDArray[Any] = sound.samples[n * length : (n + 1) * length]
        if len(part) < length // 2 and (n or len(part) < sound.rate // 4):
            break
        if np.abs(part).max() < 1e-4:
            continue
        wanted = round(len(part) * rate / sound.rate)
        if wanted != len(part):
            part = np.fft.irfft(np.fft.rfft(part), wanted) * (wanted / len(part))
        parts.append(part.astype(np.float32))
    return parts
