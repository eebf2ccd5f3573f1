"""The chains of a store: what manifests hold for one another, who is asked, and one budget."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID
from unit.signing import pki

from provenance.base.terms import Identity, Revocation
from provenance.credentials import chains
from provenance.signing import cache
from provenance.signing.cache import ChainCache
from provenance.signing.chain_answer import CoseSignature, TimeStampToken
from provenance.signing.ocsp_client import OcspClient
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.credentials.manifest import ManifestStore
    from provenance.signing.certificate import Certificate
    from provenance.signing.chain_answer import ChainVerdict

ROOT = pki.authority("Store root")
TSA = pki.issue("Store TSA", ROOT, eku=(pki.STAMPING,))


def addressed(label: str, issuer: pki.Issued = ROOT) -> pki.Issued:
    """A signer whose certificate names a responder."""
    place = x509.UniformResourceIdentifier("http://ocsp.example/")
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
    return pki.issue(label, issuer, more=((x509.AuthorityInformationAccess([access]), False),))


LEAF = addressed("Store leaf")
GOOD = pki.ocsp_response(LEAF, ROOT)


@pytest.fixture
def trust(tmp_path: Path) -> TrustStore:
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(ROOT.pem)
    return TrustStore.load(bundled=False, anchors=[anchors], tsa_anchors=[anchors])


def store(*signatures: CoseSignature, statuses: tuple[bytes, ...] = ()) -> ManifestStore:
    """A stand-in: manifests by number, the first holding answers for all."""

    def named(*bases: str) -> tuple[Any, ...]:
        content = {"ocspVals": list(statuses)}
        held = SimpleNamespace(base="c2pa.certificate-status", decode=lambda: content)
        return (held,) if statuses and held.base in bases else ()

    made = {
        str(number): SimpleNamespace(signature=one, claim=pki.CLAIM, named=named)
        for number, one in enumerate(signatures)
    }
    return cast("ManifestStore", SimpleNamespace(reachable=tuple(made), manifests=made))


class Responder(OcspClient):
    """Answers at once, and notes who was asked about."""

    def __init__(self, answer: tuple[bytes, ...] | None) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[int] = []

    def ask(self, leaf: Certificate, issuer: Certificate) -> tuple[bytes, ...] | None:
        self.asked.append(leaf.serial)
        return self.answer


def judge(
    held: ManifestStore, trust: TrustStore, ocsp: OcspClient | None = None, **more: Any
) -> dict[str, ChainVerdict]:
    more.setdefault("cache", ChainCache())
    return chains.chain_verdicts(held, trust=trust, at=pki.AT, ocsp=ocsp, **more)


def codes(verdict: ChainVerdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def test_a_flood_of_answers_hides_none(trust: TrustStore) -> None:
    revoked = pki.ocsp_response(
        LEAF, ROOT, status=pki.ocsp.OCSPCertStatus.REVOKED, revoked_at=pki.START
    )
    junk = tuple(b"\x30\x04\x04\x02" + n.to_bytes(2, "big") for n in range(5000))
    found = judge(store(pki.cose(LEAF), statuses=(*junk, revoked)), trust)
    assert found["0"].revocation.status is Revocation.REVOKED


def test_answers_beyond_a_bound_are_not_good(trust: TrustStore) -> None:
    filler = bytes(chains.MAX_ATTACHED_OCSP)
    held = chains.collect_attached(store(pki.cose(LEAF), statuses=(GOOD, filler, b"more")))
    assert held.ocsp == (GOOD, None)
    found = judge(store(pki.cose(LEAF), statuses=(GOOD, filler)), trust)
    assert found["0"].revocation.status is Revocation.UNKNOWN
    found = judge(store(pki.cose(LEAF), statuses=(GOOD, b"other")), trust)
    assert found["0"].revocation.status is Revocation.GOOD


def test_only_proven_signers_on_a_list_are_asked_about(trust: TrustStore) -> None:
    stranger = addressed("Store stranger", pki.authority("Store other root"))
    forged = pki.cose(LEAF, signature=bytes(64))
    responder = Responder((GOOD,))
    found = judge(store(forged, pki.cose(stranger), pki.cose(LEAF)), trust, responder)
    assert responder.asked == [LEAF.certificate.serial_number]
    assert [one.revocation.status for one in found.values()] == [
        Revocation.NOT_CHECKED,
        Revocation.NOT_CHECKED,
        Revocation.GOOD,
    ]


def with_answer(*, stamped: bool, answer: bytes = GOOD) -> CoseSignature:
    plain = pki.cose(LEAF, ocsp_responses=(answer,))
    if not stamped:
        return plain
    data = pki.token(pki.stamped_bytes(plain), TSA)
    return pki.with_stamps(plain, TimeStampToken("sigTst2", data))


UNKNOWN = pki.ocsp_response(LEAF, ROOT, status=pki.ocsp.OCSPCertStatus.UNKNOWN)


@pytest.mark.parametrize(
    ("signature", "asked"),
    [
        (with_answer(stamped=True), False),
        (with_answer(stamped=False), True),  # it was good then; now is another matter
        (with_answer(stamped=True, answer=UNKNOWN), True),
        (pki.cose(LEAF), True),
    ],
)
def test_a_responder_is_not_asked_where_the_file_has_the_answer(
    trust: TrustStore, signature: CoseSignature, asked: bool
) -> None:
    responder = Responder(())
    before = judge(store(signature), trust)["0"]
    after = judge(store(signature), trust, responder)["0"]
    assert bool(responder.asked) is asked
    assert after == before  # nobody answered


def test_a_signer_not_asked_about_for_want_of_calls_is_named(trust: TrustStore) -> None:
    found = judge(store(pki.cose(LEAF)), trust, Responder(None))["0"]
    assert codes(found) == {"revocation.not_asked"}
    assert found.revocation.status is Revocation.NOT_CHECKED


def test_each_store_has_its_own_budget_of_checks(
    trust: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_CHECKS", 2)
    held = ChainCache()
    signers = [pki.cose(addressed(f"Budget {n}")) for n in range(4)]
    for _ in range(2):
        found = judge(store(*signers), trust, cache=held)
        assert [one.identity for one in found.values()] == [
            Identity.PRIVATE,
            Identity.PRIVATE,
            Identity.INVALID,
            Identity.INVALID,
        ]
        assert [codes(one) for one in found.values()][2:] == [{"chain.not_checked"}] * 2
        assert [one for one in found.values() if not one.signature_valid] == []
