"""SQLite files that anybody may have made: nothing in them runs, and nothing goes on for ever.

A schema is code: a trigger rewrites what is written, a view or a generated column computes without
end. So a file is used only where its schema is ours to the letter. Pages that refer to each other
in circles show more rows than any file could hold: what is read is bounded by the file's own size.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_VALUE = 64 << 20  # bytes of one row; a record of an audit has at most 16 MiB
_STEP = 10_000  # instructions of SQLite's machine between two looks at what is left
_LEAST = 500  # steps that every statement may take: a quarter of a second
_A_BYTE = 8  # instructions for each byte of the file; a row of 40 columns takes 3 at most
_ROW = 24  # bytes that even an empty row takes, with its place in the page; ours take more
_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema"


class DamagedError(sqlite3.DatabaseError):
    """A database that shows more than it can hold."""


class ConnectionGuard:
    """Bounds what one connection may do. Make it before anything is asked of the connection."""

    def __init__(self, connection: sqlite3.Connection, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)
        self._left = _LEAST
        connection.set_progress_handler(self._step, _STEP)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON"):
            connection.execute(f"PRAGMA {pragma}")
        self.renew()

    def renew(self) -> None:
        """Let the next statement take as long as a file of this size may need.

        What goes beyond is ended by SQLite with an error.
        """
        self.size = sum(map(_size, (self._path, self._path + "-wal")))
        self.again()

    def again(self) -> None:
        """As `renew`, for the size that the file had then: quick."""
        self._left = _LEAST + self.size * _A_BYTE // _STEP

    def bounded(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Yield rows of one table, each once. Raises DamagedError where they outgrow the file."""
        left = self.size
        for row in rows:
            left -= _ROW + sum(len(value) for value in row if isinstance(value, str | bytes))
            if left < 0:
                raise DamagedError("it shows more than a file of its size can hold")
            yield row

    def _step(self) -> bool:
        self._left -= 1
        return self._left < 0


def journal(path: str | os.PathLike[str]) -> str:
    """Return the name of a rollback journal beside a database, which SQLite would play back.

    Empty where there is none. Such a journal rewrites the database, and may have SQLite remove
    another file. A database with a write-ahead log leaves none behind.
    """
    name = f"{os.fspath(path)}-journal"
    return name if os.path.lexists(name) else ""


def stranger(connection: sqlite3.Connection, *forms: tuple[str, ...]) -> str:
    """Return what in a schema is not as one of several lists of statements makes it, in words.

    The first list is today's, the others are older. Empty where every table, index and constraint
    is ours to the letter, and nothing else is there.
    """
    schema = frozenset(connection.execute(_SCHEMA))
    expected = [_schema_of(form) for form in forms]
    if schema in expected:
        return ""
    for kind, name, *_ in sorted(schema - expected[0], key=repr):
        known = any(other[:2] == (kind, name) for other in expected[0])
        return f"its {kind} {name!r} is {'changed' if known else 'not part of this format'}"
    missing = min(f"{kind} {name}" for kind, name, *_ in expected[0] - schema)
    return f"it has no {missing}"


@cache
def _schema_of(statements: tuple[str, ...]) -> frozenset[tuple[Any, ...]]:
    with closing(sqlite3.connect(":memory:")) as db:
        for statement in statements:
            db.execute(statement)
        return frozenset(db.execute(_SCHEMA))


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
