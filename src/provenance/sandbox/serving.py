"""A worker's own side: what it does before it serves, and the line on which it does.

Requests come from standard input and answers go to standard output, but not by those names:
whatever a library prints must not end up between two answers. What it writes to standard error
the caller reads and mostly forgets.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import BinaryIO

from provenance.sandbox import confine, descriptors, frames


class Line:
    """Where requests come from and answers go to."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO, files: int | None = None) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._files = None if files is None else descriptors.channel(files)

    @property
    def takes_files(self) -> bool:
        """Whether open files can be handed over."""
        return self._files is not None

    def receive_file(self) -> int:
        """Wait for an open file; return its number, which is the caller's. Raises FrameError."""
        assert self._files is not None  # noqa: S101 - the caller's condition
        return descriptors.receive(self._files)

    def receive(self, most: int) -> bytes | None:
        """Wait for one part of a request; None where there are no more. Raises FrameError."""
        return frames.receive(self._incoming, most)

    def send(self, *parts: bytes) -> None:
        """Answer. Raises OSError where nobody reads."""
        frames.send(self._outgoing, *parts)


def main(service: str, files: int | None = None) -> None:
    """Serve until there are no more requests. `service` is `module:name`, called with the line.

    `files` is the number of the socket on which open files come.
    """
    line = Line(*_channels(), files)
    confine.end_with_caller()
    module, _, name = service.partition(":")
    getattr(import_module(module), name)(line)


def _channels() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output away, and put nothing in their place."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return incoming, outgoing
