"""What a command costs, with all that it starts, and what of it is left when it was killed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PR_SET_CHILD_SUBREAPER = 36
_TICK = 0.025  # seconds between two looks at what is known
_SCAN = 4  # ticks between two looks for what is new
_END = 60.0  # seconds for daemons to follow their driver
_WORKER = b"provenance.sandbox.serving"  # in the words of a worker's process
_CLOCK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of processors and of the clock, exit code, and what was said."""

    processor: float
    wall: float
    code: int
    said: str
    errors: str


class Watched:
    """A command under way. All that it starts stays below this process, whoever ends in between.

    `Watched.prepare()` comes first. `aside` are processes that are not the command's.
    """

    def __init__(
        self, words: Sequence[str], environment: dict[str, str], aside: frozenset[int]
    ) -> None:
        self._aside = aside
        self._seen: dict[tuple[int, int], float] = {}
        self._began, self._before = time.monotonic(), _of_children()
        self._over = threading.Event()
        self.process = subprocess.Popen(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    @staticmethod
    def prepare() -> None:
        """Let orphans become children of this process."""
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def wait(self) -> Cost:
        """Wait for its end, and for that of all it started."""
        said, errors = self.process.communicate()
        wall = time.monotonic() - self._began
        self.gone()
        self._over.set()
        self._thread.join()
        # What ends between two looks is in the one, what nobody waits for in the other.
        spent = max(sum(self._seen.values()), _of_children() - self._before)
        return Cost(spent, wall, self.process.returncode, said, errors)

    def kill(self) -> tuple[float, int]:
        """End its process group; seconds until all is gone, how many others had to be ended."""
        with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
            os.killpg(self.process.pid, signal.SIGKILL)
        began = time.monotonic()
        self.process.communicate()
        left = self.gone()
        self._over.set()
        self._thread.join()
        return time.monotonic() - began, left

    def tasks(self) -> list[int]:
        """Return the processes that have our workers below them: the tasks of an engine."""
        found = self._below()
        return sorted({one[0] for pid, one in found.items() if _WORKER in _words(pid)})

    def gone(self) -> int:
        """Wait until nothing is left below; end what does not, and say how many that were."""
        until, ended = time.monotonic() + _END, 0
        while left := self._below():
            for pid, (parent, state, _, _) in left.items():
                with contextlib.suppress(ChildProcessError, ProcessLookupError):
                    if state == "Z" and parent == os.getpid() and pid != self.process.pid:
                        os.waitpid(pid, os.WNOHANG)
                    elif time.monotonic() > until:
                        os.kill(pid, signal.SIGKILL)
                        ended += 1
            time.sleep(0.05)
        return ended

    def _below(self) -> dict[int, tuple[int, str, int, float]]:
        found = _processes()
        mine = {os.getpid()}
        while True:
            more = {p for p, one in found.items() if one[0] in mine} - mine - self._aside
            if not more:
                return {p: found[p] for p in mine if p != os.getpid()}
            mine |= more

    def _look(self) -> None:
        known: set[int] = set()
        ticks = 0
        while not self._over.wait(_TICK):
            if ticks % _SCAN == 0:
                known = set(self._below())
            ticks += 1
            for pid in known:
                if (one := _process(pid)) is not None:
                    self._seen[pid, one[2]] = one[3]


def _of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _process(pid: int) -> tuple[int, str, int, float] | None:
    """Parent, state, start and seconds of one process; None where it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # `man 5 proc`: the name is in brackets, and may hold any.
    state, parent, *rest = text.rpartition(")")[2].split()
    return int(parent), state, int(rest[17]), (int(rest[9]) + int(rest[10])) / _CLOCK


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _processes() -> dict[int, tuple[int, str, int, float]]:
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return {pid: one for pid in pids if (one := _process(pid)) is not None}
