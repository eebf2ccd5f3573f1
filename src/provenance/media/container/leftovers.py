"""Searching what was not read as structure, for manifest stores and XMP packets.

Where a bound or damage ends the walk over a container, the rest of the file is searched for the
first bytes of a manifest store, and for XMP: in time linear in its length, a MiB at a time. What
is found has no place in the structure, so that it is not a credential of the file by the standard;
but it must not stay unsaid (a store becomes `Scan.remains`).

A family says which stores count as the file's own, for a file may hold other files: a picture in
a document, a preview in a raw photo, a video after a picture.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.media.container import jumbf_header
from provenance.media.container.block import BlockKind, Span
from provenance.media.container.bounds import (
    MAX_REMAINS,
    MAX_REST_MARKS,
    MAX_REST_PACKET,
    MAX_REST_PACKETS,
    MAX_UNKNOWN,
)
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

    Own = Callable[[int], Sequence[Span] | None]
    """Takes where a superbox begins; returns where its store is, or None if of another file."""

_CHUNK = 1 << 20  # bytes held at a time
_PEEK = 128  # bytes at the start of a chunk, a box, a frame in which a store may begin
PLACE = "unread"
STORE = BlockKind.MANIFEST_STORE
_TYPE = b"jumdc2pa"  # the description box of a manifest store
META = b"adobe:ns:meta/"  # the namespace on the element around an XMP packet
_OPENED = re.compile(rb"<([A-Za-z_][\w.\-]{0,31}):xmpmeta\b[^<>]{0,512}$")
_PACKETS = (b"<?xpacket", b"<x:xmpmeta")
_PREFIX = 640
_UNKNOWN = "unknown"  # the family of what nobody recognises
_HOLDING = frozenset({"zip", "pdf", "html", "svg"})
ALONE = frozenset({_UNKNOWN, "gif"})  # families of files that hold no others
_TRAILING = "container.trailing_bytes"
_DAMAGE = frozenset({"container.truncated", "container.limit", _TRAILING})
_WRAPPING = 64  # bytes in front of a store that may say what it is in
# What is in front of a store, in how many bytes; how files begin that have it so; their family.
_WRAPPINGS = (
    (b"JP", 8, b"\xff\xd8\xff", "jpeg"),
    (b"caBX", 4, b"\x89PNG\r\n", "png"),
    (b"C2PA", 8, b"RIFF", "riff"),
    (bytes.fromhex("d8fec3d61b0e483c92975828877ec481"), 64, b"ftyp", "bmff"),
    (b"application/", 64, b"ID3", "id3"),
)
_STARTS = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF|....ftyp", re.DOTALL)


def search(out: Collector, start: int, end: int | None = None, own: Own | None = None) -> None:
    """Search a range of the file, to its end where none is given.

    `own` decides on each store; without it one counts unless a picture within the file holds it.
    """
    stop = out.asset.size if end is None else min(end, out.asset.size)
    search_stores(out, start, stop, own)
    packets(out, PLACE, start, stop)


def search_stores(out: Collector, start: int, stop: int, own: Own | None = None) -> None:
    """Search a range of the file for manifest stores, as `search` does, and not for XMP."""
    for box in stores(out, start, stop):
        spans = own(box) if own else embedded(out, box)
        if spans is not None:
            out.remain(PLACE, box, spans)
            if len(out.remains) >= MAX_REMAINS:
                break


def packets(out: Collector, place: str, start: int, stop: int) -> None:
    """Find the XMP packets in a range of the file that are not known yet."""
    left, after = MAX_REST_PACKETS, start
    for at in marks(out, META, start, stop):
        if at < after or not left:
            continue
        left -= 1
        known = out.holds(at, BlockKind.XMP)
        span = None if known else _packet(out, at, start, stop)
        if span is not None:
            after = span.offset + span.length
            out.xmp(place, (span,))
    if not left:
        out.limit(f"more than {MAX_REST_PACKETS} XMP packets in the rest", place)


def overlooked(
    asset: Asset,
    scan: Scan,
    also: Callable[[Collector, int], None] | None = None,
    sought: Sequence[bytes] = (),
    *,
    whole: bool = False,
) -> Scan:
    """Return a scan with the stores that damage to the structure hid from it.

    One byte of a size, or of the first eight of a file, can lead the walk past a store that is in
    the file all the same. Where the structure is damaged and no store was found, all of it is
    searched; where something follows its end, that, whether or not a store was found before.
    `whole` asks for all of it where nothing was damaged. `also` searches up to a place for stores
    in another coding, whose marks are `sought`, if no other was found. Archives and documents
    hold other files, and their own modules say which stores are theirs.
    """
    codes = {finding.code for finding in scan.findings}
    unknown = scan.family == _UNKNOWN
    if not (whole or unknown or codes & _DAMAGE) or scan.family in _HOLDING:
        return scan
    placed = bool(scan.blocks_of(BlockKind.MANIFEST_STORE))
    if scan.remains or (placed and codes & _DAMAGE != {_TRAILING}):
        return scan
    out = Collector(asset)
    out.blocks += scan.blocks
    start, end = 0, min(asset.size, MAX_UNKNOWN) if unknown else asset.size
    if codes & _DAMAGE == {_TRAILING}:
        after = asset.size - scan.trailing
        start, end = 0 if whole else after, another(out, after)
    _pass_over(out, (_TYPE, *sought), start, end)
    for box in stores(out, start, end):
        if not of_another(out, scan.family, box) and not _of_a_preview(out, scan, box):
            out.remain(PLACE, box, in_one_piece(out, box))
        if len(out.remains) >= MAX_REMAINS:
            break
    at = -1 if out.remains or placed else headless(out, start, end, labelled=unknown)
    if at >= 0 and not of_another(out, scan.family, at):
        out.remain(PLACE, at)
    if also and not out.findings and not placed:
        also(out, end)
    if not out.findings:
        return scan
    findings = (*scan.findings, *out.findings[:MAX_REMAINS])
    return replace(scan, remains=tuple(out.remains), findings=findings)


def headless(out: Collector, start: int, stop: int, *, labelled: bool = False) -> int:
    """Return where a store's description is whose own header is damaged, -1 if nowhere.

    `labelled` asks for its label, too: the type alone may be in what is about stores.
    """
    described = b"jumd" + jumbf_header.WHOLE_TYPE + (b"\3c2pa\0" if labelled else b"")
    if next(marks(out, _TYPE, start, stop), None) is None:
        return -1
    headers = (at for at in marks(out, described, start, stop) if _superbox(out, at) < 0)
    return next(headers, -1)


def raw(out: Collector, data: bytes) -> None:
    """Find the stores that are in text as they are, where there can be nothing but text.

    `data` is the file from its start, as far as it was read. A few letters in front of any file
    make it look like a page.
    """
    if _TYPE in data:
        for box in stores(out, 0, len(data)):
            out.remain(PLACE, box, in_one_piece(out, box))


def of_another(out: Collector, family: str, box: int) -> bool:
    """Tell whether a store is wrapped as in a file of another kind, which begins before it.

    In what nobody recognises, any such file is another one, unless it is that very file, with some
    bytes in front of it, which may be those with which another kind of file begins.
    """
    first = max(box - _WRAPPING, 0)
    before = out.asset.read(first, box - first)
    for wrapping, within, begin, own in _WRAPPINGS:
        if own != family and wrapping in before[-within:]:
            return next(marks(out, begin, _PEEK if family in ALONE else 1, box), None) is not None
    return False


def _of_a_preview(out: Collector, scan: Scan, box: int) -> bool:
    """Tell whether a store is in a picture within the file's EXIF, whose credential it then is."""
    return any(
        span.offset <= box < span.offset + span.length and another(out, span.offset) < box
        for block in scan.blocks_of(BlockKind.EXIF)
        for span in block.spans
    )


