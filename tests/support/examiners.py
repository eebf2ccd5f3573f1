"""Examiners for workers under test: what a file does to its worker stands in the file's name."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from provenance.auditing import examine
from provenance.base.errors import InstallationError

SLOW = 0.02  # seconds a file


def misbehaving(task: Any) -> Any:
    """Fall in the way that a name says; else examine."""
    real = examine.make_examiner(task)

    def examined(path: str, known: str | None, begun: Any) -> Any:
        kind = os.path.basename(path).partition("-")[0]
        if kind in _WAYS:
            _WAYS[kind]()
        return real(path, known, begun)

    return examined


def slow(task: Any, opener: Any = None) -> Any:
    """Take a while for every file, and for everything in it."""
    real = examine.make_examiner(task, opener)

    def examined(path: str, known: str | None, begun: Any) -> Any:
        time.sleep(SLOW)
        found = real(path, known, begun)
        return _slowly(found) if isinstance(found, Iterator) else found

    return examined


def _slowly(steps: Iterator[Any]) -> Iterator[Any]:
    for step in steps:
        time.sleep(SLOW)
        yield step


def reaching_out(task: Any) -> Any:
    """Try what a confined worker must not do; a file that could be done to is out of memory.

    The name of the file is that of the try. Returns the report where the system refused.
    """
    real = examine.make_examiner(task)

    def examined(path: str, known: str | None, begun: Any) -> Any:
        try:
            _TRIES[os.path.basename(path).partition(".")[0]](path)
        except OSError:
            return real(path, known, begun)
        os.abort()

    return examined


def _allocate() -> None:
    held = []
    while True:
        held.append(bytearray(16 << 20))


def _spin() -> None:
    while True:
        pass


def _raise() -> None:
    raise RuntimeError("not a report")


def _broken() -> None:
    raise InstallationError("what an examiner says where a part of us is missing")


def _chatter() -> None:
    """Harmless: what is printed must not end up between two answers."""
    os.write(1, b"\xff\xff\xff\x7fnonsense")
    print("hello", flush=True)
    sys.stderr.write("x" * 100_000)


_WAYS = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "loop": _spin,
    "allocate": _allocate,
    "raise": _raise,
    "broken": _broken,
    "exit": lambda: os._exit(0),
    "chatter": _chatter,
}


def _socket(path: str) -> None:
    import socket

    del path
    socket.socket(socket.AF_INET).close()


def _unix_socket(path: str) -> None:
    import socket

    del path
    socket.socket(socket.AF_UNIX).close()


def _write_beside(path: str) -> None:
    os.close(os.open(path + ".new", os.O_WRONLY | os.O_CREAT))


def _overwrite(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY))


def _execute(path: str) -> None:
    del path
    os.execv(sys.executable, [sys.executable, "-c", ""])  # noqa: S606 - it is to be refused


def _attribute(path: str) -> None:
    os.setxattr(path, "user.provenance", b"x")  # type: ignore[attr-defined]  # Linux


def _newer_call(number: int) -> None:
    """Make a system call that this kernel may not have; that it is refused comes first."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(ctypes.c_long(number), 0, 0, 0, 0, 0, 0)
    if ctypes.get_errno() == errno.EPERM:
        raise PermissionError


def _signal_parent(path: str) -> None:
    del path
    os.kill(os.getppid(), 0)


_TRIES = {
    "socket": _socket,
    "unix_socket": _unix_socket,
    "write_beside": _write_beside,
    "overwrite": _overwrite,
    "truncate": lambda path: os.truncate(path, 0),
    "remove": os.unlink,
    "rename": lambda path: os.rename(path, path + ".moved"),
    "mode": lambda path: os.chmod(path, 0o600),
    "times": lambda path: os.utime(path, (0, 0)),
    "attribute": _attribute,
    "setxattrat": lambda _: _newer_call(463),
    "removexattrat": lambda _: _newer_call(466),
    "file_setattr": lambda _: _newer_call(469),
    "link": lambda path: os.symlink("/", path + ".link"),
    "execute": _execute,
    "signal_parent": _signal_parent,
}
TRIES = tuple(_TRIES)


def misbehaving_members(task: Any) -> Any:
    """Fall over members of archives in the way that their names say; else examine."""
    from provenance.verdict.verifier import Verifier

    real = Verifier.examine

    def examined(self: Any, asset: Any, **named: Any) -> Any:
        kind = os.path.basename(asset.path).partition("-")[0]
        if kind == "wait":
            time.sleep(0.4)
        elif kind in _WAYS:
            _WAYS[kind]()
        return real(self, asset, **named)

    Verifier.examine = examined  # type: ignore[method-assign]  # in a worker of its own
    return examine.make_examiner(task)


def misbehaving_afar(task: Any, opener: Any = None) -> Any:
    """Do as `misbehaving` with objects that the caller gives."""
    real = examine.make_examiner(task, opener)

    def examined(path: str, known: str | None, begun: Any) -> Any:
        kind = os.path.basename(path).partition("-")[0]
        if kind in _WAYS:
            _WAYS[kind]()
        return real(path, known, begun)

    return examined


def grasping(task: Any, opener: Any) -> Any:
    """Try to get at what was not given; the name of the object is that of the try.

    Where a try succeeds the worker ends with 77, so that it is seen. Else it examines.
    """
    real = examine.make_examiner(task, opener)
    handed = opener.__self__

    def examined(path: str, known: str | None, begun: Any) -> Any:
        kind = os.path.basename(path).partition("-")[0]
        try:
            if kind == "socket":
                _socket(path)
            elif kind == "connect":
                _connect()
            elif kind == "next":
                handed.asked(b"O", 1 << 20, 0)
            elif kind == "before":
                handed.asked(b"O", (handed.number or 1 << 20) - 1, 0)
            elif kind == "beside":
                handed.asked(b"N", 0, 1 << 20)
            else:
                return real(path, known, begun)
        except OSError:
            return real(path, known, begun)
        os._exit(77)

    return examined


def _connect() -> None:
    import socket

    socket.create_connection(("127.0.0.1", int(os.environ["PYTHON_STORE_PORT"])), 5).close()


SPARE = 48 << 20  # bytes that a worker may take for one object, whatever its size


def weighed(task: Any, opener: Any = None) -> Any:
    """End with 78 where an object takes much memory."""
    real = examine.make_examiner(task, opener)

    def examined(path: str, known: str | None, begun: Any) -> Any:
        before = _memory("VmRSS")
        found = real(path, known, begun)
        if _memory("VmHWM") - before > SPARE:
            os._exit(78)
        return found

    return examined


def _memory(what: str) -> int:
    """Return a figure of this process in bytes."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith(f"{what}:"))
