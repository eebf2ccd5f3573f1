"""The one place that opens a connection, and only for a command that was asked to.

An OCSP responder's address comes out of a certificate, which anyone may write: the client must
not become a way into a private network. So every name is resolved once, every address it has must
be public, the connection goes to that very address, and a redirect is checked like a first call.
What a caller allows beyond that holds for the host it named, not for one that a redirect names;
nor does content or a secret follow to another host. Time and bytes are bounded, proxies and
credentials of the environment are not used.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from provenance.base.errors import TrustMaterialError
from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT = 10.0  # seconds for a whole call, redirects included
DOWNLOAD_TIMEOUT = 120.0
MAX_REDIRECTS = 3
MAX_URL_CHARACTERS = 2048
_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}


class Scope(StrEnum):
    """Where a call may go.

    `loopback` allows this computer as well, `private` also the address ranges of private networks.
    """

    PUBLIC = "public"
    LOOPBACK = "loopback"
    PRIVATE = "private"


class NetworkError(Exception):
    """A call that was refused or failed; the message says why."""


class _AddressRefusedError(NetworkError):
    """An address that may not be called: no connection was opened."""


@dataclass(frozen=True, slots=True)
class NetworkRequest:
    """One call. `limit` bounds the bytes of the answer, `timeout` the whole call in seconds.

    `secret` is the value of an `Authorization` header; only the host of `url` gets it.
    """

    url: str
    limit: int
    body: bytes | None = None
    headers: Mapping[str, str] | None = None
    timeout: float = TIMEOUT
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the report names it.

    `status` is the HTTP status, or `None` where there was no answer; `bytes` is the size of the
    answer, `seconds` how long it took, `error` why it failed, or empty. `redirects` are the further
    addresses that were called, `media_type` is what the server says the answer is, in lower case
    and without parameters. `sent` is false where `url` may not be called: no connection was opened.
    """

    url: str
    status: int | None
    bytes: int
    seconds: float
    error: str = ""
    redirects: tuple[str, ...] = ()
    media_type: str = ""
    sent: bool = True


@dataclass(frozen=True, slots=True)
class _NetworkAnswer:
    status: int
    location: str
    media_type: str
    content: bytes


def call(
    request: NetworkRequest, scope: Scope, schemes: frozenset[str]
) -> tuple[bytes | None, Call]:
    """Make a call over one of `schemes`. Never raises; without an answer the first item is None."""
    start = time.monotonic()
    status, content, reason, media_type = None, None, "", ""
    called: list[str] = []
    try:
        answer = _follow(request, scope, schemes, start + request.timeout, called)
        status, media_type = answer.status, answer.media_type
        if status == 200:
            content = answer.content
        else:
            reason = f"the server answered {status}"
    except NetworkError as fault:
        reason = str(fault)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        reason = f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__
    took = round(time.monotonic() - start, 3)
    size = len(content or b"")
    redirects = tuple(called[1:])
    attempt = Call(request.url, status, size, took, reason, redirects, media_type, bool(called))
    return content, attempt


def download(url: str, scope: Scope, limit: int) -> bytes:
    """Fetch a file over HTTPS (HTTP too with `Scope.LOOPBACK`). Raises `TrustMaterialError`."""
    schemes = {"https", "http"} if scope is Scope.LOOPBACK else {"https"}
    request = NetworkRequest(url, limit, timeout=DOWNLOAD_TIMEOUT)
    content, attempt = call(request, scope, frozenset(schemes))
    if content is None:
        raise TrustMaterialError(f"{url}: {attempt.error}")
    return content


