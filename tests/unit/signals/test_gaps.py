"""What stands against `captured` and `digital_creation`: each rule by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unit.signals.build import (
    AI,
    C2PA,
    CAPTURE,
    COMPONENT,
    EDITS,
    INPUT,
    IPTC,
    PARENT,
    action,
    edges,
    ingredient,
    manifest,
    store,
    strengths,
)

from provenance.base.terms import Assurance, Origin
from provenance.signals.gaps import gaps, unreadable
from provenance.signals.official import NON_EDITORIAL_ACTIONS
from provenance.signals.paths import positions

if TYPE_CHECKING:
    from provenance.credentials.manifest import Manifest

CREATION = IPTC + "digitalCreation"
BEGUN = action("c2pa.created", CAPTURE)
LEAF = manifest(BEGUN, label="leaf")


def found(
    *manifests: Manifest, wanted: Origin = Origin.CAPTURED, **weak: Assurance
) -> tuple[str, ...]:
    held = store(*manifests)
    places = positions(held, strengths(held, **weak), edges(held))
    return gaps(held, places, wanted, unreadable(held, places))


def test_a_plain_capture_has_none() -> None:
    assert found(manifest(BEGUN)) == ()


def test_a_capture_opened_and_edited_openly_has_none() -> None:
    opened = action("c2pa.opened")
    edited = action("c2pa.edited", EDITS, index=1)
    assert found(manifest(opened, edited, ingredients=(ingredient("leaf"),)), LEAF) == ()


@pytest.mark.parametrize("value", ["digitalCapture", "computationalCapture", "compositeCapture"])
def test_every_kind_of_capture_counts(value: str) -> None:
    assert found(manifest(action("c2pa.created", IPTC + value))) == ()


@pytest.mark.parametrize("name", sorted(NON_EDITORIAL_ACTIONS))
def test_a_non_editorial_action_needs_no_source_type(name: str) -> None:
    assert found(manifest(BEGUN, action(name, index=1))) == ()


def test_an_inception_of_another_kind() -> None:
    (gap,) = found(manifest(action("c2pa.created", AI)))
    assert "trainedAlgorithmicMedia" in gap


def test_an_inception_without_a_source_type() -> None:
    (gap,) = found(manifest(action("c2pa.created")))
    assert "no source type" in gap


def test_no_inception_at_all() -> None:
    (gap,) = found(manifest(action("c2pa.edited", EDITS)))
    assert "how it began" in gap


def test_a_parent_is_an_inception() -> None:
    edited = action("c2pa.edited", EDITS)
    assert found(manifest(edited, ingredients=(ingredient("leaf"),)), LEAF) == ()


def test_opened_without_a_parent() -> None:
    (gap,) = found(manifest(action("c2pa.opened")))
    assert "without a credential" in gap


@pytest.mark.parametrize("relationship", [PARENT, COMPONENT, INPUT, None])
def test_an_ingredient_without_a_manifest(relationship: object) -> None:
    item = ingredient(None, relationship)  # type: ignore[arg-type]  # a wrong one is the case
    (gap,) = found(manifest(BEGUN, ingredients=(item,)))
    assert "has no credential" in gap


def test_an_ingredient_whose_manifest_is_not_there() -> None:
    (gap,) = found(manifest(BEGUN, ingredients=(ingredient("missing", COMPONENT),)))
    assert "has no credential" in gap


def test_a_component_of_another_kind() -> None:
    generated = manifest(action("c2pa.created", AI), label="leaf")
    item = ingredient("leaf", COMPONENT)
    (gap,) = found(manifest(BEGUN, ingredients=(item,)), generated)
    assert gap.startswith("leaf:")


def test_a_component_that_was_captured_too() -> None:
    assert found(manifest(BEGUN, ingredients=(ingredient("leaf", COMPONENT),)), LEAF) == ()


def test_an_input_is_not_in_the_picture() -> None:
    generated = manifest(action("c2pa.created", AI), label="leaf")
    assert found(manifest(BEGUN, ingredients=(ingredient("leaf", INPUT),)), generated) == ()


@pytest.mark.parametrize("name", ["c2pa.edited", "c2pa.placed", "org.example.x", ""])
@pytest.mark.parametrize("source_type", ["", "nonsense", IPTC + "humanEditsX"])
def test_an_undeclared_edit(name: str, source_type: str) -> None:
    (gap,) = found(manifest(BEGUN, action(name, source_type, index=1)))
    assert "does not declare its source type" in gap


@pytest.mark.parametrize(
    "value", [AI, IPTC + "compositeWithTrainedAlgorithmicMedia", IPTC + "composite"]
)
def test_an_edit_that_may_be_ai(value: str) -> None:
    (gap,) = found(manifest(BEGUN, action("c2pa.edited", value, index=1)))
    assert value.rpartition("/")[2] in gap


@pytest.mark.parametrize("assurance", [Assurance.SIGNED, Assurance.BROKEN])
def test_a_manifest_that_does_not_count_as_verified(assurance: Assurance) -> None:
    held = (manifest(action("c2pa.opened"), ingredients=(ingredient("leaf"),)), LEAF)
    assert found(*held, leaf=assurance) == ("leaf: because of leaf",)
    assert len(found(*held, active=assurance)) == 2


@pytest.mark.parametrize("assurance", [Assurance.VERIFIED_LEGACY, Assurance.VERIFIED_PRIVATE])
def test_every_kind_of_verified_is_enough(assurance: Assurance) -> None:
    assert found(manifest(BEGUN), active=assurance) == ()


class TestCreation:
    def test_people_may_start_from_nothing_and_from_captures(self) -> None:
        for value in (CREATION, C2PA + "empty", CAPTURE):
            assert (
                found(manifest(action("c2pa.created", value)), wanted=Origin.DIGITAL_CREATION) == ()
            )

    def test_an_empty_canvas_is_no_capture(self) -> None:
        assert len(found(manifest(action("c2pa.created", C2PA + "empty")))) == 1

    def test_a_creation_is_no_capture(self) -> None:
        assert len(found(manifest(action("c2pa.created", CREATION)))) == 1

    def test_generated_is_neither(self) -> None:
        for wanted in (Origin.DIGITAL_CREATION, Origin.CAPTURED):
            assert len(found(manifest(action("c2pa.created", AI)), wanted=wanted)) == 1


def test_each_gap_is_named_once_and_in_order() -> None:
    item = ingredient(None, COMPONENT)
    twice = manifest(BEGUN, ingredients=(item, item))
    assert len(found(twice)) == 1
