"""CAF (Apple Core Audio Format 1.0): the chunk `info` with keys and values.

The standard places no credential in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import leftovers
from provenance.media.container.block import BlockKind, Family
from provenance.media.container.bounds import MAX_RIFF_CHUNKS
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

PLACE = "CAF info"
_CODED = frozenset(
    {b"desc", b"data", b"pakt", b"kuki", b"chan", b"free", b"mark", b"regn", b"ovvw"}
)
_TO_THE_END = (1 << 64) - 1  # the size of a chunk `data` that is the last one


def scan_caf(asset: Asset) -> Scan:
    """Find the metadata of a CAF file."""
    out = Collector(asset)
    pos = 8
    for _ in range(MAX_RIFF_CHUNKS):
        head = asset.read(pos, 12)
        if len(head) < 12:
            break
        kind, length = head[:4], int.from_bytes(head[4:], "big")
        if kind == b"data" and length == _TO_THE_END:
            break
        if kind == b"info":
            out.metadata(BlockKind.TAGS, PLACE, pos + 12, length)
        elif kind not in _CODED:
            leftovers.peek_at_all(out, "unknown chunk", pos + 12, length)
        pos += 12 + length
        if pos > asset.size:
            out.truncated("a chunk ends after the end of the file")
            leftovers.search(out, 8)
            break
    else:
        out.limit(f"more than {MAX_RIFF_CHUNKS} chunks")
        leftovers.search(out, pos)
    return out.finish("audio/x-caf", "caf", can_carry=False)


def _recognise(asset: Asset, head: bytes) -> bool:
    """Ask for the version, of which there is one."""
    del asset
    return head[4:6] == b"\0\1"


FAMILY = Family(
    title="CAF",
    media_types=("audio/x-caf",),
    scan=scan_caf,
    example=b"caff\0\1\0\0info" + (14).to_bytes(8, "big") + b"\0\0\0\1title\0abc\0",
    recognise=_recognise,
    near_miss=b"caffeine, and how it is made",
    checksums=False,
    stepped=True,
)
