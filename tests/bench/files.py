"""The files that are measured: real ones where they are there, else the project's own."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from provenance.base.errors import AssetError
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, Scan, scan_container

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
SHARED = Path(os.environ.get("PROVENANCE_SHARED") or ROOT.parent / "shared")
CORPUS = SHARED / "corpus"
_NOT_MEDIA = frozenset({".json", ".md", ".pem", ".key", ".der"})


def folder() -> Path:
    """The folder measured: the shared corpus, or the fixtures where it is missing."""
    return CORPUS if CORPUS.is_dir() else FIXTURES


def _scan(path: Path) -> Scan | None:
    try:
        with Asset.open(path) as asset:
            return scan_container(asset)
    except AssetError:
        return None


@functools.cache
def all_files() -> tuple[Path, ...]:
    """Every media file, sorted by name."""
    return tuple(
        p for p in sorted(folder().iterdir()) if p.is_file() and p.suffix not in _NOT_MEDIA
    )


@functools.cache
def signed() -> tuple[Path, ...]:
    """Files that carry a manifest store themselves; stores that stand alone are left out."""
    return tuple(
        p
        for p in all_files()
        if p.suffix != ".c2pa"
        and (s := _scan(p)) is not None
        and s.blocks_of(BlockKind.MANIFEST_STORE)
    )


@functools.cache
def unsigned() -> tuple[Path, ...]:
    """Files without a manifest store and without one beside them."""
    return tuple(
        p
        for p in all_files()
        if p.suffix != ".c2pa"
        and not p.with_suffix(".c2pa").exists()
        and (s := _scan(p)) is not None
        and not s.blocks_of(BlockKind.MANIFEST_STORE)
        and s.media_type != "application/octet-stream"
    )


def reachable_manifests(path: Path) -> int:
    """How many manifests count in a file; 0 where none can be read."""
    from provenance.credentials import store
    from provenance.media.container import ContainerDecodeError, load_block

    with Asset.open(path) as asset:
        blocks = scan_container(asset).blocks_of(BlockKind.MANIFEST_STORE)
        try:
            return (
                len(store.parse_store(load_block(asset, blocks[0], 64 << 20)).reachable)
                if blocks
                else 0
            )
        except (ContainerDecodeError, store.StoreError):
            return 0
