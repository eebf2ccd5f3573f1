"""A thread beside a verifier's own, for work that needs no interpreter: hashing bytes in memory.

`hashlib` releases the interpreter while it hashes. But a thread that waits for the interpreter gets
it after five milliseconds, in which a whole file is judged: so a piece of work is given as few
pieces as it has, and the caller waits until it has begun. Work that the thread has not begun when
its result is wanted is done by whoever wants it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from provenance.base.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable
    from queue import SimpleQueue

_Value = TypeVar("_Value")
_PATIENCE = 0.0002  # seconds that a caller waits for work to begin: some ten times what it takes


class Job(Generic[_Value]):
    """Work that is done once, by the thread or by whoever wants its result first.

    It may raise OSError and AssetError.
    """

    __slots__ = ("_begun", "_claim", "_done", "_error", "_value", "_work")

    def __init__(self, work: Callable[[], _Value]) -> None:
        self._work = work
        self._claim, self._begun, self._done = (threading.Lock() for _ in range(3))
        self._begun.acquire()
        self._done.acquire()
        self._error: OSError | AssetError | None = None

    def run(self) -> None:
        """Do the work, unless somebody does already."""
        if not self._claim.acquire(blocking=False):
            return
        self._begun.release()
        try:
            self._value = self._work()
        except (OSError, AssetError) as e:
            self._error = e  # raised again where the result is wanted
        finally:
            del self._work  # with what it holds, which may hold this and would be kept for it
            self._done.release()

    def has_begun(self) -> bool:
        """Wait a moment for the work to begin, and tell whether it has."""
        if not self._begun.acquire(timeout=_PATIENCE):
            return False
        self._begun.release()
        return True

    def result(self) -> _Value:
        """Wait for the value, or make it now. Raises what the work raises."""
        self.run()
        with self._done:
            if self._error is not None:
                raise self._error
            return self._value


class Helper:
    """The thread, begun with its first work; it ends when this is forgotten.

    After a fork the child has none, and does the work where its result is wanted.
    """

    __slots__ = ("_queue",)

    def __init__(self) -> None:
        self._queue: SimpleQueue[Job[object] | None] | None = None

    def begin_job(self, work: Callable[[], _Value]) -> Job[_Value]:
        """Have something done; it has begun when this returns, unless the thread is busy."""
        if self._queue is None:
            from queue import SimpleQueue  # noqa: PLC0415 - few files are worth a thread

            self._queue = SimpleQueue()
            threading.Thread(target=_do_jobs, args=(self._queue,), daemon=True).start()
        job = Job(work)
        self._queue.put(job)  # type: ignore[arg-type]  # whoever has the job knows its type
        job.has_begun()
        return job

    def __del__(self) -> None:
        if self._queue is not None:
            self._queue.put(None)


def _do_jobs(queue: SimpleQueue[Job[object] | None]) -> None:
    while (job := queue.get()) is not None:
        job.run()
        del job  # with what it holds
