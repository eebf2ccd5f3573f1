"""Ledgers as they are read: in order, one state, and nothing in them believed."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from contextlib import closing

import pytest
from jsonschema import Draft202012Validator
from support import make_ledgers
from support.each import each
from support.ledgers import HOSTILE_NAMES, entry, failed, judged, moved, write

from provenance.auditing import reading
from provenance.base.errors import AuditError
from provenance.render import records, schemas
from provenance.render.rows import RowSelection


def test_rows_come_by_the_bytes_of_their_paths(tmp_path) -> None:
    path = write(tmp_path / "a.ledger", [entry(failed(name)) for name in HOSTILE_NAMES])
    with reading.open_ledger(path) as reader:
        found = list(reader.rows())
    assert [row.path_bytes for row in found] == sorted(map(os.fsencode, HOSTILE_NAMES))
    assert {row.path for row in found} == set(HOSTILE_NAMES)
    assert [row for row in found if not row.shown.isprintable()] == []


@pytest.mark.parametrize("name", ["plain.jpg", "chain-of-three.jpg", "hostile-strings.jpg"])
def test_a_full_record_is_what_verify_prints(name: str, tmp_path) -> None:
    for n, given in enumerate((name, *HOSTILE_NAMES[:8], *HOSTILE_NAMES[-3:])):
        report = moved(judged(name), given)
        path = write(tmp_path / f"{n}.ledger", [entry(report)])
        with reading.open_ledger(path) as reader:
            (row,) = reader.rows()
            line = reader.full_record(row)
        assert line == records.line(report)
        Draft202012Validator(json.loads(schemas.schema_text())).validate(json.loads(line))


def test_a_selection_by_flag_and_run_reads_its_rows_alone(tmp_path) -> None:
    rows = [
        entry(judged("plain.jpg", "a"), run=1),
        entry(judged("ai-generated.png", "b"), run=1),
        entry(judged("ai-generated.png", "c"), run=2),
        entry(failed("d"), run=2),
    ]
    with reading.open_ledger(write(tmp_path / "a.ledger", rows, runs=2)) as reader:
        assert [r.path for r in reader.rows(RowSelection(since_run=2))] == ["c", "d"]
        assert [r.path for r in reader.rows(RowSelection(flagged=True))] == ["b", "c"]
        assert [r.path for r in reader.rows(RowSelection(2, True))] == ["c"]
        assert [r.path for r in reader.rows()] == ["a", "b", "c", "d"]


def test_a_file_that_is_no_ledger_is_refused(tmp_path) -> None:
    def refused(path, message, code="ledger.unusable"):
        with pytest.raises(AuditError, match=message) as caught, reading.open_ledger(path):
            pass
        assert caught.value.code == code
        assert str(caught.value).isprintable()

    refused(tmp_path / "none", "no such ledger")
    refused(tmp_path, "not a file")
    (tmp_path / "text").write_text("hello " * 1000)
    refused(tmp_path / "text", "cannot be read as a ledger")
    (tmp_path / "empty").write_bytes(b"")
    refused(tmp_path / "empty", "not a ledger", "ledger.foreign")
    with closing(sqlite3.connect(tmp_path / "other")) as db, db:
        db.execute("CREATE TABLE file (x)")
    refused(tmp_path / "other", "not a ledger", "ledger.foreign")
    later = write(tmp_path / "later", [])
    with closing(sqlite3.connect(later)) as db, db:
        db.execute("PRAGMA user_version = 99")
    refused(later, "a ledger of version 99", "ledger.foreign")
    assert not (tmp_path / "none").exists()


def read_all(path) -> list[str]:
    with reading.open_ledger(path) as reader:
        return [reader.full_record(row) for row in reader.rows()]


@each(
    "change",
    [
        "UPDATE run SET environment = '{'",
        "UPDATE run SET environment = '5'",
        "UPDATE run SET counts = ''",
        "UPDATE run SET environment = '{}'",
        "UPDATE run SET environment = json_set(environment, '$.tool', 5)",
        "UPDATE run SET environment = json_set(environment, '$.policy', null)",
        "UPDATE run SET environment = json_set(environment, '$.policy.name', 5)",
        "UPDATE run SET environment = json_set(environment, '$.trust_lists', 'x')",
        "UPDATE run SET environment = json_set(environment, '$.trust_lists[0].date', null)",
        "UPDATE run SET isolation = '5'",
        "UPDATE run SET isolation = '[{}]'",
        'UPDATE run SET isolation = \'[{"name": 5, "on": true, "says": ""}]\'',
        "DROP TABLE file",
        "ALTER TABLE file DROP COLUMN basis",
        "UPDATE file SET record = '{'",
        "UPDATE file SET record = '[]'",
        "UPDATE file SET record = record || char(10) || '{}'",
        "UPDATE file SET record = record || char(13) || '{}'",
        "UPDATE file SET record = '{\"asset\":'",
        "UPDATE file SET run_id = 7",
    ],
)
def test_a_damaged_ledger_is_one_error(change: str, tmp_path) -> None:
    path = write(tmp_path / "a.ledger", [entry(judged("plain.jpg", "a"))])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(change)
    with pytest.raises(AuditError):
        read_all(path)


def test_reading_changes_nothing_and_needs_no_room_beside_it(tmp_path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    path = write(folder / "a.ledger", [entry(failed("x"))])
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    before = path.read_bytes()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with reading.open_ledger(path) as reader:
            assert len(list(reader.rows())) == 1
    finally:
        folder.chmod(stat.S_IRWXU)
    with reading.open_ledger(path) as reader:
        assert len(list(reader.rows())) == 1
    assert path.read_bytes() == before
    assert [p.name for p in folder.iterdir()] == ["a.ledger"]


def test_a_reader_sees_one_state_while_an_audit_goes_on(tmp_path) -> None:
    path = write(tmp_path / "a.ledger", [entry(failed("x"))])
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        with reading.open_ledger(path) as reader:
            assert len(reader.runs) == 1
            db.execute("DELETE FROM file")
            db.commit()
            assert len(list(reader.rows())) == 1


@pytest.mark.parametrize("name", ["june.ledger", "july.ledger"])
def test_the_sample_ledgers_are_as_they_are_made_today(name: str, tmp_path) -> None:
    """Else: `python -m support.make_ledgers` in `tests`."""
    make_ledgers.make(tmp_path)
    kept, made = make_ledgers.FOLDER / name, tmp_path / name
    for sql in ("SELECT * FROM file ORDER BY id", "SELECT * FROM run", "SELECT * FROM meta"):
        found = []
        for path in (kept, made):
            with closing(sqlite3.connect(path)) as db:
                cursor = db.execute(sql)
                found.append(([column[0] for column in cursor.description], cursor.fetchall()))
        assert found[0] == found[1]


def test_the_signed_samples_are_as_they_are_made_today(tmp_path) -> None:
    """Else: `python -m support.make_ledgers` in `tests`."""
    make_ledgers.make(tmp_path)
    names = ("june.ledger.run-1.statement.json", "june.ledger.run-1.rows", "ai-generated.png.dsse")
    for name in names:
        assert (make_ledgers.FOLDER / name).read_bytes() == (tmp_path / name).read_bytes(), name
