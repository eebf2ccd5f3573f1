"""The manifest store as a typed model: what is said, and what our own digests say of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import replace
from functools import cache
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.each import each
from support.pki import FIXTURES
from unit.credentials.raw import (
    Raw,
    created,
    ingredient,
    link,
    manifest_link,
    signature_link,
    store,
)

from provenance.credentials import jumbf
from provenance.credentials.manifest import (
    ClaimList,
    Linkage,
    Manifest,
    ManifestStore,
    Relationship,
)
from provenance.credentials.store import StoreError, parse_store
from provenance.kit import carriers
from provenance.kit.jumbf_boxes import (
    ASSERTION_STORE,
    CLAIM,
    STORE,
    UPDATE_MANIFEST,
    ContentKind,
    assertion_box,
    box,
    superbox,
)

ACTIONS = {"c2pa.actions.v2": created()}
NOTE = {"org.example.note": {"note": "private"}}
PARENT = Raw("urn:c2pa:parent", {**ACTIONS, **NOTE})
WRONG: list[Any] = [None, 0, 1.5, True, "text", b"bytes", [], {}, [1], [None], [[]], {"a": 1}, [{}]]


def only(*manifests: Raw | bytes) -> Manifest:
    return parse_store(store(*manifests)).active_manifest


def codes(manifest: Manifest) -> list[str]:
    return [f.code for f in manifest.findings]


def over(parent: Raw = PARENT, **fields: Any) -> Raw:
    """A manifest with `parent` as its ingredient."""
    return Raw("urn:c2pa:active", {"c2pa.ingredient.v3": ingredient(parent, **fields), **ACTIONS})


class TestClaims:
    def test_version_2_tells_created_from_gathered(self) -> None:
        found = only(Raw(assertions={**ACTIONS, **NOTE}, gathered=("org.example.note",)))
        assert found.claim_version == 2
        assert [(a.label, a.part, a.linkage) for a in found.assertions] == [
            ("c2pa.actions.v2", ClaimList.CREATED, Linkage.MATCH),
            ("org.example.note", ClaimList.GATHERED, Linkage.MATCH),
        ]
        assert found.findings == ()
        assert found.sound

    def test_version_1_names_its_assertions_in_one_list(self) -> None:
        found = only(Raw(assertions={"c2pa.actions": created()}, version=1))
        assert found.claim_version == 1
        assert [a.part for a in found.assertions] == [ClaimList.CLAIM]
        assert found.actions[0].actions[0].part is ClaimList.CLAIM

    def test_a_version_1_list_says_nothing_in_a_version_2_claim(self) -> None:
        whole = assertion_box("org.example.note", {}, ContentKind.CBOR)
        found = only(Raw(claim={"assertions": [link("org.example.note", whole)]}))
        assert found.assertions == ()

    def test_generators_come_in_the_claims_order_the_old_text_last(self) -> None:
        info = [{"name": "A", "version": "1"}, {"name": "B"}, {"version": "3"}]
        found = only(Raw(claim={"claim_generator_info": info, "claim_generator": "Old/1"}))
        assert [(g.name, g.version) for g in found.generators] == [
            ("A", "1"),
            ("B", ""),
            ("Old/1", ""),
        ]

    @each("wrong", WRONG)
    @each(
        "field",
        [
            "alg",
            "assertions",
            "claim_generator",
            "claim_generator_info",
            "created_assertions",
            "dc:format",
            "dc:title",
            "gathered_assertions",
            "instanceID",
            "redacted_assertions",
        ],
    )
    @each("version", [1, 2])
    def test_a_field_of_a_wrong_type_never_raises(
        self, field: str, wrong: Any, version: int
    ) -> None:
        raw = Raw(assertions=ACTIONS, version=version)
        whole = replace(raw, claim={field: wrong} if wrong is not None else {}).whole()
        found = only(whole)
        assert isinstance(found.title, str)
        assert [g for g in found.generators if not isinstance(g.name, str)] == []

    @each("wrong", [v for v in WRONG if not isinstance(v, dict)])
    def test_a_claim_that_is_no_map_makes_the_manifest_unsound(self, wrong: Any) -> None:
        found = only(Raw(claim_bytes=cbor2.dumps(wrong)))
        assert (codes(found), found.sound) == (["claim.malformed"], False)

    @pytest.mark.parametrize(
        "claim",
        [b"", b"\xff", b"\xa2\x01\x01\x01\x02", b"\xa0\x00", b"\xd8\x1c\xa0"],
        ids=["empty", "no CBOR", "a key twice", "bytes after it", "shared value"],
    )
    def test_a_claim_that_two_readers_could_read_in_two_ways_is_unsound(self, claim: bytes) -> None:
        found = only(Raw(claim_bytes=claim))
        assert (codes(found), found.sound) == (["claim.malformed"], False)

    def test_a_manifest_without_a_claim_or_with_two_is_unsound(self) -> None:
        two = Raw(extra=(superbox(CLAIM, "c2pa.claim", box(b"cbor", b"\xa0")),))
        none = superbox(b"c2ma", "x", superbox(ASSERTION_STORE, "c2pa.assertions"))
        for found in (only(two), only(none)):
            assert (codes(found), found.sound) == (["claim.missing"], False)

    def test_a_missing_signature_is_a_finding_and_unsound(self) -> None:
        found = only(Raw(signature=None))
        assert (codes(found), found.signature) == (["claim_signature.missing"], None)
        assert not found.sound

    def test_a_signature_that_cannot_be_read_is_a_finding_and_unsound(self) -> None:
        found = only(Raw(signature=b"\x80"))
        assert codes(found) == ["claim_signature.malformed"]
        assert not found.sound

    def test_an_update_manifest_is_known_by_its_box(self) -> None:
        assert only(Raw(uuid=UPDATE_MANIFEST)).is_update
        assert not only(Raw()).is_update


class TestAssertions:
    def test_a_changed_assertion_does_not_match(self) -> None:
        whole = assertion_box("org.example.note", {"note": 1}, ContentKind.CBOR)
        other = assertion_box("org.example.note", {"note": 2}, ContentKind.CBOR)
        links = [link("org.example.note", other)]
        found = only(
            Raw(assertions={"org.example.note": whole}, claim={"created_assertions": links})
        )
        assert [a.linkage for a in found.assertions] == [Linkage.MISMATCH]

    def test_a_named_assertion_that_is_not_there_is_missing(self) -> None:
        whole = assertion_box("org.example.note", {}, ContentKind.CBOR)
        found = only(Raw(claim={"created_assertions": [link("org.example.note", whole)]}))
        assert [(a.linkage, a.decode()) for a in found.assertions] == [(Linkage.MISSING, None)]

    def test_an_assertion_that_the_claim_does_not_name_is_undeclared(self) -> None:
        whole = assertion_box("org.example.note", {}, ContentKind.CBOR)
        found = only(Raw(unnamed=(whole,)))
        assert codes(found) == ["assertion.undeclared"]
        assert found.findings[0].where == "org.example.note"
        assert found.assertions == ()

    def test_two_assertions_of_one_label_are_a_finding(self) -> None:
        other = assertion_box("c2pa.actions.v2", created("x"), ContentKind.CBOR)
        assert "assertion.duplicate_label" in codes(only(Raw(assertions=ACTIONS, unnamed=(other,))))

    @each(
        ("algorithm", "expected"),
        [
            ("sha256", Linkage.MATCH),
            ("sha512", Linkage.MISMATCH),
            ("md5", Linkage.UNSUPPORTED),
            ("SHA256", Linkage.UNSUPPORTED),
            ("shake_128", Linkage.UNSUPPORTED),
        ],
    )
    @each("where", ["uri", "claim"])
    def test_the_algorithm_of_the_uri_or_of_the_claim_counts(
        self, algorithm: str, expected: Linkage, where: str
    ) -> None:
        whole = assertion_box("org.example.note", {}, ContentKind.CBOR)
        uri = link("org.example.note", whole, **({"alg": algorithm} if where == "uri" else {}))
        claim: dict[str, Any] = {"created_assertions": [uri]}
        if where == "claim":
            claim["alg"] = algorithm
        (found,) = only(Raw(assertions={"org.example.note": whole}, claim=claim)).assertions
        assert found.linkage is expected

    @pytest.mark.parametrize(
        "url",
        [
            "self#jumbf=c2pa.assertions/org.example.note",
            "self#jumbf=/c2pa/urn:c2pa:one/c2pa.assertions/org.example.note",
        ],
    )
    def test_relative_and_absolute_references_are_followed(self, url: str) -> None:
        whole = assertion_box("org.example.note", {}, ContentKind.CBOR)
        claim = {"created_assertions": [link("org.example.note", whole, url=url)]}
        (found,) = only(Raw(assertions={"org.example.note": whole}, claim=claim)).assertions
        assert found.linkage is Linkage.MATCH

    @each(
        "url",
        [
            "",
            "https://example.invalid/x",
            "self#jumbf=",
            "self#jumbf=/c2pa/urn:c2pa:other/c2pa.assertions/org.example.note",
            "self#jumbf=c2pa.databoxes/org.example.note",
            "self#jumbf=c2pa.assertions/org.example.note/more",
        ],
    )
    def test_a_reference_that_leads_elsewhere_is_a_finding_and_its_assertion_undeclared(
        self, url: str
    ) -> None:
        whole = assertion_box("org.example.note", {}, ContentKind.CBOR)
        claim = {"created_assertions": [link("org.example.note", whole, url=url)]}
        found = only(Raw(assertions={"org.example.note": whole}, claim=claim))
        assert codes(found) == ["assertion.reference", "assertion.undeclared"]

    def test_an_assertion_named_twice_counts_once(self) -> None:
        whole = assertion_box("org.example.note", {}, ContentKind.CBOR)
        twice = [link("org.example.note", whole)] * 2
        found = only(
            Raw(assertions={"org.example.note": whole}, claim={"created_assertions": twice})
        )
        assert len(found.assertions) == 1
        assert codes(found) == ["assertion.reference"]

    @each("wrong", [v for v in WRONG if not isinstance(v, bytes)])
    @each("label", ["c2pa.actions", "c2pa.actions.v2", "c2pa.ingredient.v3"])
    def test_content_of_a_wrong_type_is_a_finding_or_nothing(self, label: str, wrong: Any) -> None:
        found = only(Raw(assertions={label: wrong}))
        assert set(codes(found)) <= {"assertion.malformed"}

    def test_json_and_binary_assertions_are_told_apart(self) -> None:
        found = only(
            Raw(
                assertions={
                    "org.json": assertion_box("org.json", {"a": 1}, ContentKind.JSON),
                    "org.binary": superbox(b"bidb", "org.binary", box(b"bidb", b"\xff")),
                }
            )
        )
        assert [(a.kind, a.decode()) for a in found.assertions] == [
            ("json", {"a": 1}),
            ("binary", None),
        ]


class TestManifests:
    def test_the_last_manifest_is_the_active_one(self) -> None:
        found = parse_store(store(Raw("urn:c2pa:a"), Raw("urn:c2pa:b")))
        assert found.active == "urn:c2pa:b"
        assert found.active_manifest.label == "urn:c2pa:b"

    def test_two_manifests_of_one_label_are_a_finding_and_the_active_one_unsound(self) -> None:
        found = parse_store(store(Raw("urn:c2pa:a", ACTIONS), Raw("urn:c2pa:a")))
        assert [(f.code, f.where) for f in found.findings] == [
            ("manifest.duplicate_label", "urn:c2pa:a")
        ]
        assert not found.active_manifest.sound

    def test_what_no_ingredient_refers_to_is_listed_and_said(self) -> None:
        found = parse_store(store(Raw("urn:c2pa:z"), Raw("urn:c2pa:b"), PARENT, over()))
        assert found.reachable == ("urn:c2pa:active", "urn:c2pa:parent")
        assert found.unreferenced == ("urn:c2pa:b", "urn:c2pa:z")
        assert list(found.manifests) == [*found.reachable, *found.unreferenced]
        assert [(f.code, f.where) for f in found.findings] == [
            ("manifest.unreferenced", "urn:c2pa:b"),
            ("manifest.unreferenced", "urn:c2pa:z"),
        ]

    def test_the_walk_goes_depth_first_along_ingredients_by_label(self) -> None:
        leaf = Raw("urn:c2pa:leaf", ACTIONS)
        left = Raw("urn:c2pa:left", {"c2pa.ingredient.v3": ingredient(leaf)})
        right = Raw("urn:c2pa:right", ACTIONS)
        top = Raw(
            "urn:c2pa:top",
            {
                "c2pa.ingredient.v3__2": ingredient(leaf, "componentOf"),
                "c2pa.ingredient.v3__1": ingredient(right, "componentOf"),
                "c2pa.ingredient.v3": ingredient(left),
            },
        )
        for order in ((leaf, left, right), (right, leaf, left), (left, right, leaf)):
            found = parse_store(store(*order, top))
            assert [x.rpartition(":")[2] for x in found.reachable] == [
                "top",
                "left",
                "leaf",
                "right",
            ]

    def test_ingredients_in_a_circle_end(self) -> None:
        a = Raw("urn:c2pa:a", {"c2pa.ingredient.v3": ingredient(PARENT)})
        back = manifest_link("urn:c2pa:a", b"12345678x")
        b = Raw("urn:c2pa:b", {"c2pa.ingredient.v3": ingredient(a)})
        circle = Raw(
            "urn:c2pa:a",
            {
                "c2pa.ingredient.v3": ingredient(
                    None, activeManifest={**back, "url": "self#jumbf=/c2pa/urn:c2pa:b"}
                )
            },
        )
        found = parse_store(store(circle, b))
        assert found.reachable == ("urn:c2pa:b", "urn:c2pa:a")
        assert found.manifests["urn:c2pa:a"].ingredients[0].linkage is Linkage.MISMATCH

    def test_an_ingredient_that_is_its_own_manifest_is_malformed(self) -> None:
        own = {"url": "self#jumbf=/c2pa/urn:c2pa:one", "alg": "sha256", "hash": bytes(32)}
        found = only(Raw(assertions={"c2pa.ingredient.v3": ingredient(activeManifest=own)}))
        assert (codes(found), found.ingredients) == (["assertion.malformed"], ())

    def test_many_manifests_in_a_row_are_walked_without_recursion(self) -> None:
        chain = [Raw("urn:c2pa:0")]
        for n in range(1, 1500):
            url = {"url": f"self#jumbf=/c2pa/urn:c2pa:{n - 1}", "alg": "sha256", "hash": bytes(32)}
            content = ingredient(activeManifest=url)
            chain.append(Raw(f"urn:c2pa:{n}", {"c2pa.ingredient.v3": content}))
        assert len(parse_store(store(*chain)).reachable) == 1500

    @pytest.mark.parametrize(
        "data",
        [b"", b"junk" * 8, superbox(STORE, "c2pa"), superbox(b"c2ma", "c2pa", Raw().whole())],
        ids=["nothing", "no JUMBF", "no manifest", "no store"],
    )
    def test_what_holds_no_manifest_is_a_store_error(self, data: bytes) -> None:
        with pytest.raises(StoreError):
            parse_store(data)

    def test_too_many_manifests_are_a_store_error(self) -> None:
        one = superbox(b"c2ma", "x")
        with pytest.raises(StoreError, match="limit"):
            parse_store(store(*[one] * 2001))


class TestIngredientLinks:
    def linkage(self, *manifests: Raw | bytes) -> Linkage:
        (found,) = parse_store(store(*manifests)).active_manifest.ingredients
        return found.linkage

    def test_the_digest_of_the_manifest_links_a_version_3_ingredient(self) -> None:
        found = parse_store(store(PARENT, over())).active_manifest.ingredients[0]
        assert (found.target, found.linkage) == ("urn:c2pa:parent", Linkage.MATCH)
        assert found.relationship is Relationship.PARENT_OF

    def test_an_ingredient_without_a_link_has_no_manifest(self) -> None:
        active = Raw(assertions={"c2pa.ingredient.v3": ingredient()})
        (found,) = only(active).ingredients
        assert (found.target, found.linkage) == (None, Linkage.MATCH)

    @pytest.mark.parametrize(
        ("label", "key"),
        [("c2pa.ingredient", "c2pa_manifest"), ("c2pa.ingredient.v2", "c2pa_manifest")],
    )
    def test_older_ingredients_link_by_the_digest_of_the_manifest(
        self, label: str, key: str
    ) -> None:
        uri = manifest_link(PARENT.label, PARENT.whole())
        active = Raw("urn:c2pa:a", {label: {"relationship": "parentOf", key: uri}}, version=1)
        assert self.linkage(PARENT, active) is Linkage.MATCH

    def test_the_first_version_may_link_by_the_digest_of_the_claim(self) -> None:
        claim = parse_store(store(PARENT)).active_manifest.claim
        uri = manifest_link(PARENT.label, bytes(8) + claim)
        first = {"c2pa.ingredient": {"relationship": "parentOf", "c2pa_manifest": uri}}
        assert self.linkage(PARENT, Raw("urn:c2pa:a", first, version=1)) is Linkage.MATCH
        third = {"c2pa.ingredient.v3": ingredient(activeManifest=uri)}
        assert self.linkage(PARENT, Raw("urn:c2pa:a", third)) is Linkage.MISMATCH

    def test_a_link_to_a_changed_manifest_does_not_match(self) -> None:
        changed = replace(PARENT, assertions=ACTIONS)
        assert self.linkage(changed, over()) is Linkage.MISMATCH

    def test_a_link_to_a_manifest_that_does_not_exist_is_missing(self) -> None:
        assert self.linkage(over()) is Linkage.MISSING

    def test_a_link_with_an_unknown_algorithm_is_unsupported(self) -> None:
        uri = manifest_link(PARENT.label, PARENT.whole(), alg="md5")
        active = Raw("urn:c2pa:a", {"c2pa.ingredient.v3": ingredient(activeManifest=uri)})
        assert self.linkage(PARENT, active) is Linkage.UNSUPPORTED

    @each("wrong", [1, "text", [], {}, {"url": "x"}, {"hash": b"", "url": 1}])
    def test_a_link_that_is_no_hashed_uri_is_malformed(self, wrong: Any) -> None:
        found = only(Raw(assertions={"c2pa.ingredient.v3": ingredient(activeManifest=wrong)}))
        assert codes(found) == ["assertion.malformed"]


class TestRedactions:
    """C2PA 2.4 sections 6.8 and 15.11.3."""

    URL = "self#jumbf=/c2pa/{}/c2pa.assertions/{}"

    def redactor(self, what: str, parent: Raw = PARENT, **fields: Any) -> Raw:
        claim = {"redacted_assertions": [self.URL.format(parent.label, what)]}
        return replace(over(parent, **fields), claim=claim)

    def without(self, what: str, parent: Raw = PARENT) -> bytes:
        """The parent with one assertion's box taken out, its claim as it was signed."""
        boxes = parent.boxes()
        links = {"created_assertions": [link(k, v) for k, v in boxes.items()]}
        rest = {k: v for k, v in boxes.items() if k != what}
        return replace(parent, assertions=rest, claim=links).whole()

    def test_where_an_ingredient_was_redacted_the_digest_of_its_signature_carries_the_link(
        self,
    ) -> None:
        found = parse_store(
            store(self.without("org.example.note"), self.redactor("org.example.note"))
        )
        (item,) = found.active_manifest.ingredients
        assert item.linkage is Linkage.MATCH
        parent = found.manifests[PARENT.label]
        assert {a.label: a.linkage for a in parent.assertions} == {
            "c2pa.actions.v2": Linkage.MATCH,
            "org.example.note": Linkage.REDACTED,
        }
        assert [(f.code, f.message) for f in parent.findings] == [
            ("redaction", "removed by urn:c2pa:active")
        ]

    def test_a_digest_of_another_signature_carries_no_link(self) -> None:
        seal = signature_link(PARENT, hash=bytes(32))
        active = self.redactor("org.example.note", claimSignature=seal)
        (item,) = parse_store(
            store(self.without("org.example.note"), active)
        ).active_manifest.ingredients
        assert item.linkage is Linkage.MISMATCH

    def test_without_a_digest_of_the_signature_the_link_is_marked_as_redacted(self) -> None:
        active = self.redactor("org.example.note", claimSignature=None)
        (item,) = parse_store(
            store(self.without("org.example.note"), active)
        ).active_manifest.ingredients
        assert item.linkage is Linkage.REDACTED

    @pytest.mark.parametrize("what", ["c2pa.actions.v2", "c2pa.hash.data"])
    def test_actions_and_bindings_may_not_be_redacted(self, what: str) -> None:
        parent = replace(PARENT, assertions={**ACTIONS, "c2pa.hash.data": {"alg": "sha256"}})
        found = parse_store(store(self.without(what, parent), self.redactor(what, parent)))
        linkages = {a.label: a.linkage for a in found.manifests[PARENT.label].assertions}
        assert linkages[what] is Linkage.MISSING
        assert [(f.code, f.where) for f in found.active_manifest.findings] == [
            ("redaction.forbidden", f"{PARENT.label}/{what}")
        ]

    def test_a_manifest_may_not_redact_its_own_assertions(self) -> None:
        claim = {
            "redacted_assertions": [self.URL.format("urn:c2pa:one", "org.example.note")],
            "created_assertions": [
                link("org.example.note", assertion_box("org.example.note", {}, ContentKind.CBOR))
            ],
        }
        (found,) = only(Raw(claim=claim)).assertions
        assert found.linkage is Linkage.MISSING

    def test_an_unreferenced_manifest_redacts_nothing(self) -> None:
        other = replace(Raw("urn:c2pa:nobody"), claim=self.redactor("org.example.note").claim)
        found = parse_store(store(self.without("org.example.note"), other, over()))
        assert found.unreferenced == ("urn:c2pa:nobody",)
        linkages = {a.label: a.linkage for a in found.manifests[PARENT.label].assertions}
        assert linkages["org.example.note"] is Linkage.MISSING
        assert found.active_manifest.ingredients[0].linkage is Linkage.MISMATCH

    def test_a_replaced_manifest_cannot_excuse_itself_by_redacting(self) -> None:
        claim = {"redacted_assertions": [self.URL.format(PARENT.label, "org.example.note")]}
        swapped = Raw(PARENT.label, {"c2pa.actions.v2": created("anything")}, claim=claim)
        found = parse_store(store(swapped, over(claimSignature=None)))
        assert found.active_manifest.ingredients[0].linkage is Linkage.MISMATCH


