"""CSV by RFC 4180, in UTF-8, from which no spreadsheet makes a formula.

Every text is quoted, numbers are not. A spreadsheet takes a cell for a formula by its first
character; and where its separator is another one than ours, or where it splits at line breaks, a
cell may begin in the middle of a text. So an apostrophe goes before such a character wherever a
cell could begin: `neutral` puts it in, `original` takes it out again, and nothing is lost.
"""

from __future__ import annotations

import csv
import re
from base64 import b64encode
from operator import attrgetter
from typing import TYPE_CHECKING, TextIO

from provenance.render.columns import COLUMNS, is_text, moment, readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from provenance.render.rows import LedgerRow, ReportRequest

# OWASP, "CSV Injection": = + - @ tab CR LF; the full-width forms are taken for the plain ones by
# spreadsheets in some languages, and U+2212 is what some write for a minus.
_FORMULA = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212"
_START = f"'*[^\\S\t\r\n]*[{_FORMULA}]"
_CELL = r"(^|[;,|\t\r\n\"])"
_BARE = re.compile(f"{_CELL}(?={_START})")
_RISKY = re.compile(f"[{_FORMULA}]")  # most texts have none of these
_NEUTRAL = re.compile(f"{_CELL}'(?={_START})")
NAMES = tuple(column.name for column in COLUMNS)
_FIELDS = attrgetter(*(column.field for column in COLUMNS))
_PATH, _MODIFIED, _EXACT = map(NAMES.index, ("path", "modified", "path_bytes"))


def neutral(text: str) -> str:
    """Return a text that is not a formula in a spreadsheet, wherever that would split it."""
    return _BARE.sub(r"\1'", text) if _RISKY.search(text) else text


def original(text: str) -> str:
    """Return the text that `neutral` was given."""
    return _NEUTRAL.sub(r"\1", text)


def write_csv(rows: Iterable[LedgerRow], stream: TextIO) -> None:
    """Write a header and one line a row. The stream must leave line ends alone (`newline=""`)."""
    table = Table(stream, NAMES)
    for row in rows:
        table.line(cells(row))


def cells(row: LedgerRow) -> list[str | int | None]:
    """Return what one row has in the columns `NAMES`; texts are still as they are."""
    values = list(_FIELDS(row))
    values[_PATH] = readable(row.path_bytes)
    values[_MODIFIED] = moment(row.mtime_ns)
    # for the few names that are no text; the others are exact already
    values[_EXACT] = "" if is_text(row.path_bytes) else b64encode(row.path_bytes).decode("ascii")
    return values


def harmless(line: Sequence[str | int | None]) -> list[str | int]:
    """Return the cells of a line as they are written: None is empty, no text is a formula."""
    return ["" if c is None else neutral(c) if isinstance(c, str) else c for c in line]


def report(asked: ReportRequest, stream: TextIO) -> None:
    """Write the rows that are asked for."""
    write_csv(asked.rows(), stream)


def is_own(head: bytes, tail: bytes) -> bool:
    """Tell an earlier report, or differences, in this format."""
    del tail
    return head.startswith((b'"path","run_id",', b'"path","changes",'))


class Table:
    """A CSV file in the making: every text in it is made harmless."""

    def __init__(self, stream: TextIO, names: Sequence[str]) -> None:
        self._writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
        self._writer.writerow(names)

    def line(self, cells: Sequence[str | int | None]) -> None:
        """Write one line; None is an empty cell."""
        self._writer.writerow(harmless(cells))
