"""An object store of the tests: enough of S3 and of a plain web server, and every fault they have.

Objects are held in memory, are files, or are made as they are read, so that neither many nor large
ones cost anything. It speaks HTTP/1.1 at 127.0.0.1, S3 in path style: `http://host/bucket/key`.

    with ObjectStore() as server:
        server.put("bucket/a.jpg", data)
        server.fail("bucket/a.jpg", Fault.SLOW_DOWN, times=2)
        ...  # with `server.environment` for whoever asks for s3://bucket
        assert server.count("bucket/a.jpg") == 3

As a program it serves the files of a folder, and prints its address:

    python -m support.object_store --folder F --port 0
"""

from __future__ import annotations

import argparse
import bisect
import contextlib
import enum
import fnmatch
import hashlib
import os
import re
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "a-secret-that-nobody-prints"
MODIFIED = 1_750_000_000  # seconds since 1970, when every object was last written
_PAGE = 1000  # keys of one answer to a listing, at most
_PIECE = 1 << 20  # bytes written at once
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_STATUS = {
    200: "OK",
    206: "Partial Content",
    207: "Multi-Status",
    301: "Moved Permanently",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    429: "Too Many Requests",
    412: "Precondition Failed",
    416: "Range Not Satisfiable",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Fault(enum.Enum):
    """What goes wrong. The value of the first ones is status and code of the answer."""

    SLOW_DOWN = (503, "SlowDown")
    TOO_MANY = (429, "TooManyRequests")
    INTERNAL = (500, "InternalError")
    DENIED = (403, "AccessDenied")
    EXPIRED = (400, "ExpiredToken")
    EXPIRED_403 = (403, "ExpiredToken")
    BAD_KEY_ID = (403, "InvalidAccessKeyId")
    BAD_SIGNATURE = (403, "SignatureDoesNotMatch")
    UNAUTHORIZED = (401, "Unauthorized")
    NO_BUCKET = (404, "NoSuchBucket")
    GONE = (404, "NoSuchKey")
    CONFLICT = (409, "ConditionalRequestConflict")
    REDIRECT = (301, "PermanentRedirect")
    BAD_REQUEST = (400, "InvalidRequest")
    NOT_ALLOWED = (405, "MethodNotAllowed")
    ARCHIVED = (403, "InvalidObjectState")
    SILENT = "takes the question, and never answers"
    RESET = "resets the connection instead of answering"
    LOST = "does what is asked, and resets the connection instead of saying so"
    SHORT = "closes the connection in the middle of the body"
    SHORT_LENGTH = "sends half of the range, and says so in its length but not in Content-Range"
    WHOLE = "200 with the whole object, where a range was asked for"
    OTHER_RANGE = "another range than the one that was asked for, and says so"
    LYING_SIZE = "says another size of the object in Content-Range than it has"
    NO_ETAG = "does not say which object it was"
    WEAK = "an ETag that is weak, and that If-Match never matches"
    DEAF = "pays no heed to If-Match"
    TRICKLE = "a body that comes one byte at a time"
    GARBAGE = "an answer that is not HTTP"
    ENDLESS = "a 200 without a length, whose body does not end"


@dataclass(frozen=True, slots=True)
class Stored:
    """One object: its size in bytes, its ETag with the quotes, and how its bytes are read."""

    size: int
    etag: str
    read: Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked and answered: `range` as (start, end), `sent` the bytes of the body."""

    method: str
    key: str
    range: tuple[int, int] | None
    status: int
    sent: int


@dataclass(slots=True)
class _Rule:
    pattern: str
    fault: Fault
    left: int | None  # how often yet; None for always
    after: int  # requests that it lets pass first
    methods: str

    def hits(self, method: str, key: str) -> bool:
        if method not in self.methods.split() or not fnmatch.fnmatchcase(key, self.pattern):
            return False
        if self.after:
            self.after -= 1
            return False
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0


@dataclass(slots=True)
class _Asked:
    """A request as it came in."""

    method: str
    key: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class _Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    read: Callable[[int, int], bytes] | None = None
    range: tuple[int, int] | None = None


class ObjectStore:
    """The server. It begins and ends as a context manager; all of it may be used meanwhile."""

    def __init__(self, port: int = 0, listing_page: int = _PAGE) -> None:
        self.requests: list[Request] = []
        self.buckets: set[str] = set()
        self.listing_page = listing_page
        self.trickle = 0.05  # seconds between two bytes
        self._objects: dict[str, Stored] = {}
        self._sorted: list[str] | None = None
        self._rules: list[_Rule] = []
        self._changes: dict[str, tuple[int, bytes]] = {}
        self._expiry: tuple[int, Fault] | None = None
        self._served = 0
        self._lock = threading.RLock()
        self._open: dict[threading.Thread, socket.socket] = {}
        self.ending = threading.Event()
        self._server = _Server(("127.0.0.1", port), self)
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.02,), daemon=True)

    def __enter__(self) -> ObjectStore:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with self._lock:
            handlers = list(self._open)
            for connection in self._open.values():
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for handler in handlers:
            handler.join()

    @property
    def url(self) -> str:
        """The address, `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment, so that `s3://` is this server."""
        return environment(self.url)

    def put(self, key: str, data: bytes) -> Stored:
        """Hold an object, `bucket/key`; replace what is there."""
        return self._hold(key, Stored(len(data), _etag(data), _of_bytes(data)))

    def put_file(self, key: str, path: Path) -> Stored:
        """Serve a file as an object."""
        status = path.stat()
        name = f"{path}/{status.st_size}/{status.st_mtime_ns}".encode()
        return self._hold(key, Stored(status.st_size, _etag(name), _of_file(path)))

    def put_folder(self, bucket: str, folder: Path) -> int:
        """Serve all files below a folder; return how many."""
        self.buckets.add(bucket)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        for path in files:
            self.put_file(f"{bucket}/{path.relative_to(folder).as_posix()}", path)
        return len(files)

    def put_made(self, key: str, size: int, read: Callable[[int, int], bytes]) -> Stored:
        """Hold an object whose bytes are made when they are read, by (offset, length)."""
        return self._hold(key, Stored(size, _etag(f"{key}/{size}".encode()), read))

    def delete(self, key: str) -> None:
        """Take an object away."""
        with self._lock:
            del self._objects[key]
            self._sorted = None

    def data(self, key: str) -> bytes:
        """The bytes of an object, whoever put it."""
        found = self._objects[key]
        return found.read(0, found.size)

    def etag(self, key: str) -> str:
        """The ETag of an object, with its quotes."""
        return self._objects[key].etag

    def keys(self) -> list[str]:
        """Return all objects, `bucket/key`, by the bytes of their key."""
        with self._lock:
            if self._sorted is None:
                self._sorted = sorted(self._objects, key=_bytes)
            return self._sorted

    def fail(
        self,
        pattern: str,
        fault: Fault,
        times: int | None = None,
        after: int = 0,
        methods: str = "GET HEAD PUT",
    ) -> None:
        """Let requests fail for keys that match `bucket/*`: so many times (None: always).

        The first `after` requests go well. A listing has the key `bucket/`. The first rule counts.
        """
        with self._lock:
            self._rules.append(_Rule(pattern, fault, times, after, methods))

    def replace_after(self, key: str, requests: int, data: bytes) -> None:
        """Replace an object once it was asked for so often from now on."""
        with self._lock:
            self._changes[key] = (requests, data)

    def expire(self, after: int = 0, fault: Fault = Fault.EXPIRED) -> None:
        """Take no credentials any more, after so many more requests of any kind."""
        with self._lock:
            self._expiry = (self._served + after, fault)

    def renew(self) -> None:
        """Take credentials again, as if the client had new ones."""
        with self._lock:
            self._expiry = None

    def heal(self) -> None:
        """End all faults."""
        with self._lock:
            self._rules.clear()
            self._changes.clear()
            self._expiry = None

    def forget(self) -> None:
        """Forget what was asked so far."""
        with self._lock:
            self.requests.clear()

    def of(self, pattern: str = "*") -> list[Request]:
        """What was asked for keys that match."""
        with self._lock:
            return [one for one in self.requests if fnmatch.fnmatchcase(one.key, pattern)]

    def count(self, pattern: str = "*") -> int:
        """How many requests there were for keys that match."""
        return len(self.of(pattern))

    def sent(self, pattern: str = "*") -> int:
        """How many bytes of bodies were sent for keys that match."""
        return sum(one.sent for one in self.of(pattern))

    def _hold(self, key: str, stored: Stored) -> Stored:
        with self._lock:
            self.buckets.add(key.partition("/")[0])
            if key not in self._objects:
                self._sorted = None
            self._objects[key] = stored
        return stored

    # What the handlers need.

    def opened(self, connection: socket.socket) -> None:
        """Know of a connection, so that it can be ended."""
        with self._lock:
            self._open[threading.current_thread()] = connection

    def closed(self) -> None:
        """Forget the connection of this thread."""
        with self._lock:
            self._open.pop(threading.current_thread(), None)

    def record(self, asked: _Asked, answer: _Answer | None, sent: int) -> None:
        """Note what was asked."""
        status = answer.status if answer else 0
        span = answer.range if answer and answer.range else _range(asked.headers.get("range"), None)
        with self._lock:
            self.requests.append(Request(asked.method, asked.key, span, status, sent))

    def fault_of(self, asked: _Asked) -> Fault | None:
        """Tell what goes wrong with a request, and count it."""
        with self._lock:
            self._served += 1
            if self._expiry and self._served > self._expiry[0]:
                return self._expiry[1]
            hit = next((r for r in self._rules if r.hits(asked.method, asked.key)), None)
            return hit.fault if hit else None

    def answer(self, asked: _Asked, fault: Fault | None) -> _Answer:
        """Do what is asked, with a fault that changes the answer."""
        if fault is not None and isinstance(fault.value, tuple):
            return _error(fault.value[0], fault.value[1], asked.key)
        try:
            if asked.method == "PUT":
                return self._put(asked)
            if asked.method == "PROPFIND":
                return self._propfind(asked)
            if asked.method not in {"GET", "HEAD"}:
                return _error(405, "MethodNotAllowed", asked.key)
            if "list-type" in asked.query:
                return self._list(asked)
            return self._get(asked, fault)
        finally:
            self._change(asked.key)

    def _change(self, key: str) -> None:
        with self._lock:
            if key in self._changes:
                left, data = self._changes.pop(key)
                if left > 1:
                    self._changes[key] = (left - 1, data)
                else:
                    self.put(key, data)

    def _put(self, asked: _Asked) -> _Answer:
        if asked.key.partition("/")[0] not in self.buckets:
            return _error(404, "NoSuchBucket", asked.key)
        with self._lock:
            if asked.headers.get("if-none-match") == "*" and asked.key in self._objects:
                return _error(412, "PreconditionFailed", asked.key)
            etag = self.put(asked.key, asked.body).etag
        return _Answer(200, {"ETag": etag})

    def _get(self, asked: _Asked, fault: Fault | None) -> _Answer:
        found = self._objects.get(asked.key)
        if found is None:
            known = asked.key.partition("/")[0] in self.buckets
            return _error(404, "NoSuchKey" if known else "NoSuchBucket", asked.key)
        headers = {
            "ETag": found.etag,
            "Last-Modified": formatdate(MODIFIED, usegmt=True),
            "Accept-Ranges": "bytes",
            "Content-Type": "application/octet-stream",
        }
        if fault is Fault.NO_ETAG:
            del headers["ETag"]
        if fault is Fault.WEAK:
            headers["ETag"] = f"W/{found.etag}"
        wanted = asked.headers.get("if-match")
        if fault is Fault.WEAK and wanted is not None:
            return _error(412, "PreconditionFailed", asked.key)
        if (
            fault is not Fault.DEAF
            and wanted not in {None, "*"}
            and found.etag not in _listed(str(wanted))
        ):
            return _error(412, "PreconditionFailed", asked.key)
        unwanted = asked.headers.get("if-none-match")
        if unwanted is not None and (unwanted == "*" or found.etag in _listed(unwanted)):
            return _Answer(304, headers)
        span = _range(asked.headers.get("range"), found.size)
        if span is None or fault in {Fault.WHOLE, Fault.ENDLESS}:
            return _Answer(200, headers, found.size, found.read, (0, found.size))
        start, end = span
        if start >= end:
            refused = _error(416, "InvalidRange", asked.key)
            refused.headers["Content-Range"] = f"bytes */{found.size}"
            return refused
        if fault is Fault.OTHER_RANGE:
            start, end = (start + 1, min(end + 1, found.size)) if end > 1 else (0, found.size)
        size = found.size + 1000 if fault is Fault.LYING_SIZE else found.size
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        if fault is Fault.SHORT_LENGTH:
            end = start + (end - start) // 2
        read = found.read
        return _Answer(206, headers, end - start, lambda o, n: read(start + o, n), (start, end))

    def _list(self, asked: _Asked) -> _Answer:
        bucket = asked.key.partition("/")[0]
        if bucket not in self.buckets:
            return _error(404, "NoSuchBucket", asked.key)
        query = asked.query
        prefix = query.get("prefix", "")
        url = query.get("encoding-type") == "url"
        most = min(int(query.get("max-keys", _PAGE)), self.listing_page)
        keys = self.keys()
        at = bisect.bisect_left(keys, _bytes(f"{bucket}/{prefix}"), key=_bytes)
        after = query.get("continuation-token") or query.get("start-after")
        if after:
            token = _bytes(f"{bucket}/{unquote(after)}")
            at = max(at, bisect.bisect_right(keys, token, key=_bytes))
        found: list[str] = []
        while at < len(keys) and len(found) < most and keys[at].startswith(f"{bucket}/{prefix}"):
            found.append(keys[at])
            at += 1
        more = at < len(keys) and keys[at].startswith(f"{bucket}/{prefix}")
        rows = "".join(self._entry(key, len(bucket) + 1, url) for key in found)
        token_text = ""
        if more:
            last = quote(found[-1][len(bucket) + 1 :], safe="")
            token_text = f"<NextContinuationToken>{_xml(last)}</NextContinuationToken>"
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{_xml(bucket)}</Name><Prefix>{_xml(quote(prefix) if url else prefix)}</Prefix>"
            f"<KeyCount>{len(found)}</KeyCount><MaxKeys>{most}</MaxKeys>"
            + ("<EncodingType>url</EncodingType>" if url else "")
            + f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{token_text}{rows}"
            "</ListBucketResult>"
        )
        return _of_text(200, text)

    def _entry(self, key: str, cut: int, url: bool) -> str:
        one = self._objects[key]
        name = quote(key[cut:]) if url else _xml(key[cut:])
        return (
            f"<Contents><Key>{name}</Key><LastModified>2025-06-15T15:06:40.000Z</LastModified>"
            f"<ETag>{_xml(one.etag)}</ETag><Size>{one.size}</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
        )

    def _propfind(self, asked: _Asked) -> _Answer:
        below = asked.key.rstrip("/") + "/" if asked.key else ""
        if not any(key.startswith(below) for key in self.keys()):
            return _error(404, "NotFound", asked.key)
        rows = "".join(
            f"<D:response><D:href>/{quote(key)}</D:href><D:propstat><D:prop>"
            f"<D:getcontentlength>{self._objects[key].size}</D:getcontentlength>"
            f"<D:getlastmodified>{formatdate(MODIFIED, usegmt=True)}</D:getlastmodified>"
            f"<D:getetag>{_xml(self._objects[key].etag)}</D:getetag><D:resourcetype/>"
            "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
            for key in self.keys()
            if key.startswith(below)
        )
        head = '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">'
        return _of_text(207, f"{head}{rows}</D:multistatus>")


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True  # whoever forgets to end the server ends all the same
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], store: ObjectStore) -> None:
        super().__init__(address, _Handler)
        self.store = store

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(socketserver.StreamRequestHandler):
    """One connection: questions and answers in turn. Headers are split by hand, which is quick."""

    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        store = self.server.store
        store.opened(self.connection)
        try:
            while not store.ending.is_set():
                asked = self._read()
                if asked is None or not self._serve(store, asked):
                    break
        except OSError:  # the client gave up, or the server ends
            pass
        finally:
            store.closed()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def _read(self) -> _Asked | None:
        first = self.rfile.readline(1 << 16)
        if not first.strip():
            return None
        method, target, _ = first.decode("latin-1").split(" ", 2)
        headers = {}
        while (line := self.rfile.readline(1 << 16).strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(headers.get("content-length", "0")))
        path, _, question = target.partition("?")
        if path.startswith("http://"):
            path = urlsplit(path).path
        query = {name: v[0] for name, v in parse_qs(question, keep_blank_values=True).items()}
        return _Asked(method, unquote(path.removeprefix("/")), query, headers, body)

    def _serve(self, store: ObjectStore, asked: _Asked) -> bool:
        """Answer; return whether the connection goes on."""
        if "list-type" in asked.query:
            asked.key = asked.key.rstrip("/") + "/"
        fault = store.fault_of(asked)
        if fault is Fault.SILENT:
            store.record(asked, None, 0)
            self._wait_for_end(store)
            return False
        if fault is Fault.RESET:
            store.record(asked, None, 0)
            return self._reset()
        if fault is Fault.GARBAGE:
            store.record(asked, None, 0)
            self.wfile.write(b"220 mail.example.com ESMTP\r\n" * 3)
            return False
        answer = store.answer(asked, fault)
        if fault is Fault.LOST:
            store.record(asked, answer, 0)
            return self._reset()
        sends = asked.method != "HEAD" and answer.status != 304
        told = answer.size
        ends = fault in {Fault.SHORT, Fault.ENDLESS}
        # A record is there before the client can know of its answer, and act on it.
        whole = answer.size // 2 if fault is Fault.SHORT else answer.size
        store.record(asked, answer, whole if sends else 0)
        self.wfile.write(_head(answer, None if fault is Fault.ENDLESS else told))
        if sends and answer.read is not None:
            self._body(store, answer.read, whole, fault)
        return not ends and asked.headers.get("connection", "").lower() != "close"

    def _body(
        self,
        store: ObjectStore,
        read: Callable[[int, int], bytes],
        size: int,
        fault: Fault | None,
    ) -> None:
        if fault is Fault.TRICKLE:
            for byte in read(0, size):
                self.wfile.write(bytes([byte]))
                if store.ending.wait(store.trickle):
                    return
        elif fault is Fault.ENDLESS:
            while not store.ending.is_set():
                self.wfile.write(read(0, min(size, _PIECE)) or bytes(_PIECE))
        else:
            for at in range(0, size, _PIECE):
                self.wfile.write(read(at, min(_PIECE, size - at)))

    def _wait_for_end(self, store: ObjectStore) -> None:
        """Say nothing, until the client gives up or the server ends."""
        self.connection.settimeout(0.05)
        while not store.ending.is_set():
            try:
                if not self.connection.recv(1 << 16):
                    return
            except TimeoutError:
                continue

    def _reset(self) -> bool:
        linger = struct.pack("ii", 1, 0)  # on, and no time: what is left is answered by a reset
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.server.store.closed()
        return False


