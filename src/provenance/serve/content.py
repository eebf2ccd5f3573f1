"""The bytes of a file while they are in hand: memory without a name, counted, and never a disk.

On Linux that is a sealed memfd (`man 2 memfd_create`), which is handed to a worker as it is: nobody
can change it from then on, and nobody else has it. Elsewhere the bytes are sent to the worker.
"""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING, Self

from provenance.sandbox import descriptors

if TYPE_CHECKING:
    from types import TracebackType

STEP = 64 << 10  # bytes for which room is taken at a time, at least
_PIECE = 1 << 20  # bytes hashed at once


class TooLargeError(Exception):
    """A body is larger than one may be."""


class NoRoomError(Exception):
    """So much is held that nothing more fits at this time."""


class Room:
    """How many bytes may be in hand at a time. For one thread."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0

    def check(self, size: int) -> None:
        """Raise NoRoomError if so many bytes do not fit now."""
        if self.taken + size > self.most:
            raise NoRoomError

    def take(self, size: int) -> None:
        """Take room. Raises NoRoomError."""
        self.check(size)
        self.taken += size

    def give_back(self, size: int) -> None:
        """Give room back."""
        self.taken -= size


class Content:
    """The bytes of one file. `size` is how many have been written."""

    def __init__(self, room: Room, most: int) -> None:
        """`most` bounds its size. Raises OSError where the system has no memory or files left."""
        self.size = 0
        self._room = room
        self._most = most
        self._reserved = 0
        self._data = bytearray()
        self._number: int | None = None
        if sys.platform == "linux" and descriptors.available():
            flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
            self._number = os.memfd_create("content", flags)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def number(self) -> int | None:
        """The number of the open file, None where bytes are held otherwise."""
        return self._number

    def expect(self, size: int) -> None:
        """Refuse early what cannot be taken now. Raises TooLargeError, NoRoomError.

        No room is taken before the bytes come: else a few words would keep everybody out.
        """
        if size > self._most:
            raise TooLargeError
        self._room.check(size)

    def write(self, data: bytes | memoryview) -> None:
        """Add bytes. Raises TooLargeError, NoRoomError, OSError."""
        end = self.size + len(data)
        if end > self._most:
            raise TooLargeError
        if end > self._reserved:
            more = max(end - self._reserved, STEP)
            self._room.take(more)
            self._reserved += more
        if self._number is None:
            self._data += data
        else:
            left = memoryview(data)
            while left:
                left = left[os.write(self._number, left) :]
        self.size = end

    def seal(self) -> None:
        """Let nobody change the bytes any more, nor their number. Raises OSError."""
        if self._number is not None and sys.platform == "linux":
            import fcntl  # noqa: PLC0415 - not on Windows

            seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
            fcntl.fcntl(self._number, fcntl.F_ADD_SEALS, seals)

    def bytes(self) -> bytes:
        """Return the bytes, for a worker that cannot take an open file."""
        if sys.platform == "win32" or self._number is None:
            return bytes(self._data)
        return os.pread(self._number, self.size, 0)

    def sha256(self) -> str:
        """Return the digest in hex. Reads every byte."""
        if sys.platform == "win32" or self._number is None:
            return hashlib.sha256(self._data).hexdigest()
        digest, at = hashlib.sha256(), 0
        while data := os.pread(self._number, _PIECE, at):
            digest.update(data)
            at += len(data)
        return digest.hexdigest()

    def close(self) -> None:
        """Let go of the bytes, and of the room that they took. Harmless when called twice."""
        if self._number is not None:
            os.close(self._number)
            self._number = None
        self._data = bytearray()
        self._room.give_back(self._reserved)
        self._reserved = 0
