"""`provenance serve` under attack: ways in which one caller once harmed the others."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import sys
import time
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from integration.helpers import FIXTURES
from support import liar
from support.key_files import write
from support.serving import Service, answered, ask, connected, own_certificate, running, serves

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    serves,
    pytest.mark.skipif(sys.platform != "linux", reason="open files are handed over on Linux"),
]
AI = (FIXTURES / "ai-generated.png").read_bytes()
POST = b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
CONNECTIONS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the services of these tests are set up with."""
    made: Path = tmp_path_factory.mktemp("hostile")
    (made / "root").mkdir()
    (made / "token").write_text("a-token-of-forty-characters-for-this-test\n", "ascii")
    write(made, signer=Ed25519PrivateKey.generate())
    return made


@pytest.fixture(scope="module")
def small(folder: Path) -> Iterator[Service]:
    """One with room for few connections."""
    options = ("--max-connections", str(CONNECTIONS), "--root", f"files={folder / 'root'}")
    with running(*options) as made:
        yield made


def works(port: int) -> None:
    """Fail where a caller is not answered."""
    assert ask(port, "POST", "/v1/verify", AI).status == 200


class TestConnections:
    """All of them taken by one caller: another is answered nevertheless."""

    def held(self, service: Service, said: bytes) -> contextlib.ExitStack:
        stack = contextlib.ExitStack()
        for _ in range(CONNECTIONS):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", service.port))
            one.settimeout(20)
            one.sendall(said)
            assert one.recv(1)  # the service has its question
        return stack

    def works(self, service: Service) -> None:
        """Fail where a caller is never answered: none gives way while answers are still sent."""
        for _ in range(100):
            try:
                works(service.port)
            except AssertionError as e:
                if str(e).partition("\n")[0] != "no answer":
                    raise
                time.sleep(0.1)
            else:
                return
        pytest.fail("others hold every connection")

    def test_answers_that_nobody_takes_hold_up_no_worker(self, small: Service) -> None:
        """The next answer waits for the one before: that is no worker's time, which has no end."""
        question = b"GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with self.held(small, question * 150):
            self.works(small)

    def test_bodies_that_do_not_come_hold_no_room(self, small: Service) -> None:
        with self.held(small, POST + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n"):
            self.works(small)


def test_a_body_in_tiny_pieces_is_refused(small: Service) -> None:
    """To read them takes a processor as long as it takes to send them."""
    with connected(small.port) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"1\r\nx\r\n" * 5000)
        answer = answered(connection)
    assert answer is None or answer.status == 400
    works(small.port)


def test_connections_that_begin_no_tls_are_within_the_bound(folder: Path) -> None:
    certificate, key = own_certificate(folder)
    options = ("--tls-cert", str(certificate), "--tls-key", str(key), "--max-connections", "16")
    context = ssl.create_default_context(cafile=str(certificate))
    with (
        running(*options, "--token-file", str(folder / "token"), "-j", "1") as service,
        contextlib.ExitStack() as stack,
    ):
        for _ in range(100):
            stack.enter_context(connected(service.port))
        with context.wrap_socket(connected(service.port), server_hostname="localhost") as one:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = answered(one)
            open_files = len(os.listdir(f"/proc/{service.pid}/fd"))
    assert answer is not None
    assert answer.status == 200
    assert open_files < 100


def test_connections_are_bounded_by_what_the_system_allows() -> None:
    before = ("bash", "-c", 'ulimit -n 200; exec "$@"', "bash")
    with running("-j", "1", before=before) as service:
        with contextlib.ExitStack() as stack:
            head = b"POST /v1/compare?before_size=5 HTTP/1.1\r\nHost: localhost\r\n"
            for _ in range(100):
                one = stack.enter_context(connected(service.port))
                with contextlib.suppress(ConnectionError):
                    one.sendall(head + b"Content-Length: 9\r\n\r\nx")
            works(service.port)
        assert service.stop() == 0
    assert "the system allows 200 open files: at most" in service.said
    assert service.said.count("\n") < 5


