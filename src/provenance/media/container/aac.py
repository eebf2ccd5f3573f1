"""AAC in ADTS (ISO/IEC 13818-7): recognised only, the specification places no credentials in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.model import Family, Scan

if TYPE_CHECKING:
    from provenance.media.asset import Asset


def scan(asset: Asset) -> Scan:
    """Name the format."""
    del asset
    return Scan("audio/aac", "aac")


FAMILY = Family(
    title="AAC",
    media_types=("audio/aac",),
    scan=scan,
    example=b"\xff\xf1\x50\x80\x02\x1f\xfc",
)
