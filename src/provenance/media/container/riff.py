"""RIFF (WebP, WAV, AVI), and RF64/BW64 for more than 4 GB (EBU Tech 3306).

A manifest store is the chunk `C2PA` straight under the first RIFF chunk (C2PA specification,
"Embedding manifests into RIFF-based assets"); XMP is `XMP ` (WebP) or `_PMX` (WAV, AVI).
Metadata may be after the coded data; that is stepped over by its size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import id3, jumbf_header, leftovers
from provenance.media.container.block import BlockKind, Family, Span
from provenance.media.container.bounds import MAX_RIFF_CHUNKS
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_TYPES = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_METADATA = {  # chunk -> what it is and what the place is called
    b"EXIF": (BlockKind.EXIF, "EXIF"),
    b"AIGC": (BlockKind.RIFF, "AIGC"),
    b"bext": (BlockKind.RIFF, "bext"),
    b"iXML": (BlockKind.RIFF, "iXML"),
    b"json": (BlockKind.RIFF, "json"),  # WanGP: its settings
}
_READ = frozenset({b"XMP ", b"_PMX", b"LIST", b"id3 ", b"ID3 ", *_METADATA})
_CODED = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANMF", b"fmt ", b"data"})
_IN_DS64 = 0xFFFFFFFF  # the size is in the ds64 chunk


def scan_riff(asset: Asset) -> Scan:
    """Find the manifest store and the metadata of a RIFF file."""
    out = Collector(asset)
    head = asset.read(0, 12)
    _forms(asset, out, head)
    return out.finish(_TYPES.get(head[8:12], "application/octet-stream"), "riff")


def _forms(asset: Asset, out: Collector, head: bytes) -> None:
    pos, left = 0, MAX_RIFF_CHUNKS
    while True:  # an AVI of more than 1 GB is a row of RIFF chunks (OpenDML)
        wide = _ds64(asset) if head[:4] != b"RIFF" else None
        size = wide[0] if wide else int.from_bytes(head[4:8], "little")
        end = pos + 8 + size
        if end > asset.size:
            out.truncated(f"the file ends {end - asset.size} bytes before its RIFF size")
            end = asset.size
        left = _chunks(asset, out, pos + 12, end, wide, left)
        if left < 0:
            out.limit(f"more than {MAX_RIFF_CHUNKS} chunks")
            _search_leftovers(out, pos + 12)
            return
        left -= 1
        pos = end + (end & 1)
        head = asset.read(pos, 12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"AVIX":
            out.trailing(asset.size - pos)
            _after(asset, out, pos)
            return


def _search_leftovers(out: Collector, pos: int) -> None:
    leftovers.search(out, pos, own=lambda box: leftovers.behind(out, box, b"C2PA", 8))


def _after(asset: Asset, out: Collector, pos: int) -> None:
    """Go over chunks after the declared size, for as long as there are any."""
    left = MAX_RIFF_CHUNKS
    while pos + 8 <= asset.size and left:
        left -= 1
        head = asset.read(pos, 8)
        length = int.from_bytes(head[4:], "little")
        end = pos + 8 + length
        if not head[:4].isascii() or not head[:4].decode().isprintable() or end > asset.size:
            return
        if head[:4] == b"C2PA" and jumbf_header.is_store(asset.read(pos + 8, jumbf_header.PEEK)):
            out.remain("C2PA", pos + 8, (Span(pos + 8, length),))
        else:
            _metadata(asset, out, head[:4], pos, length)
        pos = end + (length & 1)


def _chunks(
    asset: Asset, out: Collector, pos: int, end: int, wide: tuple[int, int] | None, left: int
) -> int:
    """Walk the chunks of one form; return how many more the file may have, -1 when too many."""
    read, begun = asset.read, pos
    while pos + 8 <= end:
        begun = pos
        left -= 1
        if left < 0:
            return left
        head = read(pos, 8)
        kind = head[:4]
        length = int.from_bytes(head[4:8], "little")
        if length == _IN_DS64 and wide and kind == b"data":
            length = wide[1]
        if kind == b"C2PA":
            padding = Span(pos + 8 + length, length & 1)
            out.store("C2PA", (Span(pos + 8, length),), (Span(pos, 8), padding))
        elif kind in _READ:
            _metadata(asset, out, kind, pos, length)
        elif kind not in _CODED:
            leftovers.peek_at_all(out, "unknown chunk", pos + 8, length)
        pos += 8 + length + (length & 1)
    if pos > end + 1:
        out.truncated("a chunk is longer than its RIFF chunk")
        _search_leftovers(out, begun + 8)
    return left


def _metadata(asset: Asset, out: Collector, kind: bytes, pos: int, length: int) -> None:
    if kind in (b"XMP ", b"_PMX"):
        out.xmp(kind.decode("ascii"), (Span(pos + 8, length),))
    elif kind in _METADATA:
        out.metadata(*_METADATA[kind], pos + 8, length)
    elif kind == b"LIST":
        if length > 4 and asset.read(pos + 8, 4) == b"INFO":
            out.metadata(BlockKind.RIFF, "LIST INFO", pos + 12, length - 4)
    elif kind in (b"id3 ", b"ID3 "):
        id3.embedded(out, pos + 8)


def _ds64(asset: Asset) -> tuple[int, int] | None:
    """Return the sizes of the RIFF and the data chunk (EBU Tech 3306, ds64)."""
    data = asset.read(12, 24)
    if len(data) < 24 or data[:4] != b"ds64":
        return None
    return int.from_bytes(data[8:16], "little"), int.from_bytes(data[16:24], "little")


FAMILY = Family(
    title="WebP, WAV, AVI",
    media_types=tuple(_TYPES.values()),
    scan=scan_riff,
    example=b"RIFF\x04\0\0\0WEBP",
    store="chunk `C2PA`",
    checksums=False,
    stepped=True,
)
