"""CAWG identities that the C2PA SDK makes, and what it says of those that our own check judges."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import c2pa
import pytest
from support.each import each
from support.pki import Who, anchors_pem, credential, offline_settings
from unit.credentials.identities import (
    Links,
    anchored,
    by_aggregator,
    by_certificate,
    given,
    judged,
    signed,
)

from provenance.base import cbor
from provenance.base.terms import Cawg
from provenance.credentials import sdk
from provenance.credentials import store as stores
from provenance.credentials.cawg import judging
from provenance.kit.cose_sign1 import Sealing
from provenance.kit.films import gradient_mp4
from provenance.kit.media import gradient_jpeg

if TYPE_CHECKING:
    from collections.abc import Callable


def signed_with_identity(who: Who, media_type: str, media: bytes) -> bytes:
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
            made = bytes(builder.sign(media_type, io.BytesIO(media), io.BytesIO()))
    at = made.index(b"jumb") - 4  # it may be wrapped for its container
    return made[at : at + int.from_bytes(made[at : at + 4], "big")]


@each(("media_type", "media"), [("image/jpeg", gradient_jpeg()), ("video/mp4", gradient_mp4())])
@each(
    ("who", "expected"),
    [
        (Who.MAIN, (Cawg.TRUSTED, ["cawg.trusted"])),
        (
            Who.EXPIRED,
            (Cawg.UNLISTED, ["cawg.expired", "cawg.x509.signature.outside_validity"]),
        ),
        (Who.STRANGER, (Cawg.UNLISTED, ["cawg.unlisted"])),
    ],
)
def test_identities_that_the_sdk_makes_hold_here(
    who: Who, expected: tuple[Cawg, list[str]], media_type: str, media: bytes
) -> None:
    assert judged(signed_with_identity(who, media_type, media), anchored("root")) == expected


@each(
    "make",
    [
        by_certificate(),
        by_certificate(lambda content: content | {"pad2": b"\0\0"}),
        by_aggregator(),
        by_aggregator(signer=credential(Who.ED25519)),
        by_certificate(signer=credential(Who.EXPIRED)),
        by_certificate(encode=cbor.deterministic),
        by_aggregator(lambda vc: vc | {"issuer": "did:web:example.com"}),
        by_aggregator(lambda vc: vc | {"validFrom": "2026-07-01T00:00:00Z"}),
    ],
    ids=[
        "certificate",
        "padding",
        "aggregator",
        "Ed25519",
        "expired",
        "in order",
        "on the web",
        "not valid yet",
    ],
)
def test_the_sdk_lowers_nothing_that_holds(make: Callable[[Links], object]) -> None:
    data = signed(make)
    store = stores.parse_store(data)
    own, _ = judging.cawg_verdict(store, given())
    assert judging.lowered(store, own, sdk.ask_identities(data)) == (own, ())


@pytest.mark.parametrize(
    "make",
    [
        by_certificate(lambda content: content | {"pad2": b"\1"}),
        by_certificate(lambda content: content | {"signature": b"no COSE"}),
        by_aggregator(lambda vc: vc | {"issuer": "https://example.com"}, credential(Who.ED25519)),
    ],
    ids=["padding", "no signature", "no issuer"],
)
def test_the_sdk_too_finds_identities_that_do_not_hold(make: Callable[[Links], object]) -> None:
    data = signed(make)
    store = stores.parse_store(data)
    assert judging.cawg_verdict(store, given())[0] is Cawg.INVALID
    assert judging.lowered(store, Cawg.UNLISTED, sdk.ask_identities(data))[0] is Cawg.INVALID


def test_a_signature_over_something_else_counts_where_the_sdk_alone_finds_it() -> None:
    data = signed(by_certificate(how=Sealing(key=credential(Who.STRANGER).key)))
    answer = sdk.ask_identities(data)
    failed = {s.code for s in answer.statuses if s.outcome is sdk.SdkStatusGroup.FAILURE}
    assert "cawg.x509.signature.mismatch" in failed
    holding = stores.parse_store(signed(by_certificate()))
    assert judging.lowered(holding, Cawg.UNLISTED, answer)[0] is Cawg.INVALID


def test_a_store_that_the_sdk_refuses_leaves_our_own_answer() -> None:
    data = signed(by_certificate())
    answer = sdk.ask_identities(data[:100])
    assert judging.lowered(stores.parse_store(data), Cawg.UNLISTED, answer) == (Cawg.UNLISTED, ())
