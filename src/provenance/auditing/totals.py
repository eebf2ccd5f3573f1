"""What a ledger holds in all, counted in one pass over the columns that people query."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provenance.render.columns import moment, words

if TYPE_CHECKING:
    from provenance.auditing.reading import Reader, Selection

MAX_VALUES = 100_000  # different ones of one question; what comes after counts as OTHER
OTHER = "(other)"
_SQL = (
    "SELECT size, mtime_ns, origin, assurance, vendor, signer, identity, signed_at,"
    " credential_status, flagged, error_code FROM file WHERE {} ORDER BY path_bytes"
)


@dataclass(slots=True)
class Tally:
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
        found = sorted(self.files.items(), key=lambda item: (-item[1], item[0]))
        return [(value, count, self.flagged[value]) for value, count in found[:most]]

    def ordered(self) -> list[tuple[str, int, int]]:
        """Return value, files, flagged, by value."""
        return [(value, self.files[value], self.flagged[value]) for value in sorted(self.files)]


@dataclass(slots=True)
class Totals:
    """Counts over files; `size` in bytes. Months are `2026-06`."""

    files: int = 0
    judged: int = 0
    errors: int = 0
    flagged: int = 0
    credentials: int = 0
    size: int = 0
    origins: Tally = field(default_factory=Tally)
    verdicts: Tally = field(default_factory=Tally)  # origin and assurance, with a space between
    vendors: Tally = field(default_factory=Tally)
    signers: Tally = field(default_factory=Tally)
    unlisted: Tally = field(default_factory=Tally)  # signers that are on no list
    reasons: Tally = field(default_factory=Tally)  # what flags
    failures: Tally = field(default_factory=Tally)  # error codes
    modified: Tally = field(default_factory=Tally)  # by month
    signed: Tally = field(default_factory=Tally)  # by month


def count(reader: Reader, selection: Selection) -> Totals:
    """Count the rows of a ledger that are asked for. Memory does not grow with them."""
    totals = Totals()
    where, values = selection.where()
    for row in reader.stream(_SQL.format(where), values):
        _add(totals, row)
    return totals


def _add(totals: Totals, row: tuple[str | int | None, ...]) -> None:
    size, mtime, origin, assurance, vendor, signer, identity, signed, status, flagged, error = row
    hit = bool(flagged)
    totals.files += 1
    totals.size += size if isinstance(size, int) else 0
    totals.flagged += hit
    if isinstance(mtime, int) and (when := moment(mtime)):
        totals.modified.add(when[:7], flagged=hit)
    if error is not None:
        totals.errors += 1
        totals.failures.add(str(error), flagged=False)
        return
    totals.judged += 1
    totals.credentials += status == "present"
    totals.origins.add(str(origin), flagged=hit)
    totals.verdicts.add(f"{origin} {assurance}", flagged=hit)
    if vendor:
        totals.vendors.add(str(vendor), flagged=hit)
    if signer:
        totals.signers.add(str(signer), flagged=hit)
        if identity == "unlisted":
            totals.unlisted.add(str(signer), flagged=hit)
    if signed:
        totals.signed.add(str(signed)[:7], flagged=hit)
    for reason in words(str(flagged or "")):
        totals.reasons.add(reason, flagged=True)
