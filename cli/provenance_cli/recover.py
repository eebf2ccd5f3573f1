"""`provenance recover`: find the credential that a file has lost."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

import provenance
from provenance.base import files
from provenance.base.terms import Origin, Revocation
from provenance.base.values import dataclass
from provenance.marks import declared, iscc_seq
from provenance.recover import client, recovery_report, resolution
from provenance.recover import recovery as recovering
from provenance.render import recovery_text, schemas
from provenance.verdict import policy
from provenance_cli import output, progress
from provenance_cli.common import FILE, AssetPath, OneLineError, library_errors, shown_path
from provenance_cli.declare import OptionGroup, changed, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import (
    OUTPUT,
    DecodingOptions,
    ExitOptions,
    FormatOptions,
    QuietOptions,
    TrustOptions,
    new_file,
)

if TYPE_CHECKING:
    from provenance.recover.recovery_report import Recovery
    from provenance.recover.resolution import Resolver

_MAX_TOKEN = 16 * 1024
_MAX_BINDING = 64 * 1024


def _schema(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    del param
    if value and not ctx.resilient_parsing:
        click.echo(schemas.schema_text("recovery"), nl=False)
        ctx.exit()


@dataclass(frozen=True, slots=True)
class AskingOptions(OptionGroup):
    """Who is asked, and what for."""

    SECTION = "Repository"

    repository: str = option(
        "--repository",
        required=True,
        metavar="URL|DIR",
        once=True,
        help="NETWORK where it is an address: a Soft Binding Resolution API. Or a local folder.",
    )
    bindings: tuple[tuple[str, str], ...] = option(
        "--binding",
        multiple=True,
        nargs=2,
        once=True,
        metavar="ALG VALUE",
        help="A soft binding to ask about: text, or hex:... or base64:...",
    )
    upload: bool = option(
        "--upload",
        is_flag=True,
        once=True,
        help="NETWORK: send the content of FILE to the repository.",
    )
    algorithm: str | None = option(
        "--algorithm", metavar="ALG", once=True, help="With --upload: the mark to look for."
    )
    max_results: int = option(
        "--max-results",
        type=click.IntRange(1, 20),
        metavar="N",
        default=5,
        show_default=True,
        help="Manifests to fetch at most.",
    )
    follow: bool = option(
        "--follow",
        is_flag=True,
        once=True,
        help="NETWORK: fetch from other hosts that the repository names.",
    )
    allow_private: bool = option(
        "--allow-private",
        is_flag=True,
        once=True,
        help="Allow http, this computer and private networks, for the named host alone.",
    )
    token_file: str | None = option(
        "--token-file", metavar="FILE", type=FILE, once=True, help="Holds a bearer token."
    )
    timeout: float = option(
        "--timeout",
        type=click.FloatRange(0.1, 600),
        metavar="SECONDS",
        default=30.0,
        show_default=True,
        help="Seconds for each request.",
    )


@dataclass(frozen=True, slots=True)
class SavingOptions(OptionGroup):
    """What else is written."""

    SECTION = OUTPUT

    save: str | None = option(
        "--save", metavar="OUT", type=FILE, once=True, help="Write the recovered store to OUT."
    )
    schema: bool = option(
        "--schema",
        is_flag=True,
        is_eager=True,
        once=True,
        callback=_schema,
        help="Print the JSON Schema of the record.",
    )


@command_(
    "recover",
    long=True,
    epilog="Exit codes: 3 a recovered credential says AI, 4 its signer was revoked, 1 FILE could"
    " not be examined or the repository gave no answer that can be used, 2 wrong usage, 0 none of"
    " these, so also where nothing was found or there was nothing to ask with."
    "\n\nExample: provenance recover photo.jpg --repository https://repository.example/v1",
)
@click.argument("file", type=AssetPath())
@takes_options(
    asking=AskingOptions,
    answer=FormatOptions,
    quiet=QuietOptions,
    saving=SavingOptions,
    ending=changed(ExitOptions, exit_zero={"help": "Never exit 3 or 4."}),
    decoding=DecodingOptions,
    trust=TrustOptions,
)
def recover_command(  # noqa: PLR0913 - a group of options each
    *,
    file: str,
    asking: AskingOptions,
    answer: FormatOptions,
    quiet: QuietOptions,
    saving: SavingOptions,
    ending: ExitOptions,
    decoding: DecodingOptions,
    trust: TrustOptions,
) -> None:
    """Find the credential of FILE in a repository, by its soft bindings.

    Asked about is what the file's credential still declares, what --binding names, and what
    decoders read in the content with --pixels or --signal. A credential that comes back must
    declare the same soft binding, is compared with the file, and is reported as recovered: never as
    intact, since a mark ties it to the content and no hash to the bytes.
    """
    queries = tuple(_query(*binding) for binding in asking.bindings)
    if asking.algorithm and not asking.upload:
        raise click.UsageError("--algorithm goes with --upload")
    new_file("--save", saving.save)
    with library_errors():
        resolver = _resolver(asking)
        at = trust.at or datetime.now(UTC)
        verifier = provenance.Verifier(trust=trust.load_own(), at=at, pixels=decoding.reader())
        wanted = recovering.RecoveryRequest(
            queries, asking.upload, asking.algorithm or "", asking.max_results
        )
        with progress.showing(None, quiet=quiet.quiet, part=lambda: (0.0, "asking the repository")):
            recovery = recovering.recover(file, resolver, verifier, wanted)
    _print(recovery, answer.form)
    if saving.save is not None:
        _save(saving.save, recovery)

    sys.exit(policy.combine(_codes(recovery), ending.dropped))


def _resolver(asking: AskingOptions) -> Resolver:
    where = asking.repository
    network_only = {
        "--upload": asking.upload,
        "--follow": asking.follow,
        "--allow-private": asking.allow_private,
        "--token-file": asking.token_file,
    }
    if "://" not in where:
        for name, value in network_only.items():
            if value:
                raise click.UsageError(f"{name} goes with the address of a repository")
        return resolution.FolderResolver(where)

    allowed = ("https://", "http://") if asking.allow_private else ("https://",)
    if not where.startswith(allowed):
        raise click.UsageError(
            "the address of a repository starts with https:// (http:// with --allow-private)"
        )
    if any(mark in where for mark in "?#@"):
        raise click.UsageError("the address of a repository has no query, fragment or user")
    token = _token(asking.token_file) if asking.token_file else ""
    access = client.Access(asking.allow_private, asking.follow, token, asking.timeout)
    return client.ApiResolver(where, access)


def _token(path: str) -> str:
    try:
        text = files.read_small(path, _MAX_TOKEN).strip()
    except OSError as e:
        raise OneLineError(f"{shown_path(path)}: {(e.strerror or str(e)).lower()}") from e
    if not text or not text.isascii() or not text.decode().isprintable():
        raise OneLineError(f"{shown_path(path)} holds no token: one line of text is needed")
    return text.decode("ascii")


def _query(algorithm: str, value: str) -> resolution.Query:
    kind, mark, rest = value.partition(":")
    try:
        if mark and kind == "hex":
            raw, is_text = bytes.fromhex(rest), False
        elif mark and kind == "base64":
            raw, is_text = base64.b64decode(rest, validate=True), False
        else:
            raw, is_text = value.encode("utf-8"), True
    except (ValueError, binascii.Error) as e:
        raise click.UsageError(f"--binding: {value[:40]!r} is not {kind}") from e
    if not raw or len(raw) > _MAX_BINDING or not 0 < len(algorithm) <= declared.MAX_ALGORITHM:
        raise click.UsageError("--binding wants an algorithm and a value of up to 64 KiB")
    if algorithm == iscc_seq.ALGORITHM and (written := iscc_seq.from_text(raw)) is not None:
        raw, is_text = written, False  # the form in which repositories are asked
    return resolution.Query(algorithm, raw, is_text, resolution.BindingBasis.GIVEN)


def _print(recovery: Recovery, form: str) -> None:
    if form == "json":
        click.echo(json.dumps(recovery.to_dict(), indent=2))
        return

    output.Printer(sys.stdout).lines(recovery_text.recovery_lines(recovery))


def _save(target: str, recovery: Recovery) -> None:
    best = recovery.recovered
    if best is None:
        click.echo("nothing was recovered: nothing is written", err=True)
        return
    try:
        with Path(target).open("xb") as out:
            out.write(best.data)
    except OSError as e:
        raise OneLineError(f"{shown_path(target)}: {(e.strerror or str(e)).lower()}") from e
    click.echo(f"the manifest store was written to {shown_path(target)}", err=True)


def _codes(recovery: Recovery) -> set[int]:
    """Return every exit code that holds. That what came back is of other bytes is not judged."""
    held = [
        c
        for c in recovery.candidates
        if c.state
        in {recovery_report.RecoveredState.RECOVERED, recovery_report.RecoveredState.UNPROVEN}
    ]
    holds = {
        policy.EXIT_AI: any(c.origin in {Origin.AI_GENERATED, Origin.AI_MODIFIED} for c in held),
        policy.EXIT_BROKEN: any(c.revocation is Revocation.REVOKED for c in held),
        policy.EXIT_ERROR: recovery.error is not None
        or recovery.outcome is recovery_report.RecoveryOutcome.FAILED,
    }
    return {code for code, held in holds.items() if held}
