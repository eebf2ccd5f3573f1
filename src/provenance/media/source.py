"""Bytes that are elsewhere, read by offset: what an asset needs of them, and a bounded cache."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 64 << 10  # bytes of one block: most files give all that is asked of them in one or two
HELD = 32  # blocks of one object that are kept: 2 MiB
AT_ONCE = 4 << 20  # bytes asked for at once, where a reader goes on from where it was


class Source(Protocol):
    """The bytes of one object, wherever they are. Used by one thread at a time.

    `name` is for people and records, `size` is in bytes.
    """

    @property
    def name(self) -> str:
        """What people and records call it."""
        ...

    @property
    def size(self) -> int:
        """How many bytes it has."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Return exactly so many bytes, which are within `size`.

        Raises AssetError: `asset.changed` where the object is not the one any more that was opened.
        """
        ...

    def close(self) -> None:
        """Give up what is held for it; harmless when called twice."""
        ...


class Blocks:
    """A source read through a cache of whole blocks; what is read in passing goes by it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.size = source.size
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._next = 0  # where the last reading of many bytes ended
        self._passing = b""  # what was read ahead, from `_from` on
        self._from = 0

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes; fewer only at the end. Raises AssetError."""
        end = min(offset + length, self.size)
        if offset < 0 or offset >= end:
            return b""
        if end - offset > BLOCK:
            return self._through(offset, end)
        first, last = offset // BLOCK, (end - 1) // BLOCK
        data = self._block(first)
        if last > first:
            data += self._block(last)
        start = offset - first * BLOCK
        return data[start : start + end - offset]

    def _block(self, number: int) -> bytes:
        found = self._blocks.get(number)
        if found is not None:
            self._blocks.move_to_end(number)
            return found
        start = number * BLOCK
        data = self.source.read_at(start, min(BLOCK, self.size - start))
        self._blocks[number] = data
        if len(self._blocks) > HELD:
            self._blocks.popitem(last=False)
        return data

    def _through(self, offset: int, end: int) -> bytes:
        """Read many bytes: ahead of the reader, where it goes on from where it was."""
        start = offset - self._from
        if start >= 0 and end - self._from <= len(self._passing):
            return self._passing[start : start + end - offset]
        ahead = max(end, offset + AT_ONCE) if offset == self._next else end
        data = self.source.read_at(offset, min(ahead, self.size) - offset)
        self._next = offset + len(data)
        if len(data) > end - offset:
            self._from, self._passing = offset, data
            return data[: end - offset]
        return data


class Reading(io.RawIOBase):
    """Bytes by offset as a raw stream. `readinto` is its own: a stream without one gives the SDK
    wrong bytes, and nobody says so.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        self._read = read
        self._size = size
        self._at = 0

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
        data = self._read(self._at, min(len(view), max(self._size - self._at, 0)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)
