"""`assess`: each line of the rules, over hand-made evidence."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from support.each import each

from provenance.base import codes as catalogue
from provenance.base.codes import CodeKind
from provenance.base.terms import (
    ORIGIN_WORDS,
    RANK,
    VERIFIED,
    Assurance,
    BreakKind,
    Conformance,
    CredentialStatus,
    Flag,
    Identity,
    Integrity,
    Origin,
    Revocation,
    TimeStatus,
)
from provenance.signals.signal import Basis, GeneratorClaim, Role, Signal
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
        "detector": "iptc.ai" if unsigned else "c2pa.actions",
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
    return judged(Evidence(**{**values, "signals": signals, **fields}))


def judged(evidence: Evidence) -> Verdict:
    """The verdict, whose reasons are declared and say something, whatever the evidence."""
    found = assess(evidence)
    for reason in found.reasons:
        assert CodeKind.REASON in {c.kind for c in catalogue.codes_named(reason.code)}, reason
        assert reason.message.endswith("."), reason
        assert "None" not in reason.message, reason
    return found


def codes(found: Verdict) -> list[str]:
    return [r.code for r in found.reasons]


def text(found: Verdict) -> str:
    return " ".join(r.message for r in found.reasons)


def said(found: Verdict, code: str) -> list[str]:
    """The sentences with one code."""
    return [r.message for r in found.reasons if r.code == code]


class TestRule1:
    """The strongest kind of AI origin that any signal supports, at whatever assurance."""

    @each("origin", AI)
    @each("assurance", STANDING)
    def test_every_kind_of_ai_at_every_assurance_is_the_origin(
        self, origin: Origin, assurance: Assurance
    ) -> None:
        found = verdict(signal(origin, assurance))
        assert (found.origin, found.assurance) == (origin, assurance)

    @each(("strong", "weak"), list(itertools.combinations(AI, 2)))
    @each("assurance", STANDING)
    def test_the_kind_of_ai_counts_before_its_assurance(
        self, strong: Origin, weak: Origin, assurance: Assurance
    ) -> None:
        pair = signal(strong, assurance), signal(weak, A.VERIFIED)
        for order in (pair, pair[::-1]):
            found = verdict(*order)
            assert (found.origin, found.assurance) == (strong, assurance)

    @each("pair", list(itertools.combinations(STANDING, 2)))
    def test_the_strongest_signal_of_that_kind_gives_the_assurance(
        self, pair: tuple[Assurance, Assurance]
    ) -> None:
        signals = [signal(Origin.AI_GENERATED, a) for a in pair]
        for order in (signals, signals[::-1]):
            assert verdict(*order).assurance is min(pair, key=RANK.__getitem__)

    def test_the_assurance_is_broken_only_where_no_other_signal_stands(self) -> None:
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

    def test_a_limit_that_the_state_of_the_credential_says_is_not_said_twice(self) -> None:
        broken = {"break_kind": BreakKind.OTHER_BYTES, "break_reason": "no match"}
        same = "its signature was made for a different file: no match"
        for assurance, limit, twice in (
            (A.BROKEN, same, False),
            (A.BROKEN, "the link is broken", True),
            (A.SIGNED, same, True),
        ):
            found = verdict(signal(Origin.AI_GENERATED, assurance, limit=limit), **broken)
            lines = said(found, f"assurance.{assurance.value}")
            assert lines == ([f'Rated only "{assurance.value}", because {limit}.'] if twice else [])

    def test_an_assurance_without_a_limit_has_no_such_reason(self) -> None:
        for assurance in STANDING:
            found = verdict(signal(Origin.AI_GENERATED, assurance))
            assert not [c for c in codes(found) if c.startswith("assurance.")]

    def test_the_assurance_is_said_in_words(self) -> None:
        found = verdict(signal(Origin.AI_GENERATED, A.VERIFIED_LEGACY, limit="old"))
        assert said(found, "assurance.verified_legacy") == [
            'Rated only "verified legacy", because old.'
        ]

    def test_a_signal_that_names_its_generator_counts_before_one_that_does_not(self) -> None:
        nameless = signal(Origin.AI_GENERATED)
        named = signal(Origin.AI_GENERATED, vendor="OpenAI")
        for order in ((nameless, named), (named, nameless)):
            found = verdict(*order)
            assert found.generator is not None
            assert found.generator.vendor == "OpenAI"

    def test_a_generator_with_a_vendor_counts_before_one_with_a_product_alone(self) -> None:
        claims = (
            GeneratorClaim("OpenAI", None, None, Basis.DECLARED),
            GeneratorClaim(None, "Studio", None, Basis.DECLARED),
            GeneratorClaim(None, None, None, Basis.DECLARED),
        )
        for better, worse in itertools.combinations(claims, 2):
            pair = [signal(Origin.AI_GENERATED, generator=one) for one in (better, worse)]
            for order in (pair, pair[::-1]):
                assert verdict(*order).generator == better

    def test_a_signal_that_supports_nothing_decides_nothing(self) -> None:
        found = verdict(signal(None, origin=Origin.AI_GENERATED, role=Role.INPUT))
        assert (found.origin, found.assurance) == (Origin.UNKNOWN, A.NONE)


class TestRule2:
    """Unsigned evidence alone neither overturns a verified signer nor is it hidden by it."""

    @each("human", HUMAN)
    @each("trust", sorted(VERIFIED))
    @each("unsigned", [A.ASSERTED, A.DETECTED])
    @each("ai", AI)
    def test_the_verified_claim_is_the_origin_with_a_conflict(
        self, human: Origin, trust: Assurance, unsigned: Assurance, ai: Origin
    ) -> None:
        found = verdict(signal(ai, unsigned), signal(human, trust))
        assert (found.origin, found.assurance) == (human, trust)
        assert Flag.CONFLICT in found.flags
        assert Flag.AI not in found.flags
        (line,) = said(found, "conflict.unsigned_ai")
        assert f"it says {ai} (EXIF)" in line
        assert f"it says {human}" in text(found)
        assert bool(said(found, "origin.captured")) is (human is Origin.CAPTURED)

    @pytest.mark.parametrize("stronger", [A.SIGNED, A.BROKEN, A.VERIFIED_PRIVATE])
    def test_a_verified_claim_yields_where_signed_evidence_says_ai_too(
        self, stronger: Assurance
    ) -> None:
        found = verdict(
            signal(Origin.CAPTURED),
            signal(Origin.AI_GENERATED, A.ASSERTED),
            signal(Origin.AI_POSSIBLE, stronger),
        )
        assert found.origin is Origin.AI_GENERATED

    @pytest.mark.parametrize("weak", [A.SIGNED, A.ASSERTED, A.DETECTED, A.BROKEN])
    def test_a_capture_that_is_not_verified_yields_to_unsigned_ai(self, weak: Assurance) -> None:
        found = verdict(signal(Origin.CAPTURED, weak), signal(Origin.AI_GENERATED, A.ASSERTED))
        assert found.origin is Origin.AI_GENERATED

    def test_a_capture_with_a_gap_yields_to_unsigned_ai(self) -> None:
        found = verdict(
            signal(Origin.CAPTURED), signal(Origin.AI_GENERATED, A.ASSERTED), capture_gaps=("x",)
        )
        assert found.origin is Origin.AI_GENERATED


@pytest.mark.parametrize(
    ("assurance", "carrier"),
    [(A.ASSERTED, "Unsigned metadata: "), (A.DETECTED, "Decoded from the media: ")],
)
def test_what_carries_a_signal_that_no_credential_has_is_said(
    assurance: Assurance, carrier: str
) -> None:
    found = verdict(signal(Origin.AI_GENERATED, assurance))
    assert f"{carrier}it says ai_generated (EXIF)." in text(found)


class TestRule3:
    """`captured` and `digital_creation` need a verified signer and nothing missing."""

    @each("origin", HUMAN)
    @each("assurance", sorted(VERIFIED))
    def test_a_verified_claim_without_gaps_is_the_origin(
        self, origin: Origin, assurance: Assurance
    ) -> None:
        found = verdict(signal(origin, assurance))
        assert (found.origin, found.assurance) == (origin, assurance)
        assert said(found, "origin.captured") == [CAPTURE] * (origin is Origin.CAPTURED)
        assert found.flags == ()

    @each("origin", HUMAN)
    @each("assurance", [a for a in STANDING if a not in VERIFIED])
    def test_a_claim_weaker_than_verified_stays_a_signal(
        self, origin: Origin, assurance: Assurance
    ) -> None:
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
        (line,) = said(found, "origin.gap")
        assert "a layer" in line
        (absent,) = said(found, "origin.absent")
        assert "what a verified signer says does not account for the whole file" in absent
        assert ("camera" in line) is (origin is Origin.CAPTURED)
        assert ("people" in line) is (origin is Origin.DIGITAL_CREATION)

    def test_capture_and_creation_have_gaps_of_their_own(self) -> None:
        both = signal(Origin.CAPTURED), signal(Origin.DIGITAL_CREATION)
        assert verdict(*both).origin is Origin.CAPTURED
        found = verdict(*both, capture_gaps=("x",))
        assert found.origin is Origin.DIGITAL_CREATION
        found = verdict(*both, capture_gaps=("x",), creation_gaps=("y",))
        assert found.origin is Origin.UNKNOWN
        assert len(said(found, "origin.gap")) == 2

    def test_an_incomplete_list_of_actions_is_a_reason_and_no_veto(self) -> None:
        found = verdict(signal(Origin.CAPTURED), incomplete=True)
        assert found.origin is Origin.CAPTURED
        assert "actions.incomplete" in codes(found)

    def test_a_long_list_of_gaps_is_cut(self) -> None:
        found = verdict(signal(Origin.CAPTURED), capture_gaps=tuple(map(str, range(1000))))
        assert codes(found) == ["origin.gap"] * 8 + ["origin.absent"]


class TestWeakClaims:
    """What is said of a claim of capture or creation that is too weak for a verdict."""

    def test_the_strongest_weak_claim_is_named(self) -> None:
        weak = signal(Origin.CAPTURED, A.BROKEN, says="one")
        less_weak = signal(Origin.DIGITAL_CREATION, A.SIGNED, says="another")
        for order in ((weak, less_weak), (less_weak, weak)):
            (line,) = said(verdict(*order), "origin.weak_claim")
            assert line.endswith(": another.")
            assert "because it is not verified" in text(verdict(*order))

    @pytest.mark.parametrize(
        ("integrity", "assurance", "why"),
        [
            (Integrity.BROKEN, A.BROKEN, "it is broken"),
            (Integrity.INTACT, A.BROKEN, "the limit"),
            (Integrity.INTACT, A.SIGNED, "the limit"),
            (Integrity.INTACT, A.ASSERTED, "it does not say how the file was made"),
        ],
    )
    def test_the_reason_why_a_claim_is_weak_and_the_tool_that_made_it_are_said(
        self, integrity: Integrity, assurance: Assurance, why: str
    ) -> None:
        found = verdict(
            signal(Origin.CAPTURED, assurance, limit="the limit"),
            axes=Axes(integrity),
            generators=("Camera 1.0", "x\u202ey, which is authentic"),
        )
        (line,) = said(found, "origin.absent")
        names = 'Camera 1.0, "x\ufffdy, which is authentic"'
        assert line.startswith(f"There is a credential (claim generator: {names}), but it makes no")
        assert f"that can be relied on, because {why}. " in line
        assert "No usable evidence" not in text(found)
        limit = " (the limit)" if assurance is A.ASSERTED else ""
        weak = f"A claim too weak for a verdict: it says captured{limit}."
        assert said(found, "origin.weak_claim") == [weak]

    def test_what_declares_neither_ai_nor_a_camera_is_said(self) -> None:
        found = verdict(signal(None, says="c2pa.created: empty", source_type="x"))
        (line,) = said(found, "origin.absent")
        assert line.startswith("There is a credential, but it makes no")
        assert "because what it declares (c2pa.created: empty) is neither AI nor a camera" in text(
            found
        )

    def test_an_unsigned_claim_without_a_credential_is_said(self) -> None:
        unsigned = signal(Origin.CAPTURED, A.ASSERTED, limit="anyone can write it")
        found = judged(Evidence(CredentialStatus.ABSENT, signals=(unsigned,)))
        assert "cannot be relied on, because anyone can write it." in text(found)
        assert "There is a credential" not in text(found)


class TestRule4:
    @pytest.mark.parametrize("status", list(CredentialStatus))
    def test_no_evidence_is_unknown_with_the_sentence_on_absence(
        self, status: CredentialStatus
    ) -> None:
        found = judged(Evidence(status))
        assert (found.origin, found.assurance, found.generator) == (Origin.UNKNOWN, A.NONE, None)
        (line,) = said(found, "origin.absent")
        assert line.endswith("Absence of evidence is not evidence of anything.")
        assert (line == ABSENCE) is (status is CredentialStatus.ABSENT)

    def test_no_verdict_says_that_something_is_real(self) -> None:
        everything = [judged(Evidence(s)) for s in CredentialStatus]
        everything += [verdict(signal(o, a)) for o in (*AI, *HUMAN) for a in STANDING]
        for found in everything:
            for word in ("authentic ", "genuine", "real ", "human"):
                said = text(found).lower().replace("real person", "")
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
        (line,) = said(found, code)
        assert "it may show or imitate a real person" in line
        assert ("camera" in line) is (fact is self.CAPTURE)
        assert ("upload" in line) is (fact is self.UPLOAD)

    @pytest.mark.parametrize("origin", AI[:2])
    def test_unsigned_metadata_may_say_that_a_picture_was_loaded(self, origin: Origin) -> None:
        graph = signal(origin, A.ASSERTED, from_input=True)
        found = verdict(graph, replace(graph, where="XMP"))
        assert found.flags == (Flag.AI, Flag.FROM_INPUT)
        (line,) = said(found, "input.loaded")
        assert "it may show or imitate a real person" in line

    def test_the_credentials_word_counts_before_that_of_metadata(self) -> None:
        graph = signal(Origin.AI_GENERATED, A.ASSERTED, from_input=True)
        found = verdict(signal(Origin.AI_GENERATED), graph, inputs=(self.CAPTURE,))
        assert said(found, "input.capture")
        assert not said(found, "input.loaded")

    @pytest.mark.parametrize(
        "signals",
        [
            (signal(Origin.AI_POSSIBLE, A.ASSERTED, from_input=True),),
            (signal(Origin.CAPTURED), signal(Origin.AI_GENERATED, A.ASSERTED, from_input=True)),
            (signal(Origin.AI_GENERATED), signal(Origin.AI_POSSIBLE, A.ASSERTED, from_input=True)),
            (signal(Origin.AI_GENERATED), signal(None, A.ASSERTED, from_input=True)),
            (signal(Origin.AI_GENERATED, A.ASSERTED),),
        ],
        ids=["possibly AI", "captured", "a hint", "no origin", "nothing loaded"],
    )
    def test_signals_without_an_input_do_not_say_that_a_picture_was_loaded(
        self, signals: tuple[Signal, ...]
    ) -> None:
        found = verdict(*signals)
        assert Flag.FROM_INPUT not in found.flags
        assert not said(found, "input.loaded")

    @pytest.mark.parametrize("origin", [Origin.CAPTURED, Origin.AI_MODIFIED, None])
    def test_an_input_of_what_was_not_generated_is_not_flagged(self, origin: Origin | None) -> None:
        found = verdict(signal(origin), inputs=(self.CAPTURE,))
        assert Flag.FROM_INPUT not in found.flags


class TestConflictOfVendors:
    def vendors(self, *claims: tuple[str | None, str], **fields: Any) -> Verdict:
        signals = [
            signal(Origin.AI_GENERATED, vendor=vendor, path=(place,), **fields)
            for vendor, place in claims
        ]
        return verdict(*signals)

    @each(
        "claims",
        list(itertools.permutations([("OpenAI", "a"), ("Google", "b"), ("OpenAI", "b")])),
    )
    def test_two_vendors_in_two_places_conflict_in_any_order(
        self, claims: tuple[tuple[str, str], ...]
    ) -> None:
        found = self.vendors(*claims)
        assert Flag.CONFLICT in found.flags
        (line,) = said(found, "conflict.vendors")
        assert "Google and OpenAI both claim" in line

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
    def test_claims_that_agree_or_are_too_weak_are_no_conflict(
        self, claims: list[tuple[str | None, str]]
    ) -> None:
        assert Flag.CONFLICT not in self.vendors(*claims).flags

    def test_two_places_of_one_manifest_are_one_place(self) -> None:
        found = verdict(
            signal(Origin.AI_GENERATED, vendor="OpenAI", where="a/x[0]"),
            signal(Origin.AI_GENERATED, vendor="Google", where="a/y/z[1]"),
        )
        assert Flag.CONFLICT not in found.flags

    def test_loose_evidence_is_no_claim_of_a_vendor(self) -> None:
        found = verdict(
            signal(Origin.AI_GENERATED, vendor="OpenAI", path=("a",)),
            signal(Origin.AI_GENERATED, A.BROKEN, vendor="Google", path=("b",), loose=True),
        )
        assert Flag.CONFLICT not in found.flags

    def test_a_component_is_no_claim_on_the_asset(self) -> None:
        found = verdict(
            signal(Origin.AI_GENERATED, vendor="OpenAI", path=("a",)),
            signal(Origin.AI_MODIFIED, vendor="Google", path=("b",), role=Role.COMPONENT),
        )
        assert Flag.CONFLICT not in found.flags


class TestConflictWithCamera:
    """`conflict.camera_exif`: generated from nothing, and yet a camera's own EXIF."""

    GENERATED = signal(Origin.AI_GENERATED)

    def conflicts(self, *signals: Signal, **fields: Any) -> bool:
        found = verdict(*signals, **{"camera_exif": True, **fields})
        lines = said(found, "conflict.camera_exif")
        assert (Flag.CONFLICT in found.flags) is bool(lines)
        return bool(lines)

    def test_a_generated_asset_with_a_cameras_exif_is_a_conflict(self) -> None:
        assert self.conflicts(self.GENERATED)

    def test_a_generated_asset_without_a_cameras_exif_is_no_conflict(self) -> None:
        assert not self.conflicts(self.GENERATED, camera_exif=False)

    def test_a_claim_of_capture_in_metadata_explains_nothing(self) -> None:
        assert self.conflicts(self.GENERATED, signal(Origin.CAPTURED, A.ASSERTED))

    @pytest.mark.parametrize(
        "signals",
        [
            (GENERATED, signal(None, origin=Origin.CAPTURED, role=Role.INPUT, path=("m", "i"))),
            (signal(Origin.AI_MODIFIED),),
            (signal(Origin.AI_GENERATED, A.ASSERTED),),
            (signal(Origin.CAPTURED),),
            (),
        ],
        ids=["captured input", "edited", "no credential says so", "captured", "nothing"],
    )
    def test_a_capture_that_explains_the_exif_is_no_conflict(
        self, signals: tuple[Signal, ...]
    ) -> None:
        assert not self.conflicts(*signals)

    def test_an_input_that_explains_the_exif_is_no_conflict(self) -> None:
        inputs = (InputFact(InputKind.UPLOAD, "m/i"),)
        assert not self.conflicts(self.GENERATED, inputs=inputs)


