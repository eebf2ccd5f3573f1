"""The summary of a ledger for people: what was audited, how, and how many of what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from provenance.base.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance.render.rows import LedgerTotals, ReportRequest, Run, ValueTally

_BEGIN = re.compile(rb" +[\d,]+  files, [\d,]+ bytes\n|[a-z_,]+\t[^\t\n]+ -> |No file changed\.")
_MOST = 15  # lines of one table


def summary_lines(
    runs: Mapping[int, Run], totals: LedgerTotals, notes: tuple[str, ...] = ()
) -> Iterator[str]:
    """Yield the lines of the summary."""
    yield f"{totals.files:>12,}  files, {totals.size:,} bytes"
    yield from (f"{'':>12}  {clean(note)}" for note in notes)
    if totals.members:
        yield f"{totals.members:>12,}  of them found in archives, mailboxes and documents"
    yield f"{totals.judged:>12,}  judged, {totals.credentials:,} of them with a credential"
    yield f"{totals.errors:>12,}  could not be examined"
    yield f"{totals.flagged:>12,}  flagged"
    yield from _table("flagged for", totals.reasons)
    yield from _table("origin and assurance", totals.verdicts)
    yield from _table("generator", totals.generators)
    yield from _table("model", totals.models)
    yield from _table("signer", totals.signers)
    yield from _table("signer not on any trust list", totals.unlisted)
    yield from _table("could not be examined", totals.failures)
    yield from _runs(list(runs.values()))


def report(asked: ReportRequest, stream: TextIO) -> None:
    """Write the summary of what is asked for."""
    totals = asked.count()
    lines = summary_lines(asked.results.runs, totals, asked.results.notes)
    stream.writelines(line + "\n" for line in lines)


def is_own(head: bytes, tail: bytes) -> bool:
    """Tell an earlier summary, or the differences of two audits."""
    del tail
    return _BEGIN.match(head) is not None


def _runs(runs: list[Run]) -> Iterator[str]:
    """Yield how the first and the last run were made, and fold those between them."""
    if runs:
        yield ""
        yield from _run_lines(runs[0])
    if len(runs) > 3:
        yield f"runs {runs[1].id} to {runs[-2].id}: {len(runs) - 2:,} more"
    elif len(runs) == 3:
        yield f"run {runs[1].id}: {runs[1].state}, begun {clean(runs[1].started)}"
    if len(runs) > 1:
        yield from _run_lines(runs[-1])


def _run_lines(run: Run) -> Iterator[str]:
    environment = run.environment
    policy = environment["policy"]
    when = f"begun {clean(run.started)}, ended {clean(run.finished or '-')}"
    yield f"run {run.id}: {run.state}, {when if run.started else 'in shards'}"
    yield (
        f"  {clean(environment['tool'])}, {clean(environment['sdk'])},"
        f" validation time {clean(environment['validation_time'])}, network"
        f" {clean(environment['network'])}"
    )
    yield f"  policy {clean(policy['name']) or '(no name)'} {clean(policy['sha256'])}"
    for on, said in ((True, "workers confined by"), (False, "workers NOT confined by")):
        if names := run.measures(on=on):
            yield f"  {said} {', '.join(map(clean, names))}"
    for item in environment["trust_lists"]:
        date = clean(item["date"]) or "-"
        yield f"  list {clean(item['name'])} {date} {clean(item['sha256'])}"


def _table(title: str, tally: ValueTally) -> Iterator[str]:
    largest = tally.largest(_MOST)
    if not largest:
        return
    yield ""
    yield title
    for value, count, _ in largest:
        yield f"{count:>12,}  {clean(value)}"
    left = len(tally.files) - len(largest)
    if left:
        yield f"{'':>12}  ... {left:,} more"
