"""Columns for pyarrow out of lists of values, made of their bytes.

`pyarrow.array` looks whether pandas knows what it is given. For that it loads pandas, where it is
installed: a quarter of a second, and as much memory again as everything else a runner has.
"""

from __future__ import annotations

from array import array
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from provenance.render.columns import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def column(pa: Any, kind: ColumnKind, type_: Any, values: Sequence[Any]) -> Any:
    """Return an array of a type of `parquet_table.schema`, of at most 2 GiB. None is null.

    A moment is a `datetime` with its time zone, words are lists of texts, nanoseconds are given as
    microseconds. Raises UnicodeEncodeError, OverflowError.
    """
    if kind is ColumnKind.NUMBER or kind is ColumnKind.NANOSECONDS:
        return _numbers(pa, type_, values)
    if kind is ColumnKind.MOMENT:
        since = [None if value is None else (value - _EPOCH) // _MICROSECOND for value in values]
        return _numbers(pa, type_, since)
    if kind is ColumnKind.WORDS:
        return _lists(pa, type_, values)
    if kind is ColumnKind.BYTES:
        return _joined(pa, type_, values, values)
    encoded = [None if value is None else value.encode() for value in values]
    return _joined(pa, type_, values, encoded)


def _numbers(pa: Any, type_: Any, values: Sequence[int | None]) -> Any:
    held = array("q", [0 if value is None else value for value in values])
    return pa.Array.from_buffers(type_, len(values), [_there(pa, values), pa.py_buffer(held)])


def _joined(pa: Any, type_: Any, values: Sequence[Any], encoded: Sequence[bytes | None]) -> Any:
    held = [value or b"" for value in encoded]
    buffers = [_there(pa, values), _offsets(pa, held), pa.py_buffer(b"".join(held))]
    return pa.Array.from_buffers(type_, len(values), buffers)


def _lists(pa: Any, type_: Any, values: Sequence[list[str] | None]) -> Any:
    held = [value or [] for value in values]
    words = column(
        pa, ColumnKind.TEXT, type_.value_type, [word for value in held for word in value]
    )
    buffers = [_there(pa, values), _offsets(pa, held)]
    return pa.Array.from_buffers(type_, len(values), buffers, children=[words])


def _offsets(pa: Any, held: Sequence[bytes] | Sequence[list[str]]) -> Any:
    """Return where each value begins among all, and where the last one ends."""
    return pa.py_buffer(array("i", accumulate(map(len, held), initial=0)))


def _there(pa: Any, values: Sequence[Any]) -> Any:
    """Return a bit for each value, lowest first: whether there is one; None where all are."""
    if not any(value is None for value in values):
        return None
    bits = "".join(["0" if value is None else "1" for value in reversed(values)])
    return pa.py_buffer(int(bits, 2).to_bytes((len(values) + 7) // 8, "little"))
