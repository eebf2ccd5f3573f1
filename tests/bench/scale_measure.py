"""What the simulation of `bench.scale` rests on, measured again: `tests/bench scale --measure`.

Files are those of the shared folder and the ordinary ones of `tests/negatives/collect.py`. Each is
linked to, never copied, so often that the start of the program counts for little. Times are those
of the processor, of the audit's own process and of its workers together.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.object_store import environment, running

from bench import files
from bench.audit import make
from bench.measure import compiled
from provenance import Options, Verifier
from provenance.auditing.shards.object_lists import Packer
from provenance.auditing.shards.plan_store import load_plan
from provenance.auditing.shards.shard_plan import PLAN, ListedObject
from provenance.media.asset import Asset
from provenance.media.object_source import BLOCK, HELD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ORDINARY = Path(sys.prefix, "share", "provenance-negatives")
WHOLE = 4 << 20  # bytes; an object of less is read whole
TIMES = 3000  # files of one audit, by links
ROUNDS = 3
SHARD = 5000  # objects of the shard that is run
KINDS = ("ordinary", "evidence", "signed")
_PROGRAM = ("-c", "from provenance_cli.main import main; main()", "audit")
_RUN = ("-c", "from provenance_cli.shards_run import shards_run_command; shards_run_command()")
_QUIETLY = ("-j", "1", "-q", "--progress", "none", "--exit-zero", "--files-from", "-")
_TAKEN = "select path, size, credential_status, record from file where error_code is null"


def everything() -> list[Path]:
    """Return the files that are measured."""
    below = (files.CORPUS, files.SHARED / "generators", ORDINARY)
    return sorted(p for folder in below for p in folder.rglob("*") if p.is_file())


def kind(status: str, record: Mapping[str, Any]) -> str:
    """Tell which of the three kinds a file is."""
    if status in {"present", "unreadable"}:
        return "signed"
    return "evidence" if record["signals"] else "ordinary"


def audited(paths: Sequence[Path], ledger: Path, env: Mapping[str, str]) -> tuple[float, float]:
    """Audit the files with one worker; seconds of processor, and seconds."""
    command = (*_PROGRAM, *_QUIETLY, "--ledger", str(ledger))
    return _timed(command, env, "".join(f"{path}\n" for path in paths))


def kinds(ledger: Path) -> dict[str, list[tuple[Path, int]]]:
    """Return the files of a ledger, and their sizes, by kind."""
    found: dict[str, list[tuple[Path, int]]] = {name: [] for name in KINDS}
    with contextlib.closing(sqlite3.connect(ledger)) as opened:
        for path, size, status, record in opened.execute(_TAKEN):
            found[kind(status, json.loads(record))].append((Path(path), size))
    return found


def links(paths: Sequence[Path], folder: Path, count: int) -> list[Path]:
    """Return `count` names of the files, each a link; less than one round of them is none."""
    folder.mkdir()
    made = []
    for n in range(count):
        link = folder / f"{n:06d}-{paths[n % len(paths)].name}"
        link.symlink_to(paths[n % len(paths)])
        made.append(link)
    return made


class Reads:
    """What would be asked of a store while a file is verified: requests and bytes.

    Below `WHOLE` it is one request for all of it. Else blocks of `BLOCK` are asked for as they are
    needed, of which `HELD` are kept; what is read in passing is one request for each 4 MiB.
    """

    def __init__(self) -> None:
        self.requests = self.bytes = 0
        self._held: OrderedDict[int, None] = OrderedDict()

    def take(self, offset: int, length: int, size: int) -> None:
        end = min(offset + length, size)
        if offset < 0 or offset >= end:
            return
        if end - offset > BLOCK:
            self.requests += -(-(end - offset) // WHOLE)
            self.bytes += end - offset
            return
        for block in range(offset // BLOCK, (end - 1) // BLOCK + 1):
            if block not in self._held:
                self.requests += 1
                self.bytes += min(BLOCK, size - block * BLOCK)
                self._held[block] = None
            if len(self._held) > HELD:
                self._held.popitem(last=False)
            self._held.move_to_end(block)


@contextlib.contextmanager
def counted(reads: Reads) -> Iterator[None]:
    """Hear of every reading of an asset that is not in memory already."""
    read, feed, at_any_time = Asset.read, Asset.feed, Asset.feed_at_any_time

    def heard(self: Asset, offset: int, length: int) -> bytes:
        if not self.whole:
            reads.take(offset, length, self.size)
        return read(self, offset, length)

    def fed(self: Asset, start: int, end: int, take: Any) -> int:
        if not self.whole:
            reads.take(start, end - start, self.size)
        return feed(self, start, end, take)

    def fed_at_any_time(self: Asset, take: Any) -> None:
        if not self.whole:
            reads.take(0, self.size, self.size)
        at_any_time(self, take)

    Asset.read, Asset.feed, Asset.feed_at_any_time = heard, fed, fed_at_any_time  # type: ignore[method-assign]  # to count
    try:
        yield
    finally:
        Asset.read, Asset.feed, Asset.feed_at_any_time = read, feed, at_any_time  # type: ignore[method-assign]  # and to hear no more


def asked(path: Path, verifier: Verifier) -> tuple[int, int]:
    """Return requests and bytes of one file, were it an object that is read by ranges."""
    reads = Reads()
    reads.take(0, 1, path.stat().st_size)
    with counted(reads):
        verifier.verify(path)
    return reads.requests, reads.bytes


def measured() -> Iterator[str]:
    """Measure all of it; a line for each figure."""
    with tempfile.TemporaryDirectory() as name, compiled() as kept:
        folder, env = Path(name), {**kept, "PYTHONPATH": os.pathsep.join(sys.path)}
        ledger = folder / "all.ledger"
        audited(everything(), ledger, env)
        found = kinds(ledger)
        starts = [audited(everything()[:1], folder / f"s{n}", env) for n in range(7)]
        cpu, wall = (statistics.median(s[i] for s in starts) for i in (0, 1))
        yield f"start: an audit of one file takes {cpu:.3f} s of processor, {wall:.3f} s"
        yield f"lists: {list_line():.0f} bytes an object, of made-up keys and ETags"
        yield from runner(folder, env)
        for each in KINDS:
            yield from _kind(each, found[each], folder, env, cpu)


def list_line(count: int = 10_000) -> float:
    """Bytes an object of a list: names and ETags that cannot be foreseen, as stores have."""
    drawn = random.Random(7)  # noqa: S311 - the same list every time
    packer = Packer()
    for n in range(count):
        key = f"2026/05/{n % 31:02d}/{drawn.randbytes(8).hex()}.jpg"
        modified = 1_780_000_000_000_000_000 + n * 1_000_000_000
        packer.add(ListedObject(key, drawn.randrange(1 << 21), modified, drawn.randbytes(16).hex()))
    return len(packer.close()) / count


def runner(folder: Path, env: Mapping[str, str]) -> Iterator[str]:
    """Measure the runner of shards: its start, a plan's reading, and its work against an audit's.

    The store is a server of the tests on this machine, whose own time does not count.
    """
    for name in ("one", "many"):
        (folder / name).mkdir()
    make(folder / "many", SHARD)
    (folder / "one" / "a.jpg").write_bytes(next((folder / "many").rglob("*.bin")).read_bytes())
    plan = (*_PROGRAM[:2], "shards", "plan")
    for target in ("out0", "out1"):  # the first one fills caches
        alone = _timed((*plan, str(folder / "one"), "--output", str(folder / target)), env)[0]
    planned = _timed((*plan, str(folder / "many"), "--output", str(folder / "out3")), env)[0]
    yield f"planning: {(planned - alone) / SHARD * 1e6:.0f} us of processor an object of a folder"
    starts = []
    for _ in range(5):
        starts.append(_timed((*_RUN, str(folder / "out1"), "--shard", "0", "-j", "1"), env))
        shutil.rmtree(folder / "out1" / "parts")
    start, seconds = (statistics.median(one[i] for one in starts) for i in (0, 1))
    yield f"runner: a shard of one object takes {start:.2f} s of processor, {seconds:.2f} s"
    yield from _plans(folder / "out1")
    ratios, cost = [], []
    with running(folder / "many") as url:
        asks, out = {**env, **environment(url)}, folder / "out2"
        size = ("--shard-size", str(SHARD))
        _timed((*plan, "s3://bucket", "--output", str(out), *size), asks)
        paths = sorted((folder / "many").rglob("*.bin"))
        for n in range(ROUNDS):
            audit_start = audited(paths[:1], folder / f"a{n}", env)[0]
            ours = audited(paths, folder / f"b{n}", env)[0] - audit_start
            theirs = _timed((*_RUN, str(out), "--shard", "0", "-j", "1"), asks)[0] - start
            ratios.append(theirs / ours)
            cost.append(1000 * theirs / SHARD)
            shutil.rmtree(out / "parts")
    shown = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    yield f"  over {SHARD} small objects of a store {shown} times `audit -j 1` on the disk"
    yield f"  {statistics.median(cost):.2f} ms of processor an object, without the start"


def _plans(out: Path) -> Iterator[str]:
    """Read a plan of many shards as a runner does; seconds and bytes a shard."""
    top = json.loads((out / PLAN).read_bytes())
    top["shards"] *= 100_000
    for key in ("objects", "size"):
        top[key] *= 100_000
    data = json.dumps(top, separators=(",", ":")).encode()
    (out / PLAN).write_bytes(data)
    began = time.process_time()
    load_plan(str(out))
    took = time.process_time() - began
    yield f"  plan.json: {len(data) / 1e5:.0f} bytes and {took * 10:.1f} us a shard to read"


def _timed(command: Sequence[str], env: Mapping[str, str], told: str = "") -> tuple[float, float]:
    """Run a program that has to go well; seconds of processor, and seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    whole = (sys.executable, *command)
    subprocess.run(whole, input=told, env=dict(env), check=True, capture_output=True, text=True)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took


