"""A worker's side of objects that are elsewhere: it asks its caller for bytes, and nobody else.

A worker has no socket but the one that it was started with, and no credentials. Questions and
answers are frames (`sandbox.frames`), a question one of JSON, an answer a head of JSON and bytes:

    ["open", n]             [size, modified_ns, [names beside it]], and its first bytes
    ["read", offset, length]           [], and exactly so many bytes of what is open
    ["beside", n, most]                [], and the whole of what is next to it

A head of two texts in an object, {"error": [code, message]}, says why there is nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.errors import AssetError
from provenance.media.asset import Asset
from provenance.media.source import Far
from provenance.sandbox import frames

if TYPE_CHECKING:
    from provenance.sandbox.serving import Line


class Handed:
    """The objects of the chunk that a worker has: which is at hand, and how it is opened."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.number = 0  # of the one at hand, in its chunk
        self.facts: list[int | None] | None = None  # size and time of what was opened last

    def open(self, path: str, most: int | None) -> Asset:
        """Open the object at hand. Raises AssetError."""
        head, first = self._asked(["open", self.number])
        size, modified_ns, names = head
        self.facts = [size, modified_ns]
        return Asset.of_far(Far(_Object(self._asked, path, size, first, names)), max_size=most)

    def _asked(self, question: list[Any]) -> tuple[Any, bytes]:
        head, data = self._line.ask(frames.packed(question))
        said = frames.unpacked(head)
        if isinstance(said, dict):
            raise AssetError(*said["error"])
        return said, data


class _Object:
    """One object as `media.source.Source`."""

    def __init__(self, asked: Any, name: str, size: int, first: bytes, names: list[str]) -> None:
        self._asked = asked
        self.name = name
        self.size = size
        self._first = first
        self._names = tuple(names)

    def first(self) -> bytes:
        first, self._first = self._first, b""
        return first

    def read_at(self, offset: int, length: int) -> bytes:
        data: bytes = self._asked(["read", offset, length])[1]
        return data

    def beside(self) -> tuple[str, ...]:
        return self._names

    def read_beside(self, number: int, most: int) -> bytes:
        data: bytes = self._asked(["beside", number, most])[1]
        return data

    def close(self) -> None:
        """The caller gives up what it holds when the next object is opened."""
