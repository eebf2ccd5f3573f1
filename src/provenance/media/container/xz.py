"""xz (The .xz File Format, 1.2.1): recognised only, no credentials are placed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.block import Family, Scan

if TYPE_CHECKING:
    from provenance.media.asset import Asset


def scan_xz(asset: Asset) -> Scan:
    """Name the format."""
    del asset
    return Scan("application/x-xz", "xz")


FAMILY = Family(
    title="xz",
    media_types=("application/x-xz",),
    scan=scan_xz,
    example=b"\xfd7zXZ\x00\x00\x00\xff\x12\xd9A\x00\x00\x00\x00\x1c\xdfD!\x06r\x9ez\x01\x00\x00\x00\x00\x00YZ",
    holds=(("application/x-xz", "a compressed file; its content was"),),
    opener="packed_members",
)
