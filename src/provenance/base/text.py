"""The one place where text out of a file is made fit for people and for machines.

A caption may hold terminal escapes, bidirectional overrides or ten megabytes of one letter.
Nothing that came out of a file is printed or serialised but through here. Machine formats carry
the file's *path* exactly; every other string from a file is cleaned in every format.
"""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 256  # characters of one value in a report
URL_LIMIT = 1024
NAME_LIMIT = 64  # of a name within a sentence
_ELLIPSIS = "…"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Characters that reorder or hide text (Unicode 16, UAX #9 and UTS #39), beyond category C.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_SPACES = frozenset("\t\n\r\x85\u2800")  # beside category Z
_MAX_MARKS = 4  # on one letter
_PLAIN = frozenset(" .+-_/&'")  # beside letters and digits, of a name that needs no quotes
_MAX_WORDS = 4  # of such a name: more may be a sentence


def clean(value: str, limit: int = LIMIT) -> str:
    """Return `value` on one line, without control or bidi characters, cut to `limit` characters.

    Each character of category C (control, format, surrogate, private use, unassigned) becomes
    U+FFFD; line breaks, tabs and spaces of every kind become spaces; of many marks on one letter
    four stay; a cut shows as an ellipsis. Idempotent.
    """
    cut = len(value) > limit
    if cut:
        value = value[: limit - 1]
    if not (value.isascii() and value.isprintable()):
        value = "".join(_fitting(value))
    return value + _ELLIPSIS if cut else value


def _fitting(value: str) -> Iterator[str]:
    marks = 0
    for char in value:
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in {"Mn", "Me"} and char not in _INVISIBLE else 0
        if char in _SPACES or kind[0] == "Z":
            yield " "
        elif char in _INVISIBLE or kind[0] == "C":
            yield _REPLACEMENT
        elif marks <= _MAX_MARKS:
            yield char


def named(value: str, limit: int = NAME_LIMIT) -> str:
    """Return a name out of a file for a sentence of ours, in which it must not speak for us.

    Cleaned, spaces joined, cut. It stands in quotes but where it is a few words of letters, digits
    and what names have: anything else, such as a comma, may begin a sentence like ours.
    """
    text = " ".join(clean(value, 4 * LIMIT).split())
    plain = clean(text, limit)
    if plain == text and not _speaks(text):
        return plain
    return '"' + plain.replace('"', "'") + '"'


def _speaks(text: str) -> bool:
    words = text.split(" ")
    return (
        len(words) > _MAX_WORDS
        or any(word.endswith(".") for word in words[:-1])
        or any(not any(map(str.isalnum, word)) for word in words)
        or any(not (c.isalnum() or c in _PLAIN or unicodedata.combining(c)) for c in text)
    )


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
    """Return a path for people: what could move the terminal or hide is escaped visibly.

    Different paths stay different: a backslash is doubled where it separates nothing, `\\xNN` is a
    control character of ASCII or a byte that is not UTF-8, and no path is a pair of quotes.
    """
    if "\\" in path and os.sep != "\\":
        path = path.replace("\\", "\\\\")
    return printable(path) or "''"


def printable(text: str) -> str:
    """Return a message for people, which may hold printable paths: escaped where need be, whole."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escape, text))


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if char.isprintable() and char not in _INVISIBLE:
        return char
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
