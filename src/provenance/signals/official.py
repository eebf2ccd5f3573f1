"""The official signals of a manifest: the C2PA asset signals rubric, version 1.0 of 2026-08-06.

The rubric (c2pa-org/conformance-public, folder asset-rubrics) is a set of json-formula expressions
over crJSON. Its names are used as they are. It reads only `c2pa.actions.v2` and
`c2pa.ingredient.v3` without instance number, and compares source types to the letter; so do we
here. What this project makes of a manifest is decided elsewhere, with more forms allowed for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.signals.source_types import C2PA, IPTC

if TYPE_CHECKING:
    from provenance.credentials.manifest import Action, Manifest

INCEPTION_ACTIONS = frozenset({"c2pa.created", "c2pa.opened"})
NON_EDITORIAL_ACTIONS = frozenset(
    {
        "c2pa.converted",
        "c2pa.published",
        "c2pa.repackaged",
        "c2pa.transcoded",
        "c2pa.resized.proportional",
        "c2pa.enhanced",
        "c2pa.edited.metadata",
        "c2pa.watermarked",
        "c2pa.watermarked.bound",
        "c2pa.watermarked.unbound",
        "c2pa.redacted",
    }
)
_GENERATIVE = frozenset(
    {
        IPTC + "trainedAlgorithmicMedia",
        IPTC + "compositeWithTrainedAlgorithmicMedia",
        IPTC + "compositeSynthetic",
        C2PA + "trainedAlgorithmicData",
    }
)
_POSSIBLY_GENERATIVE = frozenset({IPTC + "digitalArt", IPTC + "composite"})
_INCEPTIONS = (
    ("blankCanvas", frozenset({C2PA + "empty"})),
    ("capturedMedia", frozenset({IPTC + "digitalCapture", IPTC + "computationalCapture"})),
    ("capturedMediaStitched", frozenset({IPTC + "compositeCapture"})),
    ("compositionMayContainGenAI", frozenset({IPTC + "composite"})),
    ("fullyGenAIMedia", frozenset({IPTC + "trainedAlgorithmicMedia"})),
    ("nonGenAIDigitalCreation", frozenset({IPTC + "digitalCreation"})),
    ("partlyGenAICreation", frozenset({IPTC + "compositeWithTrainedAlgorithmicMedia"})),
    ("screenCaptureMayContainGenAI", frozenset({IPTC + "screenCapture"})),
)


def inceptions(manifest: Manifest) -> tuple[str, ...]:
    """Return the official inception signals, sorted."""
    declared = {
        a.source_type for a in _signal_actions(manifest) or () if a.name in INCEPTION_ACTIONS
    }
    found = [f"inception:signal_{name}" for name, values in _INCEPTIONS if declared & values]
    flat = [i for i in manifest.ingredients if i.label == "c2pa.ingredient.v3" and i.target is None]
    if flat:
        found.append("inception:signal_mediaUnknownProvenance")
    return tuple(sorted(found))


def transformations(manifest: Manifest) -> tuple[str, ...]:
    """Return the official transformation signals, sorted."""
    actions = _signal_actions(manifest)
    editorial = [
        a.source_type
        for a in actions or ()
        if a.name and a.name not in INCEPTION_ACTIONS | NON_EDITORIAL_ACTIONS
    ]
    found = []
    if actions is None or _ambiguous(manifest, actions):
        found.append("ambiguousActions")
    if any(a.name in NON_EDITORIAL_ACTIONS for a in actions or ()):
        found.append("nonEditorial")
    if any(s in _GENERATIVE for s in editorial):
        found.append("perceptibleGenAI")
    if any(s and s not in _GENERATIVE for s in editorial):
        found.append("perceptibleNonGenAI")
    if any(s in _POSSIBLY_GENERATIVE for s in editorial):
        found.append("perceptiblePossiblyGenAI")
    return tuple(f"transformation:signal_{name}" for name in sorted(found))


def _signal_actions(manifest: Manifest) -> tuple[Action, ...] | None:
    return next((g.actions for g in manifest.actions if g.label == "c2pa.actions.v2"), None)


def _ambiguous(manifest: Manifest, actions: tuple[Action, ...]) -> bool:
    group = next(g for g in manifest.actions if g.label == "c2pa.actions.v2")
    gathered = any(a.part == "gathered" and "c2pa.actions" in a.label for a in manifest.assertions)
    return (
        not actions
        or not group.complete
        or any(a.name and not a.name.startswith("c2pa.") for a in actions)
        or any(a.name == "c2pa.unknown" for a in actions)
        or gathered
    )
