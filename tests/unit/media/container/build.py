"""Builders of small files of every family, with or without a manifest store and XMP."""

from __future__ import annotations

import base64
import gzip
import struct
import zlib

from unit.media.container.build_documents import archive, font, pdf

__all__ = ["archive", "font", "pdf"]  # beside what is defined here

PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:dcterms="http://purl.org/dc/terms/"'
    b' dcterms:provenance="https://example.com/m.c2pa"/></rdf:RDF></x:xmpmeta>'
)
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
STORE_TYPE = bytes.fromhex("63327061001100108000 00aa00389b71".replace(" ", ""))


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def store(payload: int = 40, *, label: bytes = b"c2pa", kind: bytes = STORE_TYPE) -> bytes:
    """A JUMBF superbox that looks like a manifest store; its content means nothing."""
    filler = bytes(i * 7 % 251 for i in range(payload))
    return box(b"jumb", box(b"jumd", kind + b"\x03" + label + b"\0") + box(b"free", filler))


# JPEG


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def app11(manifest: bytes, *, chunk: int = 60_000, number: int = 1) -> list[bytes]:
    """Segments of one JUMBF box: the header is repeated behind the first."""
    parts = [manifest[i : i + chunk] for i in range(0, len(manifest), chunk)]
    return [
        segment(
            0xEB,
            b"JP" + struct.pack(">HI", number, z) + (manifest[:8] if z > 1 else b"") + part,
        )
        for z, part in enumerate(parts, 1)
    ]


def xmp_segment(packet: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def extended_segment(part: bytes, *, full: int, at: int, guid: bytes = b"A" * 32) -> bytes:
    body = b"http://ns.adobe.com/xmp/extension/\0" + guid + struct.pack(">II", full, at) + part
    return segment(0xE1, body)


def jpeg(*segments: bytes) -> bytes:
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\x34\xff\x00\x56"
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
        + b"".join(segments)
        + scan
        + (b"\xff\xd9")
    )


# PNG


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def itxt(packet: bytes, *, deflated: bool = False) -> bytes:
    text = zlib.compress(packet) if deflated else packet
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0" + bytes([deflated, 0]) + b"\0\0" + text)


def png(before: bytes = b"", behind: bytes = b"", tail: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + before + data + behind + chunk(b"IEND", b"") + tail


# RIFF


def riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def riff(form: bytes, *chunks: bytes, tail: bytes = b"") -> bytes:
    body = form + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body + tail


# ISO BMFF


def c2pa_box(manifest: bytes, purpose: bytes = b"manifest") -> bytes:
    merkle = b"" if purpose == b"merkle" else bytes(8)
    return box(b"uuid", C2PA_UUID + bytes(4) + purpose + b"\0" + merkle + manifest)


def ftyp(major: bytes = b"isom", *brands: bytes) -> bytes:
    return box(b"ftyp", major + bytes(4) + b"".join(brands))


def mp4(*boxes: bytes, major: bytes = b"isom") -> bytes:
    return ftyp(major) + b"".join(boxes) + box(b"mdat", bytes(32))


def meta_items(packet: bytes, at: int, *, method: int = 0, extra: int = 0) -> bytes:
    """A `meta` box with one XMP item at file offset `at`, or in its own `idat` (method 1)."""
    entries = [box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 1, 0) + b"grid\0")] + [
        box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 10 + i, 0) + b"hvc1\0") for i in range(extra)
    ]
    entries.append(
        box(
            b"infe",
            b"\2\0\0\0" + struct.pack(">HH", 2, 0) + b"mime" + b"\0" + b"application/rdf+xml\0",
        )
    )
    iinf = box(b"iinf", bytes(4) + struct.pack(">H", len(entries)) + b"".join(entries))
    places = struct.pack(">HHHHII", 1, 0, 0, 1, 4, 4)
    places += struct.pack(">HHHHII", 2, method, 0, 1, 0 if method else at, len(packet))
    iloc = box(b"iloc", b"\1\0\0\0" + b"\x44\x00" + struct.pack(">H", 2) + places)
    idat = box(b"idat", packet) if method else b""
    return box(b"meta", bytes(4) + iinf + iloc + idat)


