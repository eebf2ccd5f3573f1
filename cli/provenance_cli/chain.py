"""`provenance chain`: the signing chain of every manifest of a file, link by link."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provenance.base import terms
from provenance.base.errors import AssetError
from provenance.base.terms import Identity, TimeStatus
from provenance.base.text import URL_LIMIT, clean
from provenance.base.values import dataclass
from provenance.credentials import chain_description, locate
from provenance.credentials import chains as held
from provenance.credentials.cawg import identity_check, judging
from provenance.media import asset
from provenance.media.container import scan_container
from provenance.render.tree import TREE, TreeNode, draw
from provenance.signing import cache, chain_answer, ocsp_client
from provenance.signing import crl as lists
from provenance.verdict import report
from provenance_cli.common import FILE, AssetPath, OneLineError, library_errors, shown_path
from provenance_cli.declare import OptionGroup, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import (
    OUTPUT,
    FormatOptions,
    RevocationOptions,
    SidecarOptions,
    TrustOptions,
)
from provenance_cli.output import Printer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.base.finding import Finding
    from provenance.base.network import Call
    from provenance.base.terms import Cawg
    from provenance.credentials.chain_description import ChainLink, ManifestChain
    from provenance.credentials.locate import FoundCredential
    from provenance.credentials.manifest import ManifestStore
    from provenance.signing.chain_answer import ChainVerdict
    from provenance.signing.crl import RevocationList
    from provenance.signing.trust_store import TrustStore

_LABEL = 12
# A line: its lead, its text, the lead of what does not fit on it (None: as a tree has it).
Row = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class CertificateOptions(OptionGroup):
    """What else is written."""

    SECTION = OUTPUT

    pem: str | None = option(
        "--pem",
        once=True,
        metavar="OUT",
        type=FILE,
        help="Write all certificates found into OUT, as PEM.",
    )


@command_("chain", epilog="Example: provenance chain photo.jpg --pem certificates.pem")
@click.argument("file", type=AssetPath())
@takes_options(
    sidecar=SidecarOptions,
    answer=FormatOptions,
    certificates=CertificateOptions,
    trust=TrustOptions,
    revocation=RevocationOptions,
)
def chain_command(
    *,
    file: str,
    sidecar: SidecarOptions,
    answer: FormatOptions,
    certificates: CertificateOptions,
    trust: TrustOptions,
    revocation: RevocationOptions,
) -> None:
    """Show who signed FILE, under which authority, when, and whether it was revoked.

    Every manifest that the file's active one rests on is shown, with its chain from the signing
    certificate up to the list it reaches. Exit code 4 when a signature does not verify or a
    certificate was revoked when it signed, 1 when the file cannot be examined, otherwise 0.
    """
    moment = trust.at or datetime.now(UTC)
    chains: tuple[ManifestChain, ...] = ()
    with library_errors():
        store = trust.load()
        crls = [crl for name in revocation.crls for crl in lists.load_crls(name)]
        client = _client() if revocation.ocsp else None
        try:
            with asset.Asset.open(file) as opened:
                credential = locate.find_credential(
                    opened, scan_container(opened), sidecar=sidecar.sidecar
                )
            stale = store.findings(moment)
            credential = replace(credential, findings=(*credential.findings, *stale))
        except AssetError as e:
            raise _UnexaminedError(f"{shown_path(file)}: {e}") from e
        identity = None
        if (read := credential.store) is not None:
            described = chain_description.describe(
                read, trust=store, at=moment, crls=crls, ocsp=client
            )
            identity, noticed = _identity(read, described, store, moment, crls)
            credential = replace(credential, findings=(*credential.findings, *noticed))
            chains = tuple(
                replace(chain, verdict=_without_unverified(chain.verdict)) for chain in described
            )
        calls = client.calls if client else ()
    if answer.form == "json":
        click.echo(json.dumps(_record(file, moment, credential, identity, chains, calls), indent=2))
    else:
        printer = Printer(sys.stdout)
        for lead, text, below in (*_text(file, credential, identity, chains), *_calls(calls)):
            printer.line(((TREE if below is None else "", lead), ("", text)), below)
    if certificates.pem is not None:
        _write(certificates.pem, chains)
    click.get_current_context().exit(4 if _broken(chains) else 0)


def _identity(
    read: ManifestStore,
    chains: Sequence[ManifestChain],
    trust: TrustStore,
    at: datetime,
    crls: Sequence[RevocationList],
) -> tuple[Cawg, tuple[Finding, ...]]:
    """Judge which named actors vouch for the content, in addition to the signer."""
    claim = next((chain.verdict for chain in chains if chain.active), None)
    ocsp = held.collect_attached(read).ocsp
    return judging.cawg_verdict(
        read, identity_check.IdentityGrounds(trust, at, cache.ChainCache(), crls, ocsp, claim)
    )


def _client() -> ocsp_client.OcspClient:
    return ocsp_client.OcspClient()


def _without_unverified(verdict: ChainVerdict) -> ChainVerdict:
    """Take back, as `verify` does, what supposes that the claim signature verifies."""
    if verdict.signature_valid:
        return verdict
    return replace(
        verdict,
        identity=Identity.UNPROVEN,
        time=TimeStatus.UNKNOWN,
        signing_time=None,
        time_tier=None,
        revocation=chain_answer.RevocationAnswer(terms.Revocation.NOT_CHECKED),
    )


def _calls(calls: Sequence[Call]) -> Iterator[Row]:
    for call in calls:
        what = clean(call.error) or f"{call.bytes} bytes"
        yield "", f"asked {clean(call.url, URL_LIMIT)}: {what} in {call.seconds:.1f} s", "  "


class _UnexaminedError(OneLineError):
    exit_code = 1


def _broken(chains: Sequence[ManifestChain]) -> bool:
    return any(
        not chain.verdict.signature_valid or chain.verdict.revocation.status.value == "revoked"
        for chain in chains
    )


def _write(target: str, chains: Sequence[ManifestChain]) -> None:
    certificates = tuple(dict.fromkeys(der for chain in chains for der in chain.certificates))
    if not certificates:
        raise OneLineError("there are no certificates to write")
    try:
        with Path(target).open("x", encoding="ascii", newline="\n") as out:
            out.write(chain_description.pem(certificates))
    except FileExistsError as e:
        raise OneLineError(f"{shown_path(target)} exists already: name a new file") from e
    except OSError as e:
        raise OneLineError(f"{shown_path(target)}: {e.strerror or e}") from e
    click.echo(f"{len(certificates)} certificates written to {shown_path(target)}", err=True)


def _record(
    file: str,
    at: datetime,
    credential: FoundCredential,
    identity: Cawg | None,
    chains: Sequence[ManifestChain],
    calls: Sequence[Call],
) -> dict[str, Any]:
    """Return the answer as plain values; the path is exact, every other text is cleaned."""
    manifests = []
    for chain in chains:
        verdict = report.plain(chain.verdict)
        del verdict["path"]
        manifests.append(
            {
                "label": report.plain(chain.label),
                "active": chain.active,
                **verdict,
                "path": [report.plain(link) for link in chain.links],
            }
        )
    return {
        "path": file,
        "validation_time": report.plain(at),
        "credential": credential.status.value,
        "location": credential.location.value,
        "sidecar": credential.sidecar,
        "cawg": identity.value if identity else "none",
        "manifests": manifests,
        "findings": report.plain(credential.findings),
        "network": report.plain(tuple(calls)),
    }


def _text(
    file: str, credential: FoundCredential, identity: Cawg | None, chains: Sequence[ManifestChain]
) -> Iterator[Row]:
    where = f", {credential.location.value}" if credential.store is not None else ""
    yield "", f"{shown_path(file)}: credential {credential.status.value}{where}", "  "
    for finding in credential.findings:
        yield _finding(finding)
    if credential.store is None:
        yield "  ", "No signing chain. Absence of evidence is not evidence of anything.", "  "
    for chain in chains:
        yield "", "", ""
        yield "", f"manifest {_clean(chain.label)}{' (active)' if chain.active else ''}", "  "
        yield from _axes(chain)
        if chain.active and identity and identity.value != "none":
            yield _row("cawg", f"{identity.value} (an identity in addition to the signer)")
        yield from _tree(chain.links)
        placed = {finding for link in chain.links for finding in link.findings}
        for finding in chain.verdict.findings:
            if finding not in placed:
                yield _finding(finding)


def _clean(text: str) -> str:
    return clean(text)


def _finding(finding: Finding) -> Row:
    place = f"{_clean(finding.where)}: " if finding.where else ""
    text = f"{finding.severity}: {place}{_clean(finding.message)} [{finding.code}]"
    return "  ", text, "    "


def _row(name: str, value: str) -> Row:
    lead = f"  {name:<{_LABEL}}"
    return lead, value, " " * len(lead)


def _axes(chain: ManifestChain) -> Iterator[Row]:
    verdict = chain.verdict
    if not verdict.signature_valid:
        yield _row("signature", "does not verify: what follows is only claimed")
    else:
        yield _row("signature", "verifies")
    lists = ", ".join(
        f"{hit.list_name}{' (by its allow-list)' if hit.by_allow_list else ''}"
        for hit in verdict.hits
    )
    on = "" if not lists else ", names a signer on " if not verdict.signature_valid else ", on "
    yield _row("identity", verdict.identity.value + on + clean(lists))
    signed = f", {verdict.signing_time:%Y-%m-%dT%H:%M:%SZ}" if verdict.signing_time else ""
    yield _row("time", verdict.time.value + signed)
    for stamp in verdict.time_stamps:
        when = f"{stamp.time:%Y-%m-%dT%H:%M:%SZ}" if stamp.time else "no time"
        trust = f"trusted ({stamp.trusted.value})" if stamp.trusted else "not used"
        reason = f": {clean(stamp.reason)}" if stamp.reason else ""
        by = clean(stamp.authority) or "an authority that is not named"
        yield _row("time-stamp", f"{when} by {by}, in {stamp.header}, {trust}{reason}")
    answer = verdict.revocation
    when = f" at {answer.time:%Y-%m-%dT%H:%M:%SZ}" if answer.time else ""
    reason = f" ({clean(answer.reason)})" if answer.reason else ""
    source = f", from {clean(answer.source)}" if answer.source else ""
    yield _row("revocation", f"{answer.status.value}{when}{reason}{source}")


def _tree(links: Sequence[ChainLink]) -> Iterator[Row]:
    """Draw the path, the signing certificate first and each issuer below what it signed."""
    node: TreeNode | None = None
    for link in reversed(links):
        first, *rest = _details(link)
        children = (node,) if node else ()
        node = TreeNode((("", first),), children, tuple((("", line),) for line in rest))
    if node is not None:
        for (_, lead), (_, text) in draw(node, "  ", "  "):
            yield lead, text, None


def _details(link: ChainLink) -> Iterator[str]:
    certificate = link.certificate
    yield clean(certificate.subject) or "(no name)"
    algorithm = clean(certificate.signature_algorithm)
    yield f"serial {clean(certificate.serial)}, {certificate.key}, signed with {algorithm}"
    outside = "" if link.valid else ", not valid at the time that matters"
    yield f"valid {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}{outside}"
    if certificate.extended_key_usage:
        yield "for " + ", ".join(
            chain_description.USAGES.get(oid, oid) for oid in certificate.extended_key_usage
        )
    if link.profile.assurance_level:
        yield f"C2PA assurance level {link.profile.assurance_level}"
    if link.profile.record_id:
        yield f"conforming product {clean(link.profile.record_id)}"
    if link.lists:
        yield "on " + clean(", ".join(link.lists))
    yield f"sha256 {certificate.sha256}"
    yield {
        chain_description.LinkStatus.VERIFIED: "issuer's signature verifies",
        chain_description.LinkStatus.FAILED: "issuer's signature does NOT verify",
        chain_description.LinkStatus.ROOT: "issued by itself",
        chain_description.LinkStatus.END: (
            f"issued by {clean(certificate.issuer)}, which is not shown"
        ),
    }[link.status]
    for finding in link.findings:
        yield f"{finding.severity}: {clean(finding.message)} [{finding.code}]"
