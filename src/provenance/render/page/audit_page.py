"""The page of `report --format html`: what a ledger holds, in one file that loads nothing.

What counts for all files (date, totals, verdicts, runs) is written as elements and needs no script.
The rows are data in an element that no browser runs; `audit.js` lists, filters and opens them. A
row is a path, told by what it shares with the one before, a number for everything that many files
have in common, and the number of its details in a `NodePool`.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from provenance.base.errors import AuditError
from provenance.base.terms import Assurance, Origin
from provenance.base.text import clean
from provenance.render import vocabulary
from provenance.render.columns import moment
from provenance.render.page import detail, runs, shell
from provenance.render.page.nodes import NodePool, PageElement, element, markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.rows import (
        LedgerRow,
        LedgerTotals,
        ReportRequest,
        RowSelection,
        RowSource,
        ValueTally,
    )
    from provenance.verdict.report import Report

MAX_ROWS = 100_000
MAX_DETAILS = 24 << 20  # bytes of the details of all files
MAX_OTHERS = 8 << 20  # as above, beyond which only flagged files and errors get theirs
MAX_BARS = 12
MAX_MONTHS = 60
_CACHED = 4096  # details that further files may have too
_LEVEL = 4  # of the headings in details
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_BEGIN = re.compile(rb"<!doctype html>\n(.*\n){0,9}<title>Audit report: ")
_STYLES = ("shared.css", "list.css", "audit.css")
_SCRIPTS = ("shared.js", "list.js", "audit.js")
_BODY = ',"verdict":'  # what comes before it in a record is the asset, which is each file's own
_BMP = "\uffff"


@dataclass(slots=True)
class _AuditPage:
    """What gathers while the rows are written: words, what files have in common, and details."""

    reader: RowSource
    words: dict[str, int] = field(default_factory=lambda: {"": 0})
    kinds: dict[tuple[int, ...], int] = field(default_factory=dict)
    pool: NodePool = field(default_factory=NodePool)
    bodies: dict[bytes, int] = field(default_factory=dict)
    before: str = ""
    left_out: int = 0
    rows: int = 0

    def word(self, value: str | None) -> int:
        """Return the number of a text among the words of the page."""
        return self.words.setdefault(value or "", len(self.words))

    def kind(self, row: LedgerRow) -> int:
        """Return the number of what a row has in common with others."""
        values = (
            row.origin,
            row.assurance,
            row.flagged,
            row.generator,
            row.model,
            row.signer,
            row.error_code,
            row.media_type,
            (row.signed_at or "")[:7],
        )
        return self.kinds.setdefault(tuple(map(self.word, values)), len(self.kinds))

    def shared(self, path: str) -> int:
        """Return how many characters a path shares with the one before, in UTF-16."""
        before, self.before = self.before, path
        most = min(len(before), len(path))
        at = next((n for n in range(most) if before[n] != path[n]), most)
        return at if max(path[:at], default="") <= _BMP else 0

    def detail(self, row: LedgerRow) -> int:
        """Return the number of the details of a row, -1 where there is no room for them."""
        first = row.flagged or row.error_code is not None
        if self.pool.size >= (MAX_DETAILS if first else MAX_OTHERS):
            self.left_out += 1
            return -1
        rest = row.record.partition(_BODY)[2] or row.record
        key = hashlib.blake2b(f"{row.media_type}\0{rest}".encode(), digest_size=16).digest()
        if key not in self.bodies:
            if len(self.bodies) >= _CACHED:
                self.bodies.clear()
            self.bodies[key] = self.pool.number(_body(self.reader, row))
        if not row.sha256:
            return self.bodies[key]
        return self.pool.joined("div", self.pool.number(_digest(row.sha256)), self.bodies[key])


def write_audit_page(
    reader: RowSource,
    selection: RowSelection,
    totals: LedgerTotals,
    stream: TextIO,
    max_rows: int = MAX_ROWS,
) -> None:
    """Write the page for the rows that are selected, and for totals that were counted of them.

    Where there are more than `max_rows`, flagged files come first, then those that could not be
    examined, then the others by their path; the page says what is left out.
    """
    title = f"Audit report: {clean(Path(reader.path).name)}"
    stream.write(shell.top(title, _STYLES, _SCRIPTS))
    stream.write('<a class="skip" href="#files">Skip to the files</a>\n<div id="page">\n')
    stream.write(markup(_header(title, reader, selection)) + "\n")
    stream.write("<main>\n" + markup(_totals(totals)) + "\n")
    stream.write(shell.page_file("list.html") + shell.page_file("audit.html"))
    stream.write(markup(runs.section(reader.runs)))
    stream.write("\n</main>\n</div>\n")
    stream.write('<script type="application/json" id="data-rows">\n[')
    page = _AuditPage(reader)
    for row in _fitting(reader, selection, totals, max_rows):
        stream.write((",\n" if page.rows else "") + shell.safe(_line(page, row)))
        page.rows += 1
    stream.write(']\n</script>\n<script type="application/json" id="data-nodes">\n[')
    entries = enumerate(map(shell.safe, page.pool.entries()))
    stream.writelines((",\n" if n else "") + entry for n, entry in entries)
    stream.write(']\n</script>\n<script type="application/json" id="data-rest">\n')
    times = ((run.started or run.environment["validation_time"]) for run in reader.runs.values())
    last = max((time[:7] for time in times), default="")
    rest = {
        "words": [clean(word) for word in page.words],
        "kinds": list(page.kinds),
        "said": {
            "origin": {origin.value: vocabulary.ORIGIN[origin] for origin in Origin},
            "assurance": {
                assurance.value: vocabulary.ASSURANCE[assurance] for assurance in Assurance
            },
        },
        "charts": _charts(totals, last),
        "cut": _cut(page, totals),
    }
    stream.write(shell.embedded(rest))
    stream.write("\n</script>\n" + shell.bottom(_SCRIPTS))


def report(asked: ReportRequest, stream: TextIO) -> None:
    """Write the page of what is asked for."""
    most = asked.max_rows or MAX_ROWS
    write_audit_page(asked.results, asked.selection, asked.count(), stream, most)


def is_own(head: bytes, tail: bytes) -> bool:
    """Tell an earlier page."""
    del tail
    return _BEGIN.match(head) is not None


def _fitting(
    reader: RowSource, selection: RowSelection, totals: LedgerTotals, most: int
) -> Iterator[LedgerRow]:
    """Yield the rows that the page has room for, in their order."""
    flagged = min(totals.flagged, most)
    errors = min(totals.errors, most - flagged)
    room = {"flagged": flagged, "error": errors, "other": most - flagged - errors}
    for row in reader.rows(selection):
        if not any(room.values()):
            return
        kind = "flagged" if row.flagged else "error" if row.error_code is not None else "other"
        if room[kind]:
            room[kind] -= 1
            yield row


def _line(page: _AuditPage, row: LedgerRow) -> str:
    """Return one row as the script reads it: six values of one long list."""
    path = row.shown
    at = page.shared(path)
    seconds = row.mtime_ns // 10**9 if row.mtime_ns is not None and moment(row.mtime_ns) else None
    values = [at, path[at:], page.kind(row), seconds, row.size, page.detail(row)]
    return json.dumps(values, separators=(",", ":"))[1:-1]


def _body(reader: RowSource, row: LedgerRow) -> PageElement:
    """Return the details of a row but for what is its own."""
    try:
        file_report = reader.report(row)
    except AuditError:
        return element("div", element("p.bad", "The record of this file is damaged."))
    return element("div", *_parts(file_report))


def _parts(file_report: Report) -> Iterator[PageElement]:
    yield from detail.card(file_report)
    if (facts := detail.facts(file_report, but=detail.ASSET)) is not None:
        yield facts
    if (drawn := detail.drawn(file_report)) is not None:
        yield detail.section("Manifests", _LEVEL, drawn)
    yield from detail.everything(file_report, _LEVEL)


def _digest(value: str) -> PageElement:
    return element("p.hint.digest", "SHA-256 ", element("code", clean(value)))


def _header(title: str, reader: RowSource, selection: RowSelection) -> PageElement:
    said = "Flagged files" if selection.flagged else "All files"
    if selection.since_run is not None:
        said += f" that were judged in run {selection.since_run} or later"
    said += f" of the {reader.kind}. This page loads nothing from anywhere."
    return element(
        "header.top",
        element("h1", title),
        element("p", runs.dated(reader.runs, reader.kind)),
        *(element("p.bad", clean(note)) for note in reader.notes),
        element("p.hint", said),
    )


def _totals(totals: LedgerTotals) -> PageElement:
    tiles = [
        ("files", totals.files, ""),
        ("flagged", totals.flagged, "hit"),
        ("with a credential", totals.credentials, ""),
        ("could not be examined", totals.errors, "hit" if totals.errors else ""),
    ]
    rows = [
        _verdict(
            origin.value, vocabulary.ORIGIN[origin], totals.origins.files[origin.value], totals
        )
        for origin in Origin
        if totals.origins.files[origin.value]
    ]
    if totals.errors:
        rows.append(_verdict("error", "could not be examined", totals.errors, totals))
    head = element("tr", *(element("th", name, scope="col") for name in ("Verdict", "Files", "%")))
    return element(
        "section",
        element("h2", "Totals", id="totals-title"),
        element(
            "div.totals",
            element(
                "dl.tiles",
                *(
                    element(
                        f"div.{kind}" if kind else "div",
                        element("dt", name),
                        element("dd", f"{value:,}"),
                    )
                    for name, value, kind in tiles
                ),
            ),
            element(
                "div.panel",
                element("div.stack", id="stack"),
                element("table.verdicts", element("thead", head), element("tbody", *rows)),
            ),
        ),
        element("p.hint", _ABSENCE),
        aria_labelledby="totals-title",
    )


_ABSENCE = (
    "Absence of evidence is not evidence of anything: where the origin is unknown, this tool cannot"
    " tell how a file was made."
)


def _verdict(name: str, said: str, files: int, totals: LedgerTotals) -> PageElement:
    return element(
        "tr",
        element("th", element(f"span.key.{name}"), " ", element("span", said), scope="row"),
        element("td.number", f"{files:,}"),
        element("td.number", f"{100 * files / totals.files:.1f}"),
        id=f"verdict-{name}",
    )


def _charts(totals: LedgerTotals, until: str) -> list[dict[str, Any]]:
    verdicts = [[o.value, totals.origins.files[o.value]] for o in Origin]
    return [
        {"title": "Verdicts", "rows": [*verdicts, ["error", totals.errors]], "stacked": True},
        _chart("Flagged for", "flag", totals.reasons),
        _chart("Generator", "generator", totals.generators),
        _chart("Model", "model", totals.models),
        _chart("Signer", "signer", totals.signers),
        _chart("Could not be examined", "error", totals.failures),
        _months("Modified, by month", "month", totals.modified, until),
        _months("Signed, by month", "signed", totals.signed, until),
    ]


def _chart(title: str, column: str, tally: ValueTally) -> dict[str, Any]:
    rows = [[clean(value), files, hit] for value, files, hit in tally.largest(MAX_BARS)]
    return {"title": title, "column": column, "rows": rows, "left": len(tally.files) - len(rows)}


def _months(title: str, column: str, tally: ValueTally, until: str) -> dict[str, Any]:
    """Return a chart over the last months, empty ones included: a gap is a gap.

    Months after `until`, the last run's, are not drawn: one file with a date of the next century
    would leave no room for the others.
    """
    by_month = {row[0]: list(row) for row in tally.ordered() if _MONTH.fullmatch(row[0])}
    drawn = [month for month in by_month if month <= until] or list(by_month)
    months = _between(min(drawn), max(drawn))[-MAX_MONTHS:] if drawn else []
    rows = [by_month.get(month, [month, 0, 0]) for month in months]
    left = len(by_month.keys() - set(months))
    return {"title": title, "column": column, "rows": rows, "left": left, "over_time": True}


def _between(first: str, last: str) -> list[str]:
    """Return every month from the first to the last, such as 2026-06."""
    a, b = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (first, last))
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(a, b + 1)]


def _cut(page: _AuditPage, totals: LedgerTotals) -> str:
    said = []
    if page.rows < totals.files:
        said.append(
            f"This page lists {page.rows:,} of {totals.files:,} files: flagged ones first, then"
            " those that could not be examined, then others by their path. Totals and charts count"
            " all."
        )
    if page.left_out:
        said.append(
            f"The details of {page.left_out:,} files did not fit; the {page.reader.kind} has them."
        )
    return " ".join(said)
