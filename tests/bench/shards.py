"""Shards over a store against an audit of the disk, and engines against `xargs`: processor time."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bench.measure import Result, at_most, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

OBJECTS, SHARD = 20_000, 10_000
OVER_DISK, OVER_XARGS = 2.1, 1.35
_MODULES = {"ray": "ray", "spark": "pyspark"}


def run(rounds: int = 3, count: int = OBJECTS) -> Iterator[Result]:
    """Run one plan over the tests' own store, `rounds` times under all that is installed here.

    The store is another process, whose time does not count. Ray and Spark are mostly not installed
    beside the tests: `python -m engines`, from tests/, makes them an environment.
    """
    over_disk = "shards under xargs -P 2 over a store", "audit -j 2 of the disk"
    if shutil.which("xargs") is None or not os.path.isdir("/proc/self"):
        yield missing(*over_disk, at_most(OVER_DISK), "needs Linux and xargs")
        return
    from engines import trial

    engines = [name for name, module in _MODULES.items() if find_spec(module)]
    found: dict[str, list[float]] = {}
    with trial.served(count, min(SHARD, count)) as one:
        for number in range(rounds):
            base = trial.audited(one).processor
            costs = {name: cost for name, cost, _ in trial.ran(one, engines, count, f"-{number}")}
            first = costs["xargs"].processor
            found.setdefault("xargs", []).append(first / base)
            for name in engines:
                found.setdefault(name, []).append(costs[name].processor / first)
    note = f"{count} objects in shards of {min(SHARD, count)}, the same rows under each"
    yield Result(*over_disk, at_most(OVER_DISK), tuple(found["xargs"]), note)
    for name in _MODULES:
        words = f"shards under {name}", "xargs -P 2"
        if name in found:
            yield Result(*words, at_most(OVER_XARGS), tuple(found[name]), note)
        else:
            yield missing(*words, at_most(OVER_XARGS), "not installed here: python -m engines")
