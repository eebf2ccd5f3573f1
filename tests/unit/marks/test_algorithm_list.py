"""The table of soft binding algorithms: whole, and the same as the official list."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.shared import SHARED

from provenance.marks import algorithm_list as registry
from provenance.marks.soft_binding import MarkChecker, SoftBindingKind

LIST = SHARED / "trust" / "softbinding-algorithm-list.json"


def test_the_table_of_algorithms_is_whole() -> None:
    assert [one.number for one in registry.ALGORITHMS] == list(range(1, 33))
    assert len({one.name for one in registry.ALGORITHMS}) == 32
    for one in registry.ALGORITHMS:
        assert one.owner
        assert one.media or one.encoded
        assert one.kind is not SoftBindingKind.UNKNOWN
        assert one.detector is not MarkChecker.UNKNOWN


@pytest.mark.skipif(not LIST.is_file(), reason="the official list is not at hand")
def test_the_table_of_algorithms_is_the_official_list() -> None:
    def ours(one: registry.Algorithm) -> dict[str, Any]:
        made = {"identifier": one.number, "alg": one.name, "type": one.kind.value}
        named = {
            "decodedMediaTypes": list(one.media),
            "encodedMediaTypes": list(one.encoded),
            "softBindingResolutionApis": list(one.services),
        }
        return made | {name: value for name, value in named.items() if value}

    theirs = json.loads(LIST.read_text(encoding="utf-8"))
    for entry in theirs:
        entry.pop("entryMetadata")
    assert [ours(one) for one in registry.ALGORITHMS] == theirs


def test_names_of_algorithms_are_exact() -> None:
    found = registry.listed_algorithm("com.adobe.trustmark.P")
    assert found is not None
    assert (found.owner, found.kind, found.detector) == (
        "Adobe",
        SoftBindingKind.WATERMARK,
        MarkChecker.PUBLIC,
    )
    for near in ("com.adobe.trustmark.p", "com.adobe.trustmark", "com.adobe.trustmark.P ", ""):
        assert registry.listed_algorithm(near) is None


def test_marks_named_in_words_are_told_apart() -> None:
    found = registry.unlisted_mark("Applied imperceptible SynthID watermark.")
    assert found is not None
    assert found.owner == "Google"
    assert registry.unlisted_mark("Added visible watermark") is None
    assert registry.unlisted_mark("") is None
