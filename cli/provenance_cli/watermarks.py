"""`provenance watermarks`: which decoders there are, and how often they are right."""

from __future__ import annotations

import contextlib
import json
import os
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from provenance.base.errors import reason_of
from provenance.base.files import whole_file
from provenance.base.text import URL_LIMIT, clean, clean_any
from provenance.base.values import dataclass
from provenance.marks import decoder, decoder_registry, elsewhere, evaluation, known, transform
from provenance.marks import plot as drawing
from provenance.marks import reader as decoders
from provenance.render.formats import OutputFormat
from provenance_cli import progress
from provenance_cli.common import FILE, OneLineError, library_errors, nearest
from provenance_cli.declare import OptionGroup, changed, option, takes_options
from provenance_cli.grammar import make_group
from provenance_cli.groups import (
    OUTPUT,
    DecodingOptions,
    FormatOptions,
    PluginOptions,
    QuietOptions,
    format_options,
    new_file,
)
from provenance_cli.option import offers, typed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.marks.decoder import Decoder
    from provenance.marks.evaluation import Evaluation, Rate

SCHEMA_VERSION = "1.0"
WIDTH = 88  # columns of the text
_FORMATS = (
    OutputFormat("text", "", "a table for people"),
    OutputFormat("json", "", "every number"),
    OutputFormat("markdown", "", "a table for a page"),
)


def _decoders() -> Iterable[str]:
    return (mark_decoder.name for mark_decoder in decoder_registry.builtin())


def _steps() -> Iterable[str]:
    return transform.names()


@dataclass(frozen=True, slots=True)
class SampleSetOptions(OptionGroup):
    """What is measured."""

    SECTION = "What is measured"

    positives: str = option(
        "--positives",
        required=True,
        once=True,
        metavar="DIR",
        type=FILE,
        help="Files that carry a mark.",
    )
    negatives: str = option(
        "--negatives",
        required=True,
        once=True,
        metavar="DIR",
        type=FILE,
        help="Files that carry none.",
    )
    decoder: tuple[str, ...] = option(
        "--decoder",
        multiple=True,
        once=True,
        metavar="NAME",
        shell_complete=offers(_decoders),
        help="Ask only this one. Repeatable.",
    )
    step: tuple[str, ...] = option(
        "--step",
        multiple=True,
        once=True,
        metavar="NAME",
        shell_complete=offers(_steps),
        help="Change only so. Repeatable.",
    )


@dataclass(frozen=True, slots=True)
class PlotOptions(OptionGroup):
    """What else is written."""

    SECTION = OUTPUT

    plot: str | None = option(
        "--plot", once=True, metavar="OUT", type=FILE, help="Also draw the rates into OUT, as SVG."
    )


@make_group(
    "watermarks",
    invoke_without_command=True,
    epilog="Example: provenance watermarks --no-plugins",
)
@takes_options(answer=FormatOptions, plugins=PluginOptions)
@click.pass_context
def watermarks_command(
    ctx: click.Context, *, answer: FormatOptions, plugins: PluginOptions
) -> None:
    """List decoders of watermarks: whose, under which terms, and what is missing to run them.

    They are used by `provenance verify --pixels` and `--signal`. Open watermarks that are known and
    not decoded here are listed too. Nothing is fetched or installed.
    """
    if ctx.invoked_subcommand is not None:
        return

    own = {id(decoder) for decoder in decoder_registry.builtin()}
    rows = [
        _row(d, built_in=id(d) in own)
        for d in decoder_registry.load_decoders(plugins=not plugins.no_plugins)
    ]
    others = [asdict(watermark) for watermark in elsewhere.KNOWN]
    if answer.form == "json":
        record = {"schema_version": SCHEMA_VERSION, "decoders": rows, "not_decodable": others}
        click.echo(json.dumps(record, indent=2))
        return
    for row in rows:
        click.echo(_text(row))
    click.echo("\nKnown, and not decoded here:")
    for other in others:
        head = f"{other.pop('name')} ({other.pop('medium')})"
        click.echo(_paragraphs(head, [(name, value) for name, value in other.items() if value]))


