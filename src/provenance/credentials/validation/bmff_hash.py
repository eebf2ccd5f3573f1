"""The BMFF hash, `c2pa.hash.bmff` in its three versions (C2PA 2.4, 15.12.2 and 18.6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.base import cbor
from provenance.base.finding import Finding, note
from provenance.base.values import dataclass
from provenance.credentials.validation import bmff_boxes, mapping, merkle
from provenance.credentials.validation.bmff_boxes import MALFORMED, SECTION, Boxes
from provenance.credentials.validation.byte_source import (
    algorithm,
    digests,
    is_count,
    merged,
    subtract,
)
from provenance.credentials.validation.outcome import (
    ALTERED,
    BindingOutcome,
    BindingResult,
    Malformed,
    TooMuch,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.credentials.validation.bmff_boxes import BmffBox, Exclusion
    from provenance.credentials.validation.byte_source import ByteSource, Range
    from provenance.credentials.validation.merkle import MerkleRow

_MATCH, _MISMATCH = "assertion.bmffHash.match", "assertion.bmffHash.mismatch"
_MAX_MERKLE_BOX = 64 << 10  # bytes of one auxiliary box: a path of a thousand hashes
# Leaves of all trees that are compared whatever the size of the file, some 0.3 s; and the bytes of
# a leaf on average beyond that.
_FEW_LEAVES, _SMALL_LEAF = 1 << 16, 1 << 10
_PATH = 4  # how many leaves one costs that has a C2PA box of its own to be read
_USUAL = frozenset({"/ftyp", "/mfra", "/free", "/skip"})  # with /uuid of C2PA
_OLDER_FORM = "assertion.older_form"
_HEAD = 16  # bytes of a box that A.5.6 keeps in the hash of the whole file
_LATE = (
    "the blocks of the media are counted from byte 16 of their box, as c2pa-rs does it, where the"
    " standard has what comes after the header"
)
_OTHER_SIZE = "the blocks that were signed do not add up to the box of the media"
_OLDER = (
    "the BMFF hash is of version 1, a form older than the standard, which tells validators to"
    " ignore it: nothing binds this file to the credential"
)


@dataclass(frozen=True, slots=True)
class _Hash:
    """A BMFF hash, its form checked. `offsets` is false in version 1."""

    content: dict[Any, Any]
    listed: list[Exclusion]
    rows: list[MerkleRow]
    claim_algorithm: str
    offsets: bool
    where: str

    def digest(self, boxes: Boxes, name: str, within: Range) -> bytes:
        """Hash root boxes of a source as this assertion has it."""
        return boxes.digest(name, self.listed, within, offsets=self.offsets)


class _BmffFault(Exception):  # noqa: N818 - control flow within this module, never leaves it
    """A failure of the comparison. `code` is the standard's."""

    def __init__(self, message: str, code: str = _MISMATCH) -> None:
        super().__init__(message)
        self.code = code


def bmff_hash_outcome(
    where: str,
    label: str,
    content: Any,
    source: ByteSource,
    *,
    claim_algorithm: str,
    fragments: Sequence[ByteSource] = (),
) -> BindingOutcome:
    """Check one BMFF hash; `label` is its label without an instance.

    `fragments` are the media segments of a film whose initialisation segment is `source`. Raises
    Malformed, Unknown.
    """
    if not isinstance(content, dict):
        raise Malformed(MALFORMED, SECTION, "the BMFF hash is not a map")
    listed = bmff_boxes.exclusions(content.get("exclusions"))
    rows = merkle.rows(content, claim_algorithm)
    version_1 = label == "c2pa.hash.bmff"
    own = _Hash(content, listed, rows, claim_algorithm, not version_1, where)
    if content.get("sequenceNumber") is not None:
        raise Unknown("the hash is of one segment of a live stream (C2PA 2.4, 19)")
    boxes = Boxes(source)
    try:
        outcome = _compared(own, boxes, fragments)
    except _BmffFault as e:
        return BindingOutcome(where, BindingResult.MISMATCH, e.code, SECTION, str(e))
    if version_1 and outcome.result in {BindingResult.MATCH, BindingResult.PARTIAL}:
        return BindingOutcome(
            where, BindingResult.UNCHECKED, "", "18.6.1", _OLDER, outcome.left_out
        )
    return outcome


