"""Patterns for the paths of files: `*` stays within a folder, `**` goes through folders."""

from __future__ import annotations

import fnmatch
import os
import re
from functools import lru_cache

_ANY_DEPTH = "**"


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
    return all(one is None for one in tests[test:])
