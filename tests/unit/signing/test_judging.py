"""The whole answer of the engine: each finding of its own in full, and what goes where."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPCertStatus
from support.each import each
from unit.signing import pki
from unit.signing.lists import together, trusting
from unit.signing.pki import AT, END, START, Issued, authority, cose, issue, ocsp_response, token

from provenance.base.terms import Identity, Revocation, Tier, TimeStatus
from provenance.signing import cache, claim_signature, crl
from provenance.signing.cache import ChainCache
from provenance.signing.certificate import describe, read_certificate
from provenance.signing.chain_answer import (
    AnchorHit,
    ChainVerdict,
    CoseSignature,
    RevocationAnswer,
    TimeStamp,
    TimeStampToken,
)
from provenance.signing.claim_signature import chain_verdict
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.signing.trust_store import TrustStore

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
WIDE = (START - 900 * DAY, END + 900 * DAY)
ROOT = authority("Judging root", dates=WIDE, usage=(pki.CERT_SIGN, "crl_sign"))
LEAF = issue("Judging leaf", ROOT, eku=(pki.EMAIL, pki.CLAIM_EKU))
TSA = issue("Judging TSA", ROOT, eku=(pki.STAMPING,), dates=WIDE)
STAMPS = trusting(ROOT, purpose=Purpose.TSA)
TRUST = together(trusting(ROOT), STAMPS)
SOUND = cose(LEAF)


def info(one: Issued) -> Any:
    return describe(read_certificate(one.der))


def judged(
    signature: CoseSignature = SOUND,
    trust: TrustStore = TRUST,
    *,
    claim: bytes = pki.CLAIM,
    at: datetime = AT,
    **more: Any,
) -> ChainVerdict:
    return chain_verdict(signature, claim, trust=trust, at=at, **more)


def said(verdict: ChainVerdict) -> list[str]:
    return [f"{one.severity} {one.code} [{one.where}] {one.message}" for one in verdict.findings]


def test_a_sound_signature_in_full() -> None:
    found = AnchorHit(Tier.PRIVATE, "private list", info(ROOT).subject, info(ROOT).sha256, False)
    assert judged() == ChainVerdict(
        signature_valid=True,
        identity=Identity.PRIVATE,
        hits=(found,),
        path=(info(LEAF), info(ROOT)),
        time=TimeStatus.CURRENT,
        signing_time=None,
        time_tier=None,
        time_stamps=(),
        revocation=RevocationAnswer(Revocation.NOT_CHECKED),
        findings=(),
    )


def test_the_time_that_the_signer_claims_decides_nothing() -> None:
    early = judged(replace(SOUND, claimed_time=START - 99 * DAY))
    assert early == replace(judged(), claimed_time=START - 99 * DAY)


@pytest.mark.parametrize(
    ("trust", "identity"),
    [
        (trusting(ROOT, tier=Tier.C2PA), Identity.C2PA),
        (trusting(ROOT, tier=Tier.INTERIM), Identity.INTERIM),
        (trusting(ROOT), Identity.PRIVATE),
        (trusting(), Identity.UNLISTED),
        (STAMPS, Identity.UNLISTED),
    ],
)
def test_each_list_gives_its_identity_and_a_broken_chain_is_invalid(
    trust: TrustStore, identity: Identity
) -> None:
    assert judged(trust=trust).identity is identity
    broken = cose(issue("Judging broken", ROOT, eku=None))
    assert judged(broken, trust).identity is Identity.INVALID


# ---- the claim signature --------------------------------------------------------------------


DER = (
    "warning signature.der_encoded [] the claim signature verifies, but is written in DER, where"
    " RFC 9053 section 2.1 asks for its two numbers one after the other: other readers may call it"
    " invalid"
)
MISMATCH = "error signature.mismatch [] the claim signature does not verify"


def in_der() -> CoseSignature:
    raw = SOUND.signature
    half = len(raw) // 2
    numbers = (raw[:half].lstrip(b"\0"), raw[half:].lstrip(b"\0"))
    held = [pki.tlv(0x02, b"\0" * (one[0] >> 7) + one) for one in numbers]
    return replace(SOUND, signature=pki.tlv(0x30, *held))


@each(
    ("signature", "finding"),
    [
        (
            replace(SOUND, algorithm=None),
            "error signature.algorithm_unsupported [] the signature names no algorithm",
        ),
        (
            replace(SOUND, algorithm=-257),
            "error signature.algorithm_unsupported [] algorithm -257 is not one that C2PA allows",
        ),
        (
            replace(SOUND, algorithm=-8),
            "error signature.key_mismatch [] EdDSA does not go with the key EC P-256",
        ),
        (
            replace(SOUND, not_understood=("x-one", "x-two")),
            (
                "error signature.critical_header [] the signer marks a header as critical that is"
                " not understood here: x-one, x-two"
            ),
        ),
        (
            replace(SOUND, payload=b""),
            (
                "error signature.other_payload [] the signature carries a payload of its own, which"
                " is not the claim"
            ),
        ),
        (replace(SOUND, signature=b"\1" * 64), MISMATCH),
        (in_der(), DER),
        (replace(SOUND, payload=pki.CLAIM), ""),
    ],
)
def test_the_claim_signature_verifies_or_says_why_not(
    signature: CoseSignature, finding: str
) -> None:
    verdict = judged(signature)
    assert said(verdict) == ([finding] if finding else [])
    assert verdict.signature_valid is (finding in {"", DER})
    assert verdict.identity is Identity.PRIVATE
    assert said(judged(signature, claim=b"other"))  # whatever it is, it is not over this


def test_claim_signatures_beyond_their_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_CLAIM_CHECKS", 0)
    verdict = judged()
    assert said(verdict) == [
        (
            "error signature.not_checked []"
            " the claim signature was not checked: those before it took too long"
        )
    ]
    assert not verdict.signature_valid


def test_a_claim_signature_with_a_larger_key_counts_for_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    large = issue("Judging large", ROOT, kind="P-521")
    for most, valid in ((1, False), (2, True)):
        monkeypatch.setattr(cache, "MAX_CLAIM_CHECKS", most)
        assert judged(cose(large, algorithm=-36)).signature_valid is valid


@pytest.mark.parametrize(
    ("certificates", "finding"),
    [
        ((), "error chain.no_certificate [] the signature carries no certificate"),
        ((b"",), "error chain.certificate_malformed [leaf] cut short"),
    ],
)
def test_without_a_certificate_nothing_else_is_asked(
    certificates: tuple[bytes, ...], finding: str
) -> None:
    answer = ocsp_response(LEAF, ROOT)
    verdict = judged(
        replace(SOUND, certificates=certificates, ocsp=(answer,)), attached_ocsp=[answer]
    )
    assert said(verdict) == [finding]
    assert (verdict.signature_valid, verdict.identity) == (False, Identity.INVALID)
    assert (verdict.path, verdict.hits, verdict.time) == ((), (), TimeStatus.UNKNOWN)
    assert verdict.revocation == RevocationAnswer(Revocation.NOT_CHECKED)


def test_a_chain_beyond_the_budget_of_the_file() -> None:
    verdict = judged(cache=spent())
    assert said(verdict) == [
        (
            "error chain.not_checked []"
            " the certificates were not checked: those before them took too many checks"
        )
    ]
    assert (verdict.signature_valid, verdict.identity) == (True, Identity.INVALID)


def spent() -> ChainCache:
    held = ChainCache()
    held.charge("spent", cache.MAX_CHECKS)
    return held


def test_the_cache_mixes_no_chains_up() -> None:
    held = ChainCache()
    middle = authority("Judging middle", ROOT)
    low = issue("Judging low", middle)
    for _ in range(2):
        for signature, trust, identity in (
            (cose(low), TRUST, Identity.UNLISTED),
            (cose(low, middle), TRUST, Identity.PRIVATE),
            (cose(low, middle), STAMPS, Identity.UNLISTED),
        ):
            verdict = judged(signature, trust, cache=held)
            assert verdict.identity is identity
    assert held._spent  # the one that was given is used


# ---- time-stamps ----------------------------------------------------------------------------


OTHER_ROOT = authority("Judging other root", dates=WIDE)
OTHER_TSA = issue("Judging other TSA", OTHER_ROOT, eku=(pki.STAMPING,), dates=WIDE)


def stamp(when: datetime, by: Issued = TSA, header: str = "sigTst2") -> TimeStampToken:
    return TimeStampToken(header, token(pki.stamped_bytes(SOUND, header), by, time=when))


def shown(one: TimeStamp) -> tuple[str, datetime | None, Tier | None, str]:
    return one.header, one.time, one.trusted, one.reason


def test_each_header_of_a_time_stamp_covers_what_it_should() -> None:
    """`sigTst` the claim, the others the signature (10.3.2.5.2)."""
    stamps = (stamp(AT - DAY, header="sigTst"), stamp(AT))
    attached = [stamp(AT - 2 * DAY).der]
    verdict = judged(pki.with_stamps(SOUND, *stamps), attached_time_stamps=attached)
    assert [shown(one) for one in verdict.time_stamps] == [
        ("sigTst", AT - DAY, Tier.PRIVATE, ""),
        ("sigTst2", AT, Tier.PRIVATE, ""),
        (claim_signature.ATTACHED, AT - 2 * DAY, Tier.PRIVATE, ""),
    ]
    assert (verdict.time, verdict.signing_time) == (TimeStatus.TIMESTAMPED, AT - 2 * DAY)
    assert (verdict.time_tier, said(verdict)) == (Tier.PRIVATE, [])
    swapped = pki.with_stamps(SOUND, replace(stamps[0], header="sigTst2"))
    assert said(judged(swapped)) == [
        "warning timestamp.mismatch [sigTst2] the token stamps other bytes"
    ]


def test_the_strongest_list_decides_and_then_the_earliest_time() -> None:
    trust = together(
        trusting(ROOT),
        trusting(OTHER_ROOT, tier=Tier.C2PA, purpose=Purpose.TSA),
        trusting(ROOT, tier=Tier.INTERIM, purpose=Purpose.TSA),
    )
    weak = [stamp(AT - 9 * DAY).der, stamp(AT - 8 * DAY).der]
    strong = [stamp(AT - DAY, OTHER_TSA).der, stamp(AT - 2 * DAY, OTHER_TSA).der]
    for attached, time, tier in (
        ([*weak, *strong], AT - 2 * DAY, Tier.C2PA),
        ([*strong[::-1], *weak], AT - 2 * DAY, Tier.C2PA),
        (weak, AT - 9 * DAY, Tier.INTERIM),
        (weak[::-1], AT - 9 * DAY, Tier.INTERIM),
        ([weak[1], token(b"other", TSA), *weak[:1]], AT - 9 * DAY, Tier.INTERIM),
        ([weak[0], weak[0]], AT - 9 * DAY, Tier.INTERIM),
    ):
        verdict = judged(trust=trust, attached_time_stamps=attached)
        assert (verdict.signing_time, verdict.time_tier) == (time, tier)


def test_a_header_holds_one_token_and_assertions_any_number() -> None:
    two = pki.with_stamps(SOUND, stamp(AT), stamp(AT - DAY))
    verdict = judged(two)
    why = "the header holds more than one time-stamp"
    assert [shown(one)[2:] for one in verdict.time_stamps] == [(None, why)] * 2
    assert {one.fault for one in verdict.time_stamps} == {"timestamp.several"}
    assert said(verdict) == [f"warning timestamp.several [sigTst2] {why}"]
    assert verdict.signing_time is None


FUTURE = "its time, 2026-06-01T00:10:01Z, is after the validation time, 2026-06-01T00:00:00Z"


def test_a_time_stamp_of_the_future_is_not_used() -> None:
    last = AT + claim_signature.CLOCK_SKEW
    assert judged(pki.with_stamps(SOUND, stamp(last))).signing_time == last
    verdict = judged(pki.with_stamps(SOUND, stamp(last + SECOND)))
    assert (verdict.time, verdict.signing_time) == (TimeStatus.CURRENT, None)
    assert [shown(one)[2:] for one in verdict.time_stamps] == [(None, FUTURE)]
    assert [one.fault for one in verdict.time_stamps] == ["timestamp.future"]
    assert said(verdict) == [f"warning timestamp.future [sigTst2] {FUTURE}"]
    untrusted = judged(pki.with_stamps(SOUND, stamp(last + SECOND)), trusting(ROOT))
    assert [one.code for one in untrusted.findings] == ["timestamp.untrusted"]


def test_sixteen_tokens_are_read() -> None:
    junk = [bytes([0x30, 1, n]) for n in range(claim_signature.MAX_TIME_STAMPS - 1)]
    verdict = judged(attached_time_stamps=[*junk, stamp(AT).der])
    assert verdict.signing_time == AT
    assert "timestamp.too_many" not in {one.code for one in verdict.findings}
    verdict = judged(attached_time_stamps=[*junk, b"", stamp(AT).der])
    assert verdict.signing_time is None
    assert said(verdict)[0] == (
        "warning timestamp.too_many [] 17 time-stamps, the first 16 are read"
    )
    assert len(verdict.time_stamps) == claim_signature.MAX_TIME_STAMPS


def test_tokens_beyond_the_budget_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_CHECKS", 3)  # the chain, a token and its chain
    attached = [stamp(AT).der, stamp(AT - DAY).der, stamp(AT - 2 * DAY).der]
    verdict = judged(attached_time_stamps=attached)
    assert said(verdict) == [
        (
            "warning timestamp.not_checked [c2pa.time-stamp]"
            " the rest was not checked: what came before took too many checks"
        )
    ]
    assert [one.time for one in verdict.time_stamps] == [AT]


# ---- time -----------------------------------------------------------------------------------


def dated(
    first: datetime, last: datetime, *above: tuple[datetime, datetime]
) -> tuple[list[Issued], TrustStore]:
    """A chain by its dates, from the leaf to the anchor, and a store of that anchor."""
    made: list[Issued] = []
    for number, dates in enumerate(reversed(above)):
        made.append(authority(f"Dated {number}", made[-1] if made else None, dates=dates))
    leaf = issue("Dated leaf", made[-1], dates=(first, last))
    return [leaf, *made[:0:-1]], together(trusting(made[0]), STAMPS)


LEAF_TIME = "the signing certificate is valid from"
EARLY, LATE = (AT + DAY, END), (START, AT - DAY)
OPEN = (START, END)


def told(code: str, name: str, dates: tuple[datetime, datetime]) -> str:
    """The finding about a certificate, the signer's where it has no name, with these dates."""
    span = f"{dates[0]:%Y-%m-%d} to {dates[1]:%Y-%m-%d}"
    if not name:
        return f"warning {code} [] judged at 2026-06-01; {LEAF_TIME} {span}"
    return f"warning {code} [CN={name}, O=Test] judged at 2026-06-01, outside its validity ({span})"