def environment(url: str) -> dict[str, str]:
    """What a process needs in its environment, so that `s3://` is the server at an address."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "AKIATEST",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": SECRET + "-token",
        "AWS_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


@contextlib.contextmanager
def running(folder: Path, bucket: str = "bucket") -> Iterator[str]:
    """Serve a folder from a process of its own, whose time is not ours; give its address."""
    tests = Path(__file__).parents[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "support.object_store", "--folder", folder, "--bucket", bucket],
        cwd=tests,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "it did not start"
        yield url
    finally:
        process.terminate()
        process.communicate()


def sparse(pieces: dict[int, bytes]) -> Callable[[int, int], bytes]:
    """Return how an object is read that is zeros, but for a few bytes at some offsets."""

    def read(offset: int, length: int) -> bytes:
        made = bytearray(length)
        for at, data in pieces.items():
            start, end = max(at, offset), min(at + len(data), offset + length)
            if start < end:
                made[start - offset : end - offset] = data[start - at : end - at]
        return bytes(made)

    return read


def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def _of_bytes(data: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, length: data[offset : offset + length]


def _of_file(path: Path) -> Callable[[int, int], bytes]:
    def read(offset: int, length: int) -> bytes:
        with open(path, "rb", buffering=0) as file:
            return os.pread(file.fileno(), length, offset)

    return read


def _range(header: str | None, size: int | None) -> tuple[int, int] | None:
    """Return (start, end) of a Range header within `size`; empty where it cannot be satisfied."""
    match = _RANGE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if size is None:
        return int(first or 0), int(last) + 1 if last else -1
    if not first:
        return max(size - int(last), 0), size
    return int(first), min(int(last) + 1, size) if last else size


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


def _listed(header: str) -> list[str]:
    return [one.strip() for one in header.split(",")]


def _error(status: int, code: str, key: str) -> _Answer:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>Said by the server: {code}</Message>"
        f"<Resource>/{_xml(key)}</Resource><RequestId>4442587FB7D0A2F9</RequestId></Error>"
    )
    return _of_text(status, text)


def _of_text(status: int, text: str) -> _Answer:
    data = text.encode("utf-8", "surrogateescape")
    return _Answer(status, {"Content-Type": "application/xml"}, len(data), _of_bytes(data))


def _xml(text: str) -> str:
    def escaped(match: re.Match[str]) -> str:
        return f"&#{ord(match[0])};"

    return re.sub(r"[&<>\"'\x00-\x1f\x7f]", escaped, text)


def _head(answer: _Answer, size: int | None) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_STATUS[answer.status]}", "Server: object-store-of-tests"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines.append("Connection: close" if size is None else f"Content-Length: {size}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def main() -> None:
    """Serve a folder until it is told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--bucket", default="bucket")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    ends = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ends.set())
    with ObjectStore(given.port) as store:
        store.put_folder(given.bucket, given.folder)
        print(store.url, flush=True)
        while not ends.wait(3600):
            time.sleep(0)


if __name__ == "__main__":
    main()
