"""The general box hash, `c2pa.hash.boxes` (C2PA 2.4, 15.12.3 and 18.7)."""

from __future__ import annotations

import bisect
import collections
import itertools
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from provenance.base.finding import Finding, note
from provenance.credentials.validation import box_layout
from provenance.credentials.validation.byte_source import (
    Digest,
    algorithm,
    is_count,
    is_zero,
    maps,
    merged,
    subtract,
)
from provenance.credentials.validation.outcome import (
    BindingOutcome,
    BindingResult,
    Malformed,
    TooMuch,
    Unknown,
    ranges_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.validation.box_layout import NamedBox
    from provenance.credentials.validation.byte_source import ByteSource, Range
    from provenance.credentials.validation.left_out import FileLayout

_SECTION = "15.12.3"
_MATCH, _MISMATCH, _MALFORMED, _UNKNOWN = (
    f"assertion.boxesHash.{end}" for end in ("match", "mismatch", "malformed", "unknownBox")
)
_C2PA, _AFTER = box_layout.C2PA, "c2pa.after"
_UNBOUND = frozenset({"font"})  # bytes in no box are its table of contents
MAX_NAMES = 65_536  # restarts of JPEG among them; a second of work
_PAGE = 27  # bytes of the head of a page of Ogg, before its lacing values
# Boxes of words that no decoder of pixels or sound heeds: left out, they are worth naming. Every
# other box that is left out has to hold EXIF, XMP or IPTC, by what the scan found in it.
_AROUND = 128  # bytes of a box around its metadata: head, keyword, check sum
_WORDS = frozenset({"COM", "tEXt", "zTXt", "iTXt", "21FE", "INFO", "brob", "xml", "name"})


class _BoxFault(Exception):  # noqa: N818 - control flow within this module, never leaves it
    """A failure of the comparison: its code and what it is in words."""

    def __init__(self, code: str, message: str, ranges: Sequence[Range] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.ranges = tuple(ranges)


def box_hash_outcome(
    where: str, content: Any, source: ByteSource, place: FileLayout, *, claim_algorithm: str
) -> BindingOutcome:
    """Check one box hash against the boxes of `source`. Raises Malformed, Unknown."""
    entries = content.get("boxes") if isinstance(content, dict) else None
    if not isinstance(entries, list | tuple) or not entries or len(entries) > MAX_NAMES:
        raise Malformed(_MALFORMED, _SECTION, "the box hash has no list of boxes")
    listed = [_names(entry) for entry in entries]
    if place.extent is None:
        raise Unknown("the place of the credential in this file is not known")
    if place.family == "tiff":
        raise Unknown("the standard does not allow a box hash for TIFF any more (18.7.3.3)")
    flat = [name for names in listed for name in names]
    if len(flat) > MAX_NAMES:
        raise TooMuch(f"a box hash of more than {MAX_NAMES} boxes")
    restarts = any(name.startswith("RST") for name in flat)
    boxes = box_layout.boxes(
        source,
        place.family,
        place.extent,
        restarts=restarts,
        limit=len(flat) + 1,  # one more than there should be settles it
    )
    boxes = _with_after(flat, boxes, source)
    run = _BoxHashRun(where, content, source, place, claim_algorithm)
    try:
        run.compare(entries, listed, boxes)
    except _BoxFault as e:
        pairs = tuple((a, b - a) for a, b in e.ranges)
        beyond = _is_crowded(source, place, restarts=restarts)
        return BindingOutcome(
            where, BindingResult.MISMATCH, e.code, _SECTION, str(e), pairs, beyond=beyond
        )
    return run.outcome()


def _is_crowded(source: ByteSource, place: FileLayout, *, restarts: bool) -> bool:
    """Tell whether a file has more boxes than are counted: the SDK goes over all of them."""
    assert place.extent is not None  # noqa: S101 - checked before anything was compared
    boxes = box_layout.boxes(
        source, place.family, place.extent, restarts=restarts, limit=MAX_NAMES + 1
    )
    return len(boxes) > MAX_NAMES


def _names(entry: Any) -> list[str]:
    names = entry.get("names") if isinstance(entry, dict) else None
    if not isinstance(names, list | tuple) or not names:
        raise Malformed(_MALFORMED, _SECTION, "an entry of the box hash has no names")
    if not all(isinstance(name, str) for name in names):
        raise Malformed(
            _MALFORMED, _SECTION, "an entry of the box hash has a name that is not text"
        )
    return list(names)


def _with_after(listed: Sequence[str], boxes: list[NamedBox], source: ByteSource) -> list[NamedBox]:
    """Add the box that represents all after the last one (18.7.2), where the list names it.

    It follows the first end of a file: boxes that a walk found after that are part of it.
    """
    if _AFTER not in listed:
        return boxes
    count = len(listed) - 1
    kept = boxes[:count]
    end = kept[-1].end if kept else 0
    return [*kept, box_layout.NamedBox(_AFTER, end, source.size)]


class _BoxHashRun:
    """One comparison: the entries of the assertion with the boxes of the file."""

    def __init__(
        self, where: str, content: Any, source: ByteSource, place: FileLayout, claim_algorithm: str
    ) -> None:
        self.where = where
        self.content = content
        self.source = source
        self.place = place
        self.claim_algorithm = claim_algorithm
        self.covered: list[Range] = []
        self.skipped: list[Range] = []  # metadata that is left out
        self.partial: list[Range] = []
        self.names_left: list[str] = []

    def compare(
        self, entries: Sequence[Any], listed: Sequence[list[str]], file_boxes: Sequence[NamedBox]
    ) -> None:
        """Go over both lists side by side. Raises _Fault, Malformed."""
        self._same_order([n for names in listed for n in names], file_boxes)
        at = 0
        for entry, names in zip(entries, listed, strict=True):
            boxes = file_boxes[at : at + len(names)]
            at += len(names)
            if names == [_C2PA]:
                self._credential(boxes[0])
            elif entry.get("excluded") is True:
                self._excluded(boxes)
            else:
                self._hashed(entry, boxes)
        self._nothing_between()

    def _same_order(self, listed: Sequence[str], boxes: Sequence[NamedBox]) -> None:
        own = [box.name.rstrip() for box in boxes]
        named = [name.rstrip() for name in listed]
        if own == named:
            return
        if sorted(own) == sorted(named):
            raise _BoxFault(_MISMATCH, "the boxes of the file are in another order than was signed")
        left = collections.Counter(named)
        for box in boxes:
            left[box.name.rstrip()] -= 1
            if left[box.name.rstrip()] >= 0:
                continue
            message = f"a box that was not signed: {box.end - box.start} bytes at {box.start}"
            raise _BoxFault(_UNKNOWN, message, [(box.start, box.end)])
        raise _BoxFault(_MISMATCH, "boxes that were signed are missing from the file")

    def _credential(self, box: NamedBox) -> None:
        """The box of the credential holds that and zero padding (15.12.3)."""
        self.covered.append((box.start, box.end))
        parts = box.parts or ((box.start, box.end),)
        foreign = [
            r
            for r in subtract(parts, self.place.extent or ())
            if not is_zero(self.source, *r) and not self._is_empty_page(r)
        ]
        if foreign and self.place.family not in _UNBOUND:
            message = f"the box of the credential holds something else: {_text(foreign)}"
            raise _BoxFault(_MISMATCH, message, foreign)

    def _is_empty_page(self, piece: Range) -> bool:
        """Tell whether this is a page of Ogg that holds nothing and begins no stream (RFC 3533).

        Writers end a stream with one. A page that begins a stream begins a further programme, and
        readers play it.
        """
        if self.place.family != "ogg" or piece[1] - piece[0] < _PAGE:
            return False
        head = self.source.read(*_pair(piece))
        return head[:4] == b"OggS" and not head[5] & 2 and not any(head[_PAGE:])

    def _excluded(self, boxes: Sequence[NamedBox]) -> None:
        for box in boxes:
            own = (box.start, box.end)
            self.covered.append(own)
            if self._is_metadata(box):
                self.skipped.append(own)
            elif box.name.rstrip() in _WORDS:
                self.partial.append(own)
                self.names_left.append(box.name.rstrip())
            else:
                message = f"the hash leaves out the box {box.name}, which is not metadata"
                raise _BoxFault(_MISMATCH, message, [own])

    def _is_metadata(self, box: NamedBox) -> bool:
        """Tell whether a payload of metadata fills a box but for its head and its check sum."""
        metadata = self.place.metadata
        first = bisect.bisect_left(metadata, box.start, key=itemgetter(0))
        held = metadata[first : bisect.bisect_left(metadata, box.end, key=itemgetter(0))]
        around = box.end - box.start - sum(end - start for start, end in held)
        return bool(held) and held[-1][1] <= box.end and around <= _AROUND

    def _hashed(self, entry: dict[str, Any], boxes: Sequence[NamedBox]) -> None:
        name = algorithm(entry, self.content, claim=self.claim_algorithm)
        expected = entry.get("hash")
        holes = self._exclusions(entry, boxes)
        start, end = boxes[0].start, boxes[-1].end
        if any(b.start < a.end for a, b in itertools.pairwise(boxes)):
            raise Unknown("a range of boxes that are not in the order of the file")
        hasher = Digest(self.source, name)
        if any(box.parts for box in boxes):
            for box in boxes:
                for part in box.parts:
                    hasher.range(*part)
            self.covered += [part for box in boxes for part in box.parts]
        else:
            self._range(hasher, start, end, [b.zeroed for b in boxes if b.zeroed], holes)
            self.covered.append((start, end))
        if not isinstance(expected, bytes) or hasher.value() != expected:
            label = boxes[0].name if len(boxes) == 1 else f"{boxes[0].name} to {boxes[-1].name}"
            message = f"the box {label} does not have the hash that was signed"
            raise _BoxFault(_MISMATCH, message, [(start, end)])

    def _range(
        self, hasher: Digest, start: int, end: int, zeroed: Sequence[Range], holes: Sequence[Range]
    ) -> None:
        for low, high in zeroed:
            hasher.without(start, low, holes)
            hasher.add(bytes(high - low))
            start = high
        hasher.without(start, end, holes)

    def _exclusions(self, entry: dict[str, Any], boxes: Sequence[NamedBox]) -> list[Range]:
        """Read the ranges within boxes that are left out. Raises Malformed, _Fault."""
        listed = entry.get("exclusions")
        if listed is None:
            return []
        if not isinstance(listed, list | tuple):
            raise Malformed(_MALFORMED, _SECTION, "the exclusions of a box are not a list")
        ranges: list[Range] = []
        for exclusion in maps(listed):
            index = exclusion.get("boxIndex", 0)
            start, length = exclusion.get("start"), exclusion.get("length")
            if not is_count(index) or not 0 <= index < len(boxes):
                raise Malformed(_MALFORMED, _SECTION, "an exclusion names a box that is not there")
            if not is_count(start) or not is_count(length) or start < 0 or length < 0:
                raise Malformed(_MALFORMED, _SECTION, "an exclusion of a box is not a range")
            box = boxes[index]
            if box.start + start + length > box.end:
                raise _BoxFault(_MISMATCH, "an exclusion ends beyond its box")
            own = (box.start + start, box.start + start + length)
            if ranges and ranges[-1][1] > own[0]:
                raise Malformed(_MALFORMED, _SECTION, "the exclusions of a box overlap")
            ranges.append(own)
        if len(ranges) != len(listed):
            raise Malformed(_MALFORMED, _SECTION, "an exclusion of a box is not a map")
        if foreign := subtract(merged(ranges), self.place.metadata):
            message = f"the hash leaves out bytes that are not metadata: {_text(foreign)}"
            raise _BoxFault(_MISMATCH, message, foreign)
        self.skipped += ranges
        return ranges

    def _nothing_between(self) -> None:
        """Every byte of the file is in a box, or is a fill byte in front of a marker."""
        if self.place.family in _UNBOUND:
            return
        gaps = subtract([(0, self.source.size)], merged(self.covered))
        if self.place.family == "jpeg":
            gaps = [g for g in gaps if not self._is_fill(g)]
        if gaps and gaps[-1][1] == self.source.size and is_zero(self.source, *gaps[-1]):
            del gaps[-1]  # padding at the end of the file
        if gaps:
            message = f"bytes that are in no box that was signed: {_text(gaps)}"
            raise _BoxFault(_UNKNOWN, message, gaps)

    def _is_fill(self, gap: Range) -> bool:
        length = gap[1] - gap[0]
        return length <= 1 << 16 and self.source.read(*_pair(gap)) == b"\xff" * length

    def outcome(self) -> BindingOutcome:
        """Return what came out where every hash matches."""
        findings: tuple[Finding, ...] = ()
        if self.skipped:
            message = f"the hash leaves out metadata besides the credential: {_text(self.skipped)}"
            findings = (
                note("assertion.boxesHash.additionalExclusionsPresent", message, self.where),
            )
        pairs = tuple(_pair(r) for r in merged([*self.skipped, *self.partial]))
        if self.partial:
            names = ", ".join(sorted(set(self.names_left))[:8])
            message = f"boxes that the hash leaves out: {names} ({_text(self.partial)})"
            return BindingOutcome(
                self.where, BindingResult.PARTIAL, _MATCH, _SECTION, message, pairs, findings
            )
        message = "every box has the hash that was signed"
        return BindingOutcome(
            self.where, BindingResult.MATCH, _MATCH, _SECTION, message, pairs, findings
        )


def _pair(span: Range) -> Range:
    return span[0], span[1] - span[0]


def _text(ranges: Sequence[Range]) -> str:
    return ranges_text([_pair(r) for r in ranges])
