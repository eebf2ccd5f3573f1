"""The boxes of a file as the general box hash names them (C2PA 2.4, 18.7.3), over the whole file.

The box of the credential has the name `C2PA`. What is in no box is missing from the list: the
caller sees the gap.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from provenance.credentials.validation.outcome import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from provenance.credentials.validation.byte_source import ByteSource, Range

C2PA = "C2PA"
MAX_STREAMS = 1_024  # of an Ogg file
_CHUNK = 1 << 20


class NamedBox(NamedTuple):
    """One box: its name, its bytes, and what of them counts as zero when it is hashed.

    `parts` are the ranges of a box that is in several places, in order; empty for one range.
    """

    name: str
    start: int
    end: int
    zeroed: Range | None = None
    parts: tuple[Range, ...] = ()


def boxes(
    source: ByteSource, family: str, extent: Sequence[Range], *, restarts: bool, limit: int
) -> list[NamedBox]:
    """Return the boxes of a file in order, at most `limit` of them.

    `extent` is where the credential is. `restarts` says whether restart markers of JPEG are boxes
    of their own, as the standard has it, or part of the scan, as older writers have it. Raises
    Unknown for a format without box names.
    """
    if family == "jpeg":
        return list(itertools.islice(_jpeg(source, extent, restarts), limit))
    walk = _WALKS.get(family)
    if walk is None:
        raise Unknown(f"the standard names no boxes for a hash of this format ({family})")
    return list(itertools.islice(walk(source, extent), limit))


_SOI, _EOI, _SOS, _TEM, _APP11 = 0xD8, 0xD9, 0xDA, 0x01, 0xEB
_SEGMENT = bytes((0xFF, _APP11))
_RST = range(0xD0, 0xD8)
_SOFS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_NAMES = {
    0x01: "TEM",
    0xC4: "DHT",
    0xC8: "JPG",
    0xCC: "DAC",
    0xFE: "COM",
    **dict(enumerate(("SOI", "EOI", "SOS", "DQT", "DNL", "DRI", "DHP", "EXP"), start=0xD8)),
}
_IN_SCAN = re.compile(rb"\xff+[^\x00\xff]")


def _marker_name(marker: int) -> str:
    """Return the symbol of ISO/IEC 10918-1, table B.1."""
    if marker in _SOFS:
        return f"SOF{marker - 0xC0}"
    if marker in _RST:
        return f"RST{marker - 0xD0}"
    if 0xE0 <= marker <= 0xEF:
        return f"APP{marker - 0xE0}"
    if 0xF0 <= marker <= 0xFD:
        return f"JPG{marker - 0xF0}"
    return _NAMES.get(marker, "RES")


def _jpeg(source: ByteSource, extent: Sequence[Range], restarts: bool) -> Iterator[NamedBox]:
    size, at = source.size, 0
    first, last = (extent[0][0], extent[-1][1]) if extent else (-1, -1)
    while at + 2 <= size:
        head = source.read(at, 4)
        if head[0] != 0xFF or head[1] in (0x00, 0xFF):
            filled = _fill(source, at)
            if filled is None:
                return
            at = filled
            continue
        marker = head[1]
        if at == first and _leads_to(source, first, last):
            yield NamedBox(C2PA, first, last)
            at = last
            continue
        if marker in {_SOI, _EOI, _TEM}:
            yield NamedBox(_marker_name(marker), at, at + 2)
            at += 2
            continue
        if marker in _RST:
            end = _entropy(source, at + 2, stop_at_restart=restarts)
        else:
            end = at + 2 + int.from_bytes(head[2:4], "big")
            if len(head) < 4 or end < at + 4 or end > size:
                return
            if marker == _SOS:
                end = _entropy(source, end, stop_at_restart=restarts)
        yield NamedBox(_marker_name(marker), at, end)
        at = end


def _leads_to(source: ByteSource, at: int, end: int) -> bool:
    """Tell whether segments lead from the start of the credential to its end, and not beyond.

    The length of the last one is not hashed: a larger one would take in what follows.
    """
    while at < end:
        head = source.read(at, 4)
        if len(head) < 4 or head[:2] != _SEGMENT:
            return False
        at += 2 + max(int.from_bytes(head[2:4], "big"), 2)
    return at == end


def _fill(source: ByteSource, at: int) -> int | None:
    """Return where the marker is that fill bytes lead to (B.1.1.2); None for anything else."""
    length = 64
    data = source.read(at, length)
    while data.count(0xFF) == length < _CHUNK:
        length *= 16
        data = source.read(at, length)
    stop = len(data) - len(data.lstrip(b"\xff"))
    if stop < 2 or stop == len(data) or data[stop] == 0:
        return None
    return at + stop - 1


def _entropy(source: ByteSource, at: int, *, stop_at_restart: bool) -> int:
    """Return where the entropy-coded data from `at` ends: at the next marker."""
    size, length = source.size, 1 << 12  # more at a time only where it goes on
    while at < size:
        data = source.read(at, length)
        length = min(4 * length, _CHUNK)
        if not data:
            break
        for match in _IN_SCAN.finditer(data):
            marker = data[match.end() - 1]
            if marker in _RST and not stop_at_restart:
                continue
            return at + match.end() - 2
        if at + len(data) >= size:
            break
        at += len(data) - 1  # a marker may be on the edge
    return size


def _png(source: ByteSource, extent: Sequence[Range]) -> Iterator[NamedBox]:
    yield NamedBox("PNGh", 0, min(8, source.size))
    at = 8
    while at + 12 <= source.size:
        head = source.read(at, 8)
        end = at + 12 + int.from_bytes(head[:4], "big")
        if end > source.size:
            return
        name = head[4:].decode("latin-1")
        yield NamedBox(C2PA if extent and at == extent[0][0] else name, at, end)
        at = end
        if head[4:] == b"IEND":
            return


def _gif(source: ByteSource, extent: Sequence[Range]) -> Iterator[NamedBox]:
    yield NamedBox("GIF89a", 0, 6)
    table = _colours(source.read(10, 1))
    yield NamedBox("LSD", 6, 13 + table)
    at = 13 + table
    while at < source.size:
        kind = source.read(at, 12)
        if kind[0] == 0x3B:
            yield NamedBox("3B", at, at + 1)
            return
        if kind[0] == 0x2C:
            end = at + 10 + _colours(kind[9:10])
            yield NamedBox("2C", at, end)
            at, end = end, _sub_blocks(source, end + 1)
            yield NamedBox("TBID", at, end)
        elif kind[0] == 0x21 and len(kind) > 2:
            end = _sub_blocks(source, at + 2)
            own = bool(extent) and at == extent[0][0]
            yield NamedBox(C2PA if own else f"21{kind[1]:02X}", at, end)
        else:
            return
        at = end


def _colours(packed: bytes) -> int:
    return 3 << (packed[0] & 7) + 1 if packed and packed[0] & 0x80 else 0


def _sub_blocks(source: ByteSource, at: int) -> int:
    """Return where sub-blocks end, their terminator included."""
    data, origin = b"", at
    while at < source.size:
        if not 0 <= at - origin < len(data):
            data, origin = source.read(at, 1 << 16), at
            if not data:
                break
        length = data[at - origin]
        at += 1 + length
        if not length:
            return at
    return source.size


def _riff(source: ByteSource, extent: Sequence[Range]) -> Iterator[NamedBox]:
    del extent
    at = 0
    while at + 12 <= source.size:
        head = source.read(at, 12)
        if head[:4] != b"RIFF":
            return
        end = at + 8 + int.from_bytes(head[4:8], "little")
        yield NamedBox(head[8:12].decode("latin-1"), at, at + 12)
        inner = at + 12
        while inner + 8 <= min(end, source.size):
            chunk = source.read(inner, 12)
            length = int.from_bytes(chunk[4:8], "little")
            stop = inner + 8 + length + (length & 1)
            if stop > source.size:
                return
            name = chunk[8:12] if chunk[:4] == b"LIST" else chunk[:4]
            yield NamedBox(name.decode("latin-1"), inner, stop)  # that of the credential is `C2PA`
            inner = stop
        at = end + (end & 1)


def _jxl(source: ByteSource, extent: Sequence[Range]) -> Iterator[NamedBox]:
    at = 0
    while at + 8 <= source.size:
        head = source.read(at, 16)
        size = int.from_bytes(head[:4], "big")
        if head[:8] == bytes(8):  # zero padding after the last box
            return
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:
            size = source.size - at
        if size < 8 or at + size > source.size:
            return
        own = bool(extent) and at == extent[0][0]
        yield NamedBox(C2PA if own else head[4:8].decode("latin-1"), at, at + size)
        at += size


def _font(source: ByteSource, extent: Sequence[Range]) -> Iterator[NamedBox]:
    """Yield the tables in the order of the directory, which is in no box itself (18.7.3.6).

    Nothing hashes what it says: a table that goes on beyond the file is none, and ends the list.
    """
    del extent
    count = int.from_bytes(source.read(4, 2), "big")
    records = source.read(12, 16 * count)
    for at in range(0, len(records) - 15, 16):
        name = records[at : at + 4].decode("latin-1")
        start = int.from_bytes(records[at + 8 : at + 12], "big")
        length = int.from_bytes(records[at + 12 : at + 16], "big")
        if start + length > source.size:
            return
        adjusted = (start + 8, start + 12) if name == "head" else None
        yield NamedBox(name, start, start + length, adjusted)


def _ogg(source: ByteSource, extent: Sequence[Range]) -> Iterator[NamedBox]:
    """Yield the logical streams in the order of their first pages (18.7.3.7)."""
    del extent
    pages: dict[bytes, list[Range]] = {}
    own = set()
    at = 0
    while at + 27 <= source.size:
        head = source.read(at, 27 + 255)
        if head[:4] != b"OggS":
            break
        lacing = head[27 : 27 + head[26]]
        end = at + 27 + head[26] + sum(lacing)
        serial = head[14:18]
        if serial not in pages and source.read(at + 27 + head[26], 5) == b"\0c2pa":
            own.add(serial)
        pages.setdefault(serial, []).append((at, end))
        at = end
        if len(pages) > MAX_STREAMS:
            raise Unknown("too many streams")
    for serial, parts in pages.items():
        number = int.from_bytes(serial, "little")
        name = C2PA if serial in own else f"Stream-{number}"
        yield NamedBox(name, parts[0][0], parts[-1][1], None, tuple(parts))


_WALKS: dict[str, Callable[[ByteSource, Sequence[Range]], Iterator[NamedBox]]] = {
    "png": _png,
    "gif": _gif,
    "riff": _riff,
    "jxl": _jxl,
    "font": _font,
    "ogg": _ogg,
}
FAMILIES = ("jpeg", *_WALKS)
"""The families whose boxes the standard names."""
