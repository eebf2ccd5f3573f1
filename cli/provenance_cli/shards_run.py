"""`provenance shards run`: shards of a plan, here or handed out by an engine."""

from __future__ import annotations

import os
import time
from importlib import import_module
from typing import TYPE_CHECKING

import click

from provenance.auditing.shards import once, plan_store, shard_run, stores
from provenance.base.errors import AuditError
from provenance.base.text import clean, printable_path
from provenance.base.values import dataclass
from provenance.signing import trust_store
from provenance.verdict import report
from provenance_cli import stopping
from provenance_cli.common import CannotGoOnError, OneLineError, Size, library_errors
from provenance_cli.declare import OptionGroup, changed, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import FILES, LIMITS, OUTPUT, ConfinedJobOptions, QuietOptions
from provenance_cli.option import Choice

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Sequence
    from threading import Event

    from provenance.auditing.shards.once import Errand, ShardResult
    from provenance.auditing.shards.shard_plan import ShardPlan
    from provenance.auditing.shards.shard_run import Runner, ShardRun

# Where schedulers say which of many equal jobs this one is: Kubernetes Indexed Jobs, Slurm arrays,
# AWS Batch arrays.
NUMBERS = ("JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX")
_EVERY = 10.0  # seconds between two lines of progress
_ENGINES = ("local", "ray", "spark")
# Of AuditError, what may be otherwise the next time: exit 1, the rest 2.
_ENDS = frozenset({"store.unusable", "store.credentials", "worker.start"})


@dataclass(frozen=True, slots=True)
class ShardChoiceOptions(OptionGroup):
    """Which shards, and who hands them out."""

    SECTION = FILES

    shard: int | None = option(
        "--shard",
        once=True,
        type=click.IntRange(min=0),
        metavar="N",
        help="Run shard N. Without it, N is that of the scheduler's own variable: "
        + ", ".join(NUMBERS)
        + ".",
    )
    every: bool = option("--all", once=True, is_flag=True, help="Run all shards that have no part.")
    engine: str = option(
        "--engine",
        type=Choice(list(_ENGINES)),
        metavar="NAME",
        default="local",
        help="Who hands out the shards of --all: local (one after another, here), ray or spark.",
    )
    sha256: str | None = option(
        "--plan-sha256",
        once=True,
        metavar="DIGEST",
        help="Run this plan and no other: the SHA-256 that shards plan printed.",
    )


@dataclass(frozen=True, slots=True)
class FetchingOptions(OptionGroup):
    """How objects of a store are fetched."""

    SECTION = LIMITS

    streams: int = option(
        "--streams",
        type=click.IntRange(1, 1024),
        metavar="N",
        default=32,
        show_default=True,
        help="Requests to a store at a time.",
    )
    whole_below: int = option(
        "--whole-below",
        type=Size(),
        default=4 << 20,
        help="Fetch objects of at most this size in one request, 4M if not given.",
    )


@dataclass(frozen=True, slots=True)
class ShardProgressOptions(QuietOptions):
    """What is said of a run."""

    SECTION = OUTPUT

    progress: str = option(
        "--progress",
        type=Choice(["lines", "none"]),
        metavar="HOW",
        default="none",
        help="On standard error: lines (one every ten seconds) or none.",
    )
    metrics: str | None = option(
        "--metrics",
        once=True,
        metavar="FILE",
        help="Keep counts in this file, in the text format of Prometheus.",
    )


