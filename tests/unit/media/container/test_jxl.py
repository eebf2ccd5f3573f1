import brotli
import pytest
from unit.media.container import build
from unit.media.container.checks import codes, loaded, places, scanned, xmp

from provenance.media.asset import Asset
from provenance.media.container import (
    BlockKind,
    Coding,
    ContainerDecodeError,
    ContainerLimitError,
    load_block,
    scan_container,
)

STORE = build.store()


def test_store_and_xmp_of_jpeg_xl_are_found():
    other = build.store(9, label=b"exif", kind=bytes(16))
    data = build.jxl(other, STORE, build.box(b"xml ", build.PACKET))
    assert scanned(data).media_type == "image/jxl"
    assert loaded(data) == [STORE]
    assert xmp(data) == [build.PACKET]
    assert codes(data) == []


def test_two_stores_in_jpeg_xl_are_said():
    assert codes(build.jxl(STORE, STORE)) == ["credential.multiple_stores"]


def test_a_bare_codestream_of_jpeg_xl_cannot_carry_a_store():
    found = scanned(b"\xff\x0a" + bytes(30))
    assert (found.media_type, found.can_carry) == ("image/jxl", False)


def test_compressed_xmp_of_jpeg_xl_is_expanded_up_to_a_limit():
    text = brotli.compress(b"text")
    for content, limit, said in (
        (text, 4, b"text"),
        (text, 3, ContainerLimitError),
        (text[:-1], 4, ContainerDecodeError),
        (text + b"more", 4, ContainerDecodeError),
    ):
        with Asset.from_bytes(build.jxl(build.box(b"brob", b"xml " + content))) as asset:
            (block,) = scan_container(asset).blocks_of(BlockKind.XMP)
            assert (block.place, block.coding) == ("brob", Coding.BROTLI)
            if isinstance(said, bytes):
                assert load_block(asset, block, limit) == said
            else:
                with pytest.raises(said):
                    load_block(asset, block, limit)


def test_compressed_jumbf_of_jpeg_xl_leaves_it_open_whether_there_is_a_store():
    data = build.jxl(build.box(b"brob", b"jumb" + bytes(8)))
    assert places(data) == []
    assert codes(data) == ["container.credential_not_located"]
