"""Formats that are recognised only: the specification places no credentials in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.model import Scan

if TYPE_CHECKING:
    from provenance.media.asset import Asset


def scan(asset: Asset) -> Scan:
    """Name the format of an AAC or gzip file."""
    if asset.read(0, 2) == b"\x1f\x8b":
        return Scan("application/gzip", "gzip")
    return Scan("audio/aac", "aac")
