"""What a process gives up before it reads what strangers made, and what could not be given up.

Nothing of it can be taken back. Each measure says whether it holds on this machine.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING

from provenance.sandbox import hidden, landlock, limits, seccomp
from provenance.sandbox.limits import Measure

if TYPE_CHECKING:
    from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def close_off(*, open_files: int, network: bool, credentials: bool = True) -> tuple[Measure, ...]:
    """Give up writing files, starting programs and reaching other processes.

    Without `credentials` the files that hold such are not read any more, where they usually are.

    Landlock holds for the calling thread and for what it starts: call this before a library
    starts threads of its own, or after it has been imported where it cannot be imported within.
    `network` leaves sockets alone.
    """
    count = f"{open_files} open files at a time"
    measures = [
        limits.take("open_files", "RLIMIT_NOFILE", open_files, count),
        limits.take("core_dumps", "RLIMIT_CORE", 0, "no core dumps"),
        limits.take("file_size", "RLIMIT_FSIZE", 0, "no bytes written to a file"),
    ]
    linux = sys.platform == "linux"
    secret = () if credentials else hidden.credentials(os.environ)
    measures.append(
        _try("no_new_privileges", linux, landlock.no_new_privileges, "no new privileges")
    )
    version = landlock.version()
    measures.append(
        _try(
            "landlock",
            version > 0,
            lambda: landlock.restrict(hidden.readable(secret), network=network),
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
    measures.append(filtered)
    if network:
        measures.append(Measure("network", on=False, says="sockets are open: OCSP was asked for"))
    else:
        says = "no network" if filtered.on else "nothing here closes the network"
        measures.append(Measure("network", on=filtered.on, says=says))
    return tuple(measures)


def bound_memory(beyond: int) -> Measure:
    """Bound the address space to what is taken by now and `beyond` bytes more."""
    taken = limits.address_space()
    if taken is None:
        return Measure("memory", on=False, says=limits.missing_limit())
    says = f"{beyond} bytes of memory beyond the {taken} of a worker at rest"
    return limits.take("memory", "RLIMIT_AS", taken + beyond, says)


def end_with_caller() -> None:
    """Let the kernel end this process with the thread that started it, however that one ends.

    Only Linux does so; elsewhere a worker ends when it next looks for a request.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))


def _try(name: str, there: bool, act: Callable[[], None], says: str, absent: str = "") -> Measure:
    if not there:
        return Measure(name, on=False, says=absent or limits.missing_limit())
    try:
        act()
    except OSError as e:
        return Measure(name, on=False, says=f"refused by the system: {e.strerror}")
    return Measure(name, on=True, says=says)
