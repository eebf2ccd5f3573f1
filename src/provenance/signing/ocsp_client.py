"""Asking OCSP responders over the network, for `--ocsp` alone (RFC 6960, RFC 5019).

The answer is evidence like a stapled one: it is checked by `provenance.signing.revocation`, so the
connection need not be trusted, and plain HTTP is what certificates name. Only signers that reach a
list are asked about: the responder of any other is whatever the signer wrote into a certificate,
and calling it would tell a stranger that a file is being examined.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from provenance.base import network
from provenance.signing import der, extensions, revocation

if TYPE_CHECKING:
    from provenance.base.network import Call
    from provenance.signing.certificate import Certificate

MAX_CALLS = 8  # until `take`, so of one file; a redirect is another call
MAX_SECONDS = 20.0  # of calls for one file
MAX_ANSWERS = 4096  # kept
MAX_ADDRESSES = 2  # of one certificate
MAX_GET_CHARACTERS = 255  # RFC 5019 section 5

_SCHEMES = frozenset({"http", "https"})
_TYPE, _ANSWER_TYPE = "application/ocsp-request", "application/ocsp-response"
_SHA1 = bytes.fromhex("300906052b0e03021a0500")


def request(leaf: Certificate, issuer: Certificate) -> bytes:
    """An OCSPRequest for one certificate in DER, without a nonce, as caches want it.

    The certificate is named by SHA-1, which every responder understands (RFC 5019 section 2.1.1)
    and which protects nothing here.
    """

    def sha1_octets(data: bytes) -> bytes:
        return der.encode(der.OCTET_STRING, hashlib.sha1(data, usedforsecurity=False).digest())

    serial = leaf.serial.to_bytes((leaf.serial.bit_length() + 8) // 8, "big", signed=True)
    identity = _SHA1 + sha1_octets(leaf.issuer) + sha1_octets(revocation.key_bits(issuer))
    encoded = identity + der.encode(der.INTEGER, serial)
    for _ in ("CertID", "Request", "requestList", "TBSRequest", "OCSPRequest"):
        encoded = der.encode(der.SEQUENCE, encoded)
    return encoded


class OcspClient:
    """Asks about each certificate once in a run and keeps a record of every call.

    For one file, which is until `take`, it makes at most `MAX_CALLS` calls that take at most
    `MAX_SECONDS` together: a file names the responders, and as many as it likes. `scope` is for
    tests, which run a responder on this computer, as is the length of a file's time. Not to be
    shared between threads.
    """

    def __init__(
        self, scope: network.Scope = network.Scope.PUBLIC, seconds: float = MAX_SECONDS
    ) -> None:
        self._scope = scope
        self._seconds = self._left = seconds
        self._left_out = False
        self._answers: dict[tuple[str, str], tuple[bytes, ...]] = {}
        self._calls: list[Call] = []

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls since the last `take`, in order: address, status, bytes, seconds, fault."""
        return tuple(self._calls)

    def take(self) -> tuple[Call, ...]:
        """The calls since the last `take`, for the report on one file."""
        taken = self.calls
        self._calls.clear()
        self._left = self._seconds
        return taken

    def ask(self, leaf: Certificate, issuer: Certificate) -> tuple[bytes, ...] | None:
        """The responses of the responders that `leaf` names; empty where none answered.

        `None` where the file's calls or seconds were used up first; nothing of that is remembered
        for other files. Never raises: a call that fails is in `calls`.
        """
        key = (leaf.sha256, issuer.sha256)
        if key not in self._answers:
            if len(self._answers) >= MAX_ANSWERS:
                self._answers.clear()
            addresses = extensions.ocsp_addresses(leaf)[:MAX_ADDRESSES]
            self._left_out = False
            answers = self._ask(addresses, request(leaf, issuer))
            if not answers and self._left_out:
                return None
            self._answers[key] = answers
        return self._answers[key]

    def _ask(self, addresses: tuple[str, ...], body: bytes) -> tuple[bytes, ...]:
        for address in addresses:
            short = f"{address.rstrip('/')}/{quote(base64.b64encode(body), safe='')}"
            content, reached = None, True
            if len(short) <= MAX_GET_CHARACTERS:
                content, reached = self._call(short, None)
            if content is None and reached:
                content, _ = self._call(address, body)
            if content is not None:
                return (content,)
        return ()

    def _call(self, url: str, body: bytes | None) -> tuple[bytes | None, bool]:
        """The answer, and whether there was a server that answered at all."""
        so_far = len(self._calls) + sum(len(earlier.redirects) for earlier in self._calls)
        if so_far >= MAX_CALLS or self._left <= 0:
            self._left_out = True
            return None, False
        headers = {"Accept": _ANSWER_TYPE}
        if body is not None:
            headers["Content-Type"] = _TYPE
        timeout = min(network.TIMEOUT, self._left)
        asked = network.NetworkRequest(
            url, revocation.MAX_RESPONSE_BYTES, body, headers, timeout=timeout
        )
        content, call = network.call(asked, self._scope, _SCHEMES)
        self._calls.append(call)
        self._left -= call.seconds
        return content, call.status is not None
