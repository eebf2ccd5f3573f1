"""ZIP (PKWARE APPNOTE): EPUB, OOXML, OpenDocument, OpenXPS and other archives.

A manifest store is the stored entry META-INF/content_credential.c2pa (C2PA specification,
"Embedding manifests into ZIP-based formats"), found in the central directory. So
are the parts that hold the properties of a document. An archive may be after something else, as
after the program that unpacks it: then it is told by its end.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from provenance.media.container import zip_directory, zip_leftovers
from provenance.media.container.block import BlockKind, Coding, Family, Span
from provenance.media.container.bounds import MAX_ZIP_TYPES
from provenance.media.container.collect import Collector
from provenance.media.container.zip_directory import DEFLATED, STORED

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan
    from provenance.media.container.zip_directory import Directory, DirectoryEntry

_OFFICE = (b"docProps/custom.xml", b"docProps/core.xml", b"docProps/app.xml")
_ODF = (b"meta.xml",)
_MAX_NAME = 256  # characters of the path of an EPUB package document
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


def scan_zip(asset: Asset) -> Scan:
    """Find the manifest store of a ZIP archive, and which document it is."""
    out = Collector(asset)
    directory = zip_directory.read_directory(out)
    followed = whole = not out.findings
    start = 0
    for _ in range(2):  # a second one is already one too many; more change nothing
        entry, start = directory.find(out, zip_leftovers.CREDENTIAL, start)
        if entry is None:
            break
        span = _data(out, entry)
        if span is None:
            out.truncated("the entry of the manifest store has no local header", "META-INF")
            whole = False
        elif entry.method == STORED:
            out.store("META-INF", (span,), _around(entry, span))
        elif entry.method == DEFLATED:
            out.truncated("the manifest store is compressed, it has to be stored", "META-INF")
            own = (*_around(entry, span), span)
            out.coded_store("META-INF", span, Coding.DEFLATE, own)
        else:
            out.remain("META-INF", span.offset)  # it has to be stored, and is not unpacked
    if not (followed and zip_leftovers.search(out, directory) and whole):
        zip_leftovers.search_all(out)
    media_type = _media_type(out, directory)
    if media_type != "application/zip":
        _properties(out, directory, media_type)
    return out.finish(media_type, "zip")


def _around(entry: DirectoryEntry, data: Span) -> tuple[Span, Span]:
    """Return an entry's local header, and its record in the directory."""
    return Span(entry.local, data.offset - entry.local), entry.listed


def _properties(out: Collector, directory: Directory, media_type: str) -> None:
    """Note the parts with a document's properties (ECMA-376, part 2; ODF 1.3; EPUB 3.3)."""
    names = _ODF if media_type.startswith("application/vnd.oasis") else _OFFICE
    if media_type == "application/epub+zip":
        data = directory.data
        at = data.find(b".opf")
        start = data.rfind(b"PK\1\2", max(at - 46 - _MAX_NAME, 0), max(at, 0))
        if start < 0:
            return
        length = int.from_bytes(data[start + 28 : start + 30], "little")
        names = (data[start + 46 : start + 46 + length],)
    for name in names:
        entry, _ = directory.find(out, name)
        span = _data(out, entry) if entry is not None else None
        if entry is None or span is None:
            continue
        place = name.decode("utf-8", "replace")
        if entry.method in (STORED, DEFLATED):
            coding = Coding.DEFLATE if entry.method == DEFLATED else Coding.RAW
            out.metadata(BlockKind.OOXML, place, span.offset, span.length, coding)


def _data(out: Collector, entry: DirectoryEntry) -> Span | None:
    """Return where an entry's data are, after its local header."""
    local = zip_directory.local(out.asset, entry.local)
    return None if local is None else Span(local.data, entry.packed)


def _small_entry_bytes(out: Collector, directory: Directory, name: bytes) -> bytes:
    """Return the content of a small entry, up to its bound."""
    entry, _ = directory.find(out, name)
    span = _data(out, entry) if entry else None
    if entry is None or span is None:
        return b""
    data = out.asset.read(span.offset, min(span.length, MAX_ZIP_TYPES))
    if entry.method == STORED:
        return data
    try:
        return zlib.decompressobj(-15).decompress(data, MAX_ZIP_TYPES)
    except zlib.error:
        return b""


def _media_type(out: Collector, directory: Directory) -> str:
    named = _small_entry_bytes(out, directory, b"mimetype")[:_MAX_MIMETYPE].strip()
    known = named == b"application/epub+zip" or named.startswith(_OPEN_DOCUMENT)
    if known and named.translate(None, b"+-./").isalnum():
        return named.decode("ascii")
    types = _small_entry_bytes(out, directory, b"[Content_Types].xml")
    if types:
        for part, media_type in _TYPES:
            if part in types:
                return media_type
        if b"ms-package.xps-fixeddocumentsequence+xml" in types:
            relations = _small_entry_bytes(out, directory, b"_rels/.rels")
            oxps = b"schemas.openxps.org" in relations
            return "application/oxps" if oxps else "application/vnd.ms-xpsdocument"
    return "application/zip"


FAMILY = Family(
    title="ZIP: EPUB, Office Open XML, OpenDocument, XPS",
    media_types=(
        *("application/zip", "application/epub+zip"),
        *("application/oxps", "application/vnd.ms-xpsdocument"),
        *(media_type for _, media_type in _TYPES if not media_type.startswith(_OOXML)),
        *(_OOXML + "*", _OPEN_DOCUMENT.decode() + "*"),  # the documents say how they end
    ),
    scan=scan_zip,
    example=b"PK\5\6" + bytes(18),
    recognise=zip_directory.recognise,
    near_miss=b"MZ" + bytes(62) + b"PK\5\6" + bytes(18),  # an end that leads nowhere
    store="entry `META-INF/content_credential.c2pa`",
    holds=(
        ("application/zip", "an archive; its contents were"),
        ("application/", "a document; pictures and files in it were"),
    ),
    opener="zip_members",
)
