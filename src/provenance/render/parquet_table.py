"""Parquet by pyarrow, which the extra `parquet` brings: a fixed schema, written group by group."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any, BinaryIO

from provenance.base import installed, threads
from provenance.base.errors import InstallationError
from provenance.render import arrow_columns
from provenance.render.columns import COLUMNS, VERSION, ColumnKind, parsed, readable, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from provenance.render.columns import Column
    from provenance.render.rows import LedgerRow, ReportRequest

COLUMNS_KEY = "provenance.columns"
ENVIRONMENTS_KEY = "provenance.environments"
SHARD_KEY = "provenance.shard"
GROUP_ROWS = 20_000
GROUP_BYTES = 64 << 20  # of records, which may be large


def schema(pa: Any, environments: Mapping[int, dict[str, Any]]) -> Any:
    """Return the schema of the file: the columns of `render.columns`, and the record.

    A record lacks what is the same for all files of a run; that is in the metadata of the file, as
    JSON by the run's number.
    """
    types = {
        ColumnKind.PATH: pa.string(),
        ColumnKind.BYTES: pa.binary(),
        ColumnKind.TEXT: pa.string(),
        ColumnKind.NUMBER: pa.int64(),
        ColumnKind.WORDS: pa.list_(pa.string()),
        ColumnKind.NANOSECONDS: pa.timestamp("us", tz="UTC"),  # as every reader knows it
        ColumnKind.MOMENT: pa.timestamp("us", tz="UTC"),
    }
    required = {"path", "path_bytes", "run_id", "seen_run", "record"}
    fields = [pa.field(c.name, types[c.kind], nullable=c.name not in required) for c in COLUMNS]
    fields.append(pa.field("record", pa.string(), nullable=False))
    runs = json.dumps({str(n): environment for n, environment in environments.items()})
    metadata = {COLUMNS_KEY: str(VERSION), ENVIRONMENTS_KEY: runs}
    return pa.schema(fields, metadata=metadata)


def write_parquet(
    rows: Iterable[LedgerRow], environments: Mapping[int, dict[str, Any]], stream: BinaryIO
) -> None:
    """Write all rows; no more than one row group is held in memory.

    Raises `InstallationError` where pyarrow is not installed.
    """
    pa, _ = arrow()
    _write(rows, schema(pa, environments), stream)


def write_part(
    rows: Iterable[LedgerRow],
    environment: dict[str, Any],
    facts: Mapping[str, Any],
    stream: BinaryIO,
) -> None:
    """Write the rows of one shard, all of run 1: the same rows and facts give the same bytes.

    `facts` say which shard of which plan it is; they go into the metadata as JSON. What is in
    memory, and what is raised, is as for `write_parquet`.
    """
    pa, _ = arrow()
    columns = schema(pa, {1: environment})
    metadata = columns.metadata | {SHARD_KEY: json.dumps(dict(facts), sort_keys=True)}
    _write(rows, columns.with_metadata(metadata), stream)


def arrow() -> tuple[Any, Any]:
    """Return the modules pyarrow and pyarrow.parquet. Raises `InstallationError`."""
    try:
        with threads.one_thread(
            "OPENBLAS_NUM_THREADS"
        ):  # of numpy, where each spins for a tenth second
            import pyarrow as pa  # noqa: PLC0415 - an extra, and 100 ms
            from pyarrow import parquet  # noqa: PLC0415 - the extra, as above
    except ImportError as e:
        message = f"Parquet needs pyarrow: {installed.bring_extra('parquet')}"
        raise InstallationError(message) from e
    return pa, parquet


def _write(rows: Iterable[LedgerRow], columns: Any, stream: BinaryIO) -> None:
    pa, parquet = arrow()
    with parquet.ParquetWriter(stream, columns, compression="zstd") as writer:
        held: list[LedgerRow] = []
        size = 0
        for row in rows:
            held.append(row)
            size += len(row.record)
            if len(held) >= GROUP_ROWS or size >= GROUP_BYTES:
                writer.write_table(_table(pa, held, columns))
                held, size = [], 0
        if held:
            writer.write_table(_table(pa, held, columns))


def report(asked: ReportRequest, stream: BinaryIO) -> None:
    """Write the rows that are asked for. Raises `InstallationError`."""
    environments = {n: run.environment for n, run in asked.results.runs.items()}
    write_parquet(asked.rows(), environments, stream)


def is_own(head: bytes, tail: bytes) -> bool:
    """Tell an earlier report, which no part is: the metadata of a Parquet file comes last."""
    if not head.startswith(b"PAR1") or SHARD_KEY.encode() in tail:
        return False
    return COLUMNS_KEY.encode() in tail


def _table(pa: Any, rows: list[LedgerRow], columns: Any) -> Any:
    kinds = [column.kind for column in COLUMNS] + [ColumnKind.TEXT]
    lists = [_values(column, rows) for column in COLUMNS] + [[row.record for row in rows]]
    types = [field.type for field in columns]
    arrays = [arrow_columns.column(pa, *column) for column in zip(kinds, types, lists, strict=True)]
    return pa.Table.from_arrays(arrays, schema=columns)


def _values(column: Column, rows: list[LedgerRow]) -> list[Any]:
    """Return what rows have in a column, as `arrow_columns` takes it."""
    if column.kind is ColumnKind.PATH:
        return [readable(row.path_bytes) for row in rows]
    values: list[Any] = list(map(attrgetter(column.field), rows))
    match column.kind:
        case ColumnKind.WORDS:
            return [None if value is None else words(value) for value in values]
        case ColumnKind.NANOSECONDS:
            return [None if value is None else value // 1000 for value in values]
        case ColumnKind.MOMENT:
            return [parsed(value) for value in values]
        case _:
            return values
