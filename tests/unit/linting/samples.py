"""The samples of the rules: for each one that fires it and one that does not.

Most are the rule's own example, a change to a conforming crJSON document. Where crJSON cannot show
the matter, the example is text, and two functions here make the files: see `MEDIA`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from unit.linting import media_samples

from provenance.linting import examples
from provenance.linting.crjson import crjson_parsing as crjson_read
from provenance.linting.evaluate import evaluate

if TYPE_CHECKING:
    from provenance.linting.rule import Rule, RuleProfile
    from provenance.linting.subject import Subject

Maker = Callable[[], "Subject"]
MEDIA: dict[str, tuple[Maker, Maker]] = {**media_samples.MEDIA}
"""Rule id -> (makes the sample that fires, makes the one that passes)."""


def from_patch(patch: Mapping[str, object], profile: RuleProfile) -> Subject:
    """The subject of a changed example document."""
    return crjson_read.subject(examples.example_document(patch, profile), "sample.json")


def firing(rule: Rule, profile: RuleProfile) -> Subject:
    """The sample that fires."""
    fires = rule.example.fires
    return MEDIA[rule.id][0]() if isinstance(fires, str) else from_patch(fires, profile)


def passing(rule: Rule, profile: RuleProfile) -> Subject:
    """The sample that passes."""
    passes = rule.example.passes
    return MEDIA[rule.id][1]() if isinstance(passes, str) else from_patch(passes, profile)


def answers(subject: Subject, profile: RuleProfile) -> dict[str, str]:
    """What each rule of a profile answers; several places are joined."""
    found: dict[str, list[str]] = {}
    for outcome in evaluate(subject, profile):
        found.setdefault(outcome.rule.id, []).append(outcome.result.outcome.value)
    return {rule: " ".join(said) for rule, said in found.items()}
