"""Validation results in crJSON: the codes of the standard, from our own validation.

By C2PA 2.4 chapter 15, for the active manifest and every ingredient below it, in the order of the
standard: the claim and what it names (15.6, 15.10), the signer (`signer`, 15.7 to 15.9),
ingredients and their links (15.11), the media (15.12). A manifest that nothing refers to is not
validated (15.11.3.3): it has no results.

The SDK is a second opinion. Where it was asked, a failure of hash, structure or signature that no
known fault of it explains is added: the lower answer counts, as it does for the verdict. What it
says of form, identity and time counts for nothing.

A check that was not made has not passed: an active manifest of which nothing was compared with the
media has a failure, whatever the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.credentials import jumbf
from provenance.credentials.assertion_content import manifest_label
from provenance.credentials.concerns import Concern, breaks, concern
from provenance.credentials.manifest import ContentError, Linkage
from provenance.credentials.validation import hard_binding, ingredients
from provenance.credentials.validation.outcome import BindingResult
from provenance.linting.crjson import signer
from provenance.linting.crjson.json_values import moment
from provenance.linting.crjson.results import (
    ERROR,
    ManifestResults,
    ResultGroup,
    assertion_url,
    manifest_url,
    signature_url,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.integrity import StoreIntegrity
    from provenance.credentials.locate import FoundCredential
    from provenance.credentials.manifest import Ingredient, Manifest, ManifestStore
    from provenance.credentials.sdk import SdkStatus
    from provenance.credentials.validation.fault import RuleFault
    from provenance.verdict.verifier import Examined

SPEC_VERSION = "2.4.0"  # of the specification that our codes follow
# What reading a store meets, under the code of the standard, where the checks do not say it.
_FINDINGS = {
    "assertion.duplicate_label": "assertion.missing",  # 8.4.1: such a URI finds nothing
    "assertion.undeclared": "assertion.undeclared",
    "claim.malformed": "claim.malformed",
    "claim.missing": "claim.missing",
    "claim_signature.malformed": "claimSignature.mismatch",
    "claim_signature.missing": "claimSignature.missing",
    "manifest.compressed.invalid": "manifest.compressed.invalid",
    "manifest.duplicate_label": "claimSignature.missing",
    "manifest.unreadable": ERROR,
}
_SERIOUS = frozenset({Concern.BINDING, Concern.SEAL, Concern.SIGNATURE, Concern.UNKNOWN})
_NO_CODE = {"assertion.action.missing": "assertion.action.malformed"}
"""What our checks name more closely than the standard, and the nearest code that it has."""
_KINDS = ("data", "boxes", "bmff", "collection")  # of hard bindings; in labels and in codes
_OF_THE_SIGNER = ("signingCredential.", "claimSignature.outsideValidity")
_SCHEMAS = ("10.", "18.")
"""Chapters that say what claims and assertions hold. Chapter 15 names what it rejects of that; the
rest is a finding of the record, and no failure of validation."""
_ADDITIONAL = ".additionalExclusionsPresent"
_PRESERVED = "c2pa.alternative-content-representation"


def results(examined: Examined) -> dict[str, dict[str, Any]]:
    """Return `validationResults` by the label of each manifest of the store that was read."""
    credential, checks = examined.credential, examined.checks
    store = credential.store
    assert store is not None and checks is not None  # noqa: S101, PT018 - by the caller
    at = examined.report.environment.validation_time
    reachable = frozenset(store.reachable)
    faults: dict[str, list[RuleFault]] = {}
    for fault in checks.faults:
        faults.setdefault(fault.manifest, []).append(fault)
    lowering = _lowering(credential, store, checks)
    unanswered = any(call.error for call in examined.report.network_calls)
    by_label = {}
    for label, manifest in store.manifests.items():
        manifest_results = ManifestResults()
        if label in reachable:
            own = faults.get(label, [])
            _take_reading_findings(store, manifest, own, manifest_results)
            _form(manifest, own, manifest_results)
            _links(store, manifest, manifest_results)
            chain = examined.chains.get(label)
            if chain is not None:
                signer.add(label, chain, at, manifest_results, unanswered=unanswered)
            elif not manifest.claim_version:
                words = "the claim cannot be read, so that no signature over it was checked"
                manifest_results.fail("signingCredential.untrusted", signature_url(label), words)
        if label == store.active:
            _media(credential, manifest_results)
        said = manifest_results.codes(ResultGroup.FAILURE)
        for status in lowering.get(label, ()):
            if status.code not in said:
                words = f"second opinion (C2PA SDK): {status.explanation}"
                manifest_results.fail(status.code, status.url or manifest_url(label), words)
        if label == store.active:
            _whole(store, checks, examined, manifest_results)
        by_label[label] = manifest_results.statuses() | {
            "specVersion": SPEC_VERSION,
            "validationTime": moment(at),
        }
    return by_label


def _take_reading_findings(
    store: ManifestStore, manifest: Manifest, faults: Sequence[RuleFault], results: ManifestResults
) -> None:
    """Add what the reading of the store met and the checks have no code for."""
    label = manifest.label
    said = any(f.code.startswith("claim.") for f in faults)
    twice = [f for f in store.findings if f.where == label]
    for finding in (*manifest.findings, *twice):
        code = _FINDINGS.get(finding.code)
        if code is None or (said and code.startswith("claim.")):
            continue  # of a claim the checks say what is wrong, reading only that it is lost
        if code == "assertion.undeclared":
            url = assertion_url(label, finding.where)
        elif code.startswith("claimSignature."):
            url = signature_url(label)
        else:
            url = manifest_url(label)
        results.fail(code, url, finding.message)


def _form(manifest: Manifest, faults: Sequence[RuleFault], results: ManifestResults) -> None:
    """Add what the claim names and what is there (15.6, 15.10 and 15.11.3.2)."""
    label = manifest.label
    for fault in faults:
        if fault.concern is Concern.FORM and fault.section.startswith(_SCHEMAS) and not fault.stops:
            continue
        url = _place(manifest, fault)
        if fault.concern is None:
            results.note(fault.code, url, fault.message)
        else:
            results.fail(_NO_CODE.get(fault.code, fault.code), url, fault.message)
    for assertion in manifest.assertions:
        if assertion.linkage is Linkage.MATCH:
            results.succeed("assertion.hashedURI.match", assertion_url(label, assertion.label))
    at_fault = {fault.place for fault in faults}
    for assertion in manifest.named(_PRESERVED):
        if assertion.label not in at_fault and _is_preservation(assertion.label, manifest):
            code = "assertion.alternativeContentRepresentation.match"
            results.succeed(code, assertion_url(label, assertion.label))


def _place(manifest: Manifest, fault: RuleFault) -> str:
    """Return the URI that a code is about: an assertion, the signature or the claim (15.2.2)."""
    label = manifest.label
    named = fault.place.partition("[")[0]
    if any(a.label == named for a in (*manifest.assertions, *manifest.undeclared)):
        return assertion_url(label, named)
    if fault.code.startswith("claimSignature."):
        return signature_url(label)
    return f"{manifest_url(label)}/{claim_label(manifest)}"


def claim_label(manifest: Manifest) -> str:
    """Return the label of a manifest's claim box; that of version 2 where there is none."""
    if manifest.claim_version:
        return "c2pa.claim.v2" if manifest.claim_version == 2 else "c2pa.claim"
    held = manifest.box.children if manifest.box is not None else ()
    labels = [c.label for c in held if c.uuid == jumbf.CLAIM]
    return "c2pa.claim" if labels and set(labels) == {"c2pa.claim"} else "c2pa.claim.v2"


