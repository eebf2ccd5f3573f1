"""`provenance schema`: the JSON Schemas of machine formats."""

from __future__ import annotations

import click

from provenance.render import schemas
from provenance_cli.declare import takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import OutputOptions
from provenance_cli.option import Choice


@command_("schema", epilog="Example: provenance schema > report.schema.json")
@click.argument("name", type=Choice(["report", "lint"]), default="report")
@takes_options(output=OutputOptions)
def schema_command(*, name: str, output: OutputOptions) -> None:
    """Print the JSON Schema of a machine format.

    `report` is that of every report of `verify --format json` and `jsonl`, `lint` that of each
    object of `lint --format json`.
    """
    del output

    click.echo(schemas.schema_text(name), nl=False)
