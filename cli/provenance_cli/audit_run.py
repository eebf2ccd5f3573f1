"""Running an audit from the command line: signals, progress, the summary at its end."""

from __future__ import annotations

import contextlib
import shlex
import sys
import threading
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from provenance.auditing.ledger import Ledger
from provenance.auditing.ledger_row import whole_record
from provenance.auditing.ledger_schema import JUDGED
from provenance.auditing.plan import Plan
from provenance.auditing.processes import Processes
from provenance.auditing.run import Audit
from provenance.auditing.sources import can_be_read_twice
from provenance.auditing.task import OutcomeKind
from provenance.base.errors import AuditError, reason_of
from provenance.base.text import clean, printable_path
from provenance_cli.audit_progress import display
from provenance_cli.common import OneLineError
from provenance_cli.progress import span
from provenance_cli.stopping import signal_of, stopped
from provenance_cli.streams import reader_left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.auditing.run import AuditWish
    from provenance.auditing.task import FileLimits

_RECORD = JUDGED.index("record")
_BREATH = 256  # files that are counted between two pauses


@dataclass(frozen=True, slots=True)
class Show:
    """What is shown: `form` on standard output, `progress` on standard error.

    `dropped` are exit codes that are not to be given.
    """

    form: str
    progress: str
    dropped: frozenset[int] = frozenset()
    quiet: bool = False


def run_audit(wish: AuditWish, path: str, workers: int, limits: FileLimits, show: Show) -> int:
    """Run or resume an audit; return the exit code. Raises AuditError where it cannot go on."""
    with _opened(path) as ledger, _stays(), stopped() as stop:
        audit = Audit(wish, ledger)
        plan = Plan(wish.sources, wish.filters, path)
        records = show.form == "jsonl" and sys.stdout.isatty()  # they tell how far it is
        shown = display("none" if records and show.progress == "auto" else show.progress, audit)
        with contextlib.ExitStack() as stack:
            if shown.wants_total and can_be_read_twice(wish.sources):
                stack.enter_context(_counted(Plan(wish.sources, wish.filters, path), audit))
            stack.enter_context(shown)
            try:
                _work(audit, plan, Processes(workers, limits), stop, show, shown)
            except AuditError:
                with contextlib.suppress(AuditError):  # it may be the ledger that takes no more
                    audit.end_run(finished=False)
                raise
        number = signal_of(stop)
        counts = audit.end_run(finished=not number)
        code = 128 + number if number else audit.exit_code(counts, show.dropped)
        shown.ended(counts, "interrupted" if number else "finished", code)
        _summary(
            audit,
            counts,
            path,
            stopped=bool(number),
            to_stdout=show.form == "text" and not show.quiet,
        )
        if shown.for_people:
            click.echo(_pace(audit), err=True)
    return code


def _opened(path: str) -> Ledger:
    """Open the ledger. One that cannot be opened holds nothing to go on from."""
    try:
        return Ledger(path)
    except AuditError as e:
        if e.code != "ledger.unusable":
            raise
        raise OneLineError(f"{e}; name another file") from e


@contextlib.contextmanager
def _stays() -> Iterator[None]:
    """Say of a ledger that takes no more that it keeps what it has."""
    try:
        yield
    except AuditError as e:
        if e.code != "ledger.unusable":
            raise
        message = f"{e}; what is in it stays: run the same command to resume"
        raise AuditError(e.code, message) from e


def _work(
    audit: Audit, plan: Plan, engine: Processes, stop: threading.Event, show: Show, shown: Any
) -> None:
    printing = show.form == "jsonl"
    with contextlib.closing(audit.work(plan, engine, stop)) as outcomes:
        for outcome in outcomes:
            shown.tick()
            if outcome is None or outcome.kind is not OutcomeKind.JUDGED:
                continue
            rows = chain((member.row for member in outcome.members), (outcome.row,))
            printing = printing and all(_printed(audit, str(row[_RECORD])) for row in rows)
    if printing:
        _out("", flush=True)


