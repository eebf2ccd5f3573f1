"""`provenance audit`: many files, unattended."""

from __future__ import annotations

import math
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from provenance_cli.common import (
    AssetPath,
    HashNames,
    Moment,
    OneLineError,
    Size,
    archive_limits,
    archive_options,
    cawg_option,
    cross_check_option,
    library_errors,
    load_trust,
    trust_options,
)
from provenance_cli.streams import output_failed

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.auditing.keys import SigningKey
    from provenance.auditing.model import Limits
    from provenance.auditing.run import Wish
    from provenance.auditing.sources import Sources

_USAGE = frozenset({"plan.unreadable", "ledger.foreign"})  # of AuditError: exit 2, the rest 1
_LEAST_MEMORY = 16 << 20  # bytes; with less, ordinary files fail
_RANGES = (  # the least and the most that a file may be
    ("larger_than", "smaller_than"),
    ("modified_since", "modified_until"),
)
_INTERRUPTED = 128  # exit codes above it name the signal that ended the run


class CannotGoOnError(OneLineError):
    """What ends an audit before its time: one line, exit 1."""

    exit_code = 1


def _files(command: Any) -> Any:
    """Add the options that say which files."""
    for option in reversed(
        (
            click.option("--files-from", metavar="FILE", help="Read names from FILE; - for stdin."),
            click.option("-0", "--null", is_flag=True, help="Names in --files-from end with NUL."),
            click.option("--manifest", metavar="FILE", help="A CSV or JSONL table of files."),
            click.option(
                "--path-column",
                default="path",
                metavar="NAME",
                show_default=True,
                help="The column or key of --manifest that holds paths.",
            ),
            click.option("--follow-links", is_flag=True, help="Go through links to folders."),
            click.option("--include", multiple=True, metavar="PATTERN", help="Only such names."),
            click.option("--exclude", multiple=True, metavar="PATTERN", help="No such names."),
            click.option(
                "--type",
                "types",
                multiple=True,
                metavar="TYPE",
                help="Only such content: image, video, audio, image/png ...",
            ),
            click.option("--larger-than", type=Size(), help="Only files of this size or more."),
            click.option("--smaller-than", type=Size(), help="Only files of this size or less."),
            click.option("--modified-since", type=Moment(), help="Only files changed since then."),
            click.option("--modified-until", type=Moment(), help="Only files changed until then."),
        )
    ):
        command = option(command)
    return command


def _limits(command: Any) -> Any:
    """Add the options that say what workers may take."""
    for option in reversed(
        (
            click.option(
                "-j",
                "--workers",
                type=click.IntRange(1, 1024),
                help="Worker processes; one a processor.",
            ),
            click.option(
                "--timeout",
                type=click.FloatRange(0.1, 86400.0),
                default=60.0,
                show_default=True,
                help="Seconds a file, and one more for each 16 MiB.",
            ),
            click.option(
                "--max-memory",
                type=Size(),
                default=2 << 30,
                help="Memory of a worker beyond its own, 2G if not given.",
            ),
            click.option(
                "--show-isolation",
                is_flag=True,
                help="Show what confines workers on this machine, and do nothing.",
            ),
        )
    ):
        command = option(command)
    return command


