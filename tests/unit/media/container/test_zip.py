from support.each import each
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned

STORE = build.store()
NAME = "META-INF/content_credential.c2pa"
TYPES = "[Content_Types].xml"
WORD = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XPS = b"application/vnd.ms-package.xps-fixeddocumentsequence+xml"


@each(
    ("entries", "media_type"),
    [
        ({"a.txt": b"text"}, "application/zip"),
        ({"mimetype": b"application/epub+zip"}, "application/epub+zip"),
        (
            {"mimetype": b"application/vnd.oasis.opendocument.text"},
            "application/vnd.oasis.opendocument.text",
        ),
        ({"mimetype": b"application/\x1b[31m"}, "application/zip"),
        ({TYPES: b'<Override ContentType="' + WORD + b'.main+xml"/>'}, WORD.decode()),
        ({TYPES: XPS, "_rels/.rels": b"http://schemas.openxps.org/x"}, "application/oxps"),
        ({TYPES: XPS}, "application/vnd.ms-xpsdocument"),
    ],
)
def test_a_store_in_zip_and_its_media_type_are_found(entries, media_type):
    data = build.archive({**entries, NAME: STORE}, deflated=frozenset({TYPES}))
    assert scanned(data).media_type == media_type
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_zip_without_a_store_has_none():
    assert scanned(build.archive({"a": b"b", "META-INF/container.xml": b""})).blocks == ()


def test_a_name_within_another_name_in_zip_is_no_store():
    assert loaded(build.archive({"x/" + NAME: STORE})) == []


def test_a_store_in_zip_with_a_comment_is_found():
    data = build.archive({NAME: STORE})
    assert loaded(data[:-2] + b"\x07\0comment") == [STORE]


def test_compressed_store_is_read_and_reported():
    data = build.archive({NAME: STORE}, deflated=frozenset({NAME}))
    assert codes(data) == ["container.truncated"]
    assert loaded(data) == [STORE]


def test_zip_without_a_directory_is_truncated():
    assert codes(build.archive({"a.c2pa": STORE})[:-10]) == ["container.truncated"]
    cut = build.archive({NAME: STORE})[:-10]
    assert codes(cut) == ["container.truncated", "credential.unread_remains"]


def test_a_directory_offset_of_zip_that_lies_is_said():
    data = build.archive({NAME: STORE})
    assert "container.truncated" in codes(data[:-6] + b"\xf0\xff\xff\x7f\0\0")


def test_many_names_in_zip_that_are_no_entry_are_bounded():
    data = build.archive({"mimetype/mimetype" * 3_000: b""})
    assert "container.limit" in codes(data)
