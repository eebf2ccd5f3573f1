"""CAWG identity: what the SDK's codes mean, and that nothing of the identity is repeated."""

from __future__ import annotations

import io
from dataclasses import replace

import c2pa
import pytest
from support import shared
from support.pki import FIXTURES, Who, anchors_pem, credential, offline_settings

from provenance.base.terms import Cawg
from provenance.credentials import cawg
from provenance.credentials import sdk as _sdk
from provenance.credentials import store as stores
from provenance.credentials.manifest import Linkage
from provenance.credentials.sdk import Outcome, Status
from provenance.kit.films import gradient_mp4
from provenance.kit.media import gradient_jpeg
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, load, scan

OK, INFO, BAD = Outcome.SUCCESS, Outcome.INFORMATIONAL, Outcome.FAILURE
WHERE = "urn:c2pa:x/cawg.identity"


def read(asset: Asset) -> bytes:
    return load(asset, scan(asset).of(BlockKind.MANIFEST_STORE)[0], 1 << 26)


def signed_with_identity(who: Who, media_type: str = "image/jpeg", media: bytes = b"") -> bytes:
    """Sign with an X.509 identity beside the claim's signer; returns the manifest store."""
    parts = {}
    for key, signer in (("signer", credential()), ("cawg_x509_signer", credential(who))):
        pem = {"sign_cert": signer.chain_pem.decode(), "private_key": signer.key_pem.decode()}
        parts[key] = {"local": {"alg": signer.alg.value, **pem}}
    parts["cawg_x509_signer"]["local"]["referenced_assertions"] = ["c2pa.actions.v2"]
    actions = {"actions": [{"action": "c2pa.created", "digitalSourceType": "http://c2pa.org/x"}]}
    definition = {
        "claim_generator_info": [{"name": "test"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": actions}],
    }
    settings = {**offline_settings(anchors_pem()), **parts}
    settings["builder"] = {"thumbnail": {"enabled": False}}
    with c2pa.Context.from_dict(settings) as context:
        context._has_signer = True  # its settings name one, which 0.38.1 does not notice
        with c2pa.Builder(definition, context=context) as builder:
            source = io.BytesIO(media or gradient_jpeg())
            return bytes(builder.sign(media_type, source, io.BytesIO()))


def settle(store: bytes) -> bytes:
    """Return the JUMBF of what `sign` returned, which may be wrapped for its container."""
    at = store.index(b"jumb") - 4
    return store[at : at + int.from_bytes(store[at : at + 4], "big")]


@pytest.mark.parametrize(
    ("statuses", "expected", "code"),
    [
        (((OK, "cawg.identity.trusted"),), Cawg.TRUSTED, "cawg.trusted"),
        (
            ((OK, "cawg.x509.credential.trusted"), (OK, "cawg.identity.well-formed")),
            Cawg.TRUSTED,
            "cawg.trusted",
        ),
        (((OK, "cawg.identity.well-formed"),), Cawg.UNLISTED, "cawg.unlisted"),
        (((OK, "cawg.ica.credential_valid"),), Cawg.UNLISTED, "cawg.unlisted"),
        (((INFO, "cawg.ica.untrusted_issuer"),), Cawg.UNLISTED, "cawg.unlisted"),
        (
            ((OK, "cawg.identity.well-formed"), (BAD, "cawg.x509.credential.untrusted")),
            Cawg.UNLISTED,
            "cawg.unlisted",
        ),
        (
            ((OK, "cawg.identity.trusted"), (BAD, "cawg.x509.credential.untrusted")),
            Cawg.UNLISTED,
            "cawg.unlisted",
        ),
        (
            ((OK, "cawg.identity.well-formed"), (BAD, "cawg.x509.signature.outside_validity")),
            Cawg.UNLISTED,
            "cawg.expired",
        ),
        (((BAD, "cawg.ica.valid_until.invalid"),), Cawg.UNLISTED, "cawg.expired"),
        (((BAD, "cawg.ica.did_unavailable"),), Cawg.NOT_CHECKED, "cawg.not_checked"),
        (((BAD, "cawg.ica.did_unsupported_method"),), Cawg.NOT_CHECKED, "cawg.not_checked"),
        (((BAD, "cawg.identity.network_traffic_blocked"),), Cawg.NOT_CHECKED, "cawg.not_checked"),
        (((BAD, "cawg.identity.sig_type.unknown"),), Cawg.NOT_CHECKED, "cawg.not_checked"),
        ((), Cawg.NOT_CHECKED, "cawg.not_checked"),
        (((OK, "assertion.hashedURI.match"),), Cawg.NOT_CHECKED, "cawg.not_checked"),
        (((BAD, "cawg.ica.signature_mismatch"),), Cawg.INVALID, "cawg.invalid"),
        (((BAD, "cawg.x509.signature.mismatch"),), Cawg.INVALID, "cawg.invalid"),
        (((BAD, "cawg.identity.assertion.mismatch"),), Cawg.INVALID, "cawg.invalid"),
        (((BAD, "cawg.identity.hard_binding_missing"),), Cawg.INVALID, "cawg.invalid"),
        (((BAD, "cawg.identity.cbor.invalid"),), Cawg.INVALID, "cawg.invalid"),
        (((BAD, "cawg.identity.credential_revoked"),), Cawg.INVALID, "cawg.invalid"),
        (((BAD, "cawg.something.new"),), Cawg.INVALID, "cawg.invalid"),
        (
            ((BAD, "cawg.ica.did_unavailable"), (BAD, "cawg.identity.pad.invalid")),
            Cawg.INVALID,
            "cawg.invalid",
        ),
        (
            ((OK, "cawg.identity.trusted"), (BAD, "cawg.x509.signature.mismatch")),
            Cawg.INVALID,
            "cawg.invalid",
        ),
        (
            ((OK, "cawg.identity.trusted"), (BAD, "timeStamp.untrusted")),
            Cawg.TRUSTED,
            "cawg.trusted",
        ),
    ],
)
def test_what_codes_mean(
    statuses: tuple[tuple[Outcome, str], ...], expected: Cawg, code: str
) -> None:
    made = [Status(c, o, f"self#jumbf=/c2pa/{WHERE}", "First-Name Last-Name") for o, c in statuses]
    value, finding = cawg.decide(made, WHERE)
    assert (value, finding.code, finding.where) == (expected, code, WHERE)
    assert "Last-Name" not in finding.message


def test_without_an_identity_the_sdk_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: bytes) -> None:
        raise AssertionError("the SDK was called")

    monkeypatch.setattr(_sdk, "ask_identities", refuse)
    with Asset.open(FIXTURES / "capture.jpg") as asset:
        data = read(asset)
    assert cawg.judge(stores.parse(data), data) == (Cawg.NONE, ())


@pytest.mark.parametrize(
    ("media_type", "media"), [("image/jpeg", gradient_jpeg()), ("video/mp4", gradient_mp4())]
)
@pytest.mark.parametrize(
    ("who", "code"), [(Who.MAIN, "cawg.unlisted"), (Who.EXPIRED, "cawg.expired")]
)
def test_a_certificate_on_no_list(who: Who, code: str, media_type: str, media: bytes) -> None:
    data = settle(signed_with_identity(who, media_type, media))
    value, findings = cawg.judge(stores.parse(data), data)
    assert (value, [f.code for f in findings]) == (Cawg.UNLISTED, [code])


def test_the_weakest_of_several_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    data = settle(signed_with_identity(Who.MAIN))
    store = stores.parse(data)
    active = store.active_manifest
    one = active.named(cawg.LABEL)[0]
    two = replace(one, label="cawg.identity__1")
    both = replace(store, manifests={store.active: replace(active, assertions=(one, two))})
    said = [
        Status(code, outcome, f"self#jumbf=/c2pa/{store.active}/c2pa.assertions/{label}", "")
        for label, outcome, code in (
            (one.label, OK, "cawg.identity.trusted"),
            (two.label, BAD, "cawg.ica.did_unavailable"),
        )
    ]
    answer = _sdk.Answer("Valid", store.active, tuple(said))
    monkeypatch.setattr(_sdk, "ask_identities", lambda _: answer)
    value, findings = cawg.judge(both, data)
    assert value is Cawg.NOT_CHECKED
    assert [f.code for f in findings] == ["cawg.trusted", "cawg.not_checked"]


@pytest.mark.parametrize("at", ["", "/c2pa.ingredient.v3"])
def test_an_ingredients_identity_does_not_speak_for_the_asset(
    at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = settle(signed_with_identity(Who.MAIN))
    store = stores.parse(data)
    other = store.active if at else "urn:c2pa:other"
    url = f"self#jumbf=/c2pa/{other}/c2pa.assertions/cawg.identity"
    said = Status("cawg.identity.trusted", OK, url, "", at)
    monkeypatch.setattr(
        _sdk, "ask_identities", lambda _: _sdk.Answer("Valid", store.active, (said,))
    )
    assert cawg.judge(store, data)[0] is Cawg.NOT_CHECKED


@pytest.mark.parametrize(
    ("linkage", "expected"),
    [
        (Linkage.MISMATCH, Cawg.INVALID),
        (Linkage.REDACTED, Cawg.NONE),
        (Linkage.MISSING, Cawg.NONE),
    ],
)
def test_an_assertion_that_is_not_what_was_signed(linkage: Linkage, expected: Cawg) -> None:
    data = settle(signed_with_identity(Who.MAIN))
    store = stores.parse(data)
    active = store.active_manifest
    changed = tuple(
        replace(a, linkage=linkage) if a.base == cawg.LABEL else a for a in active.assertions
    )
    store = replace(store, manifests={store.active: replace(active, assertions=changed)})
    assert cawg.judge(store, data)[0] is expected


def test_a_store_that_the_sdk_refuses_is_not_checked() -> None:
    data = settle(signed_with_identity(Who.MAIN))
    value, findings = cawg.judge(stores.parse(data), data[:100])
    assert (value, findings[0].code) == (Cawg.NOT_CHECKED, "cawg.not_checked")


REAL = {
    "success.jpg": (Cawg.UNLISTED, "cawg.unlisted"),
    "adobe_connected_identities.jpg": (Cawg.NOT_CHECKED, "cawg.not_checked"),
    "adobe-20220124-C.jpg": (Cawg.NONE, None),
}


@pytest.mark.corpus
@pytest.mark.skipif(not shared.CORPUS.is_dir(), reason=shared.REASON)
@pytest.mark.parametrize("name", sorted(REAL))
def test_real_files(name: str) -> None:
    with Asset.open(shared.CORPUS / name) as asset:
        data = read(asset)
    value, findings = cawg.judge(stores.parse(data), data)
    expected, code = REAL[name]
    assert (value, [f.code for f in findings]) == (expected, [code] if code else [])
    said = " ".join(f.message for f in findings)
    assert not any(word in said for word in ("Last-Name", "Silly Cats", "testuser23", "behance"))


@pytest.mark.corpus
@pytest.mark.skipif(not shared.CORPUS.is_dir(), reason=shared.REASON)
def test_an_altered_identity_is_invalid() -> None:
    with Asset.open(shared.CORPUS / "success.jpg") as asset:
        data = bytearray(read(asset))
    store = stores.parse(bytes(data))
    signature = store.active_manifest.named(cawg.LABEL)[0].decode()["signature"]
    data[data.index(signature) + len(signature) - 5] ^= 1
    altered = bytes(data)
    assert cawg.judge(stores.parse(altered), altered)[0] is Cawg.INVALID
    # and where our own check of the link said nothing, the SDK's answer would
    assert cawg.judge(store, altered)[0] is Cawg.INVALID
