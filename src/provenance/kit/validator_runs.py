"""What a validator said of one sample, read from its output by an adapter.

Six forms are known: our own record and that of our lint, the JSON of c2patool and of the SDKs
around c2pa-rs, crJSON (C2PA 2.4), a list of status codes, and the exit code alone. Output is a
stranger's: nothing in it is believed for its type, and what is kept of it is bounded, since a run
keeps one answer a sample.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any

from provenance.base.text import clean
from provenance.kit import code_tables
from provenance.kit.expect import ValidationState

_MOST = 1000  # codes of one answer, rules of one profile, profiles
_LONGEST = 200  # characters of one code or value
_LINES = 8  # of what a command says on standard error, the last ones

OWN = (
    "verdict.origin",
    "verdict.assurance",
    "verdict.flags",
    "credentials.status",
    "axes.integrity",
    "axes.identity",
    "axes.time",
    "axes.revocation",
    "axes.cawg",
)
"""The places of our own record that are held against an expectation."""


class Adapter(StrEnum):
    """How a validator's output is read. `auto` tells by what is there."""

    AUTO = "auto"
    PROVENANCE = "provenance"
    LINT = "provenance-lint"
    C2PATOOL = "c2patool"
    CRJSON = "crjson"
    CODES = "codes"
    EXIT_CODE = "exit-code"


class Problem(StrEnum):
    """Why a validator gave no answer."""

    TIMEOUT = "timeout"
    OUTPUT = "too much output"
    CRASH = "crashed"
    MISSING = "cannot be started"
    UNREADABLE = "output cannot be read"
    MEMBER = "no record of the file in the archive"


@dataclass(frozen=True, slots=True)
class ValidatorRun:
    """One run of a validator: exit code (negative for a signal), output, or what went wrong.

    `errors` is the end of what it wrote on standard error.
    """

    code: int
    output: bytes = b""
    problem: Problem | None = None
    errors: bytes = b""


@dataclass(frozen=True, slots=True)
class ValidatorAnswer:
    """What a validator said. `state` is None where it names none and no code tells.

    `own` is our own record where that is what was read: the values at `OWN`, its findings being
    the failures. `lint` are the outcomes of lint by profile and rule. `refused` means that the
    validator ended with a failing exit code and said nothing that an adapter could read;
    `complaint` is what it wrote last on standard error then, line by line, cleaned.
    """

    adapter: Adapter
    code: int
    state: ValidationState | None = None
    failure: tuple[str, ...] = ()
    informational: tuple[str, ...] = ()
    success: tuple[str, ...] = ()
    refused: bool = False
    own: dict[str, object] | None = None
    lint: dict[str, dict[str, str]] | None = None
    problem: Problem | None = None
    complaint: tuple[str, ...] = ()

    @property
    def accepts(self) -> bool:
        """Whether it took the sample for a valid one, trusted or not, or passed any rule of it."""
        if self.problem is not None or self.refused:
            return False
        if self.lint is not None:
            return any("true" in said.values() for said in self.lint.values())
        if self.state is None:
            return self.code == 0
        return self.state in {ValidationState.TRUSTED, ValidationState.VALID}


def read_answer(ran: ValidatorRun, adapter: Adapter, member: str = "") -> ValidatorAnswer:
    """Read a run's output. Never raises.

    `member` is the file in an archive that was asked about; where it is empty, it is the sample
    itself. Of several records of this program the one of that file is read.
    """
    answer = _answer_from_run(ran, adapter, member)
    if answer.problem is None and not answer.refused and answer.adapter is not Adapter.EXIT_CODE:
        return answer
    return replace(answer, complaint=_last_lines(ran.errors))


def _last_lines(errors: bytes) -> tuple[str, ...]:
    lines = errors.decode("utf-8", "replace").splitlines()
    return tuple(clean(line.rstrip(), _LONGEST) for line in lines if line.strip())[-_LINES:]


def _answer_from_run(ran: ValidatorRun, adapter: Adapter, member: str) -> ValidatorAnswer:
    if ran.problem is not None:
        return ValidatorAnswer(adapter, ran.code, problem=ran.problem)
    if ran.code < 0:
        return ValidatorAnswer(adapter, ran.code, problem=Problem.CRASH)
    if adapter is Adapter.EXIT_CODE:
        return ValidatorAnswer(adapter, ran.code)
    document = _json(ran.output)
    if adapter in {Adapter.AUTO, Adapter.PROVENANCE}:
        records = _records(document, ran.output)
        if records:
            document = next((record for record in records if _names(record) == member), None)
            if document is None:
                return ValidatorAnswer(adapter, ran.code, problem=Problem.MEMBER)
    form = _tell(document, ran.output) if adapter is Adapter.AUTO else adapter
    if form is Adapter.LINT:
        return _lint(document, ran.code)
    if form is Adapter.CODES:
        return _status_list(_entries(document, ran.output), ran.code)
    if not isinstance(document, dict) or form is Adapter.EXIT_CODE:
        return _without_record(ran, adapter)
    reader = {
        Adapter.PROVENANCE: _provenance,
        Adapter.C2PATOOL: _c2patool,
        Adapter.CRJSON: _crjson,
    }[form]
    return reader(document, ran.code)


