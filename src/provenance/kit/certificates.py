"""Issuing certificates, sound ones and ones that break one rule.

`CertSpec` says what a certificate holds; `issue` makes it. What `cryptography` refuses to build
(an old version, a weak hash) is made by `retouch`, which changes a finished certificate and signs
it anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID, ObjectIdentifier

from provenance.kit import asn1
from provenance.kit.keys import Alg, KeyKind, PrivateKey, der_sign, key_pem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPublicKeyTypes as PublicKey,
    )

EMAIL = "1.3.6.1.5.5.7.3.4"
CLAIM_SIGNING = "1.3.6.1.4.1.62558.2.1"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
SERVER = "1.3.6.1.5.5.7.3.1"
ANY = "2.5.29.37.0"
SIGNING = (EMAIL, CLAIM_SIGNING)
# C2PA Certificate Policy 0.2, chapter "Certificate, CRL, and OCSP Profiles".
POLICY = "1.3.6.1.4.1.62558.1.1"
LEVELS = {1: "1.3.6.1.4.1.62558.3.10", 2: "1.3.6.1.4.1.62558.3.20"}
_LEVEL, _RECORD = "1.3.6.1.4.1.62558.3", "1.3.6.1.4.1.62558.4"

LEAF_USAGE = ("digital_signature", "content_commitment")
CA_USAGE = ("key_cert_sign", "crl_sign")
KEY_USAGE_BITS = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_ALG_OF_CURVE = {
    "secp256r1": Alg.ES256,
    "secp384r1": Alg.ES384,
    "secp521r1": Alg.ES512,
    "secp256k1": Alg.ES256K,
}


@dataclass(frozen=True, slots=True)
class CertSpec:
    """What a certificate is to hold; the defaults are those of a sound claim signer.

    `days` is the validity in days from the reference time. `issuer` is the name of another
    certificate, empty for a self-signed one; `signer` names another key that signs in its place.
    `level` is the C2PA assurance level, None where the extension is left out.
    """

    name: str
    common_name: str
    organisation: str
    issuer: str = ""
    kind: KeyKind = KeyKind.P256
    days: tuple[int, int] = (-180, 180)
    ca: bool = False
    path_length: int | None = None
    usage: tuple[str, ...] | None = LEAF_USAGE
    eku: tuple[str, ...] | None = SIGNING
    eku_critical: bool = False
    level: int | None = None
    policy: bool = True
    ocsp: str = ""
    ocsp_no_check: bool = False
    key_ids: bool = True
    issuer_name: str = ""
    """A common name that is written in place of the issuer's."""
    signer: str = ""
    more: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    retouch: Callable[[Any], None] | None = None
    """Changes the finished certificate (as `asn1crypto` reads it) before it is signed again."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A private key with its certificate chain: the leaf first, the root left out."""

    name: str
    alg: Alg
    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """The end-entity certificate."""
        return self.chain[0]

    @property
    def chain_der(self) -> list[bytes]:
        """The chain as COSE `x5chain` carries it."""
        return [cert.public_bytes(serialization.Encoding.DER) for cert in self.chain]

    @property
    def chain_pem(self) -> bytes:
        """The chain as PEM, leaf first."""
        return b"".join(cert.public_bytes(serialization.Encoding.PEM) for cert in self.chain)

    @property
    def key_pem(self) -> bytes:
        """The private key, PKCS #8 in PEM."""
        return key_pem(self.key)


def algorithm_of(key: PrivateKey) -> Alg:
    """Return the COSE algorithm that goes with a key; RSA keys get PS256."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _ALG_OF_CURVE[key.curve.name]
    return Alg.ED25519 if isinstance(key, ed25519.Ed25519PrivateKey) else Alg.PS256


def name(common_name: str, organisation: str) -> x509.Name:
    """Return a distinguished name in the user-assigned country XX."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def issue(
    spec: CertSpec,
    key: PrivateKey,
    dates: tuple[datetime, datetime],
    serial: int,
    *,
    issuer: x509.Certificate | None = None,
    signing_key: PrivateKey | None = None,
) -> x509.Certificate:
    """Issue a certificate; without an issuer it is self-signed.

    `signing_key` is the issuer's, or another one where the signature is to be wrong.
    """
    subject = name(spec.common_name, spec.organisation)
    signing = signing_key or key
    issued_by = issuer.subject if issuer else subject
    if spec.issuer_name:
        issued_by = name(spec.issuer_name, spec.organisation)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
        .add_extension(x509.BasicConstraints(spec.ca, spec.path_length), critical=True)
    )
    for extension, critical in _extensions(spec, key, issuer):
        builder = builder.add_extension(extension, critical=critical)
    algorithm = None if isinstance(signing, ed25519.Ed25519PrivateKey) else _digest(signing)
    deterministic = True if isinstance(signing, ec.EllipticCurvePrivateKey) else None
    certificate = builder.sign(signing, algorithm, ecdsa_deterministic=deterministic)
    return retouched(certificate, signing, spec.retouch) if spec.retouch else certificate


