"""Validation results in crJSON: the codes of the standard, from this project's own judgement.

- What speaks of the media (`assertion.dataHash.mismatch`) is our own check of the hard bindings.
- What speaks of form (`assertion.action.malformed`) are the SDK's codes for the active manifest:
  they are what validators of the programme report.
- Seals and signatures are our own digests and checks; the SDK's failures are kept beside them.
- Who signed, when, and whether revoked is ours alone: `signingCredential.trusted` where the chain
  reaches the C2PA Trust List or an anchor of the user, at a time that holds. The interim list
  counts for nothing here, as in the conformance programme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.terms import Identity, Revocation, Tier, TimeStatus
from provenance.credentials.codes import Concern, concern
from provenance.credentials.manifest import Linkage
from provenance.credentials.sdk import Outcome as Group
from provenance.credentials.validation import structure
from provenance.linting.crjson.signature import moment

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.base.finding import Finding
    from provenance.credentials.manifest import Manifest, ManifestStore
    from provenance.credentials.sdk import Status
    from provenance.credentials.validation.fault import Fault
    from provenance.signing.model import ChainVerdict
    from provenance.verdict.verifier import Examined

SPEC_VERSION = "2.4.0"  # of the specification that our codes follow
_LINKAGE = {
    Linkage.MATCH: (Group.SUCCESS, "assertion.hashedURI.match"),
    Linkage.MISMATCH: (Group.FAILURE, "assertion.hashedURI.mismatch"),
    Linkage.MISSING: (Group.FAILURE, "hashedURI.missing"),
    Linkage.UNSUPPORTED: (Group.FAILURE, "algorithm.unsupported"),
}
# What reading a store meets, under the code of the standard.
_FINDINGS = {
    "assertion.duplicate_label": "assertion.missing",  # 8.4.1: such a URI finds nothing
    "assertion.malformed": "assertion.cbor.invalid",
    "assertion.undeclared": "assertion.undeclared",
    "claim.hardBindings.missing": "claim.hardBindings.missing",
    "claim.malformed": "claim.malformed",
    "claim.missing": "claim.missing",
    "claim_signature.malformed": "claimSignature.mismatch",
    "claim_signature.missing": "claimSignature.missing",
    "credential.malformed": "claim.malformed",
    "manifest.duplicate_label": "claimSignature.missing",
}
_INGREDIENT = {
    Linkage.MATCH: (Group.SUCCESS, "ingredient.manifest.validated"),
    Linkage.REDACTED: (Group.INFORMATIONAL, "ingredient.manifest.validated"),
    Linkage.MISMATCH: (Group.FAILURE, "ingredient.manifest.mismatch"),
    Linkage.MISSING: (Group.FAILURE, "ingredient.manifest.missing"),
    Linkage.UNSUPPORTED: (Group.FAILURE, "algorithm.unsupported"),
}
_ADDITIONAL = ".additionalExclusionsPresent"
_BINDINGS = tuple(
    f"assertion.{kind}Hash." for kind in ("data", "boxes", "bmff", "collection", "multiAsset")
)
_LISTED = frozenset({Identity.C2PA, Identity.PRIVATE})


class _Results:
    """The groups of one manifest; an entry with the same code and place stands once."""

    def __init__(self) -> None:
        self._groups: dict[Group, dict[tuple[str, str], str]] = {g: {} for g in Group}

    def add(self, group: Group, code: str, url: str, explanation: str = "") -> None:
        self._groups[group].setdefault((code, url), explanation)

    def codes(self, group: Group) -> set[str]:
        return {code for code, _ in self._groups[group]}

    def statuses(self) -> dict[str, list[dict[str, str]]]:
        return {
            group.value: [
                {"code": code, "url": url} | ({"explanation": words} if words else {})
                for (code, url), words in sorted(entries.items())
            ]
            for group, entries in self._groups.items()
        }


def results(examined: Examined) -> dict[str, dict[str, Any]]:
    """Return `validationResults` by manifest label."""
    store = examined.gathered.store
    assert store is not None  # noqa: S101 - by the caller
    at = examined.report.environment.validation_time
    statuses = _sdk(examined)
    faults = structure.check(store)
    made = {}
    for label, manifest in store.manifests.items():
        found = _Results()
        for status in statuses.get(label, ()):
            found.add(status.outcome, status.code, status.url, status.explanation)
        _seals(manifest, store.findings, found)
        _removals(manifest, faults, found)
        _chain(manifest, examined.chains.get(label), at, found)
        if label == store.active:
            _refused(examined, found)
            _compared(examined, found)
        made[label] = found.statuses() | {
            "specVersion": SPEC_VERSION,
            "validationTime": moment(at),
        }
    return made


def deltas(examined: Examined, label: str) -> list[dict[str, Any]]:
    """Return `ingredientDeltas` of one manifest: our own check of each link that it names."""
    store = examined.gathered.store
    assert store is not None  # noqa: S101 - by the caller
    made = []
    for ingredient in store.manifests[label].ingredients:
        if ingredient.target is None:
            continue
        group, code = _INGREDIENT[ingredient.linkage]
        found = _Results()
        found.add(group, code, f"self#jumbf=/c2pa/{ingredient.target}")
        made.append(
            {
                "ingredientAssertionURI": _assertion_url(label, ingredient.label),
                "validationDeltas": found.statuses(),
            }
        )
    return made


def _sdk(examined: Examined) -> dict[str, list[Status]]:
    """Return the SDK's statuses by manifest, but those of identity, time and revocation.

    What it says of an assertion of the active manifest stays with that manifest, also where it
    stood under an ingredient. What it cannot read because it was redacted is no failure.
    """
    store, answer = examined.gathered.store, examined.gathered.answer
    assert store is not None and answer is not None  # noqa: S101, PT018 - by the caller
    found: dict[str, list[Status]] = {}
    gone = _redacted(store)
    for status in answer.statuses:
        label = status.manifest if status.ingredient else store.active
        own = label != store.active or not status.ingredient or status.code.startswith("assertion.")
        blank = status.code in _UNREAD and status.url.rpartition("/")[2] in gone
        if examined.gathered.outcomes and status.code.startswith(_BINDINGS):
            continue  # what is compared with the media is ours
        if own and not blank and concern(status.code) is not Concern.ELSEWHERE:
            found.setdefault(label, []).append(status)
    return found


_UNREAD = frozenset({"assertion.cbor.invalid", "assertion.json.invalid"})


def _redacted(store: ManifestStore) -> set[str]:
    """Return the labels that only redacted assertions bear: the SDK names no manifest for them."""
    every = [a for manifest in store.manifests.values() for a in manifest.assertions]
    kept = {a.label for a in every if a.linkage is not Linkage.REDACTED}
    return {a.label for a in every} - kept


def _assertion_url(manifest: str, assertion: str) -> str:
    return f"self#jumbf=/c2pa/{manifest}/c2pa.assertions/{assertion}"


def _seals(manifest: Manifest, about: tuple[Finding, ...], found: _Results) -> None:
    """Add what our own reading says; `about` are the findings on the store as a whole."""
    for assertion in manifest.assertions:
        if assertion.linkage is Linkage.REDACTED:
            continue
        group, code = _LINKAGE[assertion.linkage]
        found.add(group, code, _assertion_url(manifest.label, assertion.label))
    twice = [f for f in about if f.where == manifest.label]
    for finding in (*manifest.findings, *twice):
        if finding.code == "redaction.forbidden":
            bound = finding.where.rpartition("/")[2].startswith("c2pa.hash.")
            code = "assertion.hardBinding.redacted" if bound else "assertion.action.redacted"
            found.add(Group.FAILURE, code, f"self#jumbf=/c2pa/{manifest.label}", finding.message)
        elif finding.code in _FINDINGS:
            code = _FINDINGS[finding.code]
            found.add(Group.FAILURE, code, f"self#jumbf=/c2pa/{manifest.label}", finding.message)


def _refused(examined: Examined, found: _Results) -> None:
    """Say what stopped the SDK, where it gave no codes at all."""
    answer = examined.gathered.answer
    if answer is None or answer.refusal is None:
        return
    for finding in examined.report.findings:
        if finding.code in {"claim.hardBindings.missing", "credential.malformed"}:
            url = f"self#jumbf=/c2pa/{finding.where}" if finding.where else ""
            found.add(Group.FAILURE, _FINDINGS[finding.code], url, finding.message)


def _compared(examined: Examined, found: _Results) -> None:
    """Add what our own check of the hard bindings says; an update manifest takes its parent's."""
    for outcome in examined.gathered.outcomes:
        label, _, assertion = outcome.where.partition("/")
        url = _assertion_url(label, assertion)
        for noticed in outcome.findings:
            if noticed.code.endswith(_ADDITIONAL):
                found.add(Group.INFORMATIONAL, noticed.code, url, noticed.message)
        if outcome.code:
            good = outcome.code.endswith(".match")
            group = Group.SUCCESS if good else Group.FAILURE
            found.add(group, outcome.code, url, "" if good else outcome.message)


