"""What the metadata tests ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.metadata import read_metadata

if TYPE_CHECKING:
    from provenance.media.metadata.field import Metadata


def metadata(data: bytes, *, everything: bool = False) -> Metadata:
    with Asset.from_bytes(data) as asset:
        return read_metadata(asset, scan_container(asset), everything=everything)


def pairs(data: bytes, *, everything: bool = False) -> list[tuple[str, str]]:
    return [(f.key, f.value) for f in metadata(data, everything=everything).fields]


def codes(data: bytes, *, everything: bool = False) -> list[str]:
    return [f.code for f in metadata(data, everything=everything).findings]


def all_codes(data: bytes) -> list[str]:
    """Of the scan and of the metadata."""
    with Asset.from_bytes(data) as asset:
        found = scan_container(asset)
        return [f.code for f in (*found.findings, *read_metadata(asset, found).findings)]
