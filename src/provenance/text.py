"""The one place where text out of a file is made fit for people and for machines.

A caption may hold terminal escapes, bidirectional overrides or ten megabytes of one letter.
Nothing that came out of a file is printed or serialised but through here. Machine formats carry
the file's *path* exactly; every other string from a file is cleaned in every format.
"""

from __future__ import annotations

import unicodedata

LIMIT = 256  # characters of one value in a report
URL_LIMIT = 1024
_ELLIPSIS = "…"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Characters that reorder or hide text (Unicode 16, UAX #9 and UTS #39), beyond category C.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_SAFE_SPACE = {"\t": " ", "\n": " ", "\r": " ", "\u2028": " ", "\u2029": " ", "\x85": " "}


def clean(value: str, limit: int = LIMIT) -> str:
    """Return `value` on one line, without control or bidi characters, cut to `limit` characters.

    Each character of category C (control, format, surrogate, private use, unassigned) becomes
    U+FFFD; line breaks and tabs become spaces; a cut shows as an ellipsis. Idempotent.
    """
    cut = len(value) > limit
    if cut:
        value = value[: limit - 1]
    if not (value.isascii() and value.isprintable()):
        value = "".join(map(_fit, value))
    return value + _ELLIPSIS if cut else value


def _fit(char: str) -> str:
    if char in _SAFE_SPACE:
        return _SAFE_SPACE[char]
    if char in _INVISIBLE or unicodedata.category(char)[0] == "C":
        return _REPLACEMENT
    if unicodedata.category(char) in {"Zl", "Zp"}:
        return " "
    return char


def clean_any(value: object, limit: int = LIMIT) -> str:
    """Clean a value of unknown type; anything but text is named by its type, not shown."""
    if isinstance(value, str):
        return clean(value, limit)
    if isinstance(value, bool | int | float):
        return clean(str(value), limit) if not isinstance(value, int) or _small(value) else "int"
    return type(value).__name__


def _small(value: int) -> bool:
    return value.bit_length() < 128  # str() of a huge integer takes quadratic time


def printable_path(path: str) -> str:
    """Return a path for people: what could move the terminal or hide is escaped visibly."""
    if path.isascii() and path.isprintable():
        return path
    return "".join(map(_escape, path))


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if char.isprintable() and char not in _INVISIBLE:
        return char
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )
