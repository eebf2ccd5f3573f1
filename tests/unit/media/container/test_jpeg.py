from support.each import each
from unit.media.container import build
from unit.media.container.checks import codes, loaded, places, scanned, xmp

from provenance.kit.media import gradient_jpeg
from provenance.media.asset import Asset
from provenance.media.container.jpeg import unboxed

STORE = build.store(300)


def test_a_store_in_one_segment_of_jpeg_is_found():
    data = build.jpeg(*build.app11(STORE))
    found = scanned(data)
    assert (found.media_type, found.family, found.can_carry) == ("image/jpeg", "jpeg", True)
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_a_store_in_several_segments_of_jpeg_is_joined_without_the_repeated_header():
    assert loaded(build.jpeg(*build.app11(STORE, chunk=64))) == [STORE]


def test_segments_of_a_store_in_jpeg_are_joined_by_sequence_not_by_place():
    parts = build.app11(STORE, chunk=100)
    assert len(parts) > 3
    assert loaded(build.jpeg(parts[2], parts[0], parts[1], *parts[3:])) == [STORE]


def test_a_store_in_jpeg_with_an_extended_length_is_found():
    long = b"\0\0\0\1jumb" + (len(STORE) + 8).to_bytes(8, "big") + STORE[8:]
    first = build.segment(0xEB, b"JP\0\1\0\0\0\1" + long[:100])
    second = build.segment(0xEB, b"JP\0\1\0\0\0\2" + long[:16] + long[100:])
    assert loaded(build.jpeg(first, second)) == [long]


def test_boxes_in_jpeg_that_are_no_manifest_store_are_left_alone():
    other = build.store(20, label=b"exif", kind=b"xmetadata0000000")
    data = build.jpeg(*build.app11(other, number=3), *build.app11(STORE, number=2))
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_a_store_in_jpeg_is_known_by_its_label_too():
    labelled = build.store(20, kind=bytes(16))
    assert loaded(build.jpeg(*build.app11(labelled))) == [labelled]


def test_two_stores_in_jpeg_are_said():
    data = build.jpeg(*build.app11(STORE, number=1), *build.app11(build.store(9), number=2))
    assert loaded(data) == [STORE, build.store(9)]
    assert codes(data) == ["credential.multiple_stores"]


def test_two_stores_in_jpeg_under_one_number_are_said():
    data = build.jpeg(*build.app11(STORE), *build.app11(build.store(9)))
    assert loaded(data) == [STORE, build.store(9)]
    assert codes(data) == ["credential.multiple_stores"]


def test_a_missing_segment_of_a_store_in_jpeg_is_truncation():
    parts = build.app11(STORE, chunk=64)
    data = build.jpeg(parts[0], *parts[2:])
    assert set(codes(data)) == {"container.truncated"}
    assert len(loaded(data)) == 1


def test_padding_after_the_store_in_jpeg_is_left_out():
    assert loaded(build.jpeg(*build.app11(STORE + bytes(50)))) == [STORE]


def test_xmp_and_extended_xmp_of_jpeg_are_found():
    part = build.PACKET
    data = build.jpeg(
        build.xmp_segment(build.PACKET),
        build.extended_segment(part[50:], full=len(part), at=50),
        build.extended_segment(part[:50], full=len(part), at=0),
    )
    assert set(places(data)) == {
        "APP1",
        "APP1 extended",
    }
    assert xmp(data) == [build.PACKET, build.PACKET]


def test_fill_bytes_before_a_marker_of_jpeg_are_passed_over():
    data = build.jpeg(b"\xff" * 300 + build.app11(STORE)[0])
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_a_store_after_the_first_scan_of_jpeg_is_no_store():
    data = build.jpeg() + build.app11(STORE)[0]
    assert scanned(data).blocks == ()


def test_a_segment_of_jpeg_whose_length_lies_hides_no_store():
    data = b"\xff\xd8" + b"\xff\xeb\xff\xff" + build.app11(STORE)[0][4:]
    assert loaded(data) == [STORE]
    assert "container.truncated" in codes(data)


def test_a_segment_of_jpeg_of_no_length_is_said():
    assert set(codes(b"\xff\xd8\xff\xe0\0\0")) == {"container.truncated"}


def test_segments_of_jpeg_beyond_the_bound_are_said():
    assert codes(build.jpeg(build.segment(0xFE, b"") * 10_000)) == ["container.limit"]


# What is in no marker segment.

JPEG = gradient_jpeg()
TABLES = JPEG.index(b"\xff\xdb")


def count(data: bytes) -> int:
    with Asset.from_bytes(data) as asset:
        return unboxed(asset)


@each(
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
def test_bytes_outside_of_segments_of_jpeg_are_said(data: bytes, loose: int) -> None:
    assert count(data) == loose


def test_pixels_are_passed_over_in_pieces() -> None:
    """Stuffed bytes, restarts and fill bytes within a scan; a marker on the edge of two reads."""
    scan = JPEG.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(JPEG[scan + 2 : scan + 4], "big")
    for filling in range((1 << 20) - 6, (1 << 20) + 6):
        pixels = b"\xff\x00\xff\xd3\xff\xff\x00" + b"p" * (filling - 7)
        assert count(JPEG[:start] + pixels + b"\xff\xd9") == 0
        assert count(JPEG[:start] + pixels + b"\xff\xd9tail") == 4
