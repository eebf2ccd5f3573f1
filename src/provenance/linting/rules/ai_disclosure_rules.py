"""The AI disclosure assertion, `c2pa.ai-disclosure`: what C2PA 2.4 section 18.28 asks of it.

The assertion itself is optional. Where it is made, its model type is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.finding import Severity
from provenance.credentials import ai_disclosure
from provenance.credentials.ai_disclosure import Oversight
from provenance.linting import facts
from provenance.linting.examples import actions, created
from provenance.linting.profiles import AI_DISCLOSURE
from provenance.linting.rule import (
    Example,
    Results,
    RuleAnswer,
    does_not_apply,
    failed,
    passed,
    rule,
    warned,
)
from provenance.signals.source_types import IPTC

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.credentials.ai_disclosure import AiDisclosure
    from provenance.linting.rule import RuleProfile
    from provenance.linting.subject import Subject

_SECTION = "C2PA 2.4 section 18.28"
_BY_HAND = IPTC + "digitalCreation"
_NONE = "there is no AI disclosure"


def _with(**fields: object) -> dict[str, Any]:
    """Return an example's patch that changes fields of the disclosure."""
    return {"assertions": {ai_disclosure.LABEL: fields}}


def _each(subject: Subject, fault: Callable[[AiDisclosure], str], good: str) -> Results:
    """Ask each disclosure of the active manifest; `fault` says what is wrong, empty for nothing."""
    disclosures = tuple(ai_disclosure.disclosures(subject.active.manifest))
    if not disclosures:
        return does_not_apply(_NONE)
    for disclosure in disclosures:
        if wrong := fault(disclosure):
            return failed(wrong, disclosure.label)
    return passed(good, disclosures[0].label)


@rule(
    "ai_disclosure.model_type",
    title="The AI disclosure has a model type of the standard",
    profiles=(AI_DISCLOSURE,),
    section=f"{_SECTION}.2, table 12",
    advice="Give modelType a value of table 12; c2pa.types.model where no other one fits.",
    emits=(RuleAnswer.TRUE, RuleAnswer.FALSE, RuleAnswer.NOT_APPLICABLE),
    example=Example(passes={}, fires=_with(modelType="diffusion")),
)
def model_type(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for the one field that a disclosure has to have."""

    def fault(disclosure: AiDisclosure) -> str:
        if not disclosure.model_type:
            return "modelType is missing or not a text"
        known = disclosure.model_type in ai_disclosure.MODEL_TYPES
        return "" if known else f"{disclosure.model_type} is not a model type of table 12"

    return _each(subject, fault, "the model type is one of the standard")


@rule(
    "ai_disclosure.oversight",
    title="The level of human oversight is one of the standard",
    profiles=(AI_DISCLOSURE,),
    section=f"{_SECTION}.4",
    advice="Give humanOversightLevel fully_autonomous, prompt_guided or human_validated, or leave"
    " it out.",
    emits=(RuleAnswer.TRUE, RuleAnswer.FALSE, RuleAnswer.NOT_APPLICABLE),
    example=Example(
        passes={},
        fires=_with(contentProfile={"humanOversightLevel": "high"}),
    ),
)
def oversight(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for one of three values, where there is one."""

    def fault(disclosure: AiDisclosure) -> str:
        other = disclosure.oversight is Oversight.OTHER
        return "humanOversightLevel is not a value of the standard" if other else ""

    return _each(subject, fault, "the level of human oversight is one of the standard, or left out")


@rule(
    "ai_disclosure.scientific_domain",
    title="Scientific domains have the form of the arXiv taxonomy",
    profiles=(AI_DISCLOSURE,),
    section=f"{_SECTION}.2",
    advice="Write each domain as arXiv does, for example cs.AI or physics.optics.",
    emits=(RuleAnswer.TRUE, RuleAnswer.FALSE, RuleAnswer.NOT_APPLICABLE),
    example=Example(
        passes={},
        fires=_with(scientificDomain=["machine learning"]),
    ),
)
def scientific_domain(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for the form alone: the taxonomy grows."""

    def fault(disclosure: AiDisclosure) -> str:
        wrong = [d for d in disclosure.scientific_domains if not ai_disclosure.DOMAIN.fullmatch(d)]
        return f"{wrong[0]} does not have the form of an arXiv domain" if wrong else ""

    return _each(subject, fault, "the scientific domains have the form of arXiv's, or are left out")


@rule(
    "ai_disclosure.source_type",
    title="The AI disclosure goes with a source type of generative AI",
    profiles=(AI_DISCLOSURE,),
    section=f"{_SECTION}.3",
    advice="Give c2pa.created, or the action that changed the content, a source type of generative"
    " AI: readers decide by it. Where no trained model took part, leave the disclosure out.",
    severity=Severity.WARNING,
    emits=(RuleAnswer.TRUE, RuleAnswer.WARNING, RuleAnswer.NOT_APPLICABLE),
    example=Example(
        passes={},
        fires=actions(created(digitalSourceType=_BY_HAND)),
        outcome=RuleAnswer.WARNING,
    ),
)
def source_type(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask whether some action says what the disclosure implies."""
    disclosure = next(ai_disclosure.disclosures(subject.active.manifest), None)
    if disclosure is None:
        return does_not_apply(_NONE)
    if facts.ai_actions(subject):
        return passed("an action says that AI took part", disclosure.label)
    return warned("no action has a source type of generative AI", disclosure.label)


RULES = (model_type, oversight, scientific_domain, source_type)
