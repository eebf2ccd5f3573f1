"""Recordings and videos made by code: AAC frames, alone and in MP4, and moving textures."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

AAC_SAMPLES = 1024  # of one frame
_RATE_INDEX = 8  # 16 kHz (ISO/IEC 14496-3, table 1.18)
AAC_RATE = 16_000


def _bits(*fields: tuple[int, int]) -> bytes:
    """Pack numbers of so many bits each, filled up with zeros."""
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


# One channel without a spectral line: SCE, tag, gain, a long window of the sine kind with no
# scale-factor band, no pulses, no noise shaping, no gain control, end (table 4.50 and others).
_SILENT = _bits(
    (0, 3), (0, 4), (0, 8), (0, 1), (0, 2), (0, 1), (0, 6), (0, 1), (0, 1), (0, 1), (0, 1), (7, 3)
)


def aac(frames: int) -> bytes:
    """Return an ADTS stream of silence: AAC-LC, one channel (table 1.A.4 and following)."""
    length = 7 + len(_SILENT)
    head = _bits(
        *((0xFFF, 12), (0, 1), (0, 2), (1, 1), (1, 2), (_RATE_INDEX, 4), (0, 1), (1, 3)),
        *((0, 4), (length, 13), (0x7FF, 11), (0, 2)),
    )
    return (head + _SILENT) * frames


def m4a(frames: int) -> bytes:
    """Return the same frames in MP4 (ISO/IEC 14496-12 and -14)."""
    specific = _bits((2, 5), (_RATE_INDEX, 4), (1, 4), (0, 3))
    decoder = bytes((0x40, 0x15)) + bytes(11) + _descriptor(5, specific)
    es = struct.pack(">HB", 1, 0) + _descriptor(4, decoder) + _descriptor(6, b"\2")
    entry = struct.pack(">6xH8xHH4xI", 1, 1, 16, AAC_RATE << 16)
    mp4a = _box(b"mp4a", entry, _box(b"esds", bytes(4), _descriptor(3, es)))
    ticks = frames * AAC_SAMPLES
    start = _box(b"ftyp", b"M4A \0\0\0\0M4A mp42")

    def moov(offset: int) -> bytes:
        table = _box(
            b"stbl",
            _box(b"stsd", struct.pack(">II", 0, 1), mp4a),
            _box(b"stts", struct.pack(">IIII", 0, 1, frames, AAC_SAMPLES)),
            _box(b"stsc", struct.pack(">IIIII", 0, 1, 1, frames, 1)),
            _box(b"stsz", struct.pack(">III", 0, len(_SILENT), frames)),
            _box(b"stco", struct.pack(">III", 0, 1, offset)),
        )
        link = _box(b"dref", struct.pack(">II", 0, 1), _box(b"url ", struct.pack(">I", 1)))
        info = _box(b"minf", _box(b"smhd", bytes(8)), _box(b"dinf", link), table)
        times = struct.pack(">IIIIIHH", 0, 0, 0, AAC_RATE, ticks, 0x55C4, 0)
        handler = _box(b"hdlr", bytes(8), b"soun", bytes(13))
        media = _box(b"mdia", _box(b"mdhd", times), handler, info)
        matrix = struct.pack(">9I", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
        track = (
            struct.pack(">IIIIII", 7, 0, 0, 1, 0, ticks)
            + bytes(8)
            + struct.pack(">HHHH", 0, 0, 256, 0)
        )
        trak = _box(b"trak", _box(b"tkhd", track, matrix, bytes(8)), media)
        movie = struct.pack(">IIIIIIH", 0, 0, 0, AAC_RATE, ticks, 65536, 256) + bytes(10)
        return _box(b"moov", _box(b"mvhd", movie, matrix, bytes(24), struct.pack(">I", 2)), trak)

    offset = len(start) + len(moov(0)) + 8
    return start + moov(offset) + _box(b"mdat", _SILENT * frames)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def _descriptor(tag: int, body: bytes) -> bytes:
    return bytes((tag, len(body))) + body


def video(path: Path, frames: list[np.ndarray], code: str = "VP80", rate: float = 24.0) -> bytes:
    """Write frames, (height, width, 3) in red, green, blue, by OpenCV; return the file."""
    import cv2

    height, width, _ = frames[0].shape
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), rate, (width, height))
    assert writer.isOpened()
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[:, :, ::-1]))
    writer.release()
    return path.read_bytes()