class TestOverClaiming:
    """`conflict.over_claiming`: the signer's own product claims what its record does not allow."""

    def conflicts(self, one: Signal, conformance: Conformance = Conformance.OVER_CLAIMING) -> bool:
        axes = Axes(Integrity.INTACT, Identity.C2PA, TimeStatus.CURRENT, conformance=conformance)
        found = verdict(one, axes=axes)
        lines = said(found, "conflict.over_claiming")
        assert (Flag.CONFLICT in found.flags) is bool(lines)
        return bool(lines)

    @pytest.mark.parametrize("conformance", list(Conformance))
    def test_a_capture_by_a_product_whose_record_does_not_allow_it_is_a_conflict(
        self, conformance: Conformance
    ) -> None:
        expected = conformance is Conformance.OVER_CLAIMING
        assert self.conflicts(signal(Origin.CAPTURED), conformance) is expected

    def test_a_claim_that_is_too_weak_for_a_verdict_conflicts_too(self) -> None:
        assert self.conflicts(signal(Origin.CAPTURED, A.SIGNED))

    @pytest.mark.parametrize(
        "other",
        [
            signal(Origin.CAPTURED, path=("m", "leaf")),
            signal(Origin.CAPTURED, A.ASSERTED),
            signal(Origin.AI_GENERATED),
        ],
        ids=["of an ingredient", "in metadata", "another claim"],
    )
    def test_what_the_signer_does_not_claim_itself_is_no_conflict(self, other: Signal) -> None:
        assert not self.conflicts(other)


