"""Landlock: no write access to any file for this process, as the Linux kernel offers it.

Four system calls and two structures (linux/landlock.h, `man 7 landlock`). What is handled is denied
everywhere, but for reading files: rules say where that stays as it was. Folders can be listed.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_QUERY_VERSION = 1
_PR_SET_NO_NEW_PRIVS = 38

# LANDLOCK_ACCESS_FS_*: all but READ_DIR (1 << 3), by the version that brought them.
_READ_FILE = 1 << 2
_PATH_BENEATH = 1
_FS = {1: 0b1_1111_1111_0111, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_NET = {4: 0b11}  # binding and connecting TCP
_SCOPED = {6: 0b11}  # abstract Unix sockets and signals of processes outside


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("fs", ctypes.c_uint64),
        ("net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Return the version of the kernel's Landlock, 0 where there is none."""
    if sys.platform != "linux":
        return 0
    query = ctypes.c_uint32(_QUERY_VERSION)
    number = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), query)
    return max(int(number), 0)


def restrict(readable: Iterable[str], *, network: bool) -> None:
    """Deny this thread, and all that it starts, every change to files. Cannot be taken back.

    Files are read where they are `readable`, or below that; what cannot be opened counts as not
    named. TCP is left alone where `network`. Raises OSError where the kernel refuses.
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
        for path in readable:
            _allow(libc, ruleset, path)
        _checked(libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)))
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str) -> None:
    """Let files be read that are at a path or below it."""
    if sys.platform != "linux":
        return
    try:
        number = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = _Beneath(_READ_FILE, number)
        kind = ctypes.c_uint(_PATH_BENEATH)
        _checked(
            libc.syscall(
                _ADD_RULE, ctypes.c_int(ruleset), kind, ctypes.byref(rule), ctypes.c_uint32(0)
            )
        )
    finally:
        os.close(number)


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
