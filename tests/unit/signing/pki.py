"""A small certificate authority, time-stamp authority and OCSP responder for tests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID, ObjectIdentifier

from provenance.kit import stamps
from provenance.kit.certificates import KEY_USAGE_BITS
from provenance.signing import algorithms
from provenance.signing.chain_answer import CoseSignature, TimeStampToken
from provenance.signing.der import encode_length

AT = datetime(2026, 6, 1, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 12, 31, tzinfo=UTC)
CLAIM = b"\xa1\x63abc\x01"
EMAIL, DOCUMENT, CLAIM_EKU = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1"
STAMPING, OCSP_EKU, ANY = "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9", "2.5.29.37.0"
SIGN, CERT_SIGN, COMMIT = "digital_signature", "key_cert_sign", "content_commitment"


@cache
def key(label: str, kind: str = "P-256") -> Any:
    """The key of that label: the same one all through a run."""
    curves = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
    if kind in curves:
        return ec.generate_private_key(curves[kind]())
    if kind == "secp256k1":
        return ec.generate_private_key(ec.SECP256K1())
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, int(kind.removeprefix("RSA-")))


def name(text: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, text),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"),
        ]
    )


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


@cache
def issue(
    label: str,
    issuer: Issued | None = None,
    *,
    ca: bool | None = False,
    path_length: int | None = None,
    usage: tuple[str, ...] | None = (SIGN,),
    eku: tuple[str, ...] | None = (EMAIL,),
    dates: tuple[datetime, datetime] = (START, END),
    kind: str = "P-256",
    digest: type[hashes.HashAlgorithm] = hashes.SHA256,
    issuer_name: str | None = None,
    signer: Any = None,
    key_label: str | None = None,
    key_ids: bool = True,
    authority_key: bytes | None = None,
    more: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    pss: bool = False,
    subject: x509.Name | None = None,
) -> Issued:
    """Issue a certificate, the same one for the same request.

    `signer` is another key than the issuer's, to break the signature. `label` is the subject's
    name where `subject` is not another.
    """
    own = key(key_label or label, kind)
    signing = signer or (issuer.key if issuer else own)
    named = subject or name(label)
    parent = issuer.certificate.subject if issuer else named
    builder = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(name(issuer_name) if issuer_name else parent)
        .public_key(own.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big") | 1)
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    if usage is not None:
        bits = {bit: bit in usage for bit in KEY_USAGE_BITS}
        builder = builder.add_extension(x509.KeyUsage(**bits), critical=True)
    if eku is not None:
        usages = x509.ExtendedKeyUsage([ObjectIdentifier(oid) for oid in eku])
        builder = builder.add_extension(usages, critical=False)
    if key_ids:
        public = (issuer.key if issuer else own).public_key()
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False
        ).add_extension(
            x509.AuthorityKeyIdentifier(authority_key, None, None)
            if authority_key
            else x509.AuthorityKeyIdentifier.from_issuer_public_key(public),
            critical=False,
        )
    for extension, critical in more:
        builder = builder.add_extension(extension, critical=critical)
    algorithm = None if isinstance(signing, ed25519.Ed25519PrivateKey) else digest()
    mode = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if pss else None
    return Issued(builder.sign(signing, algorithm, rsa_padding=mode), own)


@cache
def as_sha1(issued: Issued) -> Issued:
    """The same RSA-signed certificate, saying that SHA-1 was used (its signature goes stale)."""
    rsa_sha256 = bytes.fromhex("06092a864886f70d01010b")
    changed = issued.der.replace(rsa_sha256, rsa_sha256[:-1] + b"\x05")
    return Issued(x509.load_der_x509_certificate(changed), issued.key)


def authority(label: str, issuer: Issued | None = None, **options: Any) -> Issued:
    """A certificate authority."""
    defaults: dict[str, Any] = {"ca": True, "usage": (CERT_SIGN,), "eku": None}
    return issue(label, issuer, **{**defaults, **options})


def raw_signature(private: Any, scheme: algorithms.Scheme, message: bytes) -> bytes:
    """A signature as COSE holds it."""
    made = _sign(private, scheme, message)
    if scheme.kind is not algorithms.SchemeKind.ECDSA:
        return made
    size = (private.curve.key_size + 7) // 8
    r, s = decode_dss_signature(made)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _sign(private: Any, scheme: algorithms.Scheme, message: bytes) -> bytes:
    digest = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
    if scheme.kind is algorithms.SchemeKind.ED25519:
        return bytes(private.sign(message))
    hash_ = digest[scheme.hash]()
    if scheme.kind is algorithms.SchemeKind.ECDSA:
        return bytes(private.sign(message, ec.ECDSA(hash_)))
    if scheme.kind is algorithms.SchemeKind.PSS:
        pss = padding.PSS(padding.MGF1(hash_), scheme.salt)
        return bytes(private.sign(message, pss, hash_))
    return bytes(private.sign(message, padding.PKCS1v15(), hash_))


def cose(
    leaf: Issued,
    *others: Issued,
    algorithm: int = -7,
    signature: bytes | None = None,
    time_stamps: tuple[TimeStampToken, ...] = (),
    ocsp_responses: tuple[bytes, ...] = (),
) -> CoseSignature:
    """A COSE signature over `CLAIM`. A given `signature` stands in for a true one."""
    protected = b"\xa1\x01" + (bytes([0x1F - algorithm]) if algorithm > -25 else b"")
    if algorithm <= -25:
        protected += bytes([0x38, -1 - algorithm])
    if signature is None:
        message = algorithms.sig_structure("Signature1", protected, CLAIM)
        signature = raw_signature(leaf.key, algorithms.COSE_ALGORITHMS[algorithm], message)
    ders = tuple(one.der for one in (leaf, *others))
    return CoseSignature(algorithm, protected, signature, ders, time_stamps, ocsp_responses)


def stamped_bytes(signature: CoseSignature, header: str = "sigTst2") -> bytes:
    """What a time-stamp of that header covers."""
    payload = CLAIM if header == "sigTst" else algorithms.cbor_bytes(signature.signature)
    return algorithms.sig_structure("CounterSignature", signature.protected, payload)


def token(
    message: bytes, tsa: Issued, *others: Issued, time: datetime = AT, **options: Any
) -> bytes:
    """A time-stamp token over `message`, sound unless an option (`TokenOptions`) says otherwise."""
    authority = stamps.Authority(tsa.certificate, tsa.key, tuple(one.certificate for one in others))
    return stamps.token(message, time, authority, stamps.TokenOptions(**options))


def ocsp_response(
    leaf: Issued,
    issuer: Issued,
    *,
    responder: Issued | None = None,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    revoked_at: datetime | None = None,
    reason: x509.ReasonFlags | None = None,
    this_update: datetime = AT - timedelta(days=1),
    next_update: datetime | None = AT + timedelta(days=6),
    by_name: bool = False,
    digest: hashes.HashAlgorithm | None = None,
) -> bytes:
    """An OCSP response about `leaf`, signed by the issuer or by `responder`."""
    answering = responder or issuer
    days = None
    if next_update is not None:
        days = (next_update - this_update) / timedelta(days=1)
    return stamps.ocsp_response(
        leaf.certificate,
        issuer.certificate,
        answering.certificate,
        answering.key,
        stamps.OcspStatus(this_update, days, status, revoked_at, reason),
        by_name=by_name,
        digest=digest or hashes.SHA256(),
    )


def tlv(tag: int, *content: bytes) -> bytes:
    """An element of DER: what no library makes, since it breaks a rule."""
    held = b"".join(content)
    return bytes([tag]) + encode_length(len(held)) + held


def with_stamps(signature: CoseSignature, *stamps: TimeStampToken) -> CoseSignature:
    """The same signature with time-stamps in its unprotected header."""
    return replace(signature, time_stamps=stamps)