def _row(decoder: Decoder, *, built_in: bool) -> dict[str, Any]:
    """Return a model card; a plug-in's may say anything."""
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


@watermarks_command.command(
    "evaluate",
    long=True,
    short_help="Measure how often marks are found.",
    epilog="Example: provenance watermarks evaluate --positives marked/ --negatives photos/",
)
@takes_options(
    sets=SampleSetOptions,
    answer=format_options(*_FORMATS),
    quiet=QuietOptions,
    plot=PlotOptions,
    plugins=PluginOptions,
    decoding=changed(
        DecodingOptions,
        pixels={"help": "PIXELS: look at pictures, which is the default."},
        signal={"help": "SOUND: look at recordings instead of pictures."},
    ),
)
def evaluate(
    *,
    sets: SampleSetOptions,
    answer: FormatOptions,
    quiet: QuietOptions,
    plot: PlotOptions,
    plugins: PluginOptions,
    decoding: DecodingOptions,
) -> None:
    """Measure how often marks are found that are there, and that are not.

    Every picture is looked at as it is and after each of a fixed list of transformations. Rates
    have Clopper-Pearson intervals at 95 %. Where the folder of a marked file bears the name of a
    message, another message does not count as found. The same files give the same numbers.
    """
    new_file("--plot", plot.plot)  # before what may take hours
    folders = []
    if typed("pixels") and typed("signal"):
        raise click.UsageError("--pixels and --signal are measured apart: give one of them")
    for name, folder in (("positives", sets.positives), ("negatives", sets.negatives)):
        if not os.path.isdir(folder):
            raise OneLineError(f"--{name} {folder}: no such folder")
        folders.append(evaluation.files(folder))
    for step in sets.step:
        if step not in transform.names():
            known_ = transform.names()
            said = f"--step {step}: not one of {', '.join(known_)}.{nearest(step, known_)}"
            raise OneLineError(said)
    sound = decoding.signal and not typed("pixels")
    medium = decoder.Medium.SOUND if sound else decoder.Medium.PICTURE
    with library_errors():
        messages = known.load_messages(decoding.messages) if decoding.messages else ()
        reader = decoders.MarkReader(
            {medium}, messages=messages, plugins=not plugins.no_plugins, only=sets.decoder
        )
        with (
            contextlib.closing(reader),
            progress.showing(sum(map(len, folders)), quiet=quiet.quiet) as shown,
        ):
            measured = evaluation.evaluate(
                reader, *folders, steps=sets.step, progress=lambda path: shown.step()
            )
    if plot.plot:
        _write_plot(plot.plot, measured)
    form = answer.form
    if form == "json":
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **measured.to_dict()}, indent=2))
    elif form == "markdown":
        click.echo(evaluation.markdown(measured), nl=False)
    else:
        click.echo(_table(measured))


def _write_plot(path: str, measured: Evaluation) -> None:
    try:
        with whole_file(path) as file:
            file.write(drawing.svg(measured).encode("utf-8"))
    except OSError as e:
        raise OneLineError(f"--plot {path}: {reason_of(e)}") from e


def _table(measured: Evaluation) -> str:
    head = (
        f"{measured.positives} marked files, {measured.negatives} unmarked,"
        f" {measured.left_out} left out"
    )
    lines = [head, ""]
    lines.append(f"{'DECODER':<13}{'TRANSFORMATION':<31}{'FOUND WHERE IT IS':<31}WHERE IT IS NOT")
    for row in measured.rows:
        line = f"{row.decoder:<13}{row.step:<31}{_rate(row.true):<31}{_rate(row.false)}"
        lines.append(line.rstrip())
    if not measured.rows:
        lines.append("no decoder had anything to look for")
    return "\n".join(lines)


def _rate(rate: Rate) -> str:
    return evaluation.rate_in_words(rate)
