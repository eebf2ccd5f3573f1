"""Shards under Ray, with a stand-in for it: tests/engines runs the real one."""

import pickle
import signal
import sys
import threading
from types import ModuleType, SimpleNamespace

import pytest

from provenance.auditing.shards import ray
from provenance.auditing.shards.once import Errand, ShardResult
from provenance.auditing.shards.shard_run import Runner, ShardRun
from provenance.base.errors import AuditError, InstallationError


class LostError(Exception):
    """What Ray says of a task that it lost too often."""


class Ray(ModuleType):
    """A cluster of two machines that loses shard 3, and does one task at each look."""

    exceptions = SimpleNamespace(RayError=LostError)

    def __init__(self):
        super().__init__("ray")
        self.asked = {}
        self.most = self.ended = 0
        self.fails = None

    def init(self, **_):
        if self.fails is not None:
            raise self.fails
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the real one sets its own

    def shutdown(self):
        self.ended += 1

    def nodes(self):
        return [{"Alive": cores < 64, "Resources": {"CPU": float(cores)}} for cores in (4, 8, 64)]

    def cluster_resources(self):
        return {"CPU": 12.0}

    def remote(self, **options):
        self.asked = options
        return lambda work: SimpleNamespace(remote=lambda *given: (work, given))

    def wait(self, tasks, num_returns, timeout):
        assert num_returns == 1
        assert timeout < 5
        self.most = max(self.most, len(tasks))
        return tasks[-1:], tasks[:-1]

    def get(self, task):
        work, (errand, shard) = task
        if shard == 3:
            raise LostError("The worker died.\nAnd more of that.")
        # As between machines.
        work, errand = pickle.loads(pickle.dumps((work, errand)))  # noqa: S301 - our own
        return pickle.loads(pickle.dumps(work(errand, shard)))  # noqa: S301 - as above


@pytest.fixture
def fake(monkeypatch):
    made = Ray()
    monkeypatch.setitem(sys.modules, "ray", made)
    monkeypatch.setattr(ray, "run_once", _run_once)
    monkeypatch.delenv("RAY_USAGE_STATS_ENABLED", raising=False)
    return made


def _run_once(errand, shard):
    assert errand == _errand()
    return ShardResult(shard, ShardRun(shard, 5, done=5))


def _errand(workers=2):
    return Errand("s3://bucket/june", "0" * 64, Runner(workers))


def test_each_shard_has_its_result_and_one_that_is_lost_a_line(fake):
    before = signal.getsignal(signal.SIGTERM)
    found = {one.shard: one for one in ray.run(_errand(), range(5), threading.Event())}
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert {found[n].ran.done for n in (0, 1, 2, 4)} == {5}
    assert found[3].error == "Ray could not run it: The worker died."
    assert fake.asked == {"num_cpus": 2, "max_retries": 3}
    assert fake.ended == 1
    assert signal.getsignal(signal.SIGTERM) == before


def test_ray_is_given_some_at_a_time_and_no_task_that_fits_no_machine(fake, monkeypatch):
    monkeypatch.setattr(ray, "_AHEAD", 8)
    monkeypatch.setattr(ray, "run_once", lambda _, shard: ShardResult(shard))
    monkeypatch.setattr(fake, "get", lambda task: task[0](*task[1]))
    found = [one.shard for one in ray.run(_errand(100), range(200), threading.Event())]
    assert sorted(found) == list(range(200))
    assert fake.most == 20
    assert fake.asked["num_cpus"] == 8  # the largest machine that is there


def test_a_run_on_ray_ends_when_it_is_told_to(fake):
    stop = threading.Event()
    results = ray.run(_errand(), range(5), stop)
    next(results)
    stop.set()
    assert not list(results)
    assert fake.ended == 1


def test_without_ray_or_where_it_does_not_start_a_line_says_so(fake, monkeypatch):
    fake.fails = ConnectionError("no cluster at 192.0.2.1\nmore")
    with pytest.raises(AuditError, match=r"--engine ray: no cluster at 192\.0\.2\.1$"):
        list(ray.run(_errand(), range(5), threading.Event()))
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InstallationError, match=r"--engine ray: .*ray"):
        list(ray.run(_errand(), range(5), threading.Event()))
