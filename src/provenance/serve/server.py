"""The server under the service: listeners, connections within bounds, beginning and end.

uvicorn speaks HTTP. What it leaves open is closed here: a head that never ends, an answer that
nobody takes, and more connections than there is room for.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import ssl
import stat
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from provenance.base import callers
from provenance.base.errors import InstallationError, reason_of
from provenance.base.values import dataclass
from provenance.sandbox import limits
from provenance.serve.http_api import Api
from provenance.serve.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.serve.problems import CountedQuestion
    from provenance.serve.service_settings import Bounds, ServiceSettings

_SWEEP = 1.0  # seconds between two looks at the connections
_IDLE = 5  # seconds for which a connection may be kept for the next question
_CLOSING = 5.0  # seconds for what is written to be taken, once a connection is closed
_ENDING = 10  # seconds for what is in hand, when the service ends
_BACKLOG = 2048
_AT_ONCE = 16  # connections that are accepted, or fail to be, before others have their turn
_HANDSHAKE = 10.0  # seconds for TLS
_MAX_HEAD = 16 << 10  # bytes of the head of a question
_PIECES = 1024  # of a body, however small they are
_LEAST_PIECE = 32  # bytes in each of more than that, on average
_REPEATED = 10.0  # seconds until the same fault is told again
_NO_FILES = (errno.EMFILE, errno.ENFILE)
_CONNECTION_FILES = 3  # open files: itself, and the two bodies of a comparison
_WORKER_FILES = 14  # while it is started
_SPARE = 92  # what Python has, the listener, connections that are on their way in or out


@dataclass(frozen=True, slots=True)
class Listener:
    """Where callers come in: a port of `address`, or a Unix socket at `path`.

    `certificate` and `private_key` are files in PEM; then it is TLS.
    """

    address: str = "127.0.0.1"
    port: int = 0
    path: str = ""
    certificate: str = ""
    private_key: str = ""

    def url(self, port: int) -> str:
        """Return where it is, for people."""
        if self.path:
            return f"unix:{self.path}"
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http{'s' if self.certificate else ''}://{host}:{port}/"


def run_service(
    settings: ServiceSettings,
    listener: Listener,
    *,
    begun: Callable[[str, WorkerPool], object],
    log: Callable[[CountedQuestion], object] | None = None,
    fault: Callable[[str], object] = lambda _says: None,
) -> Api:
    """Serve until a signal ends it. Returns what was served, for its counters.

    `begun` is told where callers come in, once they can; `log` is told of each question, `fault` of
    what broke that should not have, in a line. Raises InstallationError where no worker can be
    started or a certificate cannot be read, and OSError where the address cannot be had.
    """
    limits.take("core_dumps", "RLIMIT_CORE", 0, "")  # what is in memory stays there
    bounds = settings.bounds
    besides = _SPARE + _WORKER_FILES * settings.workers
    files = _allow_files(bounds.connections * _CONNECTION_FILES + besides)
    most = max((files - besides) // _CONNECTION_FILES, 1)
    if most < bounds.connections:
        fault(f"the system allows {files} open files: at most {most} connections (ulimit -n)")
        settings = replace(settings, bounds=replace(bounds, connections=most))
    context = _tls(listener)
    with _bound(listener) as listening, _telling_faults(fault):
        return asyncio.run(_serve(settings, listener, listening, context, begun, log))


async def _serve(
    settings: ServiceSettings,
    listener: Listener,
    listening: socket.socket,
    context: ssl.SSLContext | None,
    begun: Callable[[str, WorkerPool], object],
    log: Callable[[CountedQuestion], object] | None,
) -> Api:
    pool = WorkerPool(settings)
    api = Api(settings, pool, log)
    connections = _Connections(settings.bounds)
    api.connections = connections.count
    config = uvicorn.Config(
        api.app,
        http=connections.protocol,  # type: ignore[arg-type]  # a function that makes one will do
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=_ENDING,
        h11_max_incomplete_event_size=_MAX_HEAD,
        backlog=_BACKLOG,
    )
    server = _Server(config, api, connections, context)
    await pool.start()
    sweeping = asyncio.get_running_loop().create_task(connections.swept())
    try:
        port = 0 if listener.path else listening.getsockname()[1]
        server.on_started = lambda: begun(listener.url(port), pool)
        await server.serve(sockets=[listening])
    finally:
        sweeping.cancel()
        await pool.close()
    return api


class _Server(uvicorn.Server):
    """uvicorn's, with a bound for TLS handshakes, and an API that knows when it ends."""

    def __init__(
        self,
        config: uvicorn.Config,
        api: Api,
        connections: _Connections,
        context: ssl.SSLContext | None,
    ) -> None:
        super().__init__(config)
        self._api = api
        self._connections = connections
        self._context = context
        self.on_started: Callable[[], object] = lambda: None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        config = self.config
        loop = asyncio.get_running_loop()

        def plain() -> _Connection:
            return self._connections.protocol(
                config=config, server_state=self.server_state, app_state={}
            )

        def protocol() -> asyncio.Protocol:
            if self._context is None:
                return plain()
            return _Handshake(self._connections, self._context, plain)

        self.servers = [
            await loop.create_server(protocol, sock=listening, backlog=_AT_ONCE)
            for listening in sockets or ()
        ]
        for listening in sockets or ():
            listening.listen(config.backlog)  # more wait there than asyncio accepts at once
        self.started = True
        self.on_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in order at a signal, and go on from there: what was begun is cleared away."""
        wanted = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self.handle_exit) for number in wanted]
        try:
            yield
        finally:
            for number, handler in zip(wanted, before, strict=True):
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more questions, and give those in hand a while."""
        self._api.draining = True
        self._connections.end_handshakes()
        await super().shutdown(sockets)


