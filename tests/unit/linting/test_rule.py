"""What a rule is: its weight, its outcomes, how it is found, how it is asked."""

from __future__ import annotations

import re

import pytest

from provenance.base.finding import Severity
from provenance.linting import examples, rule_catalogue
from provenance.linting.crjson import crjson_parsing as crjson_read
from provenance.linting.evaluate import LintReport, ask_rule
from provenance.linting.rule import (
    MAX_LISTED,
    Example,
    Rule,
    RuleAnswer,
    RuleProfile,
    RuleResult,
    failed,
    join_listed,
    passed,
    rule,
    warned,
)
from provenance.linting.subject import RuleNeed, Subject

PROFILE = RuleProfile("test", "A test", "nowhere")


def made(*results: RuleResult, **more: object) -> Rule:
    options: dict[str, object] = {
        "title": "T",
        "profiles": ("test",),
        "section": "S",
        "advice": "A",
        "example": Example({}, {"label": "x"}),
        "emits": tuple(RuleAnswer),
        "needs": (),
    }
    return rule("test.rule", **(options | more))(lambda _s, _p: results)  # type: ignore[arg-type]  # options of many types


class TestWeight:
    @pytest.mark.parametrize("severity", list(Severity))
    def test_a_failure_weighs_what_the_rule_says(self, severity: Severity) -> None:
        assert made(severity=severity).weight(RuleAnswer.FALSE) is severity

    @pytest.mark.parametrize(
        ("severity", "expected"),
        [
            (Severity.ERROR, Severity.WARNING),
            (Severity.WARNING, Severity.WARNING),
            (Severity.NOTE, Severity.NOTE),
        ],
    )
    def test_a_warning_never_weighs_more_than_one(
        self, severity: Severity, expected: Severity
    ) -> None:
        assert made(severity=severity).weight(RuleAnswer.WARNING) is expected

    @pytest.mark.parametrize("outcome", [RuleAnswer.TRUE, RuleAnswer.NOT_APPLICABLE])
    def test_an_outcome_that_holds_weighs_nothing(self, outcome: RuleAnswer) -> None:
        assert made().weight(outcome) is None

    @pytest.mark.parametrize("outcome", list(RuleAnswer))
    def test_a_fact_weighs_nothing(self, outcome: RuleAnswer) -> None:
        assert made(observes=True).weight(outcome) is None


class TestAsking:
    def test_an_outcome_that_was_not_declared_is_refused(self) -> None:
        one = made(*warned("w"), emits=(RuleAnswer.TRUE, RuleAnswer.FALSE))
        with pytest.raises(AssertionError, match=r"test\.rule answers warning"):
            ask_rule(Subject("x"), PROFILE, one)

    @pytest.mark.parametrize("need", list(RuleNeed))
    def test_a_missing_part_makes_it_not_applicable_and_the_rule_is_not_called(
        self, need: RuleNeed
    ) -> None:
        def never(_subject: Subject, _profile: RuleProfile) -> tuple[RuleResult, ...]:
            raise AssertionError("called")

        one = rule(
            "test.rule",
            title="T",
            profiles=(),
            section="S",
            advice="A",
            example=Example({}, {}),
            needs=(need,),
        )(never)
        (found,) = ask_rule(Subject("x"), PROFILE, one)
        assert found.result.outcome is RuleAnswer.NOT_APPLICABLE
        assert found.result.message
        assert found.severity is None

    def test_a_document_alone_has_manifests_and_no_evidence(self) -> None:
        document = examples.example_document({}, rule_catalogue.PROFILES[rule_catalogue.DEFAULT])
        subject = crjson_read.subject(document, "x")
        assert not subject.lacks(RuleNeed.MANIFEST)
        assert subject.lacks(RuleNeed.EVIDENCE) == subject.lacks(RuleNeed.CREDENTIAL) != ""


