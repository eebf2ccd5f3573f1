"""The client against the repository's own service, and against answers that are wrong."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.soft_bound import ALGORITHM, LABEL, VALUE, signed, soft_binding
from unit.recover.serving import JSON, LISTS, PAGE, STORE, Scripted, scripted, served
from unit.recover.test_repository import STORE as DATA
from unit.recover.test_repository import filled

from provenance.kit.writer import store_of
from provenance.recover import client
from provenance.recover.client import Access, ApiResolver
from provenance.recover.resolution import (
    BindingBasis,
    ManifestMatch,
    Query,
    ResolutionError,
    Upload,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUERY = Query(ALGORITHM, VALUE.encode(), True, BindingBasis.GIVEN)
PRIVATE = Access(private=True, timeout=20)
ALGORITHMS = "/services/supportedAlgorithms"


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted() as made:
        yield made


def answers(document: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, JSON, json.dumps(document).encode()


def refused(server: Scripted, query: Query = QUERY, access: Access = PRIVATE) -> str:
    with pytest.raises(ResolutionError) as caught:
        ApiResolver(server.url, access).by_binding(query, 5)
    return str(caught.value)


class TestTheOwnService:
    @pytest.mark.parametrize("path", ["/v1", "", "/", "/v1/"])
    def test_a_match_is_found_and_its_store_fetched(self, tmp_path: Path, path: str) -> None:
        with served(filled(tmp_path / "r")) as service:
            resolver = ApiResolver(service.url.removesuffix("/v1") + path, PRIVATE)
            assert resolver.by_binding(QUERY, 5) == (ManifestMatch(LABEL, "", 100),)
            assert resolver.store(ManifestMatch(LABEL)) == DATA
            assert resolver.store(ManifestMatch("urn:c2pa:none")) is None
        assert [(a.method, a.status) for a in resolver.asked] == [
            *[("GET", 200)] * 3,
            ("GET", 404),
        ]
        assert resolver.asked[2].size == len(DATA)

    def test_an_address_without_an_api_leads_to_the_one_that_its_host_names(
        self, tmp_path: Path
    ) -> None:
        """An address that has no API leads to the one that its host names."""
        with served(filled(tmp_path / "r")) as service:
            resolver = ApiResolver(service.url.removesuffix("/v1") + "/elsewhere", PRIVATE)
            assert len(resolver.by_binding(QUERY, 5)) == 1
            assert resolver.store(ManifestMatch(LABEL)) == DATA
        paths = [urlsplit(a.url).path for a in resolver.asked]
        assert paths[:3] == [
            "/elsewhere/services/supportedAlgorithms",
            client.DISCOVERY,
            "/v1/matches/byBinding",
        ]

    def test_a_value_too_long_for_an_address_is_posted(self, tmp_path: Path) -> None:
        value = bytes(range(256)) * 20
        data = store_of(signed(soft_binding(value))).data
        with served(filled(tmp_path / "r", data)) as service:
            resolver = ApiResolver(service.url, PRIVATE)
            long = Query(ALGORITHM, value, False, BindingBasis.GIVEN)
            assert [m.manifest for m in resolver.by_binding(long, 5)] == [LABEL]
        assert [a.method for a in resolver.asked] == ["GET", "POST"]

    def test_content_is_handed_over_to_the_service(self, tmp_path: Path) -> None:
        with served(filled(tmp_path / "r")) as service:
            resolver = ApiResolver(service.url, PRIVATE)
            upload = Upload(signed(), "image/jpeg")
            assert [m.manifest for m in resolver.by_content(upload, 5)] == [LABEL]
            other = Upload(signed(), "image/jpeg", "io.iscc.v0")
            assert resolver.by_content(other, 5) == ()

    def test_an_algorithm_that_is_not_listed_is_asked_about(self, tmp_path: Path) -> None:
        with served(filled(tmp_path / "r")) as service:
            resolver = ApiResolver(service.url, PRIVATE)
            assert resolver.by_binding(Query("io.iscc.v0", b"x", True, BindingBasis.GIVEN), 5) == ()
        assert [urlsplit(a.url).path.rpartition("/")[2] for a in resolver.asked] == [
            "supportedAlgorithms",
            "byBinding",
        ]

    @pytest.mark.parametrize("url", ["http://127.0.0.1", "https://127.0.0.1", "https://localhost"])
    def test_this_computer_is_not_asked_by_default(self, tmp_path: Path, url: str) -> None:
        lines: list[str] = []
        with served(filled(tmp_path / "r"), lines) as service:
            resolver = ApiResolver(f"{url}:{service.server_port}")
            with pytest.raises(ResolutionError, match=r"public address|scheme"):
                resolver.by_binding(QUERY, 5)
        assert lines == []
        assert resolver.asked == ()  # nothing was sent


def test_a_question_sends_the_binding_and_a_token_and_nothing_else(server: Scripted) -> None:
    server.answers["/matches/byBinding"] = answers({"matches": []})
    resolver = ApiResolver(server.url, Access(private=True, token="secret-word"))
    assert resolver.by_binding(QUERY, 7) == ()
    method, path, body, headers = server.seen[-1]
    assert (method, body) == ("GET", b"")
    assert parse_qs(urlsplit(path).query) == {
        "alg": [ALGORITHM],
        "value": [base64.b64encode(VALUE.encode()).decode()],
        "maxResults": ["7"],
    }
    assert headers["Authorization"] == "Bearer secret-word"
    assert "secret-word" not in repr(resolver.asked)


def test_a_long_question_is_repeated_as_post(server: Scripted) -> None:
    server.answers["/matches/byBinding"] = (414, {}, b"")
    assert "414" in refused(server)
    (_, _, _, _), get, post = server.seen[0], server.seen[-2], server.seen[-1]
    assert [get[0], post[0]] == ["GET", "POST"]
    assert json.loads(post[2])["alg"] == ALGORITHM


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((200, {"Content-Type": "text/html"}, b'{"matches": []}'), "it is text/html"),
        ((200, {}, b'{"matches": []}'), "it is nothing"),
        ((200, JSON, b"garbage"), "not JSON"),
        ((200, JSON, b"[" * 100_000), "not JSON"),
        ((200, JSON, b'{"matches": 1' + b"0" * 9999 + b"}"), "not JSON"),
        ((200, JSON, b"\xff\xfe{"), "not JSON"),
        ((200, JSON, b"[]"), "not a JSON object"),
        (answers({"matches": {}}), "no list"),
        ((200, JSON, b" " * (client.MAX_JSON + 1)), "larger than"),
        (answers({"error": "no"}, 403), "answered 403"),
        (answers({}, 500), "answered 500"),
        ((302, {}, b""), "redirect without"),
        ((302, {"Location": "http://10.0.0.1/"}, b""), "not a public address"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "not a public address"),
        ((302, {"Location": "http://169.254.169.254/latest"}, b""), "not a public address"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "scheme"),
        ((301, {"Location": "/matches/byBinding"}, b""), "redirects"),
    ],
)
def test_answers_of_a_service_that_cannot_be_used_are_resolution_errors(
    server: Scripted, answer: tuple[int, dict[str, str], bytes], reason: str
) -> None:
    server.answers["/matches/byBinding"] = answer
    assert reason in refused(server)


@pytest.mark.parametrize(
    ("entry", "name", "reason"),
    [
        (5, "", "without an identifier"),
        ({"manifestId": ""}, "", "without an identifier"),
        ({"manifestId": "a" * 513}, "", "without an identifier"),
        ({"manifestId": "a\nb"}, "a\nb", "not plain text"),
        ({"manifestId": "\u202e"}, "\u202e", "not plain text"),
        ({"manifestId": ".."}, "..", "not plain text"),
    ],
)
def test_a_match_that_cannot_be_used_does_not_cost_the_others(
    server: Scripted, entry: Any, name: str, reason: str
) -> None:
    good = {"manifestId": LABEL}
    server.answers["/matches/byBinding"] = answers({"matches": [entry, good, entry, good]})
    resolver = ApiResolver(server.url, PRIVATE)
    first, *bad = resolver.by_binding(QUERY, 1)
    assert first == ManifestMatch(LABEL)
    assert [one.manifest for one in bad] == [name, name]
    assert [one for one in bad if reason not in one.fault] == []
    server.answers["/matches/byBinding"] = answers({"matches": [entry] * 1500})
    assert len(resolver.by_binding(QUERY, 5)) == client.MAX_FAULTS


def test_a_redirect_on_the_same_host_is_followed_and_named(server: Scripted) -> None:
    server.answers["/matches/byBinding"] = (302, {"Location": "/there"}, b"")
    server.answers["/there"] = answers({"matches": [{"manifestId": LABEL}]})
    resolver = ApiResolver(server.url, PRIVATE)
    assert resolver.by_binding(QUERY, 5) == (ManifestMatch(LABEL),)
    assert resolver.asked[-1].redirects == (f"{server.url}/there",)


def test_content_and_token_stay_with_the_named_host(server: Scripted) -> None:
    with scripted() as other:
        away = (307, {"Location": f"{other.url}/take"}, b"")
        server.answers["/matches/byContent"] = away
        server.answers["/matches/byBinding"] = away
        resolver = ApiResolver(server.url, Access(private=True, token="secret-word"))
        with pytest.raises(ResolutionError, match="content is not sent"):
            resolver.by_content(Upload(b"picture", "image/png"), 5)
        with pytest.raises(ResolutionError, match="not a public address"):
            resolver.by_binding(QUERY, 5)
        assert other.seen == []


def test_scores_and_fields_of_a_match_of_a_wrong_type_count_as_missing(server: Scripted) -> None:
    scores: list[Any] = [100, 0, 101, -1, True, "9", 5.5, None]
    entries = [{"manifestId": f"m{n}", "similarityScore": s} for n, s in enumerate(scores)]
    entries.append({"manifestId": "m8", "endpoint": 5})
    server.answers["/matches/byBinding"] = answers({"matches": entries})
    found = ApiResolver(server.url, PRIVATE).by_binding(QUERY, 20)
    assert [m.similarity for m in found] == [100, 0, *[None] * 7]
    assert {m.endpoint for m in found} == {""}
    assert len(ApiResolver(server.url, PRIVATE).by_binding(QUERY, 3)) == 3


def test_a_slow_answer_of_a_service_ends(server: Scripted) -> None:
    server.slow = 0.2
    server.answers[ALGORITHMS] = answers({"watermarks": [{"alg": ALGORITHM}] * 50})
    resolver = ApiResolver(server.url, Access(private=True, timeout=0.4))
    with pytest.raises(ResolutionError):
        resolver.by_binding(QUERY, 5)
    assert resolver.asked[0].error


def test_a_service_that_nobody_runs_is_a_resolution_error() -> None:
    resolver = ApiResolver("http://127.0.0.1:1", PRIVATE)
    with pytest.raises(ResolutionError):
        resolver.by_binding(QUERY, 5)


class TestAlgorithms:
    @pytest.mark.parametrize("says", LISTS)
    def test_no_list_of_algorithms_keeps_anybody_from_asking(
        self, server: Scripted, says: str
    ) -> None:
        server.answers[ALGORITHMS] = LISTS[says]
        server.answers["/matches/byBinding"] = answers({"matches": []})
        assert ApiResolver(server.url, PRIVATE).by_binding(QUERY, 5) == ()

    def test_a_page_for_every_address_is_no_discovery(self, server: Scripted) -> None:
        server.answers[client.DISCOVERY] = PAGE
        server.answers["/matches/byBinding"] = answers({"matches": []})
        assert ApiResolver(server.url, PRIVATE).by_binding(QUERY, 5) == ()

    @pytest.mark.parametrize(
        ("document", "reason"),
        [
            ({}, "names no apiEndpoint"),
            ({"apiEndpoint": 5}, "names no apiEndpoint"),
            ({"apiEndpoint": "https://other.example/v1"}, "another host, other.example"),
            ({"apiEndpoint": "//10.0.0.1/v1"}, "another host"),
            ({"apiEndpoint": "file:///etc"}, "another host"),
        ],
    )
    def test_discovery_that_leads_to_another_host_is_not_followed(
        self, server: Scripted, document: Any, reason: str
    ) -> None:
        server.answers[client.DISCOVERY] = answers(document)
        assert reason in refused(server)


class TestStores:
    def fetch(self, server: Scripted, match: ManifestMatch, **access: Any) -> bytes | None:
        return ApiResolver(server.url, Access(private=True, **access)).store(match)

    def test_only_a_store_of_the_right_type_is_taken(self, server: Scripted) -> None:
        path = f"/manifests/{LABEL}"
        server.answers[path] = (200, {"Content-Type": "Application/C2PA; x=y"}, DATA)
        assert self.fetch(server, ManifestMatch(LABEL)) == DATA
        server.answers[path] = (200, {"Content-Type": "text/html"}, DATA)
        with pytest.raises(ResolutionError, match="application/c2pa belongs"):
            self.fetch(server, ManifestMatch(LABEL))
        server.answers[path] = (500, STORE, b"")
        with pytest.raises(ResolutionError, match="500"):
            self.fetch(server, ManifestMatch(LABEL))

    def test_a_store_has_a_bound_of_size(
        self, server: Scripted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "MAX_STORE", 100)
        server.answers[f"/manifests/{LABEL}"] = (200, STORE, DATA)
        with pytest.raises(ResolutionError, match="larger than 100"):
            self.fetch(server, ManifestMatch(LABEL))

    def test_an_identifier_does_not_become_another_address(self, server: Scripted) -> None:
        assert self.fetch(server, ManifestMatch("../secret?x=1#y/..")) is None
        assert server.seen[-1][1] == "/manifests/..%2Fsecret%3Fx%3D1%23y%2F.."

    def test_an_endpoint_on_the_same_host_is_asked(self, server: Scripted) -> None:
        server.answers[f"/deep/manifests/{LABEL}"] = (200, STORE, DATA)
        for endpoint in ("/deep", "/deep/", f"{server.url}/deep"):
            assert self.fetch(server, ManifestMatch(LABEL, endpoint)) == DATA

    def test_an_endpoint_on_another_host_is_asked_only_where_that_is_allowed(
        self, server: Scripted
    ) -> None:
        with scripted() as other:
            other.answers[f"/manifests/{LABEL}"] = (200, STORE, DATA)
            with pytest.raises(ResolutionError, match="allow that with --follow"):
                self.fetch(server, ManifestMatch(LABEL, other.url))
            # Even then a stranger's host is no private one
            with pytest.raises(ResolutionError, match=r"scheme|public"):
                self.fetch(server, ManifestMatch(LABEL, other.url), elsewhere=True)
            assert other.seen == []


def test_one_client_asks_a_bounded_number_of_questions(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_REQUESTS", 2)
    server.answers["/matches/byBinding"] = answers({"matches": []})
    resolver = ApiResolver(server.url, PRIVATE)
    assert resolver.store(ManifestMatch("m")) is None
    with pytest.raises(ResolutionError, match="more than 2 requests"):
        resolver.by_binding(QUERY, 5)
