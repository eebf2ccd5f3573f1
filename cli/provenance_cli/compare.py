"""`provenance compare`: what a pipeline did to the evidence of files."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from provenance.verdict.preservation import TEXTS, Outcome, answers
from provenance_cli.common import FILE, OneLineError, library_errors, load_trust, trust_options
from provenance_cli.decoding import decoding_options, reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from provenance.verdict.comparison import Comparison
    from provenance.verdict.preservation import Text
    from provenance.verdict.verifier import Verifier

EXIT_LOST, EXIT_ERROR = 5, 1
_FORMATS = ("text", "json", "jsonl", "junit", "sarif")


@click.command(
    "compare",
    epilog="Exit codes: 5 evidence was lost or changed (with --rules: what they are about),"
    " 1 a pair could not be compared, 2 wrong usage, 0 none of these.\n\n"
    "Example: provenance compare uploads/ served/",
)
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    help="text: for people; json: an array; jsonl: a pair a line; junit, sarif: for CI servers.",
)
@click.option(
    "--rules",
    "names",
    multiple=True,
    type=click.Choice([text.name for text in TEXTS]),
    help="Ask what a law or code says about removing provenance data. Not legal advice.",
)
@trust_options
@decoding_options
@click.option("--exit-zero", is_flag=True, help="Exit 0 instead of 5.")
def command(
    before: str,
    after: str,
    form: str,
    names: tuple[str, ...],
    at: datetime | None,
    exit_zero: bool,
    **options: Any,
) -> None:
    """Compare BEFORE with AFTER, and say which evidence of origin was kept, changed, lost or added.

    Both are files, or both folders: then files are paired by their path below the folder, and where
    there is none, by the same name with another ending. Nothing is compared by the picture.
    """
    texts = tuple(text for text in TEXTS if text.name in names)
    with library_errors():
        verifier = _verifier(options, at)
        pairs = list(_pairs(before, after))
        code = _run(verifier, pairs, form, texts)
    sys.exit(0 if exit_zero and code == EXIT_LOST else code)


def _verifier(options: dict[str, Any], at: datetime | None) -> Verifier:
    from provenance.base.options import Options  # noqa: PLC0415 - not for --help
    from provenance.verdict.policy import Policy  # noqa: PLC0415 - as above
    from provenance.verdict.verifier import Verifier  # noqa: PLC0415 - as above

    named = {key: options[key] for key in ("trust_anchors", "tsa_anchors", "no_bundled_trust")}
    trust = load_trust(**named) if any(named.values()) else None
    return Verifier(Policy(), trust, at, Options(), reader(options))


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
        found = [name] if name in there else by_stem.get(os.path.splitext(name)[0], [])
        one = os.path.join(after, found[0]) if len(found) == 1 else None
        yield os.path.join(before, name), one


def _below(top: str) -> Iterator[str]:
    """Yield the paths of the files below a folder, relative to it, sorted."""
    from provenance_cli.verify import walk  # noqa: PLC0415 - for folders alone

    for path in walk(top):
        if not isinstance(path, str):
            raise OneLineError(f"{path.filename}: {(path.strerror or '').lower()}")
        yield os.path.relpath(path, top)


def _run(
    verifier: Verifier, pairs: list[tuple[str, str | None]], form: str, texts: tuple[Text, ...]
) -> int:
    from provenance.render import comparisons as render  # noqa: PLC0415 - not for --help

    lost = failed = False
    made: list[Comparison] = []
    for before, after in pairs:
        one = _compared(verifier, before, after)
        said = answers(one, texts)
        lost |= any(a.outcome is Outcome.LOST for a in said) if texts else bool(one.lost)
        failed |= bool(one.error)
        if form == "text":
            _print(one, texts, more=len(pairs) > 1)
            made.append(one)
        elif form == "jsonl":
            click.echo(json.dumps(render.record(one, said)))
        else:
            made.append(one)
    if form == "text" and len(pairs) > 1:
        click.echo("".join(part for _, part in render.total_line(made)))
    elif form == "json":
        click.echo(json.dumps([render.record(o, answers(o, texts)) for o in made], indent=2))
    elif form in {"junit", "sarif"}:
        click.echo({"junit": render.junit, "sarif": render.sarif}[form](made), nl=False)
    return EXIT_LOST if lost else EXIT_ERROR if failed else 0


def _compared(verifier: Verifier, before: str, after: str | None) -> Comparison:
    from provenance.verdict import comparison  # noqa: PLC0415 - not for --help

    if after is None:
        why = "no file of that name after the pipeline"
        return comparison.Comparison(before, before, error=why)
    return comparison.compare(*(comparison.examine(verifier, one) for one in (before, after)))


def _print(one: Comparison, texts: tuple[Text, ...], *, more: bool) -> None:
    from provenance.render import comparisons as render  # noqa: PLC0415 - not for --help
    from provenance_cli.output import Printer  # noqa: PLC0415 - as above

    printer = Printer(sys.stdout)
    printer.lines(render.lines(one))
    printer.lines(render.answer_lines(answers(one, texts)))
    if more:
        printer.line(())
