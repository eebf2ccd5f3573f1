"""COSE_Sign1 (RFC 9052) as C2PA claim signatures use it, with time-stamps and OCSP in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from provenance.base import cbor
from provenance.kit import stamps
from provenance.kit.keys import COSE_ALG, cose_sign, der_signature

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from provenance.kit.certificates import Credential
    from provenance.kit.keys import Alg, PrivateKey
    from provenance.kit.stamps import Authority, TokenOptions

X5CHAIN = 33  # RFC 9360


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
    """A time-stamp to be made: when, by whom, in which header.

    `other` takes it over other bytes than the signature's. `tokens` changes the list of finished
    tokens: damages them, or adds one.
    """

    when: datetime
    authority: Authority
    header: StampHeader = StampHeader.SIGNATURE
    options: TokenOptions | None = None
    other: bool = False
    tokens: Callable[[list[bytes]], list[bytes]] | None = None


@dataclass(frozen=True, slots=True)
class Sealing:
    """How a claim is signed; every default is sound.

    `key` signs in place of the signer's own: the certificates are then only claimed. `ocsp` are
    DER responses for the `rVals` header. `protected` and `unprotected` are headers that win over
    the computed ones; None takes one out. `payload` stands in the structure, which is detached
    otherwise.
    """

    key: PrivateKey | None = None
    alg: Alg | None = None
    stamp: Stamp | None = None
    ocsp: tuple[bytes, ...] = ()
    place: ChainPlace = ChainPlace.PROTECTED
    protected: dict[int | str, object] = field(default_factory=dict)
    unprotected: dict[int | str, object] = field(default_factory=dict)
    payload: bytes | None = None
    untagged: bool = False
    der: bool = False
    """An ECDSA signature is written as X.509 does it."""


SOUND = Sealing()


def sign1(payload: bytes, signer: Credential, how: Sealing = SOUND) -> bytes:
    """A tagged COSE_Sign1 with a detached payload."""
    certs = signer.chain_der
    chain = certs if len(certs) > 1 else certs[0]
    alg = how.alg or signer.alg
    protected: dict[int | str, object] = {1: COSE_ALG[alg]}
    unprotected: dict[int | str, object] = {}
    match how.place:
        case ChainPlace.PROTECTED:
            protected[X5CHAIN] = chain
        case ChainPlace.UNPROTECTED:
            unprotected[X5CHAIN] = chain
        case ChainPlace.UNPROTECTED_TEXT:
            unprotected["x5chain"] = chain
    header = cbor.encode(_merged(protected, how.protected))
    to_be_signed = cbor.encode(["Signature1", header, b"", payload])
    signature = cose_sign(how.key or signer.key, alg, to_be_signed)
    if how.der:
        signature = der_signature(signature)
    if how.stamp is not None:
        values = _stamp(how.stamp, header, payload, signature)
        unprotected[how.stamp.header.value] = {"tstTokens": [{"val": v} for v in values]}
    if how.ocsp:
        unprotected["rVals"] = {"ocspVals": list(how.ocsp)}
    parts: list[Any] = [header, _merged(unprotected, how.unprotected), how.payload, signature]
    return cbor.encode(parts) if how.untagged else cbor.tagged(cbor.COSE_SIGN1, parts)


def _merged(
    computed: dict[int | str, object], given: dict[int | str, object]
) -> dict[int | str, object]:
    return {key: value for key, value in (computed | given).items() if value is not None}


def stamped_message(header: bytes, data: bytes) -> bytes:
    """What a time-stamp is taken over: a COSE countersignature structure around `data`."""
    return cbor.encode(["CounterSignature", header, b"", data])


def _stamp(stamp: Stamp, header: bytes, payload: bytes, signature: bytes) -> list[bytes]:
    options = stamp.options or stamps.SOUND
    if stamp.header is StampHeader.CLAIM:
        message = stamped_message(header, payload)
        options = stamps.as_response(options)
    else:
        message = stamped_message(header, cbor.encode(signature))
    if stamp.other:
        message = b"other bytes"
    tokens = [stamps.token(message, stamp.when, stamp.authority, options)]
    return stamp.tokens(tokens) if stamp.tokens else tokens
