"""Tiny films, sounds and pictures in ISO BMFF (ISO/IEC 14496-12), and in AVI, MP3 and FLAC.

Every function is pure: the same arguments give the same bytes.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from provenance.kit.media import BLUE, Colour, gradient_jpeg, riff, riff_chunk

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_RATE = 8000


def box(kind: bytes, *parts: bytes) -> bytes:
    """One box with its eight byte header."""
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def full_box(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    """One box with a version and flags; `flags` holds both."""
    return box(kind, struct.pack(">I", flags), *parts)


def _ftyp(major: bytes, *brands: bytes) -> bytes:
    return box(b"ftyp", major, struct.pack(">I", 0x200), *brands)


def _descriptor(tag: int, body: bytes) -> bytes:
    return bytes((tag, len(body))) + body


@dataclass(frozen=True, slots=True)
class _Track:
    """What a track needs: its sample entry, its samples' sizes and length, and its picture size."""

    entry: bytes
    sizes: tuple[int, ...]
    delta: int
    scale: int = 1000
    width: int = 0
    height: int = 0

    @property
    def duration(self) -> int:
        return len(self.sizes) * self.delta


def _picture_entry(kind: bytes, width: int, height: int, *more: bytes) -> bytes:
    shape = struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x480000, 0x480000, 0, 1, 24, -1)
    return box(kind, shape, *more)


def _motion_jpeg_entry(width: int, height: int) -> bytes:
    # ISO/IEC 14496-1: object type 0x6C is JPEG, stream type 4 is visual.
    config = _descriptor(4, struct.pack(">BB3xII", 0x6C, 4 << 2 | 1, 0, 0))
    esds = full_box(b"esds", _descriptor(3, b"\0\0\0" + config + _descriptor(6, b"\x02")))
    return _picture_entry(b"mp4v", width, height, esds)


def _pcm_entry() -> bytes:
    # ISO/IEC 23003-5: little-endian integers of 16 bits.
    shape = struct.pack(">6xH8xHH4xI", 1, 1, 16, _RATE << 16)
    return box(b"ipcm", shape, full_box(b"pcmC", b"\x01\x10"))


def _sizes(track: _Track) -> bytes:
    count = len(track.sizes)
    if len(set(track.sizes)) == 1 and count > 64:
        return full_box(b"stsz", struct.pack(">II", track.sizes[0], count))
    return full_box(b"stsz", struct.pack(">II", 0, count), struct.pack(f">{count}I", *track.sizes))


def _table(kind: bytes, *row: int) -> bytes:
    """A table of one row, or of none."""
    return full_box(kind, struct.pack(f">{1 + len(row)}I", 1 if row else 0, *row))


def _trak(track: _Track, offset: int) -> bytes:
    """One track; without samples (a fragmented film) its tables are empty."""
    count, film = len(track.sizes), bool(track.width)
    table = box(
        b"stbl",
        full_box(b"stsd", struct.pack(">I", 1), track.entry),
        _table(b"stts", *((count, track.delta) if count else ())),
        _table(b"stsc", *((1, count, 1) if count else ())),
        _sizes(track),
        _table(b"stco", *((offset,) if count else ())),
    )
    head = full_box(b"vmhd", bytes(8), flags=1) if film else full_box(b"smhd", bytes(4))
    info = box(
        b"minf",
        head,
        box(b"dinf", full_box(b"dref", struct.pack(">I", 1), full_box(b"url ", flags=1))),
        table,
    )
    length = track.duration * 1000 // track.scale
    volume = 0 if film else 0x100
    header = struct.pack(">IIIII8xhhHH", 0, 0, 1, 0, length, 0, 0, volume, 0)
    size = struct.pack(">II", track.width << 16, track.height << 16)
    handler = (b"vide", b"gradient\0") if film else (b"soun", b"tone\0")
    return box(
        b"trak",
        full_box(b"tkhd", header, _MATRIX, size, flags=3),
        box(
            b"mdia",
            full_box(b"mdhd", struct.pack(">IIIIHH", 0, 0, track.scale, track.duration, 0x55C4, 0)),
            full_box(b"hdlr", bytes(4), handler[0], bytes(12), handler[1]),
            info,
        ),
    )