def _digest(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    wide = isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size > 256
    return hashes.SHA384() if wide else hashes.SHA256()


def _extensions(
    spec: CertSpec, key: PrivateKey, issuer: x509.Certificate | None
) -> list[tuple[x509.ExtensionType, bool]]:
    extensions: list[tuple[x509.ExtensionType, bool]] = []
    if spec.usage is not None:
        bits = {bit: bit in spec.usage for bit in KEY_USAGE_BITS}
        extensions.append((x509.KeyUsage(**bits), True))
    if spec.eku is not None:
        oids = [ObjectIdentifier(oid) for oid in spec.eku]
        extensions.append((x509.ExtendedKeyUsage(oids), spec.eku_critical))
    extensions.append((x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
    if spec.key_ids:
        public = cast("PublicKey", issuer.public_key()) if issuer else key.public_key()
        extensions.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False))
    if spec.ocsp_no_check:
        extensions.append((x509.OCSPNoCheck(), False))
    if issuer is None:
        return [*extensions, *spec.more]
    if spec.policy:
        policies = [x509.PolicyInformation(ObjectIdentifier(POLICY), None)]
        extensions.append((x509.CertificatePolicies(policies), False))
    if spec.ocsp:
        extensions.append((_addresses(spec.ocsp), False))
    if spec.level is not None:
        level = ObjectIdentifier(_LEVEL)
        extensions.append((x509.UnrecognizedExtension(level, oid_der(LEVELS[spec.level])), False))
        record = f"00000000-0000-4000-8000-{0:012d}".encode()
        text = b"\x0c" + bytes((len(record),)) + record  # a UTF8String
        extensions.append((x509.UnrecognizedExtension(ObjectIdentifier(_RECORD), text), False))
    return [*extensions, *spec.more]


def _addresses(host: str) -> x509.AuthorityInformationAccess:
    def at(method: ObjectIdentifier, path: str) -> x509.AccessDescription:
        return x509.AccessDescription(
            method, x509.UniformResourceIdentifier(f"http://{host}/{path}")
        )

    return x509.AuthorityInformationAccess(
        [
            at(AuthorityInformationAccessOID.OCSP, "ocsp"),
            at(AuthorityInformationAccessOID.CA_ISSUERS, "issuer.cer"),
        ]
    )


def oid_der(dotted: str) -> bytes:
    """Return an object identifier in DER (X.690 section 8.19)."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = bytes((first * 40 + second,))
    for arc in rest:
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(arc & 0x7F | 0x80)
        body += bytes(reversed(digits))
    return b"\x06" + bytes((len(body),)) + body


def retouched(
    certificate: x509.Certificate, key: PrivateKey, change: Callable[[Any], None]
) -> x509.Certificate:
    """Change a certificate and sign it anew.

    `change` gets an `asn1crypto` certificate. The hash that signs is the one that its signature
    algorithm then names.
    """
    opened = asn1.x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
    change(opened)
    tbs = opened["tbs_certificate"]
    hash_name = opened["signature_algorithm"].hash_algo
    opened["signature_value"] = der_sign(key, hash_name, tbs.dump(force=True))
    return x509.load_der_x509_certificate(opened.dump(force=True))


def pem(certificates: tuple[x509.Certificate, ...]) -> str:
    """Return certificates as PEM."""
    encoded = (cert.public_bytes(serialization.Encoding.PEM) for cert in certificates)
    return b"".join(encoded).decode("ascii")