class TestUnsignedAgainstCredential:
    """Unsigned evidence of AI is the origin; a credential that is not verified says otherwise."""

    def lines(self, ai: Signal, *others: Signal, **fields: Any) -> list[str]:
        found = verdict(ai, *others, **fields)
        assert found.origin in AI
        lines = said(found, "conflict.unsigned_ai")
        assert (Flag.CONFLICT in found.flags) is bool(lines)
        return lines

    @pytest.mark.parametrize("human", HUMAN)
    @pytest.mark.parametrize("unsigned", [A.ASSERTED, A.DETECTED])
    def test_the_claim_and_the_unsigned_evidence_are_named(
        self, human: Origin, unsigned: Assurance
    ) -> None:
        other = signal(human, A.SIGNED, path=("m", "leaf"))
        (line,) = self.lines(signal(Origin.AI_POSSIBLE, unsigned), other)
        assert f"it says {human} (leaf/c2pa.actions.v2[0])" in line

    @pytest.mark.parametrize(
        ("ai", "other"),
        [
            (A.ASSERTED, signal(Origin.CAPTURED, A.BROKEN)),
            (A.ASSERTED, signal(Origin.CAPTURED, A.ASSERTED)),
            (A.ASSERTED, signal(None, A.SIGNED)),
            (A.SIGNED, signal(Origin.CAPTURED, A.SIGNED)),
        ],
        ids=["a broken claim", "a claim in metadata", "no claim", "signed evidence of AI"],
    )
    def test_evidence_that_does_not_contradict_is_no_conflict(
        self, ai: Assurance, other: Signal
    ) -> None:
        axes = Axes(Integrity.INTACT, Identity.UNLISTED)
        assert self.lines(signal(Origin.AI_GENERATED, ai), other, axes=axes) == []


