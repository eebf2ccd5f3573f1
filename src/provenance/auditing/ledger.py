"""The ledger: an SQLite database with one row a file and one a run, see `docs/ledger.md`.

One process writes, the one that holds the lock file; others may read meanwhile (write-ahead log).
What was committed survives the death of the writer at any moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Self

from provenance.auditing import ledger_row, ledger_schema
from provenance.base import database
from provenance.base.errors import AuditError, reason_of
from provenance.base.paths import path_of
from provenance.base.text import clean, printable_path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # told apart where it is used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.auditing.task import FileOutcome, Planned, Value

COMMIT_ROWS = 1000
COMMIT_SECONDS = 0.5
_PAGE = 16 << 10  # bytes; a third less time and space than with the default of 4 KiB
_CACHE = 16 << 10  # KiB of memory
_WAIT = 30.0  # seconds for a reader that holds the database, such as a backup
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)

_COLUMNS = (*ledger_schema.PLANNED, "deaths", *ledger_schema.JUDGED)
_REPLACED = " ON CONFLICT (path_bytes) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in _COLUMNS if name != "path_bytes"
)
_KNOWN = (
    "SELECT id, run_id, seen_run, size, mtime_ns, inode, error_code, sha256, holds_until"
    " FROM file WHERE path_bytes = ?"
)
_TALLY = (
    "SELECT origin, assurance, flagged, error_code, media_type, instr(path_bytes, x'00') > 0,"
    " run_id = ?, COUNT(*) FROM file"
    " WHERE seen_run = ? GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7"
)
_FORGET = "DELETE FROM file WHERE path_bytes > ? AND path_bytes < ?"
_SEEN_BELOW = "UPDATE file SET seen_run = ? WHERE path_bytes > ? AND path_bytes < ?"
_INTEGER, _TEXT = (int, NoneType), (str, NoneType)
_KNOWN_TYPES = frozenset(
    product((int,), (int,), (int,), _INTEGER, _INTEGER, _INTEGER, _TEXT, _TEXT, _TEXT)
)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the ledger has of a file: the run that judged it, the last that saw it, its state."""

    id: int
    run_id: int
    seen_run: int
    size: int | None
    mtime_ns: int | None
    inode: int | None
    error_code: str | None
    sha256: str | None
    holds_until: str | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """What is the same for all files of a run. Text columns hold JSON where the page says so."""

    validation_time: str
    tool: str
    sdk: str
    schema_version: str
    network: str
    environment: str
    trust_lists: str
    trust_digest: str
    policy: str
    policy_digest: str
    options: str
    sources: str
    fingerprint: str


