"""JSON as generators leave it: after a key, cut, escaped, within JSON, with text after it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provenance.base.json_text import Json

_DECODER = json.JSONDecoder()
_BEGINNING = re.compile(r"[\s\0\ufeff]{0,64}(?:[\w .\-]{1,32}[:=\0]\s{0,8})?(?=[{\[\"])")
_BLANK = re.compile(r"[ \t\r\n]*")
_LAYERS = 4  # of JSON within JSON
_DEPTH_CUT = 6  # of objects within one another that are followed to where a text is cut


def begins(text: str) -> int:
    """Return where the JSON value of a text begins, -1 where the text does not begin with one.

    A key may be in front of it (`prompt:{`, `Workflow: {`, `parameters\\0{`), a sentence not.
    """
    match = _BEGINNING.match(text)
    return match.end() if match else -1


def leading_json(text: str) -> tuple[Json, bool]:
    """Return (the value that a text begins with, whether all of it could be read).

    What is after the value does not count. Of a value that is cut, or broken further on, what
    is in front of that is returned. JSON within JSON is opened. (None, False) where there is
    nothing.
    """
    whole = True
    for _ in range(_LAYERS):
        start = begins(text)
        if start < 0:
            return None, False
        if text.startswith('{\\"', start):  # escaped as within a string, without its quotes
            text = text.replace('\\"', '"').replace("\\\\", "\\")
        value: Json
        try:
            value, _ = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            value, _ = _partial(text, start, 0)
            whole = False
        if not isinstance(value, str):
            return value, whole
        text = value
    return None, False


def _partial(text: str, pos: int, depth: int) -> tuple[Json, int]:
    """Return what can be read of a value that is cut, and where that ends."""
    opened = text[pos : pos + 1]
    if opened not in ("{", "[") or depth > _DEPTH_CUT:
        return None, len(text)
    members: dict[str, Json] = {}
    items: list[Json] = []
    pos += 1
    while True:
        pos = _skipped(text, pos)
        key = ""
        if opened == "{":
            try:
                name, pos = _DECODER.raw_decode(text, pos)
            except (ValueError, RecursionError):
                break
            pos = _skipped(text, pos)
            if not isinstance(name, str) or text[pos : pos + 1] != ":":
                break
            key, pos = name, _skipped(text, pos + 1)
        cut = False
        try:
            value, pos = _DECODER.raw_decode(text, pos)
        except (ValueError, RecursionError):
            value, pos = _partial(text, pos, depth + 1)
            cut = True
        if opened == "{":
            members[key] = value
        elif value is not None:
            items.append(value)
        pos = _skipped(text, pos)
        if cut or text[pos : pos + 1] != ",":
            break
        pos += 1
    return (members if opened == "{" else items), pos


def _skipped(text: str, pos: int) -> int:
    blank = _BLANK.match(text, pos)
    return blank.end() if blank else pos