class TestReport:
    def outcomes(self, *severities: Severity) -> LintReport:
        found = [
            o
            for s in severities
            for o in ask_rule(Subject("x"), PROFILE, made(*failed("f"), severity=s))
        ]
        found += ask_rule(Subject("x"), PROFILE, made(*passed("p")))
        return LintReport("x", PROFILE, tuple(found))

    @pytest.mark.parametrize(
        ("fail_on", "count"), [(Severity.ERROR, 1), (Severity.WARNING, 2), (Severity.NOTE, 3)]
    )
    def test_failures_are_told_down_to_a_severity(self, fail_on: Severity, count: int) -> None:
        report = self.outcomes(*Severity)
        assert len(report.failures(fail_on)) == count

    def test_hostile_text_is_cleaned(self) -> None:
        (one,) = ask_rule(Subject("x"), PROFILE, made(*failed("\x1b[31m" * 999, "\u202ewhere")))
        record = one.to_dict()
        assert "\x1b" not in record["message"]
        assert len(record["message"]) == 1024
        assert record["where"] == "\ufffdwhere"


def test_a_list_in_a_message_is_bounded_and_counted() -> None:
    assert join_listed(["a", "b", "a"]) == "a, b"
    many = join_listed(str(n) for n in range(MAX_LISTED + 5))
    assert many.endswith("7 and 5 more")
    assert join_listed([1, None]) == "int, NoneType"


class TestCatalogue:
    def test_ids_are_there_once_and_sorted_within_a_profile(self) -> None:
        ids = [r.id for r in rule_catalogue.rules()]
        assert len(set(ids)) == len(ids)
        for profile in rule_catalogue.PROFILES.values():
            asked = [r.id for r in rule_catalogue.rules_of(profile)]
            assert asked == sorted(asked)
            assert asked, profile.name

    def test_every_rule_says_what_a_reader_needs(self) -> None:
        for one in rule_catalogue.rules():
            assert set(one.profiles) <= set(rule_catalogue.PROFILES)
            assert one.profiles
            assert one.title
            assert not one.title.endswith(".")
            assert one.advice.endswith(".")
            assert one.section
            assert one.check.__doc__ or one.observes or "." in one.id

    @pytest.mark.parametrize(
        ("name", "count"),
        [
            ("integrity", 6),
            ("conformance-0.1-spec-2.2", 20),
            ("conformance-0.2-spec-2.2", 23),
            ("conformance-0.2-spec-2.4", 31),
            ("signals", 14),
        ],
    )
    def test_the_official_profiles_have_all_their_rules(self, name: str, count: int) -> None:
        assert len(rule_catalogue.rules_of(rule_catalogue.PROFILES[name])) == count

    def test_names_of_profiles_are_resolved_in_order_and_once(self) -> None:
        found = rule_catalogue.profiles_named(["signals", "integrity", "signals"])
        assert [p.name for p in found] == ["signals", "integrity"]
        assert rule_catalogue.profiles_named(["all"]) == tuple(rule_catalogue.PROFILES.values())

    def test_a_profile_that_does_not_exist_is_named(self) -> None:
        with pytest.raises(rule_catalogue.UnknownProfileError, match="there are integrity, "):
            rule_catalogue.profiles_named(["conformance"])

    def test_a_rule_that_does_not_exist_is_named_with_the_nearest(self) -> None:
        with pytest.raises(
            rule_catalogue.UnknownRuleError, match="did you mean mandatory_spec_version"
        ):
            rule_catalogue.rule_named("mandatory_specversion")
        with pytest.raises(rule_catalogue.UnknownRuleError, match="`provenance rules` lists them"):
            rule_catalogue.rule_named("#" * 40)

    def test_a_law_says_that_it_is_one_and_names_its_source(self) -> None:
        for profile in rule_catalogue.PROFILES.values():
            assert profile.source
            law = profile.name.startswith(("disclosure-", "label-"))
            assert profile.legal == law

    def test_names_of_profiles_and_rules_can_be_typed_on_a_command_line(self) -> None:
        names = [*rule_catalogue.PROFILES, *(r.id for r in rule_catalogue.rules())]
        assert [n for n in names if not re.fullmatch(r"[A-Za-z0-9_.:-]+", n)] == []
