"""The U plane of a picture and its low-pass coefficients, as `invisible-watermark` makes them.

Generators hand their pictures to that package in four ways, told apart by nothing in the file:
8-bit values (the first Stable Diffusion) or floating point (SDXL, FLUX, diffusers), for which the
plane has another zero; and with red and blue in their places or exchanged (diffusers before 0.26,
SD.Next). All four are read.

JPEG keeps the U plane at half the size as a rule, and decoders enlarge it with a triangle filter,
which blurs the coefficients that carry a mark. `sharpened` takes that filter back.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pywt

if TYPE_CHECKING:
    from numpy.typing import NDArray

READINGS = ("8-bit", "8-bit, red and blue exchanged", "float", "float, red and blue exchanged")
HALO = 8  # rows of coefficients beyond a strip, from which `sharpened` takes its neighbours
_POLE = -3 + math.sqrt(8)  # of the inverse of the filter (1/8, 3/4, 1/8)
_TAPS = 3  # to each side; the next one is 0.1 % of the first


def plane(rgb: NDArray[np.uint8], reading: int) -> Any:
    """Return the U plane in one of `READINGS`: int32 for 8-bit ones, else float32.

    `rgb` is (height, width, 3).
    """
    red, green, blue = rgb.transpose(2, 0, 1).astype(np.int32)
    if reading % 2:
        red, blue = blue, red
    return _u8(red, green, blue) if reading < 2 else _float(red, green, blue)


def _u8(red: Any, green: Any, blue: Any) -> Any:
    """Return the U plane of 8-bit colours in fixed point: 14 bits, rounded, zero at 128."""
    luma = (blue * 1868 + green * 9617 + red * 4899 + (1 << 13)) >> 14
    return ((blue - luma) * 8061 + (128 << 14) + (1 << 13)) >> 14


def _float(red: Any, green: Any, blue: Any) -> Any:
    """Return the U plane of floating point colours: single precision, zero at one half."""
    single = np.float32
    red, green, blue = red.astype(single), green.astype(single), blue.astype(single)
    luma = blue * single(0.114) + green * single(0.587) + red * single(0.299)
    return (blue - luma) * single(0.492) + single(0.5)


def lowpass(values: Any) -> Any:
    """Return the approximation of one Haar level, to the last digit that `pywt.dwt2` gives.

    A coefficient on the edge of a step falls to the side to which its last digit leans. NumPy does
    the same sums in half the time, and the same digits come out where neither fuses multiplication
    and addition; where they do not, the library itself is asked.
    """
    return _sums(values) if _same() else _library(values)


@cache
def _same() -> bool:
    """Tell whether NumPy's sums have the library's digits on this machine."""
    values = np.random.default_rng(36).integers(17, 240, (128, 128), dtype=np.int32)
    planes = (values, (values - np.float32(128)) * np.float32(0.492))
    return all(np.array_equal(_sums(sample), _library(sample)) for sample in planes)


def _sums(values: Any) -> Any:
    kind = np.float32 if values.dtype == np.float32 else np.float64
    root = kind(math.sqrt(0.5))
    scaled = values * root
    half = (scaled[0::2] + scaled[1::2]) * root
    return half[:, 0::2] + half[:, 1::2]


def _library(values: Any) -> Any:
    half, _ = pywt.dwt(values, "haar", axis=0)
    quarter, _ = pywt.dwt(half, "haar", axis=1)
    return quarter


def everywhere(values: Any) -> Any:
    """Return the low-pass coefficient of the two by two values at every place, float32."""
    half = values.astype(np.float32) * np.float32(0.5)
    half = half[:-1] + half[1:]
    return half[:, :-1] + half[:, 1:]


def sharpened(frame: Any, step: int = 1) -> Any:
    """Return coefficients without the blur of enlarged colour; neighbours are `step` apart."""
    return _inverse(_inverse(frame, step).T, step).T


def _inverse(frame: Any, step: int) -> Any:
    weights = np.array([_POLE**n for n in range(_TAPS + 1)])
    weights /= weights[0] + 2 * weights[1:].sum()
    weights = weights.astype(np.float32)
    high, reach = frame.shape[0], _TAPS * step
    wide = np.pad(frame.astype(np.float32, copy=False), ((reach, reach), (0, 0)), mode="edge")
    total = wide[reach : reach + high] * weights[0]
    for n in range(1, _TAPS + 1):
        before, after = reach - n * step, reach + n * step
        total += (wide[before : before + high] + wide[after : after + high]) * weights[n]
    return total
