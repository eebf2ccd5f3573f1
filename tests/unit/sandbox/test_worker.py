"""Workers as their callers have them: asked, ended, replaced, and never waited for too long."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from provenance.sandbox import landlock, seccomp
from provenance.sandbox import worker as module
from provenance.sandbox.frames import FrameError, unpacked
from provenance.sandbox.worker import WORDS, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
linux = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    made = Worker("services:main")
    made.start()
    yield made
    made.close()


def ask(worker: Worker, what: str, most: int = 1 << 20) -> bytes | None:
    with worker.deadline(60.0):  # a test that fails does not hang
        worker.send(what.encode())
        return worker.receive(most)


def test_a_worker_answers_and_what_it_prints_is_no_answer(worker: Worker) -> None:
    assert ask(worker, "one") == b"one"
    assert ask(worker, "noise") == b"noise"
    assert ask(worker, "two") == b"two"


@pytest.mark.parametrize(
    ("what", "code", "signal"),
    [
        ("exit", 3, ""),
        pytest.param("abort", -6, "SIGABRT", marks=posix),
        pytest.param("spin", -24, "SIGXCPU", marks=linux),
    ],
)
def test_how_a_worker_ended_is_told_and_another_is_started(
    worker: Worker, what: str, code: int, signal: str
) -> None:
    assert ask(worker, what) is None
    ending = worker.ended(10.0)
    assert (ending.code, ending.signal, ending.late, ending.forced) == (code, signal, False, False)
    assert not worker.running
    worker.start()
    assert ask(worker, "again") == b"again"


def test_a_worker_that_takes_too_long_is_ended(worker: Worker) -> None:
    with worker.deadline(0.1):
        assert ask(worker, "hang") is None
    assert worker.ended(10.0).late
    worker.start()
    assert ask(worker, "again") == b"again"
    ending = worker.ended(0.0)
    assert not ending.late
    assert ending.forced


def test_a_retired_worker_is_not_started_again(worker: Worker) -> None:
    threading.Timer(0.1, worker.retire).start()
    assert ask(worker, "hang") is None
    with pytest.raises(OSError, match="any more"):
        worker.start()


def test_of_what_a_worker_prints_the_last_words_are_kept(worker: Worker) -> None:
    assert ask(worker, "words") == b"words"  # it was not held up
    assert ask(worker, "exit") is None
    ending = worker.ended(10.0)
    assert len(ending.words) == WORDS
    assert ending.last_line == "the last"
    assert not ending.out_of_memory


def test_a_lack_of_memory_is_found_in_the_last_words_of_a_worker(worker: Worker) -> None:
    assert ask(worker, "no memory") is None
    ending = worker.ended(10.0)
    assert ending.code == 1
    assert ending.out_of_memory
    assert ending.last_line == "MemoryError"


def test_an_answer_of_a_worker_that_is_too_long_is_not_read(worker: Worker) -> None:
    with pytest.raises(FrameError, match="too long"):
        ask(worker, "one", 2)
    assert worker.ended(0.0).forced


@linux
def test_what_a_worker_left_running_ends_with_it(worker: Worker) -> None:
    child = int(ask(worker, "child") or b"")
    state = Path(f"/proc/{child}/stat")
    assert state.read_text().rpartition(")")[2].split()[0] in {"S", "R"}
    worker.close()
    for _ in range(500):  # it was killed before; the system takes its time
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.01)
    pytest.fail("it is still running")


@linux
def test_a_worker_whose_starter_has_ended_is_replaced(worker: Worker) -> None:
    """The kernel ends it with that thread, sooner or later."""
    worker.close()
    starter = threading.Thread(target=worker.start)
    starter.start()
    starter.join()
    assert not worker.running
    worker.start()
    assert ask(worker, "again") == b"again"


def test_a_worker_has_no_secrets_of_ours_in_its_environment(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes it over could hand them on."""
    for name in ("AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_KEY", "DATABASE_URL", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "a-secret")
    monkeypatch.setenv("PROVENANCE_SERVE_TOKEN", "a-secret")
    monkeypatch.setenv("PROVENANCE_DATA", "/lists")
    worker.start()
    told = ask(worker, "environment") or b""
    assert b"a-secret" not in told
    assert {b"PROVENANCE_DATA=/lists", b"PATH=" + os.environb[b"PATH"]} <= set(told.split(b"\n"))


@pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")
def test_a_confined_worker_writes_no_file(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    monkeypatch.setenv("PYTHON_WRITE_TO", str(file))
    worker.start()
    assert ask(worker, "write") == b"written"
    told = dict(unpacked(ask(worker, "confine") or b""))
    assert told["file_size"]
    assert ask(worker, "write") in {b"PermissionError", b"OSError"}
    assert file.read_bytes() == b"x"


@pytest.mark.skipif(not landlock.version(), reason="it is Landlock that refuses it")
def test_a_confined_worker_reads_neither_our_environment_nor_credentials(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("config", "config.other"):
        (tmp_path / name).write_text("secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    worker.start()
    assert ask(worker, "read") == b"read read read read read"
    assert dict(unpacked(ask(worker, "confine") or b""))["landlock"]
    assert ask(worker, "read") == b"PermissionError PermissionError read read read"


@pytest.mark.skipif(not seccomp.available(), reason="it is seccomp that refuses it")
def test_nothing_that_a_confined_worker_starts_leaves_its_group(worker: Worker) -> None:
    """It could hold the line of its caller open, and be there after it."""
    worker.start()
    assert ask(worker, "leave") == b"left"
    assert dict(unpacked(ask(worker, "confine") or b""))["seccomp"]
    assert ask(worker, "leave") == b"refused"


def test_a_worker_for_which_there_is_no_thread_is_an_error_of_the_system(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(module.process, "Tail", refused)
    with pytest.raises(OSError, match="can't start new thread"):
        worker.start()
    assert not worker.running
