"""The results of a run as text, JSON, JUnit and HTML: pure functions of scores."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

from provenance.base.text import clean, printable_path
from provenance.kit.scoring import NEEDS, Result, Score, Tally, tallies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.kit.expect import Need
    from provenance.kit.record import Entry, Kit

_SHOWN = frozenset({Result.DIFFERS, Result.NO_ANSWER, Result.OTHER_CODE, Result.OTHER_STATE})


def _cell(tally: Tally | None) -> str:
    if tally is None or not tally.scored:
        return "-"
    notes = []
    if tally.other_code:
        notes.append(f"{tally.other_code} by another code")
    if tally.other_state:
        notes.append(f"{tally.other_state} named, in another state")
    return f"{tally.right}/{tally.scored}" + (f" ({', '.join(notes)})" if notes else "")


def _rows(kit: Kit, scores: Sequence[Score]) -> list[tuple[str, list[Tally | None]]]:
    counted = [tallies(kit.entries, one.results) for one in scores]
    names = sorted({name for one in counted for name in one})
    ordered = [name for name in names if name] + ([""] if "" in names else [])
    return [(clean(name, 40) or "all", [one.get(name) for one in counted]) for name in ordered]


def text(kit: Kit, scores: Sequence[Score]) -> list[str]:
    """A table of agreement by class, then what did not agree."""
    lines = _agreement(kit, scores)
    for one in scores:
        if one.fault:
            lines += ["", *broken(one)]
            continue
        if left := unasked(kit, one):
            lines += ["", f"{clean(one.name, 40)}, not asked:", *(f"  {line}" for line in left)]
        said = [
            f"  {found.result.value}: {printable_path(entry.file)}: {clean(found.said, 200)}"
            for entry, found in zip(kit.entries, one.results, strict=True)
            if found.result in _SHOWN
        ]
        if said:
            lines += ["", f"{clean(one.name, 40)}:", *said]
    return lines


def _agreement(kit: Kit, scores: Sequence[Score]) -> list[str]:
    """The table: a line for each class of samples, a column for each validator."""
    rows = _rows(kit, scores)
    widths = [max(len(name) for name, _ in rows)] if rows else [0]
    heads = [clean(one.name, 40) for one in scores]
    cells = [[_cell(tally) for tally in held] for _, held in rows]
    for n, head in enumerate(heads):
        widths.append(max([len(head), *(len(row[n]) for row in cells)]))
    named = zip(rows, cells, strict=True)
    return [
        _line(["class", *heads], widths),
        *(_line([name, *row], widths) for (name, _), row in named),
    ]


def unasked(kit: Kit, score: Score) -> list[str]:
    """Say how many samples a validator was not asked about, by what they need."""
    counts: dict[Need, int] = {}
    for entry, found in zip(kit.entries, score.results, strict=True):
        if entry.needs and found.said.endswith(NEEDS[entry.needs]):
            counts[entry.needs] = counts.get(entry.needs, 0) + 1
    return [f"{count} samples need {NEEDS[need]}" for need, count in counts.items()]


def broken(score: Score) -> list[str]:
    """Say that a command does not work, how that shows, and what it wrote on standard error."""
    if score.fault is None:
        return []
    words = f"{clean(score.name, 40)}: the command does not work: {clean(score.fault.words, 400)}"
    return [words, *(f"  {clean(line)}" for line in score.fault.complaint)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def as_json(kit: Kit, scores: Sequence[Score]) -> str:
    """The whole result for machines, ASCII, in a fixed order."""
    made = {
        "format": "provenance-kit-run",
        "format_version": "1.0",
        "at": kit.at,
        "validators": [
            {
                "name": clean(one.name),
                "command": clean(one.command, 4096),
                "adapter": one.adapter,
                "fault": "\n".join(broken(one)) or None,
                "not_asked": unasked(kit, one),
                "classes": {
                    name or "all": _counts(tally)
                    for name, tally in tallies(kit.entries, one.results).items()
                },
                "samples": [
                    {
                        "file": entry.file,
                        "class": entry.group,
                        "result": found.result.value,
                        "said": clean(found.said, 1000),
                    }
                    for entry, found in zip(kit.entries, one.results, strict=True)
                ],
            }
            for one in scores
        ],
    }
    return json.dumps(made, indent=1, ensure_ascii=True)


def _counts(tally: Tally) -> dict[str, float | None]:
    return {
        "scored": tally.scored,
        "agrees": tally.agrees,
        "other_code": tally.other_code,
        "other_state": tally.other_state,
        "differs": tally.differs,
        "no_answer": tally.no_answer,
        "not_scored": tally.not_scored,
        "percent": None if tally.percent is None else round(tally.percent, 1),
    }


def junit(kit: Kit, scores: Sequence[Score]) -> str:
    """JUnit XML: one suite a validator, one case a sample."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    for one in scores:
        whole = tallies(kit.entries, one.results).get("", Tally())
        lines.append(
            f'  <testsuite name={_attribute(one.name)} tests="{len(one.results)}"'
            f' failures="{whole.differs + whole.other_state}" errors="{whole.no_answer}"'
            f' skipped="{whole.not_scored}">'
        )
        pairs = zip(kit.entries, one.results, strict=True)
        lines += [_case(entry, found.result, found.said) for entry, found in pairs]
        if one.fault:
            lines.append(f"    <system-err>{xml_escape(chr(10).join(broken(one)))}</system-err>")
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _attribute(value: str) -> str:
    return quoteattr(clean(value, 1000))


