"""Builders of metadata: labels, EXIF, IPTC, keys, tags, and files with a label in every place."""

from __future__ import annotations

import hashlib
import html
import struct
import zlib
from xml.sax.saxutils import quoteattr

from unit.media.container import build
from unit.media.container.build_documents import archive

LABEL = (
    '{"Label":"1","ContentProducer":"00191110000000000000000XYZ00000","ProduceID":"made-1",'
    '"ReservedCode1":"","ContentPropagator":"00191110000000000000000XYZ00000",'
    '"PropagateID":"made-1","ReservedCode2":""}'
)
_NAMESPACES = {
    "TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
}


def wrapped(label: str) -> str:
    return '{"AIGC":' + label + "}"


# XMP


def xmp(
    properties: dict[str, str] | None = None,
    *,
    attributes: dict[str, str] | None = None,
    inner: str = "",
    encoding: str = "utf-8",
) -> bytes:
    """A packet with properties in element and in attribute form, and RDF as it is."""
    elements = "".join(
        f"<{k}>{html.escape(v, quote=False)}</{k}>" for k, v in (properties or {}).items()
    )
    attrs = "".join(f" {k}={quoteattr(v)}" for k, v in (attributes or {}).items())
    used = elements + attrs + inner
    spaces = "".join(f' xmlns:{k}="{v}"' for k, v in _NAMESPACES.items() if f"{k}:" in used)
    text = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta'
        ' xmlns:x="adobe:ns:meta/"><rdf:RDF'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about=""{spaces}{attrs}>{elements}{inner}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    return text.encode(encoding)


# EXIF


def user_comment(text: str, *, code: bytes = b"UNICODE\0", encoding: str = "utf-16-be") -> bytes:
    return code + text.encode(encoding)


def exif(
    ifd0: dict[int, tuple[int, bytes]],
    inner: dict[int, tuple[int, bytes]] | None = None,
    *,
    gps: bool = False,
    order: str = "<",
) -> bytes:
    """A TIFF structure: IFD0, the Exif IFD, a GPS IFD; values are tag -> (type, bytes)."""
    mark = b"II" if order == "<" else b"MM"
    ifds = [dict(ifd0)]
    if inner is not None:
        ifds[0][0x8769] = (4, bytes(4))
        ifds.append(inner)
    if gps:
        ifds[0][0x8825] = (4, bytes(4))
        ifds.append({1: (2, b"N\0")})
    starts, at = [], 8
    for ifd in ifds:
        starts.append(at)
        at += 2 + 12 * len(ifd) + 4 + sum(len(v) + (len(v) & 1) for _, v in ifd.values())
    if inner is not None:
        ifds[0][0x8769] = (4, struct.pack(order + "I", starts[1]))
    if gps:
        ifds[0][0x8825] = (4, struct.pack(order + "I", starts[-1]))
    out = mark + struct.pack(order + "HI", 42, 8)
    for ifd in ifds:
        data_at = len(out) + 2 + 12 * len(ifd) + 4
        entries, data = b"", b""
        for tag, (kind, value) in sorted(ifd.items()):
            count = len(value) // {3: 2, 4: 4, 5: 8}.get(kind, 1)
            entries += struct.pack(order + "HHI", tag, kind, count)
            if len(value) <= 4:
                entries += value.ljust(4, b"\0")
            else:
                entries += struct.pack(order + "I", data_at + len(data))
                data += value + b"\0" * (len(value) & 1)
        out += struct.pack(order + "H", len(ifd)) + entries + bytes(4) + data
        out += bytes(sum(len(v) + (len(v) & 1) for _, v in ifd.values()) - len(data))
    return out


def exif_segment(structure: bytes) -> bytes:
    return build.segment(0xE1, b"Exif\0\0" + structure)


def exif_heic(structure: bytes, *, method: int = 0) -> bytes:
    """A HEIC file whose item 1 is EXIF, in the file (0) or in `idat` (1)."""
    body = struct.pack(">I", 6) + b"Exif\0\0" + structure
    infe = build.box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 1, 0) + b"Exif\0")
    iinf = build.box(b"iinf", bytes(4) + struct.pack(">H", 1) + infe)

    def meta(at: int) -> bytes:
        place = struct.pack(">HHHHII", 1, method, 0, 1, at, len(body))
        iloc = build.box(b"iloc", b"\1\0\0\0\x44\x00" + struct.pack(">H", 1) + place)
        idat = build.box(b"idat", body) if method else b""
        return build.box(b"meta", bytes(4) + iinf + iloc + idat)

    head = build.ftyp(b"heic", b"mif1", b"heic")
    if method:
        return head + meta(0) + build.box(b"mdat", bytes(8))
    return head + meta(len(head) + len(meta(0)) + 8) + build.box(b"mdat", body)


# IPTC-IIM and other segments


def dataset(record: int, number: int, value: bytes) -> bytes:
    return bytes([0x1C, record, number]) + struct.pack(">H", len(value)) + value


def app13(*datasets: bytes) -> bytes:
    data = b"".join(datasets)
    other = b"8BIM\x04\x25\0\0" + struct.pack(">I", 3) + b"abc\0"
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + b"\0" * (len(data) & 1)
    return build.segment(0xED, b"Photoshop 3.0\0" + other + resource)


