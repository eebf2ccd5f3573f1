"""`provenance policy`: what flags a file, as a file."""

from __future__ import annotations

import json

import click

from provenance.base.text import clean
from provenance.verdict import policy, policy_words
from provenance_cli.common import FILE, library_errors
from provenance_cli.declare import takes_options
from provenance_cli.grammar import make_group
from provenance_cli.groups import FormatOptions, OutputOptions


@make_group("policy", epilog="Example: provenance policy check policy.toml")
def policy_command() -> None:
    """Show the default policy, and check one of your own."""


@policy_command.command(epilog="Example: provenance policy show > policy.toml")
@takes_options(output=OutputOptions)
def show(*, output: OutputOptions) -> None:
    """Print the default policy as a file to start from."""
    del output

    click.echo(policy.to_toml(policy.Policy()), nl=False)


@policy_command.command(epilog="Example: provenance policy check policy.toml")
@click.argument("file", type=FILE)
@takes_options(answer=FormatOptions)
def check(*, file: str, answer: FormatOptions) -> None:
    """Say what the policy in FILE means, or what is wrong with it (exit 2)."""
    with library_errors():
        chosen = policy.Policy.load(file)
    if answer.form == "json":
        record = {"name": chosen.name, "sha256": chosen.sha256, "policy": chosen.canonical()}
        click.echo(json.dumps(record, indent=2))
        return
    click.echo(f"policy  {clean(chosen.name) or '(no name)'}")
    click.echo(f"sha256  {chosen.sha256}")
    for sentence in policy_words.describe(chosen):
        click.echo(sentence)
