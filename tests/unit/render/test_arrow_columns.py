"""Columns made of their bytes are those that pyarrow makes of the same values."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from support.each import each

from provenance.render import arrow_columns, parquet_table
from provenance.render.columns import COLUMNS, Kind

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
        (Kind.PATH, ["a", "", "\N{SNOWMAN}\U0001f600", "a"]),
        (Kind.TEXT, [None, "a", "", None, "\N{SNOWMAN}", *[None] * 5, "b"]),
        (Kind.TEXT, [None] * 9),
        (Kind.TEXT, []),
        (Kind.BYTES, [b"", b"\xff\0", None]),
        (Kind.NUMBER, [1, None, 0, -1, (1 << 63) - 1, -(1 << 63)]),
        (Kind.NANOSECONDS, [None, 1_750_000_000_000_000, -5]),
        (Kind.MOMENT, [_NOON, None, _HERE]),
        (Kind.WORDS, [["a", "b"], [], None, ["\N{SNOWMAN}"], []]),
        (Kind.WORDS, [None, None]),
        (Kind.WORDS, [[]]),
    ],
)
def test_values_are_as_pyarrow_has_them(kind, values):
    made = arrow_columns.column(pa, kind, _TYPES[kind], values)
    made.validate(full=True)
    assert made.equals(pa.array(values, _TYPES[kind]))
    assert made.null_count == values.count(None)


@each(
    "kind, value",
    [(Kind.TEXT, "\ud800"), (Kind.WORDS, ["\ud800"]), (Kind.NUMBER, 1 << 63)],
)
def test_what_no_column_takes_is_refused(kind, value):
    with pytest.raises((UnicodeEncodeError, OverflowError)):
        arrow_columns.column(pa, kind, _TYPES[kind], [value])


def test_pandas_is_not_loaded_to_write_a_part():
    pytest.importorskip("pandas")
    code = """
import io, sys
from provenance.render import parquet_table
from provenance.render.rows import Row
row = Row(b"a", 1, 1, 5, 6, *[None] * (len(Row._fields) - 6), "{}")
parquet_table.write_part([row], {}, {}, io.BytesIO())
sys.exit("pandas" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
