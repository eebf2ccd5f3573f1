"""Certificates under label 33 in the unprotected header: found, and the media compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from unit.kit.made import PKI, verifier

from provenance.base.options import CrossCheck
from provenance.credentials import jumbf, relabelled
from provenance.kit.claims import NewIngredient, actions, created, opened
from provenance.kit.cose_sign1 import ChainPlace, Sealing
from provenance.kit.identity import with_identity
from provenance.kit.pki_specs import Who
from provenance.kit.sample import CAPTURE, Bench
from provenance.kit.writer import sign_detached, signed_file, store_of

if TYPE_CHECKING:
    from pathlib import Path

    from provenance import Verifier

BENCH = Bench(PKI, "relabelled")
THERE = Sealing(place=ChainPlace.UNPROTECTED)
USUAL = Sealing()
JUDGED = ("verdict", "axes", "signals", "flagged", "findings")


@pytest.fixture
def judge(tmp_path: Path) -> Verifier:
    made = verifier(tmp_path.parent)
    return replace(made, options=replace(made.options, cross_check=CrossCheck.ALWAYS))


def edited(below: Sealing, above: Sealing, version: int = 3) -> bytes:
    """A capture and an edit of it; where the certificates of each stand."""
    capture = BENCH.manifest(created(CAPTURE), who=Who.CAMERA, part="0")
    base = signed_file(BENCH.media(), replace(capture, sealing=below))
    parent = NewIngredient("parentOf", "base", store=store_of(base), version=version)
    edit = BENCH.manifest(actions(opened()), part="1")
    return signed_file(BENCH.media(), replace(edit, ingredients=(parent,), sealing=above))


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    ("below", "above"),
    [(THERE, USUAL), (USUAL, THERE), (THERE, THERE)],
    ids=["below", "above", "both"],
)
def test_a_store_with_a_relabelled_chain_is_judged_like_any_other(
    judge: Verifier, below: Sealing, above: Sealing, version: int
) -> None:
    usual = judge.verify_bytes(edited(USUAL, USUAL, version), "one.jpg").to_dict()
    there = judge.verify_bytes(edited(below, above, version), "one.jpg").to_dict()
    assert {k: there[k] for k in JUDGED} == {k: usual[k] for k in JUDGED}
    # The SDK was asked about a copy, so that it said nothing of the file itself. Which state it
    # gives the usual one depends on its own clock.
    assert usual["sdk_state"] is not None
    assert there["sdk_state"] is None


@pytest.mark.parametrize("place", ["media", "claim", "below"])
def test_an_altered_file_with_a_relabelled_chain_is_still_broken(
    judge: Verifier, place: str
) -> None:
    whole = bytearray(edited(THERE, THERE))
    store = store_of(bytes(whole)).data
    at = {
        "media": len(whole) - 4,
        "claim": whole.rindex(b"c2pa.claim.v2") + 60,
        "below": whole.index(b"c2pa.created"),
    }[place]
    assert (at > whole.index(store) + len(store)) == (place == "media")
    whole[at] ^= 1
    report = judge.verify_bytes(bytes(whole), "one.jpg")
    assert report.axes.integrity == ("intact" if place == "below" else "broken")
    assert report.verdict is not None
    assert report.verdict.origin != "captured"


def test_an_identity_in_a_relabelled_store_is_checked_too(judge: Verifier) -> None:
    manifest = with_identity(BENCH, BENCH.manifest())
    for sealing in (USUAL, THERE):
        whole = signed_file(BENCH.media(), replace(manifest, sealing=sealing))
        assert judge.verify_bytes(whole, "one.jpg").axes.cawg == "unlisted"


def test_a_sidecar_with_a_relabelled_chain_is_read_as_well(judge: Verifier, tmp_path: Path) -> None:
    media = BENCH.media()
    store = sign_detached(media, replace(BENCH.manifest(), sealing=THERE))
    (tmp_path / "one.c2pa").write_bytes(store)
    (tmp_path / "one.jpg").write_bytes(media)
    assert judge.verify(tmp_path / "one.jpg").axes.integrity == "intact"


def test_a_store_that_needs_no_relabelling_is_not_changed() -> None:
    data = store_of(signed_file(BENCH.media(), BENCH.manifest())).data
    assert relabelled.relabel(data) == (data, frozenset())
    assert relabelled.relabel(b"no store") == (b"no store", frozenset())


def test_relabelling_changes_the_label_alone_and_every_box_still_fits() -> None:
    data = store_of(edited(THERE, THERE)).data
    copy, changed = relabelled.relabel(data)
    root = jumbf.parse_jumbf(copy)
    assert changed == {m.label for m in root.children}
    assert len(copy) == len(data) + len(changed) * (len("x5chain") + 1 - 2)
    assert relabelled.relabel(copy) == (copy, frozenset())
