"""What changed between two audits, read side by side, by the bytes of the paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.auditing.reading import side_by_side
from provenance.base.terms import Flag
from provenance.render.columns import words
from provenance.render.rows import Change, Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.rows import Results, Row


def differences(before: Results, after: Results) -> Iterator[Difference]:
    """Yield the files that changed, by the bytes of their path. Two rows are in memory at a time.

    A file is gone where the later one has no row of it, or where its last finished run over the
    same sources did not meet it any more.
    """
    for earlier, later in side_by_side(_there(before), _there(after)):
        if later is None:
            changes: tuple[Change, ...] = (Change.GONE,)
        elif earlier is None:
            changes = _arrived(later)
        else:
            changes = tuple(_changed(earlier, later))
        if changes:
            yield Difference(changes, earlier, later)


def _there(reader: Results) -> Iterator[Row]:
    """Yield the rows of files that the last finished run over their sources met."""
    last: dict[str, int] = {}
    sources = {n: str(run.columns["sources"]) for n, run in reader.runs.items()}
    for n, run in reader.runs.items():
        if run.state == "finished":
            last[sources[n]] = n
    for row in reader.outlines():
        if row.seen_run >= last.get(sources.get(row.seen_run, ""), 0):
            yield row


def _arrived(row: Row) -> tuple[Change, ...]:
    made = [Change.NEW]
    if row.flagged:
        made.append(Change.NEWLY_FLAGGED)
    if _revoked(row):
        made.append(Change.NEWLY_REVOKED)
    if row.error_code is not None:
        made.append(Change.NEWLY_FAILED)
    return tuple(made)


def _changed(a: Row, b: Row) -> Iterator[Change]:
    """Yield what changed. A file that could not be examined says nothing of its credential."""
    judged = a.error_code is None and b.error_code is None
    if b.error_code is None and b.flagged and not a.flagged:
        yield Change.NEWLY_FLAGGED
    if judged and a.flagged and not b.flagged:
        yield Change.NO_LONGER_FLAGGED
    if _revoked(b) and not _revoked(a):
        yield Change.NEWLY_REVOKED
    if judged and (a.credential_status == "absent") != (b.credential_status == "absent"):
        lost = b.credential_status == "absent"
        yield Change.LOST_CREDENTIAL if lost else Change.GAINED_CREDENTIAL
    if judged and (a.origin, a.assurance) != (b.origin, b.assurance):
        yield Change.VERDICT_CHANGED
    if _other_bytes(a, b):
        yield Change.CHANGED_BYTES
    if b.error_code is not None and a.error_code is None:
        yield Change.NEWLY_FAILED
    if a.error_code is not None and b.error_code is None:
        yield Change.NO_LONGER_FAILED


def _revoked(row: Row) -> bool:
    return Flag.REVOKED.value in words(row.flags)


def _other_bytes(a: Row, b: Row) -> bool:
    """Tell whether the bytes are others: by digest where both have one, else by size."""
    if a.sha256 and b.sha256:
        return a.sha256 != b.sha256
    return a.size is not None and b.size is not None and a.size != b.size
