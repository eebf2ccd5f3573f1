"""One worker's place: the process in it, the thread that talks to it, and why it fell."""

from __future__ import annotations

import pickle
import queue
import threading
import time
from dataclasses import dataclass, replace
from types import NoneType
from typing import TYPE_CHECKING, Any, BinaryIO

from provenance.auditing import audit_worker, ledger_row
from provenance.auditing.plan import with_status
from provenance.auditing.task import Begun, FileOutcome, MemberRow, OutcomeKind, Planned
from provenance.base.errors import AuditError, reason_of
from provenance.base.text import clean
from provenance.sandbox import frames
from provenance.sandbox.worker import Worker
from provenance.verdict.report import ErrorInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.auditing.engine import Desk
    from provenance.auditing.task import AuditTask, FileLimits
    from provenance.sandbox.worker import Ending

_START = 120.0  # seconds until a worker is ready; a cold disk far away may take a while
_STARTS = 3  # in a row that may fail before the run is given up
_SLACK = 0.5  # seconds beyond a timeout, for what answers wait for
PATIENCE = 5.0  # seconds for a worker that has closed its line to end by itself
_INTEGERS = frozenset({int, NoneType})  # no bool
_INSIDE = 512 << 20  # bytes of what is kept of files in one, compressed: some 500,000 of them
_HUGE = 1 << 63  # beyond what the ledger can hold
_BARE = 4  # values of the longest entry without a row: what is known of a file, and its kind
_KINDS = {
    OutcomeKind.UNCHANGED.value: OutcomeKind.UNCHANGED,
    OutcomeKind.LEFT_OUT.value: OutcomeKind.LEFT_OUT,
}


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker is ready; `measures` are its own words on what confines it."""

    measures: tuple[tuple[str, bool, str], ...]


@dataclass(frozen=True, slots=True)
class Done:
    """A chunk of `count` files came to its end after so many seconds."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Fall:
    """A worker fell: what it had not answered, why, and whether that was given to it alone.

    `seen` is what it said of that one file before, unchecked; None where it said nothing. The first
    file that is lost says in `begun` what was found in it by then.
    """

    lost: tuple[Planned, ...]
    error: ErrorInfo
    alone: bool
    seen: Any = None


SlotAnswer = Ready | Done | Fall | AuditError | list[FileOutcome]
Answers = queue.SimpleQueue[tuple["Slot", SlotAnswer]]


