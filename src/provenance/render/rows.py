"""What an audit hands to the tables and pages that show it: rows, runs, counts, differences.

Values only. A ledger is read into them by `auditing.reading`, counted by `auditing.ledger_totals`
and compared by `auditing.diff`.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from provenance.base.paths import of_key
from provenance.base.text import printable_path
from provenance.signals.signal import generator_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from provenance.verdict.report import Report

MAX_VALUES = 100_000  # different ones of one question; what comes after counts as OTHER
OTHER = "(other)"


class LedgerRow(NamedTuple):
    """One file of a ledger. Texts are None where they do not apply; times are RFC 3339 in UTC.

    `record` is the report without what is the same for all files of a run, see `full_record`.
    """

    path_bytes: bytes
    run_id: int
    seen_run: int
    size: int | None
    mtime_ns: int | None
    sha256: str | None
    media_type: str | None
    origin: str | None
    assurance: str | None
    vendor: str | None
    product: str | None
    model: str | None
    basis: str | None
    signer: str | None
    signer_sha256: str | None
    issuer: str | None
    anchor: str | None
    signed_at: str | None
    credential_status: str | None
    integrity: str | None
    identity: str | None
    time: str | None
    revocation: str | None
    cawg: str | None
    conformance: str | None
    flags: str | None
    flagged: str | None
    error_code: str | None
    error_message: str | None
    record: str

    @property
    def path(self) -> str:
        """The path as the system writes it; bytes that are no UTF-8 are surrogates."""
        return of_key(self.path_bytes)

    @property
    def generator(self) -> str:
        """Who or what made it, for an overview; empty where nothing says so."""
        return generator_name(self.vendor, self.product, self.model)

    @property
    def shown(self) -> str:
        """The path for people: what could move the terminal, reorder or hide is escaped."""
        return printable_path(self.path)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an audit. `environment` is that of every report it made, as plain values."""

    id: int
    state: str
    started: str
    finished: str | None
    schema_version: str
    environment: dict[str, Any]
    columns: dict[str, Any]

    def measures(self, *, on: bool) -> tuple[str, ...]:
        """The names of the means of isolation that were in force, or that were not."""
        return tuple(str(m["name"]) for m in self.columns["isolation"] if bool(m.get("on")) is on)


@dataclass(frozen=True, slots=True)
class RowSelection:
    """Which rows are asked for: judged in run `since_run` or later, and flagged ones only."""

    since_run: int | None = None
    flagged: bool = False


EVERYTHING = RowSelection()


class RowSource(Protocol):
    """Where rows are read from: one consistent state, whatever is written meanwhile.

    `kind` is what it is for people: a ledger, or an audit in shards. `notes` are sentences that
    whoever reads its figures has to know: what they do not cover.
    """

    path: str
    kind: str

    @property
    def runs(self) -> Mapping[int, Run]:
        """The runs by their number. Reading all rows may add to what confined the workers."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be said along with any figure of it."""
        ...

    def rows(self, selection: RowSelection = EVERYTHING) -> Iterator[LedgerRow]:
        """Yield rows by the bytes of their path, a few in memory at a time."""
        ...

    def outlines(self, selection: RowSelection = EVERYTHING) -> Iterator[LedgerRow]:
        """Yield the same rows with an empty record, which is most of what there is to read."""
        ...

    def full_record(self, row: LedgerRow) -> str:
        """Return a row's report as JSON, with what is the same for all files of its run."""
        ...

    def report(self, row: LedgerRow) -> Report:
        """Return a row's report as a value. Raises AuditError where its record is damaged."""
        ...


@dataclass(slots=True)
class ValueTally:
    """How many files have a value, and how many of these are flagged."""

    files: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)

    def add(self, value: str, *, flagged: bool) -> None:
        """Count one file."""
        if value not in self.files and len(self.files) >= MAX_VALUES:
            value = OTHER
        self.files[value] += 1
        if flagged:
            self.flagged[value] += 1

    def largest(self, most: int | None = None) -> list[tuple[str, int, int]]:
        """Return value, files, flagged, the most frequent first, equal ones by value."""
        ranked = sorted(self.files.items(), key=lambda item: (-item[1], item[0]))
        return [(value, count, self.flagged[value]) for value, count in ranked[:most]]

    def ordered(self) -> list[tuple[str, int, int]]:
        """Return value, files, flagged, by value."""
        return [(value, self.files[value], self.flagged[value]) for value in sorted(self.files)]


@dataclass(slots=True)
class LedgerTotals:
    """Counts over files; `size` in bytes. Months are `2026-06`.

    `members` of the files were found in others, whose size has theirs in it.
    """

    files: int = 0
    members: int = 0
    judged: int = 0
    errors: int = 0
    flagged: int = 0
    credentials: int = 0
    size: int = 0
    origins: ValueTally = field(default_factory=ValueTally)
    verdicts: ValueTally = field(
        default_factory=ValueTally
    )  # origin and assurance, with a space between
    generators: ValueTally = field(default_factory=ValueTally)
    models: ValueTally = field(default_factory=ValueTally)
    signers: ValueTally = field(default_factory=ValueTally)
    unlisted: ValueTally = field(default_factory=ValueTally)  # signers that are on no list
    reasons: ValueTally = field(default_factory=ValueTally)  # what flags
    failures: ValueTally = field(default_factory=ValueTally)  # error codes
    modified: ValueTally = field(default_factory=ValueTally)  # by month
    signed: ValueTally = field(default_factory=ValueTally)  # by month


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What a format of `report` is to show. `count` goes over all rows, so only where it is needed.

    `max_rows` is how many files at most, None where the format is to decide. `unread` tells whether
    nobody takes any more what is written: then no further row is read.
    """

    results: RowSource
    selection: RowSelection
    count: Callable[[], LedgerTotals]
    max_rows: int | None = None
    unread: Callable[[], bool] = bool

    def rows(self) -> Iterator[LedgerRow]:
        """Yield the rows that are selected, for as long as somebody reads."""
        return itertools.takewhile(lambda _: not self.unread(), self.results.rows(self.selection))


class RowChange(StrEnum):
    """What changed about one file, in the order in which changes are told."""

    NEW = "new"
    GONE = "gone"
    NEWLY_FLAGGED = "newly_flagged"
    NO_LONGER_FLAGGED = "no_longer_flagged"
    NEWLY_REVOKED = "newly_revoked"
    LOST_CREDENTIAL = "lost_credential"
    GAINED_CREDENTIAL = "gained_credential"
    VERDICT_CHANGED = "verdict_changed"
    CHANGED_BYTES = "changed_bytes"
    NEWLY_FAILED = "newly_failed"
    NO_LONGER_FAILED = "no_longer_failed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that changed. `before` and `after` are its rows; None where there is none."""

    changes: tuple[RowChange, ...]
    before: LedgerRow | None
    after: LedgerRow | None

    @property
    def row(self) -> LedgerRow:
        """The later row, or the only one."""
        row = self.after or self.before
        assert row is not None  # noqa: S101 - a difference has at least one
        return row
