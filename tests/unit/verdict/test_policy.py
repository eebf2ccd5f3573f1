"""Which flags matter, and the one exit code of a run."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest
from support.each import each
from support.pki import FIXTURES, PKI

from provenance import TrustStore, Verifier
from provenance.base.terms import (
    Assurance,
    Breach,
    CredentialStatus,
    Flag,
    Identity,
    Integrity,
    Origin,
    Revocation,
)
from provenance.verdict.policy import DEFAULT_FLAGS, DEFAULT_ORIGINS, Policy, SigningDemand, combine
from provenance.verdict.report import AssetInfo, Report

EVERYTHING = Policy(frozenset(Flag))


def test_the_first_five_flags_count_by_default() -> None:
    assert frozenset(list(Flag)[:5]) == DEFAULT_FLAGS
    assert Policy().flags == DEFAULT_FLAGS


@each(
    ("flag", "code"),
    [
        (Flag.AI, 3),
        (Flag.BROKEN, 4),
        (Flag.REVOKED, 4),
        (Flag.CONFLICT, 5),
        (Flag.UNREADABLE, 5),
        (Flag.REMOTE_ONLY, 5),
        (Flag.PARTIAL_COVERAGE, 5),
        (Flag.FROM_INPUT, 5),
    ],
)
def test_each_flag_has_its_exit_code(flag: Flag, code: int) -> None:
    assert EVERYTHING.exit_code((flag,)) == code
    assert Policy().exit_code((flag,)) == (code if flag in DEFAULT_FLAGS else 0)
    assert Policy(frozenset()).exit_code((flag,)) == 0


def test_an_exit_code_without_flags_is_zero() -> None:
    assert Policy().exit_code(()) == 0


@each("flags", list(combinations(Flag, 2)))
def test_the_exit_code_of_ai_wins_over_broken_and_that_over_the_rest(
    flags: tuple[Flag, ...],
) -> None:
    single = [EVERYTHING.exit_code((f,)) for f in flags]
    assert EVERYTHING.exit_code(flags) == min(single)
    assert EVERYTHING.exit_code(flags[::-1]) == min(single)


def test_a_flag_the_policy_does_not_ask_for_does_not_hide_another() -> None:
    assert Policy(frozenset({Flag.BROKEN})).exit_code((Flag.AI, Flag.BROKEN)) == 4


@each("size", range(6))
def test_the_exit_code_of_many_files_is_3_over_4_over_5_over_1_over_0(size: int) -> None:
    order = [3, 4, 5, 1, 0]
    for codes in combinations(order, size):
        assert combine(set(codes)) == (min(codes, key=order.index) if codes else 0)


AT = datetime(2026, 6, 1, tzinfo=UTC)


def flagged(policy: Policy, name: str, *, listed: bool = True) -> tuple[str, ...]:
    """What flags a sample; `listed` puts the test anchors on a list of the user's own."""
    return tuple(value.value for value in policy.flagged(report(name, listed=listed)))


def report(name: str, *, listed: bool = True) -> Report:
    anchors = [PKI / "anchors.pem"] if listed else []
    trust = TrustStore.load(bundled=False, anchors=anchors, tsa_anchors=anchors)
    return Verifier(trust=trust, at=AT).verify(FIXTURES / name)


@each(
    ("name", "expected"),
    [
        ("ai-generated.png", ("ai",)),
        ("tampered.png", ("ai", "broken")),
        ("revoked.jpg", ("ai", "revoked")),
        ("truncated.png", ("ai", "broken", "unreadable")),
        ("truncated-capture.jpg", ("unreadable",)),
        ("capture.jpg", ()),
        ("plain.jpg", ()),
        ("remote-only.jpg", ()),
        ("missing.jpg", ()),
    ],
)
def test_the_default_policy_flags_ai_and_broken_origins(
    name: str, expected: tuple[str, ...]
) -> None:
    assert flagged(Policy(), name) == expected
    assert Policy().info == report(name).environment.policy


def test_flags_of_a_policy_come_in_one_order() -> None:
    everything = Policy(frozenset(Flag), vendors=("Nobody",), signers=("Nobody",))
    assert flagged(everything, "generated-from-photo.png") == (
        "ai",
        "from_input",
        "unexpected_signer",
    )


