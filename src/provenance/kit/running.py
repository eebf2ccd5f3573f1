"""Runs a validator over the samples of a kit, each run within limits, several side by side.

The command is split like a shell line and run without a shell. `{}` stands for the sample's path,
`{signers}` and `{authorities}` for the anchors, `{at}` for the reference time. A word with
`{member}` in it comes for a sample that is a file in an archive, and names that file. A word with
`{fragments}` in it comes once for each media segment, one with `{fragments-glob}` once with a
pattern that fits them all; without segments neither comes at all.
"""

from __future__ import annotations

import contextlib
import glob
import re
import shlex
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from provenance.kit.record import KitError
from provenance.kit.validator_runs import (
    Adapter,
    Problem,
    ValidatorAnswer,
    ValidatorRun,
    read_answer,
)
from provenance.sandbox import process
from provenance.sandbox.limits import hold_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from provenance.kit.expect import ValidatorNeed
    from provenance.kit.record import Kit, SampleRecord

_ERRORS = 4096  # bytes of standard error that are kept, the last ones
_LEFT = 1.0  # seconds to wait for standard error that something outside of the group holds open
_FILE, _FRAGMENTS, _GLOB = "{}", "{fragments}", "{fragments-glob}"
_MEMBER = "{member}"
_MARK = re.compile(r"\{(?:|signers|authorities|at|fragments|fragments-glob|member)\}")


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What one run may take: seconds, bytes of output, bytes of address space.

    Address space is bounded on Linux alone, and only where it is asked for: WebAssembly and the
    garbage collectors of some languages reserve far more of it than they use.
    """

    seconds: float = 20.0
    output: int = 4 << 20
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Validator:
    """A validator under test: its name, its command in words, and how its output is read.

    `takes` is what it can do beyond reading one file, as whoever runs it says.
    """

    name: str
    words: tuple[str, ...]
    adapter: Adapter = Adapter.AUTO
    takes: frozenset[ValidatorNeed] = frozenset()

    @property
    def takes_fragments(self) -> bool:
        """Whether the command has a place for media segments."""
        return any(mark in word for word in self.words for mark in (_FRAGMENTS, _GLOB))


def parse_validator(
    name: str,
    command: str,
    adapter: Adapter = Adapter.AUTO,
    takes: frozenset[ValidatorNeed] = frozenset(),
) -> Validator:
    """Split a command. Raises KitError where it is none or names no sample."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as e:
        raise KitError(f"--command {command!r} cannot be split: {e}") from e
    if not any(_FILE in word for word in words):
        raise KitError(f"--command {command!r} has no {{}} where the sample belongs")
    return Validator(name, words, adapter, takes)


def run_validator(
    kit: Kit,
    validator: Validator,
    limits: RunLimits,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[ValidatorAnswer | None, ...]:
    """Run a validator over every sample, in the kit's order.

    None for a sample that needs its media segments where the command has no place for them, and
    for one that needs what the validator does not take.
    """
    done = 0
    lock = threading.Lock()
    running = _Running()

    def run_sample(entry: SampleRecord) -> ValidatorAnswer | None:
        nonlocal done
        answer = None
        able = not entry.needs or entry.needs in validator.takes
        if able and (not entry.fragments or validator.takes_fragments):
            words = _command_words(kit, validator, entry)
            answer = read_answer(
                _run_command(words, limits, running), validator.adapter, entry.member
            )
        with lock:
            done += 1
            progress(done, len(kit.entries))
        return answer

    # What runs is ended before the threads that wait for it are joined: an interrupt is not
    # held up by a validator that hangs.
    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool, running:
        return tuple(pool.map(run_sample, kit.entries))


class _Running:
    """The processes that run. Once it is left, what runs and what begins later is ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[subprocess.Popen[bytes]] = set()
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over = True
            for child in self._held:
                process.end_group(child)

    @contextlib.contextmanager
    def holding(self, child: subprocess.Popen[bytes]) -> Iterator[None]:
        """Hold a process; at the end it is ended with all that it left running, and reaped."""
        with self._lock:
            self._held.add(child)
            if self._over:
                process.end_group(child)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(child)
            process.end_group(child)
            child.wait()


def _command_words(kit: Kit, validator: Validator, entry: SampleRecord) -> list[str]:
    """The command for one sample. Paths are absolute: none can be taken for an option."""
    folder = kit.folder.absolute()
    sample = str(folder / entry.file)
    fixed = {
        _FILE: sample,
        "{signers}": str(folder / kit.signers),
        "{authorities}": str(folder / kit.authorities),
        "{at}": kit.at,
        _GLOB: f"{glob.escape(sample.rpartition('.')[0])}-*.m4s",
    }
    words: list[str] = []
    for word in validator.words:
        if _MEMBER in word and not entry.member:
            continue
        segments: tuple[str, ...] = ("",)
        if _FRAGMENTS in word:
            segments = entry.fragments
        elif _GLOB in word:
            segments = entry.fragments[:1]
        for segment in segments:
            values = fixed | {_FRAGMENTS: str(folder / segment), _MEMBER: entry.member}
            words.append(_filled(word, values))
    return words


def _filled(word: str, values: Mapping[str, str]) -> str:
    """Put in all values in one pass: what is put in may itself look like a mark."""
    return _MARK.sub(lambda mark: values[mark[0]], word)


def _run_command(words: Sequence[str], limits: RunLimits, running: _Running) -> ValidatorRun:
    """Run one command: no shell, no standard input, of its errors the end."""
    until = time.monotonic() + limits.seconds
    try:
        child = process.start(words, stderr=subprocess.PIPE)
    except (OSError, ValueError):
        return ValidatorRun(0, problem=Problem.MISSING)
    with running.holding(child):
        if limits.memory is not None:
            hold_memory(child.pid, limits.memory)
        assert child.stdout is not None  # noqa: S101 - a pipe, as `start` says
        assert child.stderr is not None  # noqa: S101 - a pipe, as said above
        errors = process.Tail(child.stderr, _ERRORS)
        output = process.first(child.stdout, limits.output, until - time.monotonic())
        problem = None
        if output is None:
            problem = Problem.TIMEOUT
        elif len(output) > limits.output:
            problem = Problem.OUTPUT
        else:
            try:
                child.wait(max(until - time.monotonic(), 0.0))
            except subprocess.TimeoutExpired:
                problem = Problem.TIMEOUT
    return ValidatorRun(child.returncode, output or b"", problem, errors.read(_LEFT))
