"""How far one manifest carries a claim: every row of the table of assurances."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.each import each

from provenance.base.terms import (
    Assurance,
    BreakKind,
    Identity,
    Integrity,
    Revocation,
    Tier,
    TimeStatus,
)
from provenance.credentials.integrity import ManifestIntegrity
from provenance.signing.chain_answer import CertificateInfo, ChainVerdict, RevocationAnswer
from provenance.verdict.assurance import strength

AT = datetime(2026, 6, 1, tzinfo=UTC)
START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
PAST = datetime(2026, 1, 1, tzinfo=UTC)
INTACT = ManifestIntegrity(Integrity.INTACT)
BY_IDENTITY = {
    Identity.C2PA: Assurance.VERIFIED,
    Identity.INTERIM: Assurance.VERIFIED_LEGACY,
    Identity.PRIVATE: Assurance.VERIFIED_PRIVATE,
}
BY_TIER = {
    Tier.C2PA: Assurance.VERIFIED,
    Tier.INTERIM: Assurance.VERIFIED_LEGACY,
    Tier.PRIVATE: Assurance.VERIFIED_PRIVATE,
}
ORDER = list(Assurance)


def chain(
    identity: Identity = Identity.C2PA,
    time: TimeStatus = TimeStatus.CURRENT,
    *,
    tier: Tier | None = None,
    until: datetime = END,
    revocation: Revocation = Revocation.NOT_CHECKED,
    valid: bool = True,
) -> ChainVerdict:
    leaf = CertificateInfo("s", "i", "c", "o", "1", START, until, "", "EC P-256", "", ())
    return ChainVerdict(
        signature_valid=valid,
        identity=identity,
        hits=(),
        path=(leaf,),
        time=time,
        signing_time=PAST if tier else None,
        time_tier=tier,
        time_stamps=(),
        revocation=RevocationAnswer(revocation),
        findings=(),
    )


@pytest.mark.parametrize(("identity", "expected"), BY_IDENTITY.items())
def test_a_listed_signer_that_is_valid_now_is_verified(
    identity: Identity, expected: Assurance
) -> None:
    found = strength(INTACT, chain(identity), AT)
    assert (found.assurance, found.reason) == (expected, "")


@each("identity", BY_IDENTITY)
@each("tier", list(Tier))
def test_an_expired_signer_is_as_strong_as_the_weaker_of_signer_and_stamp(
    identity: Identity, tier: Tier
) -> None:
    stamped = chain(identity, TimeStatus.TIMESTAMPED, tier=tier, until=PAST)
    expected = max(BY_IDENTITY[identity], BY_TIER[tier], key=ORDER.index)
    found = strength(INTACT, stamped, AT)
    assert found.assurance is expected
    assert bool(found.reason) is (expected is not BY_IDENTITY[identity])


@each("identity", BY_IDENTITY)
@each("tier", list(Tier))
def test_a_signer_that_is_valid_now_needs_no_stamp(identity: Identity, tier: Tier) -> None:
    stamped = chain(identity, TimeStatus.TIMESTAMPED, tier=tier)
    found = strength(INTACT, stamped, AT)
    assert (found.assurance, found.reason) == (BY_IDENTITY[identity], "")


NO_TIME = "the time of signing is not known"


@each(
    ("time", "reason"),
    [
        (
            TimeStatus.EXPIRED,
            "the certificate has expired and no trusted time-stamp says when it signed",
        ),
        (TimeStatus.NOT_YET_VALID, "the certificate was not yet valid"),
        (TimeStatus.UNKNOWN, NO_TIME),
        (TimeStatus.TIMESTAMPED, NO_TIME),
    ],
    ids=["expired", "not yet valid", "unknown", "a stamp of no tier"],
)
@each("identity", BY_IDENTITY)
def test_a_signer_without_a_trusted_time_is_signed(
    identity: Identity, time: TimeStatus, reason: str
) -> None:
    found = strength(INTACT, chain(identity, time), AT)
    assert (found.assurance, found.reason) == (Assurance.SIGNED, reason)


def test_a_stamp_counts_where_no_certificate_is_known() -> None:
    stamped = replace(chain(time=TimeStatus.TIMESTAMPED, tier=Tier.INTERIM), path=())
    assert strength(INTACT, stamped, AT).assurance is Assurance.VERIFIED_LEGACY


@each("identity", [Identity.UNLISTED, Identity.INVALID, Identity.NONE])
@each("time", list(TimeStatus))
def test_an_unlisted_or_invalid_signer_is_signed(identity: Identity, time: TimeStatus) -> None:
    found = strength(INTACT, chain(identity, time, tier=Tier.C2PA), AT)
    assert found.assurance is Assurance.SIGNED
    assert ("list" in found.reason) is (identity is not Identity.INVALID)
    assert ("rule" in found.reason) is (identity is Identity.INVALID)


@pytest.mark.parametrize("integrity", [Integrity.PARTIAL, Integrity.UNCHECKED])
def test_integrity_that_is_partial_or_unchecked_is_signed(integrity: Integrity) -> None:
    found = strength(ManifestIntegrity(integrity, None, "the reason"), chain(), AT)
    assert (found.assurance, found.reason) == (Assurance.SIGNED, "the reason")
    assert strength(ManifestIntegrity(integrity), chain(), AT).reason


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (BreakKind.OTHER_BYTES, "its signature was made for a different file"),
        (BreakKind.UNPROVEN, "anyone may have written what it claims"),
        (BreakKind.REJECTED, "it breaks a rule"),
        (None, "it is broken"),
    ],
)
def test_broken_says_which_kind(kind: BreakKind | None, words: str) -> None:
    found = strength(ManifestIntegrity(Integrity.BROKEN, kind, "why"), chain(), AT)
    assert (found.assurance, found.reason) == (Assurance.BROKEN, f"{words}: why")


@each("identity", list(Identity))
def test_a_signature_that_does_not_verify_is_broken(identity: Identity) -> None:
    for unproven in (chain(identity, valid=False), None):
        found = strength(INTACT, unproven, AT)
        assert found.assurance is Assurance.BROKEN
        assert "signature does not verify" in found.reason


@pytest.mark.parametrize(
    ("revocation", "expected"),
    [
        (Revocation.GOOD, Assurance.VERIFIED),
        (Revocation.NOT_CHECKED, Assurance.VERIFIED),
        (Revocation.REVOKED_LATER, Assurance.VERIFIED),
        (Revocation.UNKNOWN, Assurance.SIGNED),
        (Revocation.REVOKED, Assurance.BROKEN),
    ],
)
def test_each_revocation_status_has_its_assurance(
    revocation: Revocation, expected: Assurance
) -> None:
    found = strength(INTACT, chain(revocation=revocation), AT)
    assert found.assurance is expected
    assert bool(found.reason) is (expected is not Assurance.VERIFIED)


@each("integrity", [Integrity.PARTIAL, Integrity.UNCHECKED])
@each("identity", list(Identity))
def test_revoked_is_broken_whatever_else_is_wrong(integrity: Integrity, identity: Identity) -> None:
    revoked = chain(identity, revocation=Revocation.REVOKED)
    assert strength(ManifestIntegrity(integrity), revoked, AT).assurance is Assurance.BROKEN


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (START, Assurance.VERIFIED),
        (END, Assurance.VERIFIED),
        (END.replace(year=2028), Assurance.VERIFIED_LEGACY),
        (START.replace(year=2024), Assurance.VERIFIED_LEGACY),
    ],
)
def test_valid_now_means_at_the_validation_time(at: datetime, expected: Assurance) -> None:
    stamped = chain(time=TimeStatus.TIMESTAMPED, tier=Tier.INTERIM)
    assert strength(INTACT, stamped, at).assurance is expected