class Slot:
    """A place for one worker. Chunks go in with `give`, answers come out on the queue."""

    def __init__(
        self, task: AuditTask, limits: FileLimits, answers: Answers, desk: Desk | None = None
    ) -> None:
        """Begin the thread; the process comes with the first chunk. Raises AuditError.

        `desk` gives the worker what it cannot open itself.
        """
        self.load = 0  # chunks given and not yet done; the caller's own count
        self._limits = limits
        self._most = task.options.archives.members if task.options.archives is not None else 0
        self._setup = pickle.dumps((task, limits))
        self._answers = answers
        self._chunks: queue.SimpleQueue[tuple[Sequence[Planned], bool] | None] = queue.SimpleQueue()
        self._desk = desk
        self._asking: object | None = None  # whose question is being answered
        self._answerer: threading.Thread | None = None  # of the worker that was started last
        self._worker = Worker(audit_worker.SERVICE, files=desk is not None)
        self._since: float | None = None  # when a worker was last heard of, while it has work
        self._left: list[Planned] = []
        self._over = False
        self._thread = threading.Thread(target=self._serve_chunks, daemon=True)
        try:
            self._thread.start()
        except RuntimeError as e:  # the system has no more of them
            raise AuditError("worker.start", f"no worker can be started: {e}") from e

    def give(self, chunk: Sequence[Planned], *, alone: bool = False) -> None:
        """Take a chunk on. `alone` says that it is one file, lost with a worker before."""
        self.load += 1
        if self._desk is not None:
            self._desk.add(chunk)
        self._chunks.put((chunk, alone))

    def probe(self) -> None:
        """Start the worker without giving it anything: its `Ready` comes out."""
        self._chunks.put(((), False))

    def watch(self) -> None:
        """End a worker that has not answered for too long. Call this often.

        Raises AuditError where nobody waits for its answers any more.
        """
        if not self._thread.is_alive() and self._answers.empty():
            raise AuditError("worker.start", "a fault of this program: please report")
        since = self._since
        if since is None or self._asking is not None:  # the store has time-outs of its own
            return
        waited = time.monotonic() - since
        left = tuple(self._left)  # the worker's thread takes from it meanwhile
        if waited <= (self._limits.timeout if left else _START) + audit_worker.PAUSE + _SLACK:
            return
        if left and waited <= self._limits.seconds(_sizes(left)) + _SLACK:
            return  # large files have longer; asked only where it matters
        if self._since == since:
            self._since = None
            self._worker.expire()

    def kill(self) -> None:
        """End the worker and the thread, whatever they are at."""
        self._over = True
        self._chunks.put(None)
        self._worker.retire()
        self._thread.join(timeout=10.0)
        self._worker.close()

    def _put(self, answer: SlotAnswer) -> None:
        self._answers.put((self, answer))

    def _serve_chunks(self) -> None:
        try:
            while (given := self._chunks.get()) is not None and not self._over:
                chunk, alone = given
                self._prepare()
                if chunk:
                    began = time.monotonic()
                    self._serve(chunk, alone)
                    self._put(Done(len(chunk), time.monotonic() - began))
        except AuditError as e:
            self._put(e)
        except OSError as e:  # no process or no thread to be had
            self._put(AuditError("worker.start", f"no worker can be started: {reason_of(e)}"))

    def _serve(self, chunk: Sequence[Planned], alone: bool) -> None:
        left = self._left = list(chunk)
        broken, seen = "", None
        begun = left[0].begun or Begun()
        try:
            self._ask(chunk, alone)
            while left:
                self._since = time.monotonic()
                answer = self._worker.receive(audit_worker.MAX_MESSAGE)
                if answer is None or self._over:
                    break
                said = _unpack_answer(answer)
                if alone and seen is None and isinstance(said, dict) and audit_worker.SEEN in said:
                    seen = said
                    continue
                if isinstance(said, dict) and audit_worker.MEMBERS in said:
                    begun = _add_members(begun, said[audit_worker.MEMBERS], self._most)
                    continue
                outcomes, out_of_memory = _outcomes(said, left)
                if outcomes:
                    outcomes[0] = _with_begun(outcomes[0], begun)
                    begun = Begun()
                self._put(outcomes)
                del left[: len(outcomes)]
                if out_of_memory:
                    broken = audit_worker.OUT_OF_MEMORY
                    break
        except frames.FrameError as e:
            broken = str(e)
        except OSError:  # it is gone: it does not read
            pass
        self._since = None
        if self._desk is not None:
            self._desk.end_chunk()
        if left and not self._over:
            fallen = self._fallen(broken)
            first, *others = map(with_status, left)
            begun = replace(begun, passed=-1)
            lost = (replace(first, begun=begun if begun.opened else None), *others)
            self._put(Fall(lost, fallen, alone, (seen or {}).get(audit_worker.SEEN)))

    def _ask(self, chunk: Sequence[Planned], alone: bool) -> None:
        """Hand a chunk to the worker. Raises OSError, FrameError."""
        self._since = time.monotonic()
        if self._desk is not None:
            self._desk.begin_chunk(chunk)
        asked_for = [[p.path, p.known, alone, _done_facts(p), _planned_facts(p)] for p in chunk]
        self._worker.send(frames.packed(asked_for))

    def _prepare(self) -> None:
        """Have a worker: where there is none, start one. Raises AuditError `worker.start`."""
        if self._worker.running:
            return
        why = ""
        for _ in range(_STARTS):
            self._worker.close()
            self._wait_for_answerer()
            self._worker.start()
            if self._desk is not None:
                self._answerer = threading.Thread(
                    target=self._answer, args=(self._desk, self._worker.questions()), daemon=True
                )
                self._answerer.start()
            answer: Any = None
            try:
                self._left = []
                self._since = time.monotonic()
                self._worker.send(self._setup)
                data = self._worker.receive(audit_worker.MAX_MESSAGE)
                answer = None if data is None else frames.unpacked(data)
            except (OSError, frames.FrameError) as e:
                why = str(e)
            self._since = None
            if isinstance(answer, dict) and "ready" in answer:
                self._put(Ready(tuple(map(tuple, answer["ready"]))))
                return
            if isinstance(answer, dict):
                raise AuditError("worker.start", clean(str(answer.get("failed")), 1024))
            ending = self._worker.ended(PATIENCE)
            why = ending.last_line or why
        raise AuditError("worker.start", f"no worker can be started: {clean(why, 400)}")

    def _wait_for_answerer(self) -> None:
        """Let nobody answer for a worker that is gone: it would change what the next one gets."""
        while self._answerer is not None and self._answerer.is_alive() and not self._over:
            self._answerer.join(0.1)

    def _answer(self, desk: Desk, questions: BinaryIO) -> None:
        """Answer what one worker asks on the side. What that takes is not its own time."""
        try:
            with questions:
                while (question := frames.receive(questions, audit_worker.QUESTION)) is not None:
                    self._asking, began, since = questions, time.monotonic(), self._since
                    answer = desk.answer(question)
                    if since is not None and self._since == since:  # not heard of meanwhile
                        self._since = since + time.monotonic() - began
                    self._asking = None
                    frames.send(questions, *answer)
        except frames.FrameError:  # it does not ask as agreed: it is not to be trusted any more
            self._worker.stop()
        except AuditError as e:
            self._put(e)
        except (OSError, ValueError):  # it is gone, or closed by us
            pass
        finally:
            if self._asking is questions:
                self._asking = None

    def _fallen(self, broken: str) -> ErrorInfo:
        """Make sure that a worker is gone, and say why in one line."""
        return why_ended(self._worker.ended(0.0 if broken else PATIENCE), broken)


