import struct

import pytest
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned, xmp

STORE = build.store()
BOTH = {700: (1, build.PACKET), 0xCD41: (7, STORE)}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_store_and_xmp_of_tiff_are_found(order, big):
    data = build.tiff(BOTH, order=order, big=big)
    assert scanned(data).media_type == "image/tiff"
    assert loaded(data) == [STORE]
    assert xmp(data) == [build.PACKET]
    assert codes(data) == []


@pytest.mark.parametrize(
    ("tags", "media_type"),
    [
        ({50706: (1, b"\1\4\0\0")}, "image/x-adobe-dng"),
        (
            {254: (4, b"\1\0\0\0"), 271: (2, b"NIKON CORPORATION\0"), 330: (4, bytes(4))},
            "image/x-nikon-nef",
        ),
        ({254: (4, b"\1\0\0\0"), 271: (2, b"SONY\0"), 330: (4, bytes(4))}, "image/x-sony-arw"),
        ({254: (4, bytes(4)), 271: (2, b"SONY\0"), 330: (4, bytes(4))}, "image/tiff"),
    ],
)
def test_raw_formats_in_tiff_are_told_apart(tags, media_type):
    assert scanned(build.tiff(tags)).media_type == media_type


def test_directories_of_tiff_in_a_circle_end():
    data = bytearray(build.tiff(BOTH))
    struct.pack_into("<I", data, 8 + 2 + 24, 8)
    assert codes(bytes(data)) == ["container.truncated"]
    assert loaded(bytes(data)) == [STORE]


def test_a_store_on_the_second_page_of_tiff_is_found():
    page = build.tiff({700: (1, build.PACKET)})
    data = bytearray(page)
    struct.pack_into("<I", data, 8 + 2 + 12, len(page))
    second = struct.pack("<HHHII", 1, 0xCD41, 7, len(STORE), len(page) + 18) + bytes(4) + STORE
    assert loaded(bytes(data) + second) == [STORE]


def test_directories_of_tiff_beyond_the_bound_are_said():
    data = b"II*\0" + struct.pack("<I", 8)
    for i in range(1_100):
        data += struct.pack("<HI", 0, 8 + 6 * (i + 1))
    assert codes(data) == ["container.limit"]


def test_entries_of_tiff_beyond_the_bound_are_said():
    assert codes(b"II*\0\x08\0\0\0\xff\xff" + bytes(100)) == ["container.limit"]


def test_an_offset_of_tiff_beyond_the_end_is_truncation():
    data = b"II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 0xCD41, 7, 5_000, 2**31, 0)
    assert codes(data) == ["container.truncated"]
    assert loaded(data) == [b""]


def test_a_value_of_tiff_of_an_unknown_type_is_truncation():
    data = b"II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 0xCD41, 99, 5_000, 8, 0)
    assert codes(data) == ["container.truncated"]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_a_store_that_no_tag_of_tiff_refers_to_is_found(order, big):
    data = build.tiff({700: (1, build.PACKET)}, order=order, big=big)
    assert codes(data) == []
    assert codes(data + STORE) == ["credential.unread_remains"]
    assert [block.offset for block in scanned(data + STORE).remains] == [len(data)]


def test_the_store_of_a_preview_in_tiff_is_not_that_of_the_file():
    preview = build.jpeg(*build.app11(STORE))
    assert loaded(preview) == [STORE]
    assert codes(build.tiff({700: (1, build.PACKET)}) + preview) == []


def test_a_tag_of_a_store_that_holds_none_keeps_nothing_from_being_found():
    data = build.tiff({0xCD41: (7, b"none")}) + STORE
    assert "credential.unread_remains" in codes(data)
