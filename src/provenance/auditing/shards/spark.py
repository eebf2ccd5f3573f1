"""Shards under Spark: it hands out their numbers, and everything else is the runner's own."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from provenance.auditing.shards.once import Errand, ShardResult, run_once, signals_kept
from provenance.base import installed
from provenance.base.errors import AuditError, InstallationError
from provenance.base.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from threading import Event

_AT_ONCE = 20_000  # shards of one of Spark's jobs, each a partition
_GIVE_UP = 5.0  # seconds for Spark to end what it gives up
_LOOK = 0.2  # seconds between two looks at what came
# Where a user says which cluster it is, and how.
_CHOSEN = ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT")
# Of a Spark that begins and ends with us on this machine: it hands out numbers, so that a compiler
# and a collector for large programs cost more than they bring, and nobody looks at its pages.
_ALONE = {
    "spark.master": "local[*,4]",  # a task a core, and four tries: else one lost task ends the job
    "spark.ui.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


def run(errand: Errand, shards: Sequence[int], stop: Event) -> Iterator[ShardResult]:
    """Run shards where Spark says, each a partition of its own.

    Yields results as they come; once `stop` is set it ends, and what is running is given up. Which
    cluster is Spark's own affair (spark-defaults.conf, `PYSPARK_SUBMIT_ARGS`); without one it
    starts on this machine, with a task a core. Raises InstallationError without the extra `spark`,
    AuditError where Spark does not start.
    """
    try:
        import pyspark  # noqa: PLC0415 - an extra, of hundreds of megabytes
        from py4j.protocol import Py4JError  # noqa: PLC0415 - comes with it
        from pyspark.errors import PySparkException  # noqa: PLC0415 - as above
    except ImportError as e:
        raise InstallationError(f"--engine spark: {installed.bring_extra('spark')}") from e
    errors = (Py4JError, PySparkException, OSError, RuntimeError, ValueError)
    before = pyspark.SparkContext._active_spark_context
    try:
        with signals_kept():
            context = _started(pyspark, errand.how.workers)
    except errors as e:
        raise AuditError("worker.start", f"--engine spark: {_line(e)}") from e
    try:
        for first in range(0, len(shards), _AT_ONCE):
            job = _SparkJob(context, errand, shards[first : first + _AT_ONCE])
            yield from job.results(stop, errors)
            if stop.is_set():
                return
    finally:
        if before is None:
            context.stop()


def _started(pyspark: Any, workers: int) -> Any:
    # Else tasks on this machine run under another Python than this one.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    wanted = {"spark.task.cpus": str(workers), "spark.ui.showConsoleProgress": "false"}
    if not any(os.environ.get(name) for name in _CHOSEN):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        wanted |= _ALONE
    settings = pyspark.SparkConf().setAppName("provenance shards").setAll(wanted.items())
    context = pyspark.SparkContext.getOrCreate(settings)
    context.setLogLevel("ERROR")
    return context


class _Heard:
    """How Spark adds up what tasks say (an AccumulatorParam): each result once, as they come."""

    def zero(self, value: deque[ShardResult]) -> deque[ShardResult]:
        del value
        return deque()

    def addInPlace(self, held: deque[ShardResult], new: deque[ShardResult]) -> deque[ShardResult]:  # noqa: N802 - Spark's own name
        held.extend(new)
        return held


class _SparkJob:
    """Shards under way, each a partition. A thread waits for Spark, so that we can look."""

    def __init__(self, context: Any, errand: Errand, shards: Sequence[int]) -> None:
        self._context = context
        self._left = set(shards)
        self._came: deque[ShardResult] = deque()
        heard = context.accumulator(self._came, _Heard())

        def each(numbers: Iterator[int]) -> None:
            heard.add(deque(run_once(errand, number) for number in numbers))

        numbers = context.parallelize(shards, max(len(shards), 1))
        self._error: Exception | None = None
        self._work: Callable[[], object] = lambda: numbers.foreachPartition(each)

    def results(self, stop: Event, errors: tuple[type[Exception], ...]) -> Iterator[ShardResult]:
        """Yield results as they come, then why there is none of the rest."""

        def work() -> None:
            try:
                self._work()
            except errors as e:
                self._error = e

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while thread.is_alive() and not stop.is_set():
                thread.join(_LOOK)
                yield from self._new()
            yield from self._new()
        finally:
            if thread.is_alive():
                self._context.setLogLevel("OFF")  # else it says at length what it gives up
                self._context.cancelAllJobs()
                thread.join(_GIVE_UP)
        if not stop.is_set():
            why = "it did not say why" if self._error is None else _line(self._error)
            for shard in sorted(self._left):
                yield ShardResult(shard, error=f"Spark gave the job up: {why}")

    def _new(self) -> Iterator[ShardResult]:
        while self._came:
            result = self._came.popleft()
            self._left.discard(result.shard)
            yield result


def _line(e: Exception) -> str:
    return clean(str(e).strip().partition("\n")[0], 300) or type(e).__name__
