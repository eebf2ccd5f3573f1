"""The units of JPEG, PNG, RIFF, ISO BMFF and JPEG XL, and what each keeps over its content.

Offsets are those of the container scan where it gives them; headers are walked again, because a
scan notes blocks of metadata and this needs every unit with its own header.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from provenance.linting.tamper.layout import (
    ContainerLayout,
    ContainerUnit,
    NotMade,
    Plain,
    Replacement,
    UnitRole,
    Units,
    holds_store,
)
from provenance.media.container import BlockKind, Span
from provenance.media.container.bounds import MAX_CHUNKS, MAX_RIFF_CHUNKS, MAX_SEGMENTS
from provenance.media.container.boxes import Box, walk
from provenance.media.container.collect import Collector
from provenance.media.container.sniff import load_family

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.media.asset import Asset
    from provenance.media.container import Scan

_STEP = 1 << 20


def layout(asset: Asset, scan: Scan) -> ContainerLayout:
    """Return what can be done to a file. Raises NotMade where nothing can."""
    layout_class = _FAMILIES.get(scan.family)
    if layout_class is not None:
        return layout_class(asset, scan)
    if scan.family != "unknown" and not load_family(scan.family).checksums:
        return Plain(asset, scan)
    name = scan.media_type if scan.family != "unknown" else "a format that is not known"
    raise NotMade(f"{name}: its content is under check sums of its own, or not known well enough")


class Jpeg(Units):
    """JPEG: marker segments up to the first scan; the rest of the file is media."""

    # JFIF, ICC profile, Adobe's colour transform: without them the picture looks different.
    _KEPT = frozenset({0xE0, 0xE2, 0xEE})
    _COMMENT = 0xFE

    def __init__(self, asset: Asset, scan: Scan) -> None:
        super().__init__(asset, scan, tuple(self._walk(asset, scan)))

    def _walk(self, asset: Asset, scan: Scan) -> Iterator[ContainerUnit]:
        pos = 2
        for _ in range(MAX_SEGMENTS):
            head = asset.read(pos, 4)
            if len(head) < 4 or head[0] != 0xFF:
                break
            marker = head[1]
            if marker == 0xFF:
                pos += 1
                continue
            if marker in (0xDA, 0xD9):
                yield from self._media_and_trailer(asset, scan, pos)
                return
            end = pos + 2 + int.from_bytes(head[2:4], "big")
            yield ContainerUnit(self._role(scan, marker, pos, end), pos, min(end, asset.size))
            pos = end
        raise NotMade("the segments of this JPEG cannot be walked")

    def _role(self, scan: Scan, marker: int, start: int, end: int) -> UnitRole:
        if holds_store(scan, start, end):
            return UnitRole.STORE
        if marker == self._COMMENT or (0xE0 <= marker <= 0xEF and marker not in self._KEPT):
            return UnitRole.METADATA
        return UnitRole.OTHER

    @staticmethod
    def _media_and_trailer(asset: Asset, scan: Scan, pos: int) -> Iterator[ContainerUnit]:
        trailers = [b.offset for b in scan.blocks_of(BlockKind.TRAILER)]
        end = min(trailers, default=asset.size)
        yield ContainerUnit(UnitRole.MEDIA, pos, end)
        if trailers:
            yield ContainerUnit(UnitRole.METADATA, end, asset.size)

    def media(self) -> int:
        """Choose a byte of coded data that is not a marker, and does not become one."""
        at = super().media()
        window = self.asset.read(at, 4096)
        for n in range(1, len(window) - 2):
            if 0xFF not in (window[n - 1], window[n], window[n] ^ 1):
                return at + n
        raise NotMade("no coded data was found")


class Png(Units):
    """PNG: chunks, each under a CRC, which is mended. What is after IEND is left alone."""

    # Colour, transparency and animation (PNG third edition): the picture needs them.
    _KEPT = frozenset(
        b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT "
        b"acTL fcTL fdAT".split()
    )

    def __init__(self, asset: Asset, scan: Scan) -> None:
        super().__init__(asset, scan, tuple(self._walk(asset, scan)))

    def _walk(self, asset: Asset, scan: Scan) -> Iterator[ContainerUnit]:
        pos = 8
        for _ in range(MAX_CHUNKS):
            head = asset.read(pos, 8)
            end = pos + 12 + int.from_bytes(head[:4], "big")
            if len(head) < 8 or end > asset.size:
                break
            kind = head[4:]
            yield ContainerUnit(self._role(scan, kind, pos, end), pos, end)
            pos = end
            if kind == b"IEND":
                return
        raise NotMade("the chunks of this PNG cannot be walked")

    def _role(self, scan: Scan, kind: bytes, start: int, end: int) -> UnitRole:
        if holds_store(scan, start, end):
            return UnitRole.STORE
        if kind in (b"IDAT", b"fdAT"):
            return UnitRole.MEDIA
        return UnitRole.OTHER if kind in self._KEPT else UnitRole.METADATA

    def elsewhere(self, store: Sequence[ContainerUnit]) -> int:
        """Return the place after the pixels, or after IHDR where it is after them."""
        media = self.with_role(UnitRole.MEDIA)
        if not media:
            raise NotMade("there are no pixels in this file")
        return media[-1].end if store[0].start < media[0].start else self.units[0].end

    def flip(self, offset: int) -> list[Replacement]:
        """Flip one bit and write the chunk's CRC anew."""
        changes = super().flip(offset)
        unit = next((u for u in self.units if u.start + 8 <= offset < u.end - 4), None)
        if unit is None:
            return changes
        crc, at = 0, unit.start + 4
        while at < unit.end - 4:
            part = bytearray(self.asset.read(at, min(_STEP, unit.end - 4 - at)))
            if at <= offset < at + len(part):
                part[offset - at] ^= 1
            crc = zlib.crc32(part, crc)
            at += len(part) or unit.end
        return [*changes, Replacement(unit.end - 4, unit.end, (crc.to_bytes(4, "big"),))]


