"""Integrity of each manifest and link, over hand-made stores and hand-made answers of the SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from unit.credentials.raw import Raw, created, ingredient, store

from provenance.base.finding import Severity
from provenance.base.terms import Break, Integrity
from provenance.credentials.binding import Integrities, Media, Standing, judge
from provenance.credentials.sdk import Answer, Outcome, Refusal, Status
from provenance.credentials.store import parse
from provenance.kit.jumbf import UPDATE_MANIFEST, Kind, assertion_box
from provenance.media.container import Span

if TYPE_CHECKING:
    from provenance.credentials.manifest import ManifestStore

SPAN = Span(100, 1000)
BINDING = {"c2pa.hash.data": {"alg": "sha256", "exclusions": [{"start": 90, "length": 1012}]}}
ACTIONS = {"c2pa.actions.v2": created()}
PARENT = Raw("parent", {**ACTIONS, **BINDING})
ACTIVE = Raw("active", {**ACTIONS, **BINDING, "c2pa.ingredient.v3": ingredient(PARENT)})
STORE = parse(store(PARENT, ACTIVE))
MEDIA = Media(spans=(SPAN,))
BY_HAND = replace(MEDIA, data_hash_matches=lambda _: True)


def url(manifest: str, place: str = "c2pa.assertions/c2pa.hash.data") -> str:
    return f"self#jumbf=/c2pa/{manifest}/{place}"


def failure(code: str, at: str = "", under: str = "") -> Status:
    return Status(code, Outcome.FAILURE, at, "words", under)


MATCH = Status("assertion.dataHash.match", Outcome.SUCCESS, url("active"), "")
MISMATCH = failure("assertion.dataHash.mismatch", url("active"))


def answer(*statuses: Status, **fields: Any) -> Answer:
    return Answer("Valid", "active", statuses, **fields)


def decide(
    given: Answer,
    held: ManifestStore = STORE,
    media: Media = MEDIA,
    *,
    forged: tuple[str, ...] = (),
) -> Integrities:
    return judge(held, given, {label: label not in forged for label in held.manifests}, media)


def active(given: Answer, held: ManifestStore = STORE, media: Media = MEDIA) -> Standing:
    return decide(given, held, media).standings[held.active]


UNREAD = failure("claim.malformed", url("active", "c2pa.assertions/c2pa.soft-binding"))
"""What the SDK says of an assertion whose digest fits and that it cannot decode."""
OTHER, UNPROVEN = Break.OTHER_BYTES, Break.UNPROVEN


@pytest.mark.parametrize(
    ("statuses", "integrity", "kind"),
    [
        ((MATCH,), Integrity.INTACT, None),
        ((MISMATCH,), Integrity.BROKEN, OTHER),
        ((), Integrity.UNCHECKED, None),
        (
            (MATCH, failure("assertion.hashedURI.mismatch", url("active"))),
            Integrity.BROKEN,
            UNPROVEN,
        ),
        ((MATCH, failure("claimSignature.mismatch", url("active"))), Integrity.BROKEN, UNPROVEN),
        ((MISMATCH, failure("claimSignature.mismatch", url("active"))), Integrity.BROKEN, UNPROVEN),
        ((MATCH, UNREAD), Integrity.INTACT, None),
        ((UNREAD,), Integrity.UNCHECKED, None),
        ((MISMATCH, UNREAD), Integrity.BROKEN, OTHER),
        ((MATCH, failure("claim.malformed", url("active"))), Integrity.BROKEN, UNPROVEN),
        ((MATCH, failure("claim.malformed", url("active", ""))), Integrity.BROKEN, UNPROVEN),
        ((MATCH, failure("signingCredential.expired", url("active"))), Integrity.INTACT, None),
        ((MATCH, failure("signingCredential.untrusted", url("active"))), Integrity.INTACT, None),
        ((MATCH, failure("signingCredential.invalid", url("active"))), Integrity.INTACT, None),
        ((MATCH, failure("timeStamp.mismatch", url("active"))), Integrity.INTACT, None),
        ((MATCH, failure("cawg.ica.invalid_issuer", url("active"))), Integrity.INTACT, None),
        ((MATCH, failure("assertion.action.malformed", url("active"))), Integrity.INTACT, None),
        ((MATCH, failure("org.unknown", url("active"))), Integrity.UNCHECKED, None),
        ((MATCH, failure("algorithm.unsupported", url("active"))), Integrity.UNCHECKED, None),
        ((MATCH, failure("assertion.hashedURI.mismatch")), Integrity.BROKEN, UNPROVEN),
        ((MATCH, failure("assertion.hashedURI.mismatch", url("nobody"))), Integrity.INTACT, None),
        ((MATCH, failure("assertion.hashedURI.mismatch", url("parent"))), Integrity.INTACT, None),
        ((replace(MATCH, url=url("other")),), Integrity.UNCHECKED, None),
        ((replace(MATCH, outcome=Outcome.INFORMATIONAL),), Integrity.UNCHECKED, None),
        ((replace(MATCH, code="assertion.hashedURI.match"),), Integrity.UNCHECKED, None),
    ],
)
def test_the_active_manifest(
    statuses: tuple[Status, ...], integrity: Integrity, kind: Break | None
) -> None:
    found = active(answer(*statuses))
    assert (found.integrity, found.kind) == (integrity, kind)
    assert bool(found.reason) is (integrity is not Integrity.INTACT)


@pytest.mark.parametrize(
    ("status", "integrity", "kind"),
    [
        (failure("assertion.hashedURI.mismatch", url("parent")), Integrity.BROKEN, UNPROVEN),
        (failure("claimSignature.mismatch", url("parent")), Integrity.BROKEN, UNPROVEN),
        (failure("assertion.dataHash.mismatch", url("parent")), Integrity.BROKEN, OTHER),
        (failure("org.unknown", url("parent")), Integrity.UNCHECKED, None),
        (failure("signingCredential.expired", url("parent")), Integrity.INTACT, None),
        (MATCH, Integrity.INTACT, None),
    ],
)
def test_a_manifest_whose_media_is_not_here(
    status: Status, integrity: Integrity, kind: Break | None
) -> None:
    found = decide(answer(MATCH, status)).standings
    assert (found["parent"].integrity, found["parent"].kind) == (integrity, kind)
    assert found["active"].integrity is Integrity.INTACT


class TestOwnChecks:
    """The failure of either side counts: the SDK's word does not overrule our own digests."""

    def test_a_signature_that_does_not_verify(self) -> None:
        found = decide(answer(MATCH), forged=("active",)).standings["active"]
        assert (found.integrity, found.kind) == (Integrity.BROKEN, UNPROVEN)
        found = decide(answer(MATCH), forged=("parent",)).standings["parent"]
        assert (found.integrity, found.kind) == (Integrity.BROKEN, UNPROVEN)

    def test_a_signature_that_nobody_checked(self) -> None:
        found = judge(STORE, answer(MATCH), {}, MEDIA).standings["active"]
        assert (found.integrity, found.kind) == (Integrity.BROKEN, UNPROVEN)

    @pytest.mark.parametrize(
        "changed",
        [
            replace(ACTIVE, unnamed=(assertion_box("org.x", {}, Kind.CBOR),)),
            replace(ACTIVE, unnamed=(assertion_box("c2pa.actions.v2", {}, Kind.CBOR),)),
            replace(ACTIVE, claim_bytes=b"\xff"),
            replace(ACTIVE, signature=None),
            replace(ACTIVE, signature=b"\x80"),
            replace(
                ACTIVE,
                claim={
                    "created_assertions": [
                        {"url": f"self#jumbf=c2pa.assertions/{k}", "hash": bytes(32)}
                        for k in ACTIVE.assertions
                    ]
                },
            ),
        ],
        ids=["undeclared", "a label twice", "claim", "no signature", "no COSE", "digest"],
    )
    def test_what_our_reader_finds_wrong(self, changed: Raw) -> None:
        found = active(answer(MATCH), parse(store(PARENT, changed)))
        assert (found.integrity, found.kind) == (Integrity.BROKEN, UNPROVEN)

    def test_two_manifests_of_one_label(self) -> None:
        held = parse(store(PARENT, replace(ACTIVE, assertions=ACTIONS), ACTIVE))
        assert active(answer(MATCH), held).kind is UNPROVEN

    def test_an_algorithm_that_is_not_supported_leaves_it_open(self) -> None:
        held = parse(store(PARENT, replace(ACTIVE, claim={"alg": "md5"})))
        assert active(answer(MATCH), held).integrity is Integrity.UNCHECKED


