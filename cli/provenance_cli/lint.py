"""`provenance lint`: what a vendor's product emits, held against rules."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from provenance_cli.common import (
    FILE,
    AssetPath,
    OneLineError,
    library_errors,
    load_trust,
    trust_options,
)
from provenance_cli.lint_options import Request, finish, lint_options, request, tamper

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from provenance.linting.evaluate import LintReport
    from provenance.linting.model import Profile
    from provenance.verdict.verifier import Verifier


_HEAD = 4096  # bytes that tell crJSON from another document


@click.command(
    "lint",
    epilog="Exit codes: 3 a rule of the chosen severity fails, 1 a file could not be examined, 2"
    " wrong usage, 0 none of these.\n\nExample: provenance lint --profile integrity photo.jpg",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("paths", nargs=-1, metavar="FILE...", type=AssetPath())
@click.option("-r", "--recursive", is_flag=True, help="Go through directories.")
@lint_options
@click.option(
    "--crjson",
    metavar="OUT",
    type=FILE,
    help="Write the crJSON of the single FILE to OUT; without FILE, judge the document OUT.",
)
@trust_options
@click.option("--sidecar", metavar="FILE", help="The manifest store of a single FILE.")
@click.option(
    "--fragments", multiple=True, metavar="GLOB", help="Media segments of a fragmented MP4 FILE."
)
def command(**options: Any) -> None:
    """Hold files against rules: the C2PA conformance programme, laws and codes, traps.

    FILE is a media file or a crJSON document, which is told by its content. `provenance rules`
    lists the profiles and their rules.
    """
    paths = _check(options)
    with library_errors():
        from provenance.linting import catalogue  # noqa: PLC0415 - not for --help

        asked = request(options)
        verifier = _verifier(asked, options["at"])
        if options["tamper"]:
            sys.exit(tamper(paths, verifier, asked))
        profiles = catalogue.profiles(asked.profiles)
        asked.selection.check(profiles)
        reports = list(_reports(verifier, paths, profiles, options))
        code = finish(reports, asked, single=len(reports) == 1 and not options["recursive"])
    sys.exit(code)


def _check(options: dict[str, Any]) -> tuple[str, ...]:
    """Refuse what cannot be meant; return the files to judge."""
    paths: tuple[str, ...] = options["paths"]
    if options["crjson"] == "-":
        raise click.UsageError("for crJSON on standard output: provenance verify --format crjson")
    if not paths and options["crjson"]:
        _check_document(options["crjson"])
        paths, options["crjson"] = (options["crjson"],), None
    if not paths:
        raise click.UsageError("no FILE given")
    single = len(paths) == 1 and not options["recursive"]
    if not single and (options["crjson"] or options["sidecar"] or options["fragments"]):
        raise click.UsageError("--crjson, --sidecar and --fragments go with a single FILE")
    if options["recursive"]:
        from provenance_cli.verify import walk  # noqa: PLC0415 - not for --help

        trees = (walk(p) if os.path.isdir(p) else (p,) for p in paths)
        # A folder that cannot be listed stands for itself, and gets a record that says so.
        found = (n if isinstance(n, str) else str(n.filename) for tree in trees for n in tree)
        paths = tuple(dict.fromkeys(found))
        if not paths:  # a run that looked at nothing must not look like one that passed
            raise click.UsageError("there is no file to judge")
    return paths


def _check_document(path: str) -> None:
    """Refuse what is no crJSON where a document is asked for: a media file would pass for one."""
    from provenance.base.errors import reason_of  # noqa: PLC0415 - as above
    from provenance.linting.crjson import read as crjson_read  # noqa: PLC0415 - rarely asked for

    if not os.path.isfile(path):
        return  # its record says so
    try:
        with open(path, "rb") as there:
            head = there.read(_HEAD)
    except OSError as e:
        raise OneLineError(f"--crjson {path}: {reason_of(e)}") from e
    if not crjson_read.looks_like(head):
        raise OneLineError(f"--crjson {path}: this is no crJSON; give a media file as FILE")


def _verifier(asked: Request, at: datetime | None) -> Verifier:
    from provenance.base.options import Options  # noqa: PLC0415 - not for --help
    from provenance.verdict.verifier import Verifier  # noqa: PLC0415 - not for --help

    trust = None
    if asked.trust_anchors or asked.tsa_anchors or asked.no_bundled_trust:
        trust = load_trust(asked.trust_anchors, asked.tsa_anchors, asked.no_bundled_trust)
    return Verifier(trust=trust, at=at, options=Options(digest=False))


def _reports(
    verifier: Verifier,
    paths: Sequence[str],
    profiles: Sequence[Profile],
    options: dict[str, Any],
) -> Iterator[LintReport]:
    from provenance.linting import evaluate  # noqa: PLC0415 - not for --help
    from provenance_cli.verify import matching  # noqa: PLC0415 - not for --help

    fragments = matching(options["fragments"])
    for path in paths:
        found = evaluate.lint(
            path, profiles, verifier, sidecar=options["sidecar"], fragments=fragments
        )
        if options["crjson"] and found.document is not None:
            _write(options["crjson"], path, found.document)
        yield from found.reports


def _write(path: str, source: str, document: dict[str, Any]) -> None:
    """Write a document; a file that is there and no crJSON is left alone, whatever was meant."""
    from provenance.linting.crjson import read as crjson_read  # noqa: PLC0415 - rarely asked for
    from provenance.linting.crjson import write as crjson  # noqa: PLC0415 - as above

    try:
        if os.path.isfile(path):
            if os.path.samefile(path, source):
                raise OneLineError(f"--crjson {path}: this is the file that is judged")
            with open(path, "rb") as there:
                head = there.read(_HEAD)
            if head and not (crjson_read.looks_like(head) and b'"manifests"' in head):
                raise OneLineError(f"--crjson {path}: there is a file that is no crJSON")
        with open(path, "w", encoding="ascii", newline="\n") as out:
            out.write(crjson.text(document))
    except OSError as e:
        from provenance.base.errors import reason_of  # noqa: PLC0415 - rare

        raise OneLineError(f"--crjson {path}: {reason_of(e)}") from e
