"""A single compressed stream: gzip (RFC 1952), bzip2, xz, Zstandard (RFC 8878).

Where it holds a tar archive, the members are that archive's.
"""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError
from provenance.base.finding import warning
from provenance.media.archive import tar_members
from provenance.media.archive.member import Member
from provenance.media.archive.unpack import (
    MAX_EMPTY,
    TOO_MANY,
    ZSTD,
    Pushed,
    Unpacker,
    bunzipper,
    forward,
    inflater,
    member,
    missing_zstd,
    taken,
    unxzer,
    unzstder,
)
from provenance.media.container.tar import BLOCK, is_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.archive.member import Spending, Unread
    from provenance.media.archive.unpack import Read
    from provenance.media.asset import Asset
    from provenance.media.container import Scan

_MAX_NAME = 4_096  # bytes of a name or comment in a gzip header
_HEAD_CRC, _EXTRA, _NAME, _COMMENT = 2, 4, 8, 16
_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".zstd", ".gzip")
_SHORT = {".tgz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".tzst": ".tar", ".svgz": ".svg"}


class Gunzip:
    """A gzip file, read forward: its members one after another. `damage` as in `Unpacker`."""

    def __init__(self, read: Read) -> None:
        self._source = Pushed(read)
        self._stream: Unpacker | None = None
        self._sum = self._size = self._empty = 0
        self.name = b""
        self.damage = ""
        self._begin()

    def read(self, most: int) -> bytes:
        """Return up to `most` bytes; none at the end, or where nothing more can be unpacked."""
        while self._stream is not None:
            piece = self._stream.read(most)
            if piece:
                self._sum = zlib.crc32(piece, self._sum)
                self._size += len(piece)
                return piece
            self._finish(self._stream)
        return b""

    def _begin(self) -> bool:
        """Read a header; false where there is none."""
        head = self._source.whole(10)
        if len(head) < 10 or head[:3] != b"\x1f\x8b\x08":
            return False
        flags = head[3]
        if flags & _EXTRA:
            self._source.skip(int.from_bytes(self._source.whole(2), "little"))
        name = self._text() if flags & _NAME else b""
        self.name = self.name or name
        if flags & _COMMENT:
            self._text()
        if flags & _HEAD_CRC:
            self._source.skip(2)
        self._stream = Unpacker(self._source.read, inflater)
        self._sum = self._size = 0
        return True

    def _finish(self, stream: Unpacker) -> None:
        """Compare the check sum, and turn to what follows."""
        self._stream = None
        if stream.damage:
            self.damage = self.damage or stream.damage
            return
        self._source.back(stream.rest)
        tail = self._source.whole(8)
        wanted = self._sum.to_bytes(4, "little") + (self._size & 0xFFFFFFFF).to_bytes(4, "little")
        if tail != wanted:
            self.damage = self.damage or "its check sum does not match"
        self._empty = 0 if self._size else self._empty + 1
        if self._empty > MAX_EMPTY:
            self.damage = TOO_MANY
        else:
            self._begin()

    def _text(self) -> bytes:
        text = bytearray()
        while (byte := self._source.whole(1)) and byte != b"\0" and len(text) < _MAX_NAME:
            text += byte
        return bytes(text)


def members(asset: Asset, scan: Scan, spending: Spending) -> Iterator[Member | Finding | Unread]:
    """Yield the one file that is compressed, or the members of the tar archive."""
    name = _name(asset.path)
    read = forward(asset, 0, asset.size)
    stream: Gunzip | Unpacker
    if scan.family == "gzip":
        stream = Gunzip(read)
        name = stream.name.decode("utf-8", "surrogateescape") or name
    elif scan.family == "bzip2":
        stream = Unpacker(read, bunzipper, several=True, magic=b"BZh")
    elif scan.family == "xz":
        stream = Unpacker(read, unxzer, several=True, magic=b"\xfd7zXZ\0")
    else:
        try:
            stream = Unpacker(read, unzstder, several=True, magic=ZSTD)
        except ImportError:
            yield Member(name, None, AssetError("member.unsupported", missing_zstd()))
            return
    pushed = Pushed(stream.read)
    head = pushed.whole(BLOCK)
    pushed.back(head)
    if is_header(head):
        yield from tar_members.of_stream(pushed, spending)
        if stream.damage:
            yield warning("container.damaged", f"the archive ends early: {stream.damage}")
        return
    spending.member()
    content, over = taken(pushed, spending)
    yield member(name, content, over=over, damage=stream.damage, limit=spending.room)


def _name(path: str) -> str:
    """Return what the compressed file was called: the name without its ending."""
    base = os.path.basename(path)
    stem, ending = os.path.splitext(base)
    if ending.lower() in _SHORT:
        return stem + _SHORT[ending.lower()]
    return stem if ending.lower() in _ENDINGS and stem else base
