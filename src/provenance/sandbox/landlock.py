"""Landlock: no write access to any file for this process, as the Linux kernel offers it.

Three system calls and one structure (linux/landlock.h, `man 7 landlock`). No rule is ever added:
what is handled is denied, everywhere. Reading is not handled, so that it stays as it was.
"""

from __future__ import annotations

import ctypes
import os
import sys

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same on every architecture
_QUERY_VERSION = 1
_PR_SET_NO_NEW_PRIVS = 38

# LANDLOCK_ACCESS_FS_*: all but READ_FILE (1 << 2) and READ_DIR (1 << 3), by the version that
# brought them.
_FS = {1: 0b1_1111_1111_0011, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_NET = {4: 0b11}  # binding and connecting TCP
_SCOPED = {6: 0b11}  # abstract Unix sockets and signals of processes outside


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("fs", ctypes.c_uint64),
        ("net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def version() -> int:
    """Return the version of the kernel's Landlock, 0 where there is none."""
    if sys.platform != "linux":
        return 0
    query = ctypes.c_uint32(_QUERY_VERSION)
    found = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), query)
    return max(int(found), 0)


def restrict(*, network: bool) -> None:
    """Deny this thread, and all that it starts, every change to files. Cannot be taken back.

    TCP is left alone where `network`. Raises OSError where the kernel refuses.
    """
    offered = version()
    rules = _Ruleset(
        _sum(_FS, offered), 0 if network else _sum(_NET, offered), _sum(_SCOPED, offered)
    )
    size = 24 if offered >= 6 else 16 if offered >= 4 else 8
    libc = _libc()
    ruleset = _checked(
        libc.syscall(
            _CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0)
        )
    )
    try:
        _checked(libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)))
    finally:
        os.close(ruleset)


def no_new_privileges() -> None:
    """Let no program gain rights by being run; the other measures ask for it. Raises OSError."""
    zero = ctypes.c_ulong(0)
    _checked(_libc().prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero))


def _sum(bits: dict[int, int], offered: int) -> int:
    return sum(value for since, value in bits.items() if since <= offered)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
