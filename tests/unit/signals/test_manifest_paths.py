"""Which way a manifest speaks for the asset, and that it is as strong as its weakest link."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from support.each import each
from unit.signals.build import (
    AI,
    CAPTURE,
    COMPONENT,
    INPUT,
    PARENT,
    action,
    assertion,
    edges,
    ingredient,
    manifest,
    store,
    strengths,
)

from provenance.base.terms import RANK, VERIFIED, Assurance, Origin, weaker
from provenance.credentials.manifest import ClaimList, Loose
from provenance.signals.manifest_paths import (
    Position,
    loose_signals,
    positions,
    signals_on_paths,
)
from provenance.signals.relationships import is_sole_source
from provenance.signals.signal import Basis, GeneratorClaim, Role, Signal, Statement
from provenance.signals.statements import Signer

if TYPE_CHECKING:
    from provenance.credentials.manifest import Manifest, ManifestStore, Relationship

SAID = Statement(
    "c2pa.actions", Origin.AI_GENERATED, True, "x", "", "c2pa.actions.v2[0]", "created"
)


def node(label: str, *below: tuple[str, Relationship], acts: bool = True) -> Manifest:
    """A manifest with an action of its own, and its ingredients."""
    items = tuple(
        ingredient(target, kind, label=f"c2pa.ingredient.v3__{n}")
        for n, (target, kind) in enumerate(below)
    )
    return manifest(*((action(),) if acts else ()), label=label, ingredients=items)


def places(
    held: ManifestStore, broken: dict[tuple[str, str], str] | None = None, **weak: Assurance
) -> dict[tuple[str, Role], Position]:
    return positions(held, strengths(held, **weak), edges(held, broken))


CHAIN = store(node("top", ("middle", PARENT)), node("middle", ("leaf", PARENT)), node("leaf"))


def test_assurances_are_ordered_as_the_table_of_the_design_orders_them() -> None:
    assert list(RANK) == list(Assurance)
    assert [RANK[a] for a in Assurance] == sorted(RANK.values())
    for strong, weak in pairwise(Assurance):
        assert weaker(strong, weak) is weaker(weak, strong) is weak
    assert {a for a in Assurance if a.value.startswith("verified")} == VERIFIED


@each("weak", ["top", "middle", "leaf"])
@each("assurance", [a for a in Assurance if a is not Assurance.VERIFIED])
def test_a_signal_is_as_strong_as_the_weakest_manifest_on_its_path(
    weak: str, assurance: Assurance
) -> None:
    found = places(CHAIN, **{weak: assurance})
    order = ["top", "middle", "leaf"]
    for n, label in enumerate(order):
        at = found[label, Role.ASSET]
        below = n >= order.index(weak)
        assert at.assurance is (assurance if below else Assurance.VERIFIED)
        assert at.path == tuple(order[: n + 1])
        if below:
            assert (at.weakest, at.limit) == (weak, f"because of {weak}")


def test_a_trusted_manifest_in_a_strangers_container_counts_as_signed() -> None:
    at = places(CHAIN, top=Assurance.SIGNED)["leaf", Role.ASSET]
    assert (at.assurance, at.weakest) == (Assurance.SIGNED, "top")


@pytest.mark.parametrize("assurance", [Assurance.VERIFIED_PRIVATE, Assurance.SIGNED])
def test_of_two_equally_weak_manifests_the_nearer_to_the_asset_gives_the_reason(
    assurance: Assurance,
) -> None:
    at = places(CHAIN, top=assurance, middle=assurance)["leaf", Role.ASSET]
    assert (at.weakest, at.limit) == ("top", "because of top")


def test_a_broken_link_breaks_everything_below_it_and_nothing_above() -> None:
    found = places(CHAIN, {("top", "middle"): "does not match"})
    assert found["top", Role.ASSET].assurance is Assurance.VERIFIED
    for label in ("middle", "leaf"):
        at = found[label, Role.ASSET]
        assert (at.assurance, at.weakest, at.limit) == (
            Assurance.BROKEN,
            "middle",
            "does not match",
        )


class TestWeakLink:
    """A link that holds only by the signer's word caps what lies below it, and lifts nothing."""

    def at(self, label: str, **weak: Assurance) -> Position:
        links = edges(CHAIN, weak={("top", "middle"): "by its word"})
        return positions(CHAIN, strengths(CHAIN, **weak), links)[label, Role.ASSET]

    @each("label", ["middle", "leaf"])
    @each("assurance", sorted(VERIFIED))
    def test_what_lies_below_a_weak_link_counts_as_signed(
        self, label: str, assurance: Assurance
    ) -> None:
        at = self.at(label, top=assurance)
        assert (at.assurance, at.weakest, at.limit) == (
            Assurance.SIGNED,
            "middle",
            "by its word",
        )
        assert at.path == ("top", "middle", "leaf")[: len(at.path)]
        assert self.at("top", top=assurance).assurance is assurance

    @each("weaker_one", ["top", "middle"])
    @each("assurance", [a for a in Assurance if RANK[a] >= RANK[Assurance.SIGNED]])
    def test_a_manifest_no_stronger_than_its_weak_link_keeps_its_own_reason(
        self, weaker_one: str, assurance: Assurance
    ) -> None:
        at = self.at("middle", **{weaker_one: assurance})
        assert (at.assurance, at.weakest, at.limit) == (
            assurance,
            weaker_one,
            f"because of {weaker_one}",
        )

    def test_the_role_below_a_weak_link_is_that_of_the_link(self) -> None:
        held = store(node("top", ("leaf", COMPONENT)), node("leaf"))
        links = edges(held, weak={("top", "leaf"): "by its word"})
        assert ("leaf", Role.COMPONENT) in positions(held, strengths(held), links)

    def test_a_broken_link_is_broken_however_weak(self) -> None:
        both = {("top", "middle"): "why"}
        found = positions(CHAIN, strengths(CHAIN), edges(CHAIN, both, both))
        assert found["middle", Role.ASSET].assurance is Assurance.BROKEN


