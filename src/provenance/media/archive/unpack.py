"""Unpacking forward, in pieces: never more memory than a piece, whatever the data say.

What was unpacked before damage is kept, so that evidence in it is not lost.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from typing import TYPE_CHECKING, Any

from provenance.base import installed
from provenance.base.errors import AssetError
from provenance.base.finding import warning
from provenance.media.archive.member import Member
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.base.finding import Finding
    from provenance.media.archive.member import Spending

    Read = Callable[[int], bytes]
    """Gives up to so many bytes that follow; none only at the end."""

PIECE = 256 << 10  # bytes unpacked at a time
_INPUT = 32 << 10  # packed bytes fed at a time
_FINE = 64  # the same, over a place that is damaged
_LZMA_MEMORY = 96 << 20  # bytes of a dictionary; `xz -9` makes one of 64 MiB
_ZSTD_WINDOW = 64 << 20
_ZSTD_INPUT = 128  # packed bytes fed at a time: a block of 128 KiB may take four
MAX_EMPTY = 10_000  # streams without any content, one after another; each takes some 10 us
TOO_MANY = f"more than {MAX_EMPTY} streams in it are empty"
ZSTD = b"\x28\xb5\x2f\xfd"  # how a frame begins


def missing_zstd() -> str:
    """Say what Zstandard needs here."""
    return f"Zstandard needs a package: {installed.bring_extra('zstd')}"


class Unpacker:
    """One compressed stream, read forward. `damage` says what is wrong with it, once it is met.

    `new` makes a decompressor, such as `inflater`. With `several`, streams that follow one
    another are one, where the next begins with `magic`. `rest` is what follows the end.
    """

    def __init__(
        self, read: Read, new: Callable[[], Any], *, several: bool = False, magic: bytes = b""
    ) -> None:
        self._read = read
        self._fed = _ZSTD_INPUT if new is unzstder else _INPUT
        self._new = new
        self._several = several
        self._magic = magic
        self._decoder = new()
        self._input = b""
        self._over = False
        self._empty = 0
        self.damage = ""
        self.rest = b""

    def read(self, most: int) -> bytes:
        """Return up to `most` bytes; none at the end, or where nothing more can be unpacked."""
        while not self._over:
            if self._decoder.eof and not self._next():
                break
            if not self._input and getattr(self._decoder, "needs_input", True):
                self._input = self._read(self._fed)
                if not self._input:
                    if piece := self._held_back(most):
                        return piece
                    if not self._decoder.eof:
                        self._end("it ends early")
                    continue
            piece = self._some(most)
            if piece:
                self._empty = 0
                return piece
        return b""

    def _some(self, most: int) -> bytes:
        """Unpack what is there; where zlib refuses, up to near the place that it refuses."""
        decoder = self._decoder
        copy = decoder.copy() if hasattr(decoder, "copy") else None
        data, self._input = self._input, b""
        try:
            piece: bytes = decoder.decompress(data, most)
        except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as e:
            self._end(f"its compressed data are damaged ({_short_reason(e)})")
            return _salvaged(copy, data, most) if copy is not None else b""
        if copy is not None:
            self._input = decoder.unconsumed_tail
        return piece

    def _held_back(self, most: int) -> bytes:
        """Return what zlib may still have where it took all there was; the others say so."""
        if not hasattr(self._decoder, "unconsumed_tail"):
            return b""
        try:
            rest: bytes = self._decoder.decompress(b"", most)
        except zlib.error:
            return b""
        return rest

    def _next(self) -> bool:
        """Turn to a stream that follows."""
        left = self._decoder.unused_data or self._input or self._read(_INPUT)
        if self._several and left:
            while left and not left.strip(b"\0"):  # padding
                left = self._read(_INPUT)
            left = left.lstrip(b"\0") if left[:1] == b"\0" else left
            while left and len(left) < len(self._magic) and (more := self._read(_INPUT)):
                left += more
            if left.startswith(self._magic) and self._empty > MAX_EMPTY:
                self._end(TOO_MANY)
                return False
            if left.startswith(self._magic):
                self._empty += 1
                self._decoder, self._input = self._new(), left
                return True
        self.rest = left
        self._over = True
        return False

    def _end(self, damage: str) -> None:
        self._over = True
        self.damage = self.damage or damage


def _salvaged(decoder: Any, data: bytes, most: int) -> bytes:
    salvage = b""
    for at in range(0, len(data), _FINE):
        try:
            salvage += decoder.decompress(data[at : at + _FINE], max(most - len(salvage), 1))
        except zlib.error:
            break
        if len(salvage) >= most:
            break
    return salvage


def _short_reason(e: Exception) -> str:
    return str(e).partition(":")[0][:80] or type(e).__name__


def inflater() -> Any:
    """Return a decompressor of a raw deflate stream (RFC 1951)."""
    return zlib.decompressobj(-15)


def bunzipper() -> Any:
    """Return a decompressor of bzip2."""
    return bz2.BZ2Decompressor()


def unxzer() -> Any:
    """Return a decompressor of xz, with a bound on its dictionary."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY)


