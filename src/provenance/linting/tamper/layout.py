"""How one-fault copies of a container are put together: ranges of the original and new bytes.

A copy is described, not held: `Replacement` says which range of the original gives way to what, so
that a file of any size is copied in pieces. A `ContainerLayout` knows the units of one container
and what has to be mended where one of them is taken out, added or altered, so that only the
credential notices.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from provenance.media.container import BlockKind, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from provenance.media.asset import Asset
    from provenance.media.container import Block, Scan

Piece = Span | bytes
_CHUNK = 1 << 20


class NotMade(Exception):  # noqa: N818 - a reason, not an error: it ends up in the report
    """A fault that cannot be made in this container. The message says why."""


class Replacement(NamedTuple):
    """The bytes from `start` to `end` of the original give way to `pieces`."""

    start: int
    end: int
    pieces: tuple[Piece, ...] = ()


class UnitRole(StrEnum):
    """What a unit of a container is for."""

    STORE = "store"
    METADATA = "metadata"
    MEDIA = "media"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ContainerUnit:
    """One segment, chunk or box with its own header, as it is in the file."""

    role: UnitRole
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The whole unit."""
        return Span(self.start, self.end - self.start)


class ContainerLayout(Protocol):
    """What can be done to one container. Methods raise `NotMade` where it cannot be done."""

    def media(self) -> int:
        """Return the place of a byte of the media, where flipping its lowest bit is sound."""

    def flip(self, offset: int) -> list[Replacement]:
        """Flip the lowest bit of one byte, and mend what the container keeps over it."""

    def removed(self) -> list[Replacement]:
        """Take the manifest store out."""

    def duplicated(self) -> list[Replacement]:
        """Put the manifest store in a second time."""

    def moved(self) -> list[Replacement]:
        """Put the manifest store to another place of the same container."""

    def stripped(self) -> list[Replacement]:
        """Take out the credential and all metadata that the image or sound does not need."""


def assemble(size: int, changes: Sequence[Replacement]) -> tuple[Piece, ...]:
    """Return the pieces of a copy. `changes` must not overlap; they may come in any order."""
    pieces: list[Piece] = []
    at = 0
    for change in sorted(changes, key=lambda c: (c.start, c.end)):
        if change.start < at or change.end > size:
            raise NotMade("two changes of one place")
        pieces += [Span(at, change.start - at), *change.pieces]
        at = change.end
    pieces.append(Span(at, size - at))
    return tuple(p for p in pieces if (p.length if isinstance(p, Span) else p))


def chunks(asset: Asset, pieces: Iterable[Piece]) -> Iterator[bytes]:
    """Yield the bytes of a copy, at most 1 MiB at a time."""
    for piece in pieces:
        if not isinstance(piece, Span):
            yield piece
            continue
        at, end = piece.offset, piece.offset + piece.length
        while at < end:
            data = asset.read(at, min(_CHUNK, end - at))
            if not data:
                return  # the file became shorter; the caller asks `asset.changed`
            yield data
            at += len(data)


def stores(scan: Scan) -> tuple[Block, ...]:
    """Return the blocks that hold a manifest store."""
    return scan.blocks_of(BlockKind.MANIFEST_STORE)


def holds_store(scan: Scan, start: int, end: int) -> bool:
    """Tell whether any part of a manifest store is between two places of the file."""
    return any(start <= span.offset < end for block in stores(scan) for span in block.spans)


class Plain:
    """A container whose units are not known to us: bytes may be flipped, nothing be moved.

    Sound where the container keeps no check sum over its content.
    """

    def __init__(self, asset: Asset, scan: Scan) -> None:
        self.asset = asset
        self.scan = scan

    def media(self) -> int:
        """Choose the middle of the largest range that is not a block."""
        taken = sorted(
            (span.offset, span.offset + span.length)
            for block in self.scan.blocks
            for span in block.spans
        )
        best, at = (0, 0), 0
        for start, end in [*taken, (self.asset.size, self.asset.size)]:
            best = max(best, (start - at, at + (start - at) // 2))
            at = max(at, end)
        if best[0] < 64:
            raise NotMade("there is no media in this file")
        return best[1]

    def flip(self, offset: int) -> list[Replacement]:
        """Flip one bit; nothing has to be mended."""
        byte = self.asset.read(offset, 1)
        if not byte:
            raise NotMade("the place is after the end of the file")
        return [Replacement(offset, offset + 1, (bytes((byte[0] ^ 1,)),))]

    def removed(self) -> list[Replacement]:
        """Say that it cannot be done."""
        raise NotMade("taking a block out of this container would need its tables rewritten")

    def duplicated(self) -> list[Replacement]:
        """Say that it cannot be done."""
        raise NotMade("adding a block to this container would need its tables rewritten")

    def moved(self) -> list[Replacement]:
        """Say that it cannot be done."""
        raise NotMade("moving a block of this container would need its tables rewritten")

    def stripped(self) -> list[Replacement]:
        """Say that it cannot be done."""
        raise NotMade("taking metadata out of this container would need its tables rewritten")


class Units(Plain):
    """A container that is a row of units, each of which can be taken out or put in by itself."""

    def __init__(self, asset: Asset, scan: Scan, units: Sequence[ContainerUnit]) -> None:
        super().__init__(asset, scan)
        self.units = tuple(units)

    def with_role(self, role: UnitRole) -> tuple[ContainerUnit, ...]:
        """Return the units of one role, in file order."""
        return tuple(u for u in self.units if u.role is role)

    def store(self) -> tuple[ContainerUnit, ...]:
        """Return the units of the manifest store."""
        units = self.with_role(UnitRole.STORE)
        if not units:
            raise NotMade("the manifest store is not in this file")
        return units

    def media(self) -> int:
        """Choose the middle of the largest unit of media."""
        largest = max(self.with_role(UnitRole.MEDIA), key=lambda u: u.end - u.start, default=None)
        if largest is None:
            raise NotMade("there is no media in this file")
        return largest.start + (largest.end - largest.start) // 2

    def removed(self) -> list[Replacement]:
        """Take the units of the manifest store out."""
        return self.without(self.store())

    def duplicated(self) -> list[Replacement]:
        """Put a second copy after the first."""
        units = self.store()
        return self.inserted(units[-1].end, units)

    def moved(self) -> list[Replacement]:
        """Take the units out, and put them where `elsewhere` says."""
        units = self.store()
        return [*self.without(units), *self.inserted(self.elsewhere(units), units)]

    def stripped(self) -> list[Replacement]:
        """Take credential and metadata out."""
        return self.without((*self.with_role(UnitRole.STORE), *self.with_role(UnitRole.METADATA)))

    def without(self, units: Sequence[ContainerUnit]) -> list[Replacement]:
        """Take units out."""
        return [Replacement(u.start, u.end) for u in units]

    def inserted(self, at: int, units: Sequence[ContainerUnit]) -> list[Replacement]:
        """Put copies of units in at a place."""
        return [Replacement(at, at, tuple(u.span for u in units))]

    def elsewhere(self, store: Sequence[ContainerUnit]) -> int:
        """Return another place for the manifest store: in front of the media, or the very first."""
        media = self.with_role(UnitRole.MEDIA)
        before = media[0].start if media else self.units[-1].start
        if not any(store[-1].end <= u.start < before for u in self.units):
            first = self.units[0].start
            if first >= store[0].start:
                raise NotMade("there is no second place for it in this file")
            return first
        return before