def stores(out: Collector, start: int, stop: int) -> Iterator[int]:
    """Yield where in a range of the file a manifest store begins that is not known yet.

    A file with more marks of stores than are looked at counts as one that hides a store.
    """
    if out.marks_left < 0:
        return  # said already
    for at in marks(out, _TYPE, start, stop):
        out.marks_left -= 1
        if out.marks_left < 0:
            out.remain(PLACE, at)
            return
        box = _superbox(out, at)
        if box >= start and not out.holds(box, BlockKind.MANIFEST_STORE):
            yield box


def marks(out: Collector, mark: bytes, start: int, stop: int) -> Iterator[int]:
    """Yield where in a range of the file a text begins, at most `MAX_REST_MARKS` + 1 times."""
    read, at = out.asset.read, start
    left = MAX_REST_MARKS
    first, last, absent = out.absent
    if mark in absent and first <= start and stop <= last:
        return
    while at < stop:
        data = read(at, min(_CHUNK, stop - at))
        offset = data.find(mark)
        while offset >= 0:
            yield at + offset
            left -= 1
            if left < 0:
                return
            offset = data.find(mark, offset + len(mark))
        if len(data) < _CHUNK:
            return
        at += _CHUNK - len(mark) + 1  # one may be on the edge, none is met twice


