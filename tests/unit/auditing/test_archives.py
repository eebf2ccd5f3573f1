"""An archive and what is in it are one piece of work: all of it is in the ledger, or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.archives import PLAIN, PNG, WRAPPINGS, tarred, zipped
from support.auditing import audited, query, rows, wish

from provenance import ArchiveLimits, Options, audit
from provenance.auditing import ledger_row, reading
from provenance.auditing.processes import Processes
from provenance.auditing.task import FileLimits, Recheck

TESTS = Path(__file__).resolve().parents[2]
OPENING = Options(archives=ArchiveLimits())


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "inbox"
    made.mkdir()
    for name in ("deflated.zip", "tar.tar.gz", "box.mbox", "jpeg.pdf", "word.docx"):
        (made / name).write_bytes(WRAPPINGS[name]())
    (made / "a.jpg").write_bytes(PLAIN)
    (made / "closed.7z").write_bytes(b"7z\xbc\xaf\x27\x1c\0\4" + bytes(40))
    return made


@pytest.mark.parametrize("engine", [None, 1, 2])
def test_members_of_an_archive_have_rows_of_their_own(folder, tmp_path, engine):
    ledger = tmp_path / "a.ledger"
    run = audited(wish(folder, options=OPENING), ledger, Processes(engine) if engine else None)
    assert run.code == 3
    found = rows(ledger)
    inside = {path.partition("inbox/")[2]: one for path, one in found.items() if "!/" in path}
    assert set(inside) == {
        *("deflated.zip!/in/x.png", "tar.tar.gz!/x.png", "jpeg.pdf!/object-4.jpg"),
        *("box.mbox!/1.eml", "box.mbox!/1.eml!/y.jpg", "box.mbox!/2.eml", "box.mbox!/2.eml!/x.png"),
        "word.docx!/word/media/x.png",
    }
    flagged = {path for path, one in inside.items() if one["flagged"]}
    assert flagged == {path for path in inside if path.endswith(("x.png", "4.jpg"))}
    one = inside["deflated.zip!/in/x.png"]
    key = os.fsencode(str(folder / "deflated.zip")) + b"\0in/x.png"
    assert (one["path_bytes"], one["size"], one["mtime_ns"]) == (key, len(PNG), None)
    with reading.open_ledger(ledger) as reader:
        paths = [entry.path for entry in reader.rows()]
    assert str(folder / "box.mbox") + "!/2.eml!/x.png" in paths
    assert run.progress.members == len(inside)


def test_the_counts_tell_files_members_and_what_was_not_opened(folder, tmp_path):
    closed, opened = tmp_path / "closed.ledger", tmp_path / "opened.ledger"
    audited(wish(folder), closed)
    ((counts,),) = query(closed, "SELECT counts FROM run")
    assert '"files":7,"judged":7,"members":0,"not_opened":6' in counts
    audited(wish(folder, options=OPENING), opened)
    ((counts,),) = query(opened, "SELECT counts FROM run")
    assert '"files":7,"judged":7,"members":8,"not_opened":1' in counts


def test_a_folder_whose_name_looks_like_an_archives_members(folder, tmp_path):
    below = folder / "deflated.zip!" / "in"
    below.mkdir(parents=True)
    (below / "x.png").write_bytes(PLAIN)
    ledger = tmp_path / "a.ledger"
    audited(wish(folder, options=OPENING), ledger)
    found = query(
        ledger, "SELECT origin FROM file WHERE path LIKE '%!/in/x.png' ORDER BY path_bytes"
    )
    assert found == [("ai_generated",), ("unknown",)]


def test_an_archive_that_did_not_change_keeps_its_members(folder, tmp_path):
    ledger = tmp_path / "a.ledger"
    asked = wish(folder, options=OPENING)
    audited(asked, ledger)
    before = query(ledger, "SELECT path_bytes, record FROM file ORDER BY 1")
    again = audited(asked, ledger)
    assert (again.progress.judged, again.progress.unchanged) == (0, 7)
    assert query(ledger, "SELECT COUNT(*) FROM file WHERE seen_run = 2") == [(len(before),)]
    assert query(ledger, "SELECT path_bytes, record FROM file ORDER BY 1") == before
    audited(replace(asked, by_digest=True), ledger)
    assert query(ledger, "SELECT COUNT(*) FROM file WHERE seen_run = 3") == [(len(before),)]


def test_members_of_an_archive_that_changed_take_the_place_of_the_older_ones(tmp_path):
    path, ledger = tmp_path / "a.zip", tmp_path / "a.ledger"
    path.write_bytes(zipped({"gone.png": PNG, "stays.png": PNG}))
    audited(wish(path, options=OPENING), ledger)
    path.write_bytes(zipped({"stays.png": PLAIN, "new.jpg": PLAIN}))
    audited(wish(path, options=OPENING, recheck=Recheck.ALL), ledger)
    names = [Path(name).name for name in rows(ledger)]
    assert names == ["a.zip", "new.jpg", "stays.png"]
    assert query(ledger, "SELECT COUNT(*) FROM file WHERE flagged <> ''") == [(0,)]


def test_only_members_of_the_types_that_are_wanted_are_examined(folder, tmp_path):
    ledger = tmp_path / "a.ledger"
    audited(wish(folder, options=OPENING, media_types=("image/png",)), ledger)
    kept = {path.rpartition("/")[2] for path in rows(ledger) if "!/" in path}
    assert kept == {"x.png"}


def test_the_library_yields_members_first(folder):
    paths = [
        Path(report.asset.path).name for report in audit([folder / "deflated.zip"], archives=True)
    ]
    assert paths == ["x.png", "deflated.zip"]


class TestFalls:
    """Members that bring a worker down, by their names (see `support.examiners`)."""

    def audited(self, folder, tmp_path, **limits):
        ledger = tmp_path / "a.ledger"
        engine = Processes(1, FileLimits(**limits))
        run = audited(
            wish(folder, options=OPENING), ledger, engine, "support.examiners:misbehaving_members"
        )
        return run, {Path(path).name: one for path, one in rows(ledger).items()}

    def test_of_a_worker_cost_one_member_alone(self, tmp_path):
        names = ["abort-first.png", "1.png", "abort-.png", "3.png", "segfault-.png", "5.png"]
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.zip").write_bytes(zipped(dict.fromkeys(names, PNG)))
        (tmp_path / "in" / "b.png").write_bytes(PNG)
        run, found = self.audited(tmp_path / "in", tmp_path)
        codes = {name: one["error_code"] for name, one in found.items()}
        assert codes == {
            **dict.fromkeys(("1.png", "3.png", "5.png", "a.zip", "b.png"), None),
            **dict.fromkeys(("abort-first.png", "abort-.png", "segfault-.png"), "worker.crashed"),
        }
        assert found["a.zip"]["deaths"] == 3
        assert run.code == 3

    def test_by_the_time_limit_are_counted_for_each_member(self, tmp_path):
        names = [f"wait-{n}.png" for n in range(6)] + ["loop-.png", "last.png"]
        (tmp_path / "a.tar").write_bytes(tarred(dict.fromkeys(names, PNG)))
        _, found = self.audited(tmp_path / "a.tar", tmp_path, timeout=1.0)
        codes = {name: one["error_code"] for name, one in found.items()}
        assert codes.pop("loop-.png") == "worker.timeout"
        assert set(codes.values()) == {None}
        assert len(codes) == 8

    def test_too_many_in_one_file_give_it_up_with_what_was_found(self, tmp_path):
        names = ["first.png", *(f"abort-{n}.png" for n in range(12))]
        (tmp_path / "a.zip").write_bytes(zipped(dict.fromkeys(names, PNG)))
        run, found = self.audited(tmp_path / "a.zip", tmp_path)
        assert found["first.png"]["flagged"] == "ai"
        assert found["a.zip"]["error_code"] == "worker.crashed"
        assert len(found) == 10
        assert run.code == 3


def test_what_a_worker_says_of_members_is_not_believed(monkeypatch):
    from provenance.auditing import slot
    from provenance.auditing.task import Begun
    from provenance.sandbox.frames import FrameError

    good = ["x.png"], 5, *ledger_row.row_of_error("x", slot.ErrorInfo("a.b", "c"), wish().at)
    made = slot._add_members(Begun(), [[-1], [0, *good], [1]], 9)
    assert (made.done, [member.names for member in made.members]) == (2, [("x.png",)])
    again = Begun(True, made.members, 2, {2: slot.ErrorInfo("a.b", "c")})
    assert slot._add_members(again, [[-1], [0], [1], [2, *good]], 9).done == 3
    begins = slot._add_members(Begun(), [[-1]], 9)
    for bad in (
        *([[1, *good]], [[0, *good], [0, *good]], [["0", *good]], [[]], "x", [], [None], [[True]]),
        [[-1]],  # again and again: each message is more time
        [[0, [], *good[1:]]],
        [[0, ["a\0b"], *good[1:]]],
        [[0, ["\ud800"], *good[1:]]],
        [[0, "x.png", *good[1:]]],
        [[0, good[0], 1 << 63, *good[2:]]],
        [[0, good[0], 5, "no row"]],
        [[0, good[0], 5]],
        [[0, good[0]]],
        [[n] for n in range(10)],
        [[-1, *good]],
    ):
        with pytest.raises(FrameError):
            slot._add_members(begins, bad, 9)
    with pytest.raises(FrameError):
        slot._add_members(Begun(), [[0, *good]], 9)
    monkeypatch.setattr(slot, "_INSIDE", len(made.members[0].packed))
    assert slot._add_members(begins, [[0, *good]], 9).done == 1
    with pytest.raises(FrameError, match="too long"):
        slot._add_members(begins, [[0, *good], [1, *good]], 9)
    again = slot._add_members(again, [[-1]], 9)
    for bad in ([[0, *good]], [[1]], [[2, *good]], [[0], [-1]], [[0], [0]]):
        with pytest.raises(FrameError):
            slot._add_members(again, bad, 9)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_kill_and_resume_never_tears_an_archive_apart(tmp_path):
    """An audit that is killed again and again; no member is lost, none is there twice."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    for n in range(24):
        members = {f"{m}.png": PNG if m % 5 else PLAIN for m in range(1 + n % 7)}
        data = tarred(members) if n % 2 else zipped({**members, "in.zip": zipped(members)})
        (folder / f"{n:02}.bin").write_bytes(data)
        (folder / f"{n:02}.jpg").write_bytes(PLAIN)
    ledger = tmp_path / "killed.ledger"
    log = tmp_path / "log"
    command = [sys.executable, "-m", "support.slow_audit", str(folder), str(ledger), str(log)]
    grown = before = 0
    for kill in range(6):
        log.write_text("")
        running = subprocess.Popen([*command, "--archives"], cwd=TESTS, stderr=subprocess.PIPE)
        until = time.monotonic() + 60
        while not log.stat().st_size and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(0.15 * (kill % 5))
        running.send_signal(signal.SIGKILL)
        running.communicate()
        if running.returncode == 0:
            break
        assert not torn(ledger)
        ((now,),) = query(ledger, "SELECT COUNT(*) FROM file")
        assert now >= before
        grown, before = grown + (now > before), now
    assert grown >= 2
    ended = subprocess.run([*command, "--archives"], cwd=TESTS, check=False)
    assert ended.returncode == 0
    calm = tmp_path / "calm.ledger"
    audited(wish(folder, options=OPENING), calm)
    every = "SELECT path_bytes, size, sha256, origin, flagged, record FROM file ORDER BY 1"
    assert query(ledger, every) == query(calm, every)
    assert query(ledger, "SELECT COUNT(*) - COUNT(DISTINCT path_bytes) FROM file") == [(0,)]


def torn(ledger):
    """Members in a ledger without the file that they were found in."""
    keys = {key for (key,) in query(ledger, "SELECT path_bytes FROM file")}
    return [key for key in keys if b"\0" in key and key.split(b"\0")[0] not in keys]
