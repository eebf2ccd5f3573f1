"""`provenance report`: what a ledger holds, in the form that is asked for."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

import click

from provenance.render import formats
from provenance_cli.common import FILE, OneLineError, library_errors
from provenance_cli.streams import reader_left

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIFF_FORMATS = ("summary", "jsonl", "csv")


@click.command(
    "report",
    epilog="Example: provenance report audit.ledger --format html --output audit.html",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("ledger", required=False, type=FILE)
@click.option(
    "--format",
    "form",
    type=click.Choice(formats.names(formats.REPORT)),
    default="summary",
    show_default=True,
    help=formats.listed(formats.REPORT),
)
@click.option("--output", metavar="FILE", type=FILE, help="Write to FILE, whole or not at all.")
@click.option(
    "--since-run",
    type=click.IntRange(1, (1 << 63) - 1),
    metavar="N",
    help="Files judged in run N or later.",
)
@click.option("--flagged", is_flag=True, help="Flagged files only.")
@click.option(
    "--max-rows",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="html: list at most N files, flagged ones first.  [default: 100000]",
)
@click.option(
    "--diff",
    nargs=2,
    metavar="LEDGER_A LEDGER_B",
    type=FILE,
    help="What changed from audit A to audit B: summary, jsonl or csv.",
)
def command(ledger: str | None, form: str, output: str | None, **options: Any) -> None:
    """Show what an audit wrote into LEDGER, or what changed between two ledgers.

    The ledger is only read; an audit may be writing it meanwhile. Files come in the order of their
    paths.
    """
    diff: tuple[str, str] | None = options["diff"]
    _check(ledger, form, output, options)
    with library_errors():
        if diff is not None:
            _differences(diff, form, output)
        else:
            assert ledger is not None  # noqa: S101 - see _check
            _report(ledger, form, output, options)


def _check(ledger: str | None, form: str, output: str | None, options: dict[str, Any]) -> None:
    """Refuse what cannot be meant."""
    diff = options["diff"]
    if (ledger is None) == (diff is None):
        raise click.UsageError("give one LEDGER, or --diff and two of them")
    if diff is not None:
        if form not in _DIFF_FORMATS:
            raise click.UsageError(f"--diff knows the formats {', '.join(_DIFF_FORMATS)}")
        if options["since_run"] or options["flagged"]:
            raise click.UsageError("--since-run and --flagged do not go with --diff")
    if options["max_rows"] and form != "html":
        raise click.UsageError("--max-rows goes with --format html")
    if (
        formats.named(formats.REPORT, form).exact
        and output is None
        and sys.stdout is not None
        and sys.stdout.isatty()
    ):
        raise click.UsageError(f"{form} is not for a terminal: give --output FILE")
    for name in (ledger, *(diff or ())):
        if name is not None and output is not None and _same(name, output):
            raise click.UsageError(f"--output {output} is the ledger itself")
    if output is not None and os.path.isfile(output) and not _is_report(output, form):
        raise OneLineError(f"--output {output}: what is there is no {form} report: name a new file")


def _is_report(path: str, form: str) -> bool:
    """Tell whether a file is an earlier report of a format, or empty: then it may be replaced."""
    from provenance.base.errors import reason_of  # noqa: PLC0415 - only inside a command

    try:
        with open(path, "rb") as file:
            head = file.read(formats.HEAD)
            file.seek(max(os.fstat(file.fileno()).st_size - formats.TAIL, 0))
            tail = file.read(formats.TAIL)
    except OSError as e:
        raise OneLineError(f"--output {path}: {reason_of(e)}") from e
    own: bool = not head or formats.named(formats.REPORT, form).load().is_own(head, tail)
    return own


def _same(a: str, b: str) -> bool:
    try:
        return os.path.samefile(a, b)
    except OSError:
        return False


def _report(path: str, form: str, output: str | None, options: dict[str, Any]) -> None:
    from provenance.auditing import reading, totals  # noqa: PLC0415 - only inside a command
    from provenance.render.rows import Asked, Selection  # noqa: PLC0415 - as above

    since = options["since_run"]
    selection = Selection(since, options["flagged"])
    with reading.open_(path) as reader, contextlib.ExitStack() as stack:
        last = max(reader.runs, default=0)
        if since is not None and since > last:
            said = f"run {since}: its last one is {last}" if last else "run at all"
            raise OneLineError(f"{reader.path} has no {said}")
        stream = stack.enter_context(sink(output))
        asked = Asked(
            reader,
            selection,
            lambda: totals.count(reader, selection),
            options["max_rows"],
            reader_left,
        )
        form_ = formats.named(formats.REPORT, form)
        if form_.binary:
            form_.load().report(asked, stream)
            return
        with utf8(stream) as text:
            form_.load().report(asked, text)


def _differences(paths: tuple[str, str], form: str, output: str | None) -> None:
    from provenance.auditing import diff, reading  # noqa: PLC0415 - only inside a command
    from provenance.render import differences as render  # noqa: PLC0415 - not for --help

    with (
        reading.open_(paths[0]) as before,
        reading.open_(paths[1]) as after,
        sink(output) as stream,
        utf8(stream) as text,
    ):
        found = diff.differences(before, after)
        if form == "jsonl":
            render.write_jsonl(found, text)
        elif form == "csv":
            render.write_csv(found, text)
        else:
            text.writelines(line + "\n" for line in render.lines(found))


@contextlib.contextmanager
def sink(output: str | None) -> Iterator[BinaryIO]:
    """Yield where bytes go: standard output, or a file that appears when it is whole."""
    from provenance.base.files import whole_file  # noqa: PLC0415 - only inside a command

    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with whole_file(output) as file:
            yield file
    except OSError as e:
        from provenance.base.errors import reason_of  # noqa: PLC0415 - rare

        raise OneLineError(f"the report cannot be written to {output}: {reason_of(e)}") from e


@contextlib.contextmanager
def utf8(stream: BinaryIO) -> Iterator[TextIO]:
    """Yield the stream as text in UTF-8 that leaves line ends alone."""
    import io  # noqa: PLC0415 - only inside a command

    wrapped = io.TextIOWrapper(
        cast("Any", stream), encoding="utf-8", errors="strict", newline="", write_through=False
    )
    try:
        yield wrapped
        wrapped.flush()
    finally:
        with contextlib.suppress(OSError, ValueError):
            wrapped.detach()
