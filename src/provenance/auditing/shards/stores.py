"""Where objects are: a folder of this machine, or a store that is asked over the network.

Stores are asked through obstore, which the extra `cloud` brings and which this module alone
imports. It takes credentials from where each provider's own tools have them: the environment, or
the machine's own identity. Whoever names an address of a store asks for the network.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from provenance.auditing.shards import store_refusals
from provenance.auditing.shards.shard_plan import ListedObject
from provenance.auditing.shards.store_refusals import OtherBytesError
from provenance.base import installed, threads
from provenance.base.errors import AssetError, AuditError, InstallationError, reason_of
from provenance.base.text import clean, printable_path
from provenance.base.values import dataclass
from provenance.media.asset import status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_T = TypeVar("_T")
SCHEMES = ("s3", "gs", "az", "http", "https")
MOST = 1 << 30  # bytes of one object of our own making, such as a plan
_PAGE = 1000  # objects of a listing that are taken in at once
# obstore repeats a request at once that fails in a way that may pass, and reads on where a body
# broke off. Its pauses hardly grow: those that give a store time are ours. A store that never
# answers costs an object 60 to 90 seconds, one that says to slow down 35, and none two minutes.
_TIMEOUT = timedelta(seconds=30)  # of one request for a part of an object, with its bytes
_RETRY_TIMEOUT = timedelta(seconds=60)  # after which obstore repeats nothing
_LONG = timedelta(seconds=300)  # both, for what we write and for our own objects, which may be long
_CONNECT = timedelta(seconds=10)
_RETRIES = 3
_BACKOFF = (timedelta(milliseconds=100), timedelta(seconds=1))  # between these, at random
_ATTEMPTS = 8  # in addition to those of the library
_PAUSE = 0.25  # seconds before the second attempt, and each time twice as long
_PATIENCE = 60.0  # seconds after which there is no further attempt
_DOWN = 32  # objects in a row that fail so: then it is asked whether the store itself does
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_WEB = frozenset({"http", "https"})
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_DOTS = frozenset({".", ".."})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_ADDRESSED = (
    "the name cannot be asked for: an empty part, a part of dots only, or a control character"
)
_CHANGED = "replaced since it was listed or first read"
_NO_FOLDER = (
    "the server does not list its folders (that takes WebDAV): name the objects in a manifest"
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes of an object, and what the store said of it in the same answer."""

    data: bytes
    found: ListedObject


