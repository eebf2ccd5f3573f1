"""Shards under Ray: it hands out their numbers, and everything else is the runner's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.auditing.shards.once import Errand, Result, run_once
from provenance.base import installed
from provenance.base.errors import InstallationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def run(errand: Errand, shards: Sequence[int]) -> Iterator[Result]:
    """Run shards where Ray says, each a task with as many cores as it has workers.

    Yields results as they come. Which cluster is Ray's own affair (`RAY_ADDRESS`); without one it
    starts on this machine. Raises InstallationError without the extra `ray`.
    """
    try:
        import ray  # noqa: PLC0415 - an extra, of hundreds of megabytes
    except ImportError as e:
        raise InstallationError(f"--engine ray: {installed.bring_extra('ray')}") from e
    ray.init(ignore_reinit_error=True, include_dashboard=False, log_to_driver=False)
    # A task that Ray loses with its machine is given out again; what it had done is found there.
    task = ray.remote(num_cpus=errand.how.workers, max_retries=3)(run_once)
    waiting = [task.remote(errand, shard) for shard in shards]
    while waiting:
        done, waiting = ray.wait(waiting, num_returns=1)
        yield from ray.get(done)
