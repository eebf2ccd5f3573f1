"""ZIP (PKWARE APPNOTE): EPUB, OOXML, OpenDocument, OpenXPS and other archives.

A manifest store is the stored entry META-INF/content_credential.c2pa (C2PA specification,
"Embedding manifests into ZIP-based formats"), found in the central directory. So
are the parts that hold the properties of a document.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

from provenance.media.container import rest
from provenance.media.container.bounds import (
    MAX_ZIP_CANDIDATES,
    MAX_ZIP_DIRECTORY,
    MAX_ZIP_TYPES,
)
from provenance.media.container.collect import Collector
from provenance.media.container.model import BlockKind, Coding, Family, Span

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.model import Scan

_CREDENTIAL = b"META-INF/content_credential.c2pa"
_FOLDER = re.compile(rb"(?:\./)*META-INF[/\\]", re.IGNORECASE)
_OFFICE = (b"docProps/custom.xml", b"docProps/core.xml", b"docProps/app.xml")
_ODF = (b"meta.xml",)
_MAX_NAME = 256  # characters of the path of an EPUB package document
_END_SEARCH = 22 + 65_535  # end record and the longest comment (4.3.16)
_STORED, _DEFLATED = 0, 8
_MAX_HEAD = 1_024  # bytes from an entry's name to its data: the extra field, mostly none
_MAX_MIMETYPE = 128
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_OOXML = "application/vnd.openxmlformats-officedocument."
_TYPES = (  # a content type in [Content_Types].xml -> the document's media type
    (b"wordprocessingml.document.main+xml", _OOXML + "wordprocessingml.document"),
    (b"wordprocessingml.template.main+xml", _OOXML + "wordprocessingml.template"),
    (b"spreadsheetml.sheet.main+xml", _OOXML + "spreadsheetml.sheet"),
    (b"spreadsheetml.template.main+xml", _OOXML + "spreadsheetml.template"),
    (b"presentationml.presentation.main+xml", _OOXML + "presentationml.presentation"),
    (b"presentationml.slideshow.main+xml", _OOXML + "presentationml.slideshow"),
    (b"presentationml.template.main+xml", _OOXML + "presentationml.template"),
    (b"ms-word.document.macroEnabled", "application/vnd.ms-word.document.macroenabled.12"),
    (b"ms-excel.sheet.macroEnabled", "application/vnd.ms-excel.sheet.macroenabled.12"),
    (
        b"ms-powerpoint.presentation.macroEnabled",
        "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    ),
)


class _Entry(NamedTuple):
    method: int
    packed: int
    local: int
    listed: Span  # where it is in the central directory, from the start of that


def scan(asset: Asset) -> Scan:
    """Find the manifest store of a ZIP archive, and which document it is."""
    out = Collector(asset)
    directory, base = _directory(out)
    if not out.findings and not _is_whole(directory):
        out.truncated("the central directory is not a row of entries")
    whole = not out.findings
    start = 0
    for _ in range(2):  # a second one is already one too many; more change nothing
        entry, start = _find(out, directory, _CREDENTIAL, start)
        if entry is None:
            break
        span = _data(out, entry)
        if span is None:
            out.truncated("the entry of the manifest store has no local header", "META-INF")
            whole = False
        elif entry.method == _STORED:
            out.store("META-INF", (span,), _around(entry, span, base))
        elif entry.method == _DEFLATED:
            out.truncated("the manifest store is compressed, it has to be stored", "META-INF")
            own = (*_around(entry, span, base), span)
            out.coded_store("META-INF", span, Coding.DEFLATE, own)
        else:
            out.remain("META-INF", span.offset)  # it has to be stored, and is not unpacked
    if not out.blocks:
        _misnamed(out, directory)
    if not whole:  # no directory, or not all of it
        rest.search(out, 0, own=lambda box: _own(out, box))
    media_type = _media_type(out, directory)
    if media_type != "application/zip":
        _properties(out, directory, media_type)
    return out.finish(media_type, "zip")


def _own(out: Collector, box: int) -> tuple[Span, ...] | None:
    """Return a store of a damaged archive: of the credential's folder, or within no other file.

    One that is the whole of another entry is a file that somebody put there.
    """
    before = out.asset.read(max(box - _MAX_HEAD, 0), min(box, _MAX_HEAD))
    local = before.rfind(b"PK\3\4")
    head = before[local : local + 30] if local >= 0 else b""
    names = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    whole = len(head) == 30 and len(before) - local == 30 + names
    listed = whole and b"META-INF/" not in before[local:]
    return None if listed or rest.of_another(out, "zip", box) else rest.whole(out, box)


def _is_whole(directory: bytes) -> bool:
    """Tell whether a directory is entries and nothing else (APPNOTE 4.3.12), up to a bound."""
    at = 0
    for _ in range(MAX_ZIP_CANDIDATES):
        if at >= len(directory):
            break
        if directory[at : at + 4] != b"PK\1\2":
            return directory[at : at + 4] == b"PK\5\5"  # a signature of the directory, 4.3.13
        sizes = (int.from_bytes(directory[at + n : at + n + 2], "little") for n in (28, 30, 32))
        at += 46 + sum(sizes)
    else:
        return True
    return at == len(directory)


def _misnamed(out: Collector, directory: bytes) -> None:
    """Look for a store in the folder of the credential whose name is not quite the credential's.

    A credential in another folder belongs to the document that was unpacked there.
    """
    for count, found in enumerate(_FOLDER.finditer(directory)):
        if count >= MAX_ZIP_CANDIDATES:
            out.limit(f"more than {MAX_ZIP_CANDIDATES} files in META-INF", "META-INF")
            return
        at = found.start()
        head = directory[at - 46 : at] if at >= 46 else b""
        if head[:4] != b"PK\1\2":
            continue
        name = directory[at : at + int.from_bytes(head[28:30], "little")]
        extra = directory[at + len(name) :][: int.from_bytes(head[30:32], "little")]
        entry = _entry(head, extra, Span(at - 46, 46))
        span = _data(out, entry)
        if span is None:
            continue
        if entry.method == _STORED:
            rest.peek(out, "META-INF", span.offset, span.length)
        elif name.lower().endswith(b"content_credential.c2pa"):
            out.remain("META-INF", span.offset)


def _around(entry: _Entry, data: Span, base: int) -> tuple[Span, Span]:
    """Return an entry's local header, and its record in the directory that begins at `base`."""
    listed = Span(base + entry.listed.offset, entry.listed.length)
    return Span(entry.local, data.offset - entry.local), listed


