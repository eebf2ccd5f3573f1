"""Ways to damage bytes: blindly, and knowing what DER, CBOR and boxes look like.

Every function is pure but for the `Random` it is given, and bounded: what it makes is at most
`MAX` bytes larger than what it was given.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import cbor2

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Mutation = Callable[[Random, bytes, bytes], bytes]

MAX = 1 << 20  # bytes
INTERESTING = (0, 1, 2, 0x1F, 0x20, 0x7F, 0x80, 0x81, 0x84, 0xA0, 0xBF, 0xC0, 0xFE, 0xFF)
_SIZES = (0, 1, 2, 7, 8, 9, 15, 16, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF)
ITEMS: tuple[Any, ...] = (
    None, True, 0, -1, 2**64, -(2**70), 1.5, float("nan"), "", "\u202e\x1b[31m\0", b"", b"\0" * 70,
    [], {}, {"": ""}, [[[[[]]]]], "self#jumbf=c2pa.assertions/c2pa.actions.v2", "sha256",
    cbor2.CBORTag(18, []), cbor2.CBORTag(28, [1]), cbor2.undefined,
)  # as a table  # fmt: skip


def flip(random: Random, data: bytes, _other: bytes) -> bytes:
    """Change one to eight bytes."""
    out = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8))):
        if out:
            at = random.randrange(len(out))
            out[at] = random.choice((out[at] ^ 1 << random.randrange(8), *INTERESTING[:6]))
    return bytes(out)


def cut(random: Random, data: bytes, _other: bytes) -> bytes:
    """Cut the end off, or a piece out."""
    if not data:
        return data
    start = random.randrange(len(data))
    end = random.choice((len(data), start + random.randrange(1, 65)))
    return data[:start] + data[end:]


def double(random: Random, data: bytes, _other: bytes) -> bytes:
    """Repeat a piece, once or a hundred times."""
    start = random.randrange(len(data) + 1)
    piece = data[start : start + random.randrange(1, 513)]
    return data[:start] + piece * random.choice((1, 2, 100)) + data[start:]


def splice(random: Random, data: bytes, other: bytes) -> bytes:
    """Put a piece of another seed in, or go on with it."""
    start, piece = random.randrange(len(data) + 1), random.randrange(len(other) + 1)
    if random.random() < 0.5:
        return data[:start] + other[piece : piece + MAX]
    end = min(len(other), piece + random.randrange(1, 4097))
    return data[:start] + other[piece:end] + data[start:]


def number(random: Random, data: bytes, _other: bytes) -> bytes:
    """Write a length that lies, of two, four or eight bytes."""
    form = random.choice((">H", "<H", ">I", "<I", ">Q", "<Q"))
    width = struct.calcsize(form)
    if len(data) < width:
        return data
    at = random.randrange(len(data) - width + 1)
    value = random.choice((*_SIZES, len(data), len(data) - at, random.getrandbits(32)))
    return data[:at] + struct.pack(form, value % (1 << 8 * width)) + data[at + width :]


# Boxes of ISO/IEC 14496-12 and of JUMBF: size and type, then payload or further boxes.
_KINDS = (
    b"jumb", b"jumd", b"cbor", b"json", b"c2sh", b"bfdb", b"bidb", b"ftyp", b"uuid", b"moov",
    b"trak", b"mdia", b"minf", b"stbl", b"stco", b"stsz", b"meta", b"iloc", b"iinf", b"infe",
    b"ilst", b"keys", b"data", b"udta", b"mdat", b"free", b"Exif", b"xml ", b"moof", b"sidx",
)  # as a table  # fmt: skip


def _boxes(data: bytes) -> list[tuple[int, int]]:
    """Find what looks like boxes: (start, end)."""
    found = []
    for kind in _KINDS:
        at = data.find(kind)
        while at >= 4 and len(found) < 400:
            size = int.from_bytes(data[at - 4 : at], "big")
            if 8 <= size <= len(data) - at + 4:
                found.append((at - 4, at - 4 + size))
            at = data.find(kind, at + 1)
    return sorted(found)


def box(random: Random, data: bytes, other: bytes) -> bytes:
    """Change a box: its size, its type, its place, or what stands beside it."""
    found = _boxes(data)
    if not found:
        return number(random, data, other)
    start, end = random.choice(found)
    piece = data[start:end]
    how = random.randrange(6)
    if how == 0:
        size = random.choice((*_SIZES, len(piece) - 1, len(piece) + 1, len(piece) * 2))
        return data[:start] + struct.pack(">I", size & 0xFFFF_FFFF) + data[start + 4 :]
    if how == 1:
        return data[: start + 4] + random.choice(_KINDS) + data[start + 8 :]
    if how == 2:
        return data[:start] + data[end:]
    if how == 3:
        return data[:end] + piece[:MAX] + data[end:]
    if how == 4:  # a box within itself, some levels deep
        for _ in range(random.choice((1, 9, 40))):
            piece = struct.pack(">I", len(piece) + 8) + data[start + 4 : start + 8] + piece
        return data[:start] + piece + data[end:]
    away, stop = random.choice(found)
    if away >= end or stop <= start:  # two boxes change places
        (a, b), (c, d) = sorted(((start, end), (away, stop)))
        return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]
    return data[:start] + data[away:stop][:MAX] + data[end:]


# DER: tag, length, content. A node is (start, content start, end).
Node = tuple[int, int, int]


def _nodes(data: bytes, start: int, end: int, depth: int, found: list[Node]) -> None:
    at = start
    while at + 2 <= end and len(found) < 2_000:
        size, content = data[at + 1], at + 2
        if size & 0x80:
            width = size & 0x7F
            size = int.from_bytes(data[content : content + width], "big")
            content += width
        if content + size > end:
            return
        found.append((at, content, content + size))
        if depth and (data[at] & 0x20 or data[at] == 0x04):
            _nodes(data, content, content + size, depth - 1, found)
        at = content + size


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes((size,))
    width = (size.bit_length() + 7) // 8
    return bytes((0x80 | width,)) + size.to_bytes(width, "big")


def _replaced(data: bytes, found: list[Node], node: Node, made: bytes) -> bytes:
    """Put `made` in the node's place and mend the lengths of all that hold it."""
    start, _, end = node
    out, at, stop = made, start, end
    for outer, content, close in sorted(found, key=lambda n: (n[2] - n[0], -n[0])):
        if outer < at and content <= at and close >= stop:
            out = data[content:at] + out + data[stop:close]
            out = data[outer : outer + 1] + _length(len(out)) + out
            at, stop = outer, close
    return data[:at] + out + data[stop:]