@pytest.mark.parametrize("swap", [False, True])
def test_a_diamond_takes_the_strongest_path(swap: bool) -> None:
    ways = [("weak", PARENT), ("strong", PARENT)]
    held = store(
        node("top", *(reversed(ways) if swap else ways)),
        node("weak", ("leaf", PARENT)),
        node("strong", ("leaf", PARENT)),
        node("leaf"),
    )
    at = places(held, weak=Assurance.SIGNED)["leaf", Role.ASSET]
    assert (at.assurance, at.path) == (Assurance.VERIFIED, ("top", "strong", "leaf"))


def test_of_equally_strong_paths_the_shorter_counts() -> None:
    held = store(
        node("top", ("long", PARENT), ("leaf", PARENT)),
        node("long", ("leaf", PARENT)),
        node("leaf"),
    )
    assert places(held)["leaf", Role.ASSET].path == ("top", "leaf")


def test_of_paths_alike_in_strength_and_length_one_counts_whatever_the_order() -> None:
    ways = [("a", PARENT), ("b", PARENT)]
    below = [node(label, ("leaf", PARENT)) for label in ("a", "b")]
    for order in (ways, ways[::-1]):
        held = store(node("top", *order), *below, node("leaf"))
        assert places(held)["leaf", Role.ASSET].path == ("top", "a", "leaf")


def test_a_manifest_in_two_roles_leads_on_in_both() -> None:
    below = node("leaf", ("x", PARENT)), node("x")
    held = store(node("top", ("leaf", COMPONENT), ("leaf", PARENT)), *below)
    assert {role for label, role in places(held) if label == "x"} == {Role.ASSET, Role.COMPONENT}


