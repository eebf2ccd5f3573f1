"""From reports to the body of an answer, and the few facts that counters are kept of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.render import comparisons, records
from provenance.serve import view
from provenance.verdict import preservation
from provenance.verdict.comparison import Comparison
from provenance.verdict.report import AssetInfo, ErrorInfo, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.serve.question import Question
    from provenance.verdict.preservation import Text

MAX_RECORDS = 48 << 20  # characters of all records of one answer
_TOO_LONG = ErrorInfo("worker.record", "its records are too long: examine it with verify")


@dataclass(frozen=True, slots=True)
class Body:
    """An answer: `content` is JSON, `facts` are an entry for each file.

    Each is an origin, or `error`, and whether the file is flagged.
    """

    facts: tuple[tuple[str, bool], ...]
    content: bytes


def verified(reports: Sequence[Report], question: Question) -> Body:
    """Return the answer to a question about one file: its record.

    With archives it is an array, the members first, as `verify --archives --format json` prints
    them. For the page each record comes with what the page shows.
    """
    make = _for_page if question.page else records.line
    texts, length = [], 0
    for report in reports:
        texts.append(make(report))
        length += len(texts[-1])
        if length > MAX_RECORDS:
            last = reports[-1]
            short = Report(AssetInfo(last.asset.path), last.environment, error=_TOO_LONG)
            reports, texts = [short], [make(short)]
            break
    joined = ",".join(texts)
    if question.page:
        joined = f'{{"files":[{joined}],"signed":null}}'
    elif question.archives:
        joined = f"[{joined}]"
    return Body(tuple(map(_fact, reports)), joined.encode("ascii"))


def compared(comparison: Comparison, texts: Sequence[Text]) -> Body:
    """Return the answer to a comparison, as `compare --format jsonl` prints it."""
    record = comparisons.record(comparison, preservation.answers(comparison, texts))
    return Body((), json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode("ascii"))


def not_compared(reports: Sequence[Report], error: ErrorInfo) -> Body:
    """Return the answer to a comparison that brought its worker down."""
    before, after = (report.asset.path for report in reports)
    return compared(Comparison(before, after, error=error.message), ())


def _for_page(report: Report) -> str:
    page = json.dumps(view.page(report), ensure_ascii=True, separators=(",", ":"))
    return f'{{"record":{records.line(report)},"page":{page}}}'


def _fact(report: Report) -> tuple[str, bool]:
    if report.error is not None or report.verdict is None:
        return "error", False
    return report.verdict.origin.value, bool(report.flagged)
