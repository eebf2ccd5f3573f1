"""Services for workers under test: a request says what becomes of its worker."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from provenance.sandbox import confine, frames, limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.sandbox.serving import ServiceLine


def main(line: ServiceLine) -> None:
    """Do what each request says, then answer with what came of it, or else with the request."""
    while (request := line.receive(100)) is not None:
        what = request.decode()
        if what in _DONE:
            _DONE[what]()
        line.send(_TRIED[what]() if what in _TRIED else request)


def _spin() -> None:
    limits.allow_cpu(0)
    while True:
        pass


def _make_noise() -> None:
    print("on standard output", flush=True)
    os.write(1, b"\xff" * 100)


def _write_words() -> None:
    for _ in range(256):
        sys.stderr.write("x" * 4095 + "\n")
    sys.stderr.write("the last")
    sys.stderr.flush()


def _run_out() -> None:
    raise MemoryError


def _confine() -> bytes:
    told = confine.close_off(open_files=32, network=False, credentials=False)
    return frames.packed([[m.name, m.on] for m in told])


def _child() -> int:
    """Leave a process behind."""
    pid = os.fork()
    if not pid:
        signal.pause()
    return pid


def _written() -> str:
    try:
        with open(os.environ["PYTHON_WRITE_TO"], "ab", buffering=0) as file:
            file.write(b"x")
    except OSError as e:
        return type(e).__name__
    return "written"


def _read() -> str:
    """Read what holds secrets, and what is next to that."""
    tried = [f"/proc/{os.getppid()}/environ", os.environ["AWS_CONFIG_FILE"]]
    tried += [f"{os.environ['AWS_CONFIG_FILE']}.other", "/proc/self/status", os.__file__]
    told = []
    for path in tried:
        try:
            with open(path, "rb") as file:
                told.append("read" if file.read(1) else "empty")
        except OSError as e:
            told.append(type(e).__name__)
    return " ".join(told)


def _left() -> str:
    """Have a child leave the group of processes with which it is ended."""
    pid = os.fork()
    if not pid:
        try:
            os.setsid()
        except OSError:
            os._exit(1)
        os._exit(0)
    return "refused" if os.waitpid(pid, 0)[1] else "left"


def _environment() -> str:
    return "\n".join(f"{k}={v}" for k, v in os.environ.items())


_DONE: dict[str, Callable[[], object]] = {
    "exit": lambda: os._exit(3),
    "abort": os.abort,
    "hang": lambda: time.sleep(600),
    "spin": _spin,
    "noise": _make_noise,
    "words": _write_words,
    "no memory": _run_out,
}
_TRIED: dict[str, Callable[[], bytes]] = {
    "child": lambda: str(_child()).encode(),
    "confine": _confine,
    "write": lambda: _written().encode(),
    "leave": lambda: _left().encode(),
    "read": lambda: _read().encode(),
    "environment": lambda: _environment().encode(),
}
