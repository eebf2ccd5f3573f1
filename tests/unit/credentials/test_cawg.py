"""CAWG identity: what the SDK's codes mean, and that nothing of the identity is repeated."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import c2pa
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from support import shared
from support.fixture import AI, label
from support.pki import FIXTURES, PKI, Who, anchors_pem, credential, offline_settings
from support.writer import Manifest
from unit.signing import pki as signing_pki

from provenance.base import cbor
from provenance.base.terms import Cawg
from provenance.credentials import cawg
from provenance.credentials import sdk as _sdk
from provenance.credentials import store as stores
from provenance.credentials.manifest import Linkage
from provenance.credentials.sdk import Outcome, Status
from provenance.kit.certificates import Credential
from provenance.kit.claims import Assertion, Linked, created
from provenance.kit.cose import sign1
from provenance.kit.films import gradient_mp4
from provenance.kit.keys import Alg
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import sign
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, load, scan
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    value, (finding,) = cawg.decide(made, WHERE)
    assert (value, finding.code, finding.where) == (expected, code, WHERE)
    assert "Last-Name" not in finding.message


def test_without_an_identity_the_sdk_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
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
    monkeypatch.setattr(_sdk, "ask_identities", lambda *_: answer)
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
        _sdk, "ask_identities", lambda *_: _sdk.Answer("Valid", store.active, (said,))
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


# ---- what the SDK passes over, and anchors --------------------------------------------------


def claimed(
    change: Callable[[dict[str, Any]], object] = lambda content: content,
    signer: Credential | None = None,
) -> bytes:
    """A manifest store with an X.509 identity of which one thing is changed before it is signed."""
    by = signer or credential()

    def content(links: dict[str, dict[str, object]]) -> object:
        payload = {"referenced_assertions": list(links.values()), "sig_type": "cawg.x509.cose"}
        signature = sign1(cbor.encode(payload), by)
        return change({"signer_payload": payload, "signature": signature, "pad1": b""})

    identity = Assertion(cawg.LABEL, Linked(content), created=False)
    signed = sign(gradient_jpeg(), Manifest(label(950), (created(AI), identity)))
    with Asset.from_bytes(signed) as asset:
        return read(asset)


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda content: {key: value for key, value in content.items() if key != name}


def payload(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: content | {"signer_payload": content["signer_payload"] | changes}


@pytest.mark.parametrize(
    "change",
    [
        without("signature"),
        without("signer_payload"),
        without("pad1"),
        lambda _: "nonsense",
        lambda _: [1, 2],
        lambda content: content | {"signature": "text"},
        lambda content: content | {"pad2": 0},
        lambda content: content | {"signer_payload": 1},
        payload(sig_type=7),
        payload(referenced_assertions="all"),
    ],
)
def test_an_assertion_that_is_no_identity_is_invalid(
    change: Callable[[dict[str, Any]], object],
) -> None:
    data = claimed(change)
    value, findings = cawg.judge(stores.parse(data), data)
    assert (value, [f.code for f in findings]) == (Cawg.INVALID, ["cawg.invalid"])
    assert "cawg.identity.cbor.invalid" in findings[0].message


@pytest.mark.parametrize(
    "change", [lambda content: content, lambda content: content | {"later": 1, "pad2": b""}]
)
def test_further_fields_are_no_fault(change: Callable[[dict[str, Any]], object]) -> None:
    data = claimed(change)
    assert cawg.judge(stores.parse(data), data)[0] is Cawg.UNLISTED


def test_a_failure_that_names_no_place_counts() -> None:
    data = claimed(lambda content: content | {"signature": b"no COSE"})
    value, findings = cawg.judge(stores.parse(data), data)
    assert (value, [f.code for f in findings]) == (Cawg.INVALID, ["cawg.invalid"])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("cawg.ica.time_stamp.invalid", ["cawg.time_stamp_invalid"]),
        ("timeStamp.mismatch", ["cawg.time_stamp_invalid"]),
        ("timeStamp.untrusted", []),
        ("cawg.ica.time_stamp.validated", []),
    ],
)
def test_a_time_stamp_that_does_not_hold_is_said_and_moves_nothing(
    code: str, said: list[str]
) -> None:
    place = f"self#jumbf=/c2pa/{WHERE}"
    made = [Status("cawg.ica.credential_valid", OK, place, ""), Status(code, BAD, place, "")]
    value, findings = cawg.decide(made, WHERE)
    assert value is Cawg.UNLISTED
    assert [f.code for f in findings] == ["cawg.unlisted", *said]


def anchored(*names: str) -> TrustStore:
    return TrustStore.load(bundled=False, cawg_anchors=[PKI / f"{name}.pem" for name in names])


@pytest.mark.parametrize(
    ("anchors", "expected", "code"),
    [
        (("root",), Cawg.TRUSTED, "cawg.trusted"),
        (("stranger-root", "root"), Cawg.TRUSTED, "cawg.trusted"),
        (("stranger-root",), Cawg.UNLISTED, "cawg.unlisted"),
        ((), Cawg.UNLISTED, "cawg.unlisted"),
    ],
)
def test_anchors_of_the_user(anchors: tuple[str, ...], expected: Cawg, code: str) -> None:
    data = claimed()
    value, findings = cawg.judge(stores.parse(data), data, anchored(*anchors))
    assert (value, [f.code for f in findings]) == (expected, [code])


def test_anchors_for_signers_and_time_stamps_are_none_for_identities() -> None:
    data = claimed()
    root = [PKI / "root.pem"]
    trust = TrustStore.load(bundled=False, anchors=root, tsa_anchors=root)
    assert cawg.judge(stores.parse(data), data, trust)[0] is Cawg.UNLISTED


def test_an_authority_vouches_only_for_whom_it_may(tmp_path: Path) -> None:
    """What the SDK does not evaluate: limits on names."""
    shop = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Small Shop")])
    limits = x509.NameConstraints([x509.DirectoryName(shop)], None)
    dates = (signing_pki.START, datetime(2100, 1, 1, tzinfo=UTC))  # the SDK judges by the clock
    root = signing_pki.authority("Identity root", dates=dates)
    above = signing_pki.authority("Identity issuer", root, more=((limits, True),), dates=dates)
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(root.pem)
    trust = TrustStore.load(bundled=False, cawg_anchors=[anchors])
    for organisation, expected in (("Small Shop", "cawg.trusted"), ("Nikon", "cawg.chain_invalid")):
        subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)])
        one = signing_pki.issue(f"Identity {organisation}", above, subject=subject, dates=dates)
        chain = (one.certificate, above.certificate)
        data = claimed(signer=Credential("identity", Alg.ES256, one.key, chain))
        value, findings = cawg.judge(stores.parse(data), data, trust)
        assert [f.code for f in findings] == [expected]
        assert (value is Cawg.TRUSTED) is (expected == "cawg.trusted")
