"""The program as a process of its own, without waiting for an interpreter to start.

A process that has loaded most modules (one for each worker of pytest) forks for each call. The fork
gets descriptors, folder, environment and arguments, makes its standard streams as the interpreter
makes them when it starts (`create_stdio` in CPython's `pylifecycle.c`), calls the entry point and
ends as an interpreter ends. All that differs from a process that was started: modules are loaded.
`integration/test_streams.py` compares the two, over every state of the standard streams.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import gc
import io
import json
import os
import pkgutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

POSSIBLE = sys.platform.startswith("linux")
# What the interpreter reads when it starts: with another value a process has to be started.
_AT_START = ("PYTHON", "LC_", "LANG", "TZ", "LD_")
_UNBUFFERED = "PYTHONUNBUFFERED"
# Rooms that are loaded beforehand, and libraries that they load when they are needed.
_ROOMS = "base media signing credentials signals verdict linting render auditing"
_LIBRARIES = "c2pa csv difflib sqlite3 tomllib uuid zipfile provenance.kit.samples.sample_catalogue"
# What few calls need, and which takes long to load: it is loaded for the first call with this word.
_LATER = {
    "parquet": "pyarrow.parquet pandas",  # which pyarrow asks wherever it is installed
    "serve": "prometheus_client starlette.applications uvicorn provenance.serve.server",
}


def fits(env: dict[str, str]) -> bool:
    """Whether a fork can stand for a process with this environment, as ours was started."""
    return POSSIBLE and _start(env) == _start(dict(os.environ))


def _start(env: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in env.items() if k.startswith(_AT_START) and k != _UNBUFFERED}


def run(
    program: str,
    arguments: list[str],
    *,
    streams: tuple[int | None, int | None, int | None],
    cwd: str | Path,
    env: dict[str, str],
    seconds: float = 120,
) -> int:
    """Return the exit code, negative for a signal. A stream that is None is closed.

    Another process to fork is started for each way in which `env` has an interpreter start.

    Raises subprocess.TimeoutExpired.
    """
    key = tuple(sorted(_start(env).items()))
    return _server(key, os.getpid()).run(program, arguments, streams, cwd, env, seconds)


def communicate(
    program: str, arguments: list[str], *, data: bytes, cwd: str | Path, env: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """Run with pipes for all three streams, as `subprocess.run` does."""
    pipes = [os.pipe() for _ in range(3)]
    (stdin, feed), (from_out, out), (from_err, err) = pipes
    with ThreadPoolExecutor(3) as pool:
        fed = pool.submit(_feed, feed, data)
        read = [pool.submit(drained, number) for number in (from_out, from_err)]
        try:
            code = run(program, arguments, streams=(stdin, out, err), cwd=cwd, env=env)
        finally:
            for number in (stdin, out, err):
                os.close(number)
        fed.result()
        return subprocess.CompletedProcess(arguments, code, read[0].result(), read[1].result())


def _feed(number: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), open(number, "wb", buffering=0) as file:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]


def drained(number: int) -> bytes:
    """Read a pipe to its end, and close it."""
    with open(number, "rb", buffering=0) as file:
        return file.readall()


class _Server:
    """The process that forks."""

    def __init__(self, env: dict[str, str]) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).resolve()), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=env,
            )
        atexit.register(self.end)

    def end(self) -> None:
        self._socket.close()
        self._process.wait()

    def run(
        self,
        program: str,
        arguments: list[str],
        streams: tuple[int | None, int | None, int | None],
        cwd: str | Path,
        env: dict[str, str],
        seconds: float,
    ) -> int:
        given = [number for number in streams if number is not None]
        what = {
            "program": program,
            "arguments": [os.fsencode(one).hex() for one in arguments],
            "open": [number is not None for number in streams],
            "cwd": str(cwd),
            "env": {os.fsencode(k).hex(): os.fsencode(v).hex() for k, v in env.items()},
        }
        self._socket.settimeout(seconds)
        message = json.dumps(what).encode()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", given))] if given else []
        self._socket.sendmsg([len(message).to_bytes(4, "big")], rights)
        for at in range(0, len(message), 60_000):
            self._socket.send(message[at : at + 60_000])
        child = int(self._socket.recv(32))
        try:
            return int(self._socket.recv(32))
        except TimeoutError:
            os.kill(child, 9)
            self._socket.settimeout(None)
            self._socket.recv(32)
            raise subprocess.TimeoutExpired([program, *arguments], seconds) from None


@cache
def _server(key: tuple[tuple[str, str], ...], _pid: int) -> _Server:
    others = {k: v for k, v in os.environ.items() if not k.startswith(_AT_START)}
    return _Server(others | dict(key))


def _serve(number: int) -> dict[str, Any]:
    """Answer calls until nobody calls; in a fork, return what it is to do."""
    channel = socket.socket(fileno=number)
    while True:
        head, rights, _, _ = channel.recvmsg(4, socket.CMSG_SPACE(12))
        if not head:
            sys.exit(0)
        numbers = array.array("i")
        for _, _, data in rights:
            numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
        message = b""
        while len(message) < int.from_bytes(head, "big"):
            message += channel.recv(60_000)
        asked: dict[str, Any] = json.loads(message)
        _load_later(asked["arguments"])
        child = os.fork()
        if not child:
            channel.close()
            left = list(numbers)
            for place, is_open in enumerate(asked["open"]):
                if is_open:
                    os.dup2(left[0], place)
                    os.close(left.pop(0))
                else:
                    os.close(place)
            return asked
        for one in numbers:
            os.close(one)
        channel.send(str(child).encode())
        _, status = os.waitpid(child, 0)
        channel.send(str(os.waitstatus_to_exitcode(status)).encode())


def _standard(place: int, name: str, *, buffered: bool) -> io.TextIOWrapper | None:
    """Make a stream as the interpreter does; None where the descriptor is closed."""
    try:
        os.fstat(place)
    except OSError:
        return None
    before = getattr(sys, name)
    writes = place > 0
    raw = open(  # noqa: SIM115 - it stays open to the end
        place,
        "wb" if writes else "rb",
        buffering=-1 if buffered or not writes else 0,
        closefd=False,
    )
    stream = io.TextIOWrapper(
        raw,
        encoding=before.encoding,
        errors=before.errors,
        newline="\n",
        line_buffering=buffered and (place == 2 or raw.isatty()),
        write_through=not buffered,
    )
    stream.mode = "w" if writes else "r"
    return stream


def _become(asked: dict[str, Any]) -> None:
    """Make this process the one that was asked for."""
    os.chdir(asked["cwd"])
    os.environ.clear()
    for name, value in asked["env"].items():
        os.environb[bytes.fromhex(name)] = bytes.fromhex(value)
    buffered = not os.environ.get(_UNBUFFERED)
    for place, name in enumerate(("stdin", "stdout", "stderr")):
        stream = _standard(place, name, buffered=buffered)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    arguments = (os.fsdecode(bytes.fromhex(one)) for one in asked["arguments"])
    sys.argv = [str(Path(sys.executable).with_name(asked["program"])), *arguments]
    sys.path[0] = str(Path(sys.executable).parent)  # where a console script is


def _preload() -> None:
    from provenance_cli.main import COMMANDS, load_command

    import provenance

    for name in COMMANDS:
        load_command(name)
    for room in _ROOMS.split():
        for found in pkgutil.walk_packages(
            [str(Path(provenance.__path__[0], room))], f"{provenance.__name__}.{room}."
        ):
            with contextlib.suppress(ImportError):  # of an extra, said by who needs it
                vars(import_module(found.name))  # which executes it: see provenance.base.lazily
    for name in _LIBRARIES.split():
        vars(import_module(name))


def _load_later(arguments: list[str]) -> None:
    words = {bytes.fromhex(one).decode("utf-8", "replace") for one in arguments}
    for word in _LATER.keys() & words:
        for name in _LATER.pop(word).split():
            with contextlib.suppress(ImportError):  # the call itself says what is missing
                vars(import_module(name))
        gc.collect()
        gc.freeze()


def _end(code: object) -> None:
    """End as `Py_FinalizeEx` does where all goes well, but for taking every module apart.

    Returns where something is left to say: that is left to the interpreter.
    """
    if code is not None and not isinstance(code, int):
        return
    threading._shutdown()  # type: ignore[attr-defined]  # what Python calls itself, unlisted
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except OSError:
        return
    os._exit((code or 0) & 0xFF)


if __name__ == "__main__":
    _preload()
    gc.collect()
    gc.freeze()
    _asked = _serve(int(sys.argv[1]))
    _become(_asked)
    _main = import_module("provenance_cli.main")
    try:
        sys.exit(_main.verify_main() if _asked["program"] == "verify" else _main.main())
    except SystemExit as _ended:
        _end(_ended.code)
        raise