class _Connections:
    """All open connections, each within its bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._open: dict[_Connection | _Handshake, None] = {}  # the oldest first

    def protocol(self, **values: Any) -> _Connection:
        """Make one."""
        return _Connection(self, **values)

    def count(self) -> int:
        """Return how many are open."""
        return len(self._open)

    def add(self, connection: _Connection | _Handshake) -> None:
        """Take a new one in; if all places are taken, end the one that has waited longest.

        One that has asked nothing makes room for one that may ask, then one whose caller sends a
        body or takes an answer; where all wait for a worker, the new one is ended.
        """
        if len(self._open) >= self._bounds.connections:
            idle = next((held for held in self._open if held.waits), None)
            idle = idle or next((held for held in self._open if held.lacks), connection)
            idle.close_at_once()
            self._open.pop(idle, None)
            if idle is connection:
                return
        self._open[connection] = None

    def discard(self, connection: _Connection | _Handshake) -> None:
        """Forget one that is closed."""
        self._open.pop(connection, None)

    def end_handshakes(self) -> None:
        """End what has not begun to speak TLS."""
        for connection in list(self._open):
            if isinstance(connection, _Handshake):
                connection.close_at_once()

    async def swept(self) -> None:
        """End what has taken too long, again and again."""
        while True:
            await asyncio.sleep(_SWEEP)
            for connection in list(self._open):
                connection.sweep(self._bounds)


class _Handshake(asyncio.Protocol):
    """A connection until it speaks TLS: in the same bounds as all others, and it asks nothing."""

    waits = True
    lacks = False

    def __init__(
        self,
        connections: _Connections,
        context: ssl.SSLContext,
        make: Callable[[], _Connection],
    ) -> None:
        self._all = connections
        self._context = context
        self._make = make

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is TCP
        self._transport = transport
        transport.pause_reading()  # what comes is for TLS
        self._all.add(self)
        if not transport.is_closing():
            self._task = asyncio.get_running_loop().create_task(self._shaken(transport))

    async def _shaken(self, plain: asyncio.Transport) -> None:
        """Go on with TLS."""
        loop, protocol = asyncio.get_running_loop(), self._make()
        try:
            encrypted = await loop.start_tls(
                plain,
                protocol,
                self._context,
                server_side=True,
                ssl_handshake_timeout=_HANDSHAKE,
            )
        except OSError:  # also what is no TLS, and what takes too long
            plain.abort()
            return
        finally:
            self._all.discard(self)
        if encrypted is not None and not encrypted.is_closing():
            protocol.connection_made(encrypted)

    def close_at_once(self) -> None:
        """Close it at once."""
        self._transport.abort()

    def sweep(self, bounds: Bounds) -> None:
        """Leave it to its own bound."""


class _Wire(h11.Connection):
    """h11's, which takes no body in so many small pieces that others wait while they are read."""

    _pieces = 0
    _bytes = 0

    def next_event(self) -> Any:
        """Return what comes next. Raises RemoteProtocolError."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._pieces = self._bytes = 0
        elif isinstance(event, h11.Data):
            self._pieces += 1
            self._bytes += len(event.data)
            if self._pieces > _PIECES and self._bytes < self._pieces * _LEAST_PIECE:
                raise h11.RemoteProtocolError("the pieces of the body are too small")
        return event


class _Connection(H11Protocol):
    """uvicorn's, with an end to every wait."""

    def __init__(self, connections: _Connections, **values: Any) -> None:
        super().__init__(**values)
        self.conn = _Wire(h11.SERVER, _MAX_HEAD)
        self._all = connections
        self._early = b""
        self._since = self.loop.time()
        self._stage: tuple[str, Any] = ("head", None)

    @property
    def waits(self) -> bool:
        """Whether it has nothing in hand: no head of a question has arrived in whole."""
        cycle: Any = self.cycle
        return (cycle is None or bool(cycle.response_complete)) and not self._untaken

    @property
    def lacks(self) -> bool:
        """Whether its caller is waited for: for the rest of a body, or to take an answer."""
        cycle: Any = self.cycle
        if cycle is None or self._untaken:
            return True
        return bool(cycle.more_body or cycle.response_started)

    @property
    def _untaken(self) -> int:
        """How many bytes of answers wait to be taken, where it goes on after them."""
        return 0 if self.transport.is_closing() else self.transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin."""
        super().connection_made(transport)
        self._all.add(self)
        if self._early:
            self.data_received(self._early)
            self._early = b""

    def data_received(self, data: bytes) -> None:
        """Take what comes, once it is a connection: with the end of a handshake it may be early."""
        if self.transport is None:
            self._early += data
        else:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._all.discard(self)
        if self.transport is not None:
            super().connection_lost(exc)

    def close_at_once(self) -> None:
        """Close it at once: nothing is owed to who has asked nothing."""
        self.transport.abort()

    def sweep(self, bounds: Bounds) -> None:
        """End it where it has been at the same stage for too long."""
        cycle: Any = self.cycle
        if self.transport.is_closing():
            stage, seconds = "closing", _CLOSING
        elif self._untaken:  # also of the answer before, which the next one waits for
            stage, seconds = "answer", bounds.taken
        elif self.waits:
            stage, seconds = "head", bounds.head
        elif cycle.response_started:
            stage, seconds = "answer", bounds.taken
        else:  # a body that comes in has bounds of its own, and so has a worker
            stage, seconds = "in hand", float("inf")
        now = self.loop.time()
        if (stage, cycle) != self._stage:  # it is kept, so that no other can be taken for it
            self._stage, self._since = (stage, cycle), now
        elif now - self._since > seconds:
            self.close_at_once()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read as HTTP, in the form of all other errors."""
        body = (
            b'{"type":"about:blank","title":"Bad Request","status":400,'
            b'"detail":"this is not HTTP that can be read"}'
        )
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode("ascii")),
            (b"connection", b"close"),
        ]
        with contextlib.suppress(h11.LocalProtocolError):  # an answer is under way
            head = self.conn.send(h11.Response(status_code=400, headers=headers))
            self.transport.write(head or b"")
            self.transport.write(self.conn.send(h11.Data(data=body)) or b"")
            self.conn.send(h11.EndOfMessage())
        self.transport.close()


