"""Manifest stores with identity assertions, made by the kit's writer for tests."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.fixture import AI, label
from support.pki import PKI, credential
from support.writer import Manifest

from provenance.base import cbor
from provenance.credentials import store as stores
from provenance.credentials.cawg import judging
from provenance.credentials.cawg.identity_check import IdentityGrounds
from provenance.kit.claims import Linked, NewAssertion, created
from provenance.kit.cose_sign1 import SOUND, Sealing, sign1
from provenance.kit.keys import Alg
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, load_block, scan_container
from provenance.signing.cache import ChainCache
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance.base.terms import Cawg
    from provenance.kit.certificates import Credential

AT = datetime(2026, 6, 1, tzinfo=UTC)
NOBODY = TrustStore.load(bundled=False)
Links = dict[str, dict[str, Any]]


def read(asset: Asset) -> bytes:
    return load_block(asset, scan_container(asset).blocks_of(BlockKind.MANIFEST_STORE)[0], 1 << 26)


def anchored(*names: str) -> TrustStore:
    return TrustStore.load(bundled=False, cawg_anchors=[PKI / f"{name}.pem" for name in names])


def judged(data: bytes, trust: TrustStore = NOBODY, **grounds: Any) -> tuple[Cawg, list[str]]:
    """The answer about the identities of a store, and the codes of its findings."""
    value, findings = judging.cawg_verdict(stores.parse_store(data), given(trust, **grounds))
    return value, [f.code for f in findings]


def given(trust: TrustStore = NOBODY, **grounds: Any) -> IdentityGrounds:
    return IdentityGrounds(**{"trust": trust, "at": AT, "cache": ChainCache(), **grounds})


def signed(make: Callable[[Links], object], *more: Any, **manifest: Any) -> bytes:
    """The store of a picture whose identity assertion holds what `make` returns."""
    identity = NewAssertion(judging.LABEL, Linked(make), created=False)
    one = Manifest(label(950), (created(AI), identity, *more), **manifest)
    with Asset.from_bytes(signed_file(gradient_jpeg(), one)) as asset:
        return read(asset)


def same(value: Any) -> Any:
    return value


def by_certificate(
    change: Callable[[dict[str, Any]], object] = same,
    signer: Credential | None = None,
    how: Sealing = SOUND,
    payload: Callable[[dict[str, Any]], dict[str, Any]] = same,
    encode: Callable[[object], bytes] = cbor.encode,
) -> Callable[[Links], object]:
    """An X.509 identity; `payload` changes what is signed, `change` the finished assertion."""

    def make(links: Links) -> object:
        said = payload({"referenced_assertions": list(links.values()), "sig_type": X509})
        signature = sign1(encode(said), signer or credential(), how)
        return change({"signer_payload": said, "signature": signature, "pad1": b""})

    return make


X509 = "cawg.x509.cose"
ICA = "cawg.identity_claims_aggregation"
SOCIAL = {
    "type": "cawg.social_media",
    "username": "secret-name",
    "uri": "https://example.com/secret-name",
    "verifiedAt": "2026-03-01T12:00:00Z",
    "provider": {"id": "https://example.com", "name": "Example"},
}


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(signer: Credential) -> dict[str, str]:
    """The signer's key as JWK."""
    public: Any = signer.key.public_key()
    if signer.alg is Alg.ED25519:
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": b64url(raw)}
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    half = len(point) // 2
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": b64url(point[1 : 1 + half]),
        "y": b64url(point[1 + half :]),
    }


def did(key: object) -> str:
    return "did:jwk:" + b64url(json.dumps(key).encode())


def by_aggregator(
    change: Callable[[dict[str, Any]], object] = same,
    signer: Credential | None = None,
    how: Callable[[bytes], Sealing] | None = None,
    payload: Callable[[dict[str, Any]], dict[str, Any]] = same,
) -> Callable[[Links], object]:
    """An identity of an aggregator with a `did:jwk`; `change` changes its credential."""
    by = signer or credential()

    def make(links: Links) -> object:
        said = payload({"referenced_assertions": list(links.values()), "sig_type": ICA})
        references = [
            {**one, "hash": base64.b64encode(one["hash"]).decode()}
            for one in said["referenced_assertions"]
        ]
        vc = change(
            {
                "@context": ["https://www.w3.org/ns/credentials/v2"],
                "type": ["VerifiableCredential", "IdentityClaimsAggregationCredential"],
                "issuer": did(jwk(by)),
                "validFrom": "2026-03-01T12:00:00Z",
                "credentialSubject": {
                    "verifiedIdentities": [SOCIAL],
                    "c2paAsset": {**said, "referenced_assertions": references},
                },
            }
        )
        # Of one length, so that the place of the store in the file can settle.
        raw = vc if isinstance(vc, bytes) else json.dumps(vc).encode().ljust(16_384)
        sealing = how(raw) if how else sealed(raw)
        return {"signer_payload": said, "signature": sign1(raw, by, sealing), "pad1": b""}

    return make


def sealed(raw: bytes, more: dict[int | str, object] | None = None) -> Sealing:
    """How a credential is signed; `more` are headers, or None for those to be left out."""
    headers: dict[int | str, object] = {3: "application/vc", 33: None}
    return Sealing(payload=raw, protected=headers | (more or {}))


def codes(value: Sequence[str]) -> list[str]:
    return [one for one in value if one not in {"cawg.invalid", "cawg.unlisted", "cawg.expired"}]
