"""CAWG identity assertions with an X.509 credential (CAWG Identity Assertion 1.2 section 8.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base import cbor
from provenance.kit.claims import Assertion, Linked
from provenance.kit.cose import sign1
from provenance.kit.pki_specs import Who

if TYPE_CHECKING:
    from provenance.kit.claims import Manifest
    from provenance.kit.sample import Bench


def with_identity(bench: Bench, manifest: Manifest, *, forged: bool = False) -> Manifest:
    """Add an identity that vouches for every other assertion, the hard binding among them.

    `forged` signs another payload than the one that is written.
    """
    signer = bench.pki.credential(Who.IDENTITY)

    def content(links: dict[str, dict[str, object]]) -> object:
        # In the order in which c2pa-rs writes and reads it: it signs the payload as it encodes it.
        payload = {"referenced_assertions": list(links.values()), "sig_type": "cawg.x509.cose"}
        signed = {**payload, "sig_type": "other"} if forged else payload
        signature = sign1(cbor.encode(signed), signer)
        return {"signer_payload": payload, "signature": signature, "pad1": b""}

    identity = Assertion("cawg.identity", Linked(content), created=False)
    return replace(manifest, assertions=(*manifest.assertions, identity))
