"""Puts a manifest store into a file, finds it there and takes it out (C2PA 2.4 appendix A).

One `Carrier` a family of formats. They read files of this kit's own making, not the world's: a
file that is not as they expect raises.
"""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Protocol

from provenance.kit import texts
from provenance.kit.archive import ZIP
from provenance.kit.bmff_carrier import BMFF
from provenance.kit.font_carrier import FONT
from provenance.kit.jxl_carrier import JXL
from provenance.kit.media import StoreSpan, png_chunk, sub_blocks
from provenance.kit.ogg_carrier import OGG
from provenance.kit.pdf_carrier import PDF

if TYPE_CHECKING:
    from collections.abc import Iterator

_APP11 = 0xEB
_CHUNK = 64000


class Carrier(Protocol):
    """What each family of formats can do with a manifest store."""

    def find(self, data: bytes) -> StoreSpan | None:
        """Return where the credential stands, its wrapping included, or None."""

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        """Return the manifest store that stands at `span`."""

    def insert(self, data: bytes, store: bytes) -> bytes:
        """Put a store into a file that has none."""

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        """Take the credential out again."""


def is_jpeg(data: bytes) -> bool:
    """Whether this is a JPEG by its first bytes."""
    return data.startswith(b"\xff\xd8\xff")


def is_png(data: bytes) -> bool:
    """Whether this is a PNG by its first bytes."""
    return data.startswith(b"\x89PNG\r\n\x1a\n")


