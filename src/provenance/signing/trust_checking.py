"""How a certificate chain would fare, without any media: what a vendor asks before shipping."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from provenance.base import files
from provenance.base.errors import TrustMaterialError, reason_of
from provenance.base.finding import Severity, warning
from provenance.base.terms import Conformance, Tier
from provenance.base.values import dataclass
from provenance.signing import certificate, path, path_rules, profile, trust_material
from provenance.signing.cache import ChainCache
from provenance.signing.conforming import ConformanceMatch
from provenance.signing.der import DerError
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from os import PathLike

    from provenance.base.finding import Finding
    from provenance.signing.certificate import Certificate
    from provenance.signing.chain_answer import AnchorHit, CertificateInfo
    from provenance.signing.conforming import ConformingProducts
    from provenance.signing.profile import CertificateProfile
    from provenance.signing.trust_store import TrustStore


@dataclass(frozen=True, slots=True)
class CertificateCheck:
    """The answer. `accepted` says: a sound path to a list, every certificate of it valid.

    `findings` are of path validation and dates, `profile_findings` of the C2PA profiles; these do
    not move `accepted`. `profile` is that of the leaf.
    """

    accepted: bool
    purpose: Purpose
    path: tuple[CertificateInfo, ...]
    hits: tuple[AnchorHit, ...]
    findings: tuple[Finding, ...]
    profile: CertificateProfile
    profile_findings: tuple[Finding, ...]
    match: ConformanceMatch


def certificates_in(file: str | PathLike[str]) -> tuple[bytes, ...]:
    """The certificates of a PEM file, or the one of a DER file, leaf first as it is there.

    Raises `TrustMaterialError`, whose one line names the file.
    """
    source = Path(file)
    try:
        content = files.read_small(source, trust_material.MAX_FILE_BYTES)
    except OSError as fault:
        reason = reason_of(fault)
        raise TrustMaterialError(f"{source}: {reason}; name a file of certificates") from fault
    try:
        encoded = (
            trust_material.pem_certificates(content) if b"-----BEGIN" in content else [content]
        )
        for data in encoded:
            certificate.read_certificate(data)
    except ValueError as fault:
        message = f"{source}: holds no certificates that can be read ({fault}); give PEM or DER"
        raise TrustMaterialError(message) from fault
    if not encoded:
        raise TrustMaterialError(f"{source}: holds no certificate; give PEM or DER")
    return tuple(encoded)


def check_certificates(
    supplied: Sequence[bytes],
    *,
    trust: TrustStore,
    at: datetime,
    purpose: Purpose | None = None,
    products: ConformingProducts | None = None,
) -> CertificateCheck:
    """Check the chain of the first certificate that issued none of the others.

    `purpose` is taken from the certificate where it is not given. Raises `DerError` for
    certificates that `certificates_in` would refuse.
    """
    cache = ChainCache()
    leaf = _leaf([cache.certificate(data) for data in supplied])
    if purpose is None:
        stamps = path_rules.EKU_TIME_STAMPING in (leaf.extended_key_usage or ())
        purpose = Purpose.TSA if stamps else Purpose.SIGNER
    chain = path.build(leaf.der, supplied, purpose, trust, cache).at(at)
    dated = tuple(_dates(link, at) for link in chain.path if not link.valid_at(at))
    match = ConformanceMatch(Conformance.NOT_CHECKED)
    if products is not None and purpose is Purpose.SIGNER and chain.tier is Tier.C2PA:
        match = products.match(leaf.der)
    broken = any(finding.severity is Severity.ERROR for finding in chain.findings)
    return CertificateCheck(
        accepted=chain.sound and bool(chain.hits) and not dated and not broken,
        purpose=purpose,
        path=tuple(certificate.describe(link) for link in chain.path),
        hits=chain.hits,
        findings=(*chain.findings, *dated, *trust.findings(at)),
        profile=profile.certificate_profile(leaf),
        profile_findings=profile.path_findings(chain.path or (leaf,), purpose),
        match=match,
    )


def _leaf(held: Sequence[Certificate]) -> Certificate:
    issuers = {candidate.issuer for candidate in held if not candidate.self_issued}
    return next((candidate for candidate in held if candidate.subject not in issuers), held[0])


def _dates(link: Certificate, at: datetime) -> Finding:
    code = "chain.expired" if at > link.not_after else "chain.not_yet_valid"
    dates = f"{link.not_before:%Y-%m-%d} to {link.not_after:%Y-%m-%d}"
    message = f"valid from {dates}, not at {at:%Y-%m-%d}"
    return warning(code, message, path_rules.where(link))


def describe_anchors(trust: TrustStore, name: str) -> tuple[CertificateInfo | str, ...]:
    """The anchors of a list by its name; of one that cannot be read, its digest."""
    described: list[CertificateInfo | str] = []
    for purpose in Purpose:
        for anchor in trust.anchors(purpose):
            if anchor.info.name != name:
                continue
            try:
                described.append(certificate.describe(certificate.read_certificate(anchor.der)))
            except DerError:
                described.append(anchor.sha256)
    return tuple(described)


def subject_and_digest(data: bytes) -> tuple[str, str]:
    """Return subject and SHA-256 (hex) of a certificate in DER, for people."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        return certificate.name_text(certificate.read_certificate(data).subject), digest
    except DerError:
        return "(a certificate that cannot be read)", digest
