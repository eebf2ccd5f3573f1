"""How far an audit is: rate and estimate, however far apart the looks at it are."""

from __future__ import annotations

import pytest

from provenance.auditing import run_progress
from provenance.auditing.run_progress import RunProgress


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until it is moved."""
    hands = [1000.0]
    monkeypatch.setattr(run_progress.time, "monotonic", lambda: hands[0])
    return hands


@pytest.mark.parametrize("apart", [0.25, 5.2, 30.1, 300.0])
def test_the_rate_is_told_at_every_distance_of_looks(clock, apart):
    told = RunProgress(total=1_000_000, _began=clock[0])
    for _ in range(5):
        clock[0] += apart
        told.done += int(apart * 100)
        assert told.rate() == pytest.approx(100, rel=0.02)
        assert told.remaining() == pytest.approx((told.total - told.done) / 100, rel=0.02)


def test_the_rate_is_that_of_lately(clock):
    told = RunProgress(total=10_000, _began=clock[0])
    for files in (*[1000] * 60, *[10] * 60):
        clock[0] += 1.0
        told.done += files
        told.rate()
    assert told.rate() == pytest.approx(10)
    assert len(told._marks) < 100


def test_what_was_done_before_a_resumption_is_no_speed(clock):
    told = RunProgress(total=10_000, done=9_000, _began=clock[0])
    clock[0] += 10.0
    told.done += 100
    assert told.rate() == pytest.approx(10)
    assert told.remaining() == pytest.approx(90)


def test_an_audit_of_nothing_estimates_no_rate_and_no_time(clock):
    told = RunProgress(_began=clock[0])
    assert told.rate() == 0
    clock[0] += 10.0
    told.done += 10
    assert told.remaining() is None  # nobody has counted
    told.total = 5  # more came than were counted
    assert told.remaining() == 0
