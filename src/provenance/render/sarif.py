"""SARIF 2.1.0 (OASIS, errata 01): one run, a result for each answer that weighs something.

The same answers give the same bytes: no clock, no host, everything in the order of the reports.
Fingerprints leave out what differs from asset to asset, so that a result keeps its identity when a
sample is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

from provenance.base.finding import Severity
from provenance.base.text import URL_LIMIT, clean
from provenance.base.version import VERSION
from provenance.linting import baseline, rule_catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.linting.evaluate import LintReport, RuleOutcome
    from provenance.linting.rule import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# The whole file: readers of source code ask for lines, and a medium has none.
REGION = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
FINGERPRINT = "provenanceLint/v1"
_SPEC = "https://spec.c2pa.org/specifications/specifications/{}/specs/C2PA_Specification.html"
_PROGRAMME = "https://github.com/c2pa-org/conformance-public"
_VERSION = re.compile(r"\bC2PA (2\.\d)\b")
_ADDRESS = re.compile(r"https://[^\s)]+")
TOOL = {"name": "provenance", "version": VERSION, "informationUri": _PROGRAMME}
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def text(
    reports: Sequence[LintReport], fail_on: Severity = Severity.ERROR, *, single: bool = False
) -> str:
    """Return the log as JSON, ended by a line break; the same whatever fails the run."""
    del fail_on, single
    return json.dumps(log(reports), ensure_ascii=True, indent=2) + "\n"


def log(reports: Sequence[LintReport]) -> dict[str, Any]:
    """Return the log as a plain object."""
    asked = {o.rule.id: o.rule for r in reports for o in r.outcomes}
    rules = [asked[name] for name in sorted(asked)]
    index = {rule.id: n for n, rule in enumerate(rules)}
    paths = list(dict.fromkeys(r.path for r in reports))
    made_by = {r.path: r.generator for r in reports}
    seen: Counter[str] = Counter()
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                **TOOL,
                "rules": [_descriptor(rule) for rule in rules],
            }
        },
        "invocations": [_invocation(reports)],
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "where lint was run"}}},
        "artifacts": [_described(path, made_by.get(path, "")) for path in paths],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(report, outcome, index, seen)
            for report in reports
            for outcome in report.findings()
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(reports: Sequence[LintReport]) -> dict[str, Any]:
    """Return how the run went: an error for each file that could not be examined."""
    errors = {r.path: r.error for r in reports if r.error is not None}
    return {
        "executionSuccessful": not errors,
        "toolExecutionNotifications": [
            {
                "descriptor": {"id": e.code},
                "level": "error",
                "message": {"text": clean(e.message, URL_LIMIT)},
                "locations": [_file(path)],
            }
            for path, e in errors.items()
        ],
    }


def _described(path: str, generator: str) -> dict[str, Any]:
    description: dict[str, Any] = {"location": artifact(path)}
    if generator:
        description["properties"] = {"generator": clean(generator)}
    return description


def _descriptor(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.title} ({rule.section})."},
        "help": {"text": rule.advice},
        "helpUri": help_uri(rule),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"section": rule.section, "tags": list(rule.profiles)},
    }


def help_uri(rule: Rule) -> str:
    """Return where the text that a rule's section is in can be read."""
    version = _VERSION.search(rule.section)
    if version:
        return _SPEC.format(version[1])
    for name in rule.profiles:
        address = _ADDRESS.search(rule_catalogue.PROFILES[name].source)
        if address:
            return address[0]
    return _PROGRAMME


def _result(
    report: LintReport, outcome: RuleOutcome, index: dict[str, int], seen: Counter[str]
) -> dict[str, Any]:
    rule, where = outcome.rule, clean(outcome.result.where)
    location = _file(report.path)
    if where:
        location["logicalLocations"] = [{"fullyQualifiedName": where}]
    message = clean(outcome.result.message, URL_LIMIT)
    return {
        "ruleId": rule.id,
        "ruleIndex": index[rule.id],
        "level": _LEVELS[outcome.severity or rule.severity],
        "message": {"text": f"{message}. {rule.advice}" if message else rule.advice},
        "locations": [location],
        "partialFingerprints": {FINGERPRINT: _fingerprint(report, outcome, seen)},
        "properties": {
            "profile": report.profile.name,
            "outcome": outcome.result.outcome.value,
            "section": rule.section,
        },
    }


def _fingerprint(report: LintReport, outcome: RuleOutcome, seen: Counter[str]) -> str:
    identity = (uri(report.path), report.profile.name, outcome.rule.id, baseline.place(outcome))
    key = json.dumps(identity)
    seen[key] += 1  # one rule may answer once a manifest
    return hashlib.sha256(f"{key}{seen[key]}".encode()).hexdigest()[:32]


def _file(path: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": artifact(path), "region": dict(REGION)}}


def artifact(path: str) -> dict[str, Any]:
    """Return the location of a file: relative to where the program ran, or absolute."""
    location: dict[str, Any] = {"uri": uri(path)}
    if not os.path.isabs(path):
        location["uriBaseId"] = "SRCROOT"
    return location


def uri(path: str) -> str:
    """Return a path as a URI reference (RFC 3986): bytes percent-encoded, absolute with `file:`."""
    posix = path.replace(os.sep, "/")
    coded = quote_from_bytes(os.fsencode(posix), safe="/")
    if not os.path.isabs(path):
        return coded
    return f"file://{coded}" if coded.startswith("/") else f"file:///{coded}"
