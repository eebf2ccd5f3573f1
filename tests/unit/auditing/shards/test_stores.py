"""Folders and stores give what is asked of them, or say in their words and ours why not."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Barrier
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.request import Request, urlopen

import pytest
from support.each import each
from support.object_store import MODIFIED, SECRET, Fault, ObjectStore, environment

from provenance.auditing.shards import stores
from provenance.auditing.shards.shard_plan import ListedObject
from provenance.base.errors import AuditError, InstallationError, ProvenanceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from provenance.auditing.shards.stores import ShardStore

_DATA = bytes(range(250)) * 4
_MODIFIED = MODIFIED * 1_000_000_000
# Of what the server says, and what is in addresses, in the library's text, or secret.
_UNSAID = ("<", "Said by", "4442587FB7D0A2F9", SECRET, "127.0.0.1", "Generic", "Debug", "Error")
_CREDENTIALS = "the store refused the credentials: they are wrong or have expired"


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectStore]:
    with ObjectStore() as made, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in made.environment.items():
            patch.setenv(name, value)
        patch.setattr(stores, "_BACKOFF", (timedelta(milliseconds=1), timedelta(milliseconds=2)))
        patch.setattr(stores, "_RETRIES", 2)
        patch.setattr(stores, "_ATTEMPTS", 2)
        patch.setattr(stores, "_PAUSE", 0.001)
        yield made


def _impatient(patch: pytest.MonkeyPatch, seconds: float, repeats: float) -> None:
    """Give stores that are opened from here on little time for one request, and for all."""
    patch.setattr(stores, "_TIMEOUT", timedelta(seconds=seconds))
    patch.setattr(stores, "_LONG", timedelta(seconds=seconds))
    patch.setattr(stores, "_RETRY_TIMEOUT", timedelta(seconds=repeats))
    patch.setattr(stores, "_PATIENCE", repeats)


@pytest.fixture
def bucket(server: ObjectStore, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the name of a bucket of the test's own."""
    name = request.node.name.replace("_", "-")[:60].rstrip("-")
    server.buckets.add(name)
    server.forget()
    yield name
    server.heal()


def _raised(code: str, call: Callable[[], Any]) -> str:
    with pytest.raises(ProvenanceError) as caught:
        call()
    assert caught.value.code == code, caught.value
    message = str(caught.value)
    bare = re.sub(r"^http://127\.0\.0\.1:\d+/", "", message)  # the address that was asked for
    assert not [word for word in _UNSAID if word in bare], message
    assert message.isprintable()
    return message


def _opened(kind: str, server: ObjectStore, bucket: str, folder: Path) -> ShardStore:
    address = {"s3": f"s3://{bucket}/in", "http": f"{server.url}/{bucket}/in"}
    return stores.open_store(address.get(kind, str(folder / "in")))


def _put(kind: str, server: ObjectStore, bucket: str, folder: Path, key: str, data: bytes) -> None:
    if kind == "folder":
        path = folder / "in" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    else:
        server.put(f"{bucket}/in/{key}", data)


