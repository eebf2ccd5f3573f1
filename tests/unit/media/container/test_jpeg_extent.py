"""What stands in no marker segment of a JPEG."""

from __future__ import annotations

import pytest

from provenance.kit.media import gradient_jpeg
from provenance.media.asset import Asset
from provenance.media.container.jpeg_extent import unboxed

JPEG = gradient_jpeg()
TABLES = JPEG.index(b"\xff\xdb")


def count(data: bytes) -> int:
    with Asset.from_bytes(data) as asset:
        return unboxed(asset)


@pytest.mark.parametrize(
    ("data", "loose"),
    [
        (JPEG, 0),
        (JPEG + b"trailer", 7),
        (JPEG + JPEG, len(JPEG)),
        (JPEG[:TABLES] + b"between" + JPEG[TABLES:], 7),
        (JPEG[:TABLES] + b"\xff" * 9 + JPEG[TABLES:], 9),
        (JPEG[:2] + b"\xff\xd0\xff\x01" + JPEG[2:], 0),  # markers that stand alone
        (JPEG[:-2], 0),  # no end of image: the scan goes on to the end
        (b"\xff\xd8", 0),
        (b"\xff\xd8" + b"text", 4),
        (b"\xff\xd8\xff\xe0\x00\x01x", 3),  # a length that cannot be
        (b"\xff\xd8\xff\xe0\xff\xffx", 3),  # a segment that does not end
    ],
)
def test_bytes_outside_of_segments(data: bytes, loose: int) -> None:
    assert count(data) == loose


def test_pixels_are_passed_over_in_pieces() -> None:
    """Stuffed bytes, restarts and fill bytes within a scan; a marker on the edge of two reads."""
    scan = JPEG.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(JPEG[scan + 2 : scan + 4], "big")
    for filling in range((1 << 20) - 6, (1 << 20) + 6):
        pixels = b"\xff\x00\xff\xd3\xff\xff\x00" + b"p" * (filling - 7)
        assert count(JPEG[:start] + pixels + b"\xff\xd9") == 0
        assert count(JPEG[:start] + pixels + b"\xff\xd9tail") == 4
