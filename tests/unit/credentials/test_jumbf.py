"""JUMBF: spans within the store, or JumbfError."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.each import each
from unit.credentials.raw import Raw, created, store

from provenance.credentials import jumbf
from provenance.credentials.jumbf import MAX_BOXES, MAX_DEPTH, MAX_LABEL, JumbfError, contains
from provenance.kit.jumbf_boxes import MANIFEST, STORE, box, superbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = store(Raw(assertions={"c2pa.actions.v2": created()}))


def walk(at: jumbf.Superbox) -> Iterator[jumbf.Superbox]:
    yield at
    for child in at.children:
        yield from walk(child)


def check(data: bytes) -> None:
    """Walk a store: every span lies inside its parent's."""
    try:
        root = jumbf.parse_jumbf(data)
    except JumbfError:
        return
    for outer in walk(root):
        for inner in (*outer.boxes, *outer.children):
            assert outer.start <= inner.start <= inner.end <= outer.end <= len(data)


def nested(depth: int) -> bytes:
    made = superbox(MANIFEST, "innermost")
    for n in range(depth):
        made = superbox(STORE, f"level {n}", made)
    return made


def test_labels_types_and_spans_of_a_store() -> None:
    root = jumbf.parse_jumbf(SMALL)
    (manifest,) = root.children
    assert (root.uuid, root.label, manifest.label) == (jumbf.STORE, "c2pa", "urn:c2pa:one")
    assert [c.label for c in manifest.children] == [
        "c2pa.assertions",
        "c2pa.claim.v2",
        "c2pa.signature",
    ]
    claim = manifest.child(jumbf.CLAIM)
    assert claim is not None
    content = claim.content(b"cbor")
    assert content is not None
    assert SMALL[content.start : content.end].startswith(b"\xa6")
    assert manifest.child(jumbf.DATABOX_STORE) is None
    assert claim.content(b"json") is None


def test_a_span_is_what_a_hashed_uri_is_taken_over() -> None:
    root = jumbf.parse_jumbf(SMALL)
    assert (root.start, root.end) == (8, len(SMALL))


def test_every_truncation_raises_jumbf_error() -> None:
    for end in range(len(SMALL)):
        with pytest.raises(JumbfError):
            jumbf.parse_jumbf(SMALL[:end])


def test_every_byte_mutation_gives_a_store_or_jumbf_error() -> None:
    for at in range(len(SMALL)):
        for value in {0, 1, 0x7F, 0xFF, SMALL[at] ^ 1, SMALL[at] ^ 0x80}:
            check(SMALL[:at] + bytes([value]) + SMALL[at + 1 :])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_give_a_store_or_jumbf_error_and_no_other(data: bytes) -> None:
    check(data)
    check(SMALL[:8] + data)


def test_nesting_of_boxes_is_bounded() -> None:
    assert jumbf.parse_jumbf(nested(MAX_DEPTH)).uuid == jumbf.STORE
    deeper = jumbf.parse_jumbf(nested(MAX_DEPTH + 1))
    assert "nested" in deeper.children[0].fault
    assert not deeper.children[0].children


def test_nesting_far_beyond_the_bound_is_no_recursion_error() -> None:
    size = 200_000
    data = b"".join(
        struct.pack(">I", size - n * 8) + b"jumb" for n in range(size // 8)
    )  # each opens the next
    with pytest.raises(JumbfError):
        jumbf.parse_jumbf(data)


def test_the_number_of_boxes_is_bounded() -> None:
    inside = superbox(STORE, "c2pa", box(b"free", b"") * (MAX_BOXES - 2))
    assert len(jumbf.parse_jumbf(inside).boxes) == MAX_BOXES - 2
    with pytest.raises(JumbfError, match="boxes"):
        jumbf.parse_jumbf(superbox(STORE, "c2pa", box(b"free", b"") * (MAX_BOXES - 1)))


def test_the_size_of_a_store_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jumbf, "MAX_STORE", len(SMALL))
    assert jumbf.parse_jumbf(SMALL)
    monkeypatch.setattr(jumbf, "MAX_STORE", len(SMALL) - 1)
    with pytest.raises(JumbfError, match="over the limit"):
        jumbf.parse_jumbf(SMALL)


