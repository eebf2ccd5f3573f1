"""A signed statement over a finished run, and the check of a ledger against it.

The statement carries the digest of the ledger's content and of a file of row digests written beside
it, so that a later check can name each row that is not the one that was signed. `docs/attest.md`
documents both, to the byte.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from provenance.auditing import dsse
from provenance.base.errors import EvidenceError, reason_of
from provenance.base.files import whole_file
from provenance.base.text import printable_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.auditing.reading import LedgerReader
    from provenance.auditing.statement_keys import SigningKey
    from provenance.render.rows import Run

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:provenance-verifier:audit:1"
_NOT_SIGNED = frozenset({"id", "seen_run"})  # of a row: its number, and what later runs move on
_TOLD = ("started", "finished", "validation_time", "tool", "sdk", "network")
_TOLD_JSON = ("trust_lists", "counts", "isolation", "options")


class RowDigest(NamedTuple):
    """One line of the file of row digests."""

    path_bytes: bytes
    sha256: str

    def line(self) -> bytes:
        """Return digest, a space, and the path as a JSON string, in ASCII."""
        return f"{self.sha256} {quoted(self.path_bytes)}\n".encode("ascii")


@dataclass(frozen=True, slots=True)
class WrittenStatement:
    """Where a statement and its row digests were written."""

    statement: str
    rows: str
    run: int
    count: int
    keyid: str


def quoted(path_bytes: bytes) -> str:
    """Return a path as a JSON string in ASCII; bytes that are not UTF-8 are surrogates."""
    return json.dumps(path_bytes.decode("utf-8", "surrogateescape"))


def canonical(value: Any) -> bytes:
    """Return JSON with sorted keys, without spaces, in ASCII."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text.encode("ascii")


def row_columns(reader: LedgerReader) -> tuple[str, ...]:
    """Return the columns of `file` that a row's digest covers."""
    names = [str(row[1]) for row in reader.query("PRAGMA table_info(file)")]
    return tuple(sorted(name for name in names if name not in _NOT_SIGNED))


def row_digests(reader: LedgerReader, run: int, columns: Sequence[str]) -> Iterator[RowDigest]:
    """Yield the digest of every row of a ledger, by the bytes of its path.

    A row is a JSON object of its columns, with `met` for whether `run` or a later one met the file;
    bytes are an object with `base64`. Raises EvidenceError where a column is not there.
    """
    there = {str(row[1]) for row in reader.query("PRAGMA table_info(file)")}
    if not there.issuperset(columns):
        raise EvidenceError(
            "statement.unreadable", "the statement covers columns that no longer exist"
        )
    names = ", ".join(f'"{name}"' for name in columns)
    sql = f"SELECT path_bytes, seen_run, {names} FROM file ORDER BY path_bytes"  # noqa: S608 - known
    for path_bytes, seen_run, *values in reader.stream(sql):
        row: dict[str, Any] = {
            name: {"base64": base64.b64encode(value).decode("ascii")}
            if isinstance(value, bytes)
            else value
            for name, value in zip(columns, values, strict=True)
        }
        row["met"] = seen_run >= run
        yield RowDigest(path_bytes, hashlib.sha256(canonical(row)).hexdigest())


def run_digests(reader: LedgerReader, last: int) -> list[dict[str, Any]]:
    """Return the digest of each run up to one, over its row as canonical JSON."""
    return [
        {"id": run.id, "sha256": hashlib.sha256(canonical(run.columns)).hexdigest()}
        for run in reader.runs.values()
        if run.id <= last
    ]


def content_digest(runs: list[dict[str, Any]], rows_sha256: str) -> str:
    """Return the digest of a ledger's content: over its runs' digests and that of its rows."""
    return hashlib.sha256(canonical({"runs": runs, "rows": rows_sha256})).hexdigest()


def sign_ledger(reader: LedgerReader, ledger: str, key: SigningKey) -> WrittenStatement:
    """Sign the last run of a ledger, and write statement and row digests beside it.

    Raises EvidenceError `run.unfinished` where that run has not come to its end, and
    `statement.unwritable` where they cannot be written.
    """
    run = next(reversed(reader.runs.values()), None)
    if run is None or run.state != "finished":
        message = f"{reader.path}: its last run is not finished; resume it first"
        raise EvidenceError("run.unfinished", message)
    columns = row_columns(reader)
    rows, statement = f"{ledger}.run-{run.id}.rows", f"{ledger}.run-{run.id}.statement.json"
    try:
        digest, count = hashlib.sha256(), 0
        with whole_file(rows) as file:
            for row in row_digests(reader, run.id, columns):
                line = row.line()
                digest.update(line)
                file.write(line)
                count += 1
        held = {
            "name": printable_path(os.path.basename(rows)),
            "sha256": digest.hexdigest(),
            "count": count,
            "columns": list(columns),
        }
        content = make_statement(reader, run, printable_path(os.path.basename(ledger)), held)
        with whole_file(statement) as file:
            file.write(dsse.sealed(canonical(content), key).to_json())
    except OSError as e:
        message = f"the statement cannot be written: {reason_of(e)}"
        raise EvidenceError("statement.unwritable", message) from e
    return WrittenStatement(statement, rows, run.id, count, key.public.keyid)


def make_statement(
    reader: LedgerReader, run: Run, name: str, rows: dict[str, Any]
) -> dict[str, Any]:
    """Return the in-toto statement over one run and the rows of its ledger."""
    runs = run_digests(reader, run.id)
    content = content_digest(runs, rows["sha256"])
    columns = run.columns
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": name, "digest": {"sha256": content}},
            {"name": rows["name"], "digest": {"sha256": rows["sha256"]}},
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "run": run.id,
            **{key: columns[key] for key in (*_TOLD, *_TOLD_JSON)},
            "trust_digest": columns["trust_digest"],
            "policy": run.environment["policy"],
            "rows": rows,
            "runs": runs,
        },
    }
