"""`provenance watermarks`: which decoders there are, and how often they are right."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from provenance_cli.common import OneLineError, library_errors

if TYPE_CHECKING:
    from provenance.marks.evaluate import Evaluation, Rate
    from provenance.marks.model import Decoder

SCHEMA_VERSION = "1.0"
WIDTH = 88  # columns of the text
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
_PLUGINS = click.option("--no-plugins", is_flag=True, help="Leave out third-party decoders.")


@click.group(
    "watermarks",
    invoke_without_command=True,
    epilog="Example: provenance watermarks --no-plugins",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@_FORMAT
@_PLUGINS
@click.pass_context
def command(ctx: click.Context, form: str, no_plugins: bool) -> None:
    """List decoders of watermarks: whose, under which terms, and what is missing to run them.

    They are used by `provenance verify --pixels` and `--signal`. Open watermarks that are known and
    not decoded here are listed too. Nothing is fetched or installed.
    """
    if ctx.invoked_subcommand is not None:
        return
    from provenance.marks import elsewhere, registry  # noqa: PLC0415 - only when called

    own = {id(decoder) for decoder in registry.builtin()}
    rows = [_row(d, built_in=id(d) in own) for d in registry.load(plugins=not no_plugins)]
    others = [asdict(one) for one in elsewhere.KNOWN]
    if form == "json":
        made = {"schema_version": SCHEMA_VERSION, "decoders": rows, "not_decodable": others}
        click.echo(json.dumps(made, indent=2))
        return
    for row in rows:
        click.echo(_text(row))
    click.echo("\nKnown, and not decoded here:")
    for other in others:
        head = f"{other.pop('name')} ({other.pop('medium')})"
        click.echo(_paragraphs(head, [(name, value) for name, value in other.items() if value]))


def _row(decoder: Decoder, *, built_in: bool) -> dict[str, Any]:
    """Return a model card; a plug-in's may say anything."""
    from provenance.base.text import URL_LIMIT, clean, clean_any  # noqa: PLC0415 - only when called

    card = decoder.card
    return {
        "name": clean_any(decoder.name),
        "version": clean_any(decoder.version),
        "medium": decoder.medium.value,
        "built_in": built_in,
        "what": clean(str(card.what), URL_LIMIT),
        "whose": clean(str(card.whose), URL_LIMIT),
        "licence": clean(str(card.licence)),
        "source": clean(str(card.source), URL_LIMIT),
        "messages": [
            {"name": clean(m.name), "bits": len(m.bits), "source": clean(m.source)}
            for m in card.messages
        ],
        "measured": [clean(str(line), URL_LIMIT) for line in card.measured],
        "missing": [
            {"what": clean(m.what, URL_LIMIT), "how": clean(m.how, URL_LIMIT)}
            for m in decoder.missing()
        ],
    }


def _text(row: dict[str, Any]) -> str:
    state = "missing" if row["missing"] else "can run here"
    kind = "" if row["built_in"] else ", plug-in"
    head = f"{row['name']} {row['version']}".rstrip() + f" ({row['medium']}{kind}): {state}"
    parts = [("what", row["what"]), ("whose", row["whose"]), ("licence", row["licence"])]
    parts.append(("source", row["source"]))
    if row["messages"]:
        known = (f"{m['name']} ({m['bits']} bits)" for m in row["messages"])
        parts.append(("messages", ", ".join(known)))
    parts += [("measured", line) for line in row["measured"] or ["nothing, by this project"]]
    parts += [("missing", f"{m['what']}: {m['how']}") for m in row["missing"]]
    return _paragraphs(head, parts)


def _paragraphs(head: str, parts: list[tuple[str, str]]) -> str:
    lines = [head]
    for name, value in parts:
        lines += textwrap.wrap(
            f"{name}: {value}", WIDTH, initial_indent="  ", subsequent_indent="    "
        )
    return "\n".join(lines).encode("ascii", "backslashreplace").decode("ascii")


