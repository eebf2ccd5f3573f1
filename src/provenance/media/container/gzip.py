"""gzip (RFC 1952): recognised only, the specification places no credentials in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.block import Family, Scan

if TYPE_CHECKING:
    from provenance.media.asset import Asset


def scan_gzip(asset: Asset) -> Scan:
    """Name the format."""
    del asset
    return Scan("application/gzip", "gzip")


FAMILY = Family(
    title="gzip",
    media_types=("application/gzip",),
    scan=scan_gzip,
    example=b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0",
    holds=(("application/gzip", "a compressed file; its content was"),),
    opener="packed_members",
)