@each(
    ("dates", "time", "findings"),
    [
        ((OPEN, OPEN, OPEN), "current", []),
        ((LATE, OPEN, OPEN), "expired", [("time.expired", "", LATE)]),
        ((EARLY, OPEN, OPEN), "not_yet_valid", [("time.not_yet_valid", "", EARLY)]),
        ((OPEN, LATE, OPEN), "expired", [("chain.intermediate_expired", "Dated 1", LATE)]),
        (
            (OPEN, EARLY, OPEN),
            "not_yet_valid",
            [("chain.intermediate_not_yet_valid", "Dated 1", EARLY)],
        ),
        ((OPEN, OPEN, LATE), "expired", [("chain.anchor_expired", "Dated 0", LATE)]),
        ((OPEN, OPEN, EARLY), "not_yet_valid", [("chain.anchor_not_yet_valid", "Dated 0", EARLY)]),
        (
            (EARLY, LATE, OPEN),
            "not_yet_valid",
            [("chain.intermediate_expired", "Dated 1", LATE), ("time.not_yet_valid", "", EARLY)],
        ),
        ((OPEN, (AT, END), (START, AT)), "current", []),
    ],
)
def test_the_dates_of_each_certificate_of_a_chain_count(
    dates: tuple[tuple[datetime, datetime], ...], time: str, findings: list[Any]
) -> None:
    chain, trust = dated(*dates[0], *dates[1:])
    verdict = judged(cose(*chain), trust)
    assert verdict.time == time
    assert said(verdict) == [told(*one) for one in findings]
    assert verdict.identity is Identity.PRIVATE


