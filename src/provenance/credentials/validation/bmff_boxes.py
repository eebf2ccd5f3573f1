"""Boxes of an ISO BMFF file and what the exclusions of a BMFF hash take out (C2PA 2.4, 18.6.2)."""

from __future__ import annotations

import bisect
import re
from dataclasses import field
from typing import TYPE_CHECKING, Any

from provenance.base.values import dataclass
from provenance.credentials.validation.byte_source import Digest, is_count, maps, merged
from provenance.credentials.validation.outcome import Malformed, TooMuch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.credentials.validation.byte_source import ByteSource, Range

C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
MALFORMED = "assertion.bmffHash.malformed"
SECTION = "15.12.2"
MAX_BOXES = 100_000
MAX_EXCLUSIONS = 1_000
MAX_COMPARED = 300_000  # boxes compared with exclusions: 2 s
_USER_TYPE = 8  # where the user type of a `uuid` box is
_STEP = re.compile(r"(.{4})(?:\[([1-9][0-9]{0,8})\])?", re.DOTALL)
_PURPOSE = 20  # user type, version and flags come before it


@dataclass(frozen=True, slots=True)
class BmffBox:
    """One box: its type, and where it, its body and its end are."""

    kind: str
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One entry of `exclusions`, its form checked. `steps` are (type, position or 0)."""

    steps: tuple[tuple[str, int], ...]
    entry: dict[Any, Any] = field(repr=False)
    subset: tuple[tuple[int, int], ...] | None

    @property
    def path(self) -> str:
        """The path without positions."""
        return "/" + "/".join(kind for kind, _ in self.steps)

    @property
    def is_store(self) -> bool:
        """Whether it takes out the boxes of C2PA alone (A.5.6)."""
        data = maps(self.entry.get("data"))
        return self.path == "/uuid" and any(
            d.get("offset") == _USER_TYPE and d.get("value") == C2PA for d in data
        )


def exclusions(value: Any) -> list[Exclusion]:
    """Read the list of exclusions. Raises Malformed."""
    if not isinstance(value, list | tuple) or not value or len(value) > MAX_EXCLUSIONS:
        raise Malformed(MALFORMED, SECTION, "the BMFF hash has no list of exclusions")
    listed = []
    for entry in value:
        path = entry.get("xpath") if isinstance(entry, dict) else None
        if not isinstance(path, str) or not path.startswith("/"):
            raise Malformed(MALFORMED, SECTION, "an exclusion has no path")
        steps = []
        for step in path[1:].split("/"):
            match = _STEP.fullmatch(step)
            if match is None:
                raise Malformed(MALFORMED, SECTION, "an exclusion has a path that is not allowed")
            steps.append((match[1], int(match[2] or 0)))
        listed.append(Exclusion(tuple(steps), entry, _subset(entry.get("subset"))))
    return listed


def _subset(value: Any) -> tuple[tuple[int, int], ...] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not value:
        raise Malformed(MALFORMED, SECTION, "the subset of an exclusion is not a list")
    ranges: list[tuple[int, int]] = []
    for piece in value:
        offset = piece.get("offset") if isinstance(piece, dict) else None
        length = piece.get("length") if isinstance(piece, dict) else None
        if not is_count(offset) or not is_count(length) or offset < 0 or length < 0:
            raise Malformed(MALFORMED, SECTION, "the subset of an exclusion is not a range")
        if ranges and sum(ranges[-1]) > offset:
            raise Malformed(MALFORMED, SECTION, "the subsets of an exclusion overlap")
        ranges.append((offset, length))
    return tuple(ranges)


class Boxes:
    """The boxes of one source, read when they are asked for."""

    def __init__(self, source: ByteSource) -> None:
        self.source = source
        self._left = MAX_BOXES
        self._below: dict[int, list[BmffBox]] = {}
        self._compared = 0
        self._matching: dict[int, tuple[Exclusion, list[BmffBox]]] = {}
        self._holes: tuple[Sequence[Exclusion], list[Range], set[int]] | None = None
        self.roots = list(self._walk(0, source.size))
        self._starts = [box.start for box in self.roots]
        self._by_kind: dict[str, list[BmffBox]] = {}
        for box in self.roots:
            self._by_kind.setdefault(box.kind, []).append(box)

    def _walk(self, start: int, end: int) -> Iterator[BmffBox]:
        """Yield the boxes of a range, up to one that cannot be."""
        while start + 8 <= end:
            self._left -= 1
            if self._left < 0:
                raise TooMuch(f"more than {MAX_BOXES} boxes")
            head = self.source.read(start, 16)
            size, body = int.from_bytes(head[:4], "big"), start + 8
            if size == 1:
                size, body = int.from_bytes(head[8:16], "big"), start + 16
            elif size == 0:
                size = end - start
            if size < body - start or start + size > end:
                return
            yield BmffBox(head[4:8].decode("latin-1"), start, body, start + size)
            start += size

    def children(self, box: BmffBox) -> list[BmffBox]:
        """Return the boxes in a box; none where it holds something else."""
        if box.start not in self._below:
            begin = box.body
            if box.kind == "meta" and self.source.read(box.body + 4, 4) != b"hdlr":
                begin += 4  # a full box, but in QuickTime files
            self._below[box.start] = list(self._walk(begin, box.end))
        return self._below[box.start]

    def matching(self, exclusion: Exclusion) -> list[BmffBox]:
        """Return the boxes that an exclusion names. Raises Unknown beyond a bound."""
        if id(exclusion) not in self._matching:  # kept with it, so that no other takes its id
            self._matching[id(exclusion)] = (exclusion, self._find(exclusion))
        return self._matching[id(exclusion)][1]

    def _find(self, exclusion: Exclusion) -> list[BmffBox]:
        (kind, position), *below = exclusion.steps
        chosen = self._chosen(self._by_kind.get(kind, []), kind, position)
        for kind, position in below:
            inner = (self.children(parent) for parent in chosen)
            chosen = [box for boxes in inner for box in self._chosen(boxes, kind, position)]
        return [box for box in chosen if self._fits(box, exclusion.entry)]

    def _chosen(self, boxes: Sequence[BmffBox], kind: str, position: int) -> list[BmffBox]:
        self._compared += len(boxes)
        if self._compared > MAX_COMPARED:
            raise TooMuch("too many boxes for so many exclusions")
        of_kind = [box for box in boxes if box.kind == kind]
        return of_kind[position - 1 : position] if position else of_kind

    def _fits(self, box: BmffBox, entry: dict[Any, Any]) -> bool:
        length, version, flags = (entry.get(key) for key in ("length", "version", "flags"))
        if length is not None and length != box.end - box.start:
            return False
        if version is not None or flags is not None:
            head = self.source.read(box.body, min(4, box.end - box.body))
            if len(head) < 4 or (version is not None and head[0] != version):
                return False
            if flags is not None and not _has_flags(head[1:], flags, entry.get("exact")):
                return False
        for wanted in maps(entry.get("data")):
            offset, value = wanted.get("offset"), wanted.get("value")
            if not is_count(offset) or offset < 0 or not isinstance(value, bytes):
                raise Malformed(MALFORMED, SECTION, "an exclusion compares data that is none")
            end = min(box.start + offset + len(value), box.end)
            if self.source.read(box.start + offset, end - box.start - offset) != value:
                return False
        return True

    def holes(self, listed: Sequence[Exclusion]) -> tuple[list[Range], set[int]]:
        """Return the ranges that exclusions take out, and the starts of root boxes among them."""
        if self._holes is not None and self._holes[0] is listed:
            return self._holes[1:]
        holes: list[Range] = []
        whole: set[int] = set()
        for exclusion in listed:
            for box in self.matching(exclusion):
                if exclusion.subset is None:
                    holes.append((box.start, box.end))
                    if len(exclusion.steps) == 1:
                        whole.add(box.start)
                    continue
                for offset, length in exclusion.subset:
                    start = min(box.start + offset, box.end)
                    end = min(start + length, box.end) if length else box.end
                    holes.append((start, end))
        self._holes = (listed, merged(holes), whole)
        return self._holes[1:]

    def digest(
        self, name: str, listed: Sequence[Exclusion], within: Range, *, offsets: bool
    ) -> bytes:
        """Hash a range of root boxes without what is excluded.

        With `offsets` the place of each root box in the file comes before it, as from version 2 on.
        """
        holes, whole = self.holes(listed)
        hasher = Digest(self.source, name)
        start, end = within
        at = start
        first = bisect.bisect_left(self._starts, start)
        for box in self.roots[first : bisect.bisect_left(self._starts, end)]:
            if box.start not in whole:
                if offsets:
                    hasher.add(box.start.to_bytes(8, "big"))
                hasher.without(box.start, min(box.end, end), _from(holes, box.start))
            at = box.end
        hasher.without(at, end, _from(holes, at))  # what is in no box
        return hasher.value()

    def purpose(self, box: BmffBox) -> bytes | None:
        """Return what a C2PA box is for, None for any other box (A.5.1)."""
        if box.kind != "uuid":
            return None
        head = self.source.read(box.body, _PURPOSE + 32)
        stop = head.find(b"\0", _PURPOSE)
        return head[_PURPOSE:stop] if head[:16] == C2PA and stop > 0 else None


def _has_flags(flags: bytes, wanted: Any, exact: Any) -> bool:
    if not isinstance(wanted, bytes) or len(wanted) != 3:
        raise Malformed(MALFORMED, SECTION, "the flags of an exclusion are not three bytes")
    if exact is False:
        return all(f & w == w for f, w in zip(flags, wanted, strict=True))
    return flags == wanted


def _from(holes: Sequence[Range], start: int) -> Sequence[Range]:
    return holes[bisect.bisect_left(holes, start, key=lambda hole: hole[1]) :]
