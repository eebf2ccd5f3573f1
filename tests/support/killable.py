"""Runners of shards as processes that can be killed, at a moment that a test names.

One process loads the program's modules and forks for each runner, so that none waits for an
interpreter. What a fork does differently from the command is in `MOMENTS`, and in its examiner.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TESTS = Path(__file__).resolve().parents[1]
ROWS = 7  # after so many objects a runner is in the middle of its shard
_LONG = 60.0  # seconds that nothing here takes
_NEEDED = (
    *(f"provenance_cli.{name}" for name in ("main", "shards_run", "stopping")),
    *(
        f"provenance.auditing.shards.{name}"
        for name in ("plan_store", "shard_run", "stores", "once")
    ),
    *("obstore.store", "pyarrow.parquet"),
)


@dataclass(frozen=True, slots=True)
class Runner:
    """A runner under way, or at its end."""

    pid: int
    folder: Path

    def ended(self) -> tuple[int, str]:
        """Wait for its end; exit code, negative for a signal, and all it said."""
        code = self.folder / "code"
        _wait(code.exists)
        said = (self.folder / "said").read_text(encoding="utf-8")
        return int(code.read_text()), said

    def workers(self) -> set[int]:
        """Return the processes that it has started and that are there."""
        found: set[int] = set()
        for one in Path(f"/proc/{self.pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found.update(map(int, one.read_text().split()))
        return found

    def passed(self, what: str) -> bool:
        """Whether it has reached a moment."""
        return (self.folder / what).exists()


class Runners:
    """What begins runners, each with a folder of its own below `folder`."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self._folder = folder
        self._process = process
        self._count = 0

    def begin(self, *words: str, moment: str = "", examiner: str = "") -> Runner:
        """Begin `provenance shards run` with these words, to end itself at a moment."""
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        asked = {"folder": str(folder), "words": words, "moment": moment, "examiner": examiner}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Runner(int(self._process.stdout.readline()), folder)


@contextlib.contextmanager
def runners(folder: Path) -> Iterator[Runners]:
    """Give what begins runners with the environment of now."""
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "support.killable"],
        cwd=TESTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Runners(folder, process)
    finally:
        process.communicate(timeout=_LONG)


def wait(until: Callable[[], object]) -> None:
    """Wait for something that comes soon."""
    _wait(until)


def _wait(until: Callable[[], object]) -> None:
    end = time.monotonic() + _LONG
    while not until():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


# What a fork does before it is the command.


def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: Any, name: str, act: Callable[..., object]) -> None:
    real = getattr(owner, name)

    def acting(*args: Any, **named: Any) -> Any:
        act(*args, **named)
        return real(*args, **named)

    setattr(owner, name, acting)


def _after(owner: Any, name: str, act: Callable[..., object]) -> None:
    real = getattr(owner, name)

    def acting(*args: Any, **named: Any) -> Any:
        made = real(*args, **named)
        act()
        return made

    setattr(owner, name, acting)


def _at_row(act: Callable[[], object]) -> None:
    from provenance.auditing.shards import shard_run

    count = iter(range(1, 1 << 30))
    _before(shard_run.WaitingRows, "put", lambda *_: act() if next(count) == ROWS else None)


def _writers() -> tuple[Any, ...]:
    from provenance.auditing.shards import stores

    return stores._Folder, stores._Remote


def _to_write(act: Callable[..., object]) -> None:
    for one in _writers():
        _before(one, "put_new", act)


def _written(act: Callable[..., object]) -> None:
    for one in _writers():
        _after(one, "put_new", act)


def _loaded() -> None:
    from provenance.auditing.shards import plan_store

    _after(plan_store, "objects", _die)


# Where a runner ends itself, as kill -9 would.
MOMENTS: dict[str, Callable[[], None]] = {
    "when it has its list": _loaded,
    "at some row": lambda: _at_row(_die),
    "before it writes": lambda: _to_write(_die),
    "with a temporary file": lambda: _before(os, "link", _die),
    "with two names of one file": lambda: _after(os, "link", _die),
    "when it has written": lambda: _written(_die),
}


def _noted(folder: Path) -> None:
    """Leave a file `row` when a runner is in the middle, for a test that waits for it."""
    _at_row((folder / "row").touch)


def _together(folder: Path) -> None:
    """Let two runners write at the same time: each waits until both are about to."""

    def meet(*_: object) -> None:
        (folder / "about to write").touch()
        _wait(lambda: len(list(folder.parent.glob("*/about to write"))) >= 2)

    _to_write(meet)


def _examined(examiner: str) -> None:
    from provenance.auditing.shards import shard_run

    real = shard_run._task

    def task(made: Any) -> Any:
        wanted, environment = real(made)
        return replace(wanted, examiner=examiner), environment

    setattr(shard_run, "_task", task)  # noqa: B010 - a type checker refuses it otherwise


def _be(asked: dict[str, Any]) -> int:
    """Be the command, with what was asked for."""
    from provenance_cli import main

    folder = Path(asked["folder"])
    with open(folder / "said", "wb", buffering=0) as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    if asked["examiner"]:
        _examined(asked["examiner"])
    _noted(folder)
    if asked["moment"] == "together":
        _together(folder)
    elif asked["moment"]:
        MOMENTS[asked["moment"]]()
    sys.argv[1:] = ["shards", "run", *asked["words"]]
    try:
        main.main()
    except SystemExit as e:
        code = e.code
    return code if isinstance(code, int) else 0


def _watch(asked: dict[str, Any], answers: IO[str]) -> None:
    """Begin a runner below a process that writes down how it ends."""
    read, write = os.pipe()
    if os.fork():
        os.close(write)
        with open(read, encoding="ascii") as pipe:
            answers.write(pipe.read() + "\n")
            answers.flush()
        return
    os.close(read)
    child = os.fork()
    if not child:
        os.close(write)
        code = 70
        try:
            code = _be(asked)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.write(write, str(child).encode())
    os.close(write)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    new = Path(asked["folder"]) / "code.new"
    new.write_text(str(code))
    new.rename(new.with_name("code"))
    os._exit(0)


def _main() -> None:
    for name in _NEEDED:
        vars(importlib.import_module(name))  # which executes it: see provenance.base.lazily
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for line in sys.stdin:
        _watch(json.loads(line), answers)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


if __name__ == "__main__":
    _main()
