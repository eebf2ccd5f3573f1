"""FLAC (RFC 9639), bare or after an ID3v2 tag.

The specification places a manifest store in the ID3v2 tag (C2PA specification, "Embedding
manifests into ID3"). Some writers put it into an APPLICATION block of the native container,
which the specification only considers: it is listed all the same. Comments stand in
the block VORBIS_COMMENT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import jumbf_header, leftovers
from provenance.media.container.block import BlockKind, Family, Span
from provenance.media.container.bounds import MAX_FLAC_BLOCKS
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_APPLICATION, _COMMENT = 2, 4
_LAST = 0x80
_AFTER = 1 << 20  # bytes searched after the block that says it is the last


def scan_flac(asset: Asset) -> Scan:
    """Scan a FLAC file without an ID3v2 tag."""
    return finish(Collector(asset), 0)


def finish(out: Collector, start: int) -> Scan:
    """Walk the metadata blocks from the `fLaC` marker at `start`, and end the scan."""
    read, pos = out.asset.read, start + 4
    for _ in range(MAX_FLAC_BLOCKS):
        head = read(pos, 4)
        if len(head) < 4:
            out.truncated("the file ends within its metadata")
            leftovers.search(out, start + 4)
            break
        length = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F == _APPLICATION:
            data = read(pos + 4, min(length, 4 + jumbf_header.PEEK))  # 4: the application's id
            if jumbf_header.is_store(data[4:]):
                out.store("APPLICATION", (Span(pos + 8, length - 4),), (Span(pos, 8),))
            else:
                leftovers.peek(out, "block", pos + 4, length)
        elif head[0] & 0x7F == _COMMENT:
            out.metadata(BlockKind.VORBIS, "VORBIS_COMMENT", pos + 4, length)
            leftovers.peek(out, "block", pos + 4, length)
        else:
            leftovers.peek(out, "block", pos + 4, length)
        pos += 4 + length
        if head[0] & _LAST:
            leftovers.search_stores(out, pos, min(pos + _AFTER, out.asset.size))
            break
    else:
        out.limit(f"more than {MAX_FLAC_BLOCKS} metadata blocks")
        leftovers.search(out, pos)
    return out.finish("audio/flac", "flac")


FAMILY = Family(
    title="FLAC",
    media_types=("audio/flac",),
    scan=scan_flac,
    example=b"fLaC\x80\0\0\x22" + bytes(34),
    store="frame `GEOB` of an ID3v2 tag in front",
    checksums=False,
    stepped=True,
)
