import pytest
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned

STORE = build.store()


@pytest.mark.parametrize(
    ("version", "media_type"), [(b"\0\1\0\0", "font/ttf"), (b"OTTO", "font/otf")]
)
def test_a_store_in_a_font_is_found(version, media_type):
    data = build.font(STORE, version=version, uri=b"https://example.com")
    assert scanned(data).media_type == media_type
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_a_font_without_a_store_has_none():
    assert scanned(build.font()).blocks == ()


def test_a_font_with_an_address_alone_has_a_remote_reference():
    assert codes(build.font(uri=b"https://example.com")) == ["container.remote_reference"]


def test_a_font_table_beyond_the_end_is_truncation():
    data = build.font(STORE)
    assert codes(data[:60]) == ["container.truncated"]


@pytest.mark.parametrize("magic", [b"ttcf", b"wOFF", b"wOF2"])
def test_font_collections_and_web_fonts_are_recognised_only(magic):
    found = scanned(magic + bytes(60))
    assert found.family == "font"
    assert not found.can_carry


@pytest.mark.parametrize(
    "data", [build.font(), *(magic + bytes(60) for magic in (b"ttcf", b"wOFF", b"wOF2"))]
)
def test_a_store_that_no_font_table_refers_to_is_found(data):
    assert codes(data) == []
    assert codes(data + STORE) == ["credential.unread_remains"]


def table(uri: bytes, rest: bytes, header: bytes = b"") -> bytes:
    """A font whose table names no store, but has so many bytes after its header and its URI."""
    head = b"\0\0\0\1" + (20 if uri else 0).to_bytes(4, "big") + len(uri).to_bytes(2, "big")
    body = (header or head + bytes(10)) + uri + rest
    record = b"C2PA" + bytes(4) + (28).to_bytes(4, "big") + len(body).to_bytes(4, "big")
    return b"\0\1\0\0\0\1" + bytes(6) + record + body


@pytest.mark.parametrize("uri", [b"", b"https://example.com"])
def test_whatever_is_in_the_place_of_a_store_in_a_font_is_one(uri):
    """A header that was changed must not hide what comes after it."""
    assert loaded(table(uri, STORE)) == [STORE]
    assert scanned(table(uri, bytes(3))).blocks == ()


def test_an_address_beyond_the_font_table_hides_nothing():
    shifted = b"\x20\0\0\0\1\0\0\0" + bytes(12)
    assert loaded(table(b"", STORE, shifted)) == [STORE]
