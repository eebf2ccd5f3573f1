"""`provenance schema`: the JSON Schema of a report."""

from __future__ import annotations

import click


@click.command("schema", epilog="Example: provenance schema > report.schema.json")
def command() -> None:
    """Print the JSON Schema that every report of `--format json` and `jsonl` follows."""
    from provenance.render import schema  # noqa: PLC0415 - only when called

    click.echo(schema.text(), nl=False)