@contextlib.contextmanager
def _bound(listener: Listener) -> Iterator[socket.socket]:
    """Yield a socket that listens to nobody yet. Raises OSError."""
    if not listener.path:
        family = socket.AF_INET6 if ":" in listener.address else socket.AF_INET
        # By its protocol asyncio knows that it is TCP, and lets small packets go at once.
        with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
            if os.name == "posix":  # elsewhere it would let others take the port
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((listener.address, listener.port))
            yield bound
        return
    if sys.platform == "win32":
        raise OSError(errno.EAFNOSUPPORT, "this system has no such sockets")
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.lstat(listener.path).st_mode):
            raise FileExistsError(errno.EEXIST, "there is something there that is not a socket")
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(ConnectionRefusedError):
            probe.connect(listener.path)
            raise FileExistsError(errno.EEXIST, "a service listens there already")
        os.unlink(listener.path)
    with socket.socket(socket.AF_UNIX) as bound:
        before = os.umask(0o117)  # for its owner and group alone
        try:
            bound.bind(listener.path)
        finally:
            os.umask(before)
        ours = os.lstat(listener.path)
        try:
            yield bound
        finally:
            # While this one ended, the next one may have begun to listen there.
            with contextlib.suppress(OSError):
                if os.path.samestat(os.lstat(listener.path), ours):
                    os.unlink(listener.path)


