"""One shard, run by whoever got its number: what an engine calls, and what it hears of it."""

from __future__ import annotations

import contextlib
import math
import signal
import threading
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from provenance.auditing.shards import plan_store, stores
from provenance.auditing.shards.shard_run import Runner, ShardRun, run_shard
from provenance.base.errors import ProvenanceError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Errand:
    """What is the same for all shards: where the plan is, which one it has to be, and how to run.

    Can be pickled. `out` is an address or an absolute path, since tasks have folders of their own;
    `sha256` is that of plan.json, so that nobody runs another plan meanwhile.
    """

    out: str
    sha256: str
    how: Runner


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What became of one shard: how it ran, or why it could not be run, in one line."""

    shard: int
    ran: ShardRun | None = None
    error: str = ""


def spread(count: int) -> list[int]:
    """Return the numbers of all shards, so that neighbours are far apart.

    Shards follow their keys, and a store limits requests by prefix: those that run at one time had
    better not be next to each other.
    """
    step = max(round(count * 0.618), 1)
    while math.gcd(step, count) > 1:
        step += 1
    return [number * step % count for number in range(count)]


def run_once(errand: Errand, shard: int) -> ShardResult:
    """Run one shard. Raises nothing that this program raises on purpose: it is in the result."""
    try:
        plan = plan_store.load_plan(errand.out, errand.sha256)
        return ShardResult(
            shard, run_shard(plan, stores.open_store(errand.out), shard, errand.how, Event())
        )
    except ProvenanceError as e:
        return ShardResult(shard, error=str(e))


@contextlib.contextmanager
def signals_kept() -> Iterator[None]:
    """Undo what an engine does at its start to SIGINT and SIGTERM: the command has its own way."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
