"""Builders of archives, fonts and documents."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

# ZIP


def archive(entries: dict[str, bytes], *, deflated: frozenset[str] = frozenset()) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        for name, content in entries.items():
            method = zipfile.ZIP_DEFLATED if name in deflated else zipfile.ZIP_STORED
            out.writestr(zipfile.ZipInfo(name), content, method)
    return data.getvalue()


# Fonts


def font(manifest: bytes = b"", *, version: bytes = b"\0\1\0\0", uri: bytes = b"") -> bytes:
    head = bytes(54)
    table = b""
    if manifest or uri:
        at = 20 if manifest else 0
        table = (
            struct.pack(
                ">HHIHHII",
                0,
                1,
                20 if uri else 0,
                len(uri),
                0,
                at + len(uri) if manifest else 0,
                len(manifest),
            )
            + uri
            + manifest
        )
    tables = [(b"C2PA", table), (b"head", head)] if table else [(b"head", head)]
    at = 12 + 16 * len(tables)
    records = b""
    for tag, body in tables:
        records += tag + struct.pack(">III", 0, at, len(body))
        at += len(body)
    return (
        version
        + struct.pack(">HHHH", len(tables), 0, 0, 0)
        + records
        + b"".join(body for _, body in tables)
    )


# PDF


def pdf(
    manifest: bytes = b"",
    packet: bytes = b"",
    *,
    deflated: bool = False,
    table: bool = True,
    indirect_length: bool = False,
    relation: bytes = b"/C2PA_Manifest",
    filler: int = 0,
) -> bytes:
    """A small document, with a classic cross-reference table or none."""
    content = zlib.compress(manifest) if deflated else manifest
    length = b"7 0 R" if indirect_length else b"%d" % len(content)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R"
        + (b" /AF [3 0 R]" if manifest else b"")
        + (b" /Metadata 5 0 R" if packet else b"")
        + b" >>",
        2: b"<< /Type /Pages /Count 0 /Kids [] >>",
    }
    if manifest:
        objects[4] = (
            b"<< /Type /EmbeddedFile"
            + (b" /Filter /FlateDecode" if deflated else b"")
            + b" /Length "
            + length
            + b" >>\nstream\n"
            + content
            + b"\nendstream"
        )
        objects[3] = b"<< /Type /Filespec /AFRelationship " + relation + b" /EF << /F 4 0 R >> >>"
        objects[7] = b"%d" % len(content)
    if packet:
        objects[5] = (
            b"<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n" % len(packet)
            + packet
            + b"\nendstream"
        )
    if filler:
        objects[6] = b"<< /Length %d >>\nstream\n" % filler + b"\x20" * filler + b"\nendstream"
    out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    places: dict[int, int] = {}
    for number in (1, 2, 4, 6, 7, 3, 5):
        if number in objects:
            places[number] = len(out)
            out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    if not table:
        return out + b"startxref\n0\n%%EOF\n"
    start = len(out)
    out += b"xref\n0 8\n0000000000 65535 f \n"
    for number in range(1, 8):
        if number in places:
            out += b"%010d 00000 n \n" % places[number]
        else:
            out += b"0000000000 00000 f \n"
    return out + b"trailer\n<< /Size 8 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
