"""`provenance trust`: the lists that signers are held against, and a certificate held to them."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from provenance_cli.common import (
    AssetPath,
    OneLineError,
    library_errors,
    load_trust,
    shown_path,
    trust_options,
)
from provenance_cli.output import Printer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.signing.model import CertificateInfo
    from provenance.signing.trust_checking import Check

_FORMAT = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)


@click.group(epilog="Example: provenance trust check certificates.pem")
def command() -> None:
    """List, show, check and update what signers are held against."""


def _clean(value: str) -> str:
    from provenance.base.text import URL_LIMIT, clean  # noqa: PLC0415 - only inside a command

    return clean(value, URL_LIMIT)


def _json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2))


@command.command(
    "list",
    short_help="List every trust list in force.",
    epilog="Example: provenance trust list",
)
@trust_options
@_FORMAT
def list_(format_: str, at: datetime | None, **trust: Any) -> None:
    """List every trust list in force: tier, purpose, date, number of entries, digest."""
    from provenance.signing.conforming import ConformingProducts  # noqa: PLC0415 - only here
    from provenance.verdict.report import plain  # noqa: PLC0415 - only inside a command

    moment = at or datetime.now(UTC)
    with library_errors():
        store = load_trust(**trust)
        findings = store.findings(moment)
        products = ConformingProducts.load()
    if format_ == "json":
        held = {"loaded": products.loaded, "date": products.date, "sha256": products.sha256}
        held |= {"count": len(products.records), "source": _clean(products.source)}
        lists = [plain(info) for info in store.lists]
        _json({"lists": lists, "conforming_products": held, "findings": plain(findings)})
        return
    printer = Printer(sys.stdout)
    head = f"{'NAME':<18}{'TIER':<9}{'PURPOSE':<9}{'DATE':<12}{'COUNT':>5}  SHA-256"
    printer.line((("", head),), "  ")
    for info in store.lists:
        row = f"{_clean(info.name):<18}{info.tier:<9}{info.purpose:<9}{info.date or '-':<12}"
        printer.line((("", f"{row}{info.count:>5}  {info.sha256}"),), "  ")
    if products.loaded:
        row = f"{len(products.records)} records of {products.date}, sha256 {products.sha256}"
        click.echo(f"Conforming Products List: {row}")
    else:
        click.echo("Conforming Products List: not loaded (provenance trust update --from ...)")
    _say(findings)


@command.command(epilog="Example: provenance trust show c2pa-tsa")
@click.argument("name")
@trust_options
@_FORMAT
def show(name: str, format_: str, at: datetime | None, **trust: Any) -> None:
    """Show the anchors of the list NAME."""
    del at
    from provenance.signing.trust_checking import describe_anchors  # noqa: PLC0415 - cryptography
    from provenance.verdict.report import plain  # noqa: PLC0415 - only inside a command

    with library_errors():
        store = load_trust(**trust)
        found = describe_anchors(store, name)
    infos = [info for info in store.lists if info.name == name]
    if not infos:
        known = ", ".join(dict.fromkeys(_clean(info.name) for info in store.lists))
        raise OneLineError(f"no trust list is named {_clean(name)}; there are: {known or 'none'}")
    if format_ == "json":
        _json({"lists": plain(infos), "anchors": plain(found)})
        return
    for info in infos:
        click.echo(
            f"{_clean(info.name)}: {info.count} entries for {info.purpose}, tier {info.tier}"
        )
        click.echo(f"  source {_clean(info.source)}")
    if not found:
        click.echo("  digests of signing certificates; it holds no anchors")
    for one in found:
        if isinstance(one, str):
            click.echo(f"  (a certificate that cannot be read)\n    sha256 {one}")
            continue
        click.echo("\n".join(_certificate(one)))


def _certificate(one: CertificateInfo) -> Iterator[str]:
    yield f"  {_clean(one.subject)}"
    yield f"    valid {one.not_before:%Y-%m-%d} to {one.not_after:%Y-%m-%d}, {one.key}"
    yield f"    sha256 {one.sha256}"


@command.command(
    short_help="Tell how certificates would fare, without media.",
    epilog="Example: provenance trust check certificates.pem",
)
@click.argument("file", type=AssetPath())
@trust_options
@click.option(
    "--purpose",
    type=click.Choice(["signer", "tsa"]),
    help="What the certificate is for; read from it where not given.",
)
@click.option("--strict", is_flag=True, help="Count the C2PA certificate profile as rules too.")
@_FORMAT
def check(
    file: str,
    purpose: str | None,
    strict: bool,
    format_: str,
    at: datetime | None,
    **trust: Any,
) -> None:
    """Tell how the certificates in FILE (PEM or DER) would fare, without any media.

    Exit code 0 when the signing certificate reaches a list, breaks no rule and is valid at the
    validation time, 5 when not, 2 when FILE cannot be read.
    """
    from provenance.base.finding import Severity  # noqa: PLC0415 - only inside a command
    from provenance.signing import trust_checking as checking  # noqa: PLC0415 - loads cryptography
    from provenance.signing.conforming import ConformingProducts  # noqa: PLC0415 - only here
    from provenance.signing.trust_list import Purpose  # noqa: PLC0415 - loads cryptography

    with library_errors():
        store = load_trust(**trust)
        made = checking.check(
            checking.read(file),
            trust=store,
            at=at or datetime.now(UTC),
            purpose=Purpose(purpose) if purpose else None,
            products=ConformingProducts.load(),
        )
    warned = any(f.severity is Severity.WARNING for f in made.profile_findings)
    passed = made.accepted and not (strict and warned)
    if format_ == "json":
        from provenance.verdict.report import plain  # noqa: PLC0415 - only inside a command

        record = {"file": file, "passed": passed, **plain(made)}
        names = ("conformance", "finding", "record")
        record["match"] = dict(zip(names, record["match"], strict=True))
        _json(record)
    else:
        click.echo("\n".join(_checked(made, passed=passed)))
    click.get_current_context().exit(0 if passed else 5)


def _checked(made: Check, *, passed: bool) -> Iterator[str]:
    yield f"{'accepted' if passed else 'NOT accepted'} as {made.purpose}"
    for hit in made.hits:
        by = "by its allow-list" if hit.by_allow_list else f"through {_clean(hit.subject)}"
        yield f"  on {_clean(hit.list_name)} ({hit.tier}), {by}"
    if not made.hits:
        yield "  on no list"
    yield "path"
    for one in made.path:
        yield from _certificate(one)
    yield from _lines("rules", made.findings)
    profile = made.profile
    level = profile.assurance_level or "none"
    record = _clean(profile.record_id) or "none"
    yield f"C2PA profile: assurance level {level}, product record {record}"
    for finding in made.profile_findings:
        yield _line(finding)
    conformance, finding_, _ = made.match
    yield f"conforming products: {conformance}"
    if finding_ is not None:
        yield _line(finding_)


def _lines(name: str, findings: tuple[Finding, ...]) -> Iterator[str]:
    if findings:
        yield name
    for finding in findings:
        yield _line(finding)


def _line(finding: Finding) -> str:
    place = f"{_clean(finding.where)}: " if finding.where else ""
    return f"  {finding.severity}: {place}{_clean(finding.message)} [{finding.code}]"


def _say(findings: tuple[Finding, ...]) -> None:
    for line in _lines("", findings):
        if line:
            click.echo(line)


@command.command(
    short_help="Print the folder of the lists that you load.",
    epilog="Example: provenance trust path",
)
def path() -> None:
    """Print the folder where lists that you load are kept (PROVENANCE_DATA changes it)."""
    from provenance.signing import user_folder as userdata  # noqa: PLC0415 - only inside a command

    with library_errors():
        click.echo(shown_path(str(userdata.directory())))


@command.command(
    short_help="Load the C2PA Conforming Products List.",
    epilog="Example: provenance trust update --from conforming-products-list.json",
)
@click.option(
    "--from",
    "source",
    required=True,
    metavar="PATH|URL",
    help="A file, a folder, a zip or tar archive, or an https address.",
)
@click.option("--allow-private", is_flag=True, help="Allow an address on this computer (tests).")
def update(source: str, allow_private: bool) -> None:
    """Load the C2PA Conforming Products List and keep it with its date and digest.

    The network is used only where you give an address, and for that address alone.
    """
    from provenance.signing import conforming  # noqa: PLC0415 - only inside a command
    from provenance.signing import trust_update as taking  # noqa: PLC0415 - only inside a command

    now = datetime.now(UTC).isoformat(timespec="seconds")
    with library_errors():
        if "://" in source:
            from provenance.base import network  # noqa: PLC0415 - only where asked for

            scope = network.Scope.LOOPBACK if allow_private else network.Scope.PUBLIC
            content = network.download(source, scope, conforming.MAX_FILE_BYTES)
            content = taking.from_bytes(content, source)
        else:
            content = taking.from_path(source)
        products = conforming.keep(content, source, now)
    click.echo(f"{len(products.records)} records of {products.date}, sha256 {products.sha256}")
