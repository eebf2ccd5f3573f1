"""Vorbis comments, in Ogg and FLAC (Vorbis I specification, 5; RFC 7845, 5.2; RFC 9639, 8.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

_PREFIXES = (b"\x03vorbis", b"OpusTags", b"\x81theora")
_FLAC_HEADER = 4  # a FLAC metadata block within Ogg: type 4 and its length
_MAX_COMMENTS = 4_096
_PICTURE = "METADATA_BLOCK_PICTURE"


def _comments_start(data: bytes) -> int:
    """Return where the comments of a packet begin, after what says that it has some."""
    for prefix in _PREFIXES:
        if data.startswith(prefix):
            return len(prefix)
    return _FLAC_HEADER if data[:1] in (b"\x04", b"\x84") else 0


def add_vorbis_comments(sink: Sink, block: Block) -> None:
    """Add each comment under its name as it is written; names do not depend on case."""
    data = sink.load(block)
    if data is None:
        return
    pos = _comments_start(data) if block.place != "VORBIS_COMMENT" else 0
    vendor = int.from_bytes(data[pos : pos + 4], "little")
    pos += 4 + vendor
    if pos + 4 > len(data):
        sink.malformed("the comment header ends early")
        return
    sink.text("vendor", data[pos - vendor : pos])
    count = int.from_bytes(data[pos : pos + 4], "little")
    pos += 4
    if count > _MAX_COMMENTS:
        sink.limit(f"{count} comments")
    for _ in range(min(count, _MAX_COMMENTS)):
        size = int.from_bytes(data[pos : pos + 4], "little")
        pos += 4
        if pos + size > len(data) or pos > len(data):
            sink.malformed("a comment is longer than its header")
            return
        name, equals, value = data[pos : pos + size].partition(b"=")
        pos += size
        key = name.decode("ascii", "replace")
        if not equals:
            sink.malformed("a comment without a name")
        elif key.upper() != _PICTURE:
            sink.text(key, value)
