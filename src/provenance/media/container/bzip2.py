"""bzip2 (its manual, version 1.0.8): recognised only, no credentials are placed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.block import Family, Scan

if TYPE_CHECKING:
    from provenance.media.asset import Asset


def scan_bzip2(asset: Asset) -> Scan:
    """Name the format."""
    del asset
    return Scan("application/x-bzip2", "bzip2")


FAMILY = Family(
    title="bzip2",
    media_types=("application/x-bzip2",),
    scan=scan_bzip2,
    example=b"BZh9\x17rE8P\x90\x00\x00\x00\x00",
    holds=(("application/x-bzip2", "a compressed file; its content was"),),
    opener="packed_members",
)