def _pass_over(out: Collector, sought: Sequence[bytes], start: int, stop: int) -> None:
    """Learn which texts are nowhere in a range, in one reading: bytes may come from far away."""
    if stop - start <= _CHUNK:
        return
    left, at, longest = set(sought), start, max(map(len, sought))
    while at < stop and left:
        data = out.asset.read(at, min(_CHUNK, stop - at))
        left -= {mark for mark in left if mark in data}
        if len(data) < _CHUNK:
            break
        at += _CHUNK - longest + 1
    out.absent = (start, stop, frozenset(left))


def _superbox(out: Collector, at: int) -> int:
    """Return where the superbox begins whose description box has its type at `at`, -1 if none."""
    for header in (8, 16):
        box = at - 4 - header
        if box >= 0 and jumbf_header.is_marked(out.asset.read(box, jumbf_header.PEEK)):
            return box
    return -1


def peek_at_all(out: Collector, place: str, start: int, length: int) -> None:
    """Look whether a chunk or a box of unknown type begins with a store, or is XMP."""
    if out.asset.read(start, min(length, _PEEK)).lstrip().startswith(_PACKETS):
        out.xmp(place, (Span(start, length),))
    else:
        peek(out, place, start, length)


def peek(out: Collector, place: str, start: int, length: int) -> None:
    """Look whether something that is none of the format's credentials begins with a store.

    One letter in the name of a chunk makes a store foreign to every reader, and must not make it
    unsaid. What is wrapped as in a picture belongs to that picture.
    """
    at = jumbf_header.begins(out.asset.read(start, min(length, _PEEK)))
    if at < 0:
        return
    box = start + at
    if embedded(out, box) is None or out.holds(box, BlockKind.MANIFEST_STORE):
        return
    sound = jumbf_header.is_store(out.asset.read(box, jumbf_header.PEEK))
    out.remain(place, box, in_one_piece(out, box) if sound else ())


def in_one_piece(out: Collector, box: int) -> tuple[Span, ...]:
    """Return a store that is in one piece, as long as it declares, or as the file is."""
    rest = out.asset.size - box
    declared = jumbf_header.superbox_length(out.asset.read(box, 16), rest)
    return (Span(box, min(declared or rest, rest)),)


def behind(out: Collector, box: int, mark: bytes, within: int) -> tuple[Span, ...] | None:
    """Return a store that has a mark at most so many bytes in front of it, else None."""
    before = min(within, box)
    return in_one_piece(out, box) if mark in out.asset.read(box - before, before) else None


def another(out: Collector, start: int) -> int:
    """Return where after `start` another file begins, a picture or a video; the end if nowhere."""
    at, size = start, out.asset.size
    while at < size:
        match = _STARTS.search(out.asset.read(at, _CHUNK))
        if match:
            return at + match.start()
        at += _CHUNK - 16
    return size


def embedded(out: Collector, box: int) -> tuple[Span, ...] | None:
    """Return a store unless it is that of a picture, which then is a file within this one.

    It is wrapped as in a picture, and one of that kind begins before it.
    """
    before = out.asset.read(max(box - 8, 0), min(box, 8))
    for wrapping, within, begin, _ in _WRAPPINGS[:2]:
        if wrapping in before[-within:] and _first(out, begin, 1) < box:
            return None
    return in_one_piece(out, box)


def _first(out: Collector, mark: bytes, start: int) -> int:
    """Return where a text is first met after a place, the size of the file if nowhere."""
    key = (mark, start)
    if key not in out.firsts:
        size = out.asset.size
        out.firsts[key] = next(marks(out, mark, start, size), size)
    return out.firsts[key]


def _packet(out: Collector, at: int, start: int, stop: int) -> Span | None:
    """Return the `x:xmpmeta` element with its namespace at `at`, whatever its prefix."""
    first = max(at - _PREFIX, start)  # attributes may be in front of it
    opened = _OPENED.search(out.asset.read(first, at - first))
    if opened is None:
        return None
    begin = first + opened.start()
    close = b"</" + opened.group(1) + b":xmpmeta>"
    data = out.asset.read(begin, min(MAX_REST_PACKET, stop - begin))
    closing = data.find(close)
    return Span(begin, closing + len(close)) if closing >= 0 else None
