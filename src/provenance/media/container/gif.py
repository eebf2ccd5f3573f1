"""GIF (89a): extensions before and between the images.

A manifest store is the application extension `C2PA_GIF` with the version bytes 01 00 00, in
sub-blocks (C2PA specification, "Embedding manifests into GIFs"); XMP is `XMP DataXMP`, whose
packet stands unblocked with a trailer that leads a reader of sub-blocks to its end (XMP
specification, part 3, 1.1.2). Comment extensions are noted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import jumbf_header, leftovers
from provenance.media.container.block import BlockKind, Family, Span
from provenance.media.container.bounds import (
    MAX_COMMENT_SPANS,
    MAX_GIF_BLOCKS,
    MAX_GIF_SUB_BLOCKS,
    MAX_GIF_WALK,
    MAX_SPANS,
)
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_WINDOW = 64 * 1024  # read at a time: a length stands every 256 bytes, a read each would be slow
_C2PA = b"C2PA_GIF\1\0\0"
_XMP = b"XMP DataXMP"
_XMP_TRAILER = 257  # 01, then FF down to 00; the last 00 is the terminator of the sub-blocks


class _GifScan:
    __slots__ = ("astray", "data", "left", "origin", "out", "remaining", "walked")

    def __init__(self, asset: Asset) -> None:
        self.out = Collector(asset)
        self.data = b""
        self.origin = 0
        self.astray = False  # whether the rest was searched
        self.walked = 0
        self.left = MAX_GIF_SUB_BLOCKS
        self.remaining = MAX_SPANS  # sub-blocks of all stores that are no block's

    def byte(self, pos: int) -> int:
        """Return the byte at a file offset, -1 after the end or after the bound."""
        at = pos - self.origin
        if not 0 <= at < len(self.data):
            if self.walked >= MAX_GIF_WALK:
                self.out.limit(f"more than {MAX_GIF_WALK} bytes of sub-blocks")
                return -1
            self.data, self.origin = self.out.asset.read(pos, _WINDOW), pos
            self.walked += _WINDOW
            if not self.data:
                return -1
            at = 0
        return self.data[at]

    def sub_blocks(self, pos: int, spans: list[Span] | None = None) -> int:
        """Step over sub-blocks; return where they end, -1 if they do not."""
        for count in range(self.left):
            at = pos - self.origin
            # the window is asked for only where it does not hold the length already
            length = self.data[at] if 0 <= at < len(self.data) else self.byte(pos)
            if length <= 0:
                self.left -= count
                return pos + 1 if length == 0 else -1
            if spans is not None and count < MAX_SPANS:
                spans.append(Span(pos + 1, length))
            pos += 1 + length
        self.out.limit(f"more than {MAX_GIF_SUB_BLOCKS} sub-blocks")
        return -1

    def extension(self, pos: int) -> int:
        """Read one extension from after its introducer; return where it ends, or -1."""
        label = self.byte(pos)
        if label == 0xFE:
            return self._comment(pos + 1)
        if label < 0:
            return -1
        if label != 0xFF:
            own: list[Span] = []
            end = self.sub_blocks(pos + 1, own)
            # One bit makes it of an application extension. Graphic control has one sub-block.
            self.foreign("unknown extension", own[1:])
            return end
        head = self.out.asset.read(pos + 1, 12)
        start = pos + 2 + (head[0] if head else 0)
        if head[:1] != b"\x0b" and not self.astray:  # it may lead past what is in the extension
            self.astray = True
            leftovers.search(self.out, pos, own=self.own)
        spans: list[Span] = []
        if head == b"\x0b" + _C2PA:
            end = self.sub_blocks(start, spans)
            if len(spans) >= MAX_SPANS:
                self.out.limit(f"a manifest store of more than {MAX_SPANS} sub-blocks")
            wrapping = [Span(pos - 1, start - pos + 1)]
            if end >= 0:
                wrapping.append(Span(end - 1, 1))
            lengths = [Span(span.offset - 1, 1) for span in spans]
            self.out.store("C2PA_GIF", spans, wrapping, lengths)
            return end
        end = self.sub_blocks(start, spans)
        if head != b"\x0b" + _XMP:
            self.foreign("application extension", spans)
        if head == b"\x0b" + _XMP:
            stop = end if end >= 0 else self.out.asset.size + 1
            length = stop - 1 - _XMP_TRAILER - start
            if length > 0:
                self.out.xmp("XMP Data", (Span(start, length),))
        return end

    def foreign(self, place: str, spans: Sequence[Span]) -> None:
        """Look for a store in sub-blocks that the format does not give to one."""
        head = b""
        for span in spans[: jumbf_header.PEEK]:
            head += self.out.asset.read(span.offset, span.length)
            if len(head) >= 2 * jumbf_header.PEEK:
                break
        head = head[: 2 * jumbf_header.PEEK]
        at = jumbf_header.begins(head)
        if at < 0 or head[max(at - 8, 0) : at].startswith(b"JP"):
            return  # of a picture, where it is any
        own, left = [], at
        for span in spans:
            cut = min(left, span.length)
            left -= cut
            if cut < span.length:
                own.append(Span(span.offset + cut, span.length - cut))
        sound = jumbf_header.is_store(head[at:])
        self.out.remain(place, own[0].offset, own if sound else ())

    def _comment(self, pos: int) -> int:
        spans: list[Span] = []
        end = self.sub_blocks(pos, spans)
        self.foreign("comment", spans)
        if len(spans) > MAX_COMMENT_SPANS:
            self.out.limit(f"a comment of more than {MAX_COMMENT_SPANS} sub-blocks", "comment")
            del spans[MAX_COMMENT_SPANS:]
        self.out.joined(BlockKind.COMMENT, "comment", spans)
        return end

    def blocks(self) -> None:
        """Go over all blocks up to the trailer."""
        out, asset = self.out, self.out.asset
        pos = 13 + _table(asset.read(10, 1))
        at = pos
        for _ in range(MAX_GIF_BLOCKS):
            at = pos = self.skip(pos)
            kind = self.byte(pos)
            if kind == 0x3B:
                out.trailing(asset.size - pos - 1)
                return
            if kind == 0x21:
                pos = self.extension(pos + 1)
            elif kind == 0x2C:
                # nine bytes of descriptor, a colour table, the code size, sub-blocks
                pos = self.sub_blocks(pos + 11 + _table(asset.read(pos + 9, 1)))
            else:
                pos = -1
            if pos < 0:
                out.truncated("the file ends before its trailer, or a block is unknown")
                break
        else:
            out.limit(f"more than {MAX_GIF_BLOCKS} blocks")
            at = pos
        leftovers.search(out, at, own=self.own)

    def skip(self, pos: int) -> int:
        """Step over zero bytes between blocks, as readers do."""
        while self.byte(pos) == 0:
            at = pos - self.origin
            zeros = len(self.data) - at - len(self.data[at:].lstrip(b"\0"))
            pos += zeros
        return pos

    def own(self, box: int) -> list[Span] | None:
        """Return where a store is that begins at `box` in an application extension."""
        start = box - 1 - len(_C2PA)
        if self.out.asset.read(start, len(_C2PA)) != _C2PA:
            return None
        spans: list[Span] = []
        self.left, self.walked = self.remaining, 0
        self.sub_blocks(box - 1, spans)
        self.remaining -= len(spans)
        return spans or None


def _table(packed: bytes) -> int:
    """Return the length in bytes of the colour table that a packed field announces."""
    return 3 << (packed[0] & 7) + 1 if packed and packed[0] & 0x80 else 0


def scan_gif(asset: Asset) -> Scan:
    """Find the manifest store and the metadata of a GIF file."""
    walk = _GifScan(asset)
    walk.blocks()
    return walk.out.finish("image/gif", "gif")


def _recognise(asset: Asset, head: bytes) -> bool:
    """Tell a picture from a document with such a beginning: PDF may have something in front."""
    del head
    return b"%PDF-" not in asset.read(0, 1_024)


FAMILY = Family(
    title="GIF",
    media_types=("image/gif",),
    scan=scan_gif,
    example=b"GIF89a\1\0\1\0\0\0\0;",
    recognise=_recognise,
    near_miss=b"GIF89a%PDF-1.7\n%%EOF\n",
    store="application extension `C2PA_GIF`",
    checksums=False,
    stepped=True,
)
