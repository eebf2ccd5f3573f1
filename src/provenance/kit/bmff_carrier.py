"""ISO BMFF as C2PA uses it (C2PA 2.4 section A.5): the `uuid` box, and hashing by boxes.

Inserting the box moves what stands behind it, so the tables of offsets are mended. Files with
several tracks or large sizes are not for this module.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from provenance.base import cbor
from provenance.kit.films import box
from provenance.kit.media import StoreSpan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_UNHASHED = frozenset({b"ftyp", b"mfra", b"free", b"skip"})
_CONTAINERS = {
    b"moov": b"trak",
    b"trak": b"mdia",
    b"mdia": b"minf",
    b"minf": b"stbl",
}


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each box of a range."""
    at, stop = start, len(data) if end is None else end
    while at + 8 <= stop:
        (size,) = struct.unpack_from(">I", data, at)
        if size == 1:  # in the eight bytes behind the type
            (size,) = struct.unpack_from(">Q", data, at + 8)
        yield data[at + 4 : at + 8], at, at + size
        at += size


def provenance_box(purpose: bytes, data: bytes) -> bytes:
    """The C2PA `uuid` box; the purpose `merkle` has no offset field (A.5.1, A.5.4)."""
    offset = b"" if purpose == b"merkle" else bytes(8)
    return box(b"uuid", C2PA_UUID, bytes(4), purpose + b"\0", offset, data)


class _Bmff:
    """A C2PA box behind `ftyp`."""

    def find(self, data: bytes) -> StoreSpan | None:
        for kind, start, end in boxes(data):
            if kind == b"uuid" and data[start + 8 : start + 24] == C2PA_UUID:
                return StoreSpan(start, end - start)
        return None

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        head = data.index(b"\0", span.start + 28) + 9
        return data[head : span.end]

    def insert(self, data: bytes, store: bytes) -> bytes:
        (at,) = struct.unpack_from(">I", data)
        credential = provenance_box(b"manifest", store)
        return data[:at] + credential + _moved(data, len(credential))[at:]

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[: span.start] + _moved(data, -span.length)[span.end :]


BMFF = _Bmff()


def _moved(data: bytes, by: int) -> bytes:
    """Add `by` to every offset that the file's tables hold; nothing is moved by this itself."""
    out = bytearray(data)
    for kind, start, end in boxes(data):
        if kind == b"moov":
            for table in _tables(data, start, end, kind):
                (count,) = struct.unpack_from(">I", data, table + 12)
                for n in range(count):
                    (old,) = struct.unpack_from(">I", data, table + 16 + 4 * n)
                    struct.pack_into(">I", out, table + 16 + 4 * n, old + by)
        elif kind == b"meta":
            for inner, at, _ in boxes(data, start + 12, end):
                if inner == b"iloc":  # as films.gradient_heif writes it: one item, one extent
                    (old,) = struct.unpack_from(">I", data, at + 22)
                    struct.pack_into(">I", out, at + 22, old + by)
    return bytes(out)


def _tables(data: bytes, start: int, end: int, kind: bytes) -> Iterator[int]:
    """The chunk-offset tables below a box."""
    for inner, at, stop in boxes(data, start + 8, end):
        if inner == _CONTAINERS.get(kind):
            yield from _tables(data, at, stop, inner)
        elif kind == b"stbl" and inner == b"stco":
            yield at


EXCLUSIONS: tuple[dict[str, object], ...] = (
    {"xpath": "/uuid", "data": [{"offset": 8, "value": C2PA_UUID}]},
    {"xpath": "/ftyp"},
    {"xpath": "/mfra"},
    {"xpath": "/free"},
    {"xpath": "/skip"},
)
"""What a BMFF hash leaves out (A.5.6), in the words of its `exclusions`."""


def boxes_named(data: bytes, path: str, start: int = 0, end: int | None = None) -> list[StoreSpan]:
    """Where the boxes of a path are, such as `/moov/trak/mdia/minf/stbl/stco`."""
    first, _, rest = path.strip("/").partition("/")
    matches = [(a, b) for kind, a, b in boxes(data, start, end) if kind == first.encode("ascii")]
    if not rest:
        return [StoreSpan(a, b - a) for a, b in matches]
    head = 12 if first == "meta" else 8  # in HEIF with version and flags
    return [span for a, b in matches for span in boxes_named(data, rest, a + head, b)]


def digest(
    data: bytes, left_out: Collection[str] = (), pieces: frozenset[bytes] = frozenset()
) -> bytes:
    """SHA-256 as version 2 and 3 of the BMFF hash take it (section 18.6).

    Each top-level box that is not left out is preceded by its own offset in the file. `left_out`
    are paths of further boxes. Of boxes that are hashed in `pieces` the first 16 bytes are taken
    (A.5.6).
    """
    holes = sorted((span.start, span.end) for path in left_out for span in boxes_named(data, path))
    sha256 = hashlib.sha256()
    for kind, start, end in boxes(data):
        own = kind == b"uuid" and data[start + 8 : start + 24] == C2PA_UUID
        if own or kind in _UNHASHED or (start, end) in holes:
            continue
        stop = min(end, start + 16) if kind in pieces else end
        sha256.update(struct.pack(">Q", start))
        at = start
        for low, high in holes:
            if start <= low < stop:
                sha256.update(data[at:low])
                at = high
        sha256.update(data[at:stop])
    return sha256.digest()


def merkle_box(location: int, path: list[bytes], *, unique: int = 1, local: int = 1) -> bytes:
    """The C2PA box of one leaf: its place in a Merkle row, and what leads to the row (A.5.4.2)."""
    value: dict[str, object] = {"uniqueId": unique, "localId": local, "location": location}
    if path:
        value["hashes"] = path
    return provenance_box(b"merkle", cbor.encode(value))


def with_merkle_box(fragment: bytes, location: int, path: list[bytes]) -> bytes:
    """A media segment with its C2PA box in front of `moof` (A.5.4)."""
    at = next(start for kind, start, _ in boxes(fragment) if kind == b"moof")
    return fragment[:at] + merkle_box(location, path) + fragment[at:]


def leaves(fragments: tuple[bytes, ...]) -> list[bytes]:
    """The leaf hash of each finished fragment."""
    return [digest(fragment) for fragment in fragments]
