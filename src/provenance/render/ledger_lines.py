"""JSONL of a ledger: one record a line, as `verify --format jsonl` prints it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from provenance.render.rows import ReportRequest

_BEGIN = b'{"schema_version":"'
_OF_DIFFERENCES = rb'\{"path":"(\\.|[^"\\])*",("path_bytes":"[^"]*",)?"changes":\["'


def report(asked: ReportRequest, stream: TextIO) -> None:
    """Write the records."""
    stream.writelines(asked.results.full_record(row) + "\n" for row in asked.rows())


def is_own(head: bytes, tail: bytes) -> bool:
    """Tell an earlier report, or differences, in this format."""
    del tail
    return head.startswith(_BEGIN) or re.match(_OF_DIFFERENCES, head) is not None