def test_of_two_broken_links_to_one_manifest_the_first_gives_the_reason() -> None:
    held = store(node("top", ("leaf", PARENT), ("leaf", PARENT)), node("leaf"))
    links = [replace(edge, broken=f"reason {n}") for n, edge in enumerate(edges(held))]
    for order, reason in ((links, "reason 0"), (links[::-1], "reason 1")):
        assert positions(held, strengths(held), order)["leaf", Role.ASSET].limit == reason


def test_a_circle_of_manifests_ends() -> None:
    held = store(
        node("top", ("a", PARENT)),
        node("a", ("b", PARENT)),
        node("b", ("a", COMPONENT), ("top", INPUT), ("b", PARENT)),
    )
    found = places(held)
    assert {label for label, _ in found} == {"top", "a", "b"}
    assert found["top", Role.ASSET].path == ("top",)


@each(
    ("first", "second", "role"),
    [
        (PARENT, PARENT, Role.ASSET),
        (PARENT, COMPONENT, Role.COMPONENT),
        (COMPONENT, PARENT, Role.COMPONENT),
        (COMPONENT, COMPONENT, Role.COMPONENT),
        (INPUT, PARENT, Role.INPUT),
        (INPUT, COMPONENT, Role.INPUT),
        (PARENT, INPUT, Role.INPUT),
        (COMPONENT, INPUT, Role.INPUT),
    ],
)
def test_roles_follow_from_the_links_along_a_path(
    first: Relationship, second: Relationship, role: Role
) -> None:
    held = store(node("top", ("middle", first)), node("middle", ("leaf", second)), node("leaf"))
    assert {r for label, r in places(held) if label == "leaf"} == {role}


@pytest.mark.parametrize(
    ("kinds", "roles"),
    [
        ((PARENT, COMPONENT), {Role.ASSET, Role.COMPONENT}),
        ((COMPONENT, INPUT), {Role.COMPONENT, Role.INPUT}),
        ((PARENT, COMPONENT, INPUT), set(Role)),
        ((PARENT, PARENT), {Role.ASSET}),
    ],
)
def test_one_manifest_may_be_reached_in_several_roles(
    kinds: tuple[Relationship, ...], roles: set[Role]
) -> None:
    held = store(node("top", *(("leaf", kind) for kind in kinds)), node("leaf"))
    for weak in Assurance:
        assert {r for label, r in places(held, leaf=weak) if label == "leaf"} == roles


def test_of_two_links_to_one_manifest_the_sound_one_counts_before_the_broken_one() -> None:
    held = store(node("top", ("leaf", PARENT), ("leaf", PARENT)), node("leaf"))
    links = edges(held)
    half = [type(links[0])("top", links[0].ingredient, "leaf", "broken"), links[1]]
    found = positions(held, strengths(held), half)
    assert found["leaf", Role.ASSET].assurance is Assurance.VERIFIED


class TestSoleSource:
    """A manifest without an action and with one ingredient is a wrapping around that."""

    def test_a_component_of_a_mere_wrapping_is_the_asset(self) -> None:
        held = store(node("top", ("leaf", COMPONENT), acts=False), node("leaf"))
        assert is_sole_source(held.active_manifest)
        assert ("leaf", Role.ASSET) in places(held)

    def test_an_input_is_one_only_where_the_asset_began_otherwise(self) -> None:
        held = store(node("top", ("leaf", INPUT), acts=False), node("leaf"))
        assert ("leaf", Role.ASSET) in places(held)
        held = store(node("top", ("leaf", INPUT)), node("leaf"))
        assert ("leaf", Role.INPUT) in places(held)

    def test_an_action_or_a_second_ingredient_is_more_than_a_wrapping(self) -> None:
        with_action = store(node("top", ("leaf", COMPONENT)), node("leaf"))
        two = store(
            node("top", ("leaf", COMPONENT), ("other", COMPONENT), acts=False),
            node("leaf"),
            node("other"),
        )
        for held in (with_action, two):
            assert not is_sole_source(held.active_manifest)
            assert ("leaf", Role.COMPONENT) in places(held)


