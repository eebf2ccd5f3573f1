"""Dead Simple Signing Envelope (DSSE 1.0): a payload, its type, and signatures over both.

https://github.com/secure-systems-lab/dsse, `protocol.md` and `envelope.md`.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from provenance.base.errors import EvidenceError

if TYPE_CHECKING:
    from provenance.auditing.keys import PublicKey, SigningKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"  # of an in-toto statement
MAX_BYTES = 64 << 20  # of an envelope
MAX_SIGNATURES = 100


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope that was read. Nothing in it is proven until `signed_by` says so."""

    payload_type: str
    payload: bytes
    signatures: tuple[bytes, ...]

    def signed_by(self, key: PublicKey) -> bool:
        """Tell whether a key made one of the signatures; the envelope's `keyid` is a mere hint."""
        data = pae(self.payload_type, self.payload)
        return any(key.verifies(signature, data) for signature in self.signatures)


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed, the pre-authentication encoding: type and payload with their lengths.

    Lengths are of bytes, in decimal.
    """
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, key: SigningKey) -> bytes:
    """Return an envelope of an in-toto statement with one signature, as JSON."""
    signature = key.sign(pae(PAYLOAD_TYPE, payload))
    envelope = {
        "payload": base64.b64encode(payload).decode("ascii"),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [
            {"keyid": key.public.keyid, "sig": base64.b64encode(signature).decode("ascii")}
        ],
    }
    return json.dumps(envelope, indent=2).encode("ascii") + b"\n"


def parse(data: bytes) -> Envelope:
    """Read an envelope. Raises EvidenceError `statement.unreadable`."""
    try:
        top = json.loads(data)
        listed = top["signatures"]
        if not isinstance(top["payloadType"], str) or not isinstance(listed, list):
            raise TypeError
        if not 0 < len(listed) <= MAX_SIGNATURES:
            raise ValueError
        top["payloadType"].encode("utf-8")  # as it is signed: a lone surrogate cannot be
        return Envelope(
            top["payloadType"],
            _decoded(top["payload"]),
            tuple(_decoded(entry["sig"]) for entry in listed),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as e:
        message = "not an envelope of a signed statement (DSSE)"
        raise EvidenceError("statement.unreadable", message) from e


def _decoded(value: Any) -> bytes:
    """Decode base64 in its standard or its URL-safe alphabet; the protocol allows both."""
    if not isinstance(value, str):
        raise TypeError
    try:
        return base64.b64decode(value.translate(_URL_SAFE), validate=True)
    except binascii.Error as e:
        raise ValueError from e


_URL_SAFE = str.maketrans("-_", "+/")
