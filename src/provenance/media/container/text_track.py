"""The first lines of a text track of ISO BMFF: some generators write their settings as subtitles.

A track whose handler is `text`, `sbtl` or `subt` (ISO/IEC 14496-12, 8.4.3; QuickTime File Format,
"Text Media") has its samples where the tables of `stbl` say: `stsz`, `stsc` and `stco` or `co64`
(8.7). What is odd in the tables is not a finding: it hides nothing but a line of subtitles.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from provenance.media.container.block import BlockKind
from provenance.media.container.bounds import (
    MAX_TEXT_SAMPLE,
    MAX_TEXT_SAMPLES,
    MAX_TEXT_TABLE,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.media.container.collect import Collector

PLACE = "moov.trak.text"
_HANDLERS = frozenset({b"text", b"sbtl", b"subt"})
_CHILDREN = 64  # of one box; media boxes have about ten
_LOOKED_AT = 512  # samples, and chunks of them: some writers put a pause between any two lines


def add_text_samples(out: Collector, start: int, end: int) -> None:
    """Note the first samples of a track, given its `mdia` box, where it is one of text."""
    inside = dict(_boxes(out, start, end))
    handler = inside.get(b"hdlr")
    if handler is None or out.asset.read(handler[0] + 8, 4) not in _HANDLERS:
        return
    for kind in (b"minf", b"stbl"):
        if kind not in inside:
            return
        inside = dict(_boxes(out, *inside[kind]))
    left = MAX_TEXT_SAMPLES
    for offset, size in islice(_samples(out, inside), _LOOKED_AT):
        # an empty sample is a pause: two bytes of length and no text
        if 2 < size <= MAX_TEXT_SAMPLE and offset + size <= out.asset.size:
            out.metadata(BlockKind.QUICKTIME, PLACE, offset, size)
            left -= 1
            if left <= 0:
                return


def _boxes(out: Collector, pos: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield the type of each child, where its body begins and where it ends."""
    for _ in range(_CHILDREN):
        if pos + 8 > end:
            return
        head = out.asset.read(pos, 8)
        size = int.from_bytes(head[:4], "big")
        if len(head) < 8 or size < 8 or pos + size > end:
            return
        yield head[4:8], (pos + 8, pos + size)
        pos += size


def _table(out: Collector, inside: dict[bytes, tuple[int, int]], kind: bytes) -> bytes:
    body, end = inside.get(kind, (0, 0))
    return out.asset.read(body, min(end - body, MAX_TEXT_TABLE)) if end > body else b""


def _numbers(data: bytes, at: int, width: int = 4) -> Iterator[int]:
    for pos in range(at, len(data) - width + 1, width):
        yield int.from_bytes(data[pos : pos + width], "big")


def _samples(out: Collector, inside: dict[bytes, tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield (offset, size) of the first samples, in the order of the tables."""
    sizes = _table(out, inside, b"stsz")
    runs = _table(out, inside, b"stsc")
    wide = b"co64" in inside
    chunks = _table(out, inside, b"co64" if wide else b"stco")
    same = int.from_bytes(sizes[4:8], "big")
    count = int.from_bytes(sizes[8:12], "big")
    each = iter([same] * min(count, _LOOKED_AT)) if same else _numbers(sizes, 12)
    # entries of three: the first chunk of a run, samples in each of its chunks, description
    starts = list(islice(_numbers(runs, 8), 3 * _LOOKED_AT))
    entries = list(zip(starts[::3], starts[1::3], strict=False))
    entry = 0
    offsets = islice(_numbers(chunks, 8, 8 if wide else 4), _LOOKED_AT)
    for number, chunk in enumerate(offsets, 1):
        while entry + 1 < len(entries) and entries[entry + 1][0] <= number:
            entry += 1
        if not entries:
            return
        offset = chunk
        for _ in range(min(entries[entry][1], _LOOKED_AT)):
            size = next(each, None)
            if size is None:
                return
            yield offset, size
            offset += size