@each("kind", ["folder", "s3", "http"])
def test_every_kind_of_store_answers_alike(
    server: ObjectStore, bucket: str, tmp_path: Path, kind: str
) -> None:
    made = {"a.jpg": _DATA, "empty": b"", "sub/b.png": b"b", "sub/deep/c": b"c", "subway": b"d"}
    for key, data in made.items():
        _put(kind, server, bucket, tmp_path, key, data)
    store = _opened(kind, server, bucket, tmp_path)
    assert store.is_local == (kind == "folder")
    listed = {one.key: one for one in store.listed()}
    assert {key: one.size for key, one in listed.items()} == {k: len(v) for k, v in made.items()}
    assert {one.key for one in store.listed("sub")} == {"sub/b.png", "sub/deep/c"}
    assert {one.key for one in store.listed("sub/")} == {"sub/b.png", "sub/deep/c"}
    assert list(store.listed("parts/")) == []
    found = listed["a.jpg"]
    if kind != "folder":
        etag = server.etag(f"{bucket}/in/a.jpg")
        assert found == ListedObject("a.jpg", 1000, _MODIFIED, etag)
    assert store.head("a.jpg") == found
    for offset, length, data in (
        (0, 1000, _DATA),
        (10, 20, _DATA[10:30]),
        (990, 100, _DATA[990:]),
        (0, 1 << 22, _DATA),
        (1000, 5, b""),
        (2000, 5, b""),
        (5, 0, b""),
    ):
        got = store.fetch("a.jpg", offset, length, found.etag)
        assert (got.data, got.found) == (data, found), (offset, length)
    empty = store.fetch("empty", 0, 64, listed["empty"].etag)
    assert (empty.data, empty.found) == (b"", listed["empty"])
    assert (store.get("a.jpg"), store.get("a.jpg", 1000), store.get("empty")) == (_DATA, _DATA, b"")
    assert _raised("asset.too_large", lambda: store.get("a.jpg", 999)) == "more than 999 bytes"
    for call in (store.head, store.get, lambda key: store.fetch(key, 0, 9, None)):
        _raised("asset.missing", lambda call=call: call("none"))


_ODD = ["a b", " a ", "100%", "a%2Fb", "%41", "a#b", "a?b=c", "a&b", "a+b", "ü/é/e\u0301", "a\\b"]
_ODD += [
    "*",
    "'\"<>^`{|}[]",
    "...",
    "a.",
    "~",
    "\u200d\xa0",
    "\U0001f600",
    "<Code>ExpiredToken</Code>",
]


@each("kind", ["s3", "http"])
@each("key", _ODD)
def test_odd_names_are_those_of_the_objects(
    server: ObjectStore, bucket: str, tmp_path: Path, kind: str, key: str
) -> None:
    _put(kind, server, bucket, tmp_path, key, key.encode())
    store = _opened(kind, server, bucket, tmp_path)
    assert key in {one.key for one in store.listed()}
    assert store.get(key) == store.fetch(key, 0, 999, None).data == key.encode()
    assert store.head(key).size == len(key.encode())
    if kind == "s3":
        assert store.put_new(f"new/{key}", b"new")
        assert server.data(f"{bucket}/in/new/{key}") == b"new"
    _raised("asset.missing", lambda: store.get(f"{key}-none"))