class Riff(Units):
    """WebP, WAV, AVI: chunks of the first RIFF form, whose size is mended.

    AVI keeps places of frames: there a chunk becomes `JUNK` where it is, and none is added but
    at the end. Files of more than 4 GB (RF64) are handled in the same way.
    """

    _METADATA = frozenset(
        b"EXIF,XMP ,_PMX,AIGC,iXML,bext,id3 ,ID3 ,axml,chna,cart,IDIT".split(b",")
    )
    _MEDIA = frozenset(b"data,VP8 ,VP8L,ANMF".split(b","))
    _WEBP_METADATA = 0x0C  # flags of VP8X: EXIF (8) and XMP (4) are there

    def __init__(self, asset: Asset, scan: Scan) -> None:
        head = asset.read(0, 12)
        self.fixed = head[8:12] == b"AVI " or head[:4] != b"RIFF"
        declared = 8 + int.from_bytes(head[4:8], "little")
        self.end = declared if head[:4] == b"RIFF" else asset.size
        if self.end > asset.size:
            raise NotMade("the file ends before its RIFF chunk does")
        self.extended = -1
        super().__init__(asset, scan, tuple(self._walk(asset, scan)))

    def _walk(self, asset: Asset, scan: Scan) -> Iterator[ContainerUnit]:
        pos = 12
        for _ in range(MAX_RIFF_CHUNKS):
            head = asset.read(pos, 12)
            if pos + 8 > self.end or len(head) < 8:
                return
            length = int.from_bytes(head[4:8], "little")
            end = min(pos + 8 + length + (length & 1), self.end)
            if head[:4] == b"VP8X":
                self.extended = pos + 8
            yield ContainerUnit(self._role(scan, head, pos, end), pos, end)
            pos = end
        raise NotMade("the chunks of this file cannot be walked")

    def _role(self, scan: Scan, head: bytes, start: int, end: int) -> UnitRole:
        if holds_store(scan, start, end):
            return UnitRole.STORE
        kind, form = head[:4], head[8:12]
        if kind in self._MEDIA or (kind == b"LIST" and form == b"movi"):
            return UnitRole.MEDIA
        if kind in self._METADATA or (kind == b"LIST" and form in (b"INFO", b"adtl")):
            return UnitRole.METADATA
        return UnitRole.OTHER

    def without(self, units: Sequence[ContainerUnit]) -> list[Replacement]:
        """Take chunks out and mend the size; in AVI turn them into `JUNK`."""
        if self.fixed:
            return [
                Replacement(
                    u.start, u.end, (b"JUNK", Span(u.start + 4, 4), bytes(u.end - u.start - 8))
                )
                for u in units
            ]
        return [*super().without(units), self._size(-sum(u.end - u.start for u in units))]

    def inserted(self, at: int, units: Sequence[ContainerUnit]) -> list[Replacement]:
        """Put copies of chunks in, and mend the size."""
        if self.fixed:
            raise NotMade("this file keeps the places of its chunks")
        return [*super().inserted(at, units), self._size(sum(u.end - u.start for u in units))]

    def moved(self) -> list[Replacement]:
        """Move the chunk to the other end of the file; the size stays."""
        if self.fixed:
            raise NotMade("this file keeps the places of its chunks")
        units = self.store()
        at = self.elsewhere(units)
        return [*Units.without(self, units), *Units.inserted(self, at, units)]

    def elsewhere(self, store: Sequence[ContainerUnit]) -> int:
        """Return the end of the form, or where the first chunk ends if it is there already."""
        return self.units[0].end if store[-1].end == self.units[-1].end else self.units[-1].end

    def stripped(self) -> list[Replacement]:
        """Take credential and metadata out, and say so in a WebP's flags."""
        changes = super().stripped()
        if self.extended >= 0:
            flags = self.asset.read(self.extended, 1)[0] & ~self._WEBP_METADATA
            changes.append(Replacement(self.extended, self.extended + 1, (bytes((flags,)),)))
        return changes

    def _size(self, difference: int) -> Replacement:
        size = int.from_bytes(self.asset.read(4, 4), "little") + difference
        return Replacement(4, 8, (size.to_bytes(4, "little"),))