def wide() -> ManifestStore:
    """Two hundred layers of two manifests, each linked to both of the next: 2 to the 200 paths."""
    made = [node("top", ("0a", PARENT), ("0b", PARENT))]
    for n in range(200):
        below = [(f"{n + 1}{x}", PARENT) for x in "ab"] if n < 199 else []
        made += [node(f"{n}a", *below), node(f"{n}b", *below)]
    return store(*made)


def test_a_wide_store_is_not_walked_path_by_path() -> None:
    assert len(places(wide())) == 401


def spoken(held: ManifestStore, said: Statement = SAID, **weak: Assurance) -> list[Signal]:
    """The signals of a store whose last manifest makes one statement."""
    last = list(held.manifests)[-1]
    signer = {last: Signer("Org", "cn", proven=True)}
    return list(signals_on_paths(held, {last: [said]}, places(held, **weak), signer))


class TestSignals:
    @each(
        ("relationship", "origin", "supports"),
        [
            (PARENT, Origin.AI_GENERATED, Origin.AI_GENERATED),
            (PARENT, Origin.AI_MODIFIED, Origin.AI_MODIFIED),
            (PARENT, Origin.CAPTURED, Origin.CAPTURED),
            (COMPONENT, Origin.AI_GENERATED, Origin.AI_MODIFIED),
            (COMPONENT, Origin.AI_MODIFIED, Origin.AI_MODIFIED),
            (COMPONENT, Origin.AI_POSSIBLE, Origin.AI_POSSIBLE),
            (COMPONENT, Origin.CAPTURED, None),
            (COMPONENT, Origin.DIGITAL_CREATION, None),
            (COMPONENT, None, None),
            (INPUT, Origin.AI_GENERATED, None),
            (INPUT, Origin.CAPTURED, None),
        ],
    )
    def test_the_origin_of_an_ingredient_supports_by_its_relationship(
        self, relationship: Relationship, origin: Origin | None, supports: Origin | None
    ) -> None:
        held = store(node("top", ("leaf", relationship)), node("leaf"))
        said = Statement("c2pa.actions", origin, True, "x", CAPTURE, "here", "created")
        (found,) = spoken(held, said)
        assert (found.supports, found.origin) == (supports, origin)
        assert (found.where, found.path) == ("leaf/here", ("top", "leaf"))
        assert (found.signer, found.signer_proven) == ("Org", True)

    @pytest.mark.parametrize("role", [Role.COMPONENT, Role.INPUT])
    def test_a_statement_about_an_ingredient_keeps_its_role(self, role: Role) -> None:
        said = Statement("d", Origin.AI_GENERATED, True, "x", "", "h", "created", role=role)
        (found,) = spoken(store(node("top")), said)
        assert found.role is role
        assert found.supports is (Origin.AI_MODIFIED if role is Role.COMPONENT else None)

    @each("assurance", list(Assurance)[:-1])
    def test_what_no_standard_defines_never_counts_as_verified(self, assurance: Assurance) -> None:
        said = Statement("d", Origin.AI_GENERATED, True, "x", "", "h", "created", capped=True)
        (found,) = spoken(store(node("top")), said, top=assurance)
        assert found.assurance is weaker(assurance, Assurance.SIGNED)
        assert found.limit

    def test_a_manifest_in_two_roles_speaks_twice(self) -> None:
        held = store(node("top", ("leaf", PARENT), ("leaf", COMPONENT)), node("leaf"))
        assert [s.supports for s in spoken(held)] == [Origin.AI_GENERATED, Origin.AI_MODIFIED]

    def test_every_statement_of_every_manifest_speaks_in_the_order_of_the_walk(self) -> None:
        other = Statement("d", Origin.AI_POSSIBLE, True, "y", "", "h", "created")
        said = {"leaf": [SAID, other], "top": [other]}
        found = signals_on_paths(CHAIN, said, places(CHAIN), {})
        assert [(s.path[-1], s.says) for s in found] == [("top", "y"), ("leaf", "x"), ("leaf", "y")]
        assert [(s.signer, s.signer_proven) for s in found] == [("", False)] * 3

    def test_a_signal_carries_all_of_its_statement(self) -> None:
        claim = GeneratorClaim("Acme", "Studio", "M-1", Basis.DECLARED)
        said = Statement(
            *("d", Origin.AI_MODIFIED, False, "says", "type", "here", "gathered", claim),
            sealed=False,
        )
        top = Signer("", "common name", proven=False)
        (found,) = signals_on_paths(
            CHAIN, {"top": [said]}, places(CHAIN, top=Assurance.SIGNED), {"top": top}
        )
        assert found == Signal(
            *("d", Origin.AI_MODIFIED, Origin.AI_MODIFIED, "says", "type", "top/here", "gathered"),
            *(Assurance.SIGNED, Role.ASSET, ("top",), "top", "because of top", "common name"),
            signer_proven=False,
            generator=claim,
            whole=False,
            sealed=False,
        )

    @each("assurance", list(Assurance))
    def test_the_cap_gives_its_reason_only_where_it_lowers(self, assurance: Assurance) -> None:
        said = Statement("d", Origin.AI_GENERATED, True, "x", "", "h", "created", capped=True)
        (found,) = signals_on_paths(CHAIN, {"top": [said]}, places(CHAIN, top=assurance), {})
        capped = RANK[assurance] < RANK[Assurance.SIGNED]
        assert (found.limit == "because of top") is (
            not capped and assurance is not Assurance.VERIFIED
        )
        assert ("no standard" in found.limit) is capped


