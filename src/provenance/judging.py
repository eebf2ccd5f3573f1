"""From a credential that was read to evidence: chains, integrity, signals, and their report.

This is where `cryptography` is first needed; nothing here runs for a file without a credential.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from provenance import reporting
from provenance.assurance import strength
from provenance.chain import engine
from provenance.chain.cache import ChainCache
from provenance.credentials import assertions as reading
from provenance.credentials import binding, data_hash
from provenance.finding import Finding
from provenance.signals import gaps, official, paths, source_types
from provenance.signals.model import Role, Signal
from provenance.signals.statements import Signer, statements
from provenance.terms import Identity, Integrity, Origin, Revocation, TimeStatus
from provenance.trust import TrustStore
from provenance.verdict import Axes, Evidence, InputFact, InputKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from provenance.asset import Asset
    from provenance.chain.model import ChainVerdict
    from provenance.credentials.gather import Gathered
    from provenance.credentials.manifest import ManifestStore
    from provenance.report_manifest import ManifestInfo

_LISTED = frozenset({Identity.C2PA, Identity.INTERIM, Identity.PRIVATE})
_MAX_ATTACHED = 64


@dataclass(frozen=True, slots=True)
class Judged:
    """Evidence for the verdict, and what the report shows of it."""

    evidence: Evidence
    manifests: tuple[ManifestInfo, ...]
    findings: tuple[Finding, ...]
    sdk_state: str | None


def new_cache() -> ChainCache:
    """Return an empty cache for the chains of one verifier."""
    return ChainCache()


@functools.cache
def bundled_trust() -> TrustStore:
    """Return the bundled trust lists, loaded once a process."""
    return TrustStore.load()


def judge(
    asset: Asset,
    gathered: Gathered,
    *,
    trust: TrustStore,
    at: datetime,
    cache: ChainCache,
    fragmented: bool,
    show_personal_data: bool,
) -> Judged:
    """Judge a credential that was read: `gathered.store` and `gathered.answer` are there."""
    store, answer = gathered.store, gathered.answer
    assert store is not None and answer is not None  # noqa: S101, PT018 - by the caller
    chains = _chains(store, trust, at, cache)
    integrities = binding.judge(
        store,
        answer,
        {label: chain.signature_valid for label, chain in chains.items()},
        binding.Media(
            spans=gathered.spans,
            at_hand=gathered.media_at_hand,
            fragmented=fragmented and not answer.fragments,
            data_hash_matches=functools.partial(data_hash.matches, asset),
        ),
    )
    signers = {label: _signer(chain) for label, chain in chains.items()}
    strengths = {
        label: strength(standing, chains.get(label), at)
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
    evidence = Evidence(
        gathered.status,
        axes=axes,
        break_kind=active.kind,
        break_reason=active.reason,
        signals=signals,
        capture_gaps=gaps.gaps(store, places, Origin.CAPTURED),
        creation_gaps=gaps.gaps(store, places, Origin.DIGITAL_CREATION),
        inputs=_inputs(store, places, signals),
        revoked=frozenset(
            label
            for label, chain in chains.items()
            if chain.signature_valid and chain.revocation.status is Revocation.REVOKED
        ),
        incomplete="transformation:signal_ambiguousActions"
        in official.transformations(store.active_manifest),
    )
    findings = [*store.findings, *integrities.findings]
    for label in store.reachable:
        findings += store.manifests[label].findings
        chain = chains.get(label)
        if chain is not None and chain.signature_valid:
            findings += [_placed(f, label) for f in chain.findings]
    manifests = reporting.manifests(
        store, integrities, chains, strengths, show_personal_data=show_personal_data
    )
    return Judged(evidence, manifests, tuple(findings), answer.state)


def _placed(finding: Finding, label: str) -> Finding:
    where = f"{label}/{finding.where}" if finding.where else label
    return Finding(finding.code, finding.severity, finding.message, where)


def _chains(
    store: ManifestStore, trust: TrustStore, at: datetime, cache: ChainCache
) -> dict[str, ChainVerdict]:
    stamps, ocsp = _attached(store)
    made = {}
    for label in store.reachable:
        manifest = store.manifests[label]
        if manifest.signature is not None:
            made[label] = engine.judge(
                manifest.signature,
                manifest.claim,
                trust=trust,
                at=at,
                attached_time_stamps=stamps.get(label, ()),
                attached_ocsp=ocsp,
                cache=cache,
            )
    return made


def _attached(store: ManifestStore) -> tuple[dict[str, list[bytes]], list[bytes]]:
    """Collect what other manifests hold for a signature.

    `c2pa.time-stamp` maps manifest labels to tokens (C2PA 2.4 section 18.25), `c2pa.certificate-
    status` lists OCSP responses (section 18.26). Both are signed by their authority, whoever put
    them there.
    """
    stamps: dict[str, list[bytes]] = {}
    ocsp: list[bytes] = []
    for label in store.reachable:
        for assertion in store.manifests[label].named("c2pa.time-stamp", "c2pa.certificate-status"):
            try:
                data = assertion.decode()
            except ValueError:
                continue
            if not isinstance(data, dict):
                continue
            if assertion.base == "c2pa.certificate-status":
                values = data.get("ocspVals")
                if isinstance(values, list | tuple):
                    ocsp += [v for v in values if isinstance(v, bytes)]
                continue
            for key, value in data.items():
                if isinstance(key, str) and isinstance(value, bytes):
                    named = reading.manifest_label(key) or key
                    stamps.setdefault(named, []).append(value)
    return stamps, ocsp[:_MAX_ATTACHED]


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
