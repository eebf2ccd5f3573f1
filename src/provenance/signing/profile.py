"""The C2PA certificate profiles: what the Certificate Policy asks beyond path validation.

C2PA Certificate Policy, version 0.2, chapter "Certificate, CRL, and OCSP Profiles". A certificate
may break its profile and still lead to an anchor, so nothing here moves an axis: these are the
findings of `trust check` and of lint. What a profile demands (MUST) is a warning, what it
recommends (SHOULD) a note. That a serial number is random cannot be seen and is not judged.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base.finding import note, warning
from provenance.base.values import dataclass
from provenance.signing import algorithms, der, extensions
from provenance.signing import certificate as certificates
from provenance.signing.certificate import (
    BASIC_CONSTRAINTS,
    CERTIFICATE_POLICIES,
    CONTENT_COMMITMENT,
    DIGITAL_SIGNATURE,
    EXTENDED_KEY_USAGE,
    KEY_CERT_SIGN,
    KEY_USAGE,
    SUBJECT_KEY_ID,
)
from provenance.signing.path_rules import (
    EKU_CLAIM_SIGNING,
    EKU_DOCUMENT_SIGNING,
    EKU_EMAIL_PROTECTION,
    EKU_TIME_STAMPING,
    where,
)
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.base.finding import Finding
    from provenance.signing.certificate import Certificate
    from provenance.signing.extensions import Extension

POLICY = "1.3.6.1.4.1.62558.1.1"  # c2pa-certificate-policy
ASSURANCE_LEVEL = "1.3.6.1.4.1.62558.3"  # id-c2pa-al
CPL_RECORD = "1.3.6.1.4.1.62558.4"  # c2pa-cpl-record
LEVELS = {"1.3.6.1.4.1.62558.3.10": 1, "1.3.6.1.4.1.62558.3.20": 2}
MAX_SERIAL_OCTETS = 20
RECORD_CHARACTERS = 36
CRL_SIGN = 6  # a bit of KeyUsage, as counted from the left

# Every code that `certificate_findings` may give.
CODES = (
    "profile.assurance_level",
    "profile.basic_constraints",
    "profile.eku",
    "profile.key",
    "profile.key_identifier",
    "profile.key_usage",
    "profile.malformed",
    "profile.policy",
    "profile.record_id",
    "profile.revocation_address",
    "profile.serial",
    "profile.signature_algorithm",
    "profile.subject_name",
    "profile.validity",
    "profile.version",
)


class CertificateRole(StrEnum):
    """Which profile a certificate is checked against."""

    CLAIM_SIGNER = "claim_signer"
    CLAIM_ISSUER = "claim_issuer"
    TSA = "tsa"
    TSA_ISSUER = "tsa_issuer"
    INTERMEDIATE = "intermediate"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class CertificateProfile:
    """What a certificate says in the extensions of the C2PA profiles.

    `assurance_level` is 1, 2, or `None` where the extension is absent or names no known level;
    `record_id` the identifier of the product's record on the Conforming Products List, or empty.
    Addresses are the certificate's text. `faults` are the findings of what could not be read.
    """

    assurance_level: int | None = None
    record_id: str = ""
    policies: tuple[str, ...] = ()
    ocsp: tuple[str, ...] = ()
    ca_issuers: tuple[str, ...] = ()
    crls: tuple[str, ...] = ()
    faults: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rules:
    """One profile as numbers; `path_length` is the largest allowed, -1 for one that signs none."""

    authority: bool
    max_days: int | None
    rsa_bits: int
    curves: frozenset[str]
    ed25519: bool
    key_usage: frozenset[int]
    path_length: int
    stamps: bool | None  # for time-stamps alone, for claims, or (None) no rule on usage


_LEAF_USAGE = frozenset({DIGITAL_SIGNATURE, CONTENT_COMMITMENT})
_CA_USAGE = frozenset({KEY_CERT_SIGN, CRL_SIGN})
_ALL, _LARGE = frozenset({"P-256", "P-384", "P-521"}), frozenset({"P-384", "P-521"})
_RULES = {
    CertificateRole.CLAIM_SIGNER: _Rules(False, 366, 2048, _ALL, True, _LEAF_USAGE, -1, False),
    CertificateRole.TSA: _Rules(False, 4110, 2048, _ALL, False, _LEAF_USAGE, -1, True),
    CertificateRole.CLAIM_ISSUER: _Rules(True, 1827, 3072, _LARGE, False, _CA_USAGE, 0, False),
    CertificateRole.TSA_ISSUER: _Rules(True, 5479, 3072, _LARGE, False, _CA_USAGE, 0, True),
    CertificateRole.INTERMEDIATE: _Rules(True, None, 3072, _LARGE, False, _CA_USAGE, 1, None),
    CertificateRole.ROOT: _Rules(True, None, 3072, _LARGE, False, _CA_USAGE, 2, None),
}
_LEVEL_DAYS = {1: 366, 2: 90}


def path_findings(path: Sequence[Certificate], purpose: Purpose) -> tuple[Finding, ...]:
    """Hold every certificate of a path, leaf first, against the profile of its place."""
    findings: list[Finding] = []
    for position, certificate in enumerate(path):
        findings += certificate_findings(certificate, role(certificate, position, purpose))
    return tuple(dict.fromkeys(findings))


def role(certificate: Certificate, position: int, purpose: Purpose) -> CertificateRole:
    """The profile for the place of a certificate in its path, counted from the leaf."""
    if position == 0:
        return CertificateRole.CLAIM_SIGNER if purpose is Purpose.SIGNER else CertificateRole.TSA
    if certificate.self_issued:
        return CertificateRole.ROOT
    if position == 1:
        return (
            CertificateRole.CLAIM_ISSUER
            if purpose is Purpose.SIGNER
            else CertificateRole.TSA_ISSUER
        )
    return CertificateRole.INTERMEDIATE


def certificate_profile(certificate: Certificate) -> CertificateProfile:
    """Read the extensions of the C2PA profiles. Never raises."""
    place = where(certificate)
    faults: list[Finding] = []
    try:
        held = extensions.extensions_by_oid(certificate)
    except der.DerError as fault:
        return CertificateProfile(
            faults=(warning("profile.malformed", f"extensions: {fault}", place),)
        )
    level, record = None, ""
    if ASSURANCE_LEVEL in held:
        level = _level(held[ASSURANCE_LEVEL], place, faults)
    if CPL_RECORD in held:
        record = _record(held[CPL_RECORD], place, faults)
    policies: tuple[str, ...] = ()
    ocsp: tuple[str, ...] = ()
    ca_issuers: tuple[str, ...] = ()
    crls: tuple[str, ...] = ()
    try:
        if CERTIFICATE_POLICIES in held:
            policies = extensions.policies(held[CERTIFICATE_POLICIES].value)
        if extensions.AUTHORITY_INFORMATION in held:
            value = held[extensions.AUTHORITY_INFORMATION].value
            ocsp = extensions.access(value, extensions.ACCESS_OCSP)
            ca_issuers = extensions.access(value, extensions.ACCESS_CA_ISSUERS)
        if extensions.CRL_DISTRIBUTION_POINTS in held:
            crls = extensions.distribution_points(held[extensions.CRL_DISTRIBUTION_POINTS].value)
    except der.DerError as fault:
        faults.append(warning("profile.malformed", f"an extension cannot be read: {fault}", place))
    return CertificateProfile(level, record, policies, ocsp, ca_issuers, crls, tuple(faults))


def _level(extension: Extension, place: str, faults: list[Finding]) -> int | None:
    try:
        value = der.oid(der.parse_der(extension.value))
    except der.DerError as fault:
        faults.append(warning("profile.assurance_level", f"cannot be read: {fault}", place))
        return None
    if value not in LEVELS:
        message = f"{value} is not an assurance level of C2PA"
        faults.append(warning("profile.assurance_level", message, place))
    return LEVELS.get(value)


def _record(extension: Extension, place: str, faults: list[Finding]) -> str:
    try:
        content = der.parse_der(extension.value).expect(0x0C).content
        text = content.decode("utf-8")
    except ValueError as fault:
        faults.append(warning("profile.record_id", f"cannot be read: {fault}", place))
        return ""
    if len(text) != RECORD_CHARACTERS:
        message = f"{len(text)} characters where {RECORD_CHARACTERS} are required"
        faults.append(warning("profile.record_id", message, place))
    return text[:RECORD_CHARACTERS]


def certificate_findings(certificate: Certificate, role: CertificateRole) -> tuple[Finding, ...]:
    """Hold one certificate against one profile. Never raises."""
    rules = _RULES[role]
    place = where(certificate)
    profile = certificate_profile(certificate)
    said = [
        *_core(certificate, rules, profile),
        *_names(certificate),
        *_identifiers(certificate, role),
        *_key_usage(certificate, rules),
        *_constraints(certificate, rules),
        *_extended_key_usage(certificate, rules, role),
        *_addresses(profile, role),
    ]
    if role is not CertificateRole.ROOT and POLICY not in profile.policies:
        said.append(("profile.policy", f"the policy {POLICY} is not named"))
    if role is CertificateRole.CLAIM_SIGNER:
        if profile.assurance_level is None and not _about(profile, "profile.assurance_level"):
            said.append(("profile.assurance_level", "the assurance level is missing"))
        if not profile.record_id and not _about(profile, "profile.record_id"):
            said.append(("profile.record_id", "the conforming product's record id is missing"))
    findings = [warning(code, message, place) for code, message in said]
    if (
        role not in {CertificateRole.ROOT, CertificateRole.INTERMEDIATE}
        and profile.ocsp
        and not profile.ca_issuers
    ):
        message = "the authority information names no address of the issuer's certificate"
        findings.append(note("profile.revocation_address", message, place))
    return (*findings, *profile.faults)


def _about(profile: CertificateProfile, code: str) -> bool:
    return any(fault.code == code for fault in profile.faults)


def _core(
    certificate: Certificate, rules: _Rules, profile: CertificateProfile
) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    if certificate.version != 3:
        faults.append(("profile.version", f"version {certificate.version} where 3 is required"))
    octets = (certificate.serial.bit_length() + 8) // 8
    if certificate.serial <= 0 or octets > MAX_SERIAL_OCTETS:
        message = f"the serial number is not positive and of at most {MAX_SERIAL_OCTETS} octets"
        faults.append(("profile.serial", message))
    days = rules.max_days
    if days == 366:
        days = _LEVEL_DAYS.get(profile.assurance_level or 1)
    valid = certificate.not_after - certificate.not_before
    if days is not None and valid > timedelta(days=days):
        level = f" at level {profile.assurance_level}" if profile.assurance_level else ""
        message = f"valid for {valid.days} days where at most {days} are allowed{level}"
        faults.append(("profile.validity", message))
    fault = _key_fault(algorithms.key_name(certificate.spki), rules)
    if fault:
        faults.append(("profile.key", fault))
    scheme = certificate.scheme
    known = {algorithms.SchemeKind.ECDSA, algorithms.SchemeKind.PKCS1, algorithms.SchemeKind.PSS}
    if not rules.authority and rules.ed25519:
        known.add(algorithms.SchemeKind.ED25519)
    weak = scheme.hash and scheme.hash not in algorithms.STRONG_HASHES
    if scheme.kind not in known or weak:
        faults.append(("profile.signature_algorithm", f"signed with {scheme.name}"))
    return faults


def _key_fault(name: str, rules: _Rules) -> str:
    kind, _, size = name.partition(" ")
    if kind == "EC":
        if size in rules.curves:
            return ""
        return f"{name} where {' or '.join(sorted(rules.curves))} is required"
    if kind == "RSA":
        return "" if int(size) >= rules.rsa_bits else f"{name} where {rules.rsa_bits} is the least"
    if kind == "Ed25519" and rules.ed25519:
        return ""
    return f"a key of type {name} is not allowed here"


def _names(certificate: Certificate) -> list[tuple[str, str]]:
    pairs = certificates.name_pairs(certificate.subject)
    kinds = {kind for kind, value in pairs if value.strip()}
    missing = [kind for kind in ("C", "O", "CN") if kind not in kinds]
    faults = []
    if missing:
        message = f"the subject has no {' and no '.join(missing)}"
        faults.append(("profile.subject_name", message))
    for kind, value in pairs:
        if kind == "C" and value and not (len(value) == 2 and value.isascii() and value.isupper()):
            message = f"the country {value} is not a code of two capital letters"
            faults.append(("profile.subject_name", message))
    return faults


def _identifiers(certificate: Certificate, role: CertificateRole) -> list[tuple[str, str]]:
    faults = []
    if certificate.subject_key_id is None:
        faults.append(("profile.key_identifier", "the subject key identifier is missing"))
    elif certificate.subject_key_id != _method_1(certificate):
        message = "the subject key identifier is not the SHA-1 of the key (RFC 5280 method 1)"
        faults.append(("profile.key_identifier", message))
    if certificate.authority_key_id is None and role is not CertificateRole.ROOT:
        faults.append(("profile.key_identifier", "the authority key identifier is missing"))
    if SUBJECT_KEY_ID in certificate.critical:
        faults.append(("profile.key_identifier", "the subject key identifier is critical"))
    return faults


def _method_1(certificate: Certificate) -> bytes:
    try:
        bits = der.bit_string(der.parse_der(certificate.spki).children()[-1])[0]
    except (der.DerError, IndexError):
        return b""
    # An identifier, not a signature: RFC 5280 section 4.2.1.2 prescribes SHA-1.
    return hashlib.sha1(bits, usedforsecurity=False).digest()


def _key_usage(certificate: Certificate, rules: _Rules) -> list[tuple[str, str]]:
    faults = []
    usage = certificate.key_usage or frozenset()
    if KEY_USAGE not in certificate.critical:
        faults.append(("profile.key_usage", "the key usage is missing or not critical"))
    if usage and usage != rules.key_usage:
        wanted = "keyCertSign and cRLSign" if rules.authority else "digitalSignature and "
        wanted += "" if rules.authority else "nonRepudiation"
        faults.append(("profile.key_usage", f"the key usage is not exactly {wanted}"))
    return faults


def _extended_key_usage(
    certificate: Certificate, rules: _Rules, role: CertificateRole
) -> list[tuple[str, str]]:
    if rules.stamps is None:
        return []
    faults = []
    ekus = set(certificate.extended_key_usage or ())
    if rules.stamps and ekus != {EKU_TIME_STAMPING}:
        faults.append(("profile.eku", "the extended key usage is not time-stamping alone"))
    if not rules.stamps and EKU_CLAIM_SIGNING not in ekus:
        faults.append(("profile.eku", f"claim signing ({EKU_CLAIM_SIGNING}) is not named"))
    if not rules.stamps and not ekus & {EKU_EMAIL_PROTECTION, EKU_DOCUMENT_SIGNING}:
        message = (
            "neither e-mail protection nor document signing is named in addition to claim signing"
        )
        faults.append(("profile.eku", message))
    if ekus and (EXTENDED_KEY_USAGE in certificate.critical) is not (role is CertificateRole.TSA):
        message = "the extended key usage is critical"
        if role is CertificateRole.TSA:
            message = "the extended key usage is not critical"
        faults.append(("profile.eku", message))
    return faults


def _constraints(certificate: Certificate, rules: _Rules) -> list[tuple[str, str]]:
    code = "profile.basic_constraints"
    if certificate.is_ca is None or BASIC_CONSTRAINTS not in certificate.critical:
        return [(code, "the basic constraints are missing or not critical")]
    if certificate.is_ca is not rules.authority:
        return [(code, "an authority" if certificate.is_ca else "not an authority")]
    if not rules.authority:
        return []
    length = certificate.path_length
    if length is None or length > rules.path_length:
        shown = "none" if length is None else str(length)
        return [(code, f"the path length is {shown} where at most {rules.path_length} is allowed")]
    return []


def _addresses(profile: CertificateProfile, role: CertificateRole) -> list[tuple[str, str]]:
    code = "profile.revocation_address"
    if role is CertificateRole.ROOT:
        if profile.ocsp or profile.ca_issuers or profile.crls:
            return [(code, "a root names no addresses for revocation")]
        return []
    faults = []
    if role is CertificateRole.CLAIM_SIGNER and not profile.ocsp:
        faults.append((code, "the authority information names no OCSP responder"))
    elif not profile.ocsp and not profile.crls:
        faults.append((code, "neither an OCSP responder nor a revocation list is named"))
    faults += [
        (code, f"{address} is not an HTTP address")
        for address in (*profile.ocsp, *profile.ca_issuers, *profile.crls)
        if not address.lower().startswith("http://")
    ]
    return faults
