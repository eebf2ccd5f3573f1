"""Revocation lists: what counts, what is passed over, what cannot be loaded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from support.each import each
from unit.signing import pki, resigned
from unit.signing.pki import tlv

from provenance.base.errors import TrustMaterialError
from provenance.base.finding import Severity
from provenance.base.terms import Revocation
from provenance.signing import claim_signature, crl
from provenance.signing.der import DerError
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.signing.chain_answer import ChainVerdict

ROOT = pki.authority("CRL root", usage=(pki.CERT_SIGN, "crl_sign"))
OTHER = pki.authority("CRL other root", usage=(pki.CERT_SIGN, "crl_sign"))
NO_CRL = pki.authority("CRL root without the usage")
LEAF = pki.issue("CRL leaf", ROOT)
PLAIN_LEAF = pki.issue("CRL leaf of another", NO_CRL)
TSA_ROOT = pki.authority("CRL TSA root")
TSA = pki.issue("CRL TSA", TSA_ROOT, eku=(pki.STAMPING,))
REVOKED_AT = pki.AT - timedelta(days=10)


def make(
    issuer: pki.Issued = ROOT,
    *revoked: pki.Issued,
    reason: x509.ReasonFlags | None = None,
    this_update: datetime = pki.AT - timedelta(days=1),
    next_update: datetime = pki.AT + timedelta(days=6),
    signer: Any = None,
    point: x509.IssuingDistributionPoint | None = None,
    delta: bool = False,
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False
        )
    )
    for one in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(one.certificate.serial_number)
            .revocation_date(REVOKED_AT)
        )
        if reason:
            entry = entry.add_extension(x509.CRLReason(reason), False)
        builder = builder.add_revoked_certificate(entry.build())
    if point:
        builder = builder.add_extension(point, True)
    if delta:
        builder = builder.add_extension(x509.DeltaCRLIndicator(1), True)
    return builder.sign(signer or issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def point(**options: Any) -> x509.IssuingDistributionPoint:
    defaults: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**defaults, **options})


@pytest.fixture
def trust(tmp_path: Path) -> TrustStore:
    anchors, tsa = tmp_path / "anchors.pem", tmp_path / "tsa.pem"
    anchors.write_bytes(ROOT.pem + NO_CRL.pem)
    tsa.write_bytes(TSA_ROOT.pem)
    return TrustStore.load(bundled=False, anchors=[anchors], tsa_anchors=[tsa])


def judge(
    trust: TrustStore,
    *lists: bytes,
    leaf: pki.Issued = LEAF,
    stamped: datetime | None = None,
    ocsp: tuple[bytes, ...] = (),
) -> ChainVerdict:
    signature = pki.cose(leaf, ocsp_responses=ocsp)
    stamps: tuple[bytes, ...] = ()
    if stamped:
        stamps = (pki.token(pki.stamped_bytes(signature), TSA, TSA_ROOT, time=stamped),)
    return claim_signature.chain_verdict(
        signature,
        pki.CLAIM,
        trust=trust,
        at=pki.AT,
        attached_time_stamps=stamps,
        crls=[crl.read_crl(one, "list.crl") for one in lists],
    )


URI = x509.UniformResourceIdentifier("http://ca.example/part.crl")


@pytest.mark.parametrize(
    ("made", "status", "code"),
    [
        (make(), Revocation.GOOD, ""),
        (make(ROOT, PLAIN_LEAF), Revocation.GOOD, ""),
        (make(ROOT, LEAF), Revocation.REVOKED, "revocation.revoked"),
        (make(ROOT, LEAF, signer=OTHER.key), Revocation.NOT_CHECKED, "revocation.crl_unusable"),
        (make(OTHER, LEAF), Revocation.NOT_CHECKED, ""),
        (make(ROOT, LEAF, delta=True), Revocation.NOT_CHECKED, "revocation.crl_unusable"),
        (make(next_update=pki.AT - timedelta(hours=1)), Revocation.NOT_CHECKED, "window"),
        (make(this_update=pki.AT + timedelta(days=1)), Revocation.NOT_CHECKED, "window"),
        # Revocation does not lapse.
        (make(ROOT, LEAF, next_update=pki.AT - timedelta(hours=1)), Revocation.REVOKED, ""),
        (make(point=point(only_contains_user_certs=True)), Revocation.GOOD, ""),
        (make(point=point(only_contains_ca_certs=True)), Revocation.NOT_CHECKED, "unusable"),
        (make(point=point(indirect_crl=True)), Revocation.NOT_CHECKED, "unusable"),
        (
            make(point=point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))),
            Revocation.NOT_CHECKED,
            "unusable",
        ),
        (make(point=point(full_name=[URI])), Revocation.NOT_CHECKED, "other_certificate"),
        (make(ROOT, LEAF, point=point(full_name=[URI])), Revocation.REVOKED, ""),
    ],
)
def test_a_revocation_list_answers_about_the_signer(
    trust: TrustStore, made: bytes, status: Revocation, code: str
) -> None:
    verdict = judge(trust, made)
    assert verdict.revocation.status is status
    found = [one for one in verdict.findings if one.code.startswith("revocation.")]
    assert any(code in one.code for one in found) if code else True
    if status is not Revocation.REVOKED:
        assert [one for one in found if one.severity is not Severity.NOTE] == []


def test_a_revocation_list_says_when_and_why(trust: TrustStore) -> None:
    made = make(ROOT, LEAF, reason=x509.ReasonFlags.key_compromise)
    answer = judge(trust, made).revocation
    assert (answer.time, answer.reason) == (REVOKED_AT, "key_compromise")
    assert answer.source == "list.crl"
    before = judge(trust, made, stamped=REVOKED_AT - timedelta(days=1))
    assert before.revocation.status is Revocation.REVOKED_LATER
    after = judge(trust, made, stamped=REVOKED_AT + timedelta(days=1))
    assert after.revocation.status is Revocation.REVOKED


def test_a_removed_entry_is_no_revocation(trust: TrustStore) -> None:
    made = make(ROOT, LEAF, reason=x509.ReasonFlags.remove_from_crl)
    assert judge(trust, made).revocation.status is Revocation.GOOD


def test_a_list_of_an_authority_that_may_not_sign_lists_does_not_count(trust: TrustStore) -> None:
    verdict = judge(trust, make(NO_CRL, PLAIN_LEAF), leaf=PLAIN_LEAF)
    assert verdict.revocation.status is Revocation.NOT_CHECKED
    assert "revocation.crl_unusable" in {one.code for one in verdict.findings}


def test_the_worse_of_list_and_responder_counts(trust: TrustStore) -> None:
    good = pki.ocsp_response(LEAF, ROOT)
    assert judge(trust, make(ROOT, LEAF), ocsp=(good,)).revocation.status is Revocation.REVOKED
    both = judge(trust, make(), make(ROOT, LEAF))
    assert both.revocation.status is Revocation.REVOKED


def test_revocation_lists_are_loaded_in_each_form(tmp_path: Path) -> None:
    file = tmp_path / "list.crl"
    one = x509.load_der_x509_crl(make(ROOT, LEAF)).public_bytes(Encoding.PEM)
    file.write_bytes(b"text before\n" + one + one)
    assert [len(held.entries) for held in crl.load_crls(file)] == [1, 1]
    file.write_bytes(make())
    assert crl.load_crls(file)[0].source == "list.crl"


@each(
    "content",
    [b"", b"junk", b"-----BEGIN X509 CRL-----\nAAAA", LEAF.der, make()[:-3], make() + b"\0"],
)
def test_a_revocation_list_that_cannot_be_loaded_is_an_error(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "list.crl"
    file.write_bytes(content)
    with pytest.raises(TrustMaterialError, match=r"list\.crl"):
        crl.load_crls(file)


def test_a_missing_revocation_list_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrustMaterialError, match="none"):
        crl.load_crls(tmp_path / "none.crl")


def test_every_cut_and_flip_is_refused_or_changes_nothing(trust: TrustStore) -> None:
    made = make(ROOT, LEAF)
    for position in range(0, len(made), 3):
        changed = bytearray(made)
        changed[position] ^= 0x41
        try:
            verdict = judge(trust, bytes(changed))
        except ValueError:
            continue
        assert verdict.revocation.status is Revocation.NOT_CHECKED


def test_a_revocation_list_may_have_more_entries_than_other_structures() -> None:
    others = [pki.Issued(_Serial(number), None) for number in range(1, 5000)]  # type: ignore[arg-type]  # stand-ins
    assert len(crl.read_crl(make(ROOT, *others)).entries) == 4999


class _Serial:
    def __init__(self, number: int) -> None:
        self.serial_number = number


# ---- what the library reads, and what it does not --------------------------------------------

VERSION, ALGORITHM, ISSUER, THIS_UPDATE, _, ENTRIES, EXTENSIONS = range(7)
SERIAL, WHEN = resigned.parts(resigned.parts(resigned.fields(make(ROOT, LEAF))[ENTRIES])[0])
CAFE = resigned.name((("2.5.4.3", 0x14, b"caf\xe9"),))  # TeletexString, which names no alphabet


def with_entry(*parts: bytes) -> bytes:
    entries = tlv(resigned.SEQUENCE, tlv(resigned.SEQUENCE, *parts))
    return resigned.replaced(make(ROOT, LEAF), ROOT, ENTRIES, entries)


def reason(code: int) -> bytes:
    return tlv(resigned.SEQUENCE, resigned.extension("2.5.29.21", tlv(0x0A, bytes([code]))))


def test_the_issuer_is_compared_as_it_was_signed() -> None:
    """The library cannot give every name that a list may have; its bytes are compared anyway."""
    made = resigned.replaced(make(ROOT, LEAF), ROOT, ISSUER, CAFE)
    with pytest.raises(ValueError, match="InvalidValue"):
        assert x509.load_der_x509_crl(made).issuer
    assert crl.read_crl(made).issuer == CAFE


@pytest.mark.parametrize("code", [7, 11, 200])
def test_a_reason_that_no_section_names_revokes_all_the_same(trust: TrustStore, code: int) -> None:
    answer = judge(trust, with_entry(SERIAL, WHEN, reason(code))).revocation
    assert (answer.status, answer.time) == (Revocation.REVOKED, REVOKED_AT)
    assert answer.reason == "a reason that cannot be read"


def test_a_list_of_the_first_version_is_read(trust: TrustStore) -> None:
    """It has no extensions: OpenSSL makes such lists where its settings name none."""
    held = resigned.fields(make(ROOT, LEAF))
    first = resigned.signed(ROOT, *held[ALGORITHM:EXTENSIONS])
    assert judge(trust, first).revocation.status is Revocation.REVOKED


def test_without_a_next_update_a_list_speaks_for_a_day() -> None:
    held = resigned.fields(make())
    del held[4]
    one = crl.read_crl(resigned.signed(ROOT, *held))
    assert one.next_update - one.this_update == timedelta(hours=24)


@each(
    "made",
    [
        with_entry(SERIAL),
        with_entry(SERIAL, tlv(0x17, b"yesterday")),
        resigned.replaced(make(), ROOT, VERSION, tlv(0x02, b"\7")),
        resigned.replaced(make(), ROOT, THIS_UPDATE, tlv(0x17, b"yesterday")),
        resigned.signed(ROOT, *resigned.fields(make()), algorithm=tlv(0x30, resigned.oid("1.2.3"))),
        make(point=point(only_contains_ca_certs=True)).replace(b"\x82\x01\xff", b"\x82\x01\x00"),
    ],
    ids=["no-date", "bad-date", "version", "update", "two-algorithms", "empty-point"],
)
def test_what_breaks_the_standard_is_refused_as_a_whole(made: bytes) -> None:
    with pytest.raises(DerError):
        crl.read_crl(made)
