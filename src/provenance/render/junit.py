"""JUnit XML: a test suite a file and profile, a test case an answer.

The structure is that of Jenkins' `junit-10.xsd` (xunit-plugin), which Ant, Maven and most servers
read. An answer that weighs as much as the run fails on is a failure; what weighs less stands in
`system-out`; what does not apply is skipped. No time and no host are written: the same answers give
the same bytes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.base.text import URL_LIMIT, clean, printable_path, xml_attribute
from provenance.linting.model import Outcome
from provenance.render.lint_text import finding_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.linting.evaluate import LintReport, RuleOutcome


def text(
    reports: Sequence[LintReport], fail_on: Severity = Severity.ERROR, *, single: bool = False
) -> str:
    """Return the document."""
    del single
    suites = [_Suite(report, fail_on) for report in reports]
    totals = [sum(values) for values in zip(*(s.counts for s in suites), strict=True)]
    made = ['<?xml version="1.0" encoding="UTF-8"?>']
    made.append(f"<testsuites {_counts(totals or [0, 0, 0, 0], skipped=False)}>")
    for suite in suites:
        made += suite.lines()
    made.append("</testsuites>")
    return "".join(f"{line}\n" for line in made)


def _counts(counts: Sequence[int], *, skipped: bool = True) -> str:
    names = ("tests", "failures", "errors", "skipped")[: 4 if skipped else 3]
    return " ".join(f'{n}="{v}"' for n, v in zip(names, counts, strict=False))


class _Suite:
    """One report as a test suite."""

    def __init__(self, report: LintReport, fail_on: Severity) -> None:
        self.report = report
        self.path = printable_path(report.path)
        self.failing = {id(o) for o in report.failures(fail_on)}
        skipped = sum(o.result.outcome is Outcome.NOT_APPLICABLE for o in report.outcomes)
        errors = int(report.error is not None)
        self.seen: Counter[str] = Counter()
        self.counts = (len(report.outcomes) + errors, len(self.failing), errors, skipped)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the suite."""
        name = f"{self.path} [{self.report.profile.name}]"
        yield f'  <testsuite name="{xml_attribute(name)}" {_counts(self.counts)}>'
        yield "    <properties>"
        for key, value in (
            ("profile", self.report.profile.name),
            ("source", self.report.profile.source),
            ("legal advice", "no, a technical check" if self.report.profile.legal else ""),
        ):
            if value:
                yield f'      <property name="{key}" value="{xml_attribute(value)}"/>'
        yield "    </properties>"
        if self.report.error is not None:
            message = clean(self.report.error.message, URL_LIMIT)
            yield f"    <testcase {self._names('examined')}>"
            code = self.report.error.code
            yield f'      <error type="{code}" message="{xml_attribute(message)}"/>'
            yield "    </testcase>"
        for outcome in self.report.outcomes:
            yield from self._case(outcome)
        yield "  </testsuite>"

    def _case(self, outcome: RuleOutcome) -> Iterator[str]:
        # A server compares cases by their names: by the rule, and the how manieth of its answers.
        self.seen[outcome.rule.id] += 1
        number = self.seen[outcome.rule.id]
        name = outcome.rule.id if number == 1 else f"{outcome.rule.id} {number}"
        opening = f"    <testcase {self._names(name)}"
        message = clean(outcome.result.message, URL_LIMIT)
        inner = ""
        if id(outcome) in self.failing:
            weight = outcome.severity.value if outcome.severity else ""
            inner = (
                f'<failure type="{weight}" message="{xml_attribute(message)}">'
                f"{xml_attribute(finding_line(outcome))}</failure>"
            )
        elif outcome.result.outcome is Outcome.NOT_APPLICABLE:
            inner = f'<skipped message="{xml_attribute(message)}"/>'
        elif outcome.severity is not None:
            inner = f"<system-out>{xml_attribute(finding_line(outcome))}</system-out>"
        if not inner:
            yield f"{opening}/>"
            return
        yield f"{opening}>"
        yield f"      {inner}"
        yield "    </testcase>"

    def _names(self, name: str) -> str:
        owner = f"{self.report.profile.name}.{self.path}"
        return f'name="{xml_attribute(name)}" classname="{xml_attribute(owner)}"'
