"""`provenance policy`: what flags a file, as a file."""

from __future__ import annotations

import json

import click

from provenance.base.text import clean
from provenance.verdict import policy, policy_words
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

    click.echo(policy.to_toml(policy.Policy()), nl=False)


@command.command(epilog="Example: provenance policy check policy.toml")
@click.argument("file", type=FILE)
@takes(answer=Answer)
def check(*, file: str, answer: Answer) -> None:
    """Say what the policy in FILE means, or what is wrong with it (exit 2)."""
    with library_errors():
        chosen = policy.Policy.load(file)
    if answer.form == "json":
        made = {"name": chosen.name, "sha256": chosen.sha256, "policy": chosen.canonical()}
        click.echo(json.dumps(made, indent=2))
        return
    click.echo(f"policy  {clean(chosen.name) or '(no name)'}")
    click.echo(f"sha256  {chosen.sha256}")
    for sentence in policy_words.describe(chosen):
        click.echo(sentence)
