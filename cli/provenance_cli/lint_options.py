"""What `provenance lint` is asked, and how its answers are selected, compared and printed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from provenance.base.finding import Severity
from provenance.base.values import dataclass
from provenance.linting import baseline, rule_catalogue, selection
from provenance.linting.tamper import tamper_run
from provenance.render import formats, lint_json, lint_text
from provenance_cli import output
from provenance_cli.common import FILE, OneLineError
from provenance_cli.declare import OptionGroup, option
from provenance_cli.option import Choice, offers, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from provenance.linting.baseline import KnownAnswer
    from provenance.linting.evaluate import LintReport
    from provenance.linting.selection import RuleSelection
    from provenance.linting.tamper.tamper_run import TamperReport
    from provenance.verdict.verifier import Verifier

FORMATS = formats.format_names(formats.LINT)
_OF_TAMPER = FORMATS[:2]
_NOT_WITH_TAMPER = {
    "profile": "--profile",
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


def profile_names() -> Iterable[str]:
    """Return the names that --profile takes."""
    return (
        rule_catalogue.ALL,
        *(profile.name for profile in rule_catalogue.profiles_named((rule_catalogue.ALL,))),
    )


def rule_ids() -> Iterable[str]:
    """Return the ids of all rules."""
    return (rule.id for rule in rule_catalogue.rules())


def _selectors() -> Iterable[str]:
    ids = tuple(rule_ids())
    return (
        *(rule_id for rule_id in ids),
        *(rule_id.partition(".")[0] for rule_id in ids if "." in rule_id),
    )


@dataclass(frozen=True, slots=True)
class ProfileOptions(OptionGroup):
    """Against which rules."""

    SECTION = "Rules"

    profile: tuple[str, ...] = option(
        "--profile",
        multiple=True,
        metavar="NAME",
        shell_complete=offers(profile_names),
        help="What to check files against; repeat, or `all`. Default: conformance-0.2-spec-2.4.",
    )


@dataclass(frozen=True, slots=True)
class RuleOptions(ProfileOptions):
    """Which rules count, and how much."""

    select: tuple[tuple[str, ...], ...] = option(
        "--select",
        multiple=True,
        type=Names(),
        metavar="RULES",
        shell_complete=offers(_selectors, lists=True),
        help="Only these rules: ids, themes (`iptc`) or patterns, separated by commas; repeat.",
    )
    ignore: tuple[tuple[str, ...], ...] = option(
        "--ignore",
        multiple=True,
        type=Names(),
        metavar="RULES",
        shell_complete=offers(_selectors, lists=True),
        help="Not these rules; repeat.",
    )
    fail_on: str = option(
        "--fail-on",
        type=Choice(["error", "warning", "note"]),
        metavar="SEVERITY",
        default="error",
        help="The least severity that makes the exit code 3: error, warning or note. Default:"
        " error.",
    )
    baseline: str | None = option(
        "--baseline", metavar="FILE", type=FILE, help="Leave out what FILE knows already."
    )
    write_baseline: str | None = option(
        "--write-baseline",
        once=True,
        metavar="FILE",
        type=FILE,
        help="Write what fails now to FILE; no rule then fails the run.",
    )
    tamper: bool = option(
        "--tamper",
        once=True,
        is_flag=True,
        help="Instead: make one-fault copies of FILE in a temporary folder, and say which faults a"
        " validator notices.",
    )


@dataclass(frozen=True, slots=True)
class LintRequest:
    """What is asked."""

    profiles: tuple[str, ...]
    form: str
    selection: RuleSelection
    baseline: str | None
    write_baseline: str | None


def request(rules: RuleOptions, form: str) -> LintRequest:
    """Return what the options ask for. Use inside `library_errors`."""
    if rules.tamper and any(typed(name) for name in _NOT_WITH_TAMPER):
        raise click.UsageError(f"--tamper goes with none of {', '.join(_NOT_WITH_TAMPER.values())}")
    if rules.tamper and form not in _OF_TAMPER:
        if typed("form"):
            raise OneLineError(f"--tamper is shown as {' or '.join(_OF_TAMPER)}")
        form = FORMATS[0]  # what is configured is for the rules
    chosen = selection.RuleSelection(
        _flat(rules.select), _flat(rules.ignore), Severity(rules.fail_on)
    )
    return LintRequest(
        rules.profile or (rule_catalogue.DEFAULT,),
        form,
        chosen,
        None if rules.write_baseline and not typed("baseline") else rules.baseline,
        rules.write_baseline,
    )


def _flat(groups: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))


def finish(reports: Sequence[LintReport], asked: LintRequest, *, single: bool) -> int:
    """Select, compare with the baseline, print, and return the exit code.

    Use inside `library_errors`.
    """
    kept: Sequence[LintReport] = asked.selection.apply(reports)
    if asked.write_baseline:
        count = baseline.write_baseline(kept, asked.write_baseline)
        click.echo(f"{asked.write_baseline}: {count} rule outcomes written", err=True)
        return selection.EXIT_ERROR if any(r.error for r in kept) else 0
    gone: tuple[KnownAnswer, ...] = ()
    if asked.baseline:
        kept, gone = baseline.load_baseline(asked.baseline).apply(kept)
    _print(kept, asked, single=single)
    sys.stdout.flush()
    if gone:
        output.Printer(sys.stderr).lines(lint_text.gone_lines(gone))
    return asked.selection.exit_code(kept)


def _print(reports: Sequence[LintReport], asked: LintRequest, *, single: bool) -> None:
    module = formats.format_named(formats.LINT, asked.form).load()
    if asked.form == "text":
        output.Printer(sys.stdout).lines(module.run_lines(reports))
        return
    text: str = module.text(reports, fail_on=asked.selection.fail_on, single=single)
    # UTF-8 whatever the terminal: an XML document says so of itself
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


def tamper(paths: Sequence[str], verifier: Verifier, asked: LintRequest) -> int:
    """Run the robustness check on each file, print it, and return the exit code."""
    reports: list[TamperReport] = []
    for path in paths:
        reports.append(tamper_run.tamper_report(path, verifier))
        if asked.form == "text":
            if len(reports) > 1:
                click.echo()
            output.Printer(sys.stdout).lines(lint_text.tamper_lines(reports[-1]))
    if asked.form == "json":
        click.echo(lint_json.pretty(reports, single=len(paths) == 1))
    return tamper_run.exit_code(reports, asked.selection.fail_on)