class Ledger:
    """An open ledger, for writing. Use as a context manager; not shared between threads.

    Every method may raise AuditError `ledger.unusable`: a full disk, a folder that cannot be
    written. What was committed before stays.
    """

    def __init__(self, path: str) -> None:
        """Open or create.

        Raises AuditError `ledger.busy` where another audit writes it, `ledger.foreign` where
        something else is there, which is left as it is.
        """
        self.path = path
        if os.path.lexists(path) and not os.path.isfile(path):
            raise _foreign(path)
        self._lock = _Lock(path + "-lock")
        self._pending = 0
        self._last = time.monotonic()
        with contextlib.ExitStack() as undo:
            undo.callback(self._lock.release)
            with _sqlite_errors(path):
                self._db, self._guard = _open(path)
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Commit what can be committed, and close."""
        try:
            with contextlib.suppress(sqlite3.Error):
                self._db.commit()
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
        finally:
            self._lock.release()

    def unfinished(self) -> tuple[int, RunRow] | None:
        """Return the last run where it did not come to its end."""
        names = RunRow.__slots__
        with _sqlite_errors(self.path):
            row = self._db.execute(
                f"SELECT id, state, {', '.join(names)} FROM run ORDER BY id DESC LIMIT 1"  # noqa: S608 - our own names
            ).fetchone()
        if row is None or row[1] == "finished":
            return None
        if not isinstance(row[0], int) or {str} != set(map(type, row[1:])):
            raise _damaged(self.path)
        return row[0], RunRow(*row[2:])

    def begin_run(self, row: RunRow, started: str) -> int:
        """Begin a run and return its number."""
        names = RunRow.__slots__
        with _sqlite_errors(self.path):
            cursor = self._db.execute(
                f"INSERT INTO run (state, started, isolation, counts, {', '.join(names)})"  # noqa: S608 - our own names
                f" VALUES ('running', ?, '[]', '{{}}', {', '.join('?' * len(names))})",
                (started, *(getattr(row, name) for name in names)),
            )
            self._db.commit()
        assert cursor.lastrowid is not None  # noqa: S101 - of an INSERT
        return cursor.lastrowid

    def resume(self, run: int) -> None:
        """Go on with a run."""
        with _sqlite_errors(self.path):
            self._db.execute(
                "UPDATE run SET state = 'running', finished = NULL, resumed = resumed + 1"
                " WHERE id = ?",
                (run,),
            )
            self._db.commit()

    def end_run(self, run: int, state: str, finished: str, counts: dict[str, Any]) -> None:
        """Commit everything, and say how the run ended: `finished` or `interrupted`."""
        with _sqlite_errors(self.path):
            self._db.execute(
                "UPDATE run SET state = ?, finished = ?, counts = ? WHERE id = ?",
                (state, finished, json.dumps(counts, separators=(",", ":")), run),
            )
            self._db.commit()

    def set_isolation(self, run: int, isolation: str) -> None:
        """Write down what workers were confined by."""
        with _sqlite_errors(self.path):
            self._db.execute("UPDATE run SET isolation = ? WHERE id = ?", (isolation, run))

    def alike(self, fingerprint: str) -> frozenset[int]:
        """Return the runs whose answers hold under the same tool, lists, policy and options."""
        self._guard.renew()
        with _sqlite_errors(self.path):
            runs = self._db.execute("SELECT id FROM run WHERE fingerprint = ?", (fingerprint,))
            return frozenset(row[0] for row in self._guard.bounded(runs))

    def empty(self) -> bool:
        """Tell whether there is no file in it at all."""
        with _sqlite_errors(self.path):
            return self._db.execute("SELECT 1 FROM file LIMIT 1").fetchone() is None

    def known(self, path_bytes: bytes) -> KnownFile | None:
        """Return what there is of a file."""
        self._guard.again()
        with _sqlite_errors(self.path):
            row = self._db.execute(_KNOWN, (path_bytes,)).fetchone()
        if not row:
            return None
        if tuple(map(type, row)) not in _KNOWN_TYPES:
            raise _damaged(self.path)
        return KnownFile(*row)

    def write(self, run: int, path_bytes: bytes, outcome: FileOutcome) -> None:
        """Write the row of a judged file, in place of an older one, and those of what is in it.

        They become durable together: nothing is committed before the last of them.
        """
        planned = outcome.planned
        facts = (planned.size, planned.mtime_ns, planned.inode, outcome.deaths)
        self._guard.again()
        try:  # not `_sqlite_errors`: this is called for every file
            if outcome.members:
                self._db.execute(_FORGET, _below(path_bytes))
                for member in outcome.members:
                    shown = printable_path(path_of(planned.path, member.names))
                    key = ledger_row.key_of(planned.path, member.names)
                    self._put((key, shown, run, run, member.size, None, None, 0, *member.row))
            self._put((path_bytes, printable_path(planned.path), run, run, *facts, *outcome.row))
        except sqlite3.Error as e:
            raise _unusable(self.path, e) from e
        self._pending += len(outcome.members)
        self._written()

    def _put(self, row: tuple[Value | bytes, ...]) -> None:
        """Write one row, in place of one of that name. Raises sqlite3.Error."""
        self._guard.again()
        statement = _upsert(tuple([value is not None for value in row]))
        self._db.execute(statement, [value for value in row if value is not None])

    def members_seen(self, run: int, path_bytes: bytes) -> None:
        """Note that a run met a file whose answer still holds, and so all that was found in it."""
        self._guard.renew()
        with _sqlite_errors(self.path):
            self._db.execute(_SEEN_BELOW, (run, *_below(path_bytes)))

    def seen(self, run: int, row_id: int, planned: Planned) -> None:
        """Note that a run met a file whose row still holds."""
        self._guard.again()
        with _sqlite_errors(self.path):
            self._db.execute(
                "UPDATE file SET seen_run = ?, size = ?, mtime_ns = ?, inode = ? WHERE id = ?",
                (run, planned.size, planned.mtime_ns, planned.inode, row_id),
            )
        self._written()

    def _written(self) -> None:
        self._pending += 1
        if self._pending >= COMMIT_ROWS:
            self.commit()
        elif not self._pending % 16:
            self.tick()

    def tick(self) -> None:
        """Commit where the last commit is long enough ago; call this often."""
        if self._pending and time.monotonic() - self._last >= COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Make durable what was written."""
        with _sqlite_errors(self.path):
            self._db.commit()
        self._pending = 0
        self._last = time.monotonic()

    def tally(self, run: int) -> Iterator[tuple[Any, ...]]:
        """Count the files that a run met, in one pass over the whole table.

        Yields origin, assurance, what flags them, error code and media type, each a text or None;
        then whether they were found in other files, whether the run judged them itself, and how
        many they are.
        """
        self._guard.renew()
        with _sqlite_errors(self.path):
            for group in self._db.execute(_TALLY, (run, run)):
                if not ledger_row.is_decided(*group[:4]) or not isinstance(group[4], str | None):
                    raise _damaged(self.path)
                yield group


