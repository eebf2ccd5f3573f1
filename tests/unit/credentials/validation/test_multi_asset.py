"""Parts of a file, by the letter of 15.12.4: some may be taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.each import each

from provenance.credentials.validation import multi_asset
from provenance.credentials.validation.outcome import BindingOutcome, BindingResult, Malformed
from provenance.kit.films import box
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from provenance.credentials.validation.byte_source import SourcePart

DATA = b"first part" + b"second"
CODE = "assertion.multiAssetHash."


def part(start: int, length: int, name: str, **more: Any) -> dict[str, Any]:
    place = {"byteOffset": start, "length": length}
    uri = {"url": f"self#jumbf=c2pa.assertions/{name}", "hash": b""}
    return {"location": place, "hashAssertion": uri, **more}


FIRST, SECOND = part(0, 10, "one.part"), part(10, 6, "two.part", optional=True)
BODIES = {"one.part": b"first part", "two.part": b"second"}


def check(parts: Any, data: bytes = DATA, **other: BindingResult) -> BindingOutcome:
    def one(label: str, source: SourcePart) -> BindingOutcome:
        right = source.read(0, source.size) == BODIES[label]
        result = other.get(label[:3], BindingResult.MATCH if right else BindingResult.MISMATCH)
        return BindingOutcome("", result, "assertion.dataHash.match", "", "")

    with Asset.from_bytes(data) as asset:
        return multi_asset.multi_asset_outcome("m/a", {"parts": parts}, asset, one)


def test_all_parts_match_or_all_but_optional_ones() -> None:
    assert check([FIRST, SECOND]).code == CODE + "match"
    found = check([FIRST, SECOND], DATA[:10])
    assert (found.code, found.result) == (CODE + "match", BindingResult.MATCH)
    assert "1 optional parts were taken away" in found.message


@pytest.mark.parametrize(
    ("parts", "data", "code"),
    [
        ([FIRST, part(10, 6, "two.part")], DATA[:10], "missingPart"),
        ([FIRST, part(10, 6, "two.part", optional="yes")], DATA[:10], "missingPart"),
        ([FIRST, SECOND], DATA[:12], "mismatch"),  # cut short
        ([FIRST, SECOND], b"FIRST part", "mismatch"),
        ([FIRST, SECOND], DATA[:10] + b"SECOND", "mismatch"),
    ],
)
def test_parts_that_are_missing_or_changed_are_a_mismatch(
    parts: Any, data: bytes, code: str
) -> None:
    found = check(parts, data)
    assert (found.code, found.result) == (CODE + code, BindingResult.MISMATCH)


@each(
    ("parts", "data"),
    [
        ([], DATA),
        (7, DATA),
        ([7], DATA),
        ([FIRST], DATA),  # the rest of the file is in no part
        ([FIRST, SECOND], DATA + b"more"),
        ([FIRST, part(9, 7, "two.part")], DATA),
        ([part(0, 9, "one.part"), SECOND], DATA),
        ([{**FIRST, "location": {"byteOffset": -1, "length": 10}}, SECOND], DATA),
        ([{**FIRST, "location": {"length": 10}}, SECOND], DATA),
        ([{"location": FIRST["location"]}, SECOND], DATA),
    ],
)
def test_a_multi_asset_hash_that_breaks_a_rule_is_malformed(parts: Any, data: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        check(parts, data)
    assert caught.value.code == CODE + "malformed"


def test_a_part_that_is_not_intact_makes_the_whole_no_better() -> None:
    for result in (BindingResult.PARTIAL, BindingResult.UNCHECKED):
        assert check([FIRST, SECOND], one=result).result is result


def test_a_part_may_be_a_box_of_the_file() -> None:
    inner = {**SECOND, "location": {"bmffBox": "/mpvd"}}
    film = box(b"free", b"x") + box(b"mpvd", b"second")
    BODIES["film"] = film
    assert check([part(0, len(film), "film"), inner], film).code == CODE + "match"
    del BODIES["film"]


def test_a_box_that_is_gone_is_malformed_unless_it_is_optional() -> None:
    """15.12.4 looks whether the box is there before it asks whether the part is optional."""
    film = box(b"free", b"x")
    BODIES["film"] = film
    whole = part(0, len(film), "film")
    gone = {**part(0, 0, "two.part"), "location": {"bmffBox": "/mpvd"}}
    with pytest.raises(Malformed) as caught:
        check([whole, gone], film)
    assert caught.value.code == CODE + "malformed"
    assert check([whole, gone | {"optional": True}], film).code == CODE + "match"
    del BODIES["film"]
