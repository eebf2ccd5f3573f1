"""Where the media of a BMFF file stand, by its tables of offsets (ISO/IEC 14496-12).

For hashes that leave those tables out: samples could then be read from anywhere in the file.
"""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol

    class _Asset(Protocol):
        @property
        def size(self) -> int: ...

        def read(self, offset: int, length: int) -> bytes: ...


MAX_TABLE = 4 << 20  # bytes of one table: a million samples
MAX_BOXES = 100_000
MAX_EXTENTS = 1 << 18
_BASE, _SIZE, _FROM_MOOF = 0x1, 0x10, 0x2_0000  # flags of tfhd (8.8.7)
_OFFSET, _FIRST, _SIZES = 0x1, 0x4, 0x200  # flags of trun (8.8.8)
_TABLES = frozenset({b"stco", b"co64", b"stsc", b"stsz", b"iloc", b"idat"})
_COLUMNS = (0x100, _SIZES, 0x400, 0x800)


class ExtentError(ValueError):
    """Tables that cannot be followed within bounds. The message says why."""


@dataclass(frozen=True, slots=True)
class MediaRange:
    """A range of bytes that holds media.

    `owner` is the track's number, or minus the item's: positive for tracks, else for items.
    `kind` is the type of the track's handler or of the item, empty where it is not known.
    """

    owner: int
    start: int
    end: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int


def media(asset: _Asset) -> list[MediaRange]:
    """Return where chunks, runs of samples and items stand, in the order of their tables.

    Raises ExtentError where a table cannot be followed, or refers to another file.
    """
    try:
        extents = list(itertools.islice(_ExtentWalk(asset).extents(), MAX_EXTENTS + 1))
    except (struct.error, IndexError) as e:
        raise ExtentError("a table ends before what it declares") from e
    if len(extents) > MAX_EXTENTS:
        raise ExtentError(f"more than {MAX_EXTENTS} places")
    return [extent for extent in extents if extent.end > extent.start]


