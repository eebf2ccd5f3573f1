"""Comments of JPEG (COM) and GIF, and application segments that hold a bare label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.metadata.model import Source

if TYPE_CHECKING:
    from provenance.media.container.model import Block
    from provenance.media.metadata.sink import Sink

_LABEL = b"AIGC"


def read(sink: Sink, block: Block) -> None:
    """Add the text under the key `Comment`, or a bare label under the key `AIGC`."""
    data = sink.load(block)
    if not data:
        return
    if sink.source is Source.SEGMENT:
        sink.text("AIGC", data.removeprefix(_LABEL))
    else:
        sink.text("Comment", data)
