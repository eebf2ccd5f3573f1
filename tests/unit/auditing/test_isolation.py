"""What confines a worker really does, and what is said of it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys

import pytest
from support import examiners
from support.auditing import audited, query, rows, wish

from provenance.auditing.processes import Processes
from provenance.auditing.run import task_of
from provenance.auditing.task import FileLimits
from provenance.base.options import Options
from provenance.kit import media
from provenance.sandbox import landlock

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
LIMITS = FileLimits(timeout=20.0)


@pytest.fixture(scope="module")
def measures(tmp_path_factory):
    wanted = wish(tmp_path_factory.mktemp("empty"))
    task, _ = task_of(wanted, wanted.at)
    return {m.name: m for m in Processes(1, LIMITS).probe(task)}


@linux
class TestIsolation:
    def test_every_measure_is_said(self, measures):
        assert set(measures) == {
            "open_files",
            "core_dumps",
            "file_size",
            "no_new_privileges",
            "landlock",
            "seccomp",
            "network",
            "memory",
            "cpu",
            "timeout",
        }
        assert [m for m in measures.values() if not m.says] == []
        assert measures["landlock"].on == (landlock.version() > 0)
        assert measures["no_new_privileges"].on

    def test_each_measure_that_is_said_to_hold_does(self, tmp_path, measures):
        if not (measures["landlock"].on and measures["seccomp"].on):
            pytest.skip("this machine has not both Landlock and seccomp")
        folder = tmp_path / "files"
        folder.mkdir()
        for name in examiners.TRIES:
            (folder / f"{name}.jpg").write_bytes(media.gradient_jpeg(16, 16))
        before = {p.name: (p.read_bytes(), p.stat().st_mode) for p in folder.iterdir()}
        audited(
            wish(folder), tmp_path / "l", Processes(1, LIMITS), "support.examiners:reaching_out"
        )
        done = {
            os.path.basename(path)
            for path, row in rows(tmp_path / "l").items()
            if row["error_code"]
        }
        assert done == set()
        assert len(rows(tmp_path / "l")) == len(examiners.TRIES)
        assert {p.name: (p.read_bytes(), p.stat().st_mode) for p in folder.iterdir()} == before

    def test_the_tries_would_succeed_elsewhere(self, tmp_path):
        """The test above would notice: unconfined, the same tries bring the process down."""
        context = multiprocessing.get_context("spawn")
        (tmp_path / "socket.jpg").write_bytes(b"")
        process = context.Process(target=_unconfined, args=(str(tmp_path / "socket.jpg"),))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGABRT
        assert "socket" in examiners.TRIES

    def test_ocsp_keeps_sockets_open_and_says_so(self, tmp_path):
        wanted = wish(tmp_path, options=Options(ocsp=True))
        task, _ = task_of(wanted, wanted.at)
        found = {m.name: m for m in Processes(1, LIMITS).probe(task)}
        assert not found["network"].on
        assert "OCSP" in found["network"].says

    def test_what_was_in_force_is_in_the_ledger(self, tmp_path, measures):
        (tmp_path / "a.jpg").write_bytes(media.gradient_jpeg(16, 16))
        audited(wish(tmp_path / "a.jpg"), tmp_path / "l", Processes(1, LIMITS))
        ((told,),) = query(tmp_path / "l", "SELECT isolation FROM run")
        assert {m["name"]: m["on"] for m in json.loads(told)} == {
            name: m.on for name, m in measures.items()
        }


def _unconfined(path):
    class Task:
        pass

    examiners.examine.make_examiner = lambda _: lambda *_: None
    examiners.reaching_out(Task())(path, None, None)
