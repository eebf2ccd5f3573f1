"""XMP blocks: which packets are parsed at all, and extended XMP (ISO 16684-1, ISO 16684-3).

The parser is loaded only for a packet that is worth it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.metadata import xmp_parse
from provenance.media.metadata.interest import interesting
from provenance.media.metadata.sink import MAX_BLOCK
from provenance.media.metadata.xmp import MAX_PACKET

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

_EXTENDED = "APP1 extended"
_HAS = b"HasExtendedXMP"
_GUID_BACK, _GUID = 40, 32  # the digest stands 40 bytes in front of the first part


def add_xmp_properties(sink: Sink, block: Block) -> None:
    """Add the properties under their customary prefixes (`dc:title`)."""
    data = sink.load(block, MAX_BLOCK)
    if data is None:
        return
    if block.place == "APP1" and _HAS in (data.replace(b"\0", b"") if b"\0" in data else data):
        sink.main = data
    if not _wanted(sink, data):
        return
    if block.place == _EXTENDED:
        _check(sink, block, data)
    _parse(sink, data)


def packet(sink: Sink, data: bytes) -> None:
    """Read a packet that was in another block."""
    if _wanted(sink, data):
        _parse(sink, data)


def _wanted(sink: Sink, data: bytes) -> bool:
    if not (sink.everything or interesting(data)):
        return False
    if len(data) > MAX_PACKET:
        sink.limit(f"an XMP packet of {len(data)} bytes")
        return False
    return True


def _check(sink: Sink, block: Block, data: bytes) -> None:
    """Check extended XMP against its digest, and whether the main packet names it."""
    guid = sink.asset.read(block.offset - _GUID_BACK, _GUID)
    xmp_parse.check_extended(sink, data, guid)
    if guid not in sink.main.replace(b"\0", b""):
        sink.malformed("extended XMP that the main packet does not name")


def _parse(sink: Sink, data: bytes) -> None:
    xmp_parse.fields(sink, data)
