"""`assess`: each line of the rules, over hand-made evidence."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from provenance.base.terms import (
    RANK,
    VERIFIED,
    Assurance,
    Break,
    CredentialStatus,
    Flag,
    Identity,
    Integrity,
    Origin,
    Revocation,
    TimeStatus,
)
from provenance.signals.model import Basis, GeneratorClaim, Role, Signal
from provenance.verdict.assess import ABSENCE, CAPTURE, Verdict, assess
from provenance.verdict.evidence import Axes, Evidence, InputFact, InputKind

A = Assurance
AI = (Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE)
HUMAN = (Origin.CAPTURED, Origin.DIGITAL_CREATION)
STANDING = [a for a in Assurance if a is not A.NONE]
INTACT = Axes(Integrity.INTACT, Identity.C2PA, TimeStatus.CURRENT)


def signal(
    supports: Origin | None,
    assurance: Assurance = A.VERIFIED,
    *,
    vendor: str | None = None,
    where: str = "",
    path: tuple[str, ...] = ("m",),
    **fields: Any,
) -> Signal:
    """A signal; one from metadata (`asserted`, `detected`) has no path and no signer."""
    unsigned = assurance in {A.ASSERTED, A.DETECTED}
    values: dict[str, Any] = {
        "detector": "exif.x" if unsigned else "c2pa.actions",
        "supports": supports,
        "origin": supports,
        "says": f"it says {supports}",
        "source_type": "",
        "where": where or ("EXIF" if unsigned else f"{path[-1]}/c2pa.actions.v2[0]"),
        "part": "created",
        "assurance": assurance,
        "role": Role.ASSET,
        "path": () if unsigned else path,
        "signer": "" if unsigned else "Org",
        "signer_proven": not unsigned,
        "generator": GeneratorClaim(vendor, None, None, Basis.DECLARED) if vendor else None,
    }
    return Signal(**{**values, **fields})


def verdict(*signals: Signal, **fields: Any) -> Verdict:
    values: dict[str, Any] = {"status": CredentialStatus.PRESENT, "axes": INTACT}
    return assess(Evidence(**{**values, "signals": signals, **fields}))


def codes(found: Verdict) -> list[str]:
    return [r.code for r in found.reasons]


def text(found: Verdict) -> str:
    return " ".join(r.message for r in found.reasons)


class TestRule1:
    """The strongest kind of AI origin that any signal supports, at whatever assurance."""

    @pytest.mark.parametrize("origin", AI)
    @pytest.mark.parametrize("assurance", STANDING)
    def test_every_kind_at_every_assurance(self, origin: Origin, assurance: Assurance) -> None:
        found = verdict(signal(origin, assurance))
        assert (found.origin, found.assurance) == (origin, assurance)

    @pytest.mark.parametrize(("strong", "weak"), list(itertools.combinations(AI, 2)))
    @pytest.mark.parametrize("assurance", STANDING)
    def test_the_kind_counts_before_the_assurance(
        self, strong: Origin, weak: Origin, assurance: Assurance
    ) -> None:
        pair = signal(strong, assurance), signal(weak, A.VERIFIED)
        for order in (pair, pair[::-1]):
            found = verdict(*order)
            assert (found.origin, found.assurance) == (strong, assurance)

    @pytest.mark.parametrize("pair", list(itertools.combinations(STANDING, 2)))
    def test_the_strongest_signal_of_that_kind_gives_the_assurance(
        self, pair: tuple[Assurance, Assurance]
    ) -> None:
        signals = [signal(Origin.AI_GENERATED, a) for a in pair]
        for order in (signals, signals[::-1]):
            assert verdict(*order).assurance is min(pair, key=RANK.__getitem__)

    def test_broken_only_where_no_other_stands(self) -> None:
        broken = signal(Origin.AI_GENERATED, A.BROKEN)
        assert verdict(broken).assurance is A.BROKEN
        assert verdict(broken, signal(Origin.AI_GENERATED, A.ASSERTED)).assurance is A.ASSERTED

    def test_ai_wins_over_a_verified_capture(self) -> None:
        for assurance in (A.VERIFIED, A.SIGNED, A.BROKEN):
            found = verdict(signal(Origin.CAPTURED), signal(Origin.AI_MODIFIED, assurance))
            assert found.origin is Origin.AI_MODIFIED
            assert Flag.CONFLICT not in found.flags

    def test_the_limit_of_the_assurance_is_a_reason(self) -> None:
        found = verdict(signal(Origin.AI_GENERATED, A.SIGNED, limit="on no list"))
        assert "assurance.signed" in codes(found)
        assert "on no list" in text(found)

    def test_a_signal_that_names_its_generator_counts_before_one_that_does_not(self) -> None:
        nameless = signal(Origin.AI_GENERATED)
        named = signal(Origin.AI_GENERATED, vendor="OpenAI")
        for order in ((nameless, named), (named, nameless)):
            found = verdict(*order)
            assert found.generator is not None
            assert found.generator.vendor == "OpenAI"

    def test_a_signal_that_supports_nothing_decides_nothing(self) -> None:
        found = verdict(signal(None, origin=Origin.AI_GENERATED, role=Role.INPUT))
        assert (found.origin, found.assurance) == (Origin.UNKNOWN, A.NONE)


class TestRule2:
    """Unsigned evidence alone neither overturns a verified signer nor is it hidden by it."""

    @pytest.mark.parametrize("human", HUMAN)
    @pytest.mark.parametrize("trust", sorted(VERIFIED))
    @pytest.mark.parametrize("unsigned", [A.ASSERTED, A.DETECTED])
    @pytest.mark.parametrize("ai", AI)
    def test_the_verified_claim_is_the_origin_with_a_conflict(
        self, human: Origin, trust: Assurance, unsigned: Assurance, ai: Origin
    ) -> None:
        found = verdict(signal(ai, unsigned), signal(human, trust))
        assert (found.origin, found.assurance) == (human, trust)
        assert Flag.CONFLICT in found.flags
        assert Flag.AI not in found.flags
        assert f"it says {ai}" in text(found)
        assert f"it says {human}" in text(found)

    @pytest.mark.parametrize("stronger", [A.SIGNED, A.BROKEN, A.VERIFIED_PRIVATE])
    def test_not_where_signed_evidence_says_ai_too(self, stronger: Assurance) -> None:
        found = verdict(
            signal(Origin.CAPTURED),
            signal(Origin.AI_GENERATED, A.ASSERTED),
            signal(Origin.AI_POSSIBLE, stronger),
        )
        assert found.origin is Origin.AI_GENERATED

    @pytest.mark.parametrize("weak", [A.SIGNED, A.ASSERTED, A.DETECTED, A.BROKEN])
    def test_not_for_a_capture_that_is_not_verified(self, weak: Assurance) -> None:
        found = verdict(signal(Origin.CAPTURED, weak), signal(Origin.AI_GENERATED, A.ASSERTED))
        assert found.origin is Origin.AI_GENERATED

    def test_not_for_a_capture_with_a_gap(self) -> None:
        found = verdict(
            signal(Origin.CAPTURED), signal(Origin.AI_GENERATED, A.ASSERTED), capture_gaps=("x",)
        )
        assert found.origin is Origin.AI_GENERATED


class TestRule3:
    """`captured` and `digital_creation` need a verified signer and nothing missing."""

    @pytest.mark.parametrize("origin", HUMAN)
    @pytest.mark.parametrize("assurance", sorted(VERIFIED))
    def test_a_verified_claim_without_gaps(self, origin: Origin, assurance: Assurance) -> None:
        found = verdict(signal(origin, assurance))
        assert (found.origin, found.assurance) == (origin, assurance)
        assert (CAPTURE in text(found)) is (origin is Origin.CAPTURED)
        assert found.flags == ()

    @pytest.mark.parametrize("origin", HUMAN)
    @pytest.mark.parametrize("assurance", [a for a in STANDING if a not in VERIFIED])
    def test_a_weaker_claim_stays_a_signal(self, origin: Origin, assurance: Assurance) -> None:
        found = verdict(signal(origin, assurance, limit="on no list"))
        assert (found.origin, found.assurance) == (Origin.UNKNOWN, A.NONE)
        assert codes(found) == ["origin.weak_claim", "origin.absent"]
        assert "on no list" in text(found)

    @pytest.mark.parametrize("origin", HUMAN)
    def test_a_gap_makes_it_unknown_and_is_named(self, origin: Origin) -> None:
        gaps = {"capture_gaps": ("a layer",), "creation_gaps": ("a layer",)}
        found = verdict(signal(origin), **gaps)
        assert (found.origin, found.assurance) == (Origin.UNKNOWN, A.NONE)
        assert codes(found) == ["origin.gap", "origin.absent"]
        assert "a layer" in text(found)

    def test_each_has_gaps_of_its_own(self) -> None:
        both = signal(Origin.CAPTURED), signal(Origin.DIGITAL_CREATION)
        assert verdict(*both).origin is Origin.CAPTURED
        found = verdict(*both, capture_gaps=("x",))
        assert found.origin is Origin.DIGITAL_CREATION
        assert verdict(*both, capture_gaps=("x",), creation_gaps=("y",)).origin is Origin.UNKNOWN

    def test_an_incomplete_list_of_actions_is_a_reason_and_no_veto(self) -> None:
        found = verdict(signal(Origin.CAPTURED), incomplete=True)
        assert found.origin is Origin.CAPTURED
        assert "actions.incomplete" in codes(found)

    def test_many_gaps_are_cut(self) -> None:
        found = verdict(signal(Origin.CAPTURED), capture_gaps=tuple(map(str, range(1000))))
        assert codes(found) == ["origin.gap"] * 8 + ["origin.absent"]


class TestRule4:
    @pytest.mark.parametrize("status", list(CredentialStatus))
    def test_nothing_is_unknown_with_the_sentence(self, status: CredentialStatus) -> None:
        found = assess(Evidence(status))
        assert (found.origin, found.assurance, found.generator) == (Origin.UNKNOWN, A.NONE, None)
        assert ABSENCE in text(found)

    def test_no_verdict_says_that_something_is_real(self) -> None:
        everything = [assess(Evidence(s)) for s in CredentialStatus]
        everything += [verdict(signal(o, a)) for o in (*AI, *HUMAN) for a in STANDING]
        for found in everything:
            for word in ("authentic ", "genuine", "real ", "human"):
                said = (
                    text(found)
                    .lower()
                    .replace("authentic credential", "")
                    .replace("real person", "")
                )
                assert word not in said


class TestInputs:
    CAPTURE = InputFact(InputKind.CAPTURE, "m/i")
    UPLOAD = InputFact(InputKind.UPLOAD, "m/i")

    @pytest.mark.parametrize(
        ("fact", "code"), [(CAPTURE, "input.capture"), (UPLOAD, "input.upload")]
    )
    def test_a_generated_asset_says_what_it_was_made_from(self, fact: InputFact, code: str) -> None:
        found = verdict(signal(Origin.AI_GENERATED), inputs=(fact,))
        assert found.flags == (Flag.AI, Flag.FROM_INPUT)
        assert code in codes(found)
        assert "a real person may stand behind it" in text(found)

    @pytest.mark.parametrize("origin", [Origin.CAPTURED, Origin.AI_MODIFIED, None])
    def test_others_do_not(self, origin: Origin | None) -> None:
        found = verdict(signal(origin), inputs=(self.CAPTURE,))
        assert Flag.FROM_INPUT not in found.flags


class TestConflictOfVendors:
    def vendors(self, *claims: tuple[str | None, str], **fields: Any) -> Verdict:
        signals = [
            signal(Origin.AI_GENERATED, vendor=vendor, path=(place,), **fields)
            for vendor, place in claims
        ]
        return verdict(*signals)

    @pytest.mark.parametrize(
        "claims",
        list(itertools.permutations([("OpenAI", "a"), ("Google", "b"), ("OpenAI", "b")])),
    )
    def test_two_vendors_in_two_places_conflict_in_any_order(
        self, claims: tuple[tuple[str, str], ...]
    ) -> None:
        found = self.vendors(*claims)
        assert Flag.CONFLICT in found.flags
        assert "Google and OpenAI both claim" in text(found)

    @pytest.mark.parametrize(
        "claims",
        [
            [("OpenAI", "a"), ("OpenAI", "b")],
            [("OpenAI", "a"), ("Google", "a")],
            [("OpenAI", "a"), (None, "b")],
            [("OpenAI", "a")],
        ],
        ids=["one vendor", "one place", "a nameless one", "alone"],
    )
    def test_less_is_no_conflict(self, claims: list[tuple[str | None, str]]) -> None:
        assert Flag.CONFLICT not in self.vendors(*claims).flags

    def test_a_component_claims_only_itself(self) -> None:
        found = verdict(
            signal(Origin.AI_GENERATED, vendor="OpenAI", path=("a",)),
            signal(Origin.AI_MODIFIED, vendor="Google", path=("b",), role=Role.COMPONENT),
        )
        assert Flag.CONFLICT not in found.flags


class TestFlags:
    @pytest.mark.parametrize(
        ("origin", "flagged"),
        [(Origin.AI_GENERATED, True), (Origin.AI_MODIFIED, True), (Origin.AI_POSSIBLE, False)],
    )
    def test_ai_is_generated_or_modified(self, origin: Origin, flagged: bool) -> None:
        assert (Flag.AI in verdict(signal(origin)).flags) is flagged

    @pytest.mark.parametrize("integrity", list(Integrity))
    def test_integrity(self, integrity: Integrity) -> None:
        found = verdict(axes=Axes(integrity), break_kind=None)
        assert (Flag.BROKEN in found.flags) is (integrity is Integrity.BROKEN)
        assert (Flag.PARTIAL_COVERAGE in found.flags) is (integrity is Integrity.PARTIAL)

    def test_a_verdict_that_rests_on_a_broken_signal(self) -> None:
        assert Flag.BROKEN in verdict(signal(Origin.AI_GENERATED, A.BROKEN)).flags

    @pytest.mark.parametrize("status", list(Revocation))
    def test_revocation(self, status: Revocation) -> None:
        axes = Axes(Integrity.INTACT, revocation=status)
        revoked = status is Revocation.REVOKED
        found = verdict(signal(Origin.AI_GENERATED, A.BROKEN if revoked else A.SIGNED), axes=axes)
        assert found.flags == ((Flag.AI, Flag.REVOKED) if revoked else (Flag.AI,))
        assert ("revocation.revoked" in codes(found)) is revoked

    def test_revoked_and_broken_at_once(self) -> None:
        axes = Axes(Integrity.BROKEN, revocation=Revocation.REVOKED)
        found = verdict(axes=axes, break_kind=Break.OTHER_BYTES)
        assert found.flags == (Flag.BROKEN, Flag.REVOKED)

    def test_a_revoked_ingredient_that_the_verdict_rests_on(self) -> None:
        one = signal(Origin.AI_GENERATED, A.BROKEN, path=("m", "leaf"))
        assert Flag.REVOKED in verdict(one, revoked=frozenset({"leaf"})).flags
        assert Flag.REVOKED not in verdict(one, revoked=frozenset({"other"})).flags

    @pytest.mark.parametrize(
        ("status", "flags", "code"),
        [
            (CredentialStatus.PRESENT, (), ""),
            (CredentialStatus.ABSENT, (), ""),
            (CredentialStatus.REMOTE, (Flag.REMOTE_ONLY,), "credential.remote"),
            (CredentialStatus.UNREADABLE, (Flag.UNREADABLE,), "credential.unreadable"),
        ],
    )
    def test_the_credentials_status(
        self, status: CredentialStatus, flags: tuple[Flag, ...], code: str
    ) -> None:
        found = assess(Evidence(status))
        assert found.flags == flags
        assert not code or code in codes(found)

    def test_they_stand_in_the_order_of_the_vocabulary(self) -> None:
        found = verdict(
            signal(Origin.AI_GENERATED, A.BROKEN, vendor="OpenAI", path=("a",)),
            signal(Origin.AI_GENERATED, A.BROKEN, vendor="Google", path=("b",)),
            axes=Axes(Integrity.BROKEN, revocation=Revocation.REVOKED),
            inputs=(InputFact(InputKind.UPLOAD, "x"),),
        )
        assert list(found.flags) == [f for f in Flag if f in found.flags]
        assert len(found.flags) == 5


class TestTwoKindsOfBroken:
    def test_an_authentic_credential_of_other_bytes(self) -> None:
        found = verdict(
            axes=Axes(Integrity.BROKEN), break_kind=Break.OTHER_BYTES, break_reason="no match"
        )
        assert "integrity.other_bytes" in codes(found)
        assert "An authentic credential of other bytes: no match" in text(found)

    def test_claims_that_anyone_may_have_written(self) -> None:
        found = verdict(axes=Axes(Integrity.BROKEN), break_kind=Break.UNPROVEN, break_reason="x")
        assert "integrity.unproven" in codes(found)
        assert "Claims that anyone may have written: x" in text(found)

    def test_a_signer_whose_signature_does_not_verify_is_only_claimed(self) -> None:
        one = signal(Origin.AI_GENERATED, A.BROKEN, signer="Leica", signer_proven=False)
        assert "signed by somebody who claims to be Leica" in text(verdict(one))
        assert "signed by Org" in text(verdict(signal(Origin.AI_GENERATED)))
        nameless = signal(Origin.AI_GENERATED, signer="")
        assert "signed by an unnamed signer" in text(verdict(nameless))

    @pytest.mark.parametrize("integrity", [Integrity.PARTIAL, Integrity.UNCHECKED])
    def test_what_is_not_wholly_intact_says_why(self, integrity: Integrity) -> None:
        found = verdict(axes=Axes(integrity), break_reason="the reason")
        assert f"integrity.{integrity.value}" in codes(found)
        assert "the reason" in text(found)


def test_the_place_and_part_of_the_signal_are_in_its_reason() -> None:
    component = signal(Origin.AI_MODIFIED, role=Role.COMPONENT, part="gathered")
    found = verdict(component)
    assert "in a component" in text(found)
    assert "gathered from elsewhere" in text(found)


def test_the_same_evidence_gives_the_same_verdict_whatever_the_order() -> None:
    signals = [signal(o, a) for o in (*AI, *HUMAN, None) for a in STANDING]
    first = verdict(*signals)
    assert verdict(*signals) == first
    for order in (signals[::-1], signals[7:] + signals[:7]):
        found = verdict(*order)
        assert (found.origin, found.assurance, found.flags) == (
            first.origin,
            first.assurance,
            first.flags,
        )
