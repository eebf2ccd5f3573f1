"""A worker's own side: what it does before it serves, and the line on which it does.

Requests come from standard input and answers go to standard output, but not by those names:
whatever a library prints must not end up between two answers. What it writes to standard error
the caller reads and mostly forgets.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import BinaryIO, cast

from provenance.sandbox import confine, descriptors, frames

_MAX_ANSWER = 1 << 30  # bytes: of our caller, which bounds them itself


class ServiceLine:
    """Where requests come from and answers go to."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO, files: int | None = None) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._files = None if files is None else descriptors.channel(files)
        self._asking: BinaryIO | None = None

    @property
    def takes_files(self) -> bool:
        """Whether open files can be handed over."""
        return self._files is not None

    def receive_file(self) -> int:
        """Wait for an open file; return its number, which is the caller's. Raises FrameError."""
        assert self._files is not None  # noqa: S101 - the caller's condition
        return descriptors.receive(self._files)

    def ask(self, question: bytes) -> tuple[bytes, bytes]:
        """Ask the caller something on the side; return head and body of its answer.

        Where open files can be handed over (`takes_files`). Raises FrameError, OSError.
        """
        if self._asking is None:
            assert self._files is not None  # noqa: S101 - the caller's condition
            self._asking = cast("BinaryIO", self._files.makefile("rwb"))
        frames.send(self._asking, question)
        return self.also()

    def also(self) -> tuple[bytes, bytes]:
        """Receive another head and body of the answer. Raises FrameError, OSError."""
        assert self._asking is not None  # noqa: S101 - there was a question
        head, body = (frames.receive(self._asking, _MAX_ANSWER) for _ in range(2))
        if head is None or body is None:
            raise frames.FrameError("not given")
        return head, body

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
    line = ServiceLine(*_channels(), files)
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
