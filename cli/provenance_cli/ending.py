"""How every command writes, ends and is interrupted: one place for all of them.

A reader that leaves (`| head`) is no error: the command goes on in silence to its own exit code, or
stops where it asks `reader_left`. Ctrl-C ends with 130. An output that takes no more, or anything
else of the system that fails on the way, is one line and exit 2, never a traceback. A character
that the output cannot carry is written as an escape.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from provenance_cli.common import OneLineError
from provenance_cli.output import ESCAPE, quiet_broken_pipe

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


class Output:
    """Standard output as text that outlives its reader; all else is the stream's own."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.left = False  # the reader has
        self.failed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text. Raises OSError, but not for a reader that left."""
        with self._alone():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush. Raises OSError, but not for a reader that left."""
        with self._alone():
            self._stream.flush()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self.left = True
            quiet_broken_pipe()
        except OSError:
            self.failed = True
            raise


class Program(click.Command):
    """A command that ends as this module says, whatever stops it."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command on an output that is made ready for it."""
        before = sys.stdout
        if before is not None:
            sys.stdout = _ready(before)
        try:
            return super().main(*args, **extra)
        finally:
            sys.stdout = before

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Parse the arguments; `--help` and `--version` write here."""
        with _ended():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and see that all it wrote is out."""
        with _ended():
            try:
                return super().invoke(ctx)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()


def reader_left() -> bool:
    """Whether nobody reads standard output any more: what takes long may stop."""
    return bool(getattr(sys.stdout, "left", False))


def _ready(stream: Any) -> Any:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors=ESCAPE)
    return Output(stream)


@contextlib.contextmanager
def _ended() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as e:
        click.echo("\ninterrupted", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from e
    except OSError as e:
        from provenance.base.errors import reason_of  # noqa: PLC0415 - rare

        reason = reason_of(e)
        if _takes_no_more():
            quiet_broken_pipe()
            raise OneLineError(f"standard output cannot be written: {reason}") from e
        where = os.fsdecode(e.filename) if isinstance(e.filename, str | bytes) else ""
        raise OneLineError(f"{where}: {reason}" if where else reason) from e


def _takes_no_more() -> bool:
    """Whether standard output failed, or still holds bytes that it cannot write."""
    if getattr(sys.stdout, "failed", False):
        return True
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        return True
    return False
