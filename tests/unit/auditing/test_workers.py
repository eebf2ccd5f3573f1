"""Workers that fall: each costs one file, which is named, and all others are judged."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from threading import Event

import pytest
from support.auditing import AT, audited, rows, wish
from support.each import each
from support.pki import FIXTURES

from provenance import verify
from provenance.auditing.ledger_row import row_of_error, row_of_fallen, row_of_report
from provenance.auditing.ledger_schema import JUDGED
from provenance.auditing.plan import Plan
from provenance.auditing.processes import Processes
from provenance.auditing.run import task_of
from provenance.auditing.slot import _outcomes, _unpack_answer
from provenance.auditing.task import FileLimits, Planned
from provenance.base.errors import AuditError
from provenance.kit import media
from provenance.sandbox.frames import FrameError, packed_with
from provenance.verdict.report import ErrorInfo

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")
LIMITS = FileLimits(timeout=3.0, memory=192 << 20)  # time for an ordinary file on a busy machine
FALLS = {
    "segfault": "worker.crashed",
    "abort": "worker.crashed",
    "loop": "worker.timeout",
    "allocate": "worker.memory",
    "raise": "worker.crashed",
    "broken": "worker.crashed",
    "exit": "worker.crashed",
}


@posix
def test_a_file_that_brings_workers_down_costs_itself_alone(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for n in range(150):
        (folder / f"{n:03d}-plain.jpg").write_bytes(media.gradient_jpeg(16 + n, 16))
    expected = dict(FALLS)
    if sys.platform != "linux":
        del expected["allocate"]  # nothing bounds memory there
    for name in (*expected, "chatter"):
        shutil.copy(FIXTURES / "ai-generated.png", folder / f"{name}-{len(name)}.png")
    for name in ("segfault", "loop"):
        shutil.copy(folder / "000-plain.jpg", folder / f"{name}-plain.jpg")
    shutil.copy(FIXTURES / "ai-generated.png", folder / "zz.png")
    ledger = tmp_path / "ledger"
    examiner = "support.examiners:misbehaving"
    audit = audited(wish(folder), ledger, Processes(2, LIMITS), examiner)
    found = {os.path.basename(path): row for path, row in rows(ledger).items()}
    assert len(found) == 150 + len(expected) + 4
    fallen = {name: row for name, row in found.items() if row["deaths"]}
    assert len(fallen) == len(expected) + 2
    for name, row in fallen.items():
        code = expected[name.partition("-")[0]]
        assert row["deaths"] == 2
        assert row["size"] is not None
        if name.endswith("plain.jpg"):
            assert row["error_code"] == code
            assert row["error_message"]
            assert row["origin"] is None
            continue
        # The credential is there and was not read: what its bytes say is not lost with the worker.
        assert row["error_code"] is None
        assert (row["origin"], row["assurance"]) == ("ai_generated", "asserted")
        assert row["flagged"] == "ai,unreadable"
        assert row["credential_status"] == "unreadable"
        (finding,) = json.loads(row["record"])["findings"]
        assert finding["code"] == "examination.incomplete"
        assert code in finding["message"]
    for name, row in found.items():
        if name not in fallen:
            assert row["origin"] == ("unknown" if "plain" in name else "ai_generated")
            assert row["deaths"] == 0
    assert audit.progress.quarantined == len(fallen)
    assert audit.code == 3
    again = audited(wish(folder), ledger, Processes(2, LIMITS), examiner)
    assert again.progress.judged == 0  # what is quarantined is not tried for ever


def test_an_audit_whose_workers_cannot_start_is_one_line(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    with pytest.raises(AuditError) as caught:
        audited(wish(tmp_path / "a"), tmp_path / "l", Processes(1, LIMITS), "support.missing:none")
    assert caught.value.code == "worker.start"
    assert "\n" not in str(caught.value)


def test_an_audit_whose_threads_cannot_start_is_an_error(tmp_path, monkeypatch):
    def refused(_thread):
        raise RuntimeError("can't start new thread")

    (tmp_path / "a").write_bytes(b"a")
    monkeypatch.setattr("threading.Thread.start", refused)
    with pytest.raises(AuditError, match="can't start new thread"):
        audited(wish(tmp_path / "a"), tmp_path / "l", Processes(1, LIMITS))


def test_trust_material_that_changed_stops_the_run(tmp_path):
    task, _ = task_of(wish(tmp_path), wish(tmp_path).at)
    crl = tmp_path / "list.crl"
    crl.write_bytes(b"other")
    changed = type(task)(
        **{name: getattr(task, name) for name in task.__slots__} | {"crl_digests": ("00",)}
    )
    with pytest.raises(AuditError, match="changed since the run began"):
        Processes(1, LIMITS).probe(changed)


def children():
    """The processes that any thread of this one has started."""
    found = []
    for thread in Path("/proc/self/task").iterdir():
        found += (thread / "children").read_text(encoding="ascii").split()
    return set(found)


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_an_engine_closed_early_leaves_no_process(tmp_path):
    for n in range(40):
        (tmp_path / f"{n}.jpg").write_bytes(media.gradient_jpeg(16, 16))
    wanted, before = wish(tmp_path), children()
    task, _ = task_of(wanted, wanted.at)
    running = Processes(2, LIMITS).run(Plan(wanted.sources, wanted.filters), task, Event())
    assert next(o for o in running if o is not None)
    assert children() > before
    running.close()
    assert children() == before


def test_a_stopped_engine_ends_in_order(tmp_path):
    for n in range(200):
        (tmp_path / f"{n}.jpg").write_bytes(media.gradient_jpeg(16, 16))
    wanted, stop = wish(tmp_path), Event()
    task, _ = task_of(wanted, wanted.at)
    done = 0
    for outcome in Processes(1, LIMITS).run(Plan(wanted.sources, wanted.filters), task, stop):
        done += outcome is not None
        stop.set()
    assert 1 <= done < 200


ROW = dict(zip(JUDGED, row_of_report(verify(FIXTURES / "ai-generated.png")), strict=True))
FAILED = dict(zip(JUDGED, row_of_error("a", ErrorInfo("asset.missing", "gone"), AT), strict=True))


def told(row=ROW, size=1, mtime_ns=2, inode=3, **changes):
    """What a worker says of one file."""
    return [size, mtime_ns, inode, *(row | changes).values()]


@each(
    "answer",
    [
        {},
        {"failed": "the installation"},
        "x",
        [],
        [[1]],
        [told(size="a")],
        [told(record=None)],
        [told(record={"a": 1})],
        [told(inode=1 << 64)],
        [told(size=True)],
        [[1, 1, 1, "nonsense"]],
        [[1, 1, 1, []]],
        [[1, 1, 1, "unchanged"]],  # nobody had asked whether it is
        [told(), told()],
        # what would bring down who writes it, counts it or prints it
        [told(signer="\ud800")],
        [told(record='{"asset":{}}\n{"asset":{}}')],
        [told(record='{"asset":"\xe9"}')],
        [told(origin=None)],
        [told(origin="authentic")],
        [told(assurance="certain")],
        [told(flagged=None)],
        [told(flagged="ai,nonsense")],
        [told(flagged="ai,")],
        [told(FAILED, flagged="ai")],
        [told(FAILED, origin="unknown")],
        [told(FAILED, error_code="\x1b[2J")],
        [told(FAILED, error_code="x" * 10_000)],
        [told(dict.fromkeys(JUDGED), record="{}")],
    ],
)
def test_a_worker_that_says_something_else_is_not_believed(answer):
    with pytest.raises(FrameError):
        _outcomes(answer, [Planned("a")])


def test_a_worker_that_speaks_as_agreed_is_believed():
    for row in (ROW, ROW | {"flagged": "ai,must_be_signed"}, ROW | {"flagged": ""}, FAILED):
        (made,), out = _outcomes([told(row)], [Planned("a")])
        assert (made.planned.size, made.planned.mtime_ns, made.planned.inode) == (1, 2, 3)
        assert made.row == tuple(row.values())
        assert not out


@each(
    "answer",
    [
        b"[]\n{}",  # a record of no row
        b"[[1,2,3,4,5],[1,2,3,4,5]]\n{}",
        b"[[1,2,3,4]]\n{}",
        b"[{}]\n{}",
        b"1\n{}",
        b'{"members":1}\n{}',
        b'{"seen":{}}\n{}',
        b"[[1,2,3,4,5]]\n\xe9",
        b"\n[]",
    ],
)
def test_records_that_belong_to_no_row_are_refused(answer):
    with pytest.raises(FrameError):
        _unpack_answer(answer)


def test_a_record_is_the_last_value_of_its_row():
    answer = packed_with([[1, 2, 3, "unchanged"], told()[:-1]], [ROW["record"]])
    assert _unpack_answer(answer) == [[1, 2, 3, "unchanged"], told()]
    said = _unpack_answer(b'{"members":[[0],[1,[],2,3,4]]}\n{}')
    assert said == {"members": [[0], [1, [], 2, 3, 4, "{}"]]}


SEEN = verify(FIXTURES / "ai-generated.png").body()
DOWN = ErrorInfo("worker.crashed", "the worker was ended by SIGSEGV")


@each(
    "seen",
    [
        None,
        {},
        [],
        "x",
        {"verdict": None},
        SEEN | {"verdict": None},
        SEEN | {"verdict": SEEN["verdict"] | {"origin": "authentic"}},
        SEEN | {"signals": [{}]},
        SEEN | {"signals": 5},
        SEEN | {"credentials": None},
        SEEN | {"flagged": ["nonsense"]},
        SEEN | {"error": {"code": "x", "message": "y"}},
    ],
)
def test_what_a_fallen_worker_said_is_not_believed(seen):
    found = row_of_fallen(Planned("a", 5), DOWN, AT, seen)
    assert found == row_of_error("a", DOWN, AT)


def test_what_a_fallen_worker_saw_is_kept():
    found = dict(zip(JUDGED, row_of_fallen(Planned("b", 5), DOWN, AT, SEEN), strict=True))
    assert (found["origin"], found["error_code"]) == ("ai_generated", None)
    record = json.loads(found["record"])
    assert record["asset"] == {"path": "b", "sha256": None, "size": 5, "media_type": None}
    assert [f["code"] for f in record["findings"]] == ["examination.incomplete"]
