"""Where the marker segments of a JPEG are, to its end: what no segment holds, no box hash covers.

A scan for metadata ends at the first scan of pixels; this reads the whole file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provenance.media.asset import Asset

_CHUNK = 1 << 20
_MAX_SEGMENTS = 1 << 16
# In entropy-coded data a marker is what is neither stuffed (00) nor a restart (RSTn), ISO/IEC
# 10918-1, B.1.1.5; between segments RSTn is a marker like any other.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # TEM, RSTn, SOI: no length follows
_EOI, _SOS = 0xD9, 0xDA


def unboxed(asset: Asset) -> int:
    """Return how many bytes stand in no marker segment: between them, and behind the end.

    Fill bytes are among them. Where the file ends within a segment, or has too many, all of the
    rest is.
    """
    size, loose, at = asset.size, 0, 2
    for _ in range(_MAX_SEGMENTS):
        found = _next(asset, at, _MARKER)
        if found is None:
            break
        loose += found - at
        marker = asset.read(found + 1, 1)[0]
        at = found + 2
        if marker == _EOI:
            break
        if marker in _STANDALONE:
            continue
        length = int.from_bytes(asset.read(at, 2), "big")
        if length < 2 or at + length > size:
            break
        at += length
        if marker == _SOS:
            found = _next(asset, at, _AFTER_SCAN)
            at = size if found is None else found
    return loose + size - at


def _next(asset: Asset, at: int, pattern: re.Pattern[bytes]) -> int | None:
    """Return where the next marker begins, behind its fill bytes."""
    while at + 2 <= asset.size:
        chunk = asset.read(at, _CHUNK)
        found = pattern.search(chunk)
        if found is not None:
            return at + found.start()
        at += len(chunk) - 1  # a marker may stand on the edge
    return None
