"""Which media are decoded, and formats that only their first bytes tell."""

from __future__ import annotations

from support.each import each
from support.textures import coded, texture

from provenance.marks.decodable_media import media_of, media_type_of
from provenance.marks.decoder import Medium
from provenance.media.asset import Asset

BOTH = (Medium.PICTURE, Medium.SOUND)


@each(
    ("media_type", "media"),
    [
        ("image/avif", (Medium.PICTURE,)),
        ("audio/mp4", (Medium.SOUND,)),
        ("video/mp4", BOTH),
        ("video/webm", BOTH),
        ("image/heic", ()),
        ("application/pdf", ()),
        ("", ()),
    ],
)
def test_each_media_type_is_looked_at_as_picture_sound_or_video(
    media_type: str, media: tuple[Medium, ...]
) -> None:
    assert media_of(media_type) == media


def told(data: bytes, media_type: str = "application/octet-stream") -> str:
    with Asset.from_bytes(data) as asset:
        return media_type_of(asset, media_type)


def test_formats_without_metadata_are_told_by_their_first_bytes() -> None:
    rgb = texture(0, 24, 32)
    assert told(coded(rgb, "BMP")) == "image/bmp"
    assert told(coded(rgb, "JPEG2000")) == "image/jp2"
    assert told(coded(rgb, "JPEG2000", no_jp2=True)) == "image/jp2"
    assert told(coded(rgb, "BMP"), "image/png") == "image/png"  # the container's word stands
    for near in (
        b"BM",
        b"BMW is a maker of cars, not of pictures",
        b"\xff\x4f\xff\x52" + bytes(40),
    ):
        assert told(near) == "application/octet-stream"
