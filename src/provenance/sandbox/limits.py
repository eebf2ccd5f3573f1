"""Limits of the operating system (`man 2 setrlimit`), taken for good, where the system has them."""

from __future__ import annotations

import contextlib
import os
import sys
import time

from provenance.base.values import dataclass

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # told apart where it is used

_cpu_until: float | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One means of isolation: whether it is in force, and what it does or why it is not."""

    name: str
    on: bool
    says: str


def missing_limit() -> str:
    """Say that this system does not have something."""
    return f"not available on {sys.platform}"


def available() -> bool:
    """Tell whether this system has limits at all."""
    return resource is not None


def take(name: str, kind: str, most: int, says: str) -> Measure:
    """Bound this process and all that it starts. `kind` is the limit's name in `resource`.

    `says` is what the measure says when it holds. A lower limit that is there already stays.
    """
    number = getattr(resource, kind, None)
    if resource is None or number is None:
        return Measure(name, on=False, says=missing_limit())
    try:
        _, hard = resource.getrlimit(number)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        both = (bound, bound)
        resource.setrlimit(number, both)
    except (OSError, OverflowError, ValueError) as e:  # macOS knows RLIMIT_AS and refuses it
        return Measure(name, on=False, says=f"refused: {e}")
    return Measure(name, on=True, says=says)


def allow_cpu(seconds: int) -> None:
    """Grant this process so many seconds of CPU from now on, instead of what it had left.

    Where they are used up the system ends it by SIGXCPU. What would change less than a second is
    left as it is.
    """
    global _cpu_until  # noqa: PLW0603 - of the process, as the limit is
    if resource is None:
        return
    wanted = time.process_time() + seconds
    if _cpu_until is None or abs(wanted - _cpu_until) >= 1.0:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = int(wanted) + 1
        bound = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (bound, hard))
        _cpu_until = wanted


def hold_memory(pid: int, most: int) -> None:
    """Bound the address space of a child that has just begun, in bytes: on Linux only."""
    if sys.platform == "linux":
        # The process may be over already, or have a lower limit.
        with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_AS, (most, most))


def address_space() -> int | None:
    """Bytes of address space that this process has, where the system says so and can limit it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def peak_memory() -> int:
    """The most memory that this process has held, in bytes; 0 where the system does not say.

    On Linux the kernel's own line for it: what `getrusage` says is never less than what the process
    held that started this one.
    """
    if resource is None:
        return 0
    with (
        contextlib.suppress(OSError, ValueError),
        open("/proc/self/status", encoding="ascii", errors="replace") as file,
    ):
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
