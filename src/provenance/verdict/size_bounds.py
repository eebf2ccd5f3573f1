"""A report made to fit into a record, whatever is in the file: a verdict is never lost to size.

Lists are cut to a number of entries that holds over all manifests together, and paths to their
ends. What is left out is counted in the finding `report.truncated`; nothing is judged by what is
left.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from provenance.base.finding import warning
from provenance.base.terms import RANK
from provenance.base.text import URL_LIMIT, expected
from provenance.signals import source_types
from provenance.verdict.report import MAX_ENTRIES, bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provenance.base.finding import Finding
    from provenance.signals.signal import Signal
    from provenance.verdict.report import ManifestInfo, Report

MAX_PATH = 32  # manifests on the path of one signal; the richest file at hand has ten
MAX_RECORD = 4 << 20  # bytes of a record, roughly and at most; real ones have some ten thousand
_FEW = 64  # entries that fit whatever is in them
_LEAST = 8  # entries of a list that are kept in any case
_CUT = "…"
_ESCAPED = 12  # bytes of a character beyond ASCII in a record, at most
_LISTS = (
    *("actions", "ingredients", "generators", "soft_bindings", "watermarks"),
    "ai_disclosures",
)


def fitted(report: Report, findings: list[Finding]) -> Report:
    """Return a report with these findings whose record has at most some `MAX_RECORD` bytes."""
    if len(findings) + _entries(report) <= _FEW:
        return replace(report, findings=bounded(findings))
    most = MAX_ENTRIES
    cut = _cut(report, findings, most)
    while most > _LEAST and _weight(cut, MAX_RECORD) < 0:
        most //= 2
        cut = _cut(report, findings, most)
    return cut


def without_free_text(signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    """Return signals without free text where a source type belongs."""
    if all(not s.source_type or source_types.known(s.source_type) for s in signals):
        return signals
    return tuple(
        replace(s, source_type=expected(s.source_type, fits=source_types.known(s.source_type)))
        for s in signals
    )


def _entries(report: Report) -> int:
    manifests = report.credentials.manifests
    inner = sum(len(getattr(m, name)) for m in manifests for name in _LISTS)
    paths = sum(len(s.path) for s in report.signals) // MAX_PATH
    return len(report.signals) + len(manifests) + inner + paths


def _cut(report: Report, findings: list[Finding], most: int) -> Report:
    """Cut every list to `most` entries, and say so."""
    lost: dict[str, int] = {}
    signals = tuple(_shortened(s) for s in _strongest(report.signals, most))
    lost["signals"] = len(report.signals) - len(signals)
    manifests = _manifests(report.credentials.manifests, most, lost)
    said = [f"{count} {name.replace('_', ' ')}" for name, count in lost.items() if count]
    kept = bounded(findings, most - 1 if said else most)  # with both lines `most` and one, no more
    if said:
        message = f"not listed, because there are too many: {', '.join(said)}"
        kept = (*kept, warning("report.truncated", message))
    return replace(
        report,
        signals=signals,
        credentials=replace(report.credentials, manifests=manifests),
        decoded_watermarks=report.decoded_watermarks[:most],
        findings=kept,
    )


def _strongest(signals: Sequence[Signal], most: int) -> list[Signal]:
    """Return the signals that support an origin, the best proven first, in their old order."""
    order = sorted(
        range(len(signals)),
        key=lambda n: (signals[n].supports is None, RANK[signals[n].assurance], n),
    )
    return [signals[n] for n in sorted(order[:most])]


def _shortened(signal: Signal) -> Signal:
    path = signal.path
    if len(path) <= MAX_PATH:
        return signal
    half = MAX_PATH // 2
    return replace(signal, path=(*path[:half], _CUT, *path[-half + 1 :]))


def _manifests(
    manifests: Sequence[ManifestInfo], most: int, lost: dict[str, int]
) -> tuple[ManifestInfo, ...]:
    left = dict.fromkeys(_LISTS, most)
    fitting = []
    for info in manifests[:most]:
        kept = {name: getattr(info, name)[: left[name]] for name in _LISTS}
        cut = False
        for name, values in kept.items():
            left[name] -= len(values)
            gone = len(getattr(info, name)) - len(values)
            lost[name] = lost.get(name, 0) + gone
            cut |= gone > 0
        fitting.append(replace(info, **kept) if cut else info)
    lost["manifests"] = len(manifests) - len(fitting)
    return tuple(fitting)


def _weight(value: Any, left: int) -> int:
    """Return what is left of so many bytes once a value is written; below 0 where it is not."""
    pending = [value]
    while pending and left >= 0:
        held = pending.pop()
        if isinstance(held, str):
            size = min(len(held), URL_LIMIT)
            left -= 4 + size * (1 if held.isascii() else _ESCAPED)
        elif isinstance(held, tuple):
            pending += held
        else:
            names, values = _parts.get(type(held)) or _part(held)
            left -= names
            pending += values(held)
    return left


def _part(value: Any) -> tuple[int, Callable[[Any], tuple[Any, ...]]]:
    """Return what the names in a value take, and how to get its parts: of a number there are none.

    Once a class: looking for the fields of each value took longer than all else.
    """
    names = [f.name for f in fields(value)] if is_dataclass(value) else []
    taken = sum(len(name) + 4 for name in names) or 8
    several: Callable[[Any], tuple[Any, ...]] = (
        attrgetter(*names)
        if names[1:]
        else (lambda held: tuple(getattr(held, name) for name in names))
    )
    _parts[type(value)] = taken, several
    return taken, several


_parts: dict[type, tuple[int, Callable[[Any], tuple[Any, ...]]]] = {}
