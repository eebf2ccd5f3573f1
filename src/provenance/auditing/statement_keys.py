"""Keys that sign and check statements: Ed25519, and ECDSA on P-256 and P-384."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from provenance.base.errors import EvidenceError, reason_of
from provenance.base.text import printable_path

MAX_BYTES = 1 << 16
_KINDS = "an Ed25519 key, or an ECDSA key on P-256 or P-384"
_CURVES: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "secp256r1": ("ECDSA P-256", hashes.SHA256()),
    "secp384r1": ("ECDSA P-384", hashes.SHA384()),
}

_Public = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
_Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checks. `keyid` is the SHA-256 of its SubjectPublicKeyInfo (DER), in hex."""

    kind: str
    keyid: str
    _key: _Public

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Tell whether this key signed `data`. ECDSA signatures are DER, as X9.62 has them."""
        try:
            if isinstance(self._key, ed25519.Ed25519PublicKey):
                self._key.verify(signature, data)
            else:
                self._key.verify(signature, data, ec.ECDSA(_CURVES[self._key.curve.name][1]))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs, and the public one that checks it."""

    public: PublicKey
    _key: _Private

    def sign(self, data: bytes) -> bytes:
        """Return a signature over `data`."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(data)
        return self._key.sign(data, ec.ECDSA(_CURVES[self._key.curve.name][1]))


def load_signing_key(
    path: str | os.PathLike[str], password_file: str | os.PathLike[str] | None = None
) -> SigningKey:
    """Read a private key (PEM). `password_file` holds its password, on one line.

    Raises EvidenceError `key.unreadable`.
    """
    name = printable_path(os.fspath(path))
    password = None
    if password_file is not None:
        password = _read_key_file(password_file).removesuffix(b"\n").removesuffix(b"\r")
    data = _read_key_file(path)
    try:
        key = serialization.load_pem_private_key(data, password)
    except TypeError as e:
        raise _unreadable(name, _about_password(password)) from e
    except (ValueError, UnsupportedAlgorithm) as e:
        wrong = "no private key in PEM" if password is None else "no such key, or another password"
        raise _unreadable(name, wrong) from e
    if not isinstance(key, _Private):
        raise _unreadable(name, f"the wrong kind of key; give {_KINDS}")
    return SigningKey(_public(key.public_key(), name), key)


def _about_password(password: bytes | None) -> str:
    if password is None:
        return "protected by a password; give it with --key-password-file"
    return "not protected by a password; leave --key-password-file out"


def load_public_key(path: str | os.PathLike[str]) -> PublicKey:
    """Read a public key (PEM, SubjectPublicKeyInfo). Raises EvidenceError `key.unreadable`."""
    name = printable_path(os.fspath(path))
    data = _read_key_file(path)
    if b"PRIVATE KEY-----" in data:
        raise _unreadable(
            name, "a private key; give its public half, and keep this one to yourself"
        )
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as e:
        raise _unreadable(name, "no public key in PEM") from e
    if not isinstance(key, _Public):
        raise _unreadable(name, f"the wrong kind of key; give {_KINDS}")
    return _public(key, name)


def _public(key: _Public, name: str) -> PublicKey:
    kind = "Ed25519"
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in _CURVES:
            raise _unreadable(name, f"a key on {key.curve.name}; give {_KINDS}")
        kind = _CURVES[key.curve.name][0]
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return PublicKey(kind, hashlib.sha256(der).hexdigest(), key)


def _read_key_file(path: str | os.PathLike[str]) -> bytes:
    name = printable_path(os.fspath(path))
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as e:
        raise _unreadable(name, reason_of(e)) from e
    if len(data) > MAX_BYTES:
        raise _unreadable(name, "too large for a key")
    return data


def _unreadable(name: str, why: str) -> EvidenceError:
    return EvidenceError("key.unreadable", f"key {name}: {why}")
