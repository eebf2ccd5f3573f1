"""Hand-made manifests, stores and strengths: values only, no bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cbor2

from provenance.base.terms import Assurance
from provenance.credentials.integrity import IngredientLink
from provenance.credentials.manifest import (
    Action,
    ActionsAssertion,
    Assertion,
    ClaimList,
    Ingredient,
    Linkage,
    Manifest,
    ManifestStore,
    Product,
    Relationship,
)
from provenance.signals.manifest_paths import Strength

if TYPE_CHECKING:
    from collections.abc import Mapping

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
C2PA = "http://c2pa.org/digitalsourcetype/"
AI, CAPTURE, EDITS = IPTC + "trainedAlgorithmicMedia", IPTC + "digitalCapture", IPTC + "humanEdits"
PARENT, COMPONENT, INPUT = Relationship.PARENT_OF, Relationship.COMPONENT_OF, Relationship.INPUT_TO
ACTIONS = "c2pa.actions.v2"


def action(
    name: str = "c2pa.created",
    source_type: str = "",
    agent: Product | None = None,
    *,
    index: int = 0,
    part: ClaimList = ClaimList.CREATED,
    assertion: str = ACTIONS,
) -> Action:
    return Action(name, source_type, agent, "", (), part, assertion, index)


def group(
    *actions: Action,
    label: str = ACTIONS,
    part: ClaimList = ClaimList.CREATED,
    complete: bool = False,
) -> ActionsAssertion:
    return ActionsAssertion(label, part, complete, actions)


def assertion(
    label: str,
    content: Any = None,
    part: ClaimList = ClaimList.CREATED,
    linkage: Linkage = Linkage.MATCH,
) -> Assertion:
    return Assertion(label, part, "cbor", linkage, cbor2.dumps(content))


def ingredient(
    target: str | None = None,
    relationship: Relationship | None = PARENT,
    source_type: str = "",
    label: str = "c2pa.ingredient.v3",
    part: ClaimList = ClaimList.CREATED,
) -> Ingredient:
    return Ingredient(
        label, part, relationship, "", "", source_type, target, None, None, (), Linkage.MATCH
    )


def manifest(
    *actions: Action,
    label: str = "active",
    ingredients: tuple[Ingredient, ...] = (),
    assertions: tuple[Assertion, ...] = (),
    groups: tuple[ActionsAssertion, ...] | None = None,
    generators: tuple[str, ...] = ("Some App",),
) -> Manifest:
    held = groups if groups is not None else ((group(*actions),) if actions else ())
    return Manifest(
        label=label,
        claim_version=2,
        is_update=False,
        generators=tuple(Product(name) for name in generators),
        title="",
        media_type="image/jpeg",
        instance_id="",
        claim=b"",
        signature=None,
        assertions=assertions,
        actions=held,
        ingredients=ingredients,
    )


def store(*manifests: Manifest) -> ManifestStore:
    """A store whose first manifest is the active one; all count as reachable."""
    labels = tuple(m.label for m in manifests)
    return ManifestStore(labels[0], {m.label: m for m in manifests}, labels, ())


def edges(
    held: ManifestStore,
    broken: Mapping[tuple[str, str], str] | None = None,
    weak: Mapping[tuple[str, str], str] | None = None,
) -> list[IngredientLink]:
    """Every link of a store; `broken` and `weak` are (source, target) to reason."""
    return [
        IngredientLink(
            m.label, i, i.target, *((x or {}).get((m.label, i.target), "") for x in (broken, weak))
        )
        for m in held.manifests.values()
        for i in m.ingredients
        if i.target is not None
    ]


def strengths(held: ManifestStore, **others: Assurance) -> dict[str, Strength]:
    """Verified, but for the ones named; the reason is the label."""
    return {
        label: Strength(others[label], f"because of {label}")
        if label in others
        else Strength(Assurance.VERIFIED)
        for label in held.manifests
    }
