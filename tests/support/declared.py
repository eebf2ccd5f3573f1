"""Whether everything that a report says is in the catalogue of codes, severity included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base import codes
from provenance.base.codes import CodeKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.base.finding import Finding
    from provenance.verdict.report import Report


def check(report: Report) -> None:
    """Fail where a report has a code that is not declared."""
    check_findings(report.findings)
    for reason in report.verdict.reasons if report.verdict else ():
        assert _of(reason.code, {CodeKind.REASON}), f"{reason.code}: not declared as a reason"
    if report.error is not None:
        assert _of(report.error.code, {CodeKind.ERROR}), f"{report.error.code}: not declared"


def check_findings(findings: Iterable[Finding]) -> None:
    """Fail where a finding is not declared, or not with this severity."""
    for finding in findings:
        found = _of(finding.code, {CodeKind.FINDING, CodeKind.STATUS})
        assert found, f"{finding.code}: not declared as a finding"
        assert any(finding.severity in c.severities for c in found), (
            f"{finding.code}: not declared as {finding.severity}"
        )


def _of(code: str, kinds: set[CodeKind]) -> list[codes.Code]:
    return [c for c in codes.codes_named(code) if c.kind in kinds]
