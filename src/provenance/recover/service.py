"""A repository as a service that speaks the C2PA Soft Binding Resolution API.

The query, fetch and service routes of 2.4, under `/v1` and without it, and the discovery document
at the root. Nothing can be stored or removed over it. It looks up exact values, and ISCCs that are
close; content that is handed over is looked up by the soft bindings that its own credential
declares.

A browser is a way in for strangers: a page may point a name of its own at this address, or send a
form here. So a question has to name a host that is ours, and not to come from another site's page.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from provenance.base import callers
from provenance.base.errors import ProvenanceError, RepositoryError
from provenance.base.values import dataclass
from provenance.credentials import jumbf
from provenance.credentials.locate import find_credential
from provenance.marks import algorithm_list, declared
from provenance.marks.soft_binding import SoftBindingKind
from provenance.media import container
from provenance.media.asset import Asset
from provenance.recover.client import DISCOVERY, STORE_TYPE
from provenance.recover.repository import Hit, Repository
from provenance.recover.resolution import MAX_RESULTS

if TYPE_CHECKING:
    import os
    import socket
    from collections.abc import Sequence
    from urllib.parse import SplitResult

SPECIFICATION = "2.4.0"
MAX_QUERY = 1 << 20  # bytes of a question in JSON
MAX_UPLOAD = 64 << 20
MAX_LINE = 8192  # characters of a request's path and query
MAX_AT_ONCE = 16  # questions that are answered; further ones wait
MAX_CONNECTIONS = 128  # further ones wait until one ends, or has asked nothing for too long
DEFAULT_RESULTS = 10
ASK_TIMEOUT = 5.0  # seconds from the connection to the end of the question's head
SLOWEST = 1 << 20  # bytes a second that content has to come in, beyond ASK_TIMEOUT
TIMEOUT = 30.0  # seconds for an answer to be taken
_PREFIX = "/v1"
_JSON = "application/json"
_MEDIA = ("image/", "audio/", "video/", "application/", "model/", "text/")


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    content: bytes
    media_type: str = _JSON


_Route = Callable[[dict[str, str]], _Reply]  # from a question's parameters to its answer


class _RequestRefusedError(Exception):
    def __init__(self, status: int, why: str, allow: str = "") -> None:
        super().__init__(why)
        self.status = status
        self.allow = allow


class Service(ThreadingHTTPServer):
    """Serves one repository until `shutdown`. Plain HTTP: put TLS in front of it.

    `report` gets one line for each request, as it came: whoever prints it cleans it. `hosts` are
    the names by which callers may know it, beside addresses in numbers and `localhost`.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = MAX_CONNECTIONS  # a caller who finds no room here tries again in seconds

    def __init__(
        self,
        folder: str | os.PathLike[str],
        address: str = "127.0.0.1",
        port: int = 0,
        report: Callable[[str], None] | None = None,
        hosts: Sequence[str] = (),
    ) -> None:
        """Raises RepositoryError where the folder is none, OSError where the port is taken."""
        with Repository.open(folder):
            pass
        self.folder = folder
        self.report = report
        self.hosts = frozenset({"localhost", *(host.lower() for host in hosts)})
        self.places = threading.BoundedSemaphore(MAX_AT_ONCE)
        self._connections = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((address, port), _Handler)

    @property
    def url(self) -> str:
        """The address of the API."""
        host = str(self.server_address[0])
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server_address[1]}{_PREFIX}"

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any
    ) -> None:
        """Wait for one to end: a crowd of callers must not become a crowd of threads."""
        self._connections.acquire()
        super().process_request(request, client_address)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any
    ) -> None:
        """Handle one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.release()

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any
    ) -> None:
        """Say in one line what a connection broke on; no traceback."""
        del request, client_address
        if self.report is not None:
            self.report("a connection broke off")


class _Incoming(io.RawIOBase):
    """What a connection sends until a moment, which may be put off; then TimeoutError.

    A timeout of each read alone would be outlasted by a byte now and then.
    """

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        super().__init__()
        self._connection = connection
        self.allow(seconds)

    def allow(self, seconds: float) -> None:
        """Set the moment: so many seconds from now."""
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the question took too long")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    server: Service
    server_version = "provenance"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._incoming = _Incoming(self.connection, ASK_TIMEOUT)
        self.rfile = io.BufferedReader(self._incoming)

    def __getattr__(self, name: str) -> Any:
        """Return what answers a method: `do_GET` and so on, by which the base class asks for it.

        The methods of a path are in `_routes`; whatever else is asked by is answered too.
        """
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not a question that this server reads, as every other error."""
        del explain
        self.request_version = ""  # one that cannot be read counts as 0.9, which knows no headers
        self._send(_error(code, (message or HTTPStatus(code).phrase).lower()))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        del format, args

    def _answer(self) -> None:
        try:
            self._check_caller()
            parts, query = _address(self.path)
            routes = self._routes(parts.path)
            method = "GET" if self.command == "HEAD" else self.command
            if not routes:
                raise _RequestRefusedError(404, "no such address in this API")
            if method not in routes:
                raise _RequestRefusedError(405, "not a method of this address", _allow(routes))
        except _RequestRefusedError as e:
            self._discard()
            self._send(_error(e.status, str(e)), e.allow)
            return
        try:
            with self.server.places:
                reply = routes[method](query)
        except _RequestRefusedError as e:
            reply = _error(e.status, str(e))
        except RepositoryError as e:
            reply = _error(500, "the repository cannot be read")  # paths stay on this side
            if self.server.report is not None:
                self.server.report(str(e))
        self._send(reply)

    def _check_caller(self) -> None:
        """Refuse what a page of another site makes a browser ask.

        A browser sends `Origin` with whatever a page asks but for plain links and pictures, whose
        answers no page of another site may read.
        """
        named = self.headers.get_all("Host") or []
        host = callers.host(named[0]) if len(named) == 1 else ""
        if not (host in self.server.hosts or callers.is_address(host)):
            raise _RequestRefusedError(421, "not the name of this server: see --allow-host")
        origins = self.headers.get_all("Origin") or []
        own = {f"{scheme}://{named[0].lower()}" for scheme in ("http", "https")}
        site = self.headers.get("Sec-Fetch-Site", "none")
        if not own.issuperset(origin.lower() for origin in origins) or (
            self.command == "POST" and site not in {"none", "same-origin"}
        ):
            raise _RequestRefusedError(403, "asked by a page of another site")

    def _discard(self) -> None:
        """Read what comes with a question that is refused: else the answer may be lost with it."""
        length = self.headers.get("Content-Length") or ""
        if length.isdecimal() and len(length) <= 18:
            with contextlib.suppress(OSError):
                self.rfile.read(min(int(length), MAX_QUERY))

    def _send(self, reply: _Reply, allow: str = "") -> None:
        self.close_connection = True
        self.connection.settimeout(TIMEOUT)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if allow:
            self.send_header("Allow", allow)
        self.end_headers()
        asked = f"{self.command} {self.path}" if self.command else "no question:"
        if self.command != "HEAD":
            with contextlib.suppress(OSError):
                self.wfile.write(reply.content)
        if self.server.report is not None:
            self.server.report(f"{asked} {reply.status}")

    def _routes(self, whole: str) -> dict[str, _Route]:
        """Return what answers a path, by method; nothing where the API has no such path.

        What the API lets others store, bind or remove is refused with the status that it has for
        callers who may not (C2PA 2.4, Soft Binding API, section 1.4.2).
        """
        if whole == DISCOVERY:
            return {"GET": _discovery}
        path = whole.removeprefix(_PREFIX)
        if path.startswith("/manifests/"):
            label, _, rest = path.removeprefix("/manifests/").partition("/")
            if rest == "receipts":
                return {"GET": _no_receipt, "POST": self._taken(_no_receipt)}
            route = partial(self._manifest, unquote(label))
            return {} if rest else {"GET": route, "DELETE": self._taken(_read_only)}
        routes: dict[str, dict[str, _Route]] = {
            "/matches/byBinding": {"GET": self._get_binding, "POST": self._post_binding},
            "/matches/byContent": {"POST": self._by_content},
            "/matches/byReference": {"POST": self._taken(_no_reference)},
            "/bindings": dict.fromkeys(("POST", "PUT"), self._taken(_read_only)),
            "/manifests": {"POST": self._taken(_read_only)},
            "/services/supportedAlgorithms": {"GET": self._supported},
            "/services/capabilities": {"GET": _capabilities},
            "/services/status": {"GET": _status},
        }
        return routes.get(path, {})

    def _taken(self, route: _Route) -> _Route:
        """Return a route that reads what comes with the question before it answers."""

        def taken(query: dict[str, str]) -> _Reply:
            self._discard()
            return route(query)

        return taken

    def _supported(self, query: dict[str, str]) -> _Reply:
        del query
        with Repository.open(self.server.folder) as repository:
            return _json(_algorithms(repository.algorithms()))

    def _get_binding(self, query: dict[str, str]) -> _Reply:
        return self._by_binding(query, query)

    def _post_binding(self, query: dict[str, str]) -> _Reply:
        return self._by_binding(self._json_body(), query)

    def _by_binding(self, asked: dict[str, Any], query: dict[str, str]) -> _Reply:
        algorithm, value = asked.get("alg"), asked.get("value")
        if not isinstance(algorithm, str) or not isinstance(value, str):
            raise _RequestRefusedError(400, "alg and value are needed, as text")
        limit = _results(query)
        hits: dict[str, Hit] = {}
        with Repository.open(self.server.folder) as repository:
            _find(repository, algorithm, value, limit, hits)
        return _matches(tuple(hits.values())[:limit])

    def _by_content(self, query: dict[str, str]) -> _Reply:
        limit = _results(query)
        content = self._asset_sent()
        try:
            with Asset.from_bytes(content) as asset:
                store = find_credential(asset, container.scan_container(asset)).store
        except ProvenanceError as e:
            raise _RequestRefusedError(400, "the content cannot be read") from e
        bindings = declared.read_for_asset(store) if store is not None else ()
        hits: dict[str, Hit] = {}
        with Repository.open(self.server.folder) as repository:
            for binding in bindings:
                for block in binding.blocks:
                    if query.get("alg", binding.algorithm) == binding.algorithm:
                        for hit in repository.find(binding.algorithm, block.value, limit):
                            hits.setdefault(hit.held.manifest, hit)
            if "hintAlg" in query and "hintValue" in query:
                _find(repository, query["hintAlg"], query["hintValue"], limit, hits)
        return _matches(tuple(hits.values())[:limit])

    def _asset_sent(self) -> bytes:
        """Return the asset that comes with a question; empty where none does.

        The API asks for none, so a question may consist of its hints.
        """
        kind = self.headers.get("Content-Type")
        if kind is None and self.headers.get("Content-Length", "0") == "0":
            return b""
        if not (kind or "").startswith(_MEDIA):
            raise _RequestRefusedError(415, "the content type is not that of an asset")
        return self._body(MAX_UPLOAD)

    def _manifest(self, label: str, query: dict[str, str]) -> _Reply:
        alone = query.get("returnActiveManifest", "false")
        if alone not in {"true", "false"}:
            raise _RequestRefusedError(400, "returnActiveManifest is neither true nor false")
        with Repository.open(self.server.folder) as repository:
            data = repository.manifest(label)
        if data is None:
            raise _RequestRefusedError(404, "no such manifest")
        return _Reply(200, active_only(data) if alone == "true" else data, STORE_TYPE)

    def _json_body(self) -> dict[str, Any]:
        if (self.headers.get("Content-Type") or "").partition(";")[0].strip() != _JSON:
            raise _RequestRefusedError(400, "the content type is not application/json")
        try:
            document = json.loads(self._body(MAX_QUERY))
        except (ValueError, RecursionError) as e:
            raise _RequestRefusedError(400, "the question is not JSON") from e
        if not isinstance(document, dict):
            raise _RequestRefusedError(400, "the question is not a JSON object")
        return document

    def _body(self, limit: int) -> bytes:
        length = self.headers.get("Content-Length") or ""
        if not length.isdecimal() or len(length) > 18:
            raise _RequestRefusedError(411, "Content-Length is needed")
        if int(length) > limit:
            raise _RequestRefusedError(413, f"over {limit} bytes")
        self._incoming.allow(ASK_TIMEOUT + int(length) / SLOWEST)
        try:
            content = self.rfile.read(int(length))
        except TimeoutError as e:
            raise _RequestRefusedError(408, "the content came too slowly") from e
        if len(content) != int(length):
            raise _RequestRefusedError(400, "the content was cut short")
        return content


