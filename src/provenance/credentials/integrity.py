"""Integrity of each manifest: our own checks, the links between them, and the SDK's opinion."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, Severity, error, note, warning
from provenance.base.terms import BreakKind, Integrity
from provenance.base.text import expected, is_label
from provenance.base.values import dataclass
from provenance.credentials.concerns import Concern, breaks, concern, is_rule
from provenance.credentials.manifest import (
    Ingredient,
    Linkage,
    Manifest,
    ManifestStore,
)
from provenance.credentials.sdk import SdkAnswer, SdkRefusal, SdkStatus
from provenance.credentials.validation import hard_binding, ingredients, second_opinion, structure
from provenance.credentials.validation.outcome import ALTERED, BindingOutcome, BindingResult

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from provenance.credentials.validation.fault import RuleFault
    from provenance.credentials.validation.second_opinion import Rewritten

RECORDED = "recorded "  # opens the reason of a link that only an earlier tool found broken
_REDACTED = "redacted since, and no digest carries the link"
# Findings of reading a manifest that say that its claim and its boxes do not belong together.
_STRUCTURE = frozenset(
    {"assertion.duplicate_label", "assertion.undeclared", "redaction.forbidden", "claim.malformed"}
)
_LINK_WORDS = {
    "mismatch": "the ingredient's manifest is not the one that was signed",
    "missing": "the ingredient's manifest cannot be found or compared",
}
# The worst first: of several hard bindings all must match.
_ORDER = (
    BindingResult.MISMATCH,
    BindingResult.UNCHECKED,
    BindingResult.PARTIAL,
    BindingResult.MATCH,
)


@dataclass(frozen=True, slots=True)
class ManifestIntegrity:
    """Integrity of one manifest. `reason` says in words what is wrong; `kind` only where broken."""

    integrity: Integrity
    kind: BreakKind | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IngredientLink:
    """One link from a manifest to an ingredient's manifest, and what our check of it gave.

    `broken` is the reason why everything below does not count, empty where the link holds;
    `weak` the reason why it holds only by the signer's word.
    """

    source: str
    ingredient: Ingredient
    target: str
    broken: str = ""
    weak: str = ""


@dataclass(frozen=True, slots=True)
class StoreIntegrity:
    """Integrity of every reachable manifest and link.

    `clean` says that our own check found no fault in structure, hashes and signatures, whatever the
    SDK says. Identity, time and revocation are other questions. `faults` are those that our own
    check of structure and form found; `opinion` is the SDK's answer, weighed, where it was asked.
    """

    standings: dict[str, ManifestIntegrity]
    links: tuple[IngredientLink, ...]
    findings: tuple[Finding, ...]
    clean: bool = False
    faults: tuple[RuleFault, ...] = ()
    opinion: second_opinion.Opinion = second_opinion.NOT_ASKED


@dataclass(frozen=True, slots=True)
class MediaCheck:
    """What is known of the media in addition to its credential.

    `outcomes` are those of our own check of the hard bindings. Without `at_hand` (a manifest store
    alone) nothing is said of the media. `rewritten` is what of the store the SDK writes anew.
    """

    outcomes: tuple[BindingOutcome, ...] = ()
    at_hand: bool = True
    rewritten: Rewritten | None = None


@dataclass(slots=True)
class _ManifestFaults:
    """Failures of one manifest, sorted by what they speak of."""

    binding: list[Finding] = field(default_factory=list)
    seal: list[str] = field(default_factory=list)
    signature: bool = False
    unknown: list[str] = field(default_factory=list)
    stopped: str = ""


def integrities(
    store: ManifestStore,
    answer: SdkAnswer | None,
    signatures: Mapping[str, bool],
    media: MediaCheck,
    der_encoded: Collection[str] = (),
    own: Sequence[RuleFault] | None = None,
) -> StoreIntegrity:
    """Decide integrity for every reachable manifest.

    Our own checks decide; the SDK's answer can lower what they say, unless a known fault explains
    it. `answer` is None where it was not asked. `signatures` says by label whether our own check of
    the claim signature succeeded; `der_encoded` are the labels of those that verify and have a form
    that the SDK does not read. `own` is what `structure.structure_faults` gave, where it was asked
    before.
    """
    findings: list[Finding] = []
    faults = {label: _ManifestFaults() for label in store.manifests}
    own = structure.structure_faults(store) if own is None else tuple(own)
    opinion = second_opinion.NOT_ASKED
    if answer is not None:
        opinion = _opinion(store, answer, media, der_encoded, own)
    for fault in own:
        _take_fault(fault, faults[fault.manifest], findings)
    for label in store.reachable:
        _take_own_checks(store.manifests[label], faults[label], signatures.get(label, False))
    if store.unread:
        faults[store.active].stopped = "a box of the manifest store cannot be read"
    broken_links = _broken_links(store, findings)
    lowered = _sort_statuses(store, opinion, faults, findings, own)
    for link, code in lowered.items():
        broken_links.setdefault(link, code)
    _take_recorded_failures(store, broken_links, findings)

    links = _links(store, broken_links)
    standings = {
        label: _judge_without_media(faults[label])
        for label in store.reachable
        if label != store.active
    }
    standings[store.active] = _judge_active(store, faults, answer, opinion, media, findings)
    if answer is not None and answer.state is not None:
        _note_disagreement(
            store, standings[store.active], faults[store.active], opinion, media, findings
        )
    for label, standing in standings.items():
        if standing.kind is not None:
            bound = label == store.active
            _say_why(store.manifests[label], faults[label], standing, findings, bound=bound)
    clean = _is_clean(store, standings, links, own)
    return StoreIntegrity(standings, links, tuple(dict.fromkeys(findings)), clean, own, opinion)


def _opinion(
    store: ManifestStore,
    answer: SdkAnswer,
    media: MediaCheck,
    der_encoded: Collection[str],
    own: Sequence[RuleFault],
) -> second_opinion.Opinion:
    """Return the SDK's answer, weighed by what our own reading and checks know of the store."""
    return second_opinion.weigh(
        store,
        answer,
        media.outcomes,
        media.rewritten or second_opinion.Rewritten(),
        der_encoded=der_encoded,
        older=any(f.code == "credential.prerelease" for f in store.active_manifest.findings),
        forms={_assertion_label(f.place) for f in own if f.concern is Concern.FORM and not f.stops},
    )


