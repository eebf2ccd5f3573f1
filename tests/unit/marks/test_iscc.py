"""ISCC Image-Codes: stable under recoding, apart for other pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from support.textures import coded, texture

from provenance.marks import pictures
from provenance.marks.carrier import CarrierError
from provenance.marks.decoder import WatermarkStatus
from provenance.marks.iscc import Iscc
from provenance.marks.iscc_seq import CLOSE, similarity, units

pytest.importorskip("iscc_lib", reason="needs the extra iscc")


def code(data: bytes, media_type: str = "image/png") -> str:
    (result,) = Iscc().decode(pictures.open_picture(data, media_type), ())
    assert result.status is WatermarkStatus.COMPUTED
    assert result.algorithm == "io.iscc.v0"
    return result.payload


def alike(one: str, other: str) -> int:
    found = similarity(units(one.encode()), units(other.encode()))
    assert found is not None
    return found


def test_the_fingerprint_of_a_copy_is_close_and_of_another_picture_is_not() -> None:
    rgb = texture(6, 300, 400)
    mine = code(coded(rgb))
    again = code(coded(rgb, "JPEG", quality=60), "image/jpeg")
    small = code(coded(np.asarray(Image.fromarray(rgb).resize((200, 150)))))
    other = code(coded(texture(14, 300, 400)))
    for near in (mine, again, small):
        assert alike(mine, near) >= CLOSE
    assert alike(mine, other) < CLOSE


def test_a_border_of_one_colour_is_cut_off_and_transparency_is_white() -> None:
    rgb = texture(6, 300, 400)
    framed = Image.new("RGB", (460, 360), "red")
    framed.paste(Image.fromarray(rgb), (30, 30))
    assert code(coded(np.asarray(framed))) == code(coded(rgb))
    clear = np.dstack([rgb, np.full((300, 400), 255, np.uint8)])
    assert code(coded(clear)) == code(coded(rgb))


@pytest.mark.parametrize(
    "pixels", [np.zeros((64, 64, 4), np.uint8), np.full((9, 9, 3), 7, np.uint8)]
)
def test_a_picture_of_one_colour_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(CarrierError, match="one colour"):
        code(coded(pixels))
