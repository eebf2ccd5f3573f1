from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned, xmp

STORE = build.store(700)


def test_a_store_in_sub_blocks_of_gif_is_found():
    data = build.gif(build.gif_c2pa(STORE))
    assert scanned(data).media_type == "image/gif"
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_xmp_before_and_after_the_image_of_gif_is_found():
    block = build.gif_xmp(build.PACKET)
    assert xmp(build.gif(block, block)) == [build.PACKET, build.PACKET]


def test_a_gif_extension_of_another_version_is_no_store():
    block = build.gif_c2pa(STORE).replace(b"C2PA_GIF\1", b"C2PA_GIF\2")
    assert scanned(build.gif(block)).blocks == ()


def test_bytes_after_the_end_of_gif_are_said():
    assert codes(build.gif(tail=b"abc")) == ["container.trailing_bytes"]


def test_a_store_in_gif_that_ends_early_is_truncated():
    data = build.gif(build.gif_c2pa(STORE))
    data = data[: data.index(b"C2PA_GIF") + 400]
    assert "container.truncated" in codes(data)
    assert STORE.startswith(loaded(data)[0])


def test_a_store_after_much_media_of_gif_is_found():
    image = b"\x2c" + bytes(9) + b"\2" + build.sub_blocks(bytes(300_000))
    assert loaded(build.gif(image + build.gif_c2pa(STORE))) == [STORE]


def test_sub_blocks_of_gif_beyond_the_bound_are_said():
    image = b"\x2c" + bytes(9) + b"\2" + b"\1\0" * 1_000_001
    assert "container.limit" in codes(build.gif(image.replace(b"\1\0", b"\1\1")))


def test_an_unknown_block_of_gif_is_truncation():
    assert codes(build.gif(b"\x99")) == ["container.truncated"]
