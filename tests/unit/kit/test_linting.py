"""What lint must answer: drawn from codes and demands, and from nothing that lint says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.each import each

from provenance.kit import expect, linting
from provenance.kit.demands import DemandBreach, Success
from provenance.kit.expect import AI, ValidationState
from provenance.kit.linting import FALSE, INTEGRITY, NOT_APPLICABLE, PROGRAMME, Answers
from provenance.kit.samples.sample_catalogue import SAMPLES
from provenance.linting import rule_catalogue

MISMATCH, MALFORMED = "assertion.dataHash.mismatch", "assertion.dataHash.malformed"
FORM, HASHES, SIGNER = (one.value for one in Success)


def ids(profile: str) -> set[str]:
    (one,) = rule_catalogue.profiles_named((profile,))
    return {rule.id for rule in rule_catalogue.rules_of(one)}


def integrity(expected: expect.Expected) -> Answers:
    return linting.answers(expected)[INTEGRITY]


def test_a_sound_manifest_meets_every_demand() -> None:
    assert linting.answers(AI) == {INTEGRITY: Answers(), PROGRAMME: Answers()}


@each(
    ("codes", "false", "any_of", "open_"),
    [
        ((MISMATCH,), {HASHES}, set(), set()),
        ((MALFORMED,), {FORM}, set(), set()),
        (("signingCredential.untrusted",), {SIGNER}, set(), set()),
        ((MALFORMED, MISMATCH), set(), {FORM, HASHES}, set()),
        ((MALFORMED, "general.error"), {FORM}, set(), set()),
        (("claimSignature.outsideValidity", "signingCredential.expired"), {SIGNER}, set(), set()),
        (("assertion.undeclared",), set(), set(), set()),
        (("algorithm.unsupported", "signingCredential.invalid"), set(), set(), {SIGNER}),
    ],
)
def test_answers_of_rules_follow_from_the_codes_of_a_sample(
    codes: tuple[str, ...], false: set[str], any_of: set[str], open_: set[str]
) -> None:
    drawn = integrity(expect.altered(AI, *codes))
    assert {rule for rule, _ in drawn.rules} == false
    assert set(drawn.any_of) == any_of
    assert set(drawn.open) == open_
    assert {outcome for _, outcome in drawn.rules} <= {FALSE}


def test_the_programme_does_not_ask_who_signed() -> None:
    assert linting.answers(expect.unlisted(AI))[PROGRAMME] == Answers()
    either = linting.answers(expect.altered(AI, MISMATCH, "signingCredential.invalid"))
    assert either[INTEGRITY].any_of == (SIGNER, HASHES)
    assert either[PROGRAMME] == Answers(open=(HASHES,))


def test_a_breach_is_asked_of_the_programme_alone() -> None:
    drawn = linting.answers(expect.breaching(AI, DemandBreach.LABEL))
    assert drawn[INTEGRITY] == Answers()
    assert drawn[PROGRAMME].rules == ((DemandBreach.LABEL, FALSE),)


def test_rules_that_a_sample_does_not_decide_are_left_open() -> None:
    altered = expect.altered(AI, MALFORMED)
    assert integrity(expect.undecided(altered, Success.VALID)).open == (HASHES,)
    both = integrity(expect.undecided(altered, Success.VALID, Success.WELL_FORMED))
    assert both.any_of == (HASHES, FORM)
    assert integrity(expect.below(altered)) == Answers(open=(FORM,))
    assert integrity(replace(AI, state=ValidationState.OPEN)).open == tuple(sorted(Success))


def test_a_lost_claim_is_shown_empty() -> None:
    drawn = linting.answers(expect.lost(AI, MALFORMED))
    assert drawn[INTEGRITY] == Answers(rules=((FORM, FALSE),), open=(SIGNER,))
    assert dict(drawn[PROGRAMME].rules).keys() == {
        FORM,
        DemandBreach.INCEPTION,
        DemandBreach.SPEC_VERSION,
    }


@pytest.mark.parametrize("expected", [expect.NO_CREDENTIAL, expect.unreadable(AI)])
def test_without_a_manifest_no_rule_passes(expected: expect.Expected) -> None:
    drawn = linting.answers(expected)
    assert {rule for rule, _ in drawn[INTEGRITY].rules} == ids(INTEGRITY)
    assert drawn[PROGRAMME].otherwise == NOT_APPLICABLE
    assert {rule for rule, _ in drawn[PROGRAMME].rules} == ids(INTEGRITY) & ids(PROGRAMME)


def test_the_rules_of_the_kit_are_those_of_lint() -> None:
    assert {one.value for one in DemandBreach} <= ids(PROGRAMME)
    for sample in SAMPLES:
        for name, one in linting.answers(sample.expected).items():
            assert {*dict(one.rules), *one.any_of, *one.open} <= ids(name)


def test_every_breach_is_shown_by_a_sample() -> None:
    shown = {breach for one in SAMPLES for breach in one.expected.lint.breaches}
    open_ = {rule for one in SAMPLES for rule in one.expected.lint.undecided}
    assert shown | open_ >= set(DemandBreach)


@each(
    ("said", "words"),
    [
        ({"a": "false", "b": "true", "c": "false", "d": "true"}, []),
        ({"a": "true", "b": "true", "c": "false"}, ["a true"]),
        ({"a": "false", "b": "false", "c": "false"}, ["b false"]),
        ({"a": "false", "b": "warning", "c": "false"}, ["b warning"]),
        ({"a": "false", "c": "true", "d": "false"}, []),
        ({"a": "false", "c": "true", "d": "true"}, ["none of c, d is false"]),
        ({"c": "false"}, ["no answer of a"]),
    ],
)
def test_answers_that_differ_from_the_expected_are_told(
    said: dict[str, str], words: list[str]
) -> None:
    expected = Answers(rules=(("a", "false"),), any_of=("c", "d"), open=("e",))
    assert expected.differences(said | {"e": "false"}) == words