class TestBrokenCapture:
    """Loose or unsigned evidence of AI against a listed signer's broken claim of capture."""

    CAPTURE = signal(Origin.CAPTURED, A.BROKEN, path=("m", "leaf"))
    LOOSE = signal(Origin.AI_GENERATED, A.BROKEN, path=(), where="x/y", loose=True, limit="apart")

    def lines(self, *signals: Signal, identity: Identity = Identity.C2PA) -> list[str]:
        found = verdict(*signals, axes=Axes(Integrity.BROKEN, identity))
        lines = said(found, "conflict.broken_capture")
        assert (Flag.CONFLICT in found.flags) is bool(lines)
        return lines

    @each("identity", list(Identity))
    @each(
        "ai",
        [LOOSE, signal(Origin.AI_MODIFIED, A.ASSERTED), signal(Origin.AI_POSSIBLE, A.DETECTED)],
        ids=["loose", "asserted", "detected"],
    )
    def test_the_claim_and_the_evidence_are_named_where_either_may_be_forged(
        self, ai: Signal, identity: Identity
    ) -> None:
        for order in ((ai, self.CAPTURE), (self.CAPTURE, ai)):
            lines = self.lines(*order, identity=identity)
            listed = {Identity.C2PA, Identity.INTERIM, Identity.PRIVATE}
            assert len(lines) == (identity in listed)
            assert [
                line for line in lines if "it says captured (leaf/c2pa.actions.v2[0])" not in line
            ] == []

    @each(
        "signals",
        [
            (CAPTURE,),
            (LOOSE, CAPTURE, signal(Origin.AI_GENERATED, A.BROKEN)),
            (LOOSE, CAPTURE, signal(Origin.AI_POSSIBLE, A.SIGNED)),
            (LOOSE, signal(Origin.CAPTURED, A.BROKEN, path=(), where="x/z", loose=True)),
            (LOOSE, signal(Origin.CAPTURED, A.SIGNED)),
            (LOOSE, signal(Origin.DIGITAL_CREATION, A.BROKEN)),
            (signal(Origin.DIGITAL_CREATION), CAPTURE),
            (LOOSE,),
        ],
        ids=[
            "no AI",
            "the credential says AI",
            "signed evidence of AI",
            "a loose claim",
            "an intact claim",
            "another claim",
            "an origin that is not AI",
            "no claim",
        ],
    )
    def test_a_broken_capture_without_evidence_of_ai_is_no_conflict(
        self, signals: tuple[Signal, ...]
    ) -> None:
        assert self.lines(*signals) == []


