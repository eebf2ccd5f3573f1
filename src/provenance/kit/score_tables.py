"""The results of a run as text, JSON, JUnit and HTML: pure functions of scores."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from provenance.base.text import clean, printable_path
from provenance.base.xml_elements import document, element, page
from provenance.kit.scoring import NEEDS, ClassTally, SampleResult, Score, tallies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from provenance.kit.expect import ValidatorNeed
    from provenance.kit.record import Kit, SampleRecord

_SHOWN = frozenset(
    {
        SampleResult.DIFFERS,
        SampleResult.NO_ANSWER,
        SampleResult.OTHER_CODE,
        SampleResult.OTHER_STATE,
    }
)


def _cell(tally: ClassTally | None) -> str:
    if tally is None or not tally.scored:
        return "-"
    notes = []
    if tally.other_code:
        notes.append(f"{tally.other_code} by another code")
    if tally.other_state:
        notes.append(f"{tally.other_state} named, in another state")
    return f"{tally.right}/{tally.scored}" + (f" ({', '.join(notes)})" if notes else "")


def _rows(kit: Kit, scores: Sequence[Score]) -> list[tuple[str, list[ClassTally | None]]]:
    counted = [tallies(kit.entries, score.results) for score in scores]
    names = sorted({name for by_class in counted for name in by_class})
    ordered = [name for name in names if name] + ([""] if "" in names else [])
    return [
        (clean(name, 40) or "all", [by_class.get(name) for by_class in counted]) for name in ordered
    ]


def score_lines(kit: Kit, scores: Sequence[Score]) -> list[str]:
    """A table of agreement by class, then what did not agree."""
    lines = _agreement(kit, scores)
    for score in scores:
        if score.fault:
            lines += ["", *broken(score)]
            continue
        if left := unasked(kit, score):
            lines += ["", f"{clean(score.name, 40)}, not asked:", *(f"  {line}" for line in left)]
        said = [
            f"  {scored.result.value}: {printable_path(entry.file)}: {clean(scored.said, 200)}"
            for entry, scored in zip(kit.entries, score.results, strict=True)
            if scored.result in _SHOWN
        ]
        if said:
            lines += ["", f"{clean(score.name, 40)}:", *said]
    return lines


def _agreement(kit: Kit, scores: Sequence[Score]) -> list[str]:
    """The table: a line for each class of samples, a column for each validator."""
    rows = _rows(kit, scores)
    widths = [max(len(name) for name, _ in rows)] if rows else [0]
    heads = [clean(score.name, 40) for score in scores]
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
    counts: dict[ValidatorNeed, int] = {}
    for entry, scored in zip(kit.entries, score.results, strict=True):
        if entry.needs and scored.said.endswith(NEEDS[entry.needs]):
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
    record = {
        "format": "provenance-kit-run",
        "format_version": "1.0",
        "at": kit.at,
        "validators": [
            {
                "name": clean(score.name),
                "command": clean(score.command, 4096),
                "adapter": score.adapter,
                "fault": "\n".join(broken(score)) or None,
                "not_asked": unasked(kit, score),
                "classes": {
                    name or "all": _counts(tally)
                    for name, tally in tallies(kit.entries, score.results).items()
                },
                "samples": [
                    {
                        "file": entry.file,
                        "class": entry.group,
                        "result": scored.result.value,
                        "said": clean(scored.said, 1000),
                    }
                    for entry, scored in zip(kit.entries, score.results, strict=True)
                ],
            }
            for score in scores
        ],
    }
    return json.dumps(record, indent=1, ensure_ascii=True)


def _counts(tally: ClassTally) -> dict[str, float | None]:
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
    return document(element("testsuites", *(_suite(kit, score) for score in scores)))


def _suite(kit: Kit, score: Score) -> Element:
    whole = tallies(kit.entries, score.results).get("", ClassTally())
    pairs = zip(kit.entries, score.results, strict=True)
    cases = [_case(entry, scored.result, scored.said) for entry, scored in pairs]
    if score.fault:
        cases.append(element("system-err", "\n".join(broken(score))))
    return element(
        "testsuite",
        *cases,
        name=clean(score.name, 1000),
        tests=len(score.results),
        failures=whole.differs + whole.other_state,
        errors=whole.no_answer,
        skipped=whole.not_scored,
    )


def _case(entry: SampleRecord, result: SampleResult, said: str) -> Element:
    kind = {
        SampleResult.DIFFERS: "failure",
        SampleResult.OTHER_STATE: "failure",
        SampleResult.NO_ANSWER: "error",
        SampleResult.NOT_SCORED: "skipped",
    }.get(result)
    inside: list[Element] = []
    if kind is not None:
        inside.append(element(kind, message=clean(said or result.value, 1000)))
    elif said:
        inside.append(element("system-out", clean(said, 1000)))
    names = {"classname": clean(entry.group, 1000), "name": clean(entry.file, 1000)}
    return element("testcase", *inside, **names)


_STYLE = """body{font:14px/1.4 sans-serif;margin:2em;color:#222;background:#fff}
table{border-collapse:collapse;margin:1em 0}
th,td{border:1px solid #bbb;padding:.25em .5em;text-align:left;vertical-align:top}
th{background:#eee}
.agrees{background:#dff0d8}.other{background:#fdf6d8}.differs{background:#f6d5d5}
.none{background:#e6d5f6}.open{background:#eee;color:#666}"""
_CLASSES = {
    SampleResult.AGREES: "agrees",
    SampleResult.OTHER_CODE: "other",
    SampleResult.OTHER_STATE: "other",
    SampleResult.DIFFERS: "differs",
    SampleResult.NO_ANSWER: "none",
    SampleResult.NOT_SCORED: "open",
}


def html(kit: Kit, scores: Sequence[Score]) -> str:
    """One self-contained page: agreement by class, then every sample, validators side by side.

    It loads nothing: its policy allows its own style by digest and nothing else.
    """
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", **{"http-equiv": "Content-Security-Policy", "content": policy}),
        element("title", "Validators side by side"),
        element("style", _STYLE),
    )
    faults = [_lines("p", *broken(score)) for score in scores if score.fault]
    faults += [
        _lines("p", f"{clean(score.name, 1000)}, not asked: {clean(line, 1000)}")
        for score in scores
        for line in unasked(kit, score)
    ]
    names = [score.name for score in scores]
    classes = [
        element("tr", _lines("th", name), *(_lines("td", _cell(tally)) for tally in held))
        for name, held in _rows(kit, scores)
    ]
    samples = [_sample(entry, n, scores) for n, entry in enumerate(kit.entries)]
    body = element(
        "body",
        element("h1", "Validators side by side"),
        _lines("p", f"{len(kit.entries)} samples, reference time {clean(kit.at, 1000)}."),
        *faults,
        element("table", _heads("class", *names), *classes),
        element("table", _heads("sample", "what it is", "expected", *names), *samples),
    )
    return page(element("html", head, body, lang="en"))


def _heads(*names: str) -> Element:
    return element("tr", *(_lines("th", name) for name in names))


def _lines(tag: str, *lines: str, **attributes: str) -> Element:
    """An element that holds lines of text."""
    inside: list[Element | str] = []
    for line in lines:
        inside += [element("br"), clean(line, 1000)]
    return element(tag, *inside[1:], **attributes)


def _sample(entry: SampleRecord, n: int, scores: Sequence[Score]) -> Element:
    wanted = entry.expected
    readings = [(wanted.state, wanted.failure), *((r.state, r.failure) for r in wanted.readings)]
    expected = "; or ".join(", ".join((state.value, *codes)) for state, codes in readings)
    results = [score.results[n] for score in scores]
    cells = [
        _lines(
            "td",
            *filter(None, (scored.result.value, scored.said)),
            **{"class": _CLASSES[scored.result]},
        )
        for scored in results
    ]
    texts = (entry.file, entry.what, expected)
    return element("tr", *(_lines("td", text) for text in texts), *cells)
