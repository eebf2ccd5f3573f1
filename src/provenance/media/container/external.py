"""A file that is one manifest store (`.c2pa`; C2PA specification, "External manifests")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import jumbf_header
from provenance.media.container.block import Family, Span
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan


def scan_manifest_store(asset: Asset) -> Scan:
    """Describe a manifest store that stands alone; `Span` covers its superbox."""
    out = Collector(asset)
    out.store("jumb", (Span(0, asset.size),))
    out.trailing(asset.size - sum(block.length for block in out.blocks))
    return out.finish("application/c2pa", "external")


def _recognise(asset: Asset, head: bytes) -> bool:
    """Tell a manifest store from other JUMBF superboxes.

    One whose description is damaged, or gone, so that a manifest is the first in it, is one too.
    """
    del asset
    return jumbf_header.is_store(head) or jumbf_header.begins(head[: jumbf_header.PEEK]) >= 0


_STORE = b"jumd" + b"c2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71" + b"\x03c2pa\0"
FAMILY = Family(
    title="manifest store in a file of its own (`.c2pa`)",
    media_types=("application/c2pa",),
    scan=scan_manifest_store,
    example=b"\0\0\0\x26jumb\0\0\0\x1e" + _STORE,
    store="the whole file",
    recognise=_recognise,
    near_miss=b"\0\0\0\x26jumb\0\0\0\x1ejumd" + bytes(16) + b"\x03exif\0",
    checksums=False,
)
