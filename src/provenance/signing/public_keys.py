"""Public keys in other forms than a certificate's, as SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).

COSE_Key (RFC 9053 section 7, RFC 8230 section 4) and JWK (RFC 7518 section 6, RFC 8037 section 2).
Whether a key may be used is for `algorithms.key_fault` to say.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from provenance.signing.der import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 2_048  # of one number: an RSA modulus of 16,384 bits
_SEQUENCE, _INTEGER, _BIT_STRING, _NULL = 0x30, 0x02, 0x03, b"\x05\x00"
_EC_PUBLIC_KEY = bytes.fromhex("06072a8648ce3d0201")
_RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")
_ED25519 = bytes.fromhex("06032b6570")
_ED25519_SIZE = 32
# Each curve by its name in JWK: its number in COSE, its OID in DER, and the bytes of a coordinate.
_CURVES = {
    "P-256": (1, bytes.fromhex("06082a8648ce3d030107"), 32),
    "P-384": (2, bytes.fromhex("06052b81040022"), 48),
    "P-521": (3, bytes.fromhex("06052b81040023"), 66),
}
_NAMES = {number: name for name, (number, _, _) in _CURVES.items()}
_OKP, _EC2, _RSA = 1, 2, 3  # key types of COSE
_COSE_ED25519 = 6


class KeyFormError(ValueError):
    """A key that cannot be read, or is of a kind that C2PA has no signature for."""


def from_cose(key: Mapping[Any, Any]) -> bytes:
    """The SubjectPublicKeyInfo of a COSE_Key, decoded. Raises KeyFormError."""
    kind, first = key.get(1), key.get(-1)
    if kind == _EC2:
        return _ec(_NAMES.get(first) if type(first) is int else None, key.get(-2), key.get(-3))
    if kind == _OKP and first == _COSE_ED25519:
        return _ed25519(key.get(-2))
    if kind == _RSA:
        return _rsa(first, key.get(-2))
    raise KeyFormError("the key is of a kind that is not known here")


def from_jwk(key: Mapping[Any, Any]) -> bytes:
    """The SubjectPublicKeyInfo of a JWK, decoded. Raises KeyFormError."""
    kind, curve = key.get("kty"), key.get("crv")
    if kind == "EC":
        return _ec(curve, _octets(key.get("x")), _octets(key.get("y")))
    if kind == "OKP" and curve == "Ed25519":
        return _ed25519(_octets(key.get("x")))
    if kind == "RSA":
        return _rsa(_octets(key.get("n")), _octets(key.get("e")))
    raise KeyFormError("the key is of a kind that is not known here")


def base64url(value: object, most: int) -> bytes:
    """What a text in base64url without padding holds (RFC 7515 section 2). Raises KeyFormError."""
    if not isinstance(value, str) or len(value) > most * 4 // 3 + 4 or not value.isascii():
        raise KeyFormError("a value that is not a text in base64url")
    try:
        padded = value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError as e:
        raise KeyFormError("a value that is not a text in base64url") from e


def _octets(value: object) -> bytes:
    return base64url(value, MAX_BYTES)


def _ec(curve: object, x: object, y: object) -> bytes:
    if not isinstance(curve, str) or curve not in _CURVES:
        raise KeyFormError("the key is on a curve that C2PA does not allow")
    _, oid, size = _CURVES[curve]
    if not isinstance(x, bytes) or not isinstance(y, bytes) or not len(x) == len(y) == size:
        raise KeyFormError("the key does not have two coordinates of its curve")
    return _spki(_EC_PUBLIC_KEY + oid, b"\4" + x + y)


def _ed25519(x: object) -> bytes:
    if not isinstance(x, bytes) or len(x) != _ED25519_SIZE:
        raise KeyFormError("the key is not one of Ed25519")
    return _spki(_ED25519, x)


def _rsa(modulus: object, exponent: object) -> bytes:
    numbers = b""
    for one in (modulus, exponent):
        if not isinstance(one, bytes) or not one or len(one) > MAX_BYTES:
            raise KeyFormError("the key is not one of RSA")
        numbers += encode(_INTEGER, one if one[0] < 0x80 else b"\0" + one)
    return _spki(_RSA_ENCRYPTION + _NULL, encode(_SEQUENCE, numbers))


def _spki(algorithm: bytes, key: bytes) -> bytes:
    return encode(_SEQUENCE, encode(_SEQUENCE, algorithm) + encode(_BIT_STRING, b"\0" + key))