@pytest.mark.parametrize(
    ("assurances", "name", "expected"),
    [
        ({Assurance.VERIFIED_PRIVATE}, "ai-generated.png", ("ai",)),
        ({Assurance.VERIFIED_PRIVATE}, "tampered.png", ("broken",)),
        ({Assurance.BROKEN}, "tampered.png", ("ai", "broken")),
        ({Assurance.BROKEN}, "ai-generated.png", ()),
        (set(), "ai-generated.png", ()),
    ],
)
def test_an_origin_flags_at_the_assurances_that_are_named(
    assurances: set[Assurance], name: str, expected: tuple[str, ...]
) -> None:
    policy = Policy(origins=frozenset((Origin.AI_GENERATED, a) for a in assurances))
    assert flagged(policy, name) == expected


def test_an_origin_that_is_no_ai_flags_as_origin() -> None:
    unknown = Policy(origins=DEFAULT_ORIGINS | {(Origin.UNKNOWN, Assurance.NONE)})
    assert flagged(unknown, "plain.jpg") == ("origin",)
    assert flagged(unknown, "capture.jpg") == ()
    assert unknown.exit_code((Breach.ORIGIN,)) == 5


def test_policies_that_mean_the_same_are_equal() -> None:
    assert Policy(frozenset({Flag.BROKEN})) == Policy(frozenset({Flag.BROKEN}), frozenset())
    assert Policy(origins=frozenset()) == Policy(DEFAULT_FLAGS - {Flag.AI})
    assert Policy(frozenset({Flag.BROKEN})).sha256 != Policy().sha256


def of_integrity(integrity: Integrity, name: str = "capture.jpg") -> Report:
    made = report(name)
    return replace(made, axes=replace(made.axes, integrity=integrity))


@each(
    ("integrity", "counted", "expected"),
    [
        (Integrity.PARTIAL, {Integrity.PARTIAL}, (Flag.BROKEN,)),
        (Integrity.PARTIAL, {Integrity.UNCHECKED}, ()),
        (Integrity.PARTIAL, set(), ()),
        (Integrity.UNCHECKED, {Integrity.PARTIAL, Integrity.UNCHECKED}, (Flag.BROKEN,)),
        (Integrity.INTACT, {Integrity.PARTIAL, Integrity.UNCHECKED}, ()),
    ],
)
def test_files_that_count_as_broken_are_exit_4(
    integrity: Integrity, counted: set[Integrity], expected: tuple[Flag, ...]
) -> None:
    policy = Policy(counts_as_broken=frozenset(counted))
    assert policy.flagged(of_integrity(integrity)) == expected
    none = policy.flagged(of_integrity(integrity, "plain.jpg"))
    assert none == (), "where there is no credential, none counts as broken"


@each(
    ("status", "name", "expected"),
    [
        (Revocation.REVOKED_LATER, "revoked-later.jpg", ("revoked",)),
        (Revocation.REVOKED_LATER, "capture.jpg", ()),
        (Revocation.NOT_CHECKED, "capture.jpg", ("revoked",)),
        (Revocation.NOT_CHECKED, "ocsp-good.jpg", ()),
        (Revocation.NOT_CHECKED, "plain.jpg", ()),
        (Revocation.NOT_CHECKED, "wrong-key.jpg", ("broken",)),
    ],
)
def test_files_that_count_as_revoked_are_exit_4(
    status: Revocation, name: str, expected: tuple[str, ...]
) -> None:
    policy = Policy(counts_as_revoked=frozenset({status}))
    assert tuple(f for f in flagged(policy, name) if f != "ai") == expected


def test_an_organisation_counts_on_a_listed_chain_only() -> None:
    policy = Policy(signers=("test  CAMERA maker",))
    assert flagged(policy, "capture.jpg") == ()
    assert flagged(policy, "capture.jpg", listed=False) == ("unexpected_signer",)
    assert flagged(policy, "plain.jpg") == ()
    other = Policy(signers=("Somebody Else",))
    assert flagged(other, "capture.jpg") == ("unexpected_signer",)


def test_a_certificate_counts_on_any_chain_where_its_signature_verifies() -> None:
    for name, expected in (("capture.jpg", ()), ("wrong-key.jpg", ("unexpected_signer",))):
        signer = report(name).credentials.manifests[0].signer
        assert signer is not None
        policy = Policy(frozenset(), signers=(f"sha256:{signer.sha256}",))
        assert flagged(policy, name, listed=False) == expected


