"""Bytes that are elsewhere, read by offset: what an asset needs of them, and a bounded cache."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 64 << 10  # bytes of one block: most files give all that is asked of them in one or two
STEP = 1 << 20  # bytes: who reads a block here and there within so many soon reads them all
STEPS = 8  # of these, before they are read at once
HELD = 32  # blocks of one object that are kept: 2 MiB
AT_ONCE = 4 << 20  # bytes asked for at once, where a reader goes on from where it was
GAP = 16 << 20  # bytes that a reader may leave out before who follows is left behind
MOST_BESIDE = 64 << 20  # bytes of an object next to another one


class ObjectSource(Protocol):
    """The bytes of one object, wherever they are. Used by one thread at a time."""

    @property
    def name(self) -> str:
        """What people and records call it."""
        ...

    @property
    def size(self) -> int:
        """How many bytes it has."""
        ...

    def first(self) -> bytes:
        """Return what came with its opening: all of it, or a first block. Raises AssetError."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Return exactly so many bytes, which are within `size`.

        Raises AssetError: `asset.changed` where the object is not the one any more that was opened.
        """
        ...

    def beside(self) -> tuple[str, ...]:
        """Return the names of objects next to it that may speak of it."""
        ...

    def read_beside(self, number: int, most: int) -> bytes:
        """Return a whole object next to it, by its place in `beside`. Raises AssetError."""
        ...

    def close(self) -> None:
        """Give up what is held for it; harmless when called twice."""
        ...


class Readable(Protocol):
    """What a raw stream needs."""

    def read(self, offset: int, length: int) -> bytes:
        """Return up to so many bytes; fewer only at the end. Raises AssetError."""
        ...

    def close(self) -> None:
        """Give up what is held."""
        ...


class Far:
    """A source read through a bounded cache of whole blocks; what is read in passing goes by it.

    Who follows gets all bytes in order, from whatever is read: an object is dear to read twice.
    """

    def __init__(self, source: ObjectSource) -> None:
        self._source = source
        self.name = source.name
        self.size = source.size
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._ahead = b""  # what was read further than was asked for, from `_from` on
        self._from = 0
        self._next = 0  # where the last reading of many bytes ended
        self._stepped = self._steps = 0  # where the last block ended, and how many in small steps
        self._take: Callable[[memoryview], object] | None = None
        self._taken = 0

    def whole(self) -> bytes | None:
        """Return all bytes where they came with the opening. Raises AssetError."""
        first = self._source.first()
        if len(first) == self.size:
            return first
        if len(first) >= min(BLOCK, self.size):
            self._blocks[0] = first[:BLOCK]
        return None

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes; fewer only at the end. Raises AssetError."""
        end = min(offset + length, self.size)
        if offset < 0 or offset >= end:
            return b""
        if end - offset > BLOCK:
            return self._through(offset, end)
        start, data = self._block(offset)
        content = data[offset - start : end - start]
        while (at := offset + len(content)) < end:
            start, data = self._block(at)
            content += data[at - start : end - start]
        return content

    def follow(self, take: Callable[[memoryview], object]) -> None:
        """Pass all bytes to `take`, in order, from now on."""
        self._take, self._taken = take, 0
        if 0 in self._blocks:
            self._passed(0, self._blocks[0])

    def follow_to_end(self) -> None:
        """Read what nobody has read. Raises AssetError."""
        while self._taken < self.size:
            length = min(AT_ONCE, self.size - self._taken)
            self._passed(self._taken, self._source.read_at(self._taken, length))

    def beside(self, path: str) -> bool:
        """Tell whether there is an object of this name next to it."""
        return path in self._source.beside()

    def read_beside(self, path: str, most: int | None) -> bytes:
        """Return an object next to it. Raises AssetError."""
        number = self._source.beside().index(path)
        return self._source.read_beside(number, most if most is not None else MOST_BESIDE)

    def close(self) -> None:
        """Give up the source."""
        self._source.close()

    def _block(self, offset: int) -> tuple[int, bytes]:
        """Return the block that a byte is in, and where it starts. The last one ends the object."""
        last = max(self.size - BLOCK, 0)
        start = last if offset >= last else offset // BLOCK * BLOCK
        held = self._blocks.get(start)
        if held is not None:
            self._blocks.move_to_end(start)
            return start, held
        length = min(BLOCK, self.size - start)
        at = start - self._from
        if at < 0 or at + length > len(self._ahead):
            self._fetch(start, length)
            at = 0
        data = self._ahead[at : at + length]
        self._blocks[start] = data
        if len(self._blocks) > HELD:
            self._blocks.popitem(last=False)
        return start, data

    def _fetch(self, start: int, length: int) -> None:
        """Read a block; with those that follow, where a reader goes on in small steps."""
        step = start - self._stepped
        self._steps = self._steps + 1 if 0 <= step <= STEP else 0
        if self._steps >= STEPS:
            length = min(max(length, STEP), self.size - start)
        self._stepped = start + length
        data = self._source.read_at(start, length)
        if start <= self._taken:
            self._passed(start, data)
        self._from, self._ahead = start, data

    def _through(self, offset: int, end: int) -> bytes:
        """Read many bytes: ahead of the reader, where it goes on from where it was."""
        at = offset - self._from
        if at >= 0 and end - self._from <= len(self._ahead):
            self._next = end
            return self._ahead[at : at + end - offset]
        part = self._ahead[at:] if 0 <= at < len(self._ahead) else b""
        start = offset + len(part)
        far = end if offset != self._next else min(max(end, start + AT_ONCE), self.size)
        data = self._source.read_at(start, far - start)
        self._next = end
        self._passed(start, data)
        data = part + data if part else data
        if far > end:
            self._from, self._ahead = offset, data
            return data[: end - offset]
        return data

    def _passed(self, offset: int, data: bytes) -> None:
        """Pass on what is new; a gap that a hash leaves out is read for it."""
        if self._take is None or offset + len(data) <= self._taken:
            return
        gap = offset - self._taken
        if gap > GAP:
            return  # they are read on the way to the end
        if gap > 0:
            self._take(memoryview(self._source.read_at(self._taken, gap)))
            self._taken = offset
        self._take(memoryview(data)[self._taken - offset :])
        self._taken = offset + len(data)


class SourceStream(io.RawIOBase):
    """Bytes by offset as a raw stream.

    `readinto` is its own: a stream without one gives the SDK wrong bytes, and nobody says so.
    """

    def __init__(self, bytes_: Readable, size: int) -> None:
        self._bytes = bytes_
        self._size = size
        self._at = 0

    def close(self) -> None:
        """Close the stream and what it reads."""
        if not self.closed:
            self._bytes.close()
        super().close()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it has places."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed names any buffer, for which 3.11 has no type
        """Fill a buffer with what comes next; return how many bytes that is."""
        view = memoryview(buffer).cast("B")
        data = self._bytes.read(self._at, min(len(view), max(self._size - self._at, 0)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)
