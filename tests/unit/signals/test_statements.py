"""What one manifest says of origin, before its path is considered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from unit.signals.build import (
    AI,
    CAPTURE,
    COMPONENT,
    EDITS,
    INPUT,
    IPTC,
    PARENT,
    action,
    assertion,
    group,
    ingredient,
    manifest,
)

from provenance.base.terms import Origin
from provenance.credentials.manifest import Linkage, Manifest, Part, Product
from provenance.signals.model import Basis, Role, Statement
from provenance.signals.official import NON_EDITORIAL_ACTIONS
from provenance.signals.statements import METADATA, Signer, name_generator, statements

STRANGER = Signer("Nobody Ltd", "x", listed=False, proven=True)
GOOGLE = Signer("Google LLC", "Pixel Camera", listed=True, proven=True)
WRONG: list[Any] = [None, 0, True, "text", b"x", [], {}, [1], [[]], {"a": 1}]


def only(held: Manifest, signer: Signer = STRANGER) -> Statement:
    (found,) = statements(held, signer)
    return found


class TestDeclared:
    @pytest.mark.parametrize("name", ["c2pa.created", "c2pa.opened"])
    @pytest.mark.parametrize(
        ("source_type", "expected"),
        [
            (AI, Origin.AI_GENERATED),
            (IPTC + "compositeWithTrainedAlgorithmicMedia", Origin.AI_MODIFIED),
            (IPTC + "composite", Origin.AI_POSSIBLE),
            (CAPTURE, Origin.CAPTURED),
            (IPTC + "digitalCreation", Origin.DIGITAL_CREATION),
            (EDITS, None),
            ("nonsense", None),
        ],
    )
    def test_an_inception_describes_the_asset(
        self, name: str, source_type: str, expected: Origin | None
    ) -> None:
        found = only(manifest(action(name, source_type)))
        assert (found.origin, found.whole, found.where) == (expected, True, "c2pa.actions.v2[0]")
        assert found.source_type == source_type

    @pytest.mark.parametrize(
        ("source_type", "expected"),
        [
            (AI, Origin.AI_MODIFIED),
            (IPTC + "compositeWithTrainedAlgorithmicMedia", Origin.AI_MODIFIED),
            (IPTC + "composite", Origin.AI_POSSIBLE),
            (CAPTURE, None),
            (IPTC + "digitalCreation", None),
            (EDITS, None),
        ],
    )
    @pytest.mark.parametrize("name", ["c2pa.edited", "c2pa.placed", "org.example.fill"])
    def test_a_generative_value_in_an_edit_means_that_a_part_was_changed(
        self, name: str, source_type: str, expected: Origin | None
    ) -> None:
        found = only(manifest(action(name, source_type)))
        assert (found.origin, found.whole) == (expected, False)

    @pytest.mark.parametrize("name", sorted(NON_EDITORIAL_ACTIONS))
    def test_a_non_editorial_action_never_sets_an_origin(self, name: str) -> None:
        assert only(manifest(action(name, AI))).origin is None

    def test_an_action_without_a_name_says_nothing(self) -> None:
        assert only(manifest(action("", AI))).origin is None

    def test_created_and_gathered_are_told_apart(self) -> None:
        held = manifest(
            groups=(
                group(action(source_type=AI)),
                group(
                    action(source_type=AI, part=Part.GATHERED, assertion="c2pa.actions.v2__1"),
                    label="c2pa.actions.v2__1",
                    part=Part.GATHERED,
                ),
            )
        )
        assert [s.part for s in statements(held, STRANGER)] == ["created", "gathered"]


class TestImplied:
    """Manifests of known generators that name no source type."""

    def test_created_by_a_generative_product(self) -> None:
        agent = Product("Image Creator from Designer")
        found = only(manifest(action("c2pa.created", agent=agent)))
        assert (found.origin, found.whole) == (Origin.AI_GENERATED, True)
        assert found.generator is not None
        assert found.generator.vendor == "Microsoft"

    def test_edited_by_a_generative_product_may_be_ai(self) -> None:
        agent = Product("Image Creator from Designer")
        found = only(manifest(action("c2pa.edited", agent=agent)))
        assert (found.origin, found.whole) == (Origin.AI_POSSIBLE, False)

    @pytest.mark.parametrize("name", ["c2pa.opened", "c2pa.cropped", "c2pa.converted", "x.y"])
    def test_other_actions_of_a_generative_product_say_nothing(self, name: str) -> None:
        agent = Product("Image Creator from Designer")
        assert statements(manifest(action(name, agent=agent)), STRANGER) == ()

    def test_a_declared_source_type_wins_over_the_product(self) -> None:
        agent = Product("Image Creator from Designer")
        assert only(manifest(action("c2pa.created", CAPTURE, agent))).origin is Origin.CAPTURED

    @pytest.mark.parametrize("name", ["Some App", "Google C2PA Core Generator Library", "c2pa-rs"])
    def test_unknown_products_and_signing_libraries_say_nothing(self, name: str) -> None:
        assert statements(manifest(action("c2pa.created"), generators=(name,)), STRANGER) == ()


class TestIngredients:
    @pytest.mark.parametrize(
        ("relationship", "role"),
        [
            (PARENT, Role.ASSET),
            (COMPONENT, Role.COMPONENT),
            (INPUT, Role.INPUT),
            (None, Role.COMPONENT),
        ],
    )
    def test_a_source_type_of_an_ingredient_speaks_in_its_role(
        self, relationship: Any, role: Role
    ) -> None:
        held = manifest(ingredients=(ingredient(None, relationship, AI),))
        found = only(held)
        assert (found.role, found.origin) == (role, Origin.AI_GENERATED)
        assert found.detector == "c2pa.ingredient"

    def test_a_neutral_source_type_of_an_ingredient_says_nothing(self) -> None:
        assert statements(manifest(ingredients=(ingredient(None, PARENT, EDITS),)), STRANGER) == ()


class TestMetadata:
    @pytest.mark.parametrize("label", sorted(METADATA))
    @pytest.mark.parametrize(
        "content",
        [
            {"Iptc4xmpExt:DigitalSourceType": AI},
            {"iptcExt:digitalSourceType": {"@id": AI}},
            {"DigitalSourceType": [{"@value": AI}]},
            {"http://iptc.org/std/Iptc4xmpExt/2008-02-29/DigitalSourceType": AI},
            {"@graph": [{"a": {"x:DigitalSourceType": AI}}]},
        ],
        ids=["prefixed", "object", "list", "expanded", "nested"],
    )
    def test_a_source_type_in_metadata(self, label: str, content: Any) -> None:
        found = only(manifest(assertions=(assertion(label, content),)))
        assert (found.origin, found.detector, found.where) == (
            Origin.AI_GENERATED,
            "c2pa.metadata",
            label,
        )

    @pytest.mark.parametrize("content", [*WRONG, {"DigitalSourceType": 5}, {"x:y": AI}])
    def test_other_content_says_nothing(self, content: Any) -> None:
        assert (
            statements(manifest(assertions=(assertion("c2pa.metadata", content),)), STRANGER) == ()
        )

    def test_depth_and_number_are_bounded(self) -> None:
        deep: Any = {"x:DigitalSourceType": AI}
        for _ in range(20):
            deep = {"down": deep}
        many = [{"x:DigitalSourceType": AI}] * 5000
        held = manifest(assertions=(assertion("c2pa.metadata", {"deep": deep, "many": many}),))
        assert 0 < len(statements(held, STRANGER)) <= 200

    @pytest.mark.parametrize("linkage", [Linkage.MISSING, Linkage.REDACTED])
    def test_what_is_not_there_says_nothing(self, linkage: Linkage) -> None:
        gone = assertion("c2pa.metadata", {"x:DigitalSourceType": AI}, linkage=linkage)
        assert statements(manifest(assertions=(gone,)), STRANGER) == ()


class TestDisclosures:
    def test_an_ai_disclosure_names_a_model_that_took_part(self) -> None:
        held = manifest(assertions=(assertion("c2pa.ai-disclosure", {"modelName": "M-1"}),))
        found = only(held)
        assert (found.origin, found.whole, found.capped) == (Origin.AI_MODIFIED, False, False)
        assert "M-1" in found.says

    def test_a_vendors_own_assertion_is_weak_evidence(self) -> None:
        content = {"ai_generated": True, "model": "M-1"}
        held = manifest(assertions=(assertion("c2pa.ai_generated_content", content),))
        found = only(held)
        assert (found.origin, found.capped) == (Origin.AI_GENERATED, True)

    @pytest.mark.parametrize(
        "content", [*WRONG, {"ai_generated": False}, {"ai_generated": "true"}, {"ai_generated": 1}]
    )
    def test_a_vendors_own_assertion_that_does_not_say_true_says_nothing(
        self, content: Any
    ) -> None:
        held = manifest(assertions=(assertion("c2pa.ai_generated_content", content),))
        assert statements(held, STRANGER) == ()

    @pytest.mark.parametrize(
        "label", ["c2pa.training-mining", "cawg.training-mining", "c2pa.soft-binding", "org.x"]
    )
    def test_rights_and_other_assertions_are_never_origin(self, label: str) -> None:
        content = {"entries": {"c2pa.ai_generative_training": {"use": "notAllowed"}}}
        held = manifest(assertions=(assertion(label, content),))
        assert statements(held, STRANGER) == ()


class TestGenerators:
    def test_only_a_listed_and_proven_certificate_is_identity(self) -> None:
        held = manifest(generators=("Some App",))
        named = name_generator(held, GOOGLE, None)
        assert named is not None
        assert (named.vendor, named.basis) == ("Google", Basis.SIGNER)
        for weak in (replace(GOOGLE, listed=False), replace(GOOGLE, proven=False)):
            claimed = name_generator(held, weak, None)
            assert claimed is not None
            assert claimed.basis is Basis.DECLARED

    def test_the_agent_is_more_specific_than_the_generator_and_that_than_the_signer(self) -> None:
        held = manifest(generators=("ChatGPT",))
        agent = Product("Image Creator from Designer")
        found = [name_generator(held, GOOGLE, a) for a in (agent, None)]
        assert [g.vendor for g in found if g] == ["Microsoft", "OpenAI"]
        assert [g.basis for g in found if g] == [Basis.DECLARED, Basis.DECLARED]

    def test_an_unknown_name_is_a_product_without_a_vendor(self) -> None:
        found = name_generator(manifest(generators=("Some App",)), STRANGER, None)
        assert found is not None
        assert (found.vendor, found.product, found.basis) == (None, "Some App", Basis.DECLARED)

    @pytest.mark.parametrize("name", ["Google C2PA Core Generator Library", "c2pa-rs"])
    def test_a_signing_library_is_no_generator(self, name: str) -> None:
        assert name_generator(manifest(generators=(name,)), STRANGER, None) is None
        assert name_generator(manifest(generators=()), STRANGER, None) is None


def test_a_manifest_that_says_nothing_gives_nothing() -> None:
    assert statements(manifest(), STRANGER) == ()