def _follow(
    request: NetworkRequest,
    scope: Scope,
    schemes: frozenset[str],
    deadline: float,
    called: list[str],
) -> _NetworkAnswer:
    """Make the call and follow redirects; each address is added to `called` when it is called."""
    url, body = request.url, request.body
    named = _check(url, schemes)
    for _ in range(MAX_REDIRECTS + 1):
        parts = _check(url, schemes)
        at_home = (parts.hostname, _port(parts)) == (named.hostname, _port(named))
        if not at_home and body is not None:
            raise NetworkError("a redirect to another host, where the content is not sent")
        headers = _headers(request, with_secret=at_home)
        called.append(url)
        try:
            allowed_to = scope if at_home else _AWAY
            answer = _once(parts, body, request.limit, headers, allowed_to, deadline)
        except _AddressRefusedError:
            called.pop()
            raise
        if answer.status not in _REDIRECTS:
            return answer
        if not answer.location:
            raise NetworkError("a redirect without an address")
        target = urljoin(url, answer.location)
        if parts.scheme == "https" and urlsplit(target).scheme != "https":
            raise NetworkError("a redirect from https to something weaker")
        url = target
        if answer.status in {301, 302, 303}:
            body = None
    raise NetworkError(f"more than {MAX_REDIRECTS} redirects")


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _check(url: str, schemes: frozenset[str]) -> SplitResult:
    if len(url) > MAX_URL_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        raise NetworkError("not an address that can be called")
    parts = urlsplit(url)
    if parts.scheme not in schemes:
        raise NetworkError(f"the scheme is not {' or '.join(sorted(schemes))}")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise NetworkError("the address names no host, or a user")
    return parts


def _once(
    parts: SplitResult,
    body: bytes | None,
    limit: int,
    headers: dict[str, str],
    scope: Scope,
    deadline: float,
) -> _NetworkAnswer:
    host = parts.hostname or ""
    port = _port(parts)
    connected = _connect(host, port, scope, deadline)
    connection = http.client.HTTPConnection(host, port)
    # A server that sends a byte now and then would outlast the timeout of each read.
    held = [connected]
    alarm = threading.Timer(_left(deadline), _hang_up, (held,))
    alarm.daemon = True
    alarm.start()
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context()
            secured = context.wrap_socket(
                connected, server_hostname=host, do_handshake_on_connect=False
            )
            held[0] = connected = secured
            secured.do_handshake()
        connection.sock = connected
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET" if body is None else "POST", target, body, headers)
        connected.settimeout(_left(deadline))
        answer = connection.getresponse()
        content = _read_bounded(answer, limit, deadline)
        kind = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        return _NetworkAnswer(answer.status, answer.getheader("Location") or "", kind, content)
    finally:
        alarm.cancel()
        connection.close()
        connected.close()


def _hang_up(held: list[socket.socket]) -> None:
    with contextlib.suppress(OSError):
        # Below TLS, whose own goodbye would wait for the other side.
        socket.socket.shutdown(held[0], socket.SHUT_RDWR)


def _headers(request: NetworkRequest, *, with_secret: bool) -> dict[str, str]:
    # No version, no language, no cookie: nothing that tells one user from another.
    headers = {"User-Agent": "provenance", "Connection": "close", **(request.headers or {})}
    if with_secret and request.secret:
        headers["Authorization"] = request.secret
    return headers


def _read_bounded(answer: http.client.HTTPResponse, limit: int, deadline: float) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := answer.read1(_CHUNK):
        size += len(piece)
        if size > limit:
            raise NetworkError(f"the answer is larger than {limit} bytes")
        pieces.append(piece)
        _left(deadline)
    _left(deadline)
    if answer.length:
        raise NetworkError("the answer was cut short")
    return b"".join(pieces)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise NetworkError("it took too long")
    return left


def _connect(host: str, port: int, scope: Scope, deadline: float) -> socket.socket:
    """Connect to an address of `host` that was checked: the name is not resolved again."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in answers))
    for address in addresses:
        if not allowed(address, scope):
            where = f"{host} is at {address}, which" if address != host else host
            raise _AddressRefusedError(f"{where} is not a public address")
    failure: OSError = OSError("the host has no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=_left(deadline))
        except OSError as fault:
            failure = fault
    raise failure


def allowed(address: str, scope: Scope) -> bool:
    """Whether a numeric address may be called, by `scope`: see there.

    Link-local addresses never are: machines in a cloud find their secrets at one of them.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        # An IPv4 address may be wrapped in one of these; what is inside decides.
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inside is not None:
            return allowed(str(inside), scope)
        if ip in _NAT64:
            return allowed(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)), scope)
        if ip.is_site_local:
            return False
    if ip.is_loopback:
        return scope is not Scope.PUBLIC
    if scope is Scope.PRIVATE and any(ip in network for network in _PRIVATE):
        return True
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


_AWAY = Scope.PUBLIC  # where a redirect to another host may lead, whatever the caller allowed
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# RFC 1918, RFC 6598 and RFC 4193
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