@pytest.mark.parametrize("missing", ["manifest", "signer"])
def test_a_credential_without_a_signer_is_not_from_one_that_is_expected(missing: str) -> None:
    made = report("capture.jpg")
    (active, *_) = made.credentials.manifests
    manifests = (replace(active, signer=None),) if missing == "signer" else ()
    nobody = replace(made, credentials=replace(made.credentials, manifests=manifests))
    policy = Policy(signers=("Test Camera Maker",))
    assert policy.flagged(made) == ()
    assert policy.flagged(nobody) == (Breach.UNEXPECTED_SIGNER,)


def test_vendors_are_held_against_what_the_file_names() -> None:
    made = report("ai-generated.png")
    assert made.verdict is not None
    assert made.verdict.generator is not None
    google = replace(made.verdict.generator, vendor="Google")
    made = replace(made, verdict=replace(made.verdict, generator=google))
    assert Policy(vendors=("google",)).flagged(made) == (Flag.AI,)
    assert Policy(vendors=("Adobe",)).flagged(made) == (Flag.AI, Breach.UNEXPECTED_VENDOR)
    assert Policy(vendors=("Adobe",)).flagged(report("plain.jpg")) == ()


@each(
    ("name", "identity", "fulfilled"),
    [
        ("capture.jpg", Identity.PRIVATE, True),
        ("capture.jpg", Identity.C2PA, False),
        ("plain.jpg", Identity.PRIVATE, False),
        ("remote-only.jpg", Identity.PRIVATE, False),
        ("truncated.png", Identity.PRIVATE, False),
        ("grafted.jpg", Identity.PRIVATE, False),
        ("wrong-key.jpg", Identity.PRIVATE, False),
    ],
)
def test_a_file_that_must_be_signed_is_flagged_where_it_is_not(
    name: str, identity: Identity, fulfilled: bool
) -> None:
    rule = SigningDemand(("fixtures/*",), frozenset({identity}))
    policy = Policy(frozenset(), must_be_signed=(rule,))
    assert flagged(policy, name) == (() if fulfilled else ("must_be_signed",))
    elsewhere = replace(policy, must_be_signed=(replace(rule, paths=("press/**",)),))
    assert flagged(elsewhere, name) == ()


@each("integrity", [one for one in Integrity if one is not Integrity.INTACT])
def test_only_an_intact_credential_is_signed_as_it_must_be(integrity: Integrity) -> None:
    policy = Policy(must_be_signed=(SigningDemand(identity=frozenset({Identity.PRIVATE})),))
    assert policy.flagged(report("capture.jpg")) == ()
    assert policy.flagged(of_integrity(integrity)) == (Breach.MUST_BE_SIGNED,)


def test_every_breach_is_explained_by_a_finding() -> None:
    policy = Policy(
        origins=DEFAULT_ORIGINS | {(Origin.UNKNOWN, Assurance.NONE)},
        signers=("Some\x1bbody",),
        must_be_signed=(SigningDemand(),),
    )
    made = Verifier(policy, TrustStore.load(bundled=False), AT).verify(FIXTURES / "capture.jpg")
    codes = {f.code for f in made.findings}
    assert {f"policy.{value.value}" for value in made.flagged} <= codes
    assert len(made.flagged) == 3
    plain = made.to_dict()
    assert plain["environment"]["policy"] == {"name": "", "sha256": policy.sha256}
    assert any("claim" in f.message or "own choice" in f.message for f in made.findings), (
        made.findings
    )


def test_the_name_changes_no_digest_and_it_survives_a_process() -> None:
    policy = Policy(name="press desk")
    assert policy.sha256 == Policy().sha256
    assert policy == Policy()
    assert policy.info.name == "press desk"
    assert Policy().info.name == "default"
    assert replace(Policy(), signers=("x",)).info.name == ""
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301 - our own bytes


def test_breaches_of_a_policy_are_exit_5_below_the_rest() -> None:
    for breach in Breach:
        assert Policy().exit_code((breach,)) == 5
        assert Policy().exit_code((Flag.REVOKED, breach)) == 4
        assert Policy().exit_code((Flag.AI, breach)) == 3


def test_a_report_without_a_verdict_is_not_flagged() -> None:
    nothing = Report(AssetInfo("x"), report("plain.jpg").environment)
    assert nothing.credentials.status is CredentialStatus.ABSENT
    assert Policy(must_be_signed=(SigningDemand(),)).flagged(nothing) == ()