def _is_preservation(label: str, manifest: Manifest) -> bool:
    try:
        content = next(a for a in manifest.assertions if a.label == label).decode()
    except ContentError:
        return False
    return isinstance(content, dict) and content.get("type") == "exif.originalPreservationImage"


def _links(store: ManifestStore, manifest: Manifest, results: ManifestResults) -> None:
    """Add the links to ingredients that do not hold (15.11.3.3)."""
    for ingredient in manifest.ingredients:
        code, words = _link(store, ingredient)
        if code and not code.endswith(".validated"):
            results.fail(code, assertion_url(manifest.label, ingredient.label), words)


def _link(store: ManifestStore, ingredient: Ingredient) -> tuple[str, str]:
    """Return the code of one link, and what it means; empty where there is no manifest to link."""
    if ingredient.target is None:
        return "", ""
    redacted = any(label == ingredient.target for label, _ in store.redacted)
    if ingredient.linkage is Linkage.MATCH:
        return (
            "ingredient.claimSignature" if redacted else "ingredient.manifest"
        ) + ".validated", ""
    if ingredient.linkage is Linkage.UNSUPPORTED:
        return (
            "algorithm.unsupported",
            "the hash is made with an algorithm that C2PA does not allow",
        )
    if ingredient.linkage is Linkage.REDACTED:
        words = "its manifest was redacted, and no hash of its signature carries the link"
        return "ingredient.claimSignature.missing", words
    return ingredients.link_code(ingredient, redacted=redacted), "the link does not hold"


