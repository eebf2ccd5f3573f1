"""What decoders say of the frames of one video, as one answer a decoder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.marks.decoder import GOAL, WatermarkResult, WatermarkStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

# The best answer counts: a mark in one frame is a mark, and a frame that was looked at is worth
# more than one that was not. A fingerprint of a frame is none of the video.
_ORDER = (
    WatermarkStatus.DETECTED,
    WatermarkStatus.TEXT,
    WatermarkStatus.UNDECIDED,
    WatermarkStatus.NOT_DETECTED,
    WatermarkStatus.FAILED,
    WatermarkStatus.REFUSED,
)
_SAID = frozenset(_ORDER[:3])


def together(
    frames: Sequence[tuple[float, Sequence[WatermarkResult]]],
) -> tuple[WatermarkResult, ...]:
    """Return one result for each decoder, in their order. `frames` are times and results of each.

    Every frame is a further trial: bounds are multiplied by their number, and a decode whose bound
    is then above the goal is none.
    """
    by_decoder: dict[str, list[tuple[float, WatermarkResult]]] = {}
    for at, results in frames:
        for result in results:
            if result.status in _ORDER:
                by_decoder.setdefault(result.decoder, []).append((at, _tried(result, len(frames))))
    return tuple(_best(answers, len(frames)) for answers in by_decoder.values())


def _tried(result: WatermarkResult, count: int) -> WatermarkResult:
    bound = result.bound if result.bound is None else min(1.0, result.bound * count)
    answer = replace(result, bound=bound, tried=result.tried * count)
    if answer.status is WatermarkStatus.DETECTED and bound is not None and bound > GOAL:
        why = f"too close to chance, with {count} frames looked at"
        answer = replace(answer, status=WatermarkStatus.NOT_DETECTED, payload="", reason=why)
        answer = replace(answer, origin=None, vendor="", product="")
    return answer


def _best(answers: Sequence[tuple[float, WatermarkResult]], count: int) -> WatermarkResult:
    def rank(answer: tuple[float, WatermarkResult]) -> tuple[int, float]:
        at, result = answer
        del at
        return _ORDER.index(result.status), 1.0 if result.bound is None else result.bound

    at, best = min(answers, key=rank)
    if best.status not in _SAID:
        return best
    same = {when for when, result in answers if result.status is best.status}
    where = f"in {len(same)} of {count} frames, best at {at:.2f} s"
    return replace(best, reason="; ".join(part for part in (best.reason, where) if part))
