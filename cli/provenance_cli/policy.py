"""`provenance policy`: what flags a file, as a file."""

from __future__ import annotations

import json

import click

from provenance_cli.common import FILE, library_errors
from provenance_cli.declare import takes
from provenance_cli.grammar import group
from provenance_cli.groups import Answer, Output


@group("policy", epilog="Example: provenance policy check policy.toml")
def command() -> None:
    """Show the default policy, and check one of your own."""


@command.command(epilog="Example: provenance policy show > policy.toml")
@takes(output=Output)
def show(*, output: Output) -> None:
    """Print the default policy as a file to start from."""
    del output
    from provenance.verdict.policy import Policy, to_toml  # noqa: PLC0415 - not for --help

    click.echo(to_toml(Policy()), nl=False)


@command.command(epilog="Example: provenance policy check policy.toml")
@click.argument("file", type=FILE)
@takes(answer=Answer)
def check(*, file: str, answer: Answer) -> None:
    """Say what the policy in FILE means, or what is wrong with it (exit 2)."""
    from provenance.base.text import clean  # noqa: PLC0415 - not for --help
    from provenance.verdict.policy import Policy  # noqa: PLC0415 - only inside a command
    from provenance.verdict.policy_words import describe  # noqa: PLC0415 - not for --help

    with library_errors():
        policy = Policy.load(file)
    if answer.form == "json":
        made = {"name": policy.name, "sha256": policy.sha256, "policy": policy.canonical()}
        click.echo(json.dumps(made, indent=2))
        return
    click.echo(f"policy  {clean(policy.name) or '(no name)'}")
    click.echo(f"sha256  {policy.sha256}")
    for sentence in describe(policy):
        click.echo(sentence)