@click.command(
    "audit",
    epilog="Exit codes: 3 AI, 4 broken or revoked, 5 flagged otherwise, 1 a file could not be"
    " examined or the audit not go on, 2 wrong usage, 130 interrupted, 0 none of these."
    "\n\nExample: provenance audit ./inbox --ledger inbox.ledger",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("paths", nargs=-1, metavar="PATH...", type=AssetPath())
@click.option("--ledger", metavar="FILE", help="Where the answers go: an SQLite database.")
@_files
@click.option(
    "--recheck",
    type=click.Choice(["changed", "errors", "all"]),
    default="changed",
    show_default=True,
    help="Which files of the ledger are judged again.",
)
@click.option(
    "--digest",
    type=click.Choice(["evidence", "all", "none"]),
    default="evidence",
    show_default=True,
    help="Of which files SHA-256 is taken.",
)
@click.option("--by-digest", is_flag=True, help="Compare files with the ledger by SHA-256.")
@click.option("--policy", metavar="FILE", help="What flags a file, instead of the default.")
@click.option(
    "--hash",
    "hashes",
    type=HashNames(),
    default=(),
    metavar="NAMES",
    help="Further digests beside SHA-256: md5,sha1,sha512.",
)
@trust_options
@cawg_option
@cross_check_option
@click.option("--crl", "crls", multiple=True, metavar="FILE", help="A certificate revocation list.")
@click.option("--ocsp", is_flag=True, help="NETWORK: ask signers' own responders.")
@archive_options
@click.option("--max-size", type=Size(), help="Do not open larger files: an error each.")
@_limits
@click.option(
    "--format",
    "form",
    type=click.Choice(["summary", "jsonl"]),
    default="summary",
    help="On standard output: a summary at the end, or each record as it comes.",
)
@click.option(
    "--progress",
    type=click.Choice(["auto", "json", "none"]),
    default="auto",
    help="On standard error: for a person or a scheduler.",
)
@click.option(
    "--sign", metavar="KEY.pem", help="Sign a statement over the finished run, beside the ledger."
)
@click.option("--key-password-file", metavar="FILE", help="The password of --sign's key.")
@click.option("--show-personal-data", is_flag=True, help="Keep titles and descriptions.")
@click.option("--no-plugins", is_flag=True, help="Leave out third-party detectors.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 instead of 3, 4 and 5.")
def command(**options: Any) -> None:
    """Go through many files, and write each answer into a ledger.

    PATH is a file, a folder with all below, or a pattern. The same command goes on where an
    interrupted one stood.
    """
    from provenance.base.errors import AuditError, reason_of  # noqa: PLC0415 - not for --help

    sources = _sources(options)
    try:
        with library_errors(AuditError):
            code = _run(options, sources)
    except AuditError as e:
        if e.code in _USAGE:
            raise OneLineError(str(e)) from e
        raise CannotGoOnError(str(e)) from e
    except OSError as e:
        if not output_failed():
            raise
        raise CannotGoOnError(f"standard output cannot be written: {reason_of(e)}") from e
    sys.exit(code)


def _sources(options: dict[str, Any]) -> Sources:
    """Say what the audit goes through; refuse what cannot be meant."""
    from provenance.auditing.sources import Sources  # noqa: PLC0415 - not for --help

    named = options["paths"] or options["files_from"] or options["manifest"]
    if not options["show_isolation"]:
        if not named:
            raise click.UsageError("nothing to go through: give PATH, --files-from or --manifest")
        if not options["ledger"]:
            raise click.UsageError("no --ledger FILE given: the answers need a place")
    if options["null"] and options["files_from"] is None:
        raise click.UsageError("-0 goes with --files-from")
    if options["by_digest"] and options["digest"] == "none":
        raise click.UsageError("--by-digest needs digests: not --digest none")
    if options["ledger"] == "-":
        raise click.UsageError("--ledger - is no file: answers go into a database, see --format")
    for least, most in _RANGES:
        if None not in (options[least], options[most]) and options[least] > options[most]:
            both = f"--{least} and --{most}".replace("_", "-")
            raise click.UsageError(f"{both} as given leave no file")
    if options["max_memory"] < _LEAST_MEMORY:
        raise click.UsageError("--max-memory: less than 16M is too little for ordinary files")
    if "-" in (options["files_from"], options["manifest"]):
        if options["files_from"] == options["manifest"]:
            raise click.UsageError("standard input is one list: --files-from or --manifest")
        if sys.stdin is None:
            raise click.UsageError("standard input is closed")
    if math.isnan(options["timeout"]):
        raise click.UsageError("--timeout has to be a number")
    return Sources(
        paths=options["paths"],
        files_from=options["files_from"],
        null=options["null"],
        manifest=options["manifest"],
        column=options["path_column"],
        follow_links=options["follow_links"],
    )


def _run(options: dict[str, Any], sources: Sources) -> int:
    from provenance.auditing.model import Limits  # noqa: PLC0415 - not for --help

    limits = Limits(timeout=options["timeout"], memory=options["max_memory"])
    wish = _wish(options, sources)
    if options["show_isolation"]:
        return _show_isolation(wish, limits)
    from provenance.verdict.policy import EXIT_FLAGGED  # noqa: PLC0415 - as above
    from provenance_cli import audit_run  # noqa: PLC0415 - as above

    key = _signing_key(options)
    dropped = EXIT_FLAGGED if options["exit_zero"] else frozenset()
    show = audit_run.Show(options["form"], options["progress"], dropped)
    workers = options["workers"] or _processors()
    code = audit_run.run(wish, options["ledger"], workers, limits, show)
    if key is not None and code <= _INTERRUPTED:
        from provenance_cli.attest import sign_ledger  # noqa: PLC0415 - where asked for

        sign_ledger(options["ledger"], key, err=options["form"] == "jsonl")
    return code


def _signing_key(options: dict[str, Any]) -> SigningKey | None:
    """Read the key before the first file: what cannot sign at the end stops the run now."""
    if options["sign"] is None:
        if options["key_password_file"] is not None:
            raise click.UsageError("--key-password-file goes with --sign")
        return None
    from provenance.auditing.keys import load_signing_key  # noqa: PLC0415 - loads cryptography

    return load_signing_key(options["sign"], options["key_password_file"])


def _wish(options: dict[str, Any], sources: Sources) -> Wish:
    from provenance.auditing import sources as reading  # noqa: PLC0415 - not for --help
    from provenance.auditing.model import DigestMode, Recheck  # noqa: PLC0415 - not for --help
    from provenance.auditing.plan import Filters  # noqa: PLC0415 - not for --help
    from provenance.auditing.run import Wish  # noqa: PLC0415 - not for --help
    from provenance.base.options import CrossCheck, Options  # noqa: PLC0415 - not for --help
    from provenance.verdict.policy import Policy  # noqa: PLC0415 - not for --help

    reading.check(sources)
    policy = Policy() if options["policy"] is None else Policy.load(options["policy"])
    trust = load_trust(
        options["trust_anchors"],
        options["tsa_anchors"],
        options["no_bundled_trust"],
        options["cawg_anchors"],
    )
    if options["crls"]:
        from provenance.signing import crl  # noqa: PLC0415 - rarely asked for

        for path in options["crls"]:
            crl.load(path)  # what cannot be read stops the run before its first file
    return Wish(
        sources=sources,
        filters=Filters(
            min_size=options["larger_than"],
            max_size=options["smaller_than"],
            after_ns=_nanoseconds(options["modified_since"]),
            before_ns=_nanoseconds(options["modified_until"]),
            include=options["include"],
            exclude=options["exclude"],
        ),
        policy=policy,
        trust=trust,
        at=options["at"],
        options=Options(
            hashes=options["hashes"],
            max_size=options["max_size"],
            show_personal_data=options["show_personal_data"],
            plugins=not options["no_plugins"],
            crls=tuple(os.path.abspath(path) for path in options["crls"]),
            ocsp=options["ocsp"],
            cross_check=CrossCheck(options["cross_check"]),
            archives=archive_limits(options),
        ),
        digest=DigestMode(options["digest"]),
        media_types=tuple(map(_media_type, options["types"])),
        recheck=Recheck(options["recheck"]),
        by_digest=options["by_digest"],
    )


def _media_type(value: str) -> str:
    """Return a media type, or a kind of them as `image/`; refuse what no file is told to be of."""
    from provenance.auditing.media_types import FAMILIES, KINDS, KNOWN  # noqa: PLC0415 - as above

    wanted = value.lower()
    kind, _, rest = wanted.partition("/")
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise click.UsageError(f"--type {value!r}: give {known}, or a whole type as image/png")
    if not rest:
        return f"{kind}/"
    if wanted in KNOWN or any(wanted.startswith(f) and wanted != f for f in FAMILIES):
        return wanted
    known = ", ".join(one for one in (*KNOWN, *(f"{f}*" for f in FAMILIES)) if one.startswith(kind))
    raise click.UsageError(f"--type {value!r} is not known; known are {known}")


def _nanoseconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp()) * 1_000_000_000


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _show_isolation(wish: Wish, limits: Limits) -> int:
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    from provenance.auditing.processes import Processes  # noqa: PLC0415 - not for --help
    from provenance.auditing.run import task_of  # noqa: PLC0415 - not for --help

    task, _ = task_of(wish, wish.at or datetime.now(UTC))
    for measure in Processes(1, limits).probe(task):
        click.echo(f"{measure.name:18} {'on' if measure.on else 'OFF':4} {measure.says}")
    return 0
