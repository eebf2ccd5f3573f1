"""RIFF: the children of LIST INFO (Multimedia Programming Interface 1.0), AIGC, bext, iXML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

_MAX_CHILDREN = 4_096
_BEXT = {
    "bext.Description": (0, 256),
    "bext.Originator": (256, 288),
    "bext.CodingHistory": (602, None),
}
"""Where the texts of a broadcast extension stand (EBU Tech 3285)."""


def add_riff_info(sink: Sink, block: Block) -> None:
    """Add the children of INFO and the texts of bext under their names, another chunk whole."""
    data = sink.load(block)
    if not data:
        return
    if block.place == "bext":
        for key, (start, stop) in _BEXT.items():
            value = data[start:stop].partition(b"\0")[0]
            if value:
                sink.text(key, value)
        return
    if block.place != "LIST INFO":
        sink.text(block.place, data)
        return
    pos = 0
    for _ in range(_MAX_CHILDREN):
        if len(data) - pos < 8:
            return
        size = int.from_bytes(data[pos + 4 : pos + 8], "little")
        if size > len(data) - pos - 8:
            sink.malformed("a child of INFO is longer than INFO")
        value = data[pos + 8 : pos + 8 + size]
        if value.strip(b"\0") or sink.everything:
            sink.text(data[pos : pos + 4].decode("latin-1"), value)
        pos += 8 + size + (size & 1)
    sink.limit(f"more than {_MAX_CHILDREN} children of INFO")
