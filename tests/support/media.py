"""Tiny carriers made by code: gradients and a tone, in PNG, JPEG, WAV and MP4.

Every function is pure: the same arguments give the same bytes.
"""

from __future__ import annotations

import math
import struct
import zlib

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

BLUE: Colour = (20, 60, 200)
GOLD: Colour = (240, 200, 40)


def _blend(start: Colour, end: Colour, step: int, steps: int) -> Colour:
    share = step / max(steps - 1, 1)
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk with its length and CRC."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def gradient_png(
    width: int = 64, height: int = 48, start: Colour = BLUE, end: Colour = GOLD
) -> bytes:
    """An 8-bit RGB PNG, a gradient from left to right."""
    row = b"\0" + b"".join(bytes(_blend(start, end, x, width)) for x in range(width))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            png_chunk(b"IDAT", zlib.compress(row * height, 9)),
            png_chunk(b"IEND", b""),
        )
    )


# The DC table of ITU-T T.81, annex K.3.1: codes for 0 to 11 bits. The AC table has one symbol,
# end of block, with the code "0": every block is of one colour.
_DC_COUNTS = bytes((0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0))
_AC_COUNTS = bytes((1, *([0] * 15)))


def _dc_codes() -> dict[int, str]:
    codes: dict[int, str] = {}
    code = symbol = 0
    for length, count in enumerate(_DC_COUNTS, start=1):
        for _ in range(count):
            codes[symbol] = format(code, f"0{length}b")
            code += 1
            symbol += 1
        code <<= 1
    return codes


def _ycc(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = colour
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(luma), round(128 + (blue - luma) * 0.564), round(128 + (red - luma) * 0.713)


def _scan(columns: int, rows: int, start: Colour, end: Colour) -> bytes:
    codes, bits, last = _dc_codes(), [], [128, 128, 128]
    for _ in range(rows):
        for x in range(columns):
            for index, value in enumerate(_ycc(_blend(start, end, x, columns))):
                delta, last[index] = value - last[index], value
                size = abs(delta).bit_length()
                extra = delta if delta >= 0 else delta + (1 << size) - 1
                bits.append(codes[size] + (format(extra, f"0{size}b") if size else "") + "0")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")


def jpeg_segment(marker: int, body: bytes) -> bytes:
    """One JPEG marker segment with its length."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def gradient_jpeg(
    width: int = 96, height: int = 64, start: Colour = BLUE, end: Colour = GOLD, app1: bytes = b""
) -> bytes:
    """A baseline JPEG (4:4:4) of flat 8 x 8 blocks; `app1` becomes an APP1 segment.

    With a DC quantiser of 8 the DC coefficient of a flat block is its value less 128.
    """
    components = bytes((1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0))
    return b"".join(
        (
            b"\xff\xd8",
            jpeg_segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            jpeg_segment(0xE1, app1) if app1 else b"",
            jpeg_segment(0xDB, bytes((0, 8, *([1] * 63)))),
            jpeg_segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + components),
            jpeg_segment(0xC4, b"\0" + _DC_COUNTS + bytes(range(12))),
            jpeg_segment(0xC4, b"\x10" + _AC_COUNTS + b"\0"),
            jpeg_segment(0xDA, bytes((3, 1, 0, 2, 0, 3, 0, 0, 63, 0))),
            _scan(-(-width // 8), -(-height // 8), start, end),
            b"\xff\xd9",
        )
    )


def tone_wav(hertz: int = 440, seconds: float = 0.1, rate: int = 8000) -> bytes:
    """A mono 16-bit PCM WAV with a sine at half amplitude."""
    samples = b"".join(
        struct.pack("<h", round(16000 * math.sin(2 * math.pi * hertz * n / rate)))
        for n in range(round(seconds * rate))
    )
    form = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def _full(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", flags), *parts)


_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _descriptor(tag: int, body: bytes) -> bytes:
    return bytes((tag, len(body))) + body


def _motion_jpeg_entry(width: int, height: int) -> bytes:
    # ISO/IEC 14496-1: object type 0x6C is JPEG, stream type 4 is visual.
    config = _descriptor(4, struct.pack(">BB3xII", 0x6C, 4 << 2 | 1, 0, 0))
    esds = _full(b"esds", _descriptor(3, b"\0\0\0" + config + _descriptor(6, b"\x02")))
    return _box(
        b"mp4v",
        struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x480000, 0x480000, 0, 1, 24, -1),
        esds,
    )


def _track(width: int, height: int, sizes: list[int], offset: int) -> bytes:
    count = len(sizes)
    table = _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), _motion_jpeg_entry(width, height)),
        _full(b"stts", struct.pack(">III", 1, count, 100)),
        _full(b"stsc", struct.pack(">IIII", 1, 1, count, 1)),
        _full(b"stsz", struct.pack(">II", 0, count), struct.pack(f">{count}I", *sizes)),
        _full(b"stco", struct.pack(">II", 1, offset)),
    )
    info = _box(
        b"minf",
        _full(b"vmhd", bytes(8), flags=1),
        _box(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1))),
        table,
    )
    header = struct.pack(">IIIII8xhhHH", 0, 0, 1, 0, count * 100, 0, 0, 0, 0)
    return _box(
        b"trak",
        _full(b"tkhd", header, _MATRIX, struct.pack(">II", width << 16, height << 16), flags=3),
        _box(
            b"mdia",
            _full(b"mdhd", struct.pack(">IIIIHH", 0, 0, 1000, count * 100, 0x55C4, 0)),
            _full(b"hdlr", bytes(4), b"vide", bytes(12), b"gradient\0"),
            info,
        ),
    )


def gradient_mp4(width: int = 96, height: int = 64, frames: int = 3) -> bytes:
    """An MP4 of motion JPEG frames, 0.1 s each, whose gradient moves from frame to frame."""
    pictures = [gradient_jpeg(width, height, BLUE, (255, 80 * n % 256, 40)) for n in range(frames)]
    ftyp = _box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isommp41")
    header = struct.pack(">IIIIIH10x", 0, 0, 1000, frames * 100, 0x10000, 0x100)

    def moov(offset: int) -> bytes:
        track = _track(width, height, [len(picture) for picture in pictures], offset)
        tail = bytes(24) + struct.pack(">I", 2)
        return _box(b"moov", _full(b"mvhd", header, _MATRIX, tail), track)

    start = len(ftyp) + len(moov(0)) + 8
    return ftyp + moov(start) + _box(b"mdat", *pictures)