class TestLooseEvidence:
    """It is always said, and never overturns an intact claim of a verified signer."""

    def loose(self, origin: Origin, n: int = 0) -> Signal:
        where = f"apart/c2pa.actions.v2[{n}]"
        return signal(origin, A.BROKEN, path=(), where=where, loose=True, limit="found behind it")

    @each("origin", AI)
    @each("chosen", [Origin.AI_GENERATED, *HUMAN, None])
    def test_loose_evidence_is_said_whatever_the_verdict_rests_on(
        self, origin: Origin, chosen: Origin | None
    ) -> None:
        found = verdict(signal(chosen), self.loose(origin))
        where = "apart/c2pa.actions.v2[0]"
        line = f"Not covered by any signature: it says {origin} ({where}); found behind it."
        assert said(found, "evidence.loose") == [line]
        if chosen is not None:
            assert (found.origin, found.assurance) == (chosen, A.VERIFIED)
            assert Flag.CONFLICT not in found.flags

    @pytest.mark.parametrize("human", HUMAN)
    def test_loose_evidence_counts_where_nothing_verified_stands_against_it(
        self, human: Origin
    ) -> None:
        found = verdict(signal(human, A.SIGNED), self.loose(Origin.AI_GENERATED))
        assert (found.origin, found.assurance) == (Origin.AI_GENERATED, A.BROKEN)
        assert Flag.BROKEN in found.flags

    def test_evidence_that_is_not_loose_or_not_of_ai_is_not_said_there(self) -> None:
        found = verdict(self.loose(Origin.CAPTURED), signal(Origin.AI_GENERATED))
        assert said(found, "evidence.loose") == []

    def test_a_long_list_of_loose_evidence_is_cut(self) -> None:
        found = verdict(*(self.loose(Origin.AI_GENERATED, n) for n in range(100)))
        assert len(said(found, "evidence.loose")) == 8


