"""Merkle trees, against ones that are made by hand."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from support.each import each

from provenance.credentials.validation import merkle
from provenance.credentials.validation.outcome import Malformed


def hashed(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def row(leaves: int, nodes: list[bytes], **fields: Any) -> dict[str, Any]:
    made = {"uniqueId": 1, "localId": 1, "count": leaves, "hashes": nodes, "alg": "sha256"}
    return {key: value for key, value in {**made, **fields}.items() if value is not None}


def read(**content: Any) -> list[merkle.MerkleRow]:
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


@each(
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


# The other way to complete a layer: a node without a neighbour is lifted as it is.
LIFTED = {5: [*LEAVES], 3: [A, B, LEAVES[4]], 2: [D, LEAVES[4]], 1: [hashed(D, LEAVES[4])]}


@pytest.mark.parametrize("nodes", LIFTED.values(), ids=str)
def test_a_node_without_a_neighbour_may_be_lifted(nodes: list[bytes]) -> None:
    (made,) = read(merkle=[row(5, nodes)])
    assert merkle.matches(made, LEAVES)
    path = {5: [], 3: [], 2: [], 1: [D]}[len(nodes)]
    assert merkle.holds(made, LEAVES[4], 4, path)
    assert not merkle.holds(made, LEAVES[3], 4, path)
    assert not merkle.holds(made, LEAVES[4], 3, path)


@pytest.mark.parametrize("mixed", [hashed(D, hashed(hashed(C))), hashed(D, hashed(E))])
def test_a_tree_that_lifts_some_nodes_and_hashes_others_holds_nothing(mixed: bytes) -> None:
    (made,) = read(merkle=[row(5, [mixed])])
    assert not merkle.matches(made, LEAVES)
    assert not merkle.holds(made, LEAVES[4], 4, [D])


def test_a_proof_with_an_empty_hash_is_none() -> None:
    """It would lift a node that has a neighbour."""
    (made,) = read(merkle=[row(2, [LEAVES[0]])])
    assert not merkle.holds(made, LEAVES[0], 0, [b""])
    (made,) = read(merkle=[row(5, [ROOT])])
    assert not merkle.holds(made, LEAVES[0], 0, [LEAVES[1], B, E, b""])


def test_hashes_of_no_layer_of_the_tree_hold_nothing() -> None:
    made = merkle.MerkleRow(1, 1, 5, "sha256", (LEAVES[0],) * 4, None, 0, None)
    assert not merkle.holds(made, LEAVES[0], 0, [])
    assert not merkle.holds(made, LEAVES[0], 0, [LEAVES[1], B, E])


def test_a_row_is_read_in_full() -> None:
    held = {"uniqueId": 3, "localId": -2, "count": 2, "hashes": [A], "initHash": B}
    expected = merkle.MerkleRow(3, -2, 2, "sha384", (A,), B, 0, None)
    assert read(merkle=[held], alg="sha384") == [expected]
    assert merkle.rows({"merkle": [held]}, "sha384") == [expected]
    assert read(merkle=[{**held, "alg": "sha512"}], alg="sha384")[0].algorithm == "sha512"
    fixed, sizes, without = read(
        merkle=(
            {**held, "fixedBlockSize": 1},
            {**held, "variableBlockSizes": (0, 7)},
            {**held, "initHash": "text"},
        ),
        alg="sha384",
    )
    assert fixed == merkle.MerkleRow(3, -2, 2, "sha384", (A,), B, 1, None)
    assert sizes == merkle.MerkleRow(3, -2, 2, "sha384", (A,), B, 0, (0, 7))
    assert without == merkle.MerkleRow(3, -2, 2, "sha384", (A,), None, 0, None)
    assert read() == []


def test_the_largest_trees_and_the_most_rows() -> None:
    assert read(merkle=[row(merkle.MAX_LEAVES, [A])])[0].count == merkle.MAX_LEAVES
    assert len(read(merkle=[row(1, [A])] * merkle.MAX_ROWS)) == merkle.MAX_ROWS
    assert merkle.layers(5) == [5, 3, 2, 1]
    assert merkle.layers(1) == [1]


SCHEMA = {
    "the Merkle rows are not a list": [7, [], [row(1, [A])] * (merkle.MAX_ROWS + 1)],
    "a Merkle row is not a map": [[7], [row(1, [A]), 7]],
    "a Merkle row does not say what it is for": [
        [row(5, LEAVES, uniqueId=None)],
        [row(5, LEAVES, localId="1")],
        [row(5, LEAVES, count=5.0)],
    ],
    "a Merkle row has no leaves, or too many": [
        [row(0, [])],
        [row(-1, [])],
        [row(merkle.MAX_LEAVES + 1, [A])],
    ],
    "a Merkle row has no hashes": [[row(5, LEAVES, hashes=7)], [row(5, LEAVES, hashes=["x"] * 5)]],
    "a Merkle row that no tree of its size has": [[row(5, LEAVES[:4])], [row(5, [])]],
    "a Merkle row has block sizes of both kinds": [
        [row(5, LEAVES, fixedBlockSize=4, variableBlockSizes=[1] * 5)]
    ],
    "a Merkle row has a block size that is none": [
        [row(5, LEAVES, fixedBlockSize=0)],
        [row(5, LEAVES, fixedBlockSize="4")],
    ],
    "a Merkle row has block sizes that do not fit": [
        [row(5, LEAVES, variableBlockSizes=5)],
        [row(5, LEAVES, variableBlockSizes=[1] * 4)],
        [row(5, LEAVES, variableBlockSizes=[1, 1, 1, 1, -1])],
        [row(5, LEAVES, variableBlockSizes=[1, 1, 1, 1, "1"])],
    ],
}


@each(("fault", "wrong"), [(fault, one) for fault, many in SCHEMA.items() for one in many])
def test_rows_of_a_tree_that_break_the_schema_are_malformed(fault: str, wrong: Any) -> None:
    with pytest.raises(Malformed) as caught:
        read(merkle=wrong)
    held = (caught.value.code, caught.value.section, str(caught.value))
    assert held == ("assertion.bmffHash.malformed", "15.12.2", fault)


def test_a_tree_with_an_algorithm_that_is_none_is_refused() -> None:
    with pytest.raises(Malformed):
        read(merkle=[row(5, LEAVES, alg="md5")])
