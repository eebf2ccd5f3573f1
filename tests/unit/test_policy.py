"""Which flags matter, and the one exit code of a run."""

from __future__ import annotations

from itertools import combinations

import pytest

from provenance.policy import DEFAULT_FLAGS, Policy, combine
from provenance.terms import Flag

EVERYTHING = Policy(frozenset(Flag))


def test_the_first_five_flags_count_by_default() -> None:
    assert frozenset(list(Flag)[:5]) == DEFAULT_FLAGS
    assert Policy().flags == DEFAULT_FLAGS


@pytest.mark.parametrize(
    ("flag", "code"),
    [
        (Flag.AI, 3),
        (Flag.BROKEN, 4),
        (Flag.REVOKED, 4),
        (Flag.CONFLICT, 5),
        (Flag.UNREADABLE, 5),
        (Flag.REMOTE_ONLY, 5),
        (Flag.PARTIAL_COVERAGE, 5),
        (Flag.FROM_INPUT, 5),
    ],
)
def test_the_code_of_each_flag(flag: Flag, code: int) -> None:
    assert EVERYTHING.exit_code((flag,)) == code
    assert Policy().exit_code((flag,)) == (code if flag in DEFAULT_FLAGS else 0)
    assert Policy(frozenset()).exit_code((flag,)) == 0


def test_nothing_flagged_is_zero() -> None:
    assert Policy().exit_code(()) == 0


@pytest.mark.parametrize("flags", list(combinations(Flag, 2)))
def test_ai_over_broken_or_revoked_over_the_rest(flags: tuple[Flag, ...]) -> None:
    single = [EVERYTHING.exit_code((f,)) for f in flags]
    assert EVERYTHING.exit_code(flags) == min(single)
    assert EVERYTHING.exit_code(flags[::-1]) == min(single)


def test_a_flag_the_policy_does_not_ask_for_does_not_hide_another() -> None:
    assert Policy(frozenset({Flag.BROKEN})).exit_code((Flag.AI, Flag.BROKEN)) == 4


def test_flagged_keeps_the_order_of_the_verdict() -> None:
    given = (Flag.AI, Flag.CONFLICT, Flag.FROM_INPUT)
    assert Policy().flagged(given) == (Flag.AI, Flag.CONFLICT)


@pytest.mark.parametrize("size", range(6))
def test_over_many_files_3_over_4_over_5_over_1_over_0(size: int) -> None:
    order = [3, 4, 5, 1, 0]
    for codes in combinations(order, size):
        assert combine(set(codes)) == (min(codes, key=order.index) if codes else 0)
