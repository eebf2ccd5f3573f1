"""The marks of `invisible-watermark` in pictures that were cropped.

A mark's blocks lie on a grid of eight pixels from the top left corner of the marked picture, and
its message repeats over them row by row. A crop moves the grid (64 places), starts at another bit
of the message, and leaves fewer blocks in a row than there were. All of that is searched:

- every place of the grid, at once: values are made at every pixel;
- every start of the message, by a Fourier transform over its length;
- every number of blocks in a row from what is there to `WIDER` times that: with a row's transform
  at frequency f, a row that is one further down starts w blocks later, which is a phase of f w.

The search looks at the middle of the picture only, `WINDOW` pixels of it, so that its time has a
bound. All that was tried is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from provenance.base.values import dataclass
from provenance.marks import planes, soft, votes
from provenance.marks.block_method import BLOCK, Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from provenance.marks.decoder import Message

WINDOW = 1 << 19  # pixels
_LEVEL = 1e-3  # of products of sums that are about 1 or more
WIDER = 1.2  # how much wider the marked picture may have been


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message agrees best: place of the grid, blocks in a row, first bit.

    `place` is 8 x rows + columns, in pixels; `wide` is modulo the message's length. `chance` is as
    in `soft.Agreement`, supposing that each bit has as many blocks.
    """

    chance: float
    message: Message
    place: int
    wide: int
    start: int


@dataclass(frozen=True, slots=True)
class BestReading:
    """The best of all that was tried, in which reading, and how much was tried."""

    spot: Spot
    reading: int
    sharp: bool
    agreement: soft.Agreement
    tried: int


@dataclass(frozen=True, slots=True)
class _Field:
    """Votes and weights of every place of the grid, (64, rows, columns), in one way of reading."""

    reading: int
    sharp: bool
    soft: NDArray[np.float32]
    weight: NDArray[np.float32]


def search(
    rgb: NDArray[np.uint8], method: Method, messages: tuple[Message, ...]
) -> BestReading | None:
    """Return what agrees best, None where there is nothing. `rgb` is (height, width, 3)."""
    tried = 0
    best: tuple[Spot, _Field] | None = None
    first = rgb.shape[1] // BLOCK
    widths = range(first, int(first * WIDER) + 2)
    for reading in range(len(planes.READINGS)):
        for field in _fields(rgb, method, reading):
            for length in sorted({len(m.bits) for m in messages}):
                own = [m for m in messages if len(m.bits) == length]
                # Widths that differ by the message's length are one and the same.
                some = sorted({wide % length for wide in widths})
                tried += len(own) * len(field.soft) * len(some) * length
                for spot in _spots(field, own, some):
                    if best is None or spot.chance < best[0].chance:
                        best = spot, field
    if best is None:
        return None
    spot, field = best
    return BestReading(spot, field.reading, field.sharp, _exactly(field, spot), tried)


def again(rgb: NDArray[np.uint8], method: Method, best: BestReading) -> soft.Agreement:
    """Return how well the same spot agrees by another method."""
    fields = _fields(rgb, method, best.reading)
    return next(_exactly(field, best.spot) for field in fields if field.sharp == best.sharp)


def _fields(rgb: Any, method: Method, reading: int) -> Iterator[_Field]:
    """Yield the votes as the picture is, and with the blur of JPEG's colour taken back."""
    frame = planes.everywhere(planes.plane(window(rgb), reading))
    weight = _grid(votes.carries(votes.contrast_everywhere(frame), method))
    for sharp in (False, True):
        plane = planes.sharpened(frame, 2) if sharp else frame
        given = _grid(votes.soft(votes.value_everywhere(plane, method)))
        yield _Field(reading, sharp, votes.without_mean(given, weight), weight)


