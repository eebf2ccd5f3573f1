"""Ledgers that somebody else made or changed: nothing in them runs, hides or goes on for ever.

Each kind of change has its honest neighbour in `test_an_honest_ledger_is_taken`.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import sqlite3
import stat
import struct
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.each import each
from support.ledgers import entry, judged, write

from provenance.auditing import diff, ledger_schema, ledger_totals, reading
from provenance.auditing.ledger import Ledger
from provenance.base.errors import AuditError
from provenance.render.rows import EVERYTHING

if TYPE_CHECKING:
    from pathlib import Path

_ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT i AS id, 'finished' AS state FROM n"
)
_ANSWER = "UPDATE file SET origin = 'captured', flagged = '' WHERE id = new.id"
_CHANGES = {
    "trigger on insert": f"CREATE TRIGGER t AFTER INSERT ON file BEGIN {_ANSWER}; END",
    "trigger on update": f"CREATE TRIGGER t AFTER UPDATE ON file BEGIN {_ANSWER}; END",
    "view beside the tables": f"CREATE VIEW extra AS {_ENDLESS}",
    "endless view": f"DROP TABLE run; CREATE VIEW run AS {_ENDLESS}",
    "table turned into a view": (
        "ALTER TABLE file RENAME TO other; CREATE VIEW file AS SELECT * FROM other"
    ),
    "generated column": "ALTER TABLE file ADD COLUMN more TEXT AS (upper(record)) VIRTUAL",
    "one more column": "ALTER TABLE run ADD COLUMN more TEXT",
    "one column less": "ALTER TABLE file DROP COLUMN basis",
    "renamed column": "ALTER TABLE file RENAME COLUMN basis TO origins",
    "index over an expression": "CREATE INDEX more ON file (length(record))",
    "index of another condition": (
        "DROP INDEX file_flagged; CREATE INDEX file_flagged ON file (flagged) WHERE flagged = 'ai'"
    ),
    "missing index": "DROP INDEX file_flagged",
    "one more table": "CREATE TABLE more (x)",
    "virtual table": "CREATE VIRTUAL TABLE more USING fts5(x)",
    "statistics": "ANALYZE",
    "other affinity": (
        "PRAGMA writable_schema = ON;"
        " UPDATE sqlite_schema SET sql = replace(sql, 'size              INTEGER', 'size TEXT')"
    ),
    "no check": (
        "PRAGMA writable_schema = ON;"
        " UPDATE sqlite_schema SET sql = replace(sql, 'interrupted', 'anything')"
    ),
    "default that computes": (
        "PRAGMA writable_schema = ON;"
        " UPDATE sqlite_schema SET sql = replace(sql, 'DEFAULT 0,', 'DEFAULT (abs(-1)),')"
    ),
    "not strict": (
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '')"
    ),
}


def sample(path: Path, *, runs: int = 1) -> Path:
    rows = [entry(judged("ai-generated.png", "a")), entry(judged("plain.jpg", "b"))]
    return write(path, rows, runs=runs)


def changed(path: Path, script: str) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
    return path


def read(path: Path) -> None:
    """Do with a ledger all that `report`, `report --diff` and `attest` do."""
    with reading.open_ledger(path) as reader, reading.open_ledger(path) as other:
        for row in reader.rows():
            reader.full_record(row)
        ledger_totals.count_ledger(reader, EVERYTHING)
        list(diff.differences(reader, other))


def resume(path: Path) -> None:
    """Do with a ledger what an audit does that goes on in it."""
    with Ledger(str(path)) as ledger:
        ledger.unfinished()
        ledger.alike("f")
        ledger.known(b"a")
        list(ledger.tally(1))


@each("name", _CHANGES)
def test_a_schema_that_is_not_ours_to_the_letter_is_refused(name: str, tmp_path) -> None:
    path = changed(sample(tmp_path / "a.ledger"), _CHANGES[name])
    before = path.read_bytes()
    for use in (read, resume):
        with pytest.raises(AuditError) as caught:
            use(path)
        assert caught.value.code == "ledger.foreign"
        assert str(caught.value).isprintable()
    assert path.read_bytes() == before


def test_an_honest_ledger_is_taken(tmp_path) -> None:
    """Whatever SQLite did to its pages, and wherever it was copied to."""
    plain = sample(tmp_path / "plain.ledger", runs=40)
    vacuumed = changed(shutil.copy(plain, tmp_path / "b"), "PRAGMA page_size = 8192; VACUUM")
    with closing(sqlite3.connect(plain)) as db, closing(sqlite3.connect(tmp_path / "c")) as copy:
        db.backup(copy)
        db.execute("VACUUM INTO ?", (str(tmp_path / "d"),))
    reindexed = changed(shutil.copy(plain, tmp_path / "e"), "REINDEX")
    with Ledger(str(tmp_path / "f")):
        pass
    for path in (plain, vacuumed, tmp_path / "c", tmp_path / "d", reindexed, tmp_path / "f"):
        read(path)
        resume(path)


def _interior(size: int, child: int, cells: int, *, first: int = 0) -> bytes:
    """A page of a table's tree whose every child is the same page."""
    made = [struct.pack(">IB", child, 100) for _ in range(cells)]
    content = b"".join(made)
    start = size - len(content)
    head = struct.pack(">BHHHBI", 5, 0, cells, start, 0, child)
    pointers = b"".join(struct.pack(">H", start + 5 * n) for n in range(cells))
    return bytes(first) + (head + pointers).ljust(start - first, b"\0") + content


