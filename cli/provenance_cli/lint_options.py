"""What `provenance lint` is asked: its options, and the table of `pyproject.toml` below them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from provenance.render import formats
from provenance_cli.common import FILE, OneLineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance.linting.baseline import Entry
    from provenance.linting.evaluate import LintReport
    from provenance.linting.selection import Selection
    from provenance.linting.settings import Settings
    from provenance.linting.tamper.run import TamperReport
    from provenance.verdict.verifier import Verifier

FORMATS = formats.names(formats.LINT)
_OF_TAMPER = FORMATS[:2]
_NOT_WITH_TAMPER = {
    "names": "--profile",
    "select": "--select",
    "ignore": "--ignore",
    "sidecar": "--sidecar",
    "fragments": "--fragments",
    "crjson": "--crjson",
    "baseline": "--baseline",
    "write_baseline": "--write-baseline",
}


class Names(click.ParamType[tuple[str, ...]]):
    """Names separated by commas."""

    name = "names"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split."""
        del param, ctx
        if isinstance(value, tuple):
            return value
        return tuple(n.strip() for n in value.split(",") if n.strip())


_OPTIONS = (
    click.option(
        "--profile",
        "names",
        multiple=True,
        metavar="NAME",
        help="What to hold files against; repeat, or `all`. Default: conformance-0.2-spec-2.4.",
    ),
    click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        help=f"{formats.listed(formats.LINT)}  [default: text]",
    ),
    click.option(
        "--select",
        multiple=True,
        type=Names(),
        metavar="RULES",
        help="Only these rules: ids, themes (`iptc`) or patterns, separated by commas; repeat.",
    ),
    click.option(
        "--ignore", multiple=True, type=Names(), metavar="RULES", help="Not these rules; repeat."
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["error", "warning", "note"]),
        help="The least severity that makes the exit code 3. Default: error.",
    ),
    click.option(
        "--baseline", metavar="FILE", type=FILE, help="Leave out what FILE knows already."
    ),
    click.option(
        "--write-baseline",
        metavar="FILE",
        type=FILE,
        help="Write what fails now to FILE; no rule then fails the run.",
    ),
    click.option(
        "--config",
        metavar="FILE",
        type=FILE,
        help="A pyproject.toml with [tool.provenance.lint]. Default: the nearest one upward.",
    ),
    click.option(
        "--tamper",
        is_flag=True,
        help="Instead: make one-fault copies of FILE in a temporary folder, and say which faults a"
        " validator notices.",
    ),
)


def lint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what selects, formats and compares the answers to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, from the command line and the table below it."""

    profiles: tuple[str, ...]
    form: str
    selection: Selection
    baseline: str | None
    write_baseline: str | None
    trust_anchors: tuple[str, ...]
    tsa_anchors: tuple[str, ...]
    no_bundled_trust: bool


def request(options: dict[str, Any]) -> Request:
    """Put options and table together: the command line wins. Use inside `library_errors`."""
    from provenance.base.finding import Severity  # noqa: PLC0415 - not for --help
    from provenance.linting.catalogue import DEFAULT  # noqa: PLC0415 - not for --help
    from provenance.linting.selection import Selection  # noqa: PLC0415 - not for --help

    if options["tamper"] and any(options.get(name) for name in _NOT_WITH_TAMPER):
        raise click.UsageError(f"--tamper goes with none of {', '.join(_NOT_WITH_TAMPER.values())}")
    table = _table(options["config"])
    fail_on = options["fail_on"] or table.fail_on or Severity.ERROR
    selection = Selection(
        _flat(options["select"]) or table.select,
        _flat(options["ignore"]) or table.ignore,
        Severity(fail_on),
    )
    form = options["form"] or table.format or FORMATS[0]
    if form not in FORMATS:
        raise OneLineError(f"format {form!r} is none of {', '.join(FORMATS)}")
    if options["tamper"] and form not in _OF_TAMPER:
        if options["form"]:
            raise OneLineError(f"--tamper is shown as {' or '.join(_OF_TAMPER)}")
        form = FORMATS[0]  # the table's is for the rules
    return Request(
        options["names"] or table.profile or (DEFAULT,),
        form,
        selection,
        options["baseline"] or (None if options["write_baseline"] else table.baseline),
        options["write_baseline"],
        options["trust_anchors"] or table.trust_anchors,
        options["tsa_anchors"] or table.tsa_anchors,
        options["no_bundled_trust"] or bool(table.no_bundled_trust),
    )


def _flat(groups: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _table(named: str | None) -> Settings:
    from provenance.linting import settings  # noqa: PLC0415 - not for --help

    path = named or settings.find()
    return settings.load(path) if path else settings.Settings()


def finish(reports: Sequence[LintReport], asked: Request, *, single: bool) -> int:
    """Select, compare with the baseline, print, and return the exit code.

    Use inside `library_errors`.
    """
    from provenance.linting import baseline  # noqa: PLC0415 - not for --help
    from provenance.linting.selection import EXIT_ERROR  # noqa: PLC0415 - not for --help

    kept: Sequence[LintReport] = asked.selection.apply(reports)
    if asked.write_baseline:
        count = baseline.write(kept, asked.write_baseline)
        click.echo(f"{asked.write_baseline}: {count} answers", err=True)
        return EXIT_ERROR if any(r.error for r in kept) else 0
    gone: tuple[Entry, ...] = ()
    if asked.baseline:
        kept, gone = baseline.load(asked.baseline).apply(kept)
    _print(kept, asked, single=single)
    sys.stdout.flush()
    if gone:
        from provenance.render import lint_text  # noqa: PLC0415 - rare
        from provenance_cli.output import Printer  # noqa: PLC0415 - not for --help

        Printer(sys.stderr).lines(lint_text.gone_lines(gone))
    return asked.selection.exit_code(kept)


def _print(reports: Sequence[LintReport], asked: Request, *, single: bool) -> None:
    module = formats.named(formats.LINT, asked.form).load()
    if asked.form == "text":
        from provenance_cli.output import Printer  # noqa: PLC0415 - not for --help

        Printer(sys.stdout).lines(module.run_lines(reports))
        return
    made: str = module.text(reports, fail_on=asked.selection.fail_on, single=single)
    # UTF-8 whatever the terminal: an XML document says so of itself
    sys.stdout.buffer.write(made.encode("utf-8"))
    sys.stdout.buffer.flush()


def tamper(paths: Sequence[str], verifier: Verifier, asked: Request) -> int:
    """Run the robustness check on each file, print it, and return the exit code."""
    from provenance.linting.tamper import run as check  # noqa: PLC0415 - rarely asked for
    from provenance.render import lint_json, lint_text  # noqa: PLC0415 - not for --help
    from provenance_cli.output import Printer  # noqa: PLC0415 - not for --help

    made: list[TamperReport] = []
    for path in paths:
        made.append(check.check(path, verifier))
        if asked.form == "text":
            if len(made) > 1:
                click.echo()
            Printer(sys.stdout).lines(lint_text.tamper_lines(made[-1]))
    if asked.form == "json":
        click.echo(lint_json.pretty(made, single=len(paths) == 1))
    return check.exit_code(made, asked.selection.fail_on)
