"""The entry points. Commands are imported when they are called: `--help` loads click alone."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from provenance.base.version import VERSION
from provenance_cli.ending import Program

# name -> (module, one line for the list of commands)
COMMANDS = {
    "attest": ("attest", "Sign what an audit wrote, and check it later."),
    "audit": ("audit", "Go through many files, and write each answer into a ledger."),
    "chain": ("chain", "Show the signing chains of a file."),
    "check-result": ("check_result", "Check a signed result against the file it is about."),
    "compare": ("compare", "Say what a pipeline did to the evidence of files."),
    "detectors": ("detectors", "List what looks for markers of AI origin."),
    "explain": ("explain", "Say what a code means, and what to do about it."),
    "export": ("export", "Write results in the formats of other systems."),
    "inspect": ("inspect", "Show every block and field that was seen in a file."),
    "kit": ("kit", "Make samples with known answers; hold validators against them."),
    "lint": ("lint", "Hold files against the rules of a profile."),
    "policy": ("policy", "Show the default policy, check one of your own."),
    "recover": ("recover", "Find the credential that a file has lost."),
    "report": ("report", "Show what an audit found: summary, tables, a page, differences."),
    "repository": ("repository", "Keep manifest stores in a folder, and serve them."),
    "rules": ("rules", "List the rules of lint, or show one."),
    "schema": ("schema", "Print the JSON Schema of a machine format."),
    "trust": ("trust", "List, show, check and update trust lists."),
    "verify": ("verify", "Tell where files say they came from."),
    "watermarks": ("watermarks", "List and evaluate decoders of watermarks."),
}


class LazyGroup(Program, click.Group):
    """A group whose commands live in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, sorted."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that is called."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"provenance_cli.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)  # noqa: S101 - our own modules
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: provenance verify photo.jpg",
)
@click.version_option(VERSION, prog_name="provenance", message="%(prog)s %(version)s")
def main() -> None:
    """Tell where media files say they came from.

    Reads content credentials (C2PA) and other markers, flags AI origin, and checks the signing
    chain behind every claim. No network, no pixels, no personal data unless asked for by name.
    """


def verify_main() -> None:
    """Run `provenance verify` under its short name, `verify`."""
    command = import_module("provenance_cli.verify").command
    command.main(args=sys.argv[1:], prog_name="verify")