class Bmff(Units):
    """MP4, MOV, M4A, HEIC, AVIF: boxes. Tables hold places in the file, so nothing is shifted.

    A box that is taken out becomes a `free` box of the same size; one is added at the end.
    """

    _MAX_BLANK = 64 << 20  # bytes of zeros made in memory

    def __init__(self, asset: Asset, scan: Scan) -> None:
        out = Collector(asset)
        boxes = tuple(walk(out, 0, asset.size))
        if not boxes or boxes[-1].end != asset.size:
            raise NotMade("the boxes of this file do not end where the file does")
        self.inner = tuple(self._inner(out, boxes))
        super().__init__(asset, scan, tuple(self._unit(scan, b) for b in boxes))

    @staticmethod
    def _inner(out: Collector, boxes: Sequence[Box]) -> Iterator[ContainerUnit]:
        for moov in (b for b in boxes if b.kind == b"moov"):
            for box in walk(out, moov.body, moov.end, "moov"):
                if box.kind in (b"udta", b"meta", b"uuid"):
                    yield ContainerUnit(UnitRole.METADATA, box.start, box.end)

    @staticmethod
    def _unit(scan: Scan, box: Box) -> ContainerUnit:
        role = UnitRole.OTHER
        if holds_store(scan, box.start, box.end):
            role = UnitRole.STORE
        elif box.kind == b"uuid":
            role = UnitRole.METADATA
        elif box.kind == b"mdat":
            role = UnitRole.MEDIA
        return ContainerUnit(role, box.start, box.end)

    def without(self, units: Sequence[ContainerUnit]) -> list[Replacement]:
        """Turn boxes into `free` boxes of the same size."""
        changes = []
        for unit in units:
            size = unit.end - unit.start
            if size > self._MAX_BLANK:
                raise NotMade(f"a box of {size} bytes is too large to blank")
            wide = self.asset.read(unit.start, 4) == b"\0\0\0\1"
            head = 16 if wide else 8
            # a size of 0 reaches to the end of the file, where a copy may be put
            kept: Span | bytes = Span(unit.start, 4) if wide else size.to_bytes(4, "big")
            rest: tuple[Span | bytes, ...] = (Span(unit.start + 8, 8),) if wide else ()
            changes.append(
                Replacement(unit.start, unit.end, (kept, b"free", *rest, bytes(size - head)))
            )
        return changes

    def inserted(self, at: int, units: Sequence[ContainerUnit]) -> list[Replacement]:
        """Put copies of boxes at the end of the file, wherever they were asked for."""
        del at
        if self.asset.read(self.units[-1].start, 4) == bytes(4):
            raise NotMade("the last box reaches to the end of the file, wherever that is")
        return super().inserted(self.asset.size, units)

    def elsewhere(self, store: Sequence[ContainerUnit]) -> int:
        """Return the end of the file, unless the manifest store is there."""
        if store[-1].end == self.asset.size:
            raise NotMade("it is at the end, the one place that shifts no other box")
        return self.asset.size

    def stripped(self) -> list[Replacement]:
        """Blank the credential, boxes of metadata, and the items of EXIF and XMP in a HEIC."""
        changes = [*super().stripped(), *self.without(self.inner)]
        for block in (*self.scan.blocks_of(BlockKind.EXIF), *self.scan.blocks_of(BlockKind.XMP)):
            for span in block.spans:
                end = span.offset + span.length
                inside = any(c.start <= span.offset < c.end for c in changes)
                if not inside and span.length <= self._MAX_BLANK:
                    changes.append(Replacement(span.offset, end, (bytes(span.length),)))
        return changes


class Jxl(Units):
    """JPEG XL in boxes: they may be taken out and put in as they are."""

    _MEDIA = frozenset({b"jxlc", b"jxlp"})
    _METADATA = frozenset({b"Exif", b"xml ", b"brob", b"jumb"})

    def __init__(self, asset: Asset, scan: Scan) -> None:
        if asset.read(0, 2) == b"\xff\x0a":
            raise NotMade("a bare JPEG XL codestream has no boxes")
        boxes = tuple(walk(Collector(asset), 0, asset.size))
        if not boxes or boxes[-1].end != asset.size:
            raise NotMade("the boxes of this file do not end where the file does")
        super().__init__(asset, scan, tuple(self._unit(scan, b) for b in boxes))

    def _unit(self, scan: Scan, box: Box) -> ContainerUnit:
        role = UnitRole.OTHER
        if holds_store(scan, box.start, box.end):
            role = UnitRole.STORE
        elif box.kind in self._METADATA:
            role = UnitRole.METADATA
        elif box.kind in self._MEDIA:
            role = UnitRole.MEDIA
        return ContainerUnit(role, box.start, box.end)

    def elsewhere(self, store: Sequence[ContainerUnit]) -> int:
        """Return the end of the file, or in front of the codestream if it is there already."""
        media = self.with_role(UnitRole.MEDIA)
        if store[-1].end != self.asset.size or not media:
            return self.asset.size
        return media[0].start


_FAMILIES = {"jpeg": Jpeg, "png": Png, "riff": Riff, "bmff": Bmff, "jxl": Jxl}
