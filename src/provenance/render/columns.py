"""The columns that a ledger's rows have in CSV and Parquet. `docs/report.md` lists them.

Names are those of the ledger. Within version 1 none goes away or changes its meaning; further ones
come at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from provenance.base.paths import MEMBER

VERSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ColumnKind(Enum):
    """What a column holds."""

    PATH = auto()  # text; U+FFFD stands where a name is no UTF-8
    BYTES = auto()  # of the path
    TEXT = auto()
    NUMBER = auto()
    WORDS = auto()  # a list of words
    NANOSECONDS = auto()  # since 1970
    MOMENT = auto()  # RFC 3339 in UTC


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what it holds, and the field of `LedgerRow` that it is taken from."""

    name: str
    kind: ColumnKind
    field: str


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, ColumnKind.TEXT, name) for name in names)


COLUMNS = (
    Column("path", ColumnKind.PATH, "path"),
    Column("run_id", ColumnKind.NUMBER, "run_id"),
    Column("size", ColumnKind.NUMBER, "size"),
    Column("modified", ColumnKind.NANOSECONDS, "mtime_ns"),
    *_texts("media_type", "sha256", "origin", "assurance"),
    Column("flags", ColumnKind.WORDS, "flags"),
    Column("flagged", ColumnKind.WORDS, "flagged"),
    *_texts("vendor", "product", "model", "basis", "credential_status", "integrity", "identity"),
    *_texts("time", "revocation", "cawg", "conformance"),
    *_texts("signer", "signer_sha256", "issuer", "anchor"),
    Column("signed_at", ColumnKind.MOMENT, "signed_at"),
    *_texts("error_code", "error_message"),
    Column("seen_run", ColumnKind.NUMBER, "seen_run"),
    Column("path_bytes", ColumnKind.BYTES, "path_bytes"),
    Column("generator", ColumnKind.TEXT, "generator"),
)


def words(value: str | None) -> list[str]:
    """Split a list of words as the ledger holds it."""
    return value.split(",") if value else []


def readable(path_bytes: bytes) -> str:
    """Return a path as valid text: exact where it is UTF-8, else with U+FFFD in it.

    In that of a file that was found in another one, `!/` is written for the NUL.
    """
    return path_bytes.replace(b"\0", MEMBER.encode()).decode("utf-8", "replace")


def is_text(path_bytes: bytes) -> bool:
    """Tell whether a path is valid UTF-8, and nothing else could be written the same way."""
    if b"\0" in path_bytes:
        return False
    try:
        path_bytes.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def moment(nanoseconds: int | None) -> str:
    """Return a time as RFC 3339 in UTC, to the second; empty where no calendar has it."""
    if nanoseconds is None:
        return ""
    try:
        when = _EPOCH + timedelta(seconds=nanoseconds // 1_000_000_000)
    except OverflowError:
        return ""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when.year >= 1000 else ""


def parsed(value: str | None) -> datetime | None:
    """Return a moment of the ledger as a time, None where there is none or it is damaged."""
    if not value:
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return when.astimezone(UTC) if when.tzinfo else None
