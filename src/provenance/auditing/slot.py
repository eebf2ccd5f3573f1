"""One worker's place: the process in it, the thread that talks to it, and why it fell."""

from __future__ import annotations

import base64
import contextlib
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from types import NoneType
from typing import IO, TYPE_CHECKING, Any

from provenance.auditing import frames, row, worker
from provenance.auditing.model import Kind, Outcome, Planned
from provenance.auditing.plan import asked
from provenance.base.errors import AuditError, reason_of
from provenance.base.text import clean
from provenance.verdict.report import ErrorInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.auditing.model import Limits, Task

_START = 120.0  # seconds until a worker is ready; a cold disk far away may take a while
_STARTS = 3  # in a row that may fail before the run is given up
_SLACK = 0.5  # seconds beyond a timeout, for what answers wait for
_TAIL = 4096  # bytes of a worker's last words
_RAN_OUT = (b"memory allocation of", b"MemoryError", b"out of memory", b"bad_alloc")
_CODE = "from provenance.auditing.worker import main; main()"
_INTEGERS = frozenset({int, NoneType})  # no bool
_HUGE = 1 << 63  # beyond what the ledger can hold
_KINDS = {Kind.UNCHANGED.value: Kind.UNCHANGED, Kind.LEFT_OUT.value: Kind.LEFT_OUT}


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
    """A worker fell: what it had not answered, why, and whether that was given to it alone."""

    lost: tuple[Planned, ...]
    error: ErrorInfo
    alone: bool


Answer = Ready | Done | Fall | AuditError | list[Outcome]
Answers = queue.SimpleQueue[tuple["Slot", Answer]]


