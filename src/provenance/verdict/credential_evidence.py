"""From a credential that was read to evidence, step by step: chains, integrity, signals, gaps.

This is where `cryptography` is first needed; nothing here runs for a file without a credential.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from provenance.base.finding import Finding
from provenance.base.options import CrossCheck
from provenance.base.terms import (
    BreakKind,
    Cawg,
    Conformance,
    CredentialStatus,
    Identity,
    Integrity,
    Origin,
    Revocation,
)
from provenance.base.values import dataclass
from provenance.credentials import chains as signing_chains
from provenance.credentials import integrity, sdk
from provenance.credentials.cawg import judging
from provenance.credentials.cawg.identity_check import IdentityGrounds
from provenance.credentials.cross_check import with_sdk_opinion
from provenance.credentials.manifest import Linkage
from provenance.credentials.validation import structure
from provenance.marks import checking, declared
from provenance.signals import gaps, manifest_paths, official, source_types
from provenance.signals.signal import Role
from provenance.signals.statements import Signer, read_statements
from provenance.signing import crl
from provenance.signing import ocsp_client as ocsp_clients
from provenance.signing.cache import ChainCache
from provenance.verdict import reporting
from provenance.verdict.assess import assess
from provenance.verdict.assurance import strength
from provenance.verdict.evidence import Axes, Evidence, InputFact, InputKind, Markers
from provenance.verdict.report import MAX_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Self

    from provenance.base.network import Call
    from provenance.credentials.integrity import StoreIntegrity
    from provenance.credentials.locate import FoundCredential
    from provenance.credentials.manifest import Assertion, Manifest, ManifestStore
    from provenance.credentials.validation.fault import RuleFault
    from provenance.marks.checking import Compared
    from provenance.marks.decoder import WatermarkResult
    from provenance.marks.soft_binding import Declared
    from provenance.media.asset import Asset
    from provenance.media.container import Scan
    from provenance.signals.manifest_paths import Position, Strength
    from provenance.signals.signal import Signal, Statement
    from provenance.signing.chain_answer import ChainVerdict
    from provenance.signing.conforming import ConformingProducts
    from provenance.signing.crl import RevocationList
    from provenance.signing.ocsp_client import OcspClient
    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.report import ManifestInfo

    Positions = Mapping[tuple[str, Role], Position]
    """The strongest path to each manifest, by its label and its role."""

_MISSING = "assertion.action.softBindingMissing"
_CLEARING = frozenset({Origin.CAPTURED, Origin.DIGITAL_CREATION})
"""What is said of a file only where two validators find its credential intact."""


@dataclass(frozen=True, slots=True)
class CredentialEvidence:
    """What a credential gives: evidence for the verdict, and what the report shows of it.

    `credential` is what was given, with the SDK's answer where it was asked; `checks` is what our
    own check of the one active store gave.
    """

    evidence: Evidence
    manifests: tuple[ManifestInfo, ...]
    findings: tuple[Finding, ...]
    credential: FoundCredential
    chains: Mapping[str, ChainVerdict]
    calls: tuple[Call, ...] = ()
    checks: StoreIntegrity | None = None


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was checked of each manifest: its chain and integrity, and how far it carries."""

    store: ManifestStore
    chains: Mapping[str, ChainVerdict]
    integrities: StoreIntegrity
    strengths: Mapping[str, Strength]

    @property
    def broken(self) -> frozenset[str]:
        """The labels of manifests that fail their own checks."""
        return frozenset(
            label
            for label, standing in self.integrities.standings.items()
            if standing.integrity is Integrity.BROKEN
        )


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
    return tuple(revocation_list for path in paths for revocation_list in crl.load_crls(path))


def ocsp_client() -> OcspClient:
    """Return the one client that may ask a signer's responder."""
    return ocsp_clients.OcspClient()


@dataclass(frozen=True, slots=True)
class JudgementGrounds:
    """What a judgement rests on in addition to the file: lists, time, and what the user supplied.

    `ocsp` is there only where the user asked for the network by name.
    """

    trust: TrustStore
    at: datetime
    cache: ChainCache
    crls: tuple[RevocationList, ...] = ()
    ocsp: OcspClient | None = None
    products: ConformingProducts | None = None


