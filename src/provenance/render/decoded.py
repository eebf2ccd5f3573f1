"""The lines of the text format about watermarks that were looked for, and about what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.text import URL_LIMIT, clean
from provenance.marks.decoder import WatermarkResult, WatermarkStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.base.finding import Finding
    from provenance.render.vocabulary import Line

_MAX_LINES = 24
_REFUSED = "watermark.refused"  # which the decoder's own line says
_WORDS = {
    WatermarkStatus.DETECTED: "decoded",
    WatermarkStatus.TEXT: "hidden text",
    WatermarkStatus.NOT_DETECTED: "not detected",
    WatermarkStatus.UNDECIDED: "undecided",
    WatermarkStatus.REFUSED: "not looked for",
    WatermarkStatus.COMPUTED: "computed",
    WatermarkStatus.FAILED: "failed",
}


def decoded_mark_lines(
    results: Sequence[WatermarkResult], findings: Sequence[Finding]
) -> Iterator[Line]:
    """Yield a line for each decoder's answer, then what was not looked at.

    What was not detected may still be there.
    """
    for result, text in zip(results, texts(results), strict=False):
        style = "bad" if result.status is WatermarkStatus.DETECTED else ""
        yield (("dim", "  watermark  "), (style, text))
    if len(results) > _MAX_LINES:
        more = f"             and {len(results) - _MAX_LINES} more with --format json"
        yield (("dim", more),)
    for finding in findings:
        note = finding.severity == "note" and finding.code.startswith("watermark.")
        if note and finding.code != _REFUSED:  # warnings are listed with those of other kinds
            yield (("dim", "  watermark  "), ("", clean(finding.message, URL_LIMIT)))


def texts(results: Sequence[WatermarkResult]) -> Iterator[str]:
    """Yield what the first decoders answered, in words."""
    for result in results[:_MAX_LINES]:
        yield clean(_line(result), URL_LIMIT)


def _line(result: WatermarkResult) -> str:
    parts = [_WORDS[result.status]]
    if result.status is WatermarkStatus.DETECTED:
        parts = [f"{result.product or result.message or 'a mark'} {_WORDS[result.status]}"]
    if result.bits and result.threshold:
        parts.append(f"{result.matched} of {result.bits} bits, {result.threshold} needed")
    elif result.bits and result.status is WatermarkStatus.DETECTED:
        parts.append(f"{result.matched} of {result.bits} bits")
    if result.status is WatermarkStatus.DETECTED and result.bound is not None:
        parts.append(f"false-positive bound {result.bound:.1e}")
    if result.status is not WatermarkStatus.NOT_DETECTED:
        parts += [p for p in (result.payload, result.reason) if p]
    return f"{result.decoder}: {', '.join(parts)}"
