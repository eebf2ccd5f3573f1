"""ID3v2 tags (2.2 to 2.4) in front of MPEG audio or FLAC, and MPEG audio without one.

A manifest store is the object of a GEOB frame with the MIME type of a manifest store (C2PA
specification, "Embedding manifests into ID3"); XMP is a PRIV frame of the owner `XMP`. Where
unsynchronisation put zero bytes into the data, the spans leave them out. Text, comments and other
objects are noted one block a frame, under the frame's name in 2.3 and 2.4.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from provenance.media.container import apev2, flac, jumbf_header, leftovers
from provenance.media.container.block import BlockKind, Coding, Family, Span
from provenance.media.container.bounds import (
    MAX_ID3_FRAMES,
    MAX_ID3_STUFFED,
    MAX_ID3_TAGS,
    MAX_ID3_UNSYNC,
)
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_MIMES = frozenset({b"application/c2pa", b"application/x-c2pa-manifest-store"})
_MAX_WRAPPING = 256  # the same, where it is to count as the credential's; usual are about 37
_MAX_HEADER = 2_048  # MIME type, file name and description of a GEOB frame
_OLD = {  # ID3v2.2 names of frames; other text frames keep theirs (ID3v2.2.0, 4)
    b"TXX": b"TXXX",
    b"COM": b"COMM",
    b"ULT": b"USLT",
    b"GEO": b"GEOB",
    b"TT2": b"TIT2",
    b"TP1": b"TPE1",
    b"TAL": b"TALB",
    b"TSS": b"TSSE",
    b"TEN": b"TENC",
    b"WXX": b"WXXX",
    b"WAS": b"WOAS",
    b"WAF": b"WOAF",
}
_UNSYNC, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10


class _Data:
    """Bytes of the tag, with unsynchronisation taken back where it was applied."""

    __slots__ = ("_bytes", "_dropped", "_read", "length", "start")

    def __init__(self, asset: Asset, start: int, length: int, raw: bytes | None = None) -> None:
        self.start = start
        self.length = length
        self._read = asset.read
        self._dropped: list[int] = []  # of each zero byte left out: its offset in the result
        self._bytes: bytes | None = None
        if raw is not None:
            at = raw.find(b"\xff\0")
            while at >= 0:
                self._dropped.append(at + 1 - len(self._dropped))
                at = raw.find(b"\xff\0", at + 2)
            self._bytes = raw.replace(b"\xff\0", b"\xff")
            self.length = len(self._bytes)

    def read(self, at: int, length: int) -> bytes:
        """Return bytes by their offset in the decoded data."""
        if self._bytes is not None:
            return self._bytes[at : at + length]
        return self._read(self.start + at, min(length, self.length - at))

    def place(self, at: int) -> int:
        """Return where a decoded byte is in the file."""
        return self.start + at + bisect_right(self._dropped, at)

    def spans(self, at: int, end: int) -> list[Span]:
        """Return where decoded bytes are in the file."""
        spans: list[Span] = []
        skipped = bisect_right(self._dropped, at)
        for cut in self._dropped[skipped:]:
            if cut >= end:
                break
            spans.append(Span(self.start + at + skipped, cut - at))
            at = cut
            skipped += 1
        if end > at:
            spans.append(Span(self.start + at + skipped, end - at))
        return spans


class _Frame(NamedTuple):
    kind: bytes
    data: _Data
    at: int
    end: int
    deflated: bool
    start: int  # of its header, in bytes from the start of the file


_BEFORE = 16  # bytes in front of what is not a frame that may belong to it


class _Tag:
    __slots__ = ("end", "major", "out", "start", "stuffed", "unsync")

    def __init__(self, out: Collector, start: int, head: bytes) -> None:
        self.out = out
        self.start = start
        self.major = head[3]
        self.unsync = bool(head[5] & _UNSYNC)
        self.stuffed = MAX_ID3_STUFFED
        self.end = start + 10 + _syncsafe(head[6:10])

    def frames(self, flags: int) -> None:
        """Go over the frames; only headers are read."""
        asset = self.out.asset
        length = min(self.end, asset.size) - self.start - 10
        whole = self.unsync and self.major < 4  # in 2.4 each frame is unsynchronised by itself
        plain = _Data(asset, self.start + 10, length)
        data = self._synced(self.start + 10, length) if whole else plain
        if data is None:
            self._search_leftovers(plain, 0)
            return
        if self.major == 2:
            if not flags & _EXTENDED:  # there the bit means a compression that was never defined
                self._old_frames(data)
            else:
                self._search_leftovers(plain, 0)
            return
        at = self._extended(data) if flags & _EXTENDED else 0
        if at and at > length - 10:  # a header of that size is none
            self._search_leftovers(plain, 0)
            return
        self._new_frames(data, at)

    def _new_frames(self, data: _Data, at: int) -> None:
        """Go over the frames of ID3v2.3 and 2.4: names of four letters, sizes of four bytes."""
        odd = -1  # where a frame has a name that is not of capitals and digits (section 4)
        for _ in range(MAX_ID3_FRAMES):
            head = data.read(at, 10)
            if len(head) < 10:
                break
            if not head[:4].isalnum():  # padding, or an odd frame
                break
            if odd < 0 and head[:4] != head[:4].upper():
                odd = max(at - _BEFORE, 0)
            size = (
                _syncsafe(head[4:8])
                if self.major == 4 and max(head[4:8]) < 0x80
                else int.from_bytes(head[4:8], "big")  # also 2.4 as some writers got it wrong
            )
            end = at + 10 + size
            if end > data.length:
                self.out.truncated("a frame ends after the end of its tag", "ID3")
                end = data.length
            if head[:4] in (b"GEOB", b"PRIV"):
                self._object(self._frame(head, data, at + 10, end))
            elif (head[0] in b"TW" or head[:4] in (b"COMM", b"USLT")) and not head[9] & (
                0x40 if self.major == 3 else 0x04  # encrypted
            ):
                self._text(self._frame(head, data, at + 10, end))
            else:
                self._foreign(self._frame(head, data, at + 10, end))
            at = end
        else:
            self.out.limit(f"more than {MAX_ID3_FRAMES} frames", "ID3")
        self._search_leftovers(data, at if odd < 0 else odd)

    def _synced(self, start: int, length: int) -> _Data | None:
        """Take unsynchronisation back from a range, None and a finding over the bounds."""
        if length <= MAX_ID3_UNSYNC:
            raw = self.out.asset.read(start, length)
            self.stuffed -= raw.count(b"\xff\0")
            if self.stuffed >= 0:
                return _Data(self.out.asset, start, length, raw)
        self.out.limit(f"{length} unsynchronised bytes at {start}", "ID3")
        return None

    def _search_leftovers(self, data: _Data, at: int) -> None:
        """Search what follows the frames: zero bytes, as a rule."""
        out = self.out
        leftovers.search(out, data.place(at), self.end)

    def _old_frames(self, data: _Data) -> None:
        """Go over the frames of ID3v2.2: names of three letters, sizes of three bytes."""
        at = 0
        for _ in range(MAX_ID3_FRAMES):
            head = data.read(at, 6)
            if len(head) < 6 or not head[:3].isalnum():
                self._search_leftovers(data, at)
                return
            end = at + 6 + int.from_bytes(head[3:], "big")
            if end > data.length:
                self.out.truncated("a frame ends after the end of its tag", "ID3")
                end = data.length
            if head[0] in b"TW" or head[:3] in _OLD:
                kind = _OLD.get(head[:3], head[:3])
                self._text(_Frame(kind, data, at + 6, end, deflated=False, start=data.place(at)))
            self._foreign(_Frame(b"", data, at + 6, end, deflated=False, start=data.place(at)))
            at = end
        self.out.limit(f"more than {MAX_ID3_FRAMES} frames", "ID3")
        self._search_leftovers(data, at)

    def _text(self, frame: _Frame) -> None:
        """Note a frame whose content is read as metadata."""
        if frame.kind:
            coding = Coding.DEFLATE if frame.deflated else Coding.RAW
            spans = frame.data.spans(frame.at, frame.end)
            self.out.joined(BlockKind.ID3, frame.kind.decode("ascii"), spans, coding)

    def _extended(self, data: _Data) -> int:
        size = data.read(0, 4)
        if self.major == 4:
            return _syncsafe(size)
        return int.from_bytes(size, "big") + 4

    def _frame(self, head: bytes, data: _Data, at: int, end: int) -> _Frame:
        """Apply the format flags: what is before the content, and how it is coded."""
        flags, start = head[9], data.place(at - len(head))
        if self.major == 3:
            deflated = bool(flags & 0x80)
            at += (4 if deflated else 0) + (1 if flags & 0x20 else 0)
            return _Frame(head[:4], data, at, end, deflated, start)
        at += (1 if flags & 0x40 else 0) + (4 if flags & 0x01 else 0)
        deflated = bool(flags & 0x08)
        if (flags & 0x02 or self.unsync) and at < end:
            synced = self._synced(data.start + at, end - at)
            if synced is None:
                self._search_leftovers(data, at)
                return _Frame(b"", data, at, end, deflated, start)
            data, at, end = synced, 0, synced.length
        return _Frame(head[:4], data, at, end, deflated, start)

    def _object(self, frame: _Frame) -> None:
        head = frame.data.read(frame.at, min(_MAX_HEADER, frame.end - frame.at))
        if frame.deflated:
            if frame.kind == b"GEOB" and _mime(_inflated(head)) in _MIMES:
                self.out.not_located("a compressed frame", "GEOB")
            else:
                self._foreign(frame)  # one wrong bit says that it is compressed
                self._text(frame)
        elif frame.kind == b"PRIV":
            if head.startswith(b"XMP\0"):
                self.out.xmp("PRIV", frame.data.spans(frame.at + 4, frame.end))
            else:
                self._foreign(frame)
                self._text(frame)
        elif frame.kind == b"GEOB" and _mime(head) in _MIMES:
            at = _object_start(head)
            if at < 0:
                self.out.truncated("the manifest store's frame has no object", "GEOB")
            else:
                spans = frame.data.spans(frame.at + at, frame.end)
                self.out.store("GEOB", spans, headers=_headers(frame, at, spans))
        else:
            self._foreign(frame)
            self._text(frame)

    def _foreign(self, frame: _Frame) -> None:
        """Look for a store in a frame that is not its own: of another name, or another type."""
        head = frame.data.read(frame.at, min(_MAX_HEADER, frame.end - frame.at))
        at = jumbf_header.begins(head)
        if at < 0 or leftovers.embedded(self.out, frame.data.place(frame.at + at)) is None:
            return
        spans = frame.data.spans(frame.at + at, frame.end)
        sound = jumbf_header.is_store(head[at:])
        self.out.remain("frame", frame.data.place(frame.at + at), spans if sound else ())


def _headers(frame: _Frame, at: int, spans: list[Span]) -> list[Span]:
    """Return what of a frame is in front of each span of its object.

    That is the frame's header, encoding, MIME type, file name and description, where they are no
    longer than they need to be; then the zero bytes of unsynchronisation.
    """
    if not spans:
        return []
    length = spans[0].offset - frame.start
    first = Span(frame.start, length if at <= _MAX_WRAPPING else 0)
    ends = (span.offset + span.length for span in spans)
    between = (Span(end, after.offset - end) for end, after in zip(ends, spans[1:], strict=False))
    return [first, *between]


def _syncsafe(data: bytes) -> int:
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    return value


def _mime(head: bytes) -> bytes:
    return head[1:].split(b"\0", 1)[0].lower()


def _inflated(head: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(head, 256)
    except zlib.error:
        return b""


def _object_start(head: bytes) -> int:
    """Return where the object of a GEOB frame starts (ID3v2.4 frames, 4.15), -1 if nowhere."""
    at = head.find(b"\0", 1) + 1
    wide = head[0] in (1, 2)  # UTF-16: two zero bytes end a text, at an even place
    for _ in range(2 if at else 0):
        if not wide:
            at = head.find(b"\0", at) + 1
        else:
            stop = head.find(b"\0\0", at)
            while stop >= 0 and (stop - at) % 2:
                stop = head.find(b"\0\0", stop + 1)
            at = stop + 2 if stop >= 0 else 0
        if not at:
            break
    return at or -1


def mpeg_frame(head: bytes) -> int:
    """Return the length in bytes of the MPEG audio frame that begins here, 0 if none does.

    Layers I to III of MPEG 1, 2 and 2.5 (ISO/IEC 11172-3, 2.4.1.3; ISO/IEC 13818-3).
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, sampling, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 0 or rate in (0, 15) or sampling == 3:
        return 0
    first = version == 3
    hertz = (44_100, 48_000, 32_000)[sampling] >> (0 if first else 1 if version == 2 else 2)
    kilobits = _KILOBITS[first, layer][rate - 1]
    if layer == 3:
        return (12_000 * kilobits // hertz + padding) * 4
    samples = 72_000 if layer == 1 and not first else 144_000
    return samples * kilobits // hertz + padding


_KILOBITS = {  # (MPEG 1, layer code: 3 is layer I) -> kbit/s by index from 1
    (True, 3): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 3): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 1): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}

