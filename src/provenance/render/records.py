"""JSON and JSONL: the record of `Report.to_dict`, in ASCII, keys in a fixed order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provenance.verdict.report import Report


def line(report: Report) -> str:
    """Return one report as one line of JSON, without the line's end."""
    return json.dumps(report.to_dict(), ensure_ascii=True, separators=(",", ":"))


def pretty(report: Report) -> str:
    """Return one report as indented JSON."""
    return json.dumps(report.to_dict(), ensure_ascii=True, indent=2)
