"""What changed between two audits, read side by side, by the bytes of the paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.auditing.reading import side_by_side
from provenance.base.terms import Flag
from provenance.render.columns import words
from provenance.render.rows import Difference, RowChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.rows import LedgerRow, RowSource


def differences(before: RowSource, after: RowSource) -> Iterator[Difference]:
    """Yield the files that changed, by the bytes of their path. Two rows are in memory at a time.

    A file is gone where the later one has no row of it, or where its last finished run over the
    same sources did not meet it any more.
    """
    for earlier, later in side_by_side(_there(before), _there(after)):
        if later is None:
            changes: tuple[RowChange, ...] = (RowChange.GONE,)
        elif earlier is None:
            changes = _arrived(later)
        else:
            changes = tuple(_changed(earlier, later))
        if changes:
            yield Difference(changes, earlier, later)


def _there(reader: RowSource) -> Iterator[LedgerRow]:
    """Yield the rows of files that the last finished run over their sources met."""
    last: dict[str, int] = {}
    sources = {n: str(run.columns["sources"]) for n, run in reader.runs.items()}
    for n, run in reader.runs.items():
        if run.state == "finished":
            last[sources[n]] = n
    for row in reader.outlines():
        if row.seen_run >= last.get(sources.get(row.seen_run, ""), 0):
            yield row


def _arrived(row: LedgerRow) -> tuple[RowChange, ...]:
    changes = [RowChange.NEW]
    if row.flagged:
        changes.append(RowChange.NEWLY_FLAGGED)
    if _revoked(row):
        changes.append(RowChange.NEWLY_REVOKED)
    if row.error_code is not None:
        changes.append(RowChange.NEWLY_FAILED)
    return tuple(changes)


def _changed(a: LedgerRow, b: LedgerRow) -> Iterator[RowChange]:
    """Yield what changed. A file that could not be examined says nothing of its credential."""
    judged = a.error_code is None and b.error_code is None
    if b.error_code is None and b.flagged and not a.flagged:
        yield RowChange.NEWLY_FLAGGED
    if judged and a.flagged and not b.flagged:
        yield RowChange.NO_LONGER_FLAGGED
    if _revoked(b) and not _revoked(a):
        yield RowChange.NEWLY_REVOKED
    if judged and (a.credential_status == "absent") != (b.credential_status == "absent"):
        lost = b.credential_status == "absent"
        yield RowChange.LOST_CREDENTIAL if lost else RowChange.GAINED_CREDENTIAL
    if judged and (a.origin, a.assurance) != (b.origin, b.assurance):
        yield RowChange.VERDICT_CHANGED
    if _other_bytes(a, b):
        yield RowChange.CHANGED_BYTES
    if b.error_code is not None and a.error_code is None:
        yield RowChange.NEWLY_FAILED
    if a.error_code is not None and b.error_code is None:
        yield RowChange.NO_LONGER_FAILED


def _revoked(row: LedgerRow) -> bool:
    return Flag.REVOKED.value in words(row.flags)


def _other_bytes(a: LedgerRow, b: LedgerRow) -> bool:
    """Tell whether the bytes are others: by digest where both have one, else by size."""
    if a.sha256 and b.sha256:
        return a.sha256 != b.sha256
    return a.size is not None and b.size is not None and a.size != b.size
