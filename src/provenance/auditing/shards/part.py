"""One part: a Parquet file of rows that somebody else may have written, read group by group.

Nothing in it is believed: its lengths, its schema, its metadata and its rows are checked, and what
no runner of shards writes is AuditError `parts.unusable`.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from provenance.auditing.ledger_row import is_decided
from provenance.auditing.reading import check_told
from provenance.auditing.shards.shard_plan import part_name
from provenance.base.errors import AssetError, AuditError
from provenance.base.json_text import parse_strict
from provenance.base.text import clean
from provenance.render import parquet_table
from provenance.render.columns import COLUMNS, VERSION, ColumnKind
from provenance.render.rows import LedgerRow
from provenance.verdict.report import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.auditing.shards.stores import ShardStore

MAX_FOOTER = 16 << 20  # bytes of the metadata of one part
MAX_GROUP = 512 << 20  # bytes of one row group, as it says itself; records are at most 64 MiB of it
MAX_ROWS = 1 << 20  # of one row group
_MAX_JSON = 4 << 20  # bytes of one text of the metadata
_DEPTH = 20  # of JSON in the metadata
_TAIL = 1 << 16  # bytes that are read first: they hold the metadata of most parts
_BATCH = 1024  # rows that are values at a time
_MAX_BATCH = 256 << 20  # bytes of the texts of a batch: more than a row group that we write has
_MAGIC = b"PAR1"
_MAX_MEASURES = 100  # of isolation
_FOREIGN = "not a part of an audit in shards"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RECORD = "record"
_READ = tuple(
    column for column in COLUMNS if column.field in LedgerRow._fields
)  # others follow of them


class ObjectFile:
    """An object of a store as a file that can be sought in: what pyarrow reads from.

    Each read asks the store, for the very object that the first answer came from.
    """

    closed = False

    def __init__(self, store: ShardStore, key: str) -> None:
        self._store, self._key = store, key
        head = store.head(key)
        self.size, self._etag = head.size or 0, head.etag
        self._at = 0
        self._tail_at = max(0, self.size - _TAIL)
        self._tail = b""
        self._tail = self._exactly(self._tail_at, self.size - self._tail_at)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be sought in."""
        return True

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, counted from the start, from here or from the end; return it."""
        self._at = max(0, offset + (0, self._at, self.size)[whence])
        return self._at

    def read(self, length: int | None = -1) -> bytes:
        """Return so many bytes, fewer only at the end. Raises AssetError, AuditError."""
        left = max(0, self.size - self._at)
        wanted = left if length is None or length < 0 else min(length, left)
        data = self._exactly(self._at, wanted) if wanted else b""
        self._at += len(data)
        return data

    def close(self) -> None:
        """Mark it as closed; nothing is held open."""
        self.closed = True

    def flush(self) -> None:
        """Nothing is written."""

    def _exactly(self, at: int, length: int) -> bytes:
        if self._tail and at >= self._tail_at:
            return self._tail[at - self._tail_at :][:length]
        data = self._store.fetch(self._key, at, length, self._etag).data if length else b""
        if len(data) != length:
            raise AssetError("asset.changed", "shorter than it was when it was opened")
        return data


@dataclass(frozen=True, slots=True)
class Facts:
    """What a part says of all of its rows.

    `left_out` is how many objects have none, since their content is not of a kind that was asked
    for; None where it does not say.
    """

    plan: str
    shard: int
    left_out: int | None
    schema_version: str
    isolation: tuple[dict[str, Any], ...]
    environment: dict[str, Any]


class ShardPart:
    """One part of a store, opened: its facts are read, its rows are not.

    Make it with `open_part`.
    """

    def __init__(self, file: Any, facts: Facts, name: str, pa: Any) -> None:
        self._file, self._pa, self.name = file, pa, name
        self.facts = facts
        self.count: int = file.metadata.num_rows

    def rows(self, *, record: bool, flagged: bool) -> Iterator[tuple[bytes, LedgerRow | None]]:
        """Yield key and row of each object, in the part's own order; None for one not asked for.

        At most one row group is in memory, compressed, and `_BATCH` rows of it as values. Without
        `record` that is empty. Raises AuditError `parts.unusable`.
        """
        names = [column.name for column in _READ] + [_RECORD] * record
        with _part_errors(self.name, self._pa):
            for group in range(self._file.metadata.num_row_groups):
                _check_group(self._file.metadata.row_group(group))
                batches = self._file.iter_batches(
                    _BATCH, row_groups=[group], columns=names, use_threads=False
                )
                for batch in batches:
                    yield from _rows(_checked(batch, self._pa), flagged=flagged)


@contextlib.contextmanager
def open_part(store: ShardStore, shard: int) -> Iterator[ShardPart]:
    """Open the part of a shard. Raises AuditError, InstallationError."""
    pa, parquet = parquet_table.arrow()
    key = part_name(shard)
    name = f"{store.address}/{key}"
    with contextlib.ExitStack() as stack:
        with _part_errors(name, pa):
            source = ObjectFile(store, key)
            _check_footer(source)
            closed = parquet.ParquetFile(
                pa.PythonFile(source, mode="r"),
                thrift_string_size_limit=MAX_FOOTER,
                thrift_container_size_limit=MAX_ROWS,
            )
            facts = _facts(closed.schema_arrow, pa)
            file = parquet.ParquetFile(
                pa.PythonFile(source, mode="r"),
                metadata=closed.metadata,
                read_dictionary=_texts(closed.schema),
                pre_buffer=True,
            )
            stack.enter_context(file)
        if facts.shard != shard:
            raise unusable(name, f"it says that it is of shard {facts.shard}")
        yield ShardPart(file, facts, name, pa)


def row_count(source: ObjectFile) -> int:
    """Return how many rows a part says that it has; -1 where it cannot be read as one."""
    pa, parquet = parquet_table.arrow()
    try:
        with _part_errors("", pa):
            _check_footer(source)
            count: int = parquet.ParquetFile(pa.PythonFile(source, mode="r")).metadata.num_rows
    except AuditError as e:
        if e.code != "parts.unusable":
            raise
        return -1
    return count


def unusable(name: str, why: str) -> AuditError:
    """Return the error that says what is wrong with a part, or with a folder of parts."""
    return AuditError("parts.unusable", f"{clean(name, 400)}: {why}")


@contextlib.contextmanager
def _part_errors(name: str, pa: Any) -> Iterator[None]:
    """Say in one line what pyarrow, a store, or a row that this program did not write leads to.

    Only the first line of what pyarrow says counts; a part decides what is in it.
    """
    try:
        yield
    except AssetError as e:
        raise unusable(name, str(e)) from e
    except (MemoryError, RecursionError) as e:
        raise unusable(name, f"{_FOREIGN} (it takes more memory than there is)") from e
    except (ArithmeticError, LookupError, OSError, TypeError, ValueError, pa.ArrowException) as e:
        why = clean(str(e).partition("\n")[0], 200) or type(e).__name__
        raise unusable(name, f"{_FOREIGN} ({why})") from e


def _check_footer(source: ObjectFile) -> None:
    """Look at the length of the metadata before anything parses it. Raises ValueError."""
    source.seek(-min(8, source.size), 2)
    end = source.read(8)
    source.seek(0)
    length = int.from_bytes(end[:4], "little")
    if len(end) < 8 or end[4:] != _MAGIC or length > source.size - 12:
        raise ValueError("no whole Parquet file")
    if length > MAX_FOOTER:
        raise ValueError(f"its metadata are more than {MAX_FOOTER} bytes")


def _check_group(group: Any) -> None:
    # Its columns are not asked for: of damaged metadata that ends this process (pyarrow 26).
    rows, size = group.num_rows, group.total_byte_size
    if not (0 <= rows <= MAX_ROWS and 0 <= size <= MAX_GROUP):
        raise ValueError(f"a row group of {rows} rows and {size} bytes")


def _texts(schema: Any) -> list[str]:
    """Return where texts are, to be read as numbers into a list of different ones.

    A few bytes can say that a long text is in each of a million rows; see `_checked`.
    """
    columns = map(schema.column, range(len(schema)))
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def _written_schema(schema: Any, pa: Any) -> Any:
    """Return a schema with the types that were written, in place of those that are read."""
    return pa.schema(
        [field.with_type(_written(field.type, pa)) for field in schema], schema.metadata
    )


def _written(kind: Any, pa: Any) -> Any:
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_list(kind):
        return pa.list_(_written(kind.value_type, pa))
    return kind


def _checked(batch: Any, pa: Any) -> Any:
    """Return a batch with its texts in place, where they fit into memory. Raises ValueError."""
    from pyarrow import compute  # noqa: PLC0415 - only where parts are read

    size = 0
    for column in batch.columns:
        values = column.flatten() if pa.types.is_list(column.type) else column
        if pa.types.is_dictionary(values.type):
            lengths = compute.binary_length(values.dictionary).cast("int64")
            size += compute.sum(lengths.take(values.indices)).as_py() or 0
    if size > _MAX_BATCH:
        raise ValueError(f"{batch.num_rows} rows of {size} bytes")
    return batch.cast(_written_schema(batch.schema, pa))


def _facts(schema: Any, pa: Any) -> Facts:
    """Check the schema, and read the metadata. Raises KeyError, TypeError, ValueError."""
    for field in parquet_table.schema(pa, {}):
        if schema.get_all_field_indices(field.name) == []:
            raise ValueError(f"there is no column {field.name}")
        if schema.field(field.name).type != field.type:  # ValueError where there are two
            raise ValueError(f"the column {field.name} has another type")
    metadata = schema.metadata or {}
    if metadata.get(parquet_table.COLUMNS_KEY.encode()) != str(VERSION).encode():
        raise ValueError(f"its columns are not of version {VERSION}")
    environments, shard = (
        cast("Any", parse_strict(metadata.get(key.encode(), b""), _MAX_JSON, _DEPTH))
        for key in (parquet_table.ENVIRONMENTS_KEY, parquet_table.SHARD_KEY)
    )
    if set(environments) != {"1"}:
        raise ValueError("it is not of one run")
    isolation = shard["isolation"][:_MAX_MEASURES]
    check_told(environments["1"], isolation)
    texts = (shard["plan"], shard["schema_version"])
    left_out = shard.get("left_out")
    counts = (shard["shard"], 0 if left_out is None else left_out)
    if not all(isinstance(text, str) for text in texts) or {int} != {*map(type, counts)}:
        raise TypeError("its shard is described in another way")
    return Facts(
        plan=shard["plan"],
        shard=shard["shard"],
        left_out=left_out,
        schema_version=shard["schema_version"],
        isolation=tuple(isolation),
        environment=environments["1"],
    )


def _rows(batch: Any, *, flagged: bool) -> Iterator[tuple[bytes, LedgerRow | None]]:
    """Yield the rows of a batch. Raises TypeError, ValueError, OverflowError."""
    names = set(batch.schema.names)
    lists: dict[str, list[Any]] = {
        column.field: _VALUES.get(column.kind, _as_is)(batch.column(column.name))
        for column in _READ
    }
    bare = _RECORD not in names
    lists[_RECORD] = [""] * batch.num_rows if bare else batch.column(_RECORD).to_pylist()
    for row in map(LedgerRow._make, zip(*(lists[name] for name in LedgerRow._fields), strict=True)):
        if row.path_bytes is None or (row.run_id, row.seen_run) != (1, 1) or row.record is None:
            raise ValueError("a row of another run")
        if not row.record.isascii() or not is_decided(
            row.origin, row.assurance, row.flagged, row.error_code
        ):
            raise ValueError("a row that no audit writes")
        yield row.path_bytes, None if flagged and not row.flagged else row


def _as_is(column: Any) -> list[Any]:
    return cast("list[Any]", column.to_pylist())


def _joined_lists(column: Any) -> list[Any]:
    return [None if value is None else ",".join(value) for value in column.to_pylist()]


def _nanoseconds(column: Any) -> list[Any]:
    return [None if value is None else value * 1000 for value in column.cast("int64").to_pylist()]


def _moments(column: Any) -> list[Any]:
    """Return times as a ledger has them."""
    return [
        None if value is None else plain(_EPOCH + timedelta(microseconds=value))
        for value in column.cast("int64").to_pylist()
    ]


_VALUES: dict[ColumnKind, Callable[[Any], list[Any]]] = {
    ColumnKind.WORDS: _joined_lists,
    ColumnKind.NANOSECONDS: _nanoseconds,
    ColumnKind.MOMENT: _moments,
}


def told(environment: dict[str, Any]) -> str:
    """Return what all reports of a part share as JSON, as compact as a record."""
    return json.dumps(environment, ensure_ascii=True, separators=(",", ":"))
