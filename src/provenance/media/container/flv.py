"""FLV (Adobe Flash Video File Format Specification 10.1, annex E): script data; no credentials.

Script tags (`onMetaData`) stand in front of the media, so that only the first tags are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.block import BlockKind, Family
from provenance.media.container.bounds import MAX_FLV_TAGS
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_SCRIPT = 18


def scan_flv(asset: Asset) -> Scan:
    """Find the script data of an FLV file."""
    out = Collector(asset)
    head = asset.read(0, 9)
    pos = int.from_bytes(head[5:9], "big") + 4  # 4: the size of the tag before the first, 0
    for _ in range(MAX_FLV_TAGS):
        tag = asset.read(pos, 11)
        if len(tag) < 11:
            if pos != asset.size:
                out.truncated(f"no tag at {pos}")
            break
        length = int.from_bytes(tag[1:4], "big")
        if tag[0] & 0x1F == _SCRIPT:
            out.metadata(BlockKind.AMF0, "script data", pos + 11, length)
        pos += 11 + length + 4
    return out.finish("video/x-flv", "flv", can_carry=False)


FAMILY = Family(
    title="FLV",
    media_types=("video/x-flv",),
    scan=scan_flv,
    example=b"FLV\1\0\0\0\0\x09\0\0\0\0",
    checksums=False,
    stepped=True,
)
