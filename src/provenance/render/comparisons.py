"""Comparisons of files before and after a pipeline: for people, as JSON, as JUnit and as SARIF.

No time and no host are written: the same files give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from provenance.base.text import URL_LIMIT, clean, printable_path
from provenance.base.xml_elements import document, element
from provenance.render.sarif import REGION, SCHEMA, TOOL, artifact
from provenance.verdict.comparison import EVIDENCE, Facet, Fate
from provenance.verdict.preservation import PreservationOutcome
from provenance.verdict.report import path_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from provenance.render.vocabulary import Line, Span
    from provenance.verdict.comparison import ComparedFacet, Comparison
    from provenance.verdict.preservation import PreservationAnswer

SCHEMA_VERSION = "1.0"
WORDS = {
    Facet.BYTES: "bytes",
    Facet.VERDICT: "verdict",
    Facet.CREDENTIAL: "content credential",
    Facet.SOURCE_TYPE: "source types in the credential",
    Facet.IPTC: "IPTC source type",
    Facet.TC260: "TC260 label",
    Facet.MARKERS: "markers of generators",
    Facet.SOFT_BINDINGS: "declared watermarks and fingerprints",
    Facet.WATERMARKS: "decoded watermarks",
}
_STYLES = {Fate.LOST: "bad", Fate.CHANGED: "warn", Fate.KEPT: "good", Fate.ADDED: ""}
_ORDER = (Fate.LOST, Fate.CHANGED, Fate.KEPT, Fate.ADDED)
_RULE = "evidence."  # opens the identifiers of rules, one for each facet


def comparison_lines(comparison: Comparison) -> Iterator[Line]:
    """Yield the lines of one pair for people: what is lost comes first."""
    yield (("bold", f"{printable_path(comparison.before)} -> {printable_path(comparison.after)}"),)
    if comparison.error:
        yield (("bad", f"  could not be compared: {clean(comparison.error, URL_LIMIT)}"),)
        return
    if comparison.fate(Facet.BYTES) is Fate.KEPT:
        yield (("good", "  same bytes"),)
        return
    entries = {entry.facet: entry for entry in comparison.entries}
    carried = [entries[facet] for facet in EVIDENCE if entries[facet].fate is not Fate.NONE]
    if not carried:
        yield (("", "  neither file carries evidence of origin that this program reads"),)
    for fate in _ORDER:
        yield from (_line(entry) for entry in carried if entry.fate is fate)
    verdict = entries[Facet.VERDICT]
    if verdict.fate is Fate.CHANGED:
        yield (("dim", "  verdict    "), ("", f"{verdict.before[0]} -> {verdict.after[0]}"))


def _line(entry: ComparedFacet) -> Line:
    words = [WORDS[entry.facet]]
    shown = entry.after if entry.fate is Fate.ADDED else entry.before
    if shown:
        words.append(": " + ", ".join(clean(value) for value in shown[:4]))
    if entry.fate is Fate.CHANGED and entry.after and entry.after != entry.before:
        words.append(" -> " + ", ".join(clean(value) for value in entry.after[:4]))
    if entry.note:
        words.append(f" ({entry.note})")
    label: Span = (_STYLES[entry.fate], f"  {entry.fate.value:<10} ")
    return (label, ("", "".join(words)))


_ANSWERS = {
    PreservationOutcome.KEPT: "evidence for: what was there came through",
    PreservationOutcome.LOST: "missing",
    PreservationOutcome.NOTHING_THERE: "nothing of what it is about was there",
}


def answer_lines(answers: Sequence[PreservationAnswer]) -> Iterator[Line]:
    """Yield what laws and codes ask, and what the pair shows: evidence for, or what is missing."""
    for answer in answers:
        words = _ANSWERS[answer.outcome]
        if answer.lost:
            words += f": {', '.join(WORDS[facet] for facet in answer.lost)}"
        style = "bad" if answer.outcome is PreservationOutcome.LOST else ""
        yield (("dim", f"  {answer.text.name:<10} "), (style, words))
        yield (("dim", f"             {answer.text.section}, since {answer.text.since}"),)
    if answers:
        yield (("dim", "             a technical check, not legal advice"),)


def total_line(pairs: int, lost: int, failed: int) -> Line:
    """Return the last line of several pairs: how many, with losses, not compared."""
    words = f"{pairs:,} pairs: evidence lost or changed in {lost:,}"
    return (("bold", words + (f", {failed:,} could not be compared" if failed else "")),)


def record(comparison: Comparison, answers: Sequence[PreservationAnswer] = ()) -> dict[str, Any]:
    """Return one pair as a plain object, with the answers to laws and codes that were asked."""
    return {
        "schema_version": SCHEMA_VERSION,
        "before": path_record(comparison.before),
        "after": path_record(comparison.after),
        "error": clean(comparison.error, URL_LIMIT) or None,
        "lost": [facet.value for facet in comparison.lost],
        "facets": {
            entry.facet.value: {
                "fate": entry.fate.value,
                "before": [clean(value) for value in entry.before],
                "after": [clean(value) for value in entry.after],
                "note": entry.note,
            }
            for entry in comparison.entries
        },
        "rules": [
            {
                "name": answer.text.name,
                "section": answer.text.section,
                "since": answer.text.since,
                "asks": answer.text.asks,
                "outcome": answer.outcome.value,
                "lost": [facet.value for facet in answer.lost],
            }
            for answer in answers
        ],
    }


def junit(pairs: Sequence[Comparison]) -> str:
    """Return JUnit XML: a suite for each pair, a case for each kind of evidence that was there."""
    return document(element("testsuites", *map(_suite, pairs)))


def _suite(comparison: Comparison) -> Element:
    had = [e for e in comparison.entries if e.facet in EVIDENCE and _had(e)]
    name = printable_path(comparison.before)
    cases = [_case(entry, name, failed=entry.facet in comparison.lost) for entry in had]
    if comparison.error:
        fault = element("error", message=clean(comparison.error, URL_LIMIT))
        cases.insert(0, element("testcase", fault, name="compared", classname=name))
    failures = sum(entry.facet in comparison.lost for entry in had)
    errors = int(bool(comparison.error))
    return element(
        "testsuite", *cases, name=name, tests=len(cases), failures=failures, errors=errors
    )


def _had(entry: ComparedFacet) -> bool:
    return entry.fate not in {Fate.NONE, Fate.ADDED}


def _case(entry: ComparedFacet, name: str, *, failed: bool) -> Element:
    failure = element("failure", type=entry.fate.value, message=message(entry))
    title = f"{entry.facet.value} is kept"
    return element("testcase", *[failure] * failed, name=title, classname=name)


def message(entry: ComparedFacet) -> str:
    """Return one sentence on a facet that did not come through."""
    was = f" (was {', '.join(clean(value) for value in entry.before[:4])})" if entry.before else ""
    note = f": {entry.note}" if entry.note else ""
    return f"{WORDS[entry.facet]} {entry.fate.value}{note}{was}"


def sarif(pairs: Sequence[Comparison]) -> str:
    """Return SARIF 2.1.0: a result for each kind of evidence that did not come through."""
    rules = [_descriptor(facet) for facet in EVIDENCE]
    places: dict[Facet, int] = {facet: n for n, facet in enumerate(EVIDENCE)}
    failed = [pair for pair in pairs if pair.error]
    run = {
        "tool": {"driver": {**TOOL, "rules": rules}},
        "invocations": [
            {
                "executionSuccessful": not failed,
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": clean(pair.error, URL_LIMIT)},
                        "locations": [_location(pair.after)],
                    }
                    for pair in failed
                ],
            }
        ],
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "where compare was run"}}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(pair, entry, places[entry.facet])
            for pair in pairs
            for entry in pair.entries
            if entry.facet in pair.lost
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=True, indent=2) + "\n"


def _descriptor(facet: Facet) -> dict[str, Any]:
    words = WORDS[facet]
    return {
        "id": _RULE + facet.value,
        "shortDescription": {"text": f"{words[0].upper()}{words[1:]}: kept by the pipeline"},
        "fullDescription": {"text": f"What the file before has of {words} is in the file after."},
        "helpUri": TOOL["informationUri"],
        "help": {"text": "Find the step that removes or rewrites it, and have it kept."},
        "defaultConfiguration": {"level": "error"},
    }


def _result(comparison: Comparison, entry: ComparedFacet, index: int) -> dict[str, Any]:
    identity = json.dumps(
        [path_record(comparison.before), path_record(comparison.after), entry.facet.value]
    )
    return {
        "ruleId": _RULE + entry.facet.value,
        "ruleIndex": index,
        "level": "error",
        "message": {"text": message(entry)},
        "locations": [_location(comparison.after)],
        "relatedLocations": [_location(comparison.before)],
        "partialFingerprints": {
            "provenanceCompare/v1": hashlib.sha256(identity.encode("ascii")).hexdigest()[:32]
        },
    }


def _location(path: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": artifact(path), "region": dict(REGION)}}
