"""`provenance check-result`: whether a file is the one that a signed result is about."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from provenance.auditing import statement_keys
from provenance.base.errors import AssetError
from provenance.base.text import URL_LIMIT, clean, clean_any
from provenance.base.values import dataclass
from provenance.export import signed_result, stamping
from provenance_cli.common import FILE, AssetPath, OneLineError, library_errors
from provenance_cli.declare import OptionGroup, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import OutputOptions, SidecarOptions, TrustListOptions

if TYPE_CHECKING:
    from provenance.auditing.statement_keys import PublicKey
    from provenance.export.signed_result import SignedResult
    from provenance.signing.chain_answer import TimeStamp
    from provenance.signing.trust_store import TrustStore

EXIT_BROKEN = 4


@dataclass(frozen=True, slots=True)
class SignerKeyOptions(OptionGroup):
    """Who signed."""

    SECTION = "Key"

    key: str = option(
        "--key",
        required=True,
        once=True,
        metavar="PUB.pem",
        type=FILE,
        help="Public key of the signer.",
    )


@command_(
    "check-result",
    epilog="Exit codes: 0 the result is as it was signed and the file is the one that was examined,"
    " 4 not so, 2 wrong usage, or a key or a result that cannot be read.\n\n"
    "Example: provenance check-result photo.jpg result.dsse --key analyst.pub.pem",
)
@click.argument("file", type=AssetPath())
@click.argument("result", type=FILE)
@takes_options(
    output=OutputOptions, signer=SignerKeyOptions, sidecar=SidecarOptions, trust=TrustListOptions
)
def check_result_command(
    *,
    file: str,
    result: str,
    output: OutputOptions,
    signer: SignerKeyOptions,
    sidecar: SidecarOptions,
    trust: TrustListOptions,
) -> None:
    """Check a signed RESULT of `verify --sign` against FILE, and its sidecar where one was used.

    Names what is not as it was signed: the result itself, the bytes of the file, and each trust
    list that this machine does not have in the same state. Nothing in the result is shown before
    its signature verifies.
    """
    del output

    with library_errors():
        public = statement_keys.load_public_key(signer.key)
        signed = signed_result.open_result(result, public)
        if signed is None:
            _not_signed(public)
        if sidecar.sidecar is not None and signed.sidecar is None:
            raise click.UsageError("--sidecar: no sidecar was part of what was examined")
        store = trust.load()
        click.echo(f"signature   good, {public.kind} key {public.keyid}")
        _time_stamp(signed, store)
        _say(signed)
        same = _file("file", file, signed.sha256)
        beside = signed.sidecar is None or _sidecar(signed.sidecar, file, sidecar.sidecar)
        _lists(signed, store)
    if same and beside:
        click.echo("\nRESULT      this is the file that was examined, and the result is as signed")
        return
    if same:
        click.echo("\nRESULT      NOT shown to be for this sidecar, which held the credential")
    else:
        said = "NOT for this file: its bytes are not the ones that were examined"
        click.echo(f"\nRESULT      {said}")
    sys.exit(EXIT_BROKEN)


def _not_signed(public: PublicKey) -> NoReturn:
    click.echo(f"signature   NOT by the {public.kind} key {public.keyid}")
    click.echo("\nRESULT      NOT valid: it was changed after signing, or another key signed it")
    sys.exit(EXIT_BROKEN)


def _time_stamp(signed: SignedResult, trust: TrustStore) -> None:
    if not signed.signature.token:
        click.echo("time-stamp  none: when it was signed is only what the signer's clock says")
        return

    stamp: TimeStamp = stamping.check_token(signed.signature, trust)
    if stamp.trusted is None:
        click.echo(f"time-stamp  NOT proven: {clean(stamp.reason, URL_LIMIT)}")
        return
    when = stamp.time.strftime("%Y-%m-%dT%H:%M:%SZ") if stamp.time else ""
    click.echo(f"time-stamp  signed before {when}, says {clean(stamp.authority)}")
    click.echo(f"            on the list {clean(stamp.list_name)}")


def _say(signed: SignedResult) -> None:
    """Print what was signed; the statement may say anything, so its texts are cleaned."""
    told = signed.predicate
    verdict = told.get("verdict")
    if not isinstance(verdict, dict):
        verdict = {"origin": "not examined", "assurance": "none"}
    flagged = told.get("flagged")
    shown = ", ".join(map(str, flagged)) if isinstance(flagged, list) and flagged else "nothing"
    policy = told.get("policy")
    rows = (
        ("examined", signed.name),
        ("origin", f"{verdict.get('origin')}, {verdict.get('assurance')}"),
        ("flagged", shown),
        ("as of", told.get("validation_time")),
        ("signed at", told.get("signed_at")),
        ("tool", told.get("tool")),
        ("sdk", told.get("sdk")),
        ("policy", policy.get("name") if isinstance(policy, dict) else None),
    )
    for name, value in rows:
        click.echo(f"{name:<11} {clean_any(value, URL_LIMIT)}")


def _sidecar(signed: tuple[str, str], file: str, given: str | None) -> bool:
    """Compare the sidecar: the one named, or one next to the file by its name in the result."""
    name, digest = signed
    path = given or os.path.join(os.path.dirname(file), os.path.basename(name))
    if given is None and not os.path.isfile(path):
        click.echo(f"sidecar     NOT checked: {clean(name)} is not next to FILE; give --sidecar")
        return False
    return _file("sidecar", path, digest)


def _file(what: str, path: str, examined: str) -> bool:
    try:
        now = signed_result.file_digest(path)
    except AssetError as e:
        raise OneLineError(f"{path}: {e}") from e
    if now == examined:
        click.echo(f"{what:<11} as examined, sha256 {now}")
        return True
    click.echo(f"{what:<11} NOT as examined: sha256 {now}")
    click.echo(f"            examined was sha256 {clean(examined)}")
    return False


def _lists(signed: SignedResult, store: TrustStore) -> None:
    for trust_list in signed_result.check_lists(signed, store.lists):
        if trust_list.same:
            said = "the same on this machine"
        elif trust_list.here is None:
            said = f"not on this machine, was sha256 {clean(trust_list.signed)}"
        else:
            said = f"DIFFERENT on this machine, was sha256 {clean(trust_list.signed)}"
        click.echo(f"trust list  {clean(trust_list.name)} ({clean(trust_list.purpose)}): {said}")
