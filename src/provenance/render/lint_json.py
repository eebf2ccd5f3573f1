"""The JSON of lint: one object a file and profile, in ASCII, keys in a fixed order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from provenance.base.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.linting.evaluate import LintReport
    from provenance.linting.tamper.tamper_run import TamperReport


def pretty(reports: Sequence[LintReport] | Sequence[TamperReport], *, single: bool) -> str:
    """Return indented JSON: the object where a single report was asked for, else an array."""
    records = [r.to_dict() for r in reports]
    return json.dumps(records[0] if single and len(records) == 1 else records, indent=2)


def text(
    reports: Sequence[LintReport], fail_on: Severity = Severity.ERROR, *, single: bool = False
) -> str:
    """Return the JSON of a run, ended by a line break."""
    del fail_on
    return pretty(reports, single=single) + "\n"
