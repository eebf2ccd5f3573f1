"""What the page of the service shows of one file, ready-made: plain values that JSON knows.

It is made where the file was examined, in a confined process, so the page does not trust it: it
builds elements of the lists in `render.page.nodes` alone, and takes every other value for a text.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from provenance.auditing import ledger_row
from provenance.auditing.ledger_schema import JUDGED
from provenance.base.text import printable, printable_path
from provenance.base.version import VERSION
from provenance.render import csv_table, headline
from provenance.render.page import detail, single
from provenance.render.rows import LedgerRow
from provenance.verdict.report import AssetInfo, Environment, ErrorInfo, PolicyInfo, Report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from provenance.render.page.nodes import Node, PageElement

_LEVEL = 3  # of the headings in details: the page has one title, and one over the open file
_EMPTY = dict.fromkeys(LedgerRow._fields)
_NO_POLICY = PolicyInfo(sha256="0" * 64)  # none was asked


def page(report: Report) -> dict[str, Any]:
    """Return what the page needs of a report.

    `row` is for the queue and its filters, `card` what is read in a second, `detail` everything
    else, `csv` the cells of the columns that `report --format csv` has.
    """
    row = _row(report)
    return {
        "row": _facts(report, row),
        "card": [inline(element) for element in detail.card(report)],
        "detail": [inline(element) for element in _detail(report)],
        "csv": csv_table.harmless(csv_table.cells(row)),
    }


def unsent(at: datetime) -> dict[str, Any]:
    """Return a record and its cells for a file that the service never examined.

    The page fills in name, size, time and error, so that what it saves has every file in it.
    """
    nowhere = Environment(f"provenance {VERSION}", "", (), at, policy=_NO_POLICY)
    report = Report(AssetInfo(""), nowhere, error=ErrorInfo("asset.unreadable", ""))
    return {"record": report.to_dict(), "csv": csv_table.harmless(csv_table.cells(_row(report)))}


def inline(node: Node) -> Any:
    """Return a node as `shared.js` builds it: a text, or a list of tag, attributes, children."""
    if isinstance(node, str):
        return printable(node)
    return [node.tag, dict(node.attributes), *map(inline, node.children)]


def _facts(report: Report, row: LedgerRow) -> dict[str, Any]:
    return {
        "path": printable_path(report.asset.path),
        "origin": row.origin or "",
        "flagged": [flag.value for flag in report.flagged],
        "error": row.error_code or "",
        "tone": "bad" if report.error else headline.style_of(report),
        "type": row.media_type or "",
        "size": report.asset.size,
        "sha256": row.sha256 or "",
        "generator": row.generator,
        "model": row.model or "",
        "signer": row.signer or "",
    }


def _detail(report: Report) -> Iterator[PageElement]:
    if (facts := detail.facts(report)) is not None:
        yield facts
    if (drawn := detail.drawn(report)) is not None:
        yield detail.section("Manifests", _LEVEL, drawn)
    yield from detail.everything(report, _LEVEL)
    examined = single.environment(report.environment)
    yield detail.section("How it was examined", _LEVEL, *examined)


def _row(report: Report) -> LedgerRow:
    """Return a report as a row of a table: it is of no run, and when it was changed is unknown."""
    judged = dict(zip(JUDGED, ledger_row.row_of_report(report), strict=True))
    known = {name: value for name, value in judged.items() if name in _EMPTY}
    place = {"path_bytes": os.fsencode(report.asset.path), "size": report.asset.size}
    values = _EMPTY | known | place
    return LedgerRow._make(values[name] for name in LedgerRow._fields)
