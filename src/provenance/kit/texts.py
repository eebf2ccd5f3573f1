"""Text and pages of the kit, and a manifest store in them (C2PA 2.4 sections A.7, A.8 and A.9)."""

from __future__ import annotations

import base64
import re

from provenance.kit.media import StoreSpan

_PAGE = (
    b'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Sample</title>\n'
    b"</head>\n<body>\n<p>A page without meaning.</p>\n</body>\n</html>\n"
)
_PROGRAM = b'"""A program without meaning."""\n\nfor number in range(3):\n    print(number * "=")\n'
_PROSE = b"A text without meaning, of two sentences. This is the second one.\n"
_BEGIN, _END = b"-----BEGIN C2PA MANIFEST-----", b"-----END C2PA MANIFEST-----"
_DATA = b"data:application/c2pa;base64,"
_MARK = b"\xef\xbb\xbf"  # U+FEFF
_RUN = re.compile(_MARK + rb"((?:\xef\xb8[\x80-\x8f]|\xf3\xa0[\x84-\x87][\x80-\xbf])+)")
_FIXED = 13  # bytes of a wrapper in front of the store


def page() -> bytes:
    """An HTML page."""
    return _PAGE


def program() -> bytes:
    """A program in Python, for a credential in a comment."""
    return _PROGRAM


def prose() -> bytes:
    """A text, for a credential in variation selectors."""
    return _PROSE


class _Html:
    """A `script` element in the head (A.7.1.1)."""

    _OPEN, _CLOSE = b'<script type="application/c2pa">', b"</script>"

    def find(self, data: bytes) -> StoreSpan | None:
        start = data.find(self._OPEN)
        if start < 0:
            return None
        return StoreSpan(start, data.index(self._CLOSE, start) + len(self._CLOSE) - start)

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        whole = data[span.start : span.end]
        return base64.b64decode(whole.removeprefix(self._OPEN).removesuffix(self._CLOSE))

    def insert(self, data: bytes, store: bytes) -> bytes:
        at = data.index(b"</head>")
        return data[:at] + self._OPEN + base64.b64encode(store) + self._CLOSE + data[at:]

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[: span.start] + data[span.end :]


class _Comment:
    """A comment in the first line, between delimiters (A.9.3.1), with its line end (A.9.4)."""

    def find(self, data: bytes) -> StoreSpan | None:
        at = data.find(_BEGIN)
        if at < 0:
            return None
        start = data.rfind(b"\n", 0, at) + 1
        return StoreSpan(start, data.index(b"\n", at) + 1 - start)

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        start = data.index(_DATA, span.start) + len(_DATA)
        return base64.b64decode(data[start : data.index(_END, start)])

    def insert(self, data: bytes, store: bytes) -> bytes:
        return b"# %s %s%s %s\n" % (_BEGIN, _DATA, base64.b64encode(store), _END) + data

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[: span.start] + data[span.end :]


class _Wrapper:
    """A `C2PATextManifestWrapper` at the end (A.8.2); how long it is depends on what is in it."""

    def find(self, data: bytes) -> StoreSpan | None:
        match = _RUN.search(data)
        return StoreSpan(match.start(), match.end() - match.start()) if match else None

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        text = data[span.start + len(_MARK) : span.end].decode()
        payload = bytes(n - 0xFE00 if n < 0xE0100 else n - 0xE0100 + 16 for n in map(ord, text))
        return payload[_FIXED:]

    def insert(self, data: bytes, store: bytes) -> bytes:
        return data + wrapper(store)

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[: span.start] + data[span.end :]


def selectors(data: bytes) -> str:
    """Bytes as variation selectors (A.8.3.1)."""
    return "".join(chr(0xFE00 + b if b < 16 else 0xE0100 + b - 16) for b in data)


def wrapper(store: bytes) -> bytes:
    """A store as a wrapper in UTF-8, its mark in front."""
    return _MARK + selectors(b"C2PATXT\0\1" + len(store).to_bytes(4, "big") + store).encode()


HTML, COMMENT, WRAPPER = _Html(), _Comment(), _Wrapper()