def der(random: Random, data: bytes, other: bytes) -> bytes:
    """Change a node of DER, with the lengths around it mended or left wrong."""
    found: list[Node] = []
    _nodes(data, 0, len(data), 24, found)
    if not found:
        return flip(random, data, other)
    node = random.choice(found)
    start, content, end = node
    raw, inner = data[start:end], data[content:end]
    how = random.randrange(8)
    if how == 0:  # a length that lies
        size = random.choice((b"\x80", b"\x84\xff\xff\xff\xff", b"\x00", b"\x81\x01", b"\x89"))
        return data[: start + 1] + size + data[content:]
    if how == 1:
        made = bytes((random.choice((*range(1, 0x20), *INTERESTING, 0x30, 0x31)),)) + raw[1:]
    elif how == 2:
        made = b""
    elif how == 3:
        made = raw * random.choice((2, 3, 40))
    elif how == 4:
        others: list[Node] = []
        _nodes(other, 0, len(other), 24, others)
        away = random.choice(others) if others else (0, 0, 0)
        made = other[away[0] : away[2]]
    elif how == 5:  # indefinite length, as BER has it
        made = raw[:1] + b"\x80" + inner + b"\0\0"
    elif how == 6:  # within itself, some levels deep
        made = raw
        for _ in range(random.choice((1, 30, 200))):
            made = b"\x30" + _length(len(made)) + made
    else:
        inner = flip(random, inner, b"") if inner else b"\x1b"
        made = raw[:1] + _length(len(inner)) + inner
    return _replaced(data, found, node, made[:MAX])


def _spots(item: Any, found: list[tuple[Any, Any]]) -> None:
    """List the places of a decoded item: what holds it, and under which key."""
    entries: Any = ()
    if isinstance(item, list):
        entries = enumerate(item)
    elif isinstance(item, dict):
        entries = item.items()
    for key, value in entries:
        if len(found) < 2_000:
            found.append((item, key))
            _spots(value, found)


def cbor(random: Random, data: bytes, other: bytes) -> bytes:
    """Change an item of CBOR: another value, another type, two that change places, one twice."""
    try:
        root = [cbor2.loads(data[1:] if data[:1] == b"\xd2" else data)]
    except (cbor2.CBORError, ValueError):
        return flip(random, data, other)
    found: list[tuple[Any, Any]] = []
    _spots(root, found)
    holder, key = random.choice(found)
    how = random.randrange(6)
    if how == 0:
        holder[key] = random.choice(ITEMS)
    elif how == 1:
        away, at = random.choice(found)
        holder[key] = away[at]
    elif how == 2 and isinstance(holder, dict):
        holder[random.choice((*ITEMS[:9], "alg", "url", "hash", "digitalSourceType"))] = 1
    elif how == 3:
        for _ in range(random.choice((1, 31, 200))):
            holder[key] = [holder[key]]
    elif how == 4:
        holder[key] = [holder[key]] * random.choice((2, 64, 1_001))
    elif isinstance(holder[key], bytes):
        holder[key] = random.choice((flip, cut, double, der))(random, holder[key], other)
    elif isinstance(holder[key], str):
        holder[key] = holder[key][:9] + random.choice(("\x1b]0;", "\u2066", "x" * 70_000, "/../"))
    try:
        made: bytes = cbor2.dumps(root[0])
    except (cbor2.CBORError, ValueError, RecursionError, TypeError):  # an item within itself
        return flip(random, data, other)
    if random.random() < 0.1:  # a key twice
        made = made.replace(b"\xa1", b"\xa2", 1)
    return made[:MAX]


