"""Media in formats that have no place for a manifest store, with a text that declares AI.

Every function is pure: the same arguments give the same bytes.
"""

from __future__ import annotations

import struct
import zlib

GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
LABEL = (
    '{"Label":"1","ContentProducer":"kit","ProduceID":"1","ReservedCode1":"",'
    '"ContentPropagator":"","PropagateID":"","ReservedCode2":""}'
)
_KEY = "DigitalSourceType"


def _element(ident: int, *parts: bytes, length: int | None = None) -> bytes:
    """An EBML element (RFC 8794) whose length takes eight bytes."""
    body = b"".join(parts)
    size = len(body) if length is None else length
    return (
        ident.to_bytes((ident.bit_length() + 7) // 8, "big")
        + struct.pack(">Q", 1 << 56 | size)
        + body
    )


def matroska(*, length: int | None = None) -> bytes:
    """A Matroska file (RFC 9559) of tags and nothing else; `length` is what they say they have."""
    header = _element(0x1A45DFA3, _element(0x4282, b"matroska"))
    info = _element(0x1549A966, _element(0x2AD7B1, b"\x0f\x42\x40"))
    text = _element(0x45A3, _KEY.encode()) + _element(0x4487, GENERATED.encode())
    tag = _element(0x7373, _element(0x63C0), _element(0x67C8, text))
    return header + _element(0x18538067, info, _element(0x1254C367, tag, length=length))


def _amf(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode("ascii")


def flash(*, count: int = 1) -> bytes:
    """An FLV file whose script data says of itself that it has `count` members.

    The text is a label of GB 45438-2025, for which this format has a place of its own.
    """
    members = struct.pack(">I", count) + _amf("AIGC") + b"\2" + _amf(LABEL) + b"\0\0\x09"
    script = b"\2" + _amf("onMetaData") + b"\x08" + members
    header = b"FLV\1\1" + struct.pack(">II", 9, 0)
    return (
        header
        + b"\x12"
        + len(script).to_bytes(3, "big")
        + bytes(7)
        + script
        + struct.pack(">I", len(script) + 11)
    )


def exr(*, size: int | None = None) -> bytes:
    """An OpenEXR picture of 4 x 2 pixels without compression; `size` is what its text says."""
    width, height = 4, 2
    text = GENERATED.encode("ascii")
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    channel = b"Y\0" + struct.pack("<iB3xii", 1, 0, 1, 1) + b"\0"
    rows = (
        (b"channels", b"chlist", channel),
        (b"compression", b"compression", b"\0"),
        (b"dataWindow", b"box2i", window),
        (b"displayWindow", b"box2i", window),
        (b"lineOrder", b"lineOrder", b"\0"),
        (b"pixelAspectRatio", b"float", struct.pack("<f", 1)),
        (b"screenWindowCenter", b"v2f", bytes(8)),
        (b"screenWindowWidth", b"float", struct.pack("<f", 1)),
        (_KEY.encode("ascii"), b"string", text),
    )
    picture = b"\x76\x2f\x31\x01\2\0\0\0"
    for name, kind, value in rows:
        said = size if size is not None and value is text else len(value)
        picture += name + b"\0" + kind + b"\0" + struct.pack("<I", said) + value
    picture += b"\0"
    line = struct.pack("<4e", 0.0, 0.25, 0.5, 0.75)
    start = len(picture) + 8 * height
    step = 8 + len(line)
    picture += b"".join(struct.pack("<Q", start + n * step) for n in range(height))
    return picture + b"".join(struct.pack("<ii", n, len(line)) + line for n in range(height))


def adts(*, length: int | None = None) -> bytes:
    """Silence as AAC in ADTS: frames of an empty element; `length` is what the last one says."""
    body = b"\xe0"  # the end of a frame, and nothing before it

    def frame(size: int) -> bytes:
        bits = 0xFFF << 44 | 0b0001 << 40 | 1 << 38 | 11 << 34 | 1 << 30 | size << 13 | 0x7FF << 2
        return bits.to_bytes(7, "big") + body

    whole = frame(7 + len(body))
    return whole * 4 + (frame(length) if length else whole)


def sealed(*, text: bytes = b"") -> bytes:
    """A 7-Zip archive without any file in it, and `text` behind it."""
    start = bytes(20)
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + text


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)


def aiff(*, length: int | None = None) -> bytes:
    """Silence in AIFF with an annotation; `length` is how long that says it is."""
    words = b"AI-generated"
    shape = struct.pack(">HIH", 1, 8, 16) + b"\x40\x0b\xfa" + bytes(7)  # 8 frames at 8 kHz
    sound = bytes(8 + 16)
    chunks = b"COMM" + struct.pack(">I", len(shape)) + shape
    chunks += b"SSND" + struct.pack(">I", len(sound)) + sound
    size = len(words) if length is None else length
    chunks += b"ANNO" + struct.pack(">I", size) + _padded(words)
    return b"FORM" + struct.pack(">I", len(chunks) + 4) + b"AIFF" + chunks


def caf(*, length: int | None = None) -> bytes:
    """Silence in CAF with an entry of information; `length` is how long that says it is."""
    shape = struct.pack(">d4sIIIII", 8_000.0, b"lpcm", 0, 2, 1, 1, 16)
    entry = f"{_KEY}\0{GENERATED}\0".encode("ascii")
    info = struct.pack(">I", 1) + entry
    size = len(info) if length is None else length
    audio = b"caff\0\1\0\0desc" + struct.pack(">Q", len(shape)) + shape
    audio += b"data" + struct.pack(">QI", 4 + 16, 0) + bytes(16)
    return audio + b"info" + struct.pack(">Q", size) + info


def ape_tag(*, size: int | None = None) -> bytes:
    """An APEv2 tag of one item; `size` is how long its footer says it is."""
    value = GENERATED.encode("ascii")
    item = struct.pack("<II", len(value), 0) + _KEY.encode("ascii") + b"\0" + value
    said = len(item) + 32 if size is None else size
    return item + b"APETAGEX" + struct.pack("<IIII", 2_000, said, 1, 0) + bytes(8)


def wavpack(*, size: int | None = None) -> bytes:
    """The header of a block of WavPack without sound, and an APEv2 tag."""
    block = b"wvpk" + struct.pack("<IHBBIIIII", 24, 0x410, 0, 0, 0, 0, 0, 0, 0xFFFFFFFF)
    return block + ape_tag(size=size)


_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_EXTENDED = bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850")


def windows_media(*, count: int = 1) -> bytes:
    """The header of ASF with one descriptor, of which it says that it has `count`."""
    key, value = (f"{text}\0".encode("utf-16-le") for text in (_KEY, GENERATED))
    descriptor = struct.pack("<H", len(key)) + key + struct.pack("<HH", 0, len(value)) + value
    body = struct.pack("<H", count) + descriptor
    inner = _EXTENDED + struct.pack("<Q", len(body) + 24) + body
    return _HEADER + struct.pack("<QI", len(inner) + 30, 1) + b"\1\2" + inner


def bitmap(*, size: int = 40) -> bytes:
    """A BMP of 2 x 2 pixels, and an XMP packet behind it; `size` is that of its second header."""
    pixels = bytes(16)
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f' Iptc4xmpExt:DigitalSourceType="{GENERATED}"/></rdf:RDF></x:xmpmeta>'
    ).encode("ascii")
    header = struct.pack("<IiiHHIIiiII", size, 2, 2, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    whole = 14 + len(header) + len(pixels)
    return b"BM" + struct.pack("<IHHI", whole, 0, 0, 54) + header + pixels + packet
