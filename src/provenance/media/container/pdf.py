"""PDF (ISO 32000): an embedded file whose AFRelationship is C2PA_Manifest, XMP, and Info.

No PDF is parsed. The file specification is searched for in the text of the file, at both ends of
a large one (C2PA specification, "Embedding manifests into PDFs"); the stream it names is found
through the cross-reference table, or by its object header. Where objects are in compressed
object streams, the scan says `container.credential_not_located` instead of "none". The Info
dictionary (14.3.3) is followed into object streams too (7.5.7).
"""

from __future__ import annotations

import re
import zlib
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from provenance.media.container import jumbf_header, leftovers
from provenance.media.container.block import BlockKind, Coding, Family, Span
from provenance.media.container.bounds import (
    MAX_PDF_OBJECT_STREAMS,
    MAX_PDF_REVISIONS,
    MAX_PDF_STEPS,
    MAX_PDF_STORES,
    MAX_PDF_STREAM_HEAD,
    MAX_PDF_STREAMS,
    MAX_PDF_WHOLE,
    MAX_PDF_WINDOW,
    MAX_REMAINS,
)
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

# A name may be written with hexadecimal escapes (ISO 32000-1, 7.3.5); writers escape `_` at most.
_RELATION = re.compile(rb"/AFRelationship\s{0,8}/C2PA(?:_|#5[Ff])Manifest")
_FILE = re.compile(
    rb"/EF\s{0,8}<<.{0,256}?/(?:UF|F)\s{1,8}(\d{1,10})\s{1,8}(\d{1,5})\s{1,8}R", re.DOTALL
)
_METADATA = re.compile(rb"/Metadata\s{1,8}(\d{1,10})\s{1,8}(\d{1,5})\s{1,8}R")
_LENGTH = re.compile(rb"/Length\s{1,8}(\d{1,12})(?:\s{1,8}(\d{1,5})\s{1,8}R)?")
_FILTER = re.compile(rb"/Filter\s{0,8}(\[[^\]]{0,256}\]|/[A-Za-z0-9]{1,32})")
_PREVIOUS = re.compile(rb"/Prev\s{1,8}(\d{1,12})")
_HEADER = re.compile(
    rb"\s*\d{1,10}\s+\d{1,5}\s+obj\s*<<"
    rb"(?:\s+|/[A-Za-z0-9#._-]+|\d{1,12}(?![\w.])|R(?!\w)|<<|>>)*+stream(?:\r\n|\n|\r)"
)
_TAIL = re.compile(rb"\s{0,2}endstream\s{1,4}endobj")
_STREAM = re.compile(rb"stream(?:\r\n|\n|\r)")
_MAY_HOLD = (b"C2PA", b"/EmbeddedFile", b"/AFRelationship")
_ZLIB = re.compile(rb"x[\x01\x5e\x9c\xda]")  # how compressed streams begin (RFC 1950)
_HINTS = (b"/EmbeddedFile", b"/Encrypt", b"c2pa")  # c2pa: the media type as /Subtype
_MAX_DICTIONARY = 4_096
_HEAD = 1_024  # bytes of a stream that are inflated to see what it is
# What the SDK is asked about: it looks for the end of each stream that is open, one by one.
_MAX_STREAMS, _MAX_OPEN = 200_000, 4  # ends and starts of streams; bytes in open ones to all bytes
_SEARCHED, _OVERLAP = 1 << 20, 8  # bytes read at a time for that, and how far they overlap
_XREF_HEADER = 64
_XREF_ENTRY = 20  # ISO 32000-1, 7.5.4: exactly 20 bytes
_MAX_SUBSECTIONS = 256
_MAX_TRAILER = 2_048
_INFO_PLACE, _STREAM_PLACE = "Info", "ObjStm"
_INFO = re.compile(rb"/Info\s{1,8}(\d{1,10})\s{1,8}(\d{1,5})\s{1,8}R")
_OBJECT = re.compile(rb"(\d{1,10})\s{1,8}(\d{1,5})\s{1,8}obj\b")
_COUNT = re.compile(rb"/N\s{1,8}(\d{1,7})")
_FIRST = re.compile(rb"/First\s{1,8}(\d{1,9})")
_MAX_INFO = 1 << 20  # bytes of an Info dictionary that stands by itself
_OBJECT_HEADER = 256  # bytes in front of /ObjStm that may hold its object's number


