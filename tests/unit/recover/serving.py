"""Servers on this computer: a repository over its API, and one that answers what it is told."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from provenance.recover.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

Answer = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}
STORE = {"Content-Type": "application/c2pa"}


@contextmanager
def served(
    folder: Path, report: list[str] | None = None, hosts: tuple[str, ...] = ()
) -> Iterator[Service]:
    """A repository, served."""
    service = Service(folder, report=None if report is None else report.append, hosts=hosts)
    with _running(service):
        yield service


@contextmanager
def _running(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Scripted(ThreadingHTTPServer):
    """`answers` maps a path without its query to an answer, or to what makes one of the whole path.

    `seen` holds what was asked. With `slow`, a byte is sent each so many seconds.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[str], Answer]] = {}
        self.seen: list[tuple[str, str, bytes, dict[str, str]]] = []
        self.slow = 0.0
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Scripted

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        self.server.seen.append((self.command, self.path, body, dict(self.headers)))
        missing: Answer = (404, {}, b"")
        found = self.server.answers.get(self.path.partition("?")[0], missing)
        status, headers, content = found(self.path) if callable(found) else found
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for octet in content if self.server.slow else b"":
                time.sleep(self.server.slow)
                self.wfile.write(bytes([octet]))
            if not self.server.slow:
                self.wfile.write(content)
        except OSError:
            pass

    def log_message(self, *arguments: object) -> None:
        del arguments


@contextmanager
def scripted() -> Iterator[Scripted]:
    """A server that answers what it is told."""
    server = Scripted()
    with _running(server):
        yield server


PAGE = (200, {"Content-Type": "text/html; charset=utf-8"}, b"<!doctype html><title>API</title>")
LISTS: dict[str, Answer] = {
    "other algorithms": (200, JSON, b'{"watermarks": [{"alg": "com.example.other"}]}'),
    "a page": PAGE,
    "a list": (200, JSON, b'["com.example.other"]'),
    "garbage": (200, JSON, b"garbage"),
    "an error": (500, JSON, b""),
}


@contextmanager
def foreign(kept: Mapping[str, Sequence[tuple[str, bytes]]], says: str) -> Iterator[Scripted]:
    """A repository as another implementation serves one, oddities included.

    `kept` maps values in base64 to manifests and their stores. Its list of algorithms is one of
    `LISTS`; an unknown address gets a page; of the matches the first has no identifier, scores are
    fractions, and what it does not know is answered with null.
    """

    def matches(path: str) -> Answer:
        (value,) = parse_qs(urlsplit(path).query)["value"]
        found = [{"manifestId": name, "similarityScore": 0.97} for name, _ in kept.get(value, ())]
        bad = {"manifestId": None, "endpoint": 7}
        document = {"matches": [bad, *found] if found else [], "next": None}
        kind = {"Content-Type": "application/json; charset=utf-8"}
        return 200, kind, json.dumps(document).encode()

    with scripted() as server:
        server.answers["/services/supportedAlgorithms"] = LISTS[says]
        server.answers["/.well-known/c2pa-soft-binding-resolution"] = PAGE
        server.answers["/matches/byBinding"] = matches
        for name, data in (pair for pairs in kept.values() for pair in pairs):
            server.answers[f"/manifests/{name}"] = (200, STORE, data)
        yield server
