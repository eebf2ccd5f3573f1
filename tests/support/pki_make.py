"""Writes the test PKI: `python -m support.pki_make` from `tests/`. Keys that are there stay.

Names, serial numbers, dates and extensions are fixed; only keys and signatures differ when a
file is deleted and made again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from cryptography.hazmat.primitives import serialization

from provenance.kit.certificates import (
    CA_USAGE,
    OCSP_SIGNING,
    SERVER,
    SIGNING,
    TIME_STAMPING,
    CertSpec,
    issue,
)
from provenance.kit.keys import KeyKind, PrivateKey, Seed, key_pem, private_key
from support.pki import PKI, Who, certificate

if TYPE_CHECKING:
    from collections.abc import Iterable


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
    key: KeyKind = KeyKind.P256
    first: str = "2024-01-01"
    last: str = "2044-01-01"
    usages: tuple[str, ...] = SIGNING
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
_TSA = (TIME_STAMPING,)
LEAVES = (
    Leaf(Who.MAIN, "Test Signer ES256", "Test Signing Organisation", 11),
    Leaf(Who.ES384, "Test Signer ES384", "Test Signing Organisation", 12, key=KeyKind.P384),
    Leaf(Who.PS256, "Test Signer PS256", "Test Signing Organisation", 13, key=KeyKind.RSA2048),
    Leaf(Who.ED25519, "Test Signer Ed25519", "Test Signing Organisation", 14, key=KeyKind.ED25519),
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
        usages=(SERVER,),
    ),
    Leaf(Who.STRANGER, "Stranger Signer", "Stranger Organisation", 111, "stranger-intermediate"),
    Leaf(Who.SELF_SIGNED, "Self-Signed Signer", "Self-Signed Organisation", 121, ""),
    Leaf(
        Who.TSA,
        "Test TSA Signer",
        _TEST,
        31,
        "tsa-root",
        key=KeyKind.RSA2048,
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
        key=KeyKind.RSA2048,
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
        usages=(OCSP_SIGNING,),
        ocsp_no_check=True,
    ),
)


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _issue(spec: CertSpec, dates: tuple[str, str], serial: int) -> None:
    """Write one certificate; its issuer's stands there already."""
    issuer = certificate(spec.issuer) if spec.issuer else None
    made = issue(
        spec,
        _load_key(spec.name, spec.kind),
        (_date(dates[0]), _date(dates[1])),
        serial,
        issuer=issuer,
        signing_key=_load_key(spec.issuer) if spec.issuer else None,
    )
    (PKI / f"{spec.name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _load_key(name: str, kind: KeyKind = KeyKind.P256) -> PrivateKey:
    """A key that is there, or a new one: of the system's randomness, unlike the kit's own."""
    path = PKI / f"{name}.key"
    if not path.exists():
        seed = Seed(secrets.randbits(256))
        path.write_bytes(key_pem(private_key(seed, name, kind)))
    return cast("PrivateKey", serialization.load_pem_private_key(path.read_bytes(), None))


def _join(names: Iterable[str]) -> str:
    return "".join((PKI / f"{name}.pem").read_text(encoding="ascii") for name in names)


def main() -> None:
    """Write every key and certificate that is missing."""
    PKI.mkdir(parents=True, exist_ok=True)
    for ca in CAS:
        if not (PKI / f"{ca.name}.pem").exists():
            spec = CertSpec(
                ca.name,
                ca.common_name,
                ca.organisation,
                ca.issuer,
                ca=True,
                path_length=ca.path_length,
                usage=CA_USAGE,
                eku=None,
                policy=False,
            )
            _issue(spec, ("2020-01-01", "2045-01-01"), ca.serial)
    for leaf in LEAVES:
        if not (PKI / f"{leaf.who}.pem").exists():
            spec = CertSpec(
                leaf.who.value,
                leaf.common_name,
                leaf.organisation,
                leaf.issuer,
                leaf.key,
                usage=("digital_signature",),
                eku=leaf.usages,
                eku_critical=leaf.critical_usage,
                ocsp_no_check=leaf.ocsp_no_check,
                policy=False,
            )
            _issue(spec, (leaf.first, leaf.last), leaf.serial)
    (PKI / "anchors.pem").write_text(_join(("root", "tsa-root")), encoding="ascii", newline="\n")


if __name__ == "__main__":
    main()
