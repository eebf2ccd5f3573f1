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
    whose carriage return is dropped, and the mark that editors on Windows set before text. Raises
    ListError for what is no list of names: UTF-16, a longer name than `MAX_NAME`, a NUL in one.
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
        for name in whole:
            yield from _name(name, null=null)
        _check(rest, null=null)
    yield from _name(rest, null=null)


def _name(raw: bytes, *, null: bool) -> Iterator[str]:
    _check(raw, null=null)
    if kept := raw if null else raw.removesuffix(b"\r"):
        yield os.fsdecode(kept)


def _check(raw: bytes, *, null: bool) -> None:
    if not null and b"\0" in raw:
        raise ListError("it holds NUL bytes; where names end with NUL, give -0")
    if len(raw) > MAX_NAME:
        raise ListError(f"a name of more than {MAX_NAME} bytes; is it a list of names?")