@each("kind", ["folder", "s3", "http"])
@each(
    "key",
    ["", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b"],
)
def test_a_name_that_would_be_another_ones_is_not_asked_for(
    server: ObjectStore, bucket: str, tmp_path: Path, kind: str, key: str
) -> None:
    _put(kind, server, bucket, tmp_path, "a", b"a")
    (tmp_path / "a").write_bytes(b"outside")
    store = _opened(kind, server, bucket, tmp_path)
    for call in (store.head, store.get, lambda key: store.fetch(key, 0, 9, None)):
        assert "cannot be asked for" in _raised("asset.unreadable", lambda call=call: call(key))
    assert "cannot be asked for" in _raised("store.unusable", lambda: store.put_new(key, b"new"))
    assert server.count(f"{bucket}/*") == 0


@each("key", ["a\nb", "a\0b", "a\x7fb", "a\t", "\udcff"])
def test_a_store_is_not_asked_for_what_it_cannot_name(
    server: ObjectStore, bucket: str, key: str
) -> None:
    store = stores.open_store(f"s3://{bucket}")
    assert "cannot be asked for" in _raised("asset.unreadable", lambda: store.get(key))
    assert "cannot be asked for" in _raised("store.unusable", lambda: store.put_new(key, b"new"))
    assert server.count(f"{bucket}/*") == 0


@each("key", ["/a", "a//b", "a/../b", "a\nb", "a\x01b"])
def test_a_listing_with_a_name_that_cannot_be_asked_for_says_so(
    server: ObjectStore, bucket: str, key: str
) -> None:
    server.put(f"{bucket}/in/{key}", b"data")
    said = _raised("store.unusable", lambda: list(stores.open_store(f"s3://{bucket}/in").listed()))
    assert "plan from an inventory or a manifest" in said
    server.delete(f"{bucket}/in/{key}")


def test_what_a_listing_has_lost_a_slash_of_is_missing_and_no_other_object(
    server: ObjectStore, bucket: str
) -> None:
    for key in ("/first", "last/"):
        server.put(f"{bucket}/{key}", b"data")
    store = stores.open_store(f"s3://{bucket}")
    assert {one.key for one in store.listed()} == {"first", "last"}
    for one in store.listed():
        _raised("asset.missing", lambda one=one: store.fetch(one.key, 0, 9, one.etag))
        server.put(f"{bucket}/{one.key}", b"another")
        _raised("asset.changed", lambda one=one: store.fetch(one.key, 0, 9, one.etag))
        server.delete(f"{bucket}/{one.key}")


def test_a_listing_is_gone_through_to_its_end(server: ObjectStore, bucket: str) -> None:
    keys = {f"k{number:05d}" for number in range(5000)}
    for key in keys:
        server.put(f"{bucket}/{key}", b"")
    server.fail(f"{bucket}/", Fault.SLOW_DOWN, times=2, after=2)
    store = stores.open_store(f"s3://{bucket}/")
    assert {one.key for one in store.listed()} == keys
    assert server.count(f"{bucket}/") == 7
    for fault, code in (
        (Fault.SLOW_DOWN, "store.unusable"),
        (Fault.DENIED, "store.unusable"),
        (Fault.EXPIRED, "store.credentials"),
        (Fault.GARBAGE, "store.unusable"),
        (Fault.REDIRECT, "store.unusable"),
    ):
        server.heal()
        server.fail(f"{bucket}/", fault, after=1)
        _raised(code, lambda: list(store.listed()))
    _raised("store.unusable", lambda: list(stores.open_store("s3://no-such-bucket").listed()))


def test_a_web_server_that_lists_nothing_is_named_as_such(server: ObjectStore, bucket: str) -> None:
    server.put(f"{bucket}/a.jpg", _DATA)
    store = stores.open_store(f"{server.url}/{bucket}")
    server.fail("*", Fault.NOT_ALLOWED, methods="PROPFIND")
    with pytest.raises(AuditError, match="name the objects in a manifest") as caught:
        list(store.listed())
    assert caught.value.code == "store.unusable"
    assert store.get("a.jpg") == _DATA
    with pytest.raises(AuditError, match="cannot do that"):
        store.put_new("b", b"")


_FOR_GOOD = [
    (Fault.SLOW_DOWN, 6, "the store answered 503 every time"),
    (Fault.INTERNAL, 6, "the store answered 500 every time"),
    (Fault.TOO_MANY, 6, "the store answered 429 every time"),
    (Fault.BAD_REQUEST, 2, "the store answered 400"),
    (Fault.DENIED, 2, "the store denies access"),
    (Fault.ARCHIVED, 2, "the object is archived: restore it before it can be read"),
    (Fault.RESET, 6, "the connection broke, or the answer was incomplete, every time"),
    (Fault.GARBAGE, 2, "the connection broke, or the answer was incomplete, every time"),
]


@each("fault, most, words", _FOR_GOOD)
def test_a_request_that_fails_for_good_is_the_error_of_one_object(
    server: ObjectStore, bucket: str, fault: Fault, most: int, words: str
) -> None:
    store = stores.open_store(f"s3://{bucket}")
    server.put(f"{bucket}/sound", b"sound")
    server.put(f"{bucket}/ill", _DATA)
    server.fail(f"{bucket}/*ill", fault)
    for call in (store.head, store.get, lambda key: store.fetch(key, 0, 9, None)):
        server.forget()
        assert _raised("asset.unreadable", lambda call=call: call("ill")) == words
        assert server.count(f"{bucket}/ill") <= most
    assert words in _raised("store.unusable", lambda: store.put_new("new-ill", b""))
    assert store.get("sound") == b"sound"
    server.heal()


@each(
    "fault, words",
    [
        (Fault.SHORT, "the connection broke, or the answer was incomplete, every time"),
        (Fault.SHORT_LENGTH, "the store sent other bytes than requested, every time"),
        (Fault.OTHER_RANGE, "the store sent other bytes than requested, every time"),
        (Fault.WHOLE, "the server sends whole objects only (no range requests)"),
        (Fault.ENDLESS, "the connection broke, or the answer was incomplete, every time"),
    ],
)
def test_other_bytes_than_were_asked_for_are_never_taken(
    server: ObjectStore, bucket: str, fault: Fault, words: str
) -> None:
    server.put(f"{bucket}/ill", _DATA)
    server.fail(f"{bucket}/ill", fault)
    store = stores.open_store(f"s3://{bucket}")
    assert _raised("asset.unreadable", lambda: store.fetch("ill", 100, 800, None)) == words
    if fault is not Fault.WHOLE:
        assert _raised("asset.unreadable", lambda: store.fetch("ill", 0, 1000, None)) == words
    if fault in {Fault.SHORT, Fault.ENDLESS}:
        assert _raised("asset.unreadable", lambda: store.get("ill")) == words
    server.heal()


class _Leading(BaseHTTPRequestHandler):
    """Sends whoever asks for `/away` to another host, and for `/there` to another of its names."""

    def do_GET(self) -> None:
        port = self.server.server_address[1]  # type: ignore[attr-defined]  # of a host and a port
        other = {"/away": f"http://localhost:{port}/new", "/there": "/new"}.get(self.path)
        self.seen.append(f"{self.headers['host'].partition(':')[0]}{self.path}")
        self.send_response(302 if other else 206)
        if other:
            self.send_header("Location", other)
        else:
            self.send_header("Content-Range", "bytes 0-4/5")
            self.send_header("Last-Modified", "Sun, 15 Jun 2025 15:06:40 GMT")
        self.send_header("Content-Length", "0" if other else "5")
        self.end_headers()
        self.wfile.write(b"" if other else b"bytes")

    seen: ClassVar[list[str]] = []

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_redirect_to_another_host_is_not_followed(
    server: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may lead to what this machine alone can reach."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with HTTPServer(("127.0.0.1", 0), _Leading) as other:
        threading.Thread(target=other.serve_forever, args=(0.02,), daemon=True).start()
        store = stores.open_store(f"http://127.0.0.1:{other.server_address[1]}")
        assert store.fetch("there", 0, 5, None).data == b"bytes"
        _Leading.seen.clear()
        said = _raised("asset.unreadable", lambda: store.fetch("away", 0, 5, None))
        other.shutdown()
    assert said == "it is at another host (a redirect): name that address, if you trust it"
    assert set(_Leading.seen) == {"127.0.0.1/away"}


_PASSES = [Fault.SLOW_DOWN, Fault.INTERNAL, Fault.TOO_MANY, Fault.RESET, Fault.SHORT]
_PASSES += [Fault.SHORT_LENGTH, Fault.OTHER_RANGE, Fault.GARBAGE]


@each("fault", _PASSES)
def test_a_failure_that_passes_costs_a_request_and_no_object(
    server: ObjectStore, bucket: str, fault: Fault
) -> None:
    etag = server.put(f"{bucket}/ill", _DATA).etag
    server.fail(f"{bucket}/ill", fault, times=1)
    got = stores.open_store(f"s3://{bucket}").fetch("ill", 10, 500, etag)
    assert got.data == _DATA[10:510]
    assert got.found == ListedObject("ill", 1000, _MODIFIED, etag)
    server.heal()


@each("fault", [Fault.SILENT, Fault.TRICKLE])
def test_a_store_is_not_waited_for_without_end(
    server: ObjectStore, bucket: str, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    server.put(f"{bucket}/ill", _DATA)
    _impatient(monkeypatch, 0.1, 0.15)
    store = stores.open_store(f"s3://{bucket}")
    server.fail(f"{bucket}/ill", fault)
    began = time.monotonic()
    calls: list[Callable[[], Any]] = [lambda: store.get("ill")]
    calls.append(lambda: store.fetch("ill", 100, 800, None))
    if fault is Fault.SILENT:
        calls.append(lambda: store.head("ill"))
        said = _raised("store.unusable", lambda: store.put_new("ill", b""))
        assert said.endswith("did not answer in time")
    for call in calls:
        server.forget()
        assert _raised("asset.unreadable", call) == "the store did not answer in time"
        assert server.count() <= 4
    assert time.monotonic() - began < 10
    server.heal()
    server.fail(f"{bucket}/ill", fault, times=1)
    _impatient(monkeypatch, 0.5, 20)
    assert stores.open_store(f"s3://{bucket}").fetch("ill", 100, 800, None).data == _DATA[100:900]
    server.heal()


def test_a_small_object_comes_whole_from_a_server_without_ranges(
    server: ObjectStore, bucket: str
) -> None:
    server.put(f"{bucket}/a", _DATA)
    server.put(f"{bucket}/empty", b"")
    server.fail(f"{bucket}/*", Fault.WHOLE)
    store = stores.open_store(f"{server.url}/{bucket}")
    assert store.fetch("a", 0, 4000, None).data == _DATA
    assert store.fetch("empty", 0, 4000, None).data == b""
    server.forget()
    _raised("asset.unreadable", lambda: store.fetch("a", 0, 999, None))
    assert server.count() == 2


def test_an_object_that_was_replaced_is_told_from_the_one_asked_for(
    server: ObjectStore, bucket: str
) -> None:
    store = stores.open_store(f"s3://{bucket}")
    server.put(f"{bucket}/a", _DATA)
    server.replace_after(f"{bucket}/a", 2, _DATA[::-1])
    first = store.head("a")
    assert store.fetch("a", 0, 10, first.etag).data == _DATA[:10]
    _raised("asset.changed", lambda: store.fetch("a", 10, 10, first.etag))
    _raised("asset.changed", lambda: store.fetch("a", 1000, 10, first.etag))
    assert store.fetch("a", 10, 10, None).data == _DATA[::-1][10:20]
    # Some servers do not know If-Match, and a weak tag never matches: the answer's own tells.
    for fault in (Fault.DEAF, Fault.WEAK):
        server.heal()
        server.fail(f"{bucket}/a", fault)
        etag = store.head("a").etag
        assert etag is not None
        assert store.fetch("a", 0, 10, etag).data == _DATA[::-1][:10]
        server.put(f"{bucket}/a", fault.name.encode() * 10)
        _raised("asset.changed", lambda etag=etag: store.fetch("a", 0, 10, etag))
        server.put(f"{bucket}/a", _DATA[::-1])
    server.heal()
    assert store.fetch("a", 0, 10, server.etag(f"{bucket}/a").strip('"')).data == _DATA[::-1][:10]
    server.fail(f"{bucket}/a", Fault.NO_ETAG)
    assert store.fetch("a", 0, 10, None).found.etag is None


@each(
    "fault",
    [Fault.EXPIRED, Fault.EXPIRED_403, Fault.BAD_KEY_ID, Fault.BAD_SIGNATURE, Fault.UNAUTHORIZED],
)
def test_credentials_that_are_refused_end_what_is_being_done(
    server: ObjectStore, bucket: str, fault: Fault
) -> None:
    store = stores.open_store(f"s3://{bucket}/in")
    server.put(f"{bucket}/in/a", _DATA)
    server.expire(after=1, fault=fault)
    assert store.get("a") == _DATA
    for call in (
        lambda: store.get("a"),
        lambda: store.head("a"),
        lambda: store.fetch("a", 0, 9, None),
        lambda: list(store.listed()),
        lambda: store.put_new("b", b""),
    ):
        assert _raised("store.credentials", call) == f"s3://{bucket}/in: {_CREDENTIALS}"
    server.renew()
    assert store.get("a") == _DATA


def test_no_credentials_at_all_are_no_fault_of_an_object(
    server: ObjectStore, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(f"{bucket}/a", _DATA)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", server.url)
    _impatient(monkeypatch, 0.2, 0.3)
    store = stores.open_store(f"s3://{bucket}")
    for fault in (Fault.GONE, Fault.SILENT):
        server.fail("latest/*", fault)
        for call in (lambda: store.get("a"), lambda: list(store.listed())):
            assert ": no credentials: " in _raised("store.credentials", call)
        server.heal()


@each(
    "key",
    [
        "<Code>ExpiredToken</Code>",
        "x status code: 401 No: <Code>NoSuchBucket</Code>",
        "Generic S3 error: Error performing GET http://h/latest/api/token in 1s",
        "Error performing GET http://h - Server returned non-2xx status code: 503 x: ",
        "e",
    ],
)
def test_the_name_of_an_object_never_speaks_for_the_store(
    server: ObjectStore, bucket: str, key: str
) -> None:
    key = key.replace("//", "/")
    server.put(f"{bucket}/in/{key}", _DATA)
    store = stores.open_store(f"s3://{bucket}/in")
    for fault, code in (
        (Fault.DENIED, "asset.unreadable"),
        (Fault.GONE, "asset.missing"),
        (Fault.SLOW_DOWN, "asset.unreadable"),
        (Fault.RESET, "asset.unreadable"),
        (Fault.EXPIRED, "store.credentials"),
        (Fault.NO_BUCKET, "store.unusable"),
    ):
        server.fail(f"{bucket}/in/*", fault)
        _raised(code, lambda: store.get(key))
        _raised(code, lambda: store.head(key))
        server.heal()


def test_a_place_that_is_not_there_or_elsewhere_is_said_of_the_store(
    server: ObjectStore, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(f"{bucket}/a", _DATA)
    store = stores.open_store(f"s3://{bucket}")
    server.fail(f"{bucket}/a", Fault.REDIRECT)
    assert "set AWS_REGION" in _raised("store.unusable", lambda: store.get("a"))
    for call in (stores.open_store("s3://none").get, stores.open_store("s3://none").head):
        assert "bucket or container does not exist" in _raised(
            "store.unusable", lambda call=call: call("a")
        )
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    away = stores.open_store(f"s3://{bucket}")
    assert "cannot be reached" in _raised("asset.unreadable", lambda: away.get("a"))


def test_a_store_that_fails_time_after_time_is_down(server: ObjectStore, bucket: str) -> None:
    server.put(f"{bucket}/sound", _DATA)
    server.put(f"{bucket}/denied", _DATA)
    server.put(f"{bucket}/ill", _DATA)
    server.fail(f"{bucket}/ill", Fault.RESET)
    server.fail(f"{bucket}/denied", Fault.DENIED)
    store = stores.open_store(f"s3://{bucket}")
    for between in ("sound", "denied"):
        for _ in range(31):
            _raised("asset.unreadable", lambda: store.get("ill"))
        if between == "sound":
            assert store.get("sound") == _DATA
        else:
            _raised("asset.unreadable", lambda: store.get("denied"))
    for _ in range(40):  # many that are ill are not the store: what it gave before it still gives
        _raised("asset.unreadable", lambda: store.get("ill"))
    server.fail(f"{bucket}/sound", Fault.RESET)
    for _ in range(23):  # 9 have failed since it was asked last
        _raised("asset.unreadable", lambda: store.get("ill"))
    assert "32 requests in a row" in _raised("store.unusable", lambda: store.get("ill"))


@each("kind", ["folder", "s3"])
def test_of_two_writers_of_one_object_exactly_one_succeeds(
    server: ObjectStore, bucket: str, tmp_path: Path, kind: str
) -> None:
    store = _opened(kind, server, bucket, tmp_path)
    start = Barrier(4)

    def write(who: int) -> list[bool]:
        done = []
        for number in range(10):
            start.wait()
            done.append(store.put_new(f"parts/{number}", str(who).encode() * 1000))
        return done

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(write, range(4)))
    for number, wrote in enumerate(zip(*done, strict=True)):
        assert wrote.count(True) == 1
        assert store.get(f"parts/{number}") == str(wrote.index(True)).encode() * 1000
    assert not store.put_new("parts/0", b"again")
    assert len(list(store.listed())) == 10


def test_a_write_whose_answer_is_lost_is_found_done(server: ObjectStore, bucket: str) -> None:
    store = stores.open_store(f"s3://{bucket}")
    server.fail(f"{bucket}/lost", Fault.LOST, times=1)
    assert not store.put_new("lost", _DATA)
    assert server.data(f"{bucket}/lost") == _DATA
    for fault in (Fault.CONFLICT, Fault.SLOW_DOWN, Fault.RESET):
        server.fail(f"{bucket}/{fault.name}", fault, times=1)
        assert store.put_new(fault.name, _DATA)
        assert not store.put_new(fault.name, b"")
        assert server.data(f"{bucket}/{fault.name}") == _DATA
    server.fail(f"{bucket}/held", Fault.CONFLICT)
    assert "somebody else" in _raised("store.unusable", lambda: store.put_new("held", b""))


def test_a_folder_keeps_nothing_but_what_was_written_whole(tmp_path: Path) -> None:
    store = stores.open_store(str(tmp_path / "out"))
    assert store.put_new("parts/a", _DATA)
    assert not store.put_new("parts/a", b"b")
    assert "asset" not in _raised("store.unusable", lambda: store.put_new("parts/a/b", b""))
    (tmp_path / "out/parts/folder").mkdir()
    assert not store.put_new("parts/folder", b"")
    assert sorted(os.listdir(tmp_path / "out/parts")) == ["a", "folder"]
    mask = os.umask(0o027)
    try:
        assert store.put_new("b", b"")
    finally:
        os.umask(mask)
    assert (tmp_path / "out/b").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such files")
def test_what_is_no_file_in_a_folder_is_listed_as_such_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "folder").mkdir()
    with open(os.fsencode(tmp_path) + b"/\xff.jpg", "wb") as file:
        file.write(_DATA)
    store = stores.open_store(str(tmp_path))
    listed = {one.key: one for one in store.listed()}
    assert {key: one.error and one.error[0] for key, one in listed.items()} == {
        "pipe": "asset.not_regular",
        "dangling": "asset.missing",
        "\udcff.jpg": None,
    }
    assert store.get("\udcff.jpg") == _DATA
    for key, code in (("pipe", "asset.not_regular"), ("folder", "asset.not_regular")):
        _raised(code, lambda key=key: store.get(key))
        _raised(code, lambda key=key: store.head(key))
    _raised("asset.missing", lambda: store.get("pipe/x"))
    with pytest.raises(AuditError) as caught:
        list(stores.open_store(str(tmp_path / "none")).listed())
    assert caught.value.code == "store.unusable"


_REFUSED = [
    "s3://",
    "s3:///a",
    "s3://b//a",
    "s3://b/a//c",
    "s3://b/../a",
    "s3://b/a/.",
    "s3://b:80/a",
]
_REFUSED += [
    "s3://b c/a",
    "s3://b/a\nb",
    "gs://",
    "http://",
    "http://[bad/a",
    "http:///a",
    "ftp://h/a",
]
_REFUSED += ["file:///a", "S3://b", f"s3://key:{SECRET}@b/a", f"https://u:{SECRET}@h/a"]
_REFUSED += [f"https://h/a?sig={SECRET}", f"http://h/a#{SECRET}", f"s3://{SECRET}@b"]


@each("address", _REFUSED)
def test_an_address_that_names_no_place_or_holds_a_secret_is_refused(address: str) -> None:
    assert len(_raised("store.unusable", lambda: stores.open_store(address))) < 200
    _raised("store.unusable", lambda: stores.split(address))


def test_an_address_is_taken_as_its_kind_is_written(server: ObjectStore, bucket: str) -> None:
    for key in ("a b/x", "a%20b/x", "q?#/x", "x"):
        server.put(f"{bucket}/{key}", key.encode())
    for address, key in (
        (f"s3://{bucket}/a b", "a b/x"),
        (f"s3://{bucket}/a%20b/", "a%20b/x"),
        (f"s3://{bucket}/q?#", "q?#/x"),
        (f"s3://{bucket}/", "x"),
        (f"s3://{bucket}", "x"),
        (f"{server.url}/{bucket}/a%20b", "a b/x"),
        (f"{server.url}/{bucket}/a%2520b/", "a%20b/x"),
    ):
        store = stores.open_store(address)
        assert store.address == address.rstrip("/")
        assert store.get("x") == key.encode()
        assert "x" in {one.key for one in store.listed()}
        full = f"{store.address}/x"
        place, own = stores.split(full)
        assert stores.open_store(place).get(own) == key.encode()
    assert stores.split("s3://b/a#b?c%20") == ("s3://b", "a#b?c%20")
    assert stores.split("https://h:8/a%20b/c.jpg") == ("https://h:8", "a b/c.jpg")
    for address in ("s3://b", "s3://b/", "s3://b/a/", "https://h"):
        assert "names no object" in _raised("store.unusable", lambda a=address: stores.split(a))
    told = [stores.is_address(text) for text in ("s3://b", "az://c/p", "s3:/b", "a/b", "ftp://h")]
    assert told == [True, True, False, False, False]


def test_without_its_extra_a_store_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(InstallationError, match=r"s3://bucket/a: .*cloud"):
        stores.open_store("s3://bucket/a")


def test_a_store_that_others_wrote_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    moto = pytest.importorskip("moto.server")
    other = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    other.start()
    try:
        url = "http://{}:{}".format(*other.get_host_and_port())
        for name, value in environment(url).items():
            monkeypatch.setenv(name, value)
        store = stores.open_store("s3://bucket/in")
        assert "bucket or container does not exist" in _raised(
            "store.unusable", lambda: store.get("a")
        )
        with urlopen(Request(f"{url}/bucket", method="PUT")):  # noqa: S310 - our own server
            pass
        assert store.put_new("a ü#?.jpg", _DATA)
        assert not store.put_new("a ü#?.jpg", b"again")
        assert store.put_new("empty", b"")
        listed = {one.key: one for one in store.listed()}
        assert set(listed) == {"a ü#?.jpg", "empty"}
        found = listed["a ü#?.jpg"]
        got = store.fetch(found.key, 900, 200, found.etag)
        assert got.data == _DATA[900:]
        assert (got.found.size, got.found.etag) == (1000, found.etag)
        assert store.head(found.key).etag == found.etag
        assert store.get(found.key) == _DATA
        assert store.fetch("empty", 0, 9, None).data == store.fetch(found.key, 5000, 9, None).data
        _raised("asset.changed", lambda: store.fetch(found.key, 0, 9, '"0123"'))
        _raised("asset.missing", lambda: store.head("none"))
    finally:
        other.stop()
