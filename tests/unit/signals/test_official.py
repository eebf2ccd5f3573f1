"""The official signals: each name by itself, and every manifest of the real files."""

from __future__ import annotations

from functools import cache
from typing import Any

from support.each import each
from support.shared import CORPUS, needs_corpus, rubrics
from unit.signals.build import (
    AI,
    C2PA,
    CAPTURE,
    COMPONENT,
    EDITS,
    IPTC,
    action,
    assertion,
    group,
    ingredient,
    manifest,
)

from provenance import Options, Verifier
from provenance.credentials.manifest import ClaimList
from provenance.signals.official import NON_EDITORIAL_ACTIONS, inceptions, transformations


def signal(kind: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{kind}:signal_{name}" for name in names)


@each(
    ("value", "name"),
    [
        (C2PA + "empty", "blankCanvas"),
        (IPTC + "digitalCapture", "capturedMedia"),
        (IPTC + "computationalCapture", "capturedMedia"),
        (IPTC + "compositeCapture", "capturedMediaStitched"),
        (IPTC + "composite", "compositionMayContainGenAI"),
        (AI, "fullyGenAIMedia"),
        (IPTC + "digitalCreation", "nonGenAIDigitalCreation"),
        (IPTC + "compositeWithTrainedAlgorithmicMedia", "partlyGenAICreation"),
        (IPTC + "screenCapture", "screenCaptureMayContainGenAI"),
    ],
)
@each("name_of_action", ["c2pa.created", "c2pa.opened"])
def test_inceptions_are_signalled_as_the_official_rubric_does(
    value: str, name: str, name_of_action: str
) -> None:
    assert inceptions(manifest(action(name_of_action, value))) == signal("inception", name)
    assert inceptions(manifest(action("c2pa.edited", value))) == ()


def test_the_official_rubric_compares_to_the_letter() -> None:
    for value in ("trainedAlgorithmicMedia", "https" + AI[4:], AI + " ", ""):
        assert inceptions(manifest(action(source_type=value))) == ()


def test_an_ingredient_without_a_manifest_is_media_of_unknown_provenance() -> None:
    flat = manifest(ingredients=(ingredient(None),))
    assert inceptions(flat) == signal("inception", "mediaUnknownProvenance")
    assert inceptions(manifest(ingredients=(ingredient("x", COMPONENT),))) == ()
    numbered = ingredient(None, label="c2pa.ingredient.v3__1")
    assert inceptions(manifest(ingredients=(numbered,))) == ()


@each(
    ("actions", "names"),
    [
        ([action(source_type=CAPTURE)], []),
        ([action(source_type=CAPTURE), action("c2pa.edited", AI)], ["perceptibleGenAI"]),
        ([action("c2pa.edited", EDITS)], ["perceptibleNonGenAI"]),
        (
            [action("c2pa.edited", IPTC + "composite")],
            ["perceptibleNonGenAI", "perceptiblePossiblyGenAI"],
        ),
        ([action("c2pa.edited")], []),
        ([action("c2pa.converted", AI)], ["nonEditorial"]),
        ([action("org.example.x", EDITS)], ["ambiguousActions", "perceptibleNonGenAI"]),
        ([action("c2pa.unknown")], ["ambiguousActions"]),
        ([], ["ambiguousActions"]),
    ],
)
def test_transformations_are_signalled_as_the_official_rubric_does(
    actions: list[Any], names: list[str]
) -> None:
    held = manifest(groups=(group(*actions, complete=True),))
    assert transformations(held) == signal("transformation", *names)


def test_a_list_that_does_not_say_it_is_complete_is_ambiguous() -> None:
    assert transformations(manifest(action())) == signal("transformation", "ambiguousActions")
    assert transformations(manifest()) == signal("transformation", "ambiguousActions")


def test_gathered_actions_are_ambiguous() -> None:
    gathered = assertion("c2pa.actions.v2__1", {}, ClaimList.GATHERED)
    held = manifest(groups=(group(action(), complete=True),), assertions=(gathered,))
    assert transformations(held) == signal("transformation", "ambiguousActions")


def test_only_version_2_of_the_first_actions_assertion_is_read() -> None:
    for label in ("c2pa.actions", "c2pa.actions.v2__1"):
        held = manifest(groups=(group(action(source_type=AI), label=label, complete=True),))
        assert inceptions(held) == ()
        assert transformations(held) == signal("transformation", "ambiguousActions")


def test_the_list_of_non_editorial_actions_is_the_official_one() -> None:
    assert len(NON_EDITORIAL_ACTIONS) == 11


SIGNALS = {name: facts["signals"] for name, facts in rubrics().items() if "signals" in facts}


@cache
def reported(name: str) -> dict[str, set[str]]:
    report = Verifier(options=Options(digest=False)).verify(CORPUS / name)
    return {m.label: set(m.official_signals) for m in report.credentials.manifests}


class TestRealFiles:
    pytestmark = needs_corpus

    @each("name", sorted(SIGNALS))
    def test_every_manifest_agrees_with_the_official_evaluator(self, name: str) -> None:
        expected = {m["label"]: {*m["inceptions"], *m["transformations"]} for m in SIGNALS[name]}
        assert reported(name) == expected

    def test_official_answers_are_there_for_83_manifests(self) -> None:
        assert sum(len(manifests) for manifests in SIGNALS.values()) == 83
