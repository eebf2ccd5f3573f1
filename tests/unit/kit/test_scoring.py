"""Scores and tables: what counts as agreement, and that a stranger's words stay words."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from support.each import each

from provenance.kit import expect, linting, score_tables
from provenance.kit.expect import ValidationState
from provenance.kit.record import Kit, SampleRecord
from provenance.kit.scoring import (
    ClassTally,
    CommandFault,
    SampleResult,
    Score,
    Scored,
    fault,
    score_answer,
    tallies,
)
from provenance.kit.validator_runs import (
    Adapter,
    Problem,
    ValidatorAnswer,
    ValidatorRun,
    read_answer,
)

CODE = "assertion.dataHash.mismatch"
BROKEN = expect.altered(expect.AI, CODE)
UNLISTED = expect.unlisted(expect.AI)
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e \"'&]]>"


def tool(state: ValidationState | None, *failure: str, **more: Any) -> ValidatorAnswer:
    return ValidatorAnswer(Adapter.C2PATOOL, 0, state, failure, **more)


@each(
    ("expected", "answer", "result"),
    [
        (expect.AI, tool(ValidationState.TRUSTED), SampleResult.AGREES),
        (expect.AI, tool(ValidationState.VALID), SampleResult.DIFFERS),
        (expect.AI, tool(ValidationState.INVALID, CODE), SampleResult.DIFFERS),
        (expect.AI, tool(None, refused=True), SampleResult.DIFFERS),
        (BROKEN, tool(ValidationState.INVALID, CODE), SampleResult.AGREES),
        (BROKEN, tool(ValidationState.INVALID, "general.error"), SampleResult.OTHER_CODE),
        (BROKEN, tool(None, refused=True), SampleResult.OTHER_CODE),
        (BROKEN, tool(ValidationState.TRUSTED), SampleResult.DIFFERS),
        (BROKEN, tool(ValidationState.VALID, CODE), SampleResult.OTHER_STATE),
        (BROKEN, tool(ValidationState.ABSENT), SampleResult.DIFFERS),
        (UNLISTED, tool(ValidationState.VALID, "signingCredential.untrusted"), SampleResult.AGREES),
        (
            UNLISTED,
            tool(ValidationState.INVALID, "signingCredential.untrusted"),
            SampleResult.AGREES,
        ),
        (UNLISTED, tool(ValidationState.TRUSTED), SampleResult.DIFFERS),
        (expect.NO_CREDENTIAL, tool(ValidationState.ABSENT), SampleResult.AGREES),
        (expect.NO_CREDENTIAL, tool(None, refused=True), SampleResult.AGREES),
        (
            expect.NO_CREDENTIAL,
            tool(ValidationState.INVALID, "claim.missing"),
            SampleResult.DIFFERS,
        ),
        (expect.unreadable(expect.AI), tool(ValidationState.ABSENT), SampleResult.AGREES),
        (
            expect.unreadable(expect.AI),
            tool(ValidationState.INVALID, "general.error"),
            SampleResult.AGREES,
        ),
        (expect.unreadable(expect.AI), tool(ValidationState.TRUSTED), SampleResult.DIFFERS),
        (
            replace(expect.AI, state=ValidationState.OPEN),
            tool(ValidationState.INVALID, "x"),
            SampleResult.NOT_SCORED,
        ),
        (expect.AI, tool(None, problem=Problem.TIMEOUT), SampleResult.NO_ANSWER),
        (expect.AI, ValidatorAnswer(Adapter.EXIT_CODE, 0), SampleResult.AGREES),
        (expect.AI, ValidatorAnswer(Adapter.EXIT_CODE, 1), SampleResult.DIFFERS),
        (BROKEN, ValidatorAnswer(Adapter.EXIT_CODE, 0), SampleResult.DIFFERS),
        (BROKEN, ValidatorAnswer(Adapter.EXIT_CODE, 7), SampleResult.AGREES),
        (UNLISTED, ValidatorAnswer(Adapter.EXIT_CODE, 7), SampleResult.NOT_SCORED),
    ],
)
def test_one_answer_has_its_result(
    expected: expect.Expected, answer: ValidatorAnswer | None, result: SampleResult
) -> None:
    assert score_answer(expected, answer).result is result


UNCHAINED = expect.unchained(expect.AI, "chain.bad_signature")
NEIGHBOUR = replace(expect.AI, readings=(expect.OtherReading(ValidationState.ABSENT),))


@each(
    ("expected", "answer", "result"),
    [
        (
            UNCHAINED,
            tool(ValidationState.VALID, "signingCredential.untrusted"),
            SampleResult.AGREES,
        ),
        (
            UNCHAINED,
            tool(ValidationState.INVALID, "signingCredential.invalid"),
            SampleResult.AGREES,
        ),
        (
            UNCHAINED,
            tool(ValidationState.VALID, "signingCredential.invalid"),
            SampleResult.OTHER_CODE,
        ),
        (UNCHAINED, tool(ValidationState.INVALID, CODE), SampleResult.OTHER_CODE),
        (UNCHAINED, tool(ValidationState.TRUSTED), SampleResult.DIFFERS),
        (UNCHAINED, ValidatorAnswer(Adapter.EXIT_CODE, 0), SampleResult.NOT_SCORED),
        (NEIGHBOUR, tool(ValidationState.TRUSTED), SampleResult.AGREES),
        (NEIGHBOUR, tool(ValidationState.ABSENT), SampleResult.AGREES),
        (NEIGHBOUR, tool(ValidationState.INVALID, CODE), SampleResult.DIFFERS),
        (
            NEIGHBOUR,
            tool(ValidationState.VALID, "signingCredential.untrusted"),
            SampleResult.DIFFERS,
        ),
        (NEIGHBOUR, ValidatorAnswer(Adapter.EXIT_CODE, 1), SampleResult.NOT_SCORED),
    ],
)
def test_where_the_standard_can_be_read_in_two_ways_either_answer_counts(
    expected: expect.Expected, answer: ValidatorAnswer, result: SampleResult
) -> None:
    assert score_answer(expected, answer).result is result


def record(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "verdict": {"origin": "ai_generated", "assurance": "broken", "flags": ["ai", "broken"]},
        "credentials": {"status": "present"},
        "axes": {
            "integrity": "broken",
            "identity": "private",
            "time": "current",
            "revocation": "not_checked",
            "cawg": "none",
        },
        "findings": [{"code": CODE}],
    }
    return made | changes


@pytest.mark.parametrize(
    ("document", "result"),
    [
        (record(), SampleResult.AGREES),
        (record(findings=[]), SampleResult.OTHER_CODE),
        (record(credentials={"status": "absent"}), SampleResult.DIFFERS),
        (record(axes=None), SampleResult.DIFFERS),
        (record(findings="x"), SampleResult.OTHER_CODE),
    ],
)
def test_our_own_record_is_held_against_every_field(
    document: dict[str, Any], result: SampleResult
) -> None:
    answer = read_answer(ValidatorRun(4, json.dumps(document).encode()), Adapter.PROVENANCE)
    assert score_answer(BROKEN, answer).result is result


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ({"integrity": {"valid_success": "false", "trusted_success": "true"}}, SampleResult.AGREES),
        ({"integrity": {"valid_success": "true"}}, SampleResult.DIFFERS),
        ({"integrity": {"trusted_success": "true"}}, SampleResult.DIFFERS),
        ({"iptc": {"x": "false"}}, SampleResult.NOT_SCORED),
    ],
)
def test_lint_is_held_against_the_rules(
    said: dict[str, dict[str, str]], result: SampleResult
) -> None:
    answer = ValidatorAnswer(Adapter.LINT, 3, lint=said)
    assert score_answer(BROKEN, answer, linting.answers(BROKEN)).result is result
    assert score_answer(BROKEN, answer).result is SampleResult.NOT_SCORED


def kit(*groups: str) -> Kit:
    entries = tuple(
        SampleRecord(f"{group}/{n}.jpg", group, True, HOSTILE, "15", "x", BROKEN)
        for n, group in enumerate(groups)
    )
    return Kit(Path("kit"), "2026-06-01T00:00:00Z", entries)


GOOD = SampleRecord("good/x.jpg", "a", False, "x", "15", "x", expect.AI)
BAD = SampleRecord("faulty/x.jpg", "a", True, "x", "15", "x", BROKEN)
REFUSED = ValidatorAnswer(
    Adapter.EXIT_CODE, 2, refused=True, complaint=("Usage: x", "Error: no option", ".")
)


@each(
    ("answers", "works"),
    [
        ((tool(ValidationState.TRUSTED), REFUSED), True),
        ((tool(ValidationState.VALID, "signingCredential.untrusted"), REFUSED), True),
        ((REFUSED, tool(ValidationState.TRUSTED)), False),
        ((tool(ValidationState.INVALID, "x.y"), tool(ValidationState.INVALID, CODE)), False),
        ((tool(ValidationState.ABSENT), tool(ValidationState.ABSENT)), False),
        ((tool(None, problem=Problem.TIMEOUT), REFUSED), False),
        ((None, REFUSED), True),  # nothing shows that it does not
    ],
)
def test_whether_a_command_works_is_told_by_the_good_samples(
    answers: tuple[ValidatorAnswer | None, ...], works: bool
) -> None:
    assert (fault((GOOD, BAD), answers) is None) is works


def test_a_command_that_does_not_work_says_why() -> None:
    found = fault((GOOD, BAD), (REFUSED, REFUSED))
    assert found == CommandFault(
        "it took none of 1 good samples for valid; of the first it said: refused",
        REFUSED.complaint,
    )
    assert score_answer(expect.AI, REFUSED).said == "exit code 2 (Error: no option)"


RESULTS = (
    Scored(SampleResult.AGREES),
    Scored(SampleResult.DIFFERS, HOSTILE),
    Scored(SampleResult.NO_ANSWER, "timeout"),
    Scored(SampleResult.OTHER_CODE, "x"),
    Scored(SampleResult.OTHER_STATE, "x"),
    Scored(SampleResult.NOT_SCORED, "x"),
)
WHOLE = kit("a", "a", "b", "b", "b", "b")
SCORES = (
    Score(HOSTILE, "validator {}", "c2patool", RESULTS),
    Score("second", "other {}", "exit-code", RESULTS[::-1]),
)


def test_tallies_count_results_by_class() -> None:
    counted = tallies(WHOLE.entries, RESULTS)
    assert counted["a"] == ClassTally(agrees=1, differs=1)
    assert counted["a"].percent == 50.0
    assert counted[""].scored == 5
    assert counted[""].right == 2
    assert ClassTally(not_scored=3).percent is None
    assert tallies(kit("").entries, RESULTS[:1]) == {"": ClassTally(agrees=1)}


def test_text_of_a_run_holds_no_control_characters() -> None:
    lines = score_tables.score_lines(WHOLE, SCORES)
    assert lines[1].startswith("a ")
    assert "1/2" in lines[1]
    assert [char for line in lines for char in line if ord(char) < 32 or char == "\u202e"] == []


@pytest.mark.parametrize(
    "form", [score_tables.as_json, score_tables.junit, score_tables.html, score_tables.score_lines]
)
def test_names_and_words_of_a_strangers_kit_forge_nothing(form: Any) -> None:
    """Its classes, names and words may forge, and may be no text that can be written."""
    whole = kit(HOSTILE, "x" * 100_000, "\udc80\ufffe")
    made = form(whole, [Score("x", "x {}", "c2patool", RESULTS[:3])])
    text = "\n".join(made) if isinstance(made, list) else made
    assert [char for char in text if ord(char) < 32 and char != "\n"] == []
    assert "<script" not in text or form in {score_tables.as_json, score_tables.score_lines}
    text.encode("utf-8")
    if form is score_tables.score_lines:
        assert max(map(len, text.splitlines()[:4])) < 120
    if form is score_tables.junit:
        ElementTree.fromstring(text)


def test_json_of_a_run_is_ascii_and_counts() -> None:
    made = score_tables.as_json(WHOLE, SCORES)
    assert made.isascii()
    first = json.loads(made)["validators"][0]
    assert first["classes"]["all"]["scored"] == 5
    assert [one["result"] for one in first["samples"]] == [one.result.value for one in RESULTS]


def test_junit_is_xml_with_the_right_counts() -> None:
    root = ElementTree.fromstring(score_tables.junit(WHOLE, SCORES))
    first, second = root.findall("testsuite")
    counts = [first.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["6", "2", "1", "1"]
    assert len(second.findall("testcase/failure")) == 2
    assert first.findall("testcase")[0].get("classname") == "a"


def test_html_of_a_run_is_escaped_and_loads_nothing() -> None:
    page = score_tables.html(WHOLE, SCORES)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"sha256-{digest}" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\b(src|href|style|on\w+)\s*=", re.sub(r"<style>.*?</style>", "", page))


@pytest.mark.parametrize(
    "form", [score_tables.as_json, score_tables.junit, score_tables.html, score_tables.score_lines]
)
def test_a_command_that_does_not_work_is_named_in_every_form(form: Any) -> None:
    broken = Score(
        "x", "x {}", "exit-code", RESULTS, CommandFault(HOSTILE, (HOSTILE, "no such option"))
    )
    made = form(WHOLE, [broken])
    text = "\n".join(made) if isinstance(made, list) else made
    assert "the command does not work" in text
    assert "no such option" in text
    assert [char for char in text if ord(char) < 32 and char != "\n"] == []
    assert "<script" not in text or form in {score_tables.as_json, score_tables.score_lines}


def test_tables_of_an_empty_kit_are_empty() -> None:
    empty = Kit(Path("kit"), "x", ())
    assert score_tables.score_lines(empty, ()) == ["class"]
    assert "<table>" in score_tables.html(empty, ())
