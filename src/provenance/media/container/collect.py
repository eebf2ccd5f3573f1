"""What every family module fills while it walks: blocks and findings, with their bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import Finding, Severity, error, note, warning
from provenance.media.container import jumbf_header
from provenance.media.container.block import Block, BlockKind, Coding, Scan, Span
from provenance.media.container.bounds import (
    MAX_BLOCKS,
    MAX_BOXES,
    MAX_FINDINGS,
    MAX_METADATA,
    MAX_REMAINS,
    MAX_REST_MARKS,
    MAX_STORES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from provenance.media.asset import Asset

UPDATE_PLACE = "uuid update"
_PIECE = 1 << 20
_STORE = BlockKind.MANIFEST_STORE


class Collector:
    """Gathers the outcome of one scan. Used by one family module for one asset."""

    __slots__ = (
        "absent",
        "asset",
        "behind",
        "blocks",
        "boxes_left",
        "extents",
        "findings",
        "firsts",
        "gave_up",
        "lawful",
        "left",
        "marks_left",
        "metadata_left",
        "reach",
        "remains",
        "stores_left",
    )

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.blocks: list[Block] = []
        self.findings: list[Finding] = []
        self.boxes_left = MAX_BOXES  # of the whole file, counted by `boxes.walk`
        self.left = MAX_BLOCKS
        self.metadata_left = MAX_METADATA
        self.behind = 0  # bytes after the end
        self.extents: list[Sequence[Span]] = []  # of each store: its bytes and their wrapping
        self.lawful: list[Span] = []  # see Scan
        self.reach: list[Span] = []  # see Scan
        self.remains: list[Block] = []  # see Scan
        self.stores_left = MAX_STORES
        self.marks_left = MAX_REST_MARKS  # of stores, that `leftovers` looks at
        self.firsts: dict[
            tuple[bytes, int], int
        ] = {}  # what `leftovers` looked for, and where it is
        self.absent = (0, 0, frozenset[bytes]())  # texts that are nowhere from there to there
        self.gave_up = -1  # where `boxes.walk` ended at the top level before the end of the file

    def store(
        self,
        place: str,
        spans: Iterable[Span],
        wrapping: Iterable[Span] = (),
        headers: Sequence[Span] = (),
    ) -> None:
        """Add a manifest store that is in the file as it is.

        The spans are cut to the file and to the length that the JUMBF superbox declares, so that
        padding after it is left out. What is missing, or not a superbox, becomes a finding. A
        further store after it is added too, and said: no reader has to look there.

        `wrapping` are the container's own bytes around the store. `headers` are those in front of
        each span, one for one; only those of spans that are kept belong to the extent.
        """
        spans = tuple(spans)
        kept, short = _within(spans, self.asset.size)
        length = sum(span.length for span in kept)
        declared = jumbf_header.superbox_length(_head(self.asset, kept), length)
        further: tuple[Span, ...] = ()
        if declared is None:
            self.truncated("the manifest store is not a JUMBF superbox", place)
        elif short or declared > length:
            self.truncated(
                f"the manifest store declares {declared} bytes; {length} are there", place
            )
        else:
            behind = tuple(_after(kept, declared))
            self.reach += behind
            kept = _cut(kept, declared)
            further = self._further(behind)
        if declared is not None:
            own = (h for h, at in zip(headers, _starts(spans), strict=False) if at < declared)
            self.extents.append((*wrapping, *own, *kept))
        self._add(Block(BlockKind.MANIFEST_STORE, place, kept))
        if further and self.stores_left >= 0:
            message = "several manifest stores in a row, in the place of one: none of them counts"
            self._add_finding(error("credential.multiple_stores", message, place))
            self.store(place, further)

    def _further(self, behind: Sequence[Span]) -> tuple[Span, ...]:
        """Return what is from the next manifest store on, nothing where there is none."""
        held, at = b"", 0  # what was read up to `at` and may begin a store
        for span in behind:
            for start in range(0, span.length, _PIECE):
                piece = self.asset.read(span.offset + start, min(_PIECE, span.length - start))
                held += piece
                at += len(piece)
                offset = jumbf_header.next_store(held)
                if offset >= 0:
                    return tuple(_after(tuple(behind), at - len(held) + offset))
                held = held[-jumbf_header.PEEK :]
        return ()

    def coded_store(
        self, place: str, span: Span, coding: Coding, extent: Sequence[Span] = ()
    ) -> None:
        """Add a manifest store that has to be decoded; the family module has checked it.

        `extent` is the store with its wrapping, without one the span.
        """
        self.extents.append(extent or (span,))
        self._add(Block(BlockKind.MANIFEST_STORE, place, (span,), coding))

    def remain(
        self, place: str, at: int, spans: Iterable[Span] = (), coding: Coding = Coding.RAW
    ) -> None:
        """Add a manifest store that is at no place where the format has one (see Scan)."""
        kept, _ = _within(spans, self.asset.size)
        if any(kept[:1] == (block.spans[0],) or at == block.offset for block in self.remains):
            return  # found by its name and by the search alike
        message = f"a manifest store at byte {at}, where this format has none"
        self._add_finding(error("credential.unread_remains", message, place))
        if kept and len(self.remains) < MAX_REMAINS:
            self.remains.append(Block(BlockKind.MANIFEST_STORE, place, kept, coding))

    def xmp(self, place: str, spans: Iterable[Span], coding: Coding = Coding.RAW) -> None:
        """Add an XMP packet, cut to what the file holds."""
        kept, short = _within(spans, self.asset.size)
        if short:
            self.truncated("the XMP packet ends after the end of the file", place)
        if kept:
            self._add(Block(BlockKind.XMP, place, kept, coding))

    def metadata(
        self, kind: BlockKind, place: str, offset: int, length: int, coding: Coding = Coding.RAW
    ) -> None:
        """Add a block of other metadata, cut to what the file holds; an empty one is left out."""
        if offset + length > self.asset.size:
            self.truncated(f"the {kind} block ends after the end of the file", place)
            length = self.asset.size - offset
        if length > 0 and offset >= 0 and self._metadata_fits(place):
            self.blocks.append(Block(kind, place, (Span(offset, length),), coding))

    def joined(
        self, kind: BlockKind, place: str, spans: Iterable[Span], coding: Coding = Coding.RAW
    ) -> None:
        """Add a block of other metadata that is in several ranges."""
        kept, short = _within(spans, self.asset.size)
        if short:
            self.truncated(f"the {kind} block ends after the end of the file", place)
        if kept and self._metadata_fits(place):
            self.blocks.append(Block(kind, place, kept, coding))

    def holds(self, at: int, kind: BlockKind) -> bool:
        """Tell whether a block of some kind that was added holds a byte of the file.

        What is between the first and the last part of a manifest store counts as the store's:
        it may have a hundred thousand parts.
        """
        for block in self.blocks:
            if block.kind is not kind or not block.spans:
                continue
            if kind is _STORE:
                last = block.spans[-1]
                if block.offset <= at < last.offset + last.length:
                    return True
            elif any(span.offset <= at < span.offset + span.length for span in block.spans):
                return True
        return False

    def truncated(self, message: str, where: str = "") -> None:
        """Note that something is shorter than it says, or not what it should be."""
        self._add_finding(warning("container.truncated", message, where))

    def limit(self, message: str, where: str = "") -> None:
        """Note that a bound of the scan was reached: what lies after it was not looked at."""
        self._add_finding(warning("container.limit", message, where))

    def trailing(self, count: int) -> None:
        """Note bytes after the end that the container itself declares."""
        if count > 0:
            self.behind = count
            self._add_finding(
                note("container.trailing_bytes", f"{count} bytes after the end of the container")
            )

    def not_located(self, message: str, where: str = "") -> None:
        """Note that there may be a credential whose place this scan cannot tell."""
        self._add_finding(note("container.credential_not_located", message, where))

    def interrupted(self, message: str, where: str = "") -> None:
        """Note that parts of a credential do not follow one another as they have to."""
        self._add_finding(warning("credential.interrupted", message, where))

    def note(self, code: str, message: str, where: str = "") -> None:
        """Add a note of another kind."""
        self._add_finding(note(code, message, where))

    def fault(self, code: str, message: str, where: str = "") -> None:
        """Add what the standard has a failure code for."""
        self._add_finding(warning(code, message, where))

    def finish(
        self,
        media_type: str,
        family: str,
        *,
        can_carry: bool = True,
        fragmented: bool = False,
    ) -> Scan:
        """Return the outcome, after counting the manifest stores."""
        if self.blocks:
            # An update manifest in a box of its own belongs to the original beside it (BMFF).
            stores = [b for b in self.blocks if b.kind is _STORE]
            # of those of a text one may be the credential, and a PDF has one in each revision
            several = family not in {"text", "pdf"}
            if (
                several
                and len(stores) > 1
                and len(stores) - any(b.place == UPDATE_PLACE for b in stores) > 1
            ):
                self.findings.append(
                    error(
                        "credential.multiple_stores",
                        f"{len(stores)} manifest stores where one belongs: none of them counts",
                    )
                )
        return Scan(
            media_type,
            family,
            tuple(self.blocks),
            tuple(self.findings),
            can_carry,
            fragmented,
            self.behind,
            self._extent(family),
            merged(self.lawful, self.asset.size) if self.lawful else (),
            tuple(self.remains),
            merged(self.reach, self.asset.size) if self.reach else (),
        )

    def _extent(self, family: str) -> tuple[Span, ...]:
        if not self.extents:
            return ()
        # of the revisions of a PDF the last one counts, and covers the others
        kept = self.extents[-1:] if family == "pdf" else self.extents
        return merged((span for own in kept for span in own), self.asset.size)

    def _add(self, block: Block) -> None:
        if block.kind is _STORE:
            self.stores_left -= 1
            if self.stores_left >= 0:
                self.blocks.append(block)
            elif self.stores_left == -1:
                self.limit(f"more than {MAX_STORES} manifest stores", block.place)
            return
        self.left -= 1
        if self.left >= 0:
            self.blocks.append(block)
        elif self.left == -1:
            self.limit(f"more than {MAX_BLOCKS} blocks", block.place)

    def _metadata_fits(self, place: str) -> bool:
        self.metadata_left -= 1
        if self.metadata_left == -1:
            self.limit(f"more than {MAX_METADATA} blocks of metadata", place)
        return self.metadata_left >= 0

    def _add_finding(self, finding: Finding) -> None:
        room = MAX_FINDINGS + (MAX_REMAINS if finding.severity is Severity.ERROR else 0)
        if len(self.findings) < room and finding not in self.findings:
            self.findings.append(finding)


def merged(spans: Iterable[Span], size: int) -> tuple[Span, ...]:
    """Return the same bytes as few spans in order, cut to a file of `size` bytes."""
    ranges = sorted((s.offset, min(s.offset + s.length, size)) for s in spans if s.offset >= 0)
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(Span(start, end - start) for start, end in joined)


def _starts(spans: Iterable[Span]) -> Iterator[int]:
    """Yield where in the joined bytes each span begins."""
    at = 0
    for span in spans:
        yield at
        at += span.length


def _within(spans: Iterable[Span], size: int) -> tuple[tuple[Span, ...], bool]:
    """Cut spans to the file; tell whether anything was cut."""
    kept: list[Span] = []
    short = False
    for span in spans:
        length = min(span.length, size - span.offset)
        short = short or length < span.length
        if length > 0 and span.offset >= 0:
            kept.append(Span(span.offset, length) if length < span.length else span)
    return tuple(kept), short


def _head(asset: Asset, spans: tuple[Span, ...]) -> bytes:
    """Return enough of the joined bytes to judge the superbox's header."""
    data = b""
    for span in spans:
        data += asset.read(span.offset, min(span.length, jumbf_header.PEEK - len(data)))
        if len(data) >= jumbf_header.PEEK:
            break
    return data


def _after(spans: tuple[Span, ...], length: int) -> Iterator[Span]:
    """Yield what of joined spans is after their first `length` bytes."""
    for span in spans:
        if span.length > length:
            yield Span(span.offset + length, span.length - length)
        length = max(length - span.length, 0)


def _cut(spans: tuple[Span, ...], length: int) -> tuple[Span, ...]:
    """Cut joined spans to `length` bytes."""
    kept: list[Span] = []
    for span in spans:
        if length <= 0:
            break
        kept.append(span if span.length <= length else Span(span.offset, length))
        length -= span.length
    return tuple(kept)
