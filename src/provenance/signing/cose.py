"""Reading a COSE_Sign1 (RFC 9052) out of a `c2pa.signature` box: fields, no judgement."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from provenance.base import cbor
from provenance.signing.chain_answer import CoseSignature, TimeStampToken

MAX_CERTIFICATES = 64  # of one x5chain; real ones hold at most five
MAX_TOKENS = 8
MAX_CRITICAL = 16  # labels of one `crit`
MAX_LABEL = 64  # characters of one
# Tag 18, in the shortest form and in longer ones; cbor2 would make what it wraps immutable.
_TAGS = (b"\xd2", *(bytes((0xD8 + n,)) + (18).to_bytes(1 << n, "big") for n in range(4)))
_TAGGED = 6  # the major type of a tag (RFC 8949 section 3.1)
_ALG, _CRIT, _CONTENT_TYPE = 1, 2, 3
_CHAIN_LABELS = (33, "x5chain")  # RFC 9360, and what was written before it
# What a signer may call critical here: alg, crit, content type, kid (RFC 9052 section 3.1), the
# certificates, and `iat`, which C2PA 2.4 section 13.2.4 leaves without effect.
_UNDERSTOOD = frozenset({_ALG, _CRIT, _CONTENT_TYPE, 4, *_CHAIN_LABELS, "iat"})


class CoseError(ValueError):
    """Bytes that are no COSE_Sign1. The message says why."""


def read_cose(data: bytes) -> CoseSignature:
    """Read a COSE_Sign1_Tagged structure of at most 1 MiB. Raises CoseError.

    Every signature of C2PA is one (2.4 section 13.2.3): with another tag it is something else, such
    as a MAC, and without one it is nothing that a reader could tell.

    The certificates may be in the protected or the unprotected header, under 33 or `x5chain`
    (C2PA 2.4 section 14.5); where there are both labels, 33 counts and the other does not, whatever
    its value is. One label in both headers names two credentials, which makes the signature
    malformed. So does a `crit` that breaks a rule of RFC 9052 section 3.1: outside the protected
    header, empty, or naming a header that is not there.
    """
    protected, headers, unprotected, payload, signature = _sign1(data)
    for key in _CHAIN_LABELS:
        if key in headers and key in unprotected:
            raise CoseError(f"certificates are under {key} in both headers")
    if _CRIT in unprotected:
        raise CoseError("crit is outside the protected header")
    algorithm = headers.get(_ALG)
    return CoseSignature(
        algorithm=algorithm if isinstance(algorithm, int) else None,
        protected=protected,
        signature=signature,
        certificates=_chain(headers, unprotected),
        time_stamps=(*_tokens(unprotected, "sigTst2"), *_tokens(unprotected, "sigTst")),
        ocsp=_responses(_under(unprotected, "rVals", "ocspVals")),
        payload=payload,
        not_understood=_not_understood(headers),
        claimed_time=_numeric_date(headers.get("iat")),
        content_type=headers.get(_CONTENT_TYPE),
    )


class _Sign1(NamedTuple):
    """The fields of a COSE_Sign1 (RFC 9052 section 4.2); `headers` is `protected`, decoded."""

    protected: bytes
    headers: dict[Any, Any]
    unprotected: dict[Any, Any]
    payload: bytes | None
    signature: bytes


def _sign1(data: bytes) -> _Sign1:
    """Return the fields of a structure that has the right tag, no other, and the right types."""
    try:
        tag = next((prefix for prefix in _TAGS if data.startswith(prefix)), None)
        if tag is None:
            raise CoseError("not a COSE_Sign1_Tagged: it does not begin with tag 18")
        inner = data[len(tag) :]
        outer, tagged = cbor.decode_and_note(inner)
        if not isinstance(outer, list | tuple) or len(outer) != 4:
            raise CoseError("not an array of four")
        if tagged and (inner[0] >> 5 == _TAGGED or cbor.tags_an_item(inner)):
            raise CoseError("a tag within the structure, where RFC 9052 section 4.2 has none")
        protected, unprotected, payload, signature = outer
        if not isinstance(protected, bytes) or not isinstance(signature, bytes):
            raise CoseError("the protected header or the signature is not a byte string")
        if payload is not None and not isinstance(payload, bytes):
            raise CoseError("the payload is neither nil nor a byte string")
        headers, noted = cbor.decode_and_note(protected) if protected else ({}, False)
        if (noted and _is_tagged(headers, cbor.marked(protected))) or (
            tagged and _is_tagged(unprotected, cbor.marked(inner)[1])
        ):
            raise CoseError("a tag on the algorithm or the certificates, which have none")
    except cbor.CborError as e:
        raise CoseError(str(e)) from e
    if not isinstance(headers, dict) or not isinstance(unprotected, dict):
        raise CoseError("a header that is not a map")
    return _Sign1(protected, headers, unprotected, payload, signature)


def _is_tagged(header: Any, marked: Any) -> bool:
    """Tell whether a tag makes something else of a header's algorithm or certificates."""
    if not isinstance(header, dict) or not isinstance(marked, dict):
        return isinstance(marked, cbor.Tagged)
    for label in (_ALG, *_CHAIN_LABELS):
        value = marked.get(label)
        values = value if isinstance(value, list | tuple) else (value,)
        if label in header and (
            label not in marked or any(isinstance(v, cbor.Tagged) for v in values)
        ):
            return True
    return False


def _numeric_date(value: Any) -> datetime | None:
    """Seconds since 1970 (RFC 8392 section 2), as a time; anything else is none."""
    if type(value) not in {int, float}:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _not_understood(headers: dict[Any, Any]) -> tuple[str, ...]:
    """The labels that `crit` lists and this program does not know, as text."""
    if _CRIT not in headers:
        return ()
    labels = headers[_CRIT]
    if not isinstance(labels, list | tuple) or not 0 < len(labels) <= MAX_CRITICAL:
        raise CoseError("crit is not a list of a few labels")
    if not all(type(label) in {int, str} and label in headers for label in labels):
        raise CoseError("crit names a header that is not there")
    return tuple(str(label)[:MAX_LABEL] for label in labels if label not in _UNDERSTOOD)


def _chain(headers: dict[Any, Any], unprotected: dict[Any, Any]) -> tuple[bytes, ...]:
    held = (bucket for key in _CHAIN_LABELS for bucket in (headers, unprotected) if key in bucket)
    header = next(held, {})
    value = next((header[key] for key in _CHAIN_LABELS if key in header), None)
    return (value,) if isinstance(value, bytes) else _bytes_list(value)


def _tokens(header: dict[Any, Any], key: str) -> tuple[TimeStampToken, ...]:
    """The tokens of a header; an empty one where the header is there and a token is not."""
    if key not in header:
        return ()
    entries = _under(header, key, "tstTokens")
    held = entries[:MAX_TOKENS] if isinstance(entries, list | tuple) else ()
    values = [e.get("val") if isinstance(e, dict) else None for e in held] or [None]
    return tuple(TimeStampToken(key, v if isinstance(v, bytes) else b"") for v in values)


def _under(header: dict[Any, Any], key: str, inner: str) -> Any:
    value = header.get(key)
    return value.get(inner) if isinstance(value, dict) else None


def _responses(value: Any) -> tuple[bytes, ...]:
    """Every response: the header is not signed, so a bound on their number could hide one."""
    if not isinstance(value, list | tuple):
        return ()
    return tuple(v for v in value if isinstance(v, bytes))


def _bytes_list(value: Any) -> tuple[bytes, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(v for v in value[:MAX_CERTIFICATES] if isinstance(v, bytes))