class TestAlso:
    """`origin.also`: a stronger kind of AI that is broken does not hide a proven lesser one."""

    BROKEN = signal(Origin.AI_GENERATED, A.BROKEN)

    @each("origin", AI[1:])
    @each("assurance", [a for a in STANDING if a is not A.BROKEN])
    def test_a_proven_claim_next_to_a_broken_one_is_said(
        self, origin: Origin, assurance: Assurance
    ) -> None:
        proven = signal(origin, assurance, where="here")
        found = verdict(self.BROKEN, proven)
        words = assurance.value.replace("_", " ")
        assert said(found, "origin.also") == [
            f'Better proven is "{ORIGIN_WORDS[origin]}": it says {origin} (here, {words}).'
        ]

    def test_of_several_proven_claims_only_the_strongest_is_said(self) -> None:
        signed = signal(Origin.AI_MODIFIED, A.SIGNED)
        verified = signal(Origin.AI_POSSIBLE, A.VERIFIED)
        for order in ((signed, verified), (verified, signed)):
            (line,) = said(verdict(self.BROKEN, *order), "origin.also")
            assert "it says ai_possible" in line

    @each(
        "signals",
        [
            (BROKEN,),
            (BROKEN, signal(Origin.AI_MODIFIED, A.BROKEN)),
            (BROKEN, signal(Origin.DIGITAL_CREATION, A.SIGNED)),
            (BROKEN, signal(None, A.VERIFIED)),
            (signal(Origin.AI_GENERATED, A.SIGNED), signal(Origin.AI_MODIFIED)),
            (signal(Origin.CAPTURED, A.BROKEN), signal(Origin.DIGITAL_CREATION, A.SIGNED)),
        ],
        ids=["alone", "broken too", "no AI", "no origin", "signed is not broken", "unknown"],
    )
    def test_without_a_proven_claim_there_is_no_such_line(
        self, signals: tuple[Signal, ...]
    ) -> None:
        assert said(verdict(*signals), "origin.also") == []


