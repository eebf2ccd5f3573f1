"""Every rule has a sample that fires it and one that does not, each with all that it answers."""

from __future__ import annotations

from functools import cache

import pytest
from support.each import each
from unit.linting import samples

from provenance.linting import rule_catalogue
from provenance.linting.rule import Rule, RuleAnswer, RuleProfile

CASES = [
    pytest.param(rule, rule_catalogue.PROFILES[name], id=f"{name}-{rule.id}")
    for rule in rule_catalogue.rules()
    for name in rule.profiles
]


@cache
def base(name: str) -> dict[str, str]:
    """What the conforming document answers under a profile."""
    profile = rule_catalogue.PROFILES[name]
    return samples.answers(samples.from_patch({}, profile), profile)


def by_text(example: object) -> bool:
    return isinstance(example, str)


@each("rule", rule_catalogue.rules(), ids=lambda r: r.id)
def test_a_rule_has_a_sample_that_fires_and_one_that_passes(rule: Rule) -> None:
    assert by_text(rule.example.fires) == by_text(rule.example.passes)
    if by_text(rule.example.fires):
        assert rule.id in samples.MEDIA, "text alone is no sample: make one in samples.MEDIA"
    else:
        assert rule.id not in samples.MEDIA
    assert rule.example.fires != rule.example.passes
    assert rule.example.outcome in rule.emits


def test_no_sample_of_media_is_left_over() -> None:
    assert set(samples.MEDIA) <= {r.id for r in rule_catalogue.rules()}


@each(("rule", "profile"), CASES)
def test_the_firing_sample_of_a_rule_fires_it_and_no_other(
    rule: Rule, profile: RuleProfile
) -> None:
    found = samples.answers(samples.firing(rule, profile), profile)
    fired = RuleAnswer.TRUE if _allowed(rule, profile) else rule.example.outcome
    assert found[rule.id] == fired.value
    if not by_text(rule.example.fires):
        also = {k: v.value for k, v in rule.example.also.items() if k in found}
        assert found == _others(rule, profile) | also | {rule.id: fired.value}


@each(("rule", "profile"), CASES)
def test_the_passing_sample_of_a_rule_passes_it(rule: Rule, profile: RuleProfile) -> None:
    found = samples.answers(samples.passing(rule, profile), profile)
    silent = RuleAnswer.FALSE if rule.observes else RuleAnswer.TRUE
    assert found[rule.id] == silent.value
    if not by_text(rule.example.passes):
        assert found == _others(rule, profile) | {rule.id: silent.value}


def _allowed(rule: Rule, profile: RuleProfile) -> bool:
    """A rule of programme 0.2 that version 2.2 of the specification does not yet enforce."""
    return rule.id == "no_dst_for_opened_action" and profile.spec == (2, 2)


def _others(rule: Rule, profile: RuleProfile) -> dict[str, str]:
    """What the other rules answer where the sample is about this one only."""
    if rule.observes:
        return dict.fromkeys(base(profile.name), RuleAnswer.FALSE.value)
    return base(profile.name)


@pytest.mark.parametrize(
    "name", ["integrity", *(n for n in rule_catalogue.PROFILES if n.startswith("conformance-"))]
)
def test_the_base_document_of_samples_conforms(name: str) -> None:
    assert set(base(name).values()) == {"true"}
