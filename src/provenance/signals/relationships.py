"""What an ingredient is to the asset by all that its manifest says, not by one word alone.

`inputTo` leaves the origin of the asset alone. Where the manifest says at another place that the
asset is made of that ingredient, the word is wrong, and must be no way to lose what it declares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.credentials.manifest import Relationship
from provenance.signals.official import INCEPTION_ACTIONS

if TYPE_CHECKING:
    from provenance.credentials.manifest import Ingredient, Manifest

# Actions whose ingredients have to be parents, or components (C2PA 2.4 section 15.10.3.2.3).
_OF_PARENTS = frozenset({"c2pa.opened", "c2pa.transcoded", "c2pa.repackaged"})
_OF_COMPONENTS = frozenset({"c2pa.placed"})


def effective_relationship(ingredient: Ingredient, holder: Manifest) -> Relationship | None:
    """Return what an ingredient of `holder` counts as; None for no relationship of the standard.

    An `inputTo` that was opened is a parent, one that was placed a component. Without a parent it
    is one in an update manifest, which changes no media, and wherever the manifest neither creates
    the asset nor says what else was opened.
    """
    own = ingredient.relationship
    if own is not Relationship.INPUT_TO:
        return own
    actions = holder.all_actions()
    naming = {action.name for action in actions if ingredient.label in action.ingredients}
    if naming & _OF_PARENTS:
        return Relationship.PARENT_OF
    if naming & _OF_COMPONENTS:
        return Relationship.COMPONENT_OF
    if any(i.relationship is Relationship.PARENT_OF for i in holder.ingredients):
        return own
    held = {i.label for i in holder.ingredients}
    begun = any(
        action.name == "c2pa.created" or held.intersection(action.ingredients)
        for action in actions
        if action.name in INCEPTION_ACTIONS
    )
    return own if begun and not holder.is_update else Relationship.PARENT_OF


def is_sole_source(holder: Manifest) -> bool:
    """Tell whether a manifest is nothing but a wrapping around its only ingredient.

    It has no action at all, so no inception of its own, and one ingredient: what is in the asset
    can only be that. Seen in OpenAI's files of 2025, which say `componentOf` where the standard
    wants a parent.
    """
    return not holder.all_actions() and len(holder.ingredients) == 1