class Slot:
    """A place for one worker. Chunks go in with `give`, answers come out on the queue."""

    def __init__(self, task: Task, limits: Limits, answers: Answers) -> None:
        """Begin the thread; the process comes with the first chunk. Raises AuditError."""
        self.load = 0  # chunks given and not yet done; the caller's own count
        self._limits = limits
        self._setup = base64.b64encode(pickle.dumps((task, limits))).decode("ascii")
        self._answers = answers
        self._chunks: queue.SimpleQueue[tuple[Sequence[Planned], bool] | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._words: IO[bytes] | None = None
        self._since: float | None = None  # when a worker was last heard of, while it has work
        self._left: list[Planned] = []
        self._late = False
        self._over = False
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        try:
            self._thread.start()
        except RuntimeError as e:  # the system has no more of them
            raise AuditError("worker.start", f"no worker can be started: {e}") from e

    def give(self, chunk: Sequence[Planned], *, alone: bool = False) -> None:
        """Take a chunk on. `alone` says that it is one file, lost with a worker before."""
        self.load += 1
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
        if since is None:
            return
        waited = time.monotonic() - since
        left = tuple(self._left)  # the worker's thread takes from it meanwhile
        if waited <= (self._limits.timeout if left else _START) + worker.PAUSE + _SLACK:
            return
        if left and waited <= self._limits.seconds(_sizes(left)) + _SLACK:
            return  # large files have longer; asked only where it matters
        if self._since == since:
            self._late = True
            self._since = None
            self._end()

    def kill(self) -> None:
        """End the worker and the thread, whatever they are at."""
        self._over = True
        self._chunks.put(None)
        self._end()
        self._thread.join(timeout=10.0)
        self._clear()

    def _put(self, answer: Answer) -> None:
        self._answers.put((self, answer))

    def _run(self) -> None:
        try:
            while (given := self._chunks.get()) is not None and not self._over:
                chunk, alone = given
                process = self._started()
                if chunk:
                    began = time.monotonic()
                    self._serve(process, chunk, alone)
                    self._put(Done(len(chunk), time.monotonic() - began))
        except AuditError as e:
            self._put(e)
        except OSError as e:  # no process or no file to be had
            self._put(AuditError("worker.start", f"no worker can be started: {reason_of(e)}"))

    def _serve(
        self, process: subprocess.Popen[bytes], chunk: Sequence[Planned], alone: bool
    ) -> None:
        left = self._left = list(chunk)
        broken = ""
        try:
            assert process.stdin is not None  # noqa: S101 - a pipe, see _start
            self._since = time.monotonic()
            frames.write(process.stdin, [[p.path, p.known] for p in left])  # type: ignore[arg-type]  # a pipe is binary
            while left:
                self._since = time.monotonic()
                answer = frames.read(process.stdout)  # type: ignore[arg-type]  # as above
                if answer is None or self._over:
                    break
                made, out_of_memory = _outcomes(answer, left)
                self._put(made)
                del left[: len(made)]
                if out_of_memory:
                    broken = worker.OUT_OF_MEMORY
                    break
        except frames.BrokenFrameError as e:
            broken = str(e)
        except OSError:  # it is gone: it does not read
            pass
        self._since = None
        if left and not self._over:
            self._put(Fall(tuple(map(asked, left)), self._fallen(process, broken), alone))
        elif left:
            self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        """Return the worker; where there is none, start one. Raises AuditError `worker.start`."""
        if self._process is not None and self._process.poll() is None:
            return self._process
        why = ""
        for _ in range(_STARTS):
            self._clear()
            self._late = False
            with self._guard:
                if self._over:
                    break
                self._process = process = self._start()
            try:
                self._left = []
                self._since = time.monotonic()
                frames.write(process.stdin, {"setup": self._setup})  # type: ignore[arg-type]  # a pipe is binary
                answer = frames.read(process.stdout)  # type: ignore[arg-type]  # as above
            except (OSError, frames.BrokenFrameError) as e:
                answer, why = None, str(e)
            self._since = None
            if isinstance(answer, dict) and "ready" in answer:
                self._put(Ready(tuple(map(tuple, answer["ready"]))))
                return process
            if isinstance(answer, dict):
                raise AuditError("worker.start", clean(str(answer.get("failed")), 1024))
            self._end()
            why = why or self._last_words().decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise AuditError("worker.start", f"no worker can be started: {clean(why, 400)}")

    def _start(self) -> subprocess.Popen[bytes]:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - read after the worker's end
        code = f"import sys; sys.path[:] = {sys.path!r}\n{_CODE}"
        return subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-B", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            start_new_session=True,  # Ctrl-C is the audit's alone
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # so on Windows
        )

    def _fallen(self, process: subprocess.Popen[bytes], broken: str) -> ErrorInfo:
        """Make sure that a worker is gone, and say why in one line."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.0 if broken else 5.0)
        ours = process.poll() is None
        self._end()
        code = process.returncode
        if self._late:
            self._late = False
            return ErrorInfo("worker.timeout", "no answer in time: see --timeout")
        if broken == worker.OUT_OF_MEMORY or any(t in self._last_words() for t in _RAN_OUT):
            return ErrorInfo(
                "worker.memory", "it takes more memory than a worker may: --max-memory"
            )
        if broken or ours:
            return ErrorInfo("worker.crashed", f"the worker's answer was {broken or 'not given'}")
        if code >= 0:
            return ErrorInfo("worker.crashed", f"the worker ended with code {code}")
        name = _signal_name(-code)
        if name == "SIGXCPU":
            return ErrorInfo("worker.timeout", "too much CPU time: see --timeout")
        return ErrorInfo("worker.crashed", f"the worker was ended by {name}")

    def _last_words(self) -> bytes:
        """The end of what the worker wrote to standard error: hostile text, only searched."""
        if self._words is None or self._words.closed:
            return b""
        with contextlib.suppress(OSError):
            end = self._words.seek(0, 2)
            self._words.seek(max(end - _TAIL, 0))
            return self._words.read(_TAIL)
        return b""

    def _end(self) -> None:
        with self._guard:
            process = self._process
        if process is None:
            return
        process.kill()
        process.wait()

    def _clear(self) -> None:
        """Close what is left of a worker that has ended."""
        if self._process is not None:
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
        if self._words is not None:
            self._words.close()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _outcomes(answer: Any, left: Sequence[Planned]) -> tuple[list[Outcome], bool]:
    """Read a worker's answer for the first of `left`; whether it ran out of memory after them.

    Believes nothing: raises BrokenFrameError for what no worker of ours would say.
    """
    if not isinstance(answer, list):
        raise frames.BrokenFrameError("of no known shape")
    out_of_memory = bool(answer) and answer[-1] == worker.OUT_OF_MEMORY
    results = answer[:-1] if out_of_memory else answer
    if len(results) > len(left) or (not results and not out_of_memory):
        raise frames.BrokenFrameError("of a wrong length")
    return [_outcome(p, r) for p, r in zip(left, results, strict=False)], out_of_memory


def _outcome(planned: Planned, result: Any) -> Outcome:
    if not isinstance(result, list) or len(result) < 4:
        raise frames.BrokenFrameError("of no known shape")
    (size, time_ns, inode), found = result[:3], result[3:]
    for fact in (size, time_ns, inode):
        if type(fact) not in _INTEGERS or (fact and abs(fact) >= _HUGE):
            raise frames.BrokenFrameError("of no known shape")
    planned = Planned(planned.path, size, time_ns, inode, known=planned.known)
    if len(found) == 1:
        if not isinstance(found[0], str) or found[0] not in _KINDS:
            raise frames.BrokenFrameError("of no known shape")
        kind = _KINDS[found[0]]
        if kind is Kind.UNCHANGED and planned.known is None:
            raise frames.BrokenFrameError("of no known shape")
        return Outcome(planned, kind)
    if not row.fits(found):
        raise frames.BrokenFrameError("of no known shape")
    return Outcome(planned, Kind.JUDGED, tuple(found))


def _sizes(left: Sequence[Planned]) -> int:
    return sum(asked(planned).size or 0 for planned in left)
