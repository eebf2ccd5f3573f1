"""The HTML report: one page that holds everything it needs and asks nobody for anything.

A content-security policy allows this page's own script and style, by their digests, and nothing
else. What comes out of files is data in two elements that no browser runs, and the script puts it
on the page as text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from provenance.base.text import clean
from provenance.render import page_details
from provenance.render.columns import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.rows import Asked, Results, Row, Run, Selection, Tally, Totals

MAX_ROWS = 100_000
MAX_DETAILS = 24 << 20  # bytes of chains and manifests in all
MAX_BARS = 12
MAX_MONTHS = 60
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_BEGIN = re.compile(rb"<!doctype html>\n(.*\n){0,9}<title>Audit report: ")
_HERE = Path(__file__).parent
_SAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


@dataclass(slots=True)
class _Page:
    """What gathers while the rows are written: their words, and the details of flagged files."""

    numbers: dict[str, int] = field(default_factory=lambda: {"": 0})
    details: dict[int, Any] = field(default_factory=dict)
    size: int = 0
    left_out: int = 0
    rows: int = 0

    def word(self, value: str | None) -> int:
        """Return the number of a text among the words of the page."""
        value = value or ""
        if value not in self.numbers:
            self.numbers[value] = len(self.numbers)
        return self.numbers[value]

    def detail(self, row: Row) -> None:
        """Keep the details of a row, while there is room for them."""
        made = page_details.details(row)
        self.size += len(json.dumps(made))
        if self.size > MAX_DETAILS:
            self.left_out += 1
        else:
            self.details[self.rows] = made


def write(
    reader: Results,
    selection: Selection,
    totals: Totals,
    stream: TextIO,
    max_rows: int = MAX_ROWS,
) -> None:
    """Write the page for the rows that are selected, and for totals that were counted of them.

    Where there are more than `max_rows`, flagged files come first, then those that could not be
    examined, then the others by their path; the page says what is left out.
    """
    script, style = (_HERE / "page.js").read_text("utf-8"), (_HERE / "page.css").read_text("utf-8")
    title = f"Audit report: {clean(Path(reader.path).name)}"
    parts = {
        "@STYLE@": style,
        "@POLICY@": (
            f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}';"
            " base-uri 'none'; form-action 'none'"
        ),
        "@TITLE@": html.escape(title),  # last: a ledger may be called @STYLE@
    }
    top = (_HERE / "page.html").read_text("utf-8")
    for mark, value in parts.items():
        top = top.replace(mark, value)
    stream.write(top)
    page = _Page()
    separator = "["
    for row in _fitting(reader, selection, totals, max_rows):
        stream.write(separator + _embedded(_line(page, row)))
        separator = ",\n"
        page.rows += 1
    stream.write("[]" if separator == "[" else "]")
    rest = {
        "scope": _scope(selection),
        "totals": {name: getattr(totals, name) for name in _TOTALS},
        "charts": _charts(
            totals, max((run.started[:7] for run in reader.runs.values()), default="")
        ),
        "runs": [_run(run) for run in reader.runs.values()],
        "cut": _cut(page, totals),
        "words": [clean(word) for word in page.numbers],
        "details": page.details,
    }
    stream.write('\n</script>\n<script type="application/json" id="data-rest">\n')
    stream.write(_embedded(rest))
    stream.write(f"\n</script>\n<script>{script}</script>\n</body>\n</html>\n")


def report(asked: Asked, stream: TextIO) -> None:
    """Write the page of what is asked for."""
    most = asked.max_rows or MAX_ROWS
    write(asked.results, asked.selection, asked.count(), stream, most)


def is_own(head: bytes, tail: bytes) -> bool:
    """Tell an earlier page."""
    del tail
    return _BEGIN.match(head) is not None


_TOTALS = ("files", "flagged", "errors", "credentials")


def _digest(text: str) -> str:
    made = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"sha256-{made}"


def _embedded(value: Any) -> str:
    """Return JSON that cannot end the element it stands in, whatever its texts are."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).translate(_SAFE)


def _fitting(reader: Results, selection: Selection, totals: Totals, most: int) -> Iterator[Row]:
    """Yield the rows that the page has room for, in their order."""
    flagged = min(totals.flagged, most)
    errors = min(totals.errors, most - flagged)
    room = {"flagged": flagged, "error": errors, "other": most - flagged - errors}
    for row in reader.rows(selection):
        kind = "flagged" if row.flagged else "error" if row.error_code is not None else "other"
        if room[kind]:
            room[kind] -= 1
            yield row


def _line(page: _Page, row: Row) -> list[Any]:
    """Return one row as the script reads it; texts that repeat are numbers into `words`."""
    if row.flagged or row.error_code is not None:
        page.detail(row)
    signed = (row.signed_at or "")[:7]
    return [
        row.shown,
        page.word(row.origin),
        page.word(row.assurance),
        page.word(row.flagged),
        page.word(row.generator),
        page.word(row.signer),
        moment(row.mtime_ns) or None,
        row.size,
        page.word(row.error_code),
        page.word(signed),
        page.word(row.media_type),
        page.word(row.model),
    ]


def _scope(selection: Selection) -> str:
    said = "Flagged files" if selection.flagged else "All files"
    if selection.since_run is not None:
        said += f" that were judged in run {selection.since_run} or later"
    return f"{said} of the ledger. This page loads nothing from anywhere."


def _charts(totals: Totals, until: str) -> list[dict[str, Any]]:
    return [
        _chart("Origin", "origin", totals.origins),
        _chart("Generator", "generator", totals.generators),
        _chart("Model", "model", totals.models),
        _chart("Signer", "signer", totals.signers),
        _chart("Could not be examined", "error", totals.failures),
        _months("Modified, by month", "month", totals.modified, until),
        _months("Signed, by month", "signed", totals.signed, until),
    ]


def _chart(title: str, column: str, tally: Tally) -> dict[str, Any]:
    rows = [[clean(value), files, hit] for value, files, hit in tally.largest(MAX_BARS)]
    return {"title": title, "column": column, "rows": rows, "left": len(tally.files) - len(rows)}


def _months(title: str, column: str, tally: Tally, until: str) -> dict[str, Any]:
    """Return a chart over the last months, empty ones included: a gap is a gap.

    Months after `until`, the last run's, are not drawn: one file with a date of the next century
    would leave no room for the others.
    """
    found = {row[0]: list(row) for row in tally.ordered() if _MONTH.fullmatch(row[0])}
    drawn = [month for month in found if month <= until] or list(found)
    months = _between(min(drawn), max(drawn))[-MAX_MONTHS:] if drawn else []
    rows = [found.get(month, [month, 0, 0]) for month in months]
    left = len(found.keys() - set(months))
    return {"title": title, "column": column, "rows": rows, "left": left, "over_time": True}


def _between(first: str, last: str) -> list[str]:
    """Return every month from the first to the last, such as 2026-06."""
    a, b = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (first, last))
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(a, b + 1)]


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "state": run.state,
        "started": run.started,
        "finished": run.finished or "",
        "environment": run.environment,
        "confined": ", ".join(run.measures(on=True)),
        "unconfined": ", ".join(run.measures(on=False)),
    }


def _cut(page: _Page, totals: Totals) -> str:
    said = []
    if page.rows < totals.files:
        said.append(
            f"This page lists {page.rows:,} of {totals.files:,} files: flagged ones first, then"
            " those that could not be examined, then others by their path. Totals and charts count"
            " all."
        )
    if page.left_out:
        said.append(f"The details of {page.left_out:,} files did not fit; the ledger has them.")
    return " ".join(said)
