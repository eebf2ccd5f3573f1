from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned, xmp

STORE = build.store(700)


def test_store_in_sub_blocks():
    data = build.gif(build.gif_c2pa(STORE))
    assert scanned(data).media_type == "image/gif"
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_xmp_before_and_behind_the_image():
    block = build.gif_xmp(build.PACKET)
    assert xmp(build.gif(block, block)) == [build.PACKET, build.PACKET]


def test_other_versions_are_not_c2pa():
    block = build.gif_c2pa(STORE).replace(b"C2PA_GIF\1", b"C2PA_GIF\2")
    assert scanned(build.gif(block)).blocks == ()


def test_trailing_bytes():
    assert codes(build.gif(tail=b"abc")) == ["container.trailing_bytes"]


def test_store_that_ends_early():
    data = build.gif(build.gif_c2pa(STORE))
    data = data[: data.index(b"C2PA_GIF") + 400]
    assert "container.truncated" in codes(data)
    assert STORE.startswith(loaded(data)[0])


def test_store_behind_much_media():
    image = b"\x2c" + bytes(9) + b"\2" + build.sub_blocks(bytes(300_000))
    assert loaded(build.gif(image + build.gif_c2pa(STORE))) == [STORE]


def test_too_many_sub_blocks():
    image = b"\x2c" + bytes(9) + b"\2" + b"\1\0" * 1_000_001
    assert "container.limit" in codes(build.gif(image.replace(b"\1\0", b"\1\1")))


def test_unknown_block():
    assert codes(build.gif(b"\x99")) == ["container.truncated"]