class ShardStore(Protocol):
    """Objects below one address, each under a key relative to it. May be used by many threads."""

    @property
    def address(self) -> str:
        """The address for people and plans; it never holds a secret."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        ...

    def listed(self, below: str = "") -> Iterator[ListedObject]:
        """Yield all objects whose key is under `below`, in no order that counts.

        Raises AuditError `store.unusable`, also for a key that could not be listed: none is lost.
        A store's key that begins or ends with a slash comes without it, so that one key may come
        twice, with other tags; what is fetched by its tag is never another object.
        """
        ...

    def head(self, key: str) -> ListedObject:
        """Ask what an object is, without its bytes. Raises AssetError, AuditError."""
        ...

    def fetch(self, key: str, offset: int, length: int, etag: str | None) -> Fetched:
        """Return exactly the bytes that are asked for, but fewer at the object's end.

        With `etag` only of that very object. Raises AssetError: `asset.missing`, `asset.changed`
        or `asset.unreadable`; AuditError where the store takes our credentials no more, or where
        request after request fails.
        """
        ...

    def get(self, key: str, most: int = MOST) -> bytes:
        """Return a whole object of at most so many bytes. Raises as `fetch` does."""
        ...

    def put_new(self, key: str, data: bytes) -> bool:
        """Write an object where there is none; false where there is one, whoever wrote it.

        Raises AuditError `store.unusable`.
        """
        ...


def is_address(text: str) -> bool:
    """Tell whether a text names a place of a store: `s3://bucket/prefix` and its like."""
    scheme, colon, _ = text.partition("://")
    return bool(colon) and scheme in SCHEMES


def open_store(address: str) -> ShardStore:
    """Open the folder or the prefix of a store. Nothing is asked of it yet.

    A prefix is of whole parts: `s3://bucket/a` is what is below `a/`. It is written as it is in
    `s3://`, `gs://` and `az://`, and with escapes as ever in `http://` and `https://`.

    Raises AuditError `store.unusable`, or InstallationError where the extra is not there.
    """
    if _ADDRESS.match(address):
        return _Remote(address)
    return _Folder(address)


def split(address: str) -> tuple[str, str]:
    """Split the address of one object into that of its store, and its key there.

    Raises AuditError `store.unusable` where it names no object.
    """
    scheme, host, path = _parts(address)
    if not path or path.endswith("/"):
        raise AuditError("store.unusable", f"{clean(address, 400)}: it names no object")
    return f"{scheme}://{host}", unquote(path) if scheme in _WEB else path


def _parts(address: str) -> tuple[str, str, str]:
    """Split an address into scheme, bucket or host, and what is below it, as it is written.

    Raises AuditError `store.unusable`, without the address where there may be a secret in it.
    """
    match = _ADDRESS.fullmatch(address)
    scheme = match[1] if match is not None else ""
    if match is None or scheme not in SCHEMES:
        known = ", ".join(f"{prefix}://" for prefix in SCHEMES)
        message = f"{clean(scheme, 40)}://: not the address of a store, which begins with {known}"
        raise AuditError("store.unusable", message)
    host, _, path = match[2].partition("/")
    if "@" in host or (scheme in _WEB and ("?" in path or "#" in path)):
        message = (
            "an address holds no credentials, no query and no fragment: credentials belong in the"
        )
        raise AuditError("store.unusable", f"{message} environment")
    try:
        fits = bool(urlsplit(address).netloc) if scheme in _WEB else bool(_BUCKET.fullmatch(host))
    except ValueError:
        fits = False
    if not fits or not _is_asked(path.removesuffix("/")):
        message = f"{clean(scheme)}://{clean(host, 300)}: the address names no place of a store"
        raise AuditError("store.unusable", message)
    return scheme, host, path


def _is_asked(key: str) -> bool:
    """Tell whether a store is asked for just this: an empty part or dots would be another's key."""
    parts = key.split("/")
    if not _DOTS.isdisjoint(parts) or ("" in parts and key):
        return False
    return not _CONTROL.search(key) and _is_unicode(key)


