"""Columns made of their bytes are those that pyarrow makes of the same values."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from support.each import each

from provenance.render import arrow_columns, parquet_table
from provenance.render.columns import COLUMNS, ColumnKind

pa = pytest.importorskip("pyarrow")
_TYPES = {
    column.kind: field.type
    for column, field in zip(COLUMNS, parquet_table.schema(pa, {}), strict=False)
}
_NOON = datetime(1969, 7, 20, 12, tzinfo=UTC)
_HERE = datetime(9999, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=3)))


@each(
    "kind, values",
    [
        (ColumnKind.PATH, ["a", "", "\N{SNOWMAN}\U0001f600", "a"]),
        (ColumnKind.TEXT, [None, "a", "", None, "\N{SNOWMAN}", *[None] * 5, "b"]),
        (ColumnKind.TEXT, [None] * 9),
        (ColumnKind.TEXT, []),
        (ColumnKind.BYTES, [b"", b"\xff\0", None]),
        (ColumnKind.NUMBER, [1, None, 0, -1, (1 << 63) - 1, -(1 << 63)]),
        (ColumnKind.NANOSECONDS, [None, 1_750_000_000_000_000, -5]),
        (ColumnKind.MOMENT, [_NOON, None, _HERE]),
        (ColumnKind.WORDS, [["a", "b"], [], None, ["\N{SNOWMAN}"], []]),
        (ColumnKind.WORDS, [None, None]),
        (ColumnKind.WORDS, [[]]),
    ],
)
def test_values_are_as_pyarrow_has_them(kind, values):
    made = arrow_columns.column(pa, kind, _TYPES[kind], values)
    made.validate(full=True)
    assert made.equals(pa.array(values, _TYPES[kind]))
    assert made.null_count == values.count(None)


@each(
    "kind, value",
    [(ColumnKind.TEXT, "\ud800"), (ColumnKind.WORDS, ["\ud800"]), (ColumnKind.NUMBER, 1 << 63)],
)
def test_what_no_column_takes_is_refused(kind, value):
    with pytest.raises((UnicodeEncodeError, OverflowError)):
        arrow_columns.column(pa, kind, _TYPES[kind], [value])


def test_pandas_is_not_loaded_to_write_a_part():
    pytest.importorskip("pandas")
    code = """
import io, sys
from provenance.render import parquet_table
from provenance.render.rows import LedgerRow
row = LedgerRow(b"a", 1, 1, 5, 6, *[None] * (len(LedgerRow._fields) - 6), "{}")
parquet_table.write_part([row], {}, {}, io.BytesIO())
sys.exit("pandas" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
