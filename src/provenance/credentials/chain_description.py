"""The chains of one asset, link by link, for people who want to see what the verdict rests on."""

from __future__ import annotations

import base64
from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.credentials import chains
from provenance.signing import certificate as certificates
from provenance.signing import path_rules, profile, timestamp
from provenance.signing.cache import ChainCache
from provenance.signing.der import DerError
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from provenance.base.finding import Finding
    from provenance.credentials.manifest import ManifestStore
    from provenance.signing.certificate import Certificate
    from provenance.signing.chain_answer import CertificateInfo, ChainVerdict
    from provenance.signing.crl import RevocationList
    from provenance.signing.ocsp_client import OcspClient
    from provenance.signing.profile import CertificateProfile
    from provenance.signing.trust_store import TrustStore

USAGES = {
    path_rules.EKU_CLAIM_SIGNING: "C2PA claim signing",
    path_rules.EKU_EMAIL_PROTECTION: "e-mail protection",
    path_rules.EKU_DOCUMENT_SIGNING: "document signing",
    path_rules.EKU_MICROSOFT_C2PA: "Microsoft C2PA signing",
    path_rules.EKU_TIME_STAMPING: "time-stamping",
    path_rules.EKU_OCSP_SIGNING: "OCSP signing",
    path_rules.EKU_ANY: "any purpose",
    "1.3.6.1.5.5.7.3.1": "TLS server",
    "1.3.6.1.5.5.7.3.2": "TLS client",
    "1.3.6.1.5.5.7.3.3": "code signing",
}


class LinkStatus(StrEnum):
    """What holds a certificate of a path to the next one.

    `verified`: the next one's key signed it. `failed`: it did not. `root`: it signed itself.
    `end`: the path ends here, at an anchor or where the issuer is not known.
    """

    VERIFIED = "verified"
    FAILED = "failed"
    ROOT = "root"
    END = "end"


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One certificate of a path. `lists` are those it is on; `findings` are about it alone."""

    certificate: CertificateInfo
    status: LinkStatus
    lists: tuple[str, ...]
    valid: bool
    profile: CertificateProfile
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ManifestChain:
    """The chain of one manifest; `certificates` are those that it carries, as DER."""

    label: str
    active: bool
    verdict: ChainVerdict
    links: tuple[ChainLink, ...]
    certificates: tuple[bytes, ...]


def describe(
    store: ManifestStore,
    *,
    trust: TrustStore,
    at: datetime,
    crls: Sequence[RevocationList] = (),
    ocsp: OcspClient | None = None,
) -> tuple[ManifestChain, ...]:
    """Describe the chain of every reachable manifest that is signed, in the order of the walk.

    `at` is the validation time, aware; `crls` and `ocsp` as in `chains.chain_verdicts`. Never
    raises for what a file holds.
    """
    cache = ChainCache()
    verdicts = chains.chain_verdicts(store, trust=trust, at=at, cache=cache, crls=crls, ocsp=ocsp)
    stamps = chains.collect_attached(store).stamps
    described = []
    for label, verdict in verdicts.items():
        signature = store.manifests[label].signature
        if signature is None:
            continue
        tokens = [stamp.der for stamp in signature.time_stamps]
        described.append(
            ManifestChain(
                label=label,
                active=label == store.active,
                verdict=verdict,
                links=links(verdict, signature.certificates, trust, at, cache),
                certificates=_every_certificate(
                    signature.certificates, (*tokens, *stamps.get(label, ()))
                ),
            )
        )
    return tuple(described)


def links(
    verdict: ChainVerdict,
    supplied: Sequence[bytes],
    trust: TrustStore,
    at: datetime,
    cache: ChainCache,
) -> tuple[ChainLink, ...]:
    """The links of a judged path, checked against the signing time, or against `at` without one."""
    path = chains.certificates(verdict, supplied, trust, cache)
    moment = verdict.signing_time or at
    chain_links = []
    for position, certificate in enumerate(path):
        above = path[position + 1] if position + 1 < len(path) else None
        place = path_rules.where(certificate)
        chain_links.append(
            ChainLink(
                certificate=certificates.describe(certificate),
                status=_status(certificate, above, cache),
                lists=_lists(certificate, trust),
                valid=certificate.valid_at(moment),
                profile=profile.certificate_profile(certificate),
                findings=tuple(f for f in verdict.findings if f.where == place),
            )
        )
    return tuple(chain_links)


def _status(certificate: Certificate, above: Certificate | None, cache: ChainCache) -> LinkStatus:
    if above is not None:
        return LinkStatus.VERIFIED if cache.link(above, certificate) else LinkStatus.FAILED
    return LinkStatus.ROOT if certificate.self_issued else LinkStatus.END


def _lists(certificate: Certificate, trust: TrustStore) -> tuple[str, ...]:
    named = [anchor.info.name for anchor in trust.with_digest(certificate.sha256, Purpose.SIGNER)]
    named += [info.name for info in trust.allows(certificate.sha256)]
    return tuple(dict.fromkeys(named))


def _every_certificate(supplied: Iterable[bytes], tokens: Iterable[bytes]) -> tuple[bytes, ...]:
    encoded = list(supplied)
    for token in tokens:
        try:
            encoded += timestamp.read_token(token).certificates
        except DerError:
            continue
    return tuple(dict.fromkeys(encoded))


def pem(ders: Iterable[bytes]) -> str:
    """Certificates as PEM (RFC 7468), each once, and nothing of the file's text between them."""
    blocks = []
    for data in dict.fromkeys(ders):
        text = base64.b64encode(data).decode("ascii")
        lines = [text[i : i + 64] for i in range(0, len(text), 64)]
        blocks += ["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----"]
    return "\n".join((*blocks, ""))
