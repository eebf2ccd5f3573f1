"""What the samples of the official rules do not show: edges, versions of the specification."""

from __future__ import annotations

from typing import Any

import pytest
from support.each import each
from unit.linting.samples import answers, from_patch

from provenance.linting import official_lists, rule_catalogue
from provenance.linting.crjson import crjson_parsing as crjson_read
from provenance.linting.examples import actions, created, reference
from provenance.linting.subject import Subject

V2_2 = rule_catalogue.PROFILES["conformance-0.2-spec-2.2"]
V2_4 = rule_catalogue.PROFILES["conformance-0.2-spec-2.4"]
V2 = "c2pa.actions.v2"


def failing(patch: dict[str, Any], profile: Any = V2_4) -> set[str]:
    found = answers(from_patch(patch, profile), profile)
    return {rule for rule, said in found.items() if said != "true"}


def version_1(**claim: Any) -> dict[str, Any]:
    info = [{"name": "Old"}]
    return {"claim.v2": None, "claim": {"claim_generator_info": info} | claim}


class TestValidationResults:
    def test_an_empty_object_of_results_passes_nothing(self) -> None:
        names = ("success", "informational", "failure", "specVersion", "validationTime")
        patch = {"validationResults": dict.fromkeys(names)}
        assert failing(patch) == {"valid_success", "well_formed_success"}

    def test_each_code_of_the_lists_fails_its_rule_and_no_other(self) -> None:
        integrity = rule_catalogue.PROFILES["integrity"]
        lists = {
            "well_formed_success": official_lists.WELL_FORMED,
            "valid_success": official_lists.VALID,
            "trusted_success": official_lists.TRUSTED,
        }
        for rule, codes in lists.items():
            for code in codes:
                patch = {"validationResults": {"failure": [{"code": code}]}}
                assert failing(patch, integrity) == {rule}, code

    def test_a_code_among_the_informational_ones_fails_nothing(self) -> None:
        patch = {"validationResults": {"informational": [{"code": "assertion.dataHash.mismatch"}]}}
        assert failing(patch) == set()


class TestNoManifest:
    @pytest.mark.parametrize("profile", [V2_2, V2_4], ids=lambda p: p.name)
    def test_a_file_without_a_manifest_fails_and_the_rest_does_not_apply(
        self, profile: Any
    ) -> None:
        found = answers(Subject("x"), profile)
        failed = {rule for rule, said in found.items() if said == "false"}
        assert failed == {
            "valid_data_present",
            "valid_success",
            "well_formed_data_present",
            "well_formed_success",
        }
        assert set(found.values()) == {"false", "not_applicable"}


class TestSpecVersion:
    @each(
        ("version", "in_2_2", "in_2_4"),
        [
            (None, "true", "false"),
            ("2.4.0", "false", "true"),
            ("2.4", "false", "true"),
            ("2.2.0", "true", "false"),
            ("2.40", "false", "false"),
            ("2", "false", "false"),
            ("", "false", "false"),
            (2.4, "false", "false"),
        ],
    )
    def test_major_and_minor_must_agree(self, version: Any, in_2_2: str, in_2_4: str) -> None:
        patch = {"claim.v2": {"claim_generator_info": {"specVersion": version}}}
        for profile, expected in ((V2_2, in_2_2), (V2_4, in_2_4)):
            found = answers(from_patch(patch, profile), profile)
            assert found["mandatory_spec_version"] == expected

    def test_a_list_of_generators_is_read_by_its_first(self) -> None:
        info = [{"name": "A", "specVersion": "2.4.0"}, {"name": "B", "specVersion": "1.0"}]
        assert failing({"claim.v2": {"claim_generator_info": info}}) == set()

    def test_a_claim_of_version_1_has_no_spec_version(self) -> None:
        assert "mandatory_spec_version" in failing(version_1())
        assert "mandatory_spec_version" not in failing(version_1(), V2_2)


class TestInception:
    def position(self, patch: dict[str, Any]) -> str:
        return answers(from_patch(patch, V2_4), V2_4)["inception_action_position"]

    def test_the_first_actions_assertion_counts(self) -> None:
        both = [reference(f"{V2}__1"), reference(V2)]
        assert self.position({"claim.v2": {"created_assertions": both}}) == "false"
        assert self.position({"claim.v2": {"created_assertions": both[::-1]}}) == "true"

    def test_created_must_be_first_where_it_stands(self) -> None:
        late = actions({"action": "c2pa.converted"}, created())
        assert self.position(late) == "false"
        assert self.position(actions({"action": "c2pa.converted"})) == "true"

    def test_a_claim_of_version_1_is_read_from_its_own_actions(self) -> None:
        assert self.position(version_1(assertions=[reference("c2pa.actions")])) == "false"


class TestVersionsOfTheSpecification:
    @pytest.mark.parametrize(
        ("action", "in_2_2", "in_2_4"),
        [
            ("c2pa.watermarked", set(), {"no_deprecated_actions"}),
            ("c2pa.watermarked.bound", {"no_unsupported_actions"}, set()),
            ("c2pa.resized.proportional", {"no_unsupported_actions"}, set()),
            (
                "c2pa.printed",
                {"no_deprecated_actions", "no_unsupported_actions"},
                {"no_deprecated_actions", "no_unsupported_actions"},
            ),
        ],
    )
    def test_of_actions_are_known_by_their_version(
        self, action: str, in_2_2: set[str], in_2_4: set[str]
    ) -> None:
        patch = actions(created(), {"action": action, "digitalSourceType": "x"})
        assert failing(patch, V2_2) == in_2_2
        assert failing(patch, V2_4) == in_2_4

    def test_of_assertions_are_known_by_their_version(self) -> None:
        patch = {"assertions": {"c2pa.ai-disclosure": {}, "c2pa.thumbnail.ingredient__3": {}}}
        assert failing(patch, V2_2) == {"no_unsupported_assertions"}
        assert failing(patch, V2_4) == set()

    def test_of_parameters_are_known_by_their_version(self) -> None:
        patch = actions(created(parameters={"relatedAssertions": []}))
        assert failing(patch, V2_2) == {"no_unrecognized_custom_action_parameters"}
        assert failing(patch, V2_4) == set()

    def test_of_programme_0_1_asks_less(self) -> None:
        less = {
            r.id
            for r in rule_catalogue.rules_of(rule_catalogue.PROFILES["conformance-0.1-spec-2.2"])
        }
        more = {r.id for r in rule_catalogue.rules_of(V2_2)}
        assert more - less == {
            "mandatory_all_actions_included",
            "mandatory_spec_version",
            "no_dst_for_opened_action",
        }


class TestAssertionLabels:
    def test_an_instance_of_a_deprecated_label_is_another_label(self) -> None:
        """As the rubric compares: by the whole label."""
        assert failing({"assertions": {"c2pa.ingredient.v2__1": {}}}) == set()
        assert failing({"assertions": {"c2pa.ingredient.v2": {}}}) == {"no_deprecated_assertions"}

    def test_actions_of_every_assertion_that_has_some_are_read(self) -> None:
        patch = {"assertions": {"com.example.more": {"actions": [{"action": "sparkled"}]}}}
        assert failing(patch) == {
            "mandatory_all_actions_included",
            "no_unrecognized_custom_actions",
        }


def test_only_the_active_manifest_is_held_to_the_rules() -> None:
    from provenance.linting import examples

    document = examples.example_document({}, V2_4)
    document["manifests"].append(examples.merged(examples.manifest(), {"label": "urn:uuid:x"}))
    subject = crjson_read.subject(document, "x")
    assert set(answers(subject, V2_4).values()) == {"true"}


class TestText:
    """The rubric for text, whose expressions are a few paths in crJSON."""

    TEXT = rule_catalogue.PROFILES["text"]

    def failing(self, patch: dict[str, Any]) -> set[str]:
        return {rule.removeprefix("text:") for rule in failing(patch, self.TEXT)}

    def test_types_of_text_are_those_of_the_products_list(self) -> None:
        for media_type in official_lists.TEXT_TYPES:
            patch = actions(created(parameters={"dc:format": media_type}))
            assert self.failing(patch) == set()
        for other in ("TEXT/PLAIN", "text/plain; charset=utf-8", "", None, ["text/plain"], 3):
            patch = actions(created(parameters={"dc:format": other}))
            assert self.failing(patch) == {"is_text_asset"}

    def test_only_the_first_action_says_the_type_of_text(self) -> None:
        plain = {"dc:format": "text/plain"}
        edit = {"action": "c2pa.edited", "parameters": plain}
        assert self.failing(actions(created(), edit)) == {"is_text_asset"}
        said = {"claim.v2": {"dc_format": "text/html"}} | actions(created())
        assert self.failing(said) == set()

    def test_numbered_hashes_and_old_actions_do_not_count_for_text(self) -> None:
        renamed = {"c2pa.hash.data": None, "c2pa.hash.data__1": {"exclusions": [{}]}}
        assert self.failing({"assertions": renamed}) == {
            "hard_binding_present",
            "exclusions_defined",
        }
        old = {V2: None, "c2pa.actions": {"actions": [created()]}}
        assert self.failing({"assertions": old}) == {
            "is_text_asset",
            "inception_action_present",
            "inception_has_dst",
        }

    def test_any_creation_with_a_source_type_will_do_for_text(self) -> None:
        plain = {"dc:format": "text/plain"}
        first = created(parameters=plain, digitalSourceType=None)
        assert self.failing(actions(first)) == {"inception_has_dst"}
        assert self.failing(actions(first, created())) == set()

    def test_no_rule_of_text_passes_without_a_manifest(self) -> None:
        assert set(answers(Subject("x"), self.TEXT).values()) == {"not_applicable"}

    @each("value", [None, [], "x", 3, {"actions": "x"}, {"actions": [3]}])
    def test_actions_of_any_type_are_borne_for_text(self, value: object) -> None:
        assert "inception_action_present" in self.failing({"assertions": {V2: value}})
