"""What one manifest says of origin, before its path is considered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.each import each
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
from provenance.credentials.manifest import Assertion, ClaimList, Linkage, Manifest, Product
from provenance.signals.official import NON_EDITORIAL_ACTIONS
from provenance.signals.signal import Basis, GeneratorClaim, Role, Statement
from provenance.signals.statements import (
    DISCLOSURES,
    METADATA,
    Signer,
    name_generator,
    read_statements,
    source_type_values,
    speaks_of_origin,
)

STRANGER = Signer("Nobody Ltd", "x", listed=False, proven=True)
GOOGLE = Signer("Google LLC", "Pixel Camera", listed=True, proven=True)
WRONG: list[Any] = [None, 0, True, "text", b"x", [], {}, [1], [[]], {"a": 1}]


def only(held: Manifest, signer: Signer = STRANGER) -> Statement:
    (found,) = read_statements(held, signer)
    return found


class TestDeclared:
    @each("name", ["c2pa.created", "c2pa.opened"])
    @each(
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

    @each(
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
    @each("name", ["c2pa.edited", "c2pa.placed", "org.example.fill"])
    def test_a_generative_value_in_an_edit_means_that_a_part_was_changed(
        self, name: str, source_type: str, expected: Origin | None
    ) -> None:
        found = only(manifest(action(name, source_type)))
        assert (found.origin, found.whole) == (expected, False)

    @pytest.mark.parametrize("agent", [None, Product("DALL-E 2")])
    def test_a_statement_says_what_where_and_by_whom(self, agent: Product | None) -> None:
        held = manifest(action("c2pa.created", AI, agent, index=3), generators=("ChatGPT",))
        found = only(held)
        assert found.generator == name_generator(held, STRANGER, agent)
        assert replace(found, generator=None) == Statement(
            "c2pa.actions",
            Origin.AI_GENERATED,
            whole=True,
            says="c2pa.created: trainedAlgorithmicMedia",
            source_type=AI,
            where="c2pa.actions.v2[3]",
            part="created",
        )

    @each("name", sorted(NON_EDITORIAL_ACTIONS))
    def test_a_non_editorial_action_never_sets_an_origin(self, name: str) -> None:
        assert only(manifest(action(name, AI))).origin is None

    def test_an_action_without_a_name_says_nothing(self) -> None:
        assert only(manifest(action("", AI))).origin is None

    def test_created_and_gathered_are_told_apart(self) -> None:
        held = manifest(
            groups=(
                group(action(source_type=AI)),
                group(
                    action(source_type=AI, part=ClaimList.GATHERED, assertion="c2pa.actions.v2__1"),
                    label="c2pa.actions.v2__1",
                    part=ClaimList.GATHERED,
                ),
            )
        )
        assert [s.part for s in read_statements(held, STRANGER)] == ["created", "gathered"]


class TestImplied:
    """Manifests of known generators that name no source type."""

    def test_created_by_a_generative_product(self) -> None:
        agent = Product("Image Creator from Designer")
        found = only(manifest(action("c2pa.created", agent=agent)))
        assert (found.origin, found.whole) == (Origin.AI_GENERATED, True)
        assert found.generator is not None
        assert found.generator.vendor == "Microsoft"

    @pytest.mark.parametrize("part", [ClaimList.CREATED, ClaimList.GATHERED])
    def test_a_statement_says_what_where_and_by_whom(self, part: ClaimList) -> None:
        agent = Product("DALL-E 2")
        found = only(manifest(action("c2pa.created", agent=agent, index=2, part=part)))
        assert found == Statement(
            "c2pa.generator",
            Origin.AI_GENERATED,
            whole=True,
            says="c2pa.created by DALL-E 2, a generative product; no source type given",
            source_type="",
            where="c2pa.actions.v2[2]",
            part=part.value,
            generator=GeneratorClaim("OpenAI", "DALL·E", "DALL·E 2", Basis.DECLARED),
        )

    @pytest.mark.parametrize("names", [("DALL-E 2",), ("c2pa-rs", "Some App", "DALL-E 2")])
    def test_without_an_agent_the_first_known_claim_generator_counts(
        self, names: tuple[str, ...]
    ) -> None:
        found = only(manifest(action("c2pa.created"), generators=names))
        assert (found.origin, found.detector) == (Origin.AI_GENERATED, "c2pa.generator")
        assert found.says.startswith("c2pa.created by DALL-E 2,")

    @pytest.mark.parametrize("names", [("Adobe Lightroom", "DALL-E 2"), ("Adobe Lightroom",)])
    def test_a_product_that_is_not_generative_says_nothing(self, names: tuple[str, ...]) -> None:
        assert read_statements(manifest(action("c2pa.created"), generators=names), STRANGER) == ()

    def test_the_agent_of_an_action_counts_before_the_claim_generator(self) -> None:
        acted = action("c2pa.created", agent=Product("Some App"))
        assert read_statements(manifest(acted, generators=("DALL-E 2",)), STRANGER) == ()

    def test_edited_by_a_generative_product_may_be_ai(self) -> None:
        agent = Product("Image Creator from Designer")
        found = only(manifest(action("c2pa.edited", agent=agent)))
        assert (found.origin, found.whole) == (Origin.AI_POSSIBLE, False)

    @pytest.mark.parametrize("name", ["c2pa.opened", "c2pa.cropped", "c2pa.converted", "x.y"])
    def test_other_actions_of_a_generative_product_say_nothing(self, name: str) -> None:
        agent = Product("Image Creator from Designer")
        assert read_statements(manifest(action(name, agent=agent)), STRANGER) == ()

    def test_a_declared_source_type_wins_over_the_product(self) -> None:
        agent = Product("Image Creator from Designer")
        assert only(manifest(action("c2pa.created", CAPTURE, agent))).origin is Origin.CAPTURED

    @pytest.mark.parametrize("name", ["Some App", "Google C2PA Core Generator Library", "c2pa-rs"])
    def test_unknown_products_and_signing_libraries_say_nothing(self, name: str) -> None:
        assert read_statements(manifest(action("c2pa.created"), generators=(name,)), STRANGER) == ()


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
        held = manifest(action(), ingredients=(ingredient(None, relationship, AI),))
        found = only(held)
        assert (found.role, found.origin) == (role, Origin.AI_GENERATED)
        assert found.detector == "c2pa.ingredient"

    @pytest.mark.parametrize("relationship", [PARENT, COMPONENT, INPUT, None])
    def test_a_statement_says_what_where_and_by_whom(self, relationship: Any) -> None:
        silent = ingredient(None, PARENT), ingredient(None, PARENT, EDITS)
        one = ingredient(None, relationship, CAPTURE, "c2pa.ingredient.v3__4", ClaimList.GATHERED)
        held = manifest(ingredients=(*silent, one), generators=("DALL-E 2",))
        found = only(held)
        kind = relationship.value if relationship else "ingredient"
        assert replace(found, role=Role.ASSET) == Statement(
            "c2pa.ingredient",
            Origin.CAPTURED,
            whole=True,
            says=f"{kind}: digitalCapture",
            source_type=CAPTURE,
            where="c2pa.ingredient.v3__4",
            part="gathered",
            generator=name_generator(held, STRANGER, None),
        )

    def test_a_neutral_source_type_of_an_ingredient_says_nothing(self) -> None:
        assert (
            read_statements(manifest(ingredients=(ingredient(None, PARENT, EDITS),)), STRANGER)
            == ()
        )


class TestMetadata:
    @each("label", sorted(METADATA))
    @each(
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
    def test_a_source_type_in_metadata_speaks(self, label: str, content: Any) -> None:
        found = only(manifest(assertions=(assertion(label, content),)))
        assert (found.origin, found.detector, found.where) == (
            Origin.AI_GENERATED,
            "c2pa.metadata",
            label,
        )

    def test_a_statement_says_what_where_and_by_whom(self) -> None:
        one = assertion("c2pa.metadata__2", {"DigitalSourceType": CAPTURE}, ClaimList.GATHERED)
        held = manifest(assertions=(assertion("org.x"), one), generators=("DALL-E 2",))
        assert only(held) == Statement(
            "c2pa.metadata",
            Origin.CAPTURED,
            whole=True,
            says="c2pa.metadata: digitalCapture",
            source_type=CAPTURE,
            where="c2pa.metadata__2",
            part="gathered",
            generator=name_generator(held, STRANGER, None),
        )

    @pytest.mark.parametrize(
        ("written", "means", "capped"),
        [
            (AI, AI, False),
            ("trainedAlgorithmicMedia", AI, False),
            (AI.upper(), AI, True),
            (CAPTURE, CAPTURE, False),
            (CAPTURE.upper(), CAPTURE.upper(), False),  # says nothing in another form
        ],
    )
    def test_ai_in_a_form_of_its_own_counts_and_is_capped(
        self, written: str, means: str, capped: bool
    ) -> None:
        found = only(
            manifest(assertions=(assertion("c2pa.metadata", {"DigitalSourceType": written}),))
        )
        assert (found.source_type, found.capped) == (means, capped)

    @pytest.mark.parametrize(
        "said",
        [b"trainedAlgorithmicMedia", [AI.encode()], {"@value": AI.upper().encode()}],
    )
    def test_bytes_count_where_they_say_ai(self, said: Any) -> None:
        (found,) = source_type_values({"DigitalSourceType": said})
        assert found.casefold().endswith("trainedalgorithmicmedia")
        assert source_type_values({"DigitalSourceType": CAPTURE.encode()}) == []
        assert source_type_values({"DigitalSourceType": b"\xff\xff"}) == []
        padded = b"trainedAlgorithmicMedia".ljust(1024), b"trainedAlgorithmicMedia".rjust(1025)
        assert len(source_type_values({"DigitalSourceType": list(padded)})) == 1

    @each(
        ("content", "origin", "says", "by"),
        [
            ({"Iptc4xmpExt:AISystemUsed": "DALL-E 3"}, Origin.AI_MODIFIED,
             "IPTC properties for generative AI are filled in: AISystemUsed", "DALL·E"),
            ({"photoshop:Credit": "Made with Google AI"}, Origin.AI_GENERATED,
             'credit line "Made with Google AI"', "Google"),
            ({"TC260:AIGC": {"Label": "1", "ContentProducer": "x"}}, Origin.AI_GENERATED,
             "TC260 label: generated (Label 1)", "x"),
            ({"TC260:AIGC": {"Label": "1"}}, Origin.AI_GENERATED,
             "TC260 label: generated (Label 1)", ""),
        ],
    )  # as a table  # fmt: skip
    def test_labels_that_are_no_source_type_speak(
        self, content: Any, origin: Origin, says: str, by: str
    ) -> None:
        one = assertion("c2pa.metadata__2", content, ClaimList.GATHERED)
        held = manifest(assertions=(one,), generators=("Some App",))
        agent = Product(by) if by else None
        for signer in (STRANGER, GOOGLE):
            assert only(held, signer) == Statement(
                "c2pa.metadata",
                origin,
                whole=origin is not Origin.AI_MODIFIED,
                says=f"c2pa.metadata: {says}",
                source_type="",
                where="c2pa.metadata__2",
                part="gathered",
                generator=name_generator(held, signer, agent),
            )

    @each(
        ("content", "values"),
        [
            ({"DigitalSourceType": AI, "x:digital_source_type": CAPTURE}, [AI, CAPTURE]),
            ({"DigitalSourceType": {"@set": [AI, {"@list": [CAPTURE]}]}}, [CAPTURE, AI]),
            ({"a": {"DigitalSourceType": AI}, "DigitalSourceType": AI}, [AI]),
            ({"DigitalSourceType": "x" * 2000}, ["x" * 1024]),
            ({"x/" * 503 + "DigitalSourceType": AI}, [AI]),
            ({"x/" * 503 + "/DigitalSourceType": AI}, [AI]),
            ({"x/" * 504 + "DigitalSourceType": AI}, []),
            ({"DigitalXSourceType": AI, 5: AI}, []),
        ],
        ids=[
            "two keys",
            "wrapped",
            "once",
            "long",
            "1023",
            "1024",
            "1025 characters of a key",
            "another key",
        ],
    )
    def test_every_value_of_every_key_counts(self, content: Any, values: list[str]) -> None:
        assert source_type_values(content) == values

    @each("content", [*WRONG, {"DigitalSourceType": 5}, {"x:y": AI}])
    def test_other_content_of_metadata_says_nothing(self, content: Any) -> None:
        assert (
            read_statements(manifest(assertions=(assertion("c2pa.metadata", content),)), STRANGER)
            == ()
        )

    def test_depth_and_number_are_bounded(self) -> None:
        deep: Any = {"x:DigitalSourceType": AI}
        for _ in range(20):
            deep = {"down": deep}
        many = [{"x:DigitalSourceType": AI}] * 5000
        held = manifest(assertions=(assertion("c2pa.metadata", {"deep": deep, "many": many}),))
        assert 0 < len(read_statements(held, STRANGER)) <= 200

    @pytest.mark.parametrize("linkage", [Linkage.MISSING, Linkage.REDACTED])
    def test_metadata_that_are_missing_say_nothing(self, linkage: Linkage) -> None:
        gone = assertion("c2pa.metadata", {"x:DigitalSourceType": AI}, linkage=linkage)
        assert read_statements(manifest(assertions=(gone,)), STRANGER) == ()


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
        ("label", "content", "expected"),
        [
            (
                "c2pa.ai-disclosure",
                {"modelName": "DALL-E 2"},
                Statement(
                    *("c2pa.ai-disclosure", Origin.AI_MODIFIED, False),
                    *("discloses that an AI model took part (DALL-E 2)", ""),
                    *("c2pa.ai-disclosure", "gathered"),
                    GeneratorClaim("OpenAI", "DALL·E", "DALL·E 2", Basis.DECLARED),
                ),
            ),
            (
                "c2pa.ai_generated_content",
                {"ai_generated": True, "model": "DALL-E 2"},
                Statement(
                    *("c2pa.vendor", Origin.AI_GENERATED, True),
                    "c2pa.ai_generated_content: ai_generated is true"
                    " (an assertion no standard defines)",
                    *("", "c2pa.ai_generated_content", "gathered"),
                    GeneratorClaim("OpenAI", "DALL·E", "DALL·E 2", Basis.DECLARED),
                    capped=True,
                ),
            ),
        ],
    )
    def test_a_statement_says_what_where_and_by_whom(
        self, label: str, content: Any, expected: Statement
    ) -> None:
        held = manifest(assertions=(assertion(label, content, ClaimList.GATHERED),))
        assert only(held) == expected

    MODELS = (
        ("c2pa.ai-disclosure", "modelName", {}),
        ("c2pa.ai_generated_content", "model", {"ai_generated": True}),
    )

    @each(("label", "key", "rest"), MODELS)
    @each("model", [None, "", 0, 5, b"x", ["x"], {"name": "x"}])
    def test_a_model_that_is_no_name_is_none(
        self, label: str, key: str, rest: dict[str, Any], model: Any
    ) -> None:
        held = manifest(assertions=(assertion(label, {key: model, **rest}),), generators=())
        found = only(held)
        assert found.generator is None
        assert "took part" not in found.says or found.says.endswith("took part")

    @pytest.mark.parametrize(("label", "key", "rest"), MODELS)
    def test_a_long_name_of_a_model_is_cut(
        self, label: str, key: str, rest: dict[str, Any]
    ) -> None:
        held = manifest(assertions=(assertion(label, {key: "m" * 999, **rest}),), generators=())
        claim = only(held).generator
        assert claim is not None
        assert claim.product == "m" * 256

    @each("content", WRONG)
    def test_a_disclosure_speaks_whatever_it_holds(self, content: Any) -> None:
        found = only(manifest(assertions=(assertion("c2pa.ai-disclosure", content),)))
        assert found.origin is Origin.AI_MODIFIED

    def test_a_disclosure_that_says_nothing_does_not_hide_the_next(self) -> None:
        silent = assertion("c2pa.ai_generated_content", {})
        spoken = assertion("c2pa.ai_generated_content__1", {"ai_generated": True})
        assert only(manifest(assertions=(silent, spoken))).where == "c2pa.ai_generated_content__1"

    @each(
        "content", [*WRONG, {"ai_generated": False}, {"ai_generated": "true"}, {"ai_generated": 1}]
    )
    def test_a_vendors_own_assertion_that_does_not_say_true_says_nothing(
        self, content: Any
    ) -> None:
        held = manifest(assertions=(assertion("c2pa.ai_generated_content", content),))
        assert read_statements(held, STRANGER) == ()

    @pytest.mark.parametrize(
        "label", ["c2pa.training-mining", "cawg.training-mining", "c2pa.soft-binding", "org.x"]
    )
    def test_rights_and_other_assertions_are_never_origin(self, label: str) -> None:
        content = {"entries": {"c2pa.ai_generative_training": {"use": "notAllowed"}}}
        held = manifest(assertions=(assertion(label, content),))
        assert read_statements(held, STRANGER) == ()


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

    @each(
        ("agent", "names", "product", "model"),
        [
            (Product("DALL-E 2"), (), "DALL·E", "DALL·E 2"),
            (Product("DALL-E 2", "7"), (), "DALL·E", "DALL·E 2 7"),
            (None, ("DALL-E 2",), "DALL·E", "DALL·E 2"),
            (Product("ChatGPT", "7"), ("DALL-E 2",), "ChatGPT", "DALL·E 2"),
            (Product("Some App", "7"), ("DALL-E 2",), "DALL·E", "DALL·E 2"),
            (Product("Adobe Firefly", "7"), ("DALL-E 2",), "Firefly", None),
        ],
        ids=[
            "model",
            "its version",
            "claim generator",
            "the version of another name",
            "of an unknown name",
            "of another vendor",
        ],
    )
    def test_product_and_model_are_of_one_vendor_and_the_version_is_the_models_own(
        self, agent: Product | None, names: tuple[str, ...], product: str, model: str | None
    ) -> None:
        found = name_generator(manifest(generators=names), STRANGER, agent)
        assert found is not None
        assert (found.product, found.model) == (product, model)

    def test_a_vendor_may_have_no_product(self) -> None:
        found = name_generator(manifest(generators=()), replace(GOOGLE, common_name="x"), None)
        assert found == GeneratorClaim("Google", None, None, Basis.SIGNER)

    def test_a_certificates_common_name_tells_the_product(self) -> None:
        signer = Signer("Adobe Inc.", "firefly-prod", listed=True, proven=True)
        found = name_generator(manifest(generators=()), signer, None)
        assert found == GeneratorClaim("Adobe", "Firefly", None, Basis.SIGNER)

    def test_an_unknown_agent_is_named_before_an_unknown_claim_generator_and_cut(self) -> None:
        held = manifest(generators=("Some App",))
        for agent in (Product("Tool"), Product("t" * 999)):
            found = name_generator(held, STRANGER, agent)
            assert found == GeneratorClaim(None, agent.name[:256], None, Basis.DECLARED)

    @pytest.mark.parametrize("name", ["Google C2PA Core Generator Library", "c2pa-rs"])
    def test_a_signing_library_is_no_generator(self, name: str) -> None:
        assert name_generator(manifest(generators=(name,)), STRANGER, None) is None
        assert name_generator(manifest(generators=()), STRANGER, None) is None


NAMED = b"\xff c2pa.created trainedAlgorithmicMedia"  # no CBOR
EDIT = b"\xff c2pa.edited trainedAlgorithmicMedia"


def damaged(
    label: str, payload: bytes = NAMED, linkage: Linkage = Linkage.MATCH, refused: str = ""
) -> Assertion:
    return Assertion(label, ClaimList.GATHERED, "cbor", linkage, payload, None, refused)


class TestBytes:
    """What cannot be decoded, or is over a bound, is searched for words of AI."""

    @pytest.mark.parametrize(
        ("label", "payload", "detector", "origin", "role"),
        [
            ("c2pa.metadata__2", EDIT, "c2pa.metadata", Origin.AI_GENERATED, Role.ASSET),
            ("org.x.metadata", NAMED, "c2pa.metadata", Origin.AI_GENERATED, Role.ASSET),
            ("c2pa.actions", NAMED, "c2pa.actions", Origin.AI_GENERATED, Role.ASSET),
            ("c2pa.actions.v2__1", EDIT, "c2pa.actions", Origin.AI_MODIFIED, Role.ASSET),
            ("c2pa.ingredient.v3__1", EDIT, "c2pa.metadata", Origin.AI_GENERATED, Role.COMPONENT),
        ],
        ids=["metadata", "anybody's", "an inception", "an edit", "an ingredient"],
    )
    def test_a_statement_says_what_where_and_by_whom(
        self, label: str, payload: bytes, detector: str, origin: Origin, role: Role
    ) -> None:
        silent = assertion("org.x"), assertion("c2pa.metadata", {})
        held = manifest(assertions=(*silent, damaged(label, payload)), generators=("DALL-E 2",))
        base = label.partition("__")[0]
        assert only(held, GOOGLE) == Statement(
            detector,
            origin,
            whole=origin is Origin.AI_GENERATED,
            says=f"{base}, which cannot be read, has trainedAlgorithmicMedia in it",
            source_type=AI,
            where=label,
            part="gathered",
            generator=GeneratorClaim("OpenAI", "DALL·E", "DALL·E 2", Basis.DECLARED),
            capped=True,
            role=role,
        )

    @pytest.mark.parametrize("label", ["c2pa.metadata", "c2pa.ingredient", "c2pa.actions", "org.x"])
    def test_an_assertion_over_a_bound_is_searched_whatever_its_label(self, label: str) -> None:
        one = damaged(label, refused="over the limit")
        read = group(label="c2pa.actions"), group(label="c2pa.ingredient")
        assert only(manifest(assertions=(one,), groups=read)).where == label

    def test_every_damaged_assertion_is_searched(self) -> None:
        labels = ("c2pa.metadata", "org.x.metadata", "c2pa.actions", "c2pa.ingredient")
        held = manifest(assertions=tuple(map(damaged, labels)))
        assert [s.where for s in read_statements(held, STRANGER)] == list(labels)

    @pytest.mark.parametrize("label", ["org.x", "c2pa.thumbnail.claim", "c2pa.actionsx"])
    def test_assertions_that_nobody_would_read_are_not_searched(self, label: str) -> None:
        assert read_statements(manifest(assertions=(damaged(label),)), STRANGER) == ()

    def test_actions_and_ingredients_that_were_read_are_not_searched(self) -> None:
        held = manifest(
            groups=(group(label="c2pa.actions"),),
            ingredients=(ingredient(None, label="c2pa.ingredient"),),
            assertions=(damaged("c2pa.actions"), damaged("c2pa.ingredient")),
        )
        assert read_statements(held, STRANGER) == ()

    @each("linkage", [Linkage.MISSING, Linkage.REDACTED])
    @each("label", ["c2pa.metadata", "c2pa.actions", "c2pa.ingredient"])
    @each("refused", ["", "over the limit"])
    def test_assertions_that_are_missing_say_nothing(
        self, label: str, linkage: Linkage, refused: str
    ) -> None:
        gone = damaged(label, NAMED, linkage, refused)
        assert read_statements(manifest(assertions=(gone,)), STRANGER) == ()

    def test_words_that_are_not_of_ai_say_nothing(self) -> None:
        one = damaged("c2pa.metadata", b"\xff digitalCapture")
        assert read_statements(manifest(assertions=(one,)), STRANGER) == ()

    def test_values_that_no_vocabulary_knows_are_cut_and_hide_none_that_one_knows(self) -> None:
        unknown = [f"x{n}" for n in range(100)]
        one = assertion("c2pa.metadata", {"DigitalSourceType": [AI, *unknown]})
        found = [s.source_type for s in read_statements(manifest(assertions=(one,)), STRANGER)]
        assert found == [*unknown[::-1][:64], AI]


class TestActionsBeyondABound:
    """Of these only name and source type are known; each meaning is said once."""

    def found(self, *rest: tuple[str, str]) -> list[Statement]:
        places = tuple((name, value, 2000 + n) for n, (name, value) in enumerate(rest))
        beyond = replace(group(label="c2pa.actions__1", part=ClaimList.GATHERED), rest=places)
        return list(
            read_statements(manifest(groups=(group(), beyond), generators=("ChatGPT",)), GOOGLE)
        )

    def test_a_statement_says_what_where_and_by_whom(self) -> None:
        (found,) = self.found(("x.y", "nonsense"), ("c2pa.edited", AI))
        assert found == Statement(
            "c2pa.actions",
            Origin.AI_MODIFIED,
            whole=False,
            says="c2pa.edited: trainedAlgorithmicMedia",
            source_type=AI,
            where="c2pa.actions__1[2001]",
            part="gathered",
            generator=GeneratorClaim("OpenAI", "ChatGPT", None, Basis.DECLARED),
        )

    def test_each_meaning_of_actions_beyond_the_bound_is_said_once(self) -> None:
        bare = AI.rpartition("/")[2]
        rest = [
            ("c2pa.edited", AI),
            ("x.y", bare),
            ("", AI),
            ("", bare),
            ("c2pa.edited", CAPTURE),
            *((name, AI) for name in ("c2pa.created", "c2pa.opened", "c2pa.created")),
            *((name, AI) for name in ("c2pa.converted", "c2pa.transcoded", "c2pa.converted")),
        ]
        kept = (0, 2, 4, 5, 6, 8, 9)
        found = [s.where for s in self.found(*rest)]
        assert found == [f"c2pa.actions__1[{2000 + n}]" for n in kept]


class TestAltered:
    """What stands in an altered assertion was not signed: no signer vouches for it."""

    ACTIONS = assertion("c2pa.actions.v2", linkage=Linkage.MISMATCH)
    METADATA = assertion("c2pa.metadata", {"DigitalSourceType": AI})

    def test_an_altered_assertion_speaks_unsealed_and_names_its_own_generator(self) -> None:
        held = manifest(action("c2pa.created", AI), assertions=(self.ACTIONS, self.METADATA))
        altered, sealed = read_statements(held, GOOGLE)
        assert (altered.sealed, sealed.sealed) == (False, True)
        assert altered.generator == GeneratorClaim("Google", "Pixel Camera", None, Basis.DECLARED)
        assert sealed.generator == GeneratorClaim("Google", "Pixel Camera", None, Basis.SIGNER)
        assert altered.where == "c2pa.actions.v2[0]"

    @pytest.mark.parametrize(
        "label", ["c2pa.metadata", "a[b.metadata", "a[0].metadata", "[.metadata"]
    )
    def test_metadata_is_known_by_its_whole_label(self, label: str) -> None:
        altered = assertion(label, {"DigitalSourceType": AI}, linkage=Linkage.MISMATCH)
        assert not only(manifest(assertions=(altered,))).sealed

    def test_an_altered_assertion_may_name_no_generator(self) -> None:
        held = manifest(action("c2pa.created", AI), assertions=(self.ACTIONS,), generators=())
        found = only(held)
        assert (found.sealed, found.generator) == (False, None)

    def test_where_every_assertion_is_sound_all_statements_are_sealed(self) -> None:
        sound = assertion("c2pa.actions.v2")
        held = manifest(action("c2pa.created", AI), assertions=(sound, self.METADATA))
        assert [s.sealed for s in read_statements(held, GOOGLE)] == [True, True]


@each(
    ("base", "expected"),
    [
        *(
            (label, True)
            for label in (*sorted(METADATA), *sorted(DISCLOSURES), "org.example.metadata")
        ),
        *((label, False) for label in ("c2pa.actions", "c2pa.thumbnail", "metadata", "")),
    ],
)
def test_assertions_that_speak_of_origin_are_told_by_label(base: str, expected: bool) -> None:
    assert speaks_of_origin(base) is expected


def test_a_manifest_that_says_nothing_gives_nothing() -> None:
    assert read_statements(manifest(), STRANGER) == ()
