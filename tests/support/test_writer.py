"""The SDK agrees with the writer: what is sound is trusted, and each fault is named as itself."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import c2pa
import pytest

from provenance.kit import carriers, damage, media
from provenance.kit.claims import (
    ManifestFault,
    NewAssertion,
    NewIngredient,
    actions,
    created,
    opened,
    placed,
)
from provenance.kit.cose_sign1 import ChainPlace, Sealing, StampHeader
from provenance.kit.jumbf_boxes import ContentKind, Embedded
from provenance.kit.writer import sign_detached, signed_file, store_of
from support import sdk, tsa
from support.fixture import AI, CAPTURE, instance, label
from support.make_fixtures import ALL, LIMIT, sdk_says
from support.pki import FIXTURES, PKI, Who, credential, offline_settings
from support.tsa import stamped
from support.writer import Manifest

JPEG, PNG, WAV = media.gradient_jpeg(), media.gradient_png(), media.tone_wav()
GOOD = Manifest(label(901), (created(CAPTURE),), instance_id=instance(901))
NOW = datetime(2025, 6, 1, tzinfo=UTC)
V1 = replace(
    GOOD,
    label="urn:uuid:00000000-0000-4000-8000-000000000901",
    claim_version=1,
    assertions=(actions({"action": "c2pa.created"}, version=1),),
)


def verdict(data: bytes, media_type: str = "image/jpeg") -> tuple[str, tuple[str, ...]]:
    opinion = sdk.opinion(data, media_type)
    return opinion.state, opinion.failures


def child(relationship: str, action: dict[str, object], **fields: Any) -> Manifest:
    source = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
    listed = [action] if relationship == "parentOf" else [source, action]
    item = replace(NewIngredient(relationship, store=store_of(signed_file(JPEG, GOOD))), **fields)
    return Manifest(label(902), (actions(*listed),), (item,), instance_id=instance(902))


@pytest.mark.parametrize(
    ("data", "media_type"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (WAV, "audio/wav")]
)
def test_media_signed_in_each_carrier_is_trusted_by_the_sdk(data: bytes, media_type: str) -> None:
    assert verdict(signed_file(data, GOOD), media_type) == ("Trusted", ())


@pytest.mark.parametrize("who", [Who.MAIN, Who.ES384, Who.PS256, Who.ED25519, Who.CAMERA])
def test_media_signed_with_each_algorithm_is_trusted_by_the_sdk(who: Who) -> None:
    assert verdict(signed_file(JPEG, replace(GOOD, signer=credential(who)))) == ("Trusted", ())


@pytest.mark.parametrize("place", [ChainPlace.PROTECTED, ChainPlace.UNPROTECTED_TEXT])
@pytest.mark.parametrize("base", [GOOD, V1], ids=["v2", "v1"])
def test_the_chain_in_each_of_its_places_is_trusted_by_the_sdk(
    place: ChainPlace, base: Manifest
) -> None:
    assert verdict(signed_file(JPEG, replace(base, sealing=Sealing(place=place))))[0] == "Trusted"


def test_the_sdk_overlooks_the_registered_label_outside_the_protected_header() -> None:
    signed = signed_file(JPEG, replace(GOOD, sealing=Sealing(place=ChainPlace.UNPROTECTED)))
    with pytest.raises(c2pa.C2paError, match="certificate chain"):
        sdk.opinion(signed, "image/jpeg")


@pytest.mark.parametrize(
    ("base", "header"), [(GOOD, StampHeader.SIGNATURE), (V1, StampHeader.CLAIM)], ids=["v2", "v1"]
)
def test_time_stamps_of_the_writer_are_validated_by_the_sdk(
    base: Manifest, header: StampHeader
) -> None:
    opinion = sdk.opinion(
        signed_file(JPEG, replace(base, sealing=Sealing(stamp=stamped(NOW, header=header)))),
        "image/jpeg",
    )
    assert (opinion.state, opinion.failures) == ("Trusted", ())
    text = json.dumps(opinion.report)
    assert "2025-06-01T00:00:00" in text
    assert "timeStamp.validated" in text


def test_a_time_stamp_saves_an_expired_signer_only_inside_its_validity() -> None:
    base = replace(GOOD, signer=credential(Who.EXPIRED))
    inside = stamped(datetime(2022, 6, 1, tzinfo=UTC))
    assert verdict(signed_file(JPEG, replace(base, sealing=Sealing(stamp=inside)))) == (
        "Trusted",
        (),
    )
    for one in (base, replace(base, sealing=Sealing(stamp=stamped(NOW)))):
        assert "signingCredential.expired" in verdict(signed_file(JPEG, one))[1]


@pytest.mark.parametrize("who", [Who.STRANGER, Who.SELF_SIGNED])
def test_signers_on_no_list_are_untrusted_by_the_sdk(who: Who) -> None:
    signed = signed_file(JPEG, replace(GOOD, signer=credential(who)))
    assert verdict(signed) == ("Valid", ("signingCredential.untrusted",))


def test_a_wrong_extended_key_usage_is_refused_by_the_sdk() -> None:
    signed = signed_file(JPEG, replace(GOOD, signer=credential(Who.NO_EKU)))
    assert "signingCredential.invalid" in verdict(signed)[1]


@pytest.mark.parametrize(
    ("revoked_at", "failures"),
    [
        (None, ()),
        (datetime(2025, 3, 1, tzinfo=UTC), ("signingCredential.ocsp.revoked",)),
        (datetime(2025, 9, 1, tzinfo=UTC), ()),
    ],
)
def test_stapled_ocsp_responses_are_understood_by_the_sdk(
    revoked_at: datetime | None, failures: tuple[str, ...]
) -> None:
    response = tsa.ocsp_response(Who.REVOKED, NOW, revoked_at=revoked_at)
    signer = credential(Who.REVOKED)
    one = replace(GOOD, signer=signer, sealing=Sealing(stamp=stamped(NOW), ocsp=(response,)))
    assert verdict(signed_file(JPEG, one))[1] == failures


@pytest.mark.parametrize(
    ("fault", "failures"),
    [
        (ManifestFault.WRONG_KEY, ("claimSignature.mismatch",)),
        (ManifestFault.URI_MISMATCH, ("assertion.hashedURI.mismatch",)),
        (ManifestFault.WIDE_EXCLUSION, ("assertion.dataHash.mismatch",)),
        (ManifestFault.EXTRA_EXCLUSION, ()),
        (ManifestFault.DUPLICATE_LABEL, ()),
    ],
)
def test_each_fault_of_the_writer_is_found_by_the_sdk(
    fault: ManifestFault, failures: tuple[str, ...]
) -> None:
    assert verdict(signed_file(JPEG, replace(GOOD, faults=frozenset({fault}))))[1] == failures


@pytest.mark.parametrize("fault", [ManifestFault.NO_BINDING, ManifestFault.CIRCULAR])
def test_structural_faults_raise_in_the_sdk(fault: ManifestFault) -> None:
    signed = signed_file(JPEG, replace(GOOD, faults=frozenset({fault})))
    with pytest.raises(c2pa.C2paError, match=r"hard binding|cyclic"):
        sdk.opinion(signed, "image/jpeg")


def test_each_damage_to_a_finished_file_is_found_by_the_sdk() -> None:
    signed = signed_file(JPEG, GOOD)
    assert verdict(damage.flip_media(signed))[1] == ("assertion.dataHash.mismatch",)
    assert verdict(damage.flip_claim(signed))[1] == ("claimSignature.mismatch",)
    assert verdict(damage.flip_signature(signed))[1] == ("claimSignature.mismatch",)
    broken = damage.flip_assertion(signed, "c2pa.actions.v2")
    assert verdict(broken)[1] == ("assertion.hashedURI.mismatch",)
    other = damage.graft(signed, media.gradient_jpeg(start=(1, 2, 3)))
    assert verdict(other)[1] == ("assertion.dataHash.mismatch",)
    picture = damage.flip_media(signed_file(PNG, GOOD))
    assert verdict(picture, "image/png")[1] == ("assertion.dataHash.mismatch",)


@pytest.mark.parametrize("relationship", ["parentOf", "componentOf"])
@pytest.mark.parametrize("version", [1, 3])
def test_ingredients_of_each_relationship_are_trusted_by_the_sdk(
    relationship: str, version: int
) -> None:
    action = opened() if relationship == "parentOf" else placed()
    one = child(relationship, action, version=version)
    if version == 1:
        one = replace(one, claim_version=1, assertions=(actions(action, version=1),))
    assert verdict(signed_file(JPEG, one))[0] == "Trusted"


def test_a_missing_manifest_of_an_ingredient_is_a_failure_of_the_sdk() -> None:
    one = child("parentOf", opened(), carried=False)
    assert set(verdict(signed_file(JPEG, one))[1]) == {"ingredient.manifest.missing"}


def test_redaction_of_actions_is_refused_and_of_others_is_not() -> None:
    note = NewAssertion("org.example.note", {"note": "private"}, ContentKind.JSON)
    base = replace(GOOD, assertions=(*GOOD.assertions, note))
    store = store_of(signed_file(JPEG, base))
    one = replace(
        child("parentOf", opened()), ingredients=(NewIngredient("parentOf", store=store),)
    )
    gone = replace(one, redacted=((base.label, "org.example.note"),))
    assert verdict(signed_file(JPEG, gone))[0] == "Trusted"
    gone = replace(one, redacted=((base.label, "c2pa.actions.v2"),))
    assert "assertion.action.redacted" in verdict(signed_file(JPEG, gone))[1]


def test_update_manifest_keeps_the_binding_of_its_parent() -> None:
    base = signed_file(JPEG, GOOD)
    parent = NewIngredient("parentOf", store=store_of(base))
    one = Manifest(label(903), ingredients=(parent,), update=True)
    assert verdict(signed_file(base, one)) == ("Trusted", ())
    assert verdict(damage.flip_media(signed_file(base, one)))[0] == "Invalid"


def test_unreferenced_manifest_is_listed() -> None:
    other = store_of(signed_file(PNG, replace(GOOD, label=label(904))))
    one = replace(GOOD, unreferenced=(other.manifest(label(904)),))
    opinion = sdk.opinion(signed_file(JPEG, one), "image/jpeg")
    assert opinion.state == "Trusted"
    assert store_of(signed_file(JPEG, one)).labels == (label(904), label(901))


def test_embedded_files_and_gathered_assertions() -> None:
    image = NewAssertion(
        "c2pa.thumbnail.claim", Embedded("image/jpeg", JPEG), ContentKind.EMBEDDED, created=False
    )
    one = replace(GOOD, assertions=(*GOOD.assertions, image))
    assert verdict(signed_file(JPEG, one)) == ("Trusted", ())


def test_large_stores_span_segments() -> None:
    image = NewAssertion(
        "c2pa.thumbnail.claim", Embedded("image/jpeg", bytes(150_000)), ContentKind.EMBEDDED
    )
    signed = signed_file(JPEG, replace(GOOD, assertions=(*GOOD.assertions, image)))
    assert verdict(signed) == ("Trusted", ())
    assert len(carriers.extract(signed)) > 150_000


def test_detached_store_is_bound_to_the_file_as_it_is() -> None:
    store = sign_detached(JPEG, GOOD)
    with c2pa.Context.from_dict(offline_settings()) as context:
        reader = c2pa.Reader("image/jpeg", io.BytesIO(JPEG), store, context=context)
        with reader:
            assert json.loads(reader.json())["validation_state"] == "Valid"


@pytest.mark.parametrize("data", [JPEG, PNG, WAV])
def test_strip_takes_out_what_embed_put_in(data: bytes) -> None:
    assert carriers.strip(signed_file(data, GOOD)) == data
    assert carriers.credential_span(data) is None


def test_the_index_of_the_fixtures_is_up_to_date() -> None:
    index = json.loads((FIXTURES / "index.json").read_text(encoding="utf-8"))
    assert [item["file"] for item in index["files"]] == sorted(item.name for item in ALL)
    for item in index["files"]:
        data = (FIXTURES / item["file"]).read_bytes()
        assert item["sdk"] == sdk_says(data, item["media_type"]), item["file"]


def test_fixtures_are_small_and_the_keys_are_named_as_test_keys() -> None:
    assert sum(path.stat().st_size for path in FIXTURES.rglob("*") if path.is_file()) < LIMIT
    assert "test" in (PKI / "README.md").read_text(encoding="utf-8").lower()


def test_ai_fixture_says_so() -> None:
    opinion = sdk.opinion((FIXTURES / "ai-generated.png").read_bytes(), "image/png")
    assert AI in json.dumps(opinion.report)
