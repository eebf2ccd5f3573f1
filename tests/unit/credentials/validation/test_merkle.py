"""Merkle trees, against ones that are made by hand."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from provenance.credentials.validation import merkle
from provenance.credentials.validation.outcome import Malformed


def hashed(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def row(leaves: int, nodes: list[bytes], **fields: Any) -> dict[str, Any]:
    made = {"uniqueId": 1, "localId": 1, "count": leaves, "hashes": nodes, "alg": "sha256"}
    return {key: value for key, value in {**made, **fields}.items() if value is not None}


def read(**content: Any) -> list[merkle.Row]:
    return merkle.rows(content, "sha256")


LEAVES = [hashed(bytes([n])) for n in range(5)]
A, B = hashed(*LEAVES[:2]), hashed(*LEAVES[2:4])
C = hashed(LEAVES[4])  # the null node beside it adds nothing
D, E = hashed(A, B), hashed(C)
ROOT = hashed(D, E)


@pytest.mark.parametrize("nodes", [LEAVES, [A, B, C], [D, E], [ROOT]])
def test_every_row_of_a_tree_holds_its_leaves(nodes: list[bytes]) -> None:
    (made,) = read(merkle=[row(5, nodes)])
    assert merkle.matches(made, LEAVES)
    assert not merkle.matches(made, LEAVES[:4])
    assert not merkle.matches(made, [*LEAVES[:4], LEAVES[0]])
    assert not merkle.matches(made, LEAVES[::-1])


@pytest.mark.parametrize(
    ("nodes", "at", "proof"),
    [
        (LEAVES, 3, []),
        ([A, B, C], 0, [LEAVES[1]]),
        ([A, B, C], 3, [LEAVES[2]]),
        ([A, B, C], 4, []),
        ([D, E], 2, [LEAVES[3], A]),
        ([ROOT], 1, [LEAVES[0], B, E]),
        ([ROOT], 4, [D]),
    ],
)
def test_a_leaf_holds_by_its_path_and_at_its_place(
    nodes: list[bytes], at: int, proof: list[bytes]
) -> None:
    (made,) = read(merkle=[row(5, nodes)])
    assert merkle.holds(made, LEAVES[at], at, proof)
    assert not merkle.holds(made, LEAVES[(at + 1) % 5], at, proof)
    for elsewhere in {-1, 0, 1, 2, 3, 4, 5} - {at}:
        assert not merkle.holds(made, LEAVES[at], elsewhere, proof)
    assert not merkle.holds(made, LEAVES[at], at, [*proof, ROOT])
    if proof:
        assert not merkle.holds(made, LEAVES[at], at, proof[:-1])


@pytest.mark.parametrize(
    "wrong",
    [
        7,
        [],
        [7],
        [row(5, LEAVES[:4])],  # a tree of five leaves has no row of four
        [row(0, [])],
        [row(5, LEAVES, uniqueId=None)],
        [row(5, LEAVES, count="5")],
        [row(5, LEAVES, hashes=7)],
        [row(5, LEAVES, hashes=[7] * 5)],
        [row(5, LEAVES, fixedBlockSize=4, variableBlockSizes=[1] * 5)],
        [row(5, LEAVES, fixedBlockSize=0)],
        [row(5, LEAVES, variableBlockSizes=[1] * 4)],
        [row(5, LEAVES, variableBlockSizes=[1, 1, 1, 1, -1])],
        [row(5, LEAVES, alg="md5")],
    ],
)
def test_rows_that_break_the_schema(wrong: Any) -> None:
    with pytest.raises(Malformed):
        read(merkle=wrong)
