"""From a credential that was read to evidence: chains, integrity, signals, and their report.

This is where `cryptography` is first needed; nothing here runs for a file without a credential.
"""

from __future__ import annotations

import functools
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.base.finding import Finding
from provenance.base.terms import (
    Conformance,
    Identity,
    Integrity,
    Origin,
    Revocation,
    TimeStatus,
)
from provenance.base.values import dataclass
from provenance.credentials import binding, cawg, coverage, data_hash, form
from provenance.credentials import chains as signing_chains
from provenance.credentials.manifest import Linkage
from provenance.signals import gaps, official, paths, source_types
from provenance.signals.model import Role, Signal
from provenance.signals.statements import Signer, statements
from provenance.signing.cache import ChainCache
from provenance.signing.trust_store import TrustStore
from provenance.verdict import reporting
from provenance.verdict.assess import Axes, Evidence, InputFact, InputKind
from provenance.verdict.assurance import strength

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from provenance.base.network import Call
    from provenance.credentials.gather import Gathered
    from provenance.credentials.manifest import Manifest, ManifestStore
    from provenance.marks.soft_binding import Declared
    from provenance.media.asset import Asset
    from provenance.media.container import Scan
    from provenance.media.container.extents import Extent
    from provenance.signing.conforming import ConformingProducts
    from provenance.signing.crl import RevocationList
    from provenance.signing.model import ChainVerdict
    from provenance.signing.ocsp_client import OcspClient
    from provenance.verdict.report_manifest import ManifestInfo

_MISSING = "assertion.action.softBindingMissing"
_LISTED = frozenset({Identity.C2PA, Identity.INTERIM, Identity.PRIVATE})


@dataclass(frozen=True, slots=True)
class Judged:
    """Evidence for the verdict, and what the report shows of it."""

    evidence: Evidence
    manifests: tuple[ManifestInfo, ...]
    findings: tuple[Finding, ...]
    sdk_state: str | None
    chains: Mapping[str, ChainVerdict]
    calls: tuple[Call, ...] = ()


_local = threading.local()


def chain_cache() -> ChainCache:
    """Return this thread's cache of chains, links and tokens, kept for the life of the process.

    Its keys are digests of what was judged and of the trust store, so that verifiers of other
    lists and other times may share it.
    """
    if not hasattr(_local, "cache"):
        _local.cache = ChainCache()
    cache: ChainCache = _local.cache
    return cache


def revocation_lists(paths: Sequence[str]) -> tuple[RevocationList, ...]:
    """Read revocation lists. Raises TrustMaterialError."""
    if not paths:
        return ()
    from provenance.signing import crl  # noqa: PLC0415 - rarely asked for

    return tuple(one for path in paths for one in crl.load(path))


def ocsp_client() -> OcspClient:
    """Return the one client that may ask a signer's responder."""
    from provenance.signing.ocsp_client import OcspClient  # noqa: PLC0415 - the network, by name

    return OcspClient()


def _extents(asset: Asset) -> list[Extent]:
    from provenance.media.container import extents  # noqa: PLC0415 - few hashes leave tables out

    return extents.media(asset)


def _unboxed(asset: Asset, found: Scan) -> int:
    from provenance.media.container import jpeg_extent  # noqa: PLC0415 - few hashes are over boxes

    return jpeg_extent.unboxed(asset) if found.family == "jpeg" else found.trailing


