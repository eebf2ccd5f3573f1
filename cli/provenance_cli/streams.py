"""The standard streams of a command: what becomes of words that nobody takes, in one place.

| | standard output | standard error |
| --- | --- | --- |
| closed when we start | what is written goes nowhere | the same |
| its reader has left | the same, from there on | the same |
| takes no more (a full disk) | OSError | the same |

"Nowhere" is the null device, put in the place of the descriptor: so the interpreter has nothing
left to flush at its end, which it would answer with exit code 120, and no file that is opened later
gets the number of a standard stream and what others write to that number.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ESCAPE = "backslashreplace"  # what encoders do with characters that they do not know


class OutputStream:
    """A standard stream as text that outlives its reader; all else is the stream's own.

    What fails is put in `failed`. If the stream is `needed`, every write and flush from there on
    raises OSError; else none does.
    """

    def __init__(self, stream: Any, *, needed: bool = True) -> None:
        self._stream = stream
        self._needed = needed
        self.left = False  # the reader has
        self.failed: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @property
    def buffer(self) -> Any:
        """The stream below, for bytes."""
        return _Bytes(self, self._stream.buffer)

    def write(self, text: str) -> int:
        """Write text. Raises OSError as the class says."""
        self.attempt(self._stream.write, text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each text. Raises OSError as the class says."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush. Raises OSError as the class says."""
        self.attempt(self._stream.flush)

    def attempt(self, action: Callable[..., object], *arguments: object) -> None:
        """Do something with the stream. Raises OSError as the class says."""
        if not (self.left or self.failed):
            try:
                action(*arguments)
            except (BrokenPipeError, ConnectionResetError):
                self.left = True
                self._nowhere()
            except OSError as e:
                self.failed = e
                self._nowhere()
        if self.failed and self._needed:
            raise OSError(*self.failed.args)

    def _nowhere(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # a stream of tests has no number
            number = self._stream.fileno()
            null = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(null, number)
            finally:
                os.close(null)
            self._stream.flush()  # what it still holds


class _Bytes:
    """The buffer below an `OutputStream`, with the same end."""

    def __init__(self, above: OutputStream, buffer: Any) -> None:
        self._above = above
        self._buffer = buffer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._buffer, name)

    def write(self, data: Any) -> int:
        self._above.attempt(self._buffer.write, data)
        return memoryview(data).nbytes

    def flush(self) -> None:
        self._above.attempt(self._buffer.flush)


@contextlib.contextmanager
def standard() -> Iterator[None]:
    """Make standard output and standard error ready for a command, and put them back after it."""
    _fill_descriptors()
    with contextlib.ExitStack() as stack:
        for name, needed in (("stdout", True), ("stderr", False)):
            before = getattr(sys, name)
            stack.callback(setattr, sys, name, before)
            if before is None:  # closed: there is nobody to tell
                stream: Any = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
            else:
                stream = before
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors=ESCAPE)
            wrapped = OutputStream(stream, needed=needed)
            setattr(sys, name, wrapped)
            stack.callback(_drained, wrapped)
        yield


def reader_left() -> bool:
    """Whether nobody reads standard output any more: what takes long may stop."""
    return bool(getattr(sys.stdout, "left", False))


def output_failed() -> bool:
    """Whether standard output took no more."""
    return getattr(sys.stdout, "failed", None) is not None


def _fill_descriptors() -> None:
    """Open the null device under each of the numbers 0 to 2 that is closed, for children too."""
    if os.name != "posix":
        return
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it takes the lowest number


def _drained(stream: OutputStream) -> None:
    """Leave nothing in a stream for the interpreter to flush: that it failed was said by now."""
    with contextlib.suppress(OSError, ValueError):
        stream.flush()
