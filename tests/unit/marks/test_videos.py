"""Frames of videos: spread over the length, bounded, and what broken ones lead to."""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.recordings import m4a, video
from support.textures import texture

from provenance.marks import videos
from provenance.marks.carrier import CarrierError

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("cv2", reason="needs the extra video")


def moving(count: int, height: int = 64, width: int = 96) -> list[np.ndarray]:
    base = texture(0, height, width)
    return [np.roll(base, 3 * n, axis=1) for n in range(count)]


@pytest.mark.parametrize(("code", "name"), [("VP80", "a.webm"), ("mp4v", "a.mp4")])
def test_frames_are_spread_over_the_video(tmp_path: Path, code: str, name: str) -> None:
    frames = videos.Frames(video(tmp_path / name, moving(48), code))
    found = list(frames)
    assert [round(one.at * 24) for one in found if one.at is not None] == [4, 12, 20, 28, 36, 44]
    assert frames.seen == "6 of 48 frames"
    assert [one for one in found if (one.width, one.height) != (96, 64)] == []
    shown = found[1].rgb.astype(int)
    assert np.abs(shown - moving(48)[12]).mean() < 12  # the colours in their order


def test_large_frames_are_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = video(tmp_path / "a.webm", moving(48))
    for pixels, count in ((96 * 64 * 9, 6), (96 * 64 * 2, 2), (96 * 64 * 2 - 1, 1), (1, 1)):
        monkeypatch.setattr(videos, "PIXELS", pixels)
        frames = videos.Frames(data)
        assert len(list(frames)) == count
        assert frames.seen == f"{count} of 48 frames"


def test_a_short_video_is_looked_at_whole(tmp_path: Path) -> None:
    frames = videos.Frames(video(tmp_path / "a.webm", moving(3)))
    assert len(list(frames)) == 3
    assert frames.seen == "3 of 3 frames"


def test_a_video_that_says_more_than_it_has_is_read_from_its_start(tmp_path: Path) -> None:
    """The duration of a WebM is a float of eight bytes that anyone can write."""
    data = bytearray(video(tmp_path / "a.webm", moving(40)))
    at = data.index(b"\x44\x89\x88") + 3
    data[at : at + 8] = struct.pack(">d", 3_600_000.0)
    frames = videos.Frames(bytes(data))
    found = [one.at for one in frames]
    assert found[:4] == [0.0, 0.5, 1.0, 1.5]
    assert frames.seen == f"{len(found)} of its frames"
    data[at : at + 8] = struct.pack(">d", float("nan"))
    assert len(list(videos.Frames(bytes(data)))) >= 4


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    whole = video(tmp_path / "a.mp4", moving(24), "mp4v")
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n"
    for data in (
        b"",
        b"junk" * 40,
        whole[:200],
        m4a(4),
        playlist % str(tmp_path / "a.mp4").encode(),
    ):
        with pytest.raises(CarrierError, match=r"cannot be decoded|over the bound"):
            list(videos.Frames(data))


def test_a_frame_over_the_bound_is_refused_by_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = video(tmp_path / "a.webm", moving(3))
    monkeypatch.setattr(videos, "MAX_PIXELS", 96 * 64 - 1)
    with pytest.raises(CarrierError, match="frames of 96 x 64 pixels, over the bound of 6143"):
        videos.Frames(data)


def test_broken_videos_do_no_harm(tmp_path: Path) -> None:
    whole = video(tmp_path / "a.webm", moving(24))
    rng = np.random.default_rng(3)
    for n in range(24):
        data = bytearray(whole[: rng.integers(64, len(whole))] if n % 2 else whole)
        for place in rng.integers(0, len(data), 9):
            data[place] = rng.integers(0, 256)
        try:
            assert len(list(videos.Frames(bytes(data)))) <= videos.FRAMES
        except CarrierError:
            continue


def test_a_video_without_opencv_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(CarrierError, match=r"pip install 'provenance-verifier\[video\]'"):
        videos.Frames(b"")
