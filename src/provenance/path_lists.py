"""Lists of names as other programs write them: one a line, or each ended by NUL."""

from __future__ import annotations

import codecs
import os
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 16
MAX_NAME = 1 << 16  # bytes; no system takes longer paths, and a list of one line is none


class ListError(ValueError):
    """A list that cannot be read as one. The message says what to do."""


def names(stream: BinaryIO, *, null: bool) -> Iterator[str]:
    """Yield the names of a list, as `os.fsdecode` gives them; empty ones are left out.

    `null` says that names end with NUL, as `find -print0` writes them; else with a line break,
    whose carriage return is dropped, and the mark that editors on Windows set before text. Longer
    names than `MAX_NAME` come in pieces. Raises ListError for a list in UTF-16.
    """
    end = b"\0" if null else b"\n"
    rest = b""
    read = getattr(stream, "read1", stream.read)  # what is there already, from a pipe
    opened = null
    while chunk := read(_CHUNK):
        if not opened:
            wide = chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            if wide and b"\0" in chunk:  # without one it is a name of odd bytes
                raise ListError("UTF-16; write it as UTF-8")
            chunk, opened = chunk.removeprefix(codecs.BOM_UTF8), True
        *whole, rest = (rest + chunk).split(end)
        if len(rest) > MAX_NAME:
            whole.append(rest)
            rest = b""
        for name in whole:
            kept = name if null else name.removesuffix(b"\r")
            if kept:
                yield os.fsdecode(kept)
    rest = rest if null else rest.removesuffix(b"\r")
    if rest:
        yield os.fsdecode(rest)
