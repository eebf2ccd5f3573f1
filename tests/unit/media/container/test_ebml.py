import pytest
from unit.media.container import build_metadata as made
from unit.media.container.checks import codes, places, scanned

from provenance.media.asset import Asset
from provenance.media.container import BlockKind, scan_container
from provenance.media.container.bounds import MAX_TEXT_SAMPLES
from provenance.media.metadata import read_metadata

TAGS = made.tags(made.simple_tag("A", "b"))
INFO = made.element(0x1549A966, made.element(0x5741, b"program"))
CLUSTER = made.cluster()


@pytest.mark.parametrize("doctype", [b"webm", b"matroska"])
def test_matroska_and_webm_are_recognised(doctype):
    found = scanned(made.matroska(INFO, CLUSTER, doctype=doctype))
    media_type = "video/webm" if doctype == b"webm" else "video/x-matroska"
    assert (found.media_type, found.family, found.can_carry) == (media_type, "ebml", False)


@pytest.mark.parametrize(
    "parts",
    [
        (INFO, TAGS, CLUSTER),
        (INFO, CLUSTER, CLUSTER, TAGS),
        (INFO, CLUSTER, made.cluster(unknown=True), TAGS),
        (INFO, made.cluster(unknown=True), made.cluster(unknown=True), TAGS),
    ],
)
def test_tags_of_matroska_are_found_anywhere(parts):
    data = made.matroska(*parts)
    assert places(data) == ["Segment.Info", "Segment.Tags"]
    assert codes(data) == []


def test_a_seek_head_spares_the_clusters():
    at = made.SEEK_HEAD + len(CLUSTER) * 9_990
    data = made.matroska(made.seek_head(0x1254C367, at), CLUSTER * 9_990, TAGS, TAGS)
    assert places(data) == ["Segment.Tags", "Segment.Tags"]  # also what no seek head names
    assert codes(data) == []


def test_a_seek_head_that_lies_hides_no_tags():
    data = made.matroska(made.seek_head(0x1254C367, 60), CLUSTER, CLUSTER, TAGS)
    assert places(data) == ["Segment.Tags"]
    assert codes(data) == ["container.truncated"]


def test_damage_to_matroska_is_said_and_its_tags_still_read():
    data = made.matroska(INFO, CLUSTER, TAGS)
    assert set(codes(data[:-4])) == {"container.truncated"}
    assert codes(made.matroska(b"\0\0\0")) == ["container.truncated"]
    assert codes(data[:15]) == ["container.truncated"]
    assert codes(made.matroska(b"\xec\x80" * 11_000)) == ["container.limit"]
    assert scanned(data[:-4]).blocks_of(BlockKind.EBML)


def track(number, kind, name=b"", first=b""):
    """A track entry; `kind` 17 are subtitles."""
    parts = made.element(0xD7, bytes([number])) + made.element(0x83, bytes([kind]))
    return made.element(0xAE, first + parts + (made.element(0x536E, name) if name else b""))


def tracks(*entries):
    return made.element(0x1654AE6B, b"".join(entries))


def line(text, number=2, *, group=False):
    block = bytes([0x80 | number]) + b"\0\0\0" + text
    return made.element(0xA0, made.element(0xA1, block)) if group else made.element(0xA3, block)


def lines(*blocks):
    return made.element(0x1F43B675, made.element(0xE7, b"\0") + b"".join(blocks))


def fields(data):
    with Asset.from_bytes(data) as asset:
        return [(f.key, f.value) for f in read_metadata(asset, scan_container(asset)).fields]


VIDEO, SUBTITLES = track(1, 1, b"main"), track(2, 17, b"English")
PICTURE = line(bytes(40), 1)


def test_names_of_tracks_are_read():
    assert fields(made.matroska(tracks(VIDEO, SUBTITLES))) == [
        ("Name", "main"),
        ("Name", "English"),
    ]


@pytest.mark.parametrize("group", [False, True])
def test_the_first_lines_of_subtitles_are_read(group):
    some = [line(b"line %d" % n, group=group) for n in range(20)]
    clusters = lines(PICTURE) + lines(PICTURE, some[0]) + lines(*some[1:])
    data = made.matroska(tracks(track(1, 1), track(2, 17)), clusters, TAGS)
    found = fields(data)
    assert found[:-1] == [("text", f"line {n}") for n in range(MAX_TEXT_SAMPLES)]
    assert found[-1] == ("A", "b")
    assert codes(data) == []


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (b'0,0,Default,,0,0,0,,{"seed": 1}', '{"seed": 1}'),
        (b"12,0,Top,Fox,10,10,20,Karaoke,Hello, you", "Hello, you"),
        (b"1, 2, 3, 4, 5, 6, 7, 8, done", "1, 2, 3, 4, 5, 6, 7, 8, done"),
    ],
)
def test_styled_lines_of_subtitles_begin_after_their_fields(stored, shown):
    data = made.matroska(tracks(VIDEO, SUBTITLES), lines(line(stored)))
    assert ("text", shown) in fields(data)


def test_a_seek_head_does_not_hide_lines_of_subtitles():
    body = tracks(track(1, 1), track(2, 17)) + lines(PICTURE, line(b"first"))
    data = made.matroska(made.seek_head(0x1254C367, made.SEEK_HEAD + len(body)), body, TAGS)
    assert sorted(fields(data)) == [("A", "b"), ("text", "first")]


def test_without_subtitles_no_block_of_matroska_is_looked_at():
    data = made.matroska(tracks(VIDEO), lines(line(b"not text", 2)))
    assert places(data) == ["Segment.Tracks"]


def test_lines_of_subtitles_are_looked_for_up_to_a_bound():
    data = made.matroska(tracks(track(2, 17)), lines(*[PICTURE] * 3_000, line(b"late")), TAGS)
    assert fields(data) == [("A", "b")]
    assert codes(data) == []


@pytest.mark.parametrize("broken", [b"\0", b"\x80", b"\x40", line(b"")])
def test_blocks_of_matroska_that_cannot_be_are_passed_over(broken):
    block = made.element(0xA3, broken)
    assert ("text", "first") in fields(
        made.matroska(tracks(track(2, 17)), lines(block, line(b"first")))
    )


def test_matroska_cut_anywhere_is_scanned():
    data = made.matroska(tracks(VIDEO, SUBTITLES), lines(PICTURE, line(b"first")), TAGS)
    for end in range(len(data)):
        fields(data[:end])
