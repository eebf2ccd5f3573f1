"""Shards under Spark, with a stand-in for it: tests/engines runs the real one."""

import pickle
import sys
import threading
from types import ModuleType

import pytest

from provenance.auditing.shards import spark
from provenance.auditing.shards.once import Errand, ShardResult
from provenance.auditing.shards.shard_run import Runner, ShardRun
from provenance.base.errors import AuditError, InstallationError

ENVIRONMENT = ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "PYSPARK_PYTHON")


class Accumulator:
    """Adds what a task says once the task is done, as Spark does."""

    def __init__(self, value, how):
        self._value, self._how = value, how
        self._of_task = how.zero(value)

    def add(self, term):
        self._of_task = self._how.addInPlace(self._of_task, term)

    def done(self):
        sent = pickle.loads(pickle.dumps(self._of_task))  # noqa: S301 - our own, as from a task
        self._of_task = self._how.zero(self._value)
        assert self._how.addInPlace(self._value, sent) is self._value


class Context:
    """A Spark of this machine, which ends a job at shard 7, or waits there."""

    _active_spark_context = None

    def __init__(self):
        self.settings = {}
        self.jobs = []
        self.ended = []
        self.waits = None

    def getOrCreate(self, settings):  # noqa: N802 - Spark's own name
        if isinstance(settings, Exception):
            raise settings
        self.settings = dict(settings)
        return self

    def setLogLevel(self, level):  # noqa: N802 - as above
        assert level in {"ERROR", "OFF"}

    def accumulator(self, value, how):
        self.heard = Accumulator(value, how)
        return self.heard

    def parallelize(self, shards, parts):
        assert len(shards) == parts
        self.jobs.append(tuple(shards))
        return self

    def foreachPartition(self, work):  # noqa: N802 - as above
        for shard in self.jobs[-1]:
            if shard == 7 and self.waits is not None:
                self.waits.wait(30)
            elif shard == 7:
                raise OSError("Job aborted due to stage failure\n\tat org.apache.spark")
            work(iter([shard]))
            self.heard.done()

    def cancelAllJobs(self):  # noqa: N802 - as above
        self.ended.append("jobs")
        if self.waits is not None:
            self.waits.set()

    def stop(self):
        self.ended.append("context")


class Settings(dict):
    """SparkConf, as far as it is used."""

    def setAppName(self, name):  # noqa: N802 - as above
        return self

    def setAll(self, pairs):  # noqa: N802 - as above
        self.update(pairs)
        return self


@pytest.fixture
def fake(monkeypatch):
    made = Context()
    module = ModuleType("pyspark")
    module.SparkContext, module.SparkConf = made, Settings
    for name, error in (("py4j.protocol", "Py4JError"), ("pyspark.errors", "PySparkException")):
        errors = ModuleType(name)
        setattr(errors, error, type(error, (Exception,), {}))
        monkeypatch.setitem(sys.modules, name.partition(".")[0], module)
        monkeypatch.setitem(sys.modules, name, errors)
    monkeypatch.setattr(
        spark, "run_once", lambda _, shard: ShardResult(shard, ShardRun(shard, 5, done=5))
    )
    for name in (*ENVIRONMENT, "PYSPARK_GATEWAY_PORT", "SPARK_LOCAL_IP"):
        monkeypatch.setenv(name, "")  # so that what is set meanwhile is undone
        monkeypatch.delenv(name)
    return made


def _run(shards, stop=None, workers=1):
    errand = Errand("s3://bucket/june", "0" * 64, Runner(workers))
    return spark.run(errand, shards, stop or threading.Event())


def test_results_come_from_every_job_of_spark(fake, monkeypatch):
    monkeypatch.setattr(spark, "_AT_ONCE", 3)
    found = list(_run([5, 0, 2, 4, 1, 3, 6]))
    assert sorted(one.shard for one in found) == list(range(7))
    assert {one.ran.done for one in found} == {5}
    assert fake.jobs == [(5, 0, 2), (4, 1, 3), (6,)]
    assert fake.ended == ["context"]


def test_a_job_that_is_given_up_costs_a_line_for_each_shard_without_result(fake):
    found = {one.shard: one for one in _run([6, 7, 8])}
    assert found[6].ran.done == 5
    assert {found[n].error for n in (7, 8)} == {
        "Spark gave the job up: Job aborted due to stage failure"
    }


def test_a_run_on_spark_ends_when_it_is_told_to(fake):
    fake.waits, stop = threading.Event(), threading.Event()
    results = _run([6, 7, 8], stop)
    assert next(results).shard == 6
    stop.set()
    list(results)
    assert fake.ended == ["jobs", "context"]


def test_a_spark_of_our_own_is_small_and_another_ones_is_left_alone(fake, monkeypatch):
    list(_run([0], workers=3))
    assert fake.settings["spark.task.cpus"] == "3"
    assert fake.settings["spark.ui.enabled"] == "false"
    assert spark.os.environ["SPARK_LOCAL_IP"] == "127.0.0.1"
    assert spark.os.environ["PYSPARK_PYTHON"] == sys.executable
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--master yarn pyspark-shell")
    list(_run([0]))
    assert set(fake.settings) == {"spark.task.cpus", "spark.ui.showConsoleProgress"}
    fake.ended.clear()
    fake._active_spark_context = fake
    list(_run([0]))
    assert not fake.ended


def test_without_spark_or_where_it_does_not_start_a_line_says_so(fake, monkeypatch):
    monkeypatch.setattr(Settings, "setAll", lambda *_: RuntimeError("JAVA_HOME is not set\nmore"))
    with pytest.raises(AuditError, match=r"--engine spark: JAVA_HOME is not set$"):
        list(_run([0]))
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(InstallationError, match=r"--engine spark: .*spark"):
        list(_run([0]))
