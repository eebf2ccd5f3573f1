"""JPEG (ISO/IEC 10918-1): marker segments up to the first scan.

A manifest store is in APP11 segments in front of the pixels (C2PA specification, "Embedding
manifests into JPEG"; ISO/IEC 19566-5, annex D), so that the walk ends at SOS. It goes on after
damage as libjpeg does, with the next marker. Of what follows SOS, Samsung's trailer is looked for,
and a store near the end of the file.
"""

from __future__ import annotations

import re
from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from provenance.base.values import dataclass
from provenance.media.container import jumbf_header, leftovers, samsung_trailer
from provenance.media.container.block import BlockKind, Family, Span
from provenance.media.container.bounds import MAX_FILL, MAX_REMAINS, MAX_SEGMENTS, TAIL
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_STANDALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})  # TEM, SOI, RSTn: no length follows
_NO_LENGTH = _STANDALONE | {0x00, 0xFF}
_EOI, _SOS, _APP0, _APP1, _APP11, _APP13, _APP15, _COM = (
    *(0xD9, 0xDA, 0xE0, 0xE1, 0xEB, 0xED, 0xEF, 0xFE),
)
_XMP = b"http://ns.adobe.com/xap/1.0/"  # and one byte more, a NUL
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
_EXIF = b"Exif\0"  # and a pad byte: 0, which some writers get wrong
_PHOTOSHOP = b"Photoshop 3.0\0"
_LABEL = b"AIGC{"  # a bare TC260 label, seen in segments of its own
_PICKLE = b"\x80"
_EXTENDED_HEADER = 75  # the signature, 32 of GUID, 4 of full length, 4 of offset
_APPLICATION_HEAD = 64  # of a segment: a store in it begins there, after CI, En and Z
_WRAPPING = 12  # marker, length, CI, En, Z
_NEAR = 4_096
_CHUNK = 1 << 20
_SOI_MARK = b"\xff\xd8\xff"
_SHORTLY = 128 * 1024  # bytes: two segments of metadata
_MAX_SEGMENTS_WHOLE = 1 << 16  # of the whole file
# In entropy-coded data a marker is what is neither stuffed (00) nor a restart (RSTn), ISO/IEC
# 10918-1, B.1.1.5; between segments RSTn is a marker like any other. Compiled where it is needed.
_AFTER_SCAN = rb"\xff[^\x00\xff\xd0-\xd7]"
_MARKER = rb"\xff[^\x00\xff]"


class _Part(NamedTuple):
    """A segment with a part of a JUMBF box: where it, the box header and the rest begin."""

    start: int
    box: int
    rest: int
    end: int
    same: bool  # whether it repeats the header of the box to the letter


@dataclass(slots=True)
class _Boxes:
    """One JUMBF box that is spread over segments: Z -> where its payload is."""

    header: bytes = b""  # of the box, as the first segment met has it
    parts: dict[int, _Part] = field(default_factory=dict)  # by Z

    def spans(self) -> tuple[list[Span], list[Span]]:
        """Join by packet sequence; the box header is repeated in each segment, kept once.

        Returns where the payloads are, and what of the credential is in front of each: marker,
        length, CI, En, Z and the repeated box header, 12, 20 or 28 bytes. A header that is not
        repeated to the letter could hold anything, and is not the credential's.
        """
        spans: list[Span] = []
        headers: list[Span] = []
        for z in sorted(self.parts):
            part = self.parts[z]
            begin = part.rest if spans else part.box
            spans.append(Span(begin, part.end - begin))
            stop = begin if part.same else part.box
            headers.append(Span(part.start, stop - part.start))
        return spans, headers

    def fault(self) -> str:
        """Say in which way the segments do not follow one another (C2PA 2.4, A.3.1), if any."""
        order = list(self.parts)
        if order != sorted(order):
            return "segments of the manifest store are out of order"
        parts = list(self.parts.values())
        if not all(part.same for part in parts):
            return "segments of the manifest store do not repeat the header of its box"
        apart = sum(b.start - a.end for a, b in pairwise(parts))
        return f"{apart} bytes are between segments of the manifest store" if apart else ""