def _tls(listener: Listener) -> ssl.SSLContext | None:
    if not listener.certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A password would be asked for on the terminal; whoever starts a service is not there.
        context.load_cert_chain(listener.certificate, listener.private_key, password=lambda: b"")
    except (OSError, ValueError) as e:  # SSLError is an OSError
        why = reason_of(e) if isinstance(e, OSError) and e.strerror else str(e)
        raise InstallationError(f"the certificate or its key cannot be used: {why}") from e
    return context


def _allow_files(wanted: int) -> int:
    """Have as many open files as connections may need, where the system lets us; say how many."""
    if sys.platform == "win32":
        return wanted
    import resource  # noqa: PLC0415 - not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError):  # macOS has a bound that it does not tell
        return soft
    return most


class _FaultLog(logging.Handler):
    """Tells of a fault in a line: a traceback may hold what a caller sent."""

    def __init__(self, fault: Callable[[str], object]) -> None:
        super().__init__(logging.ERROR)
        self._fault = fault
        self._last = ""
        self._at = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of one."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, OSError) and error.errno in _NO_FILES:
            self._say("no more files can be opened: see --max-connections")
            return
        if error is None:
            self._say(record.getMessage() if isinstance(record.args, tuple) else record.msg)
            return
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = ""
        if trace is not None:
            where = f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        self._say(f"a fault of this program ({type(error).__name__}{where}): please report")

    def _say(self, line: str) -> None:
        """Say a line, but not the same one all the time."""
        now = time.monotonic()
        if line != self._last or now - self._at >= _REPEATED:
            self._last, self._at = line, now
            self._fault(line)


@contextlib.contextmanager
def _telling_faults(fault: Callable[[str], object]) -> Iterator[None]:
    """Have the faults that uvicorn and asyncio log told, and nothing else of theirs."""
    handler = _FaultLog(fault)
    loggers = [logging.getLogger(name) for name in ("uvicorn", "asyncio")]
    before = [(logger, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagate in before:
            logger.removeHandler(handler)
            logger.propagate = propagate


def is_private(listener: Listener) -> bool:
    """Tell whether only this machine can reach it."""
    return bool(listener.path) or callers.is_loopback(listener.address)
