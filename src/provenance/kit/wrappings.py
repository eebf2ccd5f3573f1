"""Files within files: archives, mailboxes, documents, and manifests of presentations.

Every function is pure: the same arguments give the same bytes.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance.kit import archive

if TYPE_CHECKING:
    from collections.abc import Iterable

_DAY = (2026, 1, 1, 0, 0, 0)
_RAW_BLOCK = 128 << 10  # bytes, the most that a block of Zstandard holds


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as out:
        for name, data in files:
            entry = zipfile.ZipInfo(name, _DAY)
            entry.create_system = 3  # the same wherever it is made
            out.writestr(entry, data, method)
    return buffer.getvalue()


def tarred(*files: tuple[str, bytes]) -> bytes:
    """A tar archive (ustar) of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            out.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def gzipped(data: bytes) -> bytes:
    """A file of gzip, which names no time."""
    return gzip.compress(data, mtime=0)


def zstandard(data: bytes) -> bytes:
    """A frame of Zstandard whose blocks are raw (RFC 8878 section 3.1.1)."""
    frame = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(data))
    pieces = [data[at : at + _RAW_BLOCK] for at in range(0, len(data), _RAW_BLOCK)] or [b""]
    for n, piece in enumerate(pieces, start=1):
        frame += (len(piece) << 3 | (n == len(pieces))).to_bytes(3, "little") + piece
    return frame


def message(name: str, data: bytes) -> bytes:
    """A message (RFC 5322) with a text and one attachment in base64."""
    body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return (
        b"From: sender@example.invalid\r\nTo: receiver@example.invalid\r\nSubject: a picture\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="edge"\r\n\r\n--edge\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nSee the picture.\r\n--edge\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="' + name.encode("ascii") + b'"\r\n\r\n'
        b"" + body + b"\r\n--edge--\r\n"
    )


def mailbox(*messages: bytes) -> bytes:
    """A mailbox in the form mboxrd (RFC 4155)."""
    written = b""
    for message in messages:
        quoted = message.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
        written += b"From sender@example.invalid Thu Jan  1 00:00:00 2026\n" + quoted + b"\n"
    return written


_OFFICE = "application/vnd.openxmlformats-officedocument."


def office(kind: str, part: str, *files: tuple[str, bytes]) -> bytes:
    """A document of Office Open XML: its main part, and files such as pictures."""
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        f'package.relationships+xml"/><Override PartName="/{part}"'
        f' ContentType="{_OFFICE}{kind}.main+xml"/></Types>'
    )
    relations = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
        f'officeDocument/2006/relationships/officeDocument" Target="{part}"/></Relationships>'
    )
    held = (("[Content_Types].xml", types), ("_rels/.rels", relations), (part, "<main/>"))
    return archive.zip_bytes([*((name, text.encode("ascii")) for name, text in held), *files])


def slides(name: str, data: bytes) -> bytes:
    """A presentation of Office Open XML that holds a picture."""
    main = "ppt/presentation.xml"
    return office("presentationml.presentation", main, (f"ppt/media/{name}", data))


def sheet(name: str, data: bytes) -> bytes:
    """A workbook of Office Open XML that holds a picture."""
    return office("spreadsheetml.sheet", "xl/workbook.xml", (f"xl/media/{name}", data))


def letter(name: str, data: bytes) -> bytes:
    """A text document of Office Open XML that holds a picture."""
    return archive.replaced(archive.docx(), f"word/media/{name}", data)


def open_letter(name: str, data: bytes) -> bytes:
    """A text document of OpenDocument that holds a picture."""
    return archive.replaced(archive.odt(), f"Pictures/{name}", data)


def book(name: str, data: bytes) -> bytes:
    """A book that holds a picture."""
    return archive.replaced(archive.epub(), name, data)


@dataclass(frozen=True, slots=True)
class ForgedEntry:
    """One entry of a ZIP archive whose headers may say what they like.

    `local` is its name by its own header, `flags` its general flags. `listed` says whether the
    directory has it.
    """

    name: str
    data: bytes
    local: str = ""
    flags: int = 0
    listed: bool = True


