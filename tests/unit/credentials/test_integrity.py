"""Integrity of each manifest and link, over hand-made stores and hand-made answers of the SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from unit.credentials.raw import Raw, created, ingredient, store

from provenance.base.finding import Severity
from provenance.base.terms import BreakKind, Integrity
from provenance.credentials.integrity import (
    ManifestIntegrity,
    MediaCheck,
    StoreIntegrity,
    integrities,
)
from provenance.credentials.manifest import Linkage
from provenance.credentials.sdk import SdkAnswer, SdkRefusal, SdkStatus, SdkStatusGroup
from provenance.credentials.store import parse_store
from provenance.credentials.validation.outcome import BindingOutcome as Bound
from provenance.credentials.validation.outcome import BindingResult
from provenance.credentials.validation.second_opinion import Rewritten
from provenance.kit.jumbf_boxes import UPDATE_MANIFEST, ContentKind, assertion_box

if TYPE_CHECKING:
    from provenance.credentials.manifest import ManifestStore

BINDING = {"c2pa.hash.data": {"alg": "sha256", "exclusions": [{"start": 90, "length": 1012}]}}
ACTIONS = {"c2pa.actions.v2": created()}
PARENT = Raw("urn:c2pa:parent", {**ACTIONS, **BINDING})
ACTIVE = Raw("urn:c2pa:active", {**ACTIONS, **BINDING, "c2pa.ingredient.v3": ingredient(PARENT)})
STORE = parse_store(store(PARENT, ACTIVE))
WHERE = "urn:c2pa:active/c2pa.hash.data"


def bound(
    result: BindingResult, code: str = "assertion.dataHash.match", **fields: Any
) -> MediaCheck:
    """Media of which our own check of the hard binding says this."""
    return MediaCheck((Bound(WHERE, result, code, "15.12.1", "why", **fields),))


MEDIA = bound(BindingResult.MATCH)


def url(manifest: str, place: str = "c2pa.assertions/c2pa.hash.data") -> str:
    return f"self#jumbf=/c2pa/{manifest}/{place}"


def failure(code: str, at: str = "", under: str = "") -> SdkStatus:
    return SdkStatus(code, SdkStatusGroup.FAILURE, at, "words", under)


MATCH = SdkStatus("assertion.dataHash.match", SdkStatusGroup.SUCCESS, url("urn:c2pa:active"), "")
MISMATCH = failure("assertion.dataHash.mismatch", url("urn:c2pa:active"))


def answer(*statuses: SdkStatus, **fields: Any) -> SdkAnswer:
    return SdkAnswer("Valid", "urn:c2pa:active", statuses, **fields)


def decide(
    given: SdkAnswer,
    held: ManifestStore = STORE,
    media: MediaCheck = MEDIA,
    *,
    forged: tuple[str, ...] = (),
) -> StoreIntegrity:
    return integrities(held, given, {label: label not in forged for label in held.manifests}, media)


def active(
    given: SdkAnswer, held: ManifestStore = STORE, media: MediaCheck = MEDIA
) -> ManifestIntegrity:
    return decide(given, held, media).standings[held.active]


UNREAD = failure("claim.malformed", url("urn:c2pa:active", "c2pa.assertions/c2pa.soft-binding"))
"""What the SDK says of an assertion whose digest fits and that it cannot decode."""
OTHER, UNPROVEN = BreakKind.OTHER_BYTES, BreakKind.UNPROVEN


@each(
    ("statuses", "integrity", "kind"),
    [
        ((MATCH,), Integrity.INTACT, None),
        ((MISMATCH,), Integrity.BROKEN, OTHER),
        ((), Integrity.INTACT, None),
        (
            (MATCH, failure("assertion.hashedURI.mismatch", url("urn:c2pa:active"))),
            Integrity.BROKEN,
            UNPROVEN,
        ),
        (
            (MATCH, failure("claimSignature.mismatch", url("urn:c2pa:active"))),
            Integrity.BROKEN,
            UNPROVEN,
        ),
        (
            (MISMATCH, failure("claimSignature.mismatch", url("urn:c2pa:active"))),
            Integrity.BROKEN,
            UNPROVEN,
        ),
        ((MATCH, UNREAD), Integrity.INTACT, None),
        ((UNREAD,), Integrity.INTACT, None),
        ((MISMATCH, UNREAD), Integrity.BROKEN, OTHER),
        ((MATCH, failure("claim.malformed", url("urn:c2pa:active"))), Integrity.BROKEN, UNPROVEN),
        (
            (MATCH, failure("claim.malformed", url("urn:c2pa:active", ""))),
            Integrity.BROKEN,
            UNPROVEN,
        ),
        (
            (MATCH, failure("signingCredential.expired", url("urn:c2pa:active"))),
            Integrity.INTACT,
            None,
        ),
        (
            (MATCH, failure("signingCredential.untrusted", url("urn:c2pa:active"))),
            Integrity.INTACT,
            None,
        ),
        (
            (MATCH, failure("signingCredential.invalid", url("urn:c2pa:active"))),
            Integrity.INTACT,
            None,
        ),
        ((MATCH, failure("timeStamp.mismatch", url("urn:c2pa:active"))), Integrity.INTACT, None),
        (
            (MATCH, failure("cawg.ica.invalid_issuer", url("urn:c2pa:active"))),
            Integrity.INTACT,
            None,
        ),
        (
            (MATCH, failure("assertion.action.malformed", url("urn:c2pa:active"))),
            Integrity.INTACT,
            None,
        ),
        ((MATCH, failure("org.unknown", url("urn:c2pa:active"))), Integrity.UNCHECKED, None),
        (
            (MATCH, failure("algorithm.unsupported", url("urn:c2pa:active"))),
            Integrity.UNCHECKED,
            None,
        ),
        ((MATCH, failure("assertion.hashedURI.mismatch")), Integrity.BROKEN, UNPROVEN),
        ((MATCH, failure("assertion.hashedURI.mismatch", url("nobody"))), Integrity.INTACT, None),
        (
            (MATCH, failure("assertion.hashedURI.mismatch", url("urn:c2pa:parent"))),
            Integrity.INTACT,
            None,
        ),
        ((MATCH, MISMATCH), Integrity.INTACT, None),  # its range check; ours counts every byte
    ],
)
def test_the_sdks_codes_about_the_active_manifest_decide_its_integrity(
    statuses: tuple[SdkStatus, ...], integrity: Integrity, kind: BreakKind | None
) -> None:
    found = active(answer(*statuses))
    assert (found.integrity, found.kind) == (integrity, kind)
    assert bool(found.reason) is (integrity is not Integrity.INTACT)


@each(
    ("status", "integrity", "kind"),
    [
        (
            failure("assertion.hashedURI.mismatch", url("urn:c2pa:parent")),
            Integrity.BROKEN,
            UNPROVEN,
        ),
        (failure("claimSignature.mismatch", url("urn:c2pa:parent")), Integrity.BROKEN, UNPROVEN),
        (failure("assertion.dataHash.mismatch", url("urn:c2pa:parent")), Integrity.BROKEN, OTHER),
        (failure("org.unknown", url("urn:c2pa:parent")), Integrity.UNCHECKED, None),
        (failure("signingCredential.expired", url("urn:c2pa:parent")), Integrity.INTACT, None),
        (MATCH, Integrity.INTACT, None),
    ],
)
def test_codes_about_a_manifest_whose_media_is_missing_decide_its_integrity(
    status: SdkStatus, integrity: Integrity, kind: BreakKind | None
) -> None:
    found = decide(answer(MATCH, status)).standings
    assert (found["urn:c2pa:parent"].integrity, found["urn:c2pa:parent"].kind) == (integrity, kind)
    assert found["urn:c2pa:active"].integrity is Integrity.INTACT


class TestOwnChecks:
    """The failure of either side counts: the SDK's word does not overrule our own digests."""

    def test_a_signature_that_does_not_verify_is_broken(self) -> None:
        found = decide(answer(MATCH), forged=("urn:c2pa:active",)).standings["urn:c2pa:active"]
        assert (found.integrity, found.kind) == (Integrity.BROKEN, UNPROVEN)
        found = decide(answer(MATCH), forged=("urn:c2pa:parent",)).standings["urn:c2pa:parent"]
        assert (found.integrity, found.kind) == (Integrity.BROKEN, UNPROVEN)

    def test_a_signature_that_nobody_checked_counts_as_broken(self) -> None:
        found = integrities(STORE, answer(MATCH), {}, MEDIA).standings["urn:c2pa:active"]
        assert (found.integrity, found.kind) == (Integrity.BROKEN, UNPROVEN)

    @each(
        "changed",
        [
            replace(ACTIVE, unnamed=(assertion_box("org.x", {}, ContentKind.CBOR),)),
            replace(ACTIVE, unnamed=(assertion_box("c2pa.actions.v2", {}, ContentKind.CBOR),)),
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
    def test_what_our_own_reader_finds_wrong_is_broken(self, changed: Raw) -> None:
        found = active(answer(MATCH), parse_store(store(PARENT, changed)))
        assert (found.integrity, found.kind) == (Integrity.BROKEN, UNPROVEN)

    def test_two_manifests_of_one_label_prove_nothing(self) -> None:
        held = parse_store(store(PARENT, replace(ACTIVE, assertions=ACTIONS), ACTIVE))
        assert active(answer(MATCH), held).kind is UNPROVEN

    def test_an_algorithm_that_is_not_supported_leaves_it_open(self) -> None:
        held = parse_store(store(PARENT, replace(ACTIVE, claim={"alg": "md5"})))
        assert active(answer(MATCH), held).integrity is Integrity.UNCHECKED


class TestMedia:
    def test_a_manifest_store_alone_is_unchecked_whatever_the_sdk_says(self) -> None:
        found = active(answer(MISMATCH), media=MediaCheck(at_hand=False))
        assert (found.integrity, found.kind) == (Integrity.UNCHECKED, None)

    def test_a_manifest_store_alone_can_still_be_broken(self) -> None:
        given = answer(MISMATCH, failure("claimSignature.mismatch", url("urn:c2pa:active")))
        assert active(given, media=MediaCheck(at_hand=False)).kind is UNPROVEN

    @each(
        ("media", "integrity", "kind", "code"),
        [
            (bound(BindingResult.PARTIAL), Integrity.PARTIAL, None, "binding.partial"),
            (
                bound(BindingResult.MISMATCH, "assertion.dataHash.mismatch"),
                Integrity.BROKEN,
                OTHER,
                "",
            ),
            (bound(BindingResult.UNCHECKED, ""), Integrity.UNCHECKED, None, "binding.unchecked"),
            (
                bound(BindingResult.UNCHECKED, "algorithm.unsupported"),
                Integrity.UNCHECKED,
                None,
                "",
            ),
            (
                bound(BindingResult.UNCHECKED, "assertion.bmffHash.mismatch", media_absent=True),
                Integrity.UNCHECKED,
                None,
                "binding.fragments_missing",
            ),
            (MediaCheck(), Integrity.UNCHECKED, None, "binding.unchecked"),
        ],
    )
    def test_our_own_check_of_the_binding_decides(
        self, media: MediaCheck, integrity: Integrity, kind: BreakKind | None, code: str
    ) -> None:
        """Whatever the SDK says: its match raises nothing."""
        for given in (answer(), answer(MATCH)):
            result = decide(given, media=media)
            found = result.standings["urn:c2pa:active"]
            assert (found.integrity, found.kind) == (integrity, kind)
            assert (code or media.outcomes[0].code) in {f.code for f in result.findings}

    def test_of_two_bindings_both_must_match(self) -> None:
        for other in (BindingResult.MISMATCH, BindingResult.UNCHECKED, BindingResult.PARTIAL):
            both = (*MEDIA.outcomes, *bound(other, "assertion.dataHash.mismatch").outcomes)
            for outcomes in (both, both[::-1]):
                found = active(answer(MATCH), media=MediaCheck(outcomes)).integrity
                assert found is not Integrity.INTACT

    def test_a_mismatch_of_the_sdk_alone_lowers_the_answer(self) -> None:
        result = decide(answer(MISMATCH))
        assert result.standings["urn:c2pa:active"].kind is OTHER
        assert [(f.code, f.severity) for f in result.findings] == [
            ("assertion.dataHash.mismatch", Severity.ERROR),
            ("validators.disagree", Severity.WARNING),
        ]

    def test_a_mismatch_where_nothing_can_be_compared_does_not_count(self) -> None:
        for media in (
            bound(BindingResult.UNCHECKED, "algorithm.unsupported"),
            bound(BindingResult.UNCHECKED, "", media_absent=True),
        ):
            result = decide(answer(MISMATCH), media=media)
            assert result.standings["urn:c2pa:active"].integrity is Integrity.UNCHECKED
            assert ("validators.disagree", Severity.NOTE) in {
                (f.code, f.severity) for f in result.findings
            }

    def test_a_mismatch_of_a_box_that_the_sdk_writes_anew_does_not_count(self) -> None:
        label = "c2pa.actions.v2"
        bad = failure(
            "assertion.hashedURI.mismatch", url("urn:c2pa:active", f"c2pa.assertions/{label}")
        )
        assert active(answer(MATCH, bad)).kind is UNPROVEN
        media = replace(MEDIA, rewritten=Rewritten(frozenset({("urn:c2pa:active", label)})))
        assert active(answer(MATCH, bad), media=media).integrity is Integrity.INTACT
        other = replace(
            MEDIA, rewritten=Rewritten(frozenset({("urn:c2pa:active", "c2pa.hash.data")}))
        )
        assert active(answer(MATCH, bad), media=other).kind is UNPROVEN

    def test_a_reference_that_leads_nowhere_is_a_rule_of_form(self) -> None:
        """An icon that is not there; not so an assertion that the claim names."""
        icon = failure("assertion.missing", "self#jumbf=c2pa.databoxes/c2pa.data")
        gave_up = failure("general.error", url("urn:c2pa:active", ""))
        result = decide(answer(MATCH, icon, gave_up))
        assert result.standings["urn:c2pa:active"].integrity is Integrity.INTACT
        assert "hashedURI.missing" in {f.code for f in result.findings}
        assert active(answer(MATCH, gave_up)).integrity is Integrity.UNCHECKED

    def test_two_readers_that_find_different_stores_leave_the_answer_open(self) -> None:
        assert active(answer(MATCH, same_store=True)).integrity is Integrity.INTACT
        found = active(answer(MATCH, same_store=False))
        assert (found.integrity, found.kind) == (Integrity.UNCHECKED, None)

    @pytest.mark.parametrize(
        ("refusal", "integrity", "code"),
        [
            (SdkRefusal.MALFORMED, Integrity.UNCHECKED, "credential.malformed"),
            (SdkRefusal.ABSENT, Integrity.UNCHECKED, "binding.unchecked"),
            (SdkRefusal.REMOTE, Integrity.UNCHECKED, "binding.unchecked"),
            (SdkRefusal.UNSUPPORTED, Integrity.INTACT, "validators.single"),
        ],
    )
    def test_a_refusal_of_the_sdk_is_a_value(
        self, refusal: SdkRefusal, integrity: Integrity, code: str
    ) -> None:
        refused = SdkAnswer(None, None, (), refusal, "why")
        result = decide(refused)
        assert result.standings["urn:c2pa:active"].integrity is integrity
        assert code in {f.code for f in result.findings}

    def test_our_own_mismatch_counts_although_the_sdk_refuses(self) -> None:
        refused = SdkAnswer(None, None, (), SdkRefusal.MALFORMED, "why")
        found = active(refused, media=bound(BindingResult.MISMATCH, "assertion.dataHash.mismatch"))
        assert (found.integrity, found.kind) == (Integrity.BROKEN, OTHER)

    def test_a_signature_in_der_is_ours_to_judge(self) -> None:
        statuses = (MATCH, failure("claimSignature.mismatch", url("urn:c2pa:active")))
        valid = dict.fromkeys(STORE.manifests, True)
        read = integrities(STORE, answer(*statuses), valid, MEDIA, {"urn:c2pa:active"})
        assert read.standings["urn:c2pa:active"].integrity is Integrity.INTACT
        of_another = integrities(STORE, answer(*statuses), valid, MEDIA, {"urn:c2pa:parent"})
        assert of_another.standings["urn:c2pa:active"].kind is UNPROVEN
        forged = integrities(
            STORE,
            answer(*statuses),
            {**valid, "urn:c2pa:active": False},
            MEDIA,
            {"urn:c2pa:active"},
        )
        assert forged.standings["urn:c2pa:active"].kind is UNPROVEN


class TestUpdates:
    UPDATE = Raw(
        "urn:c2pa:update", {"c2pa.ingredient.v3": ingredient(ACTIVE)}, uuid=UPDATE_MANIFEST
    )
    HELD = parse_store(store(PARENT, ACTIVE, UPDATE))

    def test_an_update_manifest_takes_its_binding_from_its_parent(self) -> None:
        assert active(answer(MATCH), self.HELD).integrity is Integrity.INTACT
        assert active(answer(MISMATCH), self.HELD).kind is OTHER

    def test_updates_of_updates_lead_to_the_binding(self) -> None:
        second = Raw(
            "second", {"c2pa.ingredient.v3": ingredient(self.UPDATE)}, uuid=UPDATE_MANIFEST
        )
        held = parse_store(store(PARENT, ACTIVE, self.UPDATE, second))
        assert active(answer(MATCH), held).integrity is Integrity.INTACT

    def test_an_update_without_a_parent_is_rejected(self) -> None:
        held = parse_store(store(replace(self.UPDATE, assertions=ACTIONS)))
        result = decide(answer(MATCH), held)
        standing = result.standings["urn:c2pa:update"]
        assert (standing.integrity, standing.kind) == (Integrity.BROKEN, BreakKind.REJECTED)
        assert "altered" not in standing.reason  # it is as it was signed
        assert "manifest.update.wrongParents" in {f.code for f in result.findings}


class TestEdges:
    def link(self, given: SdkAnswer, held: ManifestStore = STORE) -> str:
        (found,) = decide(given, held).links
        assert (found.source, found.target) == ("urn:c2pa:active", "urn:c2pa:parent")
        return found.broken

    def test_a_sound_link_holds(self) -> None:
        assert self.link(answer(MATCH)) == ""

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
        at = url("urn:c2pa:active", "c2pa.assertions/c2pa.ingredient.v3")
        given = answer(MATCH, failure(code, at))
        assert self.link(given) == code
        result = decide(given)
        assert {s.integrity for s in result.standings.values()} == {Integrity.INTACT}

    def test_the_delta_names_the_link(self) -> None:
        at = url("urn:c2pa:active", "c2pa.assertions/c2pa.ingredient.v3")
        bad = failure("ingredient.manifest.mismatch", url("urn:c2pa:parent", "c2pa.claim"), at)
        assert self.link(answer(MATCH, bad)) == "ingredient.manifest.mismatch"

    def test_the_target_names_the_link_where_nothing_else_does(self) -> None:
        bad = failure("ingredient.manifest.mismatch", url("urn:c2pa:parent", "c2pa.claim"))
        assert self.link(answer(MATCH, bad)) == "ingredient.manifest.mismatch"

    def test_a_form_rule_on_the_link_breaks_nothing(self) -> None:
        assert (
            self.link(
                answer(MATCH, failure("ingredient.unknownProvenance", url("urn:c2pa:parent")))
            )
            == ""
        )

    def test_our_own_digest_breaks_the_link(self) -> None:
        changed = parse_store(store(replace(PARENT, assertions=ACTIONS), ACTIVE))
        assert self.link(answer(MATCH), changed) == "ingredient.manifest.mismatch"
        assert self.link(answer(MATCH), parse_store(store(ACTIVE))) == "ingredient.manifest.missing"

    def test_an_ingredient_without_a_manifest_has_no_edge(self) -> None:
        held = parse_store(
            store(Raw("urn:c2pa:active", {**BINDING, "c2pa.ingredient.v3": ingredient()}))
        )
        assert decide(answer(MATCH), held).links == ()


class TestRecorded:
    """What an ingredient assertion recorded about itself; the SDK drops it from its delta."""

    def held(self, code: str, at: str) -> ManifestStore:
        results = {"activeManifest": {"failure": [{"code": code, "url": at}]}}
        item = ingredient(PARENT, validationResults=results)
        return parse_store(
            store(
                PARENT,
                replace(ACTIVE, assertions={**ACTIVE.assertions, "c2pa.ingredient.v3": item}),
            )
        )

    @pytest.mark.parametrize(
        "code", ["assertion.dataHash.mismatch", "claimSignature.mismatch", "assertion.missing"]
    )
    def test_a_recorded_failure_breaks_the_link_and_is_a_finding(self, code: str) -> None:
        result = decide(answer(MATCH), self.held(code, url("urn:c2pa:parent")))
        assert result.links[0].broken == f"recorded {code}"
        assert [(f.code, f.severity, f.where) for f in result.findings] == [
            ("ingredient.recorded_failure", Severity.WARNING, "urn:c2pa:active/c2pa.ingredient.v3")
        ]
        assert result.standings["urn:c2pa:active"].integrity is Integrity.INTACT

    @pytest.mark.parametrize(
        "code", ["signingCredential.untrusted", "signingCredential.expired", "org.unknown"]
    )
    def test_a_recorded_distrust_is_that_tools_configuration(self, code: str) -> None:
        result = decide(answer(MATCH), self.held(code, url("urn:c2pa:parent")))
        assert result.links[0].broken == ""
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
        held = parse_store(
            store(
                deep,
                parent,
                replace(ACTIVE, assertions={**ACTIVE.assertions, "c2pa.ingredient.v3": item}),
            )
        )
        result = decide(answer(MATCH), held)
        assert result.standings["deep"].integrity is Integrity.INTACT
        assert [bool(e.broken) for e in result.links] == [True, False]
        assert result.standings["urn:c2pa:active"].integrity is Integrity.INTACT


def test_failures_without_words_still_get_some() -> None:
    result = decide(
        answer(MATCH, SdkStatus("org.unknown", SdkStatusGroup.FAILURE, url("urn:c2pa:active"), ""))
    )
    assert [f for f in result.findings if not f.message] == []
    assert {f.severity for f in result.findings} == {Severity.WARNING}


def test_unreferenced_manifests_get_no_standing() -> None:
    held = parse_store(store(Raw("nobody"), PARENT, ACTIVE))
    bad = failure("claimSignature.mismatch", url("nobody"))
    result = decide(answer(MATCH, bad), held)
    assert set(result.standings) == {"urn:c2pa:active", "urn:c2pa:parent"}
    assert result.standings["urn:c2pa:active"].integrity is Integrity.INTACT


@each("linkage", list(Linkage))
def test_a_link_that_no_digest_carries_since_a_redaction_is_weak_and_no_other(
    linkage: Linkage,
) -> None:
    top = STORE.active_manifest
    (item,) = top.ingredients
    changed = replace(top, ingredients=(replace(item, linkage=linkage),))
    held = replace(STORE, manifests={**STORE.manifests, top.label: changed})
    (link,) = decide(answer(MATCH), held).links
    assert bool(link.weak) is (linkage is Linkage.REDACTED)
    assert not (link.weak and link.broken)
