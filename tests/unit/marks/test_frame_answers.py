"""One answer for all frames of a video: the best one counts, and every frame is a trial."""

from __future__ import annotations

from provenance.base.terms import Origin
from provenance.marks.decoder import WatermarkResult, WatermarkStatus
from provenance.marks.frame_answers import together

S = WatermarkStatus


def found(bound: float, *, decoder: str = "dwtdct") -> WatermarkResult:
    return WatermarkResult(
        decoder,
        S.DETECTED,
        "SDXL",
        payload="ff",
        bits=48,
        matched=46,
        tried=20,
        bound=bound,
        origin=Origin.AI_GENERATED,
        vendor="V",
        product="P",
        reason="read as float",
    )


def other(status: S, reason: str = "", decoder: str = "dwtdct") -> WatermarkResult:
    return WatermarkResult(decoder, status, reason=reason, tried=20, bound=0.5)


def test_the_surest_frame_counts_and_the_bound_counts_every_frame() -> None:
    (made,) = together([(0.5, [found(1e-9)]), (1.5, [found(1e-12)]), (2.5, [other(S.REFUSED)])])
    assert made.status is S.DETECTED
    assert (made.bound, made.tried) == (3e-12, 60)
    assert made.reason == "read as float; in 2 of 3 frames, best at 1.50 s"
    assert made.product == "P"


def test_a_decode_that_many_frames_bring_close_to_chance_is_none() -> None:
    assert together([(0.0, [found(9e-7)])])[0].status is S.DETECTED
    (made,) = together([(0.0, [found(9e-7)]), (1.0, [other(S.NOT_DETECTED)])])
    assert made.status is S.NOT_DETECTED
    assert (made.payload, made.origin, made.vendor, made.product) == ("", None, "", "")


def test_a_frame_that_was_looked_at_is_worth_more_than_one_that_was_not() -> None:
    frames = [(0.0, [other(S.REFUSED, "flat")]), (1.0, [other(S.NOT_DETECTED)])]
    assert together(frames)[0].status is S.NOT_DETECTED
    (made,) = together(frames[:1])
    assert (made.status, made.reason) == (S.REFUSED, "flat")
    (made,) = together([(0.0, [other(S.UNDECIDED, "a yes")]), *frames])
    assert made.reason == "a yes; in 1 of 3 frames, best at 0.00 s"


def test_decoders_keep_their_order_and_fingerprints_of_frames_are_left_out() -> None:
    frames = [
        (0.0, [other(S.NOT_DETECTED), other(S.COMPUTED, decoder="iscc")]),
        (1.0, [other(S.TEXT, "words", "stealth"), other(S.NOT_DETECTED)]),
    ]
    assert [one.decoder for one in together(frames)] == ["dwtdct", "stealth"]
    assert together([]) == ()