def _moov(track: _Track, offset: int, *more: bytes) -> bytes:
    length = track.duration * 1000 // track.scale
    header = struct.pack(">IIIIIH10x", 0, 0, 1000, length, 0x10000, 0x100)
    tail = bytes(24) + struct.pack(">I", 2)
    return box(b"moov", full_box(b"mvhd", header, _MATRIX, tail), _trak(track, offset), *more)


def long_box(kind: bytes, *parts: bytes) -> bytes:
    """One box with a header of 16 bytes, whose size has 64 bits."""
    body = b"".join(parts)
    return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body


def _film(ftyp: bytes, track: _Track, *samples: bytes, long: bool = False) -> bytes:
    start = len(ftyp) + len(_moov(track, 0)) + (16 if long else 8)
    return ftyp + _moov(track, start) + (long_box if long else box)(b"mdat", *samples)


def _frames(width: int, height: int, frames: int) -> list[bytes]:
    return [gradient_jpeg(width, height, BLUE, (255, 80 * n % 256, 40)) for n in range(frames)]


def gradient_mp4(
    width: int = 96, height: int = 64, frames: int = 3, *, long: bool = False
) -> bytes:
    """An MP4 of motion JPEG frames, 0.1 s each, whose gradient moves from frame to frame.

    `long` writes the size of the media in 64 bits.
    """
    pictures = _frames(width, height, frames)
    sizes = tuple(len(picture) for picture in pictures)
    track = _Track(_motion_jpeg_entry(width, height), sizes, 100, width=width, height=height)
    return _film(_ftyp(b"isom", b"isom", b"mp41"), track, *pictures, long=long)


def gradient_mov(width: int = 96, height: int = 64, frames: int = 3) -> bytes:
    """A QuickTime film of motion JPEG frames."""
    pictures = _frames(width, height, frames)
    sizes = tuple(len(picture) for picture in pictures)
    track = _Track(_picture_entry(b"jpeg", width, height), sizes, 100, width=width, height=height)
    return _film(_ftyp(b"qt  ", b"qt  "), track, *pictures)


def tone_m4a(hertz: int = 440, count: int = 800) -> bytes:
    """An M4A with a sine as uncompressed samples."""
    track = _Track(_pcm_entry(), (2,) * count, 1, scale=_RATE)
    return _film(_ftyp(b"M4A ", b"M4A ", b"isom"), track, _sine(hertz, count))


def _sine(hertz: int, count: int) -> bytes:
    return b"".join(
        struct.pack("<h", round(16000 * math.sin(2 * math.pi * hertz * n / _RATE)))
        for n in range(count)
    )


def fragmented(width: int = 96, height: int = 64, fragments: int = 3) -> tuple[bytes, ...]:
    """A fragmented MP4 as separate files: the initialisation segment, then one frame a segment."""
    track = _Track(_motion_jpeg_entry(width, height), (), 100, width=width, height=height)
    trex = full_box(b"trex", struct.pack(">IIIII", 1, 1, 0, 0, 0))
    init = _ftyp(b"iso5", b"iso5", b"dash") + _moov(track, 0, box(b"mvex", trex))
    return (
        init,
        *(_segment(n, frame) for n, frame in enumerate(_frames(width, height, fragments))),
    )