class TestMedia:
    def test_a_manifest_store_alone_is_unchecked_whatever_the_sdk_says(self) -> None:
        found = active(answer(MISMATCH), media=Media(at_hand=False))
        assert (found.integrity, found.kind) == (Integrity.UNCHECKED, None)

    def test_a_manifest_store_alone_can_still_be_broken(self) -> None:
        given = answer(MISMATCH, failure("claimSignature.mismatch", url("active")))
        assert active(given, media=Media(at_hand=False)).kind is UNPROVEN

    def test_a_mismatch_that_our_own_digest_matches_is_partial(self) -> None:
        result = decide(answer(MISMATCH), media=BY_HAND)
        assert result.standings["active"].integrity is Integrity.PARTIAL
        assert "binding.partial" in {f.code for f in result.findings}
        assert "assertion.dataHash.mismatch" not in {f.code for f in result.findings}

    def test_a_mismatch_stays_in_the_findings_where_it_stands(self) -> None:
        result = decide(answer(MISMATCH))
        assert [(f.code, f.severity) for f in result.findings] == [
            ("assertion.dataHash.mismatch", Severity.ERROR)
        ]

    def test_a_match_that_leaves_media_uncovered_is_partial(self) -> None:
        wide = {"exclusions": [{"start": 90, "length": 1012}, {"start": 5000, "length": 10}]}
        held = parse(
            store(PARENT, replace(ACTIVE, assertions={**ACTIVE.assertions, "c2pa.hash.data": wide}))
        )
        result = decide(answer(MATCH), held)
        assert result.standings["active"].integrity is Integrity.PARTIAL
        assert "10 bytes" in result.standings["active"].reason

    def test_match_and_mismatch_of_one_assertion_are_partial(self) -> None:
        assert active(answer(MATCH, MISMATCH)).integrity is Integrity.PARTIAL

    def test_fragments_that_were_not_given_leave_it_open(self) -> None:
        merkle = {"c2pa.hash.bmff.v3": {"merkle": [{"initHash": b"x"}]}}
        held = parse(store(PARENT, replace(ACTIVE, assertions={**ACTIVE.assertions, **merkle})))
        bad = answer(failure("assertion.bmffHash.mismatch", url("active")))
        result = decide(bad, held, replace(MEDIA, fragmented=True))
        assert result.standings["active"].integrity is Integrity.UNCHECKED
        assert "binding.fragments_missing" in {f.code for f in result.findings}
        assert active(bad, held).integrity is Integrity.BROKEN

    def test_fragmented_media_bound_as_a_whole_is_no_excuse(self) -> None:
        media = replace(MEDIA, fragmented=True)
        assert active(answer(MISMATCH), media=media).integrity is Integrity.BROKEN

    def test_two_readers_that_find_two_stores_leave_it_open(self) -> None:
        assert active(answer(MATCH, same_store=True)).integrity is Integrity.INTACT
        found = active(answer(MATCH, same_store=False))
        assert (found.integrity, found.kind) == (Integrity.UNCHECKED, None)

    @pytest.mark.parametrize(
        ("refusal", "integrity", "code"),
        [
            (Refusal.MALFORMED, Integrity.UNCHECKED, "credential.malformed"),
            (Refusal.ABSENT, Integrity.UNCHECKED, "binding.unchecked"),
            (Refusal.REMOTE, Integrity.UNCHECKED, "binding.unchecked"),
            (Refusal.UNSUPPORTED, Integrity.UNCHECKED, "binding.unchecked"),
        ],
    )
    def test_a_refusal_is_a_value(self, refusal: Refusal, integrity: Integrity, code: str) -> None:
        refused = Answer(None, None, (), refusal, "why")
        result = decide(refused)
        assert result.standings["active"].integrity is integrity
        assert code in {f.code for f in result.findings}

    def test_a_data_hash_is_compared_although_the_sdk_refuses(self) -> None:
        data = {"alg": "sha256", "hash": bytes(32), "exclusions": [{"start": 90, "length": 1012}]}
        held = parse(store(Raw("active", {**ACTIONS, "c2pa.hash.data": data})))
        refused = Answer(None, None, (), Refusal.MALFORMED, "why")
        assert active(refused, held, BY_HAND).integrity is Integrity.UNCHECKED
        other = decide(refused, held, replace(MEDIA, data_hash_matches=lambda _: False))
        found = other.standings["active"]
        assert (found.integrity, found.kind) == (Integrity.BROKEN, OTHER)
        assert "assertion.dataHash.mismatch" in {f.code for f in other.findings}

    def test_a_signature_in_der_is_ours_to_judge(self) -> None:
        statuses = (MATCH, failure("claimSignature.mismatch", url("active")))
        valid = dict.fromkeys(STORE.manifests, True)
        read = judge(STORE, answer(*statuses), valid, MEDIA, {"active"})
        assert read.standings["active"].integrity is Integrity.INTACT
        of_another = judge(STORE, answer(*statuses), valid, MEDIA, {"parent"})
        assert of_another.standings["active"].kind is UNPROVEN
        forged = judge(STORE, answer(*statuses), {**valid, "active": False}, MEDIA, {"active"})
        assert forged.standings["active"].kind is UNPROVEN