def active_only(data: bytes) -> bytes:
    """Return a manifest store that holds only the active manifest of another.

    Raises RepositoryError where the store cannot be walked.
    """
    try:
        root = jumbf.parse_jumbf(data)
    except jumbf.JumbfError as e:
        raise RepositoryError(f"the manifest store cannot be read: {e}") from e
    last = max(root.children, key=lambda child: child.start)
    head = int.from_bytes(data[root.start : root.start + 4], "big")
    inner = data[root.start : root.start + head]
    inner += (last.end - last.start + 8).to_bytes(4, "big") + b"jumb" + data[last.start : last.end]
    return (len(inner) + 8).to_bytes(4, "big") + b"jumb" + inner


def _address(path: str) -> tuple[SplitResult, dict[str, str]]:
    """Return the parts of a request's address, and its query without repetitions."""
    if len(path) > MAX_LINE:
        raise _RequestRefusedError(414, "the address is too long: ask with POST")
    try:
        parts = urlsplit(path)
        query = parse_qs(parts.query, keep_blank_values=True, max_num_fields=20)
    except ValueError as e:
        raise _RequestRefusedError(400, "the address cannot be read") from e
    return parts, {name: values[-1] for name, values in query.items()}


def _results(query: dict[str, str]) -> int:
    """Return how many manifests are wanted: any number from 1, of which MAX_RESULTS are given."""
    number = query.get("maxResults", str(DEFAULT_RESULTS))
    if not number.isascii() or not number.isdecimal() or not number.strip("0"):
        raise _RequestRefusedError(400, "maxResults is not a number from 1")
    return min(int(number), MAX_RESULTS) if len(number) <= 9 else MAX_RESULTS


