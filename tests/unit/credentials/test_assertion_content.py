"""Claims and assertions as plain values: both versions, and every wrong type."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import cbor2
import pytest
from support.each import each

from provenance.base import json_text
from provenance.credentials import assertion_content as read
from provenance.credentials.budget import Budget
from provenance.credentials.manifest import (
    Action,
    Assertion,
    ClaimList,
    ContentError,
    Linkage,
    Product,
    RecordedStatus,
)

WRONG: list[Any] = [None, 0, -1, 1.5, True, "text", b"bytes", [], {}, [1], {"a": 1}, [[]]]


def assertion(content: Any, label: str = "c2pa.actions.v2") -> Assertion:
    payload = content if isinstance(content, bytes) else cbor2.dumps(content)
    return Assertion(label, ClaimList.CREATED, "cbor", Linkage.MATCH, payload)


def as_json(text: str | bytes) -> Assertion:
    payload = text.encode() if isinstance(text, str) else text
    return Assertion("stds.exif", ClaimList.CREATED, "json", Linkage.MATCH, payload)


@each(
    ("value", "named"),
    [
        ({"a": [{"b": {}}, 1, [{"c": b""}]], "d": {"e": "f"}}, True),
        ({"a": [{"b": {}}, 1, [{1: b""}]]}, False),
        ({"a": [[[{"b": {b"c": 1}}]]]}, False),
        ({1: 2}, False),
        ([{"a": 1}, {"a": 1, None: 2}], False),
        ("text", True),
        ({"a": ({1: 2},)}, True),  # a tuple is a key's, and of a map none
    ],
)
def test_fields_without_a_name_are_told(value: Any, named: bool) -> None:
    assert read.named_only(value) is named


@pytest.mark.parametrize("count", [19_998, 20_001])
def test_of_many_maps_only_the_last_20_000_are_searched_for_odd_keys(count: int) -> None:
    named = [{"a": 1} for _ in range(count)]
    assert read.named_only(named)
    assert not read.named_only([*named, {1: 2}])
    assert read.named_only([{1: 2}, *named]) is (count > 20_000)


def action(entry: Any, **others: Any) -> Action:
    (found,) = read.actions(assertion({"actions": [entry], **others})).actions
    return found


class TestActions:
    def test_version_1_names_its_agent_as_text(self) -> None:
        entry = {
            "action": "c2pa.created",
            "softwareAgent": "Image Creator from Designer",
            "parameters": {"description": "AI Generated Image"},
        }
        found = read.actions(assertion({"actions": [entry]}, "c2pa.actions"))
        assert (found.label, found.complete) == ("c2pa.actions", False)
        (one,) = found.actions
        assert (one.name, one.agent) == ("c2pa.created", Product("Image Creator from Designer"))
        assert (one.description, one.where) == ("AI Generated Image", "c2pa.actions[0]")

    def test_version_2_names_its_agent_as_a_map(self) -> None:
        entry = {
            "action": "c2pa.edited",
            "softwareAgent": {"name": "Fill", "version": "2"},
            "digitalSourceType": "x",
            "description": "own",
            "parameters": {"description": "other"},
        }
        found = read.actions(assertion({"actions": [entry], "allActionsIncluded": True}))
        assert found.complete
        (one,) = found.actions
        assert (one.agent, one.source_type) == (Product("Fill", "2"), "x")
        assert one.description == "own"

    @pytest.mark.parametrize("value", [1, "true", [], None, {}])
    def test_only_the_value_true_makes_a_list_complete(self, value: Any) -> None:
        assert not read.actions(assertion({"actions": [], "allActionsIncluded": value})).complete

    def test_shared_agents_are_named_by_index(self) -> None:
        shared = ["First", {"name": "Second", "version": "2"}]
        assert action({"softwareAgentIndex": 0}, softwareAgents=shared).agent == Product("First")
        found = action({"softwareAgentIndex": 1}, softwareAgents=shared).agent
        assert found == Product("Second", "2")

    def test_an_agent_of_its_own_wins_over_the_index(self) -> None:
        entry = {"softwareAgent": "Own", "softwareAgentIndex": 0}
        assert action(entry, softwareAgents=["Shared"]).agent == Product("Own")

    def test_what_the_action_says_wins_over_its_template(self) -> None:
        shared = ["First", "Second"]
        template = {"action": "c2pa.edited", "softwareAgent": "Template"}
        for entry, agent in (
            ({"softwareAgent": "Own"}, "Own"),
            ({"softwareAgentIndex": 0}, "First"),
            ({"softwareAgentIndex": 9}, "Template"),
            ({}, "Template"),
        ):
            found = action(
                {"action": "c2pa.edited", **entry}, softwareAgents=shared, templates=[template]
            )
            assert found.agent == Product(agent)

    def test_a_template_names_a_shared_agent_too(self) -> None:
        template = {"action": "*", "softwareAgentIndex": 1}
        found = action({}, softwareAgents=["First", "Second"], templates=[template])
        assert found.agent == Product("Second")

    def test_the_time_of_an_action_is_kept_as_written(self) -> None:
        assert action({"when": "2026-01-01T00:00:00Z"}).when == "2026-01-01T00:00:00Z"
        assert action({"when": 5}).when == ""

    @each("index", [-1, 1, 10**30, "0", 0.0, None, [], True, False])
    def test_an_index_that_names_none_gives_no_agent(self, index: Any) -> None:
        assert action({"softwareAgentIndex": index}, softwareAgents=["Only"]).agent is None

    @each("wrong", WRONG)
    @each(
        "field",
        ["softwareAgent", "softwareAgentIndex", "digitalSourceType", "description", "parameters"],
    )
    def test_an_optional_field_of_a_wrong_type_counts_as_missing(
        self, field: str, wrong: Any
    ) -> None:
        found = action({"action": "c2pa.edited", field: wrong})
        assert found.name == "c2pa.edited"
        assert isinstance(found.source_type, str)
        assert isinstance(found.description, str)

    @each("wrong", [v for v in WRONG if v != []])
    def test_a_value_that_is_no_list_of_actions_is_malformed(self, wrong: Any) -> None:
        with pytest.raises(ValueError, match="action"):
            read.actions(assertion({"actions": wrong}))

    @pytest.mark.parametrize("wrong", [[], 1, "text", None])
    def test_content_that_is_no_map_is_malformed(self, wrong: Any) -> None:
        with pytest.raises(ValueError, match="no list of actions"):
            read.actions(assertion(wrong))

    def test_beyond_the_bound_only_name_and_source_type_of_actions_are_read(self) -> None:
        entries = [{"action": f"c2pa.{n}", "digitalSourceType": "s"} for n in range(12)]
        budget = Budget(actions=10)
        found = read.actions(
            assertion({"actions": [*entries, *entries, {}, {"action": 5}]}), budget
        )
        assert [action.name for action in found.actions] == [f"c2pa.{n}" for n in range(10)]
        assert found.left_out == 16
        assert {(name, said) for name, said, _ in found.rest} == {
            (f"c2pa.{n}", "s") for n in range(12)
        }
        assert found.rest[0] == ("c2pa.10", "s", 10)
        assert len(budget.limits) == 1
        assert read.actions(assertion({"actions": entries}), budget).actions == ()

    def test_beyond_the_bound_a_template_counts_too(self) -> None:
        content = {
            "templates": [{"action": "c2pa.edited", "digitalSourceType": "t"}],
            "actions": [{"action": "c2pa.edited"}, {"action": "c2pa.other"}],
        }
        found = read.actions(assertion(content), Budget(actions=0))
        assert found.rest == (("c2pa.edited", "t", 0),)

    def test_too_many_templates_are_malformed(self) -> None:
        templates = [{"action": f"a{n}"} for n in range(read.MAX_TEMPLATES + 1)]
        with pytest.raises(ValueError, match="limit"):
            read.actions(assertion({"actions": [], "templates": templates}))

    def test_actions_behind_a_tag_are_read(self) -> None:
        content = cbor2.dumps(cbor2.CBORTag(70_000, {"actions": [{"action": "c2pa.created"}]}))
        assert read.actions(assertion(content)).actions[0].name == "c2pa.created"

    def test_an_action_names_its_ingredients(self) -> None:
        def uri(label: str) -> dict[str, Any]:
            return {"url": f"self#jumbf=c2pa.assertions/{label}", "hash": b""}

        parameters = {
            "ingredient": uri("c2pa.ingredient"),
            "ingredients": [uri("c2pa.ingredient.v3__1"), uri("org.other"), 1, {"url": 1}],
        }
        found = action({"parameters": parameters}).ingredients
        assert found == ("c2pa.ingredient", "c2pa.ingredient.v3__1")


class TestWhatIsDecodedAlready:
    """Content of a document: nothing is refused, what is wrong counts as missing."""

    def shown(self, value: Any, label: str = "c2pa.actions.v2") -> Assertion:
        return Assertion(label, ClaimList.UNLISTED, "value", Linkage.UNCHECKED, b"", value)

    def test_content_that_was_decoded_already_is_given_as_it_is(self) -> None:
        value = {"actions": []}
        assert self.shown(value).decode() is value

    @each("wrong", WRONG)
    def test_an_action_that_is_no_map_keeps_its_place(self, wrong: Any) -> None:
        value = {"actions": [wrong, {"action": "c2pa.opened"}]}
        found = read.actions_in(value, self.shown(value)).actions
        assert [(a.name, a.index) for a in found] == [("", 0), ("c2pa.opened", 1)]

    @each("wrong", WRONG)
    @each("field", ["actions", "templates", "softwareAgents"])
    def test_a_field_of_a_wrong_type_counts_as_missing(self, field: str, wrong: Any) -> None:
        value = {"actions": [{"action": "c2pa.opened"}], field: wrong}
        assert read.actions_in(value, self.shown(value)).label == "c2pa.actions.v2"

    def test_of_two_templates_the_first_counts(self) -> None:
        both = [{"action": "*", "digitalSourceType": n} for n in ("first", "second")]
        value = {"actions": [{"action": "c2pa.edited"}], "templates": both}
        (one,) = read.actions_in(value, self.shown(value)).actions
        assert one.effective_source_type == "first"
        with pytest.raises(ValueError, match="two templates"):
            read.actions(self.shown(value))

    @each("wrong", WRONG)
    @each("field", ["activeManifest", "claimSignature", "validationResults"])
    def test_fields_of_an_ingredient_of_wrong_types_count_as_missing(
        self, field: str, wrong: Any
    ) -> None:
        value = {"relationship": "parentOf", field: wrong}
        found = read.ingredient_in(value, self.shown(value, "c2pa.ingredient.v3"))
        assert found.relationship == "parentOf"
        assert found.manifest is None
        assert (found.target is None) == (field != "activeManifest" or wrong is None)

    def test_a_digest_as_text_is_none_and_the_manifest_is_named(self) -> None:
        link = {"url": "self#jumbf=/c2pa/urn:c2pa:x", "hash": "b64'AA=="}
        found = read.ingredient_in({"activeManifest": link}, self.shown({}, "c2pa.ingredient.v3"))
        assert (found.target, found.manifest) == ("urn:c2pa:x", None)
        assert found.linkage is Linkage.UNCHECKED


class TestJson:
    def test_a_key_that_stands_twice_is_refused(self) -> None:
        for text in ('{"a": 1, "a": 2}', '{"x": {"a": 1, "\\u0061": 2}}'):
            with pytest.raises(ContentError, match="twice"):
                as_json(text).decode()

    @pytest.mark.parametrize("opener", ["[", '{"a":'])
    def test_deep_nesting_is_refused(self, opener: str) -> None:
        with pytest.raises(ContentError):
            as_json(opener * 100_000).decode()

    def test_deep_nesting_that_is_well_formed_is_read_or_refused(self) -> None:
        with contextlib.suppress(ContentError):
            as_json("[" * 100_000 + "]" * 100_000).decode()

    @pytest.mark.parametrize("text", ["9" * 900_000, "-" + "1" * 5000, "[" + "7" * 100_000 + "]"])
    def test_a_huge_integer_is_never_made(self, text: str) -> None:
        """To make one out of digits takes quadratic time."""
        assert not isinstance(as_json(text).decode(), int)
        assert "7" not in str(as_json(text).decode())

    def test_integers_up_to_39_digits_are_exact(self) -> None:
        assert as_json("9" * 39).decode() == 10**39 - 1

    @each(
        "payload", [b"", b"{", b"\xff\xfe\xff", b"nul", b'{"a": }', b"\x00", b"[1,]", b'"\\ud800']
    )
    def test_content_that_is_no_json_is_refused(self, payload: bytes) -> None:
        with pytest.raises(ContentError):
            as_json(payload).decode()

    def test_content_longer_than_the_bound_is_refused(self) -> None:
        text = json.dumps("x" * json_text.MAX_LENGTH)
        with pytest.raises(ContentError, match="longer than"):
            as_json(text).decode()


class TestCbor:
    def test_cbor_is_bounded_and_hard_bindings_less_tightly(self) -> None:
        content = cbor2.dumps({"pad": bytes(2 << 20)})
        with pytest.raises(ContentError, match="over the limit"):
            assertion(content).decode()
        assert assertion(content, "c2pa.hash.bmff.v3__1").decode() == {"pad": bytes(2 << 20)}

    def test_the_instance_number_is_no_part_of_the_base(self) -> None:
        assert assertion({}, "c2pa.ingredient.v3__12").base == "c2pa.ingredient.v3"
        for label in ("org.a__b", "org.a__", "__", "c2pa.actions.v2"):
            assert assertion({}, label).base == label


class TestIngredients:
    @each("wrong", WRONG)
    @each(
        "field",
        [
            "relationship",
            "dc:title",
            "dc:format",
            "digitalSourceType",
            "claimSignature",
            "validationResults",
            "validationStatus",
            "validation_status",
        ],
    )
    def test_an_optional_field_of_a_wrong_type_counts_as_missing(
        self, field: str, wrong: Any
    ) -> None:
        found = read.ingredient(assertion({field: wrong}, "c2pa.ingredient.v3"), "urn:c2pa:x")
        assert isinstance(found.title, str)
        assert found.claim_signature is None
        assert found.recorded_failures == ()

    def test_failures_of_version_3_are_collected_from_both_places(self) -> None:
        def group(code: str) -> dict[str, Any]:
            good = {"code": "claimSignature.validated", "url": "u"}
            return {"success": [good], "informational": [], "failure": [{"code": code, "url": "u"}]}

        results = {
            "activeManifest": group("assertion.dataHash.mismatch"),
            "ingredientDeltas": [
                {
                    "ingredientAssertionURI": "i",
                    "validationDeltas": group("claimSignature.mismatch"),
                },
                "nonsense",
                {"validationDeltas": 1},
            ],
        }
        found = read.ingredient(assertion({"validationResults": results}), "x").recorded_failures
        assert found == (
            RecordedStatus("assertion.dataHash.mismatch", "u"),
            RecordedStatus("claimSignature.mismatch", "u"),
        )

    def test_successes_of_version_1_are_no_failures(self) -> None:
        codes = [
            "claimSignature.validated",
            "signingCredential.trusted",
            "timeStamp.trusted",
            "assertion.hashedURI.match",
            "assertion.dataHash.match",
            "assertion.dataHash.mismatch",
        ]
        content = {"validationStatus": [{"code": c} for c in codes]}
        found = read.ingredient(assertion(content), "x").recorded_failures
        assert [f.code for f in found] == ["assertion.dataHash.mismatch"]


class TestUris:
    @each(
        ("url", "manifest", "label"),
        [
            ("self#jumbf=/c2pa/m/c2pa.assertions/a", "m", "a"),
            ("self#jumbf=c2pa.assertions/a", None, "a"),
            ("self#jumbf=/c2pa/other/c2pa.assertions/a", "other", ""),
            ("self#jumbf=/c2pa/m", "m", ""),
            ("self#jumbf=/c2pa", None, ""),
            ("c2pa.assertions/a", None, ""),
            ("", None, ""),
        ],
    )
    def test_a_jumbf_uri_names_manifest_and_assertion(
        self, url: str, manifest: str | None, label: str
    ) -> None:
        assert read.manifest_label(url) == manifest
        assert read.assertion_label(url, "m") == label

    @each("wrong", [*WRONG, {"url": 1, "hash": b""}, {"url": "u", "hash": "h"}])
    def test_a_value_that_is_no_hashed_uri_is_none(self, wrong: Any) -> None:
        assert read.hashed_uri(wrong, "sha256") is None

    def test_the_uris_own_algorithm_wins_over_the_claims(self) -> None:
        own = read.hashed_uri({"url": "u", "hash": b"", "alg": "sha512"}, "sha256")
        default = read.hashed_uri({"url": "u", "hash": b"", "alg": 5}, "sha256")
        assert own is not None
        assert default is not None
        assert (own.algorithm, default.algorithm) == ("sha512", "sha256")