def lying_zip(entries: Iterable[ForgedEntry]) -> bytes:
    """A ZIP archive whose directory and headers need not agree."""
    out, directory, count = b"", b"", 0
    for entry in entries:
        name, local = entry.name.encode(), (entry.local or entry.name).encode()
        size = len(entry.data)
        facts = struct.pack("<4HIII", entry.flags, 0, 0, 0x21, zlib.crc32(entry.data), size, size)
        if entry.listed:
            head = b"PK\x01\x02" + struct.pack("<HH", 20, 20) + facts
            where = struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, len(out))
            directory += head + where + name
            count += 1
        out += b"PK\x03\x04" + struct.pack("<H", 20) + facts
        out += struct.pack("<HH", len(local), 0) + local + entry.data
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), 0)
    return out + directory + b"PK\x05\x06" + end


Packed = tuple[bytes, int, int]
"""A raw deflate stream (RFC 1951), with the check sum and the size of what it unpacks to."""


def deflated(data: bytes) -> Packed:
    """Bytes as a raw deflate stream."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush(), zlib.crc32(data), len(data)


def zeros(size: int) -> Packed:
    """So many zeros, a multiple of a mebibyte; each of them packed is the same bytes again."""
    piece = bytes(1 << 20)
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = compressor.compress(piece) + compressor.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(size // len(piece)):
        crc = zlib.crc32(piece, crc)
    return once * (size // len(piece)) + compressor.flush(), crc, size


def packed_zip(files: Iterable[tuple[str, bytes, int, int]]) -> bytes:
    """A ZIP archive of files that are packed already: name, stream, check sum, size."""
    out, directory, count = b"", b"", 0
    for name, data, crc, size in files:
        raw = name.encode("ascii")
        facts = struct.pack("<4HIII", 0, 8, 0, 0x21, crc, len(data), size)
        where = struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, len(out))
        directory += b"PK\x01\x02" + struct.pack("<HH", 20, 20) + facts + where + raw
        head = b"PK\x03\x04" + struct.pack("<H", 20) + facts + struct.pack("<HH", len(raw), 0)
        out += head + raw + data
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), 0)
    return out + directory + b"PK\x05\x06" + end


def bzipped(data: bytes) -> bytes:
    """A file of bzip2, in blocks of 100 kB."""
    return bz2.compress(data, 1)


def xzipped(data: bytes) -> bytes:
    """A file of xz."""
    return lzma.compress(data)


def dash(folder: str, *names: str, count: int) -> bytes:
    """A manifest of DASH (ISO/IEC 23009-1): representations of `count` segments of one second.

    The files are `NAME-init.mp4` and `NAME-1.m4s` and so on, in a folder next to the manifest.
    """
    representations = "".join(f'<Representation id="{name}" bandwidth="1000"/>' for name in names)
    return (
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
        f' mediaPresentationDuration="PT{count}S" minBufferTime="PT1S"'
        ' profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
        f"<BaseURL>{folder}/</BaseURL><Period>"
        '<AdaptationSet mimeType="video/mp4"><SegmentTemplate timescale="1000" duration="1000"'
        ' initialization="$RepresentationID$-init.mp4" media="$RepresentationID$-$Number$.m4s"/>'
        f"{representations}</AdaptationSet></Period></MPD>\n"
    ).encode("ascii")


def dash_list(folder: str, name: str, numbers: Iterable[int]) -> bytes:
    """A manifest of DASH that lists the segments of one representation, by their numbers."""
    urls = "".join(f'<SegmentURL media="{name}-{n}.m4s"/>' for n in numbers)
    return (
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
        f' minBufferTime="PT1S"><BaseURL>{folder}/</BaseURL><Period><AdaptationSet'
        f' mimeType="video/mp4"><Representation id="{name}" bandwidth="1000"><SegmentList'
        f' duration="1"><Initialization sourceURL="{name}-init.mp4"/>{urls}</SegmentList>'
        "</Representation></AdaptationSet></Period></MPD>\n"
    ).encode("ascii")


def playlist(folder: str, name: str, numbers: Iterable[int]) -> bytes:
    """A media playlist of HLS (RFC 8216) that names segments by their numbers."""
    media = "".join(f"#EXTINF:1.0,\n{folder}/{name}-{n}.m4s\n" for n in numbers)
    return (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        f'#EXT-X-MAP:URI="{folder}/{name}-init.mp4"\n{media}#EXT-X-ENDLIST\n'
    ).encode("ascii")
