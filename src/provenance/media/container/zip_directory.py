"""The central directory of a ZIP archive, and the local headers it leads to (APPNOTE 4.3).

Offsets count from the first byte of the archive. Where something was put in front of it, such as a
program that unpacks it, they are off by that, or were adjusted: both are read.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from provenance.media.container.block import Span
from provenance.media.container.bounds import (
    MAX_ZIP_CANDIDATES,
    MAX_ZIP_DIRECTORY,
    MAX_ZIP_ENTRIES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.media.asset import Asset
    from provenance.media.container.collect import Collector

STORED, DEFLATED = 0, 8
LOCAL = b"PK\3\4"
DESCRIBED = 1 << 3  # sizes follow the data, and may be missing in the local header (4.4.4)
WIDE = 0xFFFFFFFF  # in place of a number that is in the ZIP64 extra field (4.5.3)
_LISTED, _SIGNED, _ENDS = b"PK\1\2", b"PK\5\5", b"PK\5\6"
_END_SIZE = 22
_END_SEARCH = _END_SIZE + 65_535  # end record and the longest comment (4.3.16)
_WIDE_SIZE, _LOCATOR_SIZE = 56, 20  # of the end record of ZIP64 and its locator (4.3.14, 4.3.15)
_HEAD = struct.Struct("<4s4xHH8xIIHHH8xI")  # 46 bytes (4.3.12), without check sum and dates
_LAST_METHOD, _LAST_VERSION = 99, 63  # the highest numbers (4.4.5, 4.4.3)
_PRINTED = 0x20  # the least byte of a name
_RECORD = _HEAD.size + 3 * 65_535  # the longest
_LOCAL_HEAD = struct.Struct("<4s2xHH8xI4xHH")  # 30 bytes (4.3.7), likewise


class DirectoryEntry(NamedTuple):
    """What the directory says of a file. `local` is where its local header is in the file that
    was scanned, `listed` where its record is in the directory."""

    name: bytes
    flags: int
    method: int
    packed: int
    local: int
    listed: Span


class LocalHeader(NamedTuple):
    """What a local header says. `packed` is 0 or `WIDE` where the size is elsewhere.

    In the file it is at `start`, its name ends at `named`, and after the extra field, at `data`,
    the data begin.
    """

    name: bytes
    flags: int
    method: int
    packed: int
    start: int
    named: int
    data: int


class Directory(NamedTuple):
    """A central directory, up to its bound: its bytes, and where they begin.

    `shift` is what has to be added to the offsets it gives. `end` is where the archive ends, with
    its comment.
    """

    data: bytes
    base: int
    shift: int = 0
    end: int = 0

    def find(
        self, out: Collector, name: bytes, start: int = 0
    ) -> tuple[DirectoryEntry | None, int]:
        """Find an entry by its whole name; return it and where to look on."""
        data, at = self.data, start
        for _ in range(MAX_ZIP_CANDIDATES):
            at = data.find(name, at)
            if at < 0:
                return None, len(data)
            entry = self._entry_at(at - _HEAD.size) if at >= _HEAD.size else None
            if entry is not None and len(entry.name) == len(name):
                return entry, at + len(name)
            at += 1
        out.limit(f"more than {MAX_ZIP_CANDIDATES} occurrences of a name")
        return None, len(data)

    def entries(self) -> Iterator[DirectoryEntry | None]:
        """Yield the entries in order; None at last where it is not a row of entries to its end."""
        at = 0
        for _ in range(MAX_ZIP_ENTRIES):
            if at >= len(self.data):
                break
            entry = self._entry_at(at)
            if entry is None:
                if self.data[at : at + 4] != _SIGNED:  # a signature of the directory, 4.3.13
                    yield None
                return
            yield entry
            at += entry.listed.length
        if at != len(self.data):
            yield None

    def _entry_at(self, at: int) -> DirectoryEntry | None:
        """Read a record of the directory, with the ZIP64 extra field where numbers are in that."""
        data, body = self.data, at + _HEAD.size
        if data[at : at + 4] != _LISTED or body > len(data):
            return None
        _, flags, method, packed, unpacked, named, more, said, local = _HEAD.unpack_from(data, at)
        listed = Span(self.base + at, _HEAD.size + named + more + said)
        if WIDE in (packed, local):
            extra = data[body + named : body + named + more]
            packed, local = _widened(extra, unpacked, packed, local)
        name = data[body : body + named]
        return DirectoryEntry(name, flags, method, packed, local + self.shift, listed)


def _widened(extra: bytes, unpacked: int, packed: int, local: int) -> tuple[int, int]:
    at = 0
    while at + 4 <= len(extra):
        length = int.from_bytes(extra[at + 2 : at + 4], "little")
        if extra[at : at + 2] == b"\1\0":
            values = extra[at + 4 : at + 4 + length]
            if unpacked == WIDE:
                values = values[8:]
            if packed == WIDE:
                packed, values = int.from_bytes(values[:8], "little"), values[8:]
            if local == WIDE:
                local = int.from_bytes(values[:8], "little")
            break
        at += 4 + length
    return packed, local


def local(asset: Asset, at: int, likely: int = 0) -> LocalHeader | None:
    """Read the local header at a place of the file, None where there is none.

    `likely` is how long its name probably is: it is then read together with the rest.
    """
    data = asset.read(at, _LOCAL_HEAD.size + likely)
    if len(data) < _LOCAL_HEAD.size or data[:4] != LOCAL:
        return None
    _, flags, method, packed, length, more = _LOCAL_HEAD.unpack_from(data)
    body = at + _LOCAL_HEAD.size
    name = data[_LOCAL_HEAD.size :] if length == likely else asset.read(body, length)
    return LocalHeader(name, flags, method, packed, at, body + length, body + length + more)


class _End(NamedTuple):
    """What the end record says. `stop` is where the directory has to end: at that record, or at the
    one of ZIP64; `end` is where the archive ends, with its comment."""

    size: int
    offset: int
    stop: int
    end: int
    complete: bool = True  # not where the record of ZIP64 is missing


def read_directory(out: Collector) -> Directory:
    """Return the central directory, an empty one where there is none; findings say what is odd."""
    asset = out.asset
    record = _end(asset)
    if record is None:
        out.truncated("no end of central directory")
        return Directory(b"", 0)
    if not record.complete:
        out.truncated("no ZIP64 end of central directory")
    size = min(record.size, MAX_ZIP_DIRECTORY)
    if size < record.size:
        out.limit(f"a central directory of {record.size} bytes")
    shift = _shift(asset, record)
    if shift:
        shifted = Directory(
            asset.read(record.offset + shift, size), record.offset + shift, shift, record.end
        )
        if all(e is not None and asset.read(e.local, 4) == LOCAL for e in shifted.entries()):
            return shifted
    data = asset.read(record.offset, size)
    if len(data) < size:
        out.truncated("the central directory ends after the end of the file")
    return Directory(data, record.offset, 0, record.end)


def recognise(asset: Asset, head: bytes) -> bool:
    """Tell whether a file begins with an entry, or ends with a directory that leads to one.

    In the second case the archive may be after something else.
    """
    if head[:4] == LOCAL and _is_plausible(asset):
        return True
    record = _end(asset)
    if record is None or not record.complete or record.end != asset.size:
        return False
    shift = _shift(asset, record)
    begin = record.offset + shift
    data = asset.read(begin, min(record.size, _RECORD))
    entry = next(Directory(data, begin, shift).entries(), None)
    return entry is not None and asset.read(entry.local, 4) == LOCAL


def _is_plausible(asset: Asset) -> bool:
    """Tell an entry from anything that has its first four bytes in front of it."""
    entry = local(asset, 0)
    if entry is None or not entry.name or entry.method > _LAST_METHOD:
        return False
    return asset.read(4, 1)[0] <= _LAST_VERSION and min(entry.name) >= _PRINTED


def _end(asset: Asset) -> _End | None:
    """Read the last end record, and that of ZIP64 where it refers to one."""
    base = max(asset.size - _END_SIZE, 0)
    tail = asset.read(base, _END_SIZE)  # without a comment, as nearly always
    if tail[:4] != _ENDS:
        base = max(asset.size - _END_SEARCH, 0)
        tail = asset.read(base, _END_SEARCH)
    at = tail.rfind(_ENDS, 0, max(len(tail) - _END_SIZE + len(_ENDS), 0))
    if at < 0:
        return None
    size, offset, comment = struct.unpack_from("<IIH", tail, at + 12)
    stop = base + at
    end = stop + _END_SIZE + comment
    if WIDE not in (size, offset):
        return _End(size, offset, stop, end)
    locator = asset.read(stop - _LOCATOR_SIZE, _LOCATOR_SIZE)
    named, before = int.from_bytes(locator[8:16], "little"), stop - _LOCATOR_SIZE - _WIDE_SIZE
    for place in (named, before) if locator[:4] == b"PK\6\7" else ():
        record = asset.read(place, _WIDE_SIZE)  # the second where something was put in front
        if len(record) == _WIDE_SIZE and record[:4] == b"PK\6\6":
            size, offset = struct.unpack_from("<QQ", record, 40)
            return _End(size, offset, place, end)
    return _End(size, offset, stop, end, complete=False)


def _shift(asset: Asset, record: _End) -> int:
    """Return by how much offsets are off: the directory ends where its end record begins."""
    by_end = record.stop - record.size
    if not record.size or by_end <= record.offset or asset.read(record.offset, 4) == _LISTED:
        return 0
    return by_end - record.offset if asset.read(by_end, 4) == _LISTED else 0
