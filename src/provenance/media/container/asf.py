"""ASF: Windows Media, WMA and WMV (Advanced Systems Format 01.20.03): its texts, and XMP.

The standard places no credential in it. The texts are in objects of the header and of its
extension; XMP is an object of its own (XMP specification, part 3, 1.2.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from provenance.media.container import leftovers
from provenance.media.container.block import BlockKind, Family, Span
from provenance.media.container.bounds import MAX_RIFF_CHUNKS
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan


def _guid(text: str) -> bytes:
    return UUID(text).bytes_le


HEADER = _guid("75B22630-668E-11CF-A6D9-00AA0062CE6C")
_EXTENSION = _guid("5FBF03B5-A92E-11CF-8EE3-00C00C205365")
_XMP = _guid("BE7ACFCB-97A9-42E8-9C71-999491E3AFAC")
_DATA = _guid("75B22636-668E-11CF-A6D9-00AA0062CE6C")
CONTENT, EXTENDED, LIBRARY = "ASF content", "ASF extended", "ASF library"
_TEXTS = {
    _guid("75B22633-668E-11CF-A6D9-00AA0062CE6C"): CONTENT,
    _guid("D2D0A440-E307-11D2-97F0-00A0C95EA850"): EXTENDED,
    _guid("C5F8CBEA-5BAF-4877-8467-AA8C44FA4CCA"): LIBRARY,
    _guid("44231C94-9498-49D1-A141-1D134E457054"): LIBRARY,
}
_OBJECT = 24  # bytes in front of the content of an object
_OF_HEADER, _OF_EXTENSION = 6, 22  # bytes of these two in front of the objects in them


def scan_asf(asset: Asset) -> Scan:
    """Find the texts of an ASF file."""
    out = Collector(asset)
    left = _objects(out, 0, asset.size, MAX_RIFF_CHUNKS, top=True)
    if left < 0:
        out.limit(f"more than {MAX_RIFF_CHUNKS} objects")
        leftovers.search(out, 0)
    return out.finish("video/x-ms-asf", "asf", can_carry=False)


def _objects(out: Collector, pos: int, end: int, left: int, *, top: bool = False) -> int:
    """Walk the objects of a range; return how many more the file may have, -1 when too many."""
    while pos + _OBJECT <= end:
        left -= 1
        if left < 0:
            return left
        head = out.asset.read(pos, _OBJECT)
        kind, size = head[:16], int.from_bytes(head[16:], "little")
        body, stop = pos + _OBJECT, pos + size
        if size < _OBJECT or stop > end:
            out.truncated("an object is longer than its parent")
            leftovers.search(out, pos)
            return left
        if kind == HEADER and top:
            left = _objects(out, body + _OF_HEADER, stop, left)
        elif kind == _EXTENSION and not top:
            left = _objects(out, body + _OF_EXTENSION, stop, left)
        elif kind in _TEXTS:
            out.metadata(BlockKind.TAGS, _TEXTS[kind], body, size - _OBJECT)
        elif kind == _XMP:
            out.xmp("object", (Span(body, size - _OBJECT),))
        elif kind != _DATA:
            leftovers.peek_at_all(out, "unknown object", body, size - _OBJECT)
        pos = stop
    return left


FAMILY = Family(
    title="ASF: WMA, WMV",
    media_types=("video/x-ms-asf",),
    scan=scan_asf,
    example=HEADER + (30).to_bytes(8, "little") + bytes(4) + b"\1\2",
    checksums=False,
    stepped=True,
)
