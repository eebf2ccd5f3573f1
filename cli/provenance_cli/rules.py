"""`provenance rules`: the catalogue of what `provenance lint` asks."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from provenance.linting import rule_catalogue
from provenance_cli.common import library_errors
from provenance_cli.declare import changed, takes_options
from provenance_cli.grammar import make_group
from provenance_cli.groups import FormatOptions
from provenance_cli.lint_options import ProfileOptions, rule_ids
from provenance_cli.option import offers, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance.linting.rule import Rule, RuleProfile

SCHEMA_VERSION = "1.0"
WIDTH = 80  # columns of the text


@make_group(
    "rules",
    invoke_without_command=True,
    epilog="Example: provenance rules --profile integrity",
)
@takes_options(
    profiles=changed(ProfileOptions, profile={"help": "Only the rules of this profile; repeat."}),
    answer=FormatOptions,
)
@click.pass_context
def rules_command(ctx: click.Context, *, profiles: ProfileOptions, answer: FormatOptions) -> None:
    """List every rule that `provenance lint` can ask, by profile.

    `provenance rules show ID` shows one of them with an example that passes and one that fails.
    """
    if ctx.invoked_subcommand is not None:
        if typed("profile", "form", "output"):
            raise click.UsageError("options go after `show`, and --profile does not go with it")
        return

    with library_errors():
        chosen = rule_catalogue.profiles_named(profiles.profile or (rule_catalogue.ALL,))
    if answer.form == "json":
        asked = {r.id: r for p in chosen for r in rule_catalogue.rules_of(p)}
        _print_json(
            {
                "schema_version": SCHEMA_VERSION,
                "profiles": [_profile(p) for p in chosen],
                "rules": [_rule(r) for r in asked.values()],
            }
        )
        return
    for n, profile in enumerate(chosen):
        if n:
            click.echo()
        for line in _profile_lines(profile):
            click.echo(line)
        for rule in rule_catalogue.rules_of(profile):
            mark = "fact" if rule.observes else rule.severity.value
            click.echo(f"  {rule.id}  [{mark}]")
            click.echo(_indented(rule.title, "      "))


@rules_command.command("show", epilog="Example: provenance rules show mandatory_spec_version")
@click.argument("rule_id", metavar="ID", shell_complete=offers(rule_ids))
@takes_options(answer=FormatOptions)
def show(*, rule_id: str, answer: FormatOptions) -> None:
    """Show one rule: what it demands, where that is written, and two examples."""
    with library_errors():
        rule = rule_catalogue.rule_named(rule_id)
    if answer.form == "json":
        _print_json({"schema_version": SCHEMA_VERSION} | _rule(rule) | _examples(rule))
        return
    for line in _rule_lines(rule):
        click.echo(line)


def _print_json(record: Mapping[str, Any]) -> None:
    click.echo(json.dumps(record, indent=2))  # ASCII, so that any output can carry it


def _profile(profile: RuleProfile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "title": profile.title,
        "source": profile.source,
        "specification": profile.spec_text,
        "legal": profile.legal,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "title": rule.title,
        "profiles": list(rule.profiles),
        "severity": rule.severity.value,
        "section": rule.section,
        "advice": rule.advice,
        "outcomes": sorted(o.value for o in rule.emits),
        "needs": sorted(n.value for n in rule.needs),
        "fact": rule.observes,
    }


def _examples(rule: Rule) -> dict[str, Any]:
    return {
        "passes": _example_value(rule.example.passes),
        "fires": _example_value(rule.example.fires),
        "fires_with": rule.example.outcome.value,
    }


def _example_value(example: Mapping[str, Any] | str) -> Any:
    return example if isinstance(example, str) else dict(example)


def _profile_lines(profile: RuleProfile) -> Iterator[str]:
    yield f"{profile.name}: {profile.title}"
    yield _indented(f"source: {profile.source}", "  ")
    if profile.legal:
        yield "  A technical check, not legal advice."


def _rule_lines(rule: Rule) -> Iterator[str]:
    yield rule.id
    yield _indented(rule.title, "  ")
    yield f"  severity   {'fact, never a failure' if rule.observes else rule.severity.value}"
    yield _indented(f"profiles   {', '.join(rule.profiles)}", "  ", "             ")
    yield _indented(f"section    {rule.section}", "  ", "             ")
    yield f"  outcomes   {', '.join(sorted(o.value for o in rule.emits))}"
    yield _indented(f"to change  {rule.advice}", "  ", "             ")
    other = "does not say so" if rule.observes else "passes"
    yield f"\nAn example that {other}{_kind(rule.example.passes)}:"
    yield _sample(rule.example.passes)
    says = "says so" if rule.observes else f"gives {rule.example.outcome.value}"
    yield f"\nAn example that {says}{_kind(rule.example.fires)}:"
    yield _sample(rule.example.fires)


def _kind(example: Mapping[str, Any] | str) -> str:
    if isinstance(example, str):
        return ""
    return ", as a change to a conforming manifest in crJSON" if example else ""


def _sample(example: Mapping[str, Any] | str) -> str:
    if isinstance(example, str):
        return textwrap.indent(example, "  ")
    if not example:
        return "  the conforming manifest as it is"
    return textwrap.indent(json.dumps(example, indent=2), "  ")


def _indented(text: str, first: str, rest: str | None = None) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