def _properties(out: Collector, directory: bytes, media_type: str) -> None:
    """Note the parts with a document's properties (ECMA-376, part 2; ODF 1.3; EPUB 3.3)."""
    names = _ODF if media_type.startswith("application/vnd.oasis") else _OFFICE
    if media_type == "application/epub+zip":
        at = directory.find(b".opf")
        start = directory.rfind(b"PK\1\2", max(at - 46 - _MAX_NAME, 0), max(at, 0))
        if start < 0:
            return
        length = int.from_bytes(directory[start + 28 : start + 30], "little")
        names = (directory[start + 46 : start + 46 + length],)
    for name in names:
        entry, _ = _find(out, directory, name)
        span = _data(out, entry) if entry is not None else None
        if entry is None or span is None:
            continue
        place = name.decode("utf-8", "replace")
        if entry.method in (_STORED, _DEFLATED):
            coding = Coding.DEFLATE if entry.method == _DEFLATED else Coding.RAW
            out.metadata(BlockKind.OOXML, place, span.offset, span.length, coding)


def _directory(out: Collector) -> tuple[bytes, int]:
    """Return the central directory, up to its bound, and where it begins."""
    asset = out.asset
    base = max(asset.size - _END_SEARCH, 0)
    tail = asset.read(max(asset.size - 22, 0), 22)  # without a comment, as nearly always
    if tail[:4] == b"PK\5\6":
        base = asset.size - 22
    else:
        tail = asset.read(base, _END_SEARCH)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < 22:
        out.truncated("no end of central directory")
        return b"", 0
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    offset = int.from_bytes(tail[at + 16 : at + 20], "little")
    if 0xFFFFFFFF in (size, offset):
        size, offset = _zip64(out, base + at, size, offset)
    if size > MAX_ZIP_DIRECTORY:
        out.limit(f"a central directory of {size} bytes")
        size = MAX_ZIP_DIRECTORY
    directory = asset.read(offset, size)
    if len(directory) < size:
        out.truncated("the central directory ends behind the end of the file")
    return directory, offset


def _zip64(out: Collector, end: int, size: int, offset: int) -> tuple[int, int]:
    locator = out.asset.read(end - 20, 20)
    record = b""
    if locator[:4] == b"PK\6\7":
        record = out.asset.read(int.from_bytes(locator[8:16], "little"), 56)
    if len(record) < 56 or record[:4] != b"PK\6\6":
        out.truncated("no ZIP64 end of central directory")
        return size, offset
    return int.from_bytes(record[40:48], "little"), int.from_bytes(record[48:56], "little")


