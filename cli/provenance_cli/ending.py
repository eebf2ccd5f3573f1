"""How every command writes, ends and is interrupted: one place for all of them.

A reader that leaves (`| head`) is not an error: the command goes on in silence to its own exit
code, or stops where it asks `reader_left`. A standard output that was closed from the start is
silence too, and nothing about standard error changes what a command does or how it ends. Ctrl-C
ends with 130. A standard output that takes no more, or anything else of the system that fails on
the way, is one line and exit 2 (of `audit`, which can be resumed, exit 1), never a traceback. A
character that the output cannot carry is written as an escape. The streams: `streams`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from provenance.base.errors import reason_of
from provenance_cli.common import OneLineError
from provenance_cli.streams import output_failed, standard

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


class EndingCommand(click.Command):
    """A command that ends as this module says, whatever stops it."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command on streams that are made ready for it."""
        with standard():
            try:
                return super().main(*args, **extra)
            except OSError as e:  # of completion for shells: all else is answered below
                if not output_failed():
                    raise
                error = _full(e)
                error.show()
                sys.exit(error.exit_code)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Parse the arguments; `--help` and `--version` write here."""
        with _ended():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and see that all it wrote is out before its exit code counts."""
        with _ended():
            try:
                result = super().invoke(ctx)
            except (click.exceptions.Exit, SystemExit):
                sys.stdout.flush()
                raise
            sys.stdout.flush()
            return result


@contextlib.contextmanager
def _ended() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as e:
        click.echo("\ninterrupted", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from e
    except OSError as e:
        if output_failed():
            raise _full(e) from e
        reason = reason_of(e)
        where = os.fsdecode(e.filename) if isinstance(e.filename, str | bytes) else ""
        raise OneLineError(f"{where}: {reason}" if where else reason) from e


def _full(e: OSError) -> OneLineError:
    return OneLineError(f"standard output cannot be written: {reason_of(e)}")
