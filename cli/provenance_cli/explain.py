"""`provenance explain`: what a code means, and what to do about it."""

from __future__ import annotations

import click

from provenance_cli.common import library_errors


@click.command("explain", epilog="Example: provenance explain credential.remnant")
@click.argument("names", metavar="[CODE]...", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to show it.",
)
def command(names: tuple[str, ...], form: str) -> None:
    """Say what a code means, and what to do about it.

    CODE is anything stable that a report says: the code of a finding, a reason or an error, a flag,
    an origin, an assurance, a value of an axis, or a lint rule. Without CODE, list them all.
    """
    from provenance.render import explain  # noqa: PLC0415 - only when called

    if not names:
        found = explain.everything()
        click.echo(explain.document(found) if form == "json" else "\n".join(explain.listing(found)))
        return
    with library_errors():
        asked = [code for name in dict.fromkeys(names) for code in explain.explain(name)]
    found = tuple(dict.fromkeys(asked))
    click.echo(explain.document(found) if form == "json" else "\n".join(explain.text(found)))
