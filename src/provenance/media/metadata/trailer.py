"""Samsung's trailer (SEF): named data after the image, such as `PhotoEditor_Re_Edit_Data`.

The directory is described in `media.container.samsung_trailer`; in front of each entry's data stand
two bytes of padding, its type (2), the length of its name (4) and the name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.bounds import MAX_SEF_ENTRIES
from provenance.media.container.samsung_trailer import ENTRY, HEADER, TAIL
from provenance.media.metadata.field import MAX_JSON

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

_MAX_NAME = 256
_VIDEO = "MotionPhoto_Data"


def add_trailer_entries(sink: Sink, block: Block) -> None:
    """Add each entry under its name; what is not text is named by its size only."""
    window = sink.window(block)
    if window is None:
        return
    at_offset, length = window
    size = int.from_bytes(at_offset(length - TAIL, 4), "little")
    directory = length - TAIL - size
    head = at_offset(directory, HEADER) if directory >= 0 else b""
    if head[:4] != b"SEFH":
        sink.malformed("the trailer has no directory")
        return
    count = min(int.from_bytes(head[8:12], "little"), MAX_SEF_ENTRIES)
    for entry in range(count):
        item = at_offset(directory + HEADER + entry * ENTRY, ENTRY)
        back = int.from_bytes(item[4:8], "little")
        total = int.from_bytes(item[8:12], "little")
        start = directory - back
        prefix = at_offset(start, 8) if start >= 0 else b""
        named = int.from_bytes(prefix[4:8], "little")
        if len(prefix) < 8 or named > min(_MAX_NAME, total - 8) or total > back:
            sink.malformed("an entry of the trailer names data that is not there")
            continue
        key = at_offset(start + 8, named).decode("utf-8", "replace")
        _add_entry(
            sink, key, at_offset(start + 8 + named, min(total - 8 - named, MAX_JSON + 1)), total
        )


def _add_entry(sink: Sink, key: str, value: bytes, total: int) -> None:
    if key == _VIDEO:
        sink.add(key, "present")
        return
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and "\0" not in text.rstrip("\0"):
        sink.add(key, text.rstrip("\0"))
    elif sink.everything:
        sink.add(key, f"{total} bytes")