def test_the_ends_of_a_chain_without_an_anchor_are_intermediates() -> None:
    chain, _ = dated(*OPEN, LATE, OPEN)
    verdict = judged(cose(*chain), trusting())
    codes = [one.code for one in verdict.findings]
    assert codes == ["chain.issuer_missing", "chain.intermediate_expired"]
    assert verdict.time is TimeStatus.EXPIRED


def test_dates_count_at_the_time_of_signing() -> None:
    old = issue("Judging old leaf", ROOT, dates=(START, AT - 5 * DAY))
    plain = cose(old)
    for when, time in (
        (AT - 6 * DAY, TimeStatus.TIMESTAMPED),
        (AT - 4 * DAY, TimeStatus.EXPIRED),
    ):
        data = token(pki.stamped_bytes(plain), TSA, time=when)
        verdict = judged(plain, attached_time_stamps=[data])
        assert (verdict.time, verdict.signing_time) == (time, when)
    assert said(verdict) == [
        f"warning time.expired [] signed at 2026-05-28; {LEAF_TIME} 2026-01-01 to 2026-05-27"
    ]


@pytest.mark.parametrize("dates", [LATE, EARLY])
def test_the_last_authority_of_a_signer_trusted_by_name_needs_no_date(
    dates: tuple[datetime, datetime],
) -> None:
    top = authority("Named root", dates=dates)
    low = authority("Named middle", top)
    leaf = issue("Named leaf", low)
    verdict = judged(cose(leaf, low, top), trusting(leaf))
    code = "chain.intermediate_not_yet_valid" if dates == EARLY else "chain.intermediate_expired"
    assert [one.code for one in verdict.findings] == [code]
    assert verdict.time is TimeStatus.CURRENT
    assert len(verdict.path) == 3
    # One in between still does.
    low = authority("Named middle", authority("Named root"), dates=dates)
    verdict = judged(cose(leaf, low, authority("Named root")), trusting(leaf))
    assert [one.code for one in verdict.findings] == [code]
    assert verdict.time is (TimeStatus.NOT_YET_VALID if dates == EARLY else TimeStatus.EXPIRED)


