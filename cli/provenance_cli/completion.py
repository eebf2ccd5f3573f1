"""`provenance completion`: what makes a shell complete commands, options and values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from provenance_cli import main
from provenance_cli.declare import takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import OutputOptions
from provenance_cli.option import PROGRAM, Choice

SHELLS = ("bash", "zsh", "fish")


@command_(
    "completion",
    epilog="Example: provenance completion bash > provenance.bash",
)
@click.argument("shell", type=Choice(SHELLS))
@takes_options(output=OutputOptions)
def completion_command(*, shell: str, output: OutputOptions) -> None:
    """Print a script for SHELL: bash (from 4.4), zsh or fish.

    With it the shell completes commands, options and values of options: formats, codes, rules,
    profiles, media types. It asks this program while you type; nothing is read but file names.
    """
    del output
    shell_class = get_completion_class(shell)
    assert shell_class is not None  # noqa: S101 - click knows each of SHELLS
    completion = shell_class(main.main, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE")
    # not `source()`, which starts a bash to look at its version
    click.echo(completion.source_template % completion.source_vars())
