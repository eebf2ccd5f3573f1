"""Which algorithms and keys count, and the verification of one signature with them.

C2PA 2.4 section 13.2.1 (claims) and section 14.5.1.1 (certificates). The only module that calls
the cryptographic library for keys and signatures.
"""

from __future__ import annotations

import contextlib
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from provenance.base import cbor
from provenance.base.values import dataclass
from provenance.signing import der

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

MIN_RSA_BITS = 2048
# C2PA 2.4 section 13.2.1 lets a validator refuse more; verification time grows with the square.
MAX_RSA_BITS = 16384
# No section bounds the exponent; one as long as the modulus makes a check 100 times slower, and
# real keys have 65537 or, Adobe's, 65541.
MAX_RSA_EXPONENT_BITS = 32
_USUAL_RSA_BITS = 4096

_CURVES: dict[str, str] = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
HASH_OIDS = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
STRONG_HASHES = frozenset(_HASHES)


class SchemeKind(StrEnum):
    """The family of a signature scheme."""

    ECDSA = "ECDSA"
    PKCS1 = "RSA"
    PSS = "RSASSA-PSS"
    ED25519 = "Ed25519"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scheme:
    """A signature algorithm with its hash: `hash` is empty for Ed25519 and unknown ones.

    `name` is for people. `salt` is the salt length of RSASSA-PSS in bytes, -1 for any.
    """

    kind: SchemeKind
    hash: str
    name: str
    salt: int = -1


_SCHEMES = {
    "1.2.840.113549.1.1.4": (SchemeKind.PKCS1, "md5"),
    "1.2.840.113549.1.1.5": (SchemeKind.PKCS1, "sha1"),
    "1.2.840.113549.1.1.14": (SchemeKind.PKCS1, "sha224"),
    "1.2.840.113549.1.1.11": (SchemeKind.PKCS1, "sha256"),
    "1.2.840.113549.1.1.12": (SchemeKind.PKCS1, "sha384"),
    "1.2.840.113549.1.1.13": (SchemeKind.PKCS1, "sha512"),
    "1.2.840.10045.4.1": (SchemeKind.ECDSA, "sha1"),
    "1.2.840.10045.4.3.1": (SchemeKind.ECDSA, "sha224"),
    "1.2.840.10045.4.3.2": (SchemeKind.ECDSA, "sha256"),
    "1.2.840.10045.4.3.3": (SchemeKind.ECDSA, "sha384"),
    "1.2.840.10045.4.3.4": (SchemeKind.ECDSA, "sha512"),
    "1.3.101.112": (SchemeKind.ED25519, ""),
}
_RSA_ENCRYPTION, _EC_PUBLIC_KEY = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"
_RSASSA_PSS, _MGF1 = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"


def read_scheme(node: der.DerNode, *, digest: str = "") -> Scheme:
    """Read an AlgorithmIdentifier of a signature. Raises `DerError` where it is malformed.

    `digest` is the hash that is elsewhere: CMS names a key type alone in `rsaEncryption`
    (RFC 3370 section 3.2) and puts the hash in `digestAlgorithm`.
    """
    raw = node.expect(der.SEQUENCE).raw
    if len(raw) <= _MAX_KEPT:
        return _kept_scheme(raw, node.ber, digest)
    return _scheme(node, digest)


_MAX_KEPT = 128  # bytes of an algorithm identifier that is remembered; there are few of them


@lru_cache(maxsize=256)
def _kept_scheme(raw: bytes, ber: bool, digest: str) -> Scheme:
    return _scheme(der.parse_der(raw, ber=ber), digest)


def _scheme(node: der.DerNode, digest: str) -> Scheme:
    parts = node.children()
    if not 1 <= len(parts) <= 2:
        raise der.DerError("bad algorithm identifier")
    oid = der.oid(parts[0])
    if oid in _SCHEMES:
        kind, name = _SCHEMES[oid]
        return Scheme(kind, name, f"{kind} with {_label(name)}" if name else str(kind))
    if oid == _RSA_ENCRYPTION and digest:
        return Scheme(SchemeKind.PKCS1, digest, f"RSA with {_label(digest)}")
    if oid == _EC_PUBLIC_KEY and digest:
        return Scheme(SchemeKind.ECDSA, digest, f"ECDSA with {_label(digest)}")
    if oid == _RSASSA_PSS:
        return _pss(parts[1] if len(parts) == 2 else None)
    return Scheme(SchemeKind.UNKNOWN, "", oid)


def _label(name: str) -> str:
    return name.upper().replace("SHA", "SHA-")


