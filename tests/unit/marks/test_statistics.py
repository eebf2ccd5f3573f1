"""Tails, thresholds and intervals, held against exact fractions and closed forms."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from provenance.marks import statistics
from provenance.marks.decoder import GOAL
from provenance.marks.known import DWT_DCT


@pytest.mark.parametrize("bits", [1, 24, 48, 136, 224])
def test_the_tail_of_the_binomial_is_exact(bits: int) -> None:
    for matched in range(bits + 2):
        ways = sum(math.comb(bits, k) for k in range(matched, bits + 1))
        assert statistics.tail(bits, matched) == float(Fraction(ways, 2**bits))


def test_all_bits_of_a_message_have_the_chance_of_coins() -> None:
    assert statistics.tail(48, 48) == 2.0**-48
    assert statistics.bound(48, 48, 20) == 20 * 2.0**-48
    assert statistics.bound(48, 20, 20) == 1.0


@pytest.mark.parametrize("message", DWT_DCT, ids=lambda m: m.name)
def test_a_threshold_keeps_the_goal_and_no_bit_less_does(message) -> None:
    needed = statistics.threshold(message.bits, 20)
    length = len(message.bits)
    assert statistics.bound(length, needed, 20) <= GOAL
    assert needed <= length
    one_less = statistics.bound(length, needed - 1, 20)
    assert one_less > GOAL or statistics.repeated(message.bits) == needed - 1


def test_a_message_too_short_is_never_found() -> None:
    assert statistics.threshold("0110100110010110", 1) == 17


@pytest.mark.parametrize("message", DWT_DCT, ids=lambda m: m.name)
def test_no_repeated_pattern_reaches_a_threshold(message) -> None:
    bits, needed = message.bits, statistics.threshold(message.bits, 20)
    for period in range(1, len(bits) // 4 + 1):
        best = [
            "1" if bits[n::period].count("1") * 2 > len(bits[n::period]) else "0"
            for n in range(period)
        ]
        pattern = (best * len(bits))[: len(bits)]
        assert sum(a == b for a, b in zip(pattern, bits, strict=True)) < needed


def test_text_repeats_itself_enough_to_matter() -> None:
    text = next(m for m in DWT_DCT if m.name == "StableDiffusionV1").bits
    coins = next(k for k in range(137) if statistics.bound(136, k, 20) <= GOAL)
    assert statistics.repeated(text) >= coins  # a threshold from coins alone would be too low


def test_an_interval_without_hits_has_a_closed_form() -> None:
    low, high = statistics.interval(0, 2000)
    assert low == 0.0
    assert high == pytest.approx(1 - 0.025 ** (1 / 2000), rel=1e-9)
    low, high = statistics.interval(2000, 2000)
    assert low == pytest.approx(0.025 ** (1 / 2000), rel=1e-9)
    assert high == 1.0


@pytest.mark.parametrize(("hits", "of"), [(1, 10), (5, 10), (37, 100), (990, 1000), (3, 20_000)])
def test_the_ends_of_an_interval_are_where_the_tails_are(hits: int, of: int) -> None:
    low, high = statistics.interval(hits, of)

    def at_least(k: int, rate: float) -> float:
        part, whole = Fraction(rate).limit_denominator(10**9).as_integer_ratio()
        # Over one denominator: a fraction in lowest terms for each step would take seconds.
        ways = (math.comb(of, n) * part**n * (whole - part) ** (of - n) for n in range(k))
        return float(Fraction(sum(ways), whole**of)) if of <= 1000 else math.nan

    assert low < hits / of < high
    if of <= 1000:
        assert 1 - at_least(hits, low) == pytest.approx(0.025, rel=1e-4)
        assert at_least(hits + 1, high) == pytest.approx(0.025, rel=1e-4)


def test_an_interval_of_nothing_measured_says_nothing() -> None:
    assert statistics.interval(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="not a count"):
        statistics.interval(3, 2)