class _JpegScan:
    __slots__ = ("boxes", "extended", "out", "resources")

    def __init__(self, asset: Asset) -> None:
        self.out = Collector(asset)
        self.boxes: dict[bytes, list[_Boxes]] = {}
        self.extended: dict[bytes, list[tuple[int, Span]]] = {}
        self.resources: list[Span] = []  # of Photoshop, which go on from segment to segment

    def segments(self) -> None:
        """Go from marker to marker until the first scan.

        What is not a marker where one belongs is skipped up to the next one.
        """
        asset, out, pos = self.out.asset, self.out, 2
        read, size = asset.read, asset.size
        for _ in range(MAX_SEGMENTS):
            head = read(pos, 4)
            if len(head) < 4:
                if head[:2] != b"\xff\xd9":
                    out.truncated("the file ends before the first scan")
                return
            marker = head[1]
            if head[0] != 0xFF or marker in _NO_LENGTH:
                pos = self._skip(pos, head)
                continue
            if marker == _SOS:
                self._after(pos)
                return
            length = head[2] << 8 | head[3]
            if marker == _EOI:
                out.truncated("the image ends before its first scan")
                self._search_leftovers(pos + 2)
                return
            if length < 2:
                out.truncated(f"a segment of {length} bytes at {pos}")
                pos += 4
                continue
            end = pos + 2 + length
            self._segment(marker, pos + 4, end)
            if end > size:
                out.truncated(f"the segment at {pos} ends after the end of the file")
                self._search_leftovers(
                    pos + 4, leftovers.another(out, pos + 4)
                )  # not a preview's own
                return
            pos = end
        out.limit(f"more than {MAX_SEGMENTS} segments")
        self._search_leftovers(pos)

    def _segment(self, marker: int, body: int, end: int) -> None:
        """Note what a segment with a length holds, by its marker."""
        if marker == _APP11:
            self._app11(body, end)
        elif marker == _APP1:
            self._app1(body, end)
        elif marker == _COM:
            self._foreign(marker, body, end)
            self.out.metadata(BlockKind.COMMENT, "COM", body, end - body)
        elif _APP0 <= marker <= _APP15:
            self._application(marker, body, end)
        elif end - body + 2 > jumbf_header.PEEK:  # one bit makes another segment of an APP11
            self._foreign(marker, body, end)

    def _skip(self, pos: int, head: bytes) -> int:
        """Step over what is not a segment: markers that stand alone, fill bytes, junk."""
        if head[0] == 0xFF and head[1] == 0xFF:
            return self._fill(pos)
        if head[0] == 0xFF and head[1]:
            return pos + 2
        marker = _next(self.out.asset, pos, re.compile(_MARKER))
        marker = self.out.asset.size if marker is None else marker
        self.out.truncated(f"no marker at {pos}: {marker - pos} bytes were skipped")
        return marker

    def _search_leftovers(self, pos: int, end: int | None = None) -> None:
        """Search what was not walked over."""
        leftovers.search(self.out, pos, end, own=self._store_at)

    def _store_at(self, box: int) -> tuple[Span, ...]:
        """Return where the store is that begins at `box`, in segments or in one piece."""
        read = self.out.asset.read
        start = box - _WRAPPING
        head = read(start, _WRAPPING)
        if start < 0 or head[0] != 0xFF or not _APP0 <= head[1] <= _APP15:
            return leftovers.in_one_piece(self.out, box)
        header = read(box, 16 if read(box, 4) == b"\0\0\0\1" else 8)
        spans: list[Span] = []
        for _ in range(MAX_SEGMENTS):
            segment = read(start, _WRAPPING + len(header))
            same = segment[:2] == head[:2] and segment[4:8] == head[4:8]
            if not same or segment[_WRAPPING:] != header:
                break
            end = start + 2 + int.from_bytes(segment[2:4], "big")
            begin = start + _WRAPPING + (len(header) if spans else 0)
            spans.append(Span(begin, max(end - begin, 0)))
            start = max(end, begin)
        return tuple(spans)

    def _after(self, sos: int) -> None:
        """Look for a store, and for XMP, after the first scan, where most readers do not look.

        Reading all of the pixels would cost many times what all else does, so that only where the
        end of the file has a part of one, everything is searched.
        """
        out, size = self.out, self.out.asset.size
        tail = max(size - TAIL, sos)
        last = out.asset.read(tail, size - tail)
        boxes = list(leftovers.stores(out, sos, size)) if jumbf_header.BOX_TYPE in last else []
        packet = last.find(leftovers.META)
        if not boxes and (packet < 0 or self._of_a_picture(sos, tail + packet)):
            return
        ended = self._end(sos)
        another = leftovers.another(out, ended)  # of which what follows may be
        leftovers.packets(out, "after SOS", tail, min(ended, size))
        leftovers.packets(out, "after EOI", max(ended, tail), another)
        for box in boxes:
            if box < another:
                out.remain("after SOS" if box < ended else "after EOI", box, self._store_at(box))
            if len(out.remains) >= MAX_REMAINS:
                break

    def _of_a_picture(self, sos: int, at: int) -> bool:
        """Tell whether a picture begins shortly before a place, as the gain maps of phones do.

        The bytes that begin one cannot be in the coded pixels (ISO/IEC 10918-1, B.1.1.5).
        """
        first = max(sos, at - _SHORTLY)
        return _SOI_MARK in self.out.asset.read(first, at - first)

    def _end(self, sos: int) -> int:
        """Return where the image that begins with this scan ends, after its EOI."""
        read, at, pattern = self.out.asset.read, sos, re.compile(_AFTER_SCAN)
        for _ in range(_MAX_SEGMENTS_WHOLE):
            marker = _next(self.out.asset, at, pattern)
            if marker is None:
                break
            head = read(marker, 4)
            if head[1] == _EOI:
                return marker + 2
            at = marker + 2 + (0 if head[1] in _STANDALONE else int.from_bytes(head[2:], "big"))
        return self.out.asset.size

    def _fill(self, pos: int) -> int:
        """Skip fill bytes (ISO/IEC 10918-1, B.1.1.2) to the last one, which begins a marker."""
        data = self.out.asset.read(pos, MAX_FILL)
        return pos + max(len(data) - len(data.lstrip(b"\xff")) - 1, 1)

    def _app11(self, start: int, end: int) -> None:
        # CI "JP", En (2), Z (4), then the box header: LBox (4), TBox (4), XLBox (8) if LBox is 1
        head = self.out.asset.read(start, min(24, end - start))
        if head[:2] != b"JP" or len(head) < 16 or head[12:16] != b"jumb":
            self._application(_APP11, start, end)
            if head[:2] == b"JP" and not self.out.remains:
                self._damaged([Span(start, end - start)])
            return
        number, z = head[2:4], int.from_bytes(head[4:8], "big")
        header = head[8 : 24 if head[8:12] == b"\0\0\0\1" else 16]
        groups = self.boxes.setdefault(number, [])
        if not groups or z in groups[-1].parts:
            groups.append(_Boxes(header))
        rest = min(start + 8 + len(header), end)
        same = header == groups[-1].header
        groups[-1].parts[z] = _Part(start - 4, start + 8, rest, end, same)

    def _damaged(self, spans: list[Span]) -> None:
        """Look for what a store is made of in a box that is none: its description is damaged."""
        for span in spans[:MAX_REMAINS]:
            if next(
                leftovers.marks(self.out, b"jumdc2", span.offset, span.offset + span.length), 0
            ):
                self.out.remain("APP11", spans[0].offset)
                return

    def _app1(self, start: int, end: int) -> None:
        head = self.out.asset.read(start, min(_EXTENDED_HEADER, end - start))
        if head.startswith(_XMP) and len(head) > len(_XMP):
            begin = start + len(_XMP) + 1
            if end > begin:
                self.out.xmp("APP1", (Span(begin, end - begin),))
        elif head.startswith(_EXTENDED) and len(head) == _EXTENDED_HEADER:
            guid, at = head[35:67], int.from_bytes(head[71:75], "big")
            span = Span(start + _EXTENDED_HEADER, end - start - _EXTENDED_HEADER)
            if span.length:
                self.extended.setdefault(guid, []).append((at, span))
        elif head.startswith(_EXIF):
            self.out.metadata(BlockKind.EXIF, "APP1", start + 6, end - start - 6)
        elif head.startswith(_LABEL):
            self.out.metadata(BlockKind.SEGMENT, "APP1", start, end - start)
        else:
            self._foreign(_APP1, start, end)

    def _application(self, marker: int, start: int, end: int) -> None:
        head = self.out.asset.read(start, min(_APPLICATION_HEAD, end - start))
        if head.startswith(_LABEL):
            self.out.metadata(BlockKind.SEGMENT, f"APP{marker & 15}", start, end - start)
        elif marker == _APP15 and head[:1] == _PICKLE:
            # DeepFaceLab keeps a pickle here: its keys are looked for, it is never loaded
            self.out.metadata(BlockKind.SEGMENT, "APP15 pickle", start, end - start)
        elif jumbf_header.BOX_TYPE in head:
            self._foreign(marker, start, end)
        elif marker == _APP13 and head.startswith(_PHOTOSHOP):
            begin = start + len(_PHOTOSHOP)
            self.resources.append(Span(begin, end - begin))

    def _foreign(self, marker: int, start: int, end: int) -> None:
        """Look for a store in a segment that cannot hold the credential: CI `JQ`, APP10 ..."""
        head = self.out.asset.read(start, min(128, end - start))
        at, known = jumbf_header.begins(head), len(self.out.remains) >= MAX_REMAINS
        if at < 0 or known:
            return
        place = f"APP{marker & 15}" if _APP0 <= marker <= _APP15 else f"segment {marker:#x}"
        place = "COM" if marker == _COM else place
        sound = jumbf_header.is_store(head[at:])
        self.out.remain(place, start + at, self._store_at(start + at) if sound else ())

    def finish(self) -> Scan:
        """Join what is in several segments."""
        asset, out = self.out.asset, self.out
        for parts in self.extended.values():
            parts.sort(key=lambda part: part[0])
            out.xmp("APP1 extended", [span for _, span in parts])
        if self.resources:
            out.joined(BlockKind.IPTC, "APP13", self.resources)
        for groups in self.boxes.values():
            for group in groups:
                spans, headers = group.spans()
                start = asset.read(spans[0].offset, min(spans[0].length, jumbf_header.PEEK))
                if not jumbf_header.is_store(start):
                    self._damaged(spans)
                    continue
                if max(group.parts) - min(group.parts) + 1 != len(group.parts):
                    out.truncated("segments of the manifest store are missing", "APP11")
                if fault := group.fault():
                    out.interrupted(fault, "APP11")
                out.store("APP11", spans, headers=headers)
        samsung_trailer.add_samsung_trailer(out, 0)
        out.blocks.sort(key=lambda block: block.offset)
        return out.finish("image/jpeg", "jpeg")


