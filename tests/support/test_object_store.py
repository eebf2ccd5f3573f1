"""What other tests rely on: the store of the tests counts, fails and ends as it says."""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import urlopen

from support.object_store import Fault, ObjectStore, Request, running, sparse

if TYPE_CHECKING:
    from pathlib import Path

_LARGE = 1 << 30


def test_a_large_object_is_made_as_it_is_read_and_what_was_asked_is_counted() -> None:
    with ObjectStore() as server:
        server.put_made("bucket/film.mp4", _LARGE, sparse({0: b"head", _LARGE - 4: b"tail"}))
        line = http.client.HTTPConnection("127.0.0.1", server.port)
        for span, status, data in (
            ("bytes=0-7", 206, b"head\0\0\0\0"),
            (f"bytes={_LARGE - 6}-", 206, b"\0\0tail"),
            ("bytes=-4", 206, b"tail"),
        ):
            line.request("GET", "/bucket/film.mp4", headers={"Range": span})
            answer = line.getresponse()
            assert (answer.status, answer.read()) == (status, data)
        line.request("HEAD", "/bucket/film.mp4")
        answer = line.getresponse()
        assert (answer.read(), answer.headers["Content-Length"]) == (b"", str(_LARGE))
        line.close()
        assert server.count("bucket/film.mp4") == 4
        assert server.sent("bucket/*") == 18
        asked = Request("GET", "bucket/film.mp4", (0, 8), 206, 8)
        assert server.requests[0] == asked


def test_the_store_ends_while_connections_wait() -> None:
    with ObjectStore() as server:
        server.put("bucket/a", b"data")
        server.fail("bucket/a", Fault.SILENT)
        waiting = http.client.HTTPConnection("127.0.0.1", server.port)
        waiting.request("GET", "/bucket/a")
        idle = http.client.HTTPConnection("127.0.0.1", server.port)
        idle.connect()
        while not server.count():
            time.sleep(0.005)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    waiting.close()
    idle.close()


def test_the_store_serves_a_folder_as_a_program(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "c.jpg").write_bytes(b"data")
    with (
        running(tmp_path) as url,
        urlopen(f"{url}/bucket/a%20b/c.jpg") as answer,  # noqa: S310 - our own server
    ):
        assert urlsplit(url).hostname == "127.0.0.1"
        assert answer.read() == b"data"
