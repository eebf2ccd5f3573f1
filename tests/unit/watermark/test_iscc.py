"""ISCC Image-Codes: stable under recoding, apart for other pictures, compared in common bits."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from support.textures import coded, texture

from provenance.errors import InstallationError
from provenance.watermark import carrier, iscc
from provenance.watermark.iscc import Iscc, compare, image_code
from provenance.watermark.model import WatermarkStatus

iscc_lib = pytest.importorskip("iscc_lib")


def code(data: bytes, media_type: str = "image/png") -> str:
    (result,) = Iscc().decode(carrier.open_picture(data, media_type), ())
    assert result.status is WatermarkStatus.COMPUTED
    assert result.algorithm == "io.iscc.v0"
    return result.payload


def test_the_same_picture_is_close_and_another_is_not() -> None:
    rgb = texture(6, 300, 400)
    mine = code(coded(rgb))
    again = code(coded(rgb, "JPEG", quality=60), "image/jpeg")
    small = code(coded(np.asarray(Image.fromarray(rgb).resize((200, 150)))))
    other = code(coded(texture(14, 300, 400)))
    for near in (mine, again, small):
        similarity = compare(mine, near)
        assert similarity is not None
        assert similarity.close
    far = compare(mine, other)
    assert far is not None
    assert not far.close
    assert far.bits == 256


def test_a_border_of_one_colour_is_cut_off_and_transparency_is_white() -> None:
    rgb = texture(6, 300, 400)
    framed = Image.new("RGB", (460, 360), "red")
    framed.paste(Image.fromarray(rgb), (30, 30))
    assert code(coded(np.asarray(framed))) == code(coded(rgb))
    clear = np.dstack([rgb, np.full((300, 400), 255, np.uint8)])
    assert code(coded(clear)) == code(coded(rgb))
    nothing = np.zeros((64, 64, 4), np.uint8)
    assert code(coded(nothing)) == code(coded(np.full((64, 64, 3), 255, np.uint8)))


def test_a_declared_code_of_many_units_is_compared_in_its_own_bits() -> None:
    pixels = bytes(range(256)) * 4
    image = iscc_lib.gen_image_code_v0(pixels, 64)["iscc"]
    data = iscc_lib.gen_data_code_v0(__import__("io").BytesIO(b"data"))["iscc"]
    instance = iscc_lib.gen_instance_code_v0(__import__("io").BytesIO(b"data"))["iscc"]
    whole = iscc_lib.gen_iscc_code_v0([image, data, instance])["iscc"]
    longer = iscc_lib.gen_image_code_v0(pixels, 256)["iscc"]
    similarity = compare(whole, longer)
    assert similarity is not None
    assert (similarity.distance, similarity.bits) == (0, 64)


@pytest.mark.parametrize("text", ["", "ISCC:", "nonsense", "ISCC:" + "A" * 4000, "ISCC:GAAQ", "é"])
def test_what_holds_no_image_code_is_not_compared(text: str) -> None:
    assert image_code(text) is None
    assert compare(text, iscc_lib.gen_image_code_v0(bytes(1024))["iscc"]) is None


def test_without_the_library_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "iscc_lib", None)
    with pytest.raises(InstallationError, match="iscc-lib"):
        iscc.image_code("ISCC:EEAYAAAAAAAAAAAA")
