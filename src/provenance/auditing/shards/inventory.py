"""Names of objects from an S3 Inventory: what S3 itself wrote of a bucket, as CSV, ORC or Parquet.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html: `manifest.json` names
the bucket, the columns, and the data files with their MD5. Keys in CSV are URL-encoded, with `+`
for a blank; those in ORC and Parquet are not. An inventory may list every version of an object:
only the latest is taken, and no delete marker.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import re
import tempfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from provenance.auditing.shards import stores
from provenance.auditing.shards.names import checked, quoted, size_of
from provenance.auditing.shards.shard_plan import ListedObject
from provenance.base import installed
from provenance.base.errors import AssetError, AuditError, InstallationError, reason_of
from provenance.base.files import OPEN_FLAGS, read_small
from provenance.base.text import clean, printable_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.auditing.shards.stores import ShardStore

MAX_MANIFEST = 64 << 20  # bytes of manifest.json
MAX_FILES = 200_000
MAX_FILE = 16 << 30  # bytes of one data file; S3 writes some 2 GB
_CHUNK = 8 << 20  # bytes that are fetched at a time
_ROWS = 5_000  # rows of ORC and Parquet that are values of Python at a time
_MAX_LINE = 1 << 16  # bytes of a line of CSV: a key, encoded, and short words
_MD5 = re.compile(r"[0-9a-f]{32}", re.ASCII)
# Columns by their names without `_` and capitals: ORC and Parquet write `e_tag` for `ETag`.
_NEEDED = ("bucket", "key")
_KNOWN = (*_NEEDED, "size", "lastmodifieddate", "etag", "islatest", "isdeletemarker")

_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _File:
    """A data file: its key in the bucket of the inventory, its size in bytes, its MD5 in hex."""

    key: str
    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class _Manifest:
    bucket: str
    form: str
    columns: tuple[str, ...]  # of CSV alone, in order, as in `_KNOWN`
    files: tuple[_File, ...]


def objects(address: str, source: str) -> Iterator[ListedObject]:
    """Yield the objects below `source`, an address of S3, that an inventory lists.

    `address` is that of its `manifest.json`: a file of this machine, with the data files next to it
    or in the folder `data` there or one above, or an object of S3, whose data files are fetched
    from the same bucket and from no other.

    Raises AuditError `plan.unreadable` for an inventory of another bucket, and for a file that is
    not what `manifest.json` says; InstallationError where ORC and Parquet cannot be read.
    """
    bucket, prefix = _source(source)
    place = _Far(address) if stores.is_address(address) else _Near(address)
    manifest = _manifest(place.manifest(), address)
    if manifest.bucket != bucket:
        message = f"an inventory of the bucket {clean(manifest.bucket, 100)}, not of {source}"
        raise _unusable(address, message)
    for file in manifest.files:
        with place.opened(file) as stream:
            try:
                for row in _READERS[manifest.form](stream, manifest.columns):
                    listed = _object_of_row(row, bucket, prefix, source)
                    if listed is not None:
                        yield listed
            except (_BadError, csv.Error, OSError, EOFError, zlib.error) as e:
                reason = str(e) if isinstance(e, _BadError) else "it cannot be read"
                raise _unusable(file.key, reason) from e


class _BadError(ValueError):
    """A data file that is not what an inventory has; the message says why."""


def _unusable(name: str, reason: str) -> AuditError:
    return AuditError("plan.unreadable", f"{printable_path(name)}: {clean(reason)}")


def _source(source: str) -> tuple[str, str]:
    """Return the bucket of a source, and how keys below it begin."""
    scheme, _, rest = source.partition("://")
    if scheme != "s3":
        raise AuditError("plan.unfit", "an inventory is of a bucket of S3: SOURCE has to be s3://")
    bucket, _, prefix = rest.strip("/").partition("/")
    return bucket, f"{prefix}/" if prefix else ""


def _manifest(data: bytes, name: str) -> _Manifest:
    try:
        top = json.loads(data)
        if not isinstance(top, dict):
            raise _BadError("it is not the manifest.json of an S3 Inventory")
        form = _text(top, "fileFormat").upper()
        if form not in _READERS:
            raise _BadError("fileFormat: there are CSV, ORC and Parquet")
        files = top.get("files")
        if not isinstance(files, list) or len(files) > MAX_FILES:
            raise _BadError(f"files: it has to be a list of at most {MAX_FILES}")
        columns = _columns(_text(top, "fileSchema")) if form == "CSV" else ()
        bucket = _text(top, "sourceBucket").rpartition(":")[2]
        return _Manifest(bucket, form, columns, tuple(map(_file, files)))
    except (ValueError, RecursionError) as e:
        reason = str(e) if isinstance(e, _BadError) else "it is not JSON"
        raise _unusable(name, reason) from e


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise _BadError(f"{key}: it has to be a text")
    return value


def _file(value: Any) -> _File:
    if not isinstance(value, dict):
        raise _BadError("files: each has to be an object")
    size, md5 = value.get("size"), _text(value, "MD5checksum").lower()
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= MAX_FILE:
        raise _BadError(f"files: a size has to be a number of at most {MAX_FILE}")
    if not _MD5.fullmatch(md5):
        raise _BadError("files: an MD5checksum has to be 32 hexadecimal digits")
    return _File(_text(value, "key"), size, md5)


def _columns(schema: str) -> tuple[str, ...]:
    columns = tuple(_bare_name(name) for name in schema.split(","))
    _check_columns(columns)
    return columns


def _bare_name(name: str) -> str:
    return name.strip().replace("_", "").lower()


def _check_columns(columns: tuple[str, ...]) -> None:
    for name in _NEEDED:
        if columns.count(name) != 1:
            raise _BadError(f"it has no column {name}, or several")


class _Near:
    """An inventory in a folder of this machine."""

    def __init__(self, path: str) -> None:
        self._path = path

    def manifest(self) -> bytes:
        try:
            return read_small(self._path, MAX_MANIFEST)
        except OSError as e:
            raise _unusable(self._path, reason_of(e)) from e

    @contextmanager
    def opened(self, file: _File) -> Iterator[IO[bytes]]:
        folder, name = os.path.dirname(self._path) or ".", os.path.basename(file.key)
        places = [os.path.join(folder, *parts, name) for parts in ((), ("data",), ("..", "data"))]
        path = next((place for place in places if name and os.path.isfile(place)), None)
        if path is None:
            raise _unusable(file.key, f"the data file is not next to {printable_path(self._path)}")
        try:
            stream = os.fdopen(os.open(path, OPEN_FLAGS), "rb")
        except OSError as e:
            raise _unusable(path, reason_of(e)) from e
        with stream:
            if os.fstat(stream.fileno()).st_size != file.size:
                raise _unusable(path, "not as long as manifest.json says")
            digest = hashlib.file_digest(stream, _md5).hexdigest()
            _rewound(stream, file, digest)
            yield stream


class _Far:
    """An inventory in a bucket of S3."""

    def __init__(self, address: str) -> None:
        bucket, self._key = stores.split(address)
        self._store: ShardStore = stores.open_store(bucket)
        self._address = address

    def manifest(self) -> bytes:
        try:
            return self._store.get(self._key, MAX_MANIFEST)
        except AssetError as e:
            raise _unusable(self._address, str(e)) from e

    @contextmanager
    def opened(self, file: _File) -> Iterator[IO[bytes]]:
        with tempfile.TemporaryFile(prefix="provenance-") as stream:
            digest, etag, at = _md5(), None, 0
            while at < file.size:
                length = min(_CHUNK, file.size - at)
                try:
                    got = self._store.fetch(file.key, at, length, etag)
                except AssetError as e:
                    raise _unusable(file.key, str(e)) from e
                if got.found.size != file.size or len(got.data) != length:
                    raise _unusable(file.key, "not as long as manifest.json says")
                etag = got.found.etag
                digest.update(got.data)
                stream.write(got.data)
                at += length
            _rewound(stream, file, digest.hexdigest())
            yield stream


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)  # which is what S3 gives


def _rewound(stream: IO[bytes], file: _File, md5: str) -> None:
    """Go to the beginning of a data file. Raises AuditError where it is not the one meant."""
    if md5 != file.md5:
        raise _unusable(file.key, "its MD5 is not the one in manifest.json")
    stream.seek(0)


def _csv_rows(stream: IO[bytes], columns: tuple[str, ...]) -> Iterator[_Row]:
    with gzip.GzipFile(fileobj=stream) as unpacked:
        for row in csv.reader(_lines(unpacked), strict=True):
            if len(row) != len(columns):
                raise _BadError(f"a line with {len(row)} columns, where there are {len(columns)}")
            values: _Row = dict(zip(columns, row, strict=True))
            raw = unquote_to_bytes(values["key"].replace("+", " "))
            values["key"] = raw.decode("utf-8", "surrogateescape")
            yield values


def _lines(stream: gzip.GzipFile) -> Iterator[str]:
    while line := stream.readline(_MAX_LINE + 1):
        if len(line) > _MAX_LINE:
            raise _BadError("a line is too long")
        yield line.decode("utf-8", "surrogateescape")


def _parquet_rows(stream: IO[bytes], _: tuple[str, ...]) -> Iterator[_Row]:
    pa = _arrow()
    from pyarrow import parquet  # noqa: PLC0415 - the extra

    with _arrow_errors(pa):
        file = parquet.ParquetFile(stream)
        names = _wanted(file.schema_arrow.names)
        batches = file.iter_batches(_ROWS, columns=list(names), use_threads=False)
        yield from _batched(pa, batches, names)


def _orc_rows(stream: IO[bytes], _: tuple[str, ...]) -> Iterator[_Row]:
    pa = _arrow()
    from pyarrow import orc  # noqa: PLC0415 - the extra

    with _arrow_errors(pa):
        file = orc.ORCFile(stream)
        names = _wanted(file.schema.names)
        stripes = (file.read_stripe(n, columns=list(names)) for n in range(file.nstripes))
        yield from _batched(pa, stripes, names)


_READERS: dict[str, Callable[[IO[bytes], tuple[str, ...]], Iterator[_Row]]] = {
    "CSV": _csv_rows,
    "ORC": _orc_rows,
    "PARQUET": _parquet_rows,
}


def _arrow() -> Any:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and 100 ms
    except ImportError as e:
        message = "an inventory as ORC or Parquet needs pyarrow: "
        message += installed.bring_extra("parquet")
        raise InstallationError(message) from e
    return pa


@contextmanager
def _arrow_errors(pa: Any) -> Iterator[None]:
    """Turn what pyarrow says of a file into one error."""
    try:
        yield
    except (pa.ArrowException, NotImplementedError) as e:
        raise _BadError(f"it cannot be read: {str(e).partition(chr(10))[0]}") from e


def _wanted(names: list[str]) -> dict[str, str]:
    """Return which columns of a file are read, and what each is in `_KNOWN`."""
    columns = {name: _bare_name(name) for name in names if _bare_name(name) in _KNOWN}
    _check_columns(tuple(columns.values()))
    return columns


def _batched(pa: Any, batches: Iterator[Any], names: dict[str, str]) -> Iterator[_Row]:
    for whole in batches:
        for start in range(0, whole.num_rows, _ROWS):
            batch = whole.slice(start, _ROWS)
            columns = [_values(pa, batch.column(name), known) for name, known in names.items()]
            known = tuple(names.values())
            yield from (dict(zip(known, row, strict=True)) for row in zip(*columns, strict=True))


_UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def _values(pa: Any, column: Any, known: str) -> list[Any]:
    """Return a column as values: texts whatever their bytes are, times in nanoseconds."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _values(pa, column.dictionary_decode(), known)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        raw = column.cast(pa.large_binary()).to_pylist()
        return [None if text is None else text.decode("utf-8", "surrogateescape") for text in raw]
    is_number = pa.types.is_integer(kind)
    if pa.types.is_timestamp(kind) or (is_number and known == "lastmodifieddate"):
        unit = _UNITS["ms" if is_number else kind.unit]
        whole = column.cast(pa.int64()).to_pylist()
        return [None if count is None else count * unit for count in whole]
    if is_number or pa.types.is_boolean(kind):
        values: list[Any] = column.to_pylist()
        return values
    raise _BadError(f"a column is {kind}, which no inventory has")


