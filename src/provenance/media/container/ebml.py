"""Matroska and WebM (RFC 8794, RFC 9559): tags, information, tracks' names; no credentials.

Elements of the segment are stepped over by their size, clusters too; where a seek head names the
tags, what lies between is not walked at all. A cluster of unknown size (live streams) is walked
by its children. Of a file with subtitles, the first lines are looked for in the first clusters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from provenance.media.container.block import BlockKind, Family
from provenance.media.container.bounds import (
    MAX_EBML_ELEMENTS,
    MAX_SEEK_ENTRIES,
    MAX_TEXT_SAMPLE,
    MAX_TEXT_SAMPLES,
    MAX_TEXT_TRACKS,
)
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_HEAD = 64  # bytes of the EBML header that hold the DocType (RFC 8794, 11.2.4)
_SEGMENT, _SEEK_HEAD, _SEEK = 0x18538067, 0x114D9B74, 0x4DBB
_SEEK_ID, _SEEK_POSITION = 0x53AB, 0x53AC
_CLUSTER, _TAGS, _INFO, _TRACKS = 0x1F43B675, 0x1254C367, 0x1549A966, 0x1654AE6B
_TOP = frozenset(
    {_SEEK_HEAD, _CLUSTER, _TAGS, _INFO, _TRACKS, 0x1C53BB6B, 0x1941A469, 0x1043A770}
)  # and cues, attachments, chapters
_PLACES = {_TAGS: "Segment.Tags", _INFO: "Segment.Info", _TRACKS: "Segment.Tracks"}
_LINE_PLACE = "Segment.Cluster.Block"
_ENTRY, _TRACK_NUMBER, _TRACK_TYPE, _SUBTITLES = 0xAE, 0xD7, 0x83, 0x11
_BLOCK_GROUP, _BLOCK, _SIMPLE_BLOCK = 0xA0, 0xA1, 0xA3
_MAX_SEEK_HEAD = 64 * 1024
_MAX_TRACKS = 64 * 1024  # bytes looked at for tracks of subtitles; fonts are not among them
_MAX_LOOKED_AT = 2_048  # blocks looked at for the first lines of subtitles: about a minute


class EbmlElement(NamedTuple):
    """One element: its id, where its content begins and ends; -1 for an unknown size."""

    ident: int
    start: int
    body: int
    end: int


def element(data: bytes, at: int, base: int = 0) -> EbmlElement | None:
    """Read the header of the element at `at` in `data`, which is at `base` in the file.

    A header takes up to 12 bytes; None where there is none. The offsets of the result count from
    where those of `base` do.
    """
    end = len(data)
    first = data[at] if at < end else 0
    if first < 0x10:
        return None
    width = 9 - first.bit_length()
    size_at = at + width
    if size_at >= end or not data[size_at]:
        return None
    lead = data[size_at]
    length = 9 - lead.bit_length()
    body = size_at + length
    if body > end:
        return None
    ident = int.from_bytes(data[at:size_at], "big")
    if length == 1:
        size, mask = lead & 0x7F, 0x7F
    else:
        mask = (1 << 7 * length) - 1
        size = int.from_bytes(data[size_at:body], "big") & mask
    body += base
    return EbmlElement(ident, base + at, body, body + size if size != mask else -1)


class _EbmlScan:
    __slots__ = ("left", "lines", "looked_at", "out", "seen", "sought", "subtitles")

    def __init__(self, asset: Asset) -> None:
        self.out = Collector(asset)
        self.left = MAX_EBML_ELEMENTS
        self.seen: set[int] = set()  # elements that were noted
        self.sought: dict[int, int] = {}  # offset -> id, from the seek heads
        self.subtitles: set[int] = set()  # numbers of the tracks of text
        self.lines = 0
        self.looked_at = 0

    def at(self, pos: int) -> EbmlElement | None:
        return element(self.out.asset.read(pos, 12), 0, pos)

    def segment(self, start: int, end: int) -> None:
        """Walk the children of the segment, and go where the seek heads point."""
        pos, clusters = start, False
        while pos < end:
            item = self._next(pos, end)
            if item is None:
                return
            if item.ident == _CLUSTER and self.subtitles:
                self._lines(item, end)
                if self.subtitles:
                    pos = item.end if item.end >= 0 else self._unknown(item, end)
                    continue
            if item.ident == _CLUSTER and not clusters:
                clusters = True
                ahead = self._jump(start, end)
                if ahead > pos:
                    pos = ahead
                    continue
            pos = item.end if item.end >= 0 else self._unknown(item, end)

    def _next(self, pos: int, end: int) -> EbmlElement | None:
        """Read and note one child of the segment."""
        self.left -= 1
        if self.left < 0:
            self.out.limit(f"more than {MAX_EBML_ELEMENTS} elements", "Segment")
            return None
        item = self.at(pos)
        if item is None:
            self.out.truncated(f"no element at {pos}", "Segment")
            return None
        if item.end > end:
            self.out.truncated("an element ends after the end of the segment", "Segment")
        if item.ident == _SEEK_HEAD:
            self._seek_head(item)
        elif item.ident in _PLACES:
            self._note(item, end)
        return item

    def _note(self, item: EbmlElement, end: int) -> None:
        if item.start not in self.seen:
            self.seen.add(item.start)
            stop = item.end if item.end >= 0 else end
            self.out.metadata(BlockKind.EBML, _PLACES[item.ident], item.body, stop - item.body)
            if item.ident == _TRACKS:
                self._tracks(item, stop)

    def _tracks(self, tracks: EbmlElement, stop: int) -> None:
        """Keep the numbers of the tracks that are subtitles."""
        length = min(stop - tracks.body, _MAX_TRACKS)
        data = self.out.asset.read(tracks.body, length)
        pos = 0
        while pos < len(data) and len(self.subtitles) < MAX_TEXT_TRACKS:
            entry = element(data, pos)
            if entry is None or entry.end < 0:
                return
            if entry.ident == _ENTRY:
                values = _numbers(data[entry.body : entry.end])
                if values.get(_TRACK_TYPE) == _SUBTITLES:
                    self.subtitles.add(values.get(_TRACK_NUMBER, 0))
            pos = entry.end

    def _lines(self, cluster: EbmlElement, end: int) -> None:
        """Note the first lines of subtitles in a cluster; look for no more where that is enough."""
        pos, stop = cluster.body, cluster.end if 0 <= cluster.end <= end else end
        while pos < stop:
            self.looked_at += 1
            item = self.at(pos)
            if item is None or self.looked_at > _MAX_LOOKED_AT or item.ident in _TOP:
                break
            if item.ident in (_SIMPLE_BLOCK, _BLOCK):
                self._line(item)
            # a group of blocks is gone into: its own header is stepped over, not its content
            pos = item.body if item.ident == _BLOCK_GROUP or item.end < 0 else item.end
        if self.looked_at > _MAX_LOOKED_AT or self.lines >= MAX_TEXT_SAMPLES:
            self.subtitles.clear()

    def _line(self, block: EbmlElement) -> None:
        """Note the content of a block of subtitles: track, time (2) and flags (1) are before it."""
        head = self.out.asset.read(block.body, 8)
        width = 9 - head[0].bit_length() if head and head[0] else 9
        track = int.from_bytes(head[:width], "big") & ((1 << 7 * width) - 1)
        size = block.end - block.body - width - 3
        if track in self.subtitles and self.lines < MAX_TEXT_SAMPLES and size > 0:
            self.lines += 1
            if size <= MAX_TEXT_SAMPLE:
                self.out.metadata(BlockKind.EBML, _LINE_PLACE, block.body + width + 3, size)

    def _jump(self, start: int, end: int) -> int:
        """Note the tags that a seek head names; return where to walk on, 0 if it names none."""
        if _TAGS not in self.sought.values():
            return 0
        last, found, furthest = 0, True, max(self.sought)
        for offset, ident in self.sought.items():
            if ident not in _PLACES and offset != furthest:
                continue
            item = self.at(start + offset) if start + offset < end else None
            if item is None or item.ident != ident:
                self.out.truncated("the seek head names an element that is not there", "SeekHead")
                found = found and ident != _TAGS
                continue
            if ident in _PLACES:
                self._note(item, end)
            last = max(last, item.end)
        return last if found else 0

    def _seek_head(self, head: EbmlElement) -> None:
        length = min(head.end - head.body, _MAX_SEEK_HEAD)
        data = self.out.asset.read(head.body, length)
        pos = 0
        while pos < len(data) and len(self.sought) < MAX_SEEK_ENTRIES:
            seek = element(data, pos)
            if seek is None or seek.end < 0:
                return
            if seek.ident == _SEEK:
                values = _numbers(data[seek.body : seek.end])
                if _SEEK_ID in values and _SEEK_POSITION in values:
                    self.sought[values[_SEEK_POSITION]] = values[_SEEK_ID]
            pos = seek.end

    def _unknown(self, item: EbmlElement, end: int) -> int:
        """Return where an element of unknown size ends: at the next one of the segment."""
        pos = item.body
        while pos < end:
            self.left -= 1
            child = self.at(pos) if self.left >= 0 else None
            if child is None or child.ident in _TOP:
                return pos
            pos = child.end if child.end >= 0 else child.body
        return pos


def _numbers(data: bytes) -> dict[int, int]:
    """Return the children of one seek entry, each as a number."""
    values: dict[int, int] = {}
    pos = 0
    while pos < len(data):
        item = element(data, pos)
        if item is None or item.end < 0 or len(values) > 8:
            break
        values[item.ident] = int.from_bytes(data[item.body : min(item.end, item.body + 8)], "big")
        pos = item.end
    return values


def scan_ebml(asset: Asset) -> Scan:
    """Find the tags of a Matroska or WebM file."""
    walk = _EbmlScan(asset)
    head = asset.read(0, _HEAD)
    header = element(head, 0)
    webm = b"\x42\x82\x84webm" in head
    segment = walk.at(header.end) if header is not None and header.end >= 0 else None
    if segment is None or segment.ident != _SEGMENT:
        walk.out.truncated("no segment after the header")
    else:
        end = segment.end if segment.end >= 0 else asset.size
        if end > asset.size:
            walk.out.truncated("the segment ends after the end of the file")
        walk.segment(segment.body, min(end, asset.size))
    media_type = "video/webm" if webm else "video/x-matroska"
    return walk.out.finish(media_type, "ebml", can_carry=False)


FAMILY = Family(
    title="Matroska, WebM",
    media_types=("video/x-matroska", "video/webm"),
    scan=scan_ebml,
    example=b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska\x18\x53\x80\x67\x80",
    checksums=False,
    stepped=True,
)
