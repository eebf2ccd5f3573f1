"""The check of a signed statement: the signature, then the row digests, then the ledger.

Nothing in the statement is believed before its signature verifies.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from provenance.auditing import dsse
from provenance.auditing.ledger_statement import (
    PREDICATE_TYPE,
    STATEMENT_TYPE,
    RowDigest,
    content_digest,
    row_digests,
    run_digests,
)
from provenance.auditing.reading import side_by_side
from provenance.base.errors import EvidenceError, reason_of
from provenance.base.json_text import parse_unique
from provenance.base.text import printable_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.auditing.reading import LedgerReader
    from provenance.auditing.statement_keys import PublicKey

_MAX_LINE = 1 << 20  # bytes; a path has at most some ten thousand


class RowFate(StrEnum):
    """What became of a row since the statement was signed."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class RowsFile(StrEnum):
    """What there is of the file of row digests."""

    SAME = "same"
    OTHER = "other"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class VerifiedStatement:
    """A statement whose signature verifies. `predicate` is as `docs/attest.md` says."""

    ledger: str
    content_sha256: str
    predicate: dict[str, Any]
    run: int
    rows_name: str
    rows_sha256: str
    columns: tuple[str, ...]
    runs: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class LedgerCheck:
    """How a ledger stands to a statement; iterate `rows` to its end before reading the rest.

    `rows` yields what became of each row that is not as it was signed; it stays empty where the
    row digests are not there to tell. `runs` are the numbers of runs that were altered or removed,
    `later` of those that came after the statement.
    """

    rows: Iterator[tuple[RowFate, bytes]]
    runs: tuple[int, ...]
    later: tuple[int, ...]
    same: bool = field(default=False)


def open_statement(path: str | os.PathLike[str], key: PublicKey) -> VerifiedStatement | None:
    """Read a statement and check its signature; None where `key` did not sign it.

    Raises EvidenceError `statement.unreadable`.
    """
    envelope, _ = dsse.read_envelope(path, "statement")
    if envelope.signature_by(key) is None:
        return None
    return statement_in(envelope, f"statement {printable_path(os.fspath(path))}")


def statement_in(envelope: dsse.Envelope, name: str) -> VerifiedStatement:
    """Return the statement in an envelope whose signature verifies; `name` is for messages.

    Raises EvidenceError `statement.unreadable`.
    """
    if envelope.payload_type != dsse.PAYLOAD_TYPE:
        raise _unreadable(f"{name}: its payload is not an in-toto statement")
    try:
        return _statement(parse_unique(envelope.payload, dsse.MAX_BYTES))
    except (LookupError, TypeError, ValueError, OverflowError, RecursionError) as e:
        raise _unreadable(f"{name}: signed, but no statement over an audit") from e


def _statement(top: Any) -> VerifiedStatement:
    if (top["_type"], top["predicateType"]) != (STATEMENT_TYPE, PREDICATE_TYPE):
        raise ValueError
    predicate, subjects = top["predicate"], top["subject"]
    rows = predicate["rows"]
    statement = VerifiedStatement(
        ledger=str(subjects[0]["name"]),
        content_sha256=str(subjects[0]["digest"]["sha256"]),
        predicate=predicate,
        run=int(predicate["run"]),
        rows_name=str(rows["name"]),
        rows_sha256=str(rows["sha256"]),
        columns=tuple(str(name) for name in rows["columns"]),
        runs=tuple((int(r["id"]), str(r["sha256"])) for r in predicate["runs"]),
    )
    listed = [{"id": n, "sha256": digest} for n, digest in statement.runs]
    if content_digest(listed, statement.rows_sha256) != statement.content_sha256:
        raise ValueError
    return statement


def rows_file(statement: VerifiedStatement, path: str | os.PathLike[str]) -> RowsFile:
    """Hold the file of row digests against the statement. Raises EvidenceError."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except FileNotFoundError:
        return RowsFile.MISSING
    except (OSError, ValueError) as e:
        raise _unreadable(f"row digests {printable_path(os.fspath(path))}: {reason_of(e)}") from e
    return RowsFile.SAME if digest.hexdigest() == statement.rows_sha256 else RowsFile.OTHER


def check_ledger(
    statement: VerifiedStatement, reader: LedgerReader, rows: str | os.PathLike[str] | None
) -> LedgerCheck:
    """Hold a ledger against a statement. `rows` is the file of row digests, checked before.

    Without it only the whole is compared.
    """
    now = {r["id"]: r["sha256"] for r in run_digests(reader, statement.run)}
    signed = dict(statement.runs)
    altered = tuple(sorted(n for n in {*now, *signed} if now.get(n) != signed.get(n)))
    later = tuple(n for n in reader.runs if n > statement.run)
    check = LedgerCheck(iter(()), altered, later)
    check.rows = _compared(statement, reader, rows, check)
    return check


def _compared(
    statement: VerifiedStatement,
    reader: LedgerReader,
    path: str | os.PathLike[str] | None,
    check: LedgerCheck,
) -> Iterator[tuple[RowFate, bytes]]:
    """Yield the rows that differ, while the digest over all of them is taken."""
    whole = hashlib.sha256()

    def now() -> Iterator[RowDigest]:
        for digest in row_digests(reader, statement.run, statement.columns):
            whole.update(digest.line())
            yield digest

    if path is None:
        for _ in now():
            pass
    else:
        yield from _merged(_signed(path), now())
    check.same = whole.hexdigest() == statement.rows_sha256 and not check.runs


def _merged(
    signed: Iterator[RowDigest], now: Iterator[RowDigest]
) -> Iterator[tuple[RowFate, bytes]]:
    for before, after in side_by_side(signed, now):
        if after is None:
            assert before is not None  # noqa: S101 - one of them is there
            yield RowFate.REMOVED, before.path_bytes
        elif before is None:
            yield RowFate.ADDED, after.path_bytes
        elif before.sha256 != after.sha256:
            yield RowFate.CHANGED, after.path_bytes


def _signed(path: str | os.PathLike[str]) -> Iterator[RowDigest]:
    """Yield the lines of the file of row digests."""
    try:
        with open(path, "rb") as file:
            while line := file.readline(_MAX_LINE):
                sha256, _, written = line.partition(b" ")
                name = json.loads(written)
                yield RowDigest(name.encode("utf-8", "surrogateescape"), sha256.decode("ascii"))
    except (AttributeError, OSError, ValueError, RecursionError) as e:
        name = printable_path(os.fspath(path))
        raise _unreadable(f"row digests {name}: cannot be read") from e


def _unreadable(message: str) -> EvidenceError:
    return EvidenceError("statement.unreadable", message)
