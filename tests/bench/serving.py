"""The service under load: its rate, how long callers wait, strangers at the door, memory."""

from __future__ import annotations

import contextlib
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from support.serving import Service, answered, connected, running

from bench.audit import audit, make
from bench.measure import REPORTED, Result, at_least, at_most, timed

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

FILES = 200
CONNECTIONS = 4
STRANGERS = 10_000
ROUNDS = 7
MINUTES = 1.0
_KIB = 1024


def run(rounds: int = ROUNDS, minutes: float = MINUTES) -> Iterator[Result]:
    """Yield the results."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "files").mkdir()
        make(folder / "files", FILES)
        bodies = [path.read_bytes() for path in sorted((folder / "files").rglob("*.bin"))]
        with running() as service:
            yield from _rate(service, bodies, folder, rounds)
        with running() as service:
            yield _strangers(service, bodies, rounds)
        with running() as service:
            yield from _soak(service, bodies, minutes)


def _rate(service: Service, bodies: Sequence[bytes], folder: Path, rounds: int) -> Iterator[Result]:
    _load(service.port, bodies)
    whole, steady, waits, rates = [], [], [], []
    for number in range(rounds):
        if number % 2:
            took, some = _load(service.port, bodies)
        command = timed(lambda n=number: _command(folder / "files", folder / f"c{n}.ledger"))  # type: ignore[misc]  # a name of its own for each round
        run = audit(folder / "files", folder / f"{number}.ledger", 2)
        if not number % 2:
            took, some = _load(service.port, bodies)
        waits += some
        rates.append((len(bodies) / took, len(bodies) / command, run.count / run.seconds))
        whole.append(rates[-1][0] / rates[-1][1])
        steady.append(rates[-1][0] / rates[-1][2])
    ours, theirs, running_ = (statistics.median(side) for side in zip(*rates, strict=True))
    name = f"serve, {FILES} files over {CONNECTIONS} connections"
    note = f"{ours:.0f} files a second against {theirs:.0f}"
    yield Result(name, "provenance audit -j 2, whole process", at_least(0.8), tuple(whole), note)
    note = f"{ours:.0f} files a second against {running_:.0f}; an audit receives no bytes"
    yield Result(name, "audit -j 2, once its workers run", REPORTED, tuple(steady), note)
    waits.sort()
    half, most = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    note = f"p50 {half * 1000:.1f} ms, p99 {most * 1000:.1f} ms, of {len(waits)}"
    yield Result("serve, p99 of a question under that load", "p50", REPORTED, (most / half,), note)


def _command(files: Path, ledger: Path) -> None:
    """Audit as a user does."""
    code = "from provenance_cli.main import main; main()"
    options = ("-j", "2", "-q", "--exit-zero", "--ledger", str(ledger))
    command = [sys.executable, "-c", code, "audit", str(files), *options]
    subprocess.run(command, check=True, capture_output=True)


def _strangers(service: Service, bodies: Sequence[bytes], rounds: int) -> Result:
    """Measure with a crowd that connects again and again, and never asks."""
    _allow_files(STRANGERS + 1000)
    ratios = []
    _load(service.port, bodies)
    for _ in range(rounds):
        alone, _ = _load(service.port, bodies)
        with _crowd(service.port, STRANGERS):
            beside, _ = _load(service.port, bodies)
        ratios.append(alone / beside)
    name = f"serve, with {STRANGERS:,} connections that ask nothing"
    return Result(name, "without them", REPORTED, tuple(ratios), "rate over rate")


def _soak(service: Service, bodies: Sequence[bytes], minutes: float) -> Iterator[Result]:
    """Measure the memory of the service and its workers over so many minutes of load."""
    until, samples = time.monotonic() + minutes * 60, []
    count = 0
    while time.monotonic() < until:
        _load(service.port, bodies)
        count += len(bodies)
        samples.append(memory(service.pid))
    quarter = samples[len(samples) // 4]
    for n, name in enumerate(("its own process", "its workers")):
        late = statistics.median(sample[n] for sample in samples[-max(len(samples) // 10, 1) :])
        early = quarter[n]
        note = f"{late:.1f} MB against {early:.1f} MB, {count:,} files in {minutes:g} minutes"
        yield Result(
            f"serve, memory of {name} at the end",
            "at a quarter",
            at_most(1.05),
            (late / early,),
            note,
        )


def _load(port: int, bodies: Sequence[bytes]) -> tuple[float, list[float]]:
    """Send all bodies over a few connections; seconds in all, and of each question."""
    waits: list[float] = []

    def send(some: Sequence[bytes]) -> None:
        with connected(port, 120.0) as connection:
            for body in some:
                began = time.perf_counter()
                head = (
                    "POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
                    f"Content-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n\r\n"
                )
                connection.sendall(head.encode("ascii") + body)
                answer = answered(connection)
                assert answer is not None
                assert answer.status == 200, answer
                waits.append(time.perf_counter() - began)

    threads = [
        threading.Thread(target=send, args=(bodies[n::CONNECTIONS],)) for n in range(CONNECTIONS)
    ]
    began = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    took = time.perf_counter() - began
    assert len(waits) == len(bodies)
    return took, waits


@contextlib.contextmanager
def _crowd(port: int, count: int) -> Iterator[None]:
    """Hold so many connections open, each with a part of a head."""
    held: list[socket.socket] = []
    try:
        for _ in range(count):
            with contextlib.suppress(OSError):
                held.append(connected(port))
                held[-1].send(b"POST /v1/ver")
        yield
    finally:
        for one in held:
            one.close()


def memory(pid: int) -> tuple[float, float]:
    """Megabytes that the service and its children have to themselves."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    below = [int(n) for path in children for n in path.read_text("ascii").split()]
    return _resident(pid), sum(map(_resident, below))


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / _KIB
    return 0.0


def _allow_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
