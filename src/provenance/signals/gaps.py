"""What is missing before a verified signer's word covers the whole asset.

`captured` and `digital_creation` are claims about everything in the picture. One layer of unknown
origin, one undeclared edit, one weak manifest, and the claim covers only a part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import AI_ORIGINS, GENERATIVE, VERIFIED, Origin
from provenance.credentials.manifest import (
    Action,
    Assertion,
    ContentError,
    Linkage,
    Manifest,
    ManifestStore,
    Relationship,
)
from provenance.signals import generators, source_types
from provenance.signals.official import INCEPTION_ACTIONS, NON_EDITORIAL_ACTIONS
from provenance.signals.relationships import effective_relationship, is_sole_source
from provenance.signals.signal import Role
from provenance.signals.source_type_fields import source_type_values
from provenance.signals.statements import DISCLOSURES, speaks_of_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from provenance.signals.manifest_paths import Position


_DECISIVE = ("c2pa.actions", "c2pa.ingredient", *DISCLOSURES)


def find_gaps(
    store: ManifestStore,
    positions: Mapping[tuple[str, Role], Position],
    wanted: Origin,
    lost: Mapping[str, Sequence[Assertion]],
) -> tuple[str, ...]:
    """Name what speaks against `captured` or `digital_creation` for the whole asset.

    Empty where nothing does: every inception along the parents and in every component is of the
    wanted kind, each ingredient has a manifest, each action is either non-editorial by the official
    list or declared with a non-AI source type, and every manifest counts as verified. `lost` is
    what `unreadable_assertions` found.
    """
    return tuple(dict.fromkeys(_gaps(store, positions, wanted, lost)))


def unreadable_assertions(
    store: ManifestStore, positions: Mapping[tuple[str, Role], Position]
) -> dict[str, tuple[Assertion, ...]]:
    """Return by manifest the assertions that may speak of the asset's origin and cannot be read.

    Inputs are left out: they say nothing of the asset's own origin.
    """
    unread = {
        label: tuple(_unread_assertions(store.manifests[label]))
        for label, role in sorted(positions)
        if role is not Role.INPUT
    }
    return {label: lost for label, lost in unread.items() if lost}


def _gaps(
    store: ManifestStore,
    positions: Mapping[tuple[str, Role], Position],
    wanted: Origin,
    lost: Mapping[str, Sequence[Assertion]],
) -> Iterator[str]:
    for (label, role), place in sorted(positions.items()):
        manifest = store.manifests[label]
        yield from _generative(manifest)
        if role is Role.INPUT:
            continue
        if place.assurance not in VERIFIED:
            yield f"{label}: {place.limit or 'not verified'}"
        yield from _redacted(manifest)
        yield from _kept_elsewhere(manifest)
        yield from (
            f"{label}: {assertion.label} cannot be read" for assertion in lost.get(label, ())
        )
        yield from _inception(manifest, wanted)
        for ingredient in manifest.ingredients:
            if ingredient.target is None or ingredient.target not in store.manifests:
                yield f"{label}: the ingredient {ingredient.label} has no credential"
            if effective_relationship(ingredient, manifest) is not ingredient.relationship:
                yield f"{label}: the asset is made of {ingredient.label}, which is called an input"
        for action in manifest.all_actions():
            yield from _generator(manifest, action)
            if action.name not in INCEPTION_ACTIONS:
                yield from _edit(manifest, action)


def _generative(manifest: Manifest) -> Iterator[str]:
    """Name every statement of AI that is signed, whatever its assertion, action or role.

    The rules say which of them decide an origin; that one is there at all, in an input or in an
    action that counts as non-editorial, speaks against a claim about the whole picture.
    """
    for assertion in manifest.assertions:
        if assertion.linkage is not Linkage.MATCH:
            continue
        try:
            content = assertion.decode()
        except ContentError:
            content = None
        if content is None:  # nor has XML any that was decoded
            values = list(source_types.names_in(assertion.payload))
        else:
            values = source_type_values(content)
        yield from _spoken(f"{manifest.label}: {assertion.label}", values)
    if manifest.content is not None:
        claimed = source_type_values(manifest.content)
    else:
        claimed = list(source_types.names_in(manifest.claim))
    yield from _spoken(f"{manifest.label}: the claim", claimed)


def _spoken(where: str, values: Iterable[str]) -> Iterator[str]:
    for value in values:
        uri = source_types.counts_as(value)
        if source_types.origin_of(uri) in GENERATIVE:
            yield f"{where} speaks of {source_types.short_name(uri)}"


def _redacted(manifest: Manifest) -> Iterator[str]:
    """Name what might speak against the claim and was removed."""
    for assertion in manifest.assertions:
        if assertion.linkage is Linkage.REDACTED and (
            _decoded(assertion) or speaks_of_origin(assertion.base)
        ):
            yield f"{manifest.label}: {assertion.label} was redacted"


def _kept_elsewhere(manifest: Manifest) -> Iterator[str]:
    """Name what is kept at another address, and would speak for or against the claim.

    Actions and ingredients must not be (C2PA 2.4 section 15.10.3.2.1).
    """
    for assertion in manifest.named("c2pa.cloud-data", "c2pa.external-reference"):
        try:
            content = assertion.decode()
        except ContentError:
            content = None
        held = content.get("label") if isinstance(content, dict) else None
        if isinstance(held, str) and held.startswith(_DECISIVE):
            yield f"{manifest.label}: {assertion.label} keeps something elsewhere that was not read"


def _generator(manifest: Manifest, action: Action) -> Iterator[str]:
    """Name an action that a generative product did, whatever source type it declares."""
    known = generators.by_software_agent(action.agent.name) if action.agent else None
    if known is not None and known.generative is True:
        yield f"{manifest.label}: {action.shown} was done by {known.product or known.vendor}"


def _unread_assertions(manifest: Manifest) -> Iterator[Assertion]:
    read = {g.label for g in manifest.actions if not g.left_out} | {
        i.label for i in manifest.ingredients
    }
    for assertion in manifest.assertions:
        if assertion.linkage is Linkage.REDACTED:
            continue
        if _decoded(assertion):
            if assertion.label not in read:
                yield assertion
        elif speaks_of_origin(assertion.base) and not _readable(assertion):
            yield assertion


def _decoded(assertion: Assertion) -> bool:
    """Tell whether an assertion is of those that were read with the manifest."""
    return assertion.base.startswith(("c2pa.actions", "c2pa.ingredient"))


def _readable(assertion: Assertion) -> bool:
    try:
        assertion.decode()
    except ContentError:
        return False
    return True


def _inception(manifest: Manifest, wanted: Origin) -> Iterator[str]:
    begun = [a for a in manifest.all_actions() if a.name in INCEPTION_ACTIONS]
    has_parent = any(
        i.relationship is Relationship.PARENT_OF and i.target is not None
        for i in manifest.ingredients
    )
    if not begun and not has_parent and not is_sole_source(manifest):
        yield f"{manifest.label}: does not say how it began"
    for action in begun:
        if action.name == "c2pa.opened" and not action.effective_source_type:
            if not has_parent:
                yield f"{manifest.label}: opened something without a credential"
        elif not _fits(action.effective_source_type, wanted):
            kind = source_types.source_type_named(action.effective_source_type) or "no source type"
            yield f"{manifest.label}: {action.shown} with {kind}"


def _fits(source_type: str, wanted: Origin) -> bool:
    value = source_types.origin_of(source_type)
    if value is Origin.CAPTURED or value is wanted:
        return True
    blank = source_types.canonical(source_type)[0] == source_types.C2PA + "empty"
    return wanted is Origin.DIGITAL_CREATION and blank


def _edit(manifest: Manifest, action: Action) -> Iterator[str]:
    if action.name in NON_EDITORIAL_ACTIONS:
        return
    if not action.effective_source_type or not source_types.known(action.effective_source_type):
        yield f"{manifest.label}: {action.shown} does not declare its source type"
    elif source_types.origin_of(action.effective_source_type) in AI_ORIGINS:
        kind = source_types.short_name(action.effective_source_type)
        yield f"{manifest.label}: {action.shown} with {kind}"
