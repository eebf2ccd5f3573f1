"""The service: the routes of the API, and questions that are wrong."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

import pytest
from support.soft_bound import ALGORITHM, LABEL, VALUE, edited, signed, soft_binding, stripped
from unit.recover.serving import served
from unit.recover.test_repository import OTHER, STORE, filled

from provenance.base.errors import RepositoryError
from provenance.credentials import store
from provenance.kit.writer import store_of
from provenance.recover import service
from provenance.recover.client import DISCOVERY
from provenance.recover.repository import STORES
from provenance.recover.service import Service, active_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENCODED = base64.b64encode(VALUE.encode()).decode()
ASKED = f"/v1/matches/byBinding?alg={ALGORITHM}&value={quote(ENCODED)}"
MATCHES = {"matches": [{"manifestId": LABEL, "similarityScore": 100}]}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    with served(filled(tmp_path / "r")) as made:
        yield made


def call(
    running: Service, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", running.server_port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    made = answer.status, answer.getheader("Content-Type") or "", answer.read()
    connection.close()
    return made


def test_the_service_finds_a_store_by_its_binding(running: Service) -> None:
    status, kind, content = call(running, "GET", ASKED)
    assert (status, kind, json.loads(content)) == (200, "application/json", MATCHES)
    body = json.dumps({"alg": ALGORITHM, "value": ENCODED}).encode()
    status, _, content = call(
        running, "POST", "/v1/matches/byBinding?maxResults=1", body, Content_Type="application/json"
    )
    assert (status, json.loads(content)) == (200, MATCHES)
    other = base64.b64encode(b"other").decode()
    path = f"/v1/matches/byBinding?alg={ALGORITHM}&value={quote(other)}"
    assert json.loads(call(running, "GET", path)[2]) == {"matches": []}


def test_the_service_finds_a_store_by_content(running: Service) -> None:
    path = "/v1/matches/byContent"
    status, _, content = call(running, "POST", path, signed(), Content_Type="image/jpeg")
    assert (status, json.loads(content)) == (200, MATCHES)
    for data in (stripped(signed()), b"junk", signed()[:500], b""):
        status, _, content = call(running, "POST", path, data, Content_Type="image/jpeg")
        assert (status, json.loads(content)) == (200, {"matches": []})


def test_the_service_gives_the_store_of_a_manifest(running: Service) -> None:
    assert call(running, "GET", f"/v1/manifests/{LABEL}") == (200, "application/c2pa", STORE)
    assert call(running, "GET", f"/manifests/{quote(LABEL, safe='')}")[2] == STORE
    for name in ("", "urn:c2pa:none", "..%2F..%2Findex.sqlite3", "%00", "a" * 3000):
        status, kind, _ = call(running, "GET", f"/v1/manifests/{name}")
        assert (status, kind) == (404, "application/json")


def test_the_service_gives_the_active_manifest_alone_where_asked(tmp_path: Path) -> None:
    whole = store_of(edited(signed(), OTHER)).data
    with served(filled(tmp_path / "r", whole)) as running:
        path = f"/v1/manifests/{OTHER}?returnActiveManifest=true"
        _, _, alone = call(running, "GET", path)
    parsed = store.parse_store(alone)
    assert (parsed.active, list(parsed.manifests)) == (OTHER, [OTHER])
    assert alone == active_only(alone)
    assert alone[8:] in whole or store.parse_store(whole).manifests[OTHER].claim == (
        parsed.active_manifest.claim
    )
    with pytest.raises(RepositoryError):
        active_only(b"junk")


def test_the_service_lists_its_algorithms(running: Service, tmp_path: Path) -> None:
    def said(path: str) -> Any:
        status, kind, content = call(running, "GET", path)
        assert (status, kind) == (200, "application/json")
        return json.loads(content)

    algorithms = said("/v1/services/supportedAlgorithms")
    assert algorithms == {"watermarks": [{"alg": ALGORITHM}], "fingerprints": []}
    found = said(DISCOVERY)
    assert found["apiEndpoint"] == "/v1"
    assert said(found["capabilitiesEndpoint"])["supportedCapabilities"] == ["queryByContent"]
    assert said(found["statusEndpoint"])["status"] == "ok"
    prints = store_of(signed(soft_binding("ISCC:KAA", "io.iscc.v0"))).data
    with served(filled(tmp_path / "f", prints)) as other:
        _, _, content = call(other, "GET", "/v1/services/supportedAlgorithms")
    assert json.loads(content) == {"watermarks": [], "fingerprints": [{"alg": "io.iscc.v0"}]}


JSON = {"Content_Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "/", None, {}, 404),
        ("GET", "/v1/", None, {}, 404),
        ("GET", "/v1/bindings", None, {}, 405),
        ("GET", "/v1/matches/byContent", None, {}, 405),
        ("GET", "/v1/manifests", None, {}, 405),
        ("PATCH", f"/v1/manifests/{LABEL}", None, {}, 405),
        ("OPTIONS", "/v1/matches/byBinding", None, {}, 405),
        ("TRACE", "/v1/services/status", None, {}, 405),
        ("BREW", "/v1/elsewhere", None, {}, 404),
        ("GET", f"/v1/manifests/{LABEL}/receipts", None, {}, 404),
        ("POST", f"/v1/manifests/{LABEL}/receipts", b"{}", JSON, 404),
        ("GET", f"/v1/manifests/{LABEL}/other", None, {}, 404),
        ("GET", f"/v1/manifests/{LABEL}?returnActiveManifest=5", None, {}, 400),
        ("GET", "/etc/passwd", None, {}, 404),
        ("GET", "/v1/matches/byBinding", None, {}, 400),
        ("GET", f"/v1/matches/byBinding?alg={ALGORITHM}", None, {}, 400),
        ("GET", f"{ASKED}&maxResults=0", None, {}, 400),
        ("GET", f"{ASKED}&maxResults=-1", None, {}, 400),
        ("GET", f"{ASKED}&maxResults=ten", None, {}, 400),
        ("GET", f"{ASKED}&maxResults=", None, {}, 400),
        ("GET", f"{ASKED}&maxResults=000", None, {}, 400),
        ("GET", f"{ASKED}&maxResults=1.5", None, {}, 400),
        ("GET", "/v1/matches/byBinding?" + "&".join(["a=1"] * 50), None, {}, 400),
        ("GET", "/v1/matches/byBinding?value=" + "A" * 10_000, None, {}, 414),
        ("POST", "/v1/matches/byBinding", b"{}", {}, 400),
        ("POST", "/v1/matches/byBinding", b"{}", JSON, 400),
        ("POST", "/v1/matches/byBinding", b"[]", JSON, 400),
        ("POST", "/v1/matches/byBinding", b"[" * 100_000, JSON, 400),
        ("POST", "/v1/matches/byBinding", b"\xff", JSON, 400),
        ("POST", "/v1/matches/byBinding", b'{"alg": 5, "value": []}', JSON, 400),
        ("POST", "/v1/matches/byBinding", None, JSON | {"Content_Length": "-5"}, 411),
        ("POST", "/v1/matches/byBinding", None, JSON | {"Content_Length": "9" * 15}, 413),
        ("POST", "/v1/matches/byContent", b"x", {}, 415),
        ("POST", "/v1/matches/byContent", b"x", {"Content_Type": "multipart/form-data"}, 415),
        ("POST", "/v1/matches/byReference", b"{}", JSON, 403),
        ("POST", "/v1/manifests", b"x", {"Content_Type": "application/c2pa"}, 403),
        ("DELETE", f"/v1/manifests/{LABEL}", None, {}, 403),
        ("POST", "/v1/bindings", b"{}", JSON, 403),
        ("PUT", "/v1/bindings", b"{}", JSON, 403),
    ],
)
def test_a_wrong_question_to_the_service_is_a_client_error(
    running: Service,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    status: int,
) -> None:
    assert call(running, method, path, body, **headers)[0] == status


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/v1/matches/byBinding", "GET, HEAD, POST"),
        ("/v1/matches/byContent", "POST"),
        ("/v1/bindings", "POST, PUT"),
        (f"/v1/manifests/{LABEL}", "DELETE, GET, HEAD"),
        ("/v1/services/status", "GET, HEAD"),
        (DISCOVERY, "GET, HEAD"),
    ],
)
def test_a_method_of_another_address_is_answered_with_those_of_this_one(
    running: Service, path: str, allow: str
) -> None:
    """RFC 9110, section 15.5.6; a method that nobody knows gets the same answer."""
    for method in ("PATCH", "TRACE", "QUERY"):
        connection = http.client.HTTPConnection("127.0.0.1", running.server_port, timeout=20)
        connection.request(method, path, b"{}")
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Allow")) == (405, allow)
        assert json.loads(answer.read()) == {"error": "not a method of this address"}
        connection.close()


@pytest.mark.parametrize("number", ["1", "10", "101", "181230", "9" * 12, "9" * 5000])
def test_any_number_of_results_may_be_asked_for(running: Service, number: str) -> None:
    status, _, content = call(running, "GET", f"{ASKED}&maxResults={number}")
    assert (status, json.loads(content)) == (200, MATCHES)


def test_a_value_that_is_not_in_base64_is_looked_up_as_it_is(running: Service) -> None:
    path = f"/v1/matches/byBinding?alg={ALGORITHM}&value={quote(VALUE)}"
    assert json.loads(call(running, "GET", path)[2]) == MATCHES
    for alg, value in (("", ""), (ALGORITHM, "!!!"), (ALGORITHM, ""), ("%ED%A0%80", "x%00")):
        path = f"/v1/matches/byBinding?alg={alg}&value={value}"
        status, _, content = call(running, "GET", path)
        assert (status, json.loads(content)) == (200, {"matches": []})
    body = b'{"alg": "\\ud800", "value": "\\udfff"}'
    status, _, content = call(running, "POST", "/v1/matches/byBinding", body, **JSON)
    assert (status, json.loads(content)) == (200, {"matches": []})


def test_hints_are_looked_up_beside_the_content(running: Service) -> None:
    """The API's hintAlg and hintValue: an additional soft binding, also without any content."""
    path = "/v1/matches/byContent"
    hints = f"hintAlg={ALGORITHM}&hintValue={quote(ENCODED)}"
    image = {"Content_Type": "image/jpeg"}
    for data, headers in ((stripped(signed()), image), (b"junk", image), (b"", {}), (None, {})):
        status, _, content = call(running, "POST", f"{path}?{hints}", data, **headers)
        assert (status, json.loads(content)) == (200, MATCHES)
    both = f"{path}?{hints}&maxResults=1"
    assert json.loads(call(running, "POST", both, signed(), **image)[2]) == MATCHES
    for part in (f"hintAlg={ALGORITHM}", f"hintValue={quote(ENCODED)}", "hintAlg=a&hintValue=b"):
        status, _, content = call(running, "POST", f"{path}?{part}", b"junk", **image)
        assert (status, json.loads(content)) == (200, {"matches": []})


