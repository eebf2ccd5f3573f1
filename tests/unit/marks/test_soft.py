"""The stated chances: closed forms and quadrature, and what unmarked pictures give."""

from __future__ import annotations

import math

import numpy as np
import pytest
from support.each import each
from support.textures import texture

from provenance.marks import planes, soft, votes
from provenance.marks.block_method import Method
from provenance.marks.votes import Votes


@each("score", [0.1, 1.0, 3.0, 6.0, 9.0, 20.0])
def test_the_normal_tail_is_never_too_small(score: float) -> None:
    exact = math.log10(math.erfc(score / math.sqrt(2)) / 2)
    assert exact - 1e-12 <= soft.normal(score) <= exact + 0.45
    if score >= 6:
        assert soft.normal(score) == pytest.approx(exact, abs=0.02)


def direction(correlation: float, length: int) -> float:
    """For sums over so many bits, without their mean."""
    return float(soft.direction(correlation, [length - 1.0])[0])


@each("length", [24, 32, 48, 136])
@each("correlation", [0.05, 0.3, 0.7, 0.95])
def test_the_share_of_directions_is_never_too_small(length: int, correlation: float) -> None:
    x = np.linspace(-1, 1, 400_001)
    density = (1 - x * x) ** ((length - 4) / 2)
    exact = math.log10(density[x >= correlation].sum() / density.sum())
    assert exact - 1e-2 <= direction(correlation, length) <= exact + 0.6
    if correlation > 0.5:
        assert direction(correlation, length) == pytest.approx(exact, abs=0.05)


def test_agreement_against_the_message_is_no_evidence() -> None:
    assert soft.normal(-4.0) == 0.0
    assert direction(-0.9, 48) == 0.0
    assert soft.chance(9.0, -0.1, [47.0])[0] == 0.0
    assert direction(0.99, 4) == 0.0  # three dimensions


def test_no_chance_is_below_the_least_float() -> None:
    assert soft.chance(1e6, 1.0, [223.0])[0] == soft.LEAST


def votes_of(soft_votes, weight=None) -> Votes:
    given = np.asarray(soft_votes, np.float32)
    weight = np.ones_like(given) if weight is None else weight
    return Votes(votes.without_mean(given, weight), weight)


@pytest.mark.parametrize("wide", [47, 48, 49, 60, 97])
def test_votes_that_are_the_message_agree(wide: int) -> None:
    """A message that begins anew in each row, or one place later, is its own neighbour."""
    rng = np.random.default_rng(1)
    message = "".join(map(str, rng.integers(0, 2, 48)))
    row = np.array([1.0 if message[n % 48] == "1" else -1.0 for n in range(40 * wide)])
    given = votes_of((row + rng.normal(0, 0.5, row.size)).reshape(40, wide))
    found = soft.agreement(given, message)
    assert sum(a == b for a, b in zip(found.signs, message, strict=True)) >= 44
    assert found.chance < -25
    shifted = message[1:] + message[:1]
    assert soft.agreement(given, shifted).chance > -3


def test_a_picture_without_contrast_agrees_with_nothing() -> None:
    nothing = np.zeros((40, 60), np.float32)
    assert soft.agreement(votes_of(nothing, nothing), "01" * 24).chance == 0.0
    assert soft.agreement(votes_of(nothing), "01" * 24).chance == 0.0
    assert soft.agreement(votes_of(nothing + 1), "1" * 48).chance == 0.0


@pytest.mark.parametrize("method", Method, ids=lambda m: m.value)
def test_the_stated_chance_is_what_unmarked_pictures_give(method: Method) -> None:
    """Random messages, which nobody wrote; `tests/watermarks/unmarked.py` does more of it."""
    rng = np.random.default_rng(2)
    chances = []
    for seed in range(40):
        rgb = texture(seed, 256, 264 if seed % 2 else 256)
        for given in votes.picture_votes(rgb, method, seed % len(planes.READINGS)):
            for length in (32, 48, 136):
                for _ in range(25):
                    message = "".join(map(str, rng.integers(0, 2, length)))
                    chances.append(soft.agreement(given, message).chance)
    found = np.array(chances)
    assert len(found) >= 3000, "too few to tell"
    for digits in (1, 2, 3):
        expected = len(found) * 10.0**-digits
        assert (found <= -digits).sum() <= expected + 4 * math.sqrt(expected)
