"""The data hash, `c2pa.hash.data` (C2PA 2.4, 15.12.1 and 18.5)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from provenance.base.finding import Finding, note
from provenance.credentials.validation import left_out, text_hash
from provenance.credentials.validation.byte_source import Digest, algorithm, is_count, merged
from provenance.credentials.validation.outcome import (
    ALTERED,
    BindingOutcome,
    BindingResult,
    Malformed,
    ranges_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.validation.byte_source import ByteSource, Range
    from provenance.credentials.validation.left_out import FileLayout
    from provenance.media.hash_thread import Helper, Job

_SECTION = "15.12.1"
_MATCH, _MISMATCH, _MALFORMED = (
    f"assertion.dataHash.{end}" for end in ("match", "mismatch", "malformed")
)
MAX_EXCLUSIONS = 10_000


def data_hash_outcome(
    where: str,
    content: Any,
    source: ByteSource,
    place: FileLayout,
    *,
    claim_algorithm: str,
    updated: bool = False,
    begun: Job[bytes] | None = None,
) -> BindingOutcome:
    """Check one data hash against the bytes of `source`.

    `content` is the decoded assertion. `updated` says that an update manifest made the store grow
    since. `begun` is what `begin_data_hash` gave for the same. Raises Malformed.
    """
    if not isinstance(content, dict):
        raise Malformed(_MALFORMED, _SECTION, "the data hash is not a map")
    ranges = _ranges(content.get("exclusions"))
    if place.family == "text" and text_hash.applies(source, place):
        return text_hash.text_hash_outcome(
            where,
            content,
            source,
            ranges,
            place=place.extent[0][0] if place.extent else 0,
            claim_algorithm=claim_algorithm,
            updated=updated,
        )
    if updated:
        ranges = _adjusted(ranges, place)
    name = algorithm(content, claim=claim_algorithm)
    expected = content.get("hash")
    if not isinstance(expected, bytes):
        # 15.12.1.1 says mismatch, the schema malformed; nothing can be compared either way
        raise Malformed(_MISMATCH, _SECTION, "the data hash has no hash field")
    actual = begun.result() if begun is not None else _digest(source, name, ranges)
    if actual != expected:
        return BindingOutcome(where, BindingResult.MISMATCH, _MISMATCH, _SECTION, ALTERED)
    beyond = [r for r in ranges if r[1] > source.size]
    if beyond:
        message = f"an excluded range ends beyond the file: {_text(beyond)}"
        return BindingOutcome(
            where, BindingResult.MISMATCH, _MISMATCH, _SECTION, message, _pairs(beyond)
        )
    outcome = _outcome_of_match(where, source, ranges, place)
    if outcome.result is not BindingResult.MISMATCH:
        _check_order(ranges)
    return outcome


def begin_data_hash(
    content: Any,
    source: ByteSource,
    place: FileLayout,
    helper: Helper,
    *,
    claim_algorithm: str,
    updated: bool = False,
) -> Job[bytes] | None:
    """Begin to hash what `data_hash_outcome` will compare; None if unknown, or text."""
    if not isinstance(content, dict) or place.family == "text":
        return None
    try:
        ranges = _ranges(content.get("exclusions"))
        name = algorithm(content, claim=claim_algorithm)
    except Malformed:
        return None
    if updated:
        ranges = _adjusted(ranges, place)
    return helper.begin_job(lambda: _digest(source, name, ranges))


def _digest(source: ByteSource, name: str, ranges: Sequence[Range]) -> bytes:
    hasher = Digest(source, name)
    hasher.without(0, source.size, merged(ranges))
    return hasher.value()


def _outcome_of_match(
    where: str, source: ByteSource, ranges: Sequence[Range], place: FileLayout
) -> BindingOutcome:
    verdict = left_out.left_out_verdict(source, ranges, place)
    findings: tuple[Finding, ...] = ()
    if verdict.metadata:
        message = f"the hash leaves out metadata besides the credential: {_text(verdict.metadata)}"
        findings = (note("assertion.dataHash.additionalExclusionsPresent", message, where),)
    pairs = _pairs((*verdict.foreign, *verdict.metadata))
    if verdict.result is BindingResult.UNCHECKED:
        message = (
            "the hash matches, but the place of the credential in this file is not known, so that"
            " what it leaves out cannot be judged"
        )
        return BindingOutcome(where, BindingResult.UNCHECKED, "", _SECTION, message, pairs)
    if verdict.taken:
        message = (
            "the credential is longer than it was when the media was signed, and readers pass over"
            f" signed bytes: {_text(verdict.taken)}"
        )
        return BindingOutcome(
            where, BindingResult.MISMATCH, _MISMATCH, _SECTION, message, _pairs(verdict.taken)
        )
    if verdict.result is BindingResult.MISMATCH:
        message = (
            "the hash leaves out bytes that are not the credential and that anyone could have"
            f" exchanged: {_text(verdict.foreign)}"
        )
        return BindingOutcome(where, BindingResult.MISMATCH, _MISMATCH, _SECTION, message, pairs)
    if verdict.result is BindingResult.PARTIAL:
        message = (
            "the hash matches, but the range of the credential also leaves out metadata, which"
            f" C2PA 2.4 rejects: {_text(verdict.foreign)}"
        )
        return BindingOutcome(where, BindingResult.PARTIAL, _MISMATCH, _SECTION, message, pairs)
    message = "the media has the hash that was signed"
    return BindingOutcome(where, BindingResult.MATCH, _MATCH, _SECTION, message, pairs, findings)


def _ranges(value: Any) -> list[Range]:
    """Read the excluded ranges, in the order in which they are listed. Raises Malformed."""
    if value is None:
        return []
    if not isinstance(value, list | tuple) or len(value) > MAX_EXCLUSIONS:
        raise Malformed(_MALFORMED, _SECTION, "the data hash excludes what is not a list of ranges")
    ranges = []
    for entry in value:
        start = entry.get("start") if isinstance(entry, dict) else None
        length = entry.get("length") if isinstance(entry, dict) else None
        if not is_count(start) or not is_count(length) or start < 0 or length < 0:
            raise Malformed(_MALFORMED, _SECTION, "the data hash excludes what is not a range")
        ranges.append((start, start + length))
    return ranges


def _check_order(ranges: Sequence[Range]) -> None:
    for before, after in itertools.pairwise(ranges):
        if before[1] > after[0]:
            message = "the ranges that the data hash excludes overlap, or are out of order"
            raise Malformed(_MALFORMED, _SECTION, message)


def _adjusted(ranges: list[Range], place: FileLayout) -> list[Range]:
    """Let the range of the store be as long as the store is now, and move what follows."""
    extent = place.extent
    if not extent:
        return ranges
    own = [e for e in extent if place.family != "tiff" or e is extent[-1]]
    first, last = own[0][0], own[-1][1]
    adjusted: list[Range] = []
    shift = 0
    for start, end in ranges:
        if start <= first < max(end, start + 1) and not shift:
            shift = last - end
            adjusted.append((start, last))
        else:
            adjusted.append((start + shift, end + shift))
    return adjusted


def _pairs(ranges: Sequence[Range]) -> tuple[Range, ...]:
    return tuple((start, end - start) for start, end in ranges)


def _text(ranges: Sequence[Range]) -> str:
    return ranges_text(_pairs(ranges))
