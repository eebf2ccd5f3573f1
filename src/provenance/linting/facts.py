"""What several profiles ask of a manifest: what it declares of AI, and of a watermark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.credentials.assertion_content import text_value
from provenance.credentials.manifest import ContentError, Relationship
from provenance.linting.subject import content
from provenance.signals import source_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.credentials.manifest import Action, Assertion, Manifest
    from provenance.linting.subject import ManifestView, Subject

WATERMARKED = ("c2pa.watermarked", "c2pa.watermarked.bound", "c2pa.watermarked.unbound")
_CARRIED = (Relationship.PARENT_OF, Relationship.COMPONENT_OF)
DECLARED = frozenset({Origin.AI_GENERATED, Origin.AI_MODIFIED})
IS_AI = (
    "trainedAlgorithmicMedia, compositeWithTrainedAlgorithmicMedia, compositeSynthetic or"
    " trainedAlgorithmicData"
)


def declares_ai(source_type: str) -> bool:
    """Tell whether a source type, mistakes of form allowed for, says that AI made or changed it."""
    return source_types.origin_of(source_type) in DECLARED


def ai_actions(subject: Subject) -> tuple[tuple[ManifestView, Action], ...]:
    """Return the actions whose source type says that AI was at work, each with its manifest.

    They speak for the asset where they are in the active manifest, or in one that it carries on:
    of its parent or of a component, of theirs, and so on. The nearest come first. What was only
    looked at (`inputTo`) does not count.
    """
    return tuple(
        (view, action)
        for view in carried_on(subject)
        for action in view.manifest.all_actions()
        if declares_ai(action.effective_source_type)
    )


def carried_on(subject: Subject) -> tuple[ManifestView, ...]:
    """Return the active manifest and those whose content the asset carries on, breadth first."""
    held = {v.label: v for v in reversed(subject.manifests)}
    reached = {subject.active.label: subject.active}
    pending = [subject.active]
    while pending:
        targets = {
            target
            for view in pending
            for i in view.manifest.ingredients
            if i.relationship in _CARRIED and (target := i.target) is not None and target in held
        }
        pending = [held[t] for t in sorted(targets - reached.keys())]
        reached |= {v.label: v for v in pending}
    return tuple(reached.values())


def written_source_types(view: ManifestView) -> Iterator[tuple[str, str]]:
    """Yield (where, value) of every digitalSourceType in actions and ingredients."""
    for action in view.manifest.all_actions():
        if action.effective_source_type:
            yield action.where, action.effective_source_type
    for ingredient in view.manifest.ingredients:
        if ingredient.source_type:
            yield ingredient.label, ingredient.source_type


def stamp_counts(view: ManifestView) -> bool:
    """Tell whether the signature has a time-stamp of which validation says nothing bad.

    By the codes of the validation results, so that a file and its crJSON get one answer: an
    authority on the interim list alone is not trusted. Without a code for it the time-stamp counts.
    """
    if not view.signature.time_stamp:
        return False
    said = view.validation
    if said is None or any(s.code == "timeStamp.trusted" for s in said.success):
        return True
    return not any(s.code.startswith("timeStamp.") for s in (*said.informational, *said.failure))


def watermarks(manifest: Manifest) -> tuple[str, ...]:
    """Return the watermarks that a manifest declares: algorithms, or the action that says so.

    A soft binding that names none, or cannot be read, is there by its label.
    """
    claimed = manifest.soft_algorithm
    names = [_algorithm(a) or claimed or a.base for a in manifest.named("c2pa.soft-binding")]
    names += [a.name for a in manifest.all_actions() if a.name in WATERMARKED]
    return tuple(dict.fromkeys(names))


def _algorithm(binding: Assertion) -> str:
    try:
        return text_value(content(binding).get("alg"))
    except ContentError:
        return ""