class Window(NamedTuple):
    """A part of the file that is held in memory."""

    start: int
    data: bytes


class Stream(NamedTuple):
    """Where the content of a stream object stands, and its /Filter as it is written."""

    span: Span
    filters: bytes
    header: Span  # its object up to the content: number and dictionary


class PdfFile:
    """One PDF file: the parts that are searched, and its cross-reference table."""

    __slots__ = ("object_offsets", "out", "sections", "steps", "whole", "windows")

    def __init__(self, asset: Asset) -> None:
        self.out = Collector(asset)
        self.object_offsets: dict[tuple[int, int], int | None] = {}  # objects that were looked for
        self.steps = MAX_PDF_STEPS
        size = asset.size
        self.whole = size <= MAX_PDF_WHOLE
        if self.whole:
            self.windows = [Window(0, asset.read(0, size))]
        else:
            tail = size - MAX_PDF_WINDOW
            self.windows = [
                Window(0, asset.read(0, MAX_PDF_WINDOW)),
                Window(tail, asset.read(tail, MAX_PDF_WINDOW)),
            ]
        self.sections: list[tuple[int, int, int]] | None = None  # first number, count, offset

    def contains(self, text: bytes) -> bool:
        """Tell whether a text is in what is searched."""
        return any(text in window.data for window in self.windows)

    def stores(self) -> None:
        """Find the manifest stores, or say that there may be one."""
        out = self.out
        mentioned = False
        offsets: set[int] = set()
        for window in self.windows:
            for count, match in enumerate(_RELATION.finditer(window.data)):
                mentioned = True
                if count >= MAX_PDF_STORES:
                    out.limit(f"more than {MAX_PDF_STORES} file specifications of manifests")
                    break
                for stream in self._specified(window.data, match.start()):
                    if stream.span.offset not in offsets:
                        offsets.add(stream.span.offset)
                        self._add(stream)
        self._undirected(offsets, named=mentioned)
        if offsets:
            return
        if mentioned or self.contains(b"C2PA_Manifest") or self.contains(b"/C2PA"):
            self._doubtful("a manifest store is named, its stream was not found", named=True)
        elif not self.whole:
            self._doubtful("a large file, searched at both ends only")
        elif self.contains(b"/ObjStm") and any(map(self.contains, _HINTS)):
            # what names the credential may be where this search does not look
            self._doubtful("embedded files or encryption, and compressed objects")

    def _undirected(self, offsets: set[int], *, named: bool) -> None:
        """Find a store that no dictionary leads to; `named` where one says that there is one."""
        out = self.out
        if not offsets:
            self._signatures(offsets)
        elif not out.blocks and self.whole:  # its dictionary leads to what cannot be read
            for start in leftovers.stores(out, 0, out.asset.size):
                if (spans := self._store_at(start)) and len(out.remains) < MAX_REMAINS:
                    out.remain(leftovers.PLACE, start, spans)
        if not (out.blocks or out.remains) and any(map(self.contains, _MAY_HOLD)):
            self._compressed(offsets)
            at = -1 if offsets else leftovers.headless(out, 0, out.asset.size, labelled=True)
            if at >= 0 and named:
                out.remain("EmbeddedFile", at)

    def _doubtful(self, message: str, *, named: bool = False) -> None:
        """Say that there may be a store, so that the SDK is asked; `named` where the file says so.

        It takes minutes over a file that was made to cost it that. Then what is in no window is
        searched for a store by ourselves.
        """
        if self._is_cheap():
            self.out.not_located(message, "AF")
            return
        self.out.limit(f"{message}; too many streams that do not end to look further", "AF")
        if named:
            self.out.remain("AF", 0)
        if not self.whole:
            first, last = self.windows
            leftovers.search(self.out, first.start + len(first.data), last.start, self._store_at)

    def _store_at(self, box: int) -> tuple[Span, ...] | None:
        return leftovers.embedded(self.out, box)

    def _is_cheap(self) -> bool:
        """Tell whether a reader that looks for the end of each stream is done in linear time."""
        read, size = self.out.asset.read, self.out.asset.size
        at = count = opened = starts = total = 0
        while at < size:
            data = read(at, _SEARCHED)
            offset = data.find(b"stream", 3 if at else 0)  # none is met twice, each with its "end"
            while offset >= 0:
                count += 1
                if count > _MAX_STREAMS:
                    return False
                if data[max(offset - 3, 0) : offset] == b"end":
                    total += opened * (at + offset) - starts
                    opened = starts = 0
                else:
                    opened, starts = opened + 1, starts + at + offset
                offset = data.find(b"stream", offset + 6)
            if len(data) < _SEARCHED:
                break
            at += _SEARCHED - _OVERLAP
        total += opened * size - starts
        return total <= _MAX_OPEN * size

    def _specified(self, data: bytes, at: int) -> list[Stream]:
        """Follow a file specification to its stream, and to those that this one replaced.

        The newest is the last: an update may define an object anew under its number.
        """
        start = max(at - _MAX_DICTIONARY, 0)
        start = max(data.rfind(b"obj", start, at), start)
        end = data.find(b"endobj", at, at + _MAX_DICTIONARY)
        match = _FILE.search(data, start, end if end >= 0 else at + _MAX_DICTIONARY)
        offset = self.object(int(match[1]), int(match[2])) if match else None
        if match is None or offset is None:
            return []
        header = b"\n%d %d obj" % (int(match[1]), int(match[2]))
        before = [
            window.start + match.start() + 1
            for window in self.windows
            for match in islice(re.finditer(header, window.data), MAX_PDF_STORES)
        ]
        places = (*(place for place in before if place < offset), offset)
        return [stream for place in places if (stream := self._stream_at(place)) is not None]

    def _signatures(self, offsets: set[int]) -> None:
        """Find a store by its own first bytes, where no dictionary led to it.

        One within a picture is the picture's.
        """
        out = self.out
        for window in self.windows:
            for start in leftovers.stores(out, window.start, window.start + len(window.data)):
                if leftovers.embedded(out, start) is None:
                    continue
                offsets.add(start)
                declared = jumbf_header.superbox_length(
                    out.asset.read(start, 16), out.asset.size - start
                )
                out.store("EmbeddedFile", (Span(start, declared or 0),))
                return

    def _compressed(self, offsets: set[int]) -> None:
        """Find a store by what streams inflate to, where their dictionaries do not lead to it."""
        left = MAX_PDF_STREAMS
        for window in self.windows:
            for begin in _ZLIB.finditer(window.data):
                left -= 1
                if left < 0:
                    self.out.limit(f"more than {MAX_PDF_STREAMS} streams", "EmbeddedFile")
                    return
                at = begin.start()
                if jumbf_header.is_store(_inflated(window.data[at : at + _HEAD])):
                    end = window.data.find(b"endstream", at)
                    length = (end if end >= 0 else len(window.data)) - at
                    offsets.add(window.start + at)
                    span = Span(window.start + at, length)
                    self.out.remain("EmbeddedFile", span.offset, (span,), Coding.DEFLATE)
                    return

    def _add(self, stream: Stream) -> None:
        span, filters, _ = stream
        head = self.out.asset.read(span.offset, min(span.length, _HEAD))
        if not filters and jumbf_header.is_store(_inflated(head)):  # whatever the dictionary says
            self.out.remain("EmbeddedFile", span.offset, (span,), Coding.DEFLATE)
        elif not filters:
            self.out.store("EmbeddedFile", (span,), self._around(stream))
        elif filters.strip(b"[] \r\n\t") == b"/FlateDecode":
            if not jumbf_header.is_store(_inflated(head)):
                self.out.truncated("the manifest store is not a JUMBF superbox", "EmbeddedFile")
            own = (*self._around(stream), span)
            self.out.coded_store("EmbeddedFile", span, Coding.DEFLATE, own)
        else:
            self._doubtful("a manifest store with a filter that is not read", named=True)

    def _around(self, stream: Stream) -> list[Span]:
        """Return what of the stream object is in front of and after its content.

        Only where it is nothing but names, numbers and references: another object could be
        in a string or a comment.
        """
        around = []
        if _HEADER.fullmatch(self.out.asset.read(stream.header.offset, stream.header.length)):
            around.append(stream.header)
        end = stream.span.offset + stream.span.length
        tail = _TAIL.match(self.out.asset.read(end, 64))
        if tail:
            around.append(Span(end, tail.end()))
        return around

    def xmp(self) -> None:
        """Find the catalogue's metadata stream, where it is not compressed."""
        for window in reversed(self.windows):  # the newest revision is after the others
            at = window.data.rfind(b"/Catalog")
            if at < 0:
                continue
            start = max(window.data.rfind(b" obj", 0, at), at - _MAX_DICTIONARY, 0)
            end = window.data.find(b"endobj", at)
            match = _METADATA.search(window.data, start, end if end >= 0 else len(window.data))
            stream = self.stream(int(match[1]), int(match[2])) if match else None
            if stream is not None and not stream.filters:
                self.out.xmp("Metadata", (stream.span,))
            elif stream is not None and stream.filters == b"/FlateDecode":
                self.out.xmp("Metadata", (stream.span,), Coding.DEFLATE)
            return

    def stream(self, number: int, generation: int) -> Stream | None:
        """Return where the content of a stream object stands."""
        offset = self.object(number, generation)
        return None if offset is None else self._stream_at(offset)

    def _stream_at(self, offset: int) -> Stream | None:
        data = self.out.asset.read(offset, _MAX_DICTIONARY)
        begin = _STREAM.search(data)
        if begin is None:
            return None
        head = data[: begin.start()]
        match = _LENGTH.search(head)
        length = self._length(match) if match else None
        if length is None:
            return None
        filters = _FILTER.search(head)
        return Stream(
            Span(offset + begin.end(), length),
            filters[1] if filters else b"",
            Span(offset, begin.end()),
        )

    def _length(self, match: re.Match[bytes]) -> int | None:
        if match[2] is None:
            return int(match[1])
        offset = self.object(int(match[1]), int(match[2]))  # an indirect length
        if offset is None:
            return None
        value = re.match(rb"\d+\s+\d+\s+obj\s+(\d{1,12})\s", self.out.asset.read(offset, 64))
        return int(value[1]) if value else None

    def object(self, number: int, generation: int) -> int | None:
        """Return the offset of an object, by the cross-reference table or by its header."""
        key = (number, generation)
        if key not in self.object_offsets:
            self.object_offsets[key] = self._object(number, generation)
        return self.object_offsets[key]

    def _object(self, number: int, generation: int) -> int | None:
        wanted = re.compile(rb"\s{0,8}%d\s{1,8}%d\s{1,8}obj\b" % (number, generation))
        read = self.out.asset.read
        if self.sections is None:
            self.sections = self._cross_reference()
        for first, count, at in self.sections:
            if first <= number < first + count:
                entry = read(at + (number - first) * _XREF_ENTRY, _XREF_ENTRY)
                if entry[17:18] == b"n" and entry[:10].isdigit():
                    offset = int(entry[:10])
                    if wanted.match(read(offset, 48)):
                        return offset
        header = b"%d %d obj" % (number, generation)
        for window in reversed(self.windows):
            at = window.data.rfind(header)  # the last one is the newest
            while at > 0 and window.data[at - 1 : at].isdigit():  # of a longer number
                self.steps -= 1
                if self.steps < 0:
                    self.out.limit(f"more than {MAX_PDF_STEPS} headers that may be an object's")
                    return None
                at = window.data.rfind(header, 0, at)
            if at >= 0:
                return window.start + at
        return None

    def _cross_reference(self) -> list[tuple[int, int, int]]:
        """Return the subsections of the classic tables, newest first."""
        sections: list[tuple[int, int, int]] = []
        tail = self.windows[-1].data
        at = tail.rfind(b"startxref")
        start = (
            re.match(rb"startxref\s+(\d{1,12})", tail[at : at + _XREF_HEADER]) if at >= 0 else None
        )
        offset = int(start[1]) if start else 0
        seen: set[int] = set()
        while offset and offset not in seen and len(seen) < MAX_PDF_REVISIONS:
            seen.add(offset)
            offset = self._section(offset, sections)
        if offset and len(seen) >= MAX_PDF_REVISIONS:
            self.out.limit(f"more than {MAX_PDF_REVISIONS} cross-reference sections")
        return sections

    def _section(self, offset: int, sections: list[tuple[int, int, int]]) -> int:
        """Read the subsections of one table; return the offset of the one before it."""
        read = self.out.asset.read
        head = read(offset, _XREF_HEADER)
        begin = re.match(rb"\s*xref\s+", head)
        if begin is None:
            return 0  # a cross-reference stream: objects are found by their headers
        pos = offset + begin.end()
        for _ in range(_MAX_SUBSECTIONS):
            head = read(pos, _XREF_HEADER)
            sub = re.match(rb"\s*(\d{1,10})\s+(\d{1,10})\s*?(?:\r\n|\n|\r)", head)
            if sub is None:
                break
            at = pos + sub.end()
            sections.append((int(sub[1]), int(sub[2]), at))
            pos = at + int(sub[2]) * _XREF_ENTRY
        trailer = read(pos, _MAX_TRAILER).split(b"startxref", 1)[0]
        match = _PREVIOUS.search(trailer)
        return int(match[1]) if match else 0


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, jumbf_header.PEEK)
    except zlib.error:
        return b""