def read_hash(node: der.DerNode) -> str:
    """Read an AlgorithmIdentifier of a hash: its name, or the OID of one that is not known."""
    raw = node.expect(der.SEQUENCE).raw
    return _kept_hash(raw, node.ber) if len(raw) <= _MAX_KEPT else _hash(node)


@lru_cache(maxsize=256)
def _kept_hash(raw: bytes, ber: bool) -> str:
    return _hash(der.parse_der(raw, ber=ber))


def _hash(node: der.DerNode) -> str:
    parts = node.children()
    if not parts:
        raise der.DerError("bad algorithm identifier")
    oid = der.oid(parts[0])
    return HASH_OIDS.get(oid, oid)


def _pss(parameters: der.DerNode | None) -> Scheme:
    """RSASSA-PSS-params (RFC 8017 appendix A.2.3); absent fields mean SHA-1 and 20 bytes."""
    name, mask, salt = "sha1", "sha1", 20
    for part in parameters.expect(der.SEQUENCE).children() if parameters else ():
        inside = part.only()
        if part.tag == 0xA0:
            name = read_hash(inside)
        elif part.tag == 0xA1:
            generator = inside.expect(der.SEQUENCE).children()
            if len(generator) != 2 or der.oid(generator[0]) != _MGF1:
                raise der.DerError("bad mask generation function")
            mask = read_hash(generator[1])
        elif part.tag == 0xA2:
            salt = der.integer(inside)
    if mask != name:
        raise der.DerError("the mask generation function uses another hash")
    if not 0 <= salt <= MAX_RSA_BITS // 8:
        raise der.DerError("bad salt length")
    return Scheme(SchemeKind.PSS, name, f"RSASSA-PSS with {_label(name)}", salt)


@lru_cache(maxsize=1024)
def load_key(spki: bytes) -> PublicKeyTypes | None:
    """The public key of a DER SubjectPublicKeyInfo, or `None` where the library refuses it."""
    try:
        with contextlib.suppress(der.DerError):
            if (key := _common_key(spki)) is not None:
                return key
        return _any_key(spki)
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm):
        return None  # OverflowError: a negative modulus or exponent


_CURVE_OIDS: dict[str, ec.EllipticCurve] = {
    "1.2.840.10045.3.1.7": ec.SECP256R1(),
    "1.3.132.0.34": ec.SECP384R1(),
    "1.3.132.0.35": ec.SECP521R1(),
}
_UNCOMPRESSED = 4  # the first byte of a point of which both coordinates follow (SEC 1, 2.3.3)


def _common_key(spki: bytes) -> PublicKeyTypes | None:
    """A key of the two usual forms: RSA (RFC 3279, 2.3.1), a point on a named curve (RFC 5480)."""
    node = der.parse_der(spki).expect(der.SEQUENCE)
    algorithm, key = node.children()
    kind, *parameters = algorithm.expect(der.SEQUENCE).children()
    content, unused = der.bit_string(key)
    if unused or len(parameters) != 1:
        return None
    if der.oid(kind) == _RSA_ENCRYPTION and parameters[0].tag == der.NULL:
        modulus, exponent = der.parse_der(content).expect(der.SEQUENCE).children()
        return rsa.RSAPublicNumbers(der.integer(exponent), der.integer(modulus)).public_key()
    if der.oid(kind) == _EC_PUBLIC_KEY and parameters[0].tag == der.OID:
        curve = _CURVE_OIDS.get(der.oid(parameters[0]))
        if curve is not None and content[:1] == bytes([_UNCOMPRESSED]):
            return ec.EllipticCurvePublicKey.from_encoded_point(curve, content)
    return None


def _any_key(spki: bytes) -> PublicKeyTypes:
    # Reads SSH keys too, and loads ciphers for them: 4 ms of every run, for few files.
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - see above
        load_der_public_key,
    )

    return load_der_public_key(spki)


def key_name(spki: bytes) -> str:
    """The key as a report names it: `EC P-256`, `RSA 2048`, `Ed25519`, or what it is instead."""
    key = load_key(spki)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "Ed25519"
    return "unreadable" if key is None else type(key).__name__.removeprefix("_")


@lru_cache(maxsize=1024)
def key_fault(spki: bytes) -> str:
    """Why a key is not one that C2PA allows (section 14.5.1.1), or an empty string."""
    key = load_key(spki)
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in _CURVES:
            return f"curve {key.curve.name} is not allowed"
        return ""
    if isinstance(key, rsa.RSAPublicKey):
        if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            return f"RSA key of {key.key_size} bits ({MIN_RSA_BITS} to {MAX_RSA_BITS} are allowed)"
        if key.public_numbers().e.bit_length() > MAX_RSA_EXPONENT_BITS:
            return f"RSA key with an exponent of more than {MAX_RSA_EXPONENT_BITS} bits"
        return ""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return ""
    return "the key cannot be read" if key is None else f"key type {key_name(spki)} is not allowed"


