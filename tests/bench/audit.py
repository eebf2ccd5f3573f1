"""An audit of many small files, most without credentials: speed, scaling, memory."""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from bench import sdk, shards
from bench.files import FIXTURES
from bench.measure import REPORTED, Result, at_least, at_most, missing
from bench.workers import scaling
from provenance.auditing.ledger import Ledger
from provenance.auditing.plan import Filters, Plan
from provenance.auditing.processes import Processes
from provenance.auditing.run import Audit, AuditWish
from provenance.auditing.sources import Sources
from provenance.auditing.task import FileLimits
from provenance.kit import films, media
from provenance.signing.trust_store import TrustStore
from provenance.verdict.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = 100_000
_PER_FOLDER = 1_000
_SIGNED_IN = 20  # one of so many files carries a credential: five in a hundred
_SAMPLES = 40  # of memory, over a run


@dataclass(frozen=True, slots=True)
class _Run:
    """One audit: seconds from its first outcome on, and memory by process over the run, in MB.

    `own` and `theirs` are seconds of CPU, of this process from the first outcome on and of all
    workers with their start: on two cores they bound what a second worker can bring.
    """

    seconds: float
    count: int
    own: float
    theirs: float
    parent: tuple[float, ...]
    workers: tuple[float, ...]


def make(folder: Path, count: int) -> None:
    """Write `count` files: pictures, sound, film and text, one in twenty signed, from one seed."""
    chosen = random.Random(7)  # noqa: S311 - the same files every time
    plain = [
        *(media.gradient_jpeg(64 + 8 * n, 48) for n in range(24)),
        *(media.gradient_png(32 + 4 * n, 24) for n in range(24)),
        *(media.tone_wav(220 + 20 * n) for n in range(8)),
        *(films.gradient_mp4(96, 64, 1 + n) for n in range(4)),
        *(b"A note, and no more.\n" * (10 + n) for n in range(4)),
    ]
    signed = [
        (FIXTURES / name).read_bytes()
        for name in ("ai-generated.png", "capture.jpg", "clip.mp4", "composite.jpg", "unlisted.jpg")
    ]
    for n in range(count):
        if n % _PER_FOLDER == 0:
            below = folder / f"{n // _PER_FOLDER:05d}"
            below.mkdir()
        data = chosen.choice(signed if n % _SIGNED_IN == 0 else plain)
        (below / f"{n:08d}.bin").write_bytes(data)


def audit(folder: Path, ledger: Path, workers: int) -> _Run:
    """Audit a folder into a new ledger."""
    wish = AuditWish(
        Sources((str(folder),)), Filters(), Policy(), TrustStore.load(), datetime.now(UTC)
    )
    count, began, own = 0, 0.0, 0.0
    before = _children_cpu()
    sampler = _Sampler()
    with Ledger(str(ledger)) as opened:
        run = Audit(wish, opened)
        plan = Plan(wish.sources, wish.filters, str(ledger))
        with sampler:
            for outcome in run.work(plan, Processes(workers, FileLimits()), Event()):
                if outcome is None:
                    continue
                if not count:
                    began = time.perf_counter()  # without the start of the workers
                    own = time.process_time()
                count += 1
            took = time.perf_counter() - began
            own = time.process_time() - own
        run.end_run(finished=True)
    theirs = _children_cpu() - before
    return _Run(took, count, own, theirs, tuple(sampler.parent), tuple(sampler.workers))


def _children_cpu() -> float:
    """Seconds of CPU of every child that has ended."""
    times = os.times()
    return times.children_user + times.children_system


class _Sampler:
    """Looks at this process and the largest of its children, every so often."""

    def __init__(self) -> None:
        self.parent: list[float] = []
        self.workers: list[float] = []
        self._over = Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.25):
            children = [_resident(pid) for pid in _children()]
            if children:
                self.parent.append(_resident(os.getpid()))
                self.workers.append(max(children))


def _children() -> list[int]:
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
        # threads of ours started them: ask for those of every thread
        tasks = Path("/proc/self/task").iterdir()
        return [int(p) for t in tasks for p in (t / "children").read_text().split()] or [
            int(p) for p in text.split()
        ]
    except OSError:
        return []


def _resident(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0.0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _loop(folder: Path, most: int) -> float:
    """Seconds a file of a plain loop over the SDK, one file after another, nothing kept."""
    paths = sorted(folder.rglob("*.bin"))[:most]
    context = sdk.context()
    began = time.perf_counter()
    sdk.read_all(paths, context)
    return (time.perf_counter() - began) / len(paths)


def run(rounds: int = 3, count: int = FILES) -> Iterator[Result]:
    """Measure on `count` files, `rounds` times each with one worker and with two."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "files"
        folder.mkdir()
        make(folder, count)
        machine = tuple(scaling() for _ in range(rounds))
        yield Result(
            "two workers, arithmetic alone", "one worker", REPORTED, machine, "the machine"
        )
        scale, against, last = [], [], None
        speeds = {1: 0.0, 2: 0.0}
        for n in range(rounds):
            took = {}
            for workers in (1, 2) if n % 2 else (2, 1):
                last = audit(folder, Path(name) / f"{n}-{workers}.ledger", workers)
                if last.count != count:
                    sys.exit(f"{last.count} outcomes for {count} files")
                took[workers] = last.seconds / last.count
                speeds[workers] = 1 / took[workers]
                if workers == 2:
                    memory = last
            scale.append(took[1] / took[2])
            against.append(_loop(folder, min(count, 20_000)) / took[1])
        own, theirs = (1e6 * seconds / count for seconds in (memory.own, memory.theirs))
        note = f"{speeds[2]:.0f} files/s with two, {speeds[1]:.0f} with one; CPU a file: "
        note += f"{theirs:.0f} us in workers, {own:.0f} us in the audit's own process"
        yield Result(
            f"audit of {count} files, two workers", "one", at_least(1.8), tuple(scale), note
        )
        note = f"{speeds[2] / 2:.0f} files/s a core with two; a whole audit against reading alone"
        yield Result("audit, one worker", "loop over c2pa.Reader", REPORTED, tuple(against), note)
        yield from _memory(memory)
    yield from shards.run(rounds)


def _memory(measured: _Run) -> Iterator[Result]:
    for name, sizes in (("audit's own process", measured.parent), ("worker", measured.workers)):
        if len(sizes) < 8:
            yield missing(f"memory of the {name}", "early", at_most(1.05), "too short to tell")
            continue
        step = max(len(sizes) // 8, 1)
        note = "MB: " + " ".join(f"{size:.0f}" for size in sizes[::step])
        early, late = sizes[len(sizes) // 4], sizes[-2]
        yield Result(f"memory of the {name}, late", "early", at_most(1.05), (late / early,), note)
