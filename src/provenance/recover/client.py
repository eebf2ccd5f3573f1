"""A client of the C2PA Soft Binding Resolution API (C2PA 2.2 to 2.4, "Soft Binding API").

Only the address that the user named is asked. What it answers is untrusted: bounded, of the type
that the API demands, and read field by field. A match or a discovery document that names another
host is followed only where that was allowed, and then like a stranger: over https, at public
addresses, without the token.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from provenance.base import network
from provenance.base.values import dataclass
from provenance.credentials.locate import MAX_STORE
from provenance.recover.resolution import ManifestMatch, ResolutionError, ResolverCall

if TYPE_CHECKING:
    from provenance.recover.resolution import Query, Upload

MAX_JSON = 1 << 20  # bytes of an answer in JSON
MAX_REQUESTS = 200  # of one client
MAX_IDENTIFIER = 512  # characters of a manifest identifier
MAX_ENTRIES = 1000  # matches of one answer that are read
MAX_FAULTS = 5  # matches that cannot be used, of one answer, that are named
DISCOVERY = "/.well-known/c2pa-soft-binding-resolution"
STORE_TYPE = "application/c2pa"
_STORE_TYPES = frozenset({STORE_TYPE, "application/x-c2pa-manifest-store"})  # the second before 2.0
_JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Access:
    """What the user allowed beyond asking one public host over https.

    `private` allows http, this computer and private networks, for the named host alone. `elsewhere`
    allows manifests to be fetched from other hosts that the repository names. `token` is a bearer
    token for the named host. `timeout` bounds each request, in seconds.
    """

    private: bool = False
    elsewhere: bool = False
    token: str = ""
    timeout: float = 30.0


class ApiResolver:
    """Asks one service; keeps a record of every request. Not to be shared between threads."""

    def __init__(self, address: str, access: Access | None = None) -> None:
        self.address = address
        self._access = access or Access()
        self._base = address.rstrip("/")
        self._home = urlsplit(address).netloc
        self._asked: list[ResolverCall] = []
        self._discovered = False

    @property
    def asked(self) -> tuple[ResolverCall, ...]:
        """Every request so far, in order."""
        return tuple(self._asked)

    def by_binding(self, query: Query, limit: int) -> tuple[ManifestMatch, ...]:
        """Ask with GET, or with POST where the value is too long for an address."""
        self._discover()
        value = base64.b64encode(query.value).decode("ascii")
        number = str(limit)
        short = _at(
            self._base, "matches/byBinding", alg=query.algorithm, value=value, maxResults=number
        )
        if len(short) <= network.MAX_URL_CHARACTERS:
            content, call = self._call(short, MAX_JSON, accept=_JSON_TYPE)
            if call.status != 414:
                return _matches(_json(content, call), limit)
        body = json.dumps({"alg": query.algorithm, "value": value}).encode()
        url = _at(self._base, "matches/byBinding", maxResults=number)
        content, call = self._call(url, MAX_JSON, body, _JSON_TYPE, accept=_JSON_TYPE)
        return _matches(_json(content, call), limit)

    def by_content(self, upload: Upload, limit: int) -> tuple[ManifestMatch, ...]:
        """Send the content itself."""
        self._discover()
        named = {"alg": upload.algorithm} if upload.algorithm else {}
        url = _at(self._base, "matches/byContent", **named, maxResults=str(limit))
        content, call = self._call(url, MAX_JSON, upload.data, upload.media_type, accept=_JSON_TYPE)
        return _matches(_json(content, call), limit)

    def store(self, match: ManifestMatch) -> bytes | None:
        """Fetch a manifest store; None where the repository does not have it."""
        base = self._base
        if match.endpoint:
            base = urljoin(f"{self._base}/", match.endpoint).rstrip("/")
            if not self._at_home(base) and not self._access.elsewhere:
                raise ResolutionError(
                    f"it is at {base}, another host: allow that with --follow, or ask there"
                )
        url = _at(base, f"manifests/{quote(match.manifest, safe=':')}")
        content, call = self._call(url, MAX_STORE, accept=STORE_TYPE)
        if call.status == 404:
            return None
        if content is None:
            raise ResolutionError(call.error)
        if call.media_type not in _STORE_TYPES:
            raise ResolutionError(_wrong(call, STORE_TYPE))
        return content

    def _discover(self) -> None:
        """Find out, once, where the API begins.

        The list of algorithms tells whether it begins where the user said. What the list says is
        no reason not to ask: repositories leave out algorithms that they look up, and answer with
        pages or lists. Neither list nor discovery need be there: 2.2 knows no discovery.
        """
        if self._discovered:
            return
        self._discovered = True
        url = _at(self._base, "services/supportedAlgorithms")
        _, call = self._call(url, MAX_JSON, accept=_JSON_TYPE)
        if call.status == 404:
            self._base = self._find_base() or self._base

    def _find_base(self) -> str:
        """Ask the host's discovery document; empty where it has none.

        Raises ResolutionError where it names another host, or no place.
        """
        url = urljoin(self._base, DISCOVERY)
        content, call = self._call(url, MAX_JSON, accept=_JSON_TYPE)
        try:
            document = _json(content, call)
        except ResolutionError:  # an error, or a page that it has for every address
            return ""
        endpoint = document.get("apiEndpoint")
        if not isinstance(endpoint, str):
            raise ResolutionError("the discovery document names no apiEndpoint")
        base = urljoin(url, endpoint).rstrip("/")
        if not self._at_home(base):
            raise ResolutionError(
                f"the discovery document names another host, {urlsplit(base).netloc}: name that one"
            )
        return base

    def _at_home(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.netloc == self._home and parts.scheme == urlsplit(self._base).scheme

    def _call(
        self,
        url: str,
        limit: int,
        body: bytes | None = None,
        media_type: str = "",
        *,
        accept: str,
    ) -> tuple[bytes | None, network.Call]:
        if len(self._asked) >= MAX_REQUESTS:
            raise ResolutionError(f"more than {MAX_REQUESTS} requests")
        headers = {"Accept": accept, **({"Content-Type": media_type} if media_type else {})}
        at_home = self._at_home(url)
        open_to = self._access.private and at_home
        request = network.NetworkRequest(
            url,
            limit,
            body,
            headers,
            self._access.timeout,
            f"Bearer {self._access.token}" if self._access.token and at_home else "",
        )
        scope = network.Scope.PRIVATE if open_to else network.Scope.PUBLIC
        schemes = frozenset({"https", "http"} if open_to else {"https"})
        content, call = network.call(request, scope, schemes)
        method = "GET" if body is None else "POST"
        if call.sent:
            asked = ResolverCall(method, url, call.status, call.bytes, call.error, call.redirects)
            self._asked.append(asked)
        return content, call


def _at(base: str, path: str, **query: str) -> str:
    return f"{base}/{path}" + (f"?{urlencode(query)}" if query else "")


def _wrong(call: network.Call, wanted: str) -> str:
    said = call.media_type or "nothing"
    return f"the answer says it is {said}, where {wanted} belongs"


def _json(content: bytes | None, call: network.Call) -> dict[Any, Any]:
    """Read an answer in JSON. Raises ResolutionError."""
    if content is None:
        raise ResolutionError(call.error)
    if call.media_type != _JSON_TYPE and not call.media_type.endswith("+json"):
        raise ResolutionError(_wrong(call, _JSON_TYPE))
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as e:
        raise ResolutionError("the answer is not JSON") from e
    if not isinstance(document, dict):
        raise ResolutionError("the answer is not a JSON object")
    return document


def _matches(document: dict[Any, Any], limit: int) -> tuple[ManifestMatch, ...]:
    """Read a `c2pa.softBindingQueryResult`. Raises ResolutionError."""
    entries = document.get("matches", [])
    if not isinstance(entries, list):
        raise ResolutionError("the answer holds no list of matches")
    read = [_match(entry) for entry in entries[:MAX_ENTRIES]]
    good = [match for match in read if not match.fault]
    bad = [match for match in read if match.fault]
    return (*good[:limit], *bad[:MAX_FAULTS])


def _match(entry: Any) -> ManifestMatch:
    """Read one match; one that cannot be used says why, and is none of the others' business."""
    identifier = entry.get("manifestId") if isinstance(entry, dict) else None
    if not isinstance(identifier, str) or not 0 < len(identifier) <= MAX_IDENTIFIER:
        return ManifestMatch("", fault="a match without an identifier that can be used")
    if not identifier.isascii() or not identifier.isprintable() or identifier in {".", ".."}:
        return ManifestMatch(identifier, fault="a match whose identifier is not plain text")
    endpoint, score = entry.get("endpoint"), entry.get("similarityScore")
    fits = type(score) is int and 0 <= score <= 100
    return ManifestMatch(
        identifier,
        endpoint if isinstance(endpoint, str) and len(endpoint) <= 1024 else "",
        score if fits else None,
    )
