"""Writing crJSON: values, claims as the schema wants them, our own validation results."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.crjson import faults
from support.each import each
from support.pki import FIXTURES
from unit.kit import made

from provenance import Options, TrustStore, Verifier
from provenance.credentials import jumbf
from provenance.kit.samples.sample_catalogue import select
from provenance.linting.crjson import crjson_writing as crjson
from provenance.linting.crjson.json_values import MAX_DEPTH, value
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 6, 1, tzinfo=UTC)
ANCHORS = (FIXTURES / "pki" / "anchors.pem",)
FILES = sorted(
    e["file"] for e in json.loads((FIXTURES / "index.json").read_text(encoding="utf-8"))["files"]
)


@cache
def verifier(*, trusted: bool = True, at: datetime = AT) -> Verifier:
    anchors = ANCHORS if trusted else ()
    trust = TrustStore.load(bundled=False, anchors=anchors, tsa_anchors=anchors)
    return Verifier(trust=trust, at=at, options=Options(digest=False))


def document(name: str, **options: Any) -> dict[str, Any]:
    with Asset.open(FIXTURES / name) as asset:
        return crjson.crjson_document(verifier(**options).examine(asset))


def codes(name: str, group: str, **options: Any) -> set[str]:
    active = document(name, **options)["manifests"][0]
    return {s["code"] for s in active["validationResults"][group]}


class TestValues:
    @each(
        ("found", "expected"),
        [
            (b"\x00\x01\xff", "b64'AAH/"),
            (b"", "b64'"),
            (float("nan"), None),
            (float("-inf"), None),
            (1.5, 1.5),
            (2**63, 2**63),
            ((1, [2]), [1, [2]]),
            ({1: "a", b"\xff": "b", (1,): "c"}, {"1": "a", "b64'/w==": "b", "tuple": "c"}),
            (object(), None),
        ],
    )
    def test_values_that_json_does_not_know_are_written_as_text(
        self, found: Any, expected: Any
    ) -> None:
        assert value(found) == expected

    @pytest.mark.parametrize(
        "pairs", [[("1", "text"), (1, "number")], [(1, "number"), ("1", "text")]]
    )
    def test_a_key_that_is_text_comes_first(self, pairs: list[tuple[Any, str]]) -> None:
        assert value(dict(pairs)) == {"1": "text"}

    def test_nesting_of_values_is_cut_at_a_depth(self) -> None:
        deep: Any = "end"
        for _ in range(MAX_DEPTH * 20):
            deep = [deep]
        assert json.dumps(value(deep)).count("[") == MAX_DEPTH

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.text() | st.binary() | st.integers(), inner, max_size=4)
            ),
            max_leaves=20,
        )
    )
    def test_any_value_becomes_json(self, found: Any) -> None:
        made = value(found)
        assert json.loads(json.dumps(made, allow_nan=False)) == made


class TestClaims:
    def test_what_the_schema_does_not_name_is_left_out(self) -> None:
        made = crjson.claim_v2({"instanceID": "i", "com.example.more": 1, "dc:format": "image/png"})
        assert set(made) == {
            "claim_generator_info",
            "created_assertions",
            "gathered_assertions",
            "instanceID",
            "redacted_assertions",
            "signature",
        }

    def test_version_1_without_generator_info_names_its_generator(self) -> None:
        made = crjson.claim_v1({"claim_generator": "old/1.0"})
        assert made["claim_generator_info"] == [{"name": "old/1.0"}]

    @each("info", [None, 5, "text", [], [5], {"name": 5}, {"icon": "x"}])
    def test_generator_info_of_any_type(self, info: Any) -> None:
        made = crjson.claim_v2({"claim_generator_info": info})
        assert made["claim_generator_info"] == {"name": ""}

    def test_references_of_any_type(self) -> None:
        good = {"url": "self#jumbf=c2pa.assertions/a", "hash": "b64'AA=="}
        bad = [None, 5, "x", {}, {"url": 5, "hash": "h"}, {"url": "u"}]
        made = crjson.claim_v2({"created_assertions": [*bad, good | {"pad": "b64'"}]})
        assert made["created_assertions"] == [good]

    def test_an_icon_is_a_reference_or_nothing(self) -> None:
        icon = {"url": "self#jumbf=c2pa.assertions/c2pa.icon", "hash": "b64'AA=="}
        info = {"name": "g", "icon": icon | {"pad": "b64'"}}
        made = crjson.claim_v2({"claim_generator_info": info})
        assert made["claim_generator_info"] == {"name": "g", "icon": icon}


@pytest.mark.parametrize("name", FILES)
class TestDocuments:
    def test_every_document_is_valid(self, name: str) -> None:
        assert faults(document(name)) == []

    def test_every_document_is_the_same_whenever_it_is_made(self, name: str) -> None:
        assert crjson.crjson_text(document(name)) == crjson.crjson_text(document(name))

    def test_every_document_is_ascii(self, name: str) -> None:
        assert crjson.crjson_text(document(name)).isascii()


class TestStatuses:
    def test_a_trusted_signer_is_among_the_successes(self) -> None:
        good = codes("capture.jpg", "success")
        assert {"signingCredential.trusted", "claimSignature.validated"} <= good
        assert "assertion.dataHash.match" in good
        assert codes("capture.jpg", "failure") == set()

    def test_a_signer_on_no_list_is_untrusted(self) -> None:
        assert codes("capture.jpg", "failure", trusted=False) == {"signingCredential.untrusted"}
        assert codes("unlisted.jpg", "failure") == {"signingCredential.untrusted"}

    @pytest.mark.parametrize("name", ["expired.jpg", "not-yet-valid.jpg"])
    def test_a_signature_out_of_time_is_a_failure(self, name: str) -> None:
        assert codes(name, "failure") == {"claimSignature.outsideValidity"}
        assert "signingCredential.trusted" not in codes(name, "success")

    def test_a_time_stamp_saves_an_expired_signer(self) -> None:
        assert codes("expired-timestamped.jpg", "failure") == set()
        assert "timeStamp.trusted" in codes("expired-timestamped.jpg", "success")

    def test_a_strangers_time_stamp_does_not_save_an_expired_signer(self) -> None:
        expected = {"claimSignature.outsideValidity"}
        assert codes("expired-stranger-timestamp.jpg", "failure") == expected
        assert "timeStamp.untrusted" in codes("expired-stranger-timestamp.jpg", "informational")

    @each(
        ("name", "code"),
        [
            ("tampered.png", "assertion.dataHash.mismatch"),
            ("edited-assertion.jpg", "assertion.hashedURI.mismatch"),
            ("bad-signature.jpg", "claimSignature.mismatch"),
            ("wrong-key.jpg", "claimSignature.mismatch"),
            ("edited-claim.jpg", "claimSignature.mismatch"),
            ("wrong-eku.jpg", "signingCredential.invalid"),
            ("revoked.jpg", "signingCredential.ocsp.revoked"),
            ("redacted-actions.jpg", "assertion.action.redacted"),
        ],
    )
    def test_each_fault_of_a_fixture_has_its_code(self, name: str, code: str) -> None:
        assert code in codes(name, "failure")

    def test_revocation_is_told_as_answered_or_skipped(self) -> None:
        assert "signingCredential.ocsp.notRevoked" in codes("ocsp-good.jpg", "success")
        assert "signingCredential.ocsp.skipped" in codes("capture.jpg", "informational")

    def test_the_validation_time_is_the_one_that_was_asked_for(self) -> None:
        results = document("capture.jpg")["manifests"][0]["validationResults"]
        assert results["validationTime"] == "2026-06-01T00:00:00Z"

    def test_every_manifest_has_results_and_links_have_deltas(self) -> None:
        manifests = document("chain-of-three.jpg")["manifests"]
        assert len(manifests) == 3
        assert [m for m in manifests if not m["validationResults"]["success"]] == []
        delta = manifests[0]["ingredientDeltas"][0]["validationDeltas"]
        assert [s["code"] for s in delta["success"]] == ["ingredient.manifest.validated"]


class TestSignature:
    def test_the_certificate_of_the_signer_and_the_time_stamp_are_shown(self) -> None:
        made = document("expired-timestamped.jpg")["manifests"][0]["signature"]
        assert made["algorithm"] == "ES256"
        info = made["certificateInfo"]
        assert info["validity"]["notAfter"].endswith("Z")
        assert info["subject"]["O"]
        assert info["serialNumber"]
        stamp = made["timeStampInfo"]
        assert stamp["timestamp"].endswith("Z")
        assert stamp["certificateInfo"]["subject"]["CN"]

    def test_without_a_time_stamp_there_is_no_field_for_it(self) -> None:
        assert "timeStampInfo" not in document("capture.jpg")["manifests"][0]["signature"]


def boxed(kind: bytes, payload: bytes) -> bytes:
    return (len(payload) + 8).to_bytes(4, "big") + kind + payload


def of_store(data: bytes) -> dict[str, Any]:
    with Asset.from_bytes(data, "store.c2pa") as asset:
        return crjson.crjson_document(verifier().examine(asset))


def test_two_manifests_of_one_label_are_malformed_in_crjson() -> None:
    store = (FIXTURES / "plain-for-sidecar.c2pa").read_bytes()
    assert of_store(store)["manifests"]
    (inner,) = jumbf.parse_jumbf(store).children
    twice = boxed(b"jumb", store[8:] + boxed(b"jumb", store[inner.start : inner.end]))
    (manifest,) = of_store(twice)["manifests"]
    assert "claimSignature.missing" in {s["code"] for s in manifest["validationResults"]["failure"]}


def test_an_active_manifest_that_cannot_be_read_is_shown_and_fails() -> None:
    with Asset.open(FIXTURES / "chain-of-three.jpg") as asset:
        store = bytearray(verifier().examine(asset).credential.data)
    assert len(of_store(bytes(store))["manifests"]) == 3
    active = jumbf.parse_jumbf(bytes(store)).children[-1]
    claim = active.child(jumbf.CLAIM)
    assert claim is not None
    content = claim.content(b"cbor")
    assert content is not None
    store[content.start] = 0xFF  # a break without anything to break off
    made = of_store(bytes(store))
    first, *others = made["manifests"]
    assert first["label"] == active.label
    said = {s["code"] for s in first["validationResults"]["failure"]}
    assert said == {"claim.cbor.invalid", "signingCredential.untrusted"}, first["validationResults"]
    assert first["assertions"] == {}
    # what nothing leads to any more is not validated, and so passes nothing
    assert [g for m in others for g in ("success", "failure") if m["validationResults"][g]] == []
    # no claim that names nothing can be written validly
    assert [f.partition(":")[0] for f in faults(made)] == [
        "$.manifests[0]['claim.v2'].created_assertions"
    ]


def test_a_file_without_a_credential_has_no_manifests_in_crjson() -> None:
    assert document("plain.jpg")["manifests"] == []


def test_the_active_manifest_is_first_and_the_rest_in_reverse() -> None:
    with Asset.open(FIXTURES / "chain-of-three.jpg") as asset:
        store = verifier().examine(asset).credential.data
    stored = [box.label for box in jumbf.parse_jumbf(store).children]
    labels = [m["label"] for m in document("chain-of-three.jpg")["manifests"]]
    assert len(labels) == 3
    assert labels == stored[::-1]


def failures_of(name: str, folder: Path, *, broken: bool = True) -> set[str]:
    """The failures of the active manifest of a sample of the kit."""
    (sample,) = select(name)
    path = folder / "asset"
    path.write_bytes(made.make(sample, broken=broken).data)
    with Asset.open(path) as asset:
        active = crjson.crjson_document(made.verifier(folder).examine(asset))["manifests"][0]
    return {status["code"] for status in active["validationResults"]["failure"]}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("exclusions-overlap", "assertion.dataHash.malformed"),
        ("data-hash-algorithm", "algorithm.unsupported"),
        ("redacted-without-uri", "assertion.action.redactionMismatch"),
        ("no-validation-results", "assertion.ingredient.malformed"),
    ],
)
def test_our_own_checks_speak_in_the_codes_of_the_standard(
    name: str, code: str, tmp_path: Path
) -> None:
    assert code in failures_of(name, tmp_path)
    assert failures_of(name, tmp_path, broken=False) == set()


@pytest.mark.parametrize("name", ["good/manifest/redaction.jpg", "redaction-zeros"])
def test_what_was_redacted_is_no_failure_of_form(name: str, tmp_path: Path) -> None:
    assert not failures_of(name, tmp_path) & {"assertion.json.invalid", "assertion.cbor.invalid"}