def _find(
    out: Collector, directory: bytes, name: bytes, start: int = 0
) -> tuple[_Entry | None, int]:
    """Find an entry by its whole name; return it and where to look on."""
    at = start
    for _ in range(MAX_ZIP_CANDIDATES):
        at = directory.find(name, at)
        if at < 0:
            return None, len(directory)
        end = at + len(name)
        head = directory[at - 46 : at] if at >= 46 else b""
        if head[:4] == b"PK\1\2" and int.from_bytes(head[28:30], "little") == len(name):
            extra = directory[end : end + int.from_bytes(head[30:32], "little")]
            comment = int.from_bytes(head[32:34], "little")
            listed = Span(at - 46, end + len(extra) + comment - at + 46)
            return _entry(head, extra, listed), end
        at += 1
    out.limit(f"more than {MAX_ZIP_CANDIDATES} occurrences of a name")
    return None, len(directory)


def _entry(head: bytes, extra: bytes, listed: Span) -> _Entry:
    """Read one directory entry, with the ZIP64 extra field where its sizes are in that (4.5.3)."""
    packed = int.from_bytes(head[20:24], "little")
    unpacked = int.from_bytes(head[24:28], "little")
    local = int.from_bytes(head[42:46], "little")
    at = 0
    while at + 4 <= len(extra):
        length = int.from_bytes(extra[at + 2 : at + 4], "little")
        if extra[at : at + 2] == b"\1\0":
            values = extra[at + 4 : at + 4 + length]
            if unpacked == 0xFFFFFFFF:
                values = values[8:]
            if packed == 0xFFFFFFFF:
                packed, values = int.from_bytes(values[:8], "little"), values[8:]
            if local == 0xFFFFFFFF:
                local = int.from_bytes(values[:8], "little")
            break
        at += 4 + length
    return _Entry(int.from_bytes(head[10:12], "little"), packed, local, listed)


def _data(out: Collector, entry: _Entry) -> Span | None:
    """Return where an entry's data stands, behind its local header."""
    head = out.asset.read(entry.local, 30)
    if len(head) < 30 or head[:4] != b"PK\3\4":
        return None
    names = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    return Span(entry.local + 30 + names, entry.packed)


def _content(out: Collector, directory: bytes, name: bytes) -> bytes:
    """Return the content of a small entry, up to its bound."""
    entry, _ = _find(out, directory, name)
    span = _data(out, entry) if entry else None
    if entry is None or span is None:
        return b""
    data = out.asset.read(span.offset, min(span.length, MAX_ZIP_TYPES))
    if entry.method == _STORED:
        return data
    try:
        return zlib.decompressobj(-15).decompress(data, MAX_ZIP_TYPES)
    except zlib.error:
        return b""


def _media_type(out: Collector, directory: bytes) -> str:
    named = _content(out, directory, b"mimetype")[:_MAX_MIMETYPE].strip()
    known = named == b"application/epub+zip" or named.startswith(_OPEN_DOCUMENT)
    if known and named.translate(None, b"+-./").isalnum():
        return named.decode("ascii")
    types = _content(out, directory, b"[Content_Types].xml")
    if types:
        for part, media_type in _TYPES:
            if part in types:
                return media_type
        if b"ms-package.xps-fixeddocumentsequence+xml" in types:
            relations = _content(out, directory, b"_rels/.rels")
            oxps = b"schemas.openxps.org" in relations
            return "application/oxps" if oxps else "application/vnd.ms-xpsdocument"
    return "application/zip"


FAMILY = Family(
    title="ZIP: EPUB, Office Open XML, OpenDocument, XPS",
    media_types=(
        *("application/zip", "application/epub+zip"),
        *("application/oxps", "application/vnd.ms-xpsdocument"),
        *(one for _, one in _TYPES if not one.startswith(_OOXML)),
        *(_OOXML + "*", _OPEN_DOCUMENT.decode() + "*"),  # the documents say how they end
    ),
    scan=scan,
    example=b"PK\5\6" + bytes(18),
    store="entry `META-INF/content_credential.c2pa`",
    holds=(
        ("application/zip", "an archive; its contents were"),
        ("application/", "a document; pictures and files in it were"),
    ),
    opener="zip",
)
