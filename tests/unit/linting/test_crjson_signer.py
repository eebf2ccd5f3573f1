"""Who signed, when and whether revoked, in the codes of the standard."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.each import each

import provenance
from provenance.base.finding import Finding, Severity, error, warning
from provenance.base.terms import Identity, Revocation, Tier, TimeStatus
from provenance.linting.crjson import signer, standard_codes
from provenance.linting.crjson.results import MOST, ManifestResults, ResultGroup
from provenance.signing.chain_answer import (
    AnchorHit,
    CertificateInfo,
    ChainVerdict,
    RevocationAnswer,
    TimeStamp,
)

STATUSES = Path(provenance.__file__).with_name("base") / "catalogue" / "statuses.toml"
AT = datetime(2026, 6, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
LEAF = CertificateInfo(
    "CN=Signer", "CN=CA", "Signer", "", "01", AT - YEAR, AT + YEAR, "ab" * 32, "EC P-256", "", ()
)
CHAIN = ChainVerdict(
    signature_valid=True,
    identity=Identity.PRIVATE,
    hits=(AnchorHit(Tier.PRIVATE, "roots.pem", "CN=CA", "cd" * 32),),
    path=(LEAF,),
    time=TimeStatus.CURRENT,
    signing_time=None,
    time_tier=None,
    time_stamps=(),
    revocation=RevocationAnswer(Revocation.NOT_CHECKED),
    findings=(),
)
STAMP = TimeStamp("sigTst2", AT, "CN=TSA", Tier.PRIVATE, "", list_name="tsa.pem")


def said(chain: ChainVerdict, group: ResultGroup) -> set[str]:
    found = ManifestResults()
    signer.add("urn:c2pa:x", chain, AT, found)
    statuses = found.statuses()[group.value]
    assert {s["url"] for s in statuses} <= {"self#jumbf=/c2pa/urn:c2pa:x/c2pa.signature"}
    return {s["code"] for s in statuses}


def failures(**changes: Any) -> set[str]:
    return said(replace(CHAIN, **changes), ResultGroup.FAILURE)


def test_a_listed_signer_in_time_is_a_success() -> None:
    assert said(CHAIN, ResultGroup.SUCCESS) == {
        "claimSignature.insideValidity",
        "claimSignature.validated",
        "signingCredential.trusted",
    }
    assert said(CHAIN, ResultGroup.FAILURE) == set()
    assert said(CHAIN, ResultGroup.INFORMATIONAL) == {"signingCredential.ocsp.skipped"}


@pytest.mark.parametrize("identity", [Identity.UNLISTED, Identity.INTERIM])
def test_a_signer_that_no_counting_list_names_is_untrusted(identity: Identity) -> None:
    assert failures(identity=identity) == {"signingCredential.untrusted"}


@each(
    ("finding", "codes"),
    [
        (error("chain.wrong_eku", "", "CN=Signer"), {"invalid", "untrusted"}),
        (error("chain.leaf_is_ca", "", LEAF.sha256[:16]), {"invalid", "untrusted"}),
        (error("chain.no_certificate", ""), {"invalid", "untrusted"}),
        (error("chain.certificate_malformed", "", "leaf"), {"invalid", "untrusted"}),
        (error("chain.bad_signature", "", "CN=Signer"), {"untrusted"}),
        (error("chain.not_a_ca", "", "CN=CA"), {"untrusted"}),
        (error("chain.weak_key", "", "CN=CA"), {"untrusted"}),
        (Finding("chain.wrong_eku", Severity.WARNING, "", "CN=Signer"), {"untrusted"}),
    ],
)
def test_a_fault_of_the_chain_is_one_of_the_credential_or_of_the_path_to_it(
    finding: Finding, codes: set[str]
) -> None:
    found = failures(identity=Identity.INVALID, findings=(finding,))
    assert found == {f"signingCredential.{code}" for code in codes}


def test_an_unproven_signer_is_not_called_trusted() -> None:
    chain = replace(CHAIN, signature_valid=False)
    assert said(chain, ResultGroup.FAILURE) == {"claimSignature.mismatch"}
    assert said(chain, ResultGroup.SUCCESS) == set()


def test_a_signature_in_der_does_not_verify_as_the_standard_has_it() -> None:
    chain = replace(CHAIN, findings=(warning("signature.der_encoded", "in DER"),))
    assert said(chain, ResultGroup.FAILURE) == {"claimSignature.mismatch"}
    assert said(chain, ResultGroup.SUCCESS) == set()


@pytest.mark.parametrize("time", [TimeStatus.EXPIRED, TimeStatus.NOT_YET_VALID])
def test_a_chain_out_of_time_is_a_failure_of_the_signature(time: TimeStatus) -> None:
    assert failures(time=time) == {"claimSignature.outsideValidity"}
    assert said(replace(CHAIN, time=time), ResultGroup.SUCCESS) == {"claimSignature.validated"}


def test_an_interim_stamp_does_not_save_an_expired_signer() -> None:
    gone = replace(LEAF, not_after=AT - timedelta(days=1))
    stamp = replace(STAMP, trusted=Tier.INTERIM)
    stamped = {
        "time": TimeStatus.TIMESTAMPED,
        "time_tier": Tier.INTERIM,
        "time_stamps": (stamp,),
    }
    assert failures(**stamped) == set()
    assert failures(**stamped, path=(gone,)) == {"claimSignature.outsideValidity"}
    noted = said(replace(CHAIN, **stamped), ResultGroup.INFORMATIONAL)
    assert "timeStamp.untrusted" in noted


@each(
    ("fault", "codes"),
    [
        ("timestamp.bad_signature", {"mismatch"}),
        ("timestamp.chain_invalid", {"untrusted", "credentialInvalid"}),
        ("timestamp.future", {"untrusted"}),
        ("timestamp.malformed", {"malformed"}),
        ("timestamp.mismatch", {"mismatch"}),
        ("timestamp.outside_validity", {"outsideValidity"}),
        ("timestamp.several", {"malformed"}),
        ("timestamp.signer_mismatch", {"mismatch"}),
        ("timestamp.signer_missing", {"untrusted"}),
        ("timestamp.untrusted", {"untrusted"}),
        ("timestamp.weak_hash", {"untrusted"}),
    ],
)
def test_each_fault_of_a_time_stamp_has_its_codes(fault: str, codes: set[str]) -> None:
    stamp = replace(STAMP, trusted=None, fault=fault, reason="why")
    noted = said(replace(CHAIN, time_stamps=(stamp,)), ResultGroup.INFORMATIONAL)
    assert noted - {"signingCredential.ocsp.skipped"} == {f"timeStamp.{code}" for code in codes}


def test_a_stamp_that_was_not_read_is_not_trusted() -> None:
    chain = replace(CHAIN, findings=(error("timestamp.not_checked", "too many checks"),))
    assert "timeStamp.untrusted" in said(chain, ResultGroup.INFORMATIONAL)


def test_a_trusted_time_stamp_is_a_success() -> None:
    chain = replace(CHAIN, time_stamps=(STAMP,), time=TimeStatus.TIMESTAMPED)
    assert {"timeStamp.trusted", "timeStamp.validated"} <= said(chain, ResultGroup.SUCCESS)


@pytest.mark.parametrize(
    ("claimed", "stamped", "code"),
    [
        (AT, None, "insideValidity"),
        (AT - 2 * YEAR, None, "outsideValidity"),
        (AT - YEAR, AT - YEAR, "insideValidity"),
        (AT, AT - timedelta(seconds=1), "outsideValidity"),
    ],
)
def test_the_time_that_the_signer_claims_is_shown(
    claimed: datetime, stamped: datetime | None, code: str
) -> None:
    chain = replace(CHAIN, claimed_time=claimed, signing_time=stamped)
    noted = said(chain, ResultGroup.INFORMATIONAL)
    assert {c for c in noted if c.startswith("timeOf")} == {f"timeOfSigning.{code}"}
    unproven = said(replace(chain, signature_valid=False), ResultGroup.INFORMATIONAL)
    assert [c for c in unproven if c.startswith("timeOf")] == []


@pytest.mark.parametrize(
    ("status", "group", "code"),
    [
        (Revocation.GOOD, ResultGroup.SUCCESS, "notRevoked"),
        (Revocation.REVOKED_LATER, ResultGroup.SUCCESS, "notRevoked"),
        (Revocation.REVOKED, ResultGroup.FAILURE, "revoked"),
        (Revocation.UNKNOWN, ResultGroup.INFORMATIONAL, "unknown"),
        (Revocation.NOT_CHECKED, ResultGroup.INFORMATIONAL, "skipped"),
    ],
)
def test_each_revocation_status_has_its_code(
    status: Revocation, group: ResultGroup, code: str
) -> None:
    chain = replace(CHAIN, revocation=RevocationAnswer(status))
    assert f"signingCredential.ocsp.{code}" in said(chain, group)


def test_a_responder_that_gave_no_answer_is_told() -> None:
    found = ManifestResults()
    signer.add("urn:c2pa:x", CHAIN, AT, found, unanswered=True)
    assert found.codes(ResultGroup.INFORMATIONAL) == {"signingCredential.ocsp.inaccessible"}


def test_a_group_is_bounded_and_says_so() -> None:
    found = ManifestResults()
    for number in range(MOST + 5):
        found.fail("claim.malformed", str(number))
        found.succeed("assertion.hashedURI.match", str(number))
    made = found.statuses()
    assert [len(made["failure"]), len(made["success"])] == [MOST + 1, MOST]
    assert made["failure"][-1] == {
        "code": "general.error",
        "explanation": f"more than {MOST} failures: the rest is left out",
    }


def test_a_failure_without_a_code_of_the_standard_is_a_general_error() -> None:
    found = ManifestResults()
    found.fail("manifest.odd", "u", "words")
    found.fail("org.other", "v")
    assert [(s["code"], s["explanation"]) for s in found.statuses()["failure"]] == [
        ("general.error", "manifest.odd: words"),
        ("general.error", "org.other"),
    ]


def test_the_lists_are_those_of_the_catalogue() -> None:
    """What it declares beside them is of other specifications, or of older versions of this one."""
    lists = {
        "success": standard_codes.SUCCESS,
        "informational": standard_codes.INFORMATIONAL,
        "failure": standard_codes.FAILURE,
    }
    others = ("cawg.",)
    older = {
        "assertion.action.missing",
        "assertion.metadata.disallowed",
        "assertion.required.missing",
        "claim.required.missing",
        "ingredient.hashedURI.mismatch",
        "manifest.missing",
        "signingCredential.expired",
    }
    declared = tomllib.loads(STATUSES.read_text(encoding="utf-8"))["status"]
    for group, codes in lists.items():
        of_group = {code for code, one in declared.items() if one["outcome"] == group}
        assert {c for c in of_group if not c.startswith(others)} - older == codes
