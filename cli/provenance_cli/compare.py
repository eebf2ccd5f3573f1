"""`provenance compare`: what a pipeline did to the evidence of files."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import click

import provenance
from provenance.auditing import pairs as paired
from provenance.auditing import pairs_worker
from provenance.base.values import dataclass
from provenance.render import comparisons
from provenance.render.formats import OutputFormat
from provenance.verdict import comparison, policy
from provenance.verdict.preservation import TEXTS, PreservationOutcome, answers
from provenance_cli import output, progress
from provenance_cli.common import FILE, OneLineError, library_errors, walk
from provenance_cli.declare import OptionGroup, changed, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import (
    CHECKS,
    ConfinedJobOptions,
    DecodingOptions,
    ExitOptions,
    FormatOptions,
    QuietOptions,
    TrustOptions,
    format_options,
)
from provenance_cli.option import Choice, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.verdict.comparison import Comparison
    from provenance.verdict.preservation import Text
    from provenance.verdict.verifier import Verifier
    from provenance_cli.progress import SilentProgress

_FORMATS = (
    OutputFormat("text", "", "for people"),
    OutputFormat("json", "", "an array"),
    OutputFormat("jsonl", "", "a pair a line"),
    OutputFormat("junit", "", "JUnit XML, for CI servers"),
    OutputFormat("sarif", "", "SARIF 2.1.0, for code scanning"),
)
_KNOWN = ", ".join(text.name for text in TEXTS)


@dataclass(frozen=True, slots=True)
class PreservationOptions(OptionGroup):
    """What else is asked."""

    SECTION = CHECKS

    names: tuple[str, ...] = option(
        "--rules",
        multiple=True,
        metavar="NAME",
        type=Choice([text.name for text in TEXTS]),
        help=f"Ask what a law or code says about removing provenance data: {_KNOWN}. Not legal"
        " advice.",
    )


@command_(
    "compare",
    long=True,
    epilog="Exit codes: 5 evidence was lost or changed (with --rules: what they are about),"
    " 1 a pair could not be compared, 2 wrong usage, 0 none of these.\n\n"
    "Example: provenance compare uploads/ served/",
)
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@takes_options(
    answer=format_options(*_FORMATS),
    quiet=QuietOptions,
    ending=changed(ExitOptions, exit_zero={"help": "Never exit 5."}),
    rules=PreservationOptions,
    decoding=DecodingOptions,
    trust=TrustOptions,
    workers=ConfinedJobOptions,
)
def compare_command(  # noqa: PLR0913 - a group of options each
    *,
    before: str,
    after: str,
    answer: FormatOptions,
    quiet: QuietOptions,
    ending: ExitOptions,
    rules: PreservationOptions,
    decoding: DecodingOptions,
    trust: TrustOptions,
    workers: ConfinedJobOptions,
) -> None:
    """Compare BEFORE with AFTER, and say which evidence of origin was kept, changed, lost or added.

    Both are files, or both folders: then files are paired by their path below the folder, and where
    there is none, by the same name with another ending. Nothing is compared by the picture.
    Files of folders are read in confined processes, so that a bad one costs its own pair alone.
    """
    texts = tuple(text for text in TEXTS if text.name in rules.names)
    with library_errors():
        workers.check()
        verifier = provenance.Verifier(
            policy.Policy(), trust.load_own(), trust.at, provenance.Options(), decoding.reader()
        )
        pairs = list(_pairs(before, after))
        if not pairs:  # a run that looked at nothing must not look like one that passed
            raise click.UsageError(f"there is no file in {before}")
        with progress.showing(len(pairs), "pairs", quiet=quiet.quiet) as shown:
            compared = _compared(verifier, pairs, workers if os.path.isdir(before) else None)
            codes = _print_comparisons(compared, len(pairs), answer.form, texts, shown)
        sys.exit(policy.combine(codes, ending.dropped))


def _pairs(before: str, after: str) -> Iterator[tuple[str, str | None]]:
    """Yield the pairs of files; None where the folder after has no file that belongs to it."""
    folders = os.path.isdir(before), os.path.isdir(after)
    if folders[0] != folders[1]:
        raise click.UsageError("BEFORE and AFTER are two files or two folders")
    if not folders[0]:
        yield before, after
        return
    there = dict.fromkeys(_below(after))
    by_stem: dict[str, list[str]] = {}
    for name in there:
        by_stem.setdefault(os.path.splitext(name)[0], []).append(name)
    for name in _below(before):
        partners = [name] if name in there else by_stem.get(os.path.splitext(name)[0], [])
        partner = os.path.join(after, partners[0]) if len(partners) == 1 else None
        yield os.path.join(before, name), partner


def _below(top: str) -> Iterator[str]:
    """Yield the paths of the files below a folder, relative to it, sorted."""
    for path in walk(top):
        if not isinstance(path, str):
            raise OneLineError(f"{path.filename}: {(path.strerror or '').lower()}")
        yield os.path.relpath(path, top)


def _compared(
    verifier: Verifier, pairs: list[tuple[str, str | None]], workers: ConfinedJobOptions | None
) -> Iterator[Comparison]:
    """Compare each pair: in other processes where there are workers, and nothing is decoded.

    Pixels and sound are decoded in a process of their own already, which no confined one can start.
    """
    if workers is None or verifier.pixels is not None:
        if workers is not None and typed("jobs"):
            raise click.UsageError("--jobs does not go with --pixels or --signal")
        for before, after in pairs:
            yield _compare_pair(verifier, before, after)
        return
    assert verifier.at is not None  # noqa: S101 - set by the verifier itself
    task = pairs_worker.PairTask(verifier.trust, verifier.at, workers.limits())
    yield from paired.compare_all(pairs, task, min(workers.count, len(pairs)))


def _print_comparisons(
    compared: Iterator[Comparison],
    count: int,
    form: str,
    texts: tuple[Text, ...],
    shown: SilentProgress,
) -> set[int]:
    """Compare and print each pair; return the exit codes that they call for."""
    lost = False
    losses = failed = 0
    pairs: list[Comparison] = []
    for pair in compared:
        said = answers(pair, texts)
        lost |= (
            any(a.outcome is PreservationOutcome.LOST for a in said) if texts else bool(pair.lost)
        )
        failed += bool(pair.error)
        losses += bool(pair.lost)
        shown.step()
        shown.clear()
        if form == "text":
            _print(pair, texts, more=count > 1)
        elif form == "jsonl":
            click.echo(json.dumps(comparisons.record(pair, said)))
        else:
            pairs.append(pair)
    if form == "text" and count > 1:
        click.echo("".join(part for _, part in comparisons.total_line(count, losses, failed)))
    elif form == "json":
        click.echo(json.dumps([comparisons.record(o, answers(o, texts)) for o in pairs], indent=2))
    elif form in {"junit", "sarif"}:
        click.echo({"junit": comparisons.junit, "sarif": comparisons.sarif}[form](pairs), nl=False)
    return {
        code for code, called in ((policy.EXIT_OTHER, lost), (policy.EXIT_ERROR, failed)) if called
    }


def _compare_pair(verifier: Verifier, before: str, after: str | None) -> Comparison:
    if after is None:
        why = "no file of that name after the pipeline"
        return comparison.Comparison(before, before, error=why)
    return comparison.compare(*(comparison.examine(verifier, path) for path in (before, after)))


def _print(pair: Comparison, texts: tuple[Text, ...], *, more: bool) -> None:
    printer = output.Printer(sys.stdout)
    printer.lines(comparisons.comparison_lines(pair))
    printer.lines(comparisons.answer_lines(answers(pair, texts)))
    if more:
        printer.line(())