def _find(
    repository: Repository, algorithm: str, value: str, limit: int, hits: dict[str, Hit]
) -> None:
    """Add the stores of a soft binding as a caller names it, by manifest.

    The value is in base64. What is none is looked up as it is: a soft binding may be text, and
    callers leave out what turns it into base64.
    """
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raw = value.encode("utf-8", "surrogatepass")
    named = algorithm.encode("utf-8", "replace").decode()
    for hit in repository.find(named, raw, limit):
        hits.setdefault(hit.held.manifest, hit)


def _allow(routes: dict[str, _Route]) -> str:
    return ", ".join(sorted({*routes, *(("HEAD",) if "GET" in routes else ())}))


def _discovery(query: dict[str, str]) -> _Reply:
    del query
    return _json(
        {
            "apiEndpoint": _PREFIX,
            "c2paSpecificationVersion": SPECIFICATION,
            "capabilitiesEndpoint": f"{_PREFIX}/services/capabilities",
            "statusEndpoint": f"{_PREFIX}/services/status",
        }
    )


def _capabilities(query: dict[str, str]) -> _Reply:
    del query
    return _json(
        {"c2paSpecificationVersion": SPECIFICATION, "supportedCapabilities": ["queryByContent"]}
    )


def _status(query: dict[str, str]) -> _Reply:
    del query
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return _json({"status": "ok", "timestamp": now})