def _links(
    store: ManifestStore, broken: Mapping[tuple[str, str], str]
) -> tuple[IngredientLink, ...]:
    """Return the links from each reachable manifest to those of its ingredients."""
    return tuple(
        IngredientLink(
            label,
            i,
            i.target,
            broken.get((label, i.label), ""),
            _REDACTED if i.linkage is Linkage.REDACTED else "",
        )
        for label in store.reachable
        for i in store.manifests[label].ingredients
        if i.target is not None
    )


def _is_clean(
    store: ManifestStore,
    standings: Mapping[str, ManifestIntegrity],
    links: Sequence[IngredientLink],
    own: Sequence[RuleFault],
) -> bool:
    """Tell whether no check found a fault in structure, hashes and signatures."""
    return (
        all(s.integrity is Integrity.INTACT for s in standings.values())
        and not any(e.broken or e.weak for e in links)
        and all(fault.concern is None for fault in own)
        and not any(f.severity is not Severity.NOTE for f in _reading_findings(store))
    )


def _assertion_label(place: str) -> str:
    """Return the base label of the assertion that the place of a fault is in, empty for a claim."""
    label = place.partition("[")[0].partition("/")[0].partition("__")[0]
    return label if label.startswith("c2pa.") else ""


def _note_disagreement(
    store: ManifestStore,
    standing: ManifestIntegrity,
    faults: _ManifestFaults,
    opinion: second_opinion.Opinion,
    media: MediaCheck,
    findings: list[Finding],
) -> None:
    """Say where our own check finds the active manifest broken, and the SDK finds no fault."""
    serious = {Concern.BINDING, Concern.SEAL, Concern.SIGNATURE, Concern.UNKNOWN}
    said = (*opinion.failures, *(status for status, _ in opinion.explained))
    if standing.integrity is not Integrity.BROKEN or any(
        concern(status.code, status.url) in serious for status in said
    ):
        return
    codes = [outcome.code for outcome in media.outcomes if outcome.result is BindingResult.MISMATCH]
    codes += [seal.partition(" ")[0] for seal in faults.seal]
    codes += ["claimSignature.mismatch"] if faults.signature else []
    message = f"our own check says {codes[0] if codes else standing.reason}, the SDK finds no fault"
    findings.append(note("validators.disagree", message, store.active))


def _reading_findings(store: ManifestStore) -> Iterator[Finding]:
    """Yield what reading the store met, as far as it is not loose."""
    yield from store.findings
    for label in store.reachable:
        yield from store.manifests[label].findings