class TestFlags:
    @pytest.mark.parametrize(
        ("origin", "flagged"),
        [(Origin.AI_GENERATED, True), (Origin.AI_MODIFIED, True), (Origin.AI_POSSIBLE, False)],
    )
    def test_ai_is_generated_or_modified(self, origin: Origin, flagged: bool) -> None:
        assert (Flag.AI in verdict(signal(origin)).flags) is flagged

    @pytest.mark.parametrize("integrity", list(Integrity))
    def test_broken_and_partial_integrity_have_their_flags(self, integrity: Integrity) -> None:
        found = verdict(axes=Axes(integrity), break_kind=None)
        assert (Flag.BROKEN in found.flags) is (integrity is Integrity.BROKEN)
        assert (Flag.PARTIAL_COVERAGE in found.flags) is (integrity is Integrity.PARTIAL)

    @pytest.mark.parametrize(
        ("field", "flag", "code"),
        [
            ("broken_links", Flag.BROKEN, "link.broken"),
            ("unread", Flag.UNREADABLE, "credential.unread"),
        ],
    )
    def test_a_broken_link_and_an_unread_statement(self, field: str, flag: Flag, code: str) -> None:
        for signals in ((), (signal(Origin.CAPTURED),), (signal(Origin.AI_POSSIBLE),)):
            found = verdict(*signals, **{field: ("the parent",)})
            assert found.flags == (flag,)
            (line,) = said(found, code)
            assert "the parent" in line
        many = verdict(**{field: tuple(map(str, range(100)))})
        assert len(said(many, code)) == 8

    def test_a_verdict_that_rests_on_a_broken_signal(self) -> None:
        assert Flag.BROKEN in verdict(signal(Origin.AI_GENERATED, A.BROKEN)).flags

    @pytest.mark.parametrize("status", list(Revocation))
    def test_a_revoked_signer_has_its_flag(self, status: Revocation) -> None:
        axes = Axes(Integrity.INTACT, revocation=status)
        revoked = status is Revocation.REVOKED
        found = verdict(signal(Origin.AI_GENERATED, A.BROKEN if revoked else A.SIGNED), axes=axes)
        assert found.flags == ((Flag.AI, Flag.REVOKED) if revoked else (Flag.AI,))
        assert ("revocation.revoked" in codes(found)) is revoked

    def test_revoked_and_broken_at_once(self) -> None:
        axes = Axes(Integrity.BROKEN, revocation=Revocation.REVOKED)
        found = verdict(axes=axes, break_kind=BreakKind.OTHER_BYTES)
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
    def test_the_status_of_the_credential_has_its_flag(
        self, status: CredentialStatus, flags: tuple[Flag, ...], code: str
    ) -> None:
        found = judged(Evidence(status))
        assert found.flags == flags
        assert not code or code in codes(found)

    def test_flags_come_in_the_order_of_the_vocabulary(self) -> None:
        found = verdict(
            signal(Origin.AI_GENERATED, A.BROKEN, vendor="OpenAI", path=("a",)),
            signal(Origin.AI_GENERATED, A.BROKEN, vendor="Google", path=("b",)),
            axes=Axes(Integrity.BROKEN, revocation=Revocation.REVOKED),
            inputs=(InputFact(InputKind.UPLOAD, "x"),),
        )
        assert list(found.flags) == [f for f in Flag if f in found.flags]
        assert len(found.flags) == 5