def _read_only(query: dict[str, str]) -> _Reply:
    del query
    raise _RequestRefusedError(403, "this repository is only read over the network")


def _no_reference(query: dict[str, str]) -> _Reply:
    del query
    raise _RequestRefusedError(403, "this repository fetches nothing from other addresses")


def _no_receipt(query: dict[str, str]) -> _Reply:
    del query
    raise _RequestRefusedError(404, "this repository gives no receipts")


def _matches(hits: tuple[Hit, ...]) -> _Reply:
    entries = [{"manifestId": hit.held.manifest, "similarityScore": hit.similarity} for hit in hits]
    return _json({"matches": entries})


def _algorithms(names: tuple[str, ...]) -> dict[str, list[dict[str, str]]]:
    """Return a `c2pa.softBindingAlgList`; what is on no list stands with the watermarks."""
    algorithms: dict[str, list[dict[str, str]]] = {"watermarks": [], "fingerprints": []}
    for name in names:
        entry = algorithm_list.listed_algorithm(name)
        computed = entry is not None and entry.kind is SoftBindingKind.FINGERPRINT
        algorithms["fingerprints" if computed else "watermarks"].append({"alg": name})
    return algorithms


def _json(document: dict[str, Any]) -> _Reply:
    return _Reply(200, json.dumps(document).encode("ascii"))


def _error(status: int, why: str) -> _Reply:
    return _Reply(status, json.dumps({"error": why}).encode("ascii"))
