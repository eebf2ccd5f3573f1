"""Certificates and revocation lists with parts changed by hand, and signed anew.

Builders of libraries refuse to make most of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from unit.signing.pki import tlv

from provenance.signing import der

if TYPE_CHECKING:
    from unit.signing.pki import Issued

SEQUENCE, SET, OID = 0x30, 0x31, 0x06
ECDSA_SHA256 = tlv(SEQUENCE, tlv(OID, bytes.fromhex("2a8648ce3d040302")))


def parts(element: bytes) -> list[bytes]:
    """The elements inside an element of DER."""
    return [one.raw for one in der.parse_der(element).children()]


def fields(document: bytes) -> list[bytes]:
    """The fields of the signed part of a certificate or a list."""
    return parts(parts(document)[0])


def signed(by: Issued, *held: bytes, algorithm: bytes = ECDSA_SHA256) -> bytes:
    """A certificate or a list of these fields, signed with the P-256 key of `by`.

    `algorithm` is what stands outside of the signed part.
    """
    tbs = tlv(SEQUENCE, *held)
    made = by.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    return tlv(SEQUENCE, tbs, algorithm, tlv(0x03, b"\0", made))


def replaced(document: bytes, by: Issued, position: int, field: bytes) -> bytes:
    """The same document with one field of its signed part replaced, signed anew."""
    held = fields(document)
    held[position] = field
    return signed(by, *held)


def oid(dotted: str) -> bytes:
    """An object identifier in DER; its arcs are below 2 ** 28."""
    first, second, *others = map(int, dotted.split("."))
    content = b""
    for arc in (40 * first + second, *others):
        groups = [arc >> shift & 0x7F for shift in (21, 14, 7) if arc >> shift]
        content += bytes(0x80 | group for group in groups) + bytes([arc & 0x7F])
    return tlv(OID, content)


def name(*relatives: tuple[tuple[str, int, bytes], ...]) -> bytes:
    """A name: each relative name is attributes, each an OID, the tag of its text and the text."""
    return tlv(
        SEQUENCE,
        *(
            tlv(SET, *(tlv(SEQUENCE, oid(kind), tlv(tag, text)) for kind, tag, text in relative))
            for relative in relatives
        ),
    )


def extension(dotted: str, value: bytes, critical: bytes | None = None) -> bytes:
    """An extension; `critical` is the content of its BOOLEAN, `None` leaves it out."""
    flag = () if critical is None else (tlv(0x01, critical),)
    return tlv(SEQUENCE, oid(dotted), *flag, tlv(0x04, value))
