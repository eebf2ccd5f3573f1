"""Runs: what is judged again and what is not, resumption, digests, errors, the library call."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from support.auditing import AT, audited, query, rows, wish
from support.each import each
from support.pki import FIXTURES

import provenance
from provenance import Policy, verify
from provenance.auditing.engine import Serial
from provenance.auditing.ledger import Ledger
from provenance.auditing.ledger_row import row_of_report
from provenance.auditing.ledger_schema import JUDGED
from provenance.auditing.plan import Filters, Plan
from provenance.auditing.processes import Processes
from provenance.auditing.revive import report_of
from provenance.auditing.run import Audit
from provenance.auditing.task import DigestMode, Recheck
from provenance.base.errors import AuditError
from provenance.base.options import Options
from provenance.base.terms import Flag, Revocation, TimeStatus
from provenance.kit import media
from provenance.signing.trust_store import TrustStore
from provenance.verdict.report import plain

ANCHORS = FIXTURES / "pki" / "anchors.pem"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "files"
    made.mkdir()
    for n in range(4):
        (made / f"plain{n}.jpg").write_bytes(media.gradient_jpeg(16 + 8 * n, 16))
    for name in ("ai-generated.png", "grafted.jpg", "unlisted.jpg", "capture.jpg"):
        shutil.copy(FIXTURES / name, made / name)
    return made


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "a.ledger"


def held(report):
    """Until when the answer of a report holds."""
    return row_of_report(report)[JUDGED.index("holds_until")]


def runs(ledger):
    return query(ledger, "SELECT id, state, resumed FROM run ORDER BY id")


class TestRows:
    def test_a_row_says_what_verify_says(self, folder, ledger):
        trust = TrustStore.load(anchors=(ANCHORS,), tsa_anchors=(ANCHORS,))
        audit = audited(wish(folder, trust=trust, digest=DigestMode.ALL), ledger)
        found = rows(ledger)
        assert len(found) == 8
        ((environment,),) = query(ledger, "SELECT environment FROM run")
        for path, row in found.items():
            report = verify(path, trust=trust, at=AT)
            record = report.to_dict()
            body = json.loads(row["record"])
            assert body == report.body()
            assert record["environment"] == json.loads(environment)
            assert row["sha256"] == record["asset"]["sha256"]
            assert row["size"] == os.stat(path).st_size
            assert row["path_bytes"] == os.fsencode(path)
            assert row["origin"] == record["verdict"]["origin"]
            assert row["flagged"].split(",") == (record["flagged"] or [""])
            assert row["integrity"] == record["axes"]["integrity"]
            assert report_of(body, report.environment) == report
        capture = found[str(folder / "capture.jpg")]
        assert capture["signer"]
        assert capture["anchor"]
        assert audit.code == 3

    def test_a_signer_that_is_only_claimed_is_none(self, tmp_path, ledger):
        audited(wish(FIXTURES / "bad-signature.jpg"), ledger)
        (row,) = rows(ledger).values()
        assert row["identity"] == "unproven"
        assert row["signer"] is None
        assert row["anchor"] is None

    def test_every_fixture_survives_the_way_there_and_back(self):
        for path in sorted(FIXTURES.glob("*.*")):
            report = verify(path, at=AT)
            there = json.loads(json.dumps(report.body()))
            assert report_of(there, report.environment).to_dict() == report.to_dict(), path.name

    @each(
        "change",
        [
            {"verdict": {"origin": "nonsense"}},
            {"axes": []},
            {"signals": {}},
            {"findings": [{"code": 1}]},
            {"asset": {"path": "a", "path_bytes": "!"}},
            {"error": 7},
        ],
    )
    def test_a_record_of_a_wrong_form_is_refused(self, change):
        report = verify(FIXTURES / "capture.jpg", at=AT)
        with pytest.raises(
            ValueError, match=r"expected|not a report|is not a valid|Incorrect|Only"
        ):
            report_of(report.body() | change, report.environment)


class TestAgain:
    def test_no_answer_that_still_holds_is_judged_again(self, folder, ledger):
        assert audited(wish(folder), ledger).progress.judged == 8
        again = audited(wish(folder), ledger)
        assert (again.progress.judged, again.progress.unchanged) == (0, 8)
        assert again.code == 3  # it speaks of every file that it met
        assert {(r["run_id"], r["seen_run"]) for r in rows(ledger).values()} == {(1, 2)}

    @pytest.mark.parametrize("change", ["size", "mtime", "inode"])
    def test_a_changed_file_is_examined_anew(self, folder, ledger, change):
        audited(wish(folder), ledger)
        path = folder / "plain0.jpg"
        if change == "size":
            path.write_bytes(path.read_bytes() + b"x")
        elif change == "mtime":
            os.utime(path, ns=(1, 1))
        else:
            stat = path.stat()
            shutil.copy(path, folder.parent / "copy")
            os.replace(folder.parent / "copy", path)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        again = audited(wish(folder), ledger)
        assert (again.progress.judged, again.progress.unchanged) == (1, 7)

    @pytest.mark.parametrize(
        "change",
        [
            {"policy": Policy(flags=frozenset({Flag.BROKEN}))},
            {"trust": TrustStore.load(anchors=(ANCHORS,))},
            {"options": Options(max_size=1 << 20)},
            {"digest": DigestMode.ALL},
            {"at": AT + timedelta(days=1)},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_everything_is_examined_anew_under_other_conditions(self, folder, ledger, change):
        audited(wish(folder), ledger)
        again = audited(wish(folder, **change), ledger)
        assert again.progress.judged == 8
        # and back: the last answer counts, not an older one
        assert audited(wish(folder), ledger).progress.judged == 8

    def test_everything_is_examined_anew_by_another_version(self, folder, ledger, monkeypatch):
        audited(wish(folder), ledger)
        monkeypatch.setattr("provenance.verdict.verifier.VERSION", "99.0")
        assert audited(wish(folder), ledger).progress.judged == 8

    def test_errors_are_examined_anew_where_that_is_asked(self, folder, ledger):
        (folder / "gone").symlink_to("nowhere")
        assert audited(wish(folder), ledger).progress.errors == 1
        assert audited(wish(folder), ledger).progress.judged == 0
        assert audited(wish(folder, recheck=Recheck.ERRORS), ledger).progress.judged == 1
        assert audited(wish(folder, recheck=Recheck.ALL), ledger).progress.judged == 9

    def test_an_answer_holds_no_longer_than_its_certificate(self, folder, ledger):
        """Without an --at of its own a run is at its beginning, and certificates expire."""
        trust = TrustStore.load(anchors=(ANCHORS,))
        wanted = wish(folder / "capture.jpg", trust=trust, at=None)
        audited(wanted, ledger)
        ((until, time),) = query(ledger, "SELECT holds_until, time FROM file")
        assert time == "current"
        assert until > "2026"
        with sqlite3.connect(ledger) as db:
            db.execute("UPDATE file SET holds_until = '2020-01-01T00:00:00Z'")
        db.close()
        assert audited(wanted, ledger).progress.judged == 1
        assert audited(wanted, ledger).progress.judged == 0

    def test_an_answer_that_rests_on_revocation_holds_for_its_run(self):
        """A stapled response lapses; a responder may say something else tomorrow."""
        good = verify(FIXTURES / "ocsp-good.jpg", trust=TrustStore.load(anchors=(ANCHORS,)), at=AT)
        (manifest,) = good.credentials.manifests
        ends = manifest.signer.not_after

        def until(**axes):
            time, revocation = TimeStatus(axes["time"]), Revocation(axes["revocation"])
            one = replace(manifest, axes=replace(manifest.axes, time=time, revocation=revocation))
            made = replace(good, credentials=replace(good.credentials, manifests=(one,)))
            return held(made)

        assert until(time="timestamped", revocation="good") is None
        assert until(time="current", revocation="good") == plain(AT)
        assert until(time="current", revocation="unknown") == plain(AT)
        assert until(time="current", revocation="not_checked") == plain(ends)
        assert until(time="current", revocation="revoked") == plain(ends)
        asked = replace(good, environment=replace(good.environment, network="ocsp"))
        assert held(asked) == plain(AT)
        plain_file = verify(FIXTURES / "plain.jpg", at=AT)
        assert held(replace(plain_file, environment=asked.environment)) is None

    def test_a_file_named_twice_is_judged_once(self, folder, ledger):
        audit = audited(wish(folder, folder / "plain0.jpg", folder), ledger)
        assert (audit.progress.judged, audit.progress.done) == (8, 8)


class TestByDigest:
    def test_a_moved_clock_is_no_change_and_a_hidden_one_is(self, folder, ledger):
        wanted = wish(folder, digest=DigestMode.ALL, by_digest=True)
        audited(wanted, ledger)
        os.utime(folder / "plain0.jpg", ns=(1, 1))
        hidden = folder / "plain1.jpg"
        stat = hidden.stat()
        data = bytearray(hidden.read_bytes())
        data[-3] ^= 1
        with open(hidden, "r+b") as file:
            file.write(data)
        os.utime(hidden, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        again = audited(wanted, ledger)
        assert (again.progress.judged, again.progress.unchanged) == (1, 7)
        assert rows(ledger)[str(folder / "plain0.jpg")]["mtime_ns"] == 1

    def test_workers_compare_files_by_digest_too(self, folder, ledger):
        wanted = wish(folder, digest=DigestMode.ALL, by_digest=True)
        audited(wanted, ledger, Processes(1))
        os.utime(folder / "plain0.jpg", ns=(1, 1))
        assert audited(wanted, ledger, Processes(1)).progress.judged == 0


class TestDigests:
    def test_are_taken_by_default_of_files_that_carry_something(self, folder, ledger):
        audited(wish(folder), ledger)
        assert len(rows(ledger)) == 8
        for path, row in rows(ledger).items():
            assert (row["sha256"] is None) == ("plain" in path), path

    def test_are_not_taken_where_none_are_asked_for(self, folder, ledger):
        audited(wish(folder, digest=DigestMode.NONE), ledger)
        assert {row["sha256"] for row in rows(ledger).values()} == {None}


class TestResuming:
    def test_a_run_that_was_given_up_goes_on(self, folder, ledger):
        wanted = wish(folder, at=None)
        first = audited(wanted, ledger, most=3)
        assert runs(ledger) == [(1, "interrupted", 0)]
        again = audited(wanted, ledger)
        assert again.resumed
        assert again.environment == first.environment
        assert runs(ledger) == [(1, "finished", 1)]
        assert again.progress.judged == 5
        assert again.progress.done == 8
        assert len(rows(ledger)) == 8

    def test_with_recheck_all_goes_on_and_does_not_begin_again(self, folder, ledger):
        audited(wish(folder), ledger)
        wanted = wish(folder, recheck=Recheck.ALL)
        audited(wanted, ledger, most=3)
        assert audited(wanted, ledger).progress.judged == 5

    @pytest.mark.parametrize(
        "change",
        [
            {"filters": Filters(include=("plain*",))},
            {"policy": Policy(flags=frozenset())},
            {"recheck": Recheck.ERRORS},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_with_another_wish_begins_anew(self, folder, ledger, change):
        audited(wish(folder), ledger, most=3)
        assert not audited(wish(folder, **change), ledger).resumed
        assert [state for _, state, _ in runs(ledger)] == ["interrupted", "finished"]

    def test_with_the_same_names_elsewhere_begins_anew(self, folder, ledger, monkeypatch, tmp_path):
        monkeypatch.chdir(folder)
        audited(wish("."), ledger, most=3)
        shutil.copytree(folder, tmp_path / "other")
        monkeypatch.chdir(tmp_path / "other")
        assert not audited(wish("."), ledger).resumed


class TestTypes:
    def test_are_told_by_content(self, folder, ledger):
        os.rename(folder / "ai-generated.png", folder / "lies.jpg")
        for engine in (None, Processes(1)):
            audit = audited(wish(folder, media_types=("image/png",)), ledger, engine)
            assert audit.progress.left_out == 7
        assert [os.path.basename(path) for path in rows(ledger)] == ["lies.jpg"]


class TestTroubles:
    def test_a_file_that_changes_while_it_is_read_says_so(self, folder, ledger, monkeypatch):
        monkeypatch.setattr("provenance.media.asset.Asset.changed", lambda _: True)
        audited(wish(folder / "plain0.jpg"), ledger)
        assert [r["error_code"] for r in rows(ledger).values()] == ["asset.changed"]

    def test_a_file_that_vanishes_says_so(self, folder, ledger):
        audited(wish(folder / "plain0.jpg", folder / "none.jpg"), ledger)
        assert [r["error_code"] for r in rows(ledger).values()] == ["asset.missing", None]

    def test_a_second_writer_is_told_to_wait(self, folder, ledger):
        with Ledger(str(ledger)), pytest.raises(AuditError) as caught:
            Ledger(str(ledger))
        assert caught.value.code == "ledger.busy"
        Ledger(str(ledger)).close()
        assert not os.path.exists(f"{ledger}-lock")

    def test_a_reader_may_look_meanwhile(self, folder, ledger):
        with Ledger(str(ledger)) as opened:
            Audit(wish(folder), opened)
            assert runs(ledger) == [(1, "running", 0)]

    def test_another_database_is_left_alone(self, tmp_path):
        other = tmp_path / "other.db"
        with sqlite3.connect(other) as db:
            db.execute("CREATE TABLE mine (a)")
        db.close()
        before = other.read_bytes()
        with pytest.raises(AuditError) as caught:
            Ledger(str(other))
        assert caught.value.code == "ledger.foreign"
        assert other.read_bytes() == before

    def test_a_ledger_of_another_version_is_left_alone(self, tmp_path, ledger):
        Ledger(str(ledger)).close()
        with sqlite3.connect(ledger) as db:
            db.execute("PRAGMA user_version = 2")
        db.close()
        with pytest.raises(AuditError, match="version 2"):
            Ledger(str(ledger))

    def test_a_full_disk_is_said_and_what_is_there_stays(self, folder, ledger, monkeypatch):
        audited(wish(folder), ledger, most=3)
        before = rows(ledger)
        with Ledger(str(ledger)) as opened:
            audit = Audit(wish(folder), opened)
            (pages,) = opened._db.execute("PRAGMA page_count").fetchone()
            opened._db.execute(f"PRAGMA max_page_count = {pages}")
            for n in range(40):
                (folder / f"more{n}.jpg").write_bytes(media.gradient_jpeg(16, 16))
            with pytest.raises(AuditError, match="full") as caught:
                list(audit.work(Plan(audit.wish.sources, Filters()), Serial(), Event()))
            assert caught.value.code == "ledger.unusable"
        assert before.items() <= rows(ledger).items()
        assert audited(wish(folder), ledger).resumed
        assert len(rows(ledger)) == 48

    def test_a_new_lock_after_a_killed_writer(self, ledger):
        lock = ledger.parent / f"{ledger.name}-lock"
        lock.touch()
        Ledger(str(ledger)).close()
        assert not lock.exists()


class TestLibrary:
    def test_an_audit_yields_the_report_of_each_file(self, folder):
        found = {os.path.basename(r.asset.path): r for r in provenance.audit([folder], at=AT)}
        assert len(found) == 8
        assert found["ai-generated.png"].verdict.origin == "ai_generated"
        assert found["plain0.jpg"] == verify(folder / "plain0.jpg", at=AT, digest=False)

    def test_an_audit_yields_the_same_reports_from_processes(self, folder):
        both = [
            sorted(provenance.audit([folder], at=AT, engine=engine), key=lambda r: r.asset.path)
            for engine in (None, Processes(2))
        ]
        assert both[0] == both[1]

    def test_an_audit_in_one_process_hands_its_reports_on(self, folder, ledger, monkeypatch):
        """Nothing is read back that was just written; workers and ledgers alone need that."""
        names = [folder, "no-such-*.jpg"]
        away = list(provenance.audit(names, at=AT, engine=Processes(1)))
        monkeypatch.setattr("provenance.auditing.audit_api.report_of", None)
        for where in (None, ledger):
            found = list(provenance.audit(names, at=AT, ledger=where))
            assert {r.asset.path: r for r in found} == {r.asset.path: r for r in away}
        assert [r.error.code for r in found if r.error] == ["asset.missing"]
        with pytest.raises(TypeError):
            list(provenance.audit(names, at=AT, engine=Processes(1)))

    def test_an_audit_takes_a_policy_and_a_ledger(self, folder, ledger):
        none = Policy(flags=frozenset())
        found = list(provenance.audit([folder], policy=none, ledger=ledger, at=AT))
        assert [r for r in found if r.flagged] == []
        assert list(provenance.audit([folder], policy=none, ledger=ledger, at=AT)) == []

    def test_a_single_name_is_no_list_of_letters(self, folder):
        for name in (str(folder), os.fsencode(folder), folder):
            with pytest.raises(TypeError, match="a list"):
                next(provenance.audit(name))

    def test_an_audit_that_is_closed_early_can_go_on(self, folder, ledger):
        reports = provenance.audit([folder], ledger=ledger)
        next(reports)
        reports.close()
        assert runs(ledger) == [(1, "interrupted", 0)]
        assert len(list(provenance.audit([folder], ledger=ledger))) == 7

    def test_an_audit_without_a_ledger_writes_nothing(self, folder, tmp_path):
        before = sorted(p.name for p in tmp_path.rglob("*"))
        list(provenance.audit([folder]))
        assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_a_wish_without_a_zone_is_refused(folder, ledger):
    with Ledger(str(ledger)) as opened, pytest.raises(ValueError, match="zone"):
        Audit(replace(wish(folder), at=datetime(2026, 1, 1)), opened)
    assert AT.tzinfo is UTC


class TestLongSearches:
    """A run over millions of files that hold must still show itself, save and stop."""

    @pytest.mark.parametrize("engine", [None, Processes(1)], ids=["serial", "processes"])
    def test_a_search_that_takes_long_can_be_stopped(self, folder, ledger, monkeypatch, engine):
        audited(wish(folder), ledger)
        monkeypatch.setattr("provenance.auditing.run._LOOK", 0.0)
        stop = Event()
        with Ledger(str(ledger)) as opened:
            audit = Audit(wish(folder), opened)
            plan = Plan(audit.wish.sources, Filters())
            for outcome in audit.work(plan, engine or Serial(), stop):
                assert outcome is None
                if audit.progress.done >= 3:
                    stop.set()
            audit.end_run(finished=False)
        assert audit.progress.done < 8
        assert audited(wish(folder), ledger).progress.judged == 0

    def test_a_search_that_leaves_much_out_can_be_stopped(self, folder, monkeypatch):
        monkeypatch.setattr("provenance.auditing.plan._PAUSE", 2)
        found = list(Plan(wish(folder).sources, Filters(include=("none",))))
        assert found == [None] * 4
