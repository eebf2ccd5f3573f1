"""Shards as they are run: the same rows from a disk and from a store, whatever goes wrong."""

import hashlib
import os
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from bench import large
from support import sharding
from support.archives import zipped
from support.object_store import Fault, ObjectStore
from support.pki import FIXTURES
from support.sharding import QUICK, by_path, part, planned, ran

from provenance.auditing.shards import shard_run, stores, waiting
from provenance.auditing.shards.shard_plan import part_name
from provenance.base.errors import AuditError
from provenance.base.options import ArchiveLimits, Options
from provenance.kit import media

SIGNED = ("ai-generated.png", "capture.jpg", "clip.mp4", "grafted.jpg")


@pytest.fixture
def server(monkeypatch):
    with ObjectStore() as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(stores, "_PAUSE", 0.01)
        quick = (timedelta(milliseconds=5), timedelta(milliseconds=50))
        monkeypatch.setattr(stores, "_BACKOFF", quick)
        yield made


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "files"
    (made / "below").mkdir(parents=True)
    for name in SIGNED:
        (made / name).write_bytes((FIXTURES / name).read_bytes())
    for n in range(8):
        (made / "below" / f"{n}.jpg").write_bytes(media.gradient_jpeg(32 + n, 16))
    (made / "below" / "picture.png").write_bytes(media.gradient_png(24, 24))
    (made / "below" / "picture.txt").write_text("a cat\nSteps: 20, Sampler: Euler, Seed: 7\n")
    (made / "odd \udcff.jpg").write_bytes(media.gradient_jpeg(8, 8))
    (made / "empty").write_bytes(b"")
    (made / "zipped.zip").write_bytes(zipped({"a/b.png": (made / SIGNED[0]).read_bytes()}))
    return made


def test_a_store_gives_the_rows_of_a_disk(folder, server, tmp_path):
    os.remove(folder / "odd \udcff.jpg")  # no key of a store
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            server.put(f"bucket/in/{path.relative_to(folder)}", path.read_bytes())
    options = Options(archives=ArchiveLimits())
    found = []
    for source, out in ((folder, tmp_path / "a"), ("s3://bucket/in", "s3://bucket/out")):
        made = planned(source, out, options=options)
        ran(made, out, whole_below=20_000)  # some objects come whole, some by ranges
        found.append([{k: v for k, v in row.items() if k != "modified"} for row in part(out)])
    assert found[0] == found[1]
    rows = {row["path"]: row for row in found[1]}
    assert rows["ai-generated.png"]["origin"] == "ai_generated"
    assert rows["below/picture.png"]["origin"] == "ai_possible"  # by what is next to it
    assert rows["zipped.zip!/a/b.png"]["origin"] == "ai_generated"
    assert len(rows) == len(found[1]) == 17
    assert [row["path_bytes"] for row in found[1]] == sorted(row["path_bytes"] for row in found[1])


def test_a_folder_gives_paths_below_it_and_the_same_bytes_each_time(folder, tmp_path):
    made = planned(folder, tmp_path / "out")
    first = ran(made, tmp_path / "out", workers=2)
    data = (tmp_path / "out" / part_name(0)).read_bytes()
    again = planned(folder, tmp_path / "again")
    ran(again, tmp_path / "again", workers=1)
    assert (tmp_path / "again" / part_name(0)).read_bytes() == data
    rows = by_path(tmp_path / "out", "path_bytes", "origin")
    assert rows["odd \ufffd.jpg"][0] == b"odd \xff.jpg"
    assert (first.done, first.before, first.raced, first.stopped) == (17, False, False, False)
    assert first.flagged["ai"] >= 1
    assert not sorted((tmp_path / "out" / "parts").glob(".*"))


