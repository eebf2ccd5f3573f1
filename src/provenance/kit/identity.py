"""CAWG identity assertions of both kinds (CAWG Identity Assertion 1.2 sections 8.1 and 8.2)."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from provenance.base import cbor
from provenance.kit.claims import Linked, NewAssertion
from provenance.kit.cose_sign1 import X5CHAIN, Sealing, sign1
from provenance.kit.pki_specs import Who

if TYPE_CHECKING:
    from provenance.kit.claims import NewManifest
    from provenance.kit.keys import PrivateKey
    from provenance.kit.sample import Bench

_CONTENT_TYPE = 3  # RFC 9052 section 3.1


def with_identity(
    bench: Bench,
    manifest: NewManifest,
    *,
    forged: bool = False,
    unbound: bool = False,
    padding: bytes = b"",
) -> NewManifest:
    """Add an identity that vouches for every other assertion, the hard binding among them.

    `forged` signs another payload than the one that is written, `unbound` leaves the hard binding
    out, `padding` fills the space that is to be zeros.
    """
    signer = bench.pki.credential(Who.IDENTITY)

    def content(links: dict[str, dict[str, object]]) -> object:
        vouched = [link for name, link in links.items() if not (unbound and "c2pa.hash." in name)]
        # In the order in which c2pa-rs writes and reads it: it signs the payload as it encodes it.
        payload = {"referenced_assertions": vouched, "sig_type": "cawg.x509.cose"}
        signed = {**payload, "sig_type": "other"} if forged else payload
        signature = sign1(cbor.encode(signed), signer)
        return {"signer_payload": payload, "signature": signature, "pad1": padding}

    return _and(manifest, content)


def with_aggregated(bench: Bench, manifest: NewManifest, *, borrowed: bool = False) -> NewManifest:
    """Add an identity that an aggregator signed, whose key is in its name (`did:jwk`).

    `borrowed` is one that was made for other assertions, and put in here.
    """
    signer = bench.pki.credential(Who.ED25519)

    def content(links: dict[str, dict[str, object]]) -> object:
        payload = {
            "referenced_assertions": list(links.values()),
            "sig_type": "cawg.identity_claims_aggregation",
        }
        vouched = [_as_text(link) for link in links.values()]
        if borrowed:
            vouched = [{**link, "hash": _base64(bytes(32))} for link in vouched]
        subject = {
            "verifiedIdentities": [_SOMEONE],
            "c2paAsset": {**payload, "referenced_assertions": vouched},
        }
        credential = json.dumps(
            {
                "@context": [
                    "https://www.w3.org/ns/credentials/v2",
                    "https://cawg.io/identity/1.1/ica/context/",
                ],
                "type": ["VerifiableCredential", "IdentityClaimsAggregationCredential"],
                "issuer": _did(signer.key),
                "validFrom": "2020-01-01T00:00:00Z",
                "credentialSubject": subject,
            }
        ).encode()
        protected: dict[int | str, object] = {_CONTENT_TYPE: "application/vc", X5CHAIN: None}
        signature = sign1(credential, signer, Sealing(protected=protected, payload=credential))
        return {"signer_payload": payload, "signature": signature, "pad1": b""}

    return _and(manifest, content)


_SOMEONE = {
    "type": "cawg.social_media",
    "username": "kit-sample",
    "uri": "https://social.example/kit-sample",
    "verifiedAt": "2020-01-01T00:00:00Z",
    "provider": {"id": "https://social.example", "name": "Social Example"},
}


def _and(manifest: NewManifest, content: Any) -> NewManifest:
    identity = NewAssertion("cawg.identity", Linked(content), created=False)
    return replace(manifest, assertions=(*manifest.assertions, identity))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _as_text(entry: dict[str, Any]) -> dict[str, Any]:
    """A hashed URI as JSON has it: bytes are in base64 (8.1.2.6)."""
    return {**entry, "hash": _base64(entry["hash"])}


def _did(key: PrivateKey) -> str:
    """The name of an aggregator that is its key, of Ed25519."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": _base64url(raw)}
    return f"did:jwk:{_base64url(json.dumps(jwk).encode())}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
