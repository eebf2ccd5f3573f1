"""The official rules for assets that are text: unstructured, structured, and HTML.

They ask what a claim generator for text declares. What a hash of text covers, and where its
credential is, validation finds (15.12.1.3): those are rules of `integrity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.linting import official_lists
from provenance.linting.examples import actions, created, failure
from provenance.linting.profiles import TEXT
from provenance.linting.rule import Example, RuleAnswer, failed, join_listed, passed, rule
from provenance.linting.subject import mapping, objects

if TYPE_CHECKING:
    from provenance.linting.rule import Results, RuleProfile
    from provenance.linting.subject import Object, Subject

_ACTIONS, _HASH = "c2pa.actions.v2", "c2pa.hash.data"
_PLAIN = {"dc:format": "text/plain"}
_RUBRIC = "C2PA asset rubric for text 1.0"


def _created_with(**more: Any) -> dict[str, Any]:
    return actions(created(parameters=_PLAIN, **more))


def _actions(subject: Subject) -> tuple[Object, ...]:
    return objects(subject.active.content(_ACTIONS).get("actions"))


def _first(subject: Subject) -> Object:
    """Return the first action, as it is written."""
    actions = subject.active.content(_ACTIONS).get("actions")
    return mapping(actions[0]) if isinstance(actions, list) and actions else {}


def _created(subject: Subject) -> list[Object]:
    return [action for action in _actions(subject) if action.get("action") == "c2pa.created"]


def _has_hash(subject: Subject) -> bool:
    return any(label == _HASH for label, _ in subject.active.contents())


@rule(
    "text:no_html_text_errors",
    title="A page has one manifest element",
    profiles=(TEXT,),
    section=f"{_RUBRIC}; C2PA 2.4 section A.7.1",
    advice="Put one script or link element of type application/c2pa into the head of the page.",
    example=Example(passes={}, fires=failure("manifest.html.multipleManifests")),
)
def no_html_text_errors(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for failures that speak of the manifest's place in HTML."""
    validation = subject.active.validation
    codes = [s.code for s in validation.failure] if validation else []
    faults = [code for code in codes if code in official_lists.HTML_CODES]
    if faults:
        return failed(f"the place of the manifest is not as it has to be: {join_listed(faults)}")
    return passed("nothing is wrong with the manifest's place in HTML", subject.active.label)


@rule(
    "text:is_text_asset",
    title="The credential declares a media type of text",
    profiles=(TEXT,),
    section=f"{_RUBRIC}; C2PA 2.4 section A.1",
    advice="Name the media type in the first action: parameters with dc:format, such as text/plain"
    " or text/html. The rubrics of the conformance programme call that parameter one without a"
    " namespace: no manifest can meet both as they are.",
    example=Example(
        passes=_created_with(), fires=actions(created(parameters={"dc:format": "image/png"}))
    ),
)
def is_text_asset(subject: Subject, _profile: RuleProfile) -> Results:
    """Look where the rubric does: the first action's parameters, and `dc_format` of the claim."""
    said = mapping(_first(subject).get("parameters")).get("dc:format")
    claim = subject.active.claim if subject.active.manifest.claim_version == 2 else {}
    for value in (said, claim.get("dc_format")):
        if isinstance(value, str) and value in official_lists.TEXT_TYPES:
            return passed(f"declared as {value}", _ACTIONS)
    shown = said if isinstance(said, str) else "nothing"
    return failed(f"the first action declares {shown}, not a type of text", _ACTIONS)


@rule(
    "text:hard_binding_present",
    title="A data hash ties the credential to the text",
    profiles=(TEXT,),
    section=f"{_RUBRIC}; C2PA 2.4 section 18.5",
    advice="Bind text by c2pa.hash.data: the other hard bindings are for other formats.",
    example=Example(
        passes={},
        fires={"assertions": {_HASH: None}},
        also={"text:exclusions_defined": RuleAnswer.FALSE},
    ),
)
def hard_binding_present(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for a data hash."""
    if _has_hash(subject):
        return passed("there is a data hash", _HASH)
    return failed("there is no data hash", subject.active.label)


@rule(
    "text:exclusions_defined",
    title="The data hash leaves out the place of the credential",
    profiles=(TEXT,),
    section=f"{_RUBRIC}; C2PA 2.4 sections 18.5 and 15.12.1.3",
    advice="List the bytes of the wrapper, of the element or of the comment block as an exclusion"
    " of c2pa.hash.data.",
    example=Example(passes={}, fires={"assertions": {_HASH: {"exclusions": []}}}),
)
def exclusions_defined(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for exclusions of the data hash."""
    if _has_hash(subject) and subject.active.content(_HASH).get("exclusions"):
        return passed("the data hash has exclusions", _HASH)
    return failed("the data hash has no exclusions", _HASH)


@rule(
    "text:inception_action_present",
    title="The text was created, and an action says so",
    profiles=(TEXT,),
    section=f"{_RUBRIC}; C2PA 2.4 section 18.15",
    advice="Begin the list of actions of a text with c2pa.created.",
    example=Example(
        passes=_created_with(),
        fires=actions({"action": "c2pa.opened", "parameters": _PLAIN}),
        also={"text:inception_has_dst": RuleAnswer.FALSE},
    ),
)
def inception_action_present(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for `c2pa.created` in the actions assertion."""
    if _created(subject):
        return passed("there is c2pa.created", _ACTIONS)
    return failed("there is no c2pa.created", _ACTIONS)


@rule(
    "text:inception_has_dst",
    title="The action that created the text says by which kind of source",
    profiles=(TEXT,),
    section=f"{_RUBRIC}; C2PA 2.4 section 18.15.4",
    advice="Give c2pa.created a digitalSourceType: trainedAlgorithmicMedia for a text by a model.",
    example=Example(passes=_created_with(), fires=_created_with(digitalSourceType=None)),
)
def inception_has_dst(subject: Subject, _profile: RuleProfile) -> Results:
    """Ask for a source type of an inception."""
    if any(action.get("digitalSourceType") is not None for action in _created(subject)):
        return passed("c2pa.created has a source type", _ACTIONS)
    return failed("no c2pa.created has a source type", _ACTIONS)


RULES = (
    no_html_text_errors,
    is_text_asset,
    hard_binding_present,
    exclusions_defined,
    inception_action_present,
    inception_has_dst,
)