def _case(entry: Entry, result: Result, said: str) -> str:
    head = f"    <testcase classname={_attribute(entry.group)} name={_attribute(entry.file)}"
    kind = {
        Result.DIFFERS: "failure",
        Result.OTHER_STATE: "failure",
        Result.NO_ANSWER: "error",
        Result.NOT_SCORED: "skipped",
    }.get(result)
    if kind is None:
        note = f"<system-out>{xml_escape(clean(said, 1000))}</system-out>" if said else ""
        return f"{head}>{note}</testcase>" if note else f"{head}/>"
    return f"{head}><{kind} message={_attribute(said or result.value)}/></testcase>"


_STYLE = """body{font:14px/1.4 sans-serif;margin:2em;color:#222;background:#fff}
table{border-collapse:collapse;margin:1em 0}
th,td{border:1px solid #bbb;padding:.25em .5em;text-align:left;vertical-align:top}
th{background:#eee}
.agrees{background:#dff0d8}.other{background:#fdf6d8}.differs{background:#f6d5d5}
.none{background:#e6d5f6}.open{background:#eee;color:#666}"""
_CLASSES = {
    Result.AGREES: "agrees",
    Result.OTHER_CODE: "other",
    Result.OTHER_STATE: "other",
    Result.DIFFERS: "differs",
    Result.NO_ANSWER: "none",
    Result.NOT_SCORED: "open",
}


def html(kit: Kit, scores: Sequence[Score]) -> str:
    """One self-contained page: agreement by class, then every sample, validators side by side.

    It loads nothing: its policy allows its own style by digest and nothing else.
    """
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    heads = "".join(f"<th>{_text(one.name)}</th>" for one in scores)
    classes = "".join(
        f"<tr><th>{_text(name)}</th>"
        + "".join(f"<td>{_text(_cell(tally))}</td>" for tally in held)
        + "</tr>\n"
        for name, held in _rows(kit, scores)
    )
    faults = "".join(
        f"<p>{'<br>'.join(map(_text, broken(one)))}</p>\n" for one in scores if one.fault
    )
    samples = "".join(_sample(entry, n, scores) for n, entry in enumerate(kit.entries))
    faults += "".join(
        f"<p>{_text(one.name)}, not asked: {_text(line)}</p>\n"
        for one in scores
        for line in unasked(kit, one)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        f"<title>Validators side by side</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        "<h1>Validators side by side</h1>\n"
        f"<p>{len(kit.entries)} samples, reference time {_text(kit.at)}.</p>\n{faults}"
        f"<table>\n<tr><th>class</th>{heads}</tr>\n{classes}</table>\n"
        f"<table>\n<tr><th>sample</th><th>what it is</th><th>expected</th>{heads}</tr>\n"
        f"{samples}</table>\n</body>\n</html>\n"
    )


def _text(value: str) -> str:
    return escape(clean(value, 1000))


def _sample(entry: Entry, n: int, scores: Sequence[Score]) -> str:
    wanted = entry.expected
    readings = [(wanted.state, wanted.failure), *((r.state, r.failure) for r in wanted.readings)]
    expected = "; or ".join(", ".join((state.value, *codes)) for state, codes in readings)
    cells = "".join(
        f'<td class="{_CLASSES[one.results[n].result]}">{_text(one.results[n].result.value)}'
        + (f"<br>{_text(one.results[n].said)}" if one.results[n].said else "")
        + "</td>"
        for one in scores
    )
    return (
        f"<tr><td>{_text(entry.file)}</td><td>{_text(entry.what)}</td>"
        f"<td>{_text(expected)}</td>{cells}</tr>\n"
    )
