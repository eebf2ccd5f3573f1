"""`provenance attest`: signed statements over finished audits, made and checked."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from provenance.auditing import ledger_statement, ledger_statement_check, reading, statement_keys
from provenance.auditing.shards import parts, shard_statement
from provenance.base import network
from provenance.base.paths import of_key
from provenance.base.text import URL_LIMIT, clean, clean_any, printable_path
from provenance.base.values import dataclass
from provenance.export import stamping
from provenance.signing import timestamp_client
from provenance_cli import signing
from provenance_cli.common import FILE, library_errors
from provenance_cli.declare import OptionGroup, option, takes_options
from provenance_cli.grammar import make_group
from provenance_cli.groups import OutputOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.auditing.ledger_statement_check import VerifiedStatement
    from provenance.auditing.shards.shard_statement import SignedStatement
    from provenance.auditing.statement_keys import SigningKey

_MOST = 1000  # rows that are named
EXIT_BROKEN = 4


@make_group("attest", epilog="Example: provenance attest verify STATEMENT --key audit.pub.pem")
def attest_command() -> None:
    """Sign what a finished audit wrote, and check it later."""


@dataclass(frozen=True, slots=True)
class SigningOptions(OptionGroup):
    """The key that signs."""

    SECTION = "Key"

    key: str = option(
        "--key",
        required=True,
        once=True,
        metavar="KEY.pem",
        type=FILE,
        help="Private key: Ed25519, or ECDSA on P-256 or P-384.",
    )
    key_password_file: str | None = option(
        "--key-password-file",
        once=True,
        metavar="FILE",
        type=FILE,
        help="The key's password, on one line.",
    )


@dataclass(frozen=True, slots=True)
class ComparisonOptions(OptionGroup):
    """What a statement is compared with."""

    SECTION = "What to compare with"

    key: str = option(
        "--key",
        required=True,
        once=True,
        metavar="PUB.pem",
        type=FILE,
        help="Public key of the signer.",
    )
    ledger: str | None = option(
        "--ledger",
        once=True,
        metavar="FILE",
        type=FILE,
        help="The ledger, or folder of parts, to compare with it.",
    )
    rows: str | None = option(
        "--rows",
        once=True,
        metavar="FILE",
        type=FILE,
        help="The file of row digests, or of parts; else the one next to the statement.",
    )


@dataclass(frozen=True, slots=True)
class TimeStampOptions(OptionGroup):
    """Where a time-stamp comes from."""

    SECTION = "Time-stamp"

    url: str | None = option(
        "--from", once=True, metavar="URL", help="NETWORK: ask this time-stamp authority."
    )
    token: str | None = option(
        "--token", once=True, metavar="FILE", type=FILE, help="A token got elsewhere (RFC 3161)."
    )
    request: str | None = option(
        "--request",
        once=True,
        metavar="OUT",
        type=FILE,
        help="Write the request for a token to OUT (a TimeStampReq), and change nothing else.",
    )


@attest_command.command(epilog="Example: provenance attest sign audit.ledger --key audit.key.pem")
@click.argument("ledger", type=FILE)
@takes_options(keys=SigningOptions)
def sign(*, ledger: str, keys: SigningOptions) -> None:
    """Sign the last run of LEDGER, and write the statement next to it.

    `provenance audit --sign KEY.pem` does the same at the end of a run. A LEDGER may also be the
    folder or the address (s3://...) of an audit in shards, once all of them are done.
    """
    with library_errors():
        key = statement_keys.load_signing_key(keys.key, keys.key_password_file)
        if parts.is_place(ledger):
            _sign_parts(ledger, key)
        else:
            sign_ledger(ledger, key)


def _sign_parts(place: str, key: SigningKey) -> None:
    with parts.open_parts(place) as opened:
        written = shard_statement.sign_parts(opened, key)
    click.echo(f"statement  {written.statement}")
    click.echo(f"parts      {written.digests} ({written.parts}, with {written.rows} rows)")
    click.echo(f"key        {written.keyid}")


def sign_ledger(ledger: str, key: SigningKey, *, err: bool = False) -> None:
    """Sign the last run of a ledger, and say what was written. Use inside `library_errors`."""
    with reading.open_ledger(ledger) as reader:
        written = ledger_statement.sign_ledger(reader, ledger, key)
    click.echo(f"statement  {printable_path(written.statement)}", err=err)
    click.echo(f"rows       {printable_path(written.rows)} ({written.count})", err=err)
    click.echo(f"key        {written.keyid}", err=err)


@attest_command.command(epilog="Example: provenance attest verify STATEMENT --key audit.pub.pem")
@click.argument("statement", type=FILE)
@takes_options(output=OutputOptions, checked=ComparisonOptions)
def verify(*, statement: str, output: OutputOptions, checked: ComparisonOptions) -> None:
    """Check the signature of STATEMENT, and with --ledger every row of that ledger.

    Exit code 4 where the signature does not verify or anything is not as it was signed; each row
    that was changed, added or removed is named. Of an audit in shards it is each part.
    """
    del output

    with library_errors():
        public = statement_keys.load_public_key(checked.key)
        envelope = shard_statement.read_envelope(statement)
        if envelope.signature_by(public) is None:
            click.echo(f"signature  NOT by the {public.kind} key {public.keyid}")
            click.echo("\nRESULT     NOT valid: changed after signing, or signed by another key")
            sys.exit(EXIT_BROKEN)
        click.echo(f"signature  good, {public.kind} key {public.keyid}")
        name = f"statement {printable_path(statement)}"
        over_parts = shard_statement.statement_in(envelope, name)
        if over_parts is not None:
            good = _parts(over_parts, statement, checked)
        else:
            signed = ledger_statement_check.statement_in(envelope, name)
            _say(signed)
            good = _rows_and_ledger(signed, statement, checked.ledger, checked.rows)
    if not good:
        click.echo("\nRESULT     NOT as it was signed: the lines above say what is not")
        sys.exit(EXIT_BROKEN)
    what = "this ledger" if over_parts is None else "this audit in shards"
    what = "this statement" if checked.ledger is None else what
    click.echo(f"\nRESULT     {what} is as it was signed")


@attest_command.command(
    "timestamp",
    epilog="Example: provenance attest timestamp result.dsse --from http://tsa.example/stamp",
)
@click.argument("statement", type=FILE)
@takes_options(stamped=TimeStampOptions)
def timestamp(*, statement: str, stamped: TimeStampOptions) -> None:
    """Put a time-stamp of an authority on the signature of STATEMENT.

    STATEMENT is one over an audit, or a result of `verify --sign`. The authority sees a digest of
    the signature, nothing else. Where this machine has no network, write the --request, take it to
    an authority, and give its answer as --token.
    """
    url, token, request = stamped.url, stamped.token, stamped.request
    if sum(given is not None for given in (url, token, request)) != 1:
        raise click.UsageError("give one of --from, --token and --request")

    with library_errors():
        top, signature = stamping.read_single(statement)
        if request is not None:
            signing.write_request(request, timestamp_client.request(signature.sig))
            return
        if token is not None:
            data = stamping.read_token(token, signature)
        else:
            # The user named the address: it may well be an authority of their own network.
            data = timestamp_client.fetch(str(url), signature.sig, network.Scope.PRIVATE)
        signing.write_envelope(statement, stamping.with_token(top, data))


def _say(signed: VerifiedStatement) -> None:
    """Print what was signed; the statement may say anything, so its texts are cleaned."""
    click.echo(f"ledger     {clean(signed.ledger)}, run {signed.run}")
    _tell(("finished", signed.predicate.get("finished")))
    _tell(*_decided_by(signed.predicate), ("lists", signed.predicate.get("trust_digest")))


def _decided_by(told: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what decided the answers."""
    policy = told.get("policy") if isinstance(told.get("policy"), dict) else {}
    yield "as of", told.get("validation_time")
    yield "tool", told.get("tool")
    yield "sdk", told.get("sdk")
    yield "policy", (policy or {}).get("sha256")


def _tell(*values: tuple[str, Any]) -> None:
    for name, value in values:
        click.echo(f"{name:<10} {clean_any(value, URL_LIMIT)}")


def _parts(signed: SignedStatement, place: str, checked: ComparisonOptions) -> bool:
    """Check an audit in shards against its statement; print the result; tell whether all is so."""
    held = signed.predicate["parts"]
    click.echo(f"audit      {clean(signed.name)}, in shards")
    _tell(*_decided_by(signed.predicate), ("plan", signed.plan_sha256))
    _tell(("shards", held.get("count")), ("rows", held.get("rows")))
    lines = shard_statement.digests(checked.rows or _next_to(place, signed.digests_name))
    said = "as signed"
    if lines is None:
        said = "not there; without them no single part can be named"
    elif not shard_statement.are_signed(signed, lines):
        said, lines = "NOT the ones that were signed", None
    click.echo(f"parts      {said}")
    good = not said.startswith("NOT") and (lines is not None or checked.rows is None)
    if checked.ledger is None:
        return good
    check = shard_statement.check_statement(signed, parts.store_of(checked.ledger), lines)
    for number, (fate, key) in enumerate(check.parts):
        if number < _MOST:
            click.echo(f"{fate.value:<10} {clean(key)}")
        elif number == _MOST:
            click.echo("... and more parts")
    click.echo(f"plan       {'as signed' if check.plan else 'NOT as signed'}")
    click.echo(f"content    {'as signed' if check.same else 'NOT as signed'}")
    return good and check.same


def _next_to(place: str, name: str) -> str:
    """Return where the file of a name is, in the folder or below the address of a statement."""
    return place.removesuffix(os.path.basename(place)) + os.path.basename(name)


def _rows_and_ledger(
    signed: VerifiedStatement, statement: str, ledger: str | None, rows: str | None
) -> bool:
    """Check what there is beside the statement; print the result; tell whether all is as signed."""
    rows_file = rows or _rows_path(statement, signed.rows_name)
    state = ledger_statement_check.rows_file(signed, rows_file)
    said = {
        ledger_statement_check.RowsFile.SAME: "as signed",
        ledger_statement_check.RowsFile.OTHER: "NOT the ones that were signed",
        ledger_statement_check.RowsFile.MISSING: (
            "not there; without them no single row can be named"
        ),
    }
    click.echo(f"rows       {said[state]}")
    good = state is ledger_statement_check.RowsFile.SAME or (
        state is ledger_statement_check.RowsFile.MISSING and rows is None
    )
    if ledger is None:
        return good
    with reading.open_ledger(ledger) as reader:
        check = ledger_statement_check.check_ledger(
            signed, reader, rows_file if state is ledger_statement_check.RowsFile.SAME else None
        )
        differing = 0
        for fate, path_bytes in check.rows:
            differing += 1
            if differing <= _MOST:
                name = printable_path(of_key(path_bytes))
                click.echo(f"{fate.value:<10} {name}")
    if differing > _MOST:
        click.echo(f"... {differing - _MOST:,} more rows")
    for number in check.runs:
        click.echo(f"run {number:<6} NOT as signed")
    if check.later:
        numbers = ", ".join(map(str, check.later[:20]))
        click.echo(f"later      the ledger went on after the statement: run {numbers}")
    click.echo(f"content    {'as signed' if check.same else 'NOT as signed'}")
    return good and check.same


def _rows_path(statement: str, name: str) -> str:
    """Return where the row digests of a statement are: by the name in it, else by its own name.

    The name in it is made printable: where that changed it, it leads to no file.
    """
    named = os.path.join(os.path.dirname(statement), os.path.basename(name))
    if os.path.exists(named):
        return named
    return f"{statement.removesuffix('.statement.json')}.rows"
