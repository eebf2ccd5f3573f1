"""Bytes that are hashed: a file, or one part of it, in one pass and bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

from provenance.base.values import dataclass
from provenance.credentials.manifest import HASH_ALGORITHMS, HASHES
from provenance.credentials.validation.outcome import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

CHUNK = 1 << 20  # bytes looked at at once

Range = tuple[int, int]
"""Start and end of a range of bytes, the end not included."""


class ByteSource(Protocol):
    """What can be read by offset: `media.asset.Asset`, or a `SourcePart` of one."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; fewer only at the end."""

    def feed(self, start: int, end: int, take: Callable[[memoryview], object]) -> int:
        """Pass a range to `take` in pieces that last for its call; return where it ended."""


@dataclass(frozen=True, slots=True)
class SourcePart:
    """`size` bytes of another source, from `start`."""

    whole: ByteSource
    start: int
    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset` within the part."""
        if offset < 0 or length <= 0:
            return b""
        return self.whole.read(self.start + offset, min(length, self.size - offset))

    def feed(self, start: int, end: int, take: Callable[[memoryview], object]) -> int:
        """Pass a range of the part to `take`; return where it ended, within the part."""
        first = self.start
        return self.whole.feed(first + start, first + min(end, self.size), take) - first


def algorithm(*holders: Any, claim: str) -> str:
    """Return the hash algorithm that the first of `holders` names, else the claim's (15.4).

    Raises Malformed with `algorithm.unsupported` for one that C2PA does not allow (13.1), or where
    none is named.
    """
    named = next((h["alg"] for h in holders if isinstance(h, dict) and h.get("alg")), claim)
    if not isinstance(named, str) or named not in HASH_ALGORITHMS:
        said = f"{str(named)[:64]}, which C2PA does not allow" if named else "no algorithm at all"
        message = f"the hash is made with {said}"
        raise Malformed("algorithm.unsupported", "15.4", message)
    return named


class Digest:
    """A hash that ranges of a source are added to."""

    __slots__ = ("_hash", "_source", "short")

    def __init__(self, source: ByteSource, name: str) -> None:
        self._hash = HASHES[name]()
        self._source = source
        self.short = False  # a range reached beyond the end

    def add(self, data: bytes) -> None:
        """Add bytes that do not come from the source."""
        self._hash.update(data)

    def range(self, start: int, end: int) -> None:
        """Add a range of the source; what lies beyond its end is left out."""
        if start < end and self._source.feed(start, end, self._hash.update) < end:
            self.short = True

    def without(self, start: int, end: int, holes: Iterable[Range]) -> None:
        """Add a range without holes, which are in order and may overlap."""
        for low, high in holes:
            if low > start:
                self.range(start, min(low, end))
            start = max(start, high)
            if start >= end:
                return
        self.range(start, end)

    def value(self) -> bytes:
        """Return the digest."""
        return self._hash.digest()


def digest(source: ByteSource, name: str, ranges: Iterable[Range]) -> bytes:
    """Hash ranges of a source one after the other."""
    hasher = Digest(source, name)
    for start, end in ranges:
        hasher.range(start, end)
    return hasher.value()


def digests(source: ByteSource, name: str, ranges: Iterable[Range]) -> list[bytes]:
    """Hash each of many ranges by itself; those that are short and follow one another, quickly."""
    new = HASHES[name]
    hashes: list[bytes] = []
    data, origin = memoryview(b""), 0
    for start, end in ranges:
        if end - start > CHUNK // 16:
            hashes.append(digest(source, name, [(start, end)]))
            continue
        if start < origin or end > origin + len(data):
            data, origin = memoryview(source.read(start, CHUNK)), start
        hashes.append(new(data[start - origin : end - origin]).digest())
    return hashes


def is_zero(source: ByteSource, start: int, end: int) -> bool:
    """Tell whether a range holds nothing but zero bytes."""
    while start < end:
        chunk = source.read(start, min(CHUNK, end - start))
        if not chunk or chunk.count(0) != len(chunk):
            return False
        start += len(chunk)
    return True


def subtract(ranges: Iterable[Range], allowed: Sequence[Range]) -> list[Range]:
    """Return what of the ranges lies outside the allowed ones; both sorted, none overlapping."""
    left: list[Range] = []
    at = 0
    for start, end in ranges:
        while at < len(allowed) and allowed[at][1] <= start:
            at += 1
        n, at_byte = at, start
        while at_byte < end:
            if n >= len(allowed) or allowed[n][0] >= end:
                left.append((at_byte, end))
                break
            low, high = allowed[n]
            if low > at_byte:
                left.append((at_byte, low))
            at_byte = max(at_byte, high)
            n += 1
    return left


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges in order, joined where they touch or overlap, empty ones left out."""
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def is_count(value: Any) -> TypeGuard[int]:
    """Tell whether a decoded value is a CBOR integer; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def maps(value: Any) -> list[dict[Any, Any]]:
    """Return the maps of a decoded list; nothing where it is none."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list | tuple) else []
