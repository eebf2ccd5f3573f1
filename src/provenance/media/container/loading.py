"""Reading a block: its spans joined, then decoded, within the caller's limit."""

from __future__ import annotations

import binascii
import zlib
from typing import TYPE_CHECKING

from provenance.base.unbrotli import BrotliError, BrotliLimitError, unbrotli
from provenance.media.container import text
from provenance.media.container.block import Coding, ContainerDecodeError, ContainerLimitError

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Block, Span

_NEAR = 64  # spans with gaps below this (GIF sub-blocks, ID3 stuffing) are read in one go
_WIDEST = 4  # bytes of a variation selector, in UTF-8 and in UTF-16
_SLACK = 4_096  # white space allowed around and within base64 beside twice the limit


def load_block(asset: Asset, block: Block, limit: int) -> bytes:
    """Return a block's bytes, joined and decoded: never more than `limit` bytes.

    Short where the file is shorter than the block says. Raises ContainerLimitError when over
    the limit, ContainerDecodeError when the coding is broken, and AssetError when the file cannot
    be read.
    """
    length = block.length
    if block.coding is Coding.RAW:
        if length > limit:
            raise ContainerLimitError(f"{block.place}: {length} bytes, over the limit of {limit}")
        return _join(asset, block.spans)
    if length > (_WIDEST if block.coding is Coding.SELECTORS else 2) * limit + _SLACK:
        raise ContainerLimitError(f"{block.place}: {length} coded bytes for a limit of {limit}")
    data = _join(asset, block.spans)
    if block.coding is Coding.BASE64:
        decoded = _base64(data, block.place)
    elif block.coding is Coding.DEFLATE:
        decoded = _inflate(data, block.place, limit)
    elif block.coding is Coding.SELECTORS:
        decoded = _selectors(data, block.place)
    else:
        decoded = _brotli(data, block.place, limit)
    if len(decoded) > limit:
        raise ContainerLimitError(f"{block.place}: decodes to more than {limit} bytes")
    return decoded


def _join(asset: Asset, spans: tuple[Span, ...]) -> bytes:
    if len(spans) == 1:
        return asset.read(spans[0].offset, spans[0].length)
    parts: list[bytes] = []
    run: list[Span] = []
    end = 0
    for span in spans:
        if run and not 0 <= span.offset - end < _NEAR:
            parts.extend(_read_run(asset, run))
            run = []
        run.append(span)
        end = span.offset + span.length
    if run:
        parts.extend(_read_run(asset, run))
    return b"".join(parts)


def _read_run(asset: Asset, run: list[Span]) -> list[bytes]:
    start = run[0].offset
    data = asset.read(start, run[-1].offset + run[-1].length - start)
    return [data[s.offset - start : s.offset - start + s.length] for s in run]


def _base64(data: bytes, place: str) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error as e:
        raise ContainerDecodeError(f"{place}: not base64: {e}") from e


def _selectors(data: bytes, place: str) -> bytes:
    try:
        return text.store_of(data)
    except ValueError as e:
        raise ContainerDecodeError(f"{place}: not variation selectors: {e}") from e


def _inflate(data: bytes, place: str, limit: int) -> bytes:
    """Inflate zlib data (PNG, PDF), a raw deflate stream (ZIP) or gzip (items of HEIF)."""
    zipped = len(data) >= 2 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
    try:
        wrapping = 31 if data[:2] == b"\x1f\x8b" else 15 if zipped else -15
        return zlib.decompressobj(wrapping).decompress(data, limit + 1)
    except zlib.error as e:
        raise ContainerDecodeError(f"{place}: not deflate data: {e}") from e


def _brotli(data: bytes, place: str, limit: int) -> bytes:
    try:
        return unbrotli(data, limit)
    except BrotliLimitError as e:
        raise ContainerLimitError(f"{place}: decodes to more than {limit} bytes") from e
    except BrotliError as e:
        raise ContainerDecodeError(f"{place}: brotli: {e}") from e
