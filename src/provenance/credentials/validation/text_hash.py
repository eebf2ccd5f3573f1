"""The data hash of unstructured text (C2PA 2.4, 15.12.1.3 and A.8.6)."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import TYPE_CHECKING, Any

from provenance.credentials.validation.outcome import (
    ALTERED,
    Malformed,
    Outcome,
    Result,
    TooMuch,
    Unknown,
)
from provenance.credentials.validation.source import algorithm
from provenance.media.container import text
from provenance.media.container.bounds import MAX_TEXT_HASH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.validation.left_out import Layout
    from provenance.credentials.validation.source import Range, Source

_SECTION = "15.12.1.3.1"
_MATCH, _MISMATCH, _MALFORMED = (
    f"assertion.dataHash.{end}" for end in ("match", "mismatch", "malformed")
)


def applies(source: Source, layout: Layout) -> bool:
    """Tell whether the credential of a file is in a text wrapper, which has rules of its own."""
    if layout.family != "text" or not layout.extent:
        return False
    return text.is_wrapper(source.read(layout.extent[0][0], 64))


def normalised(data: bytes) -> bytes:
    """Return text in NFC as UTF-8, by which exclusions count (A.8.7.3). Raises ValueError."""
    return unicodedata.normalize("NFC", text.decoded(data)).encode()


def check(
    where: str,
    content: Any,
    source: Source,
    ranges: Sequence[Range],
    *,
    claim_algorithm: str,
    updated: bool = False,
) -> Outcome:
    """Check a data hash against text: what is left of it without the wrapper, in NFC and UTF-8.

    `ranges` are the exclusions, `updated` says that an update manifest made the wrapper grow.
    Raises Malformed, Unknown.
    """
    name = algorithm(content, claim=claim_algorithm)
    expected = content.get("hash")
    if not isinstance(expected, bytes):
        raise Malformed(_MISMATCH, _SECTION, "the data hash has no hash field")
    if source.size > MAX_TEXT_HASH:
        raise TooMuch(f"text of {source.size} bytes, over the limit of {MAX_TEXT_HASH}")
    try:
        whole = normalised(source.read(0, source.size))
    except ValueError as e:
        raise Unknown("the text is in no Unicode coding, so that it has no hash") from e
    found = {one.start: one.end for one in text.wrappers(whole)}
    own = [(start, found[start]) for start, end in ranges if _names(found, start, end, updated)]
    if not own or len(own) != len(ranges):
        message = "the ranges that the hash leaves out are not where the hidden credential is"
        return Outcome(where, Result.MISMATCH, _MALFORMED, _SECTION, message)
    kept, at = [], 0
    for start, end in own:
        kept.append(whole[at:start])
        at = end
    left = b"".join((*kept, whole[at:])).decode()
    digest = hashlib.new(name, unicodedata.normalize("NFC", left).encode()).digest()
    if digest != expected:
        return Outcome(where, Result.MISMATCH, _MISMATCH, _SECTION, ALTERED)
    message = "the text has the hash that was signed"
    return Outcome(where, Result.MATCH, _MATCH, _SECTION, message)


def _names(found: dict[int, int], start: int, end: int, updated: bool) -> bool:
    return start in found and (updated or found[start] == end)