@functools.cache
def bundled_trust() -> TrustStore:
    """Return the bundled trust lists, loaded once a process."""
    return TrustStore.load()


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a judgement rests on beside the file: lists, time, and what the user supplied.

    `ocsp` is there only where the user asked for the network by name.
    """

    trust: TrustStore
    at: datetime
    cache: ChainCache
    crls: tuple[RevocationList, ...] = ()
    ocsp: OcspClient | None = None
    products: ConformingProducts | None = None


def judge(
    asset: Asset,
    gathered: Gathered,
    grounds: Grounds,
    *,
    found: Scan,
    show_personal_data: bool,
) -> Judged:
    """Judge a credential that was read: `gathered.store` and `gathered.answer` are there."""
    store, answer = gathered.store, gathered.answer
    assert store is not None and answer is not None  # noqa: S101, PT018 - by the caller
    chains = signing_chains.judge(
        store,
        trust=grounds.trust,
        at=grounds.at,
        cache=grounds.cache,
        crls=grounds.crls,
        ocsp=grounds.ocsp,
    )
    integrities = binding.judge(
        store,
        answer,
        {label: chain.signature_valid for label, chain in chains.items()},
        binding.Media(
            spans=gathered.spans,
            at_hand=gathered.media_at_hand,
            fragmented=found.fragmented and not answer.fragments,
            data_hash_matches=functools.partial(data_hash.matches, asset),
            top_boxes=functools.partial(coverage.top_level, asset),
            extents=functools.partial(_extents, asset),
            unboxed=functools.partial(_unboxed, asset, found),
        ),
    )
    signers = {label: _signer(chain) for label, chain in chains.items()}
    strengths = {
        label: strength(standing, chains.get(label), grounds.at)
        for label, standing in integrities.standings.items()
    }
    places = paths.positions(store, strengths, integrities.edges)
    said = {
        label: statements(store.manifests[label], signers.get(label, Signer()))
        for label in store.reachable
    }
    signals = paths.signals(store, said, places, signers)
    active = integrities.standings[store.active]
    axes = _axes(active.integrity, chains.get(store.active))
    identity, noticed = cawg.judge(store, gathered.data)
    standing, over_claims = _conformance(store, chains.get(store.active), grounds.products)
    axes = replace(axes, cawg=identity, conformance=standing)
    lost = gaps.unreadable(store, places)
    evidence = Evidence(
        gathered.status,
        axes=axes,
        break_kind=active.kind,
        break_reason=active.reason,
        signals=signals,
        capture_gaps=gaps.gaps(store, places, Origin.CAPTURED, lost),
        creation_gaps=gaps.gaps(store, places, Origin.DIGITAL_CREATION, lost),
        inputs=_inputs(store, places, signals),
        revoked=frozenset(
            label
            for label, chain in chains.items()
            if chain.signature_valid and chain.revocation.status is Revocation.REVOKED
        ),
        unread=tuple(
            f"{label}/{one.label}"
            for label, assertions in lost.items()
            for one in assertions
            if one.linkage is not Linkage.MISSING  # else it is broken, and says so
        ),
        incomplete="transformation:signal_ambiguousActions"
        in official.transformations(store.active_manifest),
    )
    findings = [*store.findings, *integrities.findings, *noticed, *over_claims]
    declared = _declared(store)
    for label in store.reachable:
        findings += store.manifests[label].findings
        findings += form.breaches(store.manifests[label])
        findings += declared[label].findings if label in declared else ()
        chain = chains.get(label)
        if chain is not None and chain.signature_valid:
            findings += [_placed(f, label) for f in chain.findings]
    if placed := {f for d in declared.values() for f in d.findings if f.code == _MISSING}:
        # The SDK says the same, and of no action in particular.
        findings = [f for f in findings if f.code != _MISSING or f in placed]
    manifests = reporting.manifests(
        store, integrities, chains, strengths, declared, show_personal_data=show_personal_data
    )
    calls = grounds.ocsp.take() if grounds.ocsp else ()
    return Judged(evidence, manifests, tuple(findings), answer.state, chains, calls)


def _declared(store: ManifestStore) -> dict[str, Declared]:
    """Read soft bindings and watermark actions of the manifests that may hold some, by label."""
    holding = [m for m in store.manifests.values() if _may_declare(m)]
    if not holding:
        return {}
    from provenance.marks import declared  # noqa: PLC0415 - few manifests hold one

    return {m.label: declared.read(m) for m in holding}


def _may_declare(manifest: Manifest) -> bool:
    return bool(manifest.named("c2pa.soft-binding")) or any(
        action.name.startswith("c2pa.watermarked") or action.description
        for action in manifest.all_actions()
    )


def _placed(finding: Finding, label: str) -> Finding:
    where = f"{label}/{finding.where}" if finding.where else label
    return Finding(finding.code, finding.severity, finding.message, where)


def _conformance(
    store: ManifestStore, chain: ChainVerdict | None, products: ConformingProducts | None
) -> tuple[Conformance, list[Finding]]:
    """Hold the active signer against its record, where a list is loaded."""
    signature = store.active_manifest.signature
    if products is None or chain is None or signature is None or not signature.certificates:
        return Conformance.NOT_CHECKED, []
    manifest = store.active_manifest
    said = (*official.inceptions(manifest), *official.transformations(manifest))
    match = products.of(chain, signature.certificates[0], said)
    return match.conformance, [match.finding] if match.finding else []


def _signer(chain: ChainVerdict) -> Signer:
    leaf = chain.path[0] if chain.path else None
    return Signer(
        organisation=leaf.organisation if leaf else "",
        common_name=leaf.common_name if leaf else "",
        listed=chain.identity in _LISTED,
        proven=chain.signature_valid,
    )


def _axes(integrity: Integrity, chain: ChainVerdict | None) -> Axes:
    if chain is None or not chain.signature_valid:
        return Axes(integrity, Identity.UNPROVEN, TimeStatus.UNKNOWN, Revocation.NOT_CHECKED)
    return Axes(integrity, chain.identity, chain.time, chain.revocation.status)


def _inputs(
    store: ManifestStore, places: Mapping[tuple[str, Role], Any], signals: tuple[Signal, ...]
) -> tuple[InputFact, ...]:
    """Find the inputs of the asset behind which a real person may stand."""
    facts = []
    for label in store.reachable:
        if (label, Role.ASSET) not in places:
            continue
        for ingredient in store.manifests[label].ingredients:
            if ingredient.relationship is None or ingredient.relationship.value != "inputTo":
                continue
            where = f"{label}/{ingredient.label}"
            held = ingredient.target is not None and ingredient.target in store.manifests
            if not held and not _declared_ai(ingredient.source_type):
                facts.append(InputFact(InputKind.UPLOAD, where))
    facts += [
        InputFact(InputKind.CAPTURE, s.where)
        for s in signals
        if s.role is Role.INPUT and s.origin is Origin.CAPTURED
    ]
    return tuple(facts)


def _declared_ai(source_type: str) -> bool:
    return source_types.origin(source_type) is Origin.AI_GENERATED
