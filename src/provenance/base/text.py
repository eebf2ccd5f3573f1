"""The one place where text out of a file is made fit for people and for machines.

A caption may hold terminal escapes, bidirectional overrides or ten megabytes of one letter.
Nothing that came out of a file is printed or serialised but through here. Machine formats carry
the file's *path* exactly; every other string from a file is cleaned in every format.
"""

from __future__ import annotations

import os
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 256  # characters of one value in a report
URL_LIMIT = 1024
NAME_LIMIT = 64  # of a name within a sentence
UNKNOWN_VALUE = "unknown value"  # for free text where a name of a vocabulary belongs
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,40}(?:[.:][A-Za-z0-9_-]{1,40}){1,6}")
_MEDIA_TYPE = re.compile(
    r"(?:application|audio|font|image|message|model|multipart|text|video)"
    r"/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,62}"
)
_ENDINGS = frozenset(
    {"png", "jpg", "jpeg", "webp", "gif", "tiff", "dng", "heic", "heif", "avif", "jxl", "svg"}
    | {"mp4", "mov", "avi", "webm", "mkv", "mp3", "wav", "flac", "ogg", "m4a", "pdf"}
)
_ELLIPSIS = "…"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Characters that reorder or hide text (Unicode 16, UAX #9 and UTS #39), beyond category C.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_SPACES = frozenset("\t\n\r\x85\u2800")  # beside category Z
_MAX_MARKS = 4  # on one letter
_PLAIN = frozenset(" .+-_/&'")  # beside letters and digits, of a name that needs no quotes
_MAX_WORDS = 4  # of such a name: more may be a sentence
_ASCII_SPACES = " \t\n\r\x0b\x0c"
_SPACE_RUN = re.compile(f"[{_ASCII_SPACES}]+")


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


def quotable_name(value: str, limit: int = NAME_LIMIT) -> str:
    """Return a name out of a file for a sentence of ours, in which it must not speak for us.

    Cleaned, spaces joined, cut. It is in quotes but where it is a few words of letters, digits
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


def is_label(value: str) -> bool:
    """Tell whether a text is a dotted name, as vendors make them (`com.example.edited`)."""
    return bool(_LABEL.fullmatch(value))


def is_media_type(value: str) -> bool:
    """Tell whether a text has the form of a media type (RFC 6838), or is a format's usual ending.

    OpenAI's files say `png`.
    """
    return bool(_MEDIA_TYPE.fullmatch(value)) or value in _ENDINGS


def expected(value: str, *, fits: bool, show: bool = False) -> str:
    """Return a text out of a file where a name of a vocabulary belongs, or say that it is none.

    Free text in such a place may be a name, a prompt or a message to whoever reads the report.
    """
    return value if fits or show or not value else UNKNOWN_VALUE


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


def folded(name: str) -> str:
    """Return a name for comparison with another: letter case and spaces at the ends do not count.

    Two names that a person could tell apart stay apart. Unicode's own case folding and its
    compatibility forms turn characters into other ones (the long s into "s", the ligature fi into
    "fi", the Kelvin sign into "k"), so that a name which anybody may get equals one that few may.
    Here a character counts as the small form of another only where each is the other's only
    counterpart, and nothing but ASCII equals ASCII. The length is for the caller to bound.
    """
    name = name.strip(_ASCII_SPACES)
    if name.isascii():
        return name.lower()
    # NFC alone joins a letter with its accents; it also turns a few characters into ASCII.
    kept = (c if c.isascii() or not _composed(c).isascii() else _REPLACEMENT for c in name)
    return "".join(map(_lower, _composed("".join(kept))))


def folded_words(name: str) -> str:
    """Return `folded` with every run of ASCII spaces as one."""
    return " ".join(word for word in folded(_SPACE_RUN.sub(" ", name)).split(" ") if word)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _lower(char: str) -> str:
    small = char.lower()
    return small if small.upper() == char else char