def scan_jpeg(asset: Asset) -> Scan:
    """Find the manifest store and the metadata of a JPEG file."""
    walk = _JpegScan(asset)
    walk.segments()
    return walk.finish()


def unboxed(asset: Asset) -> int:
    """Return how many bytes are in no marker segment: between them, and after the end.

    No box hash covers them. `scan_jpeg` ends at the first scan of pixels; this reads the whole
    file. Fill bytes are among them. Where the file ends within a segment, or has too many, all of
    the rest is.
    """
    size, loose, at = asset.size, 0, 2
    marker_at, after_scan = re.compile(_MARKER), re.compile(_AFTER_SCAN)
    for _ in range(_MAX_SEGMENTS_WHOLE):
        marker_pos = _next(asset, at, marker_at)
        if marker_pos is None:
            break
        loose += marker_pos - at
        marker = asset.read(marker_pos + 1, 1)[0]
        at = marker_pos + 2
        if marker == _EOI:
            break
        if marker in _STANDALONE:
            continue
        length = int.from_bytes(asset.read(at, 2), "big")
        if length < 2 or at + length > size:
            break
        at += length
        if marker == _SOS:
            marker_pos = _next(asset, at, after_scan)
            at = size if marker_pos is None else marker_pos
    return loose + size - at


def _next(asset: Asset, at: int, pattern: re.Pattern[bytes]) -> int | None:
    """Return where the next marker begins, after its fill bytes."""
    window = _NEAR  # grows: a marker after every few bytes must not cost a chunk each
    while at + 2 <= asset.size:
        chunk = asset.read(at, window)
        match = pattern.search(chunk)
        if match is not None:
            return at + match.start()
        at += max(len(chunk) - 1, 1)  # a marker may be on the edge
        window = min(window * 8, _CHUNK)
    return None


FAMILY = Family(
    title="JPEG",
    media_types=("image/jpeg",),
    scan=scan_jpeg,
    example=b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9",
    store="APP11 segments in front of the pixels",
    checksums=False,
)