def _segment(number: int, frame: bytes) -> bytes:
    def moof(offset: int) -> bytes:
        # Offsets count from the moof (default-base-is-moof), so that a segment can be moved.
        run = struct.pack(">IiII", 1, offset, 100, len(frame))
        return box(
            b"moof",
            full_box(b"mfhd", struct.pack(">I", number + 1)),
            box(
                b"traf",
                full_box(b"tfhd", struct.pack(">I", 1), flags=0x020000),
                full_box(b"tfdt", struct.pack(">I", number * 100)),
                full_box(b"trun", run, flags=0x000301),
            ),
        )

    offset = len(moof(0)) + 8
    return box(b"styp", b"msdh", bytes(4), b"msdh") + moof(offset) + box(b"mdat", frame)


def gradient_heif(width: int = 96, height: int = 64, end: Colour = (40, 200, 120)) -> bytes:
    """A HEIF image whose only item is coded as JPEG (ISO/IEC 23008-12 annex H)."""
    picture = gradient_jpeg(width, height, BLUE, end)

    def meta(offset: int) -> bytes:
        place = struct.pack(">HHHII", 1, 0, 1, offset, len(picture))
        infe = full_box(b"infe", struct.pack(">HH", 1, 0), b"jpeg\0", flags=0x02000000)
        size = full_box(b"ispe", struct.pack(">II", width, height))
        used = full_box(b"ipma", struct.pack(">IHBB", 1, 1, 1, 0x81))
        return full_box(
            b"meta",
            full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
            full_box(b"pitm", struct.pack(">H", 1)),
            full_box(b"iloc", b"\x44\0" + struct.pack(">H", 1), place),
            full_box(b"iinf", struct.pack(">H", 1), infe),
            box(b"iprp", box(b"ipco", size), used),
        )

    ftyp = _ftyp(b"mif1", b"mif1", b"jpeg")
    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + box(b"mdat", picture)


def gradient_avi(width: int = 64, height: int = 48, frames: int = 3) -> bytes:
    """An AVI of motion JPEG frames, ten a second."""
    pictures = _frames(width, height, frames)
    largest = max(len(picture) for picture in pictures)
    main = struct.pack(
        "<14I", 100_000, largest * 10, 0, 0, frames, 0, 1, largest, width, height, 0, 0, 0, 0
    )
    stream = b"vidsMJPG" + struct.pack(
        "<I2HI6Ii4h", 0, 0, 0, 0, 1, 10, 0, frames, largest, 0, -1, 0, 0, width, height
    )
    shape = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", largest, 0, 0, 0, 0)
    lists = riff_chunk(b"strh", stream) + riff_chunk(b"strf", shape)
    head = riff_chunk(b"avih", main) + riff_chunk(b"LIST", b"strl" + lists)
    body = b"".join(riff_chunk(b"00dc", picture) for picture in pictures)
    return riff(b"AVI ", riff_chunk(b"LIST", b"hdrl" + head), riff_chunk(b"LIST", b"movi" + body))


def silent_mp3(frames: int = 6) -> bytes:
    """Silence as MPEG-1 layer III, mono, 44.1 kHz, 32 kbit/s: 104 bytes a frame, all zero."""
    return (b"\xff\xfb\x10\xc4" + bytes(100)) * frames


def silent_flac(count: int = 4096) -> bytes:
    """Silence as one FLAC frame with a constant subframe (RFC 9639)."""
    shape = (8000 << 44) | (0 << 41) | (15 << 36) | count
    info = struct.pack(">HH", count, count) + bytes(6) + shape.to_bytes(8, "big") + bytes(16)
    # fixed block size, 4096 samples, 8 kHz, mono, 16 bits, frame number 0
    head = b"\xff\xf8\xc4\x08\x00"
    frame = head + bytes((_crc(head, 0x07, 8),)) + b"\0" + bytes(2)
    return (
        b"fLaC\x80"
        + len(info).to_bytes(3, "big")
        + info
        + frame
        + _crc(frame, 0x8005, 16).to_bytes(2, "big")
    )


def _crc(data: bytes, polynomial: int, bits: int) -> int:
    value, top = 0, 1 << bits - 1
    for byte in data:
        value ^= byte << bits - 8
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & (1 << bits) - 1
    return value
