"""The container scan: which format, and where its credential and metadata blocks stand.

Headers are read, media is skipped. `scan` never raises for what a file holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import jumbf
from provenance.media.container.bounds import TAIL
from provenance.media.container.load import load
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
    from collections.abc import Callable

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

# Families whose parts are stepped over by their sizes, and that look at their own end nowhere else.
_STEPPED = frozenset(
    (
        *("bmff", "flac", "gif", "id3", "jxl", "ogg", "png", "riff"),
        *("aiff", "asf", "caf", "ebml", "exr", "flv"),
    )
)
_scanners: dict[str, Callable[[Asset], Scan]] = {}


def scan(asset: Asset) -> Scan:
    """Recognise the format by content and find the manifest stores and XMP packets in it.

    Whatever the file holds gives a Scan, if need be with findings: `container.truncated`,
    `container.limit`, `credential.multiple_stores`, `container.trailing_bytes`,
    `container.credential_not_located` (there may be a credential: ask the SDK),
    `container.merkle_boxes`, `container.remote_reference`. Raises AssetError only, when the
    file cannot be read.
    """
    name = family(asset)
    if name == "unknown":
        return _searched(asset, Scan("application/octet-stream", name))
    scanner = _scanners.get(name)
    if scanner is None:
        # imported when first met: a run over JPEG files loads no other family
        scanner = _scanners[name] = declared(name).scan
    made = scanner(asset)
    # One size that is too large, or 0, can take in what follows it, to the end of the file.
    whole = (
        name in _STEPPED
        and not made.of(BlockKind.MANIFEST_STORE)
        and jumbf.BOX_TYPE in asset.read(max(asset.size - TAIL, 0), TAIL)
    )
    return _searched(asset, made, whole=whole) if whole or made.findings else made


def _searched(asset: Asset, made: Scan, *, whole: bool = False) -> Scan:
    from provenance.media.container import rest  # noqa: PLC0415 - few files are damaged

    if made.family not in rest.ALONE:
        return rest.overlooked(asset, made, whole=whole)
    from provenance.media.container import text  # noqa: PLC0415 - as above

    return rest.overlooked(asset, made, text.overlooked, text.SOUGHT, whole=whole)
