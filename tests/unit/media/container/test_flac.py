from unit.media.container import build
from unit.media.container.checks import codes, loaded, places, scanned

STORE = build.store()


def test_a_store_in_an_id3_tag_in_front_of_flac_is_found():
    data = build.flac(build.id3(build.frame(b"GEOB", build.geob(STORE))))
    assert (scanned(data).media_type, scanned(data).family) == ("audio/flac", "flac")
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_flac_without_a_store_can_carry_one():
    found = scanned(build.flac())
    assert (found.media_type, found.blocks, found.findings) == ("audio/flac", (), ())
    assert found.can_carry


def test_a_store_in_an_application_block_of_flac_is_found():
    data = build.flac(application=b"c2pa" + STORE)
    assert loaded(data) == [STORE]
    assert places(data) == ["APPLICATION"]
    assert loaded(build.flac(application=b"riff" + bytes(90))) == []


def test_flac_that_ends_within_metadata_is_truncated():
    assert codes(build.flac()[:20]) == ["container.truncated"]


def test_blocks_of_flac_beyond_the_bound_are_said():
    assert codes(b"fLaC" + b"\x01\0\0\0" * 2_000) == ["container.limit"]