def _take_fault(fault: RuleFault, faults: _ManifestFaults, findings: list[Finding]) -> None:
    """Take what our own check of the structure found."""
    findings.append(fault.finding)
    named = f"{fault.code} in {fault.place}" if fault.place else fault.code
    if fault.stops:
        faults.stopped = faults.stopped or f"{fault.code}: {fault.message}"
        if not fault.code.endswith(".not_checked"):  # what this program cannot check is sound
            said = error("credential.malformed", f"{fault.code}: {fault.message}", fault.where)
            findings.append(said)
    elif fault.concern is Concern.SEAL:
        faults.seal.append(named)
    elif fault.concern is Concern.SIGNATURE:
        faults.signature = True
    elif fault.concern is Concern.UNKNOWN:
        faults.unknown.append(named)


def _broken_links(store: ManifestStore, findings: list[Finding]) -> dict[tuple[str, str], str]:
    """Say which links to ingredients our own digests do not hold."""
    broken: dict[tuple[str, str], str] = {}
    gone = {label for label, _ in store.redacted}
    for label in store.reachable:
        for ingredient in store.manifests[label].ingredients:
            if ingredient.target is None:
                continue
            code = ingredients.link_code(ingredient, redacted=ingredient.target in gone)
            if code:
                broken[label, ingredient.label] = code
                message = _LINK_WORDS[code.rpartition(".")[2]]
                findings.append(error(code, message, f"{label}/{ingredient.label}"))
    return broken


def _say_why(
    manifest: Manifest,
    faults: _ManifestFaults,
    standing: ManifestIntegrity,
    findings: list[Finding],
    *,
    bound: bool,
) -> None:
    """See to it that a broken manifest has an error among its findings.

    Of the one that is `bound` to the media our own check has said why.
    """
    label = manifest.label
    if standing.kind is BreakKind.OTHER_BYTES:
        findings += () if bound else faults.binding
        return
    if any(f.severity is Severity.ERROR and label in f.where for f in findings):
        return
    if any(f.severity is Severity.ERROR for f in manifest.findings):
        return
    seals = (seal.partition(" ")[0] for seal in faults.seal)
    code = "claimSignature.mismatch" if faults.signature else next(seals)
    findings.append(error(code, standing.reason, label))


def _sort_statuses(
    store: ManifestStore,
    opinion: second_opinion.Opinion,
    faults: dict[str, _ManifestFaults],
    findings: list[Finding],
    own: Sequence[RuleFault],
) -> dict[tuple[str, str], str]:
    """Hand each failure to the manifest it names; return the broken links among them.

    What our own check said already is not said again.
    """
    broken: dict[tuple[str, str], str] = {}
    said = {(f.code, f.where.partition("/")[0]) for f in findings}
    forms = {(fault.code, fault.manifest) for fault in own if fault.concern is Concern.FORM}
    findings += _explained_findings(opinion)
    for status in opinion.failures:
        owner = status.manifest or store.active
        subject = faults.get(owner)
        kind = concern(status.code, status.url)
        if kind is Concern.ELSEWHERE or (status.code, owner) in forms:
            continue
        if status.code == "assertion.hashedURI.mismatch" and _unsupported(store, status):
            # Our own check says so of the algorithm: whether the bytes are the ones is not known.
            message = "a hashed URI is made with an algorithm that C2PA does not allow"
            findings.append(error("algorithm.unsupported", message, status.url))
            continue
        finding = _failure_finding(status, kind)
        if kind is Concern.BINDING and subject is not None:
            subject.binding.append(finding)
            continue
        if (status.code, owner) not in said:
            findings.append(finding)
        if status.code.startswith("ingredient.") and breaks(status.code):
            broken[_link_of(status, store)] = status.code
        elif subject is not None:
            _take_status(status, kind, subject, findings)
    return broken


def _explained_findings(opinion: second_opinion.Opinion) -> Iterator[Finding]:
    """Yield what the SDK says that a known fault of it explains, and what it points at."""
    for status, why in opinion.explained:
        message = f"the SDK says {status.code}, which does not count: {why}"
        yield note("validators.disagree", message, status.url)
        if status.code in second_opinion.MISSING:
            message = status.explanation or "a reference leads nowhere"
            yield warning("hashedURI.missing", message, status.url)


