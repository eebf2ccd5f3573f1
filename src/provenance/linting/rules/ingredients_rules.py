"""Official rules about ingredients.

The rubrics take every assertion that has a `relationship` for an ingredient, of any version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.credentials.assertion_content import text_value
from provenance.linting import official_lists
from provenance.linting.examples import AI, PARENT, reference
from provenance.linting.profiles import CONFORMANCE, FROM_2_4
from provenance.linting.rule import Example, failed, join_listed, passed, rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.linting.rule import Results, RuleProfile
    from provenance.linting.subject import Object, Subject

_V3 = "c2pa.ingredient.v3"
_RESULTS: dict[str, Any] = {"activeManifest": {"success": [], "informational": [], "failure": []}}


def _ingredient(**fields: Any) -> dict[str, Any]:
    assertion = {"relationship": "parentOf", "dc:format": "image/png"} | fields
    return {"assertions": {_V3: assertion}}


_WHOLE = _ingredient(activeManifest=reference("", PARENT), validationResults=_RESULTS)


def _none_where(subject: Subject, wrong: Callable[[Object], bool], good: str, bad: str) -> Results:
    labels = [
        label
        for label, held in subject.active.contents()
        if held.get("relationship") is not None and wrong(held)
    ]
    if labels:
        return failed(f"{bad}: {join_listed(labels)}", labels[0])
    return passed(good, subject.active.label)


def _has(value: Object, name: str) -> bool:
    return value.get(name) is not None


@rule(
    "ingredient_relationship_values",
    title="Every ingredient is parentOf, componentOf or inputTo",
    profiles=CONFORMANCE,
    section="C2PA 2.2 section 18.15.3",
    advice="Write one of the three values.",
    example=Example(passes=_ingredient(), fires=_ingredient(relationship="derivedFrom")),
)
def ingredient_relationship_values(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for other values."""
    return _none_where(
        subject,
        lambda v: text_value(v["relationship"]) not in official_lists.RELATIONSHIPS,
        "each relationship is one of the three",
        "with another relationship",
    )


@rule(
    "ingredient_v3_mandatory_validation_results",
    title="An ingredient with a manifest records how its validation went",
    profiles=CONFORMANCE,
    section="C2PA 2.2 section 18.15.12.4.3",
    advice="Validate the ingredient when it is added and write validationResults next to"
    " activeManifest.",
    example=Example(passes=_WHOLE, fires=_ingredient(activeManifest=reference("", PARENT))),
)
def ingredient_v3_mandatory_validation_results(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for activeManifest without validationResults."""
    return _none_where(
        subject,
        lambda v: _has(v, "activeManifest") and not _has(v, "validationResults"),
        "each ingredient with a manifest has validation results",
        "activeManifest without validationResults",
    )


@rule(
    "ingredient_v3_no_active_manifest",
    title="An ingredient without a manifest records no validation",
    profiles=CONFORMANCE,
    section="C2PA 2.2 section 18.15.12.4.3",
    advice="Take validationResults away where there is no activeManifest.",
    example=Example(passes=_WHOLE, fires=_ingredient(validationResults=_RESULTS)),
)
def ingredient_v3_no_active_manifest(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for validationResults without activeManifest."""
    return _none_where(
        subject,
        lambda v: _has(v, "validationResults") and not _has(v, "activeManifest"),
        "no ingredient without a manifest has validation results",
        "validationResults without activeManifest",
    )


@rule(
    "ingredient_v3_choice",
    title="An ingredient with a manifest has no digitalSourceType of its own",
    profiles=FROM_2_4,
    section="C2PA 2.4 section 18.16.12.3",
    advice="Leave digitalSourceType to ingredients without a manifest.",
    example=Example(
        passes=_ingredient(digitalSourceType=AI),
        fires=_ingredient(
            activeManifest=reference("", PARENT), validationResults=_RESULTS, digitalSourceType=AI
        ),
    ),
)
def ingredient_v3_choice(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for both in one ingredient."""
    return _none_where(
        subject,
        lambda v: _has(v, "activeManifest") and _has(v, "digitalSourceType"),
        "no ingredient has both a manifest and a source type",
        "both activeManifest and digitalSourceType",
    )


RULES = (
    ingredient_relationship_values,
    ingredient_v3_mandatory_validation_results,
    ingredient_v3_no_active_manifest,
    ingredient_v3_choice,
)
