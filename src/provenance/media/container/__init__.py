"""The container scan: which format, and where its credential and metadata blocks are.

Headers are read, media is skipped. `scan` never raises for what a file holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import jumbf, rest, text
from provenance.media.container.bounds import TAIL
from provenance.media.container.loading import load
from provenance.media.container.model import (
    Block,
    BlockKind,
    Coding,
    ContainerDecodeError,
    ContainerLimitError,
    Family,
    Scan,
    Span,
)
from provenance.media.container.sniff import declared, families, family

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
    "families",
    "load",
    "scan",
]


def scan(asset: Asset) -> Scan:
    """Recognise the format by content and find the manifest stores and XMP packets in it.

    Whatever the file holds gives a Scan, if need be with findings, whose codes begin with
    `container.` or `credential.`; `container.credential_not_located` says that there may be a
    credential which only the SDK can find. Raises AssetError only, when the file cannot be read.
    """
    name = family(asset)
    if name == "unknown":
        return _searched(asset, Scan("application/octet-stream", name))
    declaration = declared(name)  # imported when first met: a run over JPEG loads no other family
    made = declaration.scan(asset)
    whole = (
        declaration.stepped
        and not made.of(BlockKind.MANIFEST_STORE)
        and jumbf.BOX_TYPE in asset.read(max(asset.size - TAIL, 0), TAIL)
    )
    return _searched(asset, made, whole=whole) if whole or made.findings else made


def _searched(asset: Asset, made: Scan, *, whole: bool = False) -> Scan:
    if made.family not in rest.ALONE:
        return rest.overlooked(asset, made, whole=whole)

    return rest.overlooked(asset, made, text.overlooked, text.SOUGHT, whole=whole)
