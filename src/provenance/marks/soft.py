"""How well soft votes agree with a message, and how often an unmarked picture would do as well.

The votes of all blocks that carry one bit are summed. The mean of a block's neighbours, which
`votes` takes off, has its share of the message: at a frequency f of the sums it leaves a factor
that follows from f and from the number of blocks in a row. That factor is taken back. Frequencies
of which little is left do not count, nor does the mean. The rest is correlated with the message.

Two answers are given to how often chance does as well, and the larger one counts:

- *normal*: the votes are independent of each other and of the message. Then the sum of votes times
  message is normal, with the variance that the votes show; the larger one of those that follow from
  independence before and after the mean of the neighbours was taken off.
- *direction*: nothing is supposed of how votes depend on each other, so their variance may be any.
  The sums are then a direction in as many dimensions as frequencies are left, and the chance is the
  share of all directions that lie as near to the message (Student's distribution). It supposes that
  no direction is preferred, which stripes do: `invisible.fits` keeps their patterns out.

The first is small only where many blocks voted, the second only where the votes have the form of
the message. Colours that go on from block to block break the first and not the second.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from provenance.marks.votes import Votes

LEAST = -300.0  # decimal logarithm; floats end there
_LEFT = 0.3  # the least factor of a frequency that counts
_LEVEL = 1e-6  # of sums and messages, whose values are about 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a picture's votes agree with a message.

    `chance` is the decimal logarithm of how often an unmarked picture does as well in one
    comparison. `signs` are the bits that the summed votes say, characters 0 and 1.
    """

    chance: float
    signs: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What is known of sums over a number of bits, by number of blocks in a row.

    Arrays are (widths, frequencies), or one of the two. `back` takes back what the mean of the
    neighbours left, 0 where a frequency does not count; `twice` is how often a frequency of the
    half spectrum counts in sums over the whole one. `power` is the mean square of the factor.
    """

    back: NDArray[np.float32]
    twice: NDArray[np.float32]
    dimensions: NDArray[np.float64]
    power: NDArray[np.float64]


@lru_cache(maxsize=32)
def filter_of(length: int, widths: tuple[int, ...]) -> Filter:
    """Return the filter of a message's length for numbers of blocks in a row, modulo the length.

    A message that repeats row by row has, above a block, the bit that is one row earlier.
    """
    turn = 2 * np.pi * np.arange(length // 2 + 1) / length
    across, down = 1 + 2 * np.cos(turn), 1 + 2 * np.cos(turn * np.array(widths)[:, None])
    factor = 1 - across * down / 9
    counts = factor >= _LEFT  # never the mean, whose factor is 0
    twice = np.full(length // 2 + 1, 2.0)
    twice[0] = 1
    if length % 2 == 0:
        twice[-1] = 1
    return Filter(
        np.where(counts, 1 / np.where(counts, factor, 1), 0).astype(np.float32),
        twice.astype(np.float32),
        (counts * twice).sum(axis=1),
        (factor * factor * twice).sum(axis=1) / length,
    )


def spectrum_of(message: str) -> Any:
    """Return the half spectrum of a message of ones and minus ones."""
    return np.fft.rfft([1.0 if bit == "1" else -1.0 for bit in message]).astype(np.complex64)


def spread(message: Any, filter_: Filter) -> tuple[Any, Any]:
    """Return, by width, the length of what counts of a message, and that of its noise.

    `message` is a half spectrum. The noise is that of sums whose votes have the variance 1.
    """
    energy = np.square(np.abs(message), dtype=np.float64) * filter_.twice / len_of(filter_)
    kept = (energy * (filter_.back > 0)).sum(axis=1)
    after = (energy * np.square(filter_.back)).sum(axis=1)
    return np.sqrt(kept), np.sqrt(np.maximum(after, kept / filter_.power))


def len_of(filter_: Filter) -> int:
    """Return the length of messages that a filter is for."""
    return int(filter_.twice.sum())


def agreement(votes: Votes, message: str) -> Agreement:
    """Compare votes, row by row, with a message that repeats over them."""
    length = len(message)
    places = np.arange(votes.soft.size) % length
    sums = np.bincount(places, votes.soft.reshape(-1), length)
    counts = np.bincount(places, votes.weight.reshape(-1), length)
    power = float(np.square(votes.soft, dtype=np.float64).sum())
    return compared(sums, counts, power, message, votes.soft.shape[1])


def compared(sums: Any, counts: Any, power: float, message: str, wide: int) -> Agreement:
    """Compare sums of votes, one for each bit of a message, which `counts` blocks gave.

    `power` is the sum of the squares of all votes, `wide` how many blocks were in a row.
    """
    length, total = len(message), float(counts.sum())
    filter_ = filter_of(length, (wide % length,))
    wanted = spectrum_of(message)
    size, noise = (float(by_width[0]) for by_width in spread(wanted, filter_))
    if total < length or power <= 0 or not counts.all() or size < _LEVEL:
        # Too few blocks voted, or the message has no pattern.
        return Agreement(0.0, "".join("1" if votes > 0 else "0" for votes in sums))
    spectrum = np.fft.rfft(sums / np.sqrt(counts)) * filter_.back[0]
    taken = np.fft.irfft(spectrum, length)
    signs = "".join("1" if value > 0 else "0" for value in taken)
    product = float((spectrum.conj() * wanted * filter_.twice).real.sum() / length)
    score = product / (noise * math.sqrt(power / total))
    correlation = product / max(size * math.sqrt(float(taken @ taken)), _LEVEL)
    return Agreement(float(chance(score, correlation, filter_.dimensions)[0]), signs)


def chance(score: Any, correlation: Any, dimensions: Sequence[float] | Any) -> Any:
    """Return the larger of both tails as decimal logarithms.

    `score` is in standard deviations, `correlation` of directions in `dimensions`, one number for
    each of the last axis.
    """
    return np.maximum(np.maximum(normal(score), direction(correlation, dimensions)), LEAST)


def normal(score: Any) -> Any:
    """Return the decimal logarithm of the normal tail, from above: exact to 1 % from 10 on.

    The tail beyond x > 0 is less than the density at x divided by x, and less than half.
    """
    x = np.maximum(score, 1e-9)
    natural = -x * x / 2 - math.log(2 * math.pi) / 2 - np.log(x)
    half = np.where(np.asarray(score) > 0, math.log(0.5), 0.0)
    return np.minimum(natural, half) / math.log(10)


def direction(correlation: Any, dimensions: Sequence[float] | Any) -> Any:
    """Return the decimal logarithm of the share of directions that correlate as well, from above.

    In n dimensions the density of a correlation r is c (1 - r^2)^((n - 3) / 2); its tail beyond
    r > 0 is less than c (1 - r^2)^((n - 1) / 2) divided by r (n - 1), and less than half. Fewer
    than four dimensions prove nothing.
    """
    n = np.maximum(np.asarray(dimensions, np.float64), 2)
    ratio = np.array(
        [math.lgamma(dimension / 2) - math.lgamma((dimension - 1) / 2) for dimension in n.tolist()]
    )
    r = np.clip(correlation, 1e-9, 1 - 1e-15)
    natural = ratio - math.log(math.pi) / 2 + (n - 1) / 2 * np.log1p(-r * r) - np.log(r * (n - 1))
    half = np.where(np.asarray(correlation) > 0, math.log(0.5), 0.0)
    return np.where(n < 4, 0.0, np.minimum(natural, half) / math.log(10))