def _removals(manifest: Manifest, faults: tuple[Fault, ...], found: _Results) -> None:
    """Add `c2pa.redacted` actions that name nothing (section 15.10.3.2.3)."""
    for fault in faults:
        if fault.code == "assertion.action.redactionMismatch" and fault.manifest == manifest.label:
            url = _assertion_url(manifest.label, fault.place.rpartition("[")[0])
            found.add(Group.FAILURE, fault.code, url, "c2pa.redacted names nothing")


def _chain(manifest: Manifest, chain: ChainVerdict | None, at: datetime, found: _Results) -> None:
    url = f"self#jumbf=/c2pa/{manifest.label}/c2pa.signature"
    if chain is None:
        return  # no signature, which is said among the findings; or a manifest nothing refers to
    timely = _timely(chain, at)
    if not chain.signature_valid:
        found.add(Group.FAILURE, "claimSignature.mismatch", url)
    else:
        found.add(Group.SUCCESS, "claimSignature.validated", url)
        if timely:
            found.add(Group.SUCCESS, "claimSignature.insideValidity", url)
        elif chain.path:
            found.add(Group.FAILURE, "claimSignature.outsideValidity", url)
            found.add(Group.FAILURE, "signingCredential.expired", url)
    if chain.identity is Identity.INVALID:
        found.add(Group.FAILURE, "signingCredential.invalid", url)
    if chain.identity not in _LISTED:
        found.add(Group.FAILURE, "signingCredential.untrusted", url)
    elif timely:
        found.add(Group.SUCCESS, "signingCredential.trusted", url)
    _stamps(chain, url, found)
    _revocation(chain, url, found)