def bomb(path: Path) -> Path:
    """A list of runs without end: five pages, each of which leads sixty times to the next."""
    sample(path, runs=30)
    with closing(sqlite3.connect(path)) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'run'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    data = bytearray(path.read_bytes())

    def page(number: int) -> bytes:
        return bytes(data[(number - 1) * size : number * size])

    assert page(root)[0] == 5
    (count,) = struct.unpack(">H", page(root)[3:5])
    places = struct.unpack(f">{count}H", page(root)[12 : 12 + 2 * count])
    leaves = [struct.unpack(">I", page(root)[at : at + 4])[0] for at in places]
    leaves = [n for n in leaves if page(n)[0] == 13]
    chain = [root, *leaves[:7]]
    for number, child in itertools.pairwise(chain):
        data[(number - 1) * size : number * size] = _interior(size, child, 60)
    path.write_bytes(data)
    return path


def test_pages_that_refer_to_one_another_end(tmp_path) -> None:
    """More rows than any disk holds, in a file of some kilobytes."""
    path = bomb(tmp_path / "a.ledger")
    assert path.stat().st_size < 1 << 20
    for use in (read, resume):
        with pytest.raises(AuditError) as caught:
            use(path)
        assert caught.value.code == "ledger.unusable"


@each(
    "change",
    [
        "UPDATE file SET record = 5",
        "UPDATE file SET record = x'00'",
        "UPDATE file SET path_bytes = 'text' WHERE path_bytes = x'61'",
        "UPDATE file SET seen_run = 'one'",
        "UPDATE file SET flagged = x'6169'",
        "UPDATE file SET size = 'large'",
    ],
)
def test_values_of_another_type_are_one_error(change: str, tmp_path) -> None:
    """STRICT holds for what SQLite writes, not for what a file holds."""
    path = sample(tmp_path / "a.ledger")
    with closing(sqlite3.connect(path)) as db:
        (sql,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'file'").fetchone()
    loose = sql.replace("STRICT", "").replace("TEXT", "").replace("INTEGER", "")
    loose = loose.replace("BLOB", "").replace(" PRIMARY KEY", "INTEGER PRIMARY KEY", 1)
    alter = "UPDATE sqlite_schema SET sql = ? WHERE name = 'file'"
    for text, then in ((loose, ""), (None, change), (sql, "")):
        with closing(sqlite3.connect(path)) as db, db:
            if text is not None:
                db.execute("PRAGMA writable_schema = ON")
                db.execute(alter, (text,))
            else:
                db.execute(then)
    with pytest.raises(AuditError) as caught:
        read(path)
    assert caught.value.code == "ledger.unusable"


@pytest.mark.parametrize(
    ("change", "use"),
    [
        ("UPDATE file SET origin = 'certain'", resume),
        ("UPDATE file SET assurance = NULL", resume),
        ("UPDATE file SET flagged = 'ai,made_up'", resume),
        ("UPDATE file SET flagged = NULL", resume),
        ("UPDATE file SET error_code = 'x'", resume),
    ],
)
def test_a_verdict_in_words_that_are_not_ours_is_not_counted(change, use, tmp_path) -> None:
    with pytest.raises(AuditError) as caught:
        use(changed(sample(tmp_path / "a.ledger"), change))
    assert caught.value.code == "ledger.unusable"


def test_a_rollback_journal_is_not_played_back(tmp_path) -> None:
    """It would rewrite the ledger, and may name another file for SQLite to remove."""
    path = sample(tmp_path / "a.ledger")
    (tmp_path / "a.ledger-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    for use in (read, resume):
        with pytest.raises(AuditError, match="journal"):
            use(path)
    assert (tmp_path / "a.ledger-journal").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which files are made")
def test_a_ledger_is_made_without_a_rollback_journal(tmp_path) -> None:
    """An audit that is killed in its first moment would leave it, and could not be resumed."""
    libc = ctypes.CDLL(None)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    try:
        assert libc.inotify_add_watch(watch, os.fsencode(tmp_path), 0x100) >= 0  # IN_CREATE
        Ledger(str(tmp_path / "a.ledger")).close()
        told = os.read(watch, 1 << 16)
    finally:
        os.close(watch)
    assert b"a.ledger-wal" in told
    assert b"-journal" not in told


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such way to lock files")
def test_a_ledger_that_can_have_no_log_has_a_rollback_journal(tmp_path, monkeypatch) -> None:
    """As where files are locked by other files; without either a death would tear it apart."""
    connect = sqlite3.connect

    def dotted(address, **options):
        return connect(f"{address}&vfs=unix-dotfile" if "?" in address else address, **options)

    monkeypatch.setattr(sqlite3, "connect", dotted)
    with Ledger(str(tmp_path / "a.ledger")) as ledger:
        assert ledger._db.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_what_an_audit_makes_is_its_owners_alone(tmp_path) -> None:
    """Whatever the umask: a ledger tells what is in a folder that others may not read."""
    path = tmp_path / "a.ledger"
    before = os.umask(0)
    try:
        with Ledger(str(path)) as ledger:
            ledger.set_isolation(1, "[]")
            ledger.commit()
            made = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert set(made.values()) == {0o600}
    assert {"a.ledger", "a.ledger-lock"} <= set(made)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs O_NOFOLLOW")
@pytest.mark.parametrize("name", ["a.ledger", "a.ledger-lock"])
def test_a_ledger_is_not_made_through_a_link(name: str, tmp_path) -> None:
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AuditError):
        Ledger(str(tmp_path / "a.ledger"))
    assert not (tmp_path / "elsewhere").exists()


def test_the_statements_make_what_is_expected(tmp_path) -> None:
    """The check compares with what SQLite makes of the statements: they are complete."""
    with closing(sqlite3.connect(":memory:")) as db:
        for statement in ledger_schema.STATEMENTS:
            db.execute(statement)
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_schema")}
    with Ledger(str(tmp_path / "a")) as ledger:
        assert ledger.empty()
    with closing(sqlite3.connect(tmp_path / "a")) as db:
        assert {name for (name,) in db.execute("SELECT name FROM sqlite_schema")} == names
