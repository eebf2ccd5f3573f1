"""The Info dictionary of PDF (ISO 32000-1, 14.3.3): names and strings (7.3.4, 7.3.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.media.container.block import Coding
from provenance.media.metadata.sink import decoded

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

MAX_ENTRIES = 1_024
MAX_PARTS = 100_000  # runs and escapes of all strings of one dictionary
_NAME = re.compile(rb"/([^\s/<>()\[\]{}%]{0,256})\s*")
_PART = re.compile(rb"[^()\\]+|\\(?:[0-7]{1,3}|\r\n|.)|[()]", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_HEX_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


def add_pdf_info(sink: Sink, block: Block) -> None:
    """Add the entries that are strings under their names, without the slash."""
    data = sink.load(block)
    if not data:
        return
    if block.coding is not Coding.RAW:
        _, number, _, first = block.place.split(" ")  # `provenance.media.container.pdf`
        dictionary = _member(data, int(number), int(first))
        if dictionary is None:
            sink.malformed("the object stream does not hold the Info dictionary")
            return
        data = dictionary
    start = data.find(b"<<")
    if start < 0:
        sink.malformed("the Info dictionary is none")
        return
    _dictionary(sink, data, start + 2)


def _dictionary(sink: Sink, data: bytes, pos: int) -> None:
    left = MAX_PARTS
    for _ in range(MAX_ENTRIES):
        pos = data.find(b"/", pos)
        match = _NAME.match(data, pos) if pos >= 0 else None
        if match is None:
            return
        key = _HEX_ESCAPE.sub(lambda m: bytes.fromhex(m[1].decode()), match[1])
        pos = match.end()
        if data[pos : pos + 1] == b"(":
            value, pos, used = _literal(data, pos + 1, left)
            left -= used
            if left <= 0:
                sink.limit(f"strings of more than {MAX_PARTS} parts")
                return
        elif data[pos : pos + 1] == b"<" and data[pos + 1 : pos + 2] != b"<":
            end = data.find(b">", pos)
            if end < 0:
                sink.malformed("a string that does not end")
                return
            value, pos = _hexadecimal(data[pos + 1 : end]), end + 1
        else:
            # a name, a number or a reference: a value that is a name is stepped over
            if data[pos : pos + 1] == b"/":
                pos += 1
            continue
        if pos < 0:
            sink.malformed("a string that does not end")
            return
        sink.add(decoded(key), _text(value))
    sink.limit(f"more than {MAX_ENTRIES} entries")


def _literal(data: bytes, pos: int, left: int) -> tuple[bytes, int, int]:
    """Read a literal string from after its parenthesis.

    Return it, where it ends or -1, and how many parts it took, of no more than `left`.
    """
    parts: list[bytes] = []
    depth = 1
    used = 0
    for used, match in enumerate(_PART.finditer(data, pos), 1):
        if used >= left:
            break
        part = match[0]
        if part == b"(":
            depth += 1
        elif part == b")":
            depth -= 1
            if depth == 0:
                return b"".join(parts), match.end(), used
        elif part[:1] == b"\\":
            escaped = part[1:]
            if escaped[:1].isdigit():
                part = bytes([int(escaped, 8) & 0xFF])
            elif escaped in (b"\n", b"\r", b"\r\n"):
                continue  # the line goes on
            else:
                part = _ESCAPES.get(escaped, escaped)
        parts.append(part)
    return b"", -1, used


def _hexadecimal(digits: bytes) -> bytes:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", digits)
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _text(value: bytes) -> str:
    """Decode a text string (7.9.2.2; UTF-8 from PDF 2.0 on); PDFDocEncoding is taken as Latin-1."""
    if value[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return value.decode("utf-16", "replace")
    return decoded(value.removeprefix(b"\xef\xbb\xbf"))


def _member(data: bytes, number: int, first: int) -> bytes | None:
    """Return one object of an object stream (7.5.7): pairs of number and offset lead it."""
    numbers = [int(n[:10]) for n in data[:first].split() if n.isdigit()]
    for index in range(0, len(numbers) - 1, 2):
        if numbers[index] == number:
            start = numbers[index + 1]
            stop = min((n for n in numbers[1::2] if n > start), default=len(data))
            return data[first + start : first + stop]
    return None
