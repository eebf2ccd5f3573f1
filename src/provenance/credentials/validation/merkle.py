"""Merkle trees of BMFF hashes (C2PA 2.4, 18.6.1, 18.6.6 and A.5.4)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from provenance.base.values import dataclass
from provenance.credentials.validation.bmff_boxes import MALFORMED, SECTION
from provenance.credentials.validation.byte_source import algorithm, is_count
from provenance.credentials.validation.outcome import Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LEAVES = 1 << 20
MAX_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class MerkleRow:
    """One row of a Merkle tree, as the assertion holds it.

    `blocks` are the sizes of the leaves, None where they are not given; `fixed` is one size for
    all, 0 where there is none. `init` is the hash of the initialisation segment.
    """

    unique: int
    local: int
    count: int
    algorithm: str
    hashes: tuple[bytes, ...]
    init: bytes | None
    fixed: int
    blocks: tuple[int, ...] | None

    @property
    def ids(self) -> tuple[int, int]:
        """What the C2PA boxes of its leaves name it by."""
        return self.unique, self.local

    @property
    def needs_paths(self) -> bool:
        """Whether the row is above the leaves, so that each has a box that leads to it."""
        return self.count > len(self.hashes)


def rows(content: dict[Any, Any], claim: str) -> list[MerkleRow]:
    """Read `merkle`. Raises Malformed."""
    value = content.get("merkle")
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not value or len(value) > MAX_ROWS:
        raise Malformed(MALFORMED, SECTION, "the Merkle rows are not a list")
    return [_row(row, content, claim) for row in value]


def _row(row: Any, content: dict[Any, Any], claim: str) -> MerkleRow:
    if not isinstance(row, dict):
        raise Malformed(MALFORMED, SECTION, "a Merkle row is not a map")
    unique, local, count = (row.get(key) for key in ("uniqueId", "localId", "count"))
    hashes, init = row.get("hashes"), row.get("initHash")
    fixed, blocks = row.get("fixedBlockSize"), row.get("variableBlockSizes")
    if not is_count(unique) or not is_count(local) or not is_count(count):
        raise Malformed(MALFORMED, SECTION, "a Merkle row does not say what it is for")
    if not 0 < count <= MAX_LEAVES:
        raise Malformed(MALFORMED, SECTION, "a Merkle row has no leaves, or too many")
    if not isinstance(hashes, list | tuple) or not all(isinstance(h, bytes) for h in hashes):
        raise Malformed(MALFORMED, SECTION, "a Merkle row has no hashes")
    if len(hashes) not in layers(count):
        raise Malformed(MALFORMED, SECTION, "a Merkle row that no tree of its size has")
    if fixed is not None and blocks is not None:
        raise Malformed(MALFORMED, SECTION, "a Merkle row has block sizes of both kinds")
    if fixed is not None and (not is_count(fixed) or fixed <= 0):
        raise Malformed(MALFORMED, SECTION, "a Merkle row has a block size that is none")
    if blocks is not None and (
        not isinstance(blocks, list | tuple)
        or len(blocks) != count
        or not all(is_count(n) and n >= 0 for n in blocks)
    ):
        raise Malformed(MALFORMED, SECTION, "a Merkle row has block sizes that do not fit")
    return MerkleRow(
        unique,
        local,
        count,
        algorithm(row, content, claim=claim),
        tuple(hashes),
        init if isinstance(init, bytes) else None,
        fixed or 0,
        tuple(blocks) if blocks is not None else None,
    )


def layers(count: int) -> list[int]:
    """Return how many nodes each layer of a tree has, from its leaves to its root."""
    counts = [count]
    while counts[-1] > 1:
        counts.append((counts[-1] + 1) // 2)
    return counts


def _joined(name: str, left: bytes, right: bytes, *, promoted: bool) -> bytes:
    """Return the parent of two nodes; a null node on the right adds nothing, or lifts the left."""
    if not right and promoted:
        return left
    parent: bytes = getattr(hashlib, name)(left + right).digest()
    return parent


def holds(row: MerkleRow, leaf: bytes, location: int, proof: Sequence[bytes]) -> bool:
    """Tell whether a leaf is the one at its place, by the row and the hashes that lead to it."""
    if not 0 <= location < row.count or not all(proof):
        return False
    return any(_leads(row, leaf, location, proof, promoted=p) for p in (False, True))


def _leads(row: MerkleRow, leaf: bytes, at: int, proof: Sequence[bytes], *, promoted: bool) -> bool:
    left = list(proof)
    for width in layers(row.count):
        if width == len(row.hashes):
            return not left and row.hashes[at] == leaf
        if at ^ 1 < width:
            if not left:
                return False
            other = left.pop(0)
            pair = (other, leaf) if at & 1 else (leaf, other)
            leaf = _joined(row.algorithm, *pair, promoted=promoted)
        else:
            leaf = _joined(row.algorithm, leaf, b"", promoted=promoted)
        at //= 2
    return False


def matches(row: MerkleRow, leaves: Sequence[bytes]) -> bool:
    """Tell whether all leaves together make the row."""
    if len(leaves) != row.count:
        return False
    return any(_reduced(row, leaves, promoted=p) == row.hashes for p in (False, True))


def _reduced(row: MerkleRow, leaves: Sequence[bytes], *, promoted: bool) -> tuple[bytes, ...]:
    nodes = tuple(leaves)
    while len(nodes) > len(row.hashes):
        padded = (*nodes, b"") if len(nodes) & 1 else nodes
        nodes = tuple(
            _joined(row.algorithm, padded[n], padded[n + 1], promoted=promoted)
            for n in range(0, len(padded), 2)
        )
    return nodes