@command_(
    "run",
    epilog="Exit codes: 0 every shard that was asked for is done, 1 one is not (run the same"
    " command again), 2 wrong usage, or a plan that cannot be run here, 130 or 143 interrupted."
    " What was found is in the parts: provenance report OUT"
    "\n\nExample: provenance shards run OUT --shard 0",
)
@click.argument("out", metavar="OUT", type=str)
@takes_options(
    shards=ShardChoiceOptions,
    fetching=FetchingOptions,
    workers=ConfinedJobOptions,
    said=changed(ShardProgressOptions, quiet={"help": "Say nothing of shards that are done."}),
)
def shards_run_command(
    *,
    out: str,
    shards: ShardChoiceOptions,
    fetching: FetchingOptions,
    workers: ConfinedJobOptions,
    said: ShardProgressOptions,
) -> None:
    """Judge shards of the plan in OUT, and write what was found as one Parquet file a shard.

    A shard is done once, whoever tries: its part is written where there is none, at its end.
    """
    if (shards.shard is not None) and shards.every:
        raise click.UsageError("--shard and --all do not go together")
    if shards.engine != "local" and not shards.every:
        raise click.UsageError(f"--engine {shards.engine} hands out the shards of --all")
    number = None if shards.every else _number(shards.shard)

    # An engine has as many tasks at a time as there are cores: each a worker, if nothing is said.
    jobs = 1 if workers.jobs is None and shards.engine != "local" else workers.count
    how = shard_run.Runner(jobs, workers.limits(), fetching.streams, fetching.whole_below)
    try:
        with library_errors(AuditError):
            code = _run_shards(out, shards, number, how, said)
    except AuditError as e:
        raise (CannotGoOnError if e.code in _ENDS else OneLineError)(str(e)) from e
    click.get_current_context().exit(code)


def _run_shards(
    out: str,
    shards: ShardChoiceOptions,
    number: int | None,
    how: Runner,
    said: ShardProgressOptions,
) -> int:
    """Run what was asked for; return the exit code. Use inside `library_errors`."""
    plan = plan_store.load_plan(out, shards.sha256)
    if number is not None and number >= len(plan.shards):
        raise OneLineError(f"{out}: shard {number} does not exist: {_count(plan)}")
    if not said.quiet:
        click.echo(_whose(plan))
    numbers = once.spread(len(plan.shards)) if number is None else (number,)
    if shards.engine == "local":
        return _here(plan, out, numbers, how, said)
    errand = once.Errand(stores.open_store(out).address, plan.sha256, how)
    return _elsewhere(shards.engine, errand, numbers, said)


def _whose(plan: ShardPlan) -> str:
    """Say what is about to be read, and what opens more than usual: somebody else may have planned.

    An address is clean as it is read; a folder and the names of anchors are anything.
    """
    said = [
        f"plan {plan.sha256[:16]}: {printable_path(plan.source)}, as of {report.plain(plan.at)}"
    ]
    if anchors := trust_store.supplied(plan.trust):
        said.append("trusts " + ", ".join(clean(anchor.name, 60) for anchor in anchors[:3]))
        if len(anchors) > 3:
            said.append(f"{len(anchors) - 3:,} more files of anchors")
    if plan.options.show_personal_data:
        said.append("shows personal data")
    return "; ".join(said)


def _count(plan: ShardPlan) -> str:
    count = len(plan.shards)
    return "the plan has one" if count == 1 else f"the plan has {count:,}"


def _number(given: int | None) -> int:
    """Return the shard that is asked for: as given, or as the scheduler says."""
    if given is not None:
        return given
    told = {name: os.environ[name] for name in NUMBERS if os.environ.get(name)}
    if not told:
        raise click.UsageError("say which shard: --shard N, or --all")
    if len(set(told.values())) > 1:
        raise click.UsageError(f"{' and '.join(told)} differ: give --shard N")
    name, value = next(iter(told.items()))
    if not (value.isascii() and value.isdigit()):
        raise click.UsageError(f"{name} is not the number of a shard")
    return int(value)


def _here(
    plan: ShardPlan, out: str, numbers: Sequence[int], how: Runner, said: ShardProgressOptions
) -> int:
    def each(stop: Event) -> Iterator[once.ShardResult]:
        for number in numbers:
            ran = shard_run.run_shard(plan, stores.open_store(out), number, how, stop, shown.look)
            yield once.ShardResult(number, ran)
            if stop.is_set():
                return

    shown = _Shown(said)
    with stopping.stopped() as stop:
        code = _report_results(each(stop), out, shown, said, stop)
        number = stopping.signal_of(stop)
    return 128 + number if number else code