def test_content_sent_to_the_service_is_bounded(
    running: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_UPLOAD", 10)
    path = "/v1/matches/byContent"
    assert call(running, "POST", path, bytes(11), Content_Type="image/png")[0] == 413
    assert call(running, "POST", path, bytes(10), Content_Type="image/png")[0] == 200


def test_callers_that_break_off_do_no_harm(running: Service) -> None:
    for sent in (b"", b"\0\xff\xfe\r\n\r\n", b"GET", b"POST /v1/matches/byBinding HTTP/1.1\r\n"):
        with socket.create_connection(("127.0.0.1", running.server_port), 20) as caller:
            caller.sendall(sent)
    assert call(running, "GET", ASKED)[0] == 200


def test_a_damaged_repository_keeps_its_paths_to_itself(tmp_path: Path) -> None:
    folder = filled(tmp_path / "r")
    lines: list[str] = []
    with served(folder, lines) as running:
        next((folder / STORES).iterdir()).unlink()
        status, _, content = call(running, "GET", f"/v1/manifests/{LABEL}")
    assert status == 500
    assert json.loads(content) == {"error": "the repository cannot be read"}
    assert any("damaged" in line for line in lines), lines
    assert lines[-1] == f"GET /v1/manifests/{LABEL} 500"


def test_a_service_over_a_folder_that_is_no_repository_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError):
        Service(tmp_path)


