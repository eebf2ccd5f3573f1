"""Open files on their way to a worker that is running (SCM_RIGHTS, `man 7 unix`).

What is handed over is the open file itself: it needs no name that anybody else could open, and a
worker has those alone that it was given. Only a pair of sockets without a name is ever made.
"""

from __future__ import annotations

import socket
import sys
from socket import SHUT_RDWR as BOTH_WAYS
from typing import TypeAlias

from provenance.sandbox.frames import FrameError

Channel: TypeAlias = socket.socket

__all__ = ["BOTH_WAYS", "Channel", "available", "channel", "channels", "receive", "send"]


def available() -> bool:
    """Tell whether files without a name can be made here, and handed over."""
    return sys.platform == "linux"


def channels() -> tuple[Channel, Channel]:
    """Make both ends of a way for open files. Raises OSError."""
    return socket.socketpair()


def channel(number: int) -> Channel:
    """Take an end that was inherited, by its number. Asks nothing of the system."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=number)


def send(to: Channel, number: int) -> None:
    """Hand over one open file. Raises OSError where the other side is gone."""
    socket.send_fds(to, [b"f"], [number])


def receive(of: Channel) -> int:
    """Wait for one open file. Raises FrameError where none comes."""
    try:
        _, numbers, _, _ = socket.recv_fds(of, 1, 1)
    except OSError as e:
        raise FrameError("no file") from e
    if len(numbers) != 1:
        raise FrameError("no file")
    return numbers[0]
