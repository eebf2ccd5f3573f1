"""`verify --sign`: the options, and the signed result that they ask for."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from provenance.auditing import statement_keys
from provenance.base import files, network
from provenance.base.errors import EvidenceError, reason_of
from provenance.base.values import dataclass
from provenance.export import signed_result
from provenance.signing import timestamp_client
from provenance_cli import writing
from provenance_cli.common import FILE, OneLineError
from provenance_cli.declare import OptionGroup, option

if TYPE_CHECKING:
    from provenance.auditing.statement_keys import SigningKey
    from provenance.verdict.report import Report


@dataclass(frozen=True, slots=True)
class SignedResultOptions(OptionGroup):
    """The signed result."""

    SECTION = "Signed result"

    sign: str | None = option(
        "--sign",
        metavar="KEY.pem",
        type=FILE,
        once=True,
        help="Sign the result for a single FILE with this private key, and write it to --output, or"
        " to --signed.",
    )
    signed: str | None = option(
        "--signed",
        metavar="OUT",
        type=FILE,
        once=True,
        help="With --sign: where to write the signed result, if --output is for what is printed.",
    )
    key_password_file: str | None = option(
        "--key-password-file",
        metavar="FILE",
        type=FILE,
        once=True,
        help="With --sign: the key's password, on one line.",
    )
    timestamp: str | None = option(
        "--timestamp",
        metavar="URL",
        once=True,
        help="NETWORK: with --sign, have this time-stamp authority stamp the signature.",
    )


@dataclass(frozen=True, slots=True)
class SignAs:
    """The key that signs a result, where it goes, and who stamps the signature (empty: nobody)."""

    key: SigningKey
    output: str
    authority: str = ""

    def write(self, report: Report) -> None:
        """Sign a report and write it. Use inside `library_errors`."""
        if report.error is not None:  # said by the run, which ends with a code of its own
            click.echo("nothing was signed: the file was not examined", err=True)
            return

        sealed = signed_result.sign_report(report, self.key, datetime.now(UTC))
        token = b""
        if self.authority:
            # The user named the address: it may well be an authority of their own network.
            token = timestamp_client.fetch(self.authority, sealed.sig, network.Scope.PRIVATE)
        write_envelope(self.output, sealed.to_json(token))


def sign_as(
    asked: SignedResultOptions, paths: tuple[str, ...], *, single: bool, fragments: bool
) -> SignAs | None:
    """Return who signs, None without --sign. The key is read before the file of `paths` is.

    Raises EvidenceError for a key that cannot be read, and refuses a place that holds something.
    """
    if asked.sign is None:
        for name in ("key_password_file", "signed", "timestamp"):
            if getattr(asked, name) is not None:
                raise click.UsageError(f"--{name.replace('_', '-')} goes with --sign")
        return None
    if not single:
        raise click.UsageError("--sign goes with a single FILE")
    if fragments:
        raise click.UsageError("--sign covers the bytes of one file, not those of --fragments")
    output = click.get_current_context().params.get("output")
    target = asked.signed or output
    if target is None:
        raise click.UsageError("--sign needs -o OUT, where the signed result goes")

    option_ = "--output" if asked.signed is None else "--signed"
    _check_target(option_, target, (*paths, asked.sign, asked.key_password_file))
    key = statement_keys.load_signing_key(asked.sign, asked.key_password_file)
    return SignAs(key, target, asked.timestamp or "")


def _check_target(name: str, path: str, inputs: tuple[str | None, ...]) -> None:
    """Refuse to write over an input, or over what is no signed result: evidence, or a key."""
    if any(source is not None and writing.same_file(source, path) for source in inputs):
        raise click.UsageError(f"{name} {path} is an input of this command")
    if os.path.isfile(path) and os.path.getsize(path) and not signed_result.is_result(path):
        message = f"{name} {path}: the file there is no earlier signed result; name a new file"
        raise OneLineError(message)


def write_request(path: str, data: bytes) -> None:
    """Write the request for a time-stamp: not over anything but the same request."""
    if os.path.isfile(path) and os.path.getsize(path):
        try:
            same = files.read_small(path, len(data)) == data
        except OSError:  # a longer one among them
            same = False
        if not same:
            raise OneLineError(f"--request {path}: there is a file already; name a new one")
    write_envelope(path, data)


def write_envelope(path: str, data: bytes) -> None:
    """Write an envelope whole. Raises EvidenceError `statement.unwritable`."""
    try:
        with files.whole_file(os.fspath(path)) as file:
            file.write(data)
    except OSError as e:
        message = f"the result cannot be written: {reason_of(e)}"
        raise EvidenceError("statement.unwritable", message) from e
