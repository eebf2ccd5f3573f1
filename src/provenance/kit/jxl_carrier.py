"""A gradient in JPEG XL (ISO/IEC 18181), and a manifest store in it (C2PA 2.4, A.3)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from provenance.kit.media import StoreSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0\0\0\x14ftypjxl \0\0\0\0jxl "
# Red from 20 to 230, green from 60 to 195, blue from 200 to 50, in 16 columns of 8 rows, encoded
# without loss by libjxl: there is no encoder that is small enough to be written here.
_CODED = bytes.fromhex(
    "ff0ac1412408000100ec004b189bed3c050585001303e0c5458c461b1d832f45dd7d58fb8308407041377381"
    "80002c21430098ab1f77854b6364d94384105131665688838503"
)


def gradient_jxl() -> bytes:
    """A picture in the form that has boxes."""
    return _HEAD + struct.pack(">I4s", len(_CODED) + 8, b"jxlc") + _CODED


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at, at + size
        at += size


class _Jxl:
    """A box `jumb` behind the file type, which is the store itself."""

    def find(self, data: bytes) -> StoreSpan | None:
        for kind, start, end in _boxes(data):
            if kind == b"jumb":
                return StoreSpan(start, end - start)
        return None

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        return data[span.start : span.end]

    def insert(self, data: bytes, store: bytes) -> bytes:
        return data[: len(_HEAD)] + store + data[len(_HEAD) :]

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[: span.start] + data[span.end :]


JXL = _Jxl()
