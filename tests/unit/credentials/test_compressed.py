"""Compressed manifests read as if they had never been compressed; damaged ones are said to be."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import brotli
import pytest
from support import sdk
from support.each import each
from support.fixture import AI
from unit.credentials.raw import Raw, created, ingredient, store

from provenance import Integrity, Verifier
from provenance.credentials import compressed, jumbf
from provenance.credentials.budget import Budget
from provenance.credentials.manifest import Linkage
from provenance.credentials.store import parse_store
from provenance.kit.jumbf_boxes import STORE, box, superbox
from provenance.kit.media import gradient_png

PARENT = Raw("urn:c2pa:parent", assertions={"c2pa.actions.v2": created()})
CHILD = Raw("urn:c2pa:child", assertions={"c2pa.ingredient.v3": ingredient(PARENT)})


def packed(manifest: Raw | bytes, label: str | None = None) -> bytes:
    whole = manifest if isinstance(manifest, bytes) else manifest.whole()
    name = label or (manifest.label if isinstance(manifest, Raw) else "urn:c2pa:one")
    return superbox(b"c2cm", name, box(b"brob", brotli.compress(whole)))


def fault(*manifests: Raw | bytes) -> str:
    """What is said of the one manifest of a store that cannot be expanded."""
    (found,) = parse_store(store(*manifests)).manifests.values()
    assert not found.sound
    assert [f.code for f in found.findings] == ["manifest.compressed.invalid"]
    return found.findings[0].message


@pytest.mark.parametrize(
    "manifests",
    [(packed(PARENT), CHILD), (PARENT, packed(CHILD)), (packed(PARENT), packed(CHILD))],
    ids=["parent", "child", "both"],
)
def test_a_store_reads_as_if_nothing_were_compressed(manifests: tuple[Raw | bytes, ...]) -> None:
    found = parse_store(store(*manifests))
    assert found == parse_store(store(PARENT, CHILD))
    (link,) = found.manifests[CHILD.label].ingredients
    assert (link.target, link.linkage) == (PARENT.label, Linkage.MATCH)


def linked(digest: bytes, **fields: object) -> Linkage:
    """What our check says of a link with this digest to the parent, which is compressed."""
    held = ingredient(PARENT)
    held["activeManifest"] |= {"hash": digest, **fields}
    child = replace(CHILD, assertions={"c2pa.ingredient.v3": held})
    found = parse_store(store(packed(PARENT), child))
    return found.manifests[child.label].ingredients[0].linkage


def test_a_link_is_over_the_box_as_it_is_compressed() -> None:
    """Section 11.1.3.2; over what comes out of it, as the SDK writes it, too."""
    assert linked(hashlib.sha256(packed(PARENT)[8:]).digest()) is Linkage.MATCH
    assert linked(hashlib.sha256(PARENT.whole()[8:]).digest()) is Linkage.MATCH
    assert linked(hashlib.sha256(packed(PARENT)).digest()) is Linkage.MISMATCH
    other = superbox(
        b"c2cm", PARENT.label, box(b"brob", brotli.compress(PARENT.whole(), quality=0))
    )
    assert linked(hashlib.sha256(other[8:]).digest()) is Linkage.MISMATCH


def test_a_store_without_compressed_manifests_is_not_copied() -> None:
    data = store(PARENT, CHILD)
    assert compressed.expand(data, jumbf.parse_jumbf(data)).data is data


def test_long_box_headers_are_understood() -> None:
    one = packed(PARENT)
    long = b"\0\0\0\x01jumb" + (len(one) + 8).to_bytes(8, "big") + one[8:]
    assert parse_store(superbox(STORE, "c2pa", long, CHILD.whole())) == parse_store(
        store(PARENT, CHILD)
    )


@each(
    ("manifest", "said"),
    [
        (superbox(b"c2cm", "urn:c2pa:one"), "one compressed box"),
        (superbox(b"c2cm", "urn:c2pa:one", box(b"cbor", b"")), "one compressed box"),
        (superbox(b"c2cm", "a", box(b"brob", b""), box(b"brob", b"")), "one compressed box"),
        (superbox(b"c2cm", "urn:c2pa:one", box(b"brob", b"")), "cut off"),
        (superbox(b"c2cm", "a", box(b"brob", brotli.compress(PARENT.whole())[:-9])), "cut off"),
        (superbox(b"c2cm", "a", box(b"brob", b"\xff" * 40)), "damaged"),
        (superbox(b"c2cm", "a", box(b"brob", brotli.compress(b"x") + b"junk")), "damaged"),
        (packed(b""), "not a manifest"),
        (packed(b"not a box at all"), "not a manifest"),
        (packed(PARENT.whole() + box(b"free", b"")), "not a manifest"),
        (packed(store(PARENT), "c2pa"), "not a manifest"),
        (packed(packed(PARENT), PARENT.label), "not a manifest"),
        (packed(PARENT, "urn:c2pa:other"), "another label"),
    ],
)
def test_what_is_wrong_with_a_compressed_manifest_is_said(manifest: bytes, said: str) -> None:
    assert said in fault(manifest)


MADE = Raw("urn:c2pa:made", assertions={"c2pa.actions.v2": created(AI)})


@pytest.mark.parametrize(
    "box_of_it",
    [
        packed(MADE, "urn:c2pa:other"),
        packed(MADE).replace(b"c2cm", b"c2cx"),
        packed(MADE.whole().replace(b"c2ma", b"c2mx", 1), MADE.label),
        superbox(b"c2cm", "a", box(b"brob", brotli.compress(MADE.whole())), box(b"free", b"")),
        superbox(b"xxxx", "a", box(b"cbor", b""), box(b"brob", brotli.compress(MADE.whole()))),
    ],
    ids=["label", "type", "type inside", "a box more", "another type"],
)
def test_what_is_compressed_in_the_wrong_box_is_loose_evidence(box_of_it: bytes) -> None:
    found = parse_store(store(box_of_it, PARENT))
    (action,) = [a for one in found.loose for a in one.manifest.all_actions()]
    assert action.source_type == AI


def test_a_compressed_manifest_that_is_a_bomb_is_stopped_at_the_bound() -> None:
    bomb = brotli.compress(bytes(jumbf.MAX_STORE + 1))
    assert len(bomb) < 1000
    assert f"over {jumbf.MAX_STORE} bytes" in fault(superbox(b"c2cm", "a", box(b"brob", bomb)))


def test_the_bound_is_for_all_compressed_manifests_of_a_store() -> None:
    budget = Budget(expanded=len(PARENT.whole()) + len(CHILD.whole()) - 1)
    data = store(packed(PARENT), packed(CHILD))
    root = jumbf.superbox(data)
    assert list(compressed.expand(data, root, budget).faults) == [CHILD.label]
    assert budget.limits


def test_the_bound_of_compressed_manifests_is_for_all_stores_of_a_file() -> None:
    budget = Budget(expanded=len(PARENT.whole()))
    data = store(packed(PARENT))
    assert not compressed.expand(data, jumbf.superbox(data), budget).faults
    assert list(compressed.expand(data, jumbf.superbox(data), budget).faults) == [PARENT.label]


def test_two_compressed_manifests_of_one_label_count_for_nothing() -> None:
    found = parse_store(store(packed(PARENT), PARENT))
    assert "manifest.duplicate_label" in [f.code for f in found.findings]
    assert not found.manifests[PARENT.label].sound


def test_stores_are_compared_as_they_are_when_expanded() -> None:
    stored = superbox(
        b"c2cm", PARENT.label, box(b"brob", brotli.compress(PARENT.whole(), quality=0))
    )
    assert stored != packed(PARENT)
    assert compressed.contains(store(stored, CHILD), store(packed(PARENT), CHILD))
    assert compressed.contains(store(stored, CHILD), store(PARENT, CHILD))
    assert not compressed.contains(store(packed(CHILD)), store(packed(PARENT)))
    assert not compressed.contains(store(PARENT), store(packed(CHILD)))
    assert not compressed.contains(store(packed(PARENT)), b"brob")


def _signed(*, whole: bool = True, source: bytes | None = None) -> bytes:
    action: dict[str, object] = {"action": "c2pa.created", "digitalSourceType": AI}
    ingredients: tuple[tuple[dict[str, object], str, bytes], ...] = ()
    if source is not None:
        action = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["p"]}}
        item: dict[str, object] = {"title": "p", "relationship": "parentOf", "label": "p"}
        ingredients = ((item, "image/png", source),)
    definition: dict[str, object] = {
        "claim_generator_info": [{"name": "Test Generator"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    return sdk.sign(
        gradient_png(), "image/png", definition, ingredients=ingredients, compressed=not whole
    )


@pytest.mark.parametrize("active", [True, False], ids=["active too", "parent only"])
def test_what_the_sdk_compressed_is_intact_and_declares_ai(active: bool) -> None:
    signed = _signed(whole=not active, source=_signed(whole=False))
    assert (b"c2cm" in signed, b"brob" in signed) == (True, True)
    report = Verifier().verify_bytes(signed)
    assert report.axes.integrity is Integrity.INTACT
    assert report.verdict is not None
    assert report.verdict.origin == "ai_generated"
    assert len(report.credentials.manifests) == 2


def test_a_compressed_manifest_that_was_changed_is_broken() -> None:
    signed = bytearray(_signed(whole=False))
    at = signed.rindex(b"IDAT") + 20
    signed[at] ^= 1
    assert Verifier().verify_bytes(bytes(signed)).axes.integrity is Integrity.BROKEN