def window(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the middle of a picture, of at most `WINDOW` pixels: a square where that fits."""
    high, wide = rgb.shape[:2]
    side = int(WINDOW**0.5)
    height = min(high, max(side, WINDOW // wide))
    width = min(wide, WINDOW // height)
    top, left = (high - height) // 2, (wide - width) // 2
    return rgb[top : top + height, left : left + width]


def _grid(values: Any) -> Any:
    """Return values at every pixel by place of the grid, row and column; zeros after the end."""
    high, wide = (-(-side // BLOCK) for side in values.shape)
    full = np.zeros((high * BLOCK, wide * BLOCK), values.dtype)
    full[: values.shape[0], : values.shape[1]] = values
    cut = full.reshape(high, BLOCK, wide, BLOCK).transpose(1, 3, 0, 2)
    return cut.reshape(BLOCK * BLOCK, high, wide)


def _spots(field: _Field, messages: list[Message], widths: list[int]) -> Iterator[Spot]:
    """Yield the best place, width and start for each message; all of one length."""
    length = len(messages[0].bits)
    filter_ = soft.filter_of(length, tuple(widths))
    spectrum = _spectrum(field.soft, length, widths) * filter_.back
    size = np.sqrt((np.square(np.abs(spectrum)) * filter_.twice).sum(axis=-1) / length)
    power = np.sqrt(np.square(field.soft).sum(axis=(1, 2), dtype=np.float64) / length)[:, None]
    blank = field.weight.sum(axis=(1, 2)) < length  # places at which nearly nothing has contrast
    for message in messages:
        wanted = soft.spectrum_of(message.bits)
        kept, noise = soft.spread(wanted, filter_)
        by_start = np.fft.irfft(spectrum.conj() * wanted, length, axis=-1)
        most = by_start.max(axis=-1)
        score = most / np.maximum(noise * power, _LEVEL)
        correlation = most / np.maximum(kept * size, _LEVEL)
        chances = soft.chance(score, correlation, filter_.dimensions)
        chances[blank] = 0.0
        place, n = np.unravel_index(int(chances.argmin()), chances.shape)
        start = int(by_start[place, n].argmax())
        yield Spot(float(chances[place, n]), message, int(place), widths[n], start)


def _spectrum(grid: Any, length: int, widths: list[int]) -> Any:
    """Return the transform of the votes summed by bit: (places, widths, frequencies)."""
    rows = np.fft.rfft(_modulo(_modulo(grid, length, 2), length, 1), length, axis=2)
    turns = np.arange(rows.shape[1])[:, None] * np.array(widths)[None, :]
    frequencies = np.arange(length // 2 + 1)[:, None, None]
    phases = np.exp((frequencies * turns % length) * (-2j * np.pi / length)).astype(np.complex64)
    by_frequency = np.matmul(rows.transpose(2, 0, 1).astype(np.complex64, copy=False), phases)
    return np.ascontiguousarray(by_frequency.transpose(1, 2, 0))


def _modulo(grid: Any, length: int, axis: int) -> Any:
    """Return a grid summed modulo a length along an axis; as it is where it is no longer."""
    parts = [
        grid.take(range(n, min(n + length, grid.shape[axis])), axis)
        for n in range(0, grid.shape[axis], length)
    ]
    total = np.array(parts[0], np.float32)
    for part in parts[1:]:
        here = [slice(None)] * 3
        here[axis] = slice(part.shape[axis])
        total[tuple(here)] += part
    return total


def _exactly(field: _Field, spot: Spot) -> soft.Agreement:
    """Compare again, with the votes of each bit counted."""
    length = len(spot.message.bits)
    grid, weight = field.soft[spot.place], field.weight[spot.place]
    row, column = np.mgrid[: grid.shape[0], : grid.shape[1]]
    places = ((row * spot.wide + column + spot.start) % length).reshape(-1)
    sums = np.bincount(places, grid.reshape(-1), length)
    counts = np.bincount(places, weight.reshape(-1), length)
    power = float(np.square(grid, dtype=np.float64).sum())
    return soft.compared(sums, counts, power, spot.message.bits, spot.wide)
