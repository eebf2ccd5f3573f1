"""Open files on their way to a worker that is running (SCM_RIGHTS, `man 7 unix`).

What is handed over is the open file itself: it needs no name that anybody else could open, and a
worker has those alone that it was given. Only a pair of sockets without a name is ever made.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeAlias

from provenance.sandbox.frames import FrameError

if TYPE_CHECKING:
    from socket import socket

    Channel: TypeAlias = socket


BOTH_WAYS = 2  # socket.SHUT_RDWR


def available() -> bool:
    """Tell whether files without a name can be made here, and handed over."""
    return sys.platform == "linux"


def channels() -> tuple[Channel, Channel]:
    """Make both ends of a way for open files. Raises OSError."""
    import socket  # noqa: PLC0415 - most workers are given names

    return socket.socketpair()


def channel(number: int) -> Channel:
    """Take an end that was inherited, by its number. Asks nothing of the system."""
    import socket  # noqa: PLC0415 - as above

    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=number)


def send(to: Channel, number: int) -> None:
    """Hand over one open file. Raises OSError where the other side is gone."""
    import socket  # noqa: PLC0415 - as above

    socket.send_fds(to, [b"f"], [number])


def receive(of: Channel) -> int:
    """Wait for one open file. Raises FrameError where none comes."""
    import socket  # noqa: PLC0415 - as above

    try:
        _, numbers, _, _ = socket.recv_fds(of, 1, 1)
    except OSError as e:
        raise FrameError("no file") from e
    if len(numbers) != 1:
        raise FrameError("no file")
    return numbers[0]
