"""Two processes against one, and the memory of one over a long run."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import files
from bench.measure import REPORTED, Budget, Kind, Result, at_least, at_most, missing
from provenance.base.options import Options
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator

REPEAT = 4
LONG_RUN = 3000  # verifications


def _work(paths: list[str], digest: bool, start: Any, done: Any) -> None:
    verifier = Verifier(options=Options(digest=digest), helper=None)  # as a worker of an audit
    for path in paths[:4]:
        verifier.verify(path)  # loads the SDK and the rest
    start.wait()
    for path in paths:
        verifier.verify(path)
    done.wait()


def together(paths: list[str], count: int, *, digest: bool) -> float:
    """Verify every path once, dealt out to `count` new processes; seconds without their start."""
    context = multiprocessing.get_context("spawn")
    start, done = context.Barrier(count + 1), context.Barrier(count + 1)
    running = [
        context.Process(target=_work, args=(paths[n::count], digest, start, done))
        for n in range(count)
    ]
    for process in running:
        process.start()
    start.wait()
    began = time.perf_counter()
    done.wait()
    took = time.perf_counter() - began
    for process in running:
        process.join()
    return took


def _burn(start: Any, done: Any) -> None:
    start.wait()
    total = 0
    for n in range(8_000_000):
        total += n * n
    done.wait()


def scaling() -> float:
    """What two processes gain over one on this machine now, where nothing is shared."""
    context = multiprocessing.get_context("spawn")
    took = {}
    for count in (1, 2):
        start, done = context.Barrier(count + 1), context.Barrier(count + 1)
        running = [context.Process(target=_burn, args=(start, done)) for _ in range(count)]
        for process in running:
            process.start()
        start.wait()
        began = time.perf_counter()
        done.wait()
        took[count] = time.perf_counter() - began
        for process in running:
            process.join()
    return 2 * took[1] / took[2]


def resident() -> int | None:
    """Bytes of this process in memory now; None where the platform does not say."""
    try:
        fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    except OSError:
        return None
    return int(fields[1]) * 4096


def _long(paths: list[str], count: int, results: Any) -> None:
    verifier = Verifier()
    sizes = []
    for n in range(count):
        verifier.verify(paths[n % len(paths)])
        if (n + 1) % max(count // 8, 1) == 0:
            sizes.append(resident())
    results.put(sizes)


def run(rounds: int = 5, repeat: int = REPEAT, long_run: int = LONG_RUN) -> Iterator[Result]:
    """Measure both; the corpus is read `repeat` times a round."""
    most = max(files.signed(), key=files.reachable_manifests)
    paths = [str(p) for p in files.all_files() if p != most] * repeat
    paths += [str(most)] * (repeat - repeat % 2)  # the slow one: as often on either side
    machine = tuple(scaling() for _ in range(rounds))
    yield Result("two workers, arithmetic alone", "one worker", REPORTED, machine, "the machine")
    for digest, budget in ((False, at_least(1.9)), (True, at_least(1.9))):
        times = []
        for n in range(rounds):
            order = (1, 2) if n % 2 else (2, 1)
            took = {count: together(paths, count, digest=digest) for count in order}
            times.append((took[2], took[1]))
        yield _speed(f"two workers, digest={digest}", budget, times, len(paths))
    yield _flat([str(p) for p in files.all_files()], long_run)


def _speed(name: str, budget: Budget, times: list[tuple[float, float]], count: int) -> Result:
    ratios = tuple(one / two for two, one in times)
    two, one = (statistics.median(t[i] for t in times) / count * 1000 for i in (0, 1))
    return Result(name, "one worker", budget, ratios, f"{two:.3g} ms against {one:.3g} ms a file")


def _flat(paths: list[str], count: int) -> Result:
    name, baseline = f"memory after {count} files", "after a quarter of them"
    if resident() is None:
        return missing(name, baseline, Budget(Kind.AT_MOST, 1.05), "the platform does not say")
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=_long, args=(paths, count, results))
    process.start()
    sizes = results.get()
    process.join()
    note = "MB: " + " ".join(str(size >> 20) for size in sizes)
    return Result(name, baseline, at_most(1.05), (sizes[-1] / sizes[1],), note)