@cache
def seeds() -> tuple[bytes, ...]:
    """Stores of real structure: version 2, three manifests, redaction, update, version 1."""
    names = ("capture.jpg", "chain-of-three.jpg", "redacted-actions.jpg", "v1-claim.jpg")
    return tuple(carriers.extract((FIXTURES / name).read_bytes()) for name in names)


def spots(data: bytes) -> list[int]:
    """Places that steer a reader: box headers, labels, the content of claims and assertions."""
    found: list[int] = []
    pending = [jumbf.parse_jumbf(data)]
    while pending:
        at = pending.pop()
        found += range(at.start - 8, min(at.start + 60, at.end))
        found += [
            n
            for b in at.boxes
            if b.kind == b"cbor"
            for n in range(b.start, min(b.end, b.start + 400))
        ]
        pending += at.children
    return found


@cache
def steering(which: int) -> list[int]:
    return spots(seeds()[which])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_mutation_of_a_real_store_gives_a_store_or_a_store_error(
    data: st.DataObject,
) -> None:
    which = data.draw(st.integers(0, len(seeds()) - 1))
    whole = bytearray(seeds()[which])
    places = steering(which)
    for _ in range(data.draw(st.integers(1, 6))):
        at = min(data.draw(st.sampled_from(places)), len(whole) - 1)
        match data.draw(st.sampled_from(["byte", "insert", "delete", "copy"])):
            case "byte":
                whole[at] = data.draw(st.integers(0, 255))
            case "insert":
                whole[at:at] = data.draw(st.binary(min_size=1, max_size=12))
            case "delete":
                del whole[at : at + data.draw(st.integers(1, 12))]
            case "copy":
                other = data.draw(st.sampled_from(places))
                whole[at : at + 8] = whole[other : other + 8]
    try:
        found = parse_store(bytes(whole))
    except StoreError:
        return
    assert isinstance(found, ManifestStore)
    assert set(found.manifests) == {*found.reachable, *found.unreferenced}
    for manifest in found.manifests.values():
        for assertion in manifest.assertions:
            with contextlib.suppress(ValueError):
                assertion.decode()


