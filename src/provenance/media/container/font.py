"""SFNT fonts (ISO/IEC 14496-22, OpenType): the table `C2PA`.

Its header says where in the table the manifest store stands (C2PA specification, "Embedding
manifests into fonts"). Collections and WOFF are recognised only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import leftovers
from provenance.media.container.block import Family, Span
from provenance.media.container.bounds import MAX_FONT_TABLES
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_RECOGNISED = {b"ttcf": "font/collection", b"wOFF": "font/woff", b"wOF2": "font/woff2"}
_USUAL = frozenset(  # tables that nearly every font has
    (
        *(b"OS/2", b"cmap", b"head", b"hhea", b"hmtx", b"maxp", b"name", b"post", b"glyf", b"loca"),
        *(b"CFF ", b"GDEF", b"GPOS", b"GSUB", b"cvt ", b"fpgm", b"prep", b"gasp", b"kern"),
    )
)
_PADDING = 3  # bytes after the end of a table
_HEADER = 20  # version (2 + 2), URI offset (4) and length (2), reserved (2), store (4 + 4)


def scan_font(asset: Asset) -> Scan:
    """Find the manifest store of a TrueType or OpenType font."""
    out = Collector(asset)
    head = asset.read(0, 12)
    if head[:4] in _RECOGNISED:
        leftovers.search_stores(out, 0, asset.size)
        return out.finish(_RECOGNISED[head[:4]], "font", can_carry=False)
    count, whole = int.from_bytes(head[4:6], "big"), True
    if count > MAX_FONT_TABLES:
        out.limit(f"a font of {count} tables")
        whole = False
        count = MAX_FONT_TABLES
    records = asset.read(12, 16 * count)
    if len(records) < 16 * count:
        out.truncated("the table directory ends after the end of the file")
        whole = False
    for at in range(0, len(records) - 15, 16):
        start = int.from_bytes(records[at + 8 : at + 12], "big")
        if records[at : at + 4] == b"C2PA":
            _table(out, start, int.from_bytes(records[at + 12 : at + 16], "big"))
        elif records[at : at + 4] not in _USUAL:
            leftovers.peek(out, "table", start, int.from_bytes(records[at + 12 : at + 16], "big"))
    # Where the table is named, and is not a sound store, an offset in front of it may be wrong.
    named = b"C2PA" in records and (out.findings or not out.blocks)
    if named or not whole or not _fits(records, asset.size):
        leftovers.search(out, 0)
    elif not out.blocks:  # no table need refer to a byte of the file
        leftovers.search_stores(out, 0, asset.size)
    return out.finish("font/otf" if head[:4] == b"OTTO" else "font/ttf", "font")


def _fits(records: bytes, size: int) -> bool:
    """Tell whether every table is after the directory and in the file, as in any font."""
    for at in range(0, len(records) - 15, 16):
        start = int.from_bytes(records[at + 8 : at + 12], "big")
        length = int.from_bytes(records[at + 12 : at + 16], "big")
        if start < 12 + len(records) or start + length > size:
            return False
    return True


def _table(out: Collector, start: int, size: int) -> None:
    """Take the store of the table, or whatever is in its place if the header names none."""
    head = out.asset.read(start, _HEADER)
    if len(head) < _HEADER:
        out.truncated("the table has no header", "C2PA")
        return
    offset = int.from_bytes(head[12:16], "big")
    length = int.from_bytes(head[16:20], "big")
    if offset and length:
        out.store("C2PA", (Span(start + offset, length),))
        return
    uri = int.from_bytes(head[4:8], "big")
    if uri:  # the credential is elsewhere
        out.note("container.remote_reference", "the font names a manifest elsewhere", "C2PA")
    # A table with a URI alone ends after it: whatever else is there is in the place of a store.
    end = uri + int.from_bytes(head[8:10], "big")
    end = end if _HEADER <= end <= size else _HEADER
    if size - end > _PADDING:
        out.store("C2PA", (Span(start + end, size - end),))


def _recognise(asset: Asset, head: bytes) -> bool:
    """Check the table count and the first tag: 00 01 00 00 alone is not a signature."""
    del asset
    tag = head[12:16]
    return 0 < int.from_bytes(head[4:6], "big") < 256 and len(tag) == 4 and tag.isascii()


FAMILY = Family(
    title="OpenType, TrueType, WOFF, font collections",
    media_types=("font/otf", "font/ttf", *_RECOGNISED.values()),
    scan=scan_font,
    example=b"OTTO" + bytes(8),
    store="table `C2PA` of OpenType and TrueType",
    recognise=_recognise,
    near_miss=b"\0\1\0\0" + bytes(12),
)