def heic(packet: bytes, *, method: int = 0) -> bytes:
    head = ftyp(b"mif1", b"mif1", b"heic")
    if method:
        return head + meta_items(packet, 0, method=1) + box(b"mdat", bytes(8))
    length = len(meta_items(packet, 0))
    return head + meta_items(packet, len(head) + length + 8) + box(b"mdat", packet)


# JPEG XL

JXL = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")


def jxl(*boxes: bytes) -> bytes:
    return JXL + b"".join(boxes) + box(b"jxlc", b"\xff\x0a" + bytes(8))


# TIFF


def tiff(values: dict[int, tuple[int, bytes]], *, order: str = "<", big: bool = False) -> bytes:
    """One IFD; values are tag -> (field type of one-byte values or ASCII, bytes)."""
    mark = b"II" if order == "<" else b"MM"
    head = (
        mark + struct.pack(order + "HHHQ", 43, 8, 0, 16)
        if big
        else mark + struct.pack(order + "HI", 42, 8)
    )
    width = 8 if big else 4
    size = 20 if big else 12
    data_at = len(head) + (8 if big else 2) + size * len(values) + width
    entries, data = b"", b""
    for tag, (kind, value) in sorted(values.items()):
        count = len(value) // {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}[kind]
        entries += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, count)
        if len(value) <= width:
            entries += value.ljust(width, b"\0")
        else:
            entries += struct.pack(order + ("Q" if big else "I"), data_at + len(data))
            data += value
    count = struct.pack(order + ("Q" if big else "H"), len(values))
    return head + count + entries + bytes(width) + data


# GIF


def sub_blocks(data: bytes) -> bytes:
    parts = [data[i : i + 255] for i in range(0, len(data), 255)]
    return b"".join(bytes([len(p)]) + p for p in parts) + b"\0"


def gif_c2pa(manifest: bytes) -> bytes:
    return b"\x21\xff\x0bC2PA_GIF\1\0\0" + sub_blocks(manifest)


def gif_xmp(packet: bytes) -> bytes:
    trailer = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    return b"\x21\xff\x0bXMP DataXMP" + packet + trailer


def gif(before: bytes = b"", behind: bytes = b"", tail: bytes = b"") -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    image = (
        b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0x80) + bytes(6) + b"\2" + sub_blocks(b"D\1")
    )
    return screen + before + b"\x21\xf9\4\0\0\0\0\0" + image + behind + b"\x3b" + tail


# SVG


def svg(inside: bytes = b"", *, front: bytes = b"") -> bytes:
    return (
        front
        + b'<svg xmlns="http://www.w3.org/2000/svg"><metadata>'
        + inside
        + b'</metadata><path d="M0 0"/></svg>'
    )


def svg_store(manifest: bytes, prefix: bytes = b"c2pa", wrap: int = 0) -> bytes:
    text = base64.b64encode(manifest)
    if wrap:
        text = b"\n".join(text[i : i + wrap] for i in range(0, len(text), wrap))
    name = prefix + b":manifest"
    return (
        b"<"
        + name
        + b" xmlns:"
        + prefix
        + b'="http://c2pa.org/manifest">\n'
        + text
        + b"\n</"
        + name
    ) + b">"


# ID3, MPEG audio, FLAC


def syncsafe(value: int) -> bytes:
    return bytes(value >> shift & 0x7F for shift in (21, 14, 7, 0))


def geob(manifest: bytes, *, mime: bytes = b"application/c2pa", encoding: int = 0) -> bytes:
    name, end = ("c2pa".encode("utf-16"), b"\0\0") if encoding == 1 else (b"c2pa", b"\0")
    return bytes([encoding]) + mime + b"\0" + name + end + name + end + manifest


def frame(kind: bytes, body: bytes, *, major: int = 4, flags: int = 0) -> bytes:
    size = syncsafe(len(body)) if major == 4 else struct.pack(">I", len(body))
    return kind + size + bytes([0, flags]) + body


