"""`provenance lint`: what a vendor's product emits, held against rules."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

import provenance
from provenance.auditing import examine, plan, task
from provenance.base.errors import reason_of
from provenance.base.values import dataclass
from provenance.linting import evaluate, rule_catalogue
from provenance.linting.crjson import crjson_parsing
from provenance.linting.crjson import crjson_writing as crjson
from provenance.render import formats
from provenance_cli import progress, verify
from provenance_cli.common import FILE, AssetPath, OneLineError, library_errors, walked
from provenance_cli.declare import OptionGroup, changed, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import (
    OUTPUT,
    FilterOptions,
    FormatOptions,
    FragmentOptions,
    QuietOptions,
    RecursionOptions,
    SidecarOptions,
    TrustOptions,
    format_options,
)
from provenance_cli.lint_options import RuleOptions, finish, request, tamper
from provenance_cli.option import typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.linting.evaluate import LintReport
    from provenance.linting.rule import RuleProfile
    from provenance.verdict.verifier import Verifier
    from provenance_cli.progress import SilentProgress


_HEAD = 4096  # bytes that tell crJSON from another document


@dataclass(frozen=True, slots=True)
class DocumentOptions(OptionGroup):
    """A document of the credential."""

    SECTION = OUTPUT

    crjson: str | None = option(
        "--crjson",
        once=True,
        metavar="OUT",
        type=FILE,
        help="Write the crJSON of the single FILE to OUT; without FILE, judge the document OUT.",
    )


@dataclass(frozen=True, slots=True)
class LintedFiles:
    """What is judged."""

    paths: tuple[str, ...]
    crjson: str | None
    sidecar: str | None
    fragments: tuple[str, ...]


@command_(
    "lint",
    long=True,
    epilog="Exit codes: 3 a rule of the chosen severity fails, 1 a file could not be examined, 2"
    " wrong usage, 0 none of these.\n\nExample: provenance lint --profile integrity photo.jpg",
)
@click.argument("paths", nargs=-1, metavar="FILE...", type=AssetPath())
@takes_options(
    recursive=RecursionOptions,
    filters=changed(
        FilterOptions,
        include={"help": "With -r: only such names."},
        exclude={"help": "With -r: no such names."},
        types={"help": "With -r: only such content: image, video, audio, image/png ..."},
    ),
    sidecar=SidecarOptions,
    fragments=FragmentOptions,
    rules=RuleOptions,
    answer=format_options(*formats.LINT),
    document=DocumentOptions,
    quiet=QuietOptions,
    trust=TrustOptions,
)
def lint_command(  # noqa: PLR0913 - a group of options each
    *,
    paths: tuple[str, ...],
    recursive: RecursionOptions,
    filters: FilterOptions,
    sidecar: SidecarOptions,
    fragments: FragmentOptions,
    rules: RuleOptions,
    answer: FormatOptions,
    document: DocumentOptions,
    quiet: QuietOptions,
    trust: TrustOptions,
) -> None:
    """Check files against rules: the C2PA conformance programme, laws and codes, traps.

    FILE is a media file or a crJSON document, which is told by its content. `provenance rules`
    lists the profiles and their rules.
    """
    asked = _check(
        LintedFiles(paths, document.crjson, sidecar.sidecar, fragments.fragments),
        recursive,
        filters,
    )
    with library_errors():
        wanted = request(rules, answer.form)
        verifier = provenance.Verifier(
            trust=trust.load_own(), at=trust.at, options=provenance.Options(digest=False)
        )
        if rules.tamper:
            sys.exit(tamper(asked.paths, verifier, wanted))
        profiles = rule_catalogue.profiles_named(wanted.profiles)
        wanted.selection.check(profiles)
        with progress.showing(len(asked.paths), quiet=quiet.quiet) as shown:
            reports = list(_reports(verifier, asked, profiles, shown))
        code = finish(reports, wanted, single=len(reports) == 1 and not recursive.recursive)
    sys.exit(code)


def _check(asked: LintedFiles, recursive: RecursionOptions, filters: FilterOptions) -> LintedFiles:
    """Refuse what cannot be meant; return what to judge."""
    if asked.crjson == "-":
        raise click.UsageError("for crJSON on standard output: provenance verify --format crjson")
    if not asked.paths and asked.crjson:
        _check_document(asked.crjson)
        asked = replace(asked, paths=(asked.crjson,), crjson=None)
    if not asked.paths:
        raise click.UsageError("no FILE given")
    single = len(asked.paths) == 1 and not recursive.recursive
    if not single and (asked.crjson or asked.sidecar or asked.fragments):
        raise click.UsageError("--crjson, --sidecar and --fragments go with a single FILE")
    if not recursive.recursive:
        if typed("include", "exclude", "types"):
            raise click.UsageError("--include, --exclude and --type go with -r")
        return asked
    paths = _kept(walked(asked.paths), set(asked.paths), filters)
    if not paths:  # a run that looked at nothing must not look like one that passed
        raise click.UsageError("there is no file to judge")
    return replace(asked, paths=paths)


def _kept(paths: Sequence[str], named: set[str], filters: FilterOptions) -> tuple[str, ...]:
    """Return the files that the filters mean; what was named itself is always meant."""
    types = filters.media_types()
    if not (types or filters.include or filters.exclude):
        return tuple(paths)

    names = plan.Filters(include=filters.include, exclude=filters.exclude)

    def is_meant(path: str) -> bool:
        if os.path.isdir(path):  # one that cannot be listed, which has to be said
            return True
        return names.keep(task.Planned(path)) and (
            not types or examine.is_wanted(path, types, opening=False)
        )

    return tuple(path for path in paths if path in named or is_meant(path))


def _check_document(path: str) -> None:
    """Refuse what is no crJSON where a document is asked for: a media file would pass for one."""
    if not os.path.isfile(path):
        return  # its record says so
    try:
        with open(path, "rb") as there:
            head = there.read(_HEAD)
    except OSError as e:
        raise OneLineError(f"--crjson {path}: {reason_of(e)}") from e
    if not crjson_parsing.looks_like(head):
        raise OneLineError(f"--crjson {path}: this is not crJSON; give a media file as FILE")


def _reports(
    verifier: Verifier, asked: LintedFiles, profiles: Sequence[RuleProfile], shown: SilentProgress
) -> Iterator[LintReport]:
    fragments = verify.matching(asked.fragments)
    for path in asked.paths:
        linted = evaluate.lint_file(
            path, profiles, verifier, sidecar=asked.sidecar, fragments=fragments
        )
        if asked.crjson and linted.document is not None:
            _write(asked.crjson, path, linted.document)
        shown.step()
        yield from linted.reports


def _write(path: str, source: str, document: dict[str, Any]) -> None:
    """Write a document; a file that is there and no crJSON is left alone, whatever was meant."""
    try:
        if os.path.isfile(path):
            if os.path.samefile(path, source):
                raise OneLineError(f"--crjson {path}: this is the file that is judged")
            with open(path, "rb") as there:
                head = there.read(_HEAD)
            if head and not (crjson_parsing.looks_like(head) and b'"manifests"' in head):
                raise OneLineError(f"--crjson {path}: there is a file that is not crJSON")
        with open(path, "w", encoding="ascii", newline="\n") as out:
            out.write(crjson.crjson_text(document))
    except OSError as e:
        raise OneLineError(f"--crjson {path}: {reason_of(e)}") from e
