"""The container scan: which format, and where its credential and metadata blocks are.

Headers are read, media is skipped. `scan_container` never raises for what a file holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import jumbf_header, leftovers, text
from provenance.media.container.block import (
    Block,
    BlockKind,
    Coding,
    ContainerDecodeError,
    ContainerLimitError,
    Family,
    Scan,
    Span,
)
from provenance.media.container.bounds import TAIL
from provenance.media.container.loading import load_block
from provenance.media.container.sniff import all_families, family_name, load_family

if TYPE_CHECKING:
    from provenance.media.asset import Asset

__all__ = [
    "Block",
    "BlockKind",
    "Coding",
    "ContainerDecodeError",
    "ContainerLimitError",
    "Family",
    "Scan",
    "Span",
    "all_families",
    "load_block",
    "scan_container",
]


def scan_container(asset: Asset) -> Scan:
    """Recognise the format by content and find the manifest stores and XMP packets in it.

    Whatever the file holds gives a Scan, if need be with findings, whose codes begin with
    `container.` or `credential.`; `container.credential_not_located` says that there may be a
    credential which only the SDK can find. Raises AssetError only, when the file cannot be read.
    """
    name = family_name(asset)
    if name == "unknown":
        return _with_overlooked(asset, Scan("application/octet-stream", name))
    declaration = load_family(name)  # loaded when first met: a run over JPEG loads no other
    scan = declaration.scan(asset)
    whole = (
        declaration.stepped
        and not scan.blocks_of(BlockKind.MANIFEST_STORE)
        and jumbf_header.BOX_TYPE in asset.read(max(asset.size - TAIL, 0), TAIL)
    )
    return _with_overlooked(asset, scan, whole=whole) if whole or scan.findings else scan


def _with_overlooked(asset: Asset, scan: Scan, *, whole: bool = False) -> Scan:
    if scan.family not in leftovers.ALONE:
        return leftovers.overlooked(asset, scan, whole=whole)

    return leftovers.overlooked(asset, scan, text.overlooked, text.SOUGHT, whole=whole)