def description(payload: bytes) -> bytes:
    return box(b"jumb", box(b"jumd", payload))


UUID = jumbf.STORE


@each(
    ("payload", "label"),
    [
        (UUID + b"\x03" + b"c2pa\0", "c2pa"),
        (UUID + b"\x02" + "ü".encode() + b"\0", "ü"),
        (UUID + b"\x00", ""),
        (UUID + b"\x03\0", ""),
        (UUID + b"\x03" + b"a" * MAX_LABEL + b"\0", "a" * MAX_LABEL),
        (UUID + b"\x13" + b"c2pa\0" + box(b"c2sh", b"salt"), "c2pa"),
    ],
    ids=["plain", "UTF-8", "none", "empty", "longest", "with a private box"],
)
def test_the_label_of_a_description_is_read(payload: bytes, label: str) -> None:
    assert jumbf.parse_jumbf(description(payload)).label == label


@each(
    "payload",
    [
        UUID[:15],
        UUID,
        UUID + b"\x03",
        UUID + b"\x03endless",
        UUID + b"\x03" + b"a" * (MAX_LABEL + 1) + b"\0",
        UUID + b"\x03\xff\xfe\0",
    ],
    ids=["short type", "no toggles", "no label", "no end", "over the limit", "no UTF-8"],
)
def test_labels_that_cannot_be_read_are_refused(payload: bytes) -> None:
    with pytest.raises(JumbfError):
        jumbf.parse_jumbf(description(payload))


@each(
    "data",
    [
        b"",
        box(b"free", b"x"),
        box(b"jumb", b""),
        box(b"jumb", box(b"cbor", b"")),
        superbox(MANIFEST, "c2pa"),
        struct.pack(">I", 4) + b"jumb",
        struct.pack(">I", 1) + b"jumb" + struct.pack(">Q", 15),
        struct.pack(">I", 1) + b"jumb" + struct.pack(">Q", 1 << 63),
    ],
    ids=["empty", "other box", "hollow", "no description", "no store", "short", "long", "huge"],
)
def test_bytes_that_are_no_store_are_refused(data: bytes) -> None:
    with pytest.raises(JumbfError):
        jumbf.parse_jumbf(data)


def test_long_and_open_ended_sizes_are_understood() -> None:
    body = SMALL[8:]
    long = struct.pack(">I", 1) + b"jumb" + struct.pack(">Q", len(body) + 16) + body
    assert [c.label for c in jumbf.parse_jumbf(long).children] == ["urn:c2pa:one"]
    assert jumbf.parse_jumbf(bytes(4) + SMALL[4:]).end == len(SMALL)


class TestContains:
    ONE = Raw("one", {"c2pa.actions.v2": created()}).whole()
    TWO = Raw("two", {"c2pa.actions.v2": created()}).whole()

    def test_a_store_contains_itself(self) -> None:
        assert contains(SMALL, SMALL)

    def test_order_and_unreferenced_manifests_do_not_matter(self) -> None:
        assert contains(store(self.ONE, self.TWO), store(self.TWO, self.ONE))
        assert contains(store(self.ONE, self.TWO), store(self.TWO))

    def test_a_manifest_more_is_not_contained(self) -> None:
        assert not contains(store(self.ONE), store(self.ONE, self.TWO))

    def test_a_store_with_one_changed_bit_is_not_contained(self) -> None:
        whole = store(self.ONE)
        assert not contains(whole, whole[:-1] + bytes([whole[-1] ^ 1]))

    @pytest.mark.parametrize("part", [b"", b"\0" * 4, superbox(STORE, "c2pa"), b"junk" * 20])
    def test_what_holds_no_manifest_is_not_contained(self, part: bytes) -> None:
        assert not contains(store(self.ONE), part)

    def test_comparing_stores_raises_for_no_input(self) -> None:
        whole = store(self.ONE)
        for end in range(0, len(whole), 3):
            assert not contains(whole, whole[:end])
            assert not contains(whole[:end], whole)
