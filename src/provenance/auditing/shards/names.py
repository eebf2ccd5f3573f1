"""Names of objects as others write them: what of their source they are, and whether they are."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from provenance.auditing import sources
from provenance.auditing.shards import stores
from provenance.auditing.shards.object_lists import MAX_KEY, MAX_TEXT, is_below, key_bytes
from provenance.auditing.shards.shard_plan import ListedObject
from provenance.auditing.task import Planned

if TYPE_CHECKING:
    from collections.abc import Iterator

FURTHER = ("size", "etag")
MAX_STORE_KEY = 1024  # bytes of a key in S3, Google Cloud Storage and Azure
_CUT = 900  # bytes of a key that is too long, which its record keeps
_NUMBER = 1 << 63
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def manifest(path: str, column: str, source: str) -> Iterator[ListedObject]:
    """Yield the objects of `source` that a table names; a name that leaves it, as an error.

    `source` is the address of a store or the absolute path of a folder. Raises AuditError
    `plan.unreadable` where the table cannot be read.
    """
    for line in sources.table_lines(path, column, FURTHER):
        if isinstance(line, Planned):
            assert line.error is not None  # noqa: S101 - it names nothing
            number = line.path.rpartition(":")[2]
            place = f"{os.path.basename(path)}:{number}"
            yield ListedObject(place, error=(line.error.code, line.error.message))
        else:
            size, etag = line.further
            key = _key(line.name, source)
            named = line.name if key is None else key
            listed = ListedObject(named, size_of(size), None, _etag(etag))
            yield checked(listed, source, elsewhere=key is None)


def checked(listed: ListedObject, source: str, *, elsewhere: bool = False) -> ListedObject:
    """Return an object of a source; with an error where there can be no such key below it."""
    most = MAX_STORE_KEY if stores.is_address(source) else MAX_KEY
    raw = key_bytes(listed.key)
    if len(raw) > most:
        message = f"its name has {len(raw)} bytes: there are at most {most}"
        short = raw[:_CUT].decode("utf-8", "ignore")
        digest = hashlib.sha256(raw).hexdigest()
        return ListedObject(f"{short}... sha256:{digest}", error=("plan.outside", message))
    if elsewhere or not is_below(listed.key):
        message = "the name is not below the source: it was not looked for"
        return ListedObject(listed.key, error=("plan.outside", message))
    return listed


def quoted(etag: str | None) -> str | None:
    """Return an entity tag with its quotes, without which no store takes it (RFC 9110, 8.8.3)."""
    if not etag or len(etag) > MAX_TEXT - 2 or not etag.isprintable():
        return None
    return etag if etag.endswith('"') else f'"{etag}"'


def _key(name: str, source: str) -> str | None:
    """Return what a name is below its source; None where it is elsewhere."""
    if stores.is_address(source):
        if not _ADDRESS.match(name):
            return name
        rest = _after_start(name, f"{source}/")
        return unquote(rest) if rest and source.startswith("http") else rest
    if _ADDRESS.match(name):
        return None
    if os.path.isabs(name):
        return _after_start(name, os.path.join(source, ""))
    parts = name.replace(os.sep, "/").split("/")
    return "/".join(part for part in parts if part not in {"", "."}) or None


def _after_start(name: str, start: str) -> str | None:
    return name[len(start) :] or None if name.startswith(start) else None


def size_of(value: object) -> int | None:
    """Return a size; what is not one is left for the store to say."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _NUMBER:
        return value
    return None


def _etag(value: object) -> str | None:
    return quoted(value) if isinstance(value, str) else None
