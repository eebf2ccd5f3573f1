"""A TrueType font of one empty glyph (ISO/IEC 14496-22), and a store in it (C2PA 2.4, A.3).

The directory holds check sums of all tables, and `head` one of the whole file: a data hash could
cover neither. So fonts are bound by a box hash (18.7.3.6).
"""

from __future__ import annotations

import struct

from provenance.kit.media import StoreSpan

_TAG = b"C2PA"
_HEADER = struct.pack(">HHIHHII", 0, 1, 0, 0, 0, 20, 0)[:16]  # the store's length follows
_WHOLE = 0xB1B0AFBA
_ADJUSTMENT = 8  # where in `head` the check sum of the file is


def _sum(data: bytes) -> int:
    data += bytes(-len(data) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(data) // 4}I", data)
    return sum(words) & 0xFFFFFFFF


def _tables() -> dict[bytes, bytes]:
    head = struct.pack(
        ">IIIIHHqqhhhhHHhhh",
        *(0x10000, 0x10000, 0, 0x5F0F3CF5, 3, 1000, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0),
    )
    hhea = struct.pack(">IhhhHhhhhhh8xhH", 0x10000, 800, -200, 0, 500, 0, 0, 0, 1, 0, 0, 0, 1)
    maxp = struct.pack(">IH13H", 0x10000, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    name = "Kit".encode("utf-16-be")
    # Format 4 with the one segment that it has to have, which maps nothing.
    mapping = struct.pack(">12H", 4, 24, 0, 2, 2, 0, 0, 0xFFFF, 0, 0xFFFF, 1, 0)
    return {
        b"cmap": struct.pack(">HHHHI", 0, 1, 3, 1, 12) + mapping,
        b"glyf": bytes(4),
        b"head": head,
        b"hhea": hhea,
        b"hmtx": struct.pack(">Hh", 500, 0),
        b"loca": struct.pack(">HH", 0, 0),
        b"maxp": maxp,
        b"name": struct.pack(">HHHHHHHHH", 0, 1, 18, 3, 1, 0x409, 1, len(name), 0) + name,
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, -100, 50, 0, 0, 0, 0, 0),
    }


def _written(tables: dict[bytes, bytes]) -> bytes:
    """A font of these tables: their order is that of their tags, and every check sum fits."""
    tables = dict(sorted(tables.items()))
    head = tables[b"head"]
    tables[b"head"] = head[:_ADJUSTMENT] + bytes(4) + head[_ADJUSTMENT + 4 :]
    count = len(tables)
    power = count.bit_length() - 1
    directory = struct.pack(
        ">IHHHH", 0x10000, count, 16 << power, power, 16 * count - (16 << power)
    )
    at, body, place = 12 + 16 * count, b"", 0
    for tag, data in tables.items():
        directory += tag + struct.pack(">III", _sum(data), at + len(body), len(data))
        if tag == b"head":
            place = at + len(body) + _ADJUSTMENT
        body += data + bytes(-len(data) % 4)
    font = directory + body
    adjustment = _WHOLE - _sum(font) & 0xFFFFFFFF
    return font[:place] + struct.pack(">I", adjustment) + font[place + 4 :]


def directory(font: bytes) -> dict[bytes, StoreSpan]:
    """Where each table of a font is, in the order of the directory."""
    (count,) = struct.unpack_from(">H", font, 4)
    spans = {}
    for n in range(count):
        tag, _, start, length = struct.unpack_from(">4sIII", font, 12 + 16 * n)
        spans[tag] = StoreSpan(start, length)
    return spans


def empty_font() -> bytes:
    """A font with one glyph, which is empty."""
    return _written(_tables())


def boxes(font: bytes) -> dict[str, bytes]:
    """What a box hash covers, by name: each table, in `head` zeros for the file's check sum."""
    covered = {}
    for tag, span in directory(font).items():
        data = font[span.start : span.end]
        if tag == b"head":
            data = data[:_ADJUSTMENT] + bytes(4) + data[_ADJUSTMENT + 4 :]
        covered[tag.decode("ascii")] = data
    return covered


def changed(font: bytes) -> bytes:
    """The font with its glyph one unit wider, and with check sums that fit."""
    held = {tag: font[span.start : span.end] for tag, span in directory(font).items()}
    (wide,) = struct.unpack_from(">H", held[b"hmtx"])
    return _written({**held, b"hmtx": struct.pack(">H", wide + 1) + held[b"hmtx"][2:]})


class _Font:
    """The table `C2PA`, with a header in front of the store."""

    def find(self, data: bytes) -> StoreSpan | None:
        span = directory(data).get(_TAG)
        return StoreSpan(span.start + 20, span.length - 20) if span else None

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        return data[span.start : span.end]

    def insert(self, data: bytes, store: bytes) -> bytes:
        held = {tag: data[span.start : span.end] for tag, span in directory(data).items()}
        return _written({**held, _TAG: _HEADER + struct.pack(">I", len(store)) + store})

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        del span
        held = {tag: data[place.start : place.end] for tag, place in directory(data).items()}
        return _written({tag: table for tag, table in held.items() if tag != _TAG})


FONT = _Font()
