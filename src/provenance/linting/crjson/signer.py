"""Who signed, when, and whether revoked, in the codes of the standard (C2PA 2.4, 15.7 to 15.9).

In the order of the standard: the credential and its chain (15.7), the claim signature (15.7), the
time-stamps and the validity (15.8.2), revocation (15.9). The interim list counts for nothing here,
as in the conformance programme: the codes speak of the C2PA lists and of the user's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.base.terms import Identity, Revocation, Tier, TimeStatus
from provenance.linting.crjson.results import signature_url

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.base.finding import Finding
    from provenance.linting.crjson.results import ManifestResults
    from provenance.signing.chain_answer import ChainVerdict, TimeStamp

_LISTED = frozenset({Identity.C2PA, Identity.PRIVATE})
_COUNTING = frozenset({Tier.C2PA, Tier.PRIVATE})
# What breaks the path and not the credential: 14.5.1.2 has RFC 5280 section 6 decide, and a chain
# that fails it leads to no anchor (15.7). All other rules are of the credential itself (14.5.1.1).
_OF_THE_PATH = frozenset(
    {
        "chain.authority_revoked",
        "chain.bad_signature",
        "chain.constraints_malformed",
        "chain.key_identifier_mismatch",
        "chain.loop",
        "chain.name_constraints",
        "chain.name_excluded",
        "chain.name_mismatch",
        "chain.name_not_permitted",
        "chain.not_a_ca",
        "chain.not_checked",
        "chain.path_length",
        "chain.policy_required",
        "chain.too_long",
    }
)
# 15.8.1.1 and 15.8.2, by what our own check of a token finds.
_STAMPS = {
    "timestamp.bad_signature": "timeStamp.mismatch",
    "timestamp.malformed": "timeStamp.malformed",
    "timestamp.mismatch": "timeStamp.mismatch",
    "timestamp.outside_validity": "timeStamp.outsideValidity",
    "timestamp.several": "timeStamp.malformed",
    "timestamp.signer_mismatch": "timeStamp.mismatch",  # RFC 5035: the signature does not hold
}
_UNTRUSTED = "timeStamp.untrusted"
_DER = "signature.der_encoded"  # sound, and in a form that COSE does not have (RFC 9053, 2.1)
_NOT_READ = frozenset({"timestamp.not_checked", "timestamp.too_many"})


def add(
    manifest: str,
    chain: ChainVerdict,
    at: datetime,
    results: ManifestResults,
    *,
    unanswered: bool = False,
) -> None:
    """Add what one signature's chain says; `at` is the validation time.

    `unanswered` tells that a responder was asked of revocation and gave no answer.
    """
    url = signature_url(manifest)
    timely = _timely(chain, at)
    verifies = chain.signature_valid and not any(f.code == _DER for f in chain.findings)
    _credential(chain, url, results, trusted=timely and verifies)
    if not verifies:
        results.fail("claimSignature.mismatch", url, _why(chain.findings, "signature."))
    else:
        results.succeed("claimSignature.validated", url)
        if timely:
            results.succeed("claimSignature.insideValidity", url)
        elif chain.path:
            words = _why(chain.findings, "time.", "chain.anchor_", "chain.intermediate_")
            results.fail("claimSignature.outsideValidity", url, words)
    _stamps(chain, url, results)
    if chain.claimed_time is not None and verifies and chain.path:
        inside = _claimed_inside(chain, chain.claimed_time)
        results.note(f"timeOfSigning.{'inside' if inside else 'outside'}Validity", url)
    _revocation(chain, url, results, "inaccessible" if unanswered else "skipped")


def _why(findings: tuple[Finding, ...], *families: str) -> str:
    return next((f.message for f in findings if f.code.startswith(families)), "")


def _timely(chain: ChainVerdict, at: datetime) -> bool:
    """Tell whether the signer was valid when it counts; an interim stamp does not."""
    if chain.time is TimeStatus.TIMESTAMPED and chain.time_tier is Tier.INTERIM:
        return bool(chain.path) and all(c.not_before <= at <= c.not_after for c in chain.path)
    return chain.time in {TimeStatus.TIMESTAMPED, TimeStatus.CURRENT}


def _claimed_inside(chain: ChainVerdict, claimed: datetime) -> bool:
    """Tell whether the claimed time fits the certificates and the trusted time-stamp (15.8.3)."""
    if chain.signing_time is not None and claimed > chain.signing_time:
        return False
    return all(c.not_before <= claimed <= c.not_after for c in chain.path)


def _credential(chain: ChainVerdict, url: str, results: ManifestResults, *, trusted: bool) -> None:
    if chain.identity is Identity.INVALID:
        broken = [f for f in chain.findings if _breaks(f, chain)]
        if broken:
            results.fail("signingCredential.invalid", url, broken[0].message)
    if chain.identity not in _LISTED:
        words = "the signer leads to no anchor of the lists in force"
        if chain.identity is Identity.INVALID:
            words = _first_error(chain.findings) or words
        results.fail("signingCredential.untrusted", url, words)
    elif trusted:
        results.succeed("signingCredential.trusted", url, chain.hits[0].list_name)


def _breaks(finding: Finding, chain: ChainVerdict) -> bool:
    """Tell whether a finding says that the credential itself is not acceptable (14.5.1.1)."""
    if finding.severity is not Severity.ERROR or not finding.code.startswith("chain."):
        return False
    leaf = chain.path[0] if chain.path else None
    names = {"", "leaf", *((leaf.subject, leaf.sha256[:16]) if leaf else ())}
    return finding.code not in _OF_THE_PATH and finding.where in names


def _first_error(findings: tuple[Finding, ...]) -> str:
    chains = (f for f in findings if f.code.startswith("chain."))
    return next((f.message for f in chains if f.severity is Severity.ERROR), "")


def _stamps(chain: ChainVerdict, url: str, results: ManifestResults) -> None:
    for stamp in chain.time_stamps:
        if stamp.trusted in _COUNTING:
            results.succeed("timeStamp.validated", url, stamp.authority)
            results.succeed("timeStamp.trusted", url, stamp.authority)
        else:
            for code in _faults(stamp):
                results.note(
                    code, url, stamp.reason or "the authority is on the interim list alone"
                )
    for finding in chain.findings:
        if finding.code in _NOT_READ:
            results.note(_UNTRUSTED, url, finding.message)


def _faults(stamp: TimeStamp) -> tuple[str, ...]:
    if stamp.fault == "timestamp.chain_invalid":
        return _UNTRUSTED, "timeStamp.credentialInvalid"
    return (_STAMPS.get(stamp.fault, _UNTRUSTED),)


def _revocation(chain: ChainVerdict, url: str, results: ManifestResults, unknown: str) -> None:
    status = chain.revocation.status
    if status is Revocation.REVOKED:
        results.fail("signingCredential.ocsp.revoked", url, chain.revocation.reason)
    elif status is Revocation.GOOD:
        results.succeed("signingCredential.ocsp.notRevoked", url)
    elif status is Revocation.REVOKED_LATER:
        # 15.9.2: revoked after the time that a trusted time-stamp attests
        results.succeed("signingCredential.ocsp.notRevoked", url, "revoked after it signed")
    elif status is Revocation.UNKNOWN:
        results.note("signingCredential.ocsp.unknown", url)
    else:
        results.note(f"signingCredential.ocsp.{unknown}", url)
