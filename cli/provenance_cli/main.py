"""The entry points. Commands are imported when they are called: `--help` loads click alone."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, cast

import click

from provenance_cli import GARBAGE
from provenance_cli.commands import COMMANDS, SECTIONS
from provenance_cli.grammar import Program

if TYPE_CHECKING:
    from provenance_cli.grammar import Command

__all__ = ["COMMANDS", "SECTIONS", "main", "verify_main"]


class LazyGroup(Program):
    """A group whose commands live in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, `verify` first."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that is called."""
        del ctx
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        width = max(map(len, COMMANDS))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:{width}}", said) for name, said in commands.items()])


def load_command(name: str) -> Command:
    """Import a command of COMMANDS: `verify_command` of the module `verify`."""
    name = name.replace("-", "_")
    loaded = getattr(import_module(f"provenance_cli.{name}"), f"{name}_command")
    gc.set_threshold(*GARBAGE)
    return cast("Command", loaded)


@click.group(cls=LazyGroup, epilog="Example: provenance verify photo.jpg")
def main() -> None:
    """Tell where media files say they came from.

    Reads content credentials (C2PA) and other markers, flags AI origin, and checks the signing
    chain behind every claim. No network, no pixels, no personal data unless asked for by name.
    """


def verify_main() -> None:
    """Run `provenance verify` under its short name, `verify`."""
    load_command("verify").main(args=sys.argv[1:], prog_name="verify")
