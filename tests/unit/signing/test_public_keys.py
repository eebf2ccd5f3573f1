"""Public keys as JWK, read into the form of a certificate's."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.each import each
from unit.signing import pki

from provenance.signing import public_keys
from provenance.signing.public_keys import KeyFormError


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(kind: str) -> tuple[dict[str, Any], bytes]:
    """A key as JWK and as cryptography writes it."""
    public = pki.key("a public key", kind).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if kind == "Ed25519":
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": kind, "x": text(raw)}, spki
    if kind.startswith("RSA"):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}, spki
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
    x, y = point[: len(point) // 2], point[len(point) // 2 :]
    return {"kty": "EC", "crv": kind, "x": text(x), "y": text(y)}, spki


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521", "Ed25519", "RSA-2048"])
def test_a_key_is_the_same_in_both_forms(kind: str) -> None:
    key, spki = jwk(kind)
    assert public_keys.from_jwk(key) == spki


@each(
    "change",
    [
        {"kty": "oct"},
        {"kty": None},
        {"crv": "secp256k1"},
        {"crv": ["P-256"]},
        {"x": ""},
        {"x": 7},
        {"x": "not base64!"},
        {"x": "é"},
        {"x": "A"},
        {"y": "A" * 100_000},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "OKP", "crv": "X25519"},
        {"kty": "RSA"},
        {"kty": "RSA", "n": "", "e": "AQAB"},
        {"kty": "RSA", "n": "AQAB", "e": "Ag"},  # an even exponent
        {"kty": "RSA", "n": "A" * 3_000, "e": "AQAB"},
        {"x": text(bytes(48)), "y": text(bytes(48))},  # a point off the curve
        {"kty": "OKP", "crv": "Ed25519", "x": text(bytes(33))},
    ],
)
def test_a_jwk_that_is_no_key_is_refused(change: dict[str, Any]) -> None:
    key, _ = jwk("P-384")
    with pytest.raises(KeyFormError):
        public_keys.from_jwk(key | change)