def recoded(random: Random, data: bytes, _other: bytes) -> bytes:
    """Write an item of CBOR in another form that means the same: longer, indefinite, tagged."""
    try:
        value = cbor2.loads(data)
    except (cbor2.CBORError, ValueError):
        return data
    return _written(random, value, random.choice((0.02, 0.1, 0.5)))[:MAX]


def _written(random: Random, value: Any, often: float) -> bytes:
    """Encode plain values, with unusual forms as often as that."""
    odd = random.random() < often
    if odd and random.random() < 0.15:
        tag = random.choice((b"\xd9\xd9\xf7", b"\xd8\x40", b"\xc6"))  # itself, bytes, unassigned
        return tag + _written(random, value, 0)
    if isinstance(value, dict):
        pairs = list(value.items())
        if odd and random.random() < 0.3:
            random.shuffle(pairs)
        body = b"".join(_written(random, one, often) for pair in pairs for one in pair)
        return b"\xbf" + body + b"\xff" if odd else _head(5, len(pairs), 0) + body
    if isinstance(value, list | tuple):
        body = b"".join(_written(random, one, often) for one in value)
        return b"\x9f" + body + b"\xff" if odd else _head(4, len(value), 0) + body
    if isinstance(value, bytes | str):
        kind, raw = (2, value) if isinstance(value, bytes) else (3, value.encode())
        if odd and raw.isascii() and random.random() < 0.5:  # in two pieces
            cut = random.randrange(len(raw) + 1)
            pieces = (_head(kind, len(part), 0) + part for part in (raw[:cut], raw[cut:]))
            return bytes((kind << 5 | 31,)) + b"".join(pieces) + b"\xff"
        return _head(kind, len(raw), random.randrange(4) if odd else 0) + raw
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**64:
        kind, number = (0, value) if value >= 0 else (1, -1 - value)
        return _head(kind, number, random.randrange(4) if odd else 0)
    made: bytes = cbor2.dumps(value)
    return made


def _head(kind: int, number: int, longer: int) -> bytes:
    """The head of an item, in the shortest form or some steps longer."""
    if number < 24 and not longer:
        return bytes((kind << 5 | number,))
    width = max((number.bit_length() + 7) // 8 - 1, 0).bit_length()
    width = min(max(width, longer - 1), 3)
    return bytes((kind << 5 | 24 + width,)) + number.to_bytes(1 << width, "big")


def sign1(random: Random, data: bytes) -> bytes:
    """Change a COSE_Sign1: its tag, its length, what its four items are, how they are written."""
    how = random.randrange(6)
    tag, body = data[:1], data[1:]
    if how == 0:
        other = (b"", b"\xd1", b"\xd8\x62", b"\xd8\x12", b"\xd2\xd2", b"\xd8\x3d\xd2", b"\xc0")
        return random.choice(other) + body
    try:
        parts = list(cbor2.loads(body))
    except (cbor2.CBORError, ValueError, TypeError):
        return flip(random, data, b"")
    if how == 1:
        return tag + recoded(random, body, b"")
    if how == 2:
        parts.append(random.choice((b"", None, parts[-1])))
    elif how == 3:
        at = random.randrange(len(parts))
        parts[at] = random.choice((None, b"", {}, [], parts[0], parts[-1], cbor2.undefined))
    elif how == 4:  # headers that mean the same, for which the signature was not made
        parts[0] = recoded(random, parts[0], b"") if isinstance(parts[0], bytes) else parts[0]
    else:
        at = random.randrange(len(parts))
        parts[at] = cbor2.CBORTag(random.choice((18, 24, 98)), parts[at])
    made: bytes = cbor2.dumps(parts)
    return tag + made


BLIND: tuple[Mutation, ...] = (flip, cut, double, splice, number)


def mutate(random: Random, data: bytes, other: bytes, knowing: tuple[Mutation, ...]) -> bytes:
    """Damage bytes once to four times, more often knowingly than blindly."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        way = random.choice(knowing if knowing and random.random() < 0.7 else BLIND)
        data = way(random, data, other)
    return data