def scan_pdf(asset: Asset) -> Scan:
    """Find the manifest store and the metadata of a PDF file."""
    document = PdfFile(asset)
    document.stores()
    document.xmp()
    if document.contains(b"/Info"):
        _info(document)
    return document.out.finish("application/pdf", "pdf")


def _info(document: PdfFile) -> None:
    """Note the Info dictionary that the newest trailer names.

    One that stands by itself has the place `Info`. For one in an object stream the block is the
    whole stream, and the place says its number and the stream's /First: `ObjStm 9 First 8`.
    """
    reference = None
    for window in reversed(document.windows):
        at = window.data.rfind(b"/Info")
        while at >= 0 and reference is None and document.steps > 0:
            document.steps -= 1
            reference = _INFO.match(window.data, at)
            at = window.data.rfind(b"/Info", 0, at)
        if reference is not None:
            break
    if reference is None:
        return
    out, number = document.out, int(reference[1])
    if document.contains(b"/Encrypt"):
        out.note("container.encrypted", "the Info dictionary is encrypted", _INFO_PLACE)
        return
    offset = document.object(number, int(reference[2]))
    if offset is not None:
        data = out.asset.read(offset, _MAX_INFO)
        end = data.find(b"endobj")
        if end < 0:
            out.truncated("the Info dictionary does not end", _INFO_PLACE)
        out.metadata(BlockKind.PDF, _INFO_PLACE, offset, end if end >= 0 else len(data))
    elif document.contains(b"/ObjStm"):
        _info_in_streams(document, number)