def why_ended(ending: Ending, broken: str) -> ErrorInfo:
    """Say in one line why a worker ended. `broken` says what was wrong with its answer, if so."""
    if ending.late:
        return ErrorInfo("worker.timeout", "no answer in time: see --timeout")
    if broken == audit_worker.OUT_OF_MEMORY or ending.out_of_memory:
        return ErrorInfo("worker.memory", "it takes more memory than a worker may: --max-memory")
    if broken or ending.forced:
        return ErrorInfo("worker.crashed", f"the worker's answer was {broken or 'not given'}")
    if not ending.signal:
        return ErrorInfo("worker.crashed", f"the worker ended with code {ending.code}")
    if ending.signal == "SIGXCPU":
        return ErrorInfo("worker.timeout", "too much CPU time: see --timeout")
    return ErrorInfo("worker.crashed", f"the worker was ended by {ending.signal}")


def _planned_facts(planned: Planned) -> list[int | None] | None:
    """Return what the plan says of a file; None where it is not to be checked against it."""
    return [planned.size, planned.mtime_ns] if planned.listed else None


def _done_facts(planned: Planned) -> list[Any] | None:
    """Return what a worker is told of what is done of a file."""
    begun = planned.begun
    if begun is None:
        return None
    return [begun.done, [[n, error.code, error.message] for n, error in begun.fallen.items()]]


def _with_begun(outcome: FileOutcome, begun: Begun) -> FileOutcome:
    """Return the outcome of a file with the members that were examined before it came."""
    if not begun.members and not begun.fallen:
        return outcome
    return replace(outcome, members=begun.members, deaths=len(begun.fallen))


