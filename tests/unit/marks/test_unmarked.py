"""No hit on unmarked pictures: some made here, and the photos that were collected, as they are.

All of them, 2,000 made ones, and the search for turns and crops: `tests/watermarks/unmarked.py`.
"""

from __future__ import annotations

from functools import cache

import pytest
from negatives import collect
from PIL import Image
from support.textures import texture

from provenance.marks.carrier import CarrierError, Picture
from provenance.marks.dwtdct import DwtDct
from provenance.marks.dwtdctsvd import DwtDctSvd
from provenance.marks.pictures import open_picture

MADE = 64
SEARCHED = 4
SIZES = ((256, 256), (256, 264), (264, 256), (256, 320))
DECODERS = (DwtDct(), DwtDctSvd())


@cache
def made(seed: int):
    return texture(seed, *SIZES[seed % len(SIZES)])


@pytest.mark.parametrize("decoder", DECODERS, ids=lambda d: d.name)
def test_made_pictures_have_no_mark(decoder) -> None:
    for seed in range(MADE):
        assert decoder.plain(made(seed), decoder.card.messages) is None


@pytest.mark.parametrize("decoder", DECODERS, ids=lambda d: d.name)
def test_a_search_of_made_pictures_finds_none(decoder) -> None:
    for seed in range(SEARCHED):
        result = decoder.searched(made(seed), decoder.card.messages)
        assert result.status == "not_detected"
        assert result.tried > 1_000_000


@cache
def photos() -> list[Picture]:
    """Every fourth of the collected photos, at most 1024 pixels a side: the rest is scaled down."""
    found = []
    for path in sorted(collect.HOME.rglob("*"))[::4]:
        if path.suffix.lower() not in {".jpg", ".jpeg", ".png"}:
            continue
        media_type = "image/png" if path.suffix.lower() == ".png" else "image/jpeg"
        try:
            picture = open_picture(path.read_bytes(), media_type)
        except CarrierError:
            continue
        if min(picture.width, picture.height) >= 256:
            small = Image.fromarray(picture.rgb)
            small.thumbnail((1024, 1024))
            found.append(Picture(small))
    return found


@pytest.mark.parametrize("decoder", DECODERS, ids=lambda d: d.name)
def test_collected_photos_have_no_mark(decoder) -> None:
    if collect.missing(collect.HOME):
        pytest.skip("not all photos are here: python tests/negatives/collect.py")
    for picture in photos():
        assert decoder.plain(picture.rgb, decoder.card.messages) is None
    assert len(photos()) > 10
