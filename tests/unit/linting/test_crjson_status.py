"""What crJSON says of a store as a whole: what was not checked, links, a second opinion, bounds."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from support import costs, hostile_credentials
from support.crjson import faults
from support.each import each
from support.pki import FIXTURES
from unit.kit import made

from provenance import Options, TrustStore, Verifier
from provenance.base.finding import error
from provenance.base.options import CrossCheck
from provenance.credentials.sdk import SdkAnswer, SdkRefusal, SdkStatus, SdkStatusGroup
from provenance.credentials.validation.fault import form
from provenance.credentials.validation.second_opinion import Opinion
from provenance.kit import expect
from provenance.kit.claims import NewAssertion
from provenance.kit.sample import Bench, Sample, SampleClass
from provenance.kit.samples.faulty import SampleWords, before
from provenance.kit.samples.sample_catalogue import select
from provenance.linting.crjson import crjson_parsing as crjson_read
from provenance.linting.crjson import crjson_writing as crjson
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provenance.kit.claims import NewManifest
    from provenance.verdict.verifier import Examined

ANCHORS = (FIXTURES / "pki" / "anchors.pem",)


@cache
def verifier(*, bundled: bool = False) -> Verifier:
    trust = TrustStore.load(bundled=bundled, anchors=ANCHORS, tsa_anchors=ANCHORS)
    options = Options(digest=False, cross_check=CrossCheck.NEVER)
    return Verifier(trust=trust, at=hostile_credentials.AT, options=options)


def examined(data: bytes) -> Examined:
    with Asset.from_bytes(data, "x") as asset:
        return verifier().examine(asset)


def fixture(name: str) -> Examined:
    return examined((FIXTURES / name).read_bytes())


def codes(document: dict[str, Any], group: str = "failure", number: int = 0) -> set[str]:
    return {s["code"] for s in document["manifests"][number]["validationResults"][group]}


def explained(document: dict[str, Any], code: str) -> str:
    results = document["manifests"][0]["validationResults"]["failure"]
    return next(s["explanation"] for s in results if s["code"] == code)


def unclosed(value: Any) -> Any:
    """Return a document of 2.5 with the byte strings of 2.4."""
    if isinstance(value, dict):
        return {key: unclosed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [unclosed(one) for one in value]
    if isinstance(value, str) and value.startswith("b64'"):
        assert value.endswith("'")
        return value[:-1]
    return value


def of_kit(sample: Sample, folder: Path) -> dict[str, Any]:
    path = folder / "asset"
    path.write_bytes(made.make(sample, broken=True).data)
    with Asset.open(path) as asset:
        return crjson.crjson_document(made.verifier(folder).examine(asset))


def changed(change: Callable[[Bench, NewManifest], NewManifest]) -> Sample:
    row = SampleWords("changed", "as the test changes it", "15", "it says what the test is about")
    return before(SampleClass.ASSERTION, row, change, expect.AI)


class TestNotCompared:
    def test_a_store_alone_never_passes(self) -> None:
        document = crjson.crjson_document(fixture("plain-for-sidecar.c2pa"))
        assert codes(document) == {"assertion.dataHash.mismatch"}
        assert "the media is not here" in explained(document, "assertion.dataHash.mismatch")

    def test_a_file_of_an_unlisted_signer_without_outcomes_never_passes(self) -> None:
        found = fixture("unlisted.jpg")
        bare = replace(found, credential=replace(found.credential, outcomes=()))
        assert codes(crjson.crjson_document(bare)) == {
            "general.error",
            "signingCredential.untrusted",
        }

    def test_what_was_not_read_is_a_failure(self) -> None:
        found = fixture("capture.jpg")
        store = found.credential.store
        assert store is not None
        for change, words in (
            ({"limits": ("a bound",)}, "not everything was read: a bound"),
            ({"unread": ("box",)}, "a box of the manifest store cannot be read"),
        ):
            credential = replace(found.credential, store=replace(store, **change))  # type: ignore[arg-type]  # two fields of their own types
            document = crjson.crjson_document(replace(found, credential=credential))
            assert explained(document, "general.error") == words


class TestSecondOpinion:
    def with_opinion(self, opinion: Opinion, name: str = "capture.jpg") -> dict[str, Any]:
        found = fixture(name)
        assert found.checks is not None
        return crjson.crjson_document(replace(found, checks=replace(found.checks, opinion=opinion)))

    def failure(self, code: str) -> Opinion:
        return Opinion((SdkStatus(code, SdkStatusGroup.FAILURE, "", "the words"),), (), None)

    def test_what_lowers_our_answer_is_added(self) -> None:
        document = self.with_opinion(self.failure("assertion.dataHash.mismatch"))
        assert codes(document) == {"assertion.dataHash.mismatch"}
        words = explained(document, "assertion.dataHash.mismatch")
        assert words == "second opinion (C2PA SDK): the words"

    @pytest.mark.parametrize("code", ["assertion.action.malformed", "signingCredential.untrusted"])
    def test_form_and_signer_are_ours_alone(self, code: str) -> None:
        assert codes(self.with_opinion(self.failure(code))) == set()

    def test_a_refusal_is_a_failure_where_ours_has_none(self) -> None:
        refused = Opinion((), (), SdkRefusal.MALFORMED, "cannot be read")
        assert codes(self.with_opinion(refused)) == {"general.error"}
        assert codes(self.with_opinion(refused, "bad-signature.jpg")) == {"claimSignature.mismatch"}

    def test_two_credentials_in_one_file_are_a_general_error(self) -> None:
        found = fixture("capture.jpg")
        answer = SdkAnswer("Valid", None, (), same_store=False)
        credential = replace(found.credential, answer=answer)
        assert codes(crjson.crjson_document(replace(found, credential=credential))) == {
            "general.error"
        }

    @pytest.mark.parametrize("name", ["ai-generated.png", "chain-of-three.jpg", "tampered.png"])
    def test_the_document_does_not_need_the_sdk(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise AssertionError("the SDK was asked")

        monkeypatch.setattr("provenance.credentials.sdk._module", refuse)
        assert fixture(name).credential.answer is None
        assert crjson.crjson_document(fixture(name))["manifests"]


class TestContents:
    @each("value", ["a text", 7, [1, 2], None, True, {"a": b"\x00"}])
    def test_an_assertion_of_any_value_is_written(self, value: Any, tmp_path: Path) -> None:
        def add(_: Bench, one: NewManifest) -> NewManifest:
            more = NewAssertion("com.example.value", value)
            return replace(one, assertions=(*one.assertions, more))

        document = of_kit(changed(add), tmp_path)
        written = document["manifests"][0]["assertions"]["com.example.value"]
        assert written == ({"a": "b64'AA=="} if isinstance(value, dict) else value)
        assert faults(document) == []

    def test_what_nothing_refers_to_passes_nothing(self, tmp_path: Path) -> None:
        document = of_kit(next(s for s in select("*unreferenced*") if not s.faulty), tmp_path)
        assert codes(document, "failure") == set()
        others = [m["validationResults"] for m in document["manifests"][1:]]
        assert others
        assert [one for one in others if one["success"] or one["failure"]] == []

    def test_unknown_provenance_is_informational(self, tmp_path: Path) -> None:
        (sample,) = select("good/signal/unknown-ingredient.jpg")
        document = of_kit(sample, tmp_path)
        assert "ingredient.unknownProvenance" in codes(document, "informational")


class TestLinks:
    def test_a_link_that_does_not_hold_is_a_failure_of_the_manifest_and_of_the_link(
        self, tmp_path: Path
    ) -> None:
        (sample,) = select("faulty/reference/manifest-hash.jpg")
        document = of_kit(sample, tmp_path)
        (delta,) = document["manifests"][0]["ingredientDeltas"]
        below = {s["code"] for s in delta["validationDeltas"]["failure"]}
        assert below
        assert below <= codes(document)

    def test_a_recorded_breach_is_told_and_settings_of_an_earlier_tool_are_not(self) -> None:
        found = fixture("chain-of-three.jpg")
        store = found.credential.store
        assert store is not None
        from provenance.credentials.manifest import RecordedStatus

        active = store.active_manifest
        recorded = (
            RecordedStatus("assertion.dataHash.mismatch", "u"),
            RecordedStatus("signingCredential.untrusted", "u"),
        )
        first = replace(active.ingredients[0], recorded_failures=recorded)
        manifests = store.manifests | {active.label: replace(active, ingredients=(first,))}
        credential = replace(found.credential, store=replace(store, manifests=manifests))
        document = crjson.crjson_document(replace(found, credential=credential))
        (delta,) = document["manifests"][0]["ingredientDeltas"]
        assert [s["code"] for s in delta["validationDeltas"]["failure"]] == [
            "assertion.dataHash.mismatch"
        ]
        assert codes(document) == set()

    def test_a_redaction_is_checked_by_the_signature(self, tmp_path: Path) -> None:
        (sample,) = select("good/manifest/redaction.jpg")
        (delta,) = of_kit(sample, tmp_path)["manifests"][0]["ingredientDeltas"]
        said = [s["code"] for s in delta["validationDeltas"]["success"]]
        assert said == ["ingredient.claimSignature.validated"]


class TestNewerForm:
    def document(self, name: str, *, bundled: bool = False) -> dict[str, Any]:
        with Asset.open(FIXTURES / name) as asset:
            return crjson.crjson_document(
                verifier(bundled=bundled).examine(asset), crjson.Form.V2_5
            )

    @pytest.mark.parametrize(
        "name", ["capture.jpg", "chain-of-three.jpg", "expired-timestamped.jpg"]
    )
    def test_a_document_is_valid_and_says_the_same_as_the_older_form(self, name: str) -> None:
        newer = self.document(name)
        assert faults(newer, "2.5") == []
        assert faults(newer) != []
        older = crjson.crjson_document(fixture(name))
        for one in newer["manifests"]:
            del one["isUpdateManifest"], one["isCompressedManifest"]
            one["validationResults"].pop("trustListUris", None)
        assert unclosed(newer) == older

    def test_each_kind_of_manifest_is_named(self, tmp_path: Path) -> None:
        kinds = {}
        for name in ("good/manifest/update.jpg", "good/manifest/compressed.jpg"):
            (sample,) = select(name)
            path = tmp_path / "asset"
            path.write_bytes(made.make(sample, broken=True).data)
            with Asset.open(path) as asset:
                newer = crjson.crjson_document(
                    made.verifier(tmp_path).examine(asset), crjson.Form.V2_5
                )
            kinds[name] = [
                (m["isUpdateManifest"], m["isCompressedManifest"]) for m in newer["manifests"]
            ]
        assert kinds["good/manifest/update.jpg"] == [(True, False), (False, False)]
        assert (False, True) in kinds["good/manifest/compressed.jpg"]

    def test_the_lists_that_were_reached_are_named(self) -> None:
        (one,) = self.document("expired-timestamped.jpg")["manifests"]
        uris = one["validationResults"]["trustListUris"]
        assert [u["type"] for u in uris] == ["c2pa.trustList", "c2pa.tsaTrustList"]
        assert [u for u in uris if not u["uri"].startswith("ni:///sha-256;")] == []
        assert "anchors" not in json.dumps(uris)

    @pytest.mark.parametrize("name", ["unlisted.jpg", "bad-signature.jpg"])
    def test_no_list_is_named_where_none_was_reached(self, name: str) -> None:
        (one,) = self.document(name)["manifests"]
        assert "trustListUris" not in one["validationResults"]


class TestBounds:
    @each("make", hostile_credentials.HOSTILE, ids=lambda make: make.__name__)
    def test_a_document_is_one_that_can_be_read(self, make: Callable[[], bytes]) -> None:
        found = examined(make())
        document = crjson.crjson_document(found)
        text = crjson.crjson_text(document)
        assert len(text) <= crjson_read.MAX_BYTES
        subject = crjson_read.subject(crjson_read.parse_crjson(text.encode()), "x")
        assert [m.label for m in subject.manifests] == [m["label"] for m in document["manifests"]]
        assert codes(document)  # none of them is sound

    def test_the_memory_of_a_document_is_bounded(self) -> None:
        found = examined(hostile_credentials.packed_actions())
        assert costs.memory(lambda: crjson.crjson_text(crjson.crjson_document(found))) < 120 << 20

    def test_what_does_not_fit_is_left_empty_and_said(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = fixture("chain-of-three.jpg")
        whole = crjson.crjson_document(found)
        sizes = []
        for size in range(5_000, len(json.dumps(whole)), 400):
            monkeypatch.setattr(crjson, "MAX_BYTES", size)
            cut = crjson.crjson_document(found)
            assert cut == whole or "general.error" in codes(cut), size
            sizes.append(len(cut["manifests"]))
        assert sizes[0] == 1
        assert sizes == sorted(sizes)

    def test_a_claim_that_is_too_much_is_left_empty(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = fixture("capture.jpg")
        monkeypatch.setattr(crjson._Space, "claim", lambda space, _: setattr(space, "full", True))
        document = crjson.crjson_document(found)
        assert "general.error" in codes(document)
        assert document["manifests"][0]["claim.v2"]["created_assertions"] == []


def test_an_unread_claim_of_version_1_is_shown_as_one() -> None:
    found = fixture("capture.jpg")
    store = found.credential.store
    assert store is not None
    from provenance.linting.crjson.status import claim_label

    active = store.active_manifest
    assert claim_label(active) == "c2pa.claim.v2"
    assert claim_label(replace(active, claim_version=1)) == "c2pa.claim"
    assert claim_label(replace(active, claim_version=0)) == "c2pa.claim.v2"
    assert claim_label(replace(active, claim_version=0, box=None)) == "c2pa.claim.v2"


def test_each_fault_met_while_reading_has_its_code() -> None:
    found = fixture("capture.jpg")
    store = found.credential.store
    assert store is not None
    for met, code in (
        ("claim_signature.missing", "claimSignature.missing"),
        ("manifest.unreadable", "general.error"),
        ("assertion.undeclared", "assertion.undeclared"),
    ):
        active = replace(store.active_manifest, findings=(error(met, "words", "place"),))
        manifests = store.manifests | {active.label: active}
        credential = replace(found.credential, store=replace(store, manifests=manifests))
        assert codes(crjson.crjson_document(replace(found, credential=credential))) == {code}


@pytest.mark.parametrize(
    ("section", "stops", "said"),
    [
        ("10.2.1", False, set()),
        ("18.19.3", False, set()),
        ("10.2.2", True, {"claim.malformed"}),
        ("15.6.2", False, {"claim.malformed"}),
    ],
)
def test_a_form_that_chapter_15_does_not_reject_is_no_failure(
    section: str, stops: bool, said: set[str]
) -> None:
    found = fixture("capture.jpg")
    store, checks = found.credential.store, found.checks
    assert store is not None
    assert checks is not None
    one = form("claim.malformed", section, store.active, "", "words", stops=stops)
    document = crjson.crjson_document(replace(found, checks=replace(checks, faults=(one,))))
    assert codes(document) == said
