"""Shards under Ray: it hands out their numbers, and everything else is the runner's own."""

from __future__ import annotations

import logging
import os
from itertools import islice
from typing import TYPE_CHECKING, Any

from provenance.auditing.shards.once import Errand, ShardResult, run_once, signals_kept
from provenance.base import installed
from provenance.base.errors import AuditError, InstallationError
from provenance.base.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from threading import Event

_AHEAD = 1000  # shards that Ray has beyond its cores: it looks at all of them each time
_TRIES = 3  # beyond the first, of a shard that is lost with its machine
_LOOK = 0.5  # seconds between two looks at whether to stop


def run(errand: Errand, shards: Sequence[int], stop: Event) -> Iterator[ShardResult]:
    """Run shards where Ray says, each a task with as many cores as it has workers.

    Yields results as they come; once `stop` is set it ends, and what is running is given up. Which
    cluster is Ray's own affair (`RAY_ADDRESS`); without one it starts on this machine, and ends
    with us. Raises InstallationError without the extra `ray`, AuditError where Ray does not start.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # its makers are told nothing
    try:
        import ray  # noqa: PLC0415 - an extra, of hundreds of megabytes
    except ImportError as e:
        raise InstallationError(f"--engine ray: {installed.bring_extra('ray')}") from e
    _start(ray)
    try:
        # A task that Ray loses with its machine is given out again; what it had done is found.
        cores = min(errand.how.workers, _most_cores(ray))
        task = ray.remote(num_cpus=cores, max_retries=_TRIES)(run_once)
        left = iter(shards)
        running: dict[Any, int] = {}
        while not stop.is_set():
            most = int(ray.cluster_resources().get("CPU", 1)) + _AHEAD
            for shard in islice(left, most - len(running)):
                running[task.remote(errand, shard)] = shard
            if not running:
                break
            done, _ = ray.wait(list(running), num_returns=1, timeout=_LOOK)
            for finished in done:
                yield _result(ray, finished, running.pop(finished))
    finally:
        ray.shutdown()  # of a cluster that was there before, only our tasks


def _start(ray: Any) -> None:
    logging.getLogger("ray").setLevel(logging.ERROR)
    try:
        with signals_kept():
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as e:
        raise AuditError("worker.start", f"--engine ray: {_line(e)}") from e


def _most_cores(ray: Any) -> int:
    """Return the cores of the largest machine: a task that asks for more would wait for ever."""
    machines = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
    return max(int(max(machines, default=1)), 1)


def _result(ray: Any, task: Any, shard: int) -> ShardResult:
    """Return what became of a shard; that Ray could not run one is not the end of the others."""
    try:
        result: ShardResult = ray.get(task)
    except ray.exceptions.RayError as e:
        return ShardResult(shard, error=f"Ray could not run it: {_line(e)}")
    return result


def _line(e: Exception) -> str:
    return clean(str(e).strip().partition("\n")[0], 300) or type(e).__name__
