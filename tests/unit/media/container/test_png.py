import pytest
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned, xmp

from provenance.media.container import BlockKind, Coding

STORE = build.store()


@pytest.mark.parametrize("behind", [False, True])
def test_store_before_and_behind_the_pixels(behind):
    block = build.chunk(b"caBX", STORE)
    data = build.png(behind=block) if behind else build.png(block)
    assert scanned(data).media_type == "image/png"
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_xmp_plain_and_deflated():
    data = build.png(build.itxt(build.PACKET), build.itxt(build.PACKET, deflated=True))
    assert xmp(data) == [build.PACKET, build.PACKET]
    codings = [b.coding for b in scanned(data).of(BlockKind.XMP)]
    assert codings == [Coding.RAW, Coding.DEFLATE]


def test_other_text_is_not_xmp():
    assert xmp(build.png(build.chunk(b"iTXt", b"Comment\0\0\0\0\0text"))) == []


def test_trailing_bytes_are_counted():
    found = scanned(build.png(tail=b"x" * 109))
    assert [f.code for f in found.findings] == ["container.trailing_bytes"]
    assert found.findings[0].message.startswith("109 bytes")


def test_chunk_behind_iend_is_not_read():
    assert loaded(build.png(tail=build.chunk(b"caBX", STORE))) == []


def test_store_that_is_shorter_than_it_says():
    data = build.png(build.chunk(b"caBX", STORE[:-10]))
    assert codes(data) == ["container.truncated"]
    assert loaded(data) == [STORE[:-10]]


def test_store_that_is_none():
    data = build.png(build.chunk(b"caBX", b"not jumbf"))
    assert codes(data) == ["container.truncated"]
    assert loaded(data) == [b"not jumbf"]


def test_two_stores():
    data = build.png(build.chunk(b"caBX", STORE) * 2)
    assert codes(data) == ["credential.multiple_stores"]


@pytest.mark.parametrize("length", [0x7FFFFFFF, 0xFFFFFFFF])
def test_lying_length(length):
    data = build.png()[:33] + length.to_bytes(4, "big") + b"caBX" + STORE
    assert "container.truncated" in codes(data)


def test_too_many_chunks():
    assert codes(build.png(build.chunk(b"teXt", b"") * 200_001)) == ["container.limit"]


def test_as_many_chunks_as_real_files_have():
    data = build.png(behind=build.chunk(b"IDAT", b"") * 12_000 + build.chunk(b"caBX", STORE))
    assert loaded(data) == [STORE]
    assert codes(data) == []
