"""The caller's side of looking for watermarks: a worker is asked, carrier by carrier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.errors import reason_of
from provenance.base.values import dataclass
from provenance.marks import wire
from provenance.sandbox import frames
from provenance.sandbox.worker import Worker

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_SERVICE = "provenance.marks.decoding_worker:main"
_AFTER = 500  # requests, after which a worker is replaced, so that nothing can pile up in one
_PATIENCE = 5.0  # seconds for a worker that has closed its line to end by itself
_SIGNALS = {
    "SIGABRT": "it aborted",
    "SIGKILL": "it was killed",
    "SIGSEGV": "it crashed",
    "SIGXCPU": "it used up its time",
}
# One thread a library, and nothing fetched; a video leads FFmpeg to no other file.
_ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    **dict.fromkeys(("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"), "1"),
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "protocol_whitelist;none",
    "OPENCV_LOG_LEVEL": "SILENT",
}


@dataclass(frozen=True, slots=True)
class DecodingLimits:
    """What a worker may take: `memory` in bytes of address space, times in seconds a carrier.

    `memory` is raised to what the decoders say they need. Limits of memory and processor time hold
    on POSIX systems (macOS has none of address space); the wall-clock limit holds everywhere.
    """

    memory: int = 2048 << 20
    processor: int = 60
    wall_clock: float = 120.0


class WorkerError(Exception):
    """A worker ended without an answer; the message says how."""


class Decoding:
    """Decodes in a worker, which is started when it is first asked and again after it has ended.

    Not to be shared between threads. Use it as a context manager, or call `close`.
    """

    def __init__(self, limits: DecodingLimits) -> None:
        self.limits = limits
        self._worker = Worker(_SERVICE, _ENVIRONMENT)
        self._asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def ask(self, request: dict[str, Any], media: bytes, times: int = 1) -> wire.CarrierAnswer:
        """Send one request and return the answer. Raises WorkerError; the next one may be asked.

        A carrier of many pictures may take so many `times` as long as one.
        """
        if self._asked >= _AFTER or not self._worker.running:
            try:
                self._worker.start()
            except OSError as e:
                raise WorkerError(f"it could not be started: {reason_of(e)}") from e
            self._asked = 0
        self._asked += 1
        bounds = {"memory": self.limits.memory, "processor": self.limits.processor * times}
        broken = ""
        try:
            with self._worker.deadline(self.limits.wall_clock * times):
                self._worker.send(frames.packed(request | bounds), media)
                data = self._worker.receive(wire.MAX_ANSWER)
                if data is not None:
                    return wire.answer(data)
        except frames.FrameError as e:
            broken = str(e)
        except OSError:  # it is gone: it does not read
            pass
        raise WorkerError(self._why(broken, times))

    def _why(self, broken: str, times: int) -> str:
        """Make sure that the worker is gone, and say why."""
        ending = self._worker.ended(0.0 if broken else _PATIENCE)
        if ending.late:
            return f"it was stopped after {self.limits.wall_clock * times:g} seconds"
        if broken or ending.forced:
            return f"its answer was {broken or 'not given'}"
        if ending.signal:
            return _SIGNALS.get(ending.signal, f"it was ended by {ending.signal}")
        return f"it ended without an answer (code {ending.code})"

    def close(self) -> None:
        """End the worker, if there is one."""
        self._worker.close()
