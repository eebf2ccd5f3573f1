import pytest
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned, xmp

from provenance.media.container import BlockKind, Coding

STORE = build.store()


@pytest.mark.parametrize("behind", [False, True])
def test_a_store_before_and_after_the_pixels_of_png_is_found(behind):
    block = build.chunk(b"caBX", STORE)
    data = build.png(behind=block) if behind else build.png(block)
    assert scanned(data).media_type == "image/png"
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_xmp_of_png_is_found_plain_and_deflated():
    data = build.png(build.itxt(build.PACKET), build.itxt(build.PACKET, deflated=True))
    assert xmp(data) == [build.PACKET, build.PACKET]
    codings = [b.coding for b in scanned(data).blocks_of(BlockKind.XMP)]
    assert codings == [Coding.RAW, Coding.DEFLATE]


def test_text_of_png_that_is_not_xmp_is_left_alone():
    assert xmp(build.png(build.chunk(b"iTXt", b"Comment\0\0\0\0\0text"))) == []


def test_bytes_after_the_end_of_png_are_counted():
    found = scanned(build.png(tail=b"x" * 109))
    assert [f.code for f in found.findings] == ["container.trailing_bytes"]
    assert found.findings[0].message.startswith("109 bytes")


def test_chunk_behind_iend_is_not_read():
    assert loaded(build.png(tail=build.chunk(b"caBX", STORE))) == []


def test_a_store_in_png_that_is_shorter_than_it_says_is_truncated():
    data = build.png(build.chunk(b"caBX", STORE[:-10]))
    assert codes(data) == ["container.truncated"]
    assert loaded(data) == [STORE[:-10]]


def test_a_chunk_for_a_store_in_png_that_holds_none_is_said():
    data = build.png(build.chunk(b"caBX", b"not jumbf"))
    assert codes(data) == ["container.truncated"]
    assert loaded(data) == [b"not jumbf"]


def test_two_stores_in_png_are_said():
    data = build.png(build.chunk(b"caBX", STORE) * 2)
    assert codes(data) == ["credential.multiple_stores"]


@pytest.mark.parametrize("length", [0x7FFFFFFF, 0xFFFFFFFF])
def test_a_chunk_of_png_whose_length_lies_is_truncation(length):
    data = build.png()[:33] + length.to_bytes(4, "big") + b"caBX" + STORE
    assert "container.truncated" in codes(data)


def test_chunks_of_png_beyond_the_bound_are_said():
    assert codes(build.png(build.chunk(b"teXt", b"") * 200_001)) == ["container.limit"]


def test_a_png_of_as_many_chunks_as_real_files_have_is_read_whole():
    data = build.png(behind=build.chunk(b"IDAT", b"") * 12_000 + build.chunk(b"caBX", STORE))
    assert loaded(data) == [STORE]
    assert codes(data) == []
