"""Runs a validator over the samples of a kit, each run within limits, several side by side.

The command is split like a shell line and run without a shell. `{}` stands for the sample's path,
`{signers}` and `{authorities}` for the anchors, `{at}` for the reference time. A word with
`{fragments}` in it comes once for each media segment, one with `{fragments-glob}` once with a
pattern that fits them all; without segments neither comes at all.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shlex
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance.kit.answers import Adapter, Answer, Problem, Ran, read
from provenance.kit.record import KitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance.kit.record import Entry, Kit

_FILE, _FRAGMENTS, _GLOB = "{}", "{fragments}", "{fragments-glob}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take: seconds, bytes of output, bytes of memory (where it can be held)."""

    seconds: float = 20.0
    output: int = 4 << 20
    memory: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Validator:
    """A validator under test: its name, its command in words, and how its output is read."""

    name: str
    words: tuple[str, ...]
    adapter: Adapter = Adapter.AUTO

    @property
    def takes_fragments(self) -> bool:
        """Whether the command has a place for media segments."""
        return any(mark in word for word in self.words for mark in (_FRAGMENTS, _GLOB))


def parse(name: str, command: str, adapter: Adapter = Adapter.AUTO) -> Validator:
    """Split a command. Raises KitError where it is none or names no sample."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as e:
        raise KitError(f"--command {command!r} cannot be split: {e}") from e
    if not any(_FILE in word for word in words):
        raise KitError(f"--command {command!r} has no {{}} where the sample belongs")
    return Validator(name, words, adapter)


def ask(
    kit: Kit,
    validator: Validator,
    limits: Limits,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Answer | None, ...]:
    """Run a validator over every sample, in the kit's order.

    None for a sample that needs its media segments where the command has no place for them.
    """
    done = 0
    lock = threading.Lock()

    def one(entry: Entry) -> Answer | None:
        nonlocal done
        answer = None
        if not entry.fragments or validator.takes_fragments:
            answer = read(_run(_words(kit, validator, entry), limits), validator.adapter)
        with lock:
            done += 1
            progress(done, len(kit.entries))
        return answer

    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool:
        return tuple(pool.map(one, kit.entries))


def _words(kit: Kit, validator: Validator, entry: Entry) -> list[str]:
    fixed = {
        _FILE: str(kit.folder / entry.file),
        "{signers}": str(kit.signers),
        "{authorities}": str(kit.authorities),
        "{at}": kit.at,
    }
    made: list[str] = []
    stem = str(kit.folder / entry.file).rpartition(".")[0]
    for word in validator.words:
        if _GLOB in word:
            made += [word.replace(_GLOB, f"{glob.escape(stem)}-*.m4s")] if entry.fragments else []
            continue
        several = _FRAGMENTS in word
        for segment in entry.fragments if several else ("",):
            filled = word
            for mark, value in fixed.items():
                filled = filled.replace(mark, value)
            made.append(filled.replace(_FRAGMENTS, str(kit.folder / segment)))
    return made


def _run(words: Sequence[str], limits: Limits) -> Ran:
    """Run one command: no shell, no standard input, its errors not read."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, split and without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError):
        return Ran(0, problem=Problem.MISSING)
    _hold(process.pid, limits)
    held: list[bytes] = []
    assert process.stdout is not None  # noqa: S101 - a pipe, as asked for above
    pipe = process.stdout
    reader = threading.Thread(target=lambda: held.append(pipe.read(limits.output + 1)), daemon=True)
    reader.start()
    reader.join(limits.seconds)
    problem = None
    if reader.is_alive():
        problem = Problem.TIMEOUT
    elif held and len(held[0]) > limits.output:
        problem = Problem.OUTPUT
    else:
        try:
            process.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            problem = Problem.TIMEOUT
    if problem is not None:
        _end(process)
    process.wait()
    reader.join(1.0)
    pipe.close()
    return Ran(process.returncode, held[0] if held else b"", problem)


def _hold(pid: int, limits: Limits) -> None:
    """Bound the memory of a process that has just begun, where the system can do so."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - not on every system

        # The process may be over already.
        with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_AS, (limits.memory, limits.memory))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started, which are a group of their own."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
