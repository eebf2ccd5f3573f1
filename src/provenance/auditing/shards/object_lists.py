"""The list of one shard: its objects as lines of JSON, compressed, the same bytes for the same."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from provenance.auditing.shards.shard_plan import ListedObject

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_SHARD = 1_000_000  # objects of one shard
MAX_KEY = 8192  # bytes of a key: stores take 1024 or a little more, a path of Linux 4096
MAX_TEXT = 1024  # characters of an ETag or a message
MAX_UNPACKED = 1 << 30  # bytes of one list
_MAX_LINE = 1 << 20  # bytes: a key and its neighbours, each byte as an escape
_MAX_BESIDE = 16
_LEVEL = 6
_NUMBER = 1 << 63  # what tables take, with a sign
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


class ObjectListError(ValueError):
    """A list that is not what a plan writes; the message says where, in one line."""


def key_bytes(key: str) -> bytes:
    """Return a key as it is sorted. Raises UnicodeEncodeError for text that can be no name."""
    return key.encode("utf-8", "surrogateescape")


class Packer:
    """Takes the objects of one shard, in order, and keeps them compressed."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        # Without a name and a time, which would differ from one machine to the next.
        self._gzip = gzip.GzipFile("", "wb", _LEVEL, self._out, mtime=0)
        self.objects = 0
        self.size = 0  # bytes of the objects, as far as they are known
        self.unpacked = 0

    def add(self, listed: ListedObject) -> None:
        """Add one. Raises ListError where it is more than a list takes."""
        line = (
            json.dumps(_object_fields(listed), ensure_ascii=True, separators=(",", ":")).encode()
            + b"\n"
        )
        self.unpacked += len(line)
        if len(line) > _MAX_LINE or self.unpacked > MAX_UNPACKED:
            raise ObjectListError("a shard's list is too long: make shards smaller")
        self._gzip.write(line)
        self.objects += 1
        self.size += listed.size or 0

    def close(self) -> bytes:
        """Return the whole list."""
        self._gzip.close()
        return self._out.getvalue()


def packed(objects: Iterable[ListedObject]) -> bytes:
    """Return the list of these objects."""
    packer = Packer()
    for listed in objects:
        packer.add(listed)
    return packer.close()


def unpacked(data: bytes, objects: int) -> list[ListedObject]:
    """Read the list of so many objects. Raises ListError for anything else."""
    listing: list[ListedObject] = []
    total, before = 0, b""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            while line := stream.readline(_MAX_LINE + 1):
                total += len(line)
                if len(line) > _MAX_LINE or total > MAX_UNPACKED or len(listing) == objects:
                    raise ObjectListError("it holds more than the plan says")
                listed = _of_line(line, len(listing) + 1)
                key = key_bytes(listed.key)
                if listing and key <= before:
                    raise ObjectListError(
                        f"line {len(listing) + 1}: its key is not after the one before"
                    )
                before = key
                listing.append(listed)
    except (OSError, EOFError, zlib.error) as e:
        raise ObjectListError("it cannot be decompressed") from e
    if len(listing) != objects:
        raise ObjectListError(f"it holds {len(listing)} objects, not {objects}")
    return listing


def _object_fields(listed: ListedObject) -> dict[str, Any]:
    """Return what is known of an object, and nothing of what is not."""
    fields: dict[str, Any] = {"key": listed.key}
    for name in ("size", "modified_ns", "etag"):
        value = getattr(listed, name)
        if value is not None:
            fields[name] = value
    if listed.error is not None:
        fields["error"] = list(listed.error)
    if listed.beside:
        fields["beside"] = [_object_fields(neighbour) for neighbour in listed.beside]
    return fields


def _of_line(line: bytes, number: int) -> ListedObject:
    try:
        value = json.loads(line)
        return _object_from(value, beside=True)
    except (ValueError, RecursionError) as e:
        reason = str(e) if isinstance(e, ObjectListError) else "not a line of JSON"
        raise ObjectListError(f"line {number}: {reason}") from e


def _object_from(value: Any, *, beside: bool) -> ListedObject:
    if not isinstance(value, dict):
        raise ObjectListError("not an object of JSON")
    given = dict(value)
    key, error = given.pop("key", None), _error(given.pop("error", None))
    listed = ListedObject(
        _key(key, wrong=error is not None),
        _number(given.pop("size", None), 0),
        _number(given.pop("modified_ns", None), -_NUMBER),
        _text(given.pop("etag", None), MAX_TEXT),
        error,
        _neighbours_from(given.pop("beside", [])) if beside else (),
    )
    if given:
        raise ObjectListError("it says more than is known here")
    return listed


def is_below(key: str) -> bool:
    """Tell whether a key stays below its source, wherever that is."""
    return bool(key) and not key.startswith("/") and ".." not in key.split("/") and "\0" not in key


def _key(value: Any, *, wrong: bool) -> str:
    if not isinstance(value, str) or not value:
        raise ObjectListError("it has no key")
    try:
        size = len(key_bytes(value))
    except UnicodeEncodeError as e:
        raise ObjectListError("its key is not text") from e
    if size > MAX_KEY or not (wrong or is_below(value)):
        raise ObjectListError("its key is too long, or leaves the source")
    return value


def _number(value: Any, least: int) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < _NUMBER:
        raise ObjectListError("a number is out of range")
    return value


def _text(value: Any, most: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= most:
        raise ObjectListError("a text is too long, or not one")
    return value


def _error(value: Any) -> tuple[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise ObjectListError("its error is not a code and a message")
    code, message = (_text(part, MAX_TEXT) for part in value)
    if code is None or message is None:
        raise ObjectListError("its error is not a code and a message")
    return code, message


def _neighbours_from(value: Any) -> tuple[ListedObject, ...]:
    if not isinstance(value, list) or len(value) > _MAX_BESIDE:
        raise ObjectListError("what is next to it is not a list")
    return tuple(_object_from(neighbour, beside=False) for neighbour in value)
