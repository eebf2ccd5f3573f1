"""APEv2 tags: at the end of a file, in front of an ID3v1 tag there, or at its beginning.

A header or a footer of 32 bytes begins with `APETAGEX` and says how long the items are
(APEv2 specification, Hydrogenaudio knowledge base).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.block import BlockKind

if TYPE_CHECKING:
    from provenance.media.container.collect import Collector

MAGIC = b"APETAGEX"
PLACE = "APEv2"
_HEAD = 32
_ID3V1 = 128  # bytes of an ID3v1 tag
_IS_HEADER = 1 << 29


def add_ape_tags(out: Collector) -> None:
    """Note the items of the tags of a file."""
    read, size = out.asset.read, out.asset.size
    ends = [size]
    if read(max(size - _ID3V1, 0), 3) == b"TAG":
        ends.append(size - _ID3V1)
    for end in ends:
        head = read(max(end - _HEAD, 0), _HEAD)
        if head.startswith(MAGIC):
            length = int.from_bytes(head[12:16], "little")  # of the items and the footer
            start = end - length
            if start < 0 or length < _HEAD:
                out.truncated("the tag is longer than the file", PLACE)
                start = 0
            out.metadata(BlockKind.TAGS, PLACE, start, end - _HEAD - start)
            return
    head = read(0, _HEAD)
    if head.startswith(MAGIC) and int.from_bytes(head[20:24], "little") & _IS_HEADER:
        length = int.from_bytes(head[12:16], "little")
        out.metadata(BlockKind.TAGS, PLACE, _HEAD, max(length - _HEAD, 0))
