"""What a metadata assertion says of AI in other words than a digital source type."""

from __future__ import annotations

from typing import Any

import pytest
from support.each import each
from unit.signals.build import AI, CAPTURE, action, assertion, manifest

from provenance.base.terms import Origin
from provenance.credentials.manifest import Linkage
from provenance.signals.signal import Basis, Statement
from provenance.signals.signed_metadata import markers
from provenance.signals.statements import Signer, read_statements

IPTC = "Iptc4xmpExt:"
LABEL = {"Label": "1", "ContentProducer": "x"}


def said(content: Any, label: str = "cawg.metadata", **more: Any) -> list[Statement]:
    """What a manifest of a capture with this metadata says besides that it is one."""
    held = manifest(
        action("c2pa.created", CAPTURE), assertions=(assertion(label, content, **more),)
    )
    return [one for one in read_statements(held, Signer()) if one.detector == "c2pa.metadata"]


SPOKEN = {
    "system": ({IPTC + "AISystemUsed": "Midjourney"}, Origin.AI_MODIFIED),
    "version": ({IPTC + "AISystemVersionUsed": "Midjourney v6"}, Origin.AI_MODIFIED),
    "list": ({IPTC + "AISystemUsed": ["DALL-E 3"]}, Origin.AI_MODIFIED),
    "set": ({IPTC + "AISystemUsed": {"@set": [{"@value": "DALL-E 3"}]}}, Origin.AI_MODIFIED),
    "uri": (
        {"http://iptc.org/std/Iptc4xmpExt/2008-02-29/AISystemUsed": "Midjourney"},
        Origin.AI_MODIFIED,
    ),
    "deep": ({"@graph": [{"x": {"AISystemUsed": "Midjourney"}}]}, Origin.AI_MODIFIED),
    "label": ({"TC260:AIGC": LABEL}, Origin.AI_GENERATED),
    "label-text": ({"AIGC": '{"Label": "1", "ContentProducer": "x"}'}, Origin.AI_GENERATED),
    "label-value": ({"AIGC": {"@value": '{"Label": "1"}'}}, Origin.AI_GENERATED),
    "label-2": ({"AIGC": {**LABEL, "Label": "2"}}, Origin.AI_POSSIBLE),
    "credit": ({"photoshop:Credit": "Made with Google AI"}, Origin.AI_GENERATED),
    "credit-edit": ({"photoshop:Credit": "Edited with Google AI"}, Origin.AI_MODIFIED),
}


@each(("content", "origin"), SPOKEN.values(), ids=SPOKEN)
def test_signed_metadata_count_as_in_xmp(content: Any, origin: Origin) -> None:
    (found,) = said(content)
    assert (found.origin, found.where, found.capped) == (origin, "cawg.metadata", False)
    assert found.whole is (origin is not Origin.AI_MODIFIED)


@pytest.mark.parametrize("label", ["c2pa.metadata", "com.example.metadata", "stds.iptc"])
def test_signed_metadata_of_any_label_are_read(label: str) -> None:
    (found,) = said({IPTC + "AISystemUsed": "Midjourney"}, label)
    assert found.says.startswith(f"{label}: IPTC properties")
    assert found.generator is not None
    assert (found.generator.product, found.generator.basis) == ("Midjourney", Basis.DECLARED)


SILENT = [
    {IPTC + "AISystemUsed": "none"},
    {IPTC + "AISystemUsed": "Midjourney was not used"},
    {IPTC + "AISystemUsed": 7, "AIGC": 1, "Credit": None, 5: "x"},
    {IPTC + "AIPromptInformation": "a cat"},
    {"AIGC": "no"},
    {"AIGC": {"Label": b"1"}},
    {"photoshop:Credit": "A. Person / Made with Google AI"},
    {"note": "AISystemUsed: Midjourney, AIGC, Credit"},
    "AISystemUsed",
    [],
]


@each("content", SILENT)
def test_other_values_in_signed_metadata_say_nothing(content: Any) -> None:
    assert said(content) == []
    assert list(markers(content)) == []


def test_other_assertions_and_redacted_metadata_say_nothing() -> None:
    content = {IPTC + "AISystemUsed": "Midjourney"}
    assert said(content, "com.example.note") == []
    assert said(content, linkage=Linkage.REDACTED) == []


def test_a_system_next_to_a_source_type_is_said_as_well() -> None:
    content = {IPTC + "AISystemUsed": "Midjourney", IPTC + "DigitalSourceType": AI}
    assert {one.origin for one in said(content)} == {Origin.AI_GENERATED, Origin.AI_MODIFIED}


def test_signed_metadata_are_read_up_to_a_bound() -> None:
    content = [{"Credit": "Made with Google AI"}] * 500
    assert 0 < len(list(markers(content))) < 100
