"""Asking a profile's rules of one subject, and the report of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from provenance.base.errors import AssetError
from provenance.base.finding import Severity
from provenance.base.text import URL_LIMIT, clean
from provenance.linting import rule_catalogue, subject_loading
from provenance.linting.crjson.crjson_parsing import CrJsonError
from provenance.linting.rule import does_not_apply, weighs_at_least
from provenance.linting.subject import RuleNeed
from provenance.verdict.report import ErrorInfo, path_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.linting.rule import Rule, RuleProfile, RuleResult
    from provenance.linting.subject import Subject
    from provenance.verdict.verifier import Verifier


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One answer of one rule. `severity` is None where the answer is not a failure."""

    rule: Rule
    result: RuleResult
    severity: Severity | None

    def to_dict(self) -> dict[str, Any]:
        """Return a plain object for JSON, cleaned."""
        return {
            "rule": self.rule.id,
            "outcome": self.result.outcome.value,
            "severity": (self.severity or self.rule.severity).value,
            "message": clean(self.result.message, URL_LIMIT),
            "where": clean(self.result.where),
            "section": self.rule.section,
        }


@dataclass(frozen=True, slots=True)
class LintReport:
    """What one profile says of one file. Where `error` is set, nothing was asked.

    `generator` is who or what made it, for overviews; empty where that is not known.
    """

    path: str
    profile: RuleProfile
    outcomes: tuple[RuleOutcome, ...] = ()
    error: ErrorInfo | None = None
    generator: str = ""

    def failures(self, fail_on: Severity = Severity.NOTE) -> tuple[RuleOutcome, ...]:
        """Return the outcomes that weigh at least as much as `fail_on`."""
        return tuple(
            o
            for o in self.outcomes
            if o.severity is not None and weighs_at_least(o.severity, fail_on)
        )

    def findings(self) -> tuple[RuleOutcome, ...]:
        """Return the outcomes that weigh something, those for want of any manifest as one.

        The first of these is in place of all, and names the others.
        """
        failures = self.failures()
        without = [o for o in failures if o.result.unsigned]
        if len(without) < 2:
            return failures
        others = ", ".join(o.rule.id for o in without[1:])
        said = f"no credential: {without[0].result.message}; for the same reason {others}"
        first = replace(without[0], result=replace(without[0].result, message=said))
        return (first, *(o for o in failures if not o.result.unsigned))

    def to_dict(self) -> dict[str, Any]:
        """Return a plain object for JSON; a path that is not UTF-8 also as base64."""
        record = path_record(self.path)
        record["profile"] = self.profile.name
        record["outcomes"] = [o.to_dict() for o in self.outcomes]
        if self.error is not None:
            message = clean(self.error.message, URL_LIMIT)
            record["error"] = {"code": self.error.code, "message": message}
        return record


def _generator(subject: Subject) -> str:
    claim = subject.evidence.report.generator if subject.evidence else None
    return claim.shown if claim else ""


def evaluate(subject: Subject, profile: RuleProfile) -> tuple[RuleOutcome, ...]:
    """Ask a profile's rules in the order of their ids."""
    return tuple(
        outcome
        for rule in rule_catalogue.rules_of(profile)
        for outcome in ask_rule(subject, profile, rule)
    )


def ask_rule(subject: Subject, profile: RuleProfile, rule: Rule) -> tuple[RuleOutcome, ...]:
    """Ask one rule. Raises AssertionError where it answers what it did not declare."""
    missing = next(
        (m for need in RuleNeed if need in rule.needs and (m := subject.lacks(need))), ""
    )
    results = does_not_apply(missing) if missing else rule.check(subject, profile)
    for result in results:
        if result.outcome not in rule.emits:
            raise AssertionError(f"{rule.id} answers {result.outcome}, which it does not declare")
    return tuple(RuleOutcome(rule, r, rule.weight(r.outcome)) for r in results)


@dataclass(frozen=True, slots=True)
class Linted:
    """The reports on one file, one a profile, and the crJSON that they were made from.

    `document` is None where the file could not be examined.
    """

    reports: tuple[LintReport, ...]
    document: dict[str, Any] | None = None


def lint_file(
    path: str | os.PathLike[str],
    profiles: Sequence[RuleProfile],
    verifier: Verifier,
    *,
    sidecar: str | os.PathLike[str] | None = None,
    fragments: Sequence[str | os.PathLike[str]] = (),
) -> Linted:
    """Hold one file, or one crJSON document, against profiles.

    What is wrong with the file is in the reports, and so is why it could not be examined. Raises
    DocumentAloneError for a document beside which `sidecar` or `fragments` are given.
    """
    try:
        subject, document = subject_loading.load_subject(
            path, verifier, sidecar=sidecar, fragments=fragments
        )
    except (AssetError, CrJsonError) as e:
        error = ErrorInfo(e.code, str(e))
        return Linted(tuple(LintReport(os.fspath(path), p, error=error) for p in profiles))
    return Linted(
        tuple(
            LintReport(subject.path, p, evaluate(subject, p), generator=_generator(subject))
            for p in profiles
        ),
        document,
    )