def test_a_stronger_anchor_above_a_signer_trusted_by_name_has_to_be_in_time() -> None:
    top = authority("Strong root", dates=LATE)
    leaf = issue("Strong leaf", top, eku=(pki.CLAIM_EKU,))
    verdict = judged(cose(leaf), together(trusting(leaf), trusting(top, tier=Tier.C2PA)))
    assert [one.tier for one in verdict.hits] == [Tier.C2PA, Tier.PRIVATE]
    assert [one.code for one in verdict.findings] == ["chain.anchor_expired"]
    assert verdict.time is TimeStatus.EXPIRED


# ---- revocation -----------------------------------------------------------------------------


def answer(status: OCSPCertStatus, by: Issued = ROOT) -> bytes:
    gone = AT - DAY if status is OCSPCertStatus.REVOKED else None
    return ocsp_response(LEAF, by, status=status, revoked_at=gone)


GOOD, UNKNOWN, REVOKED = (
    answer(OCSPCertStatus.GOOD),
    answer(OCSPCertStatus.UNKNOWN),
    answer(OCSPCertStatus.REVOKED),
)


def test_where_an_ocsp_answer_was_is_told() -> None:
    for given, where in (
        ({"signature": replace(SOUND, ocsp=(GOOD,))}, "rVals"),
        ({"attached_ocsp": [GOOD]}, "c2pa.certificate-status"),
        ({"fetched_ocsp": [GOOD]}, "OCSP responder"),
        (
            {
                "signature": replace(SOUND, ocsp=(GOOD,)),
                "attached_ocsp": [GOOD],
                "fetched_ocsp": [GOOD],
            },
            "OCSP responder",
        ),
        ({"signature": replace(SOUND, ocsp=(GOOD,)), "attached_ocsp": [GOOD]}, "rVals"),
        ({"attached_ocsp": [UNKNOWN, GOOD]}, "c2pa.certificate-status"),
    ):
        verdict = judged(**given)  # type: ignore[arg-type]  # of several kinds
        assert verdict.revocation == RevocationAnswer(Revocation.GOOD, where)
        assert said(verdict) == []


