"""The trial itself, in an environment that has what it needs; see README.md."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import os
import shlex
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench import audit
from pyarrow import parquet
from support import object_store

from engines.cost import Cost, Watched
from provenance.auditing.shards import stores
from provenance.auditing.shards.shard_plan import PARTS, part_name
from provenance.kit import media

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = "2026-06-01T00:00:00Z"
PROGRAM = (sys.executable, "-c", "from provenance_cli.main import main; main()")
PLANTED = Path(__file__).parent / "planted"
CORES = 2
# As the tests for one shard have them; `support.examiners` says what each name does.
POISONS = {
    "segfault-1": "worker.crashed",
    "loop-1": "worker.timeout",
    "allocate-1": "worker.memory",
}
_LONG = 120.0  # seconds until an engine has begun
_FINE = 60  # objects beside the poisons
_BUDGET = 1.35  # of an engine, over xargs
_OVER_DISK = 2.1  # of xargs, over an audit of the disk


class WrongError(Exception):
    """Something is not as it has to be."""


class Trial:
    """Files, the store that serves them, and what was found with each engine."""

    def __init__(self, folder: Path, url: str, store: frozenset[int], shard_size: int) -> None:
        self.folder = folder
        self.variables = {**os.environ, **object_store.environment(url)}
        os.environ.update(object_store.environment(url))
        self._store = store
        self._size = shard_size
        self._digests: dict[str, list[str]] = {}

    def plan(self, source: str, out: str, size: int | None = None) -> int:
        """Plan the shards of a source; return how many there are."""
        words = ("plan", source, "--output", out, "--at", AT, "--quiet")
        cost = self.program("shards", *words, "--shard-size", str(size or self._size))
        if cost.code:
            raise WrongError(cost.errors)
        return sum(1 for _ in stores.open_store(out).listed("lists"))

    def program(self, *words: str) -> Cost:
        """Run one of our commands to its end."""
        return self._begun((*PROGRAM, *words)).wait()

    def run(self, engine: str, out: str, shards: int, *more: str) -> Cost:
        """Run all shards to the end. Raises WrongError where the engine does not say so."""
        cost = self.begin(engine, out, shards, *more).wait()
        if cost.code:
            raise WrongError(f"{engine}: exit code {cost.code}: {cost.said} {cost.errors}")
        wrong = [
            one
            for one in cost.said.splitlines()
            if not one.startswith(("plan ", "shard ", "next: "))
        ]
        if wrong:
            raise WrongError(f"{engine} printed what is not ours: {wrong[0]}")
        return cost

    def begin(self, engine: str, out: str, shards: int, *more: str) -> Watched:
        """Begin to run all shards, one worker each."""
        one = (*PROGRAM, "shards", "run", out, "-j", "1", *more)
        if engine == "xargs":
            each = shlex.join([*one, "--shard"]) + " {}"
            line = f"seq 0 {shards - 1} | xargs -P {CORES} -I {{}} {each}"
            return self._begun(("sh", "-c", line))
        return self._begun((*one, "--all", "--engine", engine))

    def _begun(self, words: tuple[str, ...]) -> Watched:
        return Watched(words, self.variables, self._store)


def parts(out: str, shards: int) -> list[bytes]:
    """Return the parts of an audit. Raises WrongError where there are others than one a shard."""
    store = stores.open_store(out)
    names = sorted(f"{PARTS}{Path(one.key).name}" for one in store.listed(PARTS.rstrip("/")))
    if names != [part_name(n) for n in range(shards)]:
        raise WrongError(f"{out}: {len(names)} parts of {shards} shards")
    return [store.get(name) for name in names]


def rows(made: list[bytes]) -> list[dict[str, object]]:
    """Return paths and codes of all rows."""
    columns = ["path", "error_code"]
    tables = (parquet.read_table(io.BytesIO(one), columns=columns) for one in made)
    return [row for table in tables for row in table.to_pylist()]


def check(made: list[bytes], count: int, like: list[bytes] | None, what: str) -> None:
    """Raise WrongError unless there are N rows of N paths, and the bytes of the other run."""
    paths = [row["path"] for row in rows(made)]
    if len(paths) != count or len(set(paths)) != count:
        raise WrongError(f"{what}: {len(paths)} rows of {len(set(paths))} paths, not {count}")
    if like is not None and made != like:
        digests = [hashlib.sha256(one).hexdigest()[:12] for one in (*made, *like)]
        raise WrongError(f"{what}: the parts are others: {digests}")


def line(name: str, cost: Cost, ratio: float | None, budget: float | None) -> bool:
    """Print one line; return whether its budget was kept."""
    text = f"{name:22} {cost.processor:8.1f} s of processor {cost.wall:8.1f} s"
    if ratio is not None:
        text += f"   {ratio:.2f} (budget {budget})"
    print(text, flush=True)
    return ratio is None or budget is None or ratio <= budget


def audited(trial: Trial) -> Cost:
    """Audit the same files on the disk."""
    disk, ledger = str(trial.folder / "in"), str(trial.folder / "audit.ledger")
    Path(ledger).unlink(missing_ok=True)
    words = ("audit", disk, "--ledger", ledger, "-j", str(CORES), "--at", AT)
    cost = trial.program(*words, "--quiet", "--exit-zero")
    if cost.code:
        raise WrongError(f"audit: exit code {cost.code}: {cost.errors}")
    return cost


def ran(
    trial: Trial, engines: list[str], count: int, ending: str = ""
) -> Iterator[tuple[str, Cost, list[bytes]]]:
    """Run the plan under `xargs`, then under each engine; yield what it cost, and the parts.

    Raises WrongError unless these are the same everywhere. `ending` is that of the places of parts.
    """
    reference = None
    for engine in ("xargs", *engines):
        out = f"s3://bucket/out-{engine}{ending}"
        shards = trial.plan("s3://bucket/in", out)
        cost = trial.run(engine, out, shards)
        made = parts(out, shards)
        check(made, count, reference, engine)
        reference = reference or made
        yield engine, cost, made


def compare(trial: Trial, engines: list[str], count: int) -> tuple[list[bytes], int, bool]:
    """Run the plan under each engine; return the parts, how many, and whether budgets were kept."""
    base = audited(trial)
    line(f"audit -j {CORES}, disk", base, None, None)
    kept, first, reference = True, base, list[bytes]()
    for engine, cost, made in ran(trial, engines, count):
        against, budget = (base, _OVER_DISK) if engine == "xargs" else (first, _BUDGET)
        kept &= line(engine, cost, cost.processor / against.processor, budget)
        if engine == "xargs":
            first, reference = cost, made
    print(f"rows: {count} of {count} paths in {len(reference)} parts, the same bytes under each")
    return reference, len(reference), kept


def killed(trial: Trial, engine: str, other: str, reference: list[bytes], count: int) -> None:
    """Kill an engine half-way, or earlier where it is too quick, and resume with another one."""
    half = len(reference) // 2
    for parts_there in (half, half // 2, 1):
        if _killed(trial, engine, other, reference, count, max(parts_there, 1)):
            return
    raise WrongError(f"{engine} had done all before it was killed, three times")


def _killed(
    trial: Trial, engine: str, other: str, reference: list[bytes], count: int, most: int
) -> bool:
    out = f"s3://bucket/killed-{engine}-{time.monotonic_ns()}"
    shards = trial.plan("s3://bucket/in", out)
    store = stores.open_store(out)
    under_way = trial.begin(engine, out, shards)
    there = 0
    while there < most and under_way.process.poll() is None:
        time.sleep(0.02)
        there = sum(1 for _ in store.listed(PARTS.rstrip("/")))
    took, left = under_way.kill()
    there = sum(1 for _ in store.listed(PARTS.rstrip("/")))
    if there >= shards:
        return False
    trial.run(other, out, shards)
    check(parts(out, shards), count, reference, f"{engine} killed, {other} resumed")
    print(
        f"kill -9 of {engine} with {there} of {shards} parts; all its processes gone after"
        f" {took:.1f} s ({left} had to be ended); resumed under {other}: the same bytes",
        flush=True,
    )
    return True


def bereft(trial: Trial, engine: str, reference: list[bytes], count: int) -> None:
    """Kill one task of an engine, which gives it out again; or a runner, and run again."""
    out = f"s3://bucket/bereft-{engine}"
    shards = trial.plan("s3://bucket/in", out)
    under_way = trial.begin(engine, out, shards)
    until = time.monotonic() + _LONG
    while not (tasks := under_way.tasks()):
        if time.monotonic() > until or under_way.process.poll() is not None:
            raise WrongError(f"{engine}: no task was seen")
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.kill(tasks[0], signal.SIGKILL)
    cost = under_way.wait()
    if engine == "xargs":
        if not cost.code:
            raise WrongError("xargs says nothing of a runner that was killed")
        trial.run(engine, out, shards)
    elif cost.code:
        raise WrongError(f"{engine}, a task killed: {cost.code}: {cost.said} {cost.errors}")
    check(parts(out, shards), count, reference, f"{engine}, a task killed")
    print(f"kill -9 of a task of {engine}: the same bytes", flush=True)


def poisoned(trial: Trial, engine: str) -> None:
    """Run a shard with three poisons in it."""
    out = f"s3://bucket/poisoned-{engine}"
    shards = trial.plan("s3://bucket/poison", out, 1000)
    before = dict(trial.variables)
    trial.variables["PLANTED_EXAMINER"] = "support.examiners:misbehaving_afar"
    trial.variables["PYTHONPATH"] = f"{PLANTED}{os.pathsep}{before['PYTHONPATH']}"
    try:
        trial.run(engine, out, shards, "--timeout", "2", "--max-memory", "256M")
    finally:
        trial.variables = before
    found = {row["path"]: row["error_code"] for row in rows(parts(out, shards))}
    told = {path: code for path, code in found.items() if code is not None}
    if len(found) != _FINE + len(POISONS) or told != POISONS:
        raise WrongError(f"{engine}: {len(found)} rows, and {told}")
    print(f"poisons under {engine}: {len(found)} rows, {', '.join(sorted(POISONS.values()))}")


def make(folder: Path, count: int) -> None:
    """Write the files: those of the benchmark, and those with poisons."""
    (folder / "in").mkdir()
    audit.make(folder / "in", count)
    (folder / "poison").mkdir()
    for name in (*(f"{n:02d}.jpg" for n in range(_FINE)), *POISONS):
        (folder / "poison" / name).write_bytes(media.gradient_jpeg(32, 16))


@contextlib.contextmanager
def served(count: int, shard_size: int) -> Iterator[Trial]:
    """Make the files, serve them, and end all that."""
    Watched.prepare()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, count)
        mine = _children()
        with object_store.running(folder) as url:
            yield Trial(folder, url, _children() - mine, shard_size)


def _children() -> frozenset[int]:
    found = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return frozenset(map(int, found.split()))


def main() -> int:
    """Run it all, and say what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, required=True)
    parser.add_argument("--shard-size", type=int, required=True)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("engines", nargs="*")
    given = parser.parse_args()
    assert shutil.which("xargs"), "there is no xargs"
    load = os.getloadavg()[0]
    print(f"{given.files} objects, {given.shard_size} a shard; load {load:.1f}", flush=True)
    try:
        with served(given.files, given.shard_size) as trial:
            reference, _, kept = compare(trial, given.engines, given.files)
            every = ["xargs", *given.engines]
            for engine in given.engines or every:
                others = [one for one in given.engines if one != engine] or ["xargs"]
                killed(trial, engine, others[0], reference, given.files)
            for engine in every:
                bereft(trial, engine, reference, given.files)
                poisoned(trial, engine)
    except WrongError as e:
        print(f"WRONG: {e}", flush=True)
        return 1
    return 1 if given.strict and not kept else 0


if __name__ == "__main__":
    sys.exit(main())
