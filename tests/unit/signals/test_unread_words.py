"""Words of AI in a manifest store that is not read: they are not lost with a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.fixture import AI, AI_COMPOSITE, CAPTURE, HUMAN_EDITS
from support.hostile_credentials import LABEL, carried, manifest
from support.pki import FIXTURES
from unit.media.container.build import tc260_files

from provenance import Assurance, Flag, Origin, Verifier

if TYPE_CHECKING:
    from pathlib import Path

    from provenance import Report


def glanced(folder: Path, source_type: str) -> Report:
    """What is seen at a glance of a file with one action of this source type."""
    said = {"c2pa.actions.v2": {"actions": [{"action": "a", "digitalSourceType": source_type}]}}
    path = folder / "a.jpg"
    path.write_bytes(carried(manifest(LABEL.format(1), said)))
    report = Verifier().glance(path)
    assert report is not None
    assert report.credentials.status == "unreadable"
    return report


@pytest.mark.parametrize(
    ("source_type", "origin"),
    [(AI, Origin.AI_GENERATED), (AI_COMPOSITE, Origin.AI_MODIFIED)],
)
def test_words_of_ai_in_an_unread_credential_are_said(
    source_type: str, origin: Origin, tmp_path: Path
) -> None:
    verdict = glanced(tmp_path, source_type).verdict
    assert verdict is not None
    assert verdict.origin is origin
    assert verdict.assurance is Assurance.ASSERTED  # nothing was checked: as unsigned metadata
    assert set(verdict.flags) == {Flag.AI, Flag.UNREADABLE}


@pytest.mark.parametrize("source_type", [CAPTURE, HUMAN_EDITS, "algorithmicMedia"])
def test_words_that_are_not_of_ai_in_an_unread_credential_say_nothing(
    source_type: str, tmp_path: Path
) -> None:
    verdict = glanced(tmp_path, source_type).verdict
    assert verdict is not None
    assert verdict.origin is Origin.UNKNOWN
    assert verdict.flags == (Flag.UNREADABLE,)


def test_a_glance_at_a_file_without_evidence_sees_nothing() -> None:
    assert Verifier().glance(FIXTURES / "plain.jpg") is None
    assert Verifier().glance(FIXTURES / "missing.jpg") is None


def test_a_glance_sees_a_marker(tmp_path: Path) -> None:
    """With nothing but unsigned metadata there is no credential to be unread."""
    path = tmp_path / "a.jpg"
    path.write_bytes(tc260_files()["jpeg-xmp-element"])
    report = Verifier().glance(path)
    assert report is not None
    assert report.verdict is not None
    assert report.verdict.origin is Origin.AI_GENERATED
    assert report.credentials.status == "absent"
