"""A presentation as one record: each representation examined with its segments, and joined.

What is worst of any of them is said of the whole: a presentation is as sound as the segments that a
player may choose.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, note, warning
from provenance.base.terms import AI_ORIGINS, Assurance, Breach, Flag, Integrity, weaker
from provenance.base.text import quotable_name
from provenance.media import presentation
from provenance.media.presentation import MAX_REPRESENTATIONS, PresentationError
from provenance.verdict.assess import Reason
from provenance.verdict.size_bounds import fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance.media.asset import Asset
    from provenance.media.presentation import Representation
    from provenance.verdict.report import Report

    Examine = Callable[[str, Sequence[str]], Report]
    """Takes an initialisation segment and media segments; gives the report of the film."""
    Flagged = Callable[[Report], Sequence[Flag | Breach]]

_WORST = (Integrity.BROKEN, Integrity.UNCHECKED, Integrity.PARTIAL, Integrity.NONE)
_SHOWN = 4  # names in a finding
_OFTEN, _FREE = 3, 64 << 20  # how often each byte is read, and bytes besides
_LOWERED = {
    Integrity.BROKEN: (
        "integrity.other_bytes",
        "Another representation of the presentation is broken.",
    ),
    Integrity.UNCHECKED: (
        "integrity.unchecked",
        "Integrity is unchecked: another representation of the presentation could not be checked.",
    ),
    Integrity.PARTIAL: (
        "integrity.partial",
        "Integrity is partial: not all of the presentation was checked.",
    ),
}


def with_media(own: Report, asset: Asset, examine: Examine, flag: Flagged) -> Report:
    """Return the record of a presentation for the one of its manifest; of any other file itself.

    `flag` says what the policy flags of the whole, which may be worse than each of its parts.
    """
    kind = presentation.kind_of(asset.read(0, 4_096))
    if not kind:
        return own
    if not asset.has_path or own.asset.outer is not None:
        where = "in an archive" if own.asset.outer else "not in a folder"
        message = f"it is {where}: its media was not checked together with it"
        said = warning("presentation.nothing", message)
        info = replace(own.asset, media_type=kind)
        return fitted(replace(own, asset=info), [*own.findings, said])
    whole = asset.read(0, presentation.MAX_MANIFEST)
    try:
        if len(whole) < asset.size:
            raise PresentationError(f"it has {asset.size} bytes")
        folder = os.path.dirname(asset.path) or "."
        representations = presentation.representations(whole, kind, folder)
    except PresentationError as e:
        message = f"the manifest of a presentation cannot be read: {e}"
        return replace(own, findings=(*own.findings, warning("presentation.unreadable", message)))
    return _joined(
        replace(own, asset=replace(own.asset, media_type=kind)), representations, examine, flag
    )


def _joined(
    own: Report, representations: Sequence[Representation], examine: Examine, flag: Flagged
) -> Report:
    """Return the record of the whole: that of the worst part, with what all of them flag."""
    reports, findings, gaps = _examined(representations, examine)
    judged = [(name, r) for name, r in reports if r.verdict is not None]
    if not judged:
        findings.append(warning("presentation.nothing", "none of its media is in its folder"))
        return replace(own, findings=(*own.findings, *findings))
    _, worst = max(judged, key=lambda pair: _weight(pair[1]))
    flags = {f for _, r in judged if r.verdict for f in r.verdict.flags}
    flagged = {f for _, r in judged for f in r.flagged}
    of_all = [
        replace(f, where=f"{name}: {f.where}".rstrip(": "))
        for name, r in reports
        for f in r.findings
    ]
    whole = _lowered(replace(worst, asset=own.asset), [r for _, r in judged], flags, gaps=gaps)
    flagged |= set(flag(whole))
    whole = replace(whole, flagged=tuple(f for f in (*Flag, *Breach) if f in flagged))
    return fitted(whole, [*findings, *dict.fromkeys(of_all)])


def _examined(
    representations: Sequence[Representation], examine: Examine
) -> tuple[list[tuple[str, Report]], list[Finding], bool]:
    """Examine the representations whose files are there, the same files once.

    Returns their records by name, findings, and whether anything is missing or was not examined.
    """
    findings: list[Finding] = []
    reports: list[tuple[str, Report]] = []
    known: dict[tuple[str, ...], Report] = {}
    room = _Room()
    gaps = len(representations) > MAX_REPRESENTATIONS
    for representation in representations[:MAX_REPRESENTATIONS]:
        missing = _missing_files(representation)
        findings += missing
        if not representation.init or not os.path.isfile(representation.init):
            gaps = True
            continue
        there = [name for name in representation.segments if os.path.isfile(name)]
        files = (representation.init, *there)
        if files not in known:
            if not room.takes(files):
                message = "its files are in so many representations that it was not looked at"
                findings.append(warning("presentation.limit", message, representation.name))
                gaps = True
                continue
            known[files] = examine(representation.init, there)
        report = known[files]
        gaps = gaps or bool(missing) or report.verdict is None
        reports.append((representation.name, report))
        findings.append(_line(representation, report, len(there)))
    if len(representations) > MAX_REPRESENTATIONS:
        message = f"more than {MAX_REPRESENTATIONS} representations: the rest was not looked at"
        findings.append(warning("presentation.limit", message))
    return reports, findings, gaps


class _Room:
    """How many bytes are read: a manifest may name one large file a hundred thousand times."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.read = 0

    def takes(self, files: Sequence[str]) -> bool:
        for name in files:
            if name not in self.sizes:
                self.sizes[name] = os.path.getsize(name) if os.path.isfile(name) else 0
        more = sum(self.sizes[name] for name in files)
        if self.read + more > _OFTEN * sum(self.sizes.values()) + _FREE:
            return False
        self.read += more
        return True


