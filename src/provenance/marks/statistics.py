"""How often chance does as well: exact binomial tails, thresholds, and intervals of a rate."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

from provenance.marks.decoder import GOAL


@cache
def tail(bits: int, matched: int) -> float:
    """Return the chance that at least `matched` of `bits` fair coins fall as foretold; exact."""
    if matched <= 0:
        return 1.0
    ways = sum(math.comb(bits, k) for k in range(matched, bits + 1))
    return float(Fraction(ways, 2**bits))


def bound(bits: int, matched: int, tried: int) -> float:
    """Return the bound for the best of `tried` comparisons (the union bound), at most 1."""
    return min(1.0, tail(bits, matched) * tried)


@cache
def threshold(message: str, tried: int) -> int:
    """Return how many bits of a message must match; more than it has where none are enough.

    It is the smallest number whose bound is at most `GOAL`, and which no repeated pattern reaches:
    stripes in a picture give bits that repeat, and text repeats itself by bytes (eight repeated
    bits match 98 of the 136 of `StableDiffusionV1`, which coins would do once in ten million).
    """
    needed = next(
        (k for k in range(len(message) + 1) if bound(len(message), k, tried) <= GOAL),
        len(message) + 1,
    )
    return max(needed, repeated(message) + 1)


@cache
def repeated(message: str) -> int:
    """Return how many bits the best pattern matches that repeats at least four times in it."""
    best = 0
    for period in range(1, len(message) // 4 + 1):
        columns = (message[start::period] for start in range(period))
        best = max(best, sum(max(c.count("0"), c.count("1")) for c in columns))
    return best


def interval(hits: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a rate: exact, never too narrow; (0, 1) of nothing."""
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of} is not a count")
    if of == 0:
        return 0.0, 1.0
    left = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _solve(of, hits, left)
    high = 1.0 if hits == of else 1 - _solve(of, of - hits, left)
    return low, high


def _solve(of: int, hits: int, chance: float) -> float:
    """Return the rate at which `hits` or more of `of` come up with that chance; by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_least(of, hits, middle) < chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_least(of: int, hits: int, rate: float) -> float:
    """Return the chance of `hits` or more; summed from its largest term."""
    if rate <= 0.0:
        return 0.0
    if rate >= 1.0:
        return 1.0
    odds = rate / (1 - rate)
    below = hits <= rate * of
    start = hits - 1 if below else hits
    term = math.exp(
        math.lgamma(of + 1)
        - math.lgamma(start + 1)
        - math.lgamma(of - start + 1)
        + start * math.log(rate)
        + (of - start) * math.log1p(-rate)
    )
    total, k = 0.0, start
    while 0 <= k <= of and term > total * 1e-18:
        total += term
        if below:
            term *= k / ((of - k + 1) * odds)
            k -= 1
        else:
            term *= (of - k) / (k + 1) * odds
            k += 1
    return 1 - total if below else total
