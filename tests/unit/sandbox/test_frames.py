"""Parts are bounded and whole, or they are refused."""

from __future__ import annotations

import io

import pytest

from provenance.sandbox import frames


def test_frames_come_back_from_a_stream() -> None:
    stream = io.BytesIO()
    frames.send(stream, b"one", b"", frames.packed({"a": ["\xe9\ud800"]}))
    stream.seek(0)
    assert frames.receive(stream, 3) == b"one"
    assert frames.receive(stream, 0) == b""
    assert frames.unpacked(frames.receive(stream, 100) or b"") == {"a": ["\xe9\ud800"]}
    assert frames.receive(stream, 100) is None


def test_long_texts_go_through_frames_as_they_are() -> None:
    data = frames.packed_with(["a\n"], ['{"b":"\\u00e9"}', ""])
    assert data == b'["a\\n"]\n{"b":"\\u00e9"}\n'
    assert frames.unpacked_with(data) == (["a\n"], ['{"b":"\\u00e9"}', ""])
    assert frames.unpacked_with(frames.packed([1])) == ([1], [])
    with pytest.raises(frames.FrameError, match=r"^not ASCII$"):
        frames.unpacked_with(b"[]\n\xe9")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\0\0\0", "cut off in its length"),
        (b"\0" * 7 + b"\x05abc", "cut off"),
        (b"\0" * 7 + b"\x65" + b"a" * 101, "too long"),
        (b"\xff" * 8, "too long"),
    ],
)
def test_a_frame_that_is_not_whole_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(frames.FrameError, match=f"^{says}$"):
        frames.receive(io.BytesIO(data), 100)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_frame_that_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(frames.FrameError, match=r"^not JSON$"):
        frames.unpacked(data)
