"""What goes between a process and its worker: parts of bytes, each after its length.

What a part holds is agreed between the two sides. It is never a pickle on the way to the caller: a
worker that a hostile file has taken over must not be able to run anything there.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Sequence

_LENGTH = struct.Struct(">Q")


class FrameError(ValueError):
    """The other side is gone in the middle of a part, or does not speak as agreed.

    Its text goes on from "its answer was".
    """


def send(stream: BinaryIO, *parts: bytes) -> None:
    """Send parts. Raises OSError where nobody reads."""
    for part in parts:
        stream.write(_LENGTH.pack(len(part)))
        stream.write(part)
    stream.flush()


def receive(stream: BinaryIO, most: int) -> bytes | None:
    """Wait for one part of at most so many bytes; None at the end. Raises FrameError, OSError."""
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise FrameError("cut off in its length")
    (length,) = _LENGTH.unpack(head)
    if length > most:
        raise FrameError("too long")
    data = stream.read(length)
    if len(data) < length:
        raise FrameError("cut off")
    return data


def packed(value: Any) -> bytes:
    """Return plain values as JSON in ASCII."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def packed_with(value: Any, lines: Sequence[str]) -> bytes:
    """Return plain values as JSON, and each of these texts as it is on a line after them.

    Texts are of ASCII and on one line. What is JSON already would grow by an escape for each quote,
    and take three times as long to read.
    """
    return b"\n".join([packed(value), *(line.encode("ascii") for line in lines)])


def unpacked_with(data: bytes) -> tuple[Any, list[str]]:
    """Read what `packed_with` made, or `packed`. Raises FrameError."""
    first, *lines = data.split(b"\n")
    try:
        return unpacked(first), [line.decode("ascii") for line in lines]
    except UnicodeDecodeError as e:
        raise FrameError("not ASCII") from e


def unpacked(data: bytes) -> Any:
    """Read what `packed` made. Raises FrameError."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as e:
        raise FrameError("not JSON") from e
