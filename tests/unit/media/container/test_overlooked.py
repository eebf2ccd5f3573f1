"""One wrong byte of a structure must not make a store that is in the file unsaid.

Next to each damage is the file whose store is another file's, or that has none.
"""

from __future__ import annotations

import pytest
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned
from unit.media.container.test_hidden import remains

STORE = build.store(301)
JPEG = build.jpeg(*build.app11(STORE))
PNG = build.png(build.chunk(b"caBX", STORE))
MP4 = build.mp4(build.c2pa_box(STORE))
JUNK = build.riff_chunk(b"JUNK", bytes(8))
WAV = build.riff(b"WAVE", build.riff_chunk(b"C2PA", STORE))
MP3 = build.mp3(build.geob(STORE))
TIFF = build.tiff({0xCD41: (7, STORE)})
FOUND = "credential.unread_remains"


def changed(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize(
    "data",
    [
        changed(PNG, 4, b"\0"),
        changed(JPEG, 1, b"\0"),
        changed(WAV, 1, b"\x7f"),
        changed(MP4, 4, b"xtyp"),
        b"nothing that anybody knows" + STORE,
    ],
    ids=["png", "jpeg", "riff", "bmff", "unknown"],
)
def test_a_store_in_a_file_whose_beginning_is_damaged_is_found(data: bytes) -> None:
    assert scanned(data).family == "unknown"
    assert remains(data) == [STORE]


@pytest.mark.parametrize(
    "data",
    [
        changed(JPEG, 4, b"\0\xff"),  # a length that reaches over the store
        changed(build.riff(b"WAVE", JUNK, WAV[12:]), 16, b"\xf0"),
        changed(MP4, 3, b"\xa0"),  # the first box reaches into the one with the store
        changed(MP4, 0, bytes(4)),  # or over all of the file
        changed(MP4, MP4.index(b"manifest"), b"m\0nifest"),
    ],
    ids=["jpeg", "riff", "into a box", "over all boxes", "purpose"],
)
def test_a_size_that_leads_past_a_store_hides_none(data: bytes) -> None:
    assert loaded(data) == []
    assert remains(data) == [STORE]


@pytest.mark.parametrize("cut", [(2, 4), (4, 6)], ids=["its tag is gone", "its type is gone"])
def test_a_table_of_tiff_that_no_writer_makes_hides_no_store(cut: tuple[int, int]) -> None:
    at = int.from_bytes(TIFF[4:8], "little")
    data = TIFF[: at + cut[0]] + TIFF[at + cut[1] :] + bytes(2)
    assert FOUND in codes(data)


def test_a_table_of_tiff_without_entries_hides_no_store() -> None:
    assert remains(b"II*\0\x08\0\0\0" + bytes(40) + STORE) == [STORE]


def test_a_tag_of_tiff_that_leads_out_of_the_file_hides_no_store() -> None:
    at = int.from_bytes(TIFF[4:8], "little") + 2
    assert remains(changed(changed(TIFF, at, b"\x43"), at + 8, b"\xff\xff\xff\0")) == [STORE]


@pytest.mark.parametrize(
    "data",
    [
        changed(MP3, 3, b"\x7f"),  # a version that nobody knows
        changed(MP3, 6, bytes(4)),  # a tag of no bytes
        changed(MP3, 5, b"\x40"),  # an extended header that is none
        changed(MP3, 19, b"\x08"),  # a frame that says that it is compressed
        changed(MP3, 10, b"\0EOB"),
    ],
    ids=["version", "size", "extended header", "compressed", "name"],
)
def test_a_damaged_tag_of_id3_hides_no_store(data: bytes) -> None:
    assert FOUND in codes(data) or "container.credential_not_located" in codes(data)


@pytest.mark.parametrize("uuid", [b"c2ma", b"c2as", b"c2cl"])
def test_a_store_whose_own_description_is_damaged_is_said(uuid: bytes) -> None:
    """It has the type of a box within a store: nothing can be read of it."""
    other = build.store(301, label=b"other", kind=uuid + build.STORE_TYPE[4:])
    found = scanned(build.jpeg(*build.app11(other)))
    assert (FOUND in [f.code for f in found.findings], found.remains) == (True, ())


def test_a_store_without_its_header_in_a_damaged_file_is_said() -> None:
    data = changed(MP4, 3, b"\xa0").replace(b"jumb", b"jxmb", 1)
    assert FOUND in codes(data)


def test_a_store_without_its_header_in_an_unknown_file_is_said() -> None:
    data = changed(JPEG, 1, b"\0").replace(b"jumb", b"jxmb", 1)
    assert FOUND in codes(data)


def test_a_store_in_a_picture_with_bytes_in_front_of_it_is_found() -> None:
    assert remains(bytes(4) + JPEG) == [STORE]


@pytest.mark.parametrize(
    "data",
    [
        MP3.replace(b"application/c2pa", b"application-c2pa").replace(STORE, b"caBX" + STORE),
        build.mp4(build.box(b"free", b"caBX" + STORE)),
        build.riff(b"WAVE", build.riff_chunk(b"JUNK", b"JP\0\1\0\0\0\1" + STORE)),
    ],
    ids=["mp3", "mp4", "wav"],
)
def test_a_store_in_the_wrapping_of_a_picture_that_is_missing_is_found(data: bytes) -> None:
    """What is wrapped as in a picture is a picture's only where one begins before it."""
    assert FOUND in codes(data)


class TestFilesWithin:
    """What is wrapped as in another kind of file, which begins before it, is that file's."""

    @pytest.mark.parametrize(
        "other", [JPEG, PNG, MP4, WAV, MP3], ids=["jpeg", "png", "mp4", "wav", "mp3"]
    )
    def test_files_in_an_unknown_archive_keep_their_own_stores(self, other: bytes) -> None:
        data = b"an archive".ljust(512, b"\0") + other
        assert scanned(data).family == "unknown"
        assert codes(data) == []

    @pytest.mark.parametrize("other", [JPEG, PNG], ids=["jpeg", "png"])
    def test_a_picture_in_a_truncated_sound_keeps_its_own_store(self, other: bytes) -> None:
        data = build.riff(b"WAVE", build.riff_chunk(b"data", other))[:-2]
        assert FOUND not in codes(data)

    def test_another_file_after_the_end_keeps_its_own_store(self) -> None:
        data = build.mp4() + b"\0\0\0\1" + JPEG
        assert FOUND not in codes(data)

    def test_a_text_about_stores_has_none(self) -> None:
        found = scanned(b"a text about jumb, jumd and c2pa\n" * 40)
        assert (found.findings, found.remains) == ((), ())
