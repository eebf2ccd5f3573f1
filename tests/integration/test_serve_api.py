"""The API against its own description, and against what is not HTTP."""

from __future__ import annotations

import io
import json
import random
import socket
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from integration.helpers import FIXTURES
from support.serving import Service, answered, ask, connected, running, serves

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = serves
AI = (FIXTURES / "ai-generated.png").read_bytes()
PLAIN = (FIXTURES / "plain.jpg").read_bytes()
EXAMPLES = 12  # of each address
MUTANTS = 300


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("api")
    (folder / "a.png").write_bytes(AI)
    with running("--root", f"files={folder}", "--max-body", "1M") as made:
        yield made


@pytest.fixture(scope="module")
def described(service: Service) -> Any:
    """What Schemathesis makes of it; imported here, not by every worker of the suite."""
    schemathesis = pytest.importorskip("schemathesis", reason="pip install schemathesis")
    return schemathesis.openapi.from_url(service.url + "openapi.json")


def test_the_description_is_openapi(service: Service) -> None:
    document = ask(service.port, "GET", "/openapi.json").json
    assert document["openapi"] == "3.1.0"
    text = json.dumps(document)
    assert "$defs" not in text
    names = document["components"]["schemas"]
    for part in text.split('"$ref": "')[1:]:
        reference = part.partition('"')[0]
        assert reference.startswith("#/components/"), reference
        kind, name = reference.split("/")[2:4]
        assert name in (names if kind == "schemas" else document["components"][kind]), reference


def test_every_address_is_described(service: Service) -> None:
    document = ask(service.port, "GET", "/openapi.json").json
    assert document["paths"], "no address is described"
    for path, ways in document["paths"].items():
        other = "GET" if "post" in ways else "POST"
        answer = ask(
            service.port, other, path.replace("{code}", "x"), b"" if other == "POST" else None
        )
        assert answer.status == 405, path


def test_answers_of_the_service_are_as_its_description_says(described: Any) -> None:
    """By Schemathesis: statuses, media types and bodies of questions made from the description."""
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    # That a body has the bytes that a parameter announces is more than a description can say.
    beyond = {"/v1/compare": [positive_data_acceptance]}
    count = 0
    for found in described.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            query = case.query or {}
            assume(not {"signed", "archives"} <= {name for name in query if query[name]})
            case.call_and_validate(excluded_checks=beyond.get(case.operation.path, []))

        check()
        count += 1
    assert count == 9


def mutants() -> Iterator[bytes]:
    """Questions with something changed: bytes of the head, of the body, lengths, the order."""
    chance = random.Random(20261130)  # noqa: S311 - the same ones every time
    heads = [
        b"POST /v1/verify?name=a.png&at=2026-01-01T00:00:00Z HTTP/1.1",
        b"POST /v1/compare?before_size=4&rules=china HTTP/1.1",
        b"POST /v1/verify-reference HTTP/1.1",
        b"GET /v1/explain/credential.remnant HTTP/1.1",
        b"GET /openapi.json HTTP/1.1",
        b"OPTIONS /v1/verify HTTP/1.1",
    ]
    bodies = [AI, PLAIN, b'{"root": "files", "name": "a.png"}', b"[" * 5000, b"\xff\xfe", b""]
    noise = [b"\r\n", b"\0", b":", b" ", b"%", b"%ff", b"\xff", b"?", b"&=", b"/..", b"9" * 30]
    for _ in range(MUTANTS):
        body = chance.choice(bodies)
        length = chance.choice([len(body), len(body), len(body), 0, len(body) // 2])
        lines = [
            chance.choice(heads),
            b"Host: localhost",
            b"Content-Length: %d" % length,
            b"Connection: close",
            chance.choice([b"X: y", b"Expect: 100-continue", b"Range: bytes=0-", b"Origin: null"]),
        ]
        data = bytearray(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        for _ in range(chance.randrange(4)):
            at = chance.randrange(min(len(data), 400))
            what = chance.choice([*noise, bytes([chance.randrange(256)])])
            data[at : at + chance.randrange(3)] = what
        yield bytes(data)


def test_no_mutated_request_is_a_fault_of_the_service(service: Service) -> None:
    statuses = set()
    for data in mutants():
        with connected(service.port, 5) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = answered(connection)
        if answer is not None:
            assert answer.status < 500, (answer.status, answer.body, data[:300])
            statuses.add(answer.status)
    assert statuses > {200, 400, 404}
    assert ask(service.port, "POST", "/v1/verify", AI).status == 200
    for _ in range(500):  # until those who left early are noticed
        if b"in_hand_bytes 0.0" in ask(service.port, "GET", "/metrics").body:
            return
        time.sleep(0.02)
    pytest.fail("room was not given back")


class TestTime:
    """The bounds of time, made short."""

    @pytest.fixture(scope="class")
    @classmethod
    def hasty(cls) -> Iterator[Service]:
        code = (
            "import functools; from provenance.serve import service_settings, server;"
            " service_settings.Bounds = functools.partial("
            "service_settings.Bounds, head=0.5, slowest=1 << 30, taken=0.5);"
            " server._SWEEP = 0.1; from provenance_cli.main import main; main()"
        )
        with running(code=code) as made:
            yield made

    def test_a_head_has_to_come(self, hasty: Service) -> None:
        with connected(hasty.port) as connection:
            connection.sendall(b"POST /v1/ver")
            assert answered(connection) is None

    def test_a_connection_is_not_kept_for_nothing(self, hasty: Service) -> None:
        with connected(hasty.port) as connection:
            assert answered(connection) is None

    def test_a_body_has_to_come(self, hasty: Service) -> None:
        with connected(hasty.port) as connection:
            connection.sendall(
                b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nx"
            )
            answer = answered(connection)
        assert answer is not None
        assert (answer.status, answer.headers["connection"]) == (408, "close")

    def test_an_answer_has_to_be_taken(self, hasty: Service) -> None:
        """One that is larger than what the system holds for both sides."""
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            for number in range(500):
                archive.writestr(f"{number}.png", AI)
        data = held.getvalue()
        with connected(hasty.port) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(
                b"POST /v1/verify?archives=true HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(data), data)
            )
            connection.recv(1)
            for _ in range(500):
                time.sleep(0.02)
                if b"provenance_connections 1.0" in ask(hasty.port, "GET", "/metrics").body:
                    return  # the one that asks this
            pytest.fail("it is still open")


def test_memory_of_the_service_does_not_grow_with_requests(service: Service) -> None:
    """The soak of `tests/bench serving`, shortened: after warming up it holds what it held."""
    from bench.serving import memory

    def asked(count: int) -> tuple[float, float]:
        with connected(service.port) as connection:
            for number in range(count):
                body = (AI, PLAIN, b"", AI + bytes(200_000))[number % 4]
                connection.sendall(
                    b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
                )
                assert answered(connection) is not None
        return memory(service.pid)

    early, late = asked(200), asked(400)
    for before, after in zip(early, late, strict=True):
        assert after <= before * 1.05 + 1.0, (early, late)
