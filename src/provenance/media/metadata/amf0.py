"""AMF0 (Action Message Format 0), as in the script data of FLV: strings, objects and arrays."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

MAX_DEPTH = 16
MAX_VALUES = 20_000  # of one script tag; key frame indices are arrays of numbers
_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED = 0, 1, 2, 3, 5, 6
_REFERENCE, _ECMA, _END, _STRICT, _DATE, _LONG, _UNSUPPORTED, _XML, _TYPED = range(7, 16)
# Values without text, by the bytes of each.
_SKIPPED = {_BOOLEAN: 1, _NULL: 0, _UNDEFINED: 0, _REFERENCE: 2, _DATE: 10, _UNSUPPORTED: 0}
_DOUBLE = Struct(">d")


class _AmfBoundError(Exception):
    """A bound of this module was reached."""


class _Amf0Reader:
    __slots__ = ("data", "left", "pos", "sink")

    def __init__(self, sink: Sink, data: bytes) -> None:
        self.sink = sink
        self.data = data
        self.pos = 0
        self.left = MAX_VALUES

    def take(self, count: int) -> bytes:
        start = self.pos
        self.pos += count
        if self.pos > len(self.data):
            raise EOFError
        return self.data[start : self.pos]

    def string(self, width: int = 2) -> bytes:
        return self.take(int.from_bytes(self.take(width), "big"))

    def value(self, key: str, context: str, depth: int) -> None:
        """Read one value; add what is text, and with `everything` numbers too."""
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            raise _AmfBoundError
        kind = self.take(1)[0]
        if kind in (_STRING, _LONG, _XML):
            self.sink.text(key, self.string(2 if kind == _STRING else 4), context)
        elif kind == _NUMBER:
            (number,) = _DOUBLE.unpack(self.take(8))
            if self.sink.everything:
                self.sink.add(key, f"{number:g}", context)
        elif kind in _SKIPPED:
            self.take(_SKIPPED[kind])
        elif kind in (_OBJECT, _ECMA, _TYPED):
            if kind == _ECMA:
                self.take(4)  # the count is a hint only
            elif kind == _TYPED:
                self.string()
            self.members(key, context, depth)
        elif kind == _STRICT:
            path = f"{context}/{key}" if context else key
            for index in range(int.from_bytes(self.take(4), "big")):
                self.value(str(index + 1), path, depth + 1)
        else:
            raise ValueError(f"a value of type {kind}")

    def members(self, key: str, context: str, depth: int) -> None:
        path = f"{context}/{key}" if context else key
        while True:
            name = self.string()
            if not name and self.data[self.pos : self.pos + 1] == bytes([_END]):
                self.pos += 1
                return
            self.value(name.decode("utf-8", "replace"), path, depth + 1)


def add_script_data(sink: Sink, block: Block) -> None:
    """Add the members of `onMetaData` under their names."""
    data = sink.load(block)
    if not data:
        return
    reader = _Amf0Reader(sink, data)
    try:
        if reader.take(1)[0] != _STRING:
            raise ValueError("no name in front")
        event = reader.string().decode("utf-8", "replace")
        while reader.pos < len(data):
            # the members stand at the top: their path begins below the event's name
            if data[reader.pos] in (_OBJECT, _ECMA):
                reader.pos += 1 if data[reader.pos] == _OBJECT else 5
                reader.members("", "", 0)
            else:
                reader.value(event, "", 0)
    except EOFError:
        sink.malformed("script data that ends early")
    except ValueError as e:
        sink.malformed(f"script data with {e}")
    except _AmfBoundError:
        sink.limit(f"script data of more than {MAX_VALUES} values, or nested over {MAX_DEPTH}")
