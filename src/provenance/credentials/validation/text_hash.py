"""The data hash of unstructured text (C2PA 2.4, 15.12.1.3 and A.8.6)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

from provenance.credentials.manifest import HASHES
from provenance.credentials.validation.byte_source import algorithm
from provenance.credentials.validation.outcome import (
    ALTERED,
    BindingOutcome,
    BindingResult,
    Malformed,
    TooMuch,
    Unknown,
)
from provenance.media.container import text
from provenance.media.container.bounds import MAX_TEXT_HASH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.validation.byte_source import ByteSource, Range
    from provenance.credentials.validation.left_out import FileLayout

_SECTION = "15.12.1.3.1"
_MAX_MARKS = 30  # UAX #15, 13: no language has more; the time to sort them grows with their square
_MATCH, _MISMATCH, _MALFORMED = (
    f"assertion.dataHash.{end}" for end in ("match", "mismatch", "malformed")
)


def applies(source: ByteSource, layout: FileLayout) -> bool:
    """Tell whether the credential of a file is in a text wrapper, which has rules of its own."""
    if layout.family != "text" or not layout.extent:
        return False
    return text.is_wrapper(source.read(layout.extent[0][0], 64))


def normalised(data: bytes) -> bytes:
    """Return text in NFC as UTF-8, by which exclusions count (A.8.7.3). Raises ValueError."""
    return data if data.isascii() else _composed(text.decoded(data))


def _composed(letters: str) -> bytes:
    return unicodedata.normalize("NFC", letters).encode()


def _sortable(letters: str) -> bool:
    """Tell whether no letter has so many marks that to put them in order takes too long."""
    if letters.isascii():
        return True
    rough, exact = _marks()
    return not any(
        any(map(unicodedata.combining, set(run[0]))) and exact.search(run[0])
        for run in rough.finditer(letters)
    )


@cache
def _marks() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return expressions for too many marks: a fast one, which takes what is rare for marks too."""
    marks = [chr(n) for n in range(0x300, 0x20000) if unicodedata.combining(chr(n))]
    rough = "".join(c for c in marks if c < "\U00010000") + "\U00010000-\U0001ffff"
    more = f"{{{_MAX_MARKS},}}"
    return tuple(re.compile(f"[{c}][{c}]{more}") for c in (rough, "".join(marks)))  # type: ignore[return-value]  # two of them


def text_hash_outcome(
    where: str,
    content: Any,
    source: ByteSource,
    ranges: Sequence[Range],
    *,
    place: int,
    claim_algorithm: str,
    updated: bool = False,
) -> BindingOutcome:
    """Check a data hash against text: what is left of it without the wrapper, in NFC and UTF-8.

    `ranges` are the exclusions, `place` is where the file has the wrapper with this credential,
    `updated` says that an update manifest made the wrapper grow. No other wrapper may be left out:
    anyone could exchange what is in it. Raises Malformed, Unknown, TooMuch.
    """
    name = algorithm(content, claim=claim_algorithm)
    expected = content.get("hash")
    if not isinstance(expected, bytes):
        raise Malformed(_MISMATCH, _SECTION, "the data hash has no hash field")
    if source.size > MAX_TEXT_HASH:
        raise TooMuch(f"text of {source.size} bytes, over the limit of {MAX_TEXT_HASH}")
    try:
        data = source.read(0, source.size)
        letters = text.decoded(data)
        if not _sortable(letters):
            raise TooMuch(f"text with more than {_MAX_MARKS} marks on one letter")
        whole = _composed(letters)
        start = len(normalised(data[:place]))
    except ValueError as e:
        raise Unknown("the text is in no Unicode coding, so that it has no hash") from e
    end = next((wrapper.end for wrapper in text.wrappers(whole) if wrapper.start == start), None)
    if end is None or [(first, end if updated else last) for first, last in ranges] != [
        (start, end)
    ]:
        message = "the ranges that the hash leaves out are not where the hidden credential is"
        return BindingOutcome(where, BindingResult.MISMATCH, _MALFORMED, _SECTION, message)
    left = _composed((whole[:start] + whole[end:]).decode())
    digest = HASHES[name](left).digest()
    if digest != expected:
        return BindingOutcome(where, BindingResult.MISMATCH, _MISMATCH, _SECTION, ALTERED)
    message = "the text has the hash that was signed"
    return BindingOutcome(where, BindingResult.MATCH, _MATCH, _SECTION, message)
