"""The test PKI, loaded from `tests/fixtures/pki`: nobody but the tests trusts it.

Keys and certificates are committed so that tests need not generate any; `support.pki_make`
wrote them. Nothing here may ever be put on a trust list that is used for real.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from provenance.kit.certificates import Credential
from provenance.kit.keys import Alg

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PKI = FIXTURES / "pki"

EKU_OIDS = (
    "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.36",
    "1.3.6.1.5.5.7.3.8",
    "1.3.6.1.5.5.7.3.9",
    "1.3.6.1.4.1.311.76.59.1.9",
    "1.3.6.1.4.1.62558.2.1",
)
"""The extended key usages that occur in real signing credentials."""


class Who(StrEnum):
    """An end-entity credential of the test PKI; the value is its file name."""

    MAIN = "signer-es256"
    ES384 = "signer-es384"
    PS256 = "signer-ps256"
    ED25519 = "signer-ed25519"
    CAMERA = "signer-camera"
    EXPIRED = "signer-expired"
    FUTURE = "signer-not-yet-valid"
    REVOKED = "signer-revoked"
    NO_EKU = "signer-wrong-eku"
    STRANGER = "stranger-signer"
    SELF_SIGNED = "self-signed"
    TSA = "tsa-signer"
    STRANGER_TSA = "stranger-tsa-signer"
    OCSP = "ocsp-responder"


_ALGS = {Who.ES384: Alg.ES384, Who.PS256: Alg.PS256, Who.ED25519: Alg.ED25519}
_ISSUERS = {
    Who.STRANGER: ("stranger-intermediate",),
    Who.SELF_SIGNED: (),
    Who.TSA: ("tsa-root",),
    Who.STRANGER_TSA: ("stranger-root",),
}


@cache
def certificate(name: str) -> x509.Certificate:
    """Load one certificate by its file name without `.pem`."""
    return x509.load_pem_x509_certificate((PKI / f"{name}.pem").read_bytes())


@cache
def private_key(name: str) -> CertificateIssuerPrivateKeyTypes:
    """Load one private key by its file name without `.key`."""
    key = serialization.load_pem_private_key((PKI / f"{name}.key").read_bytes(), None)
    return cast("CertificateIssuerPrivateKeyTypes", key)


@cache
def credential(who: Who = Who.MAIN) -> Credential:
    """Load an end-entity credential with its chain."""
    issuers = _ISSUERS.get(who, ("intermediate",))
    chain = (certificate(who.value), *(certificate(name) for name in issuers if "root" not in name))
    return Credential(who.value, _ALGS.get(who, Alg.ES256), private_key(who.value), chain)


def issuer_of(who: Who) -> x509.Certificate:
    """The certificate that issued an end-entity credential."""
    issuers = _ISSUERS.get(who, ("intermediate",))
    return certificate(issuers[0] if issuers else who.value)


def anchors_pem() -> str:
    """The private anchors of the tests: the signing root and the time-stamp root, as PEM."""
    return (PKI / "anchors.pem").read_text(encoding="ascii")


def offline_settings(anchors: str | None = None) -> dict[str, object]:
    """Settings for an SDK context that asks no network and trusts `anchors` (PEM)."""
    trust = {} if anchors is None else {"trust_anchors": anchors}
    return {
        "core": {"allowed_network_hosts": [], "decode_identity_assertions": False},
        "verify": {
            "verify_trust": anchors is not None,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
        "trust": {**trust, "trust_config": "\n".join(EKU_OIDS) + "\n"},
    }
