"""Archives as no honest program writes them: each header says what a test wants it to say."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

STORED, DEFLATED = 0, 8
DESCRIBED = 1 << 3
WIDE = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Part:
    """One entry. What is None is as it should be; `listed` may be another name, or "" for none."""

    name: str
    data: bytes
    method: int = STORED
    flags: int = 0
    extra: bytes = b""
    listed: str | None = None
    local_size: int | None = None
    listed_size: int | None = None
    offset: int | None = None
    after: bytes = b""  # what no header speaks of


def deflated(data: bytes) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    return made.compress(data) + made.flush()


def _numbers(part: Part, size: int, named: int) -> bytes:
    method, crc, whole = part.method, zlib.crc32(part.data), len(part.data)
    return struct.pack("<HHHHIIIH", part.flags, method, 0, 33, crc, size, whole, named)


def write(
    *parts: Part,
    front: bytes = b"",
    shifted: bool = False,
    before: bytes = b"",
    comment: bytes = b"",
    size: int | None = None,
    start: int | None = None,
    after: bytes = b"",
) -> bytes:
    """An archive behind `front`; `shifted` says that offsets count from the start of the file.

    `before` is in front of the directory, `after` behind the end record, whose numbers of the
    directory are `size` and `start` if given.
    """
    out, directory = b"", b""
    for part in parts:
        body = deflated(part.data) if part.method == DEFLATED else part.data
        name = part.name.encode()
        at = len(out) + (len(front) if shifted else 0)
        packed = len(body) if part.local_size is None else part.local_size
        out += b"PK\3\4\x14\0" + _numbers(part, packed, len(name))
        out += struct.pack("<H", len(part.extra)) + name + part.extra + body
        if part.flags & DESCRIBED:
            out += struct.pack(
                "<4sIII", b"PK\7\x08", zlib.crc32(part.data), len(body), len(part.data)
            )
        out += part.after
        listed = (part.name if part.listed is None else part.listed).encode()
        if listed:
            packed = len(body) if part.listed_size is None else part.listed_size
            directory += b"PK\1\2\x14\0\x14\0" + _numbers(part, packed, len(listed))
            at = at if part.offset is None else part.offset
            directory += struct.pack("<HHHHII", 0, 0, 0, 0, 0, at) + listed
    out += before
    at = len(out) + (len(front) if shifted else 0)
    count = directory.count(b"PK\1\2")
    numbers = (len(directory) if size is None else size, at if start is None else start)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, *numbers, len(comment))
    return front + out + directory + end + comment + after


def wide(archive: bytes, start: int | None = None, place: int | None = None) -> bytes:
    """An archive without a comment whose directory is named by records of ZIP64.

    `start` is where they say that the directory is, `place` where the first of them is said to be.
    """
    head, (count, size, at) = archive[:-22], struct.unpack_from("<HII", archive, len(archive) - 12)
    begin = at if start is None else start
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, begin)
    where = len(head) if place is None else place
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, where, 1)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, WIDE, WIDE, 0)
    return head + record + locator + end
