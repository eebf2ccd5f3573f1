"""What stands against `captured` and `digital_creation`: each rule by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.each import each
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
    assertion,
    edges,
    group,
    ingredient,
    manifest,
    store,
    strengths,
)

from provenance.base.terms import Assurance, Origin
from provenance.credentials.manifest import Assertion, ClaimList, Linkage, Product
from provenance.signals.gaps import find_gaps, unreadable_assertions
from provenance.signals.manifest_paths import positions
from provenance.signals.official import NON_EDITORIAL_ACTIONS

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
    return find_gaps(held, places, wanted, unreadable_assertions(held, places))


def test_a_plain_capture_has_no_gap() -> None:
    assert found(manifest(BEGUN)) == ()


def test_a_capture_opened_and_edited_openly_has_no_gap() -> None:
    opened = action("c2pa.opened")
    edited = action("c2pa.edited", EDITS, index=1)
    assert found(manifest(opened, edited, ingredients=(ingredient("leaf"),)), LEAF) == ()


@pytest.mark.parametrize("value", ["digitalCapture", "computationalCapture", "compositeCapture"])
def test_every_kind_of_capture_counts(value: str) -> None:
    assert found(manifest(action("c2pa.created", IPTC + value))) == ()


@each("name", sorted(NON_EDITORIAL_ACTIONS))
def test_a_non_editorial_action_needs_no_source_type(name: str) -> None:
    assert found(manifest(BEGUN, action(name, index=1))) == ()


def test_a_capture_called_an_input_of_what_is_made_of_it_is_no_gap() -> None:
    wrapping = manifest(ingredients=(ingredient("leaf", INPUT),))
    assert found(wrapping, LEAF) == (
        "active: the asset is made of c2pa.ingredient.v3, which is called an input",
    )
    assert found(manifest(BEGUN, ingredients=(ingredient("leaf", INPUT),)), LEAF) == ()


def test_an_inception_of_another_kind_is_a_gap() -> None:
    (gap,) = found(manifest(action("c2pa.created", AI)))
    assert "trainedAlgorithmicMedia" in gap


def test_an_inception_without_a_source_type_is_a_gap() -> None:
    (gap,) = found(manifest(action("c2pa.created")))
    assert "no source type" in gap


def test_a_manifest_without_an_inception_is_a_gap() -> None:
    (gap,) = found(manifest(action("c2pa.edited", EDITS)))
    assert "how it began" in gap


def test_a_parent_is_an_inception() -> None:
    edited = action("c2pa.edited", EDITS)
    assert found(manifest(edited, ingredients=(ingredient("leaf"),)), LEAF) == ()


def test_opening_without_a_parent_is_a_gap() -> None:
    (gap,) = found(manifest(action("c2pa.opened")))
    assert "without a credential" in gap


@pytest.mark.parametrize("relationship", [PARENT, COMPONENT, INPUT, None])
def test_an_ingredient_without_a_manifest_is_a_gap(relationship: object) -> None:
    item = ingredient(None, relationship)  # type: ignore[arg-type]  # a wrong one is the case
    (gap,) = found(manifest(BEGUN, ingredients=(item,)))
    assert "has no credential" in gap


def test_a_component_is_no_inception_and_a_parent_without_a_manifest_is_none() -> None:
    edited = action("c2pa.edited", EDITS)
    items = ingredient("leaf", COMPONENT), ingredient(None, PARENT)
    found_gaps = found(manifest(edited, ingredients=items), LEAF)
    assert "active: does not say how it began" in found_gaps
    assert len(found_gaps) == 2


def test_an_ingredient_whose_manifest_is_missing_is_a_gap() -> None:
    (gap,) = found(manifest(BEGUN, ingredients=(ingredient("missing", COMPONENT),)))
    assert "has no credential" in gap


def test_a_component_of_another_kind_is_a_gap() -> None:
    generated = manifest(action("c2pa.created", AI), label="leaf")
    item = ingredient("leaf", COMPONENT)
    (gap,) = found(manifest(BEGUN, ingredients=(item,)), generated)
    assert gap.startswith("leaf:")


def test_a_component_that_was_captured_too_is_no_gap() -> None:
    assert found(manifest(BEGUN, ingredients=(ingredient("leaf", COMPONENT),)), LEAF) == ()


def test_an_input_that_is_not_in_the_picture_is_no_gap() -> None:
    generated = manifest(action("c2pa.created", AI), label="leaf")
    assert found(manifest(BEGUN, ingredients=(ingredient("leaf", INPUT),)), generated) == ()


@each("name", ["c2pa.edited", "c2pa.placed", "org.example.x", ""])
@each("source_type", ["", "nonsense", IPTC + "humanEditsX"])
def test_an_undeclared_edit_is_a_gap(name: str, source_type: str) -> None:
    (gap,) = found(manifest(BEGUN, action(name, source_type, index=1)))
    assert gap == f"active: {name or 'an action'} does not declare its source type"


@pytest.mark.parametrize(
    "value", [AI, IPTC + "compositeWithTrainedAlgorithmicMedia", IPTC + "composite"]
)
def test_an_edit_that_may_be_ai_is_a_gap(value: str) -> None:
    (gap,) = found(manifest(BEGUN, action("c2pa.edited", value, index=1)))
    assert value.rpartition("/")[2] in gap


@pytest.mark.parametrize("assurance", [Assurance.SIGNED, Assurance.BROKEN])
def test_a_manifest_that_does_not_count_as_verified_is_a_gap(assurance: Assurance) -> None:
    held = (manifest(action("c2pa.opened"), ingredients=(ingredient("leaf"),)), LEAF)
    assert found(*held, leaf=assurance) == ("leaf: because of leaf",)
    assert len(found(*held, active=assurance)) == 2


@pytest.mark.parametrize("assurance", [Assurance.VERIFIED_LEGACY, Assurance.VERIFIED_PRIVATE])
def test_every_kind_of_verified_is_enough_for_no_gap(assurance: Assurance) -> None:
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

    def test_a_generated_picture_is_neither_creation_nor_capture(self) -> None:
        for wanted in (Origin.DIGITAL_CREATION, Origin.CAPTURED):
            assert len(found(manifest(action("c2pa.created", AI)), wanted=wanted)) == 1


def test_each_gap_is_named_only_once() -> None:
    item = ingredient(None, COMPONENT)
    twice = manifest(BEGUN, ingredients=(item, item))
    assert len(found(twice)) == 1


def test_an_input_hides_no_gap_of_what_comes_after_it() -> None:
    items = ingredient("a", INPUT), ingredient("b", COMPONENT)
    undeclared = manifest(BEGUN, action("c2pa.edited", index=1), label="b")
    one = manifest(BEGUN, ingredients=items)
    (gap,) = found(one, manifest(BEGUN, label="a"), undeclared)
    assert gap.startswith("b: c2pa.edited")


AI_METADATA = {"x:DigitalSourceType": AI}
UNREADABLE = Assertion("c2pa.metadata", ClaimList.CREATED, "cbor", Linkage.MATCH, b"\xff")


class TestSpokenOfAnywhere:
    """A generative source type in any signed assertion, whatever its label, action or role."""

    def test_is_a_gap_in_an_assertion_that_no_rule_reads(self) -> None:
        held = manifest(BEGUN, assertions=(assertion("org.example", AI_METADATA),))
        assert found(held) == ("active: org.example speaks of trainedAlgorithmicMedia",)

    def test_is_a_gap_in_an_input(self) -> None:
        leaf = manifest(BEGUN, label="leaf", assertions=(assertion("org.example", AI_METADATA),))
        held = manifest(BEGUN, ingredients=(ingredient("leaf", INPUT),))
        assert found(held, leaf) == ("leaf: org.example speaks of trainedAlgorithmicMedia",)

    @pytest.mark.parametrize("value", [CAPTURE, EDITS, IPTC + "composite", "nonsense"])
    def test_is_no_gap_with_another_value(self, value: str) -> None:
        one = assertion("org.example", {"x:DigitalSourceType": value})
        assert found(manifest(BEGUN, assertions=(one,))) == ()

    @pytest.mark.parametrize("linkage", [one for one in Linkage if one is not Linkage.MATCH])
    def test_is_no_gap_in_what_was_not_signed(self, linkage: Linkage) -> None:
        one = assertion("org.example", AI_METADATA, linkage=linkage)
        assert found(manifest(BEGUN, assertions=(one,))) == ()

    @pytest.mark.parametrize(
        "first",
        [
            assertion("org.example", {}, linkage=Linkage.MISMATCH),
            Assertion("org.example", ClaimList.CREATED, "cbor", Linkage.MATCH, b"\xff"),
        ],
        ids=["altered", "unreadable"],
    )
    def test_is_a_gap_whatever_comes_before_it(self, first: Assertion) -> None:
        held = manifest(BEGUN, assertions=(first, assertion("org.example__1", AI_METADATA)))
        assert found(held) == ("active: org.example__1 speaks of trainedAlgorithmicMedia",)

    def test_is_a_gap_in_bytes_that_cannot_be_decoded(self) -> None:
        one = Assertion(
            "org.example", ClaimList.CREATED, "cbor", Linkage.MATCH, b"\xff" + AI.encode()
        )
        assert found(manifest(BEGUN, assertions=(one,))) == (
            "active: org.example speaks of trainedAlgorithmicMedia",
        )

    def test_is_no_gap_as_a_word_in_another_field(self) -> None:
        one = assertion("org.example", {"note": AI})
        assert found(manifest(BEGUN, assertions=(one,))) == ()

    def test_is_a_gap_in_xml(self) -> None:
        xml = Assertion(
            "org.example", ClaimList.CREATED, "binary", Linkage.MATCH, f"<x>{AI}</x>".encode()
        )
        assert found(manifest(BEGUN, assertions=(xml,))) == (
            "active: org.example speaks of trainedAlgorithmicMedia",
        )
        plain = replace(xml, payload=f"<x>{CAPTURE}</x>".encode())
        assert found(manifest(BEGUN, assertions=(plain,))) == ()

    def test_is_a_gap_in_the_claim_itself(self) -> None:
        gap = ("active: the claim speaks of trainedAlgorithmicMedia",)
        held = replace(manifest(BEGUN), content={"metadata": [{"digitalSourceType": AI}]})
        assert found(held) == gap
        assert found(replace(manifest(BEGUN), claim=f"({AI})".encode())) == gap
        assert found(replace(manifest(BEGUN), content={"dc:title": AI})) == ()


ORIGIN_LABELS = [
    "c2pa.actions",
    "c2pa.actions.v2__1",
    "c2pa.ingredient.v3__2",
    "c2pa.metadata",
    "org.example.metadata",
    "c2pa.ai-disclosure",
]


@pytest.mark.parametrize("name", ["c2pa.created", "c2pa.edited", "c2pa.published"])
def test_an_action_of_a_generative_product_is_a_gap(name: str) -> None:
    before = () if name == "c2pa.created" else (BEGUN,)
    by_ai = action(name, EDITS if before else CAPTURE, Product("Midjourney"))
    assert found(manifest(*before, by_ai)) == (f"active: {name} was done by Midjourney",)
    model = replace(by_ai, agent=Product("DALL-E 3"))
    assert found(manifest(*before, model)) == (f"active: {name} was done by DALL·E",)
    by_hand = replace(by_ai, agent=Product("Adobe Photoshop"))
    assert found(manifest(*before, by_hand)) == ()


class TestKeptElsewhere:
    @each("kind", ["c2pa.cloud-data", "c2pa.external-reference"])
    @each("label", ["c2pa.actions", "c2pa.actions.v2", "c2pa.ingredient.v3", "c2pa.ai-disclosure"])
    def test_data_that_decide_and_were_not_read_are_a_gap(self, kind: str, label: str) -> None:
        far = assertion(kind, {"label": label, "location": {"url": "https://example.invalid"}})
        gap = f"active: {kind} keeps something elsewhere that was not read"
        assert found(manifest(BEGUN, assertions=(far,))) == (gap,)

    @pytest.mark.parametrize("content", [{"label": "c2pa.metadata"}, {"label": 5}, {}, [], None])
    def test_data_of_any_other_kind_are_no_gap(self, content: object) -> None:
        far = assertion("c2pa.cloud-data", content)
        assert found(manifest(BEGUN, assertions=(far,))) == ()


class TestRedacted:
    @each("label", ORIGIN_LABELS)
    def test_an_assertion_that_may_have_spoken_against_the_claim_is_a_gap(self, label: str) -> None:
        gone = assertion(label, linkage=Linkage.REDACTED)
        assert found(manifest(BEGUN, assertions=(gone,))) == (f"active: {label} was redacted",)

    @pytest.mark.parametrize("label", ["c2pa.thumbnail.claim", "c2pa.training-mining", "org.x"])
    def test_any_other_assertion_is_no_gap(self, label: str) -> None:
        gone = assertion(label, linkage=Linkage.REDACTED)
        assert found(manifest(BEGUN, assertions=(gone,))) == ()


class TestUnreadable:
    """Assertions that may speak of origin and cannot be read: they speak against the claim."""

    def lost(self, *assertions: Assertion) -> list[str]:
        held = manifest(BEGUN, assertions=assertions)
        gap = [f"active: {one.label} cannot be read" for one in self.of(held)]
        assert found(held) == tuple(gap)
        return [one.label for one in self.of(held)]

    def of(self, *manifests: Manifest) -> tuple[Assertion, ...]:
        held = store(*manifests)
        places = positions(held, strengths(held), edges(held))
        return tuple(one for lost in unreadable_assertions(held, places).values() for one in lost)

    @each("label", ORIGIN_LABELS)
    @each("linkage", [one for one in Linkage if one is not Linkage.REDACTED])
    def test_an_assertion_that_may_speak_of_origin_is_a_gap(
        self, label: str, linkage: Linkage
    ) -> None:
        assert self.lost(Assertion(label, ClaimList.CREATED, "cbor", linkage, b"\xff")) == [label]

    def test_actions_and_ingredients_that_were_read_are_not_lost(self) -> None:
        items = ingredient("leaf", COMPONENT, label="c2pa.ingredient.v3__7")
        read = assertion("c2pa.actions.v2__3"), assertion("c2pa.ingredient.v3__7")
        groups = (group(BEGUN, label="c2pa.actions.v2__3"),)
        held = manifest(groups=groups, ingredients=(items,), assertions=read)
        assert self.of(held, LEAF) == ()

    def test_actions_of_which_some_were_not_read_are_lost(self) -> None:
        one = assertion("c2pa.actions.v2")
        cut = replace(group(BEGUN), left_out=1)
        assert self.of(manifest(groups=(cut,), assertions=(one,))) == (one,)

    def test_metadata_that_can_be_read_is_not_lost(self) -> None:
        assert self.lost(assertion("c2pa.metadata", {}), assertion("c2pa.ai-disclosure", {})) == []

    @pytest.mark.parametrize("label", ["c2pa.thumbnail.claim", "org.example"])
    def test_an_assertion_that_does_not_speak_of_origin_is_no_gap(self, label: str) -> None:
        assert self.lost(Assertion(label, ClaimList.CREATED, "cbor", Linkage.MATCH, b"\xff")) == []

    def test_what_was_redacted_is_not_lost_and_hides_nothing(self) -> None:
        gone = assertion("c2pa.actions", linkage=Linkage.REDACTED)
        held = manifest(BEGUN, assertions=(gone, UNREADABLE))
        assert self.of(held) == (UNREADABLE,)

    def test_inputs_are_left_out_and_components_are_not(self) -> None:
        for kind, expected in ((INPUT, ()), (COMPONENT, (UNREADABLE,)), (PARENT, (UNREADABLE,))):
            leaf = manifest(BEGUN, label="leaf", assertions=(UNREADABLE,))
            held = manifest(BEGUN, ingredients=(ingredient("leaf", kind),))
            assert self.of(held, leaf) == expected
