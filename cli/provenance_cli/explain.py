"""`provenance explain`: what a code means, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from provenance.render import code_explanations
from provenance_cli.common import library_errors
from provenance_cli.declare import takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import FormatOptions
from provenance_cli.option import offers

if TYPE_CHECKING:
    from collections.abc import Iterable


def _codes() -> Iterable[str]:
    return (code.name for code in code_explanations.every_code())


@command_("explain", epilog="Example: provenance explain credential.remnant")
@click.argument("names", metavar="[CODE]...", nargs=-1, shell_complete=offers(_codes))
@takes_options(answer=FormatOptions)
def explain_command(*, names: tuple[str, ...], answer: FormatOptions) -> None:
    """Say what a code means, and what to do about it.

    CODE is anything stable that a report says: the code of a finding, a reason or an error, a flag,
    an origin, an assurance, a value of an axis, or a lint rule. Without CODE, list them all.
    """
    form = answer.form
    if not names:
        codes = code_explanations.every_code()
        click.echo(
            code_explanations.explanation_json(codes)
            if form == "json"
            else "\n".join(code_explanations.code_list_lines(codes))
        )
        return
    with library_errors():
        asked = [code for name in dict.fromkeys(names) for code in code_explanations.explain(name)]
    codes = tuple(dict.fromkeys(asked))
    click.echo(
        code_explanations.explanation_json(codes)
        if form == "json"
        else "\n".join(code_explanations.explanation_lines(codes))
    )