def _without_record(ran: ValidatorRun, adapter: Adapter) -> ValidatorAnswer:
    """Return what a run says whose output is not a record that the adapter reads."""
    if adapter is Adapter.AUTO and not ran.output.strip().startswith((b"{", b"[")):
        return ValidatorAnswer(Adapter.EXIT_CODE, ran.code, refused=ran.code != 0)
    if ran.code != 0:
        return ValidatorAnswer(adapter, ran.code, refused=True)
    return ValidatorAnswer(adapter, ran.code, problem=Problem.UNREADABLE)


def _json(output: bytes) -> Any:
    """The output as JSON, or its first line where it is JSONL; None where it is neither."""
    for text in (output, output.partition(b"\n")[0]):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            continue
    return None


def _records(document: Any, output: bytes) -> list[dict[str, Any]]:
    """Our own records where there are several: a list of them, or one a line. Else nothing."""
    if not isinstance(document, list):
        lines = output.splitlines() if b"\n" in output.strip() else []
        if not (isinstance(document, dict) and _is_own(document)) or len(lines) < 2:
            return []
        document = [_json(line) for line in lines]
    records = [_map(record) for record in document]
    return records if records and all(map(_is_own, records)) else []


def _is_own(document: dict[str, Any]) -> bool:
    return "verdict" in document and "axes" in document


def _names(record: dict[str, Any]) -> str:
    """The names that lead from an archive to the file of a record; empty for the archive itself."""
    names = _map(_map(record.get("asset")).get("outer")).get("names")
    return "!/".join(map(str, islice(_list(names), _MOST)))


def _tell(document: Any, output: bytes) -> Adapter:
    reports = document if isinstance(document, list) else [document]
    if reports and all({"profile", "outcomes"} <= _map(report).keys() for report in reports):
        return Adapter.LINT
    if isinstance(document, dict):
        if _is_own(document):
            return Adapter.PROVENANCE
        manifests = document.get("manifests")
        if isinstance(manifests, list) and ("jsonGenerator" in document or "@context" in document):
            return Adapter.CRJSON
        known = {"validation_state", "validation_results", "active_manifest", "manifest_report"}
        if known & document.keys():
            return Adapter.C2PATOOL
    listed = _entries(document, output) or ()
    if any(code in code_tables.KNOWN for code, _ in listed):
        return Adapter.CODES
    return Adapter.EXIT_CODE


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_CODE = re.compile(r"[\w-]+(\.[\w-]+)+", re.ASCII)


def _entries(document: Any, output: bytes) -> list[tuple[str, bool]] | None:
    """Codes, and of each whether it was called a success; None where this is not a list of them.

    The list is JSON, of texts or of status maps (15.2.1), or the only list in a map; or it is text
    with a code a line.
    """
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        document = lists[0] if len(lists) == 1 else None
    elif document is None and not output.lstrip().startswith((b"{", b"[")):
        text = output.decode("utf-8", "replace")
        document = [line.strip() for line in text.splitlines() if line.strip()]
    if not isinstance(document, list):
        return None
    entries = []
    for status in islice(document, _MOST):
        code = status.get("code") if isinstance(status, dict) else status
        if not isinstance(code, str) or _CODE.fullmatch(code[:_LONGEST]) is None:
            return None
        entries.append((code_tables.spelt(code[:_LONGEST]), _map(status).get("success") is True))
    return entries


def _status_list(entries: list[tuple[str, bool]] | None, code: int) -> ValidatorAnswer:
    """An empty list says that nothing is wrong, and not whether the signer is trusted.

    A code of the standard is of the kind that the standard gives it; any other is a failure unless
    it was called a success.
    """
    if not entries:
        if code != 0:
            return ValidatorAnswer(Adapter.CODES, code, refused=True)
        unread = Problem.UNREADABLE if entries is None else None
        return ValidatorAnswer(Adapter.CODES, code, problem=unread)
    group: dict[str, list[dict[str, str]]] = {"success": [], "informational": [], "failure": []}
    for status, good in entries:
        kind = "failure"
        if status in code_tables.SUCCESS or (good and status not in code_tables.KNOWN):
            kind = "success"
        elif status in code_tables.INFORMATIONAL:
            kind = "informational"
        group[kind].append({"code": status})
    return _answer_from_codes(Adapter.CODES, code, [group], None)


def _codes(groups: list[dict[str, Any]], name: str) -> tuple[str, ...]:
    codes = (
        str(item["code"])[:_LONGEST]
        for group in groups
        for item in _list(group.get(name))
        if isinstance(item, dict) and "code" in item
    )
    return tuple(dict.fromkeys(islice(codes, _MOST)))


