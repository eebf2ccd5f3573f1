import struct

import pytest
from unit.media.container import build
from unit.media.container.checks import codes, loaded, places, scanned, xmp

STORE = build.store(41)  # odd, so that padding counts
C2PA = build.riff_chunk(b"C2PA", STORE)


@pytest.mark.parametrize(
    ("form", "media_type"),
    [(b"WEBP", "image/webp"), (b"WAVE", "audio/wav"), (b"AVI ", "video/x-msvideo")],
)
def test_a_store_after_the_media_of_riff_is_found(form, media_type):
    data = build.riff(form, build.riff_chunk(b"data", bytes(33)), C2PA)
    assert scanned(data).media_type == media_type
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_xmp_of_riff_is_found_under_both_names():
    data = build.riff(
        b"WAVE", build.riff_chunk(b"XMP ", build.PACKET), build.riff_chunk(b"_PMX", build.PACKET)
    )
    assert xmp(data) == [build.PACKET, build.PACKET]
    assert places(data) == ["XMP ", "_PMX"]


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
def test_sizes_in_ds64_are_understood(magic):
    media = bytes(64)
    sizes = struct.pack("<QQQI", 4 + 36 + 8 + 64 + len(C2PA), len(media), 0, 0)
    body = b"WAVE" + build.riff_chunk(b"ds64", sizes) + b"data\xff\xff\xff\xff" + media + C2PA
    data = magic + b"\xff\xff\xff\xff" + body
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_a_store_in_avi_of_several_riff_chunks_is_found():
    data = build.riff(b"AVI ", C2PA) + build.riff(b"AVIX", build.riff_chunk(b"JUNK", bytes(4)))
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_bytes_after_the_end_of_riff_are_said():
    assert codes(build.riff(b"WEBP", C2PA, tail=b"xyz")) == ["container.trailing_bytes"]


def test_a_size_of_riff_that_lies_hides_no_store():
    data = build.riff(b"WEBP", C2PA)
    data = data[:4] + b"\xf0\xff\xff\xff" + data[8:]
    assert codes(data) == ["container.truncated"]
    assert loaded(data) == [STORE]


def test_a_size_of_a_riff_chunk_that_lies_is_truncation():
    data = build.riff(b"WEBP", b"C2PA\xff\xff\xff\xff" + STORE)
    assert "container.truncated" in codes(data)
    assert loaded(data) == [STORE]


def test_chunks_of_riff_beyond_the_bound_are_said():
    assert codes(build.riff(b"AVI ") + build.riff(b"AVIX") * 30_000) == ["container.limit"]
    assert codes(build.riff(b"AVI ", build.riff_chunk(b"JUNK", b"") * 30_000)) == [
        "container.limit"
    ]