def evidence_of(  # noqa: PLR0913 - each is evidence of another kind
    asset: Asset,
    credential: FoundCredential,
    grounds: JudgementGrounds,
    *,
    scan: Scan,
    markers: Markers,
    show_personal_data: bool = False,
    cross_check: CrossCheck = CrossCheck.AUTO,
    demanded: bool = False,
) -> CredentialEvidence:
    """Turn a credential that was read into evidence: steps 4 to 6 of the road.

    `credential.store` is there. `cross_check` says when the SDK is asked, `demanded` that a policy
    asks for a valid credential. `markers` are what was found outside of it.
    """
    store = credential.store
    assert store is not None  # noqa: S101 - by the caller
    # 4. Chains, and what neither integrity nor a second opinion changes.
    fixed = _Fixed.of_store(store, grounds)
    declared = _read_declared_marks(store)
    compared = _compare_watermarks(store, declared, markers.watermarks)
    # 5. Integrity, and what the manifests say on the way to the active one.
    judged = partial(fixed.judged, markers=markers)
    credential = credential.settled()
    # 6. The second opinion, where it is asked for or a wrong "intact" could clear the file.
    if cross_check is CrossCheck.ALWAYS:
        credential = with_sdk_opinion(asset, scan, credential)
    checked, evidence, differing = judged(credential)
    if cross_check is CrossCheck.AUTO and (
        demanded or not checked.integrities.clean or assess(evidence).origin in _CLEARING
    ):
        credential = with_sdk_opinion(asset, scan, credential)
        checked, evidence, differing = judged(credential)
    return CredentialEvidence(
        evidence,
        reporting.manifests(
            store,
            _known(checked, declared, compared),
            show_personal_data=show_personal_data,
        ),
        (
            *_findings(checked, declared),
            *fixed.noticed,
            *differing,
            *fixed.over_claims,
            *(compared.findings if compared else ()),
        ),
        credential,
        checked.chains,
        grounds.ocsp.take() if grounds.ocsp else (),
        checked.integrities,
    )


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What neither integrity nor a second opinion changes: step 4, with the faults of structure.

    `said` and `signers` are by label. `named` is our own answer on named actors, `noticed` what
    was found about them; `over_claims` is what the signer's record of conformance does not allow.
    """

    store: ManifestStore
    chains: Mapping[str, ChainVerdict]
    at: datetime
    said: Mapping[str, tuple[Statement, ...]]
    signers: Mapping[str, Signer]
    named: Cawg
    noticed: tuple[Finding, ...]
    conformance: Conformance
    over_claims: Sequence[Finding]
    faults: Sequence[RuleFault]

    @classmethod
    def of_store(cls, store: ManifestStore, grounds: JudgementGrounds) -> Self:
        """Judge the chains of a store, and what rests on them alone."""
        chains = signing_chains.chain_verdicts(
            store,
            trust=grounds.trust,
            at=grounds.at,
            cache=grounds.cache,
            crls=grounds.crls,
            ocsp=grounds.ocsp,
        )
        active = chains.get(store.active)
        said, signers = _read_statements(store, chains)
        named, noticed = _judge_identities(store, active, grounds)
        conformance, over_claims = _conformance(store, active, grounds.products)
        return cls(
            store=store,
            chains=chains,
            at=grounds.at,
            said=said,
            signers=signers,
            named=named,
            noticed=noticed,
            conformance=conformance,
            over_claims=over_claims,
            faults=structure.structure_faults(store),
        )

    def judged(
        self, credential: FoundCredential, *, markers: Markers
    ) -> tuple[_Checked, Evidence, tuple[Finding, ...]]:
        """Return integrity, the evidence, and where the SDK differs about named actors."""
        store, chain = self.store, self.chains.get(self.store.active)
        checked = _check_integrity(credential, self.chains, self.at, self.faults)
        positions = manifest_paths.positions(store, checked.strengths, checked.integrities.links)
        signals = (
            *manifest_paths.signals_on_paths(store, self.said, positions, self.signers),
            *manifest_paths.loose_signals(store.loose),
        )
        own = reporting.axes(checked.integrities.standings[store.active].integrity, chain)
        identity, differing = _lower_identities(store, self.named, credential)
        axes = Axes(
            own.integrity, own.identity, own.time, own.revocation, identity, self.conformance
        )
        evidence = _evidence(credential.status, checked, positions, axes, signals, markers)
        return checked, evidence, differing


def _known(
    checked: _Checked, declared: Mapping[str, Declared], compared: Compared | None
) -> reporting.CheckedManifests:
    """Return what a report shows of each manifest in addition to what it says."""
    return reporting.CheckedManifests(
        checked.integrities.standings,
        checked.chains,
        checked.strengths,
        {(e.source, e.ingredient.label): e.broken for e in checked.integrities.links},
        declared,
        compared.checked if compared else {},
    )


def of_several(
    credential: FoundCredential,
    *,
    markers: Markers,
    show_personal_data: bool = False,
) -> CredentialEvidence:
    """Turn several stores of one file into evidence: none is active, and all of them speak.

    The standard lets a validator reject such a file (C2PA 2.4 section 15.5.2.1). Nothing is
    attributed to a signer. Where `status` is unreadable they are at no place of the format.
    """
    stores, status = credential.several, credential.status
    present = status is CredentialStatus.PRESENT
    why = (
        f"it is in one of {len(stores)} readable manifest stores, none of which is active"
        if present
        else "it is in a manifest store where this format has none"
    )
    loose = [manifest for store in stores for manifest in store.all_loose(why)]
    findings = [f for store in stores for f in store.findings]
    evidence = Evidence(
        status,
        axes=Axes(Integrity.BROKEN) if present else Axes(),
        break_kind=BreakKind.UNPROVEN if present else None,
        break_reason="the file has several manifest stores, where one belongs" if present else "",
        signals=(*manifest_paths.loose_signals(loose), *markers.signals),
        unread=tuple(dict.fromkeys(limit for store in stores for limit in store.limits)),
        camera_exif=markers.camera_exif,
    )
    manifests = tuple(
        info
        for store in stores
        for info in reporting.manifests(
            replace(store, active=""),
            reporting.CheckedManifests(),
            show_personal_data=show_personal_data,
        )
    )
    return CredentialEvidence(evidence, manifests[:MAX_ENTRIES], tuple(findings), credential, {})


def _check_integrity(
    credential: FoundCredential,
    chains: Mapping[str, ChainVerdict],
    at: datetime,
    own: Sequence[RuleFault],
) -> _Checked:
    store = credential.store
    assert store is not None  # noqa: S101 - as above
    integrities = integrity.integrities(
        store,
        credential.answer,
        {label: chain.signature_valid for label, chain in chains.items()},
        integrity.MediaCheck(credential.outcomes, credential.media_at_hand, credential.rewritten),
        {
            label
            for label, chain in chains.items()
            if chain.signature_valid and "signature.der_encoded" in {f.code for f in chain.findings}
        },
        own,
    )
    strengths = {
        label: strength(standing, chains.get(label), at)
        for label, standing in integrities.standings.items()
    }
    return _Checked(store, chains, integrities, strengths)


def _judge_identities(
    store: ManifestStore, chain: ChainVerdict | None, grounds: JudgementGrounds
) -> tuple[Cawg, tuple[Finding, ...]]:
    """Judge which named actors vouch for the content; `chain` is the active manifest's."""
    if not store.active_manifest.named(judging.LABEL):
        return Cawg.NONE, ()
    held = signing_chains.collect_attached(store).ocsp
    return judging.cawg_verdict(
        store,
        IdentityGrounds(grounds.trust, grounds.at, grounds.cache, grounds.crls, held, chain),
    )


