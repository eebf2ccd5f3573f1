"""What every family's tests ask."""

from __future__ import annotations

from provenance.media.asset import Asset
from provenance.media.container import BlockKind, Scan, load_block, scan_container

LIMIT = 1 << 24


def scanned(data: bytes) -> Scan:
    with Asset.from_bytes(data) as asset:
        return scan_container(asset)


def loaded(data: bytes, kind: BlockKind = BlockKind.MANIFEST_STORE) -> list[bytes]:
    with Asset.from_bytes(data) as asset:
        return [load_block(asset, block, LIMIT) for block in scan_container(asset).blocks_of(kind)]


def xmp(data: bytes) -> list[bytes]:
    return loaded(data, BlockKind.XMP)


def codes(data: bytes) -> list[str]:
    return [finding.code for finding in scanned(data).findings]


def places(data: bytes) -> list[str]:
    return [block.place for block in scanned(data).blocks]
