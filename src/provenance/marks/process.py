"""The caller's side of a worker: starts it, asks it, and ends it when it takes too long."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, BinaryIO

from provenance.base.values import dataclass
from provenance.marks import wire

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_AFTER = 500  # requests, after which a worker is replaced, so that nothing can pile up in one
_SIGNALS = {6: "it aborted", 9: "it was killed", 11: "it crashed", 24: "it used up its time"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may take: `memory` in bytes of address space, times in seconds a carrier.

    `memory` is raised to what the decoders say they need. Limits of memory and processor time hold
    on POSIX systems (macOS has none of address space); the wall-clock limit holds everywhere.
    """

    memory: int = 2048 << 20
    processor: int = 60
    wall_clock: float = 120.0


class WorkerError(Exception):
    """A worker ended without an answer; the message says how."""


class Worker:
    """One worker process, started when it is first asked and again after it has ended.

    Not to be shared between threads. Use it as a context manager, or call `close`.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def ask(self, request: dict[str, Any], media: bytes) -> wire.Answer:
        """Send one request and return the answer. Raises WorkerError; the next one may be asked."""
        if self._asked >= _AFTER:
            self.close()
        process = self._started()
        assert process.stdin is not None  # noqa: S101 - see `_started`
        assert process.stdout is not None  # noqa: S101 - made with a pipe
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self.limits.wall_clock, stop)
        timer.daemon = True
        timer.start()
        self._asked += 1
        try:
            wire.send(_stream(process.stdin), wire.encode(request), media)
            data = wire.receive(_stream(process.stdout), wire.MAX_ANSWER)
            if data is not None:
                return wire.answer(data)
        except (OSError, wire.WireError) as e:
            why = str(e) if isinstance(e, wire.WireError) else ""
        else:
            why = ""
        finally:
            timer.cancel()
        code = self.close()
        if late.is_set():
            why = f"it was stopped after {self.limits.wall_clock:g} seconds"
        elif code < 0:
            why = _SIGNALS.get(-code, f"it was ended by signal {-code}")
        raise WorkerError(why or f"it ended without an answer (code {code})")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        # -P: what stands in the current folder is nobody's module.
        command = [sys.executable, "-P", "-m", "provenance.marks.worker"]
        command += [str(self.limits.memory), str(self.limits.processor)]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        return self._process

    def close(self) -> int:
        """End the worker, if there is one; return its exit code, as `subprocess` has it."""
        process, self._process, self._asked = getattr(self, "_process", None), None, 0
        if process is None:
            return 0
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        try:
            code: int = process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        return code


def _stream(stream: Any) -> BinaryIO:
    made: BinaryIO = stream
    return made


def _environment() -> dict[str, str]:
    """Return our environment, with one thread a library and nothing fetched."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    offline = dict.fromkeys(("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"), "1")
    return os.environ | threads | offline | {"PYTHONDONTWRITEBYTECODE": "1"}
