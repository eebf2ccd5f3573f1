"""Many pairs of files, compared in confined processes: one bad file costs its own pair alone."""

from __future__ import annotations

import pickle
import queue
import threading
from typing import TYPE_CHECKING, Any

from provenance.auditing import pairs_worker
from provenance.auditing.slot import PATIENCE, why_ended
from provenance.base.errors import AuditError, reason_of
from provenance.base.text import clean
from provenance.sandbox import frames
from provenance.sandbox.worker import Worker
from provenance.verdict.comparison import ComparedFacet, Comparison, Facet, Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance.auditing.pairs_worker import PairTask

    Pair = tuple[str, str | None]
    """The names of two files; None if the second one is missing."""

THREAD = "pairs"  # the name of each that asks a worker
_START = 120.0  # seconds until a worker is ready
_STARTS = 3  # in a row that may fail before the run is given up
_AHEAD = 4  # pairs for each worker that are given out before their turn
_FACETS, _FATES = frozenset[str](Facet), frozenset[str](Fate)
_GONE = "no file of that name after the pipeline"


def compare_all(pairs: Iterable[Pair], task: PairTask, workers: int) -> Iterator[Comparison]:
    """Compare pairs, and yield the answers in the order of the pairs.

    What brings a worker down has an answer that says so. Raises AuditError `worker.start` where no
    worker can be started.
    """
    given: queue.SimpleQueue[tuple[int, Pair] | None] = queue.SimpleQueue()
    answers: queue.SimpleQueue[tuple[int, Comparison | AuditError]] = queue.SimpleQueue()
    places = [_Place(task, given, answers) for _ in range(workers)]
    numbered, more = enumerate(pairs), True
    held: dict[int, Comparison] = {}
    sent = turn = 0
    try:
        while True:
            while more and sent - turn < _AHEAD * workers:
                if more := (upcoming := next(numbered, None)) is not None:
                    given.put(upcoming)
                    sent += 1
            if turn == sent:
                return
            while turn not in held:
                number, answer = answers.get()
                if isinstance(answer, AuditError):
                    raise answer
                held[number] = answer
            yield held.pop(turn)
            turn += 1
    finally:
        for _ in places:  # before any is waited for: each takes one, whichever place it is
            given.put(None)
        for place in places:
            place.shut_down()


class _Place:
    """A place for one worker, and the thread that asks it."""

    def __init__(
        self,
        task: PairTask,
        given: queue.SimpleQueue[tuple[int, Pair] | None],
        answers: queue.SimpleQueue[tuple[int, Comparison | AuditError]],
    ) -> None:
        """Begin the thread; the process comes with the first pair. Raises AuditError."""
        self._limits = task.limits
        self._setup = pickle.dumps(task)
        self._given = given
        self._answers = answers
        self._worker = Worker(pairs_worker.SERVICE)
        self._thread = threading.Thread(target=self._compare_pairs, name=THREAD, daemon=True)
        try:
            self._thread.start()
        except RuntimeError as e:  # the system has no more of them
            raise AuditError("worker.start", f"no worker can be started: {e}") from e

    def shut_down(self) -> None:
        """End the worker and the thread, whatever they are at."""
        self._worker.retire()
        self._thread.join(timeout=10.0)
        self._worker.close()

    def _compare_pairs(self) -> None:
        while (job := self._given.get()) is not None:
            number, (before, after) = job
            answer: Comparison | AuditError
            if after is None:
                answer = Comparison(before, before, error=_GONE)
            else:
                try:
                    answer = self._compared(before, after)
                except AuditError as e:
                    answer = e
                except OSError as e:  # no process or no thread to be had
                    why = f"no worker can be started: {reason_of(e)}"
                    answer = AuditError("worker.start", why)
            self._answers.put((number, answer))

    def _compared(self, before: str, after: str) -> Comparison:
        self._prepare()
        broken = ""
        size = pairs_worker.size(before) + pairs_worker.size(after)
        with self._worker.deadline(self._limits.seconds(size)):
            try:
                self._worker.send(frames.packed([before, after]))
                data = self._worker.receive(pairs_worker.MAX_MESSAGE)
                if data is not None:
                    return _believed(frames.unpacked(data), before, after)
            except frames.FrameError as e:
                broken = str(e)
            except OSError:  # it is gone: it does not read
                pass
            error = why_ended(self._worker.ended(0.0 if broken else PATIENCE), broken)
        why = f"{before} or {after} brought the examination down: {error.message}"
        return Comparison(before, after, error=why)

    def _prepare(self) -> None:
        """Have a worker: where there is none, start one. Raises AuditError, OSError."""
        if self._worker.running:
            return
        why = ""
        for _ in range(_STARTS):
            self._worker.start()
            answer: Any = None
            with self._worker.deadline(_START):
                try:
                    self._worker.send(self._setup)
                    data = self._worker.receive(pairs_worker.MAX_MESSAGE)
                    answer = None if data is None else frames.unpacked(data)
                except (OSError, frames.FrameError) as e:
                    why = str(e)
            if isinstance(answer, dict) and "ready" in answer:
                return
            if isinstance(answer, dict):
                raise AuditError("worker.start", clean(str(answer.get("failed")), 1024))
            why = self._worker.ended(PATIENCE).last_line or why
        raise AuditError("worker.start", f"no worker can be started: {clean(why, 400)}")


def _believed(said: Any, before: str, after: str) -> Comparison:
    """Read an answer. Believes nothing: raises FrameError for what no worker of ours would say."""
    match said:
        case {"error": str(error), "entries": list(entries)} if len(entries) <= len(Facet):
            return Comparison(before, after, tuple(map(_facet_from, entries)), error)
    raise frames.FrameError("of no known shape")


def _facet_from(said: Any) -> ComparedFacet:
    match said:
        case [str(facet), str(fate), list(before), list(after), str(note)]:
            if facet in _FACETS and fate in _FATES and _texts(before) and _texts(after):
                return ComparedFacet(Facet(facet), Fate(fate), tuple(before), tuple(after), note)
    raise frames.FrameError("of no known shape")


def _texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
