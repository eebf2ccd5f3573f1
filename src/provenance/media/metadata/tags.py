"""Tags that are keys and texts: APEv2, AIFF, CAF and ASF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.metadata.sink import decoded

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

_MAX_ITEMS = 4_096
_MAX_KEY = 255  # bytes; APEv2 allows as many
_KIND = 6  # two bits of the flags of an APEv2 item: what its value is
_TEXT, _ADDRESS = 0, 4
_CONTENT = ("Title", "Author", "Copyright", "Description", "Rating")
_COMMENT = 8  # bytes of a comment of AIFF in front of its text
_UNICODE = 0  # the type of a value of ASF that is text
_LIBRARY = 12  # bytes in front of the name of an item of a library of ASF


def add_tags(sink: Sink, block: Block) -> None:
    """Add each text under its key."""
    data = sink.load(block)
    if data:
        _READERS[block.place](sink, data)


def _ape(sink: Sink, data: bytes) -> None:
    pos = 0
    for _ in range(_MAX_ITEMS):
        if len(data) - pos < 8:
            return
        size = int.from_bytes(data[pos : pos + 4], "little")
        flags = int.from_bytes(data[pos + 4 : pos + 8], "little")
        end = data.find(b"\0", pos + 8, pos + 9 + _MAX_KEY)
        if end < 0:
            sink.malformed("an item without a key")
            return
        key, value = decoded(data[pos + 8 : end]), data[end + 1 : end + 1 + size]
        if len(value) < size:
            sink.malformed("an item is longer than its tag")
        if flags & _KIND in (_TEXT, _ADDRESS):
            sink.text(key, value)
        elif sink.everything:
            sink.add(key, f"{size} bytes")
        pos = end + 1 + size
    sink.limit(f"more than {_MAX_ITEMS} items")


def _count(sink: Sink, data: bytes, order: Literal["little", "big"]) -> int:
    """Return how many items are read of so many, and say where that is not all."""
    count = int.from_bytes(data, order)
    if count > _MAX_ITEMS:
        sink.limit(f"more than {_MAX_ITEMS} items")
    return min(count, _MAX_ITEMS)


def _aiff(sink: Sink, data: bytes) -> None:
    kind, text = data[:4].decode("latin-1").strip(), data[8:]
    if kind != "COMT":
        sink.text(kind, text)
        return
    count, pos = _count(sink, text[:2], "big"), 2
    for _ in range(count):
        size = int.from_bytes(text[pos + 6 : pos + 8], "big")
        value = text[pos + _COMMENT : pos + _COMMENT + size]
        if len(text) < pos + _COMMENT or len(value) < size:
            sink.malformed("a comment is longer than its chunk")
        if not value:
            return
        sink.text(kind, value)
        pos += _COMMENT + size + (size & 1)


def _caf(sink: Sink, data: bytes) -> None:
    parts = data[4:].split(b"\0", 2 * _MAX_ITEMS)
    if len(parts) > 2 * _MAX_ITEMS:
        sink.limit(f"more than {_MAX_ITEMS} entries")
    for key, value in zip(parts[: 2 * _MAX_ITEMS : 2], parts[1 : 2 * _MAX_ITEMS : 2], strict=False):
        if key:
            sink.text(decoded(key[:_MAX_KEY]), value)


def _wide(data: bytes) -> str:
    return data[: len(data) & ~1].decode("utf-16-le", "replace").rstrip("\0")


def _add_content_description(sink: Sink, data: bytes) -> None:
    pos = 2 * len(_CONTENT)
    for n, key in enumerate(_CONTENT):
        size = int.from_bytes(data[2 * n : 2 * n + 2], "little")
        if value := _wide(data[pos : pos + size]):
            sink.add(key, value)
        pos += size


def _extended(sink: Sink, data: bytes) -> None:
    count, pos = _count(sink, data[:2], "little"), 2
    for _ in range(count):
        size = int.from_bytes(data[pos : pos + 2], "little")
        key, pos = _wide(data[pos + 2 : pos + 2 + size]), pos + 2 + size
        kind = int.from_bytes(data[pos : pos + 2], "little")
        size = int.from_bytes(data[pos + 2 : pos + 4], "little")
        value, pos = data[pos + 4 : pos + 4 + size], pos + 4 + size
        if pos > len(data):
            sink.malformed("a descriptor is longer than its object")
        if kind == _UNICODE and key and value:
            sink.add(key[:_MAX_KEY], _wide(value))
        if pos >= len(data):
            return


def _library(sink: Sink, data: bytes) -> None:
    count, pos = _count(sink, data[:2], "little"), 2
    for _ in range(count):
        names = int.from_bytes(data[pos + 4 : pos + 6], "little")
        kind = int.from_bytes(data[pos + 6 : pos + 8], "little")
        size = int.from_bytes(data[pos + 8 : pos + _LIBRARY], "little")
        begin = pos + _LIBRARY + names
        key, value = _wide(data[pos + _LIBRARY : begin]), data[begin : begin + size]
        pos = begin + size
        if pos > len(data):
            sink.malformed("a record is longer than its object")
        if kind == _UNICODE and key and value:
            sink.add(key[:_MAX_KEY], _wide(value))
        if pos >= len(data):
            return


_READERS: dict[str, Callable[[Sink, bytes], None]] = {
    "APEv2": _ape,
    "AIFF": _aiff,
    "CAF info": _caf,
    "ASF content": _add_content_description,
    "ASF extended": _extended,
    "ASF library": _library,
}
