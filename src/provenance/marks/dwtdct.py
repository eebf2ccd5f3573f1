"""The open mark of Stable Diffusion, SDXL and FLUX: method `dwtDct` of `invisible-watermark`.

The picture's U plane (BT.601) goes through one level of the Haar wavelet; each block of four by
four low-pass coefficients carries one bit in the remainder of its largest coefficient, the first
left aside, divided by 36. The message repeats over the blocks, row by row; each bit is the vote of
its blocks. Written from the behaviour of that package's release 0.2.0, whose answers it repeats
bit by bit; despite the method's name no cosine transform takes part.

Generators hand their pictures to the package in four ways, told apart by nothing in the file: 8-bit
values (the first Stable Diffusion) or floating point (SDXL, FLUX, diffusers), for which the plane
has another zero; and with red and blue in their places or exchanged (diffusers before 0.26). All
four are read, and all four count as tried.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from provenance.marks import statistics
from provenance.marks.carrier import CarrierError
from provenance.marks.known import DWT_DCT
from provenance.marks.model import (
    MIB,
    Card,
    Medium,
    Message,
    Missing,
    WatermarkResult,
    WatermarkStatus,
)
from provenance.marks.needs import absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from provenance.marks.carrier import Picture

SCALE = 36  # the quantiser of the U plane; the package marks no other plane
MIN_PIXELS = 256 * 256  # the package marks no smaller picture
FLAT = 0.95  # share of blocks without contrast from which a picture counts as flat
_CONTRAST = 2.0  # of low-pass coefficients, which are twice the plane's values
_STRIP = 64  # rows worked on at a time, so that they stay in the processor's cache
READINGS = ("8-bit", "8-bit, red and blue exchanged", "float", "float, red and blue exchanged")
_TRUE = (
    "found in 55 of 75 photos that invisible-watermark marked (62 to 83 % at 95 %), in 4 after JPEG"
    " at quality 95 (1.5 to 13 %), in none after JPEG at 85 or less, scaling, cropping on all sides"
    " or a screenshot (0 to 4.8 %)"
)
_FALSE = (
    "found in 0 of 150 unmarked photos in 12 forms each, and in 0 of 2,000 pictures made by code (0"
    " to 0.19 %); as they are, 9 of the 75 and 66 of the 150 were refused"
)


class DwtDct:
    """Looks for known messages of method `dwtDct`."""

    name = "dwtdct"
    version = "1"
    medium = Medium.PICTURE
    memory = 2048 * MIB
    packages: tuple[str, ...] = ("numpy", "PIL", "pywt")
    card = Card(
        what="Messages of invisible-watermark's method dwtDct: Stable Diffusion, SDXL, FLUX",
        whose="Qingquan Wang (ShieldMnt); written by Stability AI's, Black Forest Labs' and"
        " Hugging Face's reference programs",
        licence="the method: MIT; this decoder: Apache-2.0",
        source="invisible-watermark 0.2.0",
        messages=DWT_DCT,
        measured=(_TRUE, _FALSE),
        needs="`[watermark]`",
    )

    def missing(self) -> tuple[Missing, ...]:
        """Return what the extra `watermark` would bring."""
        return absent("watermark", *self.packages)

    def decode(self, carrier: Picture, messages: tuple[Message, ...]) -> Iterator[WatermarkResult]:
        """Yield the message found, or how close the closest came. Raises CarrierError."""
        if carrier.width * carrier.height < MIN_PIXELS:
            raise CarrierError("smaller than 256 x 256 pixels, which this mark needs")
        lengths = sorted({len(m.bits) for m in messages})
        votes = blocks(carrier.rgb)
        if votes.flat >= FLAT:
            raise CarrierError("flat: nearly all of it is of one colour, which gives no bits")
        tried = len(messages) * len(READINGS)
        best: tuple[float, WatermarkResult] | None = None
        for row, reading in zip(votes.bits, READINGS, strict=True):
            for length in lengths:
                read = fold(row, length)
                if not length // 8 <= read.count("1") <= length - length // 8:
                    continue  # all ones or all zeros, or nearly: the plane has no detail
                for message in (m for m in messages if len(m.bits) == length):
                    result = _compare(message, read, reading, tried)
                    rank = statistics.tail(result.bits, result.matched)
                    if best is None or rank < best[0]:
                        best = rank, result
        if best is None:
            raise CarrierError("degenerate: the bits are all ones or all zeros, or nearly")
        yield best[1]


def _compare(message: Message, read: str, reading: str, tried: int) -> WatermarkResult:
    matched = sum(a == b for a, b in zip(message.bits, read, strict=True))
    needed = statistics.threshold(message.bits, tried)
    found = matched >= needed
    return WatermarkResult(
        decoder=message.decoder,
        status=WatermarkStatus.DETECTED if found else WatermarkStatus.NOT_DETECTED,
        message=message.name,
        payload=f"{int(read, 2):0{(len(read) + 3) // 4}x}" if found else "",
        bits=len(read),
        matched=matched,
        threshold=needed,
        tried=tried,
        bound=statistics.bound(len(read), matched, tried),
        origin=message.origin if found else None,
        vendor=message.vendor if found else "",
        product=message.product if found else "",
        reason=f"read as {reading}" if found else "",
    )


class Blocks:
    """The bit of every block, row by row, once for each of `READINGS`; and how flat the plane is.

    `bits` is boolean, (4, blocks); `flat` the share of blocks without contrast, 0 to 1.
    """

    def __init__(self, bits: NDArray[np.bool_], flat: float) -> None:
        self.bits = bits
        self.flat = flat


def blocks(rgb: NDArray[np.uint8]) -> Blocks:
    """Read every block of a picture in all four ways. `rgb` is (height, width, 3)."""
    import numpy as np  # noqa: PLC0415 - only in the worker

    rows, columns = rgb.shape[0] // 8 * 8, rgb.shape[1] // 8 * 8
    made: list[list[Any]] = [[] for _ in READINGS]
    flat = 0
    for top in range(0, rows, _STRIP):
        strip = rgb[top : min(top + _STRIP, rows), :columns].transpose(2, 0, 1).astype(np.int32)
        red, green, blue = strip
        for n, plane in enumerate(
            (
                _u8(red, green, blue),
                _u8(blue, green, red),
                _float(red, green, blue),
                _float(blue, green, red),
            )
        ):
            values = _blocks(_lowpass(plane))
            if n == 0:
                flat += int((np.ptp(values, axis=1) <= _CONTRAST).sum())
            largest = np.abs(values[:, 1:]).max(axis=1)
            made[n].append(largest % SCALE > SCALE / 2)
    bits = np.array([np.concatenate(one) for one in made])
    return Blocks(bits, flat / bits.shape[1])


def fold(row: NDArray[np.bool_], length: int) -> str:
    """Return the vote for each bit of a message of `length` bits, as characters 0 and 1."""
    import numpy as np  # noqa: PLC0415 - only in the worker

    places = np.arange(len(row)) % length
    ones = np.bincount(places, row, minlength=length)
    of = np.bincount(places, minlength=length)
    # An even vote counts as one, and so does 127 of 255, as in the package.
    return "".join("1" if vote else "0" for vote in ones / np.maximum(of, 1) * 255 > 127)


def _u8(red: Any, green: Any, blue: Any) -> Any:
    """Return the U plane of 8-bit colours in fixed point: 14 bits, rounded, zero at 128."""
    luma = (blue * 1868 + green * 9617 + red * 4899 + (1 << 13)) >> 14
    return ((blue - luma) * 8061 + (128 << 14) + (1 << 13)) >> 14


def _float(red: Any, green: Any, blue: Any) -> Any:
    """Return the U plane of floating point colours: single precision, zero at one half."""
    import numpy as np  # noqa: PLC0415 - only in the worker

    one = np.float32
    red, green, blue = red.astype(one), green.astype(one), blue.astype(one)
    luma = blue * one(0.114) + green * one(0.587) + red * one(0.299)
    return (blue - luma) * one(0.492) + one(0.5)


def _lowpass(plane: Any) -> Any:
    """Return the approximation of one Haar level, to the last digit that `pywt.dwt2` gives.

    A coefficient on the edge of a step falls to the side to which its last digit leans. NumPy does
    the same sums in half the time, and the same digits come out where neither fuses multiplication
    and addition; where they do not, the library itself is asked.
    """
    return _sums(plane) if _same() else _library(plane)


@cache
def _same() -> bool:
    """Tell whether NumPy's sums have the library's digits on this machine."""
    import numpy as np  # noqa: PLC0415 - only in the worker

    values = np.random.default_rng(36).integers(17, 240, (128, 128), dtype=np.int32)
    planes = (values, (values - np.float32(128)) * np.float32(0.492))
    return all(np.array_equal(_sums(plane), _library(plane)) for plane in planes)


def _sums(plane: Any) -> Any:
    import numpy as np  # noqa: PLC0415 - only in the worker

    kind = np.float32 if plane.dtype == np.float32 else np.float64
    root = kind(math.sqrt(0.5))
    scaled = plane * root
    half = (scaled[0::2] + scaled[1::2]) * root
    return half[:, 0::2] + half[:, 1::2]


def _library(plane: Any) -> Any:
    import pywt  # noqa: PLC0415 - only in the worker

    half, _ = pywt.dwt(plane, "haar", axis=0)
    quarter, _ = pywt.dwt(half, "haar", axis=1)
    return quarter


def _blocks(frame: Any) -> Any:
    high, wide = frame.shape[0] // 4, frame.shape[1] // 4
    cut = frame[: high * 4, : wide * 4].reshape(high, 4, wide, 4)
    return cut.transpose(0, 2, 1, 3).reshape(high * wide, 16)


DECODERS = (DwtDct(),)