class TestUpdates:
    UPDATE = Raw("update", {"c2pa.ingredient.v3": ingredient(ACTIVE)}, uuid=UPDATE_MANIFEST)
    HELD = parse(store(PARENT, ACTIVE, UPDATE))

    def test_an_update_manifest_takes_its_binding_from_its_parent(self) -> None:
        assert active(answer(MATCH), self.HELD).integrity is Integrity.INTACT
        assert active(answer(MISMATCH), self.HELD).kind is OTHER

    def test_a_match_of_anything_else_says_nothing(self) -> None:
        other = replace(MATCH, url=url("parent"))
        assert active(answer(other), self.HELD).integrity is Integrity.UNCHECKED

    def test_updates_of_updates_lead_to_the_binding(self) -> None:
        second = Raw(
            "second", {"c2pa.ingredient.v3": ingredient(self.UPDATE)}, uuid=UPDATE_MANIFEST
        )
        held = parse(store(PARENT, ACTIVE, self.UPDATE, second))
        assert active(answer(MATCH), held).integrity is Integrity.INTACT

    def test_an_update_without_a_parent_is_bound_to_nothing(self) -> None:
        held = parse(store(replace(self.UPDATE, assertions=ACTIONS)))
        assert active(answer(MATCH), held).integrity is Integrity.UNCHECKED