def _lower_identities(
    store: ManifestStore, named: Cawg, credential: FoundCredential
) -> tuple[Cawg, tuple[Finding, ...]]:
    """Hear the SDK about the identities, too, where it was asked about the file."""
    answer = credential.answer
    if named is Cawg.NONE or answer is None or answer.refusal is not None:
        return named, ()

    return judging.lowered(store, named, sdk.ask_identities(credential.data))


def _read_statements(
    store: ManifestStore, chains: Mapping[str, ChainVerdict]
) -> tuple[dict[str, tuple[Statement, ...]], dict[str, Signer]]:
    """Return what each manifest says, and who signed it, by label."""
    signers = {label: _signer(chain) for label, chain in chains.items()}
    said = {
        label: read_statements(store.manifests[label], signers.get(label, Signer()))
        for label in store.reachable
    }
    return said, signers


def _evidence(
    status: CredentialStatus,
    checked: _Checked,
    positions: Positions,
    axes: Axes,
    said: tuple[Signal, ...],
    markers: Markers,
) -> Evidence:
    store = checked.store
    signals = (*said, *markers.signals)
    active = checked.integrities.standings[store.active]
    lost = gaps.unreadable_assertions(store, positions)
    return Evidence(
        status,
        axes=axes,
        break_kind=active.kind,
        break_reason=active.reason,
        signals=signals,
        capture_gaps=_gaps(store, positions, Origin.CAPTURED, lost, signals),
        creation_gaps=_gaps(store, positions, Origin.DIGITAL_CREATION, lost, signals),
        inputs=_inputs(store, positions, signals),
        revoked=frozenset(
            label
            for label, chain in checked.chains.items()
            if chain.signature_valid and chain.revocation.status is Revocation.REVOKED
        ),
        unread=(
            *(
                f"{label}/{assertion.label}"
                for label, assertions in lost.items()
                for assertion in assertions
                if assertion.linkage is not Linkage.MISSING  # else it is broken, and says so
            ),
            *store.limits,
        ),
        broken_links=_broken_links(checked, positions),
        incomplete="transformation:signal_ambiguousActions"
        in official.transformations(store.active_manifest),
        camera_exif=markers.camera_exif,
        generators=tuple(map(reporting.product_name, store.active_manifest.generators)),
    )


