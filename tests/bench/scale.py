"""A plan of up to millions of shards on paper, and replayed: `python tests/bench scale`.

It prints what the plan comes to, what a choice of shard sizes, streams and machines gives, and
which of them to take. `--docs` writes the tables of `docs/scale.md`, `--measure` measures again
what the figures rest on.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench import scale_paper as paper
from bench.scale_inputs import Inputs, described, parsed
from bench.scale_run import Outcome, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SIZES, STREAMS, MACHINES = (1_000, 10_000, 100_000), (4, 16, 64), (16, 64)
NEAR = 1.1  # times the shortest: what counts as short as it
SEED = 7
MILLION = Path(__file__).with_name("scale_million.json")
LARGE = Inputs(objects=10**9, machines=256)  # of the recorded table: 10^6 shards of 1,000
SMALL = Inputs(objects=10**7)  # of the table that is computed while the documentation is checked
HEAD = (
    *("machines", "shard size", "streams", "hours", "last 1 %, min", "core hours"),
    *("lost shards", "objects again", "requests/s a prefix", "held back by"),
)
Row = tuple[str, ...]


class Choice(NamedTuple):
    """One choice and what came of it."""

    given: Inputs
    outcome: Outcome

    @property
    def held_back(self) -> str:
        """What most of the time was spent on."""
        given, cost = self.given, paper.cost(self.given, self.given.shard_size)
        if self.outcome.peak > 0.999 * given.get_limit:
            return "limit a prefix"
        handing = paper.shards(given) / given.launches if given.launches else 0
        if handing > 0.9 * self.outcome.seconds:
            return "scheduler"
        if paper.shards(given) < 4 * given.machines:
            return "few shards"
        return "starts" if paper.start(given) > cost.seconds else cost.bound

    @property
    def price(self) -> float:
        """What it costs, all machines paid for until the end."""
        puts = 3 * paper.shards(self.given) + self.given.objects / self.given.keys_listed
        done = self.outcome
        return paper.price(self.given, done.paid, done.requests, done.bytes, puts)

    def row(self) -> Row:
        """Return what a table shows of it."""
        given, done = self.given, self.outcome
        again = done.redone + done.copied
        return (
            *(f"{n:,}" for n in (given.machines, given.shard_size, given.streams)),
            f"{done.seconds / 3600:.2f}",
            f"{done.tail / 60:.1f}",
            f"{done.paid:,.0f}",
            f"{done.lost:,}",
            f"{again:,.0f} ({again / given.objects:.2%})",
            f"{done.peak:,.0f}",
            self.held_back,
        )


def choices(
    given: Inputs,
    sizes: Iterable[int] = SIZES,
    streams: Iterable[int] = STREAMS,
    machines: Iterable[int] = MACHINES,
    seed: int = SEED,
) -> Iterator[Choice]:
    """Replay the plan with each shard size, number of streams and of machines."""
    for count, size, number in product(machines, sizes, streams):
        tried = replace(given, machines=count, shard_size=size, streams=number)
        yield Choice(tried, Simulation(tried, seed).run())


def advice(rows: Sequence[Choice]) -> Choice:
    """Choose among choices of one number of machines.

    Of those that take at most a tenth longer than the shortest: the fewest streams, since each
    costs memory and connections; then the fewest core hours; then the larger shards.
    """
    shortest = min(row.outcome.seconds for row in rows)
    near = [row for row in rows if row.outcome.seconds <= NEAR * shortest]
    return min(near, key=lambda r: (r.given.streams, round(r.outcome.paid), -r.given.shard_size))


def reason(row: Choice) -> str:
    """Say which choice it is and why, in words."""
    given, done = row.given, row.outcome
    starts = done.attempts * paper.start(given) * given.cores / 3600
    need = paper.streams_for(given)
    return (
        f"{given.machines} machines: shards of {given.shard_size:,}, {given.streams} streams: "
        f"{done.seconds / 3600:.2f} hours, at most a tenth more than the shortest, with the fewest "
        f"streams and then the fewest core hours ({done.paid:,.0f}, of which {starts:,.1f} are "
        f"starts of shards); {done.redone:,.0f} objects are examined again, the last hundredth of "
        f"the shards takes {done.tail / 60:.1f} minutes; held back by: {row.held_back} "
        f"({need} streams would keep {given.cores} cores busy)"
    )


def _hours(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:,.1f} h" if seconds < 100 * 3600 else f"{seconds / 86400:,.1f} days"


def _bytes(count: float) -> str:
    step = min(int(math.log10(max(count, 1)) / 3), 5)
    return f"{count / 1000**step:,.3g} {('B', 'kB', 'MB', 'GB', 'TB', 'PB')[step]}"


def arithmetic(given: Inputs) -> Iterator[tuple[str, str]]:
    """What the plan comes to, without failures: a name and a figure each."""
    one, count, wait = paper.mean(given), paper.shards(given), paper.latency(given)
    objects, start = given.objects, paper.start(given)
    requests = objects * one.requests + 3 * count
    lists = math.ceil(objects / given.keys_listed)
    yield "core hours of judging", f"{objects * one.cpu / 3600:,.0f}"
    yield "the same with `audit` on a disk", f"{objects * one.cpu / given.runner / 3600:,.0f}"
    yield "GET requests", f"{requests:,.3g}"
    yield "bytes of objects", _bytes(objects * one.bytes)
    yield "shards", f"{count:,}"
    yield "listing: requests", f"{lists:,}"
    yield "listing: one after another", _hours(lists * wait)
    yield (
        f"listing: {given.listings} prefixes at the same time",
        _hours(lists * wait / given.listings),
    )
    yield "planning: processor of one process", _hours(objects * given.name_micros / 1e6)
    yield "planning: temporary file", _bytes(objects * given.name_bytes)
    yield "`plan.json`", _bytes(count * given.plan_line)
    yield "`plan.json`, read by every shard", _bytes(count * count * given.plan_line)
    yield "lists, all", _bytes(objects * given.list_line)
    yield "list, each", _bytes(given.shard_size * given.list_line)
    yield "parts, all", _bytes(objects * paper.row(given))
    yield "part, each", _bytes(given.shard_size * paper.row(given))
    yield "PUT requests: lists, parts, `plan.json`", f"{2 * count + 1:,}"
    yield "starts of shards: core hours", f"{count * start * given.cores / 3600:,.0f}"
    yield "scheduler: handing out", _hours(count / given.launches if given.launches else 0)
    yield "least time by the limit of one prefix", _hours(requests / given.get_limit)
    limit = given.get_limit * given.prefixes
    yield f"least time by that of {given.prefixes} prefixes", _hours(requests / limit)
    yield (
        "least time of these PUTs by the limit of one prefix",
        _hours((2 * count + 1) / given.put_limit),
    )
    yield "streams that keep a machine's cores busy", f"{paper.streams_for(given)}"


def table(head: Sequence[str], rows: Iterable[Row]) -> str:
    """A table of Markdown."""
    lines: list[Sequence[str]] = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def inputs_table() -> str:
    """Every figure with its unit and where it comes from."""
    rows = (
        (
            f"`{one.name}`",
            _shown(one.default),
            one.metadata["unit"] or "-",
            one.metadata["kind"].value,
            one.metadata["where"],
        )
        for one in described()
    )
    return table(("figure", "value", "unit", "is", "from"), rows)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if value >= 1 or not value else f"{value:f}".rstrip("0")


def arithmetic_table() -> str:
    """The arithmetic of 10^9 and of 10^10 objects."""
    plans = [dict(arithmetic(Inputs(objects=n))) for n in (10**9, 10**10)]
    names = list(plans[0])
    head = ("", "10^9 objects", "10^10 objects")
    return table(head, ((name, *(plan[name] for plan in plans)) for name in names))


def choice_table() -> str:
    """Choices for a small plan, which is replayed each time that this is asked for."""
    rows = list(choices(SMALL))
    return table(HEAD, (row.row() for row in rows)) + "\n" + _advised(rows)


def what_if_table() -> str:
    """One choice, and what changes with what goes wrong; replayed each time."""
    base = replace(SMALL, objects=5 * 10**7)
    still = {"preempted": 0, "runner_fails": 0, "slow": 0, "worker_dies": 0, "request_fails": 0}
    cases: tuple[tuple[str, dict[str, Any]], ...] = (
        ("as assumed", {}),
        ("nothing goes wrong", still),
        ("every machine interrupted once an hour", {"preempted": 1.0}),
        ("the same, shards of 100,000", {"preempted": 1.0, "shard_size": 100_000}),
        ("one attempt in twenty four times slower", {"slow": 0.05}),
        ("the same, late shards begun twice", {"slow": 0.05, "copies": True}),
        ("all in one prefix", {"prefixes": 1}),
        ("16 prefixes, shards in the order of keys", {"spread": False}),
        ("latency of 25 ms", {"latency_ms": 25}),
        ("128 streams", {"streams": 128}),
        ("the runner as fast as `audit`", {"runner": 1.0}),
    )
    rows = []
    for name, changed in cases:
        given = replace(base, **changed)
        rows.append((name, *Choice(given, Simulation(given, SEED).run()).row()[3:]))
    return table(("what", *HEAD[3:]), rows)


def million_table() -> str:
    """The recorded table of the large plan; `record` makes it anew."""
    kept = json.loads(MILLION.read_text(encoding="utf-8"))
    return table(HEAD, (tuple(row) for row in kept["rows"])) + "\n" + kept["advice"]


def _advised(rows: Sequence[Choice]) -> str:
    machines = dict.fromkeys(row.given.machines for row in rows)
    of = ([row for row in rows if row.given.machines == count] for count in machines)
    return "".join(f"- {reason(advice(some))}.\n" for some in of)


def seal() -> dict[str, Any]:
    """What the recorded table depends on: the figures, and a replay of a hundredth of the plan."""
    small = replace(LARGE, objects=LARGE.objects // 100)
    rows = [list(row.row()) for row in choices(small, (10_000,), STREAMS, (LARGE.machines,))]
    return {"figures": asdict(LARGE), "seed": SEED, "hundredth": rows}


def record() -> None:
    """Replay the large plan with every choice, in some two minutes, and keep what it gives."""
    rows = list(choices(LARGE, machines=(LARGE.machines,)))
    kept = {"seal": seal(), "rows": [row.row() for row in rows], "advice": _advised(rows)}
    MILLION.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8", newline="\n")


TABLES = {
    "scale-figures": inputs_table,
    "scale-arithmetic": arithmetic_table,
    "scale-choice": choice_table,
    "scale-what-if": what_if_table,
    "scale-million": million_table,
}


def _printed(rows: Iterable[Row]) -> None:
    widths = [max(len(name), 7) for name in HEAD]
    for row in (HEAD, *rows):
        print(
            "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)),
            flush=True,
        )


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(int(float(part)) for part in text.split(","))
    if any(n < 1 for n in numbers):
        raise ValueError
    return numbers


def main(arguments: Sequence[str]) -> int:
    """Print the plan on paper, what each choice gives, and which to take."""
    parser = argparse.ArgumentParser(prog="bench scale", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--sizes", type=_numbers, default=SIZES, help="of shards: 1000,10000")
    parser.add_argument("--streams", type=_numbers, default=STREAMS, help="4,16,64")
    parser.add_argument("--machines", type=_numbers, default=MACHINES, help="16,64")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a figure of docs/scale.md"
    )
    parser.add_argument("--docs", action="store_true", help="record the large plan for the docs")
    parser.add_argument("--measure", action="store_true", help="measure what the figures rest on")
    options = parser.parse_args(arguments)
    if options.measure:
        from bench.scale_measure import measured

        for line in measured():
            print(line, flush=True)
        return 0
    if options.docs:
        record()
        print("recorded; now run python tests/support/doc_tables.py")
        return 0
    changed = {}
    for entry in options.set:
        name, _, text = entry.partition("=")
        try:
            changed[name] = parsed(name, text)
        except ValueError as e:
            parser.error(f"--set {entry}: {e}")
    given = replace(Inputs(objects=10**8), **changed)
    for name, figure in arithmetic(given):
        print(f"{name:52} {figure:>14}")
    print()
    rows = []

    def replayed() -> Iterator[Row]:
        for row in choices(given, options.sizes, options.streams, options.machines, options.seed):
            rows.append(row)
            yield row.row()

    _printed(replayed())
    print()
    print(_advised(rows), end="")
    if any(getattr(given, one.name) for one in described() if one.name.startswith("price_")):
        for row in rows:
            shown = ", ".join(row.row()[:3])
            print(f"cost with {shown} (machines, shard size, streams): {row.price:,.2f}")
    return 0
