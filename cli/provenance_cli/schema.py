"""`provenance schema`: the JSON Schemas of machine formats."""

from __future__ import annotations

import click


@click.command("schema", epilog="Example: provenance schema > report.schema.json")
@click.argument("name", type=click.Choice(["report", "lint"]), default="report")
def command(name: str) -> None:
    """Print the JSON Schema of a machine format.

    `report` is that of every report of `verify --format json` and `jsonl`, `lint` that of each
    object of `lint --format json`.
    """
    from provenance.render import schema  # noqa: PLC0415 - only when called

    click.echo(schema.text(name), nl=False)
