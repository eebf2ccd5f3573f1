"""From a report to the columns that people query, and the record they are taken from."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import lru_cache
from operator import itemgetter
from types import NoneType
from typing import TYPE_CHECKING, Any

from provenance.auditing import revive
from provenance.auditing.ledger_schema import JUDGED
from provenance.auditing.task import MemberRow
from provenance.base.terms import Assurance, Breach, Flag, Origin, Revocation, TimeStatus
from provenance.verdict.report import (
    AssetInfo,
    Environment,
    ErrorInfo,
    Report,
    incomplete,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from provenance.auditing.task import Planned, Value

_AXES = ("integrity", "identity", "time", "revocation", "cawg", "conformance")
_TEXTS = frozenset({str, NoneType})
_DECIDING = itemgetter(*map(JUDGED.index, ("origin", "assurance", "flagged", "error_code")))
_LAPSING = frozenset({Revocation.GOOD, Revocation.UNKNOWN})  # a revocation does not lapse
_FLAGGED = frozenset({*Flag, *Breach})
_MAX_CODE = 100  # characters of an error's code
_NO_ASSET = {"path": "", "size": None, "media_type": None, "sha256": None}
_BEGIN = '{"asset":'
_DECODER = json.JSONDecoder()


def row_of_report(report: Report) -> tuple[Value, ...]:
    """Return the values of `ledger_schema.JUDGED` for one report."""
    body = report.body()
    record = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    values: dict[str, Value] = {
        "sha256": body["asset"]["sha256"],
        "media_type": body["asset"]["media_type"],
        "record": record,
    }
    if body["error"] is not None:
        values["error_code"] = body["error"]["code"]
        values["error_message"] = body["error"]["message"]
        return tuple(values.get(name) for name in JUDGED)
    verdict = body["verdict"]
    generator = verdict["generator"] or {}
    values |= {
        "origin": verdict["origin"],
        "assurance": verdict["assurance"],
        "vendor": generator.get("vendor"),
        "product": generator.get("product"),
        "model": generator.get("model"),
        "basis": generator.get("basis"),
        "credential_status": body["credentials"]["status"],
        "flags": ",".join(verdict["flags"]),
        "flagged": ",".join(body["flagged"]),
    }
    values |= {name: body["axes"][name] for name in _AXES}
    if body["credentials"]["manifests"]:
        values |= _signing(body["credentials"]["manifests"])
        values["holds_until"] = _holds_until(report)
    return tuple(values.get(name) for name in JUDGED)


def _signing(manifests: list[dict[str, Any]]) -> dict[str, Value]:
    """Who signed the active manifest; nobody where the signature does not prove it."""
    active = next((m for m in manifests if m["active"]), None)
    signer = active["signer"] if active else None
    if active is None or signer is None or not signer["proven"]:
        return {}
    return {
        "signer": signer["organisation"] or signer["common_name"] or None,
        "signer_sha256": signer["sha256"],
        "issuer": signer["issuer"] or None,
        "anchor": signer["anchor"] or None,
        "signed_at": active["signing_time"],
    }


def _holds_until(report: Report) -> str | None:
    """When the answer may change by the mere passing of time; None where it does not.

    At once where a responder was asked: it may say something else tomorrow. So too where there is
    no time-stamp and a response or a list at hand speaks of revocation: for a while only. And where
    a time-stamp was not used because its time is still to come.
    """
    judged_at = report.environment.validation_time
    early = any(finding.code == "timestamp.future" for finding in report.findings)
    ends = [judged_at] if early or report.environment.network == "ocsp" else []
    for manifest in report.credentials.manifests:
        signer, time = manifest.signer, manifest.axes.time
        if time is TimeStatus.CURRENT and manifest.axes.revocation in _LAPSING:
            ends.append(judged_at)
        if signer is None:
            continue
        end = {TimeStatus.CURRENT: signer.not_after, TimeStatus.NOT_YET_VALID: signer.not_before}
        if (until := end.get(time)) is not None:
            ends.append(until)
    return plain(min(ends)) if ends else None


def member_of_report(report: Report) -> MemberRow:
    """Return what becomes of the report on a file that was found in another one."""
    assert report.asset.outer is not None  # noqa: S101 - the caller's condition
    return MemberRow.from_row(report.asset.outer.names, report.asset.size, row_of_report(report))


def key_of(path: str, names: Sequence[str] = ()) -> bytes:
    """Return the bytes under which a ledger has a file, or one that was found in it.

    No path holds a NUL, and no member's name: so a member is never taken for a file, whatever
    either is called, and all members of a file come right after it.
    """
    return b"\0".join(os.fsencode(part) for part in (path, *names))


def row_of_error(path: str, error: ErrorInfo, at: datetime) -> tuple[Value, ...]:
    """Return the values for a file that could not be examined."""
    nowhere = Environment("", "", (), at)  # a row does not hold it
    return row_of_report(Report(AssetInfo(path), nowhere, error=error))


def row_of_fallen(planned: Planned, error: ErrorInfo, at: datetime, seen: Any) -> tuple[Value, ...]:
    """Return the values for a file that brought its worker down.

    `seen` is the body of the report on what the worker saw at a glance, if it saw anything: then
    the file has a verdict, and the finding `examination.incomplete`. It is not believed: what
    does not fit counts as nothing.
    """
    with suppress(ValueError):
        report = revive.report_of(_without_asset(seen), Environment("", "", (), at))
        if report.verdict is None or report.error is not None:
            raise ValueError("no verdict")
        row = row_of_report(incomplete(report, AssetInfo(planned.path, planned.size), error))
        if is_row(row):
            return row
    return row_of_error(planned.path, error, at)


def _without_asset(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ValueError("no report")
    return body | {"asset": _NO_ASSET}


def whole_record(record: str, schema_version: str, environment: str) -> str:
    """Put back into a record what a run has once: `records.line` of the report, to the byte.

    `environment` is JSON, as compact as the record. Only the record's beginning is parsed. Raises
    ValueError or RecursionError for what is not a record of this program.
    """
    if not record.startswith(_BEGIN) or not _one_line(record):
        raise ValueError("not a record of this program")
    _, end = _DECODER.raw_decode(record, len(_BEGIN))
    version = json.dumps(schema_version)
    asset, rest = record[1:end], record[end:]
    return f'{{"schema_version":{version},{asset},"environment":{environment}{rest}'


def _one_line(record: str) -> bool:
    return "\n" not in record and "\r" not in record


def is_row(values: Sequence[Any]) -> bool:
    """Tell whether values from elsewhere can be a row: ledger, counts and exit code rest on them.

    The record is not looked into, but for its being one line of ASCII.
    """
    if len(values) != len(JUDGED) or not _TEXTS.issuperset(map(type, values)):
        return False
    record = values[-1]
    if record is None or not record.isascii() or not _one_line(record):
        return False
    text = "".join(filter(None, values))
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:  # a lone surrogate, which no database takes
            return False
    return is_decided(*_DECIDING(values))


@lru_cache(maxsize=1024)  # of the few that there are, for millions of files
def is_decided(
    origin: str | None, assurance: str | None, flagged: str | None, error: str | None
) -> bool:
    """Tell whether there is a verdict in our words, or else an error and none.

    A ledger that somebody else made may hold values of any type.
    """
    if not _TEXTS.issuperset(map(type, (origin, assurance, flagged, error))):
        return False
    if error is not None:
        verdict = (origin, assurance, flagged)
        return verdict == (None,) * 3 and len(error) <= _MAX_CODE and error.isprintable()
    if flagged is None or origin not in set(Origin) or assurance not in set(Assurance):
        return False
    return not flagged or _FLAGGED.issuperset(flagged.split(","))