def _deltas(value: Any) -> list[dict[str, Any]]:
    return [_map(_map(delta).get("validationDeltas")) for delta in _list(value)]


_STATES = {
    "trusted": ValidationState.TRUSTED,
    "valid": ValidationState.VALID,
    "invalid": ValidationState.INVALID,
}


def _answer_from_codes(
    adapter: Adapter, code: int, groups: list[dict[str, Any]], named: object
) -> ValidatorAnswer:
    """An answer from groups of status codes and the state that the validator itself names."""
    failure, success, informational = (
        tuple(dict.fromkeys(map(code_tables.spelt, _codes(groups, kind))))
        for kind in ("failure", "success", "informational")
    )
    state = _STATES.get(str(named).lower())
    if state is None:
        state = ValidationState.INVALID
        if not set(failure) - {"signingCredential.untrusted"}:
            trusted = "signingCredential.trusted" in success and not failure
            state = ValidationState.TRUSTED if trusted else ValidationState.VALID
    return ValidatorAnswer(adapter, code, state, failure, informational, success)


def _c2patool(document: dict[str, Any], code: int) -> ValidatorAnswer:
    inner = _map(document.get("manifest_report")) or document
    if document.get("present") is False or not (inner.keys() & _REPORTED):
        return ValidatorAnswer(Adapter.C2PATOOL, code, ValidationState.ABSENT)
    results = _map(inner.get("validation_results"))
    groups = [_map(results.get("activeManifest"))]
    groups += _deltas(results.get("ingredientDeltas"))
    old = _list(inner.get("validation_status"))
    if not any(groups) and old:  # before results were grouped, failures alone were listed
        groups.append({"failure": old})
    named = document.get("validation_state") or inner.get("validation_state")
    return _answer_from_codes(Adapter.C2PATOOL, code, groups, named)


_REPORTED = frozenset({"validation_state", "validation_results", "validation_status", "manifests"})


def _crjson(document: dict[str, Any], code: int) -> ValidatorAnswer:
    """Section 3.8: each manifest has its own results; the active one comes first."""
    manifests = [_map(manifest) for manifest in _list(document.get("manifests"))]
    if not manifests:
        return ValidatorAnswer(Adapter.CRJSON, code, ValidationState.ABSENT)
    groups = [_map(manifest.get("validationResults")) for manifest in manifests]
    for manifest in manifests:
        groups += _deltas(manifest.get("ingredientDeltas"))
    named = _map(document.get("validationInfo")).get("validationState")
    return _answer_from_codes(Adapter.CRJSON, code, groups, named)


def _lint(document: Any, code: int) -> ValidatorAnswer:
    """One report, or a list of one a profile. One that holds no outcome examined nothing."""
    by_profile: dict[str, dict[str, str]] = {}
    for report in map(_map, islice(document if isinstance(document, list) else [document], _MOST)):
        said = by_profile.setdefault(str(report.get("profile"))[:_LONGEST], {})
        for entry in map(_map, islice(_list(report.get("outcomes")), _MOST)):
            rule, outcome = str(entry.get("rule"))[:_LONGEST], str(entry.get("outcome"))[:_LONGEST]
            if said.get(rule) != "false":  # where a rule answers several times, a failure counts
                said[rule] = outcome
    if not by_profile or not all(by_profile.values()):
        return ValidatorAnswer(Adapter.LINT, code, problem=Problem.UNREADABLE)
    return ValidatorAnswer(Adapter.LINT, code, lint=by_profile)


_IDENTITY = {"c2pa", "interim", "private"}


def _provenance(document: dict[str, Any], code: int) -> ValidatorAnswer:
    own: dict[str, object] = {place: _at(document, place) for place in OWN}
    findings = _codes([{"all": _list(document.get("findings"))}], "all")
    state = ValidationState.INVALID
    if own["credentials.status"] in {"absent", "remote"}:
        state = ValidationState.ABSENT
    elif own["axes.integrity"] == "intact" and own["axes.revocation"] != "revoked":
        if own["axes.identity"] in _IDENTITY and own["axes.time"] in {"current", "timestamped"}:
            state = ValidationState.TRUSTED
        elif own["axes.identity"] == "unlisted":
            state = ValidationState.VALID
    return ValidatorAnswer(Adapter.PROVENANCE, code, state, failure=findings, own=own)


def _at(document: dict[str, Any], place: str) -> str | tuple[str, ...] | None:
    """The text or the list of texts at a place; None for anything else."""
    value: object = document
    for step in place.split("."):
        value = _map(value).get(step)
    if isinstance(value, list):
        return tuple(str(text)[:_LONGEST] for text in islice(value, _MOST))
    return value[:_LONGEST] if isinstance(value, str) else None