def _compared(own: _Hash, boxes: Boxes, fragments: Sequence[ByteSource]) -> BindingOutcome:
    expected = own.content.get("hash")
    if isinstance(expected, bytes):
        name = algorithm(own.content, claim=own.claim_algorithm)
        if own.digest(boxes, name, (0, boxes.source.size)) != expected:
            raise _BmffFault(ALTERED)
        if not own.rows:
            return _outcome_of_match(own, boxes, frozenset())
        covered, late = _blocks(own, boxes)
        outcome = replace(_outcome_of_match(own, boxes, covered), early=False in late)
        if True not in late:
            return outcome
        return replace(outcome, findings=(*outcome.findings, note(_OLDER_FORM, _LATE, own.where)))
    if not own.rows:
        raise Malformed(MALFORMED, SECTION, "the BMFF hash has neither a hash nor Merkle rows")
    if all(row.init is None for row in own.rows):
        covered, late = _blocks(own, boxes)
        return replace(_media_alone(own, boxes, covered), early=False in late)
    return _fragmented(own, boxes, fragments)


def _fragmented(own: _Hash, boxes: Boxes, fragments: Sequence[ByteSource]) -> BindingOutcome:
    """Check a fragmented film (15.12.2.2), what its leaves leave out among it."""
    if any(row.init is None for row in own.rows):
        raise Malformed(MALFORMED, SECTION, "some Merkle rows have no hash of the first segment")
    moofs = [n for n, box in enumerate(boxes.roots) if box.kind == "moof"]
    told = _flat(own, boxes, moofs) if moofs else _separate(own, boxes, fragments)
    return told or _outcome_of_match(own, boxes, frozenset())