def test_a_part_is_written_once(folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    made = planned(folder, out)
    barrier = threading.Barrier(2)
    real = shard_run._part
    monkeypatch.setattr(shard_run, "_part", lambda *args: (real(*args), barrier.wait(60))[0])
    results = []
    both = [threading.Thread(target=lambda: results.append(ran(made, out))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(one.raced for one in results) == [False, True]
    assert len(part(out)) == 17
    assert ran(made, out).before


def test_what_a_store_does_wrong_is_one_objects_record(server, tmp_path):
    data = (FIXTURES / "ai-generated.png").read_bytes()
    faults = {
        "slow": (Fault.SLOW_DOWN, 2),
        "down": (Fault.SLOW_DOWN, None),
        "short": (Fault.SHORT, 1),
        "shorter": (Fault.SHORT, None),
        "reset": (Fault.RESET, 1),
        "whole": (Fault.WHOLE, 1),
        "wholly": (Fault.WHOLE, None),
        "largely": (Fault.WHOLE, None),
        "denied": (Fault.DENIED, None),
    }
    for name in ("fine", "gone", "replaced", *faults):
        server.put(f"bucket/in/{name}", data + bytes(100_000 * (name == "largely")))
    made = planned("s3://bucket/in", tmp_path)
    for name, (fault, times) in faults.items():
        server.fail(f"bucket/in/{name}", fault, times=times)
    server.delete("bucket/in/gone")
    server.put("bucket/in/replaced", data + b"!")
    ran(made, tmp_path, whole_below=1000)  # by ranges
    found = by_path(tmp_path, "origin", "error_code")
    fine = ("ai_generated", None)
    unreadable = (None, "asset.unreadable")
    assert found == {
        "fine": fine,
        "slow": fine,
        "down": unreadable,
        "short": fine,
        "shorter": unreadable,
        "reset": fine,
        "whole": fine,
        "wholly": fine,  # since all of it is within the first block
        "largely": unreadable,
        "denied": unreadable,
        "gone": (None, "asset.missing"),
        "replaced": (None, "asset.changed"),
    }


def test_an_object_that_is_replaced_while_it_is_read_is_said_to_be(server, tmp_path):
    data = (FIXTURES / "clip.mp4").read_bytes() + bytes(200_000)  # whose end is looked at too
    server.put("bucket/in/clip.mp4", data)
    made = planned("s3://bucket/in", tmp_path)
    server.forget()
    server.replace_after("bucket/in/clip.mp4", 1, data[::-1])
    ran(made, tmp_path, whole_below=1)
    assert by_path(tmp_path, "error_code") == {"clip.mp4": "asset.changed"}


def test_credentials_that_expire_end_the_run_and_not_the_shard(server, tmp_path):
    for n in range(40):
        server.put(f"bucket/in/{n:02d}.jpg", media.gradient_jpeg(32 + n, 16))
    made = planned("s3://bucket/in", tmp_path)
    server.expire(after=10)
    with pytest.raises(AuditError, match="credentials") as e:
        ran(made, tmp_path)
    assert e.value.code == "store.credentials"
    assert not (tmp_path / part_name(0)).exists()
    server.renew()
    assert ran(made, tmp_path).done == len(part(tmp_path)) == 40


def test_a_store_that_is_down_is_no_news_about_what_is_in_it(server, tmp_path):
    for n in range(20):
        server.put(f"bucket/in/{n:02d}.jpg", media.gradient_jpeg(32 + n, 16))
    made = planned("s3://bucket/in", tmp_path)
    server.fail("*", Fault.INTERNAL)
    with pytest.raises(AuditError, match="none of 20 objects"):
        ran(made, tmp_path, streams=20)
    assert not (tmp_path / part_name(0)).exists()


def _poisoned(made, monkeypatch, examiner):
    """Let the workers of a plan's shards have another examiner."""
    real = shard_run._task

    def task(made):
        wanted, environment = real(made)
        return replace(wanted, examiner=f"support.examiners:{examiner}"), environment

    monkeypatch.setattr(shard_run, "_task", task)
    return made


def test_poisons_cost_their_own_record_and_no_other(server, tmp_path, monkeypatch):
    names = [f"{n:02d}.jpg" for n in range(30)] + ["segfault-1", "loop-1", "allocate-1"]
    for name in names:
        server.put(f"bucket/in/{name}", media.gradient_jpeg(32, 16))
    made = _poisoned(planned("s3://bucket/in", tmp_path), monkeypatch, "misbehaving_afar")
    ran(made, tmp_path, workers=2, limits=QUICK)
    found = by_path(tmp_path, "error_code")
    assert len(part(tmp_path)) == len(found) == 33
    told = {name: code for name, code in found.items() if code is not None}
    assert told.pop("segfault-1") == "worker.crashed"
    assert told.pop("loop-1") == "worker.timeout"
    assert told.pop("allocate-1") == "worker.memory"
    assert not told


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="seccomp is of Linux")
def test_a_worker_gets_neither_a_socket_nor_what_it_was_not_given(server, tmp_path, monkeypatch):
    names = [f"{n:02d}.jpg" for n in range(10)] + ["socket-1", "connect-1", "next-1", "before-1"]
    for name in (*names, "beside-1"):
        server.put(f"bucket/in/{name}", media.gradient_jpeg(32, 16))
    server.put("bucket/secret", b"nothing for workers")
    monkeypatch.setenv("PYTHON_STORE_PORT", str(server.port))
    made = _poisoned(planned("s3://bucket/in", tmp_path), monkeypatch, "grasping")
    ran(made, tmp_path)
    found = by_path(tmp_path, "error_code", "error_message")
    assert "77" not in str(found)
    # A refused system call is an error to the worker, which goes on; a question for what it was
    # not given ends it, and is no success of a second worker either.
    assert {found[name][0] for name in ("socket-1", "connect-1")} == {None}
    for name in ("next-1", "beside-1"):
        assert found[name] == ("worker.crashed", "the worker was ended by SIGKILL")
    assert {found[name][0] for name in names[:10]} == {None}
    assert len(found) == 15
    assert not server.of("bucket/secret")


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="memory is told by Linux")
def test_memory_stays_small_while_a_large_signed_object_is_read(server, tmp_path, monkeypatch):
    path = tmp_path / "large.mp4"
    large.make(path, 64)
    server.put_file("bucket/in/large.mp4", path)
    made = _poisoned(planned("s3://bucket/in", tmp_path), monkeypatch, "weighed")
    server.forget()
    ran(made, tmp_path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    assert by_path(tmp_path, "error_code", "sha256") == {"large.mp4": (None, digest)}
    assert by_path(tmp_path, "integrity") == {"large.mp4": "intact"}
    assert server.sent("bucket/in/large.mp4") < 1.1 * path.stat().st_size  # one pass


def test_options_of_a_run_are_the_plans(folder, tmp_path):
    made = planned(folder, tmp_path / "out", options=Options(hashes=("md5",), max_size=1000))
    ran(made, tmp_path / "out")
    codes = by_path(tmp_path / "out", "error_code")
    assert codes["ai-generated.png"] == "asset.too_large"
    assert made.at == sharding.AT


def test_rows_that_are_long_wait_on_the_disk_and_give_the_same_part(folder, tmp_path, monkeypatch):
    made = planned(folder, tmp_path / "out", options=Options(archives=ArchiveLimits()))
    ran(made, tmp_path / "out")
    opened = []
    real = waiting.tempfile.TemporaryFile
    monkeypatch.setattr(waiting, "HELD", 5000)
    monkeypatch.setattr(
        waiting.tempfile, "TemporaryFile", lambda: opened.append(real()) or opened[0]
    )
    again = planned(folder, tmp_path / "again", options=Options(archives=ArchiveLimits()))
    ran(again, tmp_path / "again")
    parts = [(tmp_path / name / part_name(0)).read_bytes() for name in ("out", "again")]
    assert parts[0] == parts[1]
    assert [one.closed for one in opened] == [True]


def test_large_objects_that_are_read_whole_give_the_rows_of_a_disk(server, tmp_path):
    """Text, pages and documents are held in memory; what nobody recognises is searched."""
    made = tmp_path / "in"
    made.mkdir()
    line = b"The quick brown fox jumps over the lazy dog.\n"
    (made / "text.txt").write_bytes(line * ((13 << 20) // len(line)))
    (made / "page.svg").write_bytes(
        b'<svg xmlns="http://www.w3.org/2000/svg">' + b'<path d="M0 0"/>' * (13 << 16) + b"</svg>"
    )
    (made / "noise.bin").write_bytes(bytes(range(256)) * (6 << 12))
    (made / "comment.gif").write_bytes(
        media.gradient_gif()[:-1] + b"\x21\xfe" + (b"\xff" + b"x" * 255) * (5 << 12) + b"\0;"
    )
    for path in made.iterdir():
        server.put_file(f"bucket/in/{path.name}", path)
    found = []
    for source, out in ((made, tmp_path / "a"), ("s3://bucket/in", tmp_path / "b")):
        shard = planned(source, out)
        server.forget()
        ran(shard, out)
        found.append([{k: v for k, v in row.items() if k != "modified"} for row in part(out)])
    assert found[0] == found[1]
    assert {row["error_code"] for row in found[1]} == {None}
    assert server.sent("bucket/in/noise.bin") < 3 * (6 << 20)  # and not once for each text
