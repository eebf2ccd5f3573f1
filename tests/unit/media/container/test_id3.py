import zlib

from support.each import each
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned, xmp

STORE = build.store(300)
STUFFED = build.box(  # bytes that unsynchronisation changes
    b"jumb",
    build.box(b"jumd", build.STORE_TYPE + b"\x03c2pa\0")
    + build.box(b"free", b"\xff\0\xff\xe0" * 9),
)


@each("major", [3, 4])
@each("encoding", [0, 1, 3])
@each("mime", [b"application/c2pa", b"application/x-c2pa-manifest-store"])
def test_a_store_in_an_id3_frame_is_found(major, encoding, mime):
    frames = build.frame(b"TIT2", b"\3title", major=major) + build.frame(
        b"GEOB", build.geob(STORE, mime=mime, encoding=encoding), major=major
    )
    data = build.mp3(frames, major=major)
    assert scanned(data).media_type == "audio/mpeg"
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_other_objects_of_id3_are_left_alone():
    assert loaded(build.mp3(build.frame(b"GEOB", build.geob(STORE, mime=b"image/png")))) == []


def test_xmp_in_a_private_frame_of_id3_is_found():
    assert xmp(build.mp3(build.frame(b"PRIV", b"XMP\0" + build.PACKET))) == [build.PACKET]
    assert xmp(build.mp3(build.frame(b"PRIV", b"other\0" + build.PACKET))) == []


def test_a_store_in_a_tag_unsynchronised_as_a_whole_is_found():
    frames = build.frame(b"GEOB", build.geob(STUFFED), major=3)
    assert loaded(build.mp3(frames, major=3, flags=0x80)) == [STUFFED]


def test_a_store_in_a_frame_unsynchronised_by_itself_is_found():
    body = build.geob(STUFFED).replace(b"\xff", b"\xff\0")
    length = build.syncsafe(len(build.geob(STUFFED)))
    frames = build.frame(b"GEOB", length + body, flags=0x03)
    assert loaded(build.mp3(frames, flags=0x80)) == [STUFFED]


def test_sizes_of_id3_that_are_not_syncsafe_are_understood():
    body = build.geob(build.store(180))
    frames = b"GEOB" + len(body).to_bytes(4, "big") + b"\0\0" + body
    assert len(body) & 0x80
    assert loaded(build.mp3(frames)) == [build.store(180)]


def test_a_compressed_frame_of_id3_leaves_it_open_whether_there_is_a_store():
    packed = zlib.compress(build.geob(STORE))
    frames = build.frame(b"GEOB", bytes(4) + packed, flags=0x09)
    assert codes(build.mp3(frames)) == ["container.credential_not_located"]


def test_two_stores_in_id3_are_said():
    frames = build.frame(b"GEOB", build.geob(STORE)) * 2
    assert codes(build.mp3(frames)) == ["credential.multiple_stores"]


def test_a_frame_longer_than_its_tag_is_truncated():
    frames = build.frame(b"GEOB", build.geob(STORE))
    data = build.mp3(frames[:4] + build.syncsafe(100_000) + frames[8:])
    assert "container.truncated" in codes(data)
    assert loaded(data) == [STORE]


def test_an_object_without_an_end_of_its_names_is_truncated():
    frames = build.frame(b"GEOB", b"\0application/c2pa\0name")
    assert codes(build.mp3(frames)) == ["container.truncated"]


def test_mpeg_audio_without_a_tag_is_recognised():
    assert scanned(build.mp3()).media_type == "audio/mpeg"
    assert scanned(b"\xff\xfb\x90\x00" + bytes(600)).family == "unknown"  # no second frame
    assert scanned("text".encode("utf-16")).family == "text"


def test_frames_of_id3_beyond_the_bound_are_said():
    assert codes(build.mp3(build.frame(b"TIT2", b"") * 5_000)) == ["container.limit"]
