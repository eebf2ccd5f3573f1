"""The chains of a whole manifest store: what manifests hold for one another is brought together.

C2PA 2.4 section 18.18 (`c2pa.time-stamp`) and section 18.19 (`c2pa.certificate-status`). Both
are signed by their authority, whoever put them there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.finding import note
from provenance.base.terms import Revocation
from provenance.base.values import dataclass
from provenance.credentials import assertion_content
from provenance.signing import claim_signature
from provenance.signing.der import DerError
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from provenance.credentials.manifest import ManifestStore
    from provenance.signing.cache import ChainCache
    from provenance.signing.certificate import Certificate
    from provenance.signing.chain_answer import ChainVerdict, CoseSignature
    from provenance.signing.crl import RevocationList
    from provenance.signing.ocsp_client import OcspClient
    from provenance.signing.trust_store import TrustStore

MAX_ATTACHED = 64  # time-stamps for one manifest
MAX_ATTACHED_OCSP = 1 << 20  # bytes of responses; a real one has at most 4 KB
_IN_THE_FILE = frozenset({claim_signature.STAPLED, claim_signature.CERTIFICATE_STATUS})
_NOT_ASKED = note(
    "revocation.not_asked",
    "the responder was not asked: the calls or the seconds allowed for one file are used up",
)


@dataclass(frozen=True, slots=True)
class Attached:
    """Time-stamp tokens by the label of the manifest they are for, and OCSP responses.

    A response `None` at the end stands for further ones: not to have read them is no answer.
    """

    stamps: Mapping[str, tuple[bytes, ...]]
    ocsp: tuple[bytes | None, ...]


def collect_attached(store: ManifestStore) -> Attached:
    """Collect what assertions of reachable manifests hold for other signatures."""
    stamps: dict[str, list[bytes]] = {}
    ocsp: list[bytes] = []
    for label in store.reachable:
        for assertion in store.manifests[label].named("c2pa.time-stamp", "c2pa.certificate-status"):
            try:
                data = assertion.decode()
            except ValueError:
                continue
            if not isinstance(data, dict):
                continue
            if assertion.base == "c2pa.certificate-status":
                values = data.get("ocspVals")
                if isinstance(values, list | tuple):
                    ocsp += [v for v in values if isinstance(v, bytes)]
                continue
            for key, value in data.items():
                if isinstance(key, str) and isinstance(value, bytes):
                    named = assertion_content.manifest_label(key) or key
                    stamps.setdefault(named, []).append(value)
    held = {label: tuple(tokens[:MAX_ATTACHED]) for label, tokens in stamps.items()}
    return Attached(held, _bounded(dict.fromkeys(ocsp)))


def _bounded(responses: Iterable[bytes]) -> tuple[bytes | None, ...]:
    kept: list[bytes | None] = []
    left = MAX_ATTACHED_OCSP
    for response in responses:
        left -= len(response)
        if left < 0:
            return (*kept, None)
        kept.append(response)
    return tuple(kept)


def chain_verdicts(
    store: ManifestStore,
    *,
    trust: TrustStore,
    at: datetime,
    cache: ChainCache,
    crls: Sequence[RevocationList] = (),
    ocsp: OcspClient | None = None,
) -> dict[str, ChainVerdict]:
    """Judge every reachable manifest that has a signature, in the order of the walk.

    `crls` are the user's revocation lists. With `ocsp`, and only then, the responder of a signer
    is asked whose signature verifies and whose chain reaches a list, where the file does not
    settle the matter (C2PA 2.4 section 15.9.2). The store has one budget of signature checks, the
    active manifest first.
    """
    held = collect_attached(store)
    cache.begin_file()

    def verdict_with(
        label: str, signature: CoseSignature, fetched: tuple[bytes, ...]
    ) -> ChainVerdict:
        return claim_signature.chain_verdict(
            signature,
            store.manifests[label].claim,
            trust=trust,
            at=at,
            attached_time_stamps=held.stamps.get(label, ()),
            attached_ocsp=held.ocsp,
            fetched_ocsp=fetched,
            crls=crls,
            cache=cache,
        )

    verdicts = {}
    for label in store.reachable:
        signature = store.manifests[label].signature
        if signature is None:
            continue
        verdict = verdict_with(label, signature, ())
        if ocsp is not None and _is_worth_asking(verdict):
            path = certificates(verdict, signature.certificates, trust, cache)
            if len(path) > 1:
                fetched = ocsp.ask(path[0], path[1])
                if fetched is None:
                    verdict = replace(verdict, findings=(*verdict.findings, _NOT_ASKED))
                elif fetched:
                    verdict = verdict_with(label, signature, fetched)
        verdicts[label] = verdict
    return verdicts


def _is_worth_asking(verdict: ChainVerdict) -> bool:
    """Whether revocation is worth asking for: the signer is proven, listed and not judged yet.

    An answer in the file settles it for the time of a trusted time-stamp, and else for no time.
    """
    if not verdict.signature_valid or not verdict.hits:
        return False
    status = verdict.revocation.status
    if status is Revocation.GOOD:
        return verdict.signing_time is None and verdict.revocation.source in _IN_THE_FILE
    return status in {Revocation.NOT_CHECKED, Revocation.UNKNOWN}


def certificates(
    verdict: ChainVerdict, supplied: Sequence[bytes], trust: TrustStore, cache: ChainCache
) -> tuple[Certificate, ...]:
    """The certificates that a judged path describes, as far as they were supplied or are listed."""
    known: dict[str, Certificate] = {}
    for data in supplied:
        try:
            parsed = cache.certificate(data)
        except DerError:
            continue
        known[parsed.sha256] = parsed
    path = []
    for info in verdict.path:
        certificate = known.get(info.sha256)
        for anchor in trust.with_digest(info.sha256, Purpose.SIGNER):
            certificate = certificate or cache.certificate(anchor.der)
        if certificate is None:
            break
        path.append(certificate)
    return tuple(path)