def _info_in_streams(document: PdfFile, number: int) -> None:
    """Look for an object in the object streams, newest first."""
    out, left = document.out, MAX_PDF_OBJECT_STREAMS
    for window in reversed(document.windows):
        at = window.data.rfind(b"/ObjStm")
        while at >= 0:
            left -= 1
            if left < 0:
                out.limit(f"more than {MAX_PDF_OBJECT_STREAMS} object streams", _STREAM_PLACE)
                return
            headers = list(_OBJECT.finditer(window.data, max(at - _OBJECT_HEADER, 0), at))
            first = (
                _first_object(document, window.start + headers[-1].start(), number)
                if headers
                else 0
            )
            if first:
                stream = document.stream(int(headers[-1][1]), int(headers[-1][2]))
                if stream is not None:
                    span = stream.span
                    place = f"{_STREAM_PLACE} {number} First {first}"
                    out.metadata(BlockKind.PDF, place, span.offset, span.length, Coding.DEFLATE)
                return
            at = window.data.rfind(b"/ObjStm", 0, at)


def _first_object(document: PdfFile, offset: int, number: int) -> int:
    """Return where the objects of a stream begin, 0 if its table does not list the one wanted."""
    data = document.out.asset.read(offset, MAX_PDF_STREAM_HEAD)
    begin = data.find(b"stream")
    while begin >= 0 and data[begin + 6 : begin + 7] not in (b"\r", b"\n"):
        begin = data.find(b"stream", begin + 6)
    head = data[: max(begin, 0)]
    count, first = _COUNT.search(head), _FIRST.search(head)
    if count is None or first is None or b"/FlateDecode" not in head:
        return 0
    content = data[begin + 6 :].lstrip(b"\r\n")
    try:
        table = zlib.decompressobj().decompress(content, min(int(first[1]), MAX_PDF_STREAM_HEAD))
    except zlib.error:
        return 0
    listed = b"%d" % number in table.split()[: 2 * int(count[1]) : 2]
    return int(first[1]) if listed else 0


FAMILY = Family(
    title="PDF",
    media_types=("application/pdf",),
    scan=scan_pdf,
    example=b"%PDF-1.7\n%%EOF\n",
    store="embedded file with the relationship `C2PA_Manifest`",
    checksums=False,
    holds=(("application/pdf", "a document; pictures and files in it were"),),
    opener="pdf_members",
)