def _broken_links(checked: _Checked, positions: Positions) -> tuple[str, ...]:
    """Name the links that fail, and the parents that are broken in themselves.

    What an earlier tool recorded, and cannot be checked here, is that tool's word.
    """
    failing = [
        link
        for link in checked.integrities.links
        if link.broken and not link.broken.startswith(integrity.RECORDED)
    ]
    links = [f"{link.source}/{link.ingredient.label}: {link.broken}" for link in failing]
    # Where the link holds, these are the bytes that were used: they were broken then.
    said = {checked.store.active, *(link.target for link in failing)}
    broken = checked.broken - said
    links += [
        f"{label}: already broken when it was used: {checked.integrities.standings[label].reason}"
        for label, role in positions
        if role is Role.ASSET and label in broken
    ]
    return tuple(dict.fromkeys(links))


def _gaps(
    store: ManifestStore,
    positions: Positions,
    wanted: Origin,
    lost: Mapping[str, Sequence[Assertion]],
    signals: tuple[Signal, ...],
) -> tuple[str, ...]:
    """Look for what speaks against a claim, where there is one."""
    if not any(s.supports is wanted for s in signals):
        return ()
    return gaps.find_gaps(store, positions, wanted, lost)


def _findings(checked: _Checked, declared: Mapping[str, Declared]) -> list[Finding]:
    """Gather what reading and checking the manifests met."""
    store = checked.store
    findings = [*store.findings, *checked.integrities.findings]
    for label in store.reachable:
        findings += store.manifests[label].findings
        findings += declared[label].findings if label in declared else ()
        chain = checked.chains.get(label)
        if chain is not None:
            # What is said of a signature holds whether it verifies; of a chain, where it does.
            said = any(f.code == "claimSignature.mismatch" and label in f.where for f in findings)
            findings += [
                _within_manifest(f, label)
                for f in chain.findings
                if chain.signature_valid
                or (
                    f.code.startswith("signature.")
                    and not (said and f.code == "signature.mismatch")
                )
            ]
    if placed := {f for d in declared.values() for f in d.findings if f.code == _MISSING}:
        # The marks name the action; our check of its list and the SDK say the same.
        findings = [f for f in findings if f.code != _MISSING or f in placed]
    return findings


def _compare_watermarks(
    store: ManifestStore, declared: Mapping[str, Declared], decoded: Sequence[WatermarkResult]
) -> Compared | None:
    """Compare declared soft bindings with what decoders read; None where none was asked for."""
    if not decoded:
        return None

    return checking.compare(store, declared, decoded)


def _read_declared_marks(store: ManifestStore) -> dict[str, Declared]:
    """Read soft bindings and watermark actions of the manifests that may hold some, by label."""
    holding = [m for m in store.manifests.values() if _may_declare(m)]
    if not holding:
        return {}

    return {m.label: declared.declared_marks(m) for m in holding}


def _may_declare(manifest: Manifest) -> bool:
    return bool(manifest.named("c2pa.soft-binding")) or any(
        action.name.startswith("c2pa.watermarked") or action.description
        for action in manifest.all_actions()
    )


def _within_manifest(finding: Finding, label: str) -> Finding:
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
    match = products.match_of_chain(chain, signature.certificates[0], said)
    return match.conformance, [match.finding] if match.finding else []


def _signer(chain: ChainVerdict) -> Signer:
    leaf = chain.path[0] if chain.path else None
    return Signer(
        organisation=leaf.organisation if leaf else "",
        common_name=leaf.common_name if leaf else "",
        listed=chain.identity in {Identity.C2PA, Identity.INTERIM},
        proven=chain.signature_valid,
    )


def _inputs(
    store: ManifestStore, positions: Positions, signals: tuple[Signal, ...]
) -> tuple[InputFact, ...]:
    """Find the inputs of the asset, which may show a real person."""
    facts = []
    for label in store.reachable:
        if (label, Role.ASSET) not in positions:
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
    return source_types.origin_of(source_type) is Origin.AI_GENERATED
