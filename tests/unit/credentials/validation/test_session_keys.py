"""Keys for live video by the letter of 15.10.3.2.5 and 18.25.2: each is bound to the signer."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from support.each import each
from support.fixture import AI, label
from support.pki import Who, credential
from support.writer import Manifest

from provenance.base import cbor
from provenance.credentials import store as stores
from provenance.credentials.concerns import Concern
from provenance.credentials.manifest import Assertion
from provenance.credentials.validation import session_keys
from provenance.kit.claims import created
from provenance.kit.keys import Alg, cose_sign
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, load_block, scan_container

SIGNER = credential().chain_der[0]
INVALID, NOT_CHECKED = "livevideo.sessionkey.invalid", "assertion.session_keys.not_checked"
CODES = {Alg.ES256: -7, Alg.ES384: -35, Alg.PS256: -37, Alg.ED25519: -8}
KEYS: dict[Alg, Any] = {
    Alg.ES256: ec.generate_private_key(ec.SECP256R1()),
    Alg.ES384: ec.generate_private_key(ec.SECP384R1()),
    Alg.PS256: rsa.generate_private_key(65537, 2048),
    Alg.ED25519: ed25519.Ed25519PrivateKey.generate(),
}


def cose_key(private: Any) -> dict[int, Any]:
    public = private.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {1: 1, 2: b"one", -1: 6, -2: public.public_bytes_raw()}
    numbers = public.public_numbers()
    if isinstance(public, rsa.RSAPublicKey):
        return {1: 3, 2: b"one", -1: numbers.n.to_bytes(256), -2: numbers.e.to_bytes(3)}
    size = (public.curve.key_size + 7) // 8
    curve = {256: 1, 384: 2}[public.curve.key_size]
    return {1: 2, 2: b"one", -1: curve, -2: numbers.x.to_bytes(size), -3: numbers.y.to_bytes(size)}


def binding(alg: Alg, over: bytes = SIGNER, **changes: Any) -> list[Any]:
    header = cbor.encode({1: CODES[alg]})
    signature = cose_sign(KEYS[alg], alg, cbor.encode(["Signature1", header, b"", over]))
    parts = {"header": header, "unprotected": {}, "payload": None, "signature": signature}
    return list((parts | changes).values())


def one(alg: Alg = Alg.ES256, **changes: Any) -> dict[str, Any]:
    made = {
        "key": cose_key(KEYS[alg]),
        "minSequenceNumber": 175,
        "createdAt": "2025-07-29T10:00:00Z",
        "validityPeriod": 3900,
        "signerBinding": binding(alg),
    }
    return {key: value for key, value in (made | changes).items() if value is not ...}


def store() -> stores.ManifestStore:
    signed = signed_file(gradient_jpeg(), Manifest(label(951), (created(AI),)))
    with Asset.from_bytes(signed) as asset:
        return stores.parse_store(
            load_block(asset, scan_container(asset).blocks_of(BlockKind.MANIFEST_STORE)[0], 1 << 26)
        )


STORE = store()


def check(*keys: Any, content: Any = None) -> list[tuple[str, str]]:
    assertion = STORE.active_manifest.assertions[0]
    assert isinstance(assertion, Assertion)
    given = {"keys": list(keys)} if content is None else content
    found = list(session_keys.session_key_faults(STORE.active_manifest, assertion, given))
    assert all(f.concern is (Concern.FORM if f.code == INVALID else None) for f in found)
    return [(f.code, f.message) for f in found]


def faults(*keys: Any) -> list[str]:
    *found, last = check(*keys)
    assert last == (NOT_CHECKED, "keys for segments of live video: no segment is checked here")
    assert [code for code, _ in found if code != INVALID] == []
    return [message for _, message in found]


@pytest.mark.parametrize("alg", CODES)
def test_a_session_key_that_signed_for_the_signer_holds(alg: Alg) -> None:
    assert faults(one(alg)) == []
    twice = binding(alg, cbor.encode(SIGNER))  # "encoded as a CBOR byte string"
    assert faults(one(alg, signerBinding=twice)) == []
    assert faults(one(alg, signerBinding=binding(alg, payload=b""))) == []


UNBOUND = "a key for live video is not bound to the signer of the manifest"


@each(
    "value",
    [
        binding(Alg.ES256, credential(Who.STRANGER).chain_der[0]),
        binding(Alg.ES256, SIGNER[:-1]),
        binding(Alg.ES256, signature=bytes(64)),
        binding(Alg.ES256, payload=SIGNER),
        binding(Alg.ES256, header=cbor.encode({1: -257})),
        binding(Alg.ES256, header=b""),
        binding(Alg.ES256, header=b"\xff"),
        binding(Alg.ES256, header=1),
        binding(Alg.ES256, signature="text"),
        binding(Alg.ES384),
        binding(Alg.ED25519),
        binding(Alg.ES256)[:3],
        "text",
        None,
    ],
)
def test_a_session_key_that_did_not_sign_for_the_signer_is_refused(value: Any) -> None:
    assert faults(one(signerBinding=value)) == [UNBOUND]


@each(
    ("key", "fault"),
    [
        (1, "is not a map"),
        (one(key=...), "has no identifier"),
        (one(key={k: v for k, v in cose_key(KEYS[Alg.ES256]).items() if k != 2}), "has no ident"),
        (one(minSequenceNumber=-1), "has no minSequenceNumber"),
        (one(minSequenceNumber=...), "has no minSequenceNumber"),
        (one(validityPeriod=True), "has no validityPeriod"),
        (one(createdAt=...), "does not say when"),
        (one(createdAt="now"), "does not say when"),
        (one(createdAt=7), "does not say when"),
        (one(key={**cose_key(KEYS[Alg.ES256]), -1: 8}), "of a kind"),
        (one(key={**cose_key(KEYS[Alg.ES256]), -3: True}), "of a kind"),
        (one(key={**cose_key(KEYS[Alg.ES256]), -3: bytes(32)}), "of a kind"),
        (one(key={**cose_key(KEYS[Alg.ED25519]), -2: b"x"}), "of a kind"),
        (one(key={1: 3, 2: b"one", -1: b"\xc1" * 128, -2: b"\1\0\1"}), "of a kind"),
        (one(key={1: 4, 2: b"one", -1: b"secret"}), "of a kind"),
    ],
)
def test_a_session_key_without_a_field_is_refused(key: Any, fault: str) -> None:
    (found,) = faults(key)
    assert fault in found


@pytest.mark.parametrize("content", [[], {}, {"keys": []}, {"keys": 1}, "text"])
def test_an_assertion_without_session_keys_is_refused(content: Any) -> None:
    assert check(content=content) == [(INVALID, "there are no keys for live video in it")]


def test_of_session_keys_64_assertions_are_checked_and_no_more() -> None:
    found = check(*[one()] * 65)
    assert [code for code, _ in found] == [NOT_CHECKED] * 2
    assert "too many" in found[0][1]
    assert len(check(*[one()] * 64)) == 1
