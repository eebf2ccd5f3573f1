"""A tiny EPUB, and a manifest store in a ZIP archive (PKWARE APPNOTE 4.3; C2PA 2.4 section A.6).

Every entry is stored as it is. The store is the last entry, so that nothing moves when it grows.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from provenance.kit.media import StoreSpan

if TYPE_CHECKING:
    from collections.abc import Iterable

CREDENTIAL = "META-INF/content_credential.c2pa"
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_DAY = 0x21  # 1 January 1980, the first that the format can name
_CRC = 16  # where the check sum is in a central header


class ArchivedFile(NamedTuple):
    """One file of an archive, and where its local header, its data and its end are."""

    name: str
    data: bytes
    start: int
    body: int
    end: int


def zip_bytes(files: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of these files, in this order."""
    out, directory, count = b"", b"", 0
    for name, data in files:
        raw, crc = name.encode("ascii"), zlib.crc32(data)
        shared = struct.pack("<HHHHIII", 0, 0, 0, _DAY, crc, len(data), len(data))
        local = _LOCAL + struct.pack("<H", 20) + shared + struct.pack("<HH", len(raw), 0) + raw
        central = _CENTRAL + struct.pack("<HH", 20, 20) + shared
        directory += central + struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, len(out)) + raw
        out += local + data
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), 0)
    return out + directory + _END + end


def entries(archive: bytes) -> tuple[ArchivedFile, ...]:
    """The files of an archive that `zip_bytes` made."""
    archived, at = [], 0
    while archive[at : at + 4] == _LOCAL:
        size, length = struct.unpack_from("<I4xH", archive, at + 18)
        body = at + 30 + length
        name = archive[at + 30 : body].decode("ascii")
        archived.append(ArchivedFile(name, archive[body : body + size], at, body, body + size))
        at = body + size
    return tuple(archived)


def files(archive: bytes) -> list[tuple[str, bytes]]:
    """Name and data of each file of an archive that `zip_bytes` made."""
    return [(entry.name, entry.data) for entry in entries(archive)]


class _Zip:
    """`META-INF/content_credential.c2pa`, stored (A.6.3)."""

    def find(self, data: bytes) -> StoreSpan | None:
        for entry in entries(data):
            if entry.name == CREDENTIAL:
                return StoreSpan(entry.body, entry.end - entry.body)
        return None

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        return data[span.start : span.end]

    def insert(self, data: bytes, store: bytes) -> bytes:
        return zip_bytes([*files(data), (CREDENTIAL, store)])

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        del span
        return zip_bytes([file for file in files(data) if file[0] != CREDENTIAL])


ZIP = _Zip()


def collection_hash(archive: bytes) -> dict[str, object]:
    """The content of a collection hash (18.8): each file with its header, and the directory."""
    held = entries(archive)
    uris = [
        {
            "uri": quote(entry.name),
            "hash": hashlib.sha256(archive[entry.start : entry.end]).digest(),
        }
        for entry in held
        if entry.name != CREDENTIAL
    ]
    directory = hashlib.sha256()
    at = held[-1].end
    while archive[at : at + 4] == _CENTRAL:
        (length,) = struct.unpack_from("<H", archive, at + 28)
        header = archive[at : at + 46 + length]
        if header[46:] == CREDENTIAL.encode("ascii"):
            header = header[:_CRC] + header[_CRC + 4 :]  # skipped (A.6.2.2)
        directory.update(header)
        at += 46 + length
    directory.update(archive[at:])
    return {"alg": "sha256", "uris": uris, "zip_central_directory_hash": directory.digest()}


_CONTAINER = (
    '<?xml version="1.0"?><container version="1.0"'
    ' xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile'
    ' full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
_PACKAGE = (
    '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"'
    ' unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<dc:identifier id="id">urn:example:sample</dc:identifier><dc:title>Sample</dc:title>'
    "<dc:language>en</dc:language></metadata><manifest><item"
    ' id="page" href="page.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    '</manifest><spine><itemref idref="page"/></spine></package>'
)
PAGE = "page.xhtml"
_PAGE = (
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"'
    ' xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Sample</title></head><body>'
    '<nav epub:type="toc"><ol><li><a href="page.xhtml">Page</a></li></ol></nav>'
    "<p>A page without meaning.</p></body></html>"
)


def epub() -> bytes:
    """An EPUB 3 of one page."""
    return zip_bytes(
        (name, text.encode("ascii"))
        for name, text in (
            ("mimetype", "application/epub+zip"),
            ("META-INF/container.xml", _CONTAINER),
            ("book.opf", _PACKAGE),
            (PAGE, _PAGE),
        )
    )


_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override'
    ' PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
_DOCUMENT = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
    'wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>A text without meaning.</w:t></w:r></w:p>'
    "</w:body></w:document>"
)
_CONTENT = (
    '<?xml version="1.0"?><office:document-content office:version="1.3"'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
    "<text:p>A text without meaning.</text:p></office:text></office:body>"
    "</office:document-content>"
)
_OPEN_MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest manifest:version="1.3"'
    ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry'
    ' manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>'
    "</manifest:manifest>"
)


def _texts(*files: tuple[str, str]) -> bytes:
    return zip_bytes((name, text.encode("ascii")) for name, text in files)


def docx() -> bytes:
    """A document in Office Open XML, of one paragraph."""
    relations = ("_rels/.rels", _RELATIONS)
    return _texts(("[Content_Types].xml", _TYPES), relations, ("word/document.xml", _DOCUMENT))


def odt() -> bytes:
    """A document in OpenDocument, of one paragraph."""
    media_type = ("mimetype", "application/vnd.oasis.opendocument.text")
    manifest = ("META-INF/manifest.xml", _OPEN_MANIFEST)
    return _texts(media_type, manifest, ("content.xml", _CONTENT))


def plain() -> bytes:
    """An archive that is no document."""
    return _texts(("a.txt", "A text without meaning."), ("folder/b.txt", "Another one."))


def replaced(archive: bytes, name: str, data: bytes | None) -> bytes:
    """The archive with another content of a file, without it (None), or with it in addition."""
    held = [(path, data if path == name else old) for path, old in files(archive)]
    if data is not None and name not in {path for path, _ in held}:
        held.insert(len(held) - 1, (name, data))
    return zip_bytes((path, new) for path, new in held if new is not None)