def _lowered(whole: Report, parts: Sequence[Report], flags: set[Flag], *, gaps: bool) -> Report:
    """Return a record that says no more of the whole than of its worst part.

    What is not there, or was not looked at, a player may have from elsewhere.
    """
    verdict, own = whole.verdict, whole.axes.integrity
    assert verdict is not None  # noqa: S101 - as chosen
    met = {r.axes.integrity for r in parts}
    low = next((i for i in _WORST[:2] if i in met), None)
    if low is None and (gaps or Integrity.PARTIAL in met or len(met) > 1):
        low = Integrity.PARTIAL
    if own is not Integrity.NONE and low not in {None, own} and own is not Integrity.BROKEN:
        assert low is not None  # noqa: S101 - not in the set
        limit = Assurance.BROKEN if low is Integrity.BROKEN else Assurance.SIGNED
        code, message = _LOWERED[low]
        verdict = replace(
            verdict,
            assurance=weaker(verdict.assurance, limit),
            reasons=(*verdict.reasons, Reason(code, message)),
        )
        whole = replace(whole, axes=replace(whole.axes, integrity=low))
        flags |= {Flag.PARTIAL_COVERAGE} if low is Integrity.PARTIAL else set()
    return replace(whole, verdict=replace(verdict, flags=tuple(f for f in Flag if f in flags)))


def _weight(report: Report) -> tuple[bool, int, int]:
    assert report.verdict is not None  # noqa: S101 - by the caller
    integrity = report.axes.integrity
    low = len(_WORST) - _WORST.index(integrity) if integrity in _WORST else 0
    return report.verdict.origin in AI_ORIGINS, low, len(report.verdict.flags)


def _line(representation: Representation, report: Report, there: int) -> Finding:
    said = report.verdict.origin.value if report.verdict else "cannot be examined"
    segments = f"{there} of {len(representation.segments)} segments are there"
    message = f"{said}, {report.axes.integrity.value}; {segments}"
    return note("presentation.representation", message, representation.name)


def _missing_files(representation: Representation) -> list[Finding]:
    findings = []
    gone = [
        os.path.basename(n)
        for n in (representation.init, *representation.segments)
        if n and not os.path.isfile(n)
    ]
    if gone:
        message = f"files that the manifest names are not there: {_names(gone)}"
        findings.append(warning("presentation.missing", message, representation.name))
    if representation.beyond:
        message = (
            f"not in the manifest's folder, and not looked at: {_names(representation.beyond)}"
        )
        findings.append(warning("presentation.elsewhere", message, representation.name))
    findings += [
        warning("presentation.limit", f"not looked at: {w}", representation.name)
        for w in representation.unread
    ]
    return findings


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(quotable_name(name) for name in names[:_SHOWN]) + more
