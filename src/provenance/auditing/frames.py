"""Messages between an audit and its workers: a length of four bytes, then JSON.

Never pickles towards the audit: a worker that a hostile file has taken over must not be able to
run anything there.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

MAX = 64 << 20  # bytes of one message
_LENGTH = struct.Struct("<I")


class BrokenFrameError(ValueError):
    """The other side is gone in the middle of a message, or does not speak as agreed."""


def write(stream: BinaryIO, message: Any) -> None:
    """Send one message. Raises OSError where nobody reads."""
    data = json.dumps(message, separators=(",", ":")).encode("ascii")
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def read(stream: BinaryIO) -> Any:
    """Wait for one message; None at the end. Raises BrokenFrameError, OSError."""
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise BrokenFrameError("cut off in its length")
    (length,) = _LENGTH.unpack(head)
    if length > MAX:
        raise BrokenFrameError("too long")
    data = stream.read(length)
    if len(data) < length:
        raise BrokenFrameError("cut off")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as e:
        raise BrokenFrameError("not JSON") from e
