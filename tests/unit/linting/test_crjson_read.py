"""Reading crJSON that anyone may have written: bounded, and never a crash in a rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.each import each

from provenance.credentials.manifest import ClaimList, Linkage, Product
from provenance.linting import examples, rule_catalogue
from provenance.linting.crjson import crjson_parsing as crjson_read
from provenance.linting.crjson import crjson_writing as crjson
from provenance.linting.crjson.crjson_parsing import CrJsonError
from provenance.linting.evaluate import evaluate
from provenance.linting.examples import LABEL, reference

if TYPE_CHECKING:
    from provenance.credentials.manifest import Manifest
    from provenance.linting.subject import ManifestView

DEFAULT = rule_catalogue.PROFILES[rule_catalogue.DEFAULT]


def active(patch: dict[str, Any]) -> ManifestView:
    return crjson_read.subject(examples.example_document(patch, DEFAULT), "x").active


def manifest(patch: dict[str, Any]) -> Manifest:
    return active(patch).manifest


class TestParsing:
    @pytest.mark.parametrize("head", [b"{", b" \r\n\t{", b"\xef\xbb\xbf{"])
    def test_json_is_told_by_its_first_bytes(self, head: bytes) -> None:
        assert crjson_read.looks_like(head)

    @each("head", [b"", b"\xff\xd8\xff", b"\x89PNG", b"<svg", b"[]", b"%PDF"])
    def test_media_is_told_from_json_by_its_first_bytes(self, head: bytes) -> None:
        assert not crjson_read.looks_like(head)

    def test_a_document_may_begin_with_a_byte_order_mark(self) -> None:
        assert crjson_read.parse_crjson(b'\xef\xbb\xbf{"manifests": []}') == {"manifests": []}

    @each(
        ("data", "reason"),
        [
            (b"", "not JSON"),
            (b"{", "not JSON"),
            (b"\xff{}", "not JSON"),
            (b"[]", "an object with a list `manifests`"),
            (b"{}", "an object with a list `manifests`"),
            (b'{"manifests": {}}', "an object with a list `manifests`"),
            (b'{"manifests": [], "manifests": []}', "a key is there twice"),
            (b'{"manifests": [' + b"[" * 200 + b"]" * 200 + b"]}", "nested more than 128 deep"),
            (b'{"manifests": ' + b"[" * 100_000, "not JSON|nested too deep"),
            (b'{"manifests": [], "n": ' + b"9" * 100_000 + b"}", "too large for a float"),
            (b'{"manifests": [], "n": -1e400}', "too large for a float"),
            (b'{"manifests": [NaN]}', "NaN is not a number of JSON"),
            (b'{"manifests": [-Infinity]}', "-Infinity is not a number of JSON"),
        ],
    )
    def test_json_that_is_no_document_is_refused(self, data: bytes, reason: str) -> None:
        with pytest.raises(CrJsonError, match=reason):
            crjson_read.parse_crjson(data)

    def test_a_number_of_many_digits_costs_nothing(self) -> None:
        found = crjson_read.parse_crjson(b'{"manifests": [], "n": ' + b"9" * 300 + b', "e": 1e3}')
        assert (type(found["n"]), found["n"], found["e"]) == (float, 1e300, 1000.0)
        assert crjson.crjson_text(found)

    def test_the_size_of_a_document_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(crjson_read, "MAX_BYTES", 10)
        with pytest.raises(CrJsonError, match="over the limit of 10"):
            crjson_read.parse_crjson(b'{"manifests": []}')

    @pytest.mark.parametrize(
        ("bound", "patch"),
        [
            ("MAX_MANIFESTS", {}),
            ("MAX_ASSERTIONS", {}),
            ("MAX_ACTIONS", {}),
            ("MAX_STATUSES", {}),
        ],
    )
    def test_counts_in_a_document_are_bounded(
        self, monkeypatch: pytest.MonkeyPatch, bound: str, patch: dict[str, Any]
    ) -> None:
        monkeypatch.setattr(crjson_read, bound, 0)
        with pytest.raises(CrJsonError, match="over the limit of 0"):
            active(patch)

    @pytest.mark.parametrize("patch", [{"label": "x" * 1025}, {"assertions": {"x" * 1025: {}}}])
    def test_labels_in_a_document_are_bounded(self, patch: dict[str, Any]) -> None:
        with pytest.raises(CrJsonError, match="a label of 1025 characters, over the limit of 1024"):
            active(patch)

    def test_a_manifest_that_is_none_is_refused(self) -> None:
        with pytest.raises(CrJsonError, match="a manifest that is not an object"):
            crjson_read.subject({"manifests": ["x"]}, "x")


class TestViews:
    def test_an_assertion_is_created_gathered_or_unlisted_by_the_list_that_names_it(self) -> None:
        patch = {
            "claim.v2": {"gathered_assertions": [reference("com.example.a")]},
            "assertions": {"com.example.a": {}, "com.example.b": {}},
        }
        parts = {a.label: a.part for a in manifest(patch).assertions}
        assert parts["c2pa.hash.data"] is ClaimList.CREATED
        assert parts["com.example.a"] is ClaimList.GATHERED
        assert parts["com.example.b"] is ClaimList.UNLISTED

    def test_absolute_references_name_an_assertion_too(self) -> None:
        url = f"self#jumbf=/c2pa/{LABEL}/c2pa.assertions/com.example.a"
        patch = {
            "claim.v2": {"gathered_assertions": [{"url": url}]},
            "assertions": {"com.example.a": {}},
        }
        parts = {a.label: a.part for a in manifest(patch).assertions}
        assert parts["com.example.a"] is ClaimList.GATHERED

    def test_an_agent_is_read_in_each_of_its_forms(self) -> None:
        value = {
            "softwareAgents": [{"name": "shared"}],
            "templates": [{"action": "c2pa.edited", "softwareAgent": {"name": "template"}}],
            "actions": [
                {"action": "c2pa.created", "softwareAgent": "text/1.0"},
                {"action": "c2pa.opened", "softwareAgent": {"name": "own", "version": "2"}},
                {"action": "c2pa.opened", "softwareAgentIndex": 0},
                {"action": "c2pa.edited"},
                {"action": "c2pa.opened", "softwareAgentIndex": True},
                {"action": "c2pa.opened", "softwareAgentIndex": 9},
            ],
        }
        found = manifest({"assertions": {"c2pa.actions.v2": value}}).all_actions()
        assert [a.agent for a in found] == [
            Product("text/1.0"),
            Product("own", "2"),
            Product("shared"),
            Product("template"),
            None,
            None,
        ]

    def test_a_template_lends_its_source_type(self) -> None:
        value = {
            "actions": [{"action": "c2pa.edited"}, {"action": "c2pa.cropped"}],
            "templates": [{"action": "c2pa.edited", "digitalSourceType": "T"}],
        }
        found = manifest({"assertions": {"c2pa.actions.v2": value}}).all_actions()
        assert [(a.source_type, a.effective_source_type) for a in found] == [("", "T"), ("", "")]

    def test_each_action_says_where_it_is(self) -> None:
        value = {"actions": [{"action": "c2pa.opened"}, {"action": "c2pa.edited"}]}
        found = manifest({"assertions": {"c2pa.actions.v2": value}}).all_actions()
        assert [a.where for a in found] == ["c2pa.actions.v2[0]", "c2pa.actions.v2[1]"]

    @pytest.mark.parametrize("key", ["activeManifest", "c2pa_manifest"])
    def test_an_ingredient_leads_to_its_manifest(self, key: str) -> None:
        value = {"relationship": "parentOf", key: reference("", "urn:c2pa:x")}
        (one,) = manifest({"assertions": {"c2pa.ingredient.v3": value}}).ingredients
        assert (one.relationship, one.target) == ("parentOf", "urn:c2pa:x")

    def test_a_reference_that_names_no_manifest_is_still_a_reference(self) -> None:
        for reference_, target in (({"hash": "b64'"}, ""), (5, ""), (None, None)):
            value = {"relationship": "parentOf", "activeManifest": reference_}
            (one,) = manifest({"assertions": {"c2pa.ingredient.v3": value}}).ingredients
            assert one.target == target

    def test_an_action_names_its_ingredients(self) -> None:
        named = {"ingredients": [reference("c2pa.ingredient.v3"), {"url": 5}, 7]}
        value = {"actions": [{"action": "c2pa.opened", "parameters": named}]}
        (one,) = manifest({"assertions": {"c2pa.actions.v2": value}}).all_actions()
        assert one.ingredients == ("c2pa.ingredient.v3",)

    def test_nothing_of_a_document_counts_as_checked_by_us(self) -> None:
        value = {"relationship": "parentOf", "activeManifest": reference("", "urn:c2pa:x")}
        found = manifest({"assertions": {"c2pa.ingredient.v3": value}})
        assert not found.sound
        assert found.signature is None
        assert {a.linkage for a in found.assertions} == {Linkage.UNCHECKED}
        assert [(i.linkage, i.manifest) for i in found.ingredients] == [(Linkage.UNCHECKED, None)]

    def test_each_action_comes_with_the_entry_it_was_read_from(self) -> None:
        entries = [{"action": "c2pa.opened", "n": 1}, 5, {"action": 5, "n": 2}]
        view = active(
            {
                "assertions": {
                    "c2pa.actions.v2": {"actions": entries},
                    "c2pa.actions": {"actions": 5},
                    "org.example": {"actions": [{"action": "org.example.x", "n": 3}]},
                }
            }
        )
        found = [(a.where, a.name, entry.get("n")) for a, entry in view.entries()]
        assert found == [
            ("c2pa.actions.v2[0]", "c2pa.opened", 1),
            ("c2pa.actions.v2[1]", "", None),
            ("c2pa.actions.v2[2]", "", 2),
            ("org.example[0]", "org.example.x", 3),
        ]

    @pytest.mark.parametrize("value", [None, 5, "text", [], True])
    def test_an_assertion_that_is_no_object_is_empty(self, value: Any) -> None:
        document = examples.example_document({}, DEFAULT)
        document["manifests"][0]["assertions"]["org.example"] = value
        view = crjson_read.subject(document, "x").active
        assert view.content("org.example") == {}
        assert ("org.example", {}) in list(view.contents())

    @pytest.mark.parametrize("key", ["timeStampInfo", "timestampInfo"])
    def test_a_time_stamp_is_read_in_either_spelling(self, key: str) -> None:
        stamp = {"timestamp": "2026-01-01T00:00:00Z"}
        patch = {"signature": {"timeStampInfo": None, key: stamp}}
        assert active(patch).signature.time_stamp == "2026-01-01T00:00:00Z"

    def test_the_validation_time_of_a_document_is_read(self) -> None:
        subject = crjson_read.subject(examples.example_document({}, DEFAULT), "x")
        assert subject.at is not None
        assert subject.at.isoformat() == "2026-06-01T00:00:00+00:00"
        for time in ("yesterday", "2026-06-01T00:00:00", 5):
            patch = {"validationResults": {"validationTime": time}}
            assert crjson_read.subject(examples.example_document(patch, DEFAULT), "x").at is None


# Values that may stand anywhere, with words that the rules look for.
WORDS = st.sampled_from(
    ["c2pa.created", "c2pa.opened", "parentOf", "2.4.0", "c2pa.actions.v2", "", ".", "urn:c2pa:x"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | WORDS | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


def shaped(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(fields, ANYTHING) | fields)


ACTION = ANYTHING | shaped(
    action=WORDS | ANYTHING,
    parameters=ANYTHING | shaped(ingredients=ANYTHING, ingredient=ANYTHING, description=ANYTHING),
    digitalSourceType=ANYTHING,
    softwareAgent=ANYTHING,
    softwareAgentIndex=ANYTHING,
    when=ANYTHING,
)
VALUE = ANYTHING | shaped(
    actions=ANYTHING | st.lists(ACTION, max_size=3),
    templates=ANYTHING | st.lists(ACTION, max_size=2),
    softwareAgents=ANYTHING,
    allActionsIncluded=ANYTHING,
    relationship=ANYTHING,
    activeManifest=ANYTHING,
    validationResults=ANYTHING,
    label=ANYTHING,
    url=ANYTHING,
    parameters=ANYTHING,
    type=ANYTHING,
    reviewRatings=ANYTHING,
    dataSource=ANYTHING,
)
LABELS = st.sampled_from(
    [
        "c2pa.actions",
        "c2pa.actions.v2",
        "c2pa.actions.v2__1",
        "c2pa.ingredient.v3",
        "c2pa.hash.data",
        "c2pa.hash.boxes",
        "c2pa.asset-type.v2",
        "c2pa.soft-binding",
        "c2pa.metadata",
        "stds.exif",
        "custom",
        "",
    ]
)
CLAIM = ANYTHING | shaped(
    claim_generator_info=ANYTHING | shaped(specVersion=ANYTHING),
    created_assertions=ANYTHING,
    gathered_assertions=ANYTHING,
    specVersion=ANYTHING,
)
MANIFEST = st.fixed_dictionaries(
    {},
    optional={
        "label": ANYTHING,
        "claim": CLAIM,
        "claim.v2": CLAIM,
        "assertions": ANYTHING | st.dictionaries(LABELS, VALUE, max_size=4),
        "signature": ANYTHING | shaped(certificateInfo=ANYTHING, timeStampInfo=ANYTHING),
        "validationResults": ANYTHING | shaped(failure=ANYTHING, validationTime=ANYTHING),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MANIFEST, max_size=2))
def test_no_document_makes_a_rule_raise(manifests: list[dict[str, Any]]) -> None:
    document = crjson_read.parse_crjson(json.dumps({"manifests": manifests}).encode())
    subject = crjson_read.subject(document, "x")
    for profile in rule_catalogue.PROFILES.values():
        for outcome in evaluate(subject, profile):
            json.dumps(outcome.to_dict())