def _failure_finding(status: SdkStatus, kind: Concern) -> Finding:
    """Return the finding that a failure of the SDK is, an error where it breaks a manifest."""
    if kind is Concern.BINDING:
        return error(status.code, "the media does not have the hash that was signed", status.url)
    make = error if kind in {Concern.SEAL, Concern.SIGNATURE} else warning
    return make(status.code, status.explanation or "a failure without words", status.url)


def _take_status(
    status: SdkStatus, kind: Concern, subject: _ManifestFaults, findings: list[Finding]
) -> None:
    """Hold a failure that the SDK names against its manifest."""
    if kind in {Concern.SEAL, Concern.SIGNATURE} and not (subject.seal or subject.signature):
        message = f"our own check finds no fault here, the SDK says {status.code}"
        findings.append(warning("validators.disagree", message, status.url))
    if kind is Concern.SEAL:
        subject.seal.append(status.code)
    elif kind is Concern.SIGNATURE:
        subject.signature = True
    elif kind is Concern.UNKNOWN:
        subject.unknown.append(status.code)


def _unsupported(store: ManifestStore, status: SdkStatus) -> bool:
    """Tell whether a status is about an assertion whose hash nobody may compute."""
    manifest = store.manifests.get(status.manifest or store.active)
    label = status.url.rpartition("/")[2]
    return manifest is not None and any(
        a.label == label and a.linkage is Linkage.UNSUPPORTED for a in manifest.assertions
    )


def _link_of(status: SdkStatus, store: ManifestStore) -> tuple[str, str]:
    """Return (manifest, ingredient label) that a status about an ingredient concerns."""
    for url in (status.ingredient, status.url):
        parts = url.removeprefix("self#jumbf=").lstrip("/").split("/")
        if parts[-1].startswith("c2pa.ingredient"):
            return (parts[1] if len(parts) > 2 and parts[0] == "c2pa" else store.active), parts[-1]
    for label in store.reachable:
        for ingredient in store.manifests[label].ingredients:
            if ingredient.target == status.manifest:
                return label, ingredient.label
    return store.active, ""


def _take_own_checks(manifest: Manifest, faults: _ManifestFaults, signature_valid: bool) -> None:
    """Add what our own digests and signature check say; either side's failure counts."""
    if not manifest.sound or not signature_valid:
        faults.signature = True
    faults.seal += [f.code for f in manifest.findings if f.code in _STRUCTURE]


def _take_recorded_failures(
    store: ManifestStore, broken: dict[tuple[str, str], str], findings: list[Finding]
) -> None:
    """Take failures that ingredient assertions recorded; the SDK no longer reports those.

    A recorded `untrusted` is that tool's configuration, a note and no more. A recorded mismatch
    is the only trace of a broken ingredient whose bytes are not here. It breaks the link that
    records it and no other manifest, whatever its URL names: anyone can record anything.
    """
    for label in store.reachable:
        for ingredient in store.manifests[label].ingredients:
            for status in ingredient.recorded_failures:
                where = f"{label}/{ingredient.label}"
                code = expected(status.code, fits=is_label(status.code))
                if not breaks(status.code):
                    message = f"an earlier tool recorded {code} for this ingredient"
                    findings.append(note("ingredient.recorded", message, where))
                    continue
                message = f"this ingredient was found broken when it was added: {code}"
                findings.append(warning("ingredient.recorded_failure", message, where))
                broken.setdefault((label, ingredient.label), f"{RECORDED}{code}")


def _judge_without_media(faults: _ManifestFaults) -> ManifestIntegrity:
    """Judge a manifest whose media is not here: its seals and its signature are all there is."""
    if faults.signature:
        return ManifestIntegrity(
            Integrity.BROKEN, BreakKind.UNPROVEN, "the claim signature does not verify"
        )
    if faults.seal:
        altered = next((seal for seal in faults.seal if not is_rule(seal)), "")
        if altered:
            return ManifestIntegrity(
                Integrity.BROKEN, BreakKind.UNPROVEN, f"altered after signing: {altered}"
            )
        reason = f"the standard rejects a manifest for it: {faults.seal[0]}"
        return ManifestIntegrity(Integrity.BROKEN, BreakKind.REJECTED, reason)
    if faults.binding:
        reason = "recorded as a mismatch with its media"
        return ManifestIntegrity(Integrity.BROKEN, BreakKind.OTHER_BYTES, reason)
    if faults.unknown:
        return ManifestIntegrity(Integrity.UNCHECKED, None, f"not understood: {faults.unknown[0]}")
    if faults.stopped:
        return ManifestIntegrity(
            Integrity.UNCHECKED, None, f"not every check can be made: {faults.stopped}"
        )
    return ManifestIntegrity(Integrity.INTACT)


