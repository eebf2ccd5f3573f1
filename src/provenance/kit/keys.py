"""Private keys that follow from a seed: the same seed gives the same keys, anywhere.

Whoever knows the seed knows the keys, and the seed is written into `expected.json`: these keys
sign samples and nothing else. Signatures are deterministic where the algorithm allows it: Ed25519,
RSA with PKCS #1 v1.5 and ECDSA by RFC 6979. RSASSA-PSS salts are random.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

PrivateKey = CertificateIssuerPrivateKeyTypes
"""A private key that may sign certificates, and so everything that the kit signs."""

_EXPONENT = 65537
_SIEVE = tuple(n for n in range(3, 4000, 2) if all(n % d for d in range(3, math.isqrt(n) + 1, 2)))
# Of Miller-Rabin, each with the next small prime as its base: few composites are left by then, and
# OpenSSL tests the factors of a key again when it is loaded.
_ROUNDS = 5


class KeyKind(StrEnum):
    """A kind of key."""

    P256 = "p256"
    P384 = "p384"
    P521 = "p521"
    SECP256K1 = "secp256k1"
    RSA1024 = "rsa1024"
    RSA2048 = "rsa2048"
    RSA3072 = "rsa3072"
    ED25519 = "ed25519"


class Alg(StrEnum):
    """A COSE signature algorithm (C2PA 2.4 section 13.2.1), under the name the SDK gives it."""

    ES256 = "es256"
    ES384 = "es384"
    ES512 = "es512"
    PS256 = "ps256"
    PS384 = "ps384"
    PS512 = "ps512"
    ED25519 = "ed25519"
    ES256K = "es256k"
    """Not among those that C2PA allows."""


COSE_ALG = {
    Alg.ES256: -7,
    Alg.ES384: -35,
    Alg.ES512: -36,
    Alg.PS256: -37,
    Alg.PS384: -38,
    Alg.PS512: -39,
    Alg.ED25519: -8,
    Alg.ES256K: -47,
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
    "256k": hashes.SHA256(),
}
_CURVES: dict[KeyKind, type[ec.EllipticCurve]] = {
    KeyKind.P256: ec.SECP256R1,
    KeyKind.P384: ec.SECP384R1,
    KeyKind.P521: ec.SECP521R1,
    KeyKind.SECP256K1: ec.SECP256K1,
}


@dataclass(frozen=True, slots=True)
class Seed:
    """Where everything that looks random in the kit comes from."""

    number: int

    def data(self, name: str, length: int) -> bytes:
        """Return `length` bytes that follow from the seed and a name."""
        return hashlib.shake_256(f"{self.number}/{name}".encode()).digest(length)

    def integer(self, name: str, bits: int) -> int:
        """Return an integer of at most `bits` bits, a multiple of 8."""
        return int.from_bytes(self.data(name, bits // 8), "big")

    def uuid(self, name: str) -> str:
        """Return a UUID in its text form, marked as version 4 as C2PA labels are."""
        raw = bytearray(self.data(name, 16))
        raw[6], raw[8] = raw[6] & 0x0F | 0x40, raw[8] & 0x3F | 0x80
        text = raw.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def private_key(seed: Seed, name: str, kind: KeyKind) -> PrivateKey:
    """Return the key of that name."""
    if kind is KeyKind.ED25519:
        return ed25519.Ed25519PrivateKey.from_private_bytes(seed.data(f"key/{name}", 32))
    if kind in _CURVES:
        curve = _CURVES[kind]()
        # A whole byte shorter than the order of the curve: always in range.
        return ec.derive_private_key(
            seed.integer(f"key/{name}", curve.key_size // 8 * 8 - 8), curve
        )
    return _rsa(seed, name, int(kind.value.removeprefix("rsa")))


def _rsa(seed: Seed, name: str, bits: int) -> rsa.RSAPrivateKey:
    p = _prime(seed, f"key/{name}/p", bits // 2)
    q = _prime(seed, f"key/{name}/q", bits // 2)
    p, q = max(p, q), min(p, q)
    d = pow(_EXPONENT, -1, math.lcm(p - 1, q - 1))
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    )
    return numbers.private_key()


def _prime(seed: Seed, name: str, bits: int) -> int:
    """Return the first prime at or after a number of the seed; its two highest bits are set."""
    candidate = seed.integer(name, bits) | 3 << bits - 2 | 1
    while not (_is_prime(candidate) and math.gcd(candidate - 1, _EXPONENT) == 1):
        candidate += 2
    return candidate


def _is_prime(number: int) -> bool:
    if any(number % small == 0 for small in _SIEVE):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, *_SIEVE[: _ROUNDS - 1]):
        power = pow(base, odd, number)
        if power in {1, number - 1}:
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def key_pem(key: PrivateKey) -> bytes:
    """Return the private key, PKCS #8 in PEM, not encrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def cose_sign(key: PrivateKey, alg: Alg, message: bytes) -> bytes:
    """Sign as RFC 9053 says: ECDSA as two fixed-length integers, PSS with a salt of hash length."""
    digest = _HASHES.get(alg.value[2:], hashes.SHA256())
    match key:
        case ec.EllipticCurvePrivateKey():
            der = key.sign(message, ec.ECDSA(digest, deterministic_signing=True))
            r, s = decode_dss_signature(der)
            size = (key.curve.key_size + 7) // 8
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        case rsa.RSAPrivateKey():
            pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
            return key.sign(message, pss, digest)
        case ed25519.Ed25519PrivateKey():
            return key.sign(message)
    raise TypeError(type(key).__name__)


def der_signature(raw: bytes) -> bytes:
    """The ECDSA signature of COSE in the form of X.509."""
    half = len(raw) // 2
    r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
    return encode_dss_signature(r, s)


def der_sign(key: PrivateKey, hash_name: str, message: bytes) -> bytes:
    """Sign as X.509 and CMS do: ECDSA in DER, RSA by PKCS #1 v1.5. `hash_name` as `sha256`."""
    digest = getattr(hashes, hash_name.upper())()
    match key:
        case ec.EllipticCurvePrivateKey():
            return key.sign(message, ec.ECDSA(digest, deterministic_signing=True))
        case rsa.RSAPrivateKey():
            return key.sign(message, padding.PKCS1v15(), digest)
        case ed25519.Ed25519PrivateKey():
            return key.sign(message)
    raise TypeError(type(key).__name__)
