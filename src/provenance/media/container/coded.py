"""A manifest store in base64, told by its own first bytes, whatever is around it.

A file that holds a store is written in base64 as well: a picture in a page, an attachment. Its
store is in the middle of a run of base64 and not at the beginning of one.
"""

from __future__ import annotations

import re

from provenance.media.container.block import Span

CODED = b"anVtZGMycGEAEQAQgAAAqgA4m3E"  # in base64, what is 12 bytes into a store
START = 16  # characters in front of it
_FEWEST = 20  # characters of the shortest beginning of another file, such as a JPEG's 15 bytes
_RUN = re.compile(rb"[A-Za-z0-9+/=\s]+")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_INTRODUCED = re.compile(  # by the media type or the name of the element, some letters damaged
    rb"(?:/c2pa[\"']?[^\w,:;&]?|application/[^\s,:;&]{0,12}|manifest[\"']?[>\x80-\xff])\s{0,4}$"
    rb"|(?:c2pa;[A-Za-z0-9]{0,10}|base64),?\s{0,4}$",
    re.IGNORECASE,
)
_BEFORE = 64  # bytes


def begins(data: bytes, at: int) -> int:
    """Return where the store begins that has `CODED` at a place, -1 if it is another file's."""
    begin = at - START
    if begin < 0 or data[begin:at].strip(_LETTERS):
        return -1
    before = data[max(begin - _BEFORE, 0) : begin].rstrip()  # of base64 in lines the one before
    count = len(before) - len(before.rstrip(_LETTERS))
    return begin if count < _FEWEST else -1


def span(data: bytes, begin: int) -> Span:
    """Return the base64 that begins at a place, lines of it as well."""
    run = _RUN.match(data, begin)
    return Span(begin, run.end() - begin if run else 0)


def is_introduced(before: bytes) -> bool:
    """Tell whether what is in front of base64 says that a manifest store follows.

    A page or a record that only quotes one has other words there, or an escaped tag.
    """
    return _INTRODUCED.search(before[-_BEFORE:].replace(b"\0", b"")) is not None
