"""The C2PA certificate profiles: sound ones without a finding, one fault each with its code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID, ObjectIdentifier
from support.each import each
from unit.signing import pki

from provenance.base.finding import Severity
from provenance.signing import certificate, extensions, profile
from provenance.signing.profile import CertificateRole
from provenance.signing.trust_list import Purpose

RECORD = "0197aa34-665b-7811-9bbc-317cfd988d0a"
LEVEL_1 = bytes.fromhex("060a2b0601040183e85e030a")
LEVEL_2 = LEVEL_1[:-1] + b"\x14"
Extensions = tuple[tuple[x509.ExtensionType, bool], ...]


def raw(oid: str, value: bytes) -> tuple[x509.ExtensionType, bool]:
    return x509.UnrecognizedExtension(ObjectIdentifier(oid), value), False


def utf8(text: str) -> bytes:
    return b"\x0c" + bytes([len(text)]) + text.encode()


def policy(oid: str = profile.POLICY) -> tuple[x509.ExtensionType, bool]:
    held = x509.PolicyInformation(ObjectIdentifier(oid), None)
    return x509.CertificatePolicies([held]), False


def addresses(
    ocsp: str = "http://ocsp.example/", issuers: str = "http://ca.example/ca.cer"
) -> tuple[x509.ExtensionType, bool]:
    made = []
    for oid, url in (
        (AuthorityInformationAccessOID.OCSP, ocsp),
        (AuthorityInformationAccessOID.CA_ISSUERS, issuers),
    ):
        if url:
            made.append(x509.AccessDescription(oid, x509.UniformResourceIdentifier(url)))
    return x509.AuthorityInformationAccess(made), False


def points(url: str = "http://ca.example/ca.crl") -> tuple[x509.ExtensionType, bool]:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return x509.CRLDistributionPoints([point]), False


LEVEL, PRODUCT = raw(profile.ASSURANCE_LEVEL, LEVEL_1), raw(profile.CPL_RECORD, utf8(RECORD))
SOUND: Extensions = (policy(), addresses(), LEVEL, PRODUCT)


@pytest.fixture(autouse=True)
def country(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names with a country, which the profiles ask for."""

    def name(text: str) -> x509.Name:
        said = {NameOID.COUNTRY_NAME: "XX", NameOID.ORGANIZATION_NAME: "Test"}
        said |= {NameOID.COMMON_NAME: text.partition("#")[0]}
        if "#without" in text:
            del said[NameOID.COUNTRY_NAME]
        if "#lower" in text:
            said[NameOID.COUNTRY_NAME] = "xx"
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in said.items()])

    monkeypatch.setattr(pki, "name", name)


def leaf(label: str = "Profile leaf", **options: Any) -> certificate.Certificate:
    defaults: dict[str, Any] = {
        "usage": (pki.SIGN, pki.COMMIT),
        "eku": (pki.EMAIL, pki.CLAIM_EKU),
        "more": SOUND,
    }
    return certificate.read_certificate(pki.issue(f"{label} p", **{**defaults, **options}).der)


def authority(label: str = "Profile CA", **options: Any) -> certificate.Certificate:
    defaults: dict[str, Any] = {
        "ca": True,
        "path_length": 0,
        "usage": (pki.CERT_SIGN, "crl_sign"),
        "eku": (pki.EMAIL, pki.CLAIM_EKU),
        "kind": "P-384",
        "more": (policy(), addresses()),
    }
    root = pki.authority("Profile root")
    return certificate.read_certificate(pki.issue(label, root, **{**defaults, **options}).der)


def codes(one: certificate.Certificate, role: CertificateRole) -> list[str]:
    found = profile.certificate_findings(one, role)
    assert {finding.code for finding in found} <= set(profile.CODES)
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []
    return sorted(finding.code.removeprefix("profile.") for finding in found)


def test_a_sound_leaf_and_what_it_says() -> None:
    one = leaf()
    assert codes(one, CertificateRole.CLAIM_SIGNER) == []
    said = profile.certificate_profile(one)
    assert (said.assurance_level, said.record_id) == (1, RECORD)
    assert said.policies == (profile.POLICY,)
    assert said.ocsp == ("http://ocsp.example/",)
    assert said.ca_issuers == ("http://ca.example/ca.cer",)
    assert extensions.ocsp_addresses(one) == said.ocsp


def days(count: int) -> tuple[Any, Any]:
    return pki.START, pki.START + timedelta(days=count)


LEVEL_2_SOUND = (policy(), addresses(), raw(profile.ASSURANCE_LEVEL, LEVEL_2), PRODUCT)


