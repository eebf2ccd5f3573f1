"""`provenance audit`: many files, unattended."""

from __future__ import annotations

import os
import shlex
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

import provenance
from provenance.auditing import processes, run, statement_keys, task
from provenance.auditing import sources as reading
from provenance.base.errors import AuditError, reason_of
from provenance.base.text import printable_path
from provenance.base.values import dataclass
from provenance.render.formats import OutputFormat
from provenance_cli import attest, audit_run
from provenance_cli.common import FILE, AssetPath, CannotGoOnError, OneLineError, library_errors
from provenance_cli.declare import OptionGroup, changed, combined, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import (
    LIMITS,
    OUTPUT,
    ArchiveOptions,
    ConfinedJobOptions,
    CrossCheckOptions,
    ExitOptions,
    FilterOptions,
    FormatOptions,
    HashOptions,
    ListedFileOptions,
    PersonalDataOptions,
    PluginOptions,
    PolicyOptions,
    QuietOptions,
    ReadingOptions,
    RecursionOptions,
    RevocationOptions,
    TrustOptions,
    format_options,
)
from provenance_cli.option import Choice, typed
from provenance_cli.streams import output_failed
from provenance_cli.which import DigestOptions, FileChoiceOptions

if TYPE_CHECKING:
    from provenance.auditing.run import AuditWish
    from provenance.auditing.sources import Sources
    from provenance.auditing.statement_keys import SigningKey
    from provenance.auditing.task import FileLimits

_USAGE = frozenset({"plan.unreadable", "ledger.foreign"})  # of AuditError: exit 2, the rest 1
_LEAST_MEMORY = 16 << 20  # bytes; with less, ordinary files fail
_INTERRUPTED = 128  # exit codes above it name the signal that ended the run
_FORMATS = (
    OutputFormat("text", "", "a summary at the end"),
    OutputFormat("jsonl", "", "each record as it comes"),
)


@dataclass(frozen=True, slots=True)
class LedgerOptions(OptionGroup):
    """Where the answers go, and which of them are made again."""

    SECTION = "Ledger"

    ledger: str | None = option(
        "--ledger",
        once=True,
        metavar="FILE",
        type=FILE,
        help="Where the answers go: an SQLite database.",
    )
    recheck: str = option(
        "--recheck",
        once=True,
        type=Choice(["changed", "errors", "all"]),
        metavar="WHICH",
        default="changed",
        help="Which files of the ledger are judged again: changed, errors or all.",
    )
    by_digest: bool = option(
        "--by-digest", is_flag=True, help="Compare files with the ledger by SHA-256."
    )


@dataclass(frozen=True, slots=True)
class WorkerOptions(ConfinedJobOptions):
    """What workers may take."""

    SECTION = LIMITS

    show_isolation: bool = option(
        "--show-isolation",
        once=True,
        is_flag=True,
        help="Show what confines workers on this machine, and do nothing.",
    )


@dataclass(frozen=True, slots=True)
class ProgressOptions(QuietOptions):
    """What is said on standard error."""

    SECTION = OUTPUT

    progress: str = option(
        "--progress",
        type=Choice(["auto", "lines", "json", "none"]),
        metavar="HOW",
        default="auto",
        help="On standard error: auto (a terminal only), lines (for logs), json (for schedulers)"
        " or none.",
    )


