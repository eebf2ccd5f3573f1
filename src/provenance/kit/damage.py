"""Damage to finished files, one thing at a time.

Containers stay sound (a PNG's CRCs are mended, its pixels still decode), so that only the
credential notices.
"""

from __future__ import annotations

import zlib

from provenance.kit import archive, carriers, font_carrier
from provenance.kit.jumbf_boxes import OpenedStore, first_superbox
from provenance.kit.media import png_chunk


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def in_store(signed: bytes, at: int) -> bytes:
    """Flip one bit of the byte at an offset of the manifest store."""
    return carriers.embed(signed, _flip(carriers.extract(signed), at))


def flip_media(signed: bytes) -> bytes:
    """Flip one bit of the media: of the last pixel of a PNG, of a byte near the end of others."""
    if carriers.is_png(signed):
        start = signed.index(b"IDAT") - 4
        length = int.from_bytes(signed[start : start + 4], "big")
        pixels = zlib.decompress(signed[start + 8 : start + 8 + length])
        changed = png_chunk(b"IDAT", zlib.compress(_flip(pixels, len(pixels) - 1), 9))
        return signed[:start] + changed + signed[start + 12 + length :]
    if signed.startswith(b"PK"):
        files = [file for file in archive.files(signed) if file[0] != archive.CREDENTIAL]
        name, content = files[-1]
        return archive.replaced(signed, name, _flip(content, len(content) - 10))
    if signed.startswith(b"%PDF"):
        return _flip(signed, signed.index(b"0.2 0.4") + 2)  # 0.2 becomes 0.3
    if signed.startswith(b"\0\1\0\0"):
        return font_carrier.changed(signed)
    span = carriers.credential_span(signed)
    if span is None or span.end < len(signed) - 40:
        at = len(signed) - 20
        if signed.rstrip().endswith(b"</svg>"):
            at = signed.rindex(b'height="48"') + len(b'height="4')  # 48 becomes 49
        return _flip(signed, at)
    return _flip(signed, _before(signed, span.start))


def _before(signed: bytes, stop: int) -> int:
    """An offset of the media in front of a credential that stands at the end."""
    return 8 + 60 if signed.startswith(b"II*") else stop - 3


def flip_assertion(signed: bytes, label: str) -> bytes:
    """Flip one bit in the last byte of an assertion of the active manifest."""
    store = carriers.extract(signed)
    assertion = (
        first_superbox(store).child(OpenedStore(store).active).child("c2pa.assertions").child(label)
    )
    return in_store(signed, assertion.end - 1)


def flip_claim(signed: bytes) -> bytes:
    """Flip one bit in the title or instance identifier of the active manifest's claim."""
    store = carriers.extract(signed)
    active = first_superbox(store).child(OpenedStore(store).active)
    claim = next(box for box in active.children if box.label.startswith("c2pa.claim"))
    at = store.index(b"xmp:iid:", claim.start, claim.end)
    return in_store(signed, at + len(b"xmp:iid:"))


def flip_signature(signed: bytes) -> bytes:
    """Flip one bit of the claim signature's value, the last bytes of its box."""
    store = carriers.extract(signed)
    signature = first_superbox(store).child(OpenedStore(store).active).child("c2pa.signature")
    return in_store(signed, signature.end - 1)


def graft(signed: bytes, other: bytes) -> bytes:
    """Put the credential of `signed` into `other`, a file of the same format."""
    return carriers.embed(carriers.strip(other), carriers.extract(signed))


def truncate(signed: bytes, keep: float = 0.6) -> bytes:
    """The first part of a file, cut inside its credential."""
    span = carriers.credential_span(signed)
    if span is None:
        raise LookupError("no credential to cut through")
    return signed[: span.start + round(span.length * keep)]


def less_padding(store: bytes, by: int) -> bytes:
    """The store with `by` bytes less in the field `pad` of its signature's unsigned header.

    No signature covers that header. The field's own length keeps its width.
    """
    at = store.rindex(b"cpad") + 4
    size = int.from_bytes(store[at + 1 : at + 3], "big")
    if store[at] != 0x59 or size < by:  # a byte string with a length of 16 bits
        raise ValueError("no such padding")
    short = bytes((0x59,)) + (size - by).to_bytes(2, "big")
    out = bytearray(store[:at] + short + bytes(size - by) + store[at + 3 + size :])
    root = first_superbox(store)
    active = root.child(OpenedStore(store).active)
    signature = active.child("c2pa.signature")
    content = (
        signature.start
        + 8
        + int.from_bytes(store[signature.start + 8 : signature.start + 12], "big")
    )
    for start in (root.start, active.start, signature.start, content):
        held = int.from_bytes(store[start : start + 4], "big")
        out[start : start + 4] = (held - by).to_bytes(4, "big")
    return bytes(out)