def sef(entries: dict[str, bytes]) -> bytes:
    """Samsung's trailer."""
    data, places = b"", []
    for name, value in entries.items():
        item = struct.pack("<HHI", 0, 0x0D91, len(name)) + name.encode() + value
        places.append((len(data), len(item)))
        data += item
    directory = b"SEFH" + struct.pack("<II", 107, len(places))
    for start, length in places:
        directory += struct.pack("<HHII", 0, 0x0D91, len(data) - start, length)
    return data + directory + struct.pack("<I", len(directory)) + b"SEFT"


# PNG


def text_chunk(kind: bytes, key: bytes, text: bytes, *, deflated: bool = False) -> bytes:
    if kind == b"tEXt":
        return build.chunk(kind, key + b"\0" + text)
    if kind == b"zTXt":
        return build.chunk(kind, key + b"\0\0" + zlib.compress(text))
    body = zlib.compress(text) if deflated else text
    return build.chunk(b"iTXt", key + b"\0" + bytes([deflated, 0]) + b"\0\0" + body)


# QuickTime


def _data(text: str, kind: int = 1) -> bytes:
    return build.box(b"data", struct.pack(">II", kind, 0) + text.encode())


def _hdlr(kind: bytes) -> bytes:
    return build.box(b"hdlr", bytes(8) + kind + bytes(13))


def meta_keys(values: dict[str, str], *, plain: bool = False) -> bytes:
    """A `meta` box with keys and ilst; `plain` as QuickTime writes it, without version."""
    names = b"".join(struct.pack(">I", 8 + len(k)) + b"mdta" + k.encode() for k in values)
    keys = build.box(b"keys", bytes(4) + struct.pack(">I", len(values)) + names)
    items = b"".join(
        build.box(struct.pack(">I", i), _data(v)) for i, v in enumerate(values.values(), 1)
    )
    body = _hdlr(b"mdta") + keys + build.box(b"ilst", items)
    return build.box(b"meta", body if plain else bytes(4) + body)


def meta_items(items: dict[bytes, str], freeform: dict[str, str] | None = None) -> bytes:
    """A `meta` box of iTunes: named items, and `----` items of com.apple.iTunes."""
    out = b"".join(build.box(k, _data(v)) for k, v in items.items())
    for name, value in (freeform or {}).items():
        mean = build.box(b"mean", bytes(4) + b"com.apple.iTunes")
        out += build.box(
            b"----", mean + build.box(b"name", bytes(4) + name.encode()) + _data(value)
        )
    return build.box(b"meta", bytes(4) + _hdlr(b"mdir") + build.box(b"ilst", out))


def atom(kind: bytes, text: str) -> bytes:
    return build.box(kind, struct.pack(">HH", len(text.encode()), 0x55C4) + text.encode())


def movie(
    udta: bytes = b"", meta: bytes = b"", *, major: bytes = b"isom", media: int = 32
) -> bytes:
    """A file whose `moov` stands behind `mdat`."""
    moov = build.box(b"mvhd", bytes(100)) + (build.box(b"udta", udta) if udta else b"") + meta
    return build.ftyp(major) + build.box(b"mdat", bytes(media)) + build.box(b"moov", moov)


# Matroska


def element(ident: int, body: bytes) -> bytes:
    name = ident.to_bytes((ident.bit_length() + 7) // 8, "big")
    return name + struct.pack(">Q", 1 << 56 | len(body)) + body


def simple_tag(name: str, value: str, inner: bytes = b"") -> bytes:
    return element(0x67C8, element(0x45A3, name.encode()) + element(0x4487, value.encode()) + inner)


def tags(*simple: bytes) -> bytes:
    return element(0x1254C367, element(0x7373, element(0x63C0, b"") + b"".join(simple)))


def matroska(*parts: bytes, doctype: bytes = b"matroska") -> bytes:
    header = b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(doctype) + 3])
    header += b"\x42\x82" + bytes([0x80 | len(doctype)]) + doctype
    return header + element(0x18538067, b"".join(parts))


def cluster(size: int = 64, *, unknown: bool = False) -> bytes:
    body = element(0xE7, b"\0") + element(0xA3, bytes(size))
    return b"\x1f\x43\xb6\x75\xff" + body if unknown else element(0x1F43B675, body)


def seek_head(ident: int, offset: int) -> bytes:
    """Always 45 bytes, so that its own length is known."""
    name = element(0x53AB, struct.pack(">I", ident))
    return element(0x114D9B74, element(0x4DBB, name + element(0x53AC, struct.pack(">I", offset))))


SEEK_HEAD = len(seek_head(0, 0))


# FLV


def amf_string(text: str) -> bytes:
    return struct.pack(">H", len(text.encode())) + text.encode()


