"""AIFF and AIFF-C (Audio Interchange File Format 1.3): text chunks, an ID3v2 tag, XMP.

The standard places no credential in it. XMP is a chunk `APPL` of the application `XMP ` (XMP
specification, part 3, 1.1.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import id3, leftovers
from provenance.media.container.block import BlockKind, Family, Span
from provenance.media.container.bounds import MAX_RIFF_CHUNKS
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

PLACE = "AIFF"
_TEXTS = frozenset({b"NAME", b"AUTH", b"(c) ", b"ANNO", b"COMT"})
_CODED = frozenset({b"COMM", b"SSND", b"FVER", b"MARK", b"INST", b"MIDI", b"AESD"})


def scan_aiff(asset: Asset) -> Scan:
    """Find the metadata of an AIFF file."""
    out = Collector(asset)
    head = asset.read(0, 12)
    end = 8 + int.from_bytes(head[4:8], "big")
    if end > asset.size:
        out.truncated(f"the file ends {end - asset.size} bytes before its size")
    pos = 12
    for _ in range(MAX_RIFF_CHUNKS):
        if pos + 8 > asset.size:
            break
        head = asset.read(pos, 8)
        kind, length = head[:4], int.from_bytes(head[4:], "big")
        if kind in _TEXTS:
            out.metadata(BlockKind.TAGS, PLACE, pos, 8 + length)
        elif kind == b"ID3 ":
            id3.embedded(out, pos + 8)
        elif kind == b"APPL" and asset.read(pos + 8, 4) == b"XMP ":
            out.xmp("APPL", (Span(pos + 12, max(length - 4, 0)),))
        elif kind not in _CODED:
            leftovers.peek_at_all(out, "unknown chunk", pos + 8, length)
        pos += 8 + length + (length & 1)
    else:
        out.limit(f"more than {MAX_RIFF_CHUNKS} chunks")
        leftovers.search(out, pos)
    if pos > asset.size + 1:
        out.truncated("a chunk ends after the end of the file")
        leftovers.search(out, 12)
    return out.finish("audio/aiff", "aiff", can_carry=False)


def _recognise(asset: Asset, head: bytes) -> bool:
    """Ask for the kind of form."""
    del asset
    return head[8:12] in (b"AIFF", b"AIFC")


FAMILY = Family(
    title="AIFF, AIFF-C",
    media_types=("audio/aiff",),
    scan=scan_aiff,
    example=b"FORM\0\0\0\x10AIFFNAME\0\0\0\4name",
    recognise=_recognise,
    near_miss=b"FORM 1040, for a year that is over",
    checksums=False,
    stepped=True,
)
