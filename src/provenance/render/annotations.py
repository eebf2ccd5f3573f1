"""GitHub annotations: one workflow command a finding, shown beside the file in a pull request.

Escapes are those of the runner's own toolkit (actions/toolkit, packages/core/src/command.ts): `%`,
CR and LF in a message; these and `:` and `,` in a property.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import Severity
from provenance.base.text import URL_LIMIT, clean, printable_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.linting.evaluate import LintReport

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def text(
    reports: Sequence[LintReport], fail_on: Severity = Severity.ERROR, *, single: bool = False
) -> str:
    """Return a line for each answer that weighs something, and for each file without an answer."""
    del fail_on, single
    lines: list[str] = []
    failed: set[str] = set()
    for report in reports:
        if report.error is not None:
            if report.path not in failed:
                failed.add(report.path)
                message = f"could not be examined: {clean(report.error.message, URL_LIMIT)}"
                lines.append(_command("error", report.path, report.error.code, message))
            continue
        for outcome in report.findings():
            rule = outcome.rule
            where = f" [{clean(outcome.result.where)}]" if outcome.result.where else ""
            message = clean(outcome.result.message, URL_LIMIT)
            said = f"{message}{where} ({rule.section}) - {rule.advice}"
            command = _COMMANDS[outcome.severity or rule.severity]
            lines.append(_command(command, report.path, f"{report.profile.name}: {rule.id}", said))
    return "".join(f"{line}\n" for line in lines)


def _command(command: str, path: str, title: str, message: str) -> str:
    file = property_value(printable_path(path))
    return f"::{command} file={file},title={property_value(title)}::{data(message)}"


def data(value: str) -> str:
    """Escape the message of a workflow command."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def property_value(value: str) -> str:
    """Escape the value of a property of a workflow command."""
    return data(value).replace(":", "%3A").replace(",", "%2C")
