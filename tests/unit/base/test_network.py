"""The OCSP client over a server on this computer, and the addresses it refuses."""

from __future__ import annotations

import base64
import ipaddress
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509 import ocsp as theirs
from support.each import each
from unit.signing import pki
from unit.signing.test_profile import addresses

from provenance.base import network
from provenance.base.errors import TrustMaterialError
from provenance.base.network import NetworkRequest, Scope
from provenance.signing import certificate, ocsp_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HTTP = frozenset({"http"})
TLS_SERVER = "1.3.6.1.5.5.7.3.1"


class Server:
    """A server of this computer; `answers` maps a path to status, headers and body."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.seen: list[tuple[str, str, bytes]] = []
        self.slow = 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(b"")

            def do_POST(self) -> None:
                self.answer(self.rfile.read(int(self.headers["Content-Length"])))

            def answer(self, body: bytes) -> None:
                outer.seen.append((self.command, self.path, body))
                status, headers, content = outer.answers.get(
                    self.path, outer.answers.get("*", (404, {}, b""))
                )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for octet in content if outer.slow else ():
                        time.sleep(outer.slow)
                        self.wfile.write(bytes([octet]))
                    if not outer.slow:
                        self.wfile.write(content)
                except OSError:
                    pass

            def log_message(self, *arguments: object) -> None:
                del arguments

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def call(url: str, scope: Scope = Scope.LOOPBACK, **options: object) -> tuple[bytes | None, str]:
    request = NetworkRequest(
        url, int(str(options.get("limit", 1000))), timeout=float(str(options.get("timeout", 5)))
    )
    content, made = network.call(request, scope, HTTP)
    assert made.url == url
    return content, made.error


def test_a_call_and_its_record(server: Server) -> None:
    server.answers["/a?b=c"] = (200, {}, b"hello")
    content, made = network.call(NetworkRequest(server.url + "/a?b=c", 10), Scope.LOOPBACK, HTTP)
    assert content == b"hello"
    assert (made.status, made.bytes, made.error) == (200, 5, "")
    assert made.seconds >= 0


def test_this_computer_is_not_called_unless_allowed(server: Server) -> None:
    content, reason = call(server.url, Scope.PUBLIC)
    assert content is None
    assert "not a public address" in reason
    assert server.seen == []
    content, reason = call(server.url.replace("127.0.0.1", "localhost"), Scope.PUBLIC)
    assert "not a public address" in reason


@each(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - not bound to
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("fec0::1", False),
        ("::10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("junk", False),
    ],
)
def test_only_public_addresses_may_be_called_by_default(address: str, public: bool) -> None:
    assert network.allowed(address, Scope.PUBLIC) is public
    if "127.0.0.1" in address or address == "::1":
        assert network.allowed(address, Scope.LOOPBACK)
    elif not public and not address.startswith("2002"):
        assert not network.allowed(address, Scope.LOOPBACK)


@each(
    ("address", "private"),
    [
        ("10.0.0.1", True),
        ("172.31.255.255", True),
        ("192.168.1.1", True),
        ("100.64.0.1", True),
        ("fd00::1", True),
        ("::ffff:10.0.0.1", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("8.8.8.8", True),
        ("169.254.169.254", False),
        ("fe80::1", False),
        ("0.0.0.0", False),  # noqa: S104 - not bound to
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("192.0.2.1", False),
        ("junk", False),
    ],
)
def test_only_private_addresses_may_be_called_for_a_private_network(
    address: str, private: bool
) -> None:
    assert network.allowed(address, Scope.PRIVATE) is private


@each(
    "url",
    [
        "file:///etc/passwd",
        "ftp://host/",
        "https://host/",
        "http://user:word@host/",
        "http:///path",
        "http://host/ x",
        "http://host/\r\nX: y",
        "http://h\u00f6st/",
        "http://host:99999/",
        "http://" + "a" * 3000,
        "",
    ],
)
def test_addresses_that_are_not_called(url: str) -> None:
    assert call(url)[0] is None


def test_redirects_are_followed_on_the_same_host_up_to_a_bound(server: Server) -> None:
    server.answers["/ok"] = (200, {}, b"there")
    server.answers["/1"] = (302, {"Location": "/ok"}, b"")
    server.answers["/loop"] = (301, {"Location": "/loop"}, b"")
    server.answers["/none"] = (302, {}, b"")
    server.answers["/away"] = (302, {"Location": "http://10.0.0.1/"}, b"")
    server.answers["/file"] = (302, {"Location": "file:///etc/passwd"}, b"")
    assert call(server.url + "/1")[0] == b"there"
    assert "redirects" in call(server.url + "/loop")[1]
    assert "without an address" in call(server.url + "/none")[1]
    assert "not a public address" in call(server.url + "/away")[1]
    assert "scheme" in call(server.url + "/file")[1]


def test_an_address_that_is_not_called_is_told_from_one_that_does_not_answer(
    server: Server,
) -> None:
    server.answers["/away"] = (302, {"Location": "http://10.0.0.1/"}, b"")
    for url, scope, sent in (
        (server.url + "/away", Scope.LOOPBACK, True),
        ("http://127.0.0.1:1/", Scope.LOOPBACK, True),
        ("http://127.0.0.1:1/", Scope.PUBLIC, False),
        ("ftp://127.0.0.1:1/", Scope.LOOPBACK, False),
    ):
        content, made = network.call(NetworkRequest(url, 10), scope, HTTP)
        assert (content, made.sent, made.redirects) == (None, sent, ())
    refused = network.call(NetworkRequest("http://127.0.0.1:1/", 10), Scope.PUBLIC, HTTP)[1]
    assert refused.error == "127.0.0.1 is not a public address"


def test_a_redirect_to_another_host_gets_neither_content_nor_secret(server: Server) -> None:
    """Neither what the caller allowed for the first host, nor content, nor a secret."""
    other = Server()
    try:
        server.answers["/away"] = (307, {"Location": other.url + "/take"}, b"")
        server.answers["/back"] = (307, {"Location": "/ok"}, b"")
        server.answers["/ok"] = (200, {"Content-Type": "Text/Plain; charset=x"}, b"there")
        assert "not a public address" in call(server.url + "/away")[1]
        sent = NetworkRequest(server.url + "/away", 10, b"content", secret="Bearer word")
        content, made = network.call(sent, Scope.PRIVATE, HTTP)
        assert content is None
        assert "content is not sent" in made.error
        assert other.seen == []
        sent = NetworkRequest(server.url + "/back", 10, b"content")
        content, made = network.call(sent, Scope.PRIVATE, HTTP)
        assert (content, made.media_type) == (b"there", "text/plain")
        assert made.redirects == (server.url + "/ok",)
        assert "word" not in repr(NetworkRequest(server.url, 1, secret="Bearer word"))
    finally:
        other.close()


def test_a_call_has_bounds_of_size_and_time(server: Server) -> None:
    server.answers["/large"] = (200, {}, b"x" * 1001)
    server.answers["/cut"] = (200, {"Content-Length": "10"}, b"x")
    server.answers["/"] = (500, {}, b"")
    assert "larger than 1000" in call(server.url + "/large")[1]
    assert call(server.url + "/cut")[0] is None
    assert "answered 500" in call(server.url + "/")[1]
    server.slow = 0.05  # each octet comes in time, and all of them never do
    server.answers["/slow"] = (200, {}, b"x" * 1000)
    assert call(server.url + "/slow", timeout=0.5)[0] is None


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server over TLS, under an authority that the client knows."""
    named = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    dates = (datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1))
    long = (dates[0], dates[1] + timedelta(days=1))
    root = pki.authority("TLS root", dates=long)
    one = pki.issue("TLS server", root, eku=(TLS_SERVER,), more=((named, False),), dates=dates)
    key = one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "server.pem").write_bytes(key + one.pem)
    (tmp_path / "root.pem").write_bytes(root.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    made = Server(context)
    known = ssl.create_default_context

    def knowing() -> ssl.SSLContext:
        return known(cafile=tmp_path / "root.pem")

    monkeypatch.setattr(network.ssl, "create_default_context", knowing)
    yield made
    made.close()


def test_a_list_is_fetched_over_tls(secure: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    secure.answers["/list"] = (200, {}, b"[]")
    assert network.download(secure.url + "/list", Scope.LOOPBACK, 10) == b"[]"
    secure.answers["/weaker"] = (302, {"Location": "http://127.0.0.1/"}, b"")
    with pytest.raises(TrustMaterialError, match="weaker"):
        network.download(secure.url + "/weaker", Scope.LOOPBACK, 10)
    secure.slow = 0.05
    secure.answers["/slow"] = (200, {}, b"x" * 1000)
    monkeypatch.setattr(network, "DOWNLOAD_TIMEOUT", 0.5)
    with pytest.raises(TrustMaterialError):
        network.download(secure.url + "/slow", Scope.LOOPBACK, 1000)


def test_tls_under_an_unknown_authority(secure: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        network.ssl, "create_default_context", lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    )
    with pytest.raises(TrustMaterialError, match="verify"):
        network.download(secure.url + "/list", Scope.LOOPBACK, 10)
    assert secure.seen == []


def test_a_call_to_a_closed_port_gives_nothing() -> None:
    assert call("http://127.0.0.1:1/")[0] is None


def test_a_download_has_a_bound_and_needs_status_200(server: Server) -> None:
    server.answers["/list"] = (200, {}, b"[]")
    assert network.download(server.url + "/list", Scope.LOOPBACK, 10) == b"[]"
    with pytest.raises(TrustMaterialError, match="scheme is not https"):
        network.download(server.url + "/list", Scope.PUBLIC, 10)
    with pytest.raises(TrustMaterialError, match="404"):
        network.download(server.url + "/other", Scope.LOOPBACK, 10)


ROOT = pki.authority("Network root")


def leaf(server: Server, path: str = "/ocsp") -> pki.Issued:
    return pki.issue("Network leaf", ROOT, more=(addresses(server.url + path),))


def read(one: pki.Issued) -> certificate.Certificate:
    return certificate.read_certificate(one.der)


def test_the_request_is_what_the_standard_says() -> None:
    one = pki.issue("Network plain leaf", ROOT)
    made = theirs.load_der_ocsp_request(ocsp_client.request(read(one), read(ROOT)))
    wanted = (
        theirs.OCSPRequestBuilder()
        .add_certificate(one.certificate, ROOT.certificate, _sha1())
        .build()
    )
    assert made.serial_number == wanted.serial_number
    assert made.issuer_name_hash == wanted.issuer_name_hash
    assert made.issuer_key_hash == wanted.issuer_key_hash


def _sha1() -> object:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA1()  # noqa: S303 - a weak hash is what is asked for


def test_an_ocsp_client_asks_the_responder_of_the_certificate(server: Server) -> None:
    one = leaf(server)
    answer = pki.ocsp_response(one, ROOT)
    server.answers["*"] = (200, {}, answer)
    client = ocsp_client.OcspClient(Scope.LOOPBACK)
    assert client.ask(read(one), read(ROOT)) == (answer,)
    assert client.ask(read(one), read(ROOT)) == (answer,)
    assert len(client.calls) == 1
    ((method, path, _),) = server.seen
    assert method == "GET"
    sent = base64.b64decode(unquote(path.removeprefix("/ocsp/")))
    assert theirs.load_der_ocsp_request(sent).serial_number == one.certificate.serial_number


def test_post_where_get_does_not_serve(server: Server) -> None:
    one = leaf(server, "/post")
    server.answers["/post"] = (200, {}, b"answer")
    client = ocsp_client.OcspClient(Scope.LOOPBACK)
    assert client.ask(read(one), read(ROOT)) == (b"answer",)
    assert [method for method, _, _ in server.seen] == ["GET", "POST"]
    assert [made.status for made in client.take()] == [404, 200]
    assert client.calls == ()


def test_a_host_that_does_not_answer_is_called_once(server: Server) -> None:
    one = pki.issue("Network leaf of nobody", ROOT, more=(addresses("http://127.0.0.1:1"),))
    client = ocsp_client.OcspClient(Scope.LOOPBACK)
    assert client.ask(read(one), read(ROOT)) == ()
    assert len(client.calls) == 1
    assert server.seen == []


def test_an_ocsp_client_makes_a_bounded_number_of_calls_for_a_file(server: Server) -> None:
    signers = [
        pki.issue(f"Network leaf {n}", ROOT, more=(addresses(f"{server.url}/{n}"),))
        for n in range(ocsp_client.MAX_CALLS)
    ]
    client = ocsp_client.OcspClient(Scope.LOOPBACK)
    answers = [client.ask(read(one), read(ROOT)) for one in signers]
    assert len(client.calls) == len(server.seen) == ocsp_client.MAX_CALLS == 8
    assert answers[:4] == [()] * 4  # two calls each, GET and POST, and no answer
    assert answers[4:] == [None] * 4
    client.take()
    # the next file has its own calls, and what was not asked is not remembered as unanswered
    server.answers["*"] = (200, {}, b"answer")
    assert client.ask(read(signers[-1]), read(ROOT)) == (b"answer",)
    assert client.ask(read(signers[0]), read(ROOT)) == ()  # asked before, in vain


def test_an_ocsp_client_takes_a_bounded_time_for_a_file(server: Server) -> None:
    server.answers["*"] = (200, {}, b"answer")
    client = ocsp_client.OcspClient(Scope.LOOPBACK, seconds=0)
    assert client.ask(read(leaf(server)), read(ROOT)) is None
    assert client.calls == ()
    assert server.seen == []
    assert ocsp_client.OcspClient(Scope.LOOPBACK).ask(read(leaf(server)), read(ROOT)) == (
        b"answer",
    )


def test_a_call_has_no_more_time_than_the_file_has_left(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def call(request: network.NetworkRequest, *_: object) -> tuple[None, network.Call]:
        given.append(request.timeout)
        return None, network.Call(request.url, None, 0, 9.0, "it took too long")

    monkeypatch.setattr(network, "call", call)
    client = ocsp_client.OcspClient(Scope.LOOPBACK)
    for number in range(4):
        one = pki.issue(f"Slow leaf {number}", ROOT, more=(addresses(f"http://{number}.example"),))
        client.ask(read(one), read(ROOT))
    assert given == [10.0, 10.0, 2.0]
    assert sum(given[:2]) <= ocsp_client.MAX_SECONDS == 20


def test_no_responder_is_asked_by_default(server: Server) -> None:
    client = ocsp_client.OcspClient()
    assert client.ask(read(leaf(server)), read(ROOT)) == ()
    assert server.seen == []
    assert [made for made in client.calls if "not a public address" not in made.error] == []
    plain = pki.issue("Network leaf without an address", ROOT)
    assert client.ask(read(plain), read(ROOT)) == ()


def test_the_chains_of_a_store_ask_for_listed_signers_and_believe_sound_answers(
    server: Server, tmp_path: Path
) -> None:
    """The chains of a store ask for listed signers only, and believe only sound answers."""
    from types import SimpleNamespace

    from provenance.base.terms import Revocation
    from provenance.credentials import chains
    from provenance.signing.cache import ChainCache
    from provenance.signing.trust_store import TrustStore

    one = leaf(server)
    manifest = SimpleNamespace(signature=pki.cose(one), claim=pki.CLAIM, named=lambda *_: ())
    store = SimpleNamespace(reachable=("a",), manifests={"a": manifest})
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(ROOT.pem)
    trusting = TrustStore.load(bundled=False, anchors=[anchors])

    def status(trust: TrustStore, body: bytes) -> Revocation:
        server.answers["*"] = (200, {}, body)
        client = ocsp_client.OcspClient(Scope.LOOPBACK)
        made = chains.chain_verdicts(
            store,  # type: ignore[arg-type]  # a stand-in
            trust=trust,
            at=pki.AT,
            cache=ChainCache(),
            ocsp=client,
        )
        return made["a"].revocation.status

    good = pki.ocsp_response(one, ROOT)
    revoked = pki.ocsp_response(
        one, ROOT, status=theirs.OCSPCertStatus.REVOKED, revoked_at=pki.START
    )
    assert status(trusting, good) is Revocation.GOOD
    assert status(trusting, revoked) is Revocation.REVOKED
    assert status(trusting, b"junk") is Revocation.NOT_CHECKED
    server.seen.clear()
    assert status(TrustStore.load(bundled=False), good) is Revocation.NOT_CHECKED
    assert server.seen == []
