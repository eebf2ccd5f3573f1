"""Time-stamps on signed statements: the request to take elsewhere, the token that comes back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from provenance.auditing import dsse
from provenance.base.errors import EvidenceError, reason_of
from provenance.base.files import read_small
from provenance.base.text import printable_path
from provenance.signing import timestamp
from provenance.signing.cache import ChainCache
from provenance.signing.der import DerError

if TYPE_CHECKING:
    from provenance.auditing.dsse import EnvelopeSignature
    from provenance.signing.chain_answer import TimeStamp
    from provenance.signing.trust_store import TrustStore

HEADER = "rfc3161"  # the field of a signature that holds the token


def check_token(signature: EnvelopeSignature, trust: TrustStore) -> TimeStamp:
    """Verify the token over a signature. Never raises: what is wrong is in the answer.

    It counts where its authority was valid at the time that it states, and leads to an anchor for
    time-stamps of `trust` (RFC 3161, C2PA 2.4 section 15.8.2).
    """
    stamp, _ = timestamp.timestamp_verdict(
        HEADER, signature.token, signature.sig, trust=trust, cache=ChainCache()
    )
    return stamp


def read_token(path: str | os.PathLike[str], signature: EnvelopeSignature) -> bytes:
    """Read a token, or the response around it, that a user got elsewhere.

    Raises EvidenceError `timestamp.unavailable` for one that is not about this signature.
    """
    name = printable_path(os.fspath(path))
    try:
        data = read_small(path, timestamp.MAX_TOKEN_BYTES)
        timestamp.read_over(data, signature.sig)
    except OSError as e:
        raise EvidenceError("timestamp.unavailable", f"{name}: {reason_of(e)}") from e
    except DerError as e:
        raise EvidenceError("timestamp.unavailable", f"{name}: cannot be used: {e}") from e
    return data


def read_single(path: str | os.PathLike[str]) -> tuple[dict[str, Any], EnvelopeSignature]:
    """Read a statement with one signature: the envelope as it is in the file, and the signature.

    Raises EvidenceError `statement.unreadable`.
    """
    name = printable_path(os.fspath(path))
    envelope, top = dsse.read_envelope(path, "statement")
    if len(envelope.signatures) != 1:
        message = f"statement {name}: several signatures; a time-stamp goes with one"
        raise EvidenceError("statement.unreadable", message)
    return top, envelope.signatures[0]


def with_token(top: dict[str, Any], token: bytes) -> bytes:
    """Return an envelope of one signature with a token in it, in place of any before, as JSON."""
    top["signatures"][0][HEADER] = dsse.encoded(token)
    return dsse.to_json(top)
