"""Keys for segments of live video (C2PA 2.4, 18.25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from provenance.base import cbor
from provenance.kit.claims import NewAssertion
from provenance.kit.keys import Alg, KeyKind, cose_sign, private_key
from provenance.kit.pki_specs import Who

if TYPE_CHECKING:
    from provenance.kit.sample import Bench

_EC2, _P256, _ES256, _SIZE = 2, 1, -7, 32


def session_keys(bench: Bench, *, bound_to: Who = Who.MAIN) -> NewAssertion:
    """One key, which signs for the certificate of a signer."""
    key = private_key(bench.pki.seed, f"session-key/{bench.name}", KeyKind.P256)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - asked for just now
    point = key.public_key().public_numbers()
    header = cbor.encode({1: _ES256})
    certificate = bench.pki.credential(bound_to).chain_der[0]
    signature = cose_sign(key, Alg.ES256, cbor.encode(["Signature1", header, b"", certificate]))
    session_key = {
        "key": {
            1: _EC2,
            2: b"key_001",
            -1: _P256,
            -2: point.x.to_bytes(_SIZE),
            -3: point.y.to_bytes(_SIZE),
        },
        "minSequenceNumber": 1,
        "createdAt": f"{bench.signed_at:%Y-%m-%dT%H:%M:%SZ}",
        "validityPeriod": 3_600,
        "signerBinding": [header, {}, None, signature],
    }
    return NewAssertion("c2pa.session-keys", {"keys": [session_key]})
