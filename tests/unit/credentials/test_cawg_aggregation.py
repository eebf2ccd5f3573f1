"""CAWG identities that an aggregator of claims signed, and the SDK's answer beside our own."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from support import shared
from support.each import each
from support.pki import PKI, Who, credential
from support.tsa import stamped
from unit.credentials.identities import (
    ICA,
    SOCIAL,
    b64url,
    by_aggregator,
    by_certificate,
    codes,
    did,
    given,
    judged,
    jwk,
    sealed,
    signed,
)

from provenance.base.terms import Cawg
from provenance.credentials import store as stores
from provenance.credentials.cawg import aggregation, judging
from provenance.credentials.sdk import SdkAnswer, SdkStatus, SdkStatusGroup
from provenance.kit.cose_sign1 import Sealing
from provenance.signing.cache import ChainCache
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable

UNLISTED = Cawg.UNLISTED, ["cawg.unlisted"]
KEY = jwk(credential())


def field(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    """Change one field of the credential; None takes it out."""

    def change(vc: dict[str, Any]) -> object:
        return {k: v for k, v in (vc | {name: value}).items() if v is not None}

    return change


def subject(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda vc: vc | {"credentialSubject": vc["credentialSubject"] | changes}


def asset(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    return lambda vc: subject(c2paAsset=change(vc["credentialSubject"]["c2paAsset"]))(vc)


def test_an_aggregated_identity_that_brings_its_key_along_is_unlisted() -> None:
    assert judged(signed(by_aggregator())) == UNLISTED


def as_numbers(asset: dict[str, Any]) -> object:
    """As c2pa-rs wrote hashes: the letters of base64 as a list of numbers."""
    references = [
        {**one, "hash": list(one["hash"].encode())} for one in asset["referenced_assertions"]
    ]
    return asset | {"referenced_assertions": references}


def with_algorithm(asset: dict[str, Any]) -> object:
    references = [{**one, "alg": "sha256"} for one in asset["referenced_assertions"]]
    return asset | {"referenced_assertions": references}


@each(
    "change",
    [
        field("issuer", {"id": did(KEY), "name": "An aggregator"}),
        field("issuer", did(KEY) + "#0"),
        field("issuer", did({**KEY, "use": "sig"})),
        field("@context", "https://www.w3.org/2018/credentials/v1"),
        field("type", "VerifiableCredential"),
        field("validUntil", "2026-12-31T23:59:59.999+02:00"),
        lambda vc: field("issuanceDate", vc["validFrom"])(field("validFrom", None)(vc)),
        asset(as_numbers),
        asset(with_algorithm),
    ],
    ids=[
        *("issuer as a map", "a fragment", "a key for signatures", "version 1.1", "a single type"),
        *("an end in another zone", "the date of version 1.1", "hashes as numbers"),
        "the claim's algorithm",
    ],
)
def test_other_lawful_forms_of_an_aggregated_identity_are_unlisted(
    change: Callable[[dict[str, Any]], object],
) -> None:
    assert judged(signed(by_aggregator(change))) == UNLISTED


@each(
    ("change", "code"),
    [
        (lambda _: b"not JSON", "invalid_verifiable_credential"),
        (lambda _: b"[]", "invalid_verifiable_credential"),
        (lambda _: b'{"type": 1, "type": 2}', "invalid_verifiable_credential"),
        (field("@context", ["https://example.com"]), "invalid_verifiable_credential"),
        (field("type", ["Other"]), "invalid_verifiable_credential"),
        (field("credentialSubject", None), "invalid_verifiable_credential"),
        (field("credentialSubject", [{}]), "invalid_verifiable_credential"),
        (field("issuer", None), "invalid_issuer"),
        (field("issuer", "https://example.com"), "invalid_issuer"),
        (field("issuer", {"name": "nobody"}), "invalid_issuer"),
        (field("issuer", "did:jwk:e30"), "invalid_did_document"),
        (field("issuer", "did:jwk:???"), "invalid_did_document"),
        (field("issuer", did([KEY])), "invalid_did_document"),
        (field("issuer", did({**KEY, "crv": "P-192"})), "invalid_did_document"),
        (field("issuer", did({**KEY, "x": KEY["y"]})), "invalid_did_document"),
        (field("issuer", did({**KEY, "use": "enc"})), "invalid_did_document"),
        (field("issuer", "did:jwk:" + "A" * 9_000), "invalid_did_document"),
        (field("issuer", did(jwk(credential(Who.STRANGER)))), "signature_mismatch"),
        (field("validFrom", None), "valid_from.missing"),
        (field("validFrom", "2026-07-01T00:00:00Z"), "valid_from.invalid"),
        (field("validFrom", "yesterday"), "valid_from.invalid"),
        (field("validFrom", 20260301), "valid_from.invalid"),
        (field("validFrom", "2026-02-30T00:00:00Z"), "valid_from.invalid"),
        (field("validUntil", "later"), "valid_until.invalid"),
        (subject(c2paAsset=None), "signer_payload.mismatch"),
        (asset(lambda one: one | {"sig_type": "cawg.x509.cose"}), "signer_payload.mismatch"),
        (asset(lambda one: one | {"role": ["cawg.editor"]}), "signer_payload.mismatch"),
        (asset(lambda one: one | {"referenced_assertions": []}), "signer_payload.mismatch"),
        (asset(lambda one: one | {"referenced_assertions": [1]}), "signer_payload.mismatch"),
        (asset(lambda one: one | {"referenced_assertions": "all"}), "signer_payload.mismatch"),
        (subject(verifiedIdentities=None), "verified_identities.missing"),
        (subject(verifiedIdentities=[]), "verified_identities.missing"),
        (subject(verifiedIdentities=["someone"]), "verified_identities.invalid"),
        (subject(verifiedIdentities=[SOCIAL | {"type": ""}]), "verified_identities.invalid"),
        (subject(verifiedIdentities=[SOCIAL | {"username": ""}]), "verified_identities.invalid"),
        (subject(verifiedIdentities=[SOCIAL | {"uri": "nowhere"}]), "verified_identities.invalid"),
        (
            subject(verifiedIdentities=[SOCIAL | {"verifiedAt": "2026"}]),
            "verified_identities.invalid",
        ),
        (
            subject(verifiedIdentities=[SOCIAL | {"provider": "Example"}]),
            "verified_identities.invalid",
        ),
        (
            subject(verifiedIdentities=[SOCIAL | {"provider": {"id": "https://example.com"}}]),
            "verified_identities.invalid",
        ),
        (
            subject(verifiedIdentities=[SOCIAL | {"type": "cawg.document_verification"}]),
            "verified_identities.invalid",
        ),
    ],
)
def test_an_aggregated_identity_that_breaks_a_rule_is_invalid(
    change: Callable[[dict[str, Any]], object], code: str
) -> None:
    value, found = judged(signed(by_aggregator(change)))
    assert (value, codes(found)) == (Cawg.INVALID, [f"cawg.ica.{code}"])


@each(
    ("one", "holds"),
    [
        ({"type": "cawg.affiliation"}, True),
        ({"type": "org.example.anything", "name": "x"}, True),
        ({"type": "cawg.document_verification", "name": "x"}, True),
        ({"type": "cawg.crypto_wallet", "address": "0x1"}, True),
        ({"type": "cawg.crypto_wallet", "username": "0x1"}, True),
        ({"type": "cawg.crypto_wallet"}, False),
        ({"type": "cawg.web_site"}, False),
        ({"type": "cawg.web_site", "uri": "example.com"}, True),
    ],
)
def test_each_kind_of_verified_identity_needs_its_fields(
    one: dict[str, object], holds: bool
) -> None:
    common = {"verifiedAt": SOCIAL["verifiedAt"], "provider": SOCIAL["provider"]}
    change = subject(verifiedIdentities=[common | one])
    assert judged(signed(by_aggregator(change)))[0] is (Cawg.UNLISTED if holds else Cawg.INVALID)


@each(
    ("how", "code"),
    [
        (lambda raw: sealed(raw, {3: None}), "invalid_content_type"),
        (lambda raw: sealed(raw, {3: "application/json"}), "invalid_content_type"),
        (lambda raw: sealed(raw, {1: None}), "invalid_alg"),
        (lambda raw: sealed(raw, {1: -47}), "invalid_alg"),
        (lambda _: sealed(b"{}"), "invalid_verifiable_credential"),
        (lambda _: Sealing(protected={3: "application/vc"}), "invalid_verifiable_credential"),
        (lambda raw: sealed(raw, {2: ["unknown"], "unknown": 1}), "signature_mismatch"),
        (lambda raw: sealed(raw, {1: -35}), "signature_mismatch"),
    ],
)
def test_signatures_of_an_aggregator_that_do_not_hold_are_invalid(
    how: Callable[[bytes], Sealing], code: str
) -> None:
    value, found = judged(signed(by_aggregator(how=how)))
    assert (value, codes(found)) == (Cawg.INVALID, [f"cawg.ica.{code}"])


def test_an_aggregated_identity_without_a_signature_is_invalid() -> None:
    def make(links: Any) -> object:
        said = {"referenced_assertions": list(links.values()), "sig_type": ICA}
        return {"signer_payload": said, "signature": b"none", "pad1": b""}

    expected = Cawg.INVALID, ["cawg.invalid", "cawg.ica.invalid_cose_sign1"]
    assert judged(signed(make)) == expected


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (field("issuer", "did:web:example.com"), "did_unavailable"),
        (field("issuer", "did:key:z6Mk"), "did_unsupported_method"),
        (
            field(
                "credentialStatus",
                {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"},
            ),
            "revocation.unavailable",
        ),
        (
            field("credentialStatus", [{"type": "Other", "statusPurpose": "revocation"}]),
            "revocation.unsupported",
        ),
        (field("credentialStatus", "somewhere"), "revocation.unsupported"),
    ],
)
def test_an_issuer_that_would_need_the_network_is_not_checked(change: Any, code: str) -> None:
    value, found = judged(signed(by_aggregator(change)))
    assert (value, found) == (Cawg.NOT_CHECKED, ["cawg.not_checked", f"cawg.ica.{code}"])


def test_a_fault_counts_more_than_what_is_not_known() -> None:
    undated = field("validFrom", None)
    data = signed(by_aggregator(lambda vc: undated(vc | {"issuer": "did:web:example.com"})))
    value, found = judged(data)
    assert value is Cawg.INVALID
    assert codes(found) == ["cawg.ica.did_unavailable", "cawg.ica.valid_from.missing"]


def test_an_aggregated_identity_that_has_expired_is_named() -> None:
    value, found = judged(signed(by_aggregator(field("validUntil", "2026-05-31T00:00:00Z"))))
    assert (value, found) == (Cawg.UNLISTED, ["cawg.expired", "cawg.ica.valid_until.invalid"])


STAMPING = TrustStore.load(bundled=False, tsa_anchors=[PKI / "tsa-root.pem"])


@pytest.mark.parametrize(
    ("when", "trust", "code"),
    [
        (datetime(2026, 4, 1, tzinfo=UTC), STAMPING, []),
        (datetime(2026, 2, 1, tzinfo=UTC), STAMPING, ["cawg.ica.valid_from.invalid"]),
        (datetime(2026, 2, 1, tzinfo=UTC), TrustStore.load(bundled=False), []),
    ],
)
def test_an_aggregated_identity_is_judged_at_the_time_of_its_stamp(
    when: datetime, trust: TrustStore, code: list[str]
) -> None:
    """The credential has to be valid then, where the time is attested by somebody on a list."""

    def how(raw: bytes) -> Sealing:
        return replace(sealed(raw), stamp=stamped(when))

    assert codes(judged(signed(by_aggregator(how=how)), trust)[1]) == code


def test_a_time_stamp_over_something_else_does_not_hold() -> None:
    from dataclasses import replace

    def how(raw: bytes) -> Sealing:
        stamp = replace(stamped(datetime(2026, 4, 1, tzinfo=UTC)), other=True)
        return replace(sealed(raw), stamp=stamp)

    value, found = judged(signed(by_aggregator(how=how)), STAMPING)
    assert (value, found) == (Cawg.UNLISTED, ["cawg.unlisted", "cawg.time_stamp_invalid"])


def test_checks_of_keys_are_counted() -> None:
    cache = ChainCache()
    while cache.take_claim_check(b"key"):
        pass
    value, found = judged(signed(by_aggregator()), cache=cache)
    assert (value, found) == (Cawg.NOT_CHECKED, ["cawg.not_checked"])


def test_verified_identities_beyond_the_bound_are_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregation, "MAX_IDENTITIES", 1)
    data = signed(by_aggregator(subject(verifiedIdentities=[SOCIAL, SOCIAL])))
    assert judged(data)[0] is Cawg.INVALID


def test_messages_repeat_nothing_of_an_identity() -> None:
    for change in (subject(), subject(verifiedIdentities=[SOCIAL | {"uri": "secret-name"}])):
        store = stores.parse_store(signed(by_aggregator(change)))

        _, findings = judging.cawg_verdict(store, given())
        assert [f for f in findings if "secret-name" in f.message + f.where] == []


def test_numbers_that_are_no_letters_do_not_pass() -> None:
    def change(one: dict[str, Any]) -> object:
        references = [
            {**r, "hash": list(base64.b64decode(r["hash"]))} for r in one["referenced_assertions"]
        ]
        return one | {"referenced_assertions": references}

    value, found = judged(signed(by_aggregator(asset(change))))
    assert (value, codes(found)) == (Cawg.INVALID, ["cawg.ica.signer_payload.mismatch"])
    assert b64url(b"\xff") == "_w"


# ---- the SDK's answer -------------------------------------------------------------------------

OK, BAD = SdkStatusGroup.SUCCESS, SdkStatusGroup.FAILURE


def weighed(
    own: Cawg, *said: tuple[SdkStatusGroup, str], at: str = "", url: str | None = None
) -> tuple[Cawg, list[str]]:
    store = stores.parse_store(signed(by_certificate()))
    place = f"self#jumbf=/c2pa/{store.active}/c2pa.assertions/cawg.identity" if url is None else url
    statuses = tuple(SdkStatus(code, outcome, place, "First-Name", at) for outcome, code in said)
    value, findings = judging.lowered(store, own, SdkAnswer("Valid", store.active, statuses))
    assert [f for f in findings if "First-Name" in f.message] == []
    return value, [f.code for f in findings]


@each(
    "code",
    [
        *("cawg.ica.did_unavailable", "cawg.identity.sig_type.unknown"),
        *("cawg.x509.credential.untrusted", "cawg.x509.signature.outside_validity"),
        *("cawg.ica.valid_until.invalid", "cawg.ica.time_stamp.invalid", "timeStamp.mismatch"),
        *("signingCredential.untrusted", "cawg.ica.untrusted_issuer"),
    ],
)
def test_what_the_sdk_says_of_lists_dates_and_the_web_does_not_count(code: str) -> None:
    assert weighed(Cawg.TRUSTED, (BAD, code)) == (Cawg.TRUSTED, [])


@each(
    "code",
    [
        *("cawg.ica.signature_mismatch", "cawg.x509.signature.mismatch"),
        *("cawg.identity.assertion.mismatch", "cawg.identity.pad.invalid", "cawg.something.new"),
    ],
)
@each("own", [Cawg.TRUSTED, Cawg.UNLISTED, Cawg.NOT_CHECKED])
def test_a_failure_of_the_sdk_lowers_the_answer(own: Cawg, code: str) -> None:
    assert weighed(own, (BAD, code)) == (Cawg.INVALID, ["validators.disagree"])


def test_what_the_sdk_finds_besides_changes_nothing_where_it_is_invalid() -> None:
    assert weighed(Cawg.INVALID, (BAD, "cawg.identity.pad.invalid")) == (Cawg.INVALID, [])


def test_the_sdk_raises_nothing() -> None:
    assert weighed(Cawg.UNLISTED, (OK, "cawg.identity.trusted")) == (Cawg.UNLISTED, [])


def test_a_failure_that_names_no_place_counts() -> None:
    said = (BAD, "cawg.ica.invalid_cose_sign1")
    assert weighed(Cawg.UNLISTED, said, url="Cose_Sign1")[0] is Cawg.INVALID


def test_an_ingredients_identity_does_not_speak_for_the_asset() -> None:
    said = (BAD, "cawg.identity.pad.invalid")
    assert weighed(Cawg.UNLISTED, said, at="/c2pa.ingredient.v3")[0] is Cawg.UNLISTED
    other = "self#jumbf=/c2pa/urn:c2pa:other/c2pa.assertions/cawg.identity"
    assert weighed(Cawg.UNLISTED, said, url=other)[0] is Cawg.UNLISTED


def test_an_answer_about_other_manifests_does_not_count() -> None:
    store = stores.parse_store(signed(by_certificate()))
    for answer in (SdkAnswer(None, None, ()), SdkAnswer("Valid", "urn:c2pa:other", ())):
        assert judging.lowered(store, Cawg.UNLISTED, answer) == (Cawg.UNLISTED, ())


@pytest.mark.corpus
@pytest.mark.skipif(not shared.CORPUS.is_dir(), reason=shared.REASON)
@pytest.mark.parametrize(("cross_check", "loaded"), [("NEVER", False), ("ALWAYS", True)])
@pytest.mark.parametrize(
    ("name", "expected"),
    [("success.jpg", "unlisted"), ("adobe_connected_identities.jpg", "not_checked")],
)
def test_the_sdk_is_loaded_only_for_identities_that_hold(
    name: str, expected: str, cross_check: str, loaded: bool
) -> None:
    code = (
        "import sys\n"
        "from provenance import Options, Verifier\n"
        "from provenance.base.options import CrossCheck\n"
        f"verifier = Verifier(options=Options(cross_check=CrossCheck.{cross_check}))\n"
        f"report = verifier.verify({str(shared.CORPUS / name)!r})\n"
        "print(report.axes.cawg.value, 'c2pa' in sys.modules)\n"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.split() == [expected, str(loaded)]


# ---- hostile bytes ----------------------------------------------------------------------------


@pytest.mark.parametrize("make", [by_certificate(), by_aggregator()], ids=["X.509", "aggregator"])
def test_no_damage_to_an_aggregated_identity_makes_it_hold(make: Any) -> None:
    """None of these is vouched for, and none raises."""
    store = stores.parse_store(signed(make))
    active = store.active_manifest
    chance = random.Random(7)  # noqa: S311 - the same damage in every run
    one = active.named(judging.LABEL)[0]
    for _ in range(300):
        damaged = bytearray(one.payload)
        at = chance.randrange(min(len(damaged), 1_500))
        damaged[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(1, 4))
        assertions = tuple(
            replace(a, payload=bytes(damaged)) if a.label == one.label else a
            for a in active.assertions
        )
        changed = replace(active, assertions=assertions)
        value, _ = judging.cawg_verdict(replace(store, manifests={store.active: changed}), given())
        assert value in {Cawg.INVALID, Cawg.NOT_CHECKED} or bytes(damaged) == one.payload