@pytest.mark.parametrize("year", ["0001", "0999"])
def test_a_year_before_1000_brings_down_no_worker(small: Service, year: str) -> None:
    """It brought down two workers a question."""
    found = ask(small.port, "POST", f"/v1/verify?at={year}-01-01T00:00:00Z", AI).json
    assert found["error"] is None
    assert found["environment"]["validation_time"] == f"{year}-01-01T00:00:00Z"


@pytest.mark.parametrize("ending", [".c2pa", ".xmp", ".png.xmp", ".json"])
def test_no_link_is_followed_as_a_sidecar_of_a_file(
    small: Service, folder: Path, ending: str
) -> None:
    name = f"a{ending.count('.')}{ending.strip('.').replace('.', '-')}"
    (folder / "root" / f"{name}.png").write_bytes(AI)
    body = json.dumps({"root": "files", "name": f"{name}.png"}).encode()
    assert ask(small.port, "POST", "/v1/verify-reference", body).status == 200
    (folder / "root" / f"{name}{ending}").symlink_to("/etc/passwd")
    assert ask(small.port, "POST", "/v1/verify-reference", body).status == 404


def test_an_address_leads_to_no_other(small: Service) -> None:
    """A redirection names a place: the port, or where the socket is in the file system."""
    answer = ask(small.port, "GET", "/v1/trust/", None, {"Host": "localhost:none"})
    assert answer.status == 404
    assert "location" not in answer.headers


@pytest.fixture(scope="module")
def lied_to(folder: Path) -> Iterator[Service]:
    """One whose worker was taken over by what it reads."""
    options = ("--sign", str(folder / "signer.pem"), "-j", "1")
    with running(*options, code=liar.CODE) as made:
        yield made


class TestLies:
    """What a worker says that was taken over."""

    def test_a_second_answer_is_not_taken_for_the_next_one_s(self, lied_to: Service) -> None:
        assert ask(lied_to.port, "POST", "/v1/verify", b"TWICE").json == {"said": "first"}
        assert ask(lied_to.port, "POST", "/v1/verify", b"").json == {"said": "nothing"}

    def test_the_next_caller_is_not_harmed_by_the_end_of_a_worker(self, lied_to: Service) -> None:
        assert ask(lied_to.port, "POST", "/v1/verify", b"THEN CRASH").status == 200
        assert ask(lied_to.port, "POST", "/v1/verify", b"").json == {"said": "nothing"}

    def test_facts_beyond_number_are_no_answer(self, lied_to: Service) -> None:
        found = ask(lied_to.port, "POST", "/v1/verify", b"FACTS").json
        assert found["error"]["code"] == "worker.crashed"

    def test_an_answer_is_not_taken_apart_here(self, lied_to: Service) -> None:
        """As JSON it would take a hundred times its length in memory, and hold up all others."""
        answer = ask(lied_to.port, "POST", "/v1/verify", b"BOMB")
        assert answer.status == 200
        with open(f"/proc/{lied_to.pid}/status", encoding="ascii") as file:
            (peak,) = (int(line.split()[1]) for line in file if line.startswith("VmHWM:"))
        assert peak < 300 << 10  # KiB; its list took more than 500 MiB

    @pytest.mark.parametrize("said", [b"FIRST", b"NO FILES"])
    @pytest.mark.parametrize("query", ["signed=true", "signed=true&view=page"])
    def test_an_answer_that_is_no_record_is_not_signed(
        self, lied_to: Service, said: bytes, query: str
    ) -> None:
        answer = ask(lied_to.port, "POST", f"/v1/verify?{query}", said)
        assert (answer.status, "nothing was signed" in answer.json["detail"]) == (422, True)


def test_a_service_that_ends_leaves_the_socket_of_the_next_one_alone(tmp_path: Path) -> None:
    """It may begin while this one ends."""
    from provenance.serve import server

    place = str(tmp_path / "socket")
    with server._bound(server.Listener(path=place)):
        os.unlink(place)
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(place)
    assert os.path.exists(place)
    os.unlink(place)
    with server._bound(server.Listener(path=place)):
        assert os.path.exists(place)
    assert not os.path.exists(place)
