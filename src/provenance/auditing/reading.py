"""A ledger as its readers see it: one consistent state, rows in the order of their paths."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from provenance.auditing.row import whole
from provenance.auditing.schema import APPLICATION_ID, VERSION
from provenance.base.errors import AuditError
from provenance.base.text import printable_path
from provenance.render.rows import EVERYTHING, Row, Run, Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

_BATCH = 500  # rows fetched at a time; a record may have some hundred kilobytes


def condition(selection: Selection) -> tuple[str, tuple[int, ...]]:
    """Return what a selection asks for as a condition in SQL, and its values."""
    conditions, values = ["1"], []
    if selection.since_run is not None:
        conditions.append("run_id >= ?")
        values.append(selection.since_run)
    if selection.flagged:
        conditions.append("flagged <> ''")
    return " AND ".join(conditions), tuple(values)


class Reader:
    """Reads one state of a ledger, whatever is written to it meanwhile. Make one with `open_`."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._connection = connection
        self.path = path
        self.runs = {run.id: run for run in self._runs()}
        self._environments = {
            n: json.dumps(run.environment, ensure_ascii=True, separators=(",", ":"))
            for n, run in self.runs.items()
        }

    def rows(self, selection: Selection = EVERYTHING) -> Iterator[Row]:
        """Yield rows by the bytes of their path, a few in memory at a time."""
        where, values = condition(selection)
        names = ", ".join(Row._fields)
        sql = f"SELECT {names} FROM file WHERE {where} ORDER BY path_bytes"  # noqa: S608 - ours
        with reading(self.path):
            cursor = self._connection.execute(sql, values)
            cursor.arraysize = _BATCH
            while batch := cursor.fetchmany():
                yield from map(Row._make, batch)

    def query(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of one statement of ours, all at once."""
        with reading(self.path):
            return self._connection.execute(sql, values).fetchall()

    def stream(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of one statement of ours as they come."""
        with reading(self.path):
            yield from self._connection.execute(sql, values)

    def full_record(self, row: Row) -> str:
        """Return one report as one line of JSON, as `provenance verify --format jsonl` prints it.

        What is the same for all files of the run is joined in. Raises `AuditError`.
        """
        try:
            run = self.runs[row.run_id]
            return whole(row.record, run.schema_version, self._environments[run.id])
        except (KeyError, ValueError, RecursionError) as e:
            raise _unusable(self.path, f"the record of {row.shown} is damaged") from e

    def _runs(self) -> Iterator[Run]:
        with reading(self.path):
            cursor = self._connection.execute("SELECT * FROM run ORDER BY id")
            names = [column[0] for column in cursor.description]
            found = [dict(zip(names, row, strict=True)) for row in cursor]
        for columns in found:
            try:
                yield _run(columns)
            except (KeyError, TypeError, ValueError, RecursionError) as e:
                raise _unusable(self.path, "its list of runs is damaged") from e


_JSON_COLUMNS = (
    "environment",
    "trust_lists",
    "policy",
    "options",
    "sources",
    "isolation",
    "counts",
)


_TOLD = ("tool", "sdk", "validation_time", "network")  # of an environment
_LIST = ("name", "tier", "purpose", "date", "sha256")  # of each of its trust lists


def _run(columns: dict[str, Any]) -> Run:
    """Make a run of its row. Raises KeyError, TypeError or ValueError where reports would."""
    values = columns | {name: json.loads(columns[name]) for name in _JSON_COLUMNS}
    told = values["environment"]
    texts = [told[name] for name in _TOLD]
    texts += [told["policy"][name] for name in ("name", "sha256")]
    texts += [item[name] for item in told["trust_lists"] for name in _LIST]
    texts += [measure[name] for measure in values["isolation"] for name in ("name", "says")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text was expected")
    return Run(
        id=values["id"],
        state=values["state"],
        started=values["started"],
        finished=values["finished"],
        schema_version=values["schema_version"],
        environment=told,
        columns=values,
    )


class _Placed(Protocol):
    @property
    def path_bytes(self) -> bytes: ...


_One = TypeVar("_One", bound=_Placed)


def side_by_side(
    before: Iterator[_One], after: Iterator[_One]
) -> Iterator[tuple[_One | None, _One | None]]:
    """Pair what has the same path; None where one side has it not. Two are in memory at a time.

    Both have to come by the bytes of their path, each path once.
    """
    a, b = next(before, None), next(after, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a.path_bytes < b.path_bytes):
            yield a, None
            a = next(before, None)
        elif a is None or b.path_bytes < a.path_bytes:
            yield None, b
            b = next(after, None)
        else:
            yield a, b
            a, b = next(before, None), next(after, None)


@contextlib.contextmanager
def open_(path: str | os.PathLike[str]) -> Iterator[Reader]:
    """Open a ledger to read. Nothing in it changes; an audit may go on writing meanwhile.

    Raises `AuditError` for a file that is no ledger, or one of a later version.
    """
    name = printable_path(os.fspath(path))
    with contextlib.ExitStack() as stack:
        with reading(name):
            connection = stack.enter_context(contextlib.closing(_connect(path, name)))
            found = [connection.execute(f"PRAGMA {p}").fetchone()[0] for p in _PRAGMAS]
            if found[0] != APPLICATION_ID:
                raise AuditError("ledger.foreign", f"{name}: not a ledger of provenance audit")
            if found[1] != VERSION:
                said = f"{name}: a ledger of version {found[1]}, and this program reads {VERSION}"
                raise AuditError("ledger.foreign", said)
            connection.execute("BEGIN")
        yield Reader(connection, name)


_PRAGMAS = ("application_id", "user_version")


def _connect(path: str | os.PathLike[str], name: str) -> sqlite3.Connection:
    if not os.path.isfile(path):
        there = "not a file" if os.path.exists(path) else "no such ledger"
        raise _unusable(name, there)
    address = Path(os.path.abspath(path)).as_uri()
    # Not mode=ro: such a connection leaves SQLite's own files behind beside a ledger at rest.
    made = sqlite3.connect(f"{address}?mode=rw", uri=True, isolation_level=None)
    try:
        made.execute("PRAGMA query_only = ON")
        made.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        made.close()
        log = f"{os.fspath(path)}-wal"
        if os.path.exists(log) and os.path.getsize(log):
            raise
        # A folder that cannot be written to has no room for SQLite's shared memory; a ledger with
        # nothing in its log does not need any.
        return sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
    return made


@contextlib.contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn errors of SQLite into one line that names the ledger."""
    try:
        yield
    except (sqlite3.Error, OSError) as e:
        raise _unusable(name, f"cannot be read as a ledger: {str(e).lower()}") from e


def _unusable(name: str, why: str) -> AuditError:
    return AuditError("ledger.unusable", f"{name}: {why}")