def _timely(chain: ChainVerdict, at: datetime) -> bool:
    """Tell whether the signer was valid when it counts; an interim stamp does not."""
    if chain.time is TimeStatus.TIMESTAMPED and chain.time_tier is Tier.INTERIM:
        return bool(chain.path) and chain.path[0].not_before <= at <= chain.path[0].not_after
    return chain.time in {TimeStatus.TIMESTAMPED, TimeStatus.CURRENT}


def _stamps(chain: ChainVerdict, url: str, found: _Results) -> None:
    for stamp in chain.time_stamps:
        if stamp.trusted in {Tier.C2PA, Tier.PRIVATE}:
            found.add(Group.SUCCESS, "timeStamp.validated", url, stamp.authority)
            found.add(Group.SUCCESS, "timeStamp.trusted", url, stamp.authority)
        else:
            found.add(Group.INFORMATIONAL, "timeStamp.untrusted", url, stamp.reason)


def _revocation(chain: ChainVerdict, url: str, found: _Results) -> None:
    status = chain.revocation.status
    if status is Revocation.REVOKED:
        found.add(Group.FAILURE, "signingCredential.ocsp.revoked", url, chain.revocation.reason)
    elif status is Revocation.GOOD:
        found.add(Group.SUCCESS, "signingCredential.ocsp.notRevoked", url)
    elif status is Revocation.UNKNOWN:
        found.add(Group.INFORMATIONAL, "signingCredential.ocsp.unknown", url)
    elif status is Revocation.NOT_CHECKED:
        found.add(Group.INFORMATIONAL, "signingCredential.ocsp.skipped", url)
