"""A presentation as one record: each representation examined with its segments, and joined.

What is worst of any of them is said of the whole: a presentation is as sound as the segments that a
player may choose.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, note, warning
from provenance.base.terms import Integrity
from provenance.media import presentation
from provenance.media.presentation import MAX_REPRESENTATIONS, PresentationError
from provenance.signals.source_types import AI_ORIGINS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance.media.asset import Asset
    from provenance.media.presentation import Representation
    from provenance.verdict.report import Report

    Examine = Callable[[str, Sequence[str]], Report]
    """Takes an initialisation segment and media segments; gives the report of the film."""

_WORST = (Integrity.BROKEN, Integrity.UNCHECKED, Integrity.PARTIAL, Integrity.NONE)
_SHOWN = 4  # names in a finding


def with_media(own: Report, asset: Asset, examine: Examine) -> Report:
    """Return the record of a presentation for the one of its manifest; of any other file itself."""
    kind = "" if asset.in_memory else presentation.kind_of(asset.read(0, 4_096))
    if not kind:
        return own
    whole = asset.read(0, presentation.MAX_MANIFEST)
    try:
        if len(whole) < asset.size:
            raise PresentationError(f"it has {asset.size} bytes")
        folder = os.path.dirname(asset.path) or "."
        found = presentation.representations(whole, kind, folder)
    except PresentationError as e:
        message = f"the manifest of a presentation cannot be read: {e}"
        return replace(own, findings=(*own.findings, warning("presentation.unreadable", message)))
    return _joined(own, kind, found, examine)


def _joined(own: Report, kind: str, found: Sequence[Representation], examine: Examine) -> Report:
    findings: list[Finding] = []
    reports: list[tuple[str, Report]] = []
    for one in found:
        findings += _missing(one)
        if not one.init or not os.path.isfile(one.init):
            continue
        there = [name for name in one.segments if os.path.isfile(name)]
        report = examine(one.init, there)
        reports.append((one.name, report))
        findings.append(_line(one, report, len(there)))
    if len(found) >= MAX_REPRESENTATIONS:
        message = f"more than {MAX_REPRESENTATIONS} representations: the rest was not looked at"
        findings.append(warning("presentation.limit", message))
    judged = [(name, r) for name, r in reports if r.verdict is not None]
    asset = replace(own.asset, media_type=kind)
    if not judged:
        findings.append(warning("presentation.nothing", "none of its media is in its folder"))
        return replace(own, asset=asset, findings=(*own.findings, *findings))
    _, worst = max(judged, key=lambda pair: _weight(pair[1]))
    assert worst.verdict is not None  # noqa: S101 - as chosen
    flags = dict.fromkeys(f for _, r in judged for f in (r.verdict.flags if r.verdict else ()))
    flagged = dict.fromkeys(f for _, r in judged for f in r.flagged)
    of_all = [
        replace(f, where=f"{name}: {f.where}".rstrip(": "))
        for name, r in reports
        for f in r.findings
    ]
    return replace(
        worst,
        asset=asset,
        verdict=replace(worst.verdict, flags=tuple(flags)),
        flagged=tuple(flagged),
        findings=(*findings, *dict.fromkeys(of_all)),
    )


def _weight(report: Report) -> tuple[bool, int, int]:
    assert report.verdict is not None  # noqa: S101 - by the caller
    integrity = report.axes.integrity
    low = len(_WORST) - _WORST.index(integrity) if integrity in _WORST else 0
    return report.verdict.origin in AI_ORIGINS, low, len(report.verdict.flags)


def _line(one: Representation, report: Report, there: int) -> Finding:
    said = report.verdict.origin.value if report.verdict else "cannot be examined"
    segments = f"{there} of {len(one.segments)} segments are there"
    message = f"{said}, {report.axes.integrity.value}; {segments}"
    return note("presentation.representation", message, one.name)


def _missing(one: Representation) -> list[Finding]:
    found = []
    gone = [os.path.basename(n) for n in (one.init, *one.segments) if n and not os.path.isfile(n)]
    if gone:
        message = f"files that the manifest names are not there: {_names(gone)}"
        found.append(warning("presentation.missing", message, one.name))
    if one.beyond:
        message = f"not in the manifest's folder, and not looked at: {_names(one.beyond)}"
        found.append(warning("presentation.elsewhere", message, one.name))
    if one.limited:
        limit = presentation.MAX_SEGMENTS
        message = f"more than {limit} segments: the rest was not looked at"
        found.append(warning("presentation.limit", message, one.name))
    return found


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
