"""Reads all manifest stores of a file that has several, within the bounds of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import Finding, error
from provenance.base.values import dataclass
from provenance.credentials import store
from provenance.credentials.budget import EXPANDED, ITEMS, Budget
from provenance.credentials.jumbf import MAX_STORE
from provenance.media import container
from provenance.media.container import jumbf_header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.manifest import ManifestStore
    from provenance.media.asset import Asset
    from provenance.media.container import Block


@dataclass(frozen=True, slots=True)
class Several:
    """The stores that can be read, in the order of the file, and what is wrong with the others."""

    stores: tuple[ManifestStore, ...]
    findings: tuple[Finding, ...]


def of_blocks(asset: Asset, blocks: Sequence[Block], share: int = 1) -> Several:
    """Read the stores in blocks of a file; they get one part in `share` of its bounds.

    Raises AssetError where the file cannot be read.
    """
    parts: list[tuple[bytes, str]] = []
    unread: list[tuple[Exception, str]] = []
    left = MAX_STORE // share
    for block in blocks:
        try:
            data = container.load_block(asset, block, left)
        except container.ContainerDecodeError as e:
            unread.append((e, block.place))
            continue
        left -= len(data)
        parts += [(part, block.place) for part in jumbf_header.in_a_row(data)]
    return _parse_stores(parts, unread, share)


def of_parts(parts: Sequence[bytes]) -> Several:
    """Read stores that are in a row, in the place of one."""
    return _parse_stores([(part, "") for part in parts], [], 1)


def _parse_stores(
    parts: Sequence[tuple[bytes, str]], unread: list[tuple[Exception, str]], share: int
) -> Several:
    budget = Budget(expanded=EXPANDED // share, items=ITEMS // share)
    count = len(parts) + len(unread)
    stores = []
    for data, place in parts:
        try:
            stores.append(store.parse_store(data, budget))
        except store.StoreError as e:
            unread.append((e, place))
    findings = [
        error("credential.unreadable", f"one of {count} manifest stores cannot be read: {e}", place)
        for e, place in unread
    ]
    return Several(tuple(stores), tuple(findings))
