"""AI in a signed claim that is not written as the standard asks: it counts, and is capped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from support.each import each
from unit.signals.build import (
    ACTIONS,
    AI,
    CAPTURE,
    COMPONENT,
    INPUT,
    IPTC,
    PARENT,
    action,
    assertion,
    ingredient,
    manifest,
)

from provenance.base.terms import Origin
from provenance.credentials.manifest import Assertion, ClaimList, Linkage
from provenance.signals.odd_forms import statements
from provenance.signals.official import NON_EDITORIAL_ACTIONS
from provenance.signals.signal import Role, Statement

ODD = AI.upper()
COMPOSITE = IPTC + "compositeWithTrainedAlgorithmicMedia"
INGREDIENT = "c2pa.ingredient.v3"


def said(
    label: str, content: Any, *, part: ClaimList = ClaimList.CREATED, **more: Any
) -> list[Statement]:
    return list(statements(manifest(assertions=(assertion(label, content, part),), **more)))


def entry(name: Any = "c2pa.created", **more: Any) -> dict[str, Any]:
    return {"action": name, "digitalSourceType": ODD} | more


@each("label", [ACTIONS, "c2pa.actions", "c2pa.actions.v2__1"])
def test_an_action_in_full(label: str) -> None:
    one = Assertion(label, ClaimList.GATHERED, "cbor", Linkage.MATCH, assertion("x", {}).payload)
    one = replace(one, payload=assertion("x", {"actions": [{}, entry()]}).payload)
    assert list(statements(manifest(assertions=(one,)))) == [
        Statement(
            "c2pa.actions",
            Origin.AI_GENERATED,
            whole=True,
            says="trainedAlgorithmicMedia, not written as the standard asks",
            source_type=AI,
            where=f"{label}[1]",
            part="gathered",
            generator=None,
            capped=True,
            role=Role.ASSET,
        )
    ]


@each(
    ("made", "origin", "whole"),
    [
        (entry("c2pa.created"), Origin.AI_GENERATED, True),
        (entry("c2pa.opened"), Origin.AI_GENERATED, True),
        (entry("*"), Origin.AI_GENERATED, True),
        (entry("c2pa.edited"), Origin.AI_MODIFIED, False),
        (entry("com.example.x"), Origin.AI_MODIFIED, False),
        (entry(None), Origin.AI_MODIFIED, False),
        (entry(5), Origin.AI_MODIFIED, False),
        (entry(["c2pa.created"]), Origin.AI_MODIFIED, False),
        (entry(digitalSourceType=COMPOSITE.upper()), Origin.AI_MODIFIED, True),
    ],
)
def test_what_an_action_does_decides_what_it_says(
    made: dict[str, Any], origin: Origin, whole: bool
) -> None:
    (found,) = said(ACTIONS, {"actions": [made]})
    assert (found.origin, found.whole, found.where) == (origin, whole, f"{ACTIONS}[0]")


@each("name", sorted(NON_EDITORIAL_ACTIONS))
def test_what_changes_nothing_says_nothing_and_hides_nothing(name: str) -> None:
    (found,) = said(ACTIONS, {"actions": [entry(name), entry()]})
    assert found.where == f"{ACTIONS}[1]"


def test_templates_speak_for_the_whole_assertion() -> None:
    (found,) = said(ACTIONS, {"templates": [5, entry("*")]})
    assert (found.where, found.whole) == (ACTIONS, True)
    both = said(ACTIONS, {"actions": [entry()], "templates": [entry("c2pa.edited")]})
    assert [one.where for one in both] == [f"{ACTIONS}[0]", ACTIONS]


@each(
    "made",
    [
        {"digitalSourceType": [AI]},
        {"digitalSourceType": {"@value": AI}},
        {"digitalSourceType": AI.encode()},
        {"digitalSourceType": "TrainedAlgorithmicMedia"},
        {"DigitalSourceType": AI},
        {"digital_source_type": AI},
        {"parameters": {"digitalSourceType": AI}},
        {"digitalSourceType": CAPTURE, "x:digitalSourceType": AI},
        {"digitalSourceType": 5, "x:digitalSourceType": AI},
    ],
)
def test_each_other_form(made: dict[str, Any]) -> None:
    for label, content in ((ACTIONS, {"actions": [{"action": "c2pa.created"} | made]}),
                           (INGREDIENT, made)):  # as a table  # fmt: skip
        (found,) = said(label, content)
        assert (found.source_type, found.origin) == (AI, Origin.AI_GENERATED)


@each(
    "made",
    [
        {"digitalSourceType": CAPTURE.upper()},
        {"digitalSourceType": [CAPTURE]},
        {"note": AI},
        {"digitalSourceType": "not trainedAlgorithmicMedia"},
        {},
    ],
)
def test_what_is_no_ai_or_no_source_type_says_nothing(made: dict[str, Any]) -> None:
    assert said(ACTIONS, {"actions": [{"action": "c2pa.created"} | made]}) == []
    assert said(INGREDIENT, made) == []


def test_what_is_written_well_is_not_said_again() -> None:
    well = {"action": "c2pa.created", "digitalSourceType": AI}
    for made, count in (
        ([well], 0),
        ([well, entry()], 1),
        ([well | {"x:digitalSourceType": AI}], 0),
        ([well | {"x:digitalSourceType": ODD}], 1),
        ([well, well | {"x:digitalSourceType": COMPOSITE.upper()}], 1),
    ):
        actions = tuple(
            action("c2pa.created", one["digitalSourceType"], index=n) for n, one in enumerate(made)
        )
        one = assertion(ACTIONS, {"actions": made})
        found = list(statements(manifest(*actions, assertions=(one,))))
        assert len(found) == count, made
    one = assertion(INGREDIENT, {"digitalSourceType": AI})
    held = manifest(ingredients=(ingredient(source_type=AI),), assertions=(one,))
    assert list(statements(held)) == []
    both = assertion(
        INGREDIENT, {"digitalSourceType": AI, "x:digitalSourceType": COMPOSITE.upper()}
    )
    held = manifest(ingredients=(ingredient(source_type=AI),), assertions=(both,))
    assert [one.source_type for one in statements(held)] == [COMPOSITE]


def test_two_actions_that_are_written_well_are_both_counted() -> None:
    """A third name in the bytes is one that is written in another form."""
    well = {"action": "c2pa.created", "digitalSourceType": AI}
    actions = tuple(action("c2pa.created", AI, index=n) for n in range(2))
    content = {"actions": [well, well]}
    held = manifest(*actions, assertions=(assertion(ACTIONS, content),))
    assert list(statements(held)) == []
    content["actions"].append(entry())
    held = manifest(*actions, assertions=(assertion(ACTIONS, content),))
    assert [one.where for one in statements(held)] == [f"{ACTIONS}[2]"]


@each(
    ("relationship", "role"),
    [
        (PARENT, Role.ASSET),
        (INPUT, Role.INPUT),
        (COMPONENT, Role.COMPONENT),
        (None, Role.COMPONENT),
    ],
)
def test_an_ingredient_speaks_in_its_role(relationship: Any, role: Role) -> None:
    other = ingredient(relationship=PARENT, label="c2pa.ingredient.v3__9")
    own = ingredient(relationship=relationship)
    (found,) = said(INGREDIENT, {"digitalSourceType": ODD}, ingredients=(other, own))
    assert found == Statement(
        "c2pa.ingredient",
        Origin.AI_GENERATED,
        whole=True,
        says="trainedAlgorithmicMedia, not written as the standard asks",
        source_type=AI,
        where=INGREDIENT,
        part="created",
        generator=None,
        capped=True,
        role=role,
    )
    (found,) = said(INGREDIENT, {"digitalSourceType": ODD})
    assert found.role is Role.COMPONENT, "one that is not known"


def test_other_assertions_and_those_that_are_gone_say_nothing_and_hide_nothing() -> None:
    good = assertion(ACTIONS, {"actions": [entry()]})
    for other in (
        assertion("org.example", {"digitalSourceType": ODD}),
        assertion(INGREDIENT, {"digitalSourceType": ODD}, linkage=Linkage.MISSING),
        assertion(INGREDIENT, {"digitalSourceType": ODD}, linkage=Linkage.REDACTED),
        assertion(INGREDIENT, {"digitalSourceType": CAPTURE}),
        assertion(INGREDIENT, [{"digitalSourceType": ODD}]),
        replace(assertion(INGREDIENT, {}), payload=b"\xff" + ODD.encode()),
        assertion(ACTIONS + "__1", {"actions": {"0": entry()}}),
    ):
        held = manifest(assertions=(other, good))
        assert [one.where for one in statements(held)] == [f"{ACTIONS}[0]"]
