"""What `provenance lint` answers for real files against the official rubric evaluator's answers.

`official-rubrics.json` holds the answers of the official evaluator over crJSON of the reference
SDK, with both official trust lists, taken on 2026-11-22. There are no differences to argue.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from support.crjson import faults
from support.each import each
from support.shared import CORPUS, needs_corpus, rubrics

from provenance import Options, Verifier
from provenance.linting import rule_catalogue, subject_loading
from provenance.linting.crjson import crjson_parsing as crjson_read
from provenance.linting.crjson import crjson_writing as crjson
from provenance.linting.evaluate import evaluate

if TYPE_CHECKING:
    from provenance.linting.rule import RuleProfile
    from provenance.linting.subject import Subject

pytestmark = needs_corpus

AT = datetime(2026, 11, 22, tzinfo=UTC)
OFFICIAL = {
    "integrity": "integrity",
    "conformance-0.1-spec-2.2": "conformance0.1-spec2.2",
    "conformance-0.2-spec-2.2": "conformance0.2-spec2.2",
    "conformance-0.2-spec-2.4": "conformance0.2-spec2.4",
}
JUDGED = {name: entry for name, entry in rubrics().items() if "conformance" in entry}
OTHERS = sorted(set(rubrics()) - set(JUDGED))
CASES = [(name, profile) for name in sorted(JUDGED) for profile in OFFICIAL]


@cache
def loaded(name: str) -> tuple[Subject, str]:
    verifier = Verifier(at=AT, options=Options(digest=False))
    subject, document = subject_loading.load_subject(CORPUS / name, verifier)
    return subject, crjson.crjson_text(document)


@cache
def alone(name: str) -> Subject:
    """The same file by its crJSON and nothing else."""
    document = crjson_read.parse_crjson(loaded(name)[1].encode())
    return crjson_read.subject(document, name)


def answers(subject: Subject, profile: RuleProfile) -> dict[str, str]:
    found = evaluate(subject, profile)
    assert len({o.rule.id for o in found}) == len(found), "one answer a rule"
    return {o.rule.id: o.result.outcome.value for o in found}


def signals(subject: Subject) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {m.label: set() for m in subject.manifests}
    for outcome in evaluate(subject, rule_catalogue.PROFILES["signals"]):
        if outcome.result.outcome.value == "true":
            found[outcome.result.where].add(outcome.rule.id)
    return found


@each(("name", "profile"), CASES)
def test_every_rule_answers_as_the_official_evaluator(name: str, profile: str) -> None:
    expected = JUDGED[name]["conformance"][OFFICIAL[profile]]
    assert answers(loaded(name)[0], rule_catalogue.PROFILES[profile]) == expected


@each(("name", "profile"), CASES)
def test_the_crjson_alone_gets_the_same_answers(name: str, profile: str) -> None:
    expected = JUDGED[name]["conformance"][OFFICIAL[profile]]
    assert answers(alone(name), rule_catalogue.PROFILES[profile]) == expected


@each("name", sorted(JUDGED))
def test_every_manifest_has_the_official_signals(name: str) -> None:
    expected = {
        m["label"]: {*m["inceptions"], *m["transformations"]} for m in JUDGED[name]["signals"]
    }
    assert signals(loaded(name)[0]) == expected
    assert signals(alone(name)) == expected


@each("name", sorted(JUDGED))
def test_the_crjson_is_valid(name: str) -> None:
    assert faults(json.loads(loaded(name)[1])) == []


@each("name", OTHERS)
def test_a_file_without_a_manifest_never_passes(name: str) -> None:
    subject, text = loaded(name)
    assert subject.manifests == ()
    assert faults(json.loads(text)) == []
    for profile in OFFICIAL:
        found = answers(subject, rule_catalogue.PROFILES[profile])
        assert set(found.values()) <= {"false", "not_applicable"}
        assert found["well_formed_success"] == found["valid_data_present"] == "false"


def test_there_are_official_answers_of_every_kind_to_compare() -> None:
    assert sum(len(e["conformance"][r]) for e in JUDGED.values() for r in OFFICIAL.values()) > 2500
    said = {
        v for e in JUDGED.values() for r in OFFICIAL.values() for v in e["conformance"][r].values()
    }
    assert said == {"true", "false", "warning"}