def test_the_same_bytes_of_a_store_give_the_same_model() -> None:
    for data in seeds():
        assert repr(parse_store(data)) == repr(parse_store(data))


def test_hostile_text_is_kept_as_text_and_cut() -> None:
    found = only(Raw(claim={"dc:title": "\x1b[2J" + "x" * 100_000}))
    assert len(found.title) == 4096
    assert json.dumps(found.title)


class TestTheAlgorithmOfALink:
    """Its own, else that of the claim it is in (15.4.2); c2pa-rs takes the other claim's."""

    def linkage(self, own: str, other: str, used: str) -> Linkage:
        parent = Raw("urn:c2pa:parent", {"c2pa.actions.v2": created()}, claim={"alg": other})
        held = ingredient(parent)
        digest = hashlib.new(used, parent.whole()[8:]).digest()
        held["activeManifest"] = {"url": held["activeManifest"]["url"], "hash": digest}
        child = Raw("urn:c2pa:child", {"c2pa.ingredient.v3": held}, claim={"alg": own})
        found = parse_store(store(parent, child))
        return found.manifests["urn:c2pa:child"].ingredients[0].linkage

    @pytest.mark.parametrize(
        ("own", "other", "used", "expected"),
        [
            ("sha384", "sha256", "sha384", Linkage.MATCH),
            ("sha256", "sha384", "sha384", Linkage.MATCH),
            ("sha384", "sha384", "sha384", Linkage.MATCH),
            ("sha384", "sha384", "sha256", Linkage.MISMATCH),
            ("sha1", "sha256", "sha256", Linkage.UNSUPPORTED),
        ],
    )
    def test_the_algorithm_is_that_of_the_link_or_of_its_claim(
        self, own: str, other: str, used: str, expected: Linkage
    ) -> None:
        assert self.linkage(own, other, used) is expected
