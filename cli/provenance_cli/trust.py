"""`provenance trust`: the lists that signers are held against, and a certificate held to them."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from provenance.base import network
from provenance.base.finding import Severity
from provenance.base.text import URL_LIMIT, clean
from provenance.base.values import dataclass
from provenance.signing import (
    conforming,
    kept_lists,
    trust_checking,
    trust_list,
    trust_store,
    trust_update,
    user_folder,
)
from provenance.verdict import report
from provenance_cli.common import AssetPath, OneLineError, library_errors, shown_path
from provenance_cli.declare import OptionGroup, changed, option, takes_options
from provenance_cli.grammar import make_group
from provenance_cli.groups import FormatOptions, OutputOptions, TrustListOptions, TrustOptions
from provenance_cli.option import Choice, offers
from provenance_cli.output import Printer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance.base.finding import Finding
    from provenance.signing.chain_answer import CertificateInfo
    from provenance.signing.trust_checking import CertificateCheck
    from provenance.signing.trust_list import TrustListInfo


_KEPT = ("c2pa-signers", "c2pa-tsa")  # the lists whose copies are kept


@dataclass(frozen=True, slots=True)
class CheckingOptions(OptionGroup):
    """How certificates are looked at."""

    SECTION = "Checks"

    purpose: str | None = option(
        "--purpose",
        type=Choice(["signer", "tsa"]),
        metavar="PURPOSE",
        help="What the certificate is for, signer or tsa; read from it if not given.",
    )
    strict: bool = option(
        "--strict", is_flag=True, help="Count the C2PA certificate profile as rules too."
    )


@dataclass(frozen=True, slots=True)
class ListSourceOptions(OptionGroup):
    """Where a list comes from."""

    SECTION = "Source"

    source: str = option(
        "--from",
        required=True,
        once=True,
        metavar="PATH|URL",
        help="A file, a folder, a zip or tar archive, or NETWORK: an https address.",
    )
    name: str | None = option(
        "--list",
        type=Choice(("products", *_KEPT)),
        once=True,
        metavar="LIST",
        help="Which list it is, where the file does not say so (PEM does not): products,"
        " c2pa-signers or c2pa-tsa.",
    )
    allow_private: bool = option(
        "--allow-private",
        is_flag=True,
        once=True,
        help="Allow an address on this computer (tests).",
    )


@dataclass(frozen=True, slots=True)
class TakenListOptions(OptionGroup):
    """What is loaded."""

    SECTION = "Source"

    allow_older: bool = option(
        "--allow-older",
        is_flag=True,
        once=True,
        help="Load a list of an earlier day than the present.",
    )


def _names() -> Iterable[str]:
    return (info.name for info in trust_store.TrustStore.load().lists)


@make_group("trust", epilog="Example: provenance trust check certificates.pem")
def trust_command() -> None:
    """List, show, check and update what signers are checked against."""


def _clean(value: str) -> str:
    return clean(value, URL_LIMIT)


def _json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2))


@trust_command.command(
    "list",
    short_help="List every trust list in force.",
    epilog="Example: provenance trust list",
)
@takes_options(answer=FormatOptions, trust=TrustOptions)
def list_(*, answer: FormatOptions, trust: TrustOptions) -> None:
    """List every trust list in force: tier, purpose, date, number of entries, digest."""
    moment = trust.at or datetime.now(UTC)
    with library_errors():
        store = trust.load()
        findings = store.findings(moment)
        products = conforming.ConformingProducts.load()
    if answer.form == "json":
        held = {"loaded": products.loaded, "date": products.date, "sha256": products.sha256}
        held |= {"count": len(products.records), "source": _clean(products.source)}
        lists = [report.plain(info) for info in store.lists]
        _json({"lists": lists, "conforming_products": held, "findings": report.plain(findings)})
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
    _advise(store.lists, moment)


@trust_command.command(epilog="Example: provenance trust show c2pa-tsa")
@click.argument("name", shell_complete=offers(_names))
@takes_options(answer=FormatOptions, trust=TrustListOptions)
def show(*, name: str, answer: FormatOptions, trust: TrustListOptions) -> None:
    """Show the anchors of the list NAME."""
    with library_errors():
        store = trust.load()
        anchors = trust_checking.describe_anchors(store, name)
    infos = [info for info in store.lists if info.name == name]
    if not infos:
        known = ", ".join(dict.fromkeys(_clean(info.name) for info in store.lists))
        raise OneLineError(f"no trust list is named {_clean(name)}; there are: {known or 'none'}")
    if answer.form == "json":
        _json({"lists": report.plain(infos), "anchors": report.plain(anchors)})
        return
    for info in infos:
        click.echo(
            f"{_clean(info.name)}: {info.count} entries for {info.purpose}, tier {info.tier}"
        )
        click.echo(f"  source {_clean(info.source)}")
    if not anchors:
        click.echo("  digests of signing certificates; it holds no anchors")
    for anchor in anchors:
        if isinstance(anchor, str):
            click.echo(f"  (a certificate that cannot be read)\n    sha256 {anchor}")
            continue
        click.echo("\n".join(_certificate(anchor)))


def _certificate(certificate: CertificateInfo) -> Iterator[str]:
    yield f"  {_clean(certificate.subject)}"
    valid = f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
    yield f"    valid {valid}, {certificate.key}"
    yield f"    sha256 {certificate.sha256}"


@trust_command.command(
    short_help="Tell how certificates would fare, without media.",
    epilog="Example: provenance trust check certificates.pem",
)
@click.argument("file", type=AssetPath())
@takes_options(answer=FormatOptions, checked=CheckingOptions, trust=TrustOptions)
def check(
    *, file: str, answer: FormatOptions, checked: CheckingOptions, trust: TrustOptions
) -> None:
    """Tell how the certificates in FILE (PEM or DER) would fare, without any media.

    Exit code 0 when the signing certificate reaches a list, breaks no rule and is valid at the
    validation time, 5 when not, 2 when FILE cannot be read.
    """
    with library_errors():
        store = trust.load()
        outcome = trust_checking.check_certificates(
            trust_checking.certificates_in(file),
            trust=store,
            at=trust.at or datetime.now(UTC),
            purpose=trust_list.Purpose(checked.purpose) if checked.purpose else None,
            products=conforming.ConformingProducts.load(),
        )
    warned = any(f.severity is Severity.WARNING for f in outcome.profile_findings)
    passed = outcome.accepted and not (checked.strict and warned)
    if answer.form == "json":
        record = {"file": file, "passed": passed, **report.plain(outcome)}
        names = ("conformance", "finding", "record")
        record["match"] = dict(zip(names, record["match"], strict=True))
        _json(record)
    else:
        click.echo("\n".join(_checked(outcome, passed=passed)))
    click.get_current_context().exit(0 if passed else 5)


def _checked(outcome: CertificateCheck, *, passed: bool) -> Iterator[str]:
    yield f"{'accepted' if passed else 'NOT accepted'} as {outcome.purpose}"
    for hit in outcome.hits:
        by = "by its allow-list" if hit.by_allow_list else f"through {_clean(hit.subject)}"
        yield f"  on {_clean(hit.list_name)} ({hit.tier}), {by}"
    if not outcome.hits:
        yield "  not on any trust list"
    yield "path"
    for certificate in outcome.path:
        yield from _certificate(certificate)
    yield from _lines("rules", outcome.findings)
    profile = outcome.profile
    level = profile.assurance_level or "none"
    record = _clean(profile.record_id) or "none"
    yield f"C2PA profile: assurance level {level}, product record {record}"
    for finding in outcome.profile_findings:
        yield _line(finding)
    conformance, finding_, _ = outcome.match
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


@trust_command.command(
    short_help="Print the folder of the lists that you load.",
    epilog="Example: provenance trust path",
)
def path() -> None:
    """Print the folder where lists that you load are kept (PROVENANCE_DATA changes it)."""
    with library_errors():
        click.echo(shown_path(str(user_folder.directory())))


@trust_command.command(
    short_help="Load a newer copy of a C2PA list.",
    epilog="Example: provenance trust update --from C2PA-TRUST-LIST.json",
)
@takes_options(origin=ListSourceOptions, taken=TakenListOptions)
def update(*, origin: ListSourceOptions, taken: TakenListOptions) -> None:
    """Load a newer copy of a list, and keep it with its date and digest.

    The C2PA Trust List and the C2PA TSA Trust List (as JSON or PEM) take the place of the bundled
    ones; the C2PA Conforming Products List is not bundled. What is added and removed is printed.
    The network is used only where you give an address, and for that address alone.
    """
    with library_errors():
        content = _fetched(origin)
        if trust_update.is_products(content, origin.name):
            _keep_products(content, origin.source)
        else:
            _keep_anchors(content, origin, allow_older=taken.allow_older)


def _fetched(origin: ListSourceOptions) -> bytes:
    """Return the list at an address or in a file. Use inside `library_errors`."""
    source = origin.source
    if "://" not in source:
        return trust_update.from_path(source)

    scope = network.Scope.LOOPBACK if origin.allow_private else network.Scope.PUBLIC
    content = network.download(source, scope, conforming.MAX_FILE_BYTES)
    return trust_update.from_bytes(content, source)


def _keep_products(content: bytes, source: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    products = conforming.keep(content, source, now)
    click.echo(f"{len(products.records)} records of {products.date}, sha256 {products.sha256}")


def _keep_anchors(content: bytes, origin: ListSourceOptions, *, allow_older: bool) -> None:
    source = origin.source
    official = kept_lists.read_official_list(content, source, origin.name)
    present, ders = _in_force(official.info.name)
    if official.info.date and official.info.date < kept_lists.day(present) and not allow_older:
        raise OneLineError(
            f"{source}: it is of {official.info.date}, and the list in force of"
            f" {kept_lists.day(present)}; load it all the same with --allow-older"
        )
    kept_lists.keep(official, datetime.now(UTC))
    info = official.info
    click.echo(f"{info.name}: {info.count} entries of {info.date or 'no date'}")
    click.echo(f"  sha256 {info.sha256}")
    _differences(ders, official.certificates)
    if _in_force(info.name)[0].sha256 != info.sha256:
        click.echo("  kept, but not in force: the bundled list is of a later day")


def _in_force(name: str) -> tuple[TrustListInfo, tuple[bytes, ...]]:
    """Return the official list of that name that counts now, and its certificates as DER."""
    store = trust_store.TrustStore.load()
    info = next(candidate for candidate in store.lists if candidate.name == name)
    held = tuple(anchor.der for anchor in store.anchors(info.purpose) if anchor.info == info)
    return info, held


def _differences(before: tuple[bytes, ...], after: tuple[bytes, ...]) -> bool:
    """Print what is added and removed; tell whether anything is."""
    changes = kept_lists.compare(before, after)
    for sign, ders in (("added", changes.added), ("removed", changes.removed)):
        for der in ders:
            subject, sha256 = trust_checking.subject_and_digest(der)
            click.echo(f"  {sign:<8} {_clean(subject)}")
            click.echo(f"           sha256 {sha256}")
    click.echo(
        f"  {len(changes.added)} added, {len(changes.removed)} removed, {changes.same} the same"
    )
    return bool(changes.added or changes.removed)


@trust_command.command(
    short_help="Compare a list with the one in force.",
    epilog="Example: provenance trust diff --from C2PA-TRUST-LIST.json",
)
@takes_options(
    output=OutputOptions,
    origin=changed(
        ListSourceOptions,
        name={
            "type": Choice(_KEPT),
            "help": "Which list it is, where the file does not say so (PEM does not): c2pa-signers"
            " or c2pa-tsa.",
        },
    ),
)
def diff(*, output: OutputOptions, origin: ListSourceOptions) -> None:
    """Compare a copy of a C2PA list with the one in force, and load nothing.

    Exit code 0 where both hold the same certificates, 5 where they do not.
    """
    del output

    with library_errors():
        official = kept_lists.read_official_list(_fetched(origin), origin.source, origin.name)
        present, ders = _in_force(official.info.name)
    click.echo(
        f"{official.info.name}: {official.info.date or 'no date'}, in force {present.date or '-'}"
    )
    click.get_current_context().exit(5 if _differences(ders, official.certificates) else 0)


@trust_command.command(
    short_help="Go back to a bundled list.",
    epilog="Example: provenance trust forget c2pa-signers",
)
@click.argument("name", type=Choice(_KEPT))
def forget(name: str) -> None:
    """Drop the copy of the list NAME that you have loaded: the bundled one counts again."""
    with library_errors():
        was = kept_lists.forget(name)
    click.echo(f"{name}: {'the bundled list is in force' if was else 'no other one was loaded'}")


def _advise(lists: tuple[TrustListInfo, ...], moment: datetime) -> None:
    """Say on stderr which official lists are old: never in a record, which has no clock."""
    for info in lists:
        day = kept_lists.day(info) if info.name in kept_lists.NAMES else ""
        if not day:
            continue
        age = moment - datetime.fromisoformat(day).replace(tzinfo=UTC)
        if age > kept_lists.MAX_AGE:
            click.echo(
                f"{info.name} is {age.days} days old: get a newer copy from the C2PA, and load it"
                " with provenance trust update --from FILE",
                err=True,
            )