@lru_cache(maxsize=64)  # rows come in a few shapes; what is not in use is made anew
def _upsert(there: tuple[bool, ...]) -> str:
    """Return the statement for a row of which these columns have a value; the others are NULL.

    To hand over NULL takes Python's `sqlite3` longer than any other value, and a row has twenty.
    """
    names = [name for name, value in zip(_COLUMNS, there, strict=True) if value]
    values = ", ".join("?" * len(names))
    return f"INSERT INTO file ({', '.join(names)}) VALUES ({values}){_REPLACED}"  # noqa: S608 - our own names


def _below(path_bytes: bytes) -> tuple[bytes, bytes]:
    """Return what the keys of all members of a file are between (`row.key_of`)."""
    return path_bytes + b"\0", path_bytes + b"\1"


@contextlib.contextmanager
def _sqlite_errors(path: str) -> Iterator[None]:
    """Say what SQLite says in one line."""
    try:
        yield
    except sqlite3.Error as e:
        raise _unusable(path, e) from e


def _foreign(path: str, why: str = "") -> AuditError:
    message = f"{printable_path(path)} is not a provenance ledger: name another file"
    return AuditError("ledger.foreign", f"{message} ({clean(why)})" if why else message)


def _damaged(path: str) -> AuditError:
    message = f"{printable_path(path)} holds what no audit writes: use another ledger"
    return AuditError("ledger.unusable", message)


