"""The simulation of `tests/bench scale` obeys the laws that its answers rest on."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from bench import scale
from bench import scale_paper as paper
from bench.scale_inputs import Inputs, Kind, described, parsed
from bench.scale_run import Simulation, chance
from support.each import each

ROUGH = Inputs(  # so much goes wrong that every way to lose a shard is gone
    objects=403_210,
    shard_size=1_000,
    machines=20,
    streams=16,
    preempted=20.0,
    runner_fails=0.1,
    slow=0.1,
    worker_dies=1e-4,
    copies=True,
)
EQUAL = replace(
    ROUGH,
    objects=400_000,
    deviation=0.0,
    unlike=0.0,
    preempted=0.0,
    runner_fails=0.0,
    slow=0.0,
    worker_dies=0.0,
    launches=0.0,
    copies=False,
    prefixes=64,
)


@each(
    "changed",
    [
        {},
        {"machines": 1},
        {"machines": 7, "streams": 1},
        {"machines": 500},
        {"cores": 1, "streams": 1000, "latency_ms": 1, "bandwidth": 10**10},
        {"bandwidth": 1_000_000},
        {"launch_seconds": 0.0, "start_seconds": 0.0},
    ],
    ids=str,
)
def test_with_equal_shards_and_no_failures_the_time_is_the_closed_form(changed) -> None:
    given = replace(EQUAL, **changed)
    done = Simulation(given).run()
    assert done.peak < given.get_limit, "the case is about no limit"
    assert done.seconds == pytest.approx(paper.closed_form(given), rel=1e-6)
    one = paper.cost(given, given.shard_size)
    assert done.requests == pytest.approx(400 * one.requests)
    assert done.bytes == pytest.approx(400 * one.bytes)
    assert (done.attempts, done.lost, done.redone, done.copied) == (400, 0, 0, 0)


def test_the_scheduler_hands_out_no_faster_than_it_can() -> None:
    given = replace(EQUAL, launches=2.0, machines=500)
    assert Simulation(given).run().seconds >= 399 / 2


@each("seed", range(3))
def test_more_machines_are_never_slower_on_paper(seed) -> None:
    """Of shards as unlike as they may be, one of which loses its machine at the same place."""
    given = replace(EQUAL, unlike=1.0, deviation=3.0, slow=0.1)
    times = [
        Simulation(replace(given, machines=n), seed).run().seconds for n in (1, 2, 3, 5, 40, 41)
    ]
    assert times == sorted(times, reverse=True)
    assert times[0] > 10 * times[-1]


@each("seed", range(3))
def test_no_simulated_shard_is_lost_and_none_counts_twice(seed) -> None:
    done = Simulation(ROUGH, seed).run()
    assert set(done.written) == {1}
    assert len(done.written) == 404
    assert done.lost > 30
    assert done.attempts >= 404 + done.lost / 2
    assert done.redone > 0
    assert done.copied > 0
    assert done.requests > Simulation(replace(EQUAL, objects=ROUGH.objects)).run().requests


def test_lost_work_is_part_of_a_shard_each() -> None:
    """A shard that fails had done half of it on average, so that is what is done again."""
    given = replace(EQUAL, runner_fails=0.2, objects=4_000_000)
    done = Simulation(given).run()
    assert done.lost == pytest.approx(4000 * 0.2 / 0.8, rel=0.1)
    assert done.redone == pytest.approx(done.lost * 500, rel=0.1)
    assert done.copied == 0


def test_a_plan_that_cannot_end_is_refused() -> None:
    with pytest.raises(RuntimeError, match="does not end"):
        Simulation(replace(EQUAL, preempted=1e6, objects=10_000)).run()


def test_the_same_seed_of_a_simulation_gives_the_same_and_another_does_not() -> None:
    assert Simulation(ROUGH, 5).run() == Simulation(ROUGH, 5).run()
    assert Simulation(ROUGH, 5).run() != Simulation(ROUGH, 6).run()


def test_the_chance_of_the_simulation_is_even() -> None:
    for use in (0, 3):
        drawn = [chance(1, use, n, a) for n in range(2000) for a in range(2)]
        assert 0 < min(drawn) < 0.01
        assert 0.99 < max(drawn) < 1
        assert sum(drawn) / len(drawn) == pytest.approx(0.5, abs=0.02)
        assert len(set(drawn)) == len(drawn)


@each(
    ("spread", "prefixes", "parallel"),
    [(True, 1, 1), (True, 4, 4), (False, 4, 1), (True, 1000, 400)],
)
def test_limits_of_prefixes_are_obeyed(spread, prefixes, parallel) -> None:
    """No prefix gives more than its limit; one after another they are no better than one."""
    given = replace(EQUAL, get_limit=100, prefixes=prefixes, spread=spread, machines=40)
    done = Simulation(given).run()
    assert done.peak <= 100 * (1 + 1e-9)
    assert done.seconds >= done.requests / 100 / min(prefixes, 400) * (1 - 1e-9)
    if parallel < 40:
        assert done.peak == pytest.approx(100)
        assert done.seconds == pytest.approx(done.requests / 100 / parallel, rel=0.25)


def test_late_shards_begun_twice_shorten_the_tail() -> None:
    given = replace(EQUAL, slow=0.02, slow_factor=20.0, machines=100)
    alone, twice = (Simulation(replace(given, copies=c), 1).run() for c in (False, True))
    assert twice.seconds < 0.7 * alone.seconds
    assert twice.copied > 0 == alone.copied


def test_the_price_is_what_was_given_and_none_is_built_in() -> None:
    assert paper.price(Inputs(), 1e6, 1e9, 1e15, 1e6) == 0
    priced = replace(Inputs(), price_core_hour=0.5, price_1000_gets=0.25, price_gigabyte=2.0)
    assert paper.price(priced, 10, 4_000, 3e9, 5_000) == pytest.approx(5 + 1 + 6)
    assert paper.price(replace(priced, price_1000_puts=1.0), 0, 0, 0, 5_000) == 5


def test_the_advice_is_near_the_shortest_with_the_fewest_streams() -> None:
    rows = list(scale.choices(replace(Inputs(), objects=10**6), machines=(16,)))
    chosen = scale.advice(rows)
    near = [r for r in rows if r.outcome.seconds <= 1.1 * min(x.outcome.seconds for x in rows)]
    assert chosen in near
    assert chosen.given.streams == min(r.given.streams for r in near)
    assert f"{chosen.given.streams} streams" in scale.reason(chosen)


def test_every_figure_says_where_it_comes_from() -> None:
    for one in described():
        assert one.metadata["where"], one.name
        assert isinstance(one.metadata["kind"], Kind)
    assert parsed("streams", "32") == 32
    assert parsed("spread", "no") is False
    assert math.isclose(parsed("latency_ms", "2.5"), 2.5)
    for name, text in (("nothing", "1"), ("streams", "-1"), ("spread", "1"), ("slow", "nan")):
        with pytest.raises(ValueError, match=name):
            parsed(name, text)


def test_the_recorded_replay_of_a_million_shards_is_of_this_simulation() -> None:
    """Its figures are those of now, and a hundredth of the plan gives now what it gave then."""
    kept = json.loads(scale.MILLION.read_text(encoding="utf-8"))
    assert kept["seal"] == json.loads(json.dumps(scale.seal())), "run tests/bench scale --docs"
    assert len(kept["rows"]) == len(scale.SIZES) * len(scale.STREAMS)


def test_the_command_prints_a_plan_and_its_advice(capsys) -> None:
    arguments = ["--set", "objects=1e6", "--sizes", "10000", "--machines", "16", "--seed", "3"]
    assert scale.main([*arguments, "--set", "price_core_hour=2"]) == 0
    first = capsys.readouterr().out
    assert "core hours of judging" in first
    assert "- 16 machines: shards of 10,000, 64 streams" in first
    assert "cost with 16, 10,000, 64" in first
    assert scale.main(arguments) == 0
    assert first.startswith(capsys.readouterr().out)
