"""What works through a plan: a small protocol, and the engine that needs no other process."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from provenance.auditing import ledger_row
from provenance.auditing.plan import with_status
from provenance.auditing.task import FileOutcome, OutcomeKind
from provenance.sandbox.limits import Measure
from provenance.verdict.report import Report

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from threading import Event

    from provenance.auditing.examine import Examiner
    from provenance.auditing.task import AuditTask, Planned
    from provenance.verdict.contents import Step
    from provenance.verdict.verifier import Opener


class Engine(Protocol):
    """Examines files, here or elsewhere: in this process, in others, on a cluster.

    An engine takes a planned file from `plan` when it has room for it, so that a plan of any
    length needs little memory, and yields one outcome a file, in any order. Where a plan gives
    None it is still looking: the engine goes on with what it has, and yields a None of its own.
    Whatever happens to a file is in its outcome; `run` raises AuditError only where no file can be
    examined at all. It also yields None where nothing was ready for half a second, so that its
    caller may save what it has. When `stop` is set it takes no more files, gives what is in hand a
    few seconds, and ends.

    `known` of a planned file is the digest under which it counts as unchanged. The planned file of
    an outcome says what `plan.with_status` said of it *before* it was examined.
    """

    def run(
        self, plan: Iterable[Planned | None], task: AuditTask, stop: Event
    ) -> Generator[FileOutcome | None]:
        """Examine every planned file. Closing the iterator ends all that the engine started."""
        ...

    @property
    def isolation(self) -> tuple[Measure, ...] | None:
        """What confines the examination; None until that is known."""
        ...


class Desk(Protocol):
    """Gives one worker the bytes of what it cannot open itself, a chunk of it at a time."""

    def add(self, chunk: Sequence[Planned]) -> None:
        """Take on a chunk that is to come."""
        ...

    def begin_chunk(self, chunk: Sequence[Planned]) -> None:
        """The worker gets this chunk now, and nothing of the one before it."""
        ...

    def answer(self, question: bytes) -> tuple[bytes, ...]:
        """Answer what the worker asks, in parts. Raises FrameError, AuditError."""
        ...

    def end_chunk(self) -> None:
        """The worker has done with its chunk, or is gone."""
        ...


def load_examiner(task: AuditTask, opener: Opener | None = None) -> Examiner:
    """Make the function that a task names. `opener` is as in `verdict.verifier.Verifier`."""
    module, _, name = task.examiner.partition(":")
    make = getattr(import_module(module), name)
    examiner: Examiner = make(task) if opener is None else make(task, opener)
    return examiner


def settled(planned: Planned, task: AuditTask) -> FileOutcome:
    """The outcome of a file that the plan already knows cannot be examined."""
    assert planned.error is not None  # noqa: S101 - the caller's condition
    return FileOutcome(
        planned, OutcomeKind.JUDGED, ledger_row.row_of_error(planned.path, planned.error, task.at)
    )


def _reports(steps: Iterator[Step]) -> Iterator[Report]:
    for _, report in steps:
        if report is not None:
            yield report


class Serial:
    """Examines one file after another in this process. Nothing confines it, nor saves it.

    Its outcomes hold the reports themselves.
    """

    @property
    def isolation(self) -> tuple[Measure, ...]:
        """Say that there is none."""
        return (Measure("processes", on=False, says="examined in the process of the audit"),)

    def run(
        self, plan: Iterable[Planned | None], task: AuditTask, stop: Event
    ) -> Generator[FileOutcome | None]:
        """Examine in the order of the plan."""
        examine = load_examiner(task)
        for planned in plan:
            if planned is None:
                yield None
            elif planned.error is not None:
                yield settled(planned, task)
            else:
                before = with_status(planned)
                examined = examine(planned.path, planned.known, None)
                if isinstance(examined, OutcomeKind):
                    yield FileOutcome(before, examined)
                    continue
                *members, own = [examined] if isinstance(examined, Report) else _reports(examined)
                inside = tuple(
                    replace(ledger_row.member_of_report(report), report=report)
                    for report in members
                )
                yield FileOutcome(before, OutcomeKind.JUDGED, report=own, members=inside)
            if stop.is_set():
                return
