"""TIFF 6.0 and BigTIFF, and the raw formats built on them: DNG, NEF, ARW.

A manifest store is the value of tag 0xCD41 (C2PA specification, "Embedding manifests into
TIFF-based assets"), XMP that of tag 700, IPTC that of tag 33723. The chain of IFDs is walked;
sub-IFDs hold previews and raw data, and are not. Offsets may leave out any byte of the file, so
that where no tag holds a store all of it is searched for one. The first IFD is noted as EXIF: its
offsets count from the start of the file.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from provenance.media.container import jumbf_header, leftovers
from provenance.media.container.block import BlockKind, Family, Span
from provenance.media.container.bounds import MAX_IFD_ENTRIES, MAX_IFDS, MAX_TIFF_ENTRIES
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from typing import Literal

    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_C2PA, _XMP, _IPTC, _MAKE = 0xCD41, 700, 33723, 271
_SUBFILE, _SUBIFDS, _DNG = 254, 330, 50706
_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)  # by field type; 2.0, BigTIFF
_MAX_MAKE = 32


class _TiffFile:
    """One TIFF file: its byte order and the width of its offsets."""

    __slots__ = (
        "count",
        "entry",
        "inline",
        "left",
        "order",
        "out",
        "stored",
        "tags",
        "whole",
        "width",
    )

    def __init__(self, asset: Asset, head: bytes) -> None:
        self.out = Collector(asset)
        self.order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
        mark = "<" if self.order == "little" else ">"
        big = int.from_bytes(head[2:4], self.order) == 43
        self.width = 8 if big else 4
        self.count = 8 if big else 2
        self.inline = 8 if big else 4
        self.entry = Struct(mark + ("HHQ8s" if big else "HHI4s"))
        self.left = MAX_TIFF_ENTRIES
        self.stored = False  # whether a tag holds a manifest store
        self.whole = True  # whether the chain was followed to its end
        self.tags: dict[int, tuple[int, int]] = {}  # of the first IFD: tag -> (offset, length)

    def first(self, head: bytes) -> int:
        """Return the offset of the first IFD."""
        return int.from_bytes(head[8:16] if self.width == 8 else head[4:8], self.order)

    def chain(self, offset: int) -> None:
        """Walk the IFDs, each at most once."""
        seen: set[int] = set()
        while offset:
            if offset in seen:
                self.out.truncated(f"the IFD at {offset} comes again", "IFD")
                self.whole = False
                return
            if len(seen) >= MAX_IFDS:
                self.out.limit(f"more than {MAX_IFDS} IFDs", "IFD")
                self.whole = False
                return
            seen.add(offset)
            offset = self._ifd(offset, first=len(seen) == 1)

    def _ifd(self, offset: int, *, first: bool) -> int:
        """Read one IFD and return the offset of the next, 0 for none."""
        out, entry = self.out, self.entry
        count = self._entries(offset)
        if count is None:
            self.whole = False
            return 0
        self.whole &= count > 0  # TIFF 6.0, section 2: an IFD has at least one entry
        start = offset + self.count
        data = out.asset.read(start, count * entry.size + self.width)
        whole = len(data) // entry.size if len(data) < count * entry.size else count
        if len(data) < count * entry.size + self.width:
            out.truncated(f"the IFD at {offset} ends after the end of the file", "IFD")
            self.whole = False
        if first:
            out.metadata(BlockKind.EXIF, "IFD0", offset, self.count + len(data))
        before = -1
        for i in range(whole):
            tag, kind, number, value = entry.unpack_from(data, i * entry.size)
            self.whole &= 0 < kind < len(_SIZES) and tag >= before  # as every writer makes it
            before = tag
            length = number * (_SIZES[kind] if kind < len(_SIZES) else 0)
            if length <= self.inline:
                at = start + (i + 1) * entry.size - self.inline
            else:
                at = int.from_bytes(value, self.order)
                self.whole &= at + length <= out.asset.size
            if tag == _C2PA:
                self.stored = True
                out.store("tag 0xCD41", (Span(at, length),))
                out.lawful.append(Span(start + i * entry.size + 4, self.width))  # the count
            elif tag == _XMP:
                out.xmp("tag 700", (Span(at, length),))
            else:
                if length >= jumbf_header.PEEK:
                    leftovers.peek(out, f"tag {tag}", at, length)
                if first:
                    self._first_tag(tag, at, length)
        return int.from_bytes(data[count * entry.size :], self.order) if whole == count else 0

    def _entries(self, offset: int) -> int | None:
        """Return how many entries an IFD has; None where there is none, or there are too many."""
        head = self.out.asset.read(offset, self.count)
        if len(head) < self.count:
            self.out.truncated(f"no IFD at {offset}", "IFD")
            return None
        count = int.from_bytes(head, self.order)
        self.left -= count
        if count > MAX_IFD_ENTRIES or self.left < 0:
            self.out.limit(f"an IFD of {count} entries", "IFD")
            return None
        return count

    def _first_tag(self, tag: int, at: int, length: int) -> None:
        """Note a tag of the first IFD, which tells what the file is."""
        if tag == _IPTC:
            self.out.metadata(BlockKind.IPTC, "tag 33723", at, length)
        self.tags.setdefault(tag, (at, length))

    def media_type(self) -> str:
        """Tell raw formats from TIFF by the tags of their first IFD."""
        tags = self.tags
        if _DNG in tags:
            return "image/x-adobe-dng"
        if _MAKE in tags and _SUBIFDS in tags and _SUBFILE in tags:
            read = self.out.asset.read
            reduced = int.from_bytes(read(tags[_SUBFILE][0], 4), self.order) & 1
            at, length = tags[_MAKE]
            make = read(at, min(length, _MAX_MAKE)).upper()
            # Their raw files lead with a reduced image; TIFF files written by them do not.
            if reduced and make.startswith(b"NIKON"):
                return "image/x-nikon-nef"
            if reduced and make.startswith(b"SONY"):
                return "image/x-sony-arw"
        return "image/tiff"


def scan_tiff(asset: Asset) -> Scan:
    """Find the manifest store and the metadata of a TIFF file."""
    head = asset.read(0, 16)
    reader = _TiffFile(asset, head)
    first = reader.first(head)
    reader.chain(first)
    if not first or not reader.whole:  # a TIFF file has at least one IFD
        leftovers.search(reader.out, 0)
    elif not reader.stored or reader.out.findings:  # a store's tag may hold anything
        leftovers.search_stores(reader.out, 0, asset.size)
    return reader.out.finish(reader.media_type(), "tiff")


FAMILY = Family(
    title="TIFF, BigTIFF, DNG, NEF, ARW",
    media_types=("image/tiff", "image/x-adobe-dng", "image/x-nikon-nef", "image/x-sony-arw"),
    scan=scan_tiff,
    example=b"II*\0\x08\0\0\0\0\0\0\0\0\0",
    store="tag 0xCD41",
    checksums=False,
)
