"""The official signals of a manifest: the C2PA asset signals rubric, version 1.0 of 2026-08-06.

The rubric (c2pa-org/conformance-public, folder asset-rubrics) is a set of json-formula expressions
over crJSON. Its names are used as they are. It reads only `c2pa.actions.v2` and
`c2pa.ingredient.v3` without instance number, and compares source types to the letter; so do we
here. What this project makes of a manifest is decided elsewhere, with more forms allowed for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.signals.source_types import C2PA, IPTC

if TYPE_CHECKING:
    from provenance.credentials.manifest import Manifest

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
_NOT_EDITORIAL = INCEPTION_ACTIONS | NON_EDITORIAL_ACTIONS
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


INCEPTIONS = tuple(
    sorted(
        f"inception:signal_{n}" for n in (*(n for n, _ in _INCEPTIONS), "mediaUnknownProvenance")
    )
)
TRANSFORMATIONS = tuple(
    f"transformation:signal_{n}"
    for n in (
        "ambiguousActions",
        "nonEditorial",
        "perceptibleGenAI",
        "perceptibleNonGenAI",
        "perceptiblePossiblyGenAI",
    )
)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the rubric reads of one manifest.

    `actions` are (name, source type) of `c2pa.actions.v2`, None where there is no such assertion;
    `complete` is its `allActionsIncluded`. `gathered` tells of actions assertions among the
    gathered ones, `flat` of a `c2pa.ingredient.v3` without a manifest.
    """

    actions: tuple[tuple[str, str], ...] | None
    complete: bool
    gathered: bool
    flat: bool


def inceptions(manifest: Manifest) -> tuple[str, ...]:
    """Return the official inception signals, sorted."""
    said = _rubric_facts(manifest)
    declared = {source for name, source in said.actions or () if name in INCEPTION_ACTIONS}
    names = [f"inception:signal_{name}" for name, values in _INCEPTIONS if declared & values]
    if said.flat:
        names.append("inception:signal_mediaUnknownProvenance")
    return tuple(sorted(names))


def transformations(manifest: Manifest) -> tuple[str, ...]:
    """Return the official transformation signals, sorted."""
    said = _rubric_facts(manifest)
    actions = said.actions or ()
    editorial = [source for name, source in actions if name and name not in _NOT_EDITORIAL]
    names = []
    if _ambiguous(said, actions):
        names.append("ambiguousActions")
    if any(name in NON_EDITORIAL_ACTIONS for name, _ in actions):
        names.append("nonEditorial")
    if any(s in _GENERATIVE for s in editorial):
        names.append("perceptibleGenAI")
    if any(s and s not in _GENERATIVE for s in editorial):
        names.append("perceptibleNonGenAI")
    if any(s in _POSSIBLY_GENERATIVE for s in editorial):
        names.append("perceptiblePossiblyGenAI")
    return tuple(f"transformation:signal_{name}" for name in sorted(names))


def _rubric_facts(manifest: Manifest) -> _Said:
    group = next((g for g in manifest.actions if g.label == "c2pa.actions.v2"), None)
    return _Said(
        tuple((a.name, a.source_type) for a in group.actions) if group else None,
        complete=group is not None and group.complete,
        gathered=any(
            a.part == "gathered" and "c2pa.actions" in a.label for a in manifest.assertions
        ),
        flat=any(
            i.label == "c2pa.ingredient.v3" and i.target is None for i in manifest.ingredients
        ),
    )


def _ambiguous(said: _Said, actions: tuple[tuple[str, str], ...]) -> bool:
    return (
        not actions
        or not said.complete
        or any(name and not name.startswith("c2pa.") for name, _ in actions)
        or any(name == "c2pa.unknown" for name, _ in actions)
        or said.gathered
    )
