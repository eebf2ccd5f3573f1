"""Files within files, made by our own code, the same bytes each time."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from typing import TYPE_CHECKING

from support.pki import FIXTURES

if TYPE_CHECKING:
    from collections.abc import Callable

PNG = (FIXTURES / "ai-generated.png").read_bytes()
JPEG = (FIXTURES / "ai-edited.jpg").read_bytes()
PLAIN = (FIXTURES / "plain.jpg").read_bytes()
_TIME = (2026, 1, 1, 0, 0, 0)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive; a name may occur in it once."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _TIME), data, method)
    return made.getvalue()


def stored(files: dict[str, bytes]) -> bytes:
    """A ZIP archive without any compression."""
    return zipped(files, zipfile.ZIP_STORED)


def tarred(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


def old_tarred(name: str, data: bytes) -> bytes:
    """A tar archive of the form without a magic."""
    made = bytearray(tarred({name: data}, tarfile.USTAR_FORMAT))
    made[257:512] = bytes(255)
    made[148:156] = b" " * 8
    made[148:156] = b"%06o\0 " % sum(made[:512])
    return bytes(made)


def zstd(data: bytes) -> bytes:
    """A Zstandard frame of raw blocks (RFC 8878, 3.1.1): no compressor is needed for one."""
    made = b"\x28\xb5\x2f\xfd" + b"\xa0" + len(data).to_bytes(4, "little")
    most = 128 << 10
    pieces = [data[at : at + most] for at in range(0, len(data), most)] or [b""]
    for n, piece in enumerate(pieces):
        head = len(piece) << 3 | (n == len(pieces) - 1)
        made += head.to_bytes(3, "little") + piece
    return made


def message(name: str, data: bytes, coding: str = "base64") -> bytes:
    """A message with a text and one attachment."""
    body = data
    if coding == "base64":
        body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif coding == "quoted-printable":
        quoted = b"".join(b"=%02X" % byte for byte in data)
        body = b"=\r\n".join(quoted[at : at + 72] for at in range(0, len(quoted), 72))
    return (
        b"From: sender@example.invalid\r\nTo: receiver@example.invalid\r\n"
        b"Subject: a picture\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="edge"\r\n\r\n'
        b"--edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee the picture.\r\n"
        b"--edge\r\nContent-Type: application/octet-stream\r\n"
        b'Content-Disposition: attachment; filename="' + name.encode() + b'"\r\n'
        b"Content-Transfer-Encoding: " + coding.encode() + b"\r\n\r\n" + body + b"\r\n--edge--\r\n"
    )


def uuencoded(name: str, data: bytes) -> bytes:
    """A message of one text, with a file in it as old programs did."""
    import binascii

    lines = b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
    head = b"From: sender@example.invalid\nSubject: a picture\n\nSee below.\n"
    return head + b"begin 644 " + name.encode() + b"\n" + lines + b"`\nend\n"


def mailbox(*messages: bytes) -> bytes:
    """A mailbox in the form mboxrd."""
    made = b""
    for one in messages:
        quoted = one.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
        made += b"From sender@example.invalid Thu Jan  1 00:00:00 2026\n" + quoted + b"\n"
    return made


def office(kind: str, part: str, data: bytes) -> bytes:
    """A document of Office Open XML with one picture."""
    main = f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"
    return zipped(
        {
            "[Content_Types].xml": f'<Types><Override ContentType="{main}"/></Types>'.encode(),
            "_rels/.rels": b"<Relationships/>",
            part: data,
        }
    )


def open_document(data: bytes) -> bytes:
    """A text document of OpenDocument with one picture."""
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": b"<office:document-content/>",
            "Pictures/1.png": data,
        }
    )


def epub(data: bytes) -> bytes:
    """A book with one picture."""
    return zipped(
        {
            "mimetype": b"application/epub+zip",
            "OEBPS/page.xhtml": b"<html><body>text</body></html>",
            "OEBPS/x.png": data,
        }
    )


def pdf(*streams: tuple[bytes, bytes]) -> bytes:
    """A PDF file of streams: the words of each dictionary, and the content."""
    made = b"%PDF-1.7\n"
    for number, (words, data) in enumerate(streams, 4):
        head = b"%d 0 obj\n<< %s /Length %d >>\nstream\n" % (number, words, len(data))
        made += head + data + b"\nendstream\nendobj\n"
    return made + b"trailer\n<< /Size 9 >>\n%%EOF\n"


IMAGE = b"/Type /XObject /Subtype /Image /Width 8 /Height 8 "

WRAPPINGS: dict[str, Callable[[], bytes]] = {
    "deflated.zip": lambda: zipped({"in/x.png": PNG}),
    "stored.zip": lambda: zipped({"in/x.png": PNG}, zipfile.ZIP_STORED),
    "bzip2.zip": lambda: zipped({"in/x.png": PNG}, zipfile.ZIP_BZIP2),
    "lzma.zip": lambda: zipped({"in/x.png": PNG}, zipfile.ZIP_LZMA),
    "behind-a-program.zip": lambda: b"PK\3\4" + bytes(400) + zipped({"x.png": PNG}),
    "pax.tar": lambda: tarred({"in/x.png": PNG}),
    "gnu.tar": lambda: tarred({"d" * 200 + "/x.png": PNG}, tarfile.GNU_FORMAT),
    "ustar.tar": lambda: tarred({"in/x.png": PNG}, tarfile.USTAR_FORMAT),
    "old.tar": lambda: old_tarred("x.png", PNG),
    "tar.tar.gz": lambda: gzip.compress(tarred({"x.png": PNG}), mtime=0),
    "tar.tar.bz2": lambda: bz2.compress(tarred({"x.png": PNG})),
    "tar.tar.xz": lambda: lzma.compress(tarred({"x.png": PNG})),
    "tar.tar.zst": lambda: zstd(tarred({"x.png": PNG})),
    "x.png.gz": lambda: gzip.compress(PNG, mtime=0),
    "x.png.bz2": lambda: bz2.compress(PNG),
    "x.png.xz": lambda: lzma.compress(PNG),
    "x.png.zst": lambda: zstd(PNG),
    "base64.eml": lambda: message("x.png", PNG),
    "quoted.eml": lambda: message("x.png", PNG, "quoted-printable"),
    "binary.eml": lambda: message("x.png", PNG, "binary"),
    "uuencoded.eml": lambda: uuencoded("x.png", PNG),
    "page.mht": lambda: message("x.png", PNG).replace(b"multipart/mixed", b"multipart/related"),
    "box.mbox": lambda: mailbox(message("y.jpg", PLAIN), message("x.png", PNG)),
    "word.docx": lambda: office("wordprocessingml.document", "word/media/x.png", PNG),
    "slides.pptx": lambda: office("presentationml.presentation", "ppt/media/x.png", PNG),
    "table.xlsx": lambda: office("spreadsheetml.sheet", "xl/media/x.png", PNG),
    "text.odt": lambda: open_document(PNG),
    "book.epub": lambda: epub(PNG),
    "jpeg.pdf": lambda: pdf((IMAGE + b"/Filter /DCTDecode", JPEG)),
    "flate-jpeg.pdf": lambda: pdf(
        (IMAGE + b"/Filter [/FlateDecode /DCTDecode]", gzip.zlib.compress(JPEG))
    ),
    "escaped-name.pdf": lambda: pdf((IMAGE + b"/Filter /D#43TDecode", JPEG)),
    "attached.pdf": lambda: pdf(
        (b"/Type /EmbeddedFile /Filter /FlateDecode", gzip.zlib.compress(PNG))
    ),
    "zip-in-zip.zip": lambda: zipped({"a/inner.zip": zipped({"x.png": PNG})}),
    "all-the-way.mbox": lambda: mailbox(
        message("m.zip", zipped({"d.docx": office("wordprocessingml.document", "word/x.png", PNG)}))
    ),
    "zip.tar.gz": lambda: gzip.compress(tarred({"inner.zip": zipped({"x.png": PNG})}), mtime=0),
}
"""A picture that a signed credential says was made with AI, in each kind of wrapping."""
