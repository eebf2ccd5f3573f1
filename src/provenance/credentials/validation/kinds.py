"""What a manifest of each kind must and must not hold (C2PA 2.4, 15.10.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.credentials.manifest import HARD_BINDINGS, ClaimList, Linkage, Relationship
from provenance.credentials.validation.fault import fault, form
from provenance.credentials.validation.hard_binding import bindings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.credentials.manifest import Manifest
    from provenance.credentials.validation.fault import RuleFault

# 11.2.3: the actions that say that nothing of the content changed
UPDATE_ACTIONS = frozenset(
    {"c2pa.edited.metadata", "c2pa.opened", "c2pa.published", "c2pa.redacted"}
)
_THUMBNAIL = "c2pa.thumbnail."
_INCEPTIONS = frozenset({"c2pa.created", "c2pa.opened"})


def kind_faults(manifest: Manifest) -> Iterator[RuleFault]:
    """Check a manifest by its kind."""
    yield from _update(manifest) if manifest.is_update else _standard(manifest)


def _parents(manifest: Manifest) -> int:
    return sum(i.relationship is Relationship.PARENT_OF for i in manifest.ingredients)


def _standard(manifest: Manifest) -> Iterator[RuleFault]:
    """15.10.1.2. That there is no hard binding is said where the media is compared."""
    label = manifest.label
    held = [a.label for a in bindings(manifest)]
    if len(held) > 1:
        message = f"{len(held)} hard bindings where one belongs: {', '.join(held[:4])}"
        yield fault("assertion.multipleHardBindings", "15.10.1.2", label, "", message)
    if (
        held
        and all(a.part is ClaimList.GATHERED for a in bindings(manifest))
        and any(a.part is ClaimList.CREATED for a in manifest.assertions)
    ):
        message = (
            "the only hard binding is a gathered assertion, for which the signer does not speak"
        )
        yield form("claim.hardBindings.missing", "10.2.2", label, "", message, stops=True)
    if (parents := _parents(manifest)) > 1:
        message = f"{parents} ingredients are the parent, where one may be"
        yield fault("manifest.multipleParents", "15.10.1.2", label, "", message)
    if manifest.claim_version < 2:
        return  # a rule of version 2.0, and of claims written since
    lists = [a for a in manifest.assertions if a.base in {"c2pa.actions", "c2pa.actions.v2"}]
    if not lists:
        message = "there is no list of actions, so that nothing says how the asset came to be"
        yield form("assertion.action.missing", "15.10.1.2", label, "", message)
    elif len(lists) == len(manifest.actions) and not any(
        action.name in _INCEPTIONS for action in manifest.all_actions()
    ):
        message = "no action says whether the asset was created or opened"
        yield form("assertion.action.malformed", "15.10.1.2", label, lists[0].label, message)


def _update(manifest: Manifest) -> Iterator[RuleFault]:
    """15.10.1.3."""
    label = manifest.label
    held = [a for a in manifest.assertions if a.base.startswith("c2pa.ingredient")]
    if len(held) != 1 or (len(manifest.ingredients) == 1 and _parents(manifest) != 1):
        message = "an update manifest has one ingredient, which is its parent; this one has not"
        yield fault("manifest.update.wrongParents", "15.10.1.3", label, "", message)
    for assertion in manifest.assertions:
        if assertion.linkage is Linkage.REDACTED:
            continue
        if assertion.base in HARD_BINDINGS:
            message = "an update manifest has a hard binding of its own"
            yield fault("manifest.update.invalid", "15.10.1.3", label, assertion.label, message)
        elif assertion.base.startswith(_THUMBNAIL):
            message = "an update manifest has a thumbnail"
            yield fault("manifest.update.invalid", "15.10.1.3", label, assertion.label, message)
    for action in manifest.all_actions():
        if action.name not in UPDATE_ACTIONS:
            message = f"an update manifest says that the content changed: {action.name[:80]}"
            yield fault("manifest.update.invalid", "15.10.1.3", label, action.where, message)
