"""Lists of names as other programs write them: one a line, or each ended by NUL."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 16
MAX_NAME = 1 << 16  # bytes; no system takes longer paths, and a list of one line is none


def names(stream: BinaryIO, *, null: bool) -> Iterator[str]:
    """Yield the names of a list, as `os.fsdecode` gives them; empty ones are left out.

    `null` says that names end with NUL, as `find -print0` writes them; else with a line break,
    whose carriage return is dropped. Longer names than `MAX_NAME` come in pieces.
    """
    end = b"\0" if null else b"\n"
    rest = b""
    read = getattr(stream, "read1", stream.read)  # what is there already, from a pipe
    while chunk := read(_CHUNK):
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