class _ExtentWalk:
    """Reads boxes and tables of one asset, and counts the boxes."""

    def __init__(self, asset: _Asset) -> None:
        self.asset = asset
        self.left = MAX_BOXES
        self.kinds: dict[int, str] = {}  # type of handler by track
        self.defaults: dict[int, int] = {}  # default sample size by track (trex)

    def extents(self) -> Iterator[MediaRange]:
        for top in self.boxes(0, self.asset.size):
            if top.kind == b"moov":
                yield from self.movie(top)
            elif top.kind == b"moof":
                yield from self.fragment(top)
            elif top.kind == b"meta":
                yield from self.items(top)

    def boxes(self, start: int, end: int) -> Iterator[_Box]:
        at = start
        while at + 8 <= end:
            self.left -= 1
            if self.left < 0:
                raise ExtentError("too many boxes")
            head = self.asset.read(at, 16)
            size, body = int.from_bytes(head[:4], "big"), at + 8
            if size == 1:
                size, body = int.from_bytes(head[8:16], "big"), at + 16
            elif size == 0:
                size = end - at
            if size < body - at or at + size > end:
                raise ExtentError("a box does not fit")
            yield _Box(head[4:8], at, body, at + size)
            at += size

    def inside(self, box: _Box, *path: bytes) -> _Box | None:
        """Return the box at a path below another, of several the first."""
        for kind in path:
            child = next((b for b in self.boxes(box.body, box.end) if b.kind == kind), None)
            if child is None:
                return None
            box = child
        return box

    def table(self, box: _Box | None) -> bytes:
        """Return the body of a full box, version and flags in front; empty where it is missing."""
        if box is None:
            return b""
        if box.end - box.body > MAX_TABLE:
            raise ExtentError("a table is over the bound")
        return self.asset.read(box.body, box.end - box.body)

    def movie(self, moov: _Box) -> Iterator[MediaRange]:
        for box in self.boxes(moov.body, moov.end):
            if box.kind == b"mvex":
                for inner in self.boxes(box.body, box.end):
                    if inner.kind == b"trex":
                        track, _, _, size = struct.unpack_from(">4I", self.table(inner), 4)
                        self.defaults[track] = size
            elif box.kind == b"trak":
                yield from self.track(box)
            elif box.kind == b"meta":
                yield from self.items(box)

    def track(self, trak: _Box) -> Iterator[MediaRange]:
        """Follow the chunks of a track (8.7)."""
        number = self.number(trak)
        stbl = self.inside(trak, b"mdia", b"minf", b"stbl")
        held = _once(self.boxes(stbl.body, stbl.end)) if stbl else {}
        if b"stco" in held and b"co64" in held:
            raise ExtentError("a track has two tables of its chunks")
        width, size = ("Q", 8) if b"co64" in held else ("I", 4)
        table = self.table(held.get(b"co64") or held.get(b"stco"))
        if not table:
            return
        (count,) = struct.unpack_from(">I", table, 4)
        if len(table) != 8 + count * size:
            raise ExtentError("a table of chunks that does not end with its last entry")
        offsets = struct.unpack_from(f">{count}{width}", table, 8)
        sizes = _chunk_sizes(self.table(held.get(b"stsc")), self.table(held.get(b"stsz")), count)
        for offset, size in zip(offsets, sizes, strict=True):
            yield MediaRange(number, offset, offset + size, self.kinds[number])

    def number(self, trak: _Box) -> int:
        """Return the number of a track (8.3.2), and keep what handles it (8.4.3)."""
        header = self.table(self.inside(trak, b"tkhd"))
        number = max(self.kinds, default=0) + 1  # where it does not say
        if header:
            (number,) = struct.unpack_from(">I", header, 20 if header[:1] == b"\1" else 12)
        handler = self.table(self.inside(trak, b"mdia", b"hdlr"))
        if number in self.kinds or not number:
            raise ExtentError("two tracks of one number")
        self.kinds[number] = handler[8:12].decode("latin-1")
        return number

    def fragment(self, moof: _Box) -> Iterator[MediaRange]:
        """Follow the runs of samples of a movie fragment (8.8)."""
        follows = moof.start
        for traf in self.boxes(moof.body, moof.end):
            if traf.kind != b"traf":
                continue
            base, size, track = moof.start, 0, 0
            for box in self.boxes(traf.body, traf.end):
                if box.kind == b"tfhd":
                    base, size, track = self.header(self.table(box), moof.start, follows)
                elif box.kind == b"trun":
                    start, length = _sample_run(self.table(box), base, size, follows)
                    yield MediaRange(
                        max(track, 1), start, start + length, self.kinds.get(track, "")
                    )
                    follows = start + length

    def header(self, table: bytes, moof: int, follows: int) -> tuple[int, int, int]:
        """Return (base of the offsets, default sample size, track) of a `tfhd`."""
        flags, track = struct.unpack_from(">2I", table)
        at = 8
        base = moof if flags & _FROM_MOOF or follows == moof else follows
        if flags & _BASE:
            (base,) = struct.unpack_from(">Q", table, at)
            at += 8
        at += 4 * bool(flags & 0x2) + 4 * bool(flags & 0x8)
        size = self.defaults.get(track, 0)
        if flags & _SIZE:
            (size,) = struct.unpack_from(">I", table, at)
        return base, size, track

    def items(self, meta: _Box) -> Iterator[MediaRange]:
        """Follow the extents of items (8.11.3)."""
        # In QuickTime files `meta` is a plain box, elsewhere it has version and flags in front.
        plain = self.asset.read(meta.body + 4, 4) == b"hdlr"
        begin = meta.body if plain else meta.body + 4
        held = _once(self.boxes(begin, meta.end))
        table = self.table(held.get(b"iloc"))
        if not table:
            return
        inner = held.get(b"idat")
        kinds = _item_kinds(self.table(held.get(b"iinf")))
        for item, method, offset, length in _locations(table):
            if method == 0:
                end = offset + length if length else self.asset.size
                yield MediaRange(-item, offset, end, kinds.get(item, ""))
            elif method == 2:
                continue  # within another item, whose place counts
            elif method != 1 or inner is None or inner.body + offset + length > inner.end:
                raise ExtentError("an item that is not within the box that holds it")


