"""The signing certificate: the C2PA profiles, its time-stamp, its status, its product's record."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.base.terms import Conformance, Revocation, Tier, TimeStatus
from provenance.linting.profiles import CERTIFICATE
from provenance.linting.rule import (
    Example,
    Results,
    Rule,
    RuleAnswer,
    does_not_apply,
    failed,
    join_listed,
    passed,
    rule,
    warned,
)
from provenance.linting.subject import RuleNeed
from provenance.signing import certificate, path_rules, profile, trust_list
from provenance.signing import der as asn1

if TYPE_CHECKING:
    from provenance.base.finding import Finding
    from provenance.linting.rule import RuleProfile
    from provenance.linting.subject import FileEvidence, Subject
    from provenance.signing.certificate import Certificate

_POLICY = "C2PA Certificate Policy 0.2, certificate profiles"
_EMITS = (RuleAnswer.TRUE, RuleAnswer.FALSE, RuleAnswer.WARNING)
_STATUS = "c2pa.certificate-status"
_SIGNATURE = "c2pa.signature"
_NO_CERTIFICATE = "the file carries no certificate that can be read"

# code of provenance.signing.profile -> (what holds, what to change, the sample that breaks it)
_PROFILE = {
    "assurance_level": (
        "The certificate names its assurance level",
        "Ask for a certificate under the C2PA policy: it carries the level of your product.",
        "A certificate without the extension 1.3.6.1.4.1.62558.3.",
    ),
    "basic_constraints": (
        "The basic constraints are those of a signer, and of its authorities",
        "Mark the basic constraints critical, with cA false for the signer.",
        "A certificate without basic constraints.",
    ),
    "eku": (
        "The extended key usage is that of the certificate's place",
        "Name claim signing (1.3.6.1.4.1.62558.2.1) and e-mail protection or document signing.",
        "A signer certified for e-mail protection alone.",
    ),
    "key": (
        "The key is of an allowed kind and size",
        "Sign with P-256, P-384, P-521, Ed25519, or RSA of 2048 bits and more.",
        "An authority with a P-256 key.",
    ),
    "key_identifier": (
        "Subject and authority key identifiers are there and well made",
        "Let the subject key identifier be the SHA-1 of the key (RFC 5280 section 4.2.1.2).",
        "A certificate without a subject key identifier.",
    ),
    "key_usage": (
        "The key usage is exactly that of the profile",
        "Mark the key usage critical: digitalSignature and nonRepudiation for the signer.",
        "A signer whose key usage is digitalSignature alone.",
    ),
    "malformed": (
        "The extensions of the certificate can be read",
        "Have the certificate issued anew: an extension is not valid DER.",
        "A certificate whose policies extension is cut off.",
    ),
    "policy": (
        "The certificate names the C2PA certificate policy",
        "Name the policy 1.3.6.1.4.1.62558.1.1.",
        "A certificate without certificate policies.",
    ),
    "record_id": (
        "The certificate names the product's record on the Conforming Products List",
        "Have the record id (1.3.6.1.4.1.62558.4) put into the certificate.",
        "A certificate without the record id.",
    ),
    "revocation_address": (
        "The certificate says where its status can be asked",
        "Name an OCSP responder, and where the issuer's certificate is.",
        "A certificate without authority information.",
    ),
    "serial": (
        "The serial number is positive and of at most 20 octets",
        "Have the certificate issued anew with another serial number.",
        "A certificate whose serial number is negative.",
    ),
    "signature_algorithm": (
        "The certificate is signed with an allowed algorithm",
        "Have the certificate signed with ECDSA, RSA or Ed25519 and SHA-256 or stronger.",
        "A certificate that is signed with SHA-224.",
    ),
    "subject_name": (
        "The subject names country, organisation and product",
        "Let the subject hold C, O and CN; the country is a code of two capital letters.",
        "A certificate whose subject is a CN alone.",
    ),
    "validity": (
        "The certificate lives no longer than its profile allows",
        "Ask for 366 days at most, 90 at assurance level 2.",
        "A signer's certificate of two years.",
    ),
    "version": (
        "The certificate is of version 3",
        "Have a version 3 certificate issued.",
        "A version 1 certificate.",
    ),
}
_PASSES = "A chain under the C2PA policy, made by the tests."


def _profile_rule(name: str) -> Rule:
    """Make the rule for one code of the certificate profiles."""
    title, advice, breaks = _PROFILE[name]

    @rule(
        f"certificate.{name}",
        title=title,
        profiles=(CERTIFICATE,),
        severity=Severity.WARNING,
        section=_POLICY,
        advice=advice,
        needs=(RuleNeed.CREDENTIAL,),
        example=Example(passes=_PASSES, fires=breaks),
    )
    def check(subject: Subject, _profile: RuleProfile) -> Results:
        """Hold every certificate that the file carries against the profile of its place."""
        path, findings = _carried(_evidence(subject))
        if not path:
            return does_not_apply(_NO_CERTIFICATE)
        breaches = [f for f in findings if f.code == f"profile.{name}"]
        if breaches:
            return failed(
                join_listed(f.message for f in breaches), join_listed(f.where for f in breaches)
            )
        return passed(f"it holds for {len(path)} certificates", _where(path[0]))

    return check


def _evidence(subject: Subject) -> FileEvidence:
    assert subject.evidence is not None  # noqa: S101 - by `needs`
    return subject.evidence


def _carried(evidence: FileEvidence) -> tuple[tuple[Certificate, ...], tuple[Finding, ...]]:
    """Return the certificates of the signature that are on the path, and what is wrong with them.

    Leaf first. A root that comes along is the authority's business: which list it is on
    decides.
    """
    path = tuple(c.sha256 for c in evidence.chain.path) if evidence.chain else ()
    return _path_and_findings(evidence.certificates, path)


@functools.lru_cache(maxsize=1)  # each rule of the profile asks the same of one file
def _path_and_findings(
    certificates: tuple[bytes, ...], path: tuple[str, ...]
) -> tuple[tuple[Certificate, ...], tuple[Finding, ...]]:
    read = []
    for der in certificates:
        try:
            read.append(certificate.read_certificate(der))
        except asn1.DerError:
            continue
    if not read:
        return (), ()
    order = {sha256: n for n, sha256 in enumerate(path)}
    used = sorted((c for c in read if c.sha256 in order), key=lambda c: order[c.sha256])
    kept = tuple(c for n, c in enumerate(used) if n == 0 or not c.self_issued) or (read[0],)
    return kept, profile.path_findings(kept, trust_list.Purpose.SIGNER)


def _where(certificate: Certificate) -> str:
    return path_rules.where(certificate)


@rule(
    "certificate.eku_accepted",
    title="Every validator accepts the extended key usages of the signer",
    profiles=(CERTIFICATE,),
    section="C2PA 2.4 sections 14.4.1 and 14.5.1; C2PA Certificate Policy 0.2",
    advice="Name claim signing (1.3.6.1.4.1.62558.2.1), which newer validators demand, and e-mail"
    " protection or document signing, which older ones do; nothing of time-stamping, OCSP or any.",
    needs=(RuleNeed.CREDENTIAL,),
    emits=_EMITS,
    example=Example(passes=_PASSES, fires="A signer certified for e-mail protection alone."),
)
def eku_accepted(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for what old and new validators demand of the leaf."""
    path, _ = _carried(_evidence(subject))
    if not path:
        return does_not_apply(_NO_CERTIFICATE)
    usages = set(path[0].extended_key_usage or ())
    where = _where(path[0])
    barred = sorted(
        usages & {path_rules.EKU_ANY, path_rules.EKU_TIME_STAMPING, path_rules.EKU_OCSP_SIGNING}
    )
    if barred:
        return failed(f"the usages {join_listed(barred)} bar it from signing claims", where)
    if not usages & path_rules.SIGNER_EKUS:
        return failed("no usage that any validator accepts for signing claims", where)
    if path_rules.EKU_CLAIM_SIGNING not in usages:
        return failed("claim signing is not named: no validator of the programme accepts it", where)
    if not usages & {path_rules.EKU_EMAIL_PROTECTION, path_rules.EKU_DOCUMENT_SIGNING}:
        return warned("claim signing alone: validators before C2PA 2.2 do not know it", where)
    return passed("old and new validators accept the usages", where)


