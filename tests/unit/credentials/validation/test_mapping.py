"""Where a BMFF hash leaves out the tables of places: what could be exchanged unseen."""

from __future__ import annotations

import pytest

from provenance.credentials.validation.mapping import not_forced
from provenance.media.container.extents import Extent

HASHED = [(100, 200), (300, 400)]
TRACKS, ITEMS = frozenset({"stco"}), frozenset({"iloc"})
VIDEO = (Extent(1, 100, 150, "vide"), Extent(1, 300, 340, "vide"))
SOUND = (Extent(2, 150, 200, "soun"), Extent(2, 340, 400, "soun"))


def test_every_byte_once_in_order_and_of_different_types_is_forced() -> None:
    assert not_forced([*VIDEO, *SOUND], HASHED, TRACKS) == ""
    picture = [Extent(-1, 100, 200, "hvc1"), Extent(-2, 300, 400, "Exif")]
    assert not_forced(picture, HASHED, ITEMS) == ""
    assert not_forced([Extent(-1, 100, 200, "hvc1")], HASHED[:1], ITEMS) == ""
    assert not_forced(picture[::-1], HASHED, ITEMS) == ""  # items stand in any order


@pytest.mark.parametrize(
    ("found", "free", "words"),
    [
        ([*VIDEO, Extent(2, 150, 200, "vide"), Extent(2, 340, 400, "vide")], TRACKS, "exchanged"),
        ([Extent(-1, 100, 200, "hvc1"), Extent(-2, 300, 400, "hvc1")], ITEMS, "exchanged"),
        ([*VIDEO[::-1], *SOUND], TRACKS, "order"),
        ([*VIDEO, SOUND[0], Extent(2, 340, 399, "soun")], TRACKS, "nothing uses"),
        ([*VIDEO, SOUND[0], Extent(2, 339, 400, "soun")], TRACKS, "one place"),
        ([*VIDEO, *SOUND, VIDEO[0]], TRACKS, "order"),
        ([*VIDEO, Extent(2, 150, 201, "soun"), SOUND[1]], TRACKS, "does not cover"),
        ([*VIDEO, Extent(2, 500, 550, "soun"), SOUND[1]], TRACKS, "does not cover"),
        ([*VIDEO, Extent(2, 150, 310, "soun")], TRACKS, "does not cover"),
        ([*VIDEO, Extent(2, 0, 50, "soun")], TRACKS, "does not cover"),
    ],
)
def test_what_could_be_elsewhere(found: list[Extent], free: frozenset[str], words: str) -> None:
    assert words in not_forced(found, HASHED, free)


def test_tables_that_the_hash_covers_hold_their_places() -> None:
    """Two tracks of one type are fixed where only the places of items are left out."""
    two = [*VIDEO, Extent(2, 150, 200, "vide"), Extent(2, 340, 400, "vide")]
    assert not_forced(two, HASHED, ITEMS) == ""
    assert not_forced(two, HASHED, TRACKS | ITEMS) != ""
