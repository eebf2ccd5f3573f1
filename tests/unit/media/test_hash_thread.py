"""A second thread: work is done once, by it or by whoever wants the result first."""

from __future__ import annotations

import gc
import os
import sys
import threading
import weakref

import pytest

from provenance.media.hash_thread import Helper, Job


def test_work_is_done_in_another_thread_and_has_begun() -> None:
    begun = threading.Event()

    def work() -> int:
        begun.set()
        return threading.get_ident()

    helper = Helper()
    jobs = [helper.begin_job(work) for _ in range(3)]
    assert begun.wait(10)
    assert [job for job in jobs if not job.result()] == []


def test_work_waiting_for_other_work_is_done_by_who_wants_it() -> None:
    helper, release = Helper(), threading.Event()
    busy = helper.begin_job(release.wait)
    waiting = helper.begin_job(threading.get_ident)
    assert waiting.result() == threading.get_ident()
    release.set()
    assert busy.result()


def test_work_of_a_helper_is_done_once() -> None:
    done = []
    job = Job(lambda: done.append(1))
    job.run()
    job.run()
    job.result()
    job.result()
    assert done == [1]


def test_what_the_work_raises_is_raised_where_it_is_wanted() -> None:
    def work() -> None:
        raise OSError(5, "Input/output error")

    helper = Helper()
    job = helper.begin_job(work)
    for _ in range(2):
        with pytest.raises(OSError, match="Input/output"):
            job.result()
    assert helper.begin_job(lambda: 3).result() == 3  # the thread goes on


def test_the_thread_ends_with_its_helper() -> None:
    before = set(threading.enumerate())
    helper = Helper()
    helper.begin_job(lambda: None).result()
    (thread,) = set(threading.enumerate()) - before
    del helper
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()


def test_work_that_is_done_is_forgotten() -> None:
    """What a job works on has the job: as long as both hold each other, its bytes would stay."""

    class Large:
        job: Job[int] | None = None

        def work(self) -> int:
            return 7

    gc.disable()
    try:
        held = Large()
        held.job = Job(held.work)
        gone = weakref.ref(held)
        assert held.job.result() == 7
        del held
        assert gone() is None
    finally:
        gc.enable()


def test_a_helper_begins_no_thread_for_nothing() -> None:
    before = threading.enumerate()
    Helper()
    assert threading.enumerate() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_after_a_fork_the_child_does_the_work_of_its_helper_itself() -> None:
    helper = Helper()
    helper.begin_job(lambda: None).result()
    if (child := os.fork()) == 0:
        os._exit(helper.begin_job(lambda: 7).result())
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7


def test_waiting_for_work_to_begin_ends() -> None:
    assert not Job(lambda: None).has_begun()
