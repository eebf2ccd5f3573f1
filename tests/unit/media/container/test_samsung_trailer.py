import pytest
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.media.container.checks import codes, loaded, places

from provenance.media.container import BlockKind

TRAILER = made.sef({"PhotoEditor_Re_Edit_Data": b"{}", "Video": bytes(100)})


@pytest.mark.parametrize("front", [build.jpeg(), build.png(), build.heic(build.PACKET)])
def test_the_trailer_of_samsung_is_found_from_the_end(front):
    assert loaded(front + TRAILER, BlockKind.TRAILER) == [TRAILER]


def test_a_video_may_come_before_the_trailer_of_samsung():
    data = build.jpeg() + bytes(5_000) + TRAILER
    assert loaded(data, BlockKind.TRAILER) == [TRAILER]
    assert codes(data) == []


def test_a_file_without_samsungs_trailer_at_its_end_has_none():
    assert places(build.jpeg() + TRAILER + b"x") == []
    assert places(build.jpeg()) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (build.jpeg() + b"\0\0\0\0SEFT", "container.truncated"),
        (build.jpeg() + b"\xff\xff\xff\xffSEFT", "container.truncated"),
        (build.jpeg() + TRAILER[-44:], "container.truncated"),
        (build.jpeg() + made.sef({str(i): b"" for i in range(300)}), "container.limit"),
    ],
)
def test_a_damaged_trailer_of_samsung_is_said(data, code):
    assert code in codes(data)
