"""A ledger as its readers see it: one consistent state, rows in the order of their paths."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, get_args, get_type_hints

from provenance.auditing import revive
from provenance.auditing.ledger_row import whole_record
from provenance.auditing.ledger_schema import APPLICATION_ID, STATEMENTS, VERSION
from provenance.base import database
from provenance.base.errors import AuditError
from provenance.base.text import clean, printable_path
from provenance.render.rows import EVERYTHING, LedgerRow, RowSelection, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.verdict.report import Report

_SHAPE = get_type_hints(LedgerRow)  # of one row, as written by an audit


def condition(selection: RowSelection) -> tuple[str, tuple[int, ...]]:
    """Return what a selection asks for as a condition in SQL, and its values."""
    conditions, values = ["1"], []
    if selection.since_run is not None:
        conditions.append("run_id >= ?")
        values.append(selection.since_run)
    if selection.flagged:
        conditions.append("flagged <> ''")
    return " AND ".join(conditions), tuple(values)


class LedgerReader:
    """Reads one state of a ledger, whatever is written to it meanwhile.

    Make one with `open_ledger`.
    """

    kind = "ledger"
    notes: tuple[str, ...] = ()  # the runs say themselves how far they came

    def __init__(
        self, connection: sqlite3.Connection, path: str, guard: database.ConnectionGuard
    ) -> None:
        self._connection = connection
        self._guard = guard
        self.path = path
        self.runs = {run.id: run for run in self._runs()}
        self._environments = {
            n: json.dumps(run.environment, ensure_ascii=True, separators=(",", ":"))
            for n, run in self.runs.items()
        }

    def rows(self, selection: RowSelection = EVERYTHING) -> Iterator[LedgerRow]:
        """Yield rows by the bytes of their path, a few in memory at a time."""
        return self._rows(", ".join(LedgerRow._fields), selection)

    def outlines(self, selection: RowSelection = EVERYTHING) -> Iterator[LedgerRow]:
        """Yield the same rows with an empty record."""
        return self._rows(", ".join((*LedgerRow._fields[:-1], "''")), selection)

    def _rows(self, names: str, selection: RowSelection) -> Iterator[LedgerRow]:
        where, values = condition(selection)
        sql = f"SELECT {names} FROM file WHERE {where} ORDER BY path_bytes"  # noqa: S608 - ours
        for row in self.stream(sql, values):
            if not _fits(tuple(map(type, row))):
                raise _unusable(self.path, "it holds what no audit writes")
            yield LedgerRow._make(row)

    def query(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of one statement of ours, all at once."""
        return list(self.stream(sql, values))

    def stream(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of one statement of ours as they come, each row of a table once."""
        with reading(self.path):
            self._guard.renew()
            yield from self._guard.bounded(self._connection.execute(sql, values))

    def full_record(self, row: LedgerRow) -> str:
        """Return one report as one line of JSON, as `provenance verify --format jsonl` prints it.

        What is the same for all files of the run is joined in. Raises `AuditError`.
        """
        try:
            run = self.runs[row.run_id]
            return whole_record(row.record, run.schema_version, self._environments[run.id])
        except (KeyError, ValueError, RecursionError) as e:
            raise _unusable(self.path, f"the record of {row.shown} is damaged") from e

    def report(self, row: LedgerRow) -> Report:
        """Return one report as a value. Raises `AuditError` for a record that is damaged."""
        try:
            environment = revive.environment_of(self.runs[row.run_id].environment)
            return revive.report_of(json.loads(row.record), environment)
        except (KeyError, ValueError, RecursionError) as e:
            raise _unusable(self.path, f"the record of {row.shown} is damaged") from e

    def _runs(self) -> Iterator[Run]:
        names = [str(row[1]) for row in self.query("PRAGMA table_info(run)")]
        for row in self.query("SELECT * FROM run ORDER BY id"):
            try:
                yield _run_of_row(dict(zip(names, row, strict=True)))
            except (KeyError, TypeError, ValueError, RecursionError) as e:
                raise _unusable(self.path, "its list of runs is damaged") from e


@lru_cache(maxsize=256)  # of the few that there are, for millions of rows
def _fits(types: tuple[type[Any], ...]) -> bool:
    return all(
        kind in (get_args(wanted) or (wanted,))
        for kind, wanted in zip(types, _SHAPE.values(), strict=True)
    )


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


def _run_of_row(columns: dict[str, Any]) -> Run:
    """Make a run of its row. Raises KeyError, TypeError or ValueError where reports would."""
    values = columns | {name: json.loads(columns[name]) for name in _JSON_COLUMNS}
    told = values["environment"]
    check_told(told, values["isolation"])
    return Run(
        id=values["id"],
        state=values["state"],
        started=values["started"],
        finished=values["finished"],
        schema_version=values["schema_version"],
        environment=told,
        columns=values,
    )


def check_told(environment: Any, isolation: Any) -> None:
    """Check what reports rely on. Raises KeyError, TypeError or ValueError."""
    texts = [environment[name] for name in _TOLD]
    texts += [environment["policy"][name] for name in ("name", "sha256")]
    texts += [item[name] for item in environment["trust_lists"] for name in _LIST]
    texts += [measure[name] for measure in isolation for name in ("name", "says")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text was expected")


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
def open_ledger(path: str | os.PathLike[str]) -> Iterator[LedgerReader]:
    """Open a ledger to read. Nothing in it changes; an audit may go on writing meanwhile.

    Raises `AuditError` for a file that is not a ledger, or one of a later version.
    """
    name = printable_path(os.fspath(path))
    with contextlib.ExitStack() as stack:
        with reading(name):
            connection = stack.enter_context(contextlib.closing(_connect(path, name)))
            guard = database.ConnectionGuard(connection, path)
            connection.execute("BEGIN")  # what is checked is what is read
            pragmas = [connection.execute(f"PRAGMA {p}").fetchone()[0] for p in _PRAGMAS]
            if pragmas[0] != APPLICATION_ID:
                raise AuditError("ledger.foreign", f"{name}: not a ledger of provenance audit")
            if pragmas[1] != VERSION:
                said = f"{name}: a ledger of version {pragmas[1]}, and this program reads {VERSION}"
                raise AuditError("ledger.foreign", said)
            if why := database.stranger(connection, STATEMENTS):
                said = f"{name}: changed since an audit made it: {clean(why)}"
                raise AuditError("ledger.foreign", said)
        yield LedgerReader(connection, name, guard)


_PRAGMAS = ("application_id", "user_version")


def _connect(path: str | os.PathLike[str], name: str) -> sqlite3.Connection:
    if not os.path.isfile(path):
        there = "not a file" if os.path.exists(path) else "no such ledger"
        raise _unusable(name, there)
    if journal := database.journal(path):
        raise _unusable(name, f"{os.path.basename(journal)}: no audit leaves a rollback journal")
    address = Path(os.path.abspath(path)).as_uri()
    # Not mode=ro: such a connection leaves SQLite's own files behind beside a ledger at rest.
    connection = sqlite3.connect(f"{address}?mode=rw", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        log = f"{os.fspath(path)}-wal"
        if os.path.exists(log) and os.path.getsize(log):
            raise
        # A folder that cannot be written to has no room for SQLite's shared memory; a ledger with
        # nothing in its log does not need any.
        return sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
    return connection


@contextlib.contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn errors of SQLite into one line that names the ledger."""
    try:
        yield
    except (sqlite3.Error, OSError) as e:
        raise _unusable(name, f"cannot be read as a ledger: {str(e).lower()}") from e


def _unusable(name: str, why: str) -> AuditError:
    return AuditError("ledger.unusable", f"{name}: {why}")
