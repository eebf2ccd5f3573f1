"""The entries of a ZIP archive as a collection hash takes them (PKWARE APPNOTE 4.3; C2PA A.6.2)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from provenance.base.values import dataclass
from provenance.credentials.validation.outcome import Unknown

if TYPE_CHECKING:
    from provenance.credentials.validation.byte_source import ByteSource, Range

CREDENTIAL = "META-INF/content_credential.c2pa"
MAX_ENTRIES = 100_000
MAX_DIRECTORY = 16 << 20
_END = 22 + 65_535
_WIDE = 0xFFFFFFFF
_DESCRIBED, _UTF8 = 1 << 3, 1 << 11


class ArchiveError(ValueError):
    """An archive whose entries cannot be found. The message says why."""


class ZipEntry(NamedTuple):
    """One entry: its name, and its bytes from local header to data descriptor."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP archive. `directory` is where the central directory is, `crc` the check sum in it of
    the manifest's own entry, `end` the end record with its comment."""

    entries: tuple[ZipEntry, ...]
    directory: Range
    crc: Range | None
    end: Range


def read_archive(source: ByteSource) -> Archive:
    """Read the directory of an archive. Raises ArchiveError, Unknown beyond a bound."""
    base = max(source.size - _END, 0)
    tail = source.read(base, _END)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < 22:
        raise ArchiveError("the ZIP archive has no end record")
    record = tail[at : at + 22]
    size, start = int.from_bytes(record[12:16], "little"), int.from_bytes(record[16:20], "little")
    directory_end = base + at
    if _WIDE in (size, start):
        locator = source.read(base + at - 20, 20)
        wide = source.read(int.from_bytes(locator[8:16], "little"), 56)
        if locator[:4] != b"PK\6\7" or wide[:4] != b"PK\6\6":
            raise ArchiveError("the ZIP64 archive has no end record")
        size, start = int.from_bytes(wide[40:48], "little"), int.from_bytes(wide[48:56], "little")
    if start + size > directory_end:
        raise ArchiveError("the central directory does not fit into the archive")
    if size > MAX_DIRECTORY:
        raise Unknown(f"a central directory of {size} bytes")
    entries, crc = _entries(source, source.read(start, size), start)
    return Archive(tuple(entries), (start, start + size), crc, (base + at, source.size))


def _entries(source: ByteSource, data: bytes, origin: int) -> tuple[list[ZipEntry], Range | None]:
    entries: list[ZipEntry] = []
    crc = None
    at = 0
    while at < len(data):
        head = data[at : at + 46]
        if len(head) < 46 or head[:4] != b"PK\1\2":
            raise ArchiveError("the central directory cannot be read to its end")
        if len(entries) >= MAX_ENTRIES:
            raise Unknown(f"more than {MAX_ENTRIES} files")
        lengths = [int.from_bytes(head[n : n + 2], "little") for n in (28, 30, 32)]
        coding = "utf-8" if int.from_bytes(head[8:10], "little") & _UTF8 else "cp437"
        raw = data[at + 46 : at + 46 + lengths[0]]
        name = raw.decode("ascii" if raw.isascii() else coding, "replace")
        if name == CREDENTIAL:
            crc = (origin + at + 16, origin + at + 20)
        extra = data[at + 46 + lengths[0] : at + 46 + lengths[0] + lengths[1]]
        entries.append(_read_entry(source, name, head, extra))
        at += 46 + sum(lengths)
    if any(a.end > b.start for a, b in itertools.pairwise(sorted(entries, key=lambda e: e.start))):
        raise ArchiveError("two entries of the archive overlap")
    return entries, crc


def _read_entry(source: ByteSource, name: str, head: bytes, extra: bytes) -> ZipEntry:
    packed = int.from_bytes(head[20:24], "little")
    unpacked = int.from_bytes(head[24:28], "little")
    start = int.from_bytes(head[42:46], "little")
    wide = False
    at = 0
    while at + 4 <= len(extra):
        length = int.from_bytes(extra[at + 2 : at + 4], "little")
        if extra[at : at + 2] == b"\1\0":
            wide = True
            values = extra[at + 4 : at + 4 + length]
            if unpacked == _WIDE:
                values = values[8:]
            if packed == _WIDE:
                packed, values = int.from_bytes(values[:8], "little"), values[8:]
            if start == _WIDE:
                start = int.from_bytes(values[:8], "little")
        at += 4 + length
    local = source.read(start, 30)
    if local[:4] != b"PK\3\4" or len(local) < 30:
        raise ArchiveError("an entry of the archive has no local header")
    body = start + 30 + sum(int.from_bytes(local[n : n + 2], "little") for n in (26, 28))
    end = body + packed
    if int.from_bytes(local[6:8], "little") & _DESCRIBED:
        signed = source.read(end, 4) == b"PK\7\x08"
        end += (4 if signed else 0) + (20 if wide else 12)
    if end > source.size:
        raise ArchiveError("an entry of the archive ends beyond the file")
    return ZipEntry(name, start, end)