def _is_unicode(key: str) -> bool:
    """Tell whether it can be written in UTF-8; names of files may have bytes that cannot."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Folder:
    """A folder, with what lies below it."""

    is_local = True

    def __init__(self, path: str) -> None:
        self.address = os.path.abspath(path)

    def listed(self, below: str = "") -> Iterator[ListedObject]:
        top = os.path.join(self.address, *below.split("/"))

        def stop(e: OSError) -> None:
            gone = isinstance(e, FileNotFoundError | NotADirectoryError)
            if not (gone and below and os.path.isdir(self.address)):
                shown = printable_path(str(e.filename))
                raise AuditError("store.unusable", f"{shown}: {reason_of(e)}") from e

        for folder, _, names in os.walk(top, onerror=stop):
            for name in names:
                path = os.path.join(folder, name)
                key = os.path.relpath(path, self.address).replace(os.sep, "/")
                yield self._object_at(key, path)

    def head(self, key: str) -> ListedObject:
        return _of_status(key, status_of(self._path(key)))

    def fetch(self, key: str, offset: int, length: int, etag: str | None) -> Fetched:
        del etag
        path = self._path(key)
        status_of(path)  # to open a pipe would wait for whoever writes to it
        try:
            with open(path, "rb", buffering=0) as file:
                listed = _of_status(key, os.fstat(file.fileno()))
                file.seek(offset)
                return Fetched(_read_at_most(file, length), listed)
        except FileNotFoundError as e:
            raise AssetError("asset.missing", "no such file") from e
        except (OSError, ValueError) as e:
            raise AssetError("asset.unreadable", reason_of(e)) from e

    def get(self, key: str, most: int = MOST) -> bytes:
        return _within(self.fetch(key, 0, most + 1, None).data, most)

    def put_new(self, key: str, data: bytes) -> bool:
        try:
            return _linked(self._path(key), data)
        except AssetError as e:
            raise AuditError("store.unusable", f"{printable_path(key)}: {e}") from e
        except (OSError, ValueError) as e:
            shown = printable_path(os.path.join(self.address, key))
            raise AuditError("store.unusable", f"{shown}: {reason_of(e)}") from e

    def _object_at(self, key: str, path: str) -> ListedObject:
        try:
            return _of_status(key, status_of(path))
        except AssetError as e:
            return ListedObject(key, error=(e.code, str(e)))

    def _path(self, key: str) -> str:
        """Return the path of a key, which does not lead out of the folder. Raises AssetError."""
        if any(part in {"", ".", ".."} for part in key.split("/")):
            raise AssetError("asset.unreadable", _NOT_ADDRESSED)
        return os.path.join(self.address, *key.split("/"))


def _read_at_most(file: Any, length: int) -> bytes:
    """Read so many bytes, and no more memory than there is to read."""
    pieces = []
    while length > 0 and (piece := file.read(min(length, 16 << 20))):
        pieces.append(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _linked(path: str, data: bytes) -> bool:
    """Write a file whole or not at all, and never over another one; false where there is one."""
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    own = os.path.join(folder, f".{name}.{secrets.token_hex(8)}")
    try:
        with open(own, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(own, path)
    except FileExistsError:
        return False
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(own)
    return True


def _of_status(key: str, status: os.stat_result) -> ListedObject:
    return ListedObject(key, status.st_size, status.st_mtime_ns)


def _within(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise AssetError("asset.too_large", f"more than {most} bytes")
    return data


@cache
def _start_thread() -> None:
    """Have obstore serve all connections from one thread, which it starts with its first request.

    What comes goes through Python, which takes in no more than that. More of them wake each other
    for every request: a sixth of what a runner of shards takes itself.
    """
    import obstore  # noqa: PLC0415 - an extra
    from obstore.store import MemoryStore  # noqa: PLC0415 - as above

    with threads.one_thread("TOKIO_WORKER_THREADS"):
        obstore.put(MemoryStore(), "nothing", b"")


class _Remote:
    """A prefix of a store that obstore can ask."""

    is_local = False

    def __init__(self, address: str) -> None:
        self._scheme, host, path = _parts(address)
        self.address = f"{self._scheme}://{host}/{path}".rstrip("/")
        try:
            import obstore  # noqa: PLC0415 - an extra, and the one place that needs it
            from obstore import exceptions  # noqa: PLC0415 - as above
        except ImportError as e:
            message = f"{clean(address, 400)}: stores need obstore: "
            raise InstallationError(message + installed.bring_extra("cloud")) from e
        _start_thread()
        self._obstore = obstore
        other = (OSError, ValueError, NotImplementedError, OtherBytesError)
        self._failed: tuple[type[Exception], ...] = (exceptions.BaseError, *other)
        written = path if self._scheme in _WEB else quote(path)
        self._url = f"{self._scheme}://{host}/{written}".rstrip("/")
        # A web server lists what is below its root; keys are below the address.
        self._base = unquote(path).strip("/") if self._scheme in _WEB else ""
        self._in_row = 0  # requests that failed, of all threads
        self._good: str | None = None  # the key of the last one that did not
        self._store = self._open_store(_TIMEOUT, _RETRY_TIMEOUT)

    @cached_property
    def _patient(self) -> Any:
        """The same store, for requests that move many bytes."""
        return self._open_store(_LONG, _LONG)

    def _open_store(self, timeout: timedelta, retry_timeout: timedelta) -> Any:
        from obstore.store import from_url  # noqa: PLC0415 - as above

        client: Any = {"timeout": timeout, "connect_timeout": _CONNECT}
        # Options that are passed replace those of the environment: this one has to be passed on.
        if self._scheme == "http" or _is_allowed(self._scheme):
            client["allow_http"] = True
        if self._scheme in _WEB:
            client |= _no_other_host(self._url)
        first, longest = _BACKOFF
        retry: Any = {
            "max_retries": _RETRIES,
            "retry_timeout": retry_timeout,
            "backoff": {"init_backoff": first, "max_backoff": longest, "base": 2},
        }
        try:
            return from_url(self._url, client_options=client, retry_config=retry)
        except self._failed as e:
            raise self._unusable(clean(str(e).partition("\n")[0], 300)) from e

    def listed(self, below: str = "") -> Iterator[ListedObject]:
        try:
            for chunk in self._obstore.list(self._store, below or None, chunk_size=_PAGE):
                for meta in chunk:
                    yield _of_meta(self._key(meta["path"]), meta)
        except self._failed as e:
            said = store_refusals.store_refusal(e)
            if said.broke == "key":
                message = "a name in the listing cannot be asked for (an empty part, a part of dots"
                message += " only, or a control character): plan from an inventory or a manifest,"
                raise self._unusable(f"{message} where it gets its own record") from e
            if self._scheme in _WEB and said.status in {400, 403, 404, 405, 501}:
                raise self._unusable(_NO_FOLDER) from e
            raise self._stopped(said) from e

    def head(self, key: str) -> ListedObject:
        self._check(key)

        def once() -> ListedObject:
            return _of_meta(key, self._obstore.head(self._store, key))

        try:
            return self._tried(key, once)
        except _StoreRefusedError as e:
            if e.said.status in {400, 403, 404}:  # which says no more, as it has no body
                return self.fetch(key, 0, 1, None).found
            raise self._of_object(e.said) from e

    def fetch(self, key: str, offset: int, length: int, etag: str | None) -> Fetched:
        self._check(key)
        options: Any = {}
        if etag is not None and not etag.startswith("W/"):  # which never matches (RFC 9110, 13.1.1)
            options["if_match"] = f'"{_tag(etag)}"'

        def once() -> Fetched:
            if length <= 0:
                return self._nothing(key, offset, length, options)
            try:
                return self._part(key, offset, length, options)
            except self._failed as e:
                said = store_refusals.store_refusal(e, key)
                if said.status == 416:
                    return self._nothing(key, offset, length, options)
                if said.broke == "no parts" and offset == 0:
                    return self._whole(key, length, options)
                raise

        got = self._asked(key, once)
        if None not in {etag, got.found.etag} and _tag(got.found.etag) != _tag(etag):
            raise AssetError("asset.changed", _CHANGED)
        return got

    def get(self, key: str, most: int = MOST) -> bytes:
        self._check(key)

        def once() -> bytes:
            result = self._obstore.get(self._patient, key)
            if result.meta["size"] > most:
                raise AssetError("asset.too_large", f"more than {most} bytes")
            return self._exactly(result, result.meta["size"])

        return self._asked(key, once)

    def put_new(self, key: str, data: bytes) -> bool:
        shown = f"{self.address}/{clean(key)}"
        if not key or not _is_asked(key):
            raise AuditError("store.unusable", f"{shown}: {_NOT_ADDRESSED}")

        def once() -> bool:
            try:
                self._obstore.put(self._patient, key, data, mode="create", use_multipart=False)
            except self._failed as e:
                said = store_refusals.store_refusal(e, key)
                if said.status in {409, 412} and not said.is_conflict:
                    return False
                raise
            return True

        try:
            return self._tried(key, once)
        except _StoreRefusedError as e:
            raise self._stopped(e.said) from e

    def _part(self, key: str, offset: int, length: int, options: Any) -> Fetched:
        asked: Any = options | {"range": (offset, offset + length)}
        result = self._obstore.get(self._store, key, options=asked)
        listed = _of_meta(key, result.meta)
        end = min(offset + length, listed.size or 0)
        if tuple(result.range) != (offset, end):
            raise OtherBytesError
        return Fetched(self._exactly(result, end - offset), listed)

    def _whole(self, key: str, length: int, options: Any) -> Fetched:
        """Ask for a whole object, where a server gives no parts of it. Raises AssetError."""
        result = self._obstore.get(self._store, key, options=options)
        listed = _of_meta(key, result.meta)
        if (listed.size or 0) > length:
            raise AssetError("asset.unreadable", store_refusals.NO_PARTS.words)
        return Fetched(self._exactly(result, listed.size or 0), listed)

    def _nothing(self, key: str, offset: int, length: int, options: Any) -> Fetched:
        """Ask what an object is that ends where its bytes were asked for, such as an empty one."""
        asked: Any = options | {"head": True}
        listed = _of_meta(key, self._obstore.get(self._store, key, options=asked).meta)
        if length > 0 and (listed.size or 0) > offset:
            raise OtherBytesError
        return Fetched(b"", listed)

    def _exactly(self, result: Any, length: int) -> bytes:
        data = bytes(result.bytes())
        if len(data) != length:
            raise OtherBytesError
        return data

    def _key(self, path: str) -> str:
        """Return what a listed path is below the address."""
        if not self._base:
            return path
        if not path.startswith(f"{self._base}/"):
            raise self._unusable("the server lists objects that are not below the address")
        return path[len(self._base) + 1 :]

    def _check(self, key: str) -> None:
        """Refuse a key that would be taken for another one's: raises AssetError."""
        if not key or not _is_asked(key):
            raise AssetError("asset.unreadable", _NOT_ADDRESSED)

    def _asked(self, key: str, once: Callable[[], _T]) -> _T:
        try:
            return self._tried(key, once)
        except _StoreRefusedError as e:
            raise self._of_object(e.said) from e

    def _tried(self, key: str, once: Callable[[], _T]) -> _T:
        """Ask, and ask again where that may help.

        Raises _RefusedError; AuditError where nothing has been had of the store for long.
        """
        until = time.monotonic() + _PATIENCE
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                done = once()
            except self._failed as e:
                said = store_refusals.store_refusal(e, key)
                if not said.may_pass or attempt == _ATTEMPTS or time.monotonic() > until:
                    self._count(said)
                    raise _StoreRefusedError(said) from e
            else:
                self._in_row = 0
                self._good = key
                return done
            time.sleep(_PAUSE * 2 ** (attempt - 1))
        raise AssertionError

    def _count(self, said: store_refusals.StoreRefusal) -> None:
        self._in_row = self._in_row + 1 if said.is_down else 0
        if self._in_row < _DOWN:
            return
        if self._good is not None:  # there may be many objects that cannot be had, side by side
            with contextlib.suppress(*self._failed):
                self._obstore.head(self._store, self._good)
                self._in_row = 0
                return
        raise self._unusable(f"{self._in_row} requests in a row failed: {said.words}")

    def _of_object(self, said: store_refusals.StoreRefusal) -> AssetError | AuditError:
        """Return what a refusal is: one object's record, or the end of what is being done."""
        if said.is_credentials or said.is_place:
            return self._stopped(said)
        if said.status == 404:
            return AssetError("asset.missing", "no such object")
        if said.status == 412:
            return AssetError("asset.changed", _CHANGED)
        return AssetError("asset.unreadable", said.words)

    def _stopped(self, said: store_refusals.StoreRefusal) -> AuditError:
        if said.is_credentials:
            return AuditError("store.credentials", f"{self._shown}: {said.words}")
        return self._unusable(said.words)

    def _unusable(self, words: str) -> AuditError:
        return AuditError("store.unusable", f"{self._shown}: {words}")

    @property
    def _shown(self) -> str:
        return clean(self.address, 400)


