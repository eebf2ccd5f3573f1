"""Damage to finished files, one thing at a time.

Containers stay sound (a PNG's CRCs are mended, its pixels still decode), so that only the
credential notices.
"""

from __future__ import annotations

import zlib

from support import carriers
from support.jumbf_writer import Store, parse
from support.media import png_chunk


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def _in_store(signed: bytes, at: int) -> bytes:
    return carriers.embed(signed, _flip(carriers.extract(signed), at))


def flip_media(signed: bytes) -> bytes:
    """Flip one bit of the media: of the last pixel of a PNG, of a byte near the end of others."""
    if not carriers.is_png(signed):
        return _flip(signed, len(signed) - 20)
    start = signed.index(b"IDAT") - 4
    length = int.from_bytes(signed[start : start + 4], "big")
    pixels = zlib.decompress(signed[start + 8 : start + 8 + length])
    changed = png_chunk(b"IDAT", zlib.compress(_flip(pixels, len(pixels) - 1), 9))
    return signed[:start] + changed + signed[start + 12 + length :]


def flip_assertion(signed: bytes, label: str) -> bytes:
    """Flip one bit in the last byte of an assertion of the active manifest."""
    store = carriers.extract(signed)
    found = parse(store).child(Store(store).active).child("c2pa.assertions").child(label)
    return _in_store(signed, found.end - 1)


def flip_claim(signed: bytes) -> bytes:
    """Flip one bit in the title or instance identifier of the active manifest's claim."""
    store = carriers.extract(signed)
    active = parse(store).child(Store(store).active)
    claim = next(box for box in active.children if box.label.startswith("c2pa.claim"))
    at = store.index(b"xmp:iid:", claim.start, claim.end)
    return _in_store(signed, at + len(b"xmp:iid:"))


def flip_signature(signed: bytes) -> bytes:
    """Flip one bit of the claim signature's value, the last bytes of its box."""
    store = carriers.extract(signed)
    found = parse(store).child(Store(store).active).child("c2pa.signature")
    return _in_store(signed, found.end - 1)


def graft(signed: bytes, other: bytes) -> bytes:
    """Put the credential of `signed` into `other`, a file of the same format."""
    return carriers.embed(carriers.strip(other), carriers.extract(signed))


def truncate(signed: bytes, keep: float = 0.6) -> bytes:
    """The first part of a file, cut inside its credential."""
    span = carriers.find(signed)
    if span is None:
        raise LookupError("no credential to cut through")
    return signed[: span.start + round(span.length * keep)]