def amf_value(value: object) -> bytes:
    if isinstance(value, bool):
        return b"\1" + bytes([value])
    if isinstance(value, float):
        return b"\0" + struct.pack(">d", value)
    if isinstance(value, dict):
        members = b"".join(amf_string(k) + amf_value(v) for k, v in value.items())
        return b"\x08" + struct.pack(">I", len(value)) + members + b"\0\0\x09"
    if isinstance(value, list):
        return b"\x0a" + struct.pack(">I", len(value)) + b"".join(map(amf_value, value))
    text = str(value)
    if len(text.encode()) > 0xFFFF:
        return b"\x0c" + struct.pack(">I", len(text.encode())) + text.encode()
    return b"\2" + amf_string(text)


def flv_tag(kind: int, body: bytes) -> bytes:
    head = bytes([kind]) + len(body).to_bytes(3, "big") + bytes(7)
    return head + body + struct.pack(">I", len(body) + 11)


def flv(members: dict[str, object]) -> bytes:
    script = b"\2" + amf_string("onMetaData") + amf_value(members)
    return b"FLV\1\5" + struct.pack(">II", 9, 0) + flv_tag(18, script) + flv_tag(9, b"\x17\0")


# Audio


def txxx(description: str, value: str, *, major: int = 3, encoding: int = 0) -> bytes:
    encoding = encoding or int(not value.isascii())
    codec, end = {0: ("latin-1", b"\0"), 1: ("utf-16", b"\0\0"), 3: ("utf-8", b"\0")}[encoding]
    body = bytes([encoding]) + description.encode(codec) + end + value.encode(codec)
    if major == 2:
        return b"TXX" + len(body).to_bytes(3, "big") + body
    return build.frame(b"TXXX", body, major=major)


def comments(values: dict[str, str], *, vendor: bytes = b"maker") -> bytes:
    out = struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(values))
    for key, value in values.items():
        item = f"{key}={value}".encode()
        out += struct.pack("<I", len(item)) + item
    return out


def flac(values: dict[str, str]) -> bytes:
    body = comments(values)
    plain = build.flac()
    return plain[:42] + b"\x04" + len(body).to_bytes(3, "big") + body + plain[42:]


def ogg(values: dict[str, str], *, opus: bool = False) -> bytes:
    first = b"OpusHead" + bytes(11) if opus else b"\x01vorbis" + bytes(23)
    packet = (b"OpusTags" if opus else b"\x03vorbis") + comments(values) + (b"" if opus else b"\1")
    lacing = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    cut = max(1, len(lacing) // 2)  # half on one page, half on the next
    pages = [
        build.ogg_page(1, bytes([len(first)]), first, 2),
        build.ogg_page(1, lacing[:cut], packet[: cut * 255], 0, 1),
    ]
    if lacing[cut:]:
        pages.append(build.ogg_page(1, lacing[cut:], packet[cut * 255 :], 1, 2))
    return b"".join(pages) + build.ogg_page(1, b"\x04", b"data", 4, 3)


def info(values: dict[bytes, str]) -> bytes:
    body = b"".join(build.riff_chunk(k, v.encode() + b"\0") for k, v in values.items())
    return build.riff_chunk(b"LIST", b"INFO" + body)


# Documents

_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def docx(custom: dict[str, str], *, deflated: bool = True) -> bytes:
    properties = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{i}" name={quoteattr(k)}>'
        f"<vt:lpwstr>{html.escape(v, quote=False)}</vt:lpwstr></property>"
        for i, (k, v) in enumerate(custom.items(), 2)
    )
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><Properties'
        ' xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
        ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
        f"{properties}</Properties>"
    )
    return archive(
        {"[Content_Types].xml": types.encode(), "docProps/custom.xml": xml.encode()},
        deflated=frozenset({"docProps/custom.xml"} if deflated else ()),
    )


def pdf_info(entries: bytes, *, in_stream: bool = False) -> bytes:
    """A small PDF with an Info dictionary, by itself or in an object stream."""
    out = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    if in_stream:
        table = b"8 0 9 3 "
        stream = zlib.compress(table + b"12 << " + entries + b" >>")
        out += (
            b"5 0 obj\n<< /Type /ObjStm /N 2 /First %d /Filter /FlateDecode /Length %d >>\nstream\n"
            % (len(table), len(stream))
        )
        out += stream + b"\nendstream\nendobj\n"
    else:
        out += b"9 0 obj\n<< " + entries + b" >>\nendobj\n"
    return out + b"trailer\n<< /Size 10 /Root 1 0 R /Info 9 0 R >>\nstartxref\n0\n%%EOF\n"


def pdf_string(text: str) -> bytes:
    return b"(" + text.encode().replace(b"\\", b"\\\\").replace(b"(", b"\\(") + b")"


# Extended XMP


def guid(packet: bytes) -> bytes:
    return hashlib.md5(packet, usedforsecurity=False).hexdigest().upper().encode()


def xmp_main(packet: bytes) -> bytes:
    """The packet that names an extended one."""
    return xmp(attributes={"xmpNote:HasExtendedXMP": guid(packet).decode()})


def extended(packet: bytes, *, part: int = 700) -> list[bytes]:
    """Extended XMP in segments, the last one first."""
    return [
        build.extended_segment(packet[i : i + part], full=len(packet), at=i, guid=guid(packet))
        for i in reversed(range(0, len(packet), part))
    ]
