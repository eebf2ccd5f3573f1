"""OpenEXR: the string attributes of the header ("OpenEXR File Layout", Header Attributes).

Behind the magic number and the version stands a list of attributes: name, type, each ended by a
zero byte, size (4, little-endian) and value; an empty name ends it. The standard places no
credential in this format. A file of several parts has several headers, of which the first is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.block import BlockKind, Family
from provenance.media.container.bounds import MAX_EXR_ATTRIBUTES
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

PLACE = "EXR"
_MAX_NAME = 256  # bytes of a name or a type; the format allows 255
_TEXT = frozenset({b"string", b"stringvector"})


def scan_exr(asset: Asset) -> Scan:
    """Find the string attributes of an OpenEXR file."""
    out = Collector(asset)
    pos = 8
    for _ in range(MAX_EXR_ATTRIBUTES):
        head = asset.read(pos, 2 * _MAX_NAME + 4)
        name = head.find(b"\0", 0, _MAX_NAME)
        if name <= 0:
            if name < 0:
                out.truncated("the header has no end", PLACE)
            break
        kind = head.find(b"\0", name + 1, name + 1 + _MAX_NAME)
        if kind < 0 or kind + 5 > len(head):
            out.truncated(f"no attribute at {pos}", PLACE)
            break
        size = int.from_bytes(head[kind + 1 : kind + 5], "little")
        length = kind + 5 + size
        if head[name + 1 : kind] in _TEXT:
            out.metadata(BlockKind.TEXT, PLACE, pos, length)
        pos += length
        if pos > asset.size:
            break
    else:
        out.limit(f"more than {MAX_EXR_ATTRIBUTES} attributes", PLACE)
    return out.finish("image/x-exr", "exr", can_carry=False)


FAMILY = Family(
    title="OpenEXR",
    media_types=("image/x-exr",),
    scan=scan_exr,
    example=b"\x76\x2f\x31\x01\2\0\0\0prompt\0string\0\2\0\0\0{}\0",
    stepped=True,
)
