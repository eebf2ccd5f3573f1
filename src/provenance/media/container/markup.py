"""Markup as text: what is within comments, CDATA sections and instructions is not an element."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from provenance.media.container.bounds import MAX_SVG_HIDDEN

if TYPE_CHECKING:
    import re

    from provenance.media.container.collect import Collector

_HIDDEN = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}  # what is not an element within


class Visible:
    """The text of one file, and which parts of it count for nothing."""

    __slots__ = ("_ends", "_starts", "data")

    def __init__(self, out: Collector, data: bytes) -> None:
        self.data = data
        self._starts: list[int] = []
        self._ends: list[int] = []
        at = 0
        opened = {start: data.find(start) for start in _HIDDEN}
        while len(self._starts) < MAX_SVG_HIDDEN:
            for start, place in opened.items():
                if 0 <= place < at:  # within the one before
                    opened[start] = data.find(start, at)
            met = [(place, start) for start, place in opened.items() if place >= 0]
            if not met:
                return
            begin, start = min(met)
            end = data.find(_HIDDEN[start], begin + len(start))
            at = end + len(_HIDDEN[start]) if end >= 0 else len(data)
            self._starts.append(begin)
            self._ends.append(at)
        out.limit(f"more than {MAX_SVG_HIDDEN} comments")

    def visible(self, pattern: re.Pattern[bytes], at: int = 0) -> re.Match[bytes] | None:
        """Return the next match from `at` outside of comments, CDATA and instructions."""
        while (match := pattern.search(self.data, at)) is not None:
            within = bisect_right(self._starts, match.start()) - 1
            if within < 0 or match.start() >= self._ends[within]:
                return match
            at = self._ends[within]
        return None
