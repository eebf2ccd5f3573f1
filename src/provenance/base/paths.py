"""Paths of files: lists of them as other programs write them, and patterns that they match."""

from __future__ import annotations

import codecs
import fnmatch
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 16
MAX_NAME = 1 << 16  # bytes; no system takes longer paths, and a list of one line is none
_ANY_DEPTH = "**"


class ListError(ValueError):
    """A list that cannot be read as one. The message says what to do."""


def names(stream: BinaryIO, *, null: bool) -> Iterator[str]:
    """Yield the names of a list, as `os.fsdecode` gives them; empty ones are left out.

    `null` says that names end with NUL, as `find -print0` writes them; else with a line break,
    whose carriage return is dropped, and the mark that editors on Windows set before text. Raises
    ListError for what is not a list of names: UTF-16, a longer name than `MAX_NAME`, a NUL in one.
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


def matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern fits a path as it is written; nothing is resolved or looked up.

    `*`, `?` and `[...]` match within one component, a component `**` matches any number of them,
    none included. A pattern fits from any folder of the path on, and from its root alone where it
    begins with `/`. Case counts. The time is bounded by components of pattern times those of path.
    """
    rooted, wanted = _compiled(pattern)
    written = path.replace(os.sep, "/")
    if rooted and not written.startswith("/"):
        return False
    parts = [part for part in written.split("/") if part not in {"", "."}]
    return _fit(wanted, parts)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> tuple[bool, tuple[re.Pattern[str] | None, ...]]:
    """Return whether the pattern is rooted, and a test for each component; None is `**`."""
    rooted = pattern.startswith("/")
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    if not rooted:
        parts.insert(0, _ANY_DEPTH)
    if pattern.endswith("/"):
        parts.append(_ANY_DEPTH)
    # fnmatch's own expressions do not backtrack from star to star
    tests = (None if p == _ANY_DEPTH else re.compile(fnmatch.translate(p)) for p in parts)
    return rooted, tuple(tests)


def _fit(tests: tuple[re.Pattern[str] | None, ...], parts: list[str]) -> bool:
    """Match as with `*` in a string: on a mismatch, let the last `**` take one more component."""
    test = part = 0
    star = resume = -1
    while part < len(parts):
        more = test < len(tests)
        current = tests[test] if more else None
        if more and current is None:
            star, resume = test, part
            test += 1
        elif current is not None and current.match(parts[part]):
            test += 1
            part += 1
        elif star >= 0:
            resume += 1
            test, part = star + 1, resume
        else:
            return False
    return all(pattern is None for pattern in tests[test:])


MEMBER = "!/"
"""Stands between a file and the name of what was found in it."""


def path_of(outer: str, names: tuple[str, ...]) -> str:
    """Return how a member of an archive is called: `outer.zip!/inner.tar!/x.png`."""
    return MEMBER.join((outer, *names))


def of_key(key: bytes) -> str:
    """Return the path that a ledger's `path_bytes` are of; bytes that are no UTF-8 are surrogates.

    It has a NUL where `path_of` puts `!/`.
    """
    return key.decode("utf-8", "surrogateescape").replace("\0", MEMBER)
