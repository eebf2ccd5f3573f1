"""The differences of two audits: text for people, JSONL, CSV."""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

from provenance.base.text import clean
from provenance.render.columns import is_text, readable
from provenance.render.csv_table import Table
from provenance.render.rows import RowChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance.render.rows import Difference, LedgerRow

_SIDE = (
    "origin",
    "assurance",
    "flags",
    "flagged",
    "credential_status",
    "integrity",
    "revocation",
    "signer",
    "sha256",
    "size",
    "error_code",
)


def difference_lines(differences: Iterable[Difference]) -> Iterator[str]:
    """Yield one line a file that changed, and how many of what at the end."""
    counts: Counter[RowChange] = Counter()
    files = 0
    for difference in differences:
        files += 1
        counts.update(difference.changes)
        names = ",".join(difference.changes)
        sides = f"{_answer_words(difference.before)} -> {_answer_words(difference.after)}"
        yield f"{names}\t{sides}\t{difference.row.shown}"
    yield f"{files:,} files changed" if files else "No file changed."
    for change in RowChange:
        if counts[change]:
            yield f"{counts[change]:>12,}  {change.value.replace('_', ' ')}"


def _answer_words(row: LedgerRow | None) -> str:
    if row is None:
        return "-"
    if row.error_code is not None:
        return clean(row.error_code)
    said = f"{clean(row.origin or '')} {clean(row.assurance or '')}"
    return f"{said} [{clean(row.flags)}]" if row.flags else said


def write_jsonl(differences: Iterable[Difference], stream: TextIO) -> None:
    """Write one object a file that changed: path, changes, and both sides."""
    for difference in differences:
        record: dict[str, Any] = {"path": readable(difference.row.path_bytes)}
        if not is_text(difference.row.path_bytes):
            record["path_bytes"] = base64.b64encode(difference.row.path_bytes).decode("ascii")
        record["changes"] = list(difference.changes)
        record["before"], record["after"] = _side(difference.before), _side(difference.after)
        stream.write(json.dumps(record, ensure_ascii=True, separators=(",", ":")) + "\n")


def _side(row: LedgerRow | None) -> dict[str, Any] | None:
    return None if row is None else {name: getattr(row, name) for name in _SIDE}


def write_csv(differences: Iterable[Difference], stream: TextIO) -> None:
    """Write one line a file that changed, safe as every table of ours."""
    sides = [f"{side}_{name}" for side in ("before", "after") for name in _SIDE]
    table = Table(stream, ["path", "changes", *sides, "path_bytes"])
    for difference in differences:
        raw = difference.row.path_bytes
        cells = [
            getattr(row, name, None)
            for row in (difference.before, difference.after)
            for name in _SIDE
        ]
        exact = "" if is_text(raw) else base64.b64encode(raw).decode("ascii")
        table.line([readable(raw), ",".join(difference.changes), *cells, exact])