def deltas(examined: Examined, label: str) -> list[dict[str, Any]]:
    """Return `ingredientDeltas` of one manifest: our own check of each link that it names.

    With what the ingredient recorded of a breach that is not found here (15.11.3.3): its media may
    be what did not match, and is not here. Other recorded failures are an earlier tool's settings.
    """
    store = examined.credential.store
    assert store is not None  # noqa: S101 - by the caller
    if label not in store.reachable:
        return []
    entries = []
    for ingredient in store.manifests[label].ingredients:
        code, words = _link(store, ingredient)
        results = ManifestResults()
        url = manifest_url(ingredient.target or "")
        if code.endswith(".validated"):
            results.succeed(code, url)
        elif code:
            results.fail(code, url, words)
        for status in ingredient.recorded_failures:
            if breaks(status.code):
                results.fail(status.code, status.url, "recorded when the ingredient was added")
        if code or results.codes(ResultGroup.FAILURE):
            entries.append(
                {
                    "ingredientAssertionURI": assertion_url(label, ingredient.label),
                    "validationDeltas": results.statuses(),
                }
            )
    return entries


def _lowering(
    credential: FoundCredential, store: ManifestStore, checks: StoreIntegrity
) -> dict[str, list[SdkStatus]]:
    """Return the SDK's failures that lower our answer and that no known fault of it explains.

    Of a store alone it says that media do not match which are not here.
    """
    counting = _SERIOUS if credential.media_at_hand else _SERIOUS - {Concern.BINDING}
    forms = {
        (fault.code, fault.manifest) for fault in checks.faults if fault.concern is Concern.FORM
    }
    lowering: dict[str, list[SdkStatus]] = {}
    for status in checks.opinion.failures:
        label = status.manifest or store.active
        if status.code.startswith("ingredient."):  # a link is its holder's, whatever it leads to
            label = manifest_label(status.ingredient) or store.active
        if concern(status.code, status.url) in counting and (status.code, label) not in forms:
            lowering.setdefault(label, []).append(status)
    return lowering


def _media(credential: FoundCredential, results: ManifestResults) -> None:
    """Add the check of the hard bindings; an update manifest takes its parent's (15.12)."""
    store = credential.store
    assert store is not None  # noqa: S101 - by the caller
    bound = store.manifests[hard_binding.bound_by(store)]
    if bound.claim_version and not hard_binding.is_bound(bound):
        words = "nothing in the credential binds it to this media"
        url = f"{manifest_url(store.active)}/{claim_label(store.active_manifest)}"
        results.fail("claim.hardBindings.missing", url, words)
    if not credential.media_at_hand:
        # 15.12.2: that what was bound is absent is a failure, though nothing was altered
        for assertion in hard_binding.bindings(bound)[: hard_binding.MAX_BINDINGS]:
            kind = next(k for k in _KINDS if assertion.base.startswith(f"c2pa.hash.{k}"))
            url = assertion_url(bound.label, assertion.label)
            words = "the media is not here: a manifest store alone was given"
            results.fail(f"assertion.{kind}Hash.mismatch", url, words)
    for outcome in credential.outcomes:
        label, _, name = outcome.where.partition("/")
        url = assertion_url(label, name)
        for noticed in outcome.findings:
            if noticed.code.endswith(_ADDITIONAL):
                results.note(noticed.code, url, noticed.message)
        if outcome.code.endswith(".match"):
            partial = outcome.result is BindingResult.PARTIAL
            results.succeed(outcome.code, url, outcome.message if partial else "")
        else:
            results.fail(outcome.code or ERROR, url, outcome.message)


def _whole(
    store: ManifestStore, checks: StoreIntegrity, examined: Examined, results: ManifestResults
) -> None:
    """Add what keeps the store as a whole from being known, where nothing else says so."""
    url = manifest_url(store.active)
    for limit in store.limits:
        results.fail(ERROR, url, f"not everything was read: {limit}")
    if store.unread:
        results.fail(ERROR, url, "a box of the manifest store cannot be read")
    if any(not code.startswith(_OF_THE_SIGNER) for code in results.codes(ResultGroup.FAILURE)):
        return
    answer = examined.credential.answer
    if checks.opinion.refusal is not None:
        results.fail(ERROR, url, f"second opinion (C2PA SDK): {checks.opinion.message}")
    if answer is not None and answer.same_store is False:
        results.fail(ERROR, url, "two readers find two credentials in this file")
    if not any(code.endswith("Hash.match") for code in results.codes(ResultGroup.SUCCESS)):
        results.fail(ERROR, url, "nothing was compared with the media")
