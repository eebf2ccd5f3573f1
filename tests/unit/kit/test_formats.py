"""Each row of the table of formats has samples: sound, hostile, and altered where it is signed."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

from support.each import each
from unit.kit.made import make

from provenance.kit.expect import ValidationState, ValidatorNeed
from provenance.kit.sample import FORMATS, SampleClass
from provenance.kit.samples.sample_catalogue import SAMPLES
from provenance.media.asset import Asset
from provenance.media.container import all_families, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from provenance.kit.sample import Sample

FAMILIES = all_families()
HOSTILE = frozenset({SampleClass.HOSTILE, SampleClass.HIDDEN, SampleClass.COVERAGE})


@cache
def of(container: str) -> str:
    """The family of a container, by what the kit makes of it."""
    if container in FORMATS:
        data = FORMATS[container].make()  # before a credential comes in front of it
    else:
        data = make(next(one for one in SAMPLES if one.container == container), broken=False).data
    with Asset.from_bytes(data, "x") as asset:
        return sniff.family_name(asset)


def samples(family: str, need: ValidatorNeed | None) -> list[Sample]:
    return [one for one in SAMPLES if one.needs is need and of(one.container) == family]


def altered(one: Sample) -> bool:
    return one.faulty and one.expected.integrity == "broken"


def hostile(one: Sample) -> bool:
    about_the_archive = (
        one.needs is ValidatorNeed.ARCHIVES and one.expected.state is ValidationState.OPEN
    )
    return one.faulty and (one.group in HOSTILE or about_the_archive)


def lacking(family: str) -> Iterator[str]:
    """What a row of the table asks for and the kit has no sample of."""
    declared = FAMILIES[family]
    asked = [("read", None)]
    asked += [("opened", ValidatorNeed.ARCHIVES)] if declared.opener else []
    for word, need in asked:
        held = samples(family, need)
        if word == "read" and not declared.store and declared.opener:
            continue  # there is nothing to be read of the archive itself
        if not any(not one.faulty for one in held):
            yield f"{word}: sound"
        if (declared.store or need) and not any(map(altered, held)):
            yield f"{word}: altered"
        if not any(map(hostile, held)):
            yield f"{word}: hostile"


@each("family", FAMILIES)
def test_every_container_that_carries_has_its_samples(family: str) -> None:
    assert list(lacking(family)) == []


def test_every_kind_of_presentation_has_its_samples() -> None:
    held = [one for one in SAMPLES if one.needs is ValidatorNeed.PRESENTATIONS]
    for container in ("dash", "hls"):
        own = [one for one in held if one.container == container]
        names = {one.name.partition("-")[2] for one in own}
        assert {"changed", "missing", "left-out", "repeated", "reordered", "foreign"} <= names
        assert any(not one.faulty for one in own), f"{container}: no sound one"


def test_a_container_without_samples_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "samples", lambda family, need: [])
    assert list(lacking("zip")) == [
        *(f"read: {word}" for word in ("sound", "altered", "hostile")),
        *(f"opened: {word}" for word in ("sound", "altered", "hostile")),
    ]
    assert list(lacking("exr")) == ["read: sound", "read: hostile"]