def test_an_ocsp_answer_needs_the_issuer() -> None:
    verdict = judged(replace(SOUND, ocsp=(GOOD,)), trusting())
    assert [one.code for one in verdict.findings] == [
        "chain.issuer_missing",
        "revocation.issuer_missing",
    ]
    assert verdict.revocation == RevocationAnswer(Revocation.NOT_CHECKED)


def test_revocation_is_held_against_the_time_of_signing() -> None:
    late = judged(replace(SOUND, ocsp=(REVOKED,)), attached_time_stamps=[stamp(AT - 2 * DAY).der])
    assert late.revocation.status is Revocation.REVOKED_LATER
    assert judged(replace(SOUND, ocsp=(REVOKED,))).revocation.status is Revocation.REVOKED
    assert judged(replace(SOUND, ocsp=(GOOD,)), at=AT + 30 * DAY).revocation.status == "not_checked"


def listing(*revoked: Issued, next_update: datetime = AT + DAY) -> crl.RevocationList:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ROOT.certificate.subject)
        .last_update(AT - DAY)
        .next_update(next_update)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ROOT.key.public_key()), False
        )
    )
    for one in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(one.certificate.serial_number)
            .revocation_date(AT - 3 * DAY)
            .build()
        )
    made = builder.sign(ROOT.key, hashes.SHA256()).public_bytes(Encoding.DER)
    return crl.read_crl(made, "own.crl")