def _elsewhere(
    engine: str, errand: Errand, numbers: Sequence[int], said: ShardProgressOptions
) -> int:
    module = import_module(f"provenance.auditing.shards.{engine}")
    with stopping.stopped() as stop:
        results = module.run(errand, numbers, stop)
        code = _report_results(results, errand.out, _Shown(said), said, stop)
        number = stopping.signal_of(stop)
    return 128 + number if number else code


def _report_results(
    results: Iterable[ShardResult], out: str, shown: _Shown, said: ShardProgressOptions, stop: Event
) -> int:
    """Say what became of each shard; return the exit code."""
    code = 0
    for result in results:
        if result.ran is None:
            click.echo(f"shard {result.shard}: not done: {result.error}", err=True)
            code = 1
            continue
        shown.finished(result.ran)
        if not said.quiet:
            click.echo(_line(result.ran))
    if stop.is_set():
        click.echo("interrupted: run the same command to resume", err=True)
    elif not said.quiet and not code and shown.ran > 1:
        click.echo(f"next: provenance report {out}")
    return code


def _line(ran: ShardRun) -> str:
    if ran.before:
        return f"shard {ran.shard}: done before"
    if ran.stopped:
        return f"shard {ran.shard}: interrupted after {ran.done:,} of {ran.objects:,}; not written"
    parts = [_counted(ran.objects, "object")]
    if ran.members:
        parts.append(f"{_counted(ran.members, 'file')} found in them")
    if ran.hits:
        parts.append(f"{ran.hits:,} flagged ({_counts(ran.flagged)})")
    if ran.errors:
        total = sum(ran.errors.values())
        parts.append(f"{total:,} could not be examined ({_counts(ran.errors)})")
    if ran.raced:
        parts.append("somebody else wrote it first")
    return f"shard {ran.shard}: " + ", ".join(parts)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _counts(of: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(of.items()))


class _Shown:
    """Progress as lines, and counts for who collects them."""

    def __init__(self, said: ShardProgressOptions) -> None:
        self._lines = said.progress == "lines"
        self._metrics = said.metrics
        self._began = self._last = time.monotonic()
        self._done = self._flagged = self._errors = 0
        self.ran = 0

    def look(self, ran: ShardRun) -> None:
        """Hear how far a shard is."""
        now = time.monotonic()
        if now - self._last < _EVERY:
            return
        self._last = now
        if self._lines:
            rate = ran.done / max(now - self._began, 1e-3)
            line = f"shard {ran.shard}: {ran.done:,} of {ran.objects:,}, {rate:,.0f} a second"
            click.echo(line, err=True)
        self._write(ran)

    def finished(self, ran: ShardRun) -> None:
        """Hear what became of a shard."""
        self.ran += 1
        self._write(ran)
        if not ran.before and not ran.stopped:
            self._done += ran.done
            self._flagged += ran.hits
            self._errors += sum(ran.errors.values())

    def _write(self, ran: ShardRun) -> None:
        if self._metrics is None:
            return
        now = 0 if ran.before else 1
        values = (
            ("shards_total", "Shards that were asked for and came to an end.", self.ran),
            ("objects_total", "Objects judged.", self._done + now * ran.done),
            ("flagged_total", "Rows that are flagged.", self._flagged + now * ran.hits),
            (
                "errors_total",
                "Rows of what could not be examined.",
                self._errors + now * sum(ran.errors.values()),
            ),
        )
        text = "".join(
            f"# HELP provenance_shards_{name} {what}\n"
            f"# TYPE provenance_shards_{name} counter\n"
            f"provenance_shards_{name} {value}\n"
            for name, what, value in values
        )
        try:
            with open(f"{self._metrics}.new", "w", encoding="ascii") as file:
                file.write(text)
            os.replace(f"{self._metrics}.new", self._metrics)  # so that nobody reads half of it
        except OSError as e:
            raise OneLineError(f"--metrics {self._metrics}: {e.strerror or e}") from e
