"""The workers of a service: each asked by a thread of its own, watched, and replaced when it falls.

A question is asked once. Where its worker falls, the next one only looks at what can be seen
without the credential, and the record says what happened; where that one falls too, the record says
no more than that. Nobody else's question is lost with it: a worker has one in hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import queue
import secrets
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.auditing.slot import PATIENCE, why_ended
from provenance.base.errors import InstallationError, reason_of
from provenance.base.terms import Origin
from provenance.base.text import clean
from provenance.base.values import dataclass
from provenance.sandbox import frames
from provenance.sandbox.limits import Measure
from provenance.sandbox.worker import Worker
from provenance.serve import answers, question_worker
from provenance.serve.answers import Body
from provenance.serve.question import QuestionKind
from provenance.verdict.report import AssetInfo, ErrorInfo, Report
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance.serve.content import Content
    from provenance.serve.question import Question
    from provenance.serve.service_settings import ServiceSettings

_START = 120.0  # seconds until a worker is ready; a cold disk may take a while
_STARTS = 3  # in a row that may fail before a question is given up
_TICK = 0.1  # seconds between two looks at the clock
_SLACK = 0.5  # seconds beyond a timeout
_ARCHIVES = 10  # times as long for a file that is opened, whose members may each take their time
_CHECKED = 1 << 20  # bytes of an answer that is read as JSON here
_WORDS = frozenset(Origin)


class PoolFullError(Exception):
    """So many questions wait that no more are taken at this time."""


class LeftError(Exception):
    """Who asked was gone before a worker could be asked."""


class NoWorkerError(Exception):
    """No worker can be started. Its text says why."""


@dataclass(frozen=True, slots=True)
class _WaitingQuestion:
    """A question that waits. `done` takes the answer, on the thread of the event loop."""

    question: Question
    contents: tuple[Content | None, ...]
    future: asyncio.Future[Body]
    left: Callable[[], bool]


class WorkerPool:
    """The workers of one service. Belongs to the event loop that it is started in."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._jobs: queue.SimpleQueue[_WaitingQuestion | None] = queue.SimpleQueue()
        self._slots: list[_Slot] = []
        self._watch: asyncio.Task[None] | None = None
        self._on_fall: Callable[[str], object] = lambda _code: None
        self.waiting = 0  # questions that were given and are not answered yet
        self.measures: tuple[Measure, ...] = ()

    def on_fall(self, call: Callable[[str], object]) -> None:
        """Have the code of each fall of a worker told, on the thread of the event loop."""
        self._on_fall = call

    async def start(self) -> None:
        """Start the workers, and wait until they are ready. Raises InstallationError."""
        loop = asyncio.get_running_loop()
        task = pickle.dumps(self._settings.task)
        try:
            for _ in range(self._settings.workers):
                slot = _Slot(self._settings, task, self._jobs, loop, self._on_fall)
                self._slots.append(slot)
            await asyncio.gather(*(slot.ready for slot in self._slots))
        except (NoWorkerError, RuntimeError, OSError) as e:
            await self.close()
            raise InstallationError(f"no worker can be started: {e}") from e
        self.measures = self._slots[0].measures
        self._watch = loop.create_task(self._watched())

    @property
    def ready(self) -> bool:
        """Whether questions are answered: at least one worker's thread is there."""
        return any(slot.alive for slot in self._slots)

    async def ask(
        self,
        question: Question,
        contents: Sequence[Content | None],
        left: Callable[[], bool] = bool,
    ) -> Body:
        """Ask a worker. `contents` are those of the question's files; None for one with a path.

        They must stay until this returns. `left` says whether who asks is gone; it is called on
        another thread. Raises FullError, NoWorkerError, LeftError.
        """
        if self.waiting >= self._settings.bounds.waiting + len(self._slots):
            raise PoolFullError
        if not self.ready:
            raise NoWorkerError("no worker is left")
        future: asyncio.Future[Body] = asyncio.get_running_loop().create_future()
        self.waiting += 1
        try:
            self._jobs.put(_WaitingQuestion(question, tuple(contents), future, left))
            # A caller who leaves must not take the bytes away from a worker that reads them.
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await future
            raise
        finally:
            self.waiting -= 1

    async def close(self) -> None:
        """End all workers."""
        if self._watch is not None:
            self._watch.cancel()
        for slot in self._slots:
            self._jobs.put(None)
            slot.retire()
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        for slot in self._slots:
            slot.join()

    async def _watched(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            for slot in self._slots:
                slot.watch()


class _Slot:
    """A place for one worker, and the thread that asks it."""

    def __init__(
        self,
        settings: ServiceSettings,
        task: bytes,
        jobs: queue.SimpleQueue[_WaitingQuestion | None],
        loop: asyncio.AbstractEventLoop,
        on_fall: Callable[[str], object],
    ) -> None:
        self._settings = settings
        self._task = task
        self._jobs = jobs
        self._loop = loop
        self._on_fall = on_fall
        self._worker = Worker(question_worker.SERVICE, files=True)
        self._used = False  # whether this worker has been asked
        self._worn = False  # whether it had been when it was asked last
        self._until: float | None = None  # when the worker must have answered
        self._guard = threading.Lock()
        self.measures: tuple[Measure, ...] = ()
        self.ready: asyncio.Future[None] = loop.create_future()
        self._thread = threading.Thread(target=self._answer_jobs, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread goes on."""
        return self._thread.is_alive()

    def watch(self) -> None:
        """End a worker that has not answered in time. Call this often."""
        with self._guard:
            if self._until is not None and time.monotonic() > self._until:
                self._until = None
                self._worker.expire()

    def retire(self) -> None:
        """End the worker, whatever it is at, for good."""
        self._worker.retire()

    def join(self) -> None:
        """Wait for the thread."""
        self._thread.join(timeout=10.0)
        self._worker.close()

    def _allow(self, seconds: float | None) -> None:
        with self._guard:
            self._until = None if seconds is None else time.monotonic() + seconds

    def _tell(self, call: Callable[..., object], *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(call, *values)

    def _answer_jobs(self) -> None:
        try:
            self._prepare()
        except NoWorkerError as e:
            self._tell(_fail, self.ready, e)
            return
        self._tell(_settle, self.ready, None)
        while (job := self._jobs.get()) is not None:
            if job.future.cancelled():
                continue
            if job.left():
                self._tell(_fail, job.future, LeftError())
                continue
            outcome: Body | NoWorkerError = NoWorkerError("a fault of this program: please report")
            try:
                outcome = self._answered(job)
            except NoWorkerError as e:
                outcome = e
            finally:  # also where this thread ends: nobody is left waiting
                tell = _settle if isinstance(outcome, Body) else _fail
                self._tell(tell, job.future, outcome)

    def _answered(self, job: _WaitingQuestion) -> Body:
        """Ask; where the worker falls, ask the next one for what can be seen at a glance.

        Where it was asked before, by whoever it was, that may have been its undoing: a fresh one is
        asked. Time that is used up is not given twice.
        """
        question = job.question
        answer = self._asked(question, job.contents)
        if isinstance(answer, ErrorInfo) and self._worn and answer.code != "worker.timeout":
            self._tell(self._on_fall, answer.code)
            answer = self._asked(question, job.contents)
        if isinstance(answer, Body):
            return answer
        self._tell(self._on_fall, answer.code)
        if question.kind is QuestionKind.VERIFY:
            glance = replace(question, kind=QuestionKind.GLANCE, error=answer)
            seen = self._asked(glance, job.contents)
            if isinstance(seen, Body):
                return seen
            self._tell(self._on_fall, seen.code)
        return self._of_fallen(question, answer)

    def _of_fallen(self, question: Question, error: ErrorInfo) -> Body:
        """Make the record of a file of which nothing is known but that it brings workers down."""
        task = self._settings.task
        policy = task.policies[question.policy]
        environment = Verifier(policy, task.trust, question.at, task.options).environment
        reports = [
            Report(AssetInfo(file.name, file.size), environment, error=error)
            for file in question.files
        ]
        if question.kind is QuestionKind.COMPARE:
            return answers.not_compared(reports, error)
        return answers.verified(reports, question)

    def _send(self, question: Question, contents: tuple[Content | None, ...], number: str) -> None:
        """Hand a question to the worker, by its number, and the files that it is about."""
        self._worker.send(frames.packed(question.to_json() | {question_worker.NUMBER: number}))
        for content in contents:
            if content is None:
                continue
            if content.number is not None and self._worker.takes_files:
                self._worker.send_file(content.number)
            else:
                self._worker.send(content.bytes())

    def _asked(self, question: Question, contents: tuple[Content | None, ...]) -> Body | ErrorInfo:
        """Ask a worker; why it fell, where it did. Raises NoWorkerError."""
        self._prepare()
        self._worn, self._used = self._used, True
        limits = self._settings.task.limits
        seconds = limits.seconds(question.size) * (_ARCHIVES if question.archives else 1)
        broken, number = "", secrets.token_hex(8)
        try:
            self._allow(seconds + _SLACK)
            self._send(question, contents, number)
            most = self._settings.task.archives.members + 1 if question.archives else 1
            head = self._worker.receive(question_worker.MAX_FACT * (most + 1))
            said = None if head is None else frames.unpacked(head)
            if isinstance(said, dict) and question_worker.OUT_OF_MEMORY in said:
                broken = question_worker.OUT_OF_MEMORY
            elif said is not None:
                body = self._worker.receive(question_worker.MAX_ANSWER)
                if body is not None:
                    return _believed(_to(number, said), body, question)
        except frames.FrameError as e:
            broken = str(e)
        except OSError:  # it is gone: it does not read
            pass
        finally:
            self._allow(None)
        return why_ended(self._worker.ended(0.0 if broken else PATIENCE), broken)

    def _prepare(self) -> None:
        """Have a worker: where there is none, start one. Raises NoWorkerError."""
        if self._worker.running:
            return
        self._used = False
        why = ""
        for _ in range(_STARTS):
            answer: Any = None
            started = False
            try:
                self._worker.start()
                started = True
                self._allow(_START)
                self._worker.send(self._task)
                data = self._worker.receive(question_worker.MAX_QUESTION)
                answer = None if data is None else frames.unpacked(data)
            except (OSError, frames.FrameError) as e:
                why = reason_of(e) if isinstance(e, OSError) else str(e)
            finally:
                self._allow(None)
            if isinstance(answer, dict) and "ready" in answer:
                said = answer["ready"]
                self.measures = tuple(Measure(str(n), on is True, str(w)) for n, on, w in said)
                return
            if isinstance(answer, dict):
                raise NoWorkerError(clean(str(answer.get("failed")), 1024))
            if started:
                why = self._worker.ended(PATIENCE).last_line or why
        raise NoWorkerError(clean(why, 400) or "it ended at once")


def _to(number: str, said: Any) -> Any:
    """Return the facts of the answer to one question. Raises FrameError.

    A worker that was taken over may have answered an earlier one twice.
    """
    match said:
        case [str(given), facts] if given == number:
            return facts
        case _:
            raise frames.FrameError("to no question")


def _believed(facts: Any, content: bytes, question: Question) -> Body:
    """Check an answer: its form is held, what it says of the files is not. Raises FrameError.

    A long one is not read as JSON: that would hold up all callers, and could take a hundred times
    its length in memory here.
    """
    several = question.archives and not question.page and question.kind is not QuestionKind.COMPARE
    ends = (b"[", b"]") if several else (b"{", b"}")
    if not content.isascii() or (content[:1], content[-1:]) != ends or not isinstance(facts, list):
        raise frames.FrameError("of no known shape")
    if len(content) <= _CHECKED:
        frames.unpacked(content)
    believed = []
    for fact in facts:
        match fact:
            case [str(word), bool(flagged)]:
                believed.append((word if word in _WORDS else "error", flagged))
            case _:
                raise frames.FrameError("of no known shape")
    return Body(tuple(believed), content)


def _settle(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
