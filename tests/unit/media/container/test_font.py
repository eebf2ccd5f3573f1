import pytest
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned

STORE = build.store()


@pytest.mark.parametrize(
    ("version", "media_type"), [(b"\0\1\0\0", "font/ttf"), (b"OTTO", "font/otf")]
)
def test_store(version, media_type):
    data = build.font(STORE, version=version, uri=b"https://example.com")
    assert scanned(data).media_type == media_type
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_without():
    assert scanned(build.font()).blocks == ()


def test_only_a_uri():
    assert codes(build.font(uri=b"https://example.com")) == ["container.remote_reference"]


def test_table_behind_the_end():
    data = build.font(STORE)
    assert codes(data[:60]) == ["container.truncated"]


@pytest.mark.parametrize("magic", [b"ttcf", b"wOFF", b"wOF2"])
def test_recognised_only(magic):
    found = scanned(magic + bytes(60))
    assert found.family == "font"
    assert not found.can_carry


@pytest.mark.parametrize(
    "data", [build.font(), *(magic + bytes(60) for magic in (b"ttcf", b"wOFF", b"wOF2"))]
)
def test_store_that_no_table_refers_to(data):
    assert codes(data) == []
    assert codes(data + STORE) == ["credential.unread_remains"]
