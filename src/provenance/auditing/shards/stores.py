"""Where objects are: a folder of this machine, or a store that is asked over the network.

Stores are asked through obstore, which the extra `cloud` brings and which this module alone
imports. It takes credentials from where each provider's own tools have them: the environment, or
the machine's own identity. Whoever names an address of a store asks for the network.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from provenance.auditing.shards.model import Found
from provenance.base import installed
from provenance.base.errors import AssetError, AuditError, InstallationError, reason_of
from provenance.base.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_T = TypeVar("_T")
SCHEMES = ("s3", "gs", "az", "http", "https")
MOST = 1 << 30  # bytes of one object of our own making, such as a plan
_ATTEMPTS = 3  # at what a store answers wrongly; obstore itself repeats what it may, see `_RETRY`
_PAUSE = 0.1  # seconds before the second attempt, twice that before the third
_TIMEOUT = timedelta(seconds=30)  # of one request
_RETRY: Any = {  # of 5xx answers, and of lines that break
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=120),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=4),
        "base": 2,
    },
}
# What providers call credentials that they do not take, or take no more.
_REFUSED = re.compile(
    r"<Code>(ExpiredToken\w*|InvalidToken|TokenRefreshRequired|InvalidAccessKeyId"
    r"|SignatureDoesNotMatch|RequestTimeTooSkewed|AuthenticationFailed)</Code>"
)
_NO_PLACE = re.compile(r"<Code>(NoSuchBucket|ContainerNotFound)</Code>")
_NO_QUESTION = "an address holds no credentials and no question: they belong elsewhere"
_NOT_ADDRESSED = "its key cannot be asked for: it has an empty part, or one of dots"


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes of an object, and what the store said of it in the same answer."""

    data: bytes
    found: Found


class Store(Protocol):
    """Objects below one address, each under a key relative to it. May be used by many threads."""

    @property
    def address(self) -> str:
        """The address for people and plans; it never holds a secret."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        ...

    def listed(self, below: str = "") -> Iterator[Found]:
        """Yield all objects whose key is under `below`, in no order that counts.

        Raises AuditError `store.unusable`, also for a key that could not be listed: none is lost.
        """
        ...

    def head(self, key: str) -> Found:
        """Ask what an object is, without its bytes. Raises AssetError, AuditError."""
        ...

    def fetch(self, key: str, offset: int, length: int, etag: str | None) -> Fetched:
        """Return exactly the bytes that are asked for, but fewer at the object's end.

        With `etag` only of that very object. Raises AssetError: `asset.missing`, `asset.changed`
        or `asset.unreadable`; AuditError where the store takes our credentials no more.
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


def open_(address: str) -> Store:
    """Open the folder or the prefix of a store. Nothing is asked of it yet.

    Raises AuditError `store.unusable`, or InstallationError where the extra is not there.
    """
    return _Remote(address) if is_address(address) else _Folder(address)


def split(address: str) -> tuple[str, str]:
    """Split the address of one object into that of its store, and its key there.

    The key of a web server's object is written with escapes (RFC 3986), any other as it is. Raises
    AuditError `store.unusable` where it names no object.
    """
    scheme, _, rest = address.partition("://")
    place, _, key = rest.partition("/")
    web = scheme in {"http", "https"}
    if web and any(mark in key for mark in "?#"):
        raise AuditError("store.unusable", f"{clean(address, 400)}: {_NO_QUESTION}")
    if not place or not key or key.endswith("/"):
        raise AuditError("store.unusable", f"{clean(address, 400)}: it names no object")
    return f"{scheme}://{place}", unquote(key) if web else key


