"""What a policy means in words, and why a file does not fulfil it: whole sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from unit.verdict.test_policy import report
from unit.verdict.test_policy_file import FULL

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
from provenance.verdict.policy import DEFAULT_ORIGINS, Policy, SigningDemand
from provenance.verdict.policy_words import describe, findings

if TYPE_CHECKING:
    from provenance.verdict.report import Report

SILENT = Policy(frozenset(), frozenset())


def test_the_default_in_words() -> None:
    assert list(describe(Policy())) == [
        "Flagged: what is AI-generated, at any assurance (exit code 3).",
        "Flagged: what is modified with AI, at any assurance (exit code 3).",
        "Flagged: a credential that is broken (exit code 4).",
        "Flagged: a signer that was revoked (exit code 4).",
        "Flagged: evidence that contradicts other evidence (exit code 5).",
        "Flagged: a credential that cannot be read (exit code 5).",
    ]


def test_a_policy_with_every_kind_of_rule_in_words() -> None:
    digest = "sha256:" + "ab" * 32
    made_from = "a file that was made from a camera's picture, an upload or something loaded"
    assert list(describe(replace(FULL, vendors=("Adobe", "a\x1b\u202e")))) == [
        "Flagged: what is AI-generated, at assurance signed (exit code 3).",
        "Flagged: what is of unknown origin, at assurance none (exit code 5).",
        "Flagged: a credential that is broken (exit code 4).",
        "Flagged: a signer that was revoked (exit code 4).",
        "Flagged: a credential that cannot be read (exit code 5).",
        "Flagged: a credential that is at a remote address only (exit code 5).",
        "Flagged: a credential that leaves a part of the media uncovered (exit code 5).",
        f"Flagged: {made_from} (exit code 5).",
        "Counts as broken: a credential that covers the media only in part (exit code 4).",
        "Counts as broken: a credential whose media is not there to check (exit code 4).",
        "Counts as revoked: a signer that was revoked after it signed (exit code 4).",
        (
            "Flagged: what names another vendor than Adobe or a\ufffd\ufffd, on whatever basis"
            " (exit code 5)."
        ),
        (
            f"Flagged: a credential that another than Nikon or {digest} signed (exit code 5)."
            " A name counts on a listed chain only."
        ),
        (
            "Must be signed: files that match press/** or *.nef, with an intact credential by a"
            " signer on the C2PA Trust List or on a list of your own (exit code 5 where not)."
        ),
        (
            "Must be signed: every file, with an intact credential by a signer on the C2PA Trust"
            " List (exit code 5 where not)."
        ),
    ]


@each(
    ("rule", "sentence"),
    [
        (
            {"counts_as_broken": frozenset({Integrity.NONE})},
            "Counts as broken: none (exit code 4).",
        ),
        (
            {"counts_as_revoked": frozenset({Revocation.UNKNOWN})},
            "Counts as revoked: a signer that its authority does not know (exit code 4).",
        ),
        (
            {"counts_as_revoked": frozenset({Revocation.GOOD})},
            "Counts as revoked: good (exit code 4).",
        ),
        (
            {
                "flags": frozenset({Flag.AI}),
                "origins": frozenset({(Origin.AI_GENERATED, a) for a in list(Assurance)[:3]}),
            },
            (
                "Flagged: what is AI-generated, at assurance verified, verified_legacy or"
                " verified_private (exit code 3)."
            ),
        ),
        (
            {"must_be_signed": (SigningDemand(("a", "**"), frozenset({Identity.INVALID})),)},
            (
                "Must be signed: every file, with an intact credential by a signer invalid"
                " (exit code 5 where not)."
            ),
        ),
    ],
)
def test_one_rule_in_words(rule: dict[str, Any], sentence: str) -> None:
    assert list(describe(Policy(**{"flags": frozenset(), "origins": frozenset(), **rule}))) == [
        sentence
    ]


@each("rule", [SigningDemand(()), SigningDemand(identity=frozenset())])
def test_a_rule_that_asks_for_nothing_is_not_described(rule: SigningDemand) -> None:
    policy = replace(SILENT, must_be_signed=(rule,))
    assert list(describe(policy)) == ["No file is flagged, whatever it is."]
    (said,) = describe(replace(policy, must_be_signed=(rule, SigningDemand())))
    assert said.startswith("Must be signed: every file, ")


@each(("count", "end"), [(10, "v8 or v9,"), (11, "v9 or 1 more,"), (50, "v9 or 40 more,")])
def test_of_a_long_list_ten_are_named(count: int, end: str) -> None:
    (said,) = describe(replace(SILENT, vendors=tuple(f"v{n}" for n in range(count))))
    assert "than v0, v1, v2, " in said
    assert end in said


class TestFindings:
    """Each breach is explained by what the policy asks for, and by what is there instead."""

    UNKNOWN = Policy(origins=DEFAULT_ORIGINS | {(Origin.UNKNOWN, Assurance.NONE)})

    def said(self, policy: Policy, case: Report) -> list[tuple[str, str]]:
        return [(one.code, one.message) for one in findings(policy, case, policy.flagged(case))]

    def signer(self, case: Report) -> str:
        ((code, message),) = self.said(replace(SILENT, signers=("Nikon", "Leica")), case)
        assert code == "policy.unexpected_signer"
        return message.removeprefix("the policy expects Nikon or Leica; it is ")

    def test_flags_of_the_verdict_are_no_breach(self) -> None:
        tampered = report("tampered.png")
        assert Policy().flagged(tampered) == (Flag.AI, Flag.BROKEN)
        assert self.said(Policy(), tampered) == []
        assert list(findings(Policy(), replace(tampered, verdict=None), (Breach.ORIGIN,))) == []

    def test_an_origin_that_flags_is_explained(self) -> None:
        message = "the policy flags what is of unknown origin at assurance none"
        assert self.said(self.UNKNOWN, report("plain.jpg")) == [("policy.origin", message)]

    def test_a_vendor_that_is_not_expected_is_explained(self) -> None:
        made = report("ai-generated.png")
        assert made.verdict is not None
        assert made.verdict.generator is not None
        google = replace(made.verdict.generator, vendor="Google")
        made = replace(made, verdict=replace(made.verdict, generator=google))
        policy = Policy(vendors=("Adobe", "Canva"), must_be_signed=(SigningDemand(),))
        vendor, signed = self.said(policy, made)
        message = "the policy expects Adobe or Canva, and the file names Google"
        assert vendor == ("policy.unexpected_vendor", message)
        assert signed[0] == "policy.must_be_signed"

    def test_a_file_that_must_be_signed(self) -> None:
        policy = replace(SILENT, must_be_signed=(SigningDemand(),))
        asked = "the policy asks for an intact, signed credential; it is "
        for name, there in (
            ("plain.jpg", "not there or not to be read"),
            (
                "capture.jpg",
                "signed by Test Camera Maker, on a list of your own, integrity intact",
            ),
        ):
            expected = [("policy.must_be_signed", asked + there)]
            assert self.said(policy, report(name)) == expected

    def test_a_signer_on_a_list_and_on_none(self) -> None:
        listed, unlisted = report("capture.jpg"), report("capture.jpg", listed=False)
        name = "signed by Test Camera Maker"
        assert self.signer(listed) == f"{name}, on a list of your own, integrity intact"
        assert self.signer(unlisted) == (
            f"{name}, not on any trust list (so the name is its own choice), integrity intact"
        )

    def test_a_name_that_is_only_claimed_is_called_so(self) -> None:
        said = self.signer(report("wrong-key.jpg"))
        assert said == "signed by a claimed signer, Test Signing Organisation (not proven)"

    def changed(self, **changes: Any) -> Report:
        """Return a report whose active manifest is another, and stands after one that is not."""
        made = report("capture.jpg")
        (active, *_) = made.credentials.manifests
        manifests = (replace(active, active=False, signer=None), replace(active, **changes))
        return replace(made, credentials=replace(made.credentials, manifests=manifests))

    @pytest.mark.parametrize(
        ("organisation", "common_name", "name"),
        [
            ("Acme", "Unit 7", "Acme"),
            ("", "Unit 7", "Unit 7"),
            ("", "", "an unnamed signer"),
            ("a, on the C2PA Trust List", "", '"a, on the C2PA Trust List"'),
        ],
    )
    def test_a_signer_goes_by_its_organisation(
        self, organisation: str, common_name: str, name: str
    ) -> None:
        signer = report("capture.jpg").credentials.manifests[0].signer
        assert signer is not None
        signer = replace(signer, organisation=organisation, common_name=common_name)
        said = self.signer(self.changed(signer=signer))
        assert said.startswith(f"signed by {name}, on a list of your own, ")

    def test_nobody_and_a_chain_that_breaks_a_rule(self) -> None:
        assert self.signer(self.changed(signer=None)) == "signed by nobody who can be named"
        axes = replace(report("capture.jpg").credentials.manifests[0].axes)
        invalid = self.changed(axes=replace(axes, identity=Identity.INVALID))
        assert "Maker, with a chain that breaks a rule (so the name" in self.signer(invalid)

    def test_without_an_active_manifest_and_where_it_cannot_be_read(self) -> None:
        made = self.changed(active=False)
        assert self.signer(made) == "not there or not to be read"
        hidden = report("capture.jpg")
        unreadable = replace(hidden.credentials, status=CredentialStatus.UNREADABLE)
        policy = replace(SILENT, must_be_signed=(SigningDemand(),))
        ((_, message),) = self.said(policy, replace(hidden, credentials=unreadable))
        assert message.endswith("it is not there or not to be read")