@rule(
    "certificate.conforming_product",
    title="The product claims no more than its conformance record allows",
    profiles=(CERTIFICATE,),
    section="C2PA Conforming Products List; C2PA Conformance Program",
    advice="Sign with the certificate of the product that is listed, at its assurance level, and"
    " emit no signal that its record disallows.",
    needs=(RuleNeed.CREDENTIAL,),
    emits=_EMITS,
    example=Example(
        passes="A signer that is on the list when it signs.",
        fires="A signer that emits a signal which its record disallows.",
    ),
)
def conforming_product(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask the axis `conformance`, which needs a list that the user has loaded."""
    report = _evidence(subject).report
    said = [f for f in report.findings if f.code.startswith("conformance.")]
    message = join_listed(f.message for f in said)
    match report.axes.conformance:
        case Conformance.CONFORMING:
            return passed(message or "the product is listed and keeps to its record")
        case Conformance.OVER_CLAIMING:
            return failed(message or "the product claims more than its record allows")
        case Conformance.NOT_LISTED:
            return warned(message or "the signer is on no record of the list")
    return does_not_apply(
        "no Conforming Products List is loaded, or the signer is not on the C2PA Trust List"
    )


@rule(
    "certificate.time_stamp",
    title="The signature is time-stamped by a listed authority",
    profiles=(CERTIFICATE,),
    section="C2PA 2.4 sections 10.3.2.5 and 15.8",
    advice="Have each signature time-stamped by an authority of the C2PA TSA Trust List.",
    needs=(RuleNeed.CREDENTIAL,),
    emits=_EMITS,
    example=Example(
        passes="A signature with a time-stamp of a listed authority.",
        fires="A signature without a time-stamp.",
    ),
)
def time_stamp(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for a time-stamp that counts."""
    evidence = _evidence(subject)
    chain = evidence.chain
    if chain is None or not chain.signature_valid:
        return does_not_apply("the claim signature does not verify")
    if chain.time is TimeStatus.TIMESTAMPED and chain.signing_time is not None:
        if chain.time_tier is Tier.INTERIM:
            return warned("the time-stamp's authority is on the interim list alone", _SIGNATURE)
        return passed(f"time-stamped {chain.signing_time:%Y-%m-%dT%H:%M:%SZ}", _SIGNATURE)
    if chain.time_stamps:
        reasons = join_listed(
            s.reason or "its authority is not on any trust list" for s in chain.time_stamps
        )
        return warned(f"a time-stamp that does not count: {reasons}", _SIGNATURE)
    return failed("there is no time-stamp", _SIGNATURE)


@rule(
    "certificate.ocsp_stapled",
    title="The signature carries the status of its certificate",
    profiles=(CERTIFICATE,),
    severity=Severity.WARNING,
    section="C2PA 2.4 sections 10.3.2.6, 14.5.2 and 15.9",
    advice="Staple a fresh OCSP response when you sign: readers without a network cannot ask, and"
    " once the certificate has expired nobody can.",
    needs=(RuleNeed.CREDENTIAL,),
    emits=_EMITS,
    example=Example(
        passes="A signature with an OCSP response that says good.",
        fires="A signature without an OCSP response.",
    ),
)
def ocsp_stapled(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for stapled evidence, in the signature or in an assertion."""
    evidence = _evidence(subject)
    chain, store = evidence.chain, evidence.store
    if chain is None or store is None or not chain.signature_valid:
        return does_not_apply("the claim signature does not verify")
    signature = store.active_manifest.signature
    stapled = bool(signature and signature.ocsp) or bool(store.active_manifest.named(_STATUS))
    if not stapled:
        return failed("no OCSP response is stapled", _SIGNATURE)
    status = chain.revocation.status
    if status in {Revocation.GOOD, Revocation.REVOKED_LATER}:
        return passed(f"stapled: {status.value}", _SIGNATURE)
    if status is Revocation.REVOKED:
        return failed("the stapled response says that the certificate was revoked", _SIGNATURE)
    return warned("a response is stapled, and does not answer for this signature", _SIGNATURE)


RULES = (
    *(_profile_rule(name) for name in _PROFILE),
    eku_accepted,
    conforming_product,
    time_stamp,
    ocsp_stapled,
)