def test_callers_who_ask_nothing_hold_no_place(running: Service) -> None:
    """Many more of them than places, and half a question is none."""
    idle = [
        socket.create_connection(("127.0.0.1", running.server_port), 20)
        for _ in range(3 * service.MAX_AT_ONCE)
    ]
    try:
        for one in idle[::2]:
            one.sendall(b"GET /v1/services/status HT")
        assert call(running, "GET", ASKED)[0] == 200
    finally:
        for one in idle:
            one.close()


def test_a_question_to_the_service_has_to_come_soon(
    running: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ASK_TIMEOUT", 0.05)
    monkeypatch.setattr(service, "MAX_CONNECTIONS", 1)
    address = ("127.0.0.1", running.server_port)
    head = b"POST /v1/matches/byContent HTTP/1.1\r\nHost: localhost\r\n"
    head += b"Content-Type: image/png\r\n"
    with socket.create_connection(address, 20) as caller:
        caller.sendall(b"GET /v1/services/status HT")
        assert caller.recv(1000) == b""  # hung up, with nothing to answer
    with socket.create_connection(address, 20) as caller:
        caller.sendall(head + b"Content-Length: 10\r\n\r\nshort")
        assert caller.makefile("rb").readline().split()[1] == b"408"


def test_a_byte_now_and_then_wins_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        timeouts: ClassVar[list[float]] = []

        def settimeout(self, seconds: float) -> None:
            self.timeouts.append(seconds)

        def recv_into(self, buffer: memoryview) -> int:
            clock[0] += 2
            return 1

    clock = [0.0]
    monkeypatch.setattr(service.time, "monotonic", lambda: clock[0])
    incoming = service._Incoming(Slow(), 5.0)
    with pytest.raises(TimeoutError):
        incoming.readall()
    assert Slow.timeouts == [5.0, 3.0, 1.0]


def test_head_to_the_service_is_get_without_content(running: Service) -> None:
    for path in (ASKED, "/v1/nothing"):
        connection = http.client.HTTPConnection("127.0.0.1", running.server_port, timeout=20)
        connection.request("HEAD", path)
        answer = connection.getresponse()
        status, _, content = call(running, "GET", path)
        assert (answer.status, answer.getheader("Content-Length")) == (status, str(len(content)))
        assert answer.read() == b""
        connection.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"PUT /v1/bindings HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 403),
        (b"P\x00T /v1/manifests/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/7.0\r\n\r\n", 505),
    ],
)
def test_every_error_of_the_service_is_json(running: Service, sent: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", running.server_port), 20) as caller:
        caller.sendall(sent)
        answer = http.client.HTTPResponse(caller)
        answer.begin()
        assert answer.status == status
        assert answer.getheader("Content-Type") == "application/json"
        assert json.loads(answer.read(int(answer.getheader("Content-Length") or 0)))["error"]


def test_a_name_that_was_pointed_here_is_refused(running: Service) -> None:
    """DNS rebinding: the page's own name leads to this address, and its origin is the same."""
    port = running.server_port
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "a@127.0.0.1"):
        for method, path in (("GET", ASKED), ("POST", "/v1/matches/byContent")):
            body = None if method == "GET" else signed()
            status, _, content = call(
                running, method, path, body, Host=host, Content_Type="image/jpeg"
            )
            assert (status, list(json.loads(content))) == (421, ["error"])
    for host in ("127.0.0.1", f"127.0.0.1:{port}", f"LOCALHOST:{port}", "[::1]:80", "192.0.2.7"):
        assert call(running, "GET", ASKED, Host=host)[0] == 200


