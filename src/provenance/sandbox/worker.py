"""A worker as its caller has it: a process of ours that is asked, watched, and replaced.

A worker does what may bring a process down. It may be taken over by what it reads: nothing that it
answers is believed, and what it says on standard error is searched and never shown whole.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from provenance.base.values import dataclass
from provenance.sandbox import descriptors, frames, process, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORDS = 64 << 10  # bytes of standard error that are kept, the last ones
_SEARCHED = 4096  # of them, for why a worker ended
_RAN_OUT = (b"memory allocation of", b"MemoryError", b"out of memory", b"bad_alloc")
_READ = 1.0  # seconds for the rest of standard error, once a worker has ended
_CODE = (
    "import sys; sys.path[:] = {!r}\nfrom provenance.sandbox.serving import main; main({!r}, {!r})"
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a worker ended. `code` as `subprocess` has it; `words` end its standard error.

    `late`: it was ended for taking too long. `forced`: it did not end by itself.
    """

    code: int
    late: bool
    forced: bool
    words: bytes

    @property
    def signal(self) -> str:
        """The name of the signal that ended it; empty where none did."""
        if self.code >= 0:
            return ""
        try:
            return signal.Signals(-self.code).name
        except ValueError:
            return f"signal {-self.code}"

    @property
    def out_of_memory(self) -> bool:
        """Whether it said so before it ended."""
        return any(text in self.words[-_SEARCHED:] for text in _RAN_OUT)

    @property
    def last_line(self) -> str:
        """The last line of standard error: hostile text, to be cleaned."""
        return self.words.decode("utf-8", "replace").strip().rpartition("\n")[2]


class Worker:
    """A place for one worker. `service` is `module:name`, see `serving.main`.

    `environment` is put on top of what it gets of our own (`surroundings`). One thread starts,
    asks and closes; only `expire`, `stop` and `retire` may be called by others. On Linux a worker
    ends with the thread that started it.
    """

    def __init__(
        self, service: str, environment: Mapping[str, str] | None = None, *, files: bool = False
    ) -> None:
        """`files` gives it a way to take open files, where the system has one."""
        self._service = service
        self._environment = environment or {}
        self._takes_files = files and descriptors.available()
        self._files: descriptors.Channel | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._words: process.Tail | None = None
        self._starter: threading.Thread | None = None
        self._late = False
        self._retired = False
        self._guard = threading.Lock()

    @property
    def running(self) -> bool:
        """Whether there is a worker to ask."""
        starter = self._starter
        if self._process is None or starter is None or not starter.is_alive():
            return False
        return self._process.poll() is None

    @property
    def takes_files(self) -> bool:
        """Whether open files can be handed over."""
        return self._takes_files

    def start(self) -> None:
        """Start a worker, in place of one that was there. Raises OSError."""
        self.close()
        # What lies in the current folder is nobody's module.
        # And where a worker goes elsewhere, what lies there is nobody's either.
        path = [os.path.abspath(path) for path in sys.path if path]
        theirs: descriptors.Channel | None = None
        if self._takes_files:
            self._files, theirs = descriptors.channels()
        number = None if theirs is None else theirs.fileno()
        code = _CODE.format(path, self._service, number)
        with theirs or contextlib.nullcontext(), self._guard:
            if self._retired:
                raise OSError("nobody is to be asked any more")
            self._late = False
            self._starter = threading.current_thread()
            self._process = started = process.start(
                [sys.executable, "-B", "-c", code],
                stdin=subprocess.PIPE,
                stderr=subprocess.PIPE,
                environment=surroundings.kept(os.environ) | dict(self._environment),
                inherited=() if number is None else (number,),
            )
        said = cast("IO[bytes]", started.stderr)
        try:
            self._words = process.Tail(said, WORDS)
        except RuntimeError as e:  # the system has no more threads
            said.close()
            self.close()
            raise OSError(str(e)) from e

    def send(self, *parts: bytes) -> None:
        """Ask the worker that was started. Raises OSError where it is gone."""
        assert self._process is not None  # noqa: S101 - the caller's condition
        frames.send(cast("BinaryIO", self._process.stdin), *parts)

    def send_file(self, number: int) -> None:
        """Hand an open file to the worker, by its number here. Raises OSError where it is gone."""
        assert self._files is not None  # noqa: S101 - the caller's condition
        descriptors.send(self._files, number)

    def questions(self) -> BinaryIO:
        """Return the way on which the worker asks on the side, for one thread.

        The worker does it by `serving.ServiceLine.ask`. It ends with the worker, or with `close`.
        """
        assert self._files is not None  # noqa: S101 - the caller's condition
        return cast("BinaryIO", self._files.makefile("rwb"))

    def receive(self, most: int) -> bytes | None:
        """Wait for a part of an answer; None where the worker ended. Raises FrameError, OSError."""
        assert self._process is not None  # noqa: S101 - the caller's condition
        return frames.receive(cast("BinaryIO", self._process.stdout), most)

    @contextlib.contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """End the worker where what is done with it takes longer."""
        timer = threading.Timer(seconds, self.expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def expire(self) -> None:
        """End the worker because it takes too long."""
        self._late = True
        self._end()

    def stop(self) -> None:
        """End the worker because it does not speak as agreed."""
        self._end()

    def retire(self) -> None:
        """End the worker, and let nobody start another one."""
        with self._guard:
            self._retired = True
        self._end()

    def ended(self, patience: float) -> Ending:
        """Make sure that the worker has ended, by force after so many seconds; say how."""
        assert self._process is not None  # noqa: S101 - the caller's condition
        assert self._words is not None  # noqa: S101 - as above
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=patience)
        forced = self._process.poll() is None
        self._end()
        ending = Ending(self._process.returncode, self._late, forced, self._words.read(_READ))
        self.close()
        return ending

    def close(self) -> None:
        """End the worker, where there is one. It has nothing to lose."""
        self._end()
        ended, self._process, self._words = self._process, None, None
        if self._files is not None:
            # Whoever reads from it keeps it open, and so does a child of the worker.
            with contextlib.suppress(OSError):
                self._files.shutdown(descriptors.BOTH_WAYS)
            self._files.close()
            self._files = None
        for stream in (ended.stdin, ended.stdout) if ended is not None else ():
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _end(self) -> None:
        with self._guard:
            held = self._process
        if held is not None:
            process.end_group(held)
            held.wait()
