import pytest
from unit.media.container import build_metadata as made
from unit.media.container.checks import codes, places, scanned

from provenance.media.container import BlockKind

TAGS = made.tags(made.simple_tag("A", "b"))
INFO = made.element(0x1549A966, made.element(0x5741, b"program"))
CLUSTER = made.cluster()


@pytest.mark.parametrize("doctype", [b"webm", b"matroska"])
def test_recognised(doctype):
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
def test_tags_anywhere(parts):
    data = made.matroska(*parts)
    assert places(data) == ["Segment.Info", "Segment.Tags"]
    assert codes(data) == []


def test_a_seek_head_spares_the_clusters():
    at = made.SEEK_HEAD + len(CLUSTER) * 9_990
    data = made.matroska(made.seek_head(0x1254C367, at), CLUSTER * 9_990, TAGS, TAGS)
    assert places(data) == ["Segment.Tags", "Segment.Tags"]  # also what no seek head names
    assert codes(data) == []


def test_a_seek_head_that_lies():
    data = made.matroska(made.seek_head(0x1254C367, 60), CLUSTER, CLUSTER, TAGS)
    assert places(data) == ["Segment.Tags"]
    assert codes(data) == ["container.truncated"]


def test_defects():
    data = made.matroska(INFO, CLUSTER, TAGS)
    assert set(codes(data[:-4])) == {"container.truncated"}
    assert codes(made.matroska(b"\0\0\0")) == ["container.truncated"]
    assert codes(data[:15]) == ["container.truncated"]
    assert codes(made.matroska(b"\xec\x80" * 11_000)) == ["container.limit"]
    assert scanned(data[:-4]).of(BlockKind.EBML)
