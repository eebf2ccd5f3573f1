"""A worker's side of objects that are elsewhere: it asks its caller for bytes, and nobody else.

A worker has no socket but the one that it was started with, and no credentials. Questions and
answers are frames (`sandbox.frames`). A question is a letter and two numbers:

    O n, 0               open the object with this number in the chunk; its first bytes come
    R offset, length     exactly so many bytes of what is open
    N n, most            the whole of what is next to it

An answer is a head and bytes. The head of an opening has the size, the time in nanoseconds and a
count, then the names of what is next to it as JSON, if there is anything. So many of the objects
that follow in the chunk come along, each a head and all its bytes. Any other head is empty, or
JSON: {"error": [code, message]} says why there is nothing.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError
from provenance.media.asset import Asset
from provenance.media.object_source import AT_ONCE, Far
from provenance.sandbox import frames

if TYPE_CHECKING:
    from provenance.sandbox.serving import ServiceLine

QUESTION = struct.Struct(">cQQ")
OPENED = struct.Struct(">QqB")
NO_TIME = -(1 << 63)
_ERROR = b"{"


class Handed:
    """The objects of the chunk that a worker has: the current one, and how it is opened."""

    def __init__(self, line: ServiceLine) -> None:
        self._line = line
        self.number = 0  # of the current one, in its chunk
        self.facts: list[int | None] | None = None  # size and time of what was opened last
        self._along: dict[int, tuple[bytes, bytes]] = {}  # answers that came with another one

    def forget_chunk(self) -> None:
        """Forget what came of the chunk before."""
        self._along.clear()

    def open(self, path: str, most: int | None) -> Asset:
        """Open the current object. Raises AssetError."""
        if self.number not in self._along:
            self._ask()
        head, first = self._along[self.number]
        size, modified_ns, _ = OPENED.unpack_from(head)
        self.facts = [size, None if modified_ns == NO_TIME else modified_ns]
        near = head[OPENED.size :]
        names = tuple(frames.unpacked(near)) if near else ()
        return Asset.of_far(Far(_HandedObject(self, path, size, first, names)), max_size=most)

    def _ask(self) -> None:
        self._along.clear()
        head, first = self.asked(b"O", self.number, 0)
        for number in range(OPENED.unpack_from(head)[2]):
            self._along[self.number + 1 + number] = self._line.also()
        self._along[self.number] = head, first

    def asked(self, kind: bytes, first: int, second: int) -> tuple[bytes, bytes]:
        """Ask the caller; return head and bytes. Raises AssetError, FrameError."""
        head, data = self._line.ask(QUESTION.pack(kind, first, second))
        if head.startswith(_ERROR):
            code, message = frames.unpacked(head)["error"]
            raise AssetError(code, message)
        return head, data


class _HandedObject:
    """One object as `media.object_source.ObjectSource`.

    Its caller gives it up when the next one is opened.
    """

    def __init__(
        self, handed: Handed, name: str, size: int, first: bytes, names: tuple[str, ...]
    ) -> None:
        self._handed = handed
        self.name = name
        self.size = size
        self._first = first
        self._names = names

    def first(self) -> bytes:
        first, self._first = self._first, b""
        return first

    def read_at(self, offset: int, length: int) -> bytes:
        end = offset + length
        pieces = [  # what is whole in memory here is not so there
            self._handed.asked(b"R", at, min(AT_ONCE, end - at))[1]
            for at in range(offset, end, AT_ONCE)
        ]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def beside(self) -> tuple[str, ...]:
        return self._names

    def read_beside(self, number: int, most: int) -> bytes:
        return self._handed.asked(b"N", number, most)[1]

    def close(self) -> None:
        self._first = b""
