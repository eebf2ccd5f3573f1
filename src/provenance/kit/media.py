"""Tiny carriers made by code: gradients and a tone, in PNG, JPEG, GIF, WebP, TIFF, SVG and WAV.

Every function is pure: the same arguments give the same bytes.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

BLUE: Colour = (20, 60, 200)
GOLD: Colour = (240, 200, 40)


@dataclass(frozen=True, slots=True)
class StoreSpan:
    """Where the credential stands in a file, its wrapping included: the data-hash exclusion."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """The first byte after the credential."""
        return self.start + self.length


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


def gradient_gif(
    width: int = 32, height: int = 24, start: Colour = BLUE, end: Colour = GOLD
) -> bytes:
    """A GIF89a with a palette of 64 steps; its LZW codes are kept literal by clear codes."""
    steps = [_blend(start, end, n, 64) for n in range(64)]
    head = struct.pack("<6sHHBBB", b"GIF89a", width, height, 0xF5, 0, 0)
    palette = b"".join(bytes(colour) for colour in steps)
    image = struct.pack("<BHHHHB", 0x2C, 0, 0, width, height, 0)
    bits = 0
    count = 0
    for n in range(width * height):
        if n % 60 == 0:  # before the code size would grow from 7 to 8 bits
            bits |= 64 << count
            count += 7
        bits |= (n % width * 64 // width) << count
        count += 7
    bits |= 65 << count
    data = bits.to_bytes((count + 7 + 7) // 8, "little")
    return head + palette + image + b"\x06" + sub_blocks(data) + b"\x3b"


def sub_blocks(data: bytes) -> bytes:
    """The data as GIF sub-blocks, with the empty one that ends them."""
    parts = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes((len(part),)) + part for part in parts) + b"\0"


def plain_webp(width: int = 48, height: int = 32, colour: Colour = BLUE) -> bytes:
    """A lossless WebP of one colour: five prefix codes of one symbol each, and no pixel data."""
    bits, count = 0x2F, 8
    red, green, blue = colour

    def put(value: int, length: int) -> None:
        nonlocal bits, count
        bits |= value << count
        count += length

    put(width - 1, 14)
    put(height - 1, 14)
    put(0, 1)  # no alpha
    put(0, 3)  # version
    put(0, 3)  # no transform, no colour cache, no meta prefix codes
    for symbol in (green, red, blue, 255, 0):
        put(0b1, 1)  # a simple code
        put(0b0, 1)  # of one symbol
        put(0b1, 1)  # of eight bits
        put(symbol, 8)
    body = bits.to_bytes((count + 7) // 8, "little")
    return riff(b"WEBP", riff_chunk(b"VP8L", body))


def riff_chunk(kind: bytes, body: bytes) -> bytes:
    """One RIFF chunk, padded to an even length."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff(form: bytes, *chunks: bytes) -> bytes:
    """A RIFF file."""
    body = form + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gradient_tiff(
    width: int = 32,
    height: int = 24,
    start: Colour = BLUE,
    end: Colour = GOLD,
    tags: tuple[tuple[int, int, bytes], ...] = (),
) -> bytes:
    """A little-endian RGB TIFF of one strip, its only IFD at the end of the file.

    `tags` are further entries: tag, field type (of one byte a value) and value, at most 4 bytes.
    """
    row = b"".join(bytes(_blend(start, end, x, width)) for x in range(width))
    pixels = row * height
    bits_at = 8 + len(pixels)
    entries = [
        (256, 4, 1, struct.pack("<I", width)),
        (257, 4, 1, struct.pack("<I", height)),
        (258, 3, 3, struct.pack("<I", bits_at)),
        (259, 3, 1, struct.pack("<I", 1)),
        (262, 3, 1, struct.pack("<I", 2)),
        (273, 4, 1, struct.pack("<I", 8)),
        (277, 3, 1, struct.pack("<I", 3)),
        (278, 4, 1, struct.pack("<I", height)),
        (279, 4, 1, struct.pack("<I", len(pixels))),
        *((tag, kind, len(value), value.ljust(4, b"\0")) for tag, kind, value in tags),
    ]
    packed = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in sorted(entries))
    ifd = struct.pack("<H", len(entries)) + packed + bytes(4)
    return b"II*\0" + struct.pack("<I", bits_at + 6) + pixels + struct.pack("<3H", 8, 8, 8) + ifd


def gradient_dng() -> bytes:
    """A TIFF with the tags that make it a DNG: version, backward version, camera model."""
    version = (50706, 1, b"\1\4\0\0")
    backward = (50707, 1, b"\1\1\0\0")
    return gradient_tiff(tags=((50708, 2, b"Kit\0"), version, backward))


def gradient_svg(start: Colour = BLUE, end: Colour = GOLD) -> bytes:
    """An SVG with a gradient from left to right."""
    first, last = ("#" + bytes(colour).hex() for colour in (start, end))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48">'
        f'<defs><linearGradient id="g"><stop offset="0" stop-color="{first}"/>'
        f'<stop offset="1" stop-color="{last}"/></linearGradient></defs>'
        '<rect width="64" height="48" fill="url(#g)"/></svg>\n'
    ).encode()


def tone_wav(hertz: int = 440, seconds: float = 0.1, rate: int = 8000) -> bytes:
    """A mono 16-bit PCM WAV with a sine at half amplitude."""
    samples = b"".join(
        struct.pack("<h", round(16000 * math.sin(2 * math.pi * hertz * n / rate)))
        for n in range(round(seconds * rate))
    )
    form = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    return riff(b"WAVE", riff_chunk(b"fmt ", form), riff_chunk(b"data", samples))
