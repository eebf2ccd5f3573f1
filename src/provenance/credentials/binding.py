"""Integrity of each manifest: the SDK's codes, our own digests, and the links between manifests."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, error, note, warning
from provenance.base.terms import Break, Integrity
from provenance.base.values import dataclass
from provenance.credentials import coverage
from provenance.credentials.codes import Concern, breaks, concern
from provenance.credentials.manifest import (
    HARD_BINDINGS,
    Assertion,
    Ingredient,
    Linkage,
    Manifest,
    ManifestStore,
    Relationship,
)
from provenance.credentials.sdk import Answer, Outcome, Refusal, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from provenance.media.container.extents import Extent
    from provenance.media.container.model import Span


@dataclass(frozen=True, slots=True)
class Standing:
    """Integrity of one manifest. `reason` says in words what is wrong; `kind` only where broken."""

    integrity: Integrity
    kind: Break | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
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
class Integrities:
    """Integrity of every reachable manifest and link."""

    standings: dict[str, Standing]
    edges: tuple[Edge, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Media:
    """What is known of the media beside its credential.

    `spans` is where the store stands in the file. Without `at_hand` (a manifest store alone)
    nothing is said of the media. `fragmented` is a fragmented MP4 whose fragments were not given.
    `data_hash_matches` computes a data hash for itself, for where the SDK says mismatch.
    `top_boxes` gives the top-level boxes of a BMFF file as (type, start, length), `extents` where
    its tables say that media stand. `unboxed` counts
    the bytes that stand in no box of a format of boxes, such as JPEG and PNG.
    """

    spans: tuple[Span, ...] = ()
    at_hand: bool = True
    fragmented: bool = False
    data_hash_matches: Callable[[Assertion], bool] = lambda _: False
    top_boxes: Callable[[], list[tuple[str, int, int]]] = list
    extents: Callable[[], list[Extent]] = list
    unboxed: Callable[[], int] = int


@dataclass(slots=True)
class _Faults:
    """Failures of one manifest, sorted by what they speak of."""

    binding: list[str] = field(default_factory=list)
    mismatches: list[Finding] = field(default_factory=list)
    matches: list[str] = field(default_factory=list)
    seal: list[str] = field(default_factory=list)
    signature: bool = False
    unknown: list[str] = field(default_factory=list)


def judge(
    store: ManifestStore,
    answer: Answer,
    signatures: Mapping[str, bool],
    media: Media,
    der_encoded: Collection[str] = (),
) -> Integrities:
    """Decide integrity for every reachable manifest.

    `signatures` says by label whether our own check of the claim signature succeeded;
    `der_encoded` are the labels of those that verify and have a form that the SDK does not read.
    """
    findings: list[Finding] = []
    faults = {label: _Faults() for label in store.manifests}
    statuses = [
        status
        for status in answer.statuses
        if not (
            status.code == "claimSignature.mismatch"
            and (status.manifest or store.active) in der_encoded
        )
    ]
    broken_edges = _sort_statuses(store, statuses, faults, findings)
    for label in store.reachable:
        manifest = store.manifests[label]
        _own_checks(manifest, faults[label], signatures.get(label, False))
        if manifest.is_update and any(a.base in HARD_BINDINGS for a in manifest.assertions):
            # C2PA 2.4 section 15.10.1.3: its media is its parent's; the SDK does not say so.
            message = "an update manifest has a hard binding of its own"
            findings.append(error(_UPDATE, message, label))
            faults[label].seal.append(_UPDATE)
    _recorded(store, broken_edges, findings)

    edges = tuple(
        Edge(
            label,
            i,
            i.target,
            _edge_fault(i) or broken_edges.get((label, i.label), ""),
            _REDACTED if i.linkage is Linkage.REDACTED else "",
        )
        for label in store.reachable
        for i in store.manifests[label].ingredients
        if i.target is not None
    )
    standings = {
        label: _inner(store.manifests[label], faults[label])
        for label in store.reachable
        if label != store.active
    }
    standings[store.active] = _active(store, faults, answer, media, findings)
    return Integrities(standings, edges, tuple(findings))


def _sort_statuses(
    store: ManifestStore,
    statuses: Sequence[Status],
    faults: dict[str, _Faults],
    findings: list[Finding],
) -> dict[tuple[str, str], str]:
    """Hand each status to the manifest it names; return the broken links among them."""
    broken: dict[tuple[str, str], str] = {}
    for status in statuses:
        subject = faults.get(status.manifest or store.active)
        if status.outcome is Outcome.SUCCESS and status.code.endswith("Hash.match"):
            if subject is not None:
                subject.matches.append(status.url)
            continue
        if status.outcome is not Outcome.FAILURE:
            continue
        kind = concern(status.code, status.url)
        if kind is Concern.ELSEWHERE:
            continue
        if status.code == "assertion.hashedURI.mismatch" and _unsupported(store, status):
            # Our own check says so of the algorithm: whether the bytes are the ones is not known.
            message = "a hashed URI is made with an algorithm that C2PA does not allow"
            findings.append(error("algorithm.unsupported", message, status.url))
            continue
        serious = kind in {Concern.BINDING, Concern.SEAL, Concern.SIGNATURE}
        make = error if serious else warning
        words = status.explanation or "a failure without words"
        if kind is Concern.BINDING:
            words = "the media does not have the hash that was signed"
        finding = make(status.code, words, status.url)
        if kind is Concern.BINDING and subject is not None:
            subject.binding.append(status.url)
            subject.mismatches.append(finding)
            continue
        findings.append(finding)
        if status.code.startswith("ingredient.") and breaks(status.code):
            broken[_edge_of(status, store)] = status.code
        elif subject is None:
            continue
        elif kind is Concern.SEAL:
            subject.seal.append(status.code)
        elif kind is Concern.SIGNATURE:
            subject.signature = True
        elif kind is Concern.UNKNOWN:
            subject.unknown.append(status.code)
    return broken


def _unsupported(store: ManifestStore, status: Status) -> bool:
    """Tell whether a status is about an assertion whose hash nobody may compute."""
    manifest = store.manifests.get(status.manifest or store.active)
    label = status.url.rpartition("/")[2]
    return manifest is not None and any(
        a.label == label and a.linkage is Linkage.UNSUPPORTED for a in manifest.assertions
    )


def _edge_of(status: Status, store: ManifestStore) -> tuple[str, str]:
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


def _own_checks(manifest: Manifest, faults: _Faults, signature_valid: bool) -> None:
    """Add what our own digests and signature check say; either side's failure counts."""
    if not manifest.sound or not signature_valid:
        faults.signature = True
    for assertion in manifest.assertions:
        if assertion.linkage in {Linkage.MISMATCH, Linkage.MISSING}:
            faults.seal.append(f"assertion.hashedURI.mismatch in {assertion.label}")
        elif assertion.linkage is Linkage.UNSUPPORTED:
            faults.unknown.append(f"algorithm.unsupported in {assertion.label}")
    faults.seal += [f.code for f in manifest.findings if f.code in _STRUCTURE]


