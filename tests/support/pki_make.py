"""Writes the test PKI: `python -m support.pki_make` from `tests/`. Keys that are there stay.

Names, serial numbers, dates and extensions are fixed; only keys and signatures differ when a
file is deleted and made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from support.pki import PKI, Who

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPrivateKeyTypes as PrivateKey,
    )
    from cryptography.hazmat.primitives.asymmetric.types import (
        CertificateIssuerPublicKeyTypes as PublicKey,
    )

CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
_SIGNING = (EMAIL, CLAIM_SIGNING)


@dataclass(frozen=True, slots=True)
class Ca:
    """A certificate authority: its file name, subject, serial and issuer (empty: itself)."""

    name: str
    common_name: str
    organisation: str
    serial: int
    issuer: str = ""
    path_length: int | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """An end-entity certificate: what differs from one to the next."""

    who: Who
    common_name: str
    organisation: str
    serial: int
    issuer: str = "intermediate"
    key: str = "p256"
    first: str = "2024-01-01"
    last: str = "2044-01-01"
    usages: tuple[ObjectIdentifier, ...] = _SIGNING
    critical_usage: bool = False
    ocsp_no_check: bool = False


_TEST = "Provenance Test PKI (not trusted)"
_STRANGER = "Stranger Test PKI (not trusted)"
CAS = (
    Ca("root", "Test Root CA", _TEST, 1),
    Ca("intermediate", "Test Signing CA", _TEST, 2, "root", 0),
    Ca("tsa-root", "Test TSA Root CA", _TEST, 3),
    Ca("stranger-root", "Stranger Root CA", _STRANGER, 101),
    Ca("stranger-intermediate", "Stranger Signing CA", _STRANGER, 102, "stranger-root", 0),
)
_TSA = (ExtendedKeyUsageOID.TIME_STAMPING,)
LEAVES = (
    Leaf(Who.MAIN, "Test Signer ES256", "Test Signing Organisation", 11),
    Leaf(Who.ES384, "Test Signer ES384", "Test Signing Organisation", 12, key="p384"),
    Leaf(Who.PS256, "Test Signer PS256", "Test Signing Organisation", 13, key="rsa"),
    Leaf(Who.ED25519, "Test Signer Ed25519", "Test Signing Organisation", 14, key="ed25519"),
    Leaf(Who.CAMERA, "Test Camera 0001", "Test Camera Maker", 15),
    Leaf(
        Who.EXPIRED,
        "Test Signer Expired",
        "Test Signing Organisation",
        16,
        first="2022-01-01",
        last="2022-12-31",
    ),
    Leaf(
        Who.FUTURE,
        "Test Signer Not Yet Valid",
        "Test Signing Organisation",
        17,
        first="2040-01-01",
    ),
    Leaf(Who.REVOKED, "Test Signer Revoked", "Test Signing Organisation", 18),
    Leaf(
        Who.NO_EKU,
        "Test Signer Wrong EKU",
        "Test Signing Organisation",
        19,
        usages=(ExtendedKeyUsageOID.SERVER_AUTH,),
    ),
    Leaf(Who.STRANGER, "Stranger Signer", "Stranger Organisation", 111, "stranger-intermediate"),
    Leaf(Who.SELF_SIGNED, "Self-Signed Signer", "Self-Signed Organisation", 121, ""),
    Leaf(
        Who.TSA,
        "Test TSA Signer",
        _TEST,
        31,
        "tsa-root",
        key="rsa",
        first="2020-01-01",
        last="2045-01-01",
        usages=_TSA,
        critical_usage=True,
    ),
    Leaf(
        Who.STRANGER_TSA,
        "Stranger TSA Signer",
        _STRANGER,
        131,
        "stranger-root",
        key="rsa",
        first="2020-01-01",
        last="2045-01-01",
        usages=_TSA,
        critical_usage=True,
    ),
    Leaf(
        Who.OCSP,
        "Test OCSP Responder",
        _TEST,
        41,
        usages=(ExtendedKeyUsageOID.OCSP_SIGNING,),
        ocsp_no_check=True,
    ),
)


def _new_key(kind: str) -> PrivateKey:
    match kind:
        case "p256":
            return ec.generate_private_key(ec.SECP256R1())
        case "p384":
            return ec.generate_private_key(ec.SECP384R1())
        case "rsa":
            return rsa.generate_private_key(65537, 2048)
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
    raise ValueError(kind)


def _name(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    subject: x509.Name, key: PrivateKey, serial: int, dates: tuple[str, str]
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(_date(dates[0]))
        .not_valid_after(_date(dates[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _ca_builder(ca: Ca, subject: x509.Name, key: PrivateKey) -> x509.CertificateBuilder:
    dates = ("2020-01-01", "2045-01-01")
    return (
        _builder(subject, key, ca.serial, dates)
        .add_extension(x509.BasicConstraints(ca=True, path_length=ca.path_length), critical=True)
        .add_extension(_usage(ca=True), critical=True)
    )


def _leaf_builder(leaf: Leaf, subject: x509.Name, key: PrivateKey) -> x509.CertificateBuilder:
    builder = (
        _builder(subject, key, leaf.serial, (leaf.first, leaf.last))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(list(leaf.usages)), critical=leaf.critical_usage)
    )
    if leaf.ocsp_no_check:
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return builder


def _issue(
    builder: x509.CertificateBuilder,
    subject: x509.Name,
    path: Path,
    key: PrivateKey,
    issuer: str,
) -> None:
    parent = path.with_name(f"{issuer}.pem")
    issuer_name, public, signing_key = subject, key.public_key(), key
    if issuer:
        cert = x509.load_pem_x509_certificate(parent.read_bytes())
        issuer_name, public = (
            cert.subject,
            cast("PublicKey", cert.public_key()),
        )
        signing_key = _load_key(issuer)
    aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(public)
    builder = builder.issuer_name(issuer_name).add_extension(aki, critical=False)
    cert = builder.sign(signing_key, hashes.SHA256())
    path.write_bytes(cert.public_bytes(serialization.Encoding.PEM))


def _load_key(name: str, kind: str = "p256") -> PrivateKey:
    path = PKI / f"{name}.key"
    if path.exists():
        loaded = serialization.load_pem_private_key(path.read_bytes(), None)
        return cast("PrivateKey", loaded)
    key = _new_key(kind)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return key


def _join(names: Iterable[str]) -> str:
    return "".join((PKI / f"{name}.pem").read_text(encoding="ascii") for name in names)


def main() -> None:
    """Write every key and certificate that is missing."""
    PKI.mkdir(parents=True, exist_ok=True)
    for ca in CAS:
        path = PKI / f"{ca.name}.pem"
        if not path.exists():
            key = _load_key(ca.name)
            subject = _name(ca.common_name, ca.organisation)
            _issue(_ca_builder(ca, subject, key), subject, path, key, ca.issuer)
    for leaf in LEAVES:
        path = PKI / f"{leaf.who}.pem"
        if not path.exists():
            key = _load_key(leaf.who.value, leaf.key)
            subject = _name(leaf.common_name, leaf.organisation)
            _issue(_leaf_builder(leaf, subject, key), subject, path, key, leaf.issuer)
    (PKI / "anchors.pem").write_text(_join(("root", "tsa-root")), encoding="ascii", newline="\n")


if __name__ == "__main__":
    main()