@command.command(
    short_help="Measure how often marks are found.",
    epilog="Example: provenance watermarks evaluate --positives marked/ --negatives photos/",
)
@click.option("--positives", required=True, metavar="DIR", help="Files that carry a mark.")
@click.option("--negatives", required=True, metavar="DIR", help="Files that carry none.")
@click.option("--signal", is_flag=True, help="Look at recordings instead of pictures.")
@click.option("--messages", metavar="FILE", help="Watermark messages of your own, in TOML.")
@click.option("--decoder", multiple=True, metavar="NAME", help="Ask only this one. Repeatable.")
@click.option("--step", multiple=True, metavar="NAME", help="Change only so. Repeatable.")
@click.option("--plot", metavar="FILE", help="Also draw the rates, as SVG.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
@_PLUGINS
def evaluate(form: str, no_plugins: bool, **options: Any) -> None:
    """Measure how often marks are found that are there, and that are not.

    Every picture is looked at as it is and after each of a fixed list of transformations. Rates
    have Clopper-Pearson intervals at 95 %. Where the folder of a marked file bears the name of a
    message, another message does not count as found. The same files give the same numbers.
    """
    from provenance.marks import evaluate as measuring  # noqa: PLC0415 - only when called
    from provenance.marks import known, plot, transform  # noqa: PLC0415 - not for --help
    from provenance.marks.model import Medium  # noqa: PLC0415 - not for --help
    from provenance.marks.reader import Reader  # noqa: PLC0415 - not for --help

    folders = []
    for name in ("positives", "negatives"):
        if not os.path.isdir(options[name]):
            raise OneLineError(f"--{name} {options[name]}: no such folder")
        folders.append(measuring.files(options[name]))
    for step in options["step"]:
        if step not in transform.names():
            raise OneLineError(f"--step {step}: none of {', '.join(transform.names())}")
    medium = Medium.SOUND if options["signal"] else Medium.PICTURE
    with library_errors():
        messages = known.load(options["messages"]) if options["messages"] else ()
        reader = Reader(
            {medium}, messages=messages, plugins=not no_plugins, only=options["decoder"]
        )
        progress = _Progress(sum(map(len, folders)))
        made = measuring.evaluate(reader, *folders, steps=options["step"], progress=progress)
        reader.close()
    if options["plot"]:
        try:
            with open(options["plot"], "w", encoding="utf-8") as file:
                file.write(plot.svg(made))
        except OSError as e:
            from provenance.base.errors import reason_of  # noqa: PLC0415 - rare

            raise OneLineError(f"--plot {options['plot']}: {reason_of(e)}") from e
    if form == "json":
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **made.to_dict()}, indent=2))
    elif form == "markdown":
        click.echo(measuring.markdown(made), nl=False)
    else:
        click.echo(_table(made))


class _Progress:
    """Says on stderr how far it has come, where that is a terminal."""

    def __init__(self, of: int) -> None:
        self._of = of
        self._done = 0
        self._shown = sys.stderr.isatty()

    def __call__(self, path: str) -> None:
        """Count a file."""
        del path
        self._done += 1
        if self._shown:
            end = "\n" if self._done == self._of else ""
            click.echo(f"\r{self._done} of {self._of} files", err=True, nl=False)
            click.echo(end, err=True, nl=False)


def _table(made: Evaluation) -> str:
    head = f"{made.positives} marked files, {made.negatives} unmarked, {made.left_out} left out"
    lines = [head, ""]
    lines.append(f"{'DECODER':<13}{'TRANSFORMATION':<31}{'FOUND WHERE IT IS':<31}WHERE IT IS NOT")
    for row in made.rows:
        found = f"{row.decoder:<13}{row.step:<31}{_rate(row.true):<31}{_rate(row.false)}"
        lines.append(found.rstrip())
    if not made.rows:
        lines.append("no decoder had anything to look for")
    return "\n".join(lines)


def _rate(rate: Rate) -> str:
    from provenance.marks.evaluate import said  # noqa: PLC0415 - only when called

    return said(rate)
