"""Frames of a video, spread over its length. Runs in the worker only: OpenCV's FFmpeg decodes.

Which frames are looked at follows from the file alone, not from how long they take.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from provenance.base import installed
from provenance.marks.carrier import CarrierError, Picture

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAMES = 6  # that are looked at, at most
PIXELS = 1 << 23  # of all of them, so that large ones are fewer: four in 1080p, one in 4K
MAX_PIXELS = 1 << 25  # of a frame, 8K: a decoder keeps up to 17 of them
_STEP = 12  # frames from one to the next, counted from the start
_LIMIT = 1 << 24  # frames: 77 hours


class Frames:
    """Decodes a video; iterate once. Raises CarrierError, also where no frame can be decoded."""

    def __init__(self, data: bytes) -> None:
        try:
            import cv2  # noqa: PLC0415 - only in the worker
        except ImportError as e:
            what = f"frames of videos need OpenCV: {installed.bring_extra('video')}"
            raise CarrierError(what) from e
        self._cv2: Any = cv2
        self._data = data
        self._capture, pixels = self._open()
        self._wanted = max(1, min(FRAMES, PIXELS // pixels))
        said = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self._said = int(said) if 0 < said <= _LIMIT else 0  # not a number is neither
        self._times: set[int] = set()
        self.seen = ""
        """What part of the video was looked at, once all frames have been taken."""

    def __iter__(self) -> Iterator[Picture]:
        """Yield frames at even distances; from the start where it has fewer than it says."""
        try:
            parts = range(1, 2 * self._wanted, 2)
            wanted = sorted({n * self._said // (2 * self._wanted) for n in parts})
            for at in wanted if self._said else ():
                self._capture.set(self._cv2.CAP_PROP_POS_FRAMES, at)
                yield from self._next()
            if not self._said or len(self._times) < len(wanted):
                self._said = 0
                yield from self._forward()
        except self._cv2.error as e:
            raise CarrierError(f"its frames cannot be decoded ({type(e).__name__})") from e
        if not self._times:
            raise CarrierError("none of its frames can be decoded")
        count = len(self._times)
        self.seen = f"{count} of {self._said} frames" if self._said else f"{count} of its frames"

    def _open(self) -> tuple[Any, int]:
        """Return a new reader of the video, and how many pixels a frame has."""
        cv2 = self._cv2
        try:
            reader = cv2.VideoCapture(
                io.BytesIO(self._data), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1]
            )
        except cv2.error as e:
            raise CarrierError(f"it cannot be decoded as a video ({type(e).__name__})") from e
        if not reader.isOpened():
            raise CarrierError("it cannot be decoded as a video")
        reader.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)  # as stored, like a picture
        width, height = reader.get(cv2.CAP_PROP_FRAME_WIDTH), reader.get(cv2.CAP_PROP_FRAME_HEIGHT)
        if not 0 < width * height <= MAX_PIXELS:
            sides = f"{width:.0f} x {height:.0f} pixels"
            raise CarrierError(f"frames of {sides}, over the bound of {MAX_PIXELS}")
        return reader, int(width * height)

    def _forward(self) -> Iterator[Picture]:
        self._capture, _ = self._open()
        for n in range(self._wanted * _STEP):
            if len(self._times) >= self._wanted:
                return
            if n % _STEP == 0:
                yield from self._next()
            elif not self._capture.grab():
                return

    def _next(self) -> Iterator[Picture]:
        """Yield the next frame, where there is one that was not met before."""
        from PIL import Image  # noqa: PLC0415 - only in the worker

        there, frame = self._capture.read()
        at = self._capture.get(self._cv2.CAP_PROP_POS_MSEC)
        if not there or frame.ndim != 3 or frame.shape[0] * frame.shape[1] > MAX_PIXELS:
            return
        key = int(at) if abs(at) < 1 << 53 else -1
        if key not in self._times:
            self._times.add(key)
            yield Picture(Image.fromarray(frame[:, :, 2::-1].copy()), at=key / 1000)
