"""Dead Simple Signing Envelope (DSSE 1.0): a payload, its type, and signatures over both.

https://github.com/secure-systems-lab/dsse, `protocol.md` and `envelope.md`.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from provenance.base.errors import EvidenceError, reason_of
from provenance.base.files import read_small
from provenance.base.json_text import JsonError, parse_unique
from provenance.base.text import printable_path

if TYPE_CHECKING:
    from provenance.auditing.statement_keys import PublicKey, SigningKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"  # of an in-toto statement
MAX_BYTES = 64 << 20  # of an envelope
MAX_SIGNATURES = 100
_NOT_ONE = "not an envelope of a signed statement (DSSE)"
_MAX_MARKS = 10_000  # brackets, commas and quotes: base64 has none


@dataclass(frozen=True, slots=True)
class EnvelopeSignature:
    """One signature, and the RFC 3161 time-stamp token over its bytes; empty where there is none.

    The token is in the field `rfc3161`, which readers of the protocol ignore, as it tells them to.
    """

    sig: bytes
    token: bytes = b""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope that was read. Nothing in it is proven until `signature_by` has found a key's."""

    payload_type: str
    payload: bytes
    signatures: tuple[EnvelopeSignature, ...]

    def signature_by(self, key: PublicKey) -> EnvelopeSignature | None:
        """Return the signature that a key made, None where it made none.

        The envelope's `keyid` is a mere hint, and is not looked at.
        """
        data = pae(self.payload_type, self.payload)
        return next(
            (signature for signature in self.signatures if key.verifies(signature.sig, data)), None
        )


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed, the pre-authentication encoding: type and payload with their lengths.

    Lengths are of bytes, in decimal.
    """
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sealed(payload: bytes, key: SigningKey) -> Sealed:
    """Sign an in-toto statement."""
    return Sealed(payload, key.public.keyid, key.sign(pae(PAYLOAD_TYPE, payload)))


@dataclass(frozen=True, slots=True)
class Sealed:
    """An envelope of an in-toto statement with one signature, and the key's digest as its hint."""

    payload: bytes
    keyid: str
    sig: bytes

    def to_json(self, token: bytes = b"") -> bytes:
        """Return the envelope as JSON. `token` is an RFC 3161 time-stamp token over `sig`."""
        signature = {"keyid": self.keyid, "sig": encoded(self.sig)}
        if token:
            signature["rfc3161"] = encoded(token)
        envelope = {
            "payload": encoded(self.payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [signature],
        }
        return to_json(envelope)


def to_json(envelope: dict[str, Any]) -> bytes:
    """Return an envelope as the text of a file."""
    return json.dumps(envelope, indent=2).encode("ascii") + b"\n"


def read_envelope(path: str | os.PathLike[str], what: str) -> tuple[Envelope, dict[str, Any]]:
    """Read an envelope from a file, and the JSON that it is; `what` is its name in messages.

    Raises EvidenceError `statement.unreadable`.
    """
    name = printable_path(os.fspath(path))
    try:
        data = read_small(path, MAX_BYTES)
    except OSError as e:
        message = f"{what} {name}: {reason_of(e)}"
        raise EvidenceError("statement.unreadable", message) from e
    return parsed(data, f"{what} {name}")


def parsed(data: bytes, name: str) -> tuple[Envelope, dict[str, Any]]:
    """Return the envelope that some bytes are, and their JSON; `name` is for messages.

    Raises EvidenceError `statement.unreadable`.
    """
    try:
        top = _json(data)
        return _envelope(top), top
    except EvidenceError as e:
        raise EvidenceError("statement.unreadable", f"{name}: {e}") from e


def _json(data: bytes) -> Any:
    try:
        if sum(map(data.count, (b"[", b"{", b",", b'"'))) > _MAX_MARKS:
            raise JsonError("too many parts")
        return parse_unique(data, MAX_BYTES)
    except JsonError as e:
        raise EvidenceError("statement.unreadable", _NOT_ONE) from e


def _envelope(top: Any) -> Envelope:
    try:
        listed = top["signatures"]
        if not isinstance(top["payloadType"], str) or not isinstance(listed, list):
            raise TypeError
        if not 0 < len(listed) <= MAX_SIGNATURES:
            raise ValueError
        top["payloadType"].encode("utf-8")  # as it is signed: a lone surrogate cannot be
        return Envelope(
            top["payloadType"],
            _decoded(top["payload"]),
            tuple(
                EnvelopeSignature(_decoded(e["sig"]), _decoded(e.get("rfc3161", "")))
                for e in listed
            ),
        )
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as e:
        raise EvidenceError("statement.unreadable", _NOT_ONE) from e


def encoded(data: bytes) -> str:
    """Return bytes as an envelope has them: base64."""
    return base64.b64encode(data).decode("ascii")


def _decoded(value: Any) -> bytes:
    """Decode base64 in its standard or its URL-safe alphabet; the protocol allows both."""
    if not isinstance(value, str):
        raise TypeError
    try:
        return base64.b64decode(value.translate(_URL_SAFE), validate=True)
    except binascii.Error as e:
        raise ValueError from e


_URL_SAFE = str.maketrans("-_", "+/")