def unlzmaer(properties: bytes) -> Any:
    """Return a decompressor of LZMA as ZIP has it (APPNOTE 5.8.8). Raises ValueError."""
    if len(properties) != 5 or properties[0] >= 225:
        raise ValueError("its LZMA header is damaged")
    first, size = properties[0], int.from_bytes(properties[1:], "little")
    if size > _LZMA_MEMORY:
        raise ValueError(f"its LZMA dictionary is over the bound of {_LZMA_MEMORY} bytes")
    filters = [
        {
            "id": lzma.FILTER_LZMA1,
            "dict_size": max(size, 4096),
            "lc": first % 9,
            "lp": first // 9 % 5,
            "pb": first // 45,
        }
    ]
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    except lzma.LZMAError as e:
        raise ValueError("its LZMA header is damaged") from e


class _Unzstd:
    """A decompressor of one Zstandard frame, with the ways of those of the standard library."""

    def __init__(self) -> None:
        import zstandard  # noqa: PLC0415 - an extra

        self._error = zstandard.ZstdError
        frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self._frame = frame
        self._ready = b""

    @property
    def needs_input(self) -> bool:
        return not self._ready

    @property
    def eof(self) -> bool:
        return self._frame.eof and not self._ready

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data

    def decompress(self, data: bytes, most: int) -> bytes:
        try:
            self._ready += self._frame.decompress(data) if data else b""
        except self._error as e:
            raise ValueError(str(e)) from e
        piece, self._ready = self._ready[:most], self._ready[most:]
        return piece


def unzstder() -> Any:
    """Return a decompressor of Zstandard (RFC 8878). Raises ImportError without `zstandard`."""
    return _Unzstd()


def forward(asset: Asset, start: int, length: int) -> Read:
    """Return a function that reads a range of an asset piece by piece."""
    at, end = start, min(start + length, asset.size)

    def read(most: int) -> bytes:
        nonlocal at
        data = asset.read(at, min(most, end - at))
        at += len(data)
        return data

    return read


def taken(
    source: Unpacker | Pushed, spending: Spending, most: int | None = None
) -> tuple[io.BytesIO, bool]:
    """Take what a source gives into memory, at most `most` bytes; whether there is no room for it.

    Raises ExhaustedError.
    """
    content = io.BytesIO()
    room = spending.room
    if most is not None and most > room:
        return content, True
    left = room if most is None else most
    while left > 0:
        piece = source.read(min(PIECE, left))
        if not piece:
            return content, False
        spending.charge(len(piece))
        content.write(piece)
        left -= len(piece)
    return content, most is None and bool(source.read(1))


class Pushed:
    """Reads forward; what was read too far can be given back."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._held = b""

    def read(self, most: int) -> bytes:
        """Return up to `most` bytes; none only at the end."""
        if self._held:
            data, self._held = self._held[:most], self._held[most:]
            return data
        return self._read(most)

    def whole(self, length: int) -> bytes:
        """Return so many bytes, fewer only at the end. For few."""
        data = self.read(length)
        while len(data) < length and (more := self.read(length - len(data))):
            data += more
        return data

    def back(self, data: bytes) -> None:
        """Give bytes back."""
        self._held = data + self._held

    def skip(self, length: int) -> int:
        """Pass over so many bytes; return how many there were."""
        left = length
        while left > 0 and (data := self.read(min(left, PIECE))):
            left -= len(data)
        return length - left


def member(
    name: str,
    content: io.BytesIO,
    *,
    over: bool,
    damage: str,
    limit: int,
    findings: tuple[Finding, ...] = (),
) -> Member:
    """Make a member of what was unpacked, or say why it cannot be examined."""
    if over:
        message = f"unpacked it takes more than {limit} bytes of memory: raise --max-held"
        return Member(name, None, AssetError("asset.too_large", message))
    if damage:
        if not content.tell():
            return Member(
                name, None, AssetError("member.damaged", f"nothing of it can be unpacked: {damage}")
            )
        message = f"{damage}; {content.tell()} bytes of it could be read"
        findings = (*findings, warning("container.member_damaged", message))
    return Member(name, Asset.from_bytes(content.getvalue(), name), findings=findings)