class TestLoose:
    """What the active manifest does not lead to: at `broken`, and with no path."""

    LOOSE = Loose(
        manifest(
            action("c2pa.created", AI, part=ClaimList.GATHERED),
            label="apart",
            generators=("DALL-E 2",),
            assertions=(assertion("c2pa.ai-disclosure", {}),),
        ),
        "behind the end",
    )

    def test_loose_evidence_says_what_it_says_where_it_lies_and_why_it_is_loose(self) -> None:
        found, disclosed = loose_signals([self.LOOSE])
        assert found == Signal(
            "c2pa.actions",
            Origin.AI_GENERATED,
            Origin.AI_GENERATED,
            "c2pa.created: trainedAlgorithmicMedia",
            AI,
            "apart/c2pa.actions.v2[0]",
            "gathered",
            Assurance.BROKEN,
            Role.ASSET,
            limit="behind the end",
            generator=GeneratorClaim("OpenAI", "DALL·E", "DALL·E 2", Basis.DECLARED),
            whole=True,
            sealed=False,
            loose=True,
        )
        assert (disclosed.supports, disclosed.whole) == (Origin.AI_MODIFIED, False)

    @pytest.mark.parametrize(
        ("relationship", "role", "supports"),
        [
            (PARENT, Role.ASSET, Origin.AI_GENERATED),
            (COMPONENT, Role.COMPONENT, Origin.AI_MODIFIED),
            (INPUT, Role.INPUT, None),
        ],
    )
    def test_an_ingredient_of_a_loose_manifest_speaks_in_its_role(
        self, relationship: Relationship, role: Role, supports: Origin | None
    ) -> None:
        given = ingredient(None, relationship, AI)
        held = manifest(action(), label="apart", ingredients=(given,))
        (found,) = loose_signals([Loose(held, "why")])
        assert (found.role, found.supports, found.origin) == (role, supports, Origin.AI_GENERATED)

    def test_every_loose_manifest_speaks(self) -> None:
        assert len(loose_signals([self.LOOSE, self.LOOSE])) == 4
        assert loose_signals([]) == ()