def id3(frames: bytes, *, major: int = 4, flags: int = 0, padding: int = 16) -> bytes:
    body = frames + bytes(padding)
    if flags & 0x80 and major == 3:
        body = body.replace(b"\xff", b"\xff\0")
    return b"ID3" + bytes([major, 0, flags]) + syncsafe(len(body)) + body


MPEG_FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes


def mp3(frames: bytes = b"", **options: int) -> bytes:
    return (id3(frames, **options) if frames else b"") + MPEG_FRAME * 2


def flac(front: bytes = b"", application: bytes = b"") -> bytes:
    info = b"\x00" + (34).to_bytes(3, "big") + bytes(34)
    extra = b"\x02" + len(application).to_bytes(3, "big") + application if application else b""
    padding = b"\x81" + (4).to_bytes(3, "big") + bytes(4)
    return front + b"fLaC" + info + extra + padding + b"\xff\xf8\x69\x18"


# Ogg


def ogg_page(serial: int, lacing: bytes, body: bytes, flags: int = 0, number: int = 0) -> bytes:
    return (
        b"OggS\0"
        + bytes([flags])
        + bytes(8)
        + struct.pack("<III", serial, number, 0)
        + bytes([len(lacing)])
        + lacing
        + body
    )


def ogg(manifest: bytes = b"", *, serial: int = 7) -> bytes:
    vorbis = b"\x01vorbis" + bytes(23)
    pages = [ogg_page(1, bytes([len(vorbis)]), vorbis, 2)]
    rest = b""
    if manifest:
        packet = b"\0c2pa" + manifest
        lacing = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
        cut = max(
            1, min(len(lacing) - 1, 3)
        )  # a few lacing values on the first page, the rest behind
        pages.append(ogg_page(serial, lacing[:cut], packet[: cut * 255], 2))
        rest = ogg_page(serial, lacing[cut:], packet[cut * 255 :], 5, 1) if lacing[cut:] else b""
    pages.append(ogg_page(1, b"\x04", b"data", 0, 1))
    return b"".join(pages) + rest + ogg_page(1, b"\x04", b"more", 4, 2)


def tc260_files(label: str | None = None) -> dict[str, bytes]:
    """A small file for each container and place of a TC260 label: name -> bytes."""
    from unit.media.container import build_labels, build_metadata

    return build_labels.tc260_files(label or build_metadata.LABEL)


def svgz() -> bytes:
    return gzip.compress(svg(), mtime=0)


def samples() -> dict[str, bytes]:
    """One small file with a store, and XMP where the family has it, for each family."""
    s, x = store(), PACKET
    return {
        "jpeg": jpeg(*app11(s, chunk=40), xmp_segment(x)),
        "png": png(chunk(b"caBX", s), itxt(x, deflated=True)),
        "webp": riff(b"WEBP", riff_chunk(b"VP8 ", bytes(9)), riff_chunk(b"C2PA", s)),
        "wav": riff(b"WAVE", riff_chunk(b"data", bytes(9)), riff_chunk(b"_PMX", x)),
        "mp4": mp4(c2pa_box(s), box(b"moov", box(b"udta", box(b"XMP_", x)))),
        "heic": heic(x),
        "jxl": jxl(box(b"xml ", x), s),
        "tiff": tiff({700: (1, x), 0xCD41: (7, s)}),
        "bigtiff": tiff({700: (1, x), 0xCD41: (7, s)}, order=">", big=True),
        "gif": gif(gif_c2pa(s), gif_xmp(x)),
        "svg": svg(x + svg_store(s)),
        "mp3": mp3(frame(b"PRIV", b"XMP\0" + x) + frame(b"GEOB", geob(s))),
        "mp3-unsync": mp3(frame(b"GEOB", geob(s + b"\xff\0\xff"), major=3), major=3, flags=0x80),
        "flac": flac(id3(frame(b"GEOB", geob(s)))),
        "ogg": ogg(store(900)),
        "zip": archive(
            {"mimetype": b"application/epub+zip", "META-INF/content_credential.c2pa": s}
        ),
        "font": font(s),
        "pdf": pdf(s, x),
        "external": s,
    }
