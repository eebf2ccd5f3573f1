"""QuickTime metadata: keys and ilst, `----` items, classic atoms of `udta`, lines of timed text.

QuickTime File Format, "Metadata"; ISO/IEC 14496-12, 8.10.1; 3GPP TS 26.244, 8, and TS 26.245, 5.17.
Items that hold pictures are stepped over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.metadata.field import MAX_JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Read, Sink

MAX_BOXES = 2_048  # children of one box
MAX_KEYS = 1_024
_CLASSIC = ("moov.udta", "moov.trak.udta")
_LINE = "moov.trak.text"
_SKIPPED = frozenset({b"meta", b"XMP_", b"uuid", b"udta", b"free", b"skip"})
_ENCODINGS = {1: "utf-8", 2: "utf-16-be", 3: "shift_jis", 4: "utf-8", 5: "utf-16-be"}
_INTEGERS = frozenset({21, 22, 65, 66, 67, 74, 75, 76, 77, 78})  # well-known types
_BINARY = 0


def add_atoms(sink: Sink, block: Block) -> None:
    """Add what a `meta` or a `udta` box holds, under the keys it gives."""
    window = sink.window(block)
    if window is None:
        return
    read, length = window
    if block.place in _CLASSIC:
        _atoms(sink, read, length)
        return
    if block.place == _LINE:
        _line(sink, read(0, length))
        return
    keys: list[str] = []
    lists: list[tuple[int, int]] = []
    for kind, body, end in _boxes(sink, read, 0, length):
        if kind == b"keys":
            keys = _keys(sink, read(body, min(end - body, MAX_JSON)))
        elif kind == b"ilst":
            lists.append((body, end))
    for body, end in lists[:1]:
        for kind, at, stop in _boxes(sink, read, body, end):
            _item(sink, read, kind, (at, stop), keys)


def _line(sink: Sink, data: bytes) -> None:
    """Read one sample of timed text: its length (2), the text, boxes that say how it looks."""
    text = data[2 : 2 + int.from_bytes(data[:2], "big")]
    if text[:2] in (b"\xfe\xff", b"\xff\xfe"):
        sink.add("text", text.decode("utf-16", "replace"))
    elif text:
        sink.text("text", text)


def _boxes(sink: Sink, read: Read, pos: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type of each box, where its body begins and where it ends."""
    for _ in range(MAX_BOXES):
        if end - pos < 8:
            return
        head = read(pos, 16)
        size, body = int.from_bytes(head[:4], "big"), pos + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), pos + 16
        elif size == 0:
            if head[4:8] == b"\0\0\0\0":
                return  # the zero that ends a list in QuickTime files
            size = end - pos
        if size < body - pos or pos + size > end:
            sink.malformed(f"a box of {size} bytes at {pos}")
            if size < body - pos:
                return
            size = end - pos
        yield head[4:8], body, pos + size
        pos += size
    sink.limit(f"more than {MAX_BOXES} boxes in one")


def _keys(sink: Sink, data: bytes) -> list[str]:
    """Read the table of keys: version and flags (4), count (4), then size, namespace, name."""
    count = int.from_bytes(data[4:8], "big")
    if count > MAX_KEYS:
        sink.limit(f"{count} keys")
    keys: list[str] = []
    pos = 8
    for _ in range(min(count, MAX_KEYS)):
        size = int.from_bytes(data[pos : pos + 4], "big")
        if size < 8 or pos + size > len(data):
            sink.malformed("a key is longer than its table")
            break
        keys.append(data[pos + 8 : pos + size].decode("utf-8", "replace"))
        pos += size
    return keys


def _item(sink: Sink, read: Read, kind: bytes, place: tuple[int, int], keys: list[str]) -> None:
    """Add the values of one item of `ilst`."""
    number = int.from_bytes(kind, "big")
    named = 1 <= number <= len(keys)
    key = keys[number - 1] if named else kind.decode("latin-1")
    parts: dict[bytes, str] = {}
    for inner, body, end in _boxes(sink, read, *place):
        if inner in (b"mean", b"name"):
            parts[inner] = read(body + 4, min(end - body - 4, 4_096)).decode("utf-8", "replace")
        elif inner == b"data":
            if kind == b"----":
                key = f"----:{parts.get(b'mean', '')}:{parts.get(b'name', '')}"
            _value(sink, read, key, body, end)


def _value(sink: Sink, read: Read, key: str, body: int, end: int) -> None:
    """Add one value: type (4), locale (4), then the data."""
    kind = int.from_bytes(read(body, 4), "big") & 0xFFFFFF
    size = end - body - 8
    if size < 0:
        sink.malformed(f"a value of {key[:64]!r} without its type")
        return
    if kind in _INTEGERS:
        data = read(body + 8, min(size, 8))
        sink.add(key, str(int.from_bytes(data, "big", signed=kind in (21, 65, 66, 67, 74))))
        return
    encoding = _ENCODINGS.get(kind, "utf-8" if kind == _BINARY else "")
    if not encoding:
        if sink.everything:
            sink.add(key, f"{size} bytes")
        return
    if size > MAX_JSON:
        sink.limit(f"a value of {size} bytes")
    data = read(body + 8, min(size, MAX_JSON))
    if encoding == "utf-8" and (kind != _BINARY or _printable(data)):
        sink.text(key, data)
    elif kind != _BINARY:
        sink.add(key, data.decode(encoding, "replace"))
    elif sink.everything:
        sink.add(key, f"{size} bytes")


def _atoms(sink: Sink, read: Read, length: int) -> None:
    """Read classic atoms: `(c)nam` with lists of text, 3GPP boxes, and others that are text."""
    for kind, body, end in _boxes(sink, read, 0, length):
        if kind in _SKIPPED:
            continue
        key = kind.decode("latin-1")
        size = end - body
        if size > MAX_JSON:
            sink.limit(f"an atom of {size} bytes")
        data = read(body, min(size, MAX_JSON))
        if data[4:8] == b"data":  # iTunes form, as in ilst
            _item(sink, read, kind, (body, end), [])
        elif kind[0] == 0xA9:
            _strings(sink, key, data)
        elif data[:4] == b"\0\0\0\0" and _printable(data[6:]):
            sink.text(key, data[6:])  # version and flags, language
        elif _printable(data):
            sink.text(key, data)
        elif sink.everything:
            sink.add(key, f"{size} bytes")


def _strings(sink: Sink, key: str, data: bytes) -> None:
    """Read text with its length (2) and language (2) in front, once a language."""
    pos = 0
    while len(data) - pos > 4:
        size = int.from_bytes(data[pos : pos + 2], "big")
        if size > len(data) - pos - 4:
            if pos == 0:
                sink.text(key, data)  # no length in front, as some writers have it
            return
        if size:
            sink.text(key, data[pos + 4 : pos + 4 + size])
        pos += 4 + size


def _printable(data: bytes) -> bool:
    """Tell whether bytes are UTF-8 text without control characters but line ends and tabs."""
    data = data.rstrip(b"\0")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(text) and not any(c < 32 and c not in (9, 10, 13) for c in set(data))