@each(
    ("options", "expected"),
    [
        ({"dates": days(366)}, []),
        ({"dates": days(367)}, ["validity"]),
        ({"dates": days(90), "more": LEVEL_2_SOUND}, []),
        ({"dates": days(91), "more": LEVEL_2_SOUND}, ["validity"]),
        ({"kind": "RSA-2048"}, []),
        ({"kind": "Ed25519"}, []),
        ({"kind": "secp256k1"}, ["key"]),
        ({"eku": (pki.EMAIL,)}, ["eku"]),
        ({"eku": (pki.CLAIM_EKU,)}, ["eku"]),
        ({"eku": (pki.DOCUMENT, pki.CLAIM_EKU)}, []),
        ({"eku": None}, ["eku", "eku"]),
        ({"usage": (pki.SIGN,)}, ["key_usage"]),
        ({"usage": None}, ["key_usage"]),
        ({"ca": None}, ["basic_constraints"]),
        ({"ca": True}, ["basic_constraints"]),
        ({"key_ids": False}, ["key_identifier", "key_identifier"]),
        ({"more": SOUND[1:]}, ["policy"]),
        ({"more": (policy("1.2.3.4"), *SOUND[1:])}, ["policy"]),
        ({"more": (policy(), LEVEL, PRODUCT)}, ["revocation_address"]),
        ({"more": (policy(), points(), LEVEL, PRODUCT)}, ["revocation_address"]),
        ({"more": (policy(), addresses(issuers=""), LEVEL, PRODUCT)}, ["revocation_address"]),
        (
            {"more": (policy(), addresses("https://a.example"), LEVEL, PRODUCT)},
            ["revocation_address"],
        ),
        ({"more": (policy(), addresses(), PRODUCT)}, ["assurance_level"]),
        ({"more": (policy(), addresses(), LEVEL)}, ["record_id"]),
        (
            {"more": (*SOUND[:2], raw(profile.ASSURANCE_LEVEL, b"\x06\x01\x2a"), PRODUCT)},
            ["assurance_level"],
        ),
        (
            {"more": (*SOUND[:2], raw(profile.ASSURANCE_LEVEL, b"junk"), PRODUCT)},
            ["assurance_level"],
        ),
        ({"more": (*SOUND[:3], raw(profile.CPL_RECORD, utf8("short")))}, ["record_id"]),
        ({"more": (*SOUND[:3], raw(profile.CPL_RECORD, b"\x0c\x01\xff"))}, ["record_id"]),
        ({"label": "Leaf#without"}, ["subject_name"]),
        ({"label": "Leaf#lower"}, ["subject_name"]),
    ],
)
def test_a_leaf_that_breaks_the_profile_is_told(
    options: dict[str, Any], expected: list[str]
) -> None:
    assert codes(leaf(**options), CertificateRole.CLAIM_SIGNER) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        ({"kind": "P-256"}, ["key"]),
        ({"kind": "RSA-2048"}, ["key"]),
        ({"path_length": 1}, ["basic_constraints"]),
        ({"path_length": None}, ["basic_constraints"]),
        ({"eku": None}, ["eku", "eku"]),
        ({"usage": (pki.CERT_SIGN,)}, ["key_usage"]),
        ({"dates": (pki.START, pki.START + timedelta(days=1828))}, ["validity"]),
        ({"more": (policy(),)}, ["revocation_address"]),
        ({"more": (policy(), points())}, []),
    ],
)
def test_an_authority_that_breaks_the_profile_is_told(
    options: dict[str, Any], expected: list[str]
) -> None:
    assert codes(authority(**options), CertificateRole.CLAIM_ISSUER) == expected


def test_a_time_stamp_authority_that_breaks_the_profile_is_told() -> None:
    stamping = {"eku": (pki.STAMPING,), "more": (policy(), addresses())}
    # The profile wants the usage critical, which this maker cannot do.
    assert codes(leaf(**stamping), CertificateRole.TSA) == ["eku"]
    assert "eku" in codes(leaf(), CertificateRole.TSA)


def test_each_certificate_of_a_path_is_held_to_its_role() -> None:
    root = certificate.read_certificate(pki.authority("Profile root").der)
    middle, one = authority(), leaf()
    assert profile.role(one, 0, Purpose.SIGNER) is CertificateRole.CLAIM_SIGNER
    assert profile.role(one, 0, Purpose.TSA) is CertificateRole.TSA
    assert profile.role(middle, 1, Purpose.SIGNER) is CertificateRole.CLAIM_ISSUER
    assert profile.role(middle, 1, Purpose.TSA) is CertificateRole.TSA_ISSUER
    assert profile.role(middle, 2, Purpose.SIGNER) is CertificateRole.INTERMEDIATE
    assert profile.role(root, 1, Purpose.SIGNER) is CertificateRole.ROOT
    found = profile.path_findings((one, middle, root), Purpose.SIGNER)
    assert {finding.where for finding in found} == {"C=XX, O=Test, CN=Profile root"}
    assert {"profile.key", "profile.basic_constraints"} <= {finding.code for finding in found}
