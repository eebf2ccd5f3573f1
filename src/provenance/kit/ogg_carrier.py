"""Silence in Ogg Opus (RFC 3533, RFC 7845), and a manifest store in it (C2PA 2.4 section A.3.5)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from provenance.kit.media import StoreSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

_AUDIO, _CREDENTIAL = 1, 2  # serial numbers
_FIRST, _LAST = 2, 4  # header types
_MAGIC = b"\0c2pa"
_POLYNOMIAL = 0x04C11DB7
_SILENCE = b"\xf8\xff\xfe"  # 20 ms


def _crc(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (_POLYNOMIAL if value >> 31 else 0)) & 0xFFFFFFFF
    return value


def _page(serial: int, number: int, kind: int, granule: int, *packets: bytes) -> bytes:
    """One page of whole packets, with its check sum."""
    lacing = b"".join(
        b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,)) for packet in packets
    )
    if len(lacing) > 255:
        raise ValueError("too much for one page")
    head = b"OggS\0" + bytes((kind,)) + struct.pack("<qII", granule, serial, number)
    rest = bytes((len(lacing),)) + lacing + b"".join(packets)
    return head + _crc(head + bytes(4) + rest).to_bytes(4, "little") + rest


def silent_opus(count: int = 5) -> bytes:
    """Silence of `count` times 20 ms, mono."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    vendor = b"kit"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    return (
        _page(_AUDIO, 0, _FIRST, 0, head)
        + _page(_AUDIO, 1, 0, 0, tags)
        + _page(_AUDIO, 2, _LAST, 960 * count, *[_SILENCE] * count)
    )


def _pages(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Serial number, start and end of each page."""
    at = 0
    while data[at : at + 4] == b"OggS":
        (serial,) = struct.unpack_from("<I", data, at + 14)
        count = data[at + 26]
        end = at + 27 + count + sum(data[at + 27 : at + 27 + count])
        yield serial, at, end
        at = end


class _Ogg:
    """A logical bitstream of one page, behind the first page of the sound's."""

    def find(self, data: bytes) -> StoreSpan | None:
        for serial, start, end in _pages(data):
            if serial == _CREDENTIAL:
                return StoreSpan(start, end - start)
        return None

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        return data[span.start + 27 + data[span.start + 26] + len(_MAGIC) : span.end]

    def insert(self, data: bytes, store: bytes) -> bytes:
        _, _, at = next(_pages(data))
        page = _page(_CREDENTIAL, 0, _FIRST | _LAST, 0, _MAGIC + store)
        return data[:at] + page + data[at:]

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[: span.start] + data[span.end :]


OGG = _Ogg()