_ASTRAY = 1 << 20  # bytes searched after a tag that no audio follows


def embedded(out: Collector, start: int) -> None:
    """Note the frames of a tag that is within another container."""
    head = out.asset.read(start, 10)
    if head[:3] == b"ID3" and len(head) == 10 and head[3] in (2, 3, 4):
        _Tag(out, start, head).frames(head[5])


def scan_id3(asset: Asset) -> Scan:
    """Find the manifest store and the metadata of a file that begins with ID3v2 or MPEG audio."""
    out = Collector(asset)
    head = asset.read(0, 10)
    end = 0
    for _ in range(MAX_ID3_TAGS):  # players skip each of them
        if head[:3] != b"ID3" or len(head) < 10:
            break
        tag = _Tag(out, end, head)
        if tag.end > asset.size:
            out.truncated("the tag ends after the end of the file", "ID3")
        if tag.major in (2, 3, 4):
            tag.frames(head[5])
        else:
            leftovers.search(out, end, tag.end, own=lambda box: leftovers.in_one_piece(out, box))
        end = tag.end + (10 if tag.major == 4 and head[5] & _FOOTER else 0)
        head = asset.read(end, 10)
    if head[:3] == b"ID3":
        out.limit(f"more than {MAX_ID3_TAGS} tags", "ID3")
        leftovers.search(
            out, end, own=lambda box: leftovers.behind(out, box, b"application/", _MAX_HEADER)
        )
    if end and head[:4] == b"fLaC":
        return flac.finish(out, end)
    found = any(block.kind is BlockKind.MANIFEST_STORE for block in out.blocks)
    if end and not found and not out.remains:
        # a frame's or the tag's own size may be wrong, so that the walk over them missed a store
        for box in leftovers.stores(out, 0, end + (0 if mpeg_frame(head) else _ASTRAY)):
            if (spans := leftovers.embedded(out, box)) is not None:
                out.remain(leftovers.PLACE, box, spans)
    apev2.add_ape_tags(out)
    return out.finish("audio/mpeg", "id3")


def _recognise(asset: Asset, head: bytes) -> bool:
    """Ask for two frames of MPEG audio, one after the other."""
    length = mpeg_frame(head)
    return length > 0 and mpeg_frame(asset.read(length, 4)) > 0


FAMILY = Family(
    title="MP3 and other MPEG audio",
    media_types=("audio/mpeg",),
    scan=scan_id3,
    example=b"ID3\4\0\0\0\0\0\0",
    store="frame `GEOB` of the ID3v2 tag",
    recognise=_recognise,
    near_miss=b"\xff\xfb\x90\0" + bytes(600),  # one frame alone
    checksums=False,
    stepped=True,
)