@dataclass(frozen=True, slots=True)
class StatementOptions(OptionGroup):
    """The signature over a finished run."""

    SECTION = "Ledger"

    sign: str | None = option(
        "--sign",
        metavar="KEY.pem",
        type=FILE,
        help="Sign a statement over the finished run, next to the ledger.",
        once=True,
    )
    key_password_file: str | None = option(
        "--key-password-file",
        metavar="FILE",
        type=FILE,
        help="The password of --sign's key.",
        once=True,
    )


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What was asked for, group by group."""

    ledger: LedgerOptions
    digests: DigestOptions
    listed: ListedFileOptions
    which: FileChoiceOptions
    filters: FilterOptions
    answer: FormatOptions
    progress: ProgressOptions
    hashes: HashOptions
    personal: PersonalDataOptions
    ending: ExitOptions
    statement: StatementOptions
    policy: PolicyOptions
    plugins: PluginOptions
    second: CrossCheckOptions
    archives: ArchiveOptions
    trust: TrustOptions
    revocation: RevocationOptions
    reading: ReadingOptions
    workers: WorkerOptions


@command_(
    "audit",
    long=True,
    epilog="Exit codes: 3 AI, 4 broken or revoked, 5 flagged otherwise, 1 a file could not be"
    " examined or the audit not go on, 2 wrong usage, 130 interrupted, 0 none of these."
    "\n\nExample: provenance audit ./inbox --ledger inbox.ledger",
)
@click.argument("paths", nargs=-1, metavar="PATH...", type=AssetPath())
@takes_options(
    recursive=changed(
        RecursionOptions, recursive={"help": "Needless: directories are always gone through."}
    ),
    asked=combined(
        AuditOptions,
        ledger=LedgerOptions,
        digests=DigestOptions,
        statement=StatementOptions,
        listed=ListedFileOptions,
        filters=FilterOptions,
        which=FileChoiceOptions,
        answer=format_options(*_FORMATS, was={"summary": "text"}),
        progress=changed(ProgressOptions, quiet={"help": "No progress and no summary."}),
        hashes=HashOptions,
        personal=PersonalDataOptions,
        ending=ExitOptions,
        policy=PolicyOptions,
        plugins=PluginOptions,
        second=CrossCheckOptions,
        archives=ArchiveOptions,
        trust=TrustOptions,
        revocation=RevocationOptions,
        reading=ReadingOptions,
        workers=WorkerOptions,
    ),
)
def audit_command(
    *, paths: tuple[str, ...], recursive: RecursionOptions, asked: AuditOptions
) -> None:
    """Go through many files, and write each answer into a ledger.

    PATH is a file, a folder with all below, or a pattern. The same command goes on where an
    interrupted one stood.
    """
    del recursive
    sources = _sources(paths, asked)
    try:
        with library_errors(AuditError):
            code = _run_audit(asked, sources)
    except AuditError as e:
        if e.code in _USAGE:
            raise OneLineError(str(e)) from e
        raise CannotGoOnError(str(e)) from e
    except OSError as e:
        if not output_failed():
            raise
        raise CannotGoOnError(f"standard output cannot be written: {reason_of(e)}") from e
    sys.exit(code)


def _ledger_for(paths: tuple[str, ...]) -> str:
    """Return the name of a ledger to suggest: that of the first folder or file, here."""
    first = os.path.basename(os.path.abspath(paths[0])) if paths else ""
    return shlex.quote(f"{printable_path(first) or 'audit'}.ledger")


def _sources(paths: tuple[str, ...], asked: AuditOptions) -> reading.Sources:
    """Say what the audit goes through; refuse what cannot be meant."""
    listed, which = asked.listed, asked.which
    named = paths or listed.files_from or which.manifest
    if not asked.workers.show_isolation:
        if not named:
            raise click.UsageError("nothing to go through: give PATH, --files-from or --manifest")
        if not asked.ledger.ledger:
            raise click.UsageError(
                f"say where to write the answers, for example --ledger {_ledger_for(paths)}"
            )
    if listed.null and listed.files_from is None:
        raise click.UsageError("-0 goes with --files-from")
    if asked.ledger.by_digest and asked.digests.digest == "none":
        raise click.UsageError("--by-digest needs digests: not --digest none")
    if asked.ledger.ledger == "-":
        raise click.UsageError("--ledger - is not a file: answers go into a database, see --format")
    which.check()
    asked.workers.check()
    if "-" in (listed.files_from, which.manifest):
        if listed.files_from == which.manifest:
            raise click.UsageError("standard input is one list: --files-from or --manifest")
        if sys.stdin is None:
            raise click.UsageError("standard input is closed")
    return reading.Sources(
        paths=paths,
        files_from=listed.files_from,
        null=listed.null,
        manifest=which.manifest,
        column=which.path_column,
        follow_links=which.follow_links,
    )


def _run_audit(asked: AuditOptions, sources: Sources) -> int:
    limits = asked.workers.limits()
    wish = _wish(asked, sources)
    if asked.workers.show_isolation:
        return _show_isolation(wish, limits)

    key = _signing_key(asked.statement)
    path = asked.ledger.ledger
    assert path is not None  # noqa: S101 - see _sources
    quiet = asked.progress.quiet
    progress = "none" if quiet and not typed("progress") else asked.progress.progress
    show = audit_run.Show(asked.answer.form, progress, asked.ending.dropped, quiet)
    code = audit_run.run_audit(wish, path, asked.workers.count, limits, show)
    if key is not None and code <= _INTERRUPTED:
        attest.sign_ledger(path, key, err=asked.answer.form == "jsonl")
    return code


def _signing_key(statement: StatementOptions) -> SigningKey | None:
    """Read the key before the first file: what cannot sign at the end stops the run now."""
    if statement.sign is None:
        if statement.key_password_file is not None:
            raise click.UsageError("--key-password-file goes with --sign")
        return None

    return statement_keys.load_signing_key(statement.sign, statement.key_password_file)


def _wish(asked: AuditOptions, sources: Sources) -> run.AuditWish:
    reading.check_sources(sources)
    policy, trust = asked.policy.load(), asked.trust.load()
    asked.revocation.check()
    which, filters = asked.which, asked.filters
    return run.AuditWish(
        sources=sources,
        filters=which.kept(filters),
        policy=policy,
        trust=trust,
        at=asked.trust.at,
        options=provenance.Options(
            hashes=asked.hashes.hashes,
            max_size=asked.reading.max_size,
            show_personal_data=asked.personal.show_personal_data,
            plugins=not asked.plugins.no_plugins,
            crls=tuple(os.path.abspath(path) for path in asked.revocation.crls),
            ocsp=asked.revocation.ocsp,
            cross_check=provenance.CrossCheck(asked.second.cross_check),
            archives=asked.archives.limits(),
        ),
        digest=task.DigestMode(asked.digests.digest),
        media_types=filters.media_types(),
        recheck=task.Recheck(asked.ledger.recheck),
        by_digest=asked.ledger.by_digest,
    )


def _show_isolation(wish: AuditWish, limits: FileLimits) -> int:
    task, _ = run.task_of(wish, wish.at or datetime.now(UTC))
    for measure in processes.Processes(1, limits).probe(task):
        click.echo(f"{measure.name:18} {'on' if measure.on else 'OFF':4} {measure.says}")
    return 0