def test_lists_are_asked_with_the_answers_and_at_the_same_time() -> None:
    for lists, status in (
        ([listing()], Revocation.GOOD),
        ([listing(LEAF)], Revocation.REVOKED),
        ([listing(), listing(LEAF)], Revocation.REVOKED),
        ([listing(OTHER_TSA)], Revocation.GOOD),
    ):
        verdict = judged(crls=lists)
        assert (verdict.revocation.status, verdict.revocation.source) == (status, "own.crl")
    assert [one.code for one in verdict.findings] == []
    good = replace(SOUND, ocsp=(GOOD,))
    assert judged(good, crls=[listing(LEAF)]).revocation.status is Revocation.REVOKED
    early = judged(crls=[listing(LEAF)], attached_time_stamps=[stamp(AT - 4 * DAY).der])
    assert early.revocation.status is Revocation.REVOKED_LATER
    old = judged(crls=[listing()], at=AT + 9 * DAY)
    assert old.revocation.status is Revocation.NOT_CHECKED
    assert len(old.findings) == 1
    both = judged(replace(SOUND, signature=b"\1" * 64), crls=[listing()], at=AT + 9 * DAY)
    assert [one.code for one in both.findings] == [
        "signature.mismatch",
        *(one.code for one in old.findings),
    ]
    alone = judged(trust=trusting(), crls=[listing(LEAF)])
    assert alone.revocation.status is Revocation.NOT_CHECKED


def test_lists_and_answers_are_in_the_budget_of_the_file() -> None:
    held = ChainCache()
    judged(replace(SOUND, ocsp=(GOOD,)), crls=[listing()], cache=held)
    assert held._spent == 3  # the chain, the answer, the list


def test_a_finding_about_a_chain_is_told_once() -> None:
    junk = pki.tlv(0x30, pki.tlv(0x02, b"\1"))
    verdict = judged(replace(SOUND, ocsp=(junk,)), attached_ocsp=[junk])
    assert [one.where for one in verdict.findings] == ["rVals", "c2pa.certificate-status"]
    twice = judged(attached_time_stamps=[junk, junk])
    assert len(twice.findings) == 1