def _object_of_row(row: _Row, bucket: str, prefix: str, source: str) -> ListedObject | None:
    """Return the object of a row; None for one that is not of the source, or not an object."""
    key = row["key"]
    if not isinstance(key, str) or not isinstance(row["bucket"], str):
        raise _BadError("a row has no key, or no bucket")
    if row["bucket"] != bucket or not key.startswith(prefix) or key == prefix:
        return None
    if not _is(row.get("islatest"), missing=True) or _is(row.get("isdeletemarker"), missing=False):
        return None
    size = size_of(row.get("size"))
    if size == 0 and key.endswith("/"):  # how consoles make folders
        return None
    etag = row.get("etag")
    tag = quoted(etag) if isinstance(etag, str) else None
    modified = _nanoseconds(row.get("lastmodifieddate"))
    return checked(ListedObject(key[len(prefix) :], size, modified, tag), source)


def _is(value: Any, *, missing: bool) -> bool:
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    if word not in {"", "true", "false"}:
        raise _BadError("a column has neither true nor false")
    return word == "true" if word else missing


def _nanoseconds(value: Any) -> int | None:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return stores.nanoseconds(moment) if moment.tzinfo is not None else None
    fits = isinstance(value, int) and -(1 << 63) <= value < 1 << 63
    return value if fits else None
