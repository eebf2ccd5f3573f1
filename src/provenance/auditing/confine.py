"""What confines a worker, measure by measure, and what this machine could not give.

A worker reads files and answers; it needs nothing else. `begin` comes before anything is loaded
that may start threads, `finish` when all is loaded.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from provenance.auditing.model import SLOWEST, Measure
from provenance.sandbox import landlock, seccomp

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.auditing.model import Limits

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # told apart where it is used

_PR_SET_PDEATHSIG = 1
_MAX_WRITTEN = 1 << 20  # bytes that a worker may add to its own standard error
_CORES = 4  # seconds of CPU for each second of a file's timeout: the digest runs beside the SDK
_NOT_HERE = f"not available on {sys.platform}"
_cpu_until = 0.0


def begin(limits: Limits, *, network: bool) -> tuple[Measure, ...]:
    """Take from this process what it does not need. `network` leaves sockets alone (OCSP)."""
    _end_with_the_audit()
    made = [
        _limit("open_files", "RLIMIT_NOFILE", limits.open_files, "open files at a time"),
        _limit("core_dumps", "RLIMIT_CORE", 0, "no core dumps"),
        _limit("file_size", "RLIMIT_FSIZE", _MAX_WRITTEN, "bytes written to a file"),
    ]
    linux = sys.platform == "linux"
    made.append(_try("no_new_privileges", linux, landlock.no_new_privileges, "no new privileges"))
    version = landlock.version()
    made.append(
        _try(
            "landlock",
            version > 0,
            lambda: landlock.restrict(network=network),
            f"no write access to any file (Landlock {version})",
            "the kernel has no Landlock" if linux else "",
        )
    )
    what = "no programs, no changes of files' attributes, no other processes"
    filtered = _try(
        "seccomp",
        seccomp.available(),
        lambda: seccomp.restrict(network=network),
        what if network else f"no sockets, {what}",
        "no numbers of system calls for this machine" if linux else "",
    )
    made.append(filtered)
    if network:
        made.append(Measure("network", on=False, says="sockets are open: OCSP was asked for"))
    else:
        says = "no network" if filtered.on else "nothing here closes the network"
        made.append(Measure("network", on=filtered.on, says=says))
    return tuple(made)


def finish(limits: Limits) -> tuple[Measure, ...]:
    """Bound memory beyond what is taken by now, and CPU for each file from now on."""
    allow_cpu(limits, 0)
    taken = _address_space()
    if taken is None:
        memory = Measure("memory", on=False, says=_NOT_HERE)
    else:
        what = f"{limits.memory} bytes of memory beyond the {taken} of a worker at rest"
        memory = _limit("memory", "RLIMIT_AS", taken + limits.memory, what, numbered=False)
    on = resource is not None
    says = f"{_cpu_seconds(limits, 0)} seconds of CPU a file" if on else _NOT_HERE
    slowest = f"and one more for each {SLOWEST >> 20} MiB of it"
    timeout = Measure("timeout", on=True, says=f"{limits.timeout:g} seconds a file, {slowest}")
    return memory, Measure("cpu", on=on, says=says), timeout


def allow_cpu(limits: Limits, size: int) -> None:
    """Grant the CPU time for one more file of `size` bytes, counted from now."""
    global _cpu_until  # noqa: PLW0603 - of the process, as the limit is
    if resource is None:
        return
    used = time.process_time()
    wanted = used + _cpu_seconds(limits, size)
    if abs(wanted - _cpu_until) >= 1.0:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(wanted) + 1, hard))
        _cpu_until = wanted


def _cpu_seconds(limits: Limits, size: int) -> int:
    return int(limits.seconds(size) * _CORES) + 1


def _end_with_the_audit() -> None:
    """Let the kernel end this process with the one that started it, however that one ends."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))


def _limit(name: str, kind: str, value: int, says: str, *, numbered: bool = True) -> Measure:
    number = getattr(resource, kind, None)
    if resource is None or number is None:
        return Measure(name, on=False, says=_NOT_HERE)
    said = f"{value} {says}" if numbered and value else says
    try:
        _, hard = resource.getrlimit(number)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        both = (bound, bound)
        resource.setrlimit(number, both)
    except (OSError, OverflowError, ValueError) as e:
        return Measure(name, on=False, says=f"refused: {e}")
    return Measure(name, on=True, says=said)


def _try(name: str, there: bool, act: Callable[[], None], says: str, missing: str = "") -> Measure:
    if not there:
        return Measure(name, on=False, says=missing or _NOT_HERE)
    try:
        act()
    except OSError as e:
        return Measure(name, on=False, says=f"refused by the system: {e.strerror}")
    return Measure(name, on=True, says=says)


def _address_space() -> int | None:
    """Bytes of address space that this process has, where the system says so and can limit it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None