class TestTwoKindsOfBroken:
    def test_a_credential_that_was_made_for_another_file_is_called_so(self) -> None:
        found = verdict(
            axes=Axes(Integrity.BROKEN), break_kind=BreakKind.OTHER_BYTES, break_reason="no match"
        )
        assert "integrity.other_bytes" in codes(found)
        (line,) = said(found, "integrity.other_bytes")
        assert line.startswith("The signature is sound, but it was made for a different file")
        assert line.endswith("(no match).")

    def test_claims_that_anyone_may_have_written_are_called_so(self) -> None:
        found = verdict(
            axes=Axes(Integrity.BROKEN), break_kind=BreakKind.UNPROVEN, break_reason="x"
        )
        assert "integrity.unproven" in codes(found)
        assert "Anyone may have written what it claims: x" in text(found)

    def test_a_credential_that_breaks_a_rule_is_called_so(self) -> None:
        found = verdict(
            axes=Axes(Integrity.BROKEN), break_kind=BreakKind.REJECTED, break_reason="x"
        )
        assert "integrity.rejected" in codes(found)
        words = "The credential is as it was signed, but breaks a rule: x."
        assert words in text(found)
        other = verdict(axes=Axes(Integrity.BROKEN), break_kind=None, break_reason="x")
        assert "integrity.rejected" not in codes(other)

    @pytest.mark.parametrize("integrity", [Integrity.PARTIAL, Integrity.UNCHECKED])
    def test_what_is_not_wholly_intact_says_why(self, integrity: Integrity) -> None:
        found = verdict(axes=Axes(integrity), break_reason="the reason")
        assert f"integrity.{integrity.value}" in codes(found)
        assert "the reason" in text(found)


@each(
    ("fields", "sentence"),
    [
        ({}, "it says ai_modified. Signed by Org."),
        ({"signer": "Some Inc."}, "it says ai_modified. Signed by Some Inc."),
        ({"signer": ""}, "it says ai_modified. Signed by an unnamed signer."),
        (
            {"signer": "Leica", "signer_proven": False},
            "it says ai_modified. Claimed signer: Leica (not proven).",
        ),
        ({"role": Role.COMPONENT}, "it says ai_modified in a component. Signed by Org."),
        ({"role": Role.INPUT}, "it says ai_modified in an input. Signed by Org."),
        ({"part": "gathered"}, "it says ai_modified, gathered from elsewhere. Signed by Org."),
        ({"sealed": False}, "it says ai_modified: altered after Org signed it."),
        ({"path": (), "where": "EXIF"}, "it says ai_modified (EXIF)."),
    ],
    ids=[
        "plain",
        "a full stop in a name",
        "nameless",
        "not proven",
        "component",
        "input",
        "gathered",
        "altered",
        "no credential",
    ],
)
def test_the_reason_of_a_verdict_says_what_who_and_where(
    fields: dict[str, Any], sentence: str
) -> None:
    found = verdict(signal(Origin.AI_MODIFIED, **fields))
    assert said(found, "origin.c2pa.actions") == [sentence]


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
