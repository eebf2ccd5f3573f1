"""Reading a COSE_Sign1 (RFC 9052) out of a `c2pa.signature` box: fields, no judgement."""

from __future__ import annotations

from typing import Any

from provenance.base import cbor
from provenance.signing.model import CoseSignature, TimeStampToken

MAX_CERTIFICATES = 64  # of one x5chain; real ones hold at most five
MAX_TOKENS = 8
_TAG = b"\xd2"  # COSE_Sign1_Tagged; cbor2 would make what it wraps immutable
_ALG = 1
_CHAIN_LABELS = (33, "x5chain")  # RFC 9360, and what was written before it


class CoseError(ValueError):
    """Bytes that are no COSE_Sign1. The message says why."""


def read(data: bytes) -> CoseSignature:
    """Read a COSE_Sign1 structure of at most 1 MiB. Raises CoseError.

    The certificates may stand in the protected or the unprotected header, under 33 or `x5chain`
    (C2PA 2.4 section 14.5); under two labels the protected ones count, being signed. One label in
    both headers names two credentials, which makes the signature malformed.
    """
    try:
        outer = cbor.decode(data[1:] if data[:1] == _TAG else data)
        if not isinstance(outer, list | tuple) or len(outer) != 4:
            raise CoseError("not an array of four")
        protected, unprotected, _payload, signature = outer
        if not isinstance(protected, bytes) or not isinstance(signature, bytes):
            raise CoseError("the protected header or the signature is no byte string")
        headers = cbor.decode(protected) if protected else {}
    except cbor.CborError as e:
        raise CoseError(str(e)) from e
    if not isinstance(headers, dict) or not isinstance(unprotected, dict):
        raise CoseError("a header that is no map")
    for key in _CHAIN_LABELS:
        if key in headers and key in unprotected:
            raise CoseError(f"certificates stand under {key} in both headers")
    algorithm = headers.get(_ALG)
    return CoseSignature(
        algorithm=algorithm if isinstance(algorithm, int) else None,
        protected=protected,
        signature=signature,
        certificates=_chain(headers) or _chain(unprotected),
        time_stamps=(*_tokens(unprotected, "sigTst2"), *_tokens(unprotected, "sigTst")),
        ocsp=_bytes_list(_under(unprotected, "rVals", "ocspVals")),
    )


def _chain(header: dict[Any, Any]) -> tuple[bytes, ...]:
    for key in _CHAIN_LABELS:
        value = header.get(key)
        if isinstance(value, bytes):
            return (value,)
        if isinstance(value, list | tuple):
            return _bytes_list(value)
    return ()


def _tokens(header: dict[Any, Any], key: str) -> tuple[TimeStampToken, ...]:
    entries = _under(header, key, "tstTokens")
    if not isinstance(entries, list | tuple):
        return ()
    values = (e.get("val") for e in entries[:MAX_TOKENS] if isinstance(e, dict))
    return tuple(TimeStampToken(key, v) for v in values if isinstance(v, bytes))


def _under(header: dict[Any, Any], key: str, inner: str) -> Any:
    value = header.get(key)
    return value.get(inner) if isinstance(value, dict) else None


def _bytes_list(value: Any) -> tuple[bytes, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(v for v in value[:MAX_CERTIFICATES] if isinstance(v, bytes))