class _Folder:
    """A folder, with what lies below it."""

    is_local = True

    def __init__(self, path: str) -> None:
        self.address = os.path.abspath(path)

    def listed(self, below: str = "") -> Iterator[Found]:
        top = os.path.join(self.address, below)

        def stop(e: OSError) -> None:
            raise AuditError("store.unusable", f"{clean(str(e.filename))}: {reason_of(e)}") from e

        for folder, _, names in os.walk(top, onerror=stop):
            for name in names:
                path = os.path.join(folder, name)
                key = os.path.relpath(path, self.address).replace(os.sep, "/")
                with contextlib.suppress(FileNotFoundError):  # gone meanwhile
                    yield _of_status(key, os.stat(path))

    def head(self, key: str) -> Found:
        try:
            return _of_status(key, os.stat(self._path(key)))
        except (OSError, ValueError) as e:
            raise _local(e) from e

    def fetch(self, key: str, offset: int, length: int, etag: str | None) -> Fetched:
        del etag
        try:
            with open(self._path(key), "rb") as file:
                found = _of_status(key, os.fstat(file.fileno()))
                file.seek(offset)
                return Fetched(file.read(length), found)
        except (OSError, ValueError) as e:
            raise _local(e) from e

    def get(self, key: str, most: int = MOST) -> bytes:
        return _within(self.fetch(key, 0, most + 1, None).data, most)

    def put_new(self, key: str, data: bytes) -> bool:
        path = self._path(key)
        folder, name = os.path.split(path)
        try:
            os.makedirs(folder, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{name}.", delete=False) as file:
                try:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                    os.chmod(file.name, 0o666 & ~_umask())
                    os.link(file.name, path)  # which never replaces what is there
                finally:
                    os.unlink(file.name)
        except FileExistsError:
            return False
        except OSError as e:
            raise AuditError("store.unusable", f"{clean(path)}: {reason_of(e)}") from e
        return True

    def _path(self, key: str) -> str:
        return os.path.join(self.address, key)


def _umask() -> int:
    """Return the mask for new files, which can only be asked for by setting one."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _of_status(key: str, status: os.stat_result) -> Found:
    return Found(key, status.st_size, status.st_mtime_ns)


def _local(e: Exception) -> AssetError:
    code = "asset.missing" if isinstance(e, FileNotFoundError) else "asset.unreadable"
    return AssetError(code, reason_of(e))


def _within(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise AssetError("asset.too_large", f"more than {most} bytes")
    return data


class _Remote:
    """A prefix of a store that obstore can ask."""

    is_local = False

    def __init__(self, address: str) -> None:
        try:
            import obstore  # noqa: PLC0415 - an extra, and the one place that needs it
            from obstore import exceptions, store  # noqa: PLC0415 - as above
        except ImportError as e:
            message = f"{clean(address, 400)}: stores need obstore: "
            raise InstallationError(message + installed.bring_extra("cloud")) from e
        parts = urlsplit(address)
        if parts.username or parts.password or parts.query or parts.fragment:
            raise AuditError("store.unusable", _NO_QUESTION)
        self.address = address.rstrip("/")
        self._obstore = obstore
        self._errors = exceptions
        client: Any = {"timeout": _TIMEOUT}
        # Options of ours take the place of those in the environment: this one has to be asked for.
        if parts.scheme == "http" or _is_allowed(parts.scheme):
            client["allow_http"] = True
        try:
            self._store = store.from_url(self.address, client_options=client, retry_config=_RETRY)
        except (exceptions.BaseError, ValueError) as e:
            message = f"{clean(address, 400)}: {_first_line(e)}"
            raise AuditError("store.unusable", message) from e

    def listed(self, below: str = "") -> Iterator[Found]:
        try:
            for chunk in self._obstore.list(self._store, below or None):
                for one in chunk:
                    yield _of_meta(one["path"], one)
        except self._errors.InvalidPathError as e:
            message = f"a key in the listing cannot be asked for ({_first_line(e)}); plan from an"
            message += " inventory or a manifest, where such a key gets its record"
            raise AuditError("store.unusable", f"{self.address}: {message}") from e
        except (self._errors.BaseError, OSError, ValueError) as e:
            raise AuditError("store.unusable", f"{self.address}: {_first_line(e)}") from e

    def head(self, key: str) -> Found:
        self._check(key)
        return self._asked(lambda: _of_meta(key, self._obstore.head(self._store, key)))

    def fetch(self, key: str, offset: int, length: int, etag: str | None) -> Fetched:
        self._check(key)
        options: dict[str, Any] = {"range": (offset, offset + length)}
        if etag is not None:
            options["if_match"] = etag

        def once() -> Fetched:
            result = self._obstore.get(self._store, key, options=options)
            found = _of_meta(key, result.meta)
            data = bytes(result.bytes())
            end = min(offset + length, found.size or 0)
            if tuple(result.range) != (offset, end) or len(data) != end - offset:
                raise _OtherBytesError
            return Fetched(data, found)

        return self._asked(once)

    def get(self, key: str, most: int = MOST) -> bytes:
        self._check(key)

        def once() -> bytes:
            result = self._obstore.get(self._store, key)
            if result.meta["size"] > most:
                raise AssetError("asset.too_large", f"more than {most} bytes")
            data = bytes(result.bytes())
            if len(data) != result.meta["size"]:
                raise _OtherBytesError
            return _within(data, most)

        return self._asked(once)

    def put_new(self, key: str, data: bytes) -> bool:
        try:
            self._obstore.put(self._store, key, data, mode="create", use_multipart=False)
        except self._errors.AlreadyExistsError:
            return False
        except (self._errors.BaseError, OSError, ValueError) as e:
            self._refused(e)
            message = f"{self.address}/{clean(key)}: {_first_line(e)}"
            raise AuditError("store.unusable", message) from e
        return True

    def _check(self, key: str) -> None:
        """Refuse a key that would be taken for another one's: raises AssetError."""
        parts = key.split("/")
        if any(part in {"", ".", ".."} for part in parts) or not key.isprintable():
            raise AssetError("asset.unreadable", _NOT_ADDRESSED)

    def _asked(self, once: Callable[[], _T]) -> _T:
        """Ask, and ask again where the answer was not one to the question."""
        for attempt in range(_ATTEMPTS):
            try:
                return once()
            except AssetError:
                raise
            except FileNotFoundError as e:
                if _NO_PLACE.search(str(e)):
                    message = f"{self.address}: there is no such place"
                    raise AuditError("store.unusable", message) from e
                raise AssetError("asset.missing", "no such object") from e
            except self._errors.PreconditionError as e:
                message = "replaced since it was listed or first read"
                raise AssetError("asset.changed", message) from e
            except (self._errors.BaseError, OSError, ValueError, _OtherBytesError) as e:
                self._refused(e)
                if isinstance(e, self._errors.PermissionDeniedError):
                    raise AssetError("asset.unreadable", "the store denies access to it") from e
                if attempt + 1 == _ATTEMPTS:
                    raise AssetError("asset.unreadable", _reason(e)) from e
            time.sleep(_PAUSE * 2**attempt)
        raise AssertionError

    def _refused(self, e: Exception) -> None:
        """Raise AuditError where it is our credentials that are refused, not one object."""
        if isinstance(e, self._errors.UnauthenticatedError) or _REFUSED.search(str(e)):
            message = f"{self.address}: the store does not take our credentials, or no more"
            raise AuditError("store.credentials", message) from e


def _is_allowed(scheme: str) -> bool:
    """Tell whether the environment allows a service without TLS, such as one of this machine."""
    prefix = {"s3": "AWS", "gs": "GOOGLE", "az": "AZURE"}.get(scheme, "")
    return os.environ.get(f"{prefix}_ALLOW_HTTP", "").lower() in {"1", "true", "yes", "on"}


class _OtherBytesError(Exception):
    """A store answered with other bytes than it was asked for."""


def _of_meta(key: str, meta: Any) -> Found:
    return Found(key, meta["size"], nanoseconds(meta["last_modified"]), meta["e_tag"])


def nanoseconds(at: datetime | None) -> int | None:
    """Return a time of a store in nanoseconds since 1970; None of what no ledger takes."""
    if at is None:
        return None
    since = at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since // timedelta(microseconds=1)) * 1000


def _reason(e: Exception) -> str:
    text = str(e)
    if isinstance(e, _OtherBytesError):
        return "the store answered with other bytes than were asked for, every time"
    status = re.search(r"status code: (\d{3})", text)
    if status is not None:
        return f"the store answered {status[1]}, every time"
    if "timed out" in text or "timeout" in text:
        return "the store did not answer in time"
    return "the store could not be asked, or its answer broke off"


def _first_line(e: Exception) -> str:
    """Return what a library says, without what a server put into it."""
    return clean(str(e).partition("\n")[0].partition("<?xml")[0], 300)
