"""Boxes of ISO BMFF (ISO/IEC 14496-12, 4.2), which JPEG XL shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from provenance.media.container.bounds import MAX_BOXES, MAX_INNER_BOXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.media.container.collect import Collector


class Box(NamedTuple):
    """One box: its type, and where it, its body and its end stand in the file.

    `end` is what the box declares; at the top level it may lie after the end of the file.
    """

    kind: bytes
    start: int
    body: int
    end: int


def walk(out: Collector, start: int, end: int, where: str = "") -> Iterator[Box]:
    """Yield the boxes of a range, headers only; `where` is empty at the top level.

    A header that cannot be is a finding and ends the walk, as is a bound: MAX_BOXES for the
    file, MAX_INNER_BOXES for the children of one box. Each box takes at least 8 bytes, so that
    none can be met twice. `out.gave_up` then tells where at the top level it was.
    """
    read, pos = out.asset.read, start
    left = MAX_INNER_BOXES if where else MAX_BOXES
    while pos + 8 <= end:
        if left <= 0 or out.boxes_left <= 0:
            out.limit("too many boxes", where)
            _gave_up(out, pos, where)
            return
        left -= 1
        out.boxes_left -= 1
        head = read(pos, 16)
        kind, size, body = head[4:8], int.from_bytes(head[:4], "big"), pos + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), pos + 16
            if len(head) < 16:
                out.truncated("the file ends within a box header", where)
                return
        elif size == 0:
            if kind == b"\0\0\0\0" and not where:
                out.trailing(end - pos)
                _gave_up(out, pos, where)
                return
            size = end - pos  # to the end of what encloses it
        if size < body - pos:
            out.truncated(f"a box of {size} bytes at {pos}", where)
            _gave_up(out, pos, where)
            return
        box_end = pos + size
        if box_end > end:
            out.truncated(f"a box at {pos} is longer than its parent", where)
            _gave_up(out, pos, where)
            if where:
                box_end = end
        yield Box(kind, pos, body, box_end)
        pos = box_end
    if pos < end and not where:
        out.trailing(end - pos)


def _gave_up(out: Collector, pos: int, where: str) -> None:
    """Keep where the walk over the file, not over a box in it, came to a place it cannot read."""
    if not where and out.gave_up < 0:
        out.gave_up = pos
