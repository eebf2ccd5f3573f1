"""JSON and JSONL: the record of `Report.to_dict`, in ASCII, keys in a fixed order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provenance.verdict.report import SCHEMA_VERSION, plain

if TYPE_CHECKING:
    from provenance.verdict.report import Environment, Report

_last: tuple[Environment, str] | None = None


def line(report: Report) -> str:
    """Return one report as one line of JSON, without the line's end."""
    body = report.body()
    asset, environment = _compact(body.pop("asset")), _environment(report.environment)
    version, rest = _compact(SCHEMA_VERSION), _compact(body)[1:]
    return f'{{"schema_version":{version},"asset":{asset},"environment":{environment},{rest}'


def pretty(report: Report) -> str:
    """Return one report as indented JSON."""
    return json.dumps(report.to_dict(), ensure_ascii=True, indent=2)


def _environment(environment: Environment) -> str:
    """Return what all reports of a verifier share: a third of a record, written once for it."""
    global _last  # noqa: PLW0603 - of the last verifier, which is most often the next one's too
    if _last is None or _last[0] is not environment:
        _last = environment, _compact(plain(environment))
    return _last[1]


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