RECORDED = "recorded "  # opens the reason of a link that only an earlier tool found broken
_UPDATE = "manifest.update.invalid"
_REDACTED = "redacted since, and no digest carries the link"
_STRUCTURE = frozenset(
    {"assertion.duplicate_label", "assertion.undeclared", "redaction.forbidden", "claim.malformed"}
)


def _recorded(
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
                if not breaks(status.code):
                    message = f"an earlier tool recorded {status.code} for this ingredient"
                    findings.append(note("ingredient.recorded", message, where))
                    continue
                message = f"this ingredient was found broken when it was added: {status.code}"
                findings.append(warning("ingredient.recorded_failure", message, where))
                broken.setdefault((label, ingredient.label), f"{RECORDED}{status.code}")


def _edge_fault(ingredient: Ingredient) -> str:
    if ingredient.linkage is Linkage.MISMATCH:
        return "ingredient.manifest.mismatch"
    if ingredient.linkage in {Linkage.MISSING, Linkage.UNSUPPORTED}:
        return "ingredient.manifest.missing"
    return ""


def _inner(manifest: Manifest, faults: _Faults) -> Standing:
    """Judge a manifest whose media is not here: its seals and its signature are all there is."""
    del manifest
    if faults.signature:
        return Standing(Integrity.BROKEN, Break.UNPROVEN, "the claim signature does not verify")
    if faults.seal:
        return Standing(
            Integrity.BROKEN, Break.UNPROVEN, f"altered after signing: {faults.seal[0]}"
        )
    if faults.binding:
        reason = "recorded as a mismatch with its media"
        return Standing(Integrity.BROKEN, Break.OTHER_BYTES, reason)
    if faults.unknown:
        return Standing(Integrity.UNCHECKED, None, f"not understood: {faults.unknown[0]}")
    return Standing(Integrity.INTACT)


def _active(
    store: ManifestStore,
    faults: dict[str, _Faults],
    answer: Answer,
    media: Media,
    findings: list[Finding],
) -> Standing:
    """Judge the active manifest, binding included."""
    own = faults[store.active]
    inner = _inner(store.active_manifest, own if not own.binding else _without_binding(own))
    if inner.integrity is Integrity.BROKEN:
        return inner
    if not media.at_hand:
        reason = "the media is not here: only the credential itself was checked"
        return Standing(Integrity.UNCHECKED, None, reason)
    if answer.refusal is not None:
        return _refused(store, answer, media, findings)
    if answer.same_store is False:
        return Standing(Integrity.UNCHECKED, None, "two readers find two credentials in this file")
    bound = faults[_bound_by(store)]
    if bound.binding:
        return _mismatch(store, bound, answer, media, findings)
    if inner.integrity is Integrity.UNCHECKED:
        return inner
    if not bound.matches:
        findings.append(warning("binding.unchecked", "nothing was compared with the media"))
        return Standing(Integrity.UNCHECKED, None, "nothing was compared with the media")
    return _covered(store, media, findings)


def _without_binding(faults: _Faults) -> _Faults:
    return replace(faults, binding=[])


def _bound_by(store: ManifestStore) -> str:
    """Return the manifest that holds the binding: an update manifest takes its parent's."""
    label, seen = store.active, set()
    while store.manifests[label].is_update and label not in seen:
        seen.add(label)
        parents = [
            i.target
            for i in store.manifests[label].ingredients
            if i.relationship is Relationship.PARENT_OF and i.target in store.manifests
        ]
        if len(parents) != 1 or parents[0] is None:
            break
        label = parents[0]
    return label


def _refused(
    store: ManifestStore, answer: Answer, media: Media, findings: list[Finding]
) -> Standing:
    """Judge by the SDK's refusal: our own checks held, but it compared nothing with the media.

    A data hash we can compute ourselves; that it matches is half of what the SDK would have
    checked, that it does not is an answer.
    """
    message = f"the SDK refuses this credential: {answer.message}"
    holder = store.manifests[_bound_by(store)]
    for assertion in holder.named("c2pa.hash.data"):
        if coverage.computable(assertion) and not media.data_hash_matches(assertion):
            words = "the media does not have the hash that was signed"
            where = f"{holder.label}/{assertion.label}"
            findings.append(error("assertion.dataHash.mismatch", words, where))
            reason = "the media is not the one that was signed"
            return Standing(Integrity.BROKEN, Break.OTHER_BYTES, reason)
    if not any(a.base in HARD_BINDINGS for a in holder.assertions):
        findings.append(error("claim.hardBindings.missing", message, store.active))
        reason = "nothing in the credential binds it to this media"
        return Standing(Integrity.BROKEN, Break.OTHER_BYTES, reason)
    if answer.refusal is Refusal.MALFORMED:
        findings.append(error("credential.malformed", message))
        return Standing(Integrity.UNCHECKED, None, message)
    findings.append(warning("binding.unchecked", message))
    return Standing(Integrity.UNCHECKED, None, message)


def _mismatch(
    store: ManifestStore, bound: _Faults, answer: Answer, media: Media, findings: list[Finding]
) -> Standing:
    """Tell a hash that covers too little from one that does not match.

    The SDK calls a range that is not just the credential a mismatch beside its match. With
    fragments, the match is one segment's and the mismatch another's.
    """
    holder = store.manifests[_bound_by(store)]
    ranged = holder.named("c2pa.hash.data")
    for assertion in ranged:
        if name := coverage.unsupported_algorithm(assertion):
            where = f"{holder.label}/{assertion.label}"
            reason = f"the data hash is made with {name}, which C2PA does not allow"
            findings.append(error("algorithm.unsupported", reason, where))
            return Standing(Integrity.UNCHECKED, None, reason)
    both = not answer.fragments and set(bound.binding) <= set(bound.matches)
    if both or any(media.data_hash_matches(a) for a in ranged):
        left = "".join(coverage.uncovered(a, media.spans) for a in ranged)
        reason = left or "the hash matches, but what it leaves out is not just the credential"
        findings.append(warning("binding.partial", reason, holder.label))
        return Standing(Integrity.PARTIAL, None, reason)
    if media.fragmented and _by_fragments(store):
        reason = "fragmented media whose fragments were not given"
        findings.append(note("binding.fragments_missing", f"{reason}: use --fragments"))
        return Standing(Integrity.UNCHECKED, None, reason)
    findings += bound.mismatches
    return Standing(Integrity.BROKEN, Break.OTHER_BYTES, "the media is not the one that was signed")


def _by_fragments(store: ManifestStore) -> bool:
    """Tell whether the binding is made for separate fragments: a Merkle row with an init hash."""
    for assertion in store.manifests[_bound_by(store)].assertions:
        if not assertion.base.startswith("c2pa.hash.bmff"):
            continue
        try:
            data = assertion.decode()
        except ValueError:
            continue
        rows = data.get("merkle") if isinstance(data, dict) else None
        if isinstance(rows, list | tuple):
            return any(isinstance(r, dict) and r.get("initHash") for r in rows)
    return False


def _covered(store: ManifestStore, media: Media, findings: list[Finding]) -> Standing:
    holder = store.manifests[_bound_by(store)]
    for assertion in holder.assertions:
        if assertion.base in HARD_BINDINGS and (
            left := coverage.uncovered(
                assertion, media.spans, media.top_boxes, media.extents, media.unboxed
            )
        ):
            findings.append(warning("binding.partial", left, f"{holder.label}/{assertion.label}"))
            return Standing(Integrity.PARTIAL, None, left)
        if assertion.base == "c2pa.hash.data" and (fault := coverage.data_hash_fault(assertion)):
            where = f"{holder.label}/{assertion.label}"
            findings.append(error("assertion.dataHash.malformed", fault, where))
            return Standing(Integrity.UNCHECKED, None, fault)
    return Standing(Integrity.INTACT)