def _printed(audit: Audit, record: str) -> bool:
    """Print a record; false where nobody reads any more, which is no reason to stop."""
    try:
        line = whole_record(record, audit.row.schema_version, audit.row.environment)
    except (ValueError, RecursionError):  # of a worker gone astray: the ledger has its row
        return True
    return _out(line + "\n")


def _out(text: str, *, flush: bool = False) -> bool:
    """Write to standard output; false where nobody reads it. Raises AuditError."""
    try:
        sys.stdout.write(text)
        if flush:
            sys.stdout.flush()
    except OSError as e:
        message = f"standard output cannot be written: {reason_of(e)}"
        raise AuditError("output", f"{message}; the ledger has every answer so far") from e
    return not reader_left()


@contextlib.contextmanager
def _counted(plan: Plan, audit: Audit) -> Iterator[None]:
    """Count the files meanwhile, for an estimate; slowly, since the audit goes first."""
    over = threading.Event()

    def count() -> None:
        total = 0
        with contextlib.suppress(AuditError, OSError):
            for planned in plan:
                total += planned is not None
                if not total % _BREATH and over.wait(0.001):
                    return
            audit.progress.total = total

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _summary(
    audit: Audit, counts: dict[str, Any], path: str, *, stopped: bool, to_stdout: bool
) -> None:
    """Say what the run found, on standard output; on standard error where it was interrupted."""
    lines = [_headline(audit, counts, stopped=stopped)]
    for origin, of in sorted(counts["origins"].items()):
        lines.append(_counted_line(origin, of))
    if audit.flagged:
        lines.append(_counted_line("flagged", counts["flagged"], audit.flagged))
    if counts["errors"]:
        lines.append(_counted_line("could not examine", counts["errors"]))
    if counts["not_opened"]:
        lines.append(_not_opened(audit, counts["not_opened"]))
    lines.append(f"ledger: {printable_path(path)}")
    if stopped:
        lines.append("Run the same command to resume.")
    elif audit.flagged:
        lines.append(f"next: provenance report {shlex.quote(printable_path(path))} --list flagged")
    text = "\n".join(lines) + "\n"
    if stopped:
        click.echo(text, nl=False, err=True)
    elif to_stdout:
        _out(text, flush=True)


def _headline(audit: Audit, counts: dict[str, Any], *, stopped: bool) -> str:
    state = "interrupted" if stopped else "finished"
    parts = [f"{counts['judged']:,} judged"]
    if counts["files"] - counts["judged"]:
        parts.append(f"{counts['files'] - counts['judged']} unchanged")
    if counts["left_out"]:
        parts.append(f"{counts['left_out']} left out")
    inside = f", {counts['members']} files found in them" if counts["members"] else ""
    files = f"{counts['files']:,}"
    if stopped and audit.progress.total is not None:
        files += f" of {audit.progress.total:,}"
    return f"run {audit.run_id} {state}: {files} files ({', '.join(parts)}){inside}"


def _pace(audit: Audit) -> str:
    """Say how long this process took, and how fast it was: by the clock, so on standard error."""
    p = audit.progress
    done = p.judged + p.unchanged
    rate = f", {done / p.seconds:,.1f} files a second" if done and p.seconds > 0 else ""
    return f"took {span(p.seconds)}{rate}"


def _not_opened(audit: Audit, count: int) -> str:
    opening = audit.task.options.archives is not None
    why = "of kinds that this program does not open" if opening else "use --archives"
    return f"  {'not opened':18}{count:>10}  archives and documents, contents not examined: {why}"


def _counted_line(name: str, of: dict[str, int], total: int | None = None) -> str:
    """Return a line of counts; `total` where one file may count under several of them."""
    parts = ", ".join(f"{clean(key)} {count:,}" for key, count in sorted(of.items()))
    number = sum(of.values()) if total is None else total
    return f"  {name:18}{number:>10,}  {parts}"
