"""Children of every kind: started in a group of their own, read within bounds, ended with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_AT_ONCE = 64 << 10  # bytes


def start(
    words: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
    inherited: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program without a shell, its standard output in a pipe. Raises OSError, ValueError.

    Ctrl-C reaches the caller alone. `inherited` are further open files that it has, by number.
    """
    return subprocess.Popen(  # noqa: S603 - ourselves, or what the user told us to run
        words,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=None if environment is None else dict(environment),
        start_new_session=True,
        pass_fds=inherited,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # so on Windows
    )


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a child and all that it has started, its group. Does not wait for it."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def first(pipe: IO[bytes], most: int, seconds: float) -> bytes | None:
    """Read all that comes, but at most one byte more than `most`; None where time runs out.

    A thread reads, and closes the pipe whenever its other end is closed. Something that left the
    process's group may hold that end for as long as it likes: then the thread is left behind, and
    neither joined nor disturbed.
    """
    held: list[bytes] = []

    def drain() -> None:
        with pipe:
            held.append(pipe.read(most + 1))

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    reader.join(max(seconds, 0.0))
    return held[0] if held else None


class Tail:
    """Reads a pipe to its end and keeps the last `most` bytes of it, so that a child never waits.

    Raises RuntimeError where the system has no more threads.
    """

    def __init__(self, pipe: IO[bytes], most: int) -> None:
        self._pipe = pipe
        self._most = most
        self._held = b""
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def read(self, seconds: float) -> bytes:
        """Return what is kept, once the pipe has ended or so much time is over."""
        self._thread.join(seconds)
        return self._held

    def _drain(self) -> None:
        with self._pipe as pipe:
            while data := os.read(pipe.fileno(), _AT_ONCE):
                self._held = (self._held + data)[-self._most :]
