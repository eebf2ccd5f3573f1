"""A `meta` box (ISO/IEC 14496-12, 8.11): where its items of XMP and EXIF stand, and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.media.container import leftovers
from provenance.media.container.block import BlockKind, Coding, Span
from provenance.media.container.bounds import MAX_EXTENTS, MAX_ITEM_TABLE, MAX_ITEMS
from provenance.media.container.boxes import Box, walk

if TYPE_CHECKING:
    from provenance.media.container.collect import Collector

_RDF = b"application/rdf+xml"
# Other names under which XMP is met or could be: such an item is XMP only if it says so itself.
_XML = frozenset({b"application/xml", b"text/xml", b"application/xmp+xml", b"application/xmp"})
_PEEK = 2_048  # bytes at the start of an item in which XMP names its namespace
_ENCODINGS = {  # RFC 2616, 3.5, as the content encoding of an item
    b"": Coding.RAW,
    b"identity": Coding.RAW,
    b"deflate": Coding.DEFLATE,
    b"gzip": Coding.DEFLATE,
    b"x-gzip": Coding.DEFLATE,
    b"br": Coding.BROTLI,
}
_EXIF = b"Exif"
_KEPT = (b"iinf", b"iloc", b"idat", b"ilst", b"keys")


@dataclass(slots=True)
class _Item:
    """Where an item is: in the file (0) or in the `idat` box (1), in one or more extents."""

    number: int
    method: int
    extents: list[tuple[int, int]]


class _Short(Exception):  # noqa: N818 - control flow within this module, never leaves it
    """A table ends before what it declares."""


class _Cursor:
    """Reads big-endian numbers from bytes."""

    __slots__ = ("data", "pos")

    def __init__(self, data: bytes, pos: int = 0) -> None:
        self.data = data
        self.pos = pos

    def number(self, size: int) -> int:
        end = self.pos + size
        if end > len(self.data):
            raise _Short
        value = int.from_bytes(self.data[self.pos : end], "big")
        self.pos = end
        return value


def add_items(out: Collector, meta: Box, place: str) -> None:
    """Add the XMP and EXIF items of a `meta` box, and the box itself where it holds an `ilst`.

    XMP is an item of type `mime` with the content type application/rdf+xml, EXIF one of `Exif`.
    """
    read = out.asset.read
    end = min(meta.end, out.asset.size)
    # In QuickTime files `meta` is a plain box, elsewhere it has version and flags in front.
    begin = meta.body if read(meta.body + 4, 4) == b"hdlr" else meta.body + 4
    tables: dict[bytes, Box] = {}
    for box in walk(out, begin, end, place):
        if box.kind in _KEPT:
            tables.setdefault(box.kind, box)
        elif box.kind == b"meta":
            out.limit("a box within a box of its kind: not descended into", place)
    if b"ilst" in tables:
        out.metadata(BlockKind.QUICKTIME, place, begin, end - begin)
    if b"iinf" in tables and b"iloc" in tables:
        _items(out, tables, end, place)


def _items(out: Collector, tables: dict[bytes, Box], end: int, place: str) -> None:
    info = _table(out, tables[b"iinf"], place)
    names = info.lower()
    if _RDF not in names and _EXIF not in info and not any(name in names for name in _XML):
        return  # tiles alone can be a thousand entries: do not walk them for nothing
    try:
        packets, perhaps = _rdf_items(info)
        wanted = set(packets) | _exif_items(info)
        if not wanted:
            return
        items = _locate(_table(out, tables[b"iloc"], place), wanted)
    except _Short:
        out.truncated("the item tables end early", place)
        return
    if len(items) < len(wanted):
        out.truncated("an item of metadata has no place", place)
    base = tables[b"idat"].body if b"idat" in tables else -1
    for item in items:
        spans = [
            Span(offset + (base if item.method == 1 else 0), length or end - offset)
            for offset, length in item.extents
        ]
        if item.method > 1 or (item.method == 1 and base < 0):
            out.truncated("an item of metadata is in another item", place)
        elif item.number not in packets:
            out.joined(BlockKind.EXIF, f"{place} item", spans)
        elif item.number not in perhaps or _says_xmp(out, spans, packets[item.number]):
            _packet(out, f"{place} item", spans, packets[item.number])


def _packet(out: Collector, place: str, spans: list[Span], coding: Coding | None) -> None:
    """Note an item of XMP; of `coding` None, that it is not read."""
    if coding is None:
        out.truncated("XMP in a coding that is not read", place)
    else:
        out.xmp(place, spans, coding)


def _table(out: Collector, box: Box, place: str) -> bytes:
    length = box.end - box.body
    if length > MAX_ITEM_TABLE:
        out.limit(f"an item table of {length} bytes", place)
        length = MAX_ITEM_TABLE
    return out.asset.read(box.body, length)


def _says_xmp(out: Collector, spans: list[Span], coding: Coding | None) -> bool:
    """Tell whether an item of XML names the namespace of XMP, or is coded and may do so."""
    first = spans[0] if spans else Span(0, 0)
    head = out.asset.read(first.offset, min(first.length, _PEEK))
    return coding is not Coding.RAW or leftovers.META in head


def _rdf_items(info: bytes) -> tuple[dict[int, Coding | None], set[int]]:
    """Return the XMP items (8.11.6) and how they are coded, None for one that is not read.

    Then which of them may be other XML. An entry of version 0 or 1 has no type; a content type may
    have parameters and capitals.
    """
    wanted: dict[int, Coding | None] = {}
    perhaps: set[int] = set()
    at = 8 if info[:1] != b"\0" else 6
    for _ in range(MAX_ITEMS):
        size, version = int.from_bytes(info[at : at + 4], "big"), info[at + 8 : at + 9]
        if size < 12 or info[at + 4 : at + 8] != b"infe":
            break
        width = 4 if version == b"\3" else 2
        begin, end = at + 12 + width + 2, at + size  # after id and protection
        at, entry = end, begin
        number = int.from_bytes(info[entry - width - 2 : entry - 2], "big")
        if version in (b"\2", b"\3"):
            if info[begin : begin + 4] != b"mime":
                continue
            begin += 4
        names = info[begin:end].split(b"\0")  # name, content type, content encoding
        media_type = names[1].partition(b";")[0].strip().lower() if len(names) > 1 else b""
        if (media_type == _RDF or media_type in _XML) and len(wanted) < MAX_EXTENTS:
            wanted[number] = _ENCODINGS.get(names[2].lower()) if len(names) > 2 else Coding.RAW
            if media_type != _RDF:
                perhaps.add(number)
    return wanted, perhaps


def _exif_items(info: bytes) -> set[int]:
    """Return the ids of the EXIF items: entries whose type, not their name, is `Exif`."""
    wanted: set[int] = set()
    at = info.find(_EXIF)
    while at >= 0 and len(wanted) < MAX_EXTENTS:
        for size, version in ((2, b"\2"), (4, b"\3")):
            start = at - 2 - size - 8
            if start >= 0 and info[start : start + 5] == b"infe" + version:
                wanted.add(int.from_bytes(info[start + 8 : start + 8 + size], "big"))
        at = info.find(_EXIF, at + 1)
    return wanted


def _locate(data: bytes, wanted: set[int]) -> list[_Item]:
    """Return the places of the wanted items (8.11.3)."""
    table = _Cursor(data)
    version = table.number(4) >> 24
    sizes = table.number(2)
    offset_size, length_size = sizes >> 12, sizes >> 8 & 15
    base_size, index_size = sizes >> 4 & 15, sizes & 15 if version in (1, 2) else 0
    wide = 4 if version == 2 else 2
    items: list[_Item] = []
    for _ in range(min(table.number(wide), MAX_ITEMS)):
        number = table.number(wide)
        method = table.number(2) & 15 if version in (1, 2) else 0
        table.number(2)  # data reference index
        base = table.number(base_size)
        count = table.number(2)
        if number not in wanted:
            table.pos += count * (index_size + offset_size + length_size)
            continue
        extents: list[tuple[int, int]] = []
        for _ in range(min(count, MAX_EXTENTS)):
            table.number(index_size)
            offset = base + table.number(offset_size)
            extents.append((offset, table.number(length_size)))
        items.append(_Item(number, method, extents))
        if len(items) == len(wanted):
            break
    return items