@pytest.mark.parametrize("hosts", ["A: b\r\n", "Host: localhost\r\nHost: evil.example\r\n"])
def test_a_request_without_a_host_or_with_two_is_refused(hosts: str, running: Service) -> None:
    with socket.create_connection(("127.0.0.1", running.server_port), timeout=20) as line:
        line.sendall(f"GET {ASKED} HTTP/1.1\r\n{hosts}\r\n".encode())
        assert b" 421 " in line.recv(64)


def test_the_name_of_a_proxy_in_front_may_be_allowed(tmp_path: Path) -> None:
    """A proxy in front may pass on the name by which the world knows it."""
    with served(filled(tmp_path / "r"), hosts=("Repo.example",)) as running:
        assert call(running, "GET", ASKED, Host="repo.example")[0] == 200
        own = {"Host": "repo.example", "Origin": "https://repo.example"}
        assert call(running, "GET", ASKED, **own)[0] == 200
        assert call(running, "GET", ASKED, Host="other.example")[0] == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_a_page_of_another_site_uploads_is_refused(
    headers: dict[str, str], running: Service
) -> None:
    path = "/v1/matches/byContent"
    status, _, content = call(running, "POST", path, signed(), Content_Type="image/jpeg", **headers)
    assert (status, list(json.loads(content))) == (403, ["error"])


def test_the_services_own_page_may_ask(running: Service) -> None:
    own = {"Origin": f"http://127.0.0.1:{running.server_port}", "Sec-Fetch-Site": "same-origin"}
    path = "/v1/matches/byContent"
    status, _, content = call(running, "POST", path, signed(), Content_Type="image/jpeg", **own)
    assert (status, json.loads(content)) == (200, MATCHES)


def test_a_form_does_not_pass_for_json(running: Service) -> None:
    body = json.dumps({"alg": ALGORITHM, "value": ENCODED}).encode()
    path = "/v1/matches/byBinding"
    for kind in ("text/plain; json", "text/json-not", "application/x-www-form-urlencoded"):
        assert call(running, "POST", path, body, Content_Type=kind)[0] == 400
    named = "application/json; charset=utf-8"
    assert call(running, "POST", path, body, Content_Type=named)[0] == 200
