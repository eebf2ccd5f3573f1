"""`provenance serve` as callers meet it: verdicts of verify, and nobody harmed by anybody else."""

from __future__ import annotations

import io
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from integration.helpers import ANCHORS, AT, FIXTURES, ROOT
from integration.test_network import why_not
from provenance_cli.main import main
from support import poison
from support.each import each
from support.key_files import write
from support.serving import (
    Service,
    answered,
    ask,
    connected,
    own_certificate,
    running,
    serves,
)

from provenance import Options, Policy, TrustStore, Verifier
from provenance.render import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = serves
AI = (FIXTURES / "ai-generated.png").read_bytes()
PLAIN = (FIXTURES / "plain.jpg").read_bytes()
POST = b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
ANYWHERE = "0.0.0.0"  # noqa: S104 - what the service is not to do by an oversight
TOKEN = "a-token-of-forty-characters-for-this-test"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the services of these tests are set up with."""
    made: Path = tmp_path_factory.mktemp("serve")
    write(made, signer=Ed25519PrivateKey.generate())
    (made / "token").write_text(TOKEN + "\n", "ascii")
    (made / "lenient.toml").write_text('version = 1\nname = "lenient"\n', "utf-8")
    root = made / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "a.png").write_bytes(AI)
    (root / "link.png").symlink_to(root / "sub" / "a.png")
    (root / "out").symlink_to(made)
    return made


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Service]:
    """One that most of these tests ask."""
    options = ("--root", f"files={folder / 'root'}", "--sign", str(folder / "signer.pem"))
    options += ("--named-policy", f"lenient={folder / 'lenient.toml'}")
    bounds = ("--max-body", "9M", "--max-in-hand", "36M")
    with running(*options, *bounds, "--access-log") as made:
        yield made


@cache
def record(name: str, **options: Any) -> dict[str, Any]:
    """What verify says of a file."""
    trust = TrustStore.load(anchors=[str(ANCHORS)])
    at = datetime.fromisoformat(AT)
    verifier = Verifier(Policy(), trust, at, Options(**options))
    made: dict[str, Any] = verifier.verify_bytes((FIXTURES / name).read_bytes(), name).to_dict()
    return made


class TestVerify:
    @pytest.mark.parametrize("name", ["ai-generated.png", "tampered.png", "plain.jpg"])
    def test_the_answer_is_the_record_of_verify(self, service: Service, name: str) -> None:
        answer = ask(
            service.port, "POST", f"/v1/verify?name={name}", (FIXTURES / name).read_bytes()
        )
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert answer.json == record(name)

    def test_an_empty_body_is_an_empty_file(self, service: Service) -> None:
        answer = ask(service.port, "POST", "/v1/verify", b"")
        assert answer.status == 200
        assert answer.json["asset"]["size"] == 0

    def test_a_body_may_come_without_its_length(self, service: Service) -> None:
        with connected(service.port) as connection:
            connection.sendall(
                b"POST /v1/verify?name=ai-generated.png HTTP/1.1\r\nHost: localhost\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n"
            )
            for at in range(0, len(AI), 1000):
                part = AI[at : at + 1000]
                connection.sendall(b"%x\r\n%b\r\n" % (len(part), part))
            connection.sendall(b"0\r\n\r\n")
            answer = answered(connection)
        assert answer is not None
        assert answer.json == record("ai-generated.png")

    def test_a_large_body_is_read_where_it_is(self, service: Service) -> None:
        """More than is copied into a worker at once."""
        data = AI + bytes(8 << 20)
        found = ask(service.port, "POST", "/v1/verify", data).json
        assert found["asset"]["size"] == len(data)
        assert found["verdict"]["origin"] == "ai_generated"

    def test_archives_are_opened_where_asked(self, service: Service) -> None:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("in/a.png", AI)
            archive.writestr("b.jpg", PLAIN)
        found = ask(service.port, "POST", "/v1/verify?name=x.zip&archives=true", held.getvalue())
        paths = [one["asset"]["path"] for one in found.json]
        assert paths == ["x.zip!/in/a.png", "x.zip!/b.jpg", "x.zip"]
        closed = ask(service.port, "POST", "/v1/verify?name=x.zip", held.getvalue()).json
        assert [one["code"] for one in closed["findings"]] == ["container.not_opened"]

    def test_the_time_and_the_policy_are_the_caller_s(self, service: Service) -> None:
        early = "2020-01-01T00:00:00Z"
        found = ask(service.port, "POST", f"/v1/verify?at={early}", AI).json
        assert found["environment"]["validation_time"] == early
        found = ask(service.port, "POST", "/v1/verify?policy=lenient", AI).json
        assert found["environment"]["policy"]["name"] == "lenient"

    def test_personal_data_is_shown_only_where_asked(self, service: Service) -> None:
        data = (FIXTURES / "capture.jpg").read_bytes()
        hidden = ask(service.port, "POST", "/v1/verify?name=capture.jpg", data).json
        shown = ask(service.port, "POST", "/v1/verify?name=capture.jpg&personal_data=true", data)
        assert "[title withheld]" in json.dumps(hidden)
        assert shown.json == record("capture.jpg", show_personal_data=True)
        assert "[title withheld]" not in json.dumps(shown.json)

    def test_a_hostile_name_is_only_a_name(self, service: Service) -> None:
        name = "..%2F..%2Fetc%2Fpasswd%0A%E2%80%AE.png"
        found = ask(service.port, "POST", f"/v1/verify?name={name}", AI).json
        assert found["asset"]["path"].startswith("../../etc/passwd\n")
        assert found["verdict"]["origin"] == "ai_generated"


class TestSigned:
    def test_check_result_accepts_a_signed_answer(self, service: Service, folder: Path) -> None:
        answer = ask(service.port, "POST", "/v1/verify?name=a.png&signed=true", AI)
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/vnd.dsse.envelope.v1+json"
        (folder / "a.png").write_bytes(AI)
        (folder / "a.dsse").write_bytes(answer.body)
        names = [str(folder / name) for name in ("a.png", "a.dsse", "signer.pub")]
        checked = subprocess.run(
            [
                *(sys.executable, "-c", "from provenance_cli.main import main; main()"),
                *("check-result", *names[:2], "--key", names[2], "--trust-anchors", str(ANCHORS)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr

    def test_the_page_gets_a_signed_answer_together_with_the_record(self, service: Service) -> None:
        found = ask(service.port, "POST", "/v1/verify?view=page&signed=true", AI).json
        assert found["signed"]["payloadType"] == "application/vnd.in-toto+json"
        assert found["files"][0]["record"]["asset"]["sha256"]

    def test_a_signed_answer_is_refused_for_archives(self, service: Service) -> None:
        answer = ask(service.port, "POST", "/v1/verify?signed=true&archives=true", AI)
        assert answer.status == 400


class TestReferences:
    def ask(self, service: Service, root: object, name: object) -> Any:
        body = json.dumps({"root": root, "name": name}).encode()
        return ask(
            service.port,
            "POST",
            "/v1/verify-reference",
            body,
            {"Content-Type": "application/json"},
        )

    def test_a_file_below_a_folder_is_examined(self, service: Service, folder: Path) -> None:
        answer = self.ask(service, "files", "sub/a.png")
        assert answer.status == 200
        assert answer.json["asset"]["path"] == "files/sub/a.png"
        assert answer.json["verdict"]["origin"] == "ai_generated"
        assert str(folder).encode() not in answer.body

    @each(
        "name",
        [
            "../token",
            "sub/../../token",
            "link.png",
            "out/token",
            "/etc/passwd",
            "",
            ".",
            "sub",
            "sub/",
            "nowhere.png",
            "a\x00b",
            "sub//a.png",
            "x" * 5000,
            "\ud800",
        ],
    )
    def test_names_that_lead_out_of_the_folder_are_not_found(
        self, service: Service, name: str
    ) -> None:
        assert self.ask(service, "files", name).status == 404

    def test_a_file_below_another_folder_is_not_found(self, service: Service) -> None:
        assert self.ask(service, "other", "sub/a.png").status == 404
        assert self.ask(service, ["files"], "sub/a.png").status == 400

    def test_a_sidecar_is_found_and_named_as_the_caller_knows_it(
        self, service: Service, folder: Path
    ) -> None:
        for name in ("plain-for-sidecar.jpg", "plain-for-sidecar.c2pa"):
            (folder / "root" / "sub" / name).write_bytes((FIXTURES / name).read_bytes())
        answer = self.ask(service, "files", "sub/plain-for-sidecar.jpg")
        assert answer.json["credentials"]["location"] == "sidecar"
        assert answer.json["credentials"]["sidecar"] == "files/sub/plain-for-sidecar.c2pa"
        assert str(folder).encode() not in answer.body


class TestCompare:
    def test_two_files_in_one_body_are_compared(self, service: Service) -> None:
        target = f"/v1/compare?before_size={len(AI)}&before_name=a&after_name=b&rules=california"
        found = ask(service.port, "POST", target, AI + PLAIN).json
        assert (found["before"]["path"], found["after"]["path"]) == ("a", "b")
        assert "credential" in found["lost"]
        assert found["rules"][0]["outcome"] == "lost"

    def test_the_same_file_twice_has_lost_nothing(self, service: Service) -> None:
        found = ask(service.port, "POST", f"/v1/compare?before_size={len(AI)}", AI + AI).json
        assert (found["lost"], found["error"]) == ([], None)

    @pytest.mark.parametrize("size", ["", "-1", "x", "9" * 20, str(len(AI) + len(PLAIN) + 1)])
    def test_a_size_that_does_not_fit_the_body_is_refused(
        self, service: Service, size: str
    ) -> None:
        answer = ask(service.port, "POST", f"/v1/compare?before_size={size}", AI + PLAIN)
        assert answer.status == 400


class TestRefusals:
    @each(
        ("target", "status"),
        [
            ("/v1/verify?nmae=x", 400),
            ("/v1/verify?name=a&name=b", 400),
            ("/v1/verify?archives=yes", 400),
            ("/v1/verify?at=yesterday", 400),
            ("/v1/verify?at=2020-01-01", 400),
            ("/v1/verify?policy=other", 400),
            ("/v1/verify?cross_check=maybe", 400),
            ("/v1/verify?view=raw", 400),
            ("/v1/verify?name=" + "x" * 1025, 400),
            ("/v1/nothing", 404),
            ("/v1/explain/x", 405),
        ],
    )
    def test_a_malformed_question_is_refused_with_its_status(
        self, service: Service, target: str, status: int
    ) -> None:
        answer = ask(service.port, "POST", target, AI)
        assert answer.status == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json.keys() == {"type", "title", "status", "detail"}
        assert answer.json["status"] == status

    def test_a_form_is_refused(self, service: Service) -> None:
        """Frameworks write forms to disk."""
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        assert ask(service.port, "POST", "/v1/verify", AI, kind).status == 415

    def test_a_body_is_too_large_by_its_length_or_by_what_comes(self, service: Service) -> None:
        said = {"Content-Length": str(10 << 20)}
        assert ask(service.port, "POST", "/v1/verify", bytes(10 << 20), said).status == 413
        with connected(service.port) as connection:
            connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(10):
                connection.sendall(b"100000\r\n" + bytes(1 << 20) + b"\r\n")
            connection.sendall(b"0\r\n\r\n")
            answer = answered(connection)
        assert answer is not None
        assert answer.status == 413

    def test_a_body_without_room_is_refused_and_its_room_given_back(self, service: Service) -> None:
        """Bodies take room as they come; what does not fit may ask again."""
        size = 9 << 20
        head = POST + b"Content-Length: %d\r\n\r\n" % size
        held = [connected(service.port) for _ in range(4)]
        try:
            for one in held:
                one.sendall(head)
            said = {"Content-Length": str(size), "Connection": "close"}
            assert ask(service.port, "POST", "/v1/verify", AI).status == 200  # words take none
            for one in held:
                one.sendall(bytes(size - 1))
            for _ in range(200):
                late = ask(service.port, "POST", "/v1/verify", bytes(size), said)
                if late.status == 429:
                    break
            assert (late.status, late.headers["retry-after"]) == (429, "1")
        finally:
            for one in held:
                one.close()
        for _ in range(200):
            if ask(service.port, "POST", "/v1/verify", bytes(size)).status == 200:
                return
        pytest.fail("the room was not given back")

    def test_questions_from_a_page_of_another_site_are_refused(self, service: Service) -> None:
        def status(**headers: str) -> int:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return ask(service.port, "POST", "/v1/verify", PLAIN, named).status

        own = f"127.0.0.1:{service.port}"
        assert status(Host=own, Origin=f"http://{own}", Sec_Fetch_Site="same-origin") == 200
        assert status(Host="evil.example") == 421
        assert status(Host=own, Origin="http://evil.example") == 403
        assert status(Host=own, Origin="null") == 403
        assert status(Host=own, Sec_Fetch_Site="cross-site") == 403
        found = ask(service.port, "OPTIONS", "/v1/verify", None, {"Origin": "http://evil.example"})
        assert "access-control-allow-origin" not in found.headers


class TestWhatIsKnown:
    def test_codes_trust_lists_and_the_service_itself_can_be_asked_about(
        self, service: Service
    ) -> None:
        found = ask(service.port, "GET", "/v1/explain/credential.remnant").json
        assert found["codes"][0]["code"] == "credential.remnant"
        assert ask(service.port, "GET", "/v1/explain/no.such").status == 404
        lists = ask(service.port, "GET", "/v1/trust").json["lists"]
        assert lists == record("plain.jpg")["environment"]["trust_lists"]
        offered = ask(service.port, "GET", "/v1/service").json
        assert (offered["signing"], offered["token"]) == (True, False)

    def test_the_service_says_that_it_runs_and_is_ready(self, service: Service) -> None:
        assert ask(service.port, "GET", "/healthz").json == {"status": "ok"}
        assert ask(service.port, "GET", "/readyz").json == {"status": "ready"}

    def test_the_counters_are_those_of_prometheus(self, service: Service) -> None:
        from prometheus_client.parser import text_string_to_metric_families

        ask(service.port, "POST", "/v1/verify?name=secret-name.png", AI)
        ask(service.port, "GET", "/secret-path")
        text = ask(service.port, "GET", "/metrics").body.decode()
        found = {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        key = ("provenance_files_total", ("flagged", "true"), ("origin", "ai_generated"))
        assert found[key] >= 1
        assert ("provenance_in_hand_bytes",) in found
        assert "secret" not in text

    def test_the_page_may_load_nothing_from_elsewhere(self, service: Service) -> None:
        answer = ask(service.port, "GET", "/")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        for name, kind in (("page.css", "text/css"), ("page.js", "text/javascript")):
            part = ask(service.port, "GET", f"/{name}")
            assert (part.status, part.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
            assert b"http" not in re.sub(rb"http://www.w3.org/2000/svg", b"", part.body)


def test_the_client_in_the_docs_runs(service: Service) -> None:
    httpx = pytest.importorskip("httpx")
    del httpx
    page = (ROOT / "docs" / "serve.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert "http://127.0.0.1:8470" in code
    code = code.replace("http://127.0.0.1:8470", service.url.rstrip("/"))
    code = code.replace("photo.jpg", str(FIXTURES / "ai-generated.png"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "ai_generated ['ai']\n"


@pytest.fixture(scope="module")
def guarded(folder: Path) -> Iterator[Service]:
    options = ("--token-file", str(folder / "token"), "--no-personal-data")
    with running(*options, "--allow-origin", "https://queue.example") as made:
        yield made


class TestToken:
    def test_without_a_token_there_is_only_the_page(self, guarded: Service) -> None:
        for path in ("/", "/page.css", "/page.js", "/healthz", "/readyz", "/v1/service"):
            assert ask(guarded.port, "GET", path).status == 200, path
        for path in ("/metrics", "/openapi.json", "/v1/trust", "/v1/explain/x", "/nothing"):
            assert ask(guarded.port, "GET", path).status == 401, path

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            (f"Bearer {TOKEN}", 200),
            (f"bearer {TOKEN}", 200),
            (f"Bearer {TOKEN}x", 401),
            (f"Bearer {TOKEN[:-1]}", 401),
            ("Bearer", 401),
            ("Basic dXNlcjpwYXNz", 401),
            ("", 401),
        ],
    )
    def test_only_the_right_token_is_let_in(
        self, guarded: Service, given: str, status: int
    ) -> None:
        answer = ask(guarded.port, "POST", "/v1/verify", PLAIN, {"Authorization": given})
        assert answer.status == status
        assert status == 200 or "bearer" in answer.headers["www-authenticate"].lower()

    def test_personal_data_is_not_shown_where_the_service_says_so(self, guarded: Service) -> None:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        answer = ask(guarded.port, "POST", "/v1/verify?personal_data=true", PLAIN, bearer)
        assert answer.status == 403

    def test_a_named_site_may_ask(self, guarded: Service) -> None:
        site = {"Origin": "https://queue.example", "Sec-Fetch-Site": "cross-site"}
        asked = ask(guarded.port, "OPTIONS", "/v1/verify", None, site)
        assert asked.status == 204
        assert asked.headers["access-control-allow-origin"] == "https://queue.example"
        answer = ask(
            guarded.port, "POST", "/v1/verify", PLAIN, {**site, "Authorization": f"Bearer {TOKEN}"}
        )
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "https://queue.example"


def test_names_of_files_are_not_logged(folder: Path) -> None:
    with running("--access-log") as made:
        ask(made.port, "POST", "/v1/verify?name=secret-name.png", AI)
        ask(made.port, "GET", "/secret\x1b[31m-path")
        assert made.stop() == 0
    assert "secret-name" not in made.said
    assert "\x1b" not in made.said
    assert re.search(r"POST /v1/verify 200 \d+ [0-9.]+ms sha256:[0-9a-f]{64}\n", made.said)
    assert "ended; files: 1, could not be examined: 0" in made.said


@pytest.fixture(scope="module")
def small() -> Iterator[Service]:
    with running("--max-connections", "32", "--max-waiting", "4", "--timeout", "2") as made:
        yield made


class TestHarm:
    """What one caller does costs the others nothing."""

    def works(self, service: Service) -> None:
        answer = ask(service.port, "POST", "/v1/verify?name=ai-generated.png", AI)
        assert answer.status == 200
        assert answer.json == record("ai-generated.png")

    def test_connections_that_ask_nothing_make_room_for_others(self, small: Service) -> None:
        """More than there is room for: the oldest make room."""
        held = [connected(small.port) for _ in range(200)]
        try:
            self.works(small)
            head = b"POST /v1/verify HTTP/1.1\r\nHost: loc"
            for one in held[-20:]:
                one.sendall(head)
            self.works(small)
        finally:
            for one in held:
                one.close()
        self.works(small)

    def test_bodies_that_never_end_do_no_harm(self, small: Service) -> None:
        held = [connected(small.port) for _ in range(20)]
        try:
            for one in held:
                one.sendall(POST + b"Content-Length: 9\r\n\r\nx")
            self.works(small)
        finally:
            for one in held:
                one.close()

    @each(
        "said",
        [
            b"\x00\x01\x02\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            POST + b"Content-Length: -1\r\n\r\n",
            POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
            POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            GET + b"" + b"X: y\r\n" * 20_000 + b"\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET /%ff%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            GET + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
            b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ],
    )
    def test_bytes_that_are_no_request_do_no_harm(self, small: Service, said: bytes) -> None:
        with connected(small.port) as connection:
            connection.sendall(said)
            connection.settimeout(5)
            answer = answered(connection)
        assert answer is None or answer.status < 500
        self.works(small)

    def test_a_body_that_is_cut_short_does_no_harm(self, small: Service) -> None:
        for _ in range(5):
            with connected(small.port) as connection:
                connection.sendall(POST + b"Content-Length: 99\r\n\r\nx")
        self.works(small)

    def test_two_requests_at_once_on_one_connection_are_both_answered(self, small: Service) -> None:
        one = POST + b"Content-Length: %d\r\n\r\n%b"
        with connected(small.port) as connection:
            connection.sendall((one % (len(PLAIN), PLAIN)) * 2)
            data = b""
            while data.count(b"HTTP/1.1 200 OK") < 2 and (more := connection.recv(65536)):
                data += more
        assert data.count(b"HTTP/1.1 200 OK") == 2

    def test_more_requests_than_may_wait_are_answered_or_told_to_come_back(
        self, small: Service
    ) -> None:
        """Each is answered, or told to come back; none is left waiting."""
        with ThreadPoolExecutor(24) as pool:
            asked = [pool.submit(ask, small.port, "POST", "/v1/verify", AI) for _ in range(48)]
            found = [one.result() for one in asked]
        assert {answer.status for answer in found} <= {200, 429}
        assert [
            answer for answer in found if answer.status == 429 and not answer.headers["retry-after"]
        ] == []
        self.works(small)


@pytest.fixture(scope="module")
def poisoned() -> Iterator[Service]:
    with running("--timeout", "1", "--access-log", code=poison.CODE) as made:
        yield made


class TestFalls:
    """A file that brings its worker down gets its record, and the next one is examined."""

    @pytest.mark.parametrize(
        ("head", "code"),
        [
            (b"CRASH", "worker.crashed"),
            (b"CRASH TWICE", "worker.crashed"),
            (b"EXIT", "worker.crashed"),
            (b"HANG", "worker.timeout"),
            (b"MEMORY", "worker.memory"),
            (b"LIES", "worker.crashed"),
            (b"NO JSON", "worker.crashed"),
            (b"LONG", "worker.crashed"),
        ],
    )
    def test_a_fallen_worker_has_a_record_and_the_next_file_is_examined(
        self, poisoned: Service, head: bytes, code: str
    ) -> None:
        answer = ask(poisoned.port, "POST", "/v1/verify?name=bad.bin", head + bytes(20))
        assert answer.status == 200
        found = answer.json
        assert found["asset"] == {
            "path": "bad.bin",
            "size": len(head) + 20,
            "media_type": None,
            "sha256": None,
        }
        assert (found["verdict"], found["error"]["code"]) == (None, code)
        jsonschema = pytest.importorskip("jsonschema")
        jsonschema.validate(found, json.loads(schemas.schema_text()))
        after = ask(poisoned.port, "POST", "/v1/verify?name=ai-generated.png", AI)
        assert after.json == record("ai-generated.png")

    def test_what_a_library_prints_in_a_worker_is_no_answer(self, poisoned: Service) -> None:
        answer = ask(poisoned.port, "POST", "/v1/verify?name=a", b"NOISE" + PLAIN)
        assert answer.json["error"] is None

    def test_markers_of_a_file_that_brought_a_worker_down_are_still_said(
        self, poisoned: Service
    ) -> None:
        """The marker is read by the worker that comes after."""
        found = ask(poisoned.port, "POST", "/v1/verify?name=a.png", AI + b"CRASH").json
        assert [one["code"] for one in found["findings"]] == ["examination.incomplete"]
        assert found["verdict"]["origin"] == "ai_generated"
        assert found["flagged"]

    def test_nobody_else_waits_for_a_worker_that_hangs(self, poisoned: Service) -> None:
        """One hangs; the other worker answers meanwhile."""
        with ThreadPoolExecutor(1) as pool:
            hanging = pool.submit(ask, poisoned.port, "POST", "/v1/verify", b"HANG")
            for _ in range(20):
                assert ask(poisoned.port, "POST", "/v1/verify", PLAIN).status == 200
            assert not hanging.done() or hanging.result().json["error"]
            assert hanging.result().json["error"]["code"] == "worker.timeout"

    def test_fallen_workers_are_counted(self, poisoned: Service) -> None:
        ask(poisoned.port, "POST", "/v1/verify", b"CRASH")
        text = ask(poisoned.port, "GET", "/metrics").body.decode()
        assert re.search(r'provenance_worker_falls_total\{code="worker.crashed"\} [1-9]', text)
        assert re.search(r'provenance_files_total\{flagged="false",origin="error"\} [1-9]', text)
        assert "provenance_in_hand_bytes 0.0" in text
        assert "provenance_waiting 0.0" in text

    def test_a_comparison_whose_worker_fell_says_so(self, poisoned: Service) -> None:
        for body, error in ((b"xxCRASH", "the worker was ended by SIGABRT"), (b"xxyy", None)):
            found = ask(poisoned.port, "POST", "/v1/compare?before_size=2", body).json
            assert found["error"] == error


class TestWhereItListens:
    def test_strangers_are_not_let_in_by_an_oversight(self, folder: Path) -> None:
        token = ("--token-file", str(folder / "token"))
        for options in ((), token, ("--tls-cert", "a", "--tls-key", "b")):
            result = CliRunner().invoke(main, ["serve", "--listen", ANYWHERE, *options])
            assert result.exit_code == 2
            assert "--token-file, --tls-cert and --tls-key" in result.stderr

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--tls-cert", "a"), "go together"),
            (("--token-file", "short"), "16 characters"),
            (("--token-file", "nowhere"), "no such file"),
            (("--root", "nowhere"), "NAME=PATH"),
            (("--root", "a=nowhere"), "no such directory"),
            (("--named-policy", "default=x"), "is there already"),
            (("--max-body", "2G"), "--max-in-hand"),
            (("--allow-origin", "*"), "give one as"),
            (("--key-password-file", "x"), "goes with --sign"),
            (("--sign", "token"), "no private key"),
            (("--crl", "token"), "token"),
            (("--policy", "token"), "token"),
            (("--tls-cert", "token", "--tls-key", "token"), "cannot be used"),
            (("--max-memory", "1M"), "16M"),
        ],
    )
    def test_options_that_contradict_each_other_are_refused(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str
    ) -> None:
        monkeypatch.chdir(folder)
        (folder / "short").write_text("short\n", "ascii")
        result = CliRunner().invoke(main, ["serve", "--port", "0", *options])
        assert result.exit_code == 2
        assert said in result.stderr
        assert "Traceback" not in result.stderr

    def test_a_port_that_is_taken_is_one_line(self, service: Service) -> None:
        result = CliRunner().invoke(main, ["serve", "--port", str(service.port)])
        assert result.exit_code == 2
        assert f"cannot listen on 127.0.0.1:{service.port}" in result.stderr

    def test_a_named_socket_is_listened_on(self, tmp_path: Path) -> None:
        place = tmp_path / "service.sock"
        with running("--unix", str(place)) as made:
            assert made.url == f"unix:{place}"
            assert place.stat().st_mode & 0o777 == 0o660
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(place))
                connection.sendall(POST + b"Content-Length: %d\r\n\r\n%b" % (len(PLAIN), PLAIN))
                answer = answered(connection)
            assert answer is not None
            assert answer.json["verdict"]["origin"] == "unknown"
            second = CliRunner().invoke(main, ["serve", "--unix", str(place)])
            assert second.exit_code == 2
            assert "listens there already" in second.stderr
            assert made.stop() == 0
        assert not place.exists()
        place.write_text("not a socket", "ascii")
        assert CliRunner().invoke(main, ["serve", "--unix", str(place)]).exit_code == 2
        assert place.read_text("ascii") == "not a socket"

    def test_tls_is_spoken_where_a_certificate_is_given(self, folder: Path) -> None:
        certificate, key = own_certificate(folder)
        options = ("--tls-cert", str(certificate), "--tls-key", str(key))
        options += ("--token-file", str(folder / "token"))
        with running("--listen", ANYWHERE, *options) as made:
            context = ssl.create_default_context(cafile=str(certificate))
            with (
                connected(made.port) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as connection,
            ):
                bearer = f"Authorization: Bearer {TOKEN}\r\n".encode("ascii")
                head = POST + bearer + b"Content-Length: %d\r\n\r\n" % len(AI)
                connection.sendall(head + AI)
                answer = answered(connection)
            assert answer is not None
            assert answer.json["verdict"]["origin"] == "ai_generated"
            with connected(made.port) as plain:
                plain.sendall(GET + b"\r\n")
                assert answered(plain) is None


def test_the_service_writes_no_body_to_a_file_and_opens_no_socket(
    tmp_path: Path, folder: Path
) -> None:
    """Under strace: the listener, pairs of sockets without a name, memory without a name."""
    if why_not():
        pytest.skip(why_not())
    log = tmp_path / "log"
    calls = "trace=network,open,openat,openat2,creat,memfd_create,rename,renameat2,link,linkat"
    traced = ("strace", "-f", "-qq", "-s", "16", "-e", calls, "-o", str(log))
    options = ("--root", f"files={folder / 'root'}", "--sign", str(folder / "signer.pem"))
    with running(*options, "--access-log", before=traced) as made:
        asked = json.dumps({"root": "files", "name": "sub/a.png"}).encode()
        for target, body in (
            ("/v1/verify?name=a.png", AI),
            ("/v1/verify?archives=true", AI + bytes(9 << 20)),
            ("/v1/verify?signed=true", AI),
            ("/v1/verify?view=page", (FIXTURES / "clip.mp4").read_bytes()),
            (f"/v1/compare?before_size={len(AI)}", AI + PLAIN),
            ("/v1/verify-reference", asked),
        ):
            assert ask(made.port, "POST", target, body).status == 200
        assert made.stop() == 0
    lines = log.read_text("utf-8", "replace").splitlines()
    opened = [line for line in lines if re.search(r"\b(open|openat|openat2|creat)\(", line)]
    written = [line for line in opened if re.search(r"O_(WRONLY|RDWR|CREAT|TMPFILE)", line)]
    assert [line for line in written if '"/dev/null"' not in line] == []
    assert [line for line in lines if re.match(r"\d+ +(rename|link|creat)", line)] == []
    assert any("memfd_create(" in line for line in lines), lines
    sockets = [line for line in lines if re.search(r"\bsocket\(", line)]
    assert len(sockets) == 1, sockets
    assert [line for line in lines if re.search(r"\bconnect\(", line)] == []


def test_a_service_without_memory_files_sends_the_bytes_to_its_worker() -> None:
    """As on macOS and Windows: the bytes go to the worker."""
    code = (
        "from provenance.sandbox import descriptors; descriptors.available = lambda: False;"
        " from provenance_cli.main import main; main()"
    )
    with running(code=code) as made:
        answer = ask(made.port, "POST", "/v1/verify?name=ai-generated.png", AI)
        assert answer.json == record("ai-generated.png")
        target = f"/v1/compare?before_size={len(AI)}"
        assert ask(made.port, "POST", target, AI + AI).json["lost"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_service_answers_what_it_has_and_ends_without_a_process_left(
    number: signal.Signals,
) -> None:
    """What is in hand is answered; nobody new is let in; no process is left."""
    with running("--timeout", "30", code=poison.CODE) as made:
        children = Path(f"/proc/{made.process.pid}/task/{made.process.pid}/children")
        with connected(made.port) as connection:
            half = len(AI) // 2
            connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(AI) + AI[:half])
            ask(made.port, "GET", "/healthz")
            made.process.send_signal(number)
            connection.sendall(AI[half:])
            answer = answered(connection)
        assert answer is not None
        assert answer.status in {200, 503}
        out, err = made.process.communicate(timeout=20)
        assert made.process.returncode == 0
        assert "Traceback" not in out + err
        assert not children.exists()


def test_the_service_does_not_start_where_memory_may_not_be_executed() -> None:
    """`MemoryDenyWriteExecute` of systemd: no file would get its second opinion."""
    code = (
        "import ctypes, os, sys\n"
        "if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0): sys.exit(77)\n"  # PR_SET_MDWE, Linux 6.3
        "os.execv(sys.executable, [sys.executable, '-c', sys.argv[1], *sys.argv[2:]])"
    )
    start = "from provenance_cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, start, "serve", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("this system does not forbid that")
    assert done.returncode == 2
    assert "memory may not be written and executed here" in done.stderr
