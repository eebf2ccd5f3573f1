"""Judging the ranges that a data hash leaves out (C2PA 2.4, 15.12.1.1).

The credential with its wrapping may be left out, and nothing else in the range that holds it.
Further ranges may hold metadata (9.2.6). Every other byte could be exchanged without a trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.credentials.validation.byte_source import is_zero, merged, subtract
from provenance.credentials.validation.outcome import BindingResult
from provenance.media.container.block import BlockKind, Coding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.validation.byte_source import ByteSource, Range
    from provenance.media.container.block import Block, Scan

_KINDS = frozenset({BlockKind.EXIF, BlockKind.XMP, BlockKind.IPTC})
# Formats that are read from one piece to the next, so that a length decides where media begin.
_IN_A_ROW = frozenset({"jpeg", "png", "riff", "gif", "id3", "flac", "jxl", "ogg"})
_STEERING = frozenset({"IFD0"})  # the table of a TIFF that says where its pixels are
_SOI, _SOS, _APP1, _APP13 = 0xD8, 0xDA, 0xE1, 0xED
_METADATA_SEGMENTS = (
    (_APP1, b"Exif\0"),
    (_APP1, b"http://ns.adobe.com/"),
    (_APP13, b"Photoshop 3.0\0"),
)
_MAX_SEGMENTS = 4_096
_HEX = frozenset(b"0123456789abcdefABCDEF<> \r\n")
_MAX_SIGNATURE = 1 << 20  # bytes of a PDF signature, in hexadecimal


@dataclass(frozen=True, slots=True)
class FileLayout:
    """Where the credential and the metadata are in a file, as ranges in order.

    `extent` is every byte of the store and its wrapping, None where its place is not known: then
    nothing can be said of what a hash leaves out. `metadata` are payloads of EXIF, XMP and IPTC.
    `taken` is what no reader of the format takes for anything but the credential, since the lengths
    of store and wrapping say so; the hash may have been made when they said something else.
    """

    family: str
    extent: tuple[Range, ...] | None
    metadata: tuple[Range, ...] = ()
    taken: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is left out besides the credential: `foreign` decides `result`, `metadata` does not.

    `taken` is what the hash covers as media and the credential takes for itself.
    """

    result: BindingResult
    foreign: tuple[Range, ...] = ()
    metadata: tuple[Range, ...] = ()
    taken: tuple[Range, ...] = ()


def layout(scan: Scan, *, located: bool) -> FileLayout:
    """Return the layout of a file; `located` says whether the scan found the credential.

    A sidecar's is located too: nothing of it is in the file.
    """
    payloads = [
        (span.offset, span.offset + span.length)
        for block in scan.blocks
        if _is_metadata(block) and not (scan.family == "tiff" and block.place in _STEERING)
        for span in block.spans
    ]
    own = (*scan.extent, *scan.lawful)
    extent = tuple(merged((span.offset, span.offset + span.length) for span in own))
    stores = merged(
        (span.offset, span.offset + span.length)
        for block in scan.blocks_of(BlockKind.MANIFEST_STORE)
        for span in block.spans
    )
    taken = subtract(stores, subtract(stores, extent))  # of several stores, of the one that counts
    if scan.family in _IN_A_ROW:
        taken += [(span.offset, span.offset + span.length) for span in scan.reach]
    where = extent if located else None
    return FileLayout(scan.family, where, tuple(merged(payloads)), tuple(merged(taken)))


def _is_metadata(block: Block) -> bool:
    return block.kind in _KINDS and block.coding in {Coding.RAW, Coding.DEFLATE}


def left_out_verdict(source: ByteSource, ranges: Sequence[Range], where: FileLayout) -> LeftOut:
    """Judge the ranges that a hash leaves out, in order."""
    if where.extent is None:
        return LeftOut(BindingResult.UNCHECKED, tuple(ranges))
    taken = [r for r in subtract(where.taken, merged(ranges)) if not is_zero(source, *r)]
    if taken:
        return LeftOut(BindingResult.MISMATCH, (), (), tuple(taken))
    left = subtract(merged(ranges), where.extent)
    foreign = subtract(left, where.metadata)
    metadata = tuple(subtract(left, foreign))
    own = _credential_range(ranges, where.extent)
    ends = {end for _, end in where.extent}
    foreign = [r for r in foreign if not _harmless(source, r, where.family, own, ends)]
    first, last = (where.extent[0][0], where.extent[-1][1]) if where.extent else (0, 0)
    # Metadata within the range of the store: 15.12.1.1 rejects it, and no decoder shows it.
    inside = tuple(r for r in metadata if own and r[0] < own[1] and r[1] > own[0])
    between = [r for r in (*foreign, *inside) if first < r[0] and r[1] < last]
    if between:
        return LeftOut(BindingResult.MISMATCH, tuple(merged([*foreign, *inside])))
    if foreign:
        segments = merged(_metadata_segments(source, where.family))
        worse = subtract(foreign, segments)
        if worse:
            return LeftOut(BindingResult.MISMATCH, tuple(worse), metadata)
        return LeftOut(BindingResult.PARTIAL, tuple(merged([*foreign, *inside])))
    if inside:
        return LeftOut(BindingResult.PARTIAL, inside)
    return LeftOut(BindingResult.MATCH, (), metadata)


def _credential_range(ranges: Sequence[Range], extent: Sequence[Range]) -> Range | None:
    """Return the range that holds the credential, or begins to."""
    return next(
        (r for r in ranges if extent and r[0] < extent[-1][1] and r[1] > extent[0][0]), None
    )


def _harmless(
    source: ByteSource, piece: Range, family: str, own: Range | None, ends: set[int]
) -> bool:
    """Tell whether a piece is padding after the store, or what the standard names besides it.

    `ends` are where the parts of the credential end.
    """
    within = own is not None and own[0] <= piece[0] and piece[1] <= own[1]
    if within and piece[0] in ends and is_zero(source, *piece):
        return True  # 15.12.1.1 allows padding with the store
    return family == "pdf" and _is_signature(source, piece)


def _is_signature(source: ByteSource, piece: Range) -> bool:
    """Tell whether a range is the value of `Contents` of a PDF signature (A.4.2.2)."""
    start, end = piece
    if end - start > _MAX_SIGNATURE:
        return False
    before = source.read(max(start - 24, 0), min(start, 24)).rstrip(b"< \r\n")
    value = source.read(start, end - start)
    return before.endswith(b"/Contents") and len(value) == end - start and _HEX.issuperset(value)


def _metadata_segments(source: ByteSource, family: str) -> list[Range]:
    """Return the marker of the file's start and whole segments of metadata, of a JPEG."""
    if family != "jpeg":
        return []
    segments: list[Range] = [(0, 2)]
    at = 2
    for _ in range(_MAX_SEGMENTS):
        head = source.read(at, 64)
        if len(head) < 4 or head[0] != 0xFF or head[1] in {_SOI, _SOS}:
            break
        end = at + 2 + int.from_bytes(head[2:4])
        if any(head[1] == marker and head[4:].startswith(m) for marker, m in _METADATA_SEGMENTS):
            segments.append((at, end))
        at = end
    return segments
