import pytest
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned

from provenance.media.container import BlockKind


@pytest.mark.parametrize("payload", [40, 200, 900, 255 * 8 - 5 - 8 - 30 - 8, 20_000])
def test_a_store_in_a_stream_of_its_own_in_ogg_is_found(payload):
    manifest = build.store(payload)
    data = build.ogg(manifest)
    assert scanned(data).media_type == "audio/ogg"
    assert loaded(data) == [manifest]
    assert codes(data) == []


def test_ogg_without_a_store_can_carry_one():
    found = scanned(build.ogg())
    assert (found.blocks_of(BlockKind.MANIFEST_STORE), found.findings, found.can_carry) == (
        (),
        (),
        True,
    )


def test_a_store_in_ogg_that_ends_early_is_truncated():
    data = build.ogg(build.store(900))
    data = data[: data.rindex(b"OggS\0\x05") + 100]
    assert "container.truncated" in codes(data)
    assert len(loaded(data)) == 1


def test_theora_is_video():
    assert scanned(build.ogg_page(1, b"\x07", b"\x80theora", 2)).media_type == "video/ogg"
