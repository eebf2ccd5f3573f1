"""ISCC-SEQ, the value of an `io.iscc.v0` soft binding: ISCC-UNITs, one after the other.

ISO 24138:2024 defines the units, the draft IEP-0020 of the ISCC Foundation (2026) their sequence.
A unit is a header of four nibble-coded numbers and a body; only bodies of 256 bits and version 0
count for matching. Text from before that draft, as `ISCC:...`, is read where it is units in base32.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

ALGORITHM = "io.iscc.v0"
BITS = 256  # of the body of every unit that is compared
CLOSE = 84  # percent of equal bits: ten of 64 may differ, as the scheme's authors have it
MAX_UNITS = 64
_PREFIX = b"ISCC:"
_META, _INSTANCE = 0, 4  # main types
_LONGEST = 7  # of the length field: 32 x 8 bits
# Nibble coding: how many bits a number opens with, what it is then counted from, and its nibbles.
_CODES = ((0b0, 1, 0, 1), (0b10, 2, 8, 2), (0b110, 3, 72, 3), (0b1110, 4, 584, 4))


class IsccError(ValueError):
    """Bytes that are no ISCC-SEQ. The message says why."""


@dataclass(frozen=True, slots=True)
class IsccUnit:
    """One ISCC-UNIT: main type, subtype, version, and its body of 4 to 32 bytes."""

    main: int
    sub: int
    version: int
    body: bytes

    @property
    def counts(self) -> bool:
        """Whether it speaks of content: metadata can be equal where nothing else is."""
        return self.main != _META and self.version == 0 and len(self.body) * 8 == BITS


def decode(data: bytes) -> tuple[IsccUnit, ...]:
    """Read an ISCC-SEQ of at most 64 units. Raises IsccError (IEP-0020, Decoding)."""
    units: list[IsccUnit] = []
    at = 0
    while at < len(data):
        if len(units) == MAX_UNITS:
            raise IsccError(f"more than {MAX_UNITS} units")
        (main, sub, version, length), at = _header(data, at)
        if main > _INSTANCE or length > _LONGEST:
            raise IsccError(f"no unit: main type {main}, length {length}")
        size = 4 * (length + 1)
        if at + size > len(data):
            raise IsccError("cut off within a unit")
        units.append(IsccUnit(main, sub, version, data[at : at + size]))
        at += size
    if not units:
        raise IsccError("no unit")
    return tuple(units)


def _header(data: bytes, at: int) -> tuple[tuple[int, ...], int]:
    """Return the four numbers of a header, and where the body begins."""
    nibbles = [n for byte in data[at : at + 8] for n in (byte >> 4, byte & 15)]
    numbers = []
    used = 0
    for _ in range(4):
        code = next(
            (c for c in _CODES if nibbles[used:] and nibbles[used] >> 4 - c[1] == c[0]), None
        )
        if code is None or used + code[3] > len(nibbles):
            raise IsccError("a header that is cut off, or none")
        _, opening, base, count = code
        value = 0
        for nibble in nibbles[used : used + count]:
            value = value << 4 | nibble
        numbers.append((value & (1 << 4 * count - opening) - 1) + base)
        used += count
    if used % 2 and nibbles[used]:
        raise IsccError("a header whose padding is not zero")
    return tuple(numbers), at + (used + 1) // 2


def from_text(text: bytes) -> bytes | None:
    """Return the bytes behind `ISCC:` and base32; None where it is no such text."""
    if text[:5].upper() != _PREFIX:
        return None
    letters = text[5:].strip()
    try:
        return base64.b32decode(letters + b"=" * (-len(letters) % 8), casefold=True)
    except (binascii.Error, ValueError):
        return None


def to_text(value: bytes) -> str:
    """Return an ISCC-SEQ of bytes as `from_text` reads it, `ISCC:...`; empty where it is none."""
    try:
        decode(value)
    except IsccError:
        return ""
    return _PREFIX.decode() + base64.b32encode(value).decode().rstrip("=")


def units(value: bytes) -> tuple[IsccUnit, ...]:
    """Return the units of a declared value, bytes or text; none where it cannot be read."""
    written = from_text(value)
    try:
        return decode(value if written is None else written)
    except IsccError:
        return ()


def similarity(one: Sequence[IsccUnit], other: Sequence[IsccUnit]) -> int | None:
    """Return how alike two sequences are: percent of equal bits of their likest units.

    Rounded down. Compared are units of one kind that count; Instance-Codes are equal or say
    nothing. None where no kind is in both.
    """
    percents = []
    for here in one:
        for there in other:
            if not here.counts or not there.counts:
                continue
            if (here.main, here.sub) != (there.main, there.sub):
                continue
            if here.main == _INSTANCE:
                percents.append(100 if here.body == there.body else 0)
                continue
            apart = int.from_bytes(here.body, "big") ^ int.from_bytes(there.body, "big")
            percents.append(100 - -(-100 * apart.bit_count() // BITS))
    return max(percents, default=None)
