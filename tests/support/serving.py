"""The service as a user starts it: `provenance serve` in a process of its own, on a free port."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from integration.helpers import ANCHORS, AT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

serves = pytest.mark.skipif(
    importlib.util.find_spec("uvicorn") is None
    or importlib.util.find_spec("starlette") is None
    or importlib.util.find_spec("prometheus_client") is None
    or sys.platform == "win32",
    reason="the service needs the extra serve: pip install 'provenance-verifier[serve]'",
)
_CODE = "from provenance_cli.main import main; main()"
_STARTS = 60  # seconds


@dataclass
class Service:
    """A running service: its address, its process, and what it said once it has ended."""

    url: str
    process: subprocess.Popen[str]
    said: str = ""
    watched: bool = False

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.url.rstrip("/").rpartition(":")[2])

    @property
    def pid(self) -> int:
        """The process of the service itself, where another one may watch it."""
        if not self.watched:
            return self.process.pid
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(children, encoding="ascii") as file:
            found = file.read().split()
        return int(found[0]) if found else self.process.pid  # which became the service itself

    def stop(self) -> int:
        """End it as Ctrl-C does; return its exit code. What it printed is in `said` then."""
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        self.said = out + err
        return self.process.returncode


@contextlib.contextmanager
def running(*options: str, before: tuple[str, ...] = (), code: str = _CODE) -> Iterator[Service]:
    """Start a service with test trust lists; end it afterwards. `before` is put before Python.

    `code` starts it otherwise than as it is.
    """
    arguments = ["serve", "--port", "0", "-j", "2", "--trust-anchors", str(ANCHORS), *options]
    if "--at" not in options:
        arguments += ["--at", AT]
    process = subprocess.Popen(
        [*before, sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    service = Service("", process, watched=bool(before))
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("serving at "):
            service.stop()
            raise AssertionError(f"it did not start: {line}{service.said}")
        service.url = line.removeprefix("serving at ").partition(" ")[0]
        yield service
    finally:
        if process.poll() is None:
            service.stop()


@contextlib.contextmanager
def served(*options: str) -> Iterator[str]:
    """Start a service; give its address."""
    with running(*options) as service:
        yield service.url


def own_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = folder / "certificate.pem", folder / "certificate.key"
    made[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    made[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made


@dataclass
class Answer:
    """What a service answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def connected(port: int, seconds: float = 20.0) -> socket.socket:
    """Open a connection."""
    made = socket.create_connection(("127.0.0.1", port), timeout=seconds)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def answered(connection: socket.socket) -> Answer | None:
    """Read one answer; None where the connection was closed before it."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            return None
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        more = connection.recv(1 << 20)
        if not more:
            break
        body += more
    return Answer(int(first.split()[1]), headers, body)


def ask(
    port: int,
    method: str,
    target: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Ask once, on a connection of its own."""
    sent = {"Host": "localhost", **(headers or {})}
    if body is not None:
        sent.setdefault("Content-Type", "application/octet-stream")
        sent.setdefault("Content-Length", str(len(body)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    with connected(port) as connection:
        head = f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(head + (body or b""))
        found = answered(connection)
    assert found is not None, "no answer"
    return found
