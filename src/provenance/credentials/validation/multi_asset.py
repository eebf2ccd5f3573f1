"""The multi-asset hash, `c2pa.hash.multi-asset` (C2PA 2.4, 15.12.4 and 18.9).

Asked where the hard binding does not match: parts that are declared as optional may have been
taken away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.values import dataclass
from provenance.credentials.validation.bmff_boxes import Boxes, exclusions
from provenance.credentials.validation.byte_source import SourcePart, is_count
from provenance.credentials.validation.outcome import BindingOutcome, BindingResult, Malformed

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.credentials.validation.byte_source import ByteSource, Range

_SECTION = "15.12.4"
_MATCH, _MISMATCH, _MALFORMED, _MISSING = (
    f"assertion.multiAssetHash.{end}" for end in ("match", "mismatch", "malformed", "missingPart")
)
MAX_PARTS = 1_000


@dataclass(frozen=True, slots=True)
class _Located:
    """One part that is there: its bytes, whether it is cut short, and its hash assertion."""

    own: Range
    short: bool
    assertion: str
    inner: bool = False


def multi_asset_outcome(
    where: str, content: Any, source: ByteSource, part: Callable[[str, SourcePart], BindingOutcome]
) -> BindingOutcome:
    """Check the parts of a file; `part` checks one by the label of its hash assertion.

    Raises Malformed.
    """
    parts = content.get("parts") if isinstance(content, dict) else None
    if not isinstance(parts, list | tuple) or not parts or len(parts) > MAX_PARTS:
        raise _malformed("the multi-asset hash has no parts")
    located: list[_Located] = []
    gone = 0
    for entry in parts:
        place = _locate(entry, source)
        if place is not None:
            located.append(place)
        elif entry.get("optional") is True:
            gone += 1
        else:
            message = "a part that was signed and is not optional is missing"
            return BindingOutcome(where, BindingResult.MISMATCH, _MISSING, _SECTION, message)
    _check_cover(located, source)
    worst: BindingOutcome | None = None
    for place in located:
        start, end = place.own
        outcome = part(place.assertion, SourcePart(source, start, end - start))
        if place.short or outcome.result is BindingResult.MISMATCH:
            message = f"a part of the file does not match: {outcome.message}"
            return BindingOutcome(where, BindingResult.MISMATCH, _MISMATCH, _SECTION, message)
        if outcome.result is not BindingResult.MATCH:
            worst = worst or outcome
    if worst is not None:
        return BindingOutcome(
            where, worst.result, worst.code, worst.section, worst.message, worst.left_out
        )
    message = (
        f"every part matches; {gone} optional parts were taken away"
        if gone
        else ("every part matches")
    )
    return BindingOutcome(where, BindingResult.MATCH, _MATCH, _SECTION, message)


def _malformed(message: str) -> Malformed:
    return Malformed(_MALFORMED, _SECTION, message)


def _locate(part: Any, source: ByteSource) -> _Located | None:
    """Find one part; None where it is not there. Raises Malformed."""
    place = part.get("location") if isinstance(part, dict) else None
    uri = part.get("hashAssertion") if isinstance(part, dict) else None
    url = uri.get("url") if isinstance(uri, dict) else uri
    if not isinstance(place, dict) or not isinstance(url, str):
        raise _malformed("a part has no place or no hash")
    label = url.rpartition("/")[2]
    if isinstance(path := place.get("bmffBox"), str):
        boxes = Boxes(source).matching(exclusions([{"xpath": path}])[0])
        if not boxes:
            if part.get("optional") is True:
                return None
            raise _malformed("a part is in a box that is not there")
        return _Located((boxes[0].body, boxes[0].end), False, label, inner=True)
    start, length = place.get("byteOffset"), place.get("length")
    if not is_count(start) or not is_count(length) or start < 0 or length < 0:
        raise _malformed("a part has a place that is none")
    if start >= source.size:
        return None
    return _Located((start, min(start + length, source.size)), start + length > source.size, label)


def _check_cover(located: list[_Located], source: ByteSource) -> None:
    """The parts are side by side and cover every byte; a box within the primary part lies in it."""
    at = 0
    for part in sorted((p for p in located if not p.inner), key=lambda p: p.own):
        if part.own[0] != at:
            raise _malformed("the parts overlap, or do not cover the whole file")
        at = part.own[1]
    inner = sum(p.own[1] - p.own[0] for p in located if p.inner)
    if at != source.size or inner > source.size:
        raise _malformed("the parts overlap, or do not cover the whole file")
