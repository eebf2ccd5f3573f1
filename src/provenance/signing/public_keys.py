"""Public keys in other forms than a certificate's, as SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).

COSE_Key (RFC 9053 section 7, RFC 8230 section 4) and JWK (RFC 7518 section 6, RFC 8037 section 2).
Whether a key may be used is for `algorithms.key_fault` to say.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BYTES = 2_048  # of one number: an RSA modulus of 16,384 bits
# Each curve by its name in JWK: its number in COSE, and itself.
_CURVES: dict[str, tuple[int, ec.EllipticCurve]] = {
    "P-256": (1, ec.SECP256R1()),
    "P-384": (2, ec.SECP384R1()),
    "P-521": (3, ec.SECP521R1()),
}
_NAMES = {number: name for name, (number, _) in _CURVES.items()}
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
    _, kind = _CURVES[curve]
    size = (kind.key_size + 7) // 8
    if not isinstance(x, bytes) or not isinstance(y, bytes) or not len(x) == len(y) == size:
        raise KeyFormError("the key does not have two coordinates of its curve")
    return _spki(ec.EllipticCurvePublicNumbers(_number(x), _number(y), kind).public_key)


def _ed25519(x: object) -> bytes:
    if not isinstance(x, bytes):
        raise KeyFormError("the key is not one of Ed25519")
    return _spki(lambda: ed25519.Ed25519PublicKey.from_public_bytes(x))


def _rsa(modulus: object, exponent: object) -> bytes:
    if not isinstance(modulus, bytes) or not isinstance(exponent, bytes):
        raise KeyFormError("the key is not one of RSA")
    if max(len(modulus), len(exponent)) > MAX_BYTES:
        raise KeyFormError("the key is not one of RSA")
    return _spki(rsa.RSAPublicNumbers(_number(exponent), _number(modulus)).public_key)


def _number(octets: bytes) -> int:
    return int.from_bytes(octets, "big")


def _spki(
    make: Callable[[], ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey],
) -> bytes:
    # Loads ciphers for SSH keys: 4 ms, and few files hold such keys.
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - see above
        Encoding,
        PublicFormat,
    )

    try:
        return make().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm) as e:
        raise KeyFormError("the key is not one of its kind") from e