@lru_cache(maxsize=1024)
def cost(spki: bytes) -> int:
    """How much a check with a key costs, in checks with an ordinary key (up to about a ms each)."""
    key = load_key(spki)
    if isinstance(key, rsa.RSAPublicKey):
        return max(1, -(-(key.key_size**2) // _USUAL_RSA_BITS**2))
    return 2 if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size > 384 else 1


def verify(spki: bytes, scheme: Scheme, signature: bytes, message: bytes) -> bool:
    """Whether `signature` over `message` verifies. Weak hashes and unfit keys never do."""
    if key_fault(spki) or (scheme.kind is not SchemeKind.ED25519 and scheme.hash not in _HASHES):
        return False
    key = load_key(spki)
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and scheme.kind is SchemeKind.ECDSA:
            key.verify(signature, message, ec.ECDSA(_HASHES[scheme.hash]))
        elif isinstance(key, rsa.RSAPublicKey) and scheme.kind is SchemeKind.PKCS1:
            key.verify(signature, message, padding.PKCS1v15(), _HASHES[scheme.hash])
        elif isinstance(key, rsa.RSAPublicKey) and scheme.kind is SchemeKind.PSS:
            digest = _HASHES[scheme.hash]
            salt = padding.PSS.AUTO if scheme.salt < 0 else scheme.salt
            key.verify(signature, message, padding.PSS(padding.MGF1(digest), salt), digest)
        elif isinstance(key, ed25519.Ed25519PublicKey) and scheme.kind is SchemeKind.ED25519:
            key.verify(signature, message)
        else:
            return False
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


# COSE algorithm identifiers (RFC 9053 section 2, RFC 8230 section 2). The salt of PS256 and its
# kin is as long as the hash.
COSE_ALGORITHMS = {
    -7: Scheme(SchemeKind.ECDSA, "sha256", "ES256"),
    -35: Scheme(SchemeKind.ECDSA, "sha384", "ES384"),
    -36: Scheme(SchemeKind.ECDSA, "sha512", "ES512"),
    -37: Scheme(SchemeKind.PSS, "sha256", "PS256", 32),
    -38: Scheme(SchemeKind.PSS, "sha384", "PS384", 48),
    -39: Scheme(SchemeKind.PSS, "sha512", "PS512", 64),
    -8: Scheme(SchemeKind.ED25519, "", "EdDSA"),
}


def fits(spki: bytes, scheme: Scheme) -> bool:
    """Whether a key may be used with a COSE algorithm.

    Any of the three curves goes with any ECDSA algorithm (C2PA 2.4 section 13.2.1).
    """
    key = load_key(spki)
    if scheme.kind is SchemeKind.ECDSA:
        return isinstance(key, ec.EllipticCurvePublicKey) and not key_fault(spki)
    if scheme.kind is SchemeKind.PSS:
        return isinstance(key, rsa.RSAPublicKey) and not key_fault(spki)
    return isinstance(key, ed25519.Ed25519PublicKey)


def verify_cose(spki: bytes, scheme: Scheme, signature: bytes, message: bytes) -> bool:
    """Whether a COSE signature verifies: ECDSA as the raw pair r, s (RFC 9053 section 2.1)."""
    key = load_key(spki)
    if scheme.kind is SchemeKind.ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
        size = (key.curve.key_size + 7) // 8
        if len(signature) != 2 * size:
            return False
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        signature = encode_dss_signature(r, s)
    return verify(spki, scheme, signature, message)


def verify_der(spki: bytes, scheme: Scheme, signature: bytes, message: bytes) -> bool:
    """Whether an ECDSA signature verifies that is written as certificates have it (RFC 3279)."""
    return scheme.kind is SchemeKind.ECDSA and verify(spki, scheme, signature, message)


def cbor_bytes(content: bytes) -> bytes:
    """A CBOR byte string (RFC 8949 section 3)."""
    return cbor.encode(content)


def sig_structure(context: str, protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of a COSE_Sign1 (RFC 9052 section 4.4), external data empty.

    `context` is `Signature1` for the claim signature and `CounterSignature` for time-stamps
    (C2PA 2.4 section 10.3.2.5.3).
    """
    return cbor.encode([context, protected, b"", payload])
