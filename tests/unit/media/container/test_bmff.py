import struct

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container.checks import LIMIT, codes, loaded, places, scanned, xmp

from provenance.media.asset import Asset
from provenance.media.container import BlockKind, load_block, scan_container

STORE = build.store()


def test_store_and_xmp_of_bmff_are_found():
    data = build.mp4(build.c2pa_box(STORE), build.box(b"uuid", build.XMP_UUID + build.PACKET))
    found = scanned(data)
    assert (found.media_type, found.family, found.fragmented) == ("video/mp4", "bmff", False)
    assert loaded(data) == [STORE]
    assert xmp(data) == [build.PACKET]
    assert codes(data) == []


def test_padding_in_the_c2pa_box_is_left_out():
    assert loaded(build.mp4(build.c2pa_box(STORE + bytes(20)))) == [STORE]


def test_a_store_after_four_gigabytes_of_media_is_found(tmp_path):
    path = tmp_path / "large.mp4"
    media = 5 * 1024**3
    with path.open("wb") as file:
        file.write(build.ftyp() + struct.pack(">I4sQ", 1, b"mdat", media + 16))
        file.seek(media, 1)
        file.write(build.c2pa_box(STORE))
    with Asset.open(path) as asset:
        found = scan_container(asset)
        assert [load_block(asset, b, LIMIT) for b in found.blocks] == [STORE]
        assert found.blocks[0].offset > media
        assert found.findings == ()


def test_original_and_update_are_one_credential():
    data = build.mp4(build.c2pa_box(STORE, b"original"), build.c2pa_box(STORE, b"update"))
    assert places(data) == ["uuid original", "uuid update"]
    assert codes(data) == []


def test_two_manifests_of_bmff_are_several_stores():
    assert codes(build.mp4(build.c2pa_box(STORE) * 2)) == ["credential.multiple_stores"]


def test_merkle_boxes_are_noted_and_are_no_store():
    found = scanned(build.box(b"styp", b"msdh\0\0\0\0") + build.c2pa_box(b"cbor", b"merkle"))
    assert found.media_type == "video/iso.segment"
    assert found.blocks == ()
    assert [f.code for f in found.findings] == ["container.merkle_boxes"]


@pytest.mark.parametrize("purpose", [b"nonsense", b"x" * 60])
def test_a_c2pa_box_of_unknown_purpose_is_said(purpose):
    found = scanned(build.mp4(build.c2pa_box(STORE, purpose)))
    assert [f.code for f in found.findings] == ["container.truncated", "credential.unread_remains"]
    assert found.blocks == ()
    assert len(found.remains) == 1
    empty = build.mp4(build.c2pa_box(b"", purpose))
    assert codes(empty) == ["container.truncated"]


def test_fragmented_media_are_told():
    assert scanned(build.mp4(build.box(b"moov", build.box(b"mvex", b"")))).fragmented
    assert scanned(build.box(b"moof", bytes(8)) + build.box(b"mdat", b"")).fragmented


@each(
    ("brands", "media_type"),
    [
        ((b"isom",), "video/mp4"),
        ((b"qt  ",), "video/quicktime"),
        ((b"M4A ",), "audio/mp4"),
        ((b"M4V ",), "video/x-m4v"),
        ((b"3gp4",), "video/3gpp"),
        ((b"3g2a",), "video/3gpp2"),
        ((b"avif",), "image/avif"),
        ((b"heic",), "image/heic"),
        ((b"mif1", b"mif1", b"avif"), "image/avif"),
        ((b"mif1", b"mif1"), "image/heif"),
        ((b"crx ",), "image/x-canon-cr3"),
    ],
)
def test_the_media_type_of_bmff_follows_from_its_brand(brands, media_type):
    assert scanned(build.ftyp(*brands)).media_type == media_type


@pytest.mark.parametrize("method", [0, 1])
def test_xmp_in_an_item_of_bmff_is_found(method):
    data = build.heic(build.PACKET, method=method)
    assert scanned(data).media_type == "image/heic"
    assert xmp(data) == [build.PACKET]
    assert places(data) == ["meta item"]


def test_xmp_in_user_data_of_bmff_is_found():
    data = build.mp4(build.box(b"moov", build.box(b"udta", build.box(b"XMP_", build.PACKET))))
    assert xmp(data) == [build.PACKET]


def test_item_tables_that_end_early_are_truncation():
    data = build.heic(build.PACKET)
    at = data.index(b"iloc")
    data = data[: at - 4] + struct.pack(">I", 14) + data[at : at + 10] + build.box(b"mdat", b"")
    assert "container.truncated" in codes(data)


def test_the_last_box_may_reach_to_the_end_of_the_file():
    data = build.ftyp() + b"\0\0\0\0" + build.c2pa_box(STORE)[4:]
    assert loaded(data) == [STORE]


def test_zeros_behind_the_end_are_trailing():
    assert codes(build.mp4() + bytes(100)) == ["container.trailing_bytes"]
    assert codes(build.mp4() + bytes(3)) == ["container.trailing_bytes"]


@pytest.mark.parametrize("size", [2, 7])
def test_a_box_of_impossible_size_is_truncation(size):
    assert codes(build.mp4() + struct.pack(">I4s", size, b"free")) == ["container.truncated"]


def test_a_64_bit_size_of_a_box_that_lies_is_truncation():
    data = build.ftyp() + struct.pack(">I4sQ", 1, b"uuid", 2**63) + build.c2pa_box(STORE)[8:]
    assert loaded(data) == [STORE]
    assert set(codes(data)) == {"container.truncated"}
    assert codes(build.ftyp() + struct.pack(">I4sQ", 1, b"free", 3)) == ["container.truncated"]


def test_ten_thousand_nested_boxes_are_bounded():
    data = build.c2pa_box(STORE)
    for kind in (b"moov", b"udta", b"meta") * 3_334:
        data = build.box(kind, data)
    found = scanned(build.ftyp() + data)
    assert found.blocks_of(BlockKind.MANIFEST_STORE) == ()


def test_boxes_of_bmff_beyond_the_bound_are_said():
    assert codes(build.mp4(build.box(b"free", b"") * 20_001)) == ["container.limit"]
    assert codes(build.mp4(build.box(b"moov", build.box(b"free", b"") * 4_097))) == [
        "container.limit"
    ]
    inner = build.box(b"moov", build.box(b"free", b"") * 4_000)
    assert set(codes(build.mp4(inner * 10))) == {"container.limit"}
