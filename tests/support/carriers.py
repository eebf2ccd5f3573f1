"""Puts a manifest store into a JPEG, a PNG or a WAV, finds it there and takes it out."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.media import png_chunk

if TYPE_CHECKING:
    from collections.abc import Iterator

_APP11 = 0xEB
_CHUNK = 64000


@dataclass(frozen=True, slots=True)
class Span:
    """Where the credential stands in a file, its wrapping included: the data-hash exclusion."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """The first byte after the credential."""
        return self.start + self.length


def is_jpeg(data: bytes) -> bool:
    """Whether this is a JPEG by its first bytes."""
    return data.startswith(b"\xff\xd8\xff")


def is_png(data: bytes) -> bool:
    """Whether this is a PNG by its first bytes."""
    return data.startswith(b"\x89PNG\r\n\x1a\n")


def _segments(jpeg: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment before the scan."""
    position = 2
    while jpeg[position + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", jpeg, position + 2)
        yield jpeg[position + 1], position, position + 2 + length
        position += 2 + length


def _jumbf_segments(jpeg: bytes) -> list[tuple[int, int]]:
    return [
        (start, end)
        for marker, start, end in _segments(jpeg)
        if marker == _APP11 and jpeg[start + 4 : start + 6] == b"JP"
    ]


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk of a PNG (big-endian, CRC) or a RIFF (little-endian)."""
    png = is_png(data)
    position = 8 if png else 12
    while position + 8 <= len(data):
        if png:
            (length,) = struct.unpack_from(">I", data, position)
            kind, end = data[position + 4 : position + 8], position + 12 + length
        else:
            (length,) = struct.unpack_from("<I", data, position + 4)
            kind, end = data[position : position + 4], position + 8 + length + length % 2
        yield kind, position, end
        position = end


def find(data: bytes) -> Span | None:
    """Where the credential stands, or None."""
    if is_jpeg(data):
        segments = _jumbf_segments(data)
        if not segments:
            return None
        return Span(segments[0][0], segments[-1][1] - segments[0][0])
    for kind, start, end in _chunks(data):
        if kind in {b"caBX", b"C2PA"}:
            return Span(start, end - start)
    return None


def extract(data: bytes) -> bytes:
    """The manifest store's bytes; `LookupError` where there is none."""
    span = find(data)
    if span is None:
        raise LookupError("no manifest store in this file")
    if is_jpeg(data):
        parts = [data[start + 12 : end] for start, end in _jumbf_segments(data)]
        return parts[0] + b"".join(part[8:] for part in parts[1:])
    if is_png(data):
        return data[span.start + 8 : span.end - 4]
    (length,) = struct.unpack_from("<I", data, span.start + 4)
    return data[span.start + 8 : span.start + 8 + length]


def _app11(store: bytes) -> bytes:
    parts = [store[:_CHUNK]]
    parts += [store[:8] + store[at : at + _CHUNK] for at in range(_CHUNK, len(store), _CHUNK)]
    return b"".join(
        struct.pack(">BBH2sHI", 0xFF, _APP11, len(part) + 10, b"JP", 1, number) + part
        for number, part in enumerate(parts, start=1)
    )


def _insert_at(data: bytes) -> int:
    if is_jpeg(data):
        ends = [end for marker, _, end in _segments(data) if marker in {0xE0, 0xE1}]
        return max(ends, default=2)
    return 33 if is_png(data) else len(data)


def embed(data: bytes, store: bytes) -> bytes:
    """Put the store in, in place of the one that is there, else where its container wants it."""
    span = find(data) or Span(_insert_at(data), 0)
    if is_jpeg(data):
        wrapped = _app11(store)
    elif is_png(data):
        wrapped = png_chunk(b"caBX", store)
    else:
        wrapped = b"C2PA" + struct.pack("<I", len(store)) + store + b"\0" * (len(store) % 2)
    out = data[: span.start] + wrapped + data[span.end :]
    if data.startswith(b"RIFF"):
        out = out[:4] + struct.pack("<I", len(out) - 8) + out[8:]
    return out


def strip(data: bytes) -> bytes:
    """The file without its credential."""
    span = find(data)
    if span is None:
        return data
    out = data[: span.start] + data[span.end :]
    if data.startswith(b"RIFF"):
        out = out[:4] + struct.pack("<I", len(out) - 8) + out[8:]
    return out