def _judge_active(
    store: ManifestStore,
    faults: dict[str, _ManifestFaults],
    answer: SdkAnswer | None,
    opinion: second_opinion.Opinion,
    media: MediaCheck,
    findings: list[Finding],
) -> ManifestIntegrity:
    """Judge the active manifest, binding included."""
    own = faults[store.active]
    inner = _judge_without_media(replace(own, binding=[]) if own.binding else own)
    holder = hard_binding.bound_by(store)
    unbound = ""
    if media.at_hand and not hard_binding.is_bound(store.manifests[holder]):
        unbound = "nothing in the credential binds it to this media"
        findings.append(error("claim.hardBindings.missing", unbound, store.active))
    if inner.integrity is Integrity.BROKEN:
        return inner
    if not media.at_hand:
        reason = "the media was not supplied, so alteration cannot be checked"
        return ManifestIntegrity(Integrity.UNCHECKED, None, reason)
    if unbound:
        return ManifestIntegrity(Integrity.BROKEN, BreakKind.OTHER_BYTES, unbound)
    bound = _judge_outcomes(media.outcomes, findings)
    if bound.integrity is Integrity.BROKEN:
        return bound
    return _lower_by_sdk(bound, inner, faults[holder], answer, opinion, findings)


def _judge_outcomes(
    outcomes: tuple[BindingOutcome, ...], findings: list[Finding]
) -> ManifestIntegrity:
    """Judge by our own check of the hard bindings, of which all must match."""
    for outcome in outcomes:
        findings += outcome.findings
        if (said := outcome.finding) is not None:
            findings.append(said)
    worst = min(outcomes, key=lambda o: _ORDER.index(o.result), default=None)
    if worst is None:
        reason = "nothing was compared with the media"
        findings.append(warning("binding.unchecked", reason))
        return ManifestIntegrity(Integrity.UNCHECKED, None, reason)
    if worst.result is BindingResult.MISMATCH:
        altered = worst.message == ALTERED
        reason = "the media does not have the hash that was signed" if altered else worst.message
        return ManifestIntegrity(Integrity.BROKEN, BreakKind.OTHER_BYTES, reason)
    if worst.result is BindingResult.UNCHECKED:
        if worst.code and not worst.media_absent:
            message = f"{worst.code}: {worst.message}"
            findings.append(error("credential.malformed", message, worst.where))
        return ManifestIntegrity(Integrity.UNCHECKED, None, worst.message)
    if worst.result is BindingResult.PARTIAL:
        return ManifestIntegrity(Integrity.PARTIAL, None, worst.message)
    return ManifestIntegrity(Integrity.INTACT)


def _lower_by_sdk(
    bound: ManifestIntegrity,
    inner: ManifestIntegrity,
    holder: _ManifestFaults,
    answer: SdkAnswer | None,
    opinion: second_opinion.Opinion,
    findings: list[Finding],
) -> ManifestIntegrity:
    """Let the second opinion lower what our own check of the binding says."""
    if holder.binding:
        findings += holder.binding
        codes = ", ".join(dict.fromkeys(f.code for f in holder.binding))
        message = f"our own check finds the media as it was signed, the SDK says {codes}"
        findings.append(warning("validators.disagree", message))
        return ManifestIntegrity(Integrity.BROKEN, BreakKind.OTHER_BYTES, message)
    if opinion.silent:
        findings.append(note("validators.single", f"only our own check was made: {opinion.silent}"))
    if opinion.refusal is not None:
        message = f"the SDK refuses this credential: {opinion.message}"
        if opinion.refusal is SdkRefusal.MALFORMED:
            if not any(f.code == "credential.malformed" for f in findings):
                findings.append(error("credential.malformed", message))
        else:
            findings.append(warning("binding.unchecked", message))
        if bound.integrity is Integrity.UNCHECKED:
            return bound
        return ManifestIntegrity(Integrity.UNCHECKED, None, message)
    if answer is not None and answer.same_store is False:
        return ManifestIntegrity(
            Integrity.UNCHECKED, None, "two readers find two credentials in this file"
        )
    if inner.integrity is Integrity.UNCHECKED and bound.integrity is not Integrity.UNCHECKED:
        return inner
    return bound
