"""AAC in ADTS (ISO/IEC 13818-7): an APEv2 tag at its end; no credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import apev2, leftovers
from provenance.media.container.block import Family
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan


def scan_aac(asset: Asset) -> Scan:
    """Find the tag."""
    out = Collector(asset)
    apev2.add_ape_tags(out)
    # The mark is two bytes: one that is damaged makes a picture, or any file, look like this.
    leftovers.search_stores(out, 0, asset.size)
    return out.finish("audio/aac", "aac", can_carry=False)


FAMILY = Family(
    title="AAC",
    media_types=("audio/aac",),
    scan=scan_aac,
    example=b"\xff\xf1\x50\x80\x02\x1f\xfc",
)
