"""How far one manifest carries a claim: its integrity, signer, time and revocation together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import (
    Assurance,
    BreakKind,
    Identity,
    Integrity,
    Revocation,
    Tier,
    TimeStatus,
    weaker,
)
from provenance.signals.manifest_paths import Strength

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.credentials.integrity import ManifestIntegrity
    from provenance.signing.chain_answer import ChainVerdict

_BY_IDENTITY = {
    Identity.C2PA: Assurance.VERIFIED,
    Identity.INTERIM: Assurance.VERIFIED_LEGACY,
    Identity.PRIVATE: Assurance.VERIFIED_PRIVATE,
}
_BY_TIER = {
    Tier.C2PA: Assurance.VERIFIED,
    Tier.INTERIM: Assurance.VERIFIED_LEGACY,
    Tier.PRIVATE: Assurance.VERIFIED_PRIVATE,
}
_NOT_INTACT = {
    Integrity.PARTIAL: "the hash does not cover all of the media",
    Integrity.UNCHECKED: "integrity was not checked",
    Integrity.NONE: "there is no credential",
}
_TIME = {
    TimeStatus.EXPIRED: "the certificate has expired and no trusted time-stamp says when it signed",
    TimeStatus.NOT_YET_VALID: "the certificate was not yet valid",
    TimeStatus.UNKNOWN: "the time of signing is not known",
}


def strength(standing: ManifestIntegrity, chain: ChainVerdict | None, at: datetime) -> Strength:
    """Return the assurance that one manifest gives by itself, and the reason where it is limited.

    `at` is the validation time: a certificate that is valid then needs no time-stamp.
    """
    if standing.integrity is Integrity.BROKEN:
        words = {
            BreakKind.OTHER_BYTES: "its signature was made for a different file",
            BreakKind.UNPROVEN: "anyone may have written what it claims",
            BreakKind.REJECTED: "it breaks a rule",
            None: "it is broken",
        }[standing.kind]
        return Strength(Assurance.BROKEN, f"{words}: {standing.reason}")
    if chain is None or not chain.signature_valid:
        return Strength(Assurance.BROKEN, "the claim signature does not verify")
    if chain.revocation.status is Revocation.REVOKED:
        return Strength(Assurance.BROKEN, "the signing certificate was revoked")
    if standing.integrity is not Integrity.INTACT:
        reason = standing.reason or _NOT_INTACT[standing.integrity]
        return Strength(Assurance.SIGNED, reason)
    if chain.identity is Identity.INVALID:
        return Strength(Assurance.SIGNED, "the certificate chain breaks a rule")
    base = _BY_IDENTITY.get(chain.identity)
    if base is None:
        return Strength(Assurance.SIGNED, "the signer is not on any trust list")
    if chain.revocation.status is Revocation.UNKNOWN:
        return Strength(Assurance.SIGNED, "the authority does not know this certificate")
    return _at_time(base, chain, at)


def _at_time(base: Assurance, chain: ChainVerdict, at: datetime) -> Strength:
    if chain.time is TimeStatus.CURRENT:
        return Strength(base)
    if chain.time is not TimeStatus.TIMESTAMPED or chain.time_tier is None:
        return Strength(Assurance.SIGNED, _TIME.get(chain.time, "the time of signing is not known"))
    leaf = chain.path[0] if chain.path else None
    if leaf is not None and leaf.not_before <= at <= leaf.not_after:
        return Strength(base)
    limited = weaker(base, _BY_TIER[chain.time_tier])
    reason = "the time-stamp authority is only on a weaker list" if limited is not base else ""
    return Strength(limited, reason)