def _add_members(begun: Begun, said: Any, most: int) -> Begun:
    """Add members that a worker found, at most so many. Believes nothing: raises FrameError."""
    if not isinstance(said, list) or not said:
        raise frames.FrameError("of no known shape")
    members, done, passed = list(begun.members), begun.done, begun.passed
    for entry in said:
        if not isinstance(entry, list) or not entry or type(entry[0]) is not int:
            raise frames.FrameError("of no known shape")
        number, *fields = entry
        if entry == [-1] and passed == -1:
            passed = 0  # it begins, once: each message is more time
            continue
        if number == passed < done and not fields:
            passed += 1
        elif number == done == passed and done < most:
            passed = done = number + 1
            members += [_member(fields)] if fields else []
        else:
            raise frames.FrameError("out of order")
    if sum(len(member.packed) for member in members) > _INSIDE:
        raise frames.FrameError("too long")
    return Begun(True, tuple(members), done, begun.fallen, passed)


def _member(fields: list[Any]) -> MemberRow:
    if len(fields) < 2:
        raise frames.FrameError("of no known shape")
    names, size, *values = fields
    if (
        not isinstance(names, list)
        or not names
        or not all(isinstance(name, str) and name and "\0" not in name for name in names)
        or type(size) not in _INTEGERS
        or (size and abs(size) >= _HUGE)
        or not ledger_row.is_row(values)
    ):
        raise frames.FrameError("of no known shape")
    try:
        ledger_row.key_of("", names)
    except UnicodeEncodeError as e:
        raise frames.FrameError("of no known shape") from e
    return MemberRow.from_row(tuple(names), size, tuple(values))


def _unpack_answer(answer: bytes) -> Any:
    """Read an answer, with the record of each row put at its end. Raises FrameError."""
    said, records = frames.unpacked_with(answer)
    if not records:
        return said
    entries = said.get(audit_worker.MEMBERS) if isinstance(said, dict) else said
    if not isinstance(entries, list):
        raise frames.FrameError("of no known shape")
    whole = [entry for entry in entries if isinstance(entry, list) and len(entry) > _BARE]
    if len(whole) != len(records):
        raise frames.FrameError("of a wrong length")
    for entry, record in zip(whole, records, strict=True):
        entry.append(record)
    return said


def _outcomes(answer: Any, left: Sequence[Planned]) -> tuple[list[FileOutcome], bool]:
    """Read a worker's answer for the first of `left`; whether it ran out of memory after them.

    Believes nothing: raises FrameError for what no worker of ours would say.
    """
    if not isinstance(answer, list):
        raise frames.FrameError("of no known shape")
    out_of_memory = bool(answer) and answer[-1] == audit_worker.OUT_OF_MEMORY
    results = answer[:-1] if out_of_memory else answer
    if len(results) > len(left) or (not results and not out_of_memory):
        raise frames.FrameError("of a wrong length")
    return [_outcome(p, r) for p, r in zip(left, results, strict=False)], out_of_memory


def _outcome(planned: Planned, result: Any) -> FileOutcome:
    if not isinstance(result, list) or len(result) < 4:
        raise frames.FrameError("of no known shape")
    (size, time_ns, inode), values = result[:3], result[3:]
    for fact in (size, time_ns, inode):
        if type(fact) not in _INTEGERS or (fact and abs(fact) >= _HUGE):
            raise frames.FrameError("of no known shape")
    planned = Planned(planned.path, size, time_ns, inode, known=planned.known)
    if len(values) == 1:
        if not isinstance(values[0], str) or values[0] not in _KINDS:
            raise frames.FrameError("of no known shape")
        kind = _KINDS[values[0]]
        if kind is OutcomeKind.UNCHANGED and planned.known is None:
            raise frames.FrameError("of no known shape")
        return FileOutcome(planned, kind)
    if not ledger_row.is_row(values):
        raise frames.FrameError("of no known shape")
    return FileOutcome(planned, OutcomeKind.JUDGED, tuple(values))


def _sizes(left: Sequence[Planned]) -> int:
    return sum(with_status(planned).size or 0 for planned in left)
