"""The engine of worker processes: confined, watched, and replaced when they fall.

Each worker is served by a thread of this process, which hands it a chunk of names and reads its
answers. The caller's own thread takes files from the plan and watches the clock. A worker that
falls loses what it had not answered; each of those files is then given to a worker alone, and one
that brings that down too is not tried again.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.auditing import ledger_row
from provenance.auditing.engine import settled
from provenance.auditing.slot import Answers, Done, Ready, Slot, SlotAnswer
from provenance.auditing.task import Begun, FileLimits, FileOutcome, OutcomeKind
from provenance.base.errors import AuditError
from provenance.sandbox.limits import Measure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from threading import Event

    from provenance.auditing.engine import Desk
    from provenance.auditing.task import AuditTask, Planned

_TICK = 0.1  # seconds between two looks at the clock
_SAY = 0.5  # seconds after which None is yielded
_GRACE = 5.0  # seconds for what is in hand when the audit is stopped
_CHUNK_SECONDS = 0.05  # of work in one message
_CHUNK = 64  # files in one message, at most
_AHEAD = 2  # chunks that a slot holds, so that a worker never waits for the ledger
_DEATHS = 2  # with which a file is given up
_FALLS = 8  # members of one file that may each end a worker, before the file is given up


class Processes:
    """Examines files in `workers` processes under `limits`.

    `desk` makes what gives one of them the bytes of what it cannot open itself.
    """

    def __init__(
        self,
        workers: int,
        limits: FileLimits | None = None,
        desk: Callable[[], Desk] | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError("an engine needs a worker")
        self._workers = workers
        self._limits = limits or FileLimits()
        self._desk = desk
        self._isolation: tuple[Measure, ...] | None = None

    @property
    def isolation(self) -> tuple[Measure, ...] | None:
        """What every worker so far was confined by; what one of them could not get is off."""
        return self._isolation

    def probe(self, task: AuditTask) -> tuple[Measure, ...]:
        """Start one worker, end it, and return what confined it. Raises AuditError."""
        answers: Answers = queue.SimpleQueue()
        slot = Slot(task, self._limits, answers)
        try:
            slot.probe()
            _, answer = answers.get()
        finally:
            slot.kill()
        if isinstance(answer, Ready):
            return self._noted(answer)
        raise answer if isinstance(answer, AuditError) else AuditError("worker.start", "no answer")

    def run(
        self, plan: Iterable[Planned | None], task: AuditTask, stop: Event
    ) -> Generator[FileOutcome | None]:
        """See `Engine.run`."""
        answers: Answers = queue.SimpleQueue()
        desks = [self._desk() if self._desk else None for _ in range(self._workers)]
        slots = [Slot(task, self._limits, answers, desk) for desk in desks]
        try:
            yield from _Round(slots, answers, task, self._noted).work(iter(plan), stop)
        finally:
            for slot in slots:
                slot.kill()

    def _noted(self, answer: Ready) -> tuple[Measure, ...]:
        measures = tuple(Measure(str(n), on is True, str(says)) for n, on, says in answer.measures)
        if self._isolation is not None:
            measures = tuple(
                new if old.on else old for old, new in zip(self._isolation, measures, strict=True)
            )
        self._isolation = measures
        return measures


class _Round:
    """One run over a plan: what is to be tried alone, what comes back, how quick it goes."""

    def __init__(
        self,
        slots: list[Slot],
        answers: Answers,
        task: AuditTask,
        noted: Callable[[Ready], object],
    ) -> None:
        self._slots = slots
        self._answers = answers
        self._task = task
        self._noted = noted
        self._alone: deque[Planned] = deque()
        self._pace = _CHUNK_SECONDS  # seconds a file, smoothed
        self._ended = False

    def work(self, plan: Iterator[Planned | None], stop: Event) -> Iterator[FileOutcome | None]:
        looked = said = time.monotonic()
        until: float | None = None
        while True:
            now = time.monotonic()
            if stop.is_set():
                until = now + _GRACE if until is None else until
                if now >= until or not self._busy():
                    break
            else:
                yield from self._deal(plan)
                if self._ended and not self._alone and not self._busy():
                    break
            try:
                slot, answer = self._answers.get(timeout=_TICK if self._busy() else 0.0)
            except queue.Empty:
                pass
            else:
                yield from self._take(slot, answer)
            now = time.monotonic()
            if now - looked >= _TICK:
                looked = now
                for slot in self._slots:
                    slot.watch()
            if now - said >= _SAY:
                said = now
                yield None

    def _busy(self) -> bool:
        return any(slot.load for slot in self._slots)

    def _deal(self, plan: Iterator[Planned | None]) -> Iterator[FileOutcome | None]:
        """Give every slot that has room something to do; yield what the plan says itself."""
        for slot in self._slots:
            while slot.load < _AHEAD:
                if self._alone:
                    slot.give((self._alone.popleft(),), alone=True)
                    continue
                chunk: list[Planned] = []
                looking = False
                size = max(1, min(_CHUNK, int(_CHUNK_SECONDS / self._pace)))
                while not self._ended and len(chunk) < size:
                    try:
                        planned = next(plan)
                    except StopIteration:
                        self._ended = True
                        break
                    if planned is None:
                        looking = True
                        break
                    if planned.error is not None:
                        yield settled(planned, self._task)
                    else:
                        chunk.append(planned)
                if chunk:
                    slot.give(chunk)
                if looking:
                    yield None
                if looking or not chunk:
                    return

    def _take(self, slot: Slot, answer: SlotAnswer) -> Iterator[FileOutcome]:
        if isinstance(answer, list):
            yield from answer
        elif isinstance(answer, Done):
            slot.load -= 1
            pace = answer.seconds / answer.count
            self._pace = max(self._pace * 0.8 + pace * 0.2, 1e-5)
        elif isinstance(answer, Ready):
            self._noted(answer)
        elif isinstance(answer, AuditError):
            raise answer
        elif answer.alone:
            (planned,) = answer.lost
            begun = planned.begun or Begun()
            if begun.opened and begun.done not in begun.fallen and len(begun.fallen) < _FALLS:
                # A file in it did that: go on after that one.
                begun = replace(begun, fallen={**begun.fallen, begun.done: answer.error})
                self._alone.append(replace(planned, begun=begun))
                return
            row = ledger_row.row_of_fallen(planned, answer.error, self._task.at, answer.seen)
            planned = replace(planned, begun=None)
            yield FileOutcome(planned, OutcomeKind.JUDGED, row, _DEATHS, members=begun.members)
        else:
            self._alone += answer.lost
