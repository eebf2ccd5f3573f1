"""Zstandard (RFC 8878): recognised only, the specification places no credentials in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.block import Family, Scan

if TYPE_CHECKING:
    from provenance.media.asset import Asset


def scan_zstd(asset: Asset) -> Scan:
    """Name the format."""
    del asset
    return Scan("application/zstd", "zstd")


FAMILY = Family(
    title="Zstandard",
    media_types=("application/zstd",),
    scan=scan_zstd,
    example=b"(\xb5/\xfd \x00\x01\x00\x00",
    holds=(("application/zstd", "a compressed file; its content was"),),
    opener="packed_members",
)