class TestEdges:
    def edge(self, given: Answer, held: ManifestStore = STORE) -> str:
        (found,) = decide(given, held).edges
        assert (found.source, found.target) == ("active", "parent")
        return found.broken

    def test_a_sound_link_holds(self) -> None:
        assert self.edge(answer(MATCH)) == ""

    @pytest.mark.parametrize(
        "code",
        [
            "ingredient.manifest.mismatch",
            "ingredient.manifest.missing",
            "ingredient.claimSignature.mismatch",
            "ingredient.hashedURI.mismatch",
        ],
    )
    def test_a_failure_on_the_link_breaks_it_and_not_the_manifests(self, code: str) -> None:
        at = url("active", "c2pa.assertions/c2pa.ingredient.v3")
        given = answer(MATCH, failure(code, at))
        assert self.edge(given) == code
        result = decide(given)
        assert {s.integrity for s in result.standings.values()} == {Integrity.INTACT}

    def test_the_delta_names_the_link(self) -> None:
        at = url("active", "c2pa.assertions/c2pa.ingredient.v3")
        bad = failure("ingredient.manifest.mismatch", url("parent", "c2pa.claim"), at)
        assert self.edge(answer(MATCH, bad)) == "ingredient.manifest.mismatch"

    def test_the_target_names_the_link_where_nothing_else_does(self) -> None:
        bad = failure("ingredient.manifest.mismatch", url("parent", "c2pa.claim"))
        assert self.edge(answer(MATCH, bad)) == "ingredient.manifest.mismatch"

    def test_a_form_rule_on_the_link_breaks_nothing(self) -> None:
        assert (
            self.edge(answer(MATCH, failure("ingredient.unknownProvenance", url("parent")))) == ""
        )

    def test_our_own_digest_breaks_the_link(self) -> None:
        changed = parse(store(replace(PARENT, assertions=ACTIONS), ACTIVE))
        assert self.edge(answer(MATCH), changed) == "ingredient.manifest.mismatch"
        assert self.edge(answer(MATCH), parse(store(ACTIVE))) == "ingredient.manifest.missing"

    def test_an_ingredient_without_a_manifest_has_no_edge(self) -> None:
        held = parse(store(Raw("active", {**BINDING, "c2pa.ingredient.v3": ingredient()})))
        assert decide(answer(MATCH), held).edges == ()


