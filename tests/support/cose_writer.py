"""COSE_Sign1 (RFC 9052) as C2PA claim signatures use it, with time-stamps and OCSP in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from support import tsa
from support.pki import Alg, Who

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

    from support.pki import Credential

_COSE_ALG = {Alg.ES256: -7, Alg.ES384: -35, Alg.PS256: -37, Alg.ED25519: -8}
_X5CHAIN = 33


class ChainPlace(StrEnum):
    """Which header carries the certificates: under label 33, or under the text `x5chain`.

    The SDK finds the first and the last; the registered label outside the protected header it
    does not find.
    """

    PROTECTED = "protected"
    UNPROTECTED = "unprotected"
    UNPROTECTED_TEXT = "unprotected_text"


class StampHeader(StrEnum):
    """Which unprotected header carries the time-stamp, and so what it is taken over."""

    CLAIM = "sigTst"
    SIGNATURE = "sigTst2"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp to be made: when, by whom, in which header."""

    when: datetime
    who: Who = Who.TSA
    header: StampHeader = StampHeader.SIGNATURE


def raw_sign(key: CertificateIssuerPrivateKeyTypes, alg: Alg, message: bytes) -> bytes:
    """Sign as RFC 9053 says: ECDSA as two fixed-length integers, PS256 with a 32 byte salt."""
    match key:
        case ec.EllipticCurvePrivateKey():
            digest = hashes.SHA384() if alg is Alg.ES384 else hashes.SHA256()
            r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
            size = (key.curve.key_size + 7) // 8
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        case rsa.RSAPrivateKey():
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return key.sign(message, pss, hashes.SHA256())
        case ed25519.Ed25519PrivateKey():
            return key.sign(message)
    raise TypeError(type(key).__name__)


def sign1(
    payload: bytes,
    signer: Credential,
    *,
    key: CertificateIssuerPrivateKeyTypes | None = None,
    stamp: Stamp | None = None,
    ocsp: tuple[bytes, ...] = (),
    place: ChainPlace = ChainPlace.PROTECTED,
) -> bytes:
    """A tagged COSE_Sign1 with a detached payload.

    `key` signs in place of the signer's own: the certificates are then only claimed. `ocsp` are
    DER responses for the `rVals` header.
    """
    certs = signer.chain_der
    chain = certs if len(certs) > 1 else certs[0]
    protected: dict[int | str, object] = {1: _COSE_ALG[signer.alg]}
    unprotected: dict[int | str, object] = {}
    match place:
        case ChainPlace.PROTECTED:
            protected[_X5CHAIN] = chain
        case ChainPlace.UNPROTECTED:
            unprotected[_X5CHAIN] = chain
        case ChainPlace.UNPROTECTED_TEXT:
            unprotected["x5chain"] = chain
    header = cbor2.dumps(protected)
    to_be_signed = cbor2.dumps(["Signature1", header, b"", payload])
    signature = raw_sign(key or signer.key, signer.alg, to_be_signed)
    if stamp is not None:
        value = _stamp(stamp, header, payload, signature)
        unprotected[stamp.header.value] = {"tstTokens": [{"val": value}]}
    if ocsp:
        unprotected["rVals"] = {"ocspVals": list(ocsp)}
    return cbor2.dumps(cbor2.CBORTag(18, [header, unprotected, None, signature]))


def stamped_message(header: bytes, data: bytes) -> bytes:
    """What a time-stamp is taken over: a COSE countersignature structure around `data`."""
    return cbor2.dumps(["CounterSignature", header, b"", data])


def _stamp(stamp: Stamp, header: bytes, payload: bytes, signature: bytes) -> bytes:
    if stamp.header is StampHeader.CLAIM:
        return tsa.response(stamped_message(header, payload), stamp.when, stamp.who)
    message = stamped_message(header, cbor2.dumps(signature))
    return tsa.token(message, stamp.when, stamp.who)
