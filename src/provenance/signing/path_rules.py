"""The rules of one certificate and of one link, each a finding with its own code.

C2PA 2.4 section 14.5.1 and RFC 5280 section 6.1. Nothing here looks at a clock: dates are judged
apart from identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import error, warning
from provenance.base.terms import Tier
from provenance.signing import algorithms
from provenance.signing.certificate import (
    CONTENT_COMMITMENT,
    DIGITAL_SIGNATURE,
    KEY_CERT_SIGN,
    UNDERSTOOD,
    name_pairs,
    name_text,
)
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.base.finding import Finding
    from provenance.signing.certificate import Certificate

EKU_CLAIM_SIGNING = "1.3.6.1.4.1.62558.2.1"
EKU_EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4"
EKU_DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"
EKU_MICROSOFT_C2PA = "1.3.6.1.4.1.311.76.59.1.9"
EKU_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
EKU_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
EKU_ANY = "2.5.29.37.0"

# What a claim signer may be certified for. Time-stamping and OCSP signing are among the accepted
# usages of validators for the certificates that do those jobs, which may do no other (section
# 14.5.1.1); so they never make a claim signer.
SIGNER_EKUS = frozenset(
    {EKU_CLAIM_SIGNING, EKU_EMAIL_PROTECTION, EKU_DOCUMENT_SIGNING, EKU_MICROSOFT_C2PA}
)
# Section 14.4.1 keeps anchors per usage: the C2PA Trust List stands for claim signing, and a
# certificate may lean only on the anchors of the usages it has (section 14.5.1.2).
SIGNER_EKUS_OF_TIER = {
    Tier.C2PA: frozenset({EKU_CLAIM_SIGNING}),
    Tier.INTERIM: SIGNER_EKUS,
    Tier.PRIVATE: SIGNER_EKUS,
}


def where(certificate: Certificate) -> str:
    """How a finding names a certificate."""
    return name_text(certificate.subject) or certificate.sha256[:16]


def algorithm_faults(certificate: Certificate) -> list[Finding]:
    """The rules that no trust lifts: the key, and the algorithm that signed it."""
    return key_faults(certificate) + signature_faults(certificate)


def key_faults(certificate: Certificate) -> list[Finding]:
    """Whether the certified key may be used at all."""
    fault = algorithms.key_fault(certificate.spki)
    return [error("chain.weak_key", fault, where(certificate))] if fault else []


def signature_faults(certificate: Certificate) -> list[Finding]:
    """Whether the algorithm that signed the certificate is allowed (section 14.5.1.1)."""
    scheme = certificate.scheme
    if scheme.kind is algorithms.SchemeKind.UNKNOWN:
        return [
            error(
                "chain.algorithm_unsupported",
                f"signed with {scheme.name}, which C2PA does not allow",
                where(certificate),
            )
        ]
    if scheme.hash and scheme.hash not in algorithms.STRONG_HASHES:
        message = f"signed with {scheme.name}: its hash is too weak"
        return [error("chain.weak_hash", message, where(certificate))]
    return []


def _shape_faults(certificate: Certificate) -> list[Finding]:
    findings: list[Finding] = []
    if certificate.fault:
        findings.append(error("chain.certificate_malformed", certificate.fault, where(certificate)))
    unknown = sorted(certificate.critical - UNDERSTOOD)
    if unknown:
        message = f"critical extension {', '.join(unknown)} is not understood"
        findings.append(error("chain.critical_extension", message, where(certificate)))
    return findings


def leaf_faults(certificate: Certificate, purpose: Purpose) -> list[Finding]:
    """The rules for the certificate whose key signed the claim, or the time-stamp."""
    place = where(certificate)
    findings = algorithm_faults(certificate) + _shape_faults(certificate)
    if certificate.version != 3:
        findings.append(
            error("chain.version", f"version {certificate.version} where 3 is required", place)
        )
    if certificate.unique_ids:
        findings.append(error("chain.unique_id", "it holds a unique identifier of old", place))
    if certificate.authority_key_id is None and not certificate.self_issued:
        message = "the authority key identifier is missing"
        findings.append(error("chain.authority_key_missing", message, place))
    if certificate.is_ca:
        findings.append(error("chain.leaf_is_ca", "an authority's own certificate signed", place))
    findings += _repeated_names(certificate, place)
    findings += _leaf_key_usage(certificate, purpose, place)
    findings += _leaf_extended_key_usage(certificate, purpose, place)
    return findings


def _repeated_names(certificate: Certificate, place: str) -> list[Finding]:
    """Two values of what names a signer: readers differ on which of them it is."""
    kinds = [kind for kind, _ in name_pairs(certificate.subject)]
    repeated = [kind for kind in ("O", "CN") if kinds.count(kind) > 1]
    if not repeated:
        return []
    message = f"its subject has more than one {' and '.join(repeated)}: the first of each counts"
    return [warning("chain.name_repeated", message, place)]


def named_leaf_faults(certificate: Certificate) -> list[Finding]:
    """What is still asked of a leaf that the user or a list trusts by name."""
    findings = algorithm_faults(certificate)
    if certificate.is_ca:
        message = "an authority's own certificate signed"
        findings.append(error("chain.leaf_is_ca", message, where(certificate)))
    return findings


def _leaf_key_usage(certificate: Certificate, purpose: Purpose, place: str) -> list[Finding]:
    usage = certificate.key_usage
    wanted = {DIGITAL_SIGNATURE}
    if purpose is Purpose.TSA:
        # RFC 3161 authorities sign with either bit (RFC 5280 section 4.2.1.12).
        wanted.add(CONTENT_COMMITMENT)
    if usage is None:
        return [error("chain.key_usage", "the key usage extension is missing", place)]
    if not usage & wanted:
        return [error("chain.key_usage", "the key usage does not allow signatures", place)]
    if KEY_CERT_SIGN in usage and not certificate.is_ca:
        message = "the key usage allows certificates, but this is not an authority"
        return [error("chain.key_usage", message, place)]
    return []


def _leaf_extended_key_usage(
    certificate: Certificate, purpose: Purpose, place: str
) -> list[Finding]:
    usages = certificate.extended_key_usage
    if not usages:
        message = "the extended key usage is missing"
    elif EKU_ANY in usages:
        message = "any extended key usage is not allowed"
    elif purpose is Purpose.TSA:
        if usages == (EKU_TIME_STAMPING,):
            return []
        message = "the extended key usage is not time-stamping alone"
    elif EKU_TIME_STAMPING in usages or EKU_OCSP_SIGNING in usages:
        message = "a certificate for time-stamping or OCSP may be for nothing else"
    elif not SIGNER_EKUS.intersection(usages):
        message = f"the extended key usage ({', '.join(usages)}) is not one for signing claims"
    else:
        return []
    return [error("chain.wrong_eku", message, place)]


def ca_faults(issuer: Certificate, below: Sequence[Certificate]) -> list[Finding]:
    """The rules for an issuing certificate; `below` is the path under it, from the leaf.

    Its extended key usage is ignored, as section 14.5.1.2 demands.
    """
    place = where(issuer)
    findings = key_faults(issuer) + _shape_faults(issuer)
    if not issuer.is_ca:
        findings.append(
            error("chain.not_a_ca", "issues certificates but is not an authority", place)
        )
    if issuer.key_usage is not None and KEY_CERT_SIGN not in issuer.key_usage:
        message = "the key usage does not allow signing certificates"
        findings.append(error("chain.key_usage", message, place))
    depth = sum(not certificate.self_issued for certificate in below[1:])
    if issuer.path_length is not None and depth > issuer.path_length:
        message = f"{depth} authorities below it where {issuer.path_length} are allowed"
        findings.append(error("chain.path_length", message, place))
    return findings


def key_ids_differ(issuer: Certificate, child: Certificate) -> bool:
    """Whether both key identifiers stand there and name different keys."""
    ours, theirs = issuer.subject_key_id, child.authority_key_id
    return bool(ours and theirs and ours != theirs)
