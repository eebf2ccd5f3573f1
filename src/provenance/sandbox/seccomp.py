"""A seccomp filter: system calls that no examination needs are refused with EPERM.

The filter is classic BPF (linux/seccomp.h, linux/filter.h, `man 2 seccomp`). It closes what
Landlock leaves open: sockets of every family, starting programs, changing the mode, owner, times
or attributes of files, leaving the group of processes, reaching into other processes, and io_uring,
which goes around filters.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_X32 = 0x40000000  # the second set of numbers on x86-64
_SET_FILTER, _ALL_THREADS = 1, 1


@dataclass(frozen=True, slots=True)
class _Machine:
    """What a filter must know of an architecture: its audit number and its calls' numbers."""

    audit: int
    seccomp: int
    denied: tuple[int, ...]
    sockets: tuple[int, ...]
    on_self: tuple[tuple[int, bool], ...]  # call, whether its first argument is our own id, else 0


# setxattrat, removexattrat (Linux 6.13) and file_setattr (6.17): the same on every architecture.
_NEWER = (463, 466, 469)
# Numbers from asm/unistd_64.h and asm-generic/unistd.h.
_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        seccomp=317,
        sockets=(41,),  # socket
        denied=(
            *(59, 322),  # execve, execveat
            *(109, 112),  # setpgid, setsid: a child must not outlive the group it is ended with
            *(90, 91, 268, 452, 92, 93, 94, 260),  # chmod and chown with their kin
            *(188, 189, 190, 197, 198, 199, 132, 235, 261, 280),  # attributes, times
            *(76, 101, 310, 311, 62, 200, 129, 297, 424, 438),  # truncate, ptrace, memory, signals
            *(165, 272, 308, 321, 425, 426, 427),  # mount, unshare, setns, bpf, io_uring
            *_NEWER,
        ),
        on_self=((234, True), (302, False)),  # tgkill (abort needs it), prlimit64
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        seccomp=277,
        sockets=(198,),
        denied=(
            *(221, 281),
            *(154, 157),
            *(52, 53, 452, 55, 54),
            *(5, 6, 7, 14, 15, 16, 88),
            *(45, 117, 270, 271, 129, 130, 138, 240, 424, 438),
            *(40, 97, 268, 280, 425, 426, 427),
            *_NEWER,
        ),
        on_self=((131, True), (261, False)),
    ),
}


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _BpfProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction)))


def available() -> bool:
    """Tell whether there are numbers for this machine."""
    return sys.platform == "linux" and platform.machine() in _MACHINES and sys.maxsize > 1 << 32


def restrict(*, network: bool) -> None:
    """Refuse the calls in every thread of this process, for good. Raises OSError.

    `network` leaves sockets alone. Call `landlock.no_new_privileges` before.
    """
    machine = _MACHINES[platform.machine()]
    lines = _program(machine, network=network)
    instructions = (_Instruction * len(lines))(*(_Instruction(*line) for line in lines))
    program = _BpfProgram(len(lines), instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(
        machine.seccomp,
        ctypes.c_uint(_SET_FILTER),
        ctypes.c_uint(_ALL_THREADS),
        ctypes.byref(program),
    )
    if result:  # a positive result is the thread that could not be brought along
        number = ctypes.get_errno() if result < 0 else errno.EBUSY
        raise OSError(number, os.strerror(number))


def _program(machine: _Machine, *, network: bool) -> list[tuple[int, int, int, int]]:
    denied = machine.denied if network else (*machine.denied, *machine.sockets)
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for number in denied:
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    for number, own in machine.on_self:
        lines += [
            (_EQUAL, 0, 4, number),
            (_LOAD, 0, 0, _FIRST_ARGUMENT),
            (_EQUAL, 1, 0, os.getpid() if own else 0),
            (_RETURN, 0, 0, _REFUSE),
            (_RETURN, 0, 0, _ALLOW),
        ]
    return [*lines, (_RETURN, 0, 0, _ALLOW)]
