"""JUnit XML: a test suite a file and profile, a test case an answer.

The structure is that of Jenkins' `junit-10.xsd` (xunit-plugin), which Ant, Maven and most servers
read. An answer that weighs as much as the run fails on is a failure; what weighs less is in
`system-out`; what does not apply is skipped. No time and no host are written: the same answers give
the same bytes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.base.text import URL_LIMIT, clean, printable_path
from provenance.base.xml_elements import document, element
from provenance.linting.rule import RuleAnswer
from provenance.render.lint_text import finding_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from provenance.linting.evaluate import LintReport, RuleOutcome


def text(
    reports: Sequence[LintReport], fail_on: Severity = Severity.ERROR, *, single: bool = False
) -> str:
    """Return the document."""
    del single
    suites = [_Suite(report, fail_on) for report in reports]
    totals = [sum(values) for values in zip(*(s.counts for s in suites), strict=True)]
    counts = dict(zip(_COUNTS[:3], totals or [0, 0, 0], strict=False))
    return document(element("testsuites", *(suite.element() for suite in suites), **counts))


_COUNTS = ("tests", "failures", "errors", "skipped")


class _Suite:
    """One report as a test suite."""

    def __init__(self, report: LintReport, fail_on: Severity) -> None:
        self.report = report
        self.path = printable_path(report.path)
        self.failing = {id(o) for o in report.failures(fail_on)}
        skipped = sum(o.result.outcome is RuleAnswer.NOT_APPLICABLE for o in report.outcomes)
        errors = int(report.error is not None)
        self.seen: Counter[str] = Counter()
        self.counts = (len(report.outcomes) + errors, len(self.failing), errors, skipped)

    def element(self) -> Element:
        """Return the element of the suite."""
        profile, fault = self.report.profile, self.report.error
        about = {
            "profile": profile.name,
            "source": profile.source,
            "legal advice": "no, a technical check" if profile.legal else "",
        }
        properties = [element("property", name=k, value=v) for k, v in about.items() if v]
        children = [element("properties", *properties)]
        if fault is not None:
            message = clean(fault.message, URL_LIMIT)
            children.append(
                self._test("examined", element("error", type=fault.code, message=message))
            )
        children += map(self._case, self.report.outcomes)
        counts = dict(zip(_COUNTS, self.counts, strict=True))
        return element("testsuite", *children, name=f"{self.path} [{profile.name}]", **counts)

    def _case(self, outcome: RuleOutcome) -> Element:
        # A server compares cases by their names: by the rule, and the how manieth of its answers.
        self.seen[outcome.rule.id] += 1
        number = self.seen[outcome.rule.id]
        name = outcome.rule.id if number == 1 else f"{outcome.rule.id} {number}"
        message = clean(outcome.result.message, URL_LIMIT)
        if id(outcome) in self.failing:
            weight = outcome.severity.value if outcome.severity else ""
            line = finding_line(outcome)
            return self._test(name, element("failure", line, type=weight, message=message))
        if outcome.result.outcome is RuleAnswer.NOT_APPLICABLE:
            return self._test(name, element("skipped", message=message))
        if outcome.severity is not None:
            return self._test(name, element("system-out", finding_line(outcome)))
        return self._test(name)

    def _test(self, name: str, *inside: Element) -> Element:
        owner = f"{self.report.profile.name}.{self.path}"
        return element("testcase", *inside, name=name, classname=owner)