def _no_other_host(url: str) -> dict[str, str]:
    """Return the options with which no redirect to another host is followed.

    It could lead to what only this machine can reach. The library follows all, but asks other hosts
    through a proxy that is not there. Where the user has a proxy for this one, that proxy decides.
    """
    parts = urlsplit(url)
    host, proxies = parts.hostname or "", getproxies()
    if (parts.scheme in proxies or "all" in proxies) and not proxy_bypass(host):
        return {}
    with contextlib.suppress(UnicodeError):
        host = host.encode("idna").decode("ascii")
    return {"proxy_url": f"http://{store_refusals.NOWHERE}", "proxy_excludes": host}


def _is_allowed(scheme: str) -> bool:
    """Tell whether the environment allows a service without TLS, such as one of this machine."""
    prefix = {"s3": "AWS", "gs": "GOOGLE", "az": "AZURE"}.get(scheme, "")
    return os.environ.get(f"{prefix}_ALLOW_HTTP", "").lower() in {"1", "true", "yes", "on"}


class _StoreRefusedError(Exception):
    """A store did not do what it was asked, however often."""

    def __init__(self, said: store_refusals.StoreRefusal) -> None:
        super().__init__(said.words)
        self.said = said


def _tag(etag: str | None) -> str:
    """Return what tags of the same object share: listings of Azure have them without quotes."""
    return (etag or "").removeprefix("W/").strip('"')


def _of_meta(key: str, meta: Any) -> ListedObject:
    return ListedObject(key, meta["size"], nanoseconds(meta["last_modified"]), meta["e_tag"])


def nanoseconds(at: datetime | None) -> int | None:
    """Return a time of a store in nanoseconds since 1970; None of what no ledger takes."""
    if at is None:
        return None
    since = at - _EPOCH
    seconds = since.days * 86_400 + since.seconds
    return seconds * 1_000_000_000 + since.microseconds * 1000
