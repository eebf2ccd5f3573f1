"""Official rules about actions, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.credentials.assertion_content import text_value
from provenance.linting import official_lists
from provenance.linting.examples import actions, created, reference
from provenance.linting.profiles import CONFORMANCE, FROM_0_2, FROM_2_4
from provenance.linting.rule import Example, RuleAnswer, failed, join_listed, passed, rule, warned
from provenance.linting.subject import mapping, objects
from provenance.signals.official import INCEPTION_ACTIONS
from provenance.signals.source_types import IPTC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.manifest import Action
    from provenance.linting.rule import Results, RuleProfile
    from provenance.linting.subject import Object, Subject

_V2 = "c2pa.actions.v2"
_EDIT = IPTC + "humanEdits"
_PARENT = {
    "action": "c2pa.opened",
    "parameters": {"ingredients": [reference("c2pa.ingredient.v3")]},
}


def _none_of(subject: Subject, actions: Sequence[Action], good: str, bad: str) -> Results:
    """Fail naming the actions that were found, at the place of the first."""
    if not actions:
        return passed(good, subject.active.label)
    return failed(f"{bad}: {join_listed(a.name or '(no name)' for a in actions)}", actions[0].where)


def _lacks_source_type(entry: Object) -> bool:
    return entry.get("digitalSourceType") is None


def _parameters(entry: Object) -> Object:
    return mapping(entry.get("parameters"))


@rule(
    "inception_action_position",
    title="The first actions assertion among the created ones opens with how the asset began",
    profiles=CONFORMANCE,
    section="C2PA 2.2 section 18.14.2",
    advice="List c2pa.actions.v2 in created_assertions of a version 2 claim, with c2pa.created or"
    " c2pa.opened as its first action.",
    example=Example(
        passes={},
        fires={
            "claim.v2": {
                "created_assertions": [reference("c2pa.hash.data")],
                "gathered_assertions": [reference(_V2)],
            }
        },
    ),
)
def inception_action_position(subject: Subject, _profile: RuleProfile) -> Results:
    """Look where the actions assertion is listed, and what it opens with."""
    manifest = subject.active.manifest
    claim = subject.active.claim if manifest.claim_version == 2 else {}
    urls = [text_value(u.get("url")) for u in objects(claim.get("created_assertions"))]
    first = next((u for u in urls if "c2pa.actions" in u), "")
    if not first.endswith(_V2):
        where = subject.active.claim_label
        if manifest.claim_version != 2:
            return failed("the claim is of version 1, which has no created assertions", where)
        return failed("created_assertions does not name c2pa.actions.v2 first", where)
    actions = manifest.all_actions()
    names = [a.name for a in actions]
    if "c2pa.created" in names and names[0] not in INCEPTION_ACTIONS:
        return failed(f"the first action is {names[0] or '(no name)'}", actions[0].where)
    return passed("the first action says how the asset began", manifest.label)


@rule(
    "mandatory_dst_for_created_action",
    title="Every c2pa.created action has a digitalSourceType",
    profiles=CONFORMANCE,
    section="C2PA 2.2 sections 18.14.2 and 18.14.4.5",
    advice="Add digitalSourceType to c2pa.created, for a generated asset"
    f" {IPTC}trainedAlgorithmicMedia.",
    example=Example(passes={}, fires=actions(created(digitalSourceType=None))),
)
def mandatory_dst_for_created_action(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for c2pa.created without a source type of its own."""
    untyped = [
        a
        for a, entry in subject.active.entries()
        if a.name == "c2pa.created" and _lacks_source_type(entry)
    ]
    return _none_of(
        subject, untyped, "each c2pa.created has a source type", "without a digitalSourceType"
    )


@rule(
    "mandatory_dst_for_perceptible_transformations",
    title="Every standard action that changes what is seen has a digitalSourceType",
    profiles=CONFORMANCE,
    section="C2PA conformance programme, additional requirements",
    advice="Add digitalSourceType to the action, or use an action that the programme counts as"
    " not editorial.",
    example=Example(
        passes=actions(created(), {"action": "c2pa.cropped", "digitalSourceType": _EDIT}),
        fires=actions(created(), {"action": "c2pa.cropped"}),
    ),
)
def mandatory_dst_for_perceptible_transformations(
    subject: Subject, _profile: RuleProfile
) -> Results:
    """Look for editing actions without a source type of their own."""
    untyped = [
        a
        for a, entry in subject.active.entries()
        if official_lists.needs_source_type(a.name) and _lacks_source_type(entry)
    ]
    return _none_of(
        subject, untyped, "each editing action has a source type", "without a digitalSourceType"
    )


