"""The Info dictionary of a PDF file (ISO 32000-1, 14.3.3), also in an object stream (7.5.7)."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from provenance.media.container.bounds import MAX_PDF_OBJECT_STREAMS, MAX_PDF_STREAM_HEAD
from provenance.media.container.model import BlockKind, Coding

if TYPE_CHECKING:
    from provenance.media.container.pdf import Document

PLACE, STREAM_PLACE = "Info", "ObjStm"
_INFO = re.compile(rb"/Info\s{1,8}(\d{1,10})\s{1,8}(\d{1,5})\s{1,8}R")
_OBJECT = re.compile(rb"(\d{1,10})\s{1,8}(\d{1,5})\s{1,8}obj\b")
_COUNT = re.compile(rb"/N\s{1,8}(\d{1,7})")
_FIRST = re.compile(rb"/First\s{1,8}(\d{1,9})")
_MAX_INFO = 1 << 20  # bytes of an Info dictionary that stands by itself
_HEADER = 256  # bytes in front of /ObjStm that may hold its object's number


def find(document: Document) -> None:
    """Note the Info dictionary that the newest trailer names.

    One that stands by itself has the place `Info`. For one in an object stream the block is the
    whole stream, and the place says its number and the stream's /First: `ObjStm 9 First 8`.
    """
    reference = None
    for window in reversed(document.windows):
        at = window.data.rfind(b"/Info")
        while at >= 0 and reference is None:
            reference = _INFO.match(window.data, at)
            at = window.data.rfind(b"/Info", 0, at)
        if reference is not None:
            break
    if reference is None:
        return
    out, number = document.out, int(reference[1])
    if document.contains(b"/Encrypt"):
        out.note("container.encrypted", "the Info dictionary is encrypted", PLACE)
        return
    offset = document.object(number, int(reference[2]))
    if offset is not None:
        data = out.asset.read(offset, _MAX_INFO)
        end = data.find(b"endobj")
        if end < 0:
            out.truncated("the Info dictionary does not end", PLACE)
        out.metadata(BlockKind.PDF, PLACE, offset, end if end >= 0 else len(data))
    elif document.contains(b"/ObjStm"):
        _streams(document, number)


def _streams(document: Document, number: int) -> None:
    """Look for an object in the object streams, newest first."""
    out, left = document.out, MAX_PDF_OBJECT_STREAMS
    for window in reversed(document.windows):
        at = window.data.rfind(b"/ObjStm")
        while at >= 0:
            left -= 1
            if left < 0:
                out.limit(f"more than {MAX_PDF_OBJECT_STREAMS} object streams", STREAM_PLACE)
                return
            headers = list(_OBJECT.finditer(window.data, max(at - _HEADER, 0), at))
            first = _first(document, window.start + headers[-1].start(), number) if headers else 0
            if first:
                stream = document.stream(int(headers[-1][1]), int(headers[-1][2]))
                if stream is not None:
                    span = stream.span
                    place = f"{STREAM_PLACE} {number} First {first}"
                    out.metadata(BlockKind.PDF, place, span.offset, span.length, Coding.DEFLATE)
                return
            at = window.data.rfind(b"/ObjStm", 0, at)


def _first(document: Document, offset: int, number: int) -> int:
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
