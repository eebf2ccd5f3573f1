"""From statements to signals: which way a manifest speaks for the asset, and how far that carries.

A signal is as strong as the weakest manifest on its path. Where several paths lead to a manifest
the strongest counts, for each role by itself: being a component of the asset says less than being
its parent. Breadth is bounded by the store's own bounds; a cycle ends where nothing gets stronger.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from provenance.base.terms import RANK, Assurance, Origin
from provenance.base.values import dataclass
from provenance.credentials.manifest import (
    Ingredient,
    Loose,
    Manifest,
    ManifestStore,
    Relationship,
)
from provenance.signals import source_types
from provenance.signals.relationships import effective_relationship, is_sole_source
from provenance.signals.signal import Role, Signal, Statement
from provenance.signals.statements import Signer, read_statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance.credentials.integrity import IngredientLink


SIGNED = RANK[Assurance.SIGNED]


@dataclass(frozen=True, slots=True)
class Strength:
    """How far one manifest by itself carries a claim, and the reason where that is not far."""

    assurance: Assurance
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """The strongest way to a manifest in one role."""

    role: Role
    path: tuple[str, ...]
    assurance: Assurance
    weakest: str
    limit: str


def positions(
    store: ManifestStore, strengths: Mapping[str, Strength], links: Sequence[IngredientLink]
) -> dict[tuple[str, Role], Position]:
    """Find the strongest path to every reachable manifest, for each role it can have."""
    outgoing: dict[str, list[IngredientLink]] = {}
    for link in links:
        if link.target in store.manifests:
            outgoing.setdefault(link.source, []).append(link)
    own = strengths[store.active]
    start = Position(Role.ASSET, (store.active,), own.assurance, store.active, own.reason)
    reached: dict[tuple[str, Role], Position] = {}
    # the count settles ties: one ingredient manifest may be parent and component at once
    queue = [(RANK[start.assurance], 1, start.path, 0, start)]
    pushed = 0
    while queue:
        _, _, path, _, at = heapq.heappop(queue)
        label = path[-1]
        if (label, at.role) in reached:
            continue
        reached[label, at.role] = at
        for link in outgoing.get(label, ()):
            step = _step(at, link, store.manifests[label], strengths[link.target])
            if (link.target, step.role) not in reached:
                pushed += 1
                entry = (RANK[step.assurance], len(step.path), step.path, pushed, step)
                heapq.heappush(queue, entry)
    return reached


def _step(at: Position, link: IngredientLink, holder: Manifest, target: Strength) -> Position:
    path = (*at.path, link.target)
    role = _role(at.role, link.ingredient, holder)
    if link.broken:
        return Position(role, path, Assurance.BROKEN, link.target, link.broken)
    if link.weak and RANK[max(at.assurance, target.assurance, key=RANK.__getitem__)] < SIGNED:
        return Position(role, path, Assurance.SIGNED, link.target, link.weak)
    if RANK[target.assurance] > RANK[at.assurance]:
        return Position(role, path, target.assurance, link.target, target.reason)
    return Position(role, path, at.assurance, at.weakest, at.limit)


def _role(role: Role, ingredient: Ingredient, holder: Manifest) -> Role:
    counts_as = effective_relationship(ingredient, holder)
    if role is Role.INPUT or counts_as is Relationship.INPUT_TO:
        return Role.INPUT
    if counts_as is Relationship.PARENT_OF or is_sole_source(holder):
        return role
    return Role.COMPONENT


def signals_on_paths(
    store: ManifestStore,
    said: Mapping[str, Sequence[Statement]],
    at: Mapping[tuple[str, Role], Position],
    signers: Mapping[str, Signer],
) -> tuple[Signal, ...]:
    """Give every statement its path, in the order of the store's walk.

    `at` has the strongest path to each manifest, as `positions` gives it.
    """
    signals = []
    for label in store.reachable:
        ways = [at[label, role] for role in Role if (label, role) in at]
        for statement in said.get(label, ()):
            signals += [_signal(statement, way, signers.get(label)) for way in ways]
    return tuple(signals)


def loose_signals(loose: Sequence[Loose]) -> tuple[Signal, ...]:
    """Return what loose evidence says: at `broken`, with the words that say where it lies."""
    return tuple(
        Signal(
            detector=statement.detector,
            supports=_supports(statement, statement.role),
            origin=statement.origin,
            says=statement.says,
            source_type=statement.source_type,
            where=f"{evidence.manifest.label}/{statement.where}",
            part=statement.part,
            assurance=Assurance.BROKEN,
            role=statement.role,
            limit=evidence.why,
            generator=statement.generator,
            whole=statement.whole,
            sealed=False,
            loose=True,
        )
        for evidence in loose
        for statement in read_statements(evidence.manifest, Signer())
    )


def _signal(statement: Statement, place: Position, signer: Signer | None) -> Signal:
    role = place.role
    if statement.role is Role.INPUT or role is Role.INPUT:
        role = Role.INPUT
    elif statement.role is Role.COMPONENT:
        role = Role.COMPONENT
    assurance, limit = place.assurance, place.limit
    if statement.capped and RANK[assurance] < RANK[Assurance.SIGNED]:
        assurance, limit = Assurance.SIGNED, "it is in an assertion that no standard defines"
    label = place.path[-1]
    return Signal(
        detector=statement.detector,
        supports=_supports(statement, role),
        origin=statement.origin,
        says=statement.says,
        source_type=statement.source_type,
        where=f"{label}/{statement.where}",
        part=statement.part,
        assurance=assurance,
        role=role,
        path=place.path,
        weakest=place.weakest,
        limit=limit,
        signer=(signer.organisation or signer.common_name) if signer else "",
        signer_proven=bool(signer and signer.proven),
        generator=statement.generator,
        whole=statement.whole,
        sealed=statement.sealed,
    )


def _supports(statement: Statement, role: Role) -> Origin | None:
    if role is Role.INPUT:
        return None
    if role is Role.ASSET:
        return statement.origin
    return source_types.of_a_part(statement.origin)
