"""Run a program with the system calls that a systemd unit allows, and no others.

Where systemd is not the first process this is the next best way to try a unit.

Called as a program: a JSON list of the names of system calls that are allowed, then the command.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCMP_ACT_ALLOW, _SCMP_ACT_ERRNO = 0x7FFF0000, 0x00050000
_UNKNOWN = -1  # __NR_SCMP_ERROR
_LIBRARY = "libseccomp.so.2"


def available() -> bool:
    """Tell whether there is the library that systemd has its filters made by."""
    try:
        ctypes.CDLL(_LIBRARY)
    except OSError:
        return False
    return True


def allowed(lines: Iterable[str]) -> set[str]:
    """The calls that the lines of `SystemCallFilter=` allow, by name (`man 5 systemd.exec`)."""
    made = set(_calls("@default"))
    for line in lines:
        act = made.difference_update if line.startswith("~") else made.update
        for name in line.removeprefix("~").split():
            act(_calls(name))
    return made


@functools.cache
def _calls(name: str) -> frozenset[str]:
    if not name.startswith("@"):
        return frozenset({name})
    said = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", name],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = (line.strip() for line in said.stdout.splitlines()[1:])
    return frozenset().union(*(_calls(one) for one in lines if one and not one.startswith("#")))


def main() -> None:
    """Give up what is not allowed, and become the command."""
    names, command = json.loads(sys.argv[1]), sys.argv[2:]
    lib = ctypes.CDLL(_LIBRARY)
    lib.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(_SCMP_ACT_ERRNO | errno.EPERM)))
    for name in names:
        number = lib.seccomp_syscall_resolve_name(name.encode("ascii"))
        if number != _UNKNOWN:
            lib.seccomp_rule_add(rules, ctypes.c_uint32(_SCMP_ACT_ALLOW), number, 0)
    if lib.seccomp_load(rules):
        raise SystemExit("the filter cannot be loaded")
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted: the test says what to run


if __name__ == "__main__":
    main()