def _once(boxes: Iterable[_Box]) -> dict[bytes, _Box]:
    """Return boxes by type. Raises ExtentError for two tables of one: readers take either."""
    by_kind: dict[bytes, _Box] = {}
    for box in boxes:
        if box.kind in by_kind and box.kind in _TABLES:
            raise ExtentError("two tables of one kind")
        by_kind.setdefault(box.kind, box)
    return by_kind


def _chunk_sizes(stsc: bytes, stsz: bytes, count: int) -> list[int]:
    """Return the bytes of each chunk, by samples of a chunk (8.7.4) and of a sample (8.7.3)."""
    if not stsc or not stsz:
        raise ExtentError("a track has no table of its samples")
    same, samples = struct.unpack_from(">2I", stsz, 4)
    sizes = () if same else struct.unpack_from(f">{samples}I", stsz, 12)
    (entries,) = struct.unpack_from(">I", stsc, 4)
    runs = list(struct.iter_unpack(">3I", stsc[8 : 8 + 12 * entries]))
    chunks: list[int] = []
    sample = 0
    for n, (first, each, _) in enumerate(runs):
        until = runs[n + 1][0] if n + 1 < len(runs) else count + 1
        if first != len(chunks) + 1 or until > count + 1:
            raise ExtentError("a table of chunks that is out of order")
        for _ in range(first, until):
            chunks.append(same * each if same else sum(sizes[sample : sample + each]))
            sample += each
    if len(chunks) != count or sample != samples:
        raise ExtentError("tables of chunks and of samples that do not fit")
    return chunks


def _sample_run(table: bytes, base: int, size: int, follows: int) -> tuple[int, int]:
    """Return (start, bytes) of a run of samples."""
    flags, count = struct.unpack_from(">2I", table)
    at, start = 8, follows
    if flags & _OFFSET:
        start = base + struct.unpack_from(">i", table, at)[0]
        at += 4
    at += 4 * bool(flags & _FIRST)
    if not flags & _SIZES:
        return start, count * size
    columns = [column for column in _COLUMNS if flags & column]
    numbers = struct.unpack_from(f">{count * len(columns)}I", table, at)
    return start, sum(numbers[columns.index(_SIZES) :: len(columns)])


def _item_kinds(table: bytes) -> dict[int, str]:
    """Return the type of each item of an `iinf` (8.11.6); old versions of entries have none."""
    wide = table[:1] != b"\0"
    at = 8 if wide else 6
    kinds: dict[int, str] = {}
    while at + 12 <= len(table):
        size = int.from_bytes(table[at : at + 4], "big")
        version = table[at + 8]
        if size < 12 or table[at + 4 : at + 8] != b"infe":
            break
        if version in (2, 3):
            width = 2 if version == 2 else 4
            kind = at + 12 + width + 2
            number = int.from_bytes(table[at + 12 : at + 12 + width], "big")
            kinds[number] = table[kind : kind + 4].decode("latin-1")
        at += size
    return kinds


def _locations(table: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield (item, construction method, offset, length) for each extent of an `iloc`."""
    version = table[0]
    if version > 2:
        raise ExtentError("a table of items of an unknown version")
    widths = (table[4] >> 4, table[4] & 15, table[5] >> 4, table[5] & 15 if version else 0)
    offset, length, base, index = widths
    at, wide = 6, version == 2

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > len(table):
            raise IndexError
        return int.from_bytes(table[at - size : at], "big")

    for _ in range(number(4 if wide else 2)):
        item = number(4 if wide else 2)
        method = number(2) & 15 if version else 0
        if number(2):
            raise ExtentError("an item is in another file")
        start = number(base)
        for _ in range(number(2)):
            number(index)
            at_offset = number(offset)
            yield item, method, start + at_offset, number(length)