def _unusable(path: str, e: sqlite3.Error) -> AuditError:
    if getattr(e, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
        return _foreign(path)
    message = f"the ledger {printable_path(path)} cannot be used: {e}"
    return AuditError("ledger.unusable", message)


def _open(path: str) -> tuple[sqlite3.Connection, database.ConnectionGuard]:
    if journal := database.journal(path):
        raise _foreign(path, f"{os.path.basename(journal)}: no audit leaves a rollback journal")
    path = os.path.abspath(path)  # "" and ":memory:" would be databases that nobody sees again
    if not os.path.lexists(path):
        _make(path)
    address = f"{Path(path).as_uri()}?mode=rw"
    db = sqlite3.connect(address, uri=True, timeout=_WAIT, isolation_level="DEFERRED")
    with contextlib.ExitStack() as undo:
        undo.callback(db.close)
        guard = database.ConnectionGuard(db, path)
        tables = db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if tables and application != ledger_schema.APPLICATION_ID:
            raise _foreign(path)
        if tables and version != ledger_schema.VERSION:
            known = ledger_schema.VERSION
            message = f"{printable_path(path)} is a ledger of version {version}, not {known}"
            raise AuditError("ledger.foreign", f"{message}: use the version that wrote it")
        if tables and (why := database.stranger(db, ledger_schema.STATEMENTS)):
            raise _foreign(path, why)
        db.execute(f"PRAGMA page_size = {_PAGE}")  # of a new one: records are long
        db.execute(f"PRAGMA cache_size = {-_CACHE}")
        if not tables and db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            # A death on the way to WAL would leave a rollback journal, with which no ledger opens.
            db.execute("PRAGMA journal_mode = OFF")
        if db.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
            db.execute("PRAGMA journal_mode = DELETE")  # where there is none: never without either
        db.execute("PRAGMA synchronous = NORMAL")  # with WAL a power cut loses commits, not order
        if not tables:
            _create(db)
        undo.pop_all()
    return db, guard


def _make(path: str) -> None:
    """Make an empty file that only its owner may read, and follow no link to make it.

    SQLite gives the files beside it the same rights. Raises AuditError.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o600))
    except (OSError, ValueError) as e:
        message = f"the ledger {printable_path(path)} cannot be made: {reason_of(e)}"
        raise AuditError("ledger.unusable", message) from e


def _create(db: sqlite3.Connection) -> None:
    """Make the tables, all or none: a death in between leaves an empty database."""
    db.execute("BEGIN IMMEDIATE")
    db.execute(f"PRAGMA application_id = {ledger_schema.APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {ledger_schema.VERSION}")
    for statement in ledger_schema.STATEMENTS:
        db.execute(statement)
    db.execute("INSERT INTO meta VALUES ('format', 'provenance ledger')")
    db.execute("INSERT INTO meta VALUES ('version', ?)", (str(ledger_schema.VERSION),))
    db.commit()


class _Lock:
    """A file that the system lets go of when its holder dies: one writer a ledger.

    Held from its making to `release`. Raises AuditError `ledger.busy`, `ledger.unusable`.

    Not on the ledger itself: closing any descriptor of that would let go of SQLite's own locks.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._fd = _taken(path)
        except BlockingIOError as e:
            message = f"another audit is writing {printable_path(path.removesuffix('-lock'))}"
            raise AuditError("ledger.busy", message) from e
        except (OSError, ValueError) as e:
            message = f"the ledger's folder cannot be written: {reason_of(e)}"
            raise AuditError("ledger.unusable", message) from e

    def release(self) -> None:
        """Let go and take the file away; harmless when called twice."""
        if self._fd < 0:
            return
        with contextlib.suppress(OSError):
            if fcntl is not None:
                os.unlink(self._path)  # first, while we hold it: the next one makes its own
        os.close(self._fd)
        self._fd = -1
        if fcntl is None:
            with contextlib.suppress(OSError):
                os.unlink(self._path)


def _taken(path: str) -> int:
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600)
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, fd)
            if fcntl is not None:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                _lock_windows(fd)
            if _stands(path, fd):
                undo.pop_all()
                return fd


def _stands(path: str, fd: int) -> bool:
    """Tell whether a name leads to an open file: its holder may have taken it away meanwhile."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    mine = os.fstat(fd)
    return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)


def _lock_windows(fd: int) -> None:
    import msvcrt  # noqa: PLC0415 - Windows only

    try:
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows only
    except OSError as e:
        raise BlockingIOError from e