def _kind(
    name: str, found: list[tuple[Path, int]], folder: Path, env: Mapping[str, str], start: float
) -> Iterator[str]:
    paths = [path for path, _ in found]
    many = links(paths, folder / name, max(TIMES // len(paths), 1) * len(paths))
    times = [audited(many, folder / f"{name}{n}.ledger", env)[0] for n in range(ROUNDS)]
    ms = [1000 * (t - start) / len(many) for t in times]
    yield f"{name}: {len(paths)} files, {len(many)} audited"
    yield f"  ms of processor a file: {statistics.median(ms):.3f} ({min(ms):.3f} to {max(ms):.3f})"
    sizes = sorted(size for _, size in found)
    cuts = {p: sizes[min(len(sizes) * p // 100, len(sizes) - 1)] for p in (10, 50, 90, 99)}
    yield f"  bytes: mean {statistics.mean(sizes):.0f}, by hundredths {cuts}"
    verifier = Verifier(options=Options(digest=False)) if name == "ordinary" else Verifier()
    whole = [path for path, size in found if size < WHOLE]
    yield f"  {len(whole)} are below 4 MiB: one request each, all their bytes"
    costs = [(size, *asked(path, verifier)) for path, size in found]
    for least in (0, 1 << 20, WHOLE):
        some = [c for c in costs if c[0] >= least]
        if some:
            requests, taken = (statistics.mean(c[i] for c in some) for i in (1, 2))
            share = sum(c[2] for c in some) / sum(c[0] for c in some)
            yield (
                f"  by ranges, of {least} bytes and more ({len(some)}): {requests:.2f} requests, "
                f"{taken:.0f} bytes, {share:.0%} of them"
            )
    yield f"  Parquet: {_row(folder, name, paths, env):.0f} bytes a row"


def _row(folder: Path, name: str, paths: list[Path], env: Mapping[str, str]) -> float:
    """Bytes a row of a Parquet file of distinct files, its own schema included."""
    ledger, table = folder / f"{name}.ledger", folder / f"{name}.parquet"
    audited(paths, ledger, env)
    command = ("report", str(ledger), "--format", "parquet", "--output", str(table))
    subprocess.run((sys.executable, *_PROGRAM[:2], *command), env=dict(env), check=True)
    return table.stat().st_size / len(paths)
