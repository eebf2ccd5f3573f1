"""Servers on this computer: a repository over its API, and one that answers what it is told."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from provenance.recover.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    """`answers` maps a path without its query to an answer; `seen` holds what was asked.

    With `slow`, a byte is sent each so many seconds.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
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
        status, headers, content = self.server.answers.get(self.path.partition("?")[0], missing)
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