def segments(jpeg: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment before the scan."""
    position = 2
    while jpeg[position + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", jpeg, position + 2)
        yield jpeg[position + 1], position, position + 2 + length
        position += 2 + length


class _Jpeg:
    """APP11 segments of JPEG XT boxes (A.3.1)."""

    def _store_segments(self, data: bytes) -> list[tuple[int, int]]:
        return [
            (start, end)
            for marker, start, end in segments(data)
            if marker == _APP11 and data[start + 4 : start + 6] == b"JP"
        ]

    def find(self, data: bytes) -> StoreSpan | None:
        own = self._store_segments(data)
        return StoreSpan(own[0][0], own[-1][1] - own[0][0]) if own else None

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        del span
        parts = [data[start + 12 : end] for start, end in self._store_segments(data)]
        return parts[0] + b"".join(part[8:] for part in parts[1:])

    def insert(self, data: bytes, store: bytes) -> bytes:
        ends = [end for marker, _, end in segments(data) if marker in {0xE0, 0xE1}]
        at = max(ends, default=2)
        return data[:at] + app11(store) + data[at:]

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[: span.start] + data[span.end :]


def app11(store: bytes, number: int = 1) -> bytes:
    """The APP11 segments of one JUMBF box; `number` is its box instance number."""
    parts = [store[:_CHUNK]]
    parts += [store[:8] + store[at : at + _CHUNK] for at in range(_CHUNK, len(store), _CHUNK)]
    return b"".join(
        struct.pack(">BBH2sHI", 0xFF, _APP11, len(part) + 10, b"JP", number, sequence) + part
        for sequence, part in enumerate(parts, start=1)
    )


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
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


def _chunk(data: bytes, name: bytes) -> StoreSpan | None:
    for kind, start, end in chunks(data):
        if kind == name:
            return StoreSpan(start, end - start)
    return None


class _Png:
    """A `caBX` chunk behind the header (A.3.2)."""

    def find(self, data: bytes) -> StoreSpan | None:
        return _chunk(data, b"caBX")

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        return data[span.start + 8 : span.end - 4]

    def insert(self, data: bytes, store: bytes) -> bytes:
        return data[:33] + png_chunk(b"caBX", store) + data[33:]

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[: span.start] + data[span.end :]


class _Riff:
    """A `C2PA` chunk at the end (A.3.3): WAV, AVI, WebP."""

    def find(self, data: bytes) -> StoreSpan | None:
        return _chunk(data, b"C2PA")

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        (length,) = struct.unpack_from("<I", data, span.start + 4)
        return data[span.start + 8 : span.start + 8 + length]

    def insert(self, data: bytes, store: bytes) -> bytes:
        chunk = b"C2PA" + struct.pack("<I", len(store)) + store + b"\0" * (len(store) % 2)
        return _resized(data + chunk)

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return _resized(data[: span.start] + data[span.end :])


def _resized(data: bytes) -> bytes:
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


_GIF_HEAD = b"\x21\xff\x0bC2PA_GIF\x01\x00\x00"


class _Gif:
    """An application extension behind the global colour table (A.3.4)."""

    def find(self, data: bytes) -> StoreSpan | None:
        start = data.find(_GIF_HEAD)
        if start < 0:
            return None
        at = start + len(_GIF_HEAD)
        while data[at]:
            at += 1 + data[at]
        return StoreSpan(start, at + 1 - start)

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        at, parts = span.start + len(_GIF_HEAD), []
        while data[at]:
            parts.append(data[at + 1 : at + 1 + data[at]])
            at += 1 + data[at]
        return b"".join(parts)

    def insert(self, data: bytes, store: bytes) -> bytes:
        at = 13 + (3 << (data[10] & 7) + 1)
        return data[:at] + _GIF_HEAD + sub_blocks(store) + data[at:]

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[: span.start] + data[span.end :]


class _TiffCarrier:
    """Tag 0xCD41 of the first IFD (A.3.5); the store stands at the end, with a new IFD before it.

    Only the store is left out of the hash: the entry that points to it is covered.
    """

    _TAG = 0xCD41

    def _store_entry(self, data: bytes) -> tuple[int, int] | None:
        (at,) = struct.unpack_from("<I", data, 4)
        (count,) = struct.unpack_from("<H", data, at)
        for n in range(count):
            tag, _, length, value = struct.unpack_from("<HHII", data, at + 2 + 12 * n)
            if tag == self._TAG:
                return value, length
        return None

    def find(self, data: bytes) -> StoreSpan | None:
        entry = self._store_entry(data)
        return StoreSpan(*entry) if entry else None

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        return data[span.start : span.end]

    def insert(self, data: bytes, store: bytes) -> bytes:
        (at,) = struct.unpack_from("<I", data, 4)
        (count,) = struct.unpack_from("<H", data, at)
        entries = [data[at + 2 + 12 * n : at + 14 + 12 * n] for n in range(count)]
        where = len(data) + 2 + 12 * (count + 1) + 4
        entries.append(struct.pack("<HHII", self._TAG, 7, len(store), where))
        entries.sort(key=lambda entry: struct.unpack_from("<H", entry))
        ifd = struct.pack("<H", count + 1) + b"".join(entries) + bytes(4)
        return data[:4] + struct.pack("<I", len(data)) + data[8:] + ifd + store

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        """The old IFD still stands where it was; its place follows from the new one's."""
        (at,) = struct.unpack_from("<I", data, 4)
        (count,) = struct.unpack_from("<H", data, at)
        old = at - (2 + 12 * (count - 1) + 4)
        del span
        return data[:4] + struct.pack("<I", old) + data[8:at]


class _Svg:
    """A `c2pa:manifest` element in `metadata` (A.3.6), base64."""

    _OPEN = b'<metadata><c2pa:manifest xmlns:c2pa="http://c2pa.org/manifest">'
    _CLOSE = b"</c2pa:manifest></metadata>"

    def find(self, data: bytes) -> StoreSpan | None:
        """The base64 text alone is what the hash leaves out."""
        start = data.find(self._OPEN)
        if start < 0:
            return None
        start += len(self._OPEN)
        return StoreSpan(start, data.index(self._CLOSE, start) - start)

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        return base64.b64decode(data[span.start : span.end])

    def insert(self, data: bytes, store: bytes) -> bytes:
        at = data.index(b">", data.index(b"<svg")) + 1
        text = base64.b64encode(store)
        return data[:at] + self._OPEN + text + self._CLOSE + data[at:]

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        start, end = span.start - len(self._OPEN), span.end + len(self._CLOSE)
        return data[:start] + data[end:]


def synchsafe(number: int) -> bytes:
    """A length as ID3v2 writes it: four bytes of seven bits."""
    return bytes((number >> shift & 0x7F) for shift in (21, 14, 7, 0))


class _Id3:
    """A GEOB frame of an ID3v2.4 tag at the start (A.3.7): MP3, FLAC."""

    _FRAME = b"\0application/c2pa\0c2pa\0c2pa manifest store\0"

    def find(self, data: bytes) -> StoreSpan | None:
        if not data.startswith(b"ID3"):
            return None
        body = 20 + len(self._FRAME)
        size = int.from_bytes(data[body : body + 4], "big")
        return StoreSpan(body, size)

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        return data[span.start : span.end]

    def insert(self, data: bytes, store: bytes) -> bytes:
        frame = self._FRAME + store
        tag = b"GEOB" + synchsafe(len(frame)) + b"\0\0" + frame
        return b"ID3\x04\0\0" + synchsafe(len(tag)) + tag + data

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[span.end :]


JPEG, PNG, RIFF, GIF = _Jpeg(), _Png(), _Riff(), _Gif()
TIFF, SVG, ID3 = _TiffCarrier(), _Svg(), _Id3()


def carrier_of(data: bytes) -> Carrier:
    """Return the carrier for a file by its first bytes."""
    heads: tuple[tuple[bytes, Carrier], ...] = (
        (b"\xff\xd8\xff", JPEG),
        (b"\x89PNG", PNG),
        (b"RIFF", RIFF),
        (b"GIF8", GIF),
        (b"II*\0", TIFF),
        (b"<?xml", SVG),
        (b"ID3", ID3),
        (b"\xff\xfb", ID3),
        (b"fLaC", ID3),
        (b"PK\x03\x04", ZIP),
        (b"<!DOCTYPE html>", texts.HTML),
        (b"# -----BEGIN", texts.COMMENT),
        (b'"""A program', texts.COMMENT),
        (b"A text", texts.WRAPPER),
        (b"OggS", OGG),
        (b"%PDF", PDF),
        (b"\0\1\0\0", FONT),
        (b"\0\0\0\x0cJXL ", JXL),
    )
    for head, carrier in heads:
        if data.startswith(head):
            return carrier
    if data[4:8] in {b"ftyp", b"styp"}:
        return BMFF
    raise LookupError("a format that the kit does not write")


def credential_span(data: bytes) -> StoreSpan | None:
    """Where the credential stands, or None."""
    return carrier_of(data).find(data)


def extract(data: bytes) -> bytes:
    """The manifest store's bytes; `LookupError` where there is none."""
    carrier = carrier_of(data)
    span = carrier.find(data)
    if span is None:
        raise LookupError("no manifest store in this file")
    return carrier.payload(data, span)


def strip(data: bytes) -> bytes:
    """The file without its credential."""
    carrier = carrier_of(data)
    span = carrier.find(data)
    return data if span is None else carrier.cut(data, span)


def embed(data: bytes, store: bytes) -> bytes:
    """Put the store in, in place of the one that is there."""
    bare = strip(data)
    return carrier_of(bare).insert(bare, store)
