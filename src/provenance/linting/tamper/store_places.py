"""Where the claim, an assertion and the signature of a file's active manifest stand in the file."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.credentials import jumbf, store
from provenance.credentials.locate import MAX_STORE
from provenance.credentials.manifest import HARD_BINDINGS
from provenance.linting import facts
from provenance.linting.tamper.layout import NotMade, Replacement
from provenance.media import container
from provenance.media.container import Coding

if TYPE_CHECKING:
    from provenance.credentials.jumbf import Superbox
    from provenance.credentials.manifest import ManifestStore
    from provenance.linting.tamper.layout import ContainerLayout
    from provenance.media.asset import Asset
    from provenance.media.container import Block, Scan


class ManifestPlace(StrEnum):
    """A part of the active manifest; the words are those of the faults."""

    CLAIM = "claim"
    ASSERTION = "assertion"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class StorePlaces:
    """A manifest store in a file: its bytes, the block they came from, and what they declare.

    `watermarks` are the names of soft-binding algorithms, or the action that speaks of one.
    """

    data: bytes
    block: Block
    active: Superbox
    instance_id: str
    watermarks: tuple[str, ...]

    def flip(self, layout: ContainerLayout, place: ManifestPlace) -> list[Replacement]:
        """Flip the lowest bit of one byte of a part. Raises NotMade."""
        if self.active.uuid == jumbf.COMPRESSED_MANIFEST:
            raise NotMade("the active manifest is compressed in its store")
        at = self._offset(place)
        if self.block.coding is Coding.BASE64:
            return self._coded(at)
        if self.block.coding is not Coding.RAW:
            raise NotMade("the manifest store is compressed in this file")
        left = at
        for span in self.block.spans:
            if left < span.length:
                return layout.flip(span.offset + left)
            left -= span.length
        raise NotMade("the manifest store ends before this part")

    def _coded(self, at: int) -> list[Replacement]:
        changed = bytearray(self.data)
        changed[at] ^= 1
        first, last = self.block.spans[0], self.block.spans[-1]
        end = last.offset + last.length
        return [Replacement(first.offset, end, (base64.b64encode(changed),))]

    def _offset(self, place: ManifestPlace) -> int:
        if place is ManifestPlace.SIGNATURE:
            return self._last(self.active.child(jumbf.SIGNATURE), "claim signature")
        if place is ManifestPlace.CLAIM:
            claim = self.active.child(jumbf.CLAIM)
            end = self._last(claim, "claim")
            name = self.instance_id.encode("utf-8", "surrogatepass")
            position = self.data.find(name, claim.start, end) if claim and name else -1
            # within a text the claim still decodes, so that only its signature notices
            return position + len(name) - 1 if position >= 0 else end
        return self._last(self._assertion(), "assertion")

    def _assertion(self) -> Superbox | None:
        holder = self.active.child(jumbf.ASSERTION_STORE)
        children = holder.children if holder else ()
        actions = [c for c in children if c.label.startswith("c2pa.actions")]
        others = [c for c in children if c.label.partition("__")[0] not in HARD_BINDINGS]
        return next(iter((*actions, *others, *children)), None)

    @staticmethod
    def _last(box: Superbox | None, name: str) -> int:
        if box is None or box.end <= box.start:
            raise NotMade(f"the active manifest has no {name}")
        return box.end - 1


def store_places(asset: Asset, scan: Scan) -> StorePlaces | None:
    """Return the places of the first manifest store in a file; None where it cannot be read."""
    blocks = scan.blocks_of(container.BlockKind.MANIFEST_STORE)
    if not blocks:
        return None
    try:
        data = container.load_block(asset, blocks[0], MAX_STORE)
        root, parsed = jumbf.parse_jumbf(data), store.parse_store(data)
    except (container.ContainerDecodeError, jumbf.JumbfError, store.StoreError):
        return None
    active = next(c for c in reversed(root.children) if c.label == parsed.active)
    manifest = parsed.active_manifest
    return StorePlaces(data, blocks[0], active, manifest.instance_id, watermarks(parsed))


def watermarks(parsed: ManifestStore) -> tuple[str, ...]:
    """Return the watermarks that the reachable manifests declare, sorted."""
    declared = (facts.watermarks(parsed.manifests[label]) for label in parsed.reachable)
    return tuple(sorted({name for names in declared for name in names}))
