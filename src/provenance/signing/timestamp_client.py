"""Asking a time-stamp authority, for `--timestamp URL` alone (RFC 3161).

What goes out is a digest of a signature, and a random number: nothing of the file that was signed
about. The answer is checked by `provenance.signing.timestamp`, like a token out of a file.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from provenance.base import network
from provenance.base.errors import EvidenceError
from provenance.signing import der, timestamp
from provenance.signing.der import DerError

if TYPE_CHECKING:
    from collections.abc import Callable

_SCHEMES = frozenset({"http", "https"})
_TYPE = "application/timestamp-query"
_SHA256 = bytes.fromhex("300d06096086480165030402010500")  # AlgorithmIdentifier, RFC 5754
_NONCE_BITS = 64


def request(message: bytes, nonce: int | None = None) -> bytes:
    """Return a TimeStampReq over SHA-256 of `message` in DER (RFC 3161 section 2.4.1).

    It asks for the authority's certificates, without which a token cannot be checked later.
    `nonce` is not negative.
    """
    imprint = der.encode(
        der.SEQUENCE, _SHA256 + der.encode(der.OCTET_STRING, hashlib.sha256(message).digest())
    )
    parts = der.encode(der.INTEGER, b"\x01") + imprint
    if nonce is not None:
        parts += der.encode(der.INTEGER, _integer(nonce))
    return der.encode(der.SEQUENCE, parts + der.encode(der.BOOLEAN, b"\xff"))


def fetch(
    url: str,
    message: bytes,
    scope: network.Scope = network.Scope.PUBLIC,
    random: Callable[[int], int] = secrets.randbits,
) -> bytes:
    """Return the token (or the response around it) that an authority gives over `message`.

    The user named the address, so `scope` may allow this computer or a private network. Raises
    EvidenceError `timestamp.unavailable` where no answer came, or one that is not about `message`.
    """
    nonce = random(_NONCE_BITS)
    asked = network.NetworkRequest(
        url, timestamp.MAX_TOKEN_BYTES, request(message, nonce), {"Content-Type": _TYPE}
    )
    content, call = network.call(asked, scope, _SCHEMES)
    if content is None:
        raise EvidenceError("timestamp.unavailable", f"{url}: {call.error}")
    try:
        token = timestamp.read_over(content, message)
    except DerError as e:
        message_ = f"{url}: the answer cannot be used: {e}"
        raise EvidenceError("timestamp.unavailable", message_) from e
    if token.nonce != nonce:  # RFC 3161 section 2.4.2: it is repeated, always
        raise EvidenceError("timestamp.unavailable", f"{url}: the answer is to another request")
    return content


def _integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")
