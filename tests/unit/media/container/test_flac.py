from unit.media.container import build
from unit.media.container.checks import codes, loaded, places, scanned

STORE = build.store()


def test_store_in_the_tag_in_front():
    data = build.flac(build.id3(build.frame(b"GEOB", build.geob(STORE))))
    assert (scanned(data).media_type, scanned(data).family) == ("audio/flac", "flac")
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_bare():
    found = scanned(build.flac())
    assert (found.media_type, found.blocks, found.findings) == ("audio/flac", (), ())
    assert found.can_carry


def test_application_block():
    data = build.flac(application=b"c2pa" + STORE)
    assert loaded(data) == [STORE]
    assert places(data) == ["APPLICATION"]
    assert loaded(build.flac(application=b"riff" + bytes(90))) == []


def test_ends_within_metadata():
    assert codes(build.flac()[:20]) == ["container.truncated"]


def test_too_many_blocks():
    assert codes(b"fLaC" + b"\x01\0\0\0" * 2_000) == ["container.limit"]
