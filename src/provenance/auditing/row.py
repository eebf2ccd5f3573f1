"""From a report to the columns that people query, and the record they are taken from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provenance.auditing.schema import JUDGED
from provenance.report import AssetInfo, Environment, ErrorInfo, Report

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.auditing.model import Value

_AXES = ("integrity", "identity", "time", "revocation", "cawg", "conformance")


def of_report(report: Report) -> tuple[Value, ...]:
    """Return the values of `schema.JUDGED` for one report."""
    body = report.body()
    record = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    found: dict[str, Value] = {
        "sha256": body["asset"]["sha256"],
        "media_type": body["asset"]["media_type"],
        "record": record,
    }
    if body["error"] is not None:
        found["error_code"] = body["error"]["code"]
        found["error_message"] = body["error"]["message"]
        return tuple(found.get(name) for name in JUDGED)
    verdict = body["verdict"]
    generator = verdict["generator"] or {}
    found |= {
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
    found |= {name: body["axes"][name] for name in _AXES}
    if body["credentials"]["manifests"]:
        found |= _signing(body["credentials"]["manifests"])
    return tuple(found.get(name) for name in JUDGED)


def _signing(manifests: list[dict[str, Any]]) -> dict[str, Value]:
    """Who signed the active manifest; nobody where the signature does not prove it."""
    found: dict[str, Value] = {"holds_until": _holds_until(manifests)}
    active = next((m for m in manifests if m["active"]), None)
    signer = active["signer"] if active else None
    if active is None or signer is None or not signer["proven"]:
        return found
    return found | {
        "signer": signer["organisation"] or signer["common_name"] or None,
        "signer_sha256": signer["sha256"],
        "issuer": signer["issuer"] or None,
        "anchor": signer["anchor"] or None,
        "signed_at": active["signing_time"],
    }


def _holds_until(manifests: list[dict[str, Any]]) -> str | None:
    """When the answer changes by the mere passing of time; None where it does not."""
    ends = []
    for manifest in manifests:
        signer = manifest["signer"]
        if signer is None:
            continue
        end = {"current": "not_after", "not_yet_valid": "not_before"}.get(manifest["axes"]["time"])
        if end is not None and signer[end] is not None:
            ends.append(signer[end])
    return min(ends, default=None)  # RFC 3339 in UTC sorts as text


def of_error(path: str, error: ErrorInfo, at: datetime) -> tuple[Value, ...]:
    """Return the values for a file that could not be examined."""
    nowhere = Environment("", "", (), at)  # a row does not hold it
    return of_report(Report(AssetInfo(path), nowhere, error=error))