@rule(
    "mandatory_all_actions_included",
    title="Every actions assertion says whether it lists all actions",
    profiles=FROM_0_2,
    section="C2PA conformance programme, additional requirements",
    advice="Write allActionsIncluded, true or false, into each actions assertion.",
    example=Example(
        passes={"assertions": {_V2: {"allActionsIncluded": False}}},
        fires={"assertions": {_V2: {"allActionsIncluded": None}}},
    ),
)
def mandatory_all_actions_included(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for actions assertions without the field."""
    labels = [
        label
        for label, held in subject.active.contents()
        if held.get("actions") is not None and held.get("allActionsIncluded") is None
    ]
    if labels:
        return failed(f"without allActionsIncluded: {join_listed(labels)}", labels[0])
    return passed("each actions assertion says whether it is complete", subject.active.label)


@rule(
    "no_dst_for_opened_action",
    title="c2pa.opened has no digitalSourceType",
    profiles=FROM_0_2,
    section="C2PA conformance programme 0.2, additional requirements",
    advice="Take digitalSourceType away from c2pa.opened and write it into the ingredient.",
    example=Example(
        passes=actions(_PARENT),
        fires=actions(_PARENT | {"digitalSourceType": _EDIT}),
    ),
)
def no_dst_for_opened_action(subject: Subject, profile: RuleProfile) -> Results:
    """Look for c2pa.opened with a source type, from version 2.4 of the specification on."""
    if profile.spec is not None and profile.spec < official_lists.V2_4:
        return passed("demanded from specification 2.4 on", subject.active.label)
    typed = [
        a
        for a, entry in subject.active.entries()
        if a.name == "c2pa.opened" and not _lacks_source_type(entry)
    ]
    return _none_of(subject, typed, "no c2pa.opened has a source type", "with a digitalSourceType")


@rule(
    "no_deprecated_actions",
    title="No action is deprecated",
    profiles=CONFORMANCE,
    section="C2PA 2.2 section 18.14.11 and appendix C",
    advice="Use the action that took its place: c2pa.adjustedColor for c2pa.color_adjustments,"
    " c2pa.watermarked.bound or .unbound for c2pa.watermarked (2.4), c2pa.published for the rest.",
    example=Example(
        passes=actions(created(), {"action": "c2pa.adjustedColor", "digitalSourceType": _EDIT}),
        fires=actions(created(), {"action": "c2pa.color_adjustments", "digitalSourceType": _EDIT}),
    ),
)
def no_deprecated_actions(subject: Subject, profile: RuleProfile) -> Results:
    """Look for actions that the specification has dropped."""
    dropped = official_lists.deprecated_actions(profile.spec)
    deprecated = [a for a in subject.active.manifest.all_actions() if a.name in dropped]
    return _none_of(subject, deprecated, "no action is deprecated", "deprecated")


@rule(
    "no_unsupported_actions",
    title="Every action in the c2pa namespace is one that the specification knows",
    profiles=CONFORMANCE,
    section="C2PA 2.2 sections 18.14 and 18.14.12",
    advice="Use an action of the specification, or a name in a namespace of your own.",
    example=Example(
        passes=actions(created(), {"action": "com.example.sparkled"}),
        fires=actions(created(), {"action": "c2pa.sparkled", "digitalSourceType": _EDIT}),
    ),
)
def no_unsupported_actions(subject: Subject, profile: RuleProfile) -> Results:
    """Look for standard actions that this version of the specification does not know."""
    known = official_lists.actions(profile.spec)
    unknown = [
        a
        for a in subject.active.manifest.all_actions()
        if a.name.startswith("c2pa.") and a.name not in known
    ]
    return _none_of(subject, unknown, "each standard action is known", "not known")


@rule(
    "no_unrecognized_custom_actions",
    title="Every action of one's own bears a namespace",
    profiles=CONFORMANCE,
    section="C2PA 2.2 sections 18.14 and 18.14.12",
    advice="Prefix the action with a domain of your own, such as com.example.sparkled.",
    example=Example(
        passes=actions(created(), {"action": "com.example.sparkled"}),
        fires=actions(created(), {"action": "sparkled"}),
    ),
)
def no_unrecognized_custom_actions(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for names without a dot."""
    bare = [a for a in subject.active.manifest.all_actions() if "." not in a.name]
    return _none_of(subject, bare, "each action has a namespace", "without a namespace")


@rule(
    "no_unrecognized_custom_action_parameters",
    title="Every parameter of one's own bears a namespace",
    profiles=CONFORMANCE,
    section="C2PA 2.2 section 18.14.4.7",
    advice="Prefix the parameter with a domain of your own, such as com.example.strength.",
    example=Example(
        passes=actions(created(parameters={"com.example.strength": 3})),
        fires=actions(created(parameters={"strength": 3})),
    ),
)
def no_unrecognized_custom_action_parameters(subject: Subject, profile: RuleProfile) -> Results:
    """Look for parameters that are neither standard nor namespaced."""
    known = official_lists.parameters(profile.spec)
    bare = [
        (name, a)
        for a, entry in subject.active.entries()
        for name in _parameters(entry)
        if name not in known and "." not in name
    ]
    if bare:
        names = join_listed(name for name, _ in bare)
        return failed(f"parameters without a namespace: {names}", bare[0][1].where)
    return passed("each parameter is standard or has a namespace", subject.active.label)


@rule(
    "discouraged_legacy_action_parameters",
    title="No action keeps description or ingredient among its parameters",
    profiles=CONFORMANCE,
    section="C2PA 2.2 sections 18.14.4.1 and 18.14.12",
    advice="Write description into the action itself, and ingredients as a list.",
    emits=(RuleAnswer.TRUE, RuleAnswer.WARNING),
    example=Example(
        passes=actions(created(description="drawn from a text")),
        fires=actions(created(parameters={"description": "drawn from a text"})),
        outcome=RuleAnswer.WARNING,
    ),
)
def discouraged_legacy_action_parameters(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for parameters of version 1."""
    old = ("description", "ingredient")
    actions = [
        a
        for a, entry in subject.active.entries()
        if any(_parameters(entry).get(n) is not None for n in old)
    ]
    if actions:
        names = join_listed(a.name or "(no name)" for a in actions)
        return warned(
            f"description or ingredient among the parameters of {names}", actions[0].where
        )
    return passed("no parameter of version 1", subject.active.label)


@rule(
    "all_actions_included_opened",
    title="A file that was only opened and saved says that this is all",
    profiles=FROM_2_4,
    section="C2PA 2.4 section 18.15.3",
    advice="Write allActionsIncluded: true where c2pa.opened is the only action.",
    example=Example(
        passes=actions(_PARENT),
        fires={
            "assertions": {_V2: {"actions": [_PARENT], "allActionsIncluded": False}},
        },
    ),
)
def all_actions_included_opened(subject: Subject, _profile: RuleProfile) -> Results:
    """Look at manifests whose only action is c2pa.opened."""
    actions = subject.active.manifest.all_actions()
    only = actions[0] if len(actions) == 1 else None
    if only is None or only.name != "c2pa.opened":
        return passed("c2pa.opened is not the only action", subject.active.label)
    if subject.active.content(_V2).get("allActionsIncluded") is True:
        return passed("allActionsIncluded is true", only.assertion)
    return failed("c2pa.opened is the only action, and allActionsIncluded is not true", only.where)


@rule(
    "opened_action_ingredient_reference",
    title="c2pa.opened names the one ingredient that was opened",
    profiles=FROM_2_4,
    section="C2PA 2.4 sections 15.10.3.2.3 and 18.15.4.7",
    advice="Give c2pa.opened parameters.ingredients with one hashed URI, that of the parentOf"
    " ingredient.",
    example=Example(
        passes=actions(_PARENT),
        fires=actions({"action": "c2pa.opened"}),
    ),
)
def opened_action_ingredient_reference(subject: Subject, _profile: RuleProfile) -> Results:
    """Count the ingredients of each c2pa.opened."""
    actions = [
        a
        for a, entry in subject.active.entries()
        if a.name == "c2pa.opened" and _ingredients(entry) != 1
    ]
    return _none_of(
        subject,
        actions,
        "each c2pa.opened names one ingredient",
        "without exactly one entry in parameters.ingredients",
    )


def _ingredients(entry: Object) -> int:
    named = _parameters(entry).get("ingredients")
    return len(named) if isinstance(named, list) else 0


RULES = (
    inception_action_position,
    mandatory_dst_for_created_action,
    mandatory_dst_for_perceptible_transformations,
    mandatory_all_actions_included,
    no_dst_for_opened_action,
    no_deprecated_actions,
    no_unsupported_actions,
    no_unrecognized_custom_actions,
    no_unrecognized_custom_action_parameters,
    discouraged_legacy_action_parameters,
    all_actions_included_opened,
    opened_action_ingredient_reference,
)
