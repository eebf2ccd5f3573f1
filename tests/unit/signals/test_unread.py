"""Words of AI in a manifest store that cannot be read: they are not lost with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.fixture import AI, AI_COMPOSITE, CAPTURE, HUMAN_EDITS
from support.hostile_credentials import LABEL, carried, manifest

from provenance import Assurance, Flag, Origin, Verifier
from provenance.credentials.store import MAX_MANIFESTS
from provenance.kit.jumbf import superbox

if TYPE_CHECKING:
    from provenance import Report


def judged(source_type: str) -> Report:
    """The report on a store with more manifests than are read, one of which says something."""
    said = {"c2pa.actions.v2": {"actions": [{"action": "a", "digitalSourceType": source_type}]}}
    junk = [superbox(b"c2ma", f"x{n}") for n in range(MAX_MANIFESTS)]
    return Verifier().verify_bytes(carried(manifest(LABEL.format(1), said), *junk))


@pytest.mark.parametrize(
    ("source_type", "origin"),
    [(AI, Origin.AI_GENERATED), (AI_COMPOSITE, Origin.AI_MODIFIED)],
)
def test_words_of_ai_are_said(source_type: str, origin: Origin) -> None:
    verdict = judged(source_type).verdict
    assert verdict is not None
    assert verdict.origin is origin
    assert verdict.assurance is Assurance.ASSERTED  # nothing was checked: as unsigned metadata
    assert set(verdict.flags) == {Flag.AI, Flag.UNREADABLE}


@pytest.mark.parametrize("source_type", [CAPTURE, HUMAN_EDITS, "algorithmicMedia"])
def test_other_words_make_nothing_of_it(source_type: str) -> None:
    report = judged(source_type)
    assert report.credentials.status == "unreadable"
    assert report.verdict is not None
    assert report.verdict.origin is Origin.UNKNOWN
    assert report.verdict.flags == (Flag.UNREADABLE,)