class TestRecorded:
    """What an ingredient assertion recorded about itself; the SDK drops it from its delta."""

    def held(self, code: str, at: str) -> ManifestStore:
        results = {"activeManifest": {"failure": [{"code": code, "url": at}]}}
        item = ingredient(PARENT, validationResults=results)
        return parse(
            store(
                PARENT,
                replace(ACTIVE, assertions={**ACTIVE.assertions, "c2pa.ingredient.v3": item}),
            )
        )

    @pytest.mark.parametrize(
        "code", ["assertion.dataHash.mismatch", "claimSignature.mismatch", "assertion.missing"]
    )
    def test_a_recorded_failure_breaks_the_link_and_is_a_finding(self, code: str) -> None:
        result = decide(answer(MATCH), self.held(code, url("parent")))
        assert result.edges[0].broken == f"recorded {code}"
        assert [(f.code, f.severity, f.where) for f in result.findings] == [
            ("ingredient.recorded_failure", Severity.WARNING, "active/c2pa.ingredient.v3")
        ]
        assert result.standings["active"].integrity is Integrity.INTACT

    @pytest.mark.parametrize(
        "code", ["signingCredential.untrusted", "signingCredential.expired", "org.unknown"]
    )
    def test_a_recorded_distrust_is_that_tools_configuration(self, code: str) -> None:
        result = decide(answer(MATCH), self.held(code, url("parent")))
        assert result.edges[0].broken == ""
        assert [(f.code, f.severity) for f in result.findings] == [
            ("ingredient.recorded", Severity.NOTE)
        ]

    def test_a_recorded_failure_breaks_the_link_that_records_it_and_no_other(self) -> None:
        """Whatever its URL names: anyone can record anything of anybody."""
        deep = Raw("deep", ACTIONS)
        parent = replace(
            PARENT, assertions={**PARENT.assertions, "c2pa.ingredient.v3": ingredient(deep)}
        )
        results = {
            "activeManifest": {"failure": [{"code": "assertion.missing", "url": url("deep")}]}
        }
        item = ingredient(parent, validationResults=results)
        held = parse(
            store(
                deep,
                parent,
                replace(ACTIVE, assertions={**ACTIVE.assertions, "c2pa.ingredient.v3": item}),
            )
        )
        result = decide(answer(MATCH), held)
        assert result.standings["deep"].integrity is Integrity.INTACT
        assert [bool(e.broken) for e in result.edges] == [True, False]
        assert result.standings["active"].integrity is Integrity.INTACT


def test_failures_without_words_still_get_some() -> None:
    result = decide(answer(MATCH, Status("org.unknown", Outcome.FAILURE, url("active"), "")))
    assert all(f.message for f in result.findings)
    assert {f.severity for f in result.findings} == {Severity.WARNING}


def test_unreferenced_manifests_get_no_standing() -> None:
    held = parse(store(Raw("nobody"), PARENT, ACTIVE))
    bad = failure("claimSignature.mismatch", url("nobody"))
    result = decide(answer(MATCH, bad), held)
    assert set(result.standings) == {"active", "parent"}
    assert result.standings["active"].integrity is Integrity.INTACT
