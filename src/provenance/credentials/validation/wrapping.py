"""Where a credential's wrapping is, for scans that do not say (`Scan.extent`).

Every byte of the store and of what its container puts around it, in order, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from provenance.credentials.validation.source import is_zero
from provenance.media.container.model import BlockKind, Coding, Span

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.model import Block, Scan


def of_file(asset: Asset, scan: Scan) -> tuple[Span, ...]:
    """Return the extent of the credential in a file, with what the standard lets a hash leave out.

    Of several stores in a PDF the last one counts (15.5.2.2).
    """
    known: tuple[Span, ...] = getattr(scan, "extent", ())
    if known:
        lawful: tuple[Span, ...] = getattr(scan, "lawful", ())
        return (*known, *lawful)
    blocks = scan.of(BlockKind.MANIFEST_STORE)
    if scan.family == "pdf":
        blocks = blocks[-1:]
    return tuple(span for block in blocks for span in extent(asset, scan, block))


def extent(asset: Asset, scan: Scan, block: Block) -> tuple[Span, ...]:
    """Return the extent of one manifest store, with its wrapping."""
    own = block.spans
    if not own:
        return ()
    first, last = own[0], own[-1]
    end = last.offset + last.length
    if scan.family == "jpeg":
        return _jpeg(asset, own)
    if scan.family == "png":
        size = int.from_bytes(asset.read(first.offset - 8, 4), "big")
        return _around(asset, first, 8, size, 4)
    if scan.family == "riff":
        size = int.from_bytes(asset.read(first.offset - 4, 4), "little")
        return _around(asset, first, 8, size, size & 1)
    if scan.family == "gif":
        lead = 14 + 1  # introducer, label, size, eleven bytes of names, and a length
        made = [Span(first.offset - lead, lead), first]
        for span in own[1:]:
            made += [Span(span.offset - 1, 1), span]
        return (*made, Span(end, 1))
    if scan.family == "tiff":
        return (*_count_field(asset), *own)
    if scan.family == "bmff":
        head = asset.read(max(first.offset - 64, 0), min(64, first.offset))
        at = head.rfind(b"uuid")
        start = first.offset - len(head) + at - 4 if at >= 4 else first.offset
        size = int.from_bytes(asset.read(start, 4), "big")
        return (Span(start, size),) if size > end - start else (Span(start, end - start),)
    if scan.family == "svg" and block.coding is Coding.BASE64:
        return own
    if scan.family == "id3":
        head = asset.read(max(first.offset - 2048, 0), min(2048, first.offset))
        at = max(head.rfind(b"GEOB"), head.rfind(b"GEO"))
        return (Span(first.offset - len(head) + at, len(head) - at), *own) if at >= 0 else own
    return own


def _around(asset: Asset, store: Span, head: int, body: int, tail: int) -> tuple[Span, ...]:
    """A chunk: its head, the store, zero padding behind it, and what closes the chunk."""
    start, stored = store.offset - head, store.offset + store.length
    end = store.offset + body
    if end < stored or not is_zero(asset, stored, min(end, asset.size)):
        return (Span(start, head + store.length), Span(end, tail))
    return (Span(start, min(end + tail, asset.size) - start),)


def _jpeg(asset: Asset, own: tuple[Span, ...]) -> tuple[Span, ...]:
    """Segments of one box: marker and length, CI, En, Z, and the box header in each."""
    made = []
    for n, span in enumerate(own):
        lead = 12
        if n:
            lead = 20
            if asset.read(span.offset - 16, 4) == b"\0\0\0\1":
                lead = 28
        made.append(Span(span.offset - lead, lead + span.length))
    return tuple(made)


def _count_field(asset: Asset) -> tuple[Span, ...]:
    """Where the count of tag 0xCD41 is (18.5.5)."""
    head = asset.read(0, 16)
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
    big = int.from_bytes(head[2:4], order) == 43
    width, entry, number = (8, 20, 8) if big else (4, 12, 2)
    at = int.from_bytes(head[8:16] if big else head[4:8], order)
    for _ in range(1_024):
        if not at:
            break
        count = int.from_bytes(asset.read(at, number), order)
        if count > 4_096:
            break
        data = asset.read(at + number, count * entry + width)
        for n in range(min(count, len(data) // entry)):
            if int.from_bytes(data[n * entry : n * entry + 2], order) == 0xCD41:
                return (Span(at + number + n * entry + 4, width),)
        at = int.from_bytes(data[count * entry : count * entry + width], order)
    return ()
