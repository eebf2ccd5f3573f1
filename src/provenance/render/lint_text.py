"""The text format of lint: what fails, what to change, and where it is demanded.

Pure: from reports to lines of styled spans, as `provenance.render.report_text` makes them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.base.text import URL_LIMIT, clean, printable_path
from provenance.linting.rule import RuleAnswer
from provenance.linting.tamper.faults import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.linting.baseline import KnownAnswer
    from provenance.linting.evaluate import LintReport, RuleOutcome
    from provenance.linting.tamper.tamper_run import Copy, TamperReport
    from provenance.render.vocabulary import Line

STYLES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.NOTE: "dim"}
_HEAVIEST_FIRST = {severity: n for n, severity in enumerate(Severity)}


def run_lines(reports: Sequence[LintReport]) -> Iterator[Line]:
    """Yield the lines of a run: the reports of one file stand together in it."""
    path = None
    for report in reports:
        if report.path != path:
            if path is not None:
                yield ()
            path = report.path
            yield (("bold", printable_path(path)),)
            if report.error is not None:
                message = clean(report.error.message, URL_LIMIT)
                yield (("bad", f"  could not be examined: {message}"),)
        if report.error is None:
            yield from _profile(report)
    yield from _total(reports)
    for report in {r.profile.name: r for r in reports if r.profile.legal}.values():
        yield ()
        yield (
            ("dim", f"{report.profile.name} is a technical check, not legal advice. It follows:"),
        )
        yield (("dim", f"  {report.profile.source}"),)


def _total(reports: Sequence[LintReport]) -> Iterator[Line]:
    """Yield the total, and where to read more, where something was found."""
    failures = [o for report in reports for o in report.failures()]
    files = len({report.path for report in reports})
    if not failures or (files < 2 and len(reports) < 2 and len(failures) < 2):
        return
    facts = [f"{files} file{'s' if files != 1 else ''}"]
    for severity in Severity:
        number = sum(o.severity is severity for o in failures)
        if number:
            facts.append(f"{number} {severity.value}{'s' if number > 1 else ''}")
    yield ()
    yield (("bold", ", ".join(facts)),)
    yield (("dim", f"provenance explain {failures[0].rule.id} says more about a rule"),)


def _profile(report: LintReport) -> Iterator[Line]:
    counts = Counter(o.result.outcome for o in report.outcomes)
    failures = report.failures()
    facts = [f"{len(report.outcomes)} rules checked"]
    for severity in Severity:
        number = sum(o.severity is severity for o in failures)
        if number:
            facts.append(f"{number} {severity.value}{'s' if number > 1 else ''}")
    if counts[RuleAnswer.NOT_APPLICABLE]:
        facts.append(f"{counts[RuleAnswer.NOT_APPLICABLE]} not applicable")
    heavy = any(o.severity is Severity.ERROR for o in failures)
    style = "bad" if heavy else "warn" if failures else "good"
    yield ((style, f"  {report.profile.name}"), ("", f": {', '.join(facts)}"))
    findings = report.findings()
    for outcome in sorted(findings, key=lambda o: _HEAVIEST_FIRST[o.severity or Severity.NOTE]):
        yield from _outcome(outcome)
    for outcome in report.outcomes:
        if outcome.rule.observes and outcome.result.outcome is RuleAnswer.TRUE:
            yield (("dim", "    is     "), ("", f"{outcome.rule.id}{_where(outcome)}"))


def _outcome(outcome: RuleOutcome) -> Iterator[Line]:
    severity = outcome.severity or Severity.NOTE
    message = clean(outcome.result.message, URL_LIMIT)
    yield (
        (STYLES[severity], f"    {severity.value:<7} "),
        ("", f"{outcome.rule.id}: {message}{_where(outcome)}"),
    )
    yield (("dim", f"            {outcome.rule.advice} ({outcome.rule.section})"),)


def _where(outcome: RuleOutcome) -> str:
    where = clean(outcome.result.where)
    return f" [{where}]" if where else ""


def finding_line(outcome: RuleOutcome) -> str:
    """Return one answer as one line: rule, message, place, section, what to change."""
    message = clean(outcome.result.message, URL_LIMIT)
    rule = outcome.rule
    weight = (outcome.severity or rule.severity).value
    return f"{weight} {rule.id}: {message}{_where(outcome)} ({rule.section}) - {rule.advice}"


def gone_lines(entries: Sequence[KnownAnswer]) -> Iterator[Line]:
    """Yield a line for each entry of a baseline that no longer occurs."""
    for entry in entries:
        said = f"{printable_path(entry.path)}: {entry.rule} ({entry.profile})"
        yield (("warn", "fixed, take it out of the baseline: "), ("", clean(said, URL_LIMIT)))


def tamper_lines(report: TamperReport) -> Iterator[Line]:
    """Yield the lines of a robustness check."""
    yield (("bold", printable_path(report.path)),)
    if report.error:
        yield (("bad", f"  not checked: {clean(report.error, URL_LIMIT)}"),)
        return
    yield (("", f"  original: {report.media_type}, {report.origin}, {report.assurance}"),)
    for name in report.watermarks:
        yield (("", f"  declares a watermark: {clean(name)}"),)
    for copy in report.copies:
        style = STYLES[copy.severity] if copy.severity else "good" if copy.credential else "dim"
        effect = copy.effect.value.replace("_", " ")
        weight = copy.severity.value if copy.severity else ""
        said = f"{copy.what}: {clean(_copy(copy), URL_LIMIT)}"
        yield ((style, f"  {effect:<9} {weight:<7} "), ("", said))
        for code in copy.findings:
            yield (("dim", f"                      {clean(code)}"),)
        for left in copy.left:
            yield (("dim", f"                      left: {clean(left, URL_LIMIT)}"),)


def _copy(copy: Copy) -> str:
    if copy.credential is None or copy.integrity is None:
        return copy.message
    if copy.effect is Effect.LOST and not copy.left:
        return copy.message
    state = f"integrity {copy.integrity.value}, origin {copy.origin}, assurance {copy.assurance}"
    return state if copy.effect is Effect.NOTICED else f"{copy.message}; {state}"
