"""`inputTo` is no way to lose what an ingredient declares, where the asset is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from support.each import each
from support.fixture import AI, CAPTURE, label
from support.pki import FIXTURES, PKI, Who, credential
from unit.signals.build import COMPONENT, INPUT, PARENT, action, ingredient, manifest

from provenance import Origin, TrustStore, verify
from provenance.kit.claims import NewIngredient, NewManifest, actions, created, opened, placed, used
from provenance.kit.writer import signed_file, store_of
from provenance.signals.relationships import effective_relationship

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance.credentials.manifest import Action, Relationship

GIVEN = ingredient("x", INPUT, label="c2pa.ingredient.v3__1")
OTHER = ingredient("y", COMPONENT)


def named(name: str, *labels: str) -> Action:
    return replace(action(name), ingredients=labels)


@each(
    ("acts", "counts_as"),
    [
        ([named("c2pa.opened", GIVEN.label)], PARENT),
        ([named("c2pa.opened")], PARENT),
        ([named("c2pa.opened", "c2pa.ingredient.v3__9")], PARENT),
        ([named("c2pa.opened", OTHER.label)], INPUT),
        ([named("c2pa.created"), named("c2pa.placed", GIVEN.label)], COMPONENT),
        ([named("c2pa.created"), named("c2pa.transcoded", GIVEN.label)], PARENT),
        ([named("c2pa.created"), named("c2pa.repackaged", GIVEN.label)], PARENT),
        ([named("c2pa.created"), named("c2pa.edited", GIVEN.label)], INPUT),
        ([named("c2pa.created")], INPUT),
        ([named("c2pa.edited")], PARENT),
        ([], PARENT),
    ],
)
def test_actions_that_name_an_input_decide_its_relationship(
    acts: list[Action], counts_as: Relationship
) -> None:
    assert effective_relationship(GIVEN, manifest(*acts, ingredients=(OTHER, GIVEN))) is counts_as


def test_an_input_next_to_a_parent_is_one_unless_it_was_opened() -> None:
    both = (ingredient("y", PARENT), GIVEN)
    assert effective_relationship(GIVEN, manifest(action("c2pa.edited"), ingredients=both)) is INPUT
    opens = named("c2pa.opened", GIVEN.label)
    assert effective_relationship(GIVEN, manifest(opens, ingredients=both)) is PARENT


def test_an_input_of_an_update_manifest_is_the_asset() -> None:
    update = replace(manifest(action("c2pa.created"), ingredients=(GIVEN,)), is_update=True)
    assert effective_relationship(GIVEN, update) is PARENT
    both = replace(update, ingredients=(ingredient("y", PARENT), GIVEN))
    assert effective_relationship(GIVEN, both) is INPUT


@pytest.mark.parametrize("own", [PARENT, COMPONENT, None])
def test_a_parent_or_component_is_what_it_says(own: Relationship | None) -> None:
    other = ingredient("x", own)
    opens = named("c2pa.opened", other.label)
    assert effective_relationship(other, manifest(opens, ingredients=(other,))) is own


class TestInFiles:
    """A generated picture wrapped once more, by a stranger with a free tool."""

    @staticmethod
    def wrapped(*acts: Mapping[str, object], given: NewIngredient | None = None) -> Origin:
        plain = (FIXTURES / "plain.jpg").read_bytes()
        made = signed_file(plain, NewManifest(label(970), (created(AI),), signer=credential()))
        given = given or NewIngredient("inputTo", store=store_of(made))
        again = NewManifest(
            label(971), (actions(*acts),), (given,), signer=credential(Who.STRANGER)
        )
        trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
        report = verify(signed_file(plain, again), trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC))
        assert report.verdict is not None
        return report.verdict.origin

    def test_what_was_opened_or_placed_keeps_what_it_declares(self) -> None:
        begun = {"action": "c2pa.created"}
        assert self.wrapped(opened()) is Origin.AI_GENERATED
        assert self.wrapped(begun, placed()) is Origin.AI_MODIFIED
        assert self.wrapped({"action": "c2pa.converted", **used(0)}) is Origin.AI_GENERATED

    def test_an_ingredient_without_a_manifest_that_was_opened_or_placed_keeps_what_it_declares(
        self,
    ) -> None:
        for value in (AI, [AI]):
            bare = NewIngredient("inputTo", fields={"digitalSourceType": value})
            assert self.wrapped(opened(), given=bare) is Origin.AI_GENERATED

    def test_an_honest_input_does_not_change_the_origin(self) -> None:
        begun = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
        assert self.wrapped(begun) is Origin.UNKNOWN
        assert self.wrapped({"action": "c2pa.created"}) is Origin.UNKNOWN
