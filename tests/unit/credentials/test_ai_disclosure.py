"""The AI disclosure assertion: typed, bounded, whatever it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from unit.signals.build import assertion, manifest, store

from provenance.base.terms import Integrity
from provenance.credentials import ai_disclosure
from provenance.credentials.ai_disclosure import AiDisclosure, Oversight
from provenance.credentials.integrity import ManifestIntegrity
from provenance.credentials.manifest import ClaimList, Linkage
from provenance.render import disclosure_text as lines
from provenance.verdict import reporting

if TYPE_CHECKING:
    from provenance.verdict.report import ManifestInfo

WHOLE = {
    "modelType": "c2pa.types.model.huggingface.transformers",
    "modelName": "Example 2",
    "modelIdentifier": "pkg:huggingface/example/example-2@main",
    "contentProfile": {"humanOversightLevel": "human_validated"},
    "scientificDomain": ["cs.AI", "astro-ph.CO"],
}
WRONG: list[Any] = [None, 0, True, "text", b"x", [], {}, [1], [[]], {"a": 1}]


def read(*contents: Any, linkage: Linkage = Linkage.MATCH) -> tuple[AiDisclosure, ...]:
    held = tuple(
        assertion(f"c2pa.ai-disclosure{f'__{n}' if n else ''}", content, linkage=linkage)
        for n, content in enumerate(contents)
    )
    return tuple(ai_disclosure.disclosures(manifest(assertions=held)))


def test_every_field_of_a_disclosure_is_read() -> None:
    held = manifest(assertions=(assertion("c2pa.ai-disclosure", WHOLE, ClaimList.GATHERED),))
    assert tuple(ai_disclosure.disclosures(held)) == (
        AiDisclosure(
            "c2pa.ai-disclosure",
            "gathered",
            "c2pa.types.model.huggingface.transformers",
            "Example 2",
            "pkg:huggingface/example/example-2@main",
            Oversight.HUMAN_VALIDATED,
            ("cs.AI", "astro-ph.CO"),
        ),
    )


@each("content", WRONG)
def test_what_is_not_a_disclosure_says_nothing_and_is_still_counted(content: Any) -> None:
    (found,) = read(content)
    assert found == AiDisclosure("c2pa.ai-disclosure", found.part)


@each("key", [*WHOLE, "humanOversightLevel"])
@each("value", [0, True, b"x", [1], {"a": 1}, [[]], {"humanOversightLevel": 3}])
def test_a_field_of_a_wrong_type_spoils_no_other(key: str, value: Any) -> None:
    (found,) = read({**WHOLE, key: value})
    names = ("model_type", "model_name", "model_identifier", "oversight", "scientific_domains")
    (whole,) = read(WHOLE)
    same = [getattr(found, name) == getattr(whole, name) for name in names]
    assert same.count(False) <= 1


@each(
    ("level", "expected"),
    [
        ("fully_autonomous", Oversight.FULLY_AUTONOMOUS),
        ("prompt_guided", Oversight.PROMPT_GUIDED),
        ("human_validated", Oversight.HUMAN_VALIDATED),
        ("Human_Validated", Oversight.OTHER),
        ("not_said", Oversight.OTHER),
        ("", Oversight.OTHER),
        (["human_validated"], Oversight.OTHER),
        (None, Oversight.NOT_SAID),
    ],
)
def test_the_level_of_oversight_is_one_of_three_or_not_of_the_standard(
    level: Any, expected: Oversight
) -> None:
    (found,) = read({"contentProfile": {"humanOversightLevel": level}})
    assert found.oversight is expected


def test_a_domain_may_be_one_text_as_in_the_standards_example() -> None:
    assert read({"scientificDomain": "astro-ph.CO"})[0].scientific_domains == ("astro-ph.CO",)


def test_names_and_domains_of_a_disclosure_are_bounded() -> None:
    many = read(*[{"modelName": "m" * 10_000, "scientificDomain": ["cs.AI"] * 999}] * 40)
    assert len(many) == ai_disclosure.MAX_DISCLOSURES
    assert len(many[0].model_name) == 4096
    assert len(many[0].scientific_domains) == ai_disclosure.MAX_DOMAINS


@pytest.mark.parametrize("linkage", [Linkage.MISSING, Linkage.REDACTED])
def test_a_disclosure_that_was_redacted_is_not_read(linkage: Linkage) -> None:
    assert read(WHOLE, linkage=linkage) == ()


def shown(*contents: Any) -> tuple[ManifestInfo, ...]:
    held = manifest(assertions=tuple(assertion("c2pa.ai-disclosure", c) for c in contents))
    known = reporting.CheckedManifests(standings={held.label: ManifestIntegrity(Integrity.INTACT)})
    return reporting.manifests(store(held), known, show_personal_data=False)


def test_the_report_has_what_a_disclosure_declares() -> None:
    (info,) = shown(WHOLE)
    (one,) = info.ai_disclosures
    assert (one.model_name, one.oversight.value) == ("Example 2", "human_validated")
    assert one.scientific_domains == ("cs.AI", "astro-ph.CO")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (WHOLE, "Example 2; reviewed and approved by a human; cs.AI, astro-ph.CO (declared)"),
        ({"modelType": "c2pa.types.model"}, "c2pa.types.model (declared)"),
        ({}, "not named (declared)"),
        (
            {"modelName": "a\x1b[31mb", "contentProfile": {"humanOversightLevel": "x"}},
            "a\ufffd[31mb; human oversight not given in a known form (declared)",
        ),
    ],
)
def test_the_text_says_which_model_made_it_and_who_oversaw_it(
    content: dict[str, Any], line: str
) -> None:
    ((label, text),) = lines.disclosure_lines(shown(content))
    assert label[1].strip() == "AI model"
    assert text[1] == line
