"""`provenance report`: what a ledger or a folder of parts holds, in the form asked for."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

import click

from provenance.auditing import diff, ledger_totals
from provenance.auditing.shards import parts
from provenance.base.values import dataclass
from provenance.render import differences, formats
from provenance.render import rows as rendering
from provenance_cli.common import FILE, OneLineError, library_errors
from provenance_cli.declare import OptionGroup, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import FILES, FormatOptions, format_options
from provenance_cli.option import Choice, typed
from provenance_cli.streams import reader_left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.rows import RowSource

_LISTS = ("flagged", "errors", "all")
_DIFF_FORMATS = ("text", "jsonl", "csv")
_SAID_INSIDE = ("text", "html")  # what figures do not cover; of other formats, on standard error


@dataclass(frozen=True, slots=True)
class RowOptions(OptionGroup):
    """Which rows of a ledger."""

    SECTION = FILES

    since_run: int | None = option(
        "--since-run",
        once=True,
        type=click.IntRange(1, (1 << 63) - 1),
        metavar="N",
        help="Files judged in run N or later.",
    )
    flagged: bool = option("--flagged", once=True, is_flag=True, help="Flagged files only.")
    max_rows: int | None = option(
        "--max-rows",
        type=click.IntRange(1, 1_000_000),
        metavar="N",
        help="html: list at most N files, flagged ones first.  [default: 100000]",
    )
    listed: str | None = option(
        "--list",
        once=True,
        type=Choice(list(_LISTS)),
        metavar="WHICH",
        help="Print paths alone, one a line, for xargs: flagged, errors or all.",
    )
    null: bool = option(
        "-0", "--null", once=True, is_flag=True, help="With --list: end each path with NUL."
    )
    diff: tuple[str, str] | None = option(
        "--diff",
        once=True,
        nargs=2,
        metavar="LEDGER_A LEDGER_B",
        type=FILE,
        help="What changed from audit A to audit B: text, jsonl or csv.",
    )


def _is_own(form: str, head: bytes, tail: bytes) -> bool:
    """Tell whether a file is an earlier report of a format: then it may be replaced."""
    own: bool = formats.format_named(formats.REPORT, form).load().is_own(head, tail)
    return own


@command_(
    "report",
    own=_is_own,
    epilog="Example: provenance report audit.ledger --format html --output audit.html",
)
@click.argument("ledger", required=False, type=FILE)
@takes_options(rows=RowOptions, answer=format_options(*formats.REPORT, was={"summary": "text"}))
def report_command(*, ledger: str | None, rows: RowOptions, answer: FormatOptions) -> None:
    """Show what an audit wrote into LEDGER, or what changed between two ledgers.

    The ledger is only read; an audit may be writing it meanwhile. Files come in the order of their
    paths. A LEDGER may also be the folder or the address (s3://...) of an audit in shards.
    """
    _check(ledger, rows, answer)
    with library_errors():
        if rows.listed is not None:
            assert ledger is not None  # noqa: S101 - see _check
            _list(ledger, rows)
        elif rows.diff is not None:
            _differences(rows.diff, answer.form)
        else:
            assert ledger is not None  # noqa: S101 - see _check
            _report(ledger, answer.form, rows)


def _check(ledger: str | None, rows: RowOptions, answer: FormatOptions) -> None:
    """Refuse what cannot be meant."""
    if (ledger is None) == (rows.diff is None):
        raise click.UsageError("give one LEDGER, or --diff and two of them")
    if rows.null and rows.listed is None:
        raise click.UsageError("-0 goes with --list")
    if rows.listed is not None and (rows.diff is not None or typed("form")):
        raise click.UsageError("--list goes without --format and --diff")
    if rows.diff is not None:
        if answer.form not in _DIFF_FORMATS:
            raise click.UsageError(f"--diff knows the formats {', '.join(_DIFF_FORMATS)}")
        if rows.since_run or rows.flagged:
            raise click.UsageError("--since-run and --flagged do not go with --diff")
    if rows.max_rows and answer.form != "html" and typed("max_rows"):
        raise click.UsageError("--max-rows goes with --format html")
    exact = formats.format_named(formats.REPORT, answer.form).exact
    if exact and sys.stdout is not None and sys.stdout.isatty():
        raise click.UsageError(f"{answer.form} is not for a terminal: give --output FILE")


def _report(path: str, form: str, rows: RowOptions) -> None:
    since = rows.since_run
    selection = rendering.RowSelection(since, rows.flagged)
    with parts.results(path) as reader:
        if form not in _SAID_INSIDE:
            say_notes(reader)
        last = max(reader.runs, default=0)
        if since is not None and since > last:
            said = f"run {since}: its last one is {last}" if last else "run at all"
            raise OneLineError(f"{reader.path} has no {said}")
        stream = cast("BinaryIO", sys.stdout.buffer)
        asked = rendering.ReportRequest(
            reader,
            selection,
            lambda: ledger_totals.count_ledger(reader, selection),
            rows.max_rows,
            reader_left,
        )
        form_ = formats.format_named(formats.REPORT, form)
        if form_.binary:
            form_.load().report(asked, stream)
            return
        with utf8(stream) as text:
            form_.load().report(asked, text)


def _list(path: str, rows: RowOptions) -> None:
    """Print the paths of files, exactly as they are, and nothing else."""
    flagged = rows.flagged or rows.listed == "flagged"
    end = b"\0" if rows.null else b"\n"
    out = sys.stdout.buffer
    with parts.results(path) as reader:
        say_notes(reader)
        for row in reader.outlines(rendering.RowSelection(rows.since_run, flagged)):
            if rows.listed == "errors" and row.error_code is None:
                continue
            if not rows.null and b"\n" in row.path_bytes:
                raise OneLineError(f"{row.shown}: a path with a line break: give -0 with --list")
            out.write(row.path_bytes + end)
            if reader_left():
                return
    out.flush()


def _differences(paths: tuple[str, str], form: str) -> None:
    with (
        parts.results(paths[0]) as before,
        parts.results(paths[1]) as after,
        utf8(cast("BinaryIO", sys.stdout.buffer)) as text,
    ):
        say_notes(before)
        say_notes(after)
        changes = diff.differences(before, after)
        if form == "jsonl":
            differences.write_jsonl(changes, text)
        elif form == "csv":
            differences.write_csv(changes, text)
        else:
            text.writelines(line + "\n" for line in differences.difference_lines(changes))


def say_notes(results: RowSource) -> None:
    """Say on standard error what the figures do not cover."""
    for note in results.notes:
        click.echo(f"{results.path}: {note}", err=True)


@contextlib.contextmanager
def utf8(stream: BinaryIO) -> Iterator[TextIO]:
    """Yield the stream as text in UTF-8 that leaves line ends alone."""
    wrapped = io.TextIOWrapper(
        cast("Any", stream), encoding="utf-8", errors="strict", newline="", write_through=False
    )
    try:
        yield wrapped
        wrapped.flush()
    finally:
        with contextlib.suppress(OSError, ValueError):
            wrapped.detach()
