"""A file that is one manifest store (`.c2pa`; C2PA specification, "External manifests")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.collect import Collector
from provenance.media.container.model import Span

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.model import Scan


def scan(asset: Asset) -> Scan:
    """Describe a manifest store that stands alone; `Span` covers its superbox."""
    out = Collector(asset)
    out.store("jumb", (Span(0, asset.size),))
    out.trailing(asset.size - sum(block.length for block in out.blocks))
    return out.finish("application/c2pa", "external")