def _blocks(own: _Hash, boxes: Boxes) -> tuple[frozenset[int], set[bool]]:
    """Check the rows of a film in one file, one for each box of media (15.12.2.1).

    Returns the starts of the boxes that a row covers; and, of those with a header of 8 bytes,
    whether their blocks are counted as c2pa-rs does it: from byte 16 of the box. What is before
    that has to be in the hash of the whole file then.
    """
    left = max(_FEW_LEAVES, boxes.source.size // _SMALL_LEAF)
    covered = set()
    late: set[bool] = set()
    held: dict[object, list[dict[Any, Any]]] | None = None
    for row, box in _media_of_rows(own, boxes):
        faults = []
        for start in (box.body, *([box.start + _HEAD] if _is_late(own, boxes, box) else ())):
            spans = _leaves(row, start, box.end)
            left -= len(spans or ()) * (_PATH if row.needs_paths else 1)
            if left < 0:
                raise TooMuch("too many blocks in Merkle trees for a file of this size")
            if spans is None or len(spans) > row.count:
                faults.append(_BmffFault(_OTHER_SIZE, MALFORMED))
                continue
            leaves = digests(boxes.source, row.algorithm, spans)
            if merkle.matches(row, leaves):
                if box.body - box.start < _HEAD:
                    late.add(start != box.body)
                break
            faults.append(_BmffFault(ALTERED))
        else:
            raise faults[0]
        if row.needs_paths:
            held = _paths(boxes) if held is None else held
            _check_paths(held.get(row.ids, ()), row, leaves)
        covered.add(box.start)
    return frozenset(covered), late


def _media_of_rows(own: _Hash, boxes: Boxes) -> Iterator[tuple[MerkleRow, BmffBox]]:
    """Yield each row with its box of media: the one of its number, or the only one there is.

    Raises Malformed, _Fault, the latter for a box that is missing once the rows before are taken.
    """
    media = [box for box in boxes.roots if box.kind == "mdat"]
    if not media:
        raise _BmffFault("the box of the media is missing")
    if len({row.local for row in own.rows}) != len(own.rows):
        raise Malformed(MALFORMED, SECTION, "two Merkle rows are for one box of media")
    if len(media) == len(own.rows) == 1:
        yield own.rows[0], media[0]
        return
    for row in own.rows:
        if not 0 <= row.local < len(media):
            raise _BmffFault("a box of media that was signed is missing")
        yield row, media[row.local]


def _paths(boxes: Boxes) -> dict[object, list[dict[Any, Any]]]:
    """Return what the C2PA boxes of leaves hold, in order, by the row that they are for."""
    by_row: dict[object, list[dict[Any, Any]]] = {}
    for box in boxes.roots:
        if content := _auxiliary(boxes, box):
            ids = content.get("uniqueId"), content.get("localId")
            if is_count(ids[0]) and is_count(ids[1]):
                by_row.setdefault(ids, []).append(content)
    return by_row


def _check_paths(held: Sequence[dict[Any, Any]], row: MerkleRow, leaves: Sequence[bytes]) -> None:
    """Check the C2PA boxes that lead from each block to a row above the blocks (A.5.4.1.1).

    Where they are missing 15.12.2.1 rejects the manifest, though every block was compared: who
    plays a film while it loads has nothing else. Raises Malformed, _Fault.
    """
    if [content.get("location") for content in held] != list(range(row.count)):
        message = "the C2PA boxes that lead from the blocks of media to the Merkle row are missing"
        raise Malformed(MALFORMED, "15.12.2.1", message)
    for n, (content, leaf) in enumerate(zip(held, leaves, strict=True)):
        proof = content.get("hashes") or ()
        if (
            not isinstance(proof, list | tuple)
            or not all(isinstance(part, bytes) for part in proof)
            or not merkle.holds(row, leaf, n, proof)
        ):
            raise _BmffFault(f"the C2PA box of block {n} does not lead to the row that was signed")


def _media_alone(own: _Hash, boxes: Boxes, pieces: frozenset[int]) -> BindingOutcome:
    """Judge rows of media without a hash of the file around them, which 18.6.3 wants there."""
    hashed = [(box.body, box.end) for box in boxes.roots if box.start in pieces]
    hashed += [(box.start, box.end) for box in boxes.roots if boxes.purpose(box) is not None]
    left = subtract([(0, boxes.source.size)], merged(hashed))
    message = (
        "the hash covers boxes of media and nothing else of the file: how they are shown may have"
        " been changed"
    )
    pairs = tuple((start, end - start) for start, end in left)
    return BindingOutcome(own.where, BindingResult.PARTIAL, _MATCH, SECTION, message, pairs)


def _is_late(own: _Hash, boxes: Boxes, box: BmffBox) -> bool:
    """Tell whether blocks may begin at byte 16: the hash of the whole file has all before it."""
    if not isinstance(own.content.get("hash"), bytes) or box.body - box.start >= _HEAD:
        return False
    holes, _ = boxes.holes(own.listed)
    end = box.start + _HEAD
    return end <= box.end and not any(a < end and b > box.start for a, b in holes)


def _leaves(row: MerkleRow, start: int, end: int) -> list[Range] | None:
    """The blocks of a box of media from a place on; None where they do not add up to it."""
    size = end - start
    if row.blocks is not None:
        if sum(row.blocks) != size:
            return None
        leaves, at = [], start
        for length in row.blocks:
            leaves.append((at, at + length))
            at += length
        return leaves
    if not row.fixed:
        return [(start, end)]
    if size > row.fixed * merkle.MAX_LEAVES:
        raise TooMuch("too many blocks in a Merkle tree")
    return [(at, min(at + row.fixed, end)) for at in range(start, end, row.fixed)]


def _flat(own: _Hash, boxes: Boxes, moofs: Sequence[int]) -> BindingOutcome | None:
    """Check a fragmented film in one file (A.5.4.1.2)."""
    roots, size = boxes.roots, boxes.source.size
    starts = [roots[n].start for n in moofs]
    known = _rows_of(own, boxes, (0, starts[0]))
    met: list[tuple[MerkleRow, int]] = []
    for n, at in enumerate(moofs):
        before = roots[at - 1] if at else None
        content = _auxiliary(boxes, before) if before is not None else None
        if content is None:
            raise _BmffFault("a fragment has no C2PA box in front of it", MALFORMED)
        end = starts[n + 1] if n + 1 < len(starts) else size
        met.append(_fragment(own, boxes, known, content, (starts[n], end)))
    return _complete(own, met)


def _separate(own: _Hash, boxes: Boxes, fragments: Sequence[ByteSource]) -> BindingOutcome | None:
    """Check a film of several files: this one, and the fragments given (A.5.4.1.2)."""
    known = _rows_of(own, boxes, (0, boxes.source.size))
    if not fragments:
        message = "fragmented media whose fragments were not given: use --fragments"
        # 15.12.2: that content is absent is a failure for a validator; nothing was altered
        return BindingOutcome(
            own.where, BindingResult.UNCHECKED, _MISMATCH, SECTION, message, media_absent=True
        )
    met = []
    left = ""
    for source in fragments:
        inner = Boxes(source)
        content = next((f for b in inner.roots if (f := _auxiliary(inner, b)) is not None), None)
        if content is None:
            raise _BmffFault("a fragment has no C2PA box", MALFORMED)  # 15.12.2.2
        met.append(_fragment(own, inner, known, content, (0, source.size)))
        left = left or mapping.uncovered(inner, own.listed, pieces=frozenset())
    told = _complete(own, met)
    if told is None and left:
        return BindingOutcome(
            own.where, BindingResult.PARTIAL, _MATCH, SECTION, f"in fragments, {left}"
        )
    return told


def _rows_of(own: _Hash, boxes: Boxes, within: Range) -> list[MerkleRow]:
    """Return the rows that this initialisation segment belongs to."""
    digests: dict[str, bytes] = {}
    known = []
    for row in own.rows:
        if row.algorithm not in digests:
            digests[row.algorithm] = own.digest(boxes, row.algorithm, within)
        if digests[row.algorithm] == row.init:
            known.append(row)
    if not known:
        raise _BmffFault("the initialisation segment does not have the hash that was signed")
    return known


def _auxiliary(boxes: Boxes, box: BmffBox) -> dict[Any, Any] | None:
    """Read the C2PA box of one fragment (A.5.4.2); None for any other box."""
    if boxes.purpose(box) != b"merkle":
        return None
    start = box.body + 20 + len(b"merkle\0")
    data = boxes.source.read(start, min(box.end - start, _MAX_MERKLE_BOX))
    try:
        value, _ = cbor.decode_first(data)  # zero padding may follow (A.5.4.1.4)
    except cbor.CborError as e:
        raise _BmffFault(f"the C2PA box of a fragment cannot be read: {e}") from e
    return value if isinstance(value, dict) else {}


def _fragment(
    own: _Hash, boxes: Boxes, known: Sequence[MerkleRow], content: dict[Any, Any], within: Range
) -> tuple[MerkleRow, int]:
    """Check one fragment; return its row and its place in it."""
    location, proof = content.get("location"), content.get("hashes")
    ids = (content.get("uniqueId"), content.get("localId"))
    proof = () if proof is None else proof
    row = next((r for r in own.rows if r.ids == ids), None)
    if row is None or not is_count(location) or not isinstance(proof, list | tuple):
        raise _BmffFault("a fragment belongs to no Merkle row of this credential")
    if row not in known:
        raise _BmffFault("a fragment belongs to another initialisation segment")
    if not all(isinstance(node, bytes) for node in proof):
        raise _BmffFault("a fragment has a Merkle path that is none")
    leaf = own.digest(boxes, row.algorithm, within)
    if not merkle.holds(row, leaf, location, proof):
        raise _BmffFault(f"fragment {location} does not have the hash that was signed")
    return row, location


def _complete(own: _Hash, met: Sequence[tuple[MerkleRow, int]]) -> BindingOutcome | None:
    """Tell whether every fragment that was signed is there once, in order; None where it is."""
    faults = []
    there = 0
    for row in own.rows:
        places = [location for met_row, location in met if met_row == row]
        distinct = len(set(places))
        there += distinct
        if distinct < row.count:
            faults.append("some are missing")
        if len(places) > distinct:
            faults.append("some are repeated")
        if list(dict.fromkeys(places)) != sorted(set(places)):
            faults.append("they are in another order")
    if not faults:
        return None
    total = sum(row.count for row in own.rows)
    message = f"{there} of {total} fragments match; {' and '.join(dict.fromkeys(faults))}"
    return BindingOutcome(own.where, BindingResult.PARTIAL, _MISMATCH, SECTION, message)


def _outcome_of_match(own: _Hash, boxes: Boxes, pieces: frozenset[int]) -> BindingOutcome:
    """Judge what a hash that matches leaves out, besides the media boxes that rows cover."""
    more = [
        exclusion
        for exclusion in own.listed
        if exclusion.path not in _USUAL
        and not exclusion.is_store
        and not (own.rows and _is_required(exclusion))
        and boxes.matching(exclusion)
    ]
    holes, _ = boxes.holes(more)
    pairs = tuple((start, end - start) for start, end in holes)
    findings: tuple[Finding, ...] = ()
    if more:
        named = ", ".join(dict.fromkeys(exclusion.path for exclusion in more))
        message = f"the hash also leaves out boxes that the standard does not name: {named}"
        findings = (note("assertion.bmffHash.additionalExclusionsPresent", message, own.where),)
    left = mapping.uncovered(boxes, own.listed, pieces=pieces)
    if left:
        return BindingOutcome(
            own.where, BindingResult.PARTIAL, _MATCH, SECTION, left, pairs, findings
        )
    message = "the media has the hash that was signed"
    return BindingOutcome(own.where, BindingResult.MATCH, _MATCH, SECTION, message, pairs, findings)


def _is_required(exclusion: Exclusion) -> bool:
    """Tell whether this is the exclusion that has to be there beside Merkle rows (A.5.6)."""
    return exclusion.path == "/mdat" and exclusion.subset == ((_HEAD, 0),)
