"""Shards under Spark: it hands out their numbers, and everything else is the runner's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.auditing.shards.once import Errand, Result, run_once
from provenance.base import installed
from provenance.base.errors import InstallationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def run(errand: Errand, shards: Sequence[int]) -> Iterator[Result]:
    """Run shards where Spark says, each a partition of its own.

    Yields results in the order of the shards. Which cluster is Spark's own affair (`SPARK_REMOTE`,
    spark-submit); without one it starts on this machine, with a task a core. Raises
    InstallationError without the extra `spark`.
    """
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra, of hundreds of megabytes
    except ImportError as e:
        raise InstallationError(f"--engine spark: {installed.bring_extra('spark')}") from e

    def each(numbers: Iterator[int]) -> Iterator[Result]:
        return (run_once(errand, number) for number in numbers)

    session: Any = SparkSession.builder.appName("provenance shards").getOrCreate()
    numbers = session.sparkContext.parallelize(shards, max(len(shards), 1))
    yield from numbers.mapPartitions(each).toLocalIterator(prefetchPartitions=True)
