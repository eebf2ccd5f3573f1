"""CBOR within bounds: plain values or CborError, whatever the bytes."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import costs
from support.each import each

from provenance.base import cbor
from provenance.base.cbor import MAX_BYTES, MAX_DEPTH, CborError, decode

PLAIN = (type(None), bool, int, float, str, bytes, list, dict)
KEYS = (*PLAIN, tuple, cbor2.frozendict)
ODD = (type(cbor2.undefined), cbor2.CBORSimpleValue)
SAMPLE = {
    "text": "é",
    "bytes": b"\0\1",
    "list": [1, -2, 2.5, None, True],
    "map": {"k": {"n": [{}]}},
    7: "int key",
}


def tagged(tag: int, value: Any) -> bytes:
    """A tag before an encoded value, for tags that cbor2 would not encode as they are."""
    out = io.BytesIO()
    cbor2.CBOREncoder(out).encode_length(6, tag)
    return out.getvalue() + cbor2.dumps(value)


def is_plain(value: Any, kinds: tuple[type, ...] = (*PLAIN, *ODD)) -> bool:
    if type(value) not in kinds:
        return False
    if isinstance(value, dict | cbor2.frozendict):
        return all(is_plain(k, (*KEYS, *ODD)) and is_plain(v, kinds) for k, v in value.items())
    return not isinstance(value, list | tuple) or all(is_plain(v, kinds) for v in value)


def test_plain_values_come_back_from_cbor() -> None:
    assert decode(cbor2.dumps(SAMPLE)) == SAMPLE


def test_every_truncation_is_refused() -> None:
    data = cbor2.dumps(SAMPLE)
    for end in range(len(data)):
        with pytest.raises(CborError):
            decode(data[:end])


def test_bytes_after_the_item_are_refused() -> None:
    with pytest.raises(CborError):
        decode(cbor2.dumps(1) + b"\0")


def test_more_bytes_than_the_limit_are_not_decoded() -> None:
    data = cbor2.dumps(bytes(100))
    assert decode(data, len(data)) == bytes(100)
    with pytest.raises(CborError, match="over the limit"):
        decode(data, len(data) - 1)
    with pytest.raises(CborError, match="over the limit"):
        decode(cbor2.dumps(bytes(MAX_BYTES)))


@pytest.mark.parametrize("opener", [b"\x81", b"\x9f", b"\xa1\x01", b"\xbf\x01", b"\xc0"])
def test_nesting_of_cbor_is_bounded(opener: bytes) -> None:
    for depth in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(CborError):
            decode(opener * depth)


def test_nesting_up_to_the_bound_is_read() -> None:
    value: Any = decode(b"\x81" * (MAX_DEPTH - 1) + b"\x01")
    for _ in range(MAX_DEPTH - 1):
        (value,) = value
    assert value == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\xa2\x01\x01\x01\x02",
        b"\xbf\x61a\x01\x61a\x02\xff",
        b"\xa1\x61x\xa2\x61a\x01\x61a\x02",
        b"\xa2\x01\x01\xc1\x01\x02",
    ],
    ids=["definite", "indefinite", "nested", "behind a tag"],
)
def test_duplicate_keys_are_refused(data: bytes) -> None:
    with pytest.raises(CborError):
        decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\xd8\x1c\x81\xd8\x1d\x00",  # an array that holds itself
        b"\xd8\x1c\x61a",
        b"\xd8\x1d\x00",
        b"\xa1\x61a\xd8\x1c\x80",
    ],
    ids=["cycle", "shareable", "reference", "inside a map"],
)
def test_shared_values_are_refused(data: bytes) -> None:
    with pytest.raises(CborError):
        decode(data)


@each("tag", [*range(28), *range(30, 64), 100, 256, 258, 260, 261, 1004, 43000])
@each("value", ["text", b"bytes", [1, 2], {"a": 1}, 5])
def test_every_other_tag_gives_the_value_it_wraps(tag: int, value: Any) -> None:
    found = decode(tagged(tag, {"inside": [value]}))
    assert is_plain(found, PLAIN)
    assert found == {"inside": [value]}


def test_a_bignum_costs_no_arithmetic() -> None:
    assert decode(tagged(2, b"\xff" * 500_000)) == b"\xff" * 500_000


@pytest.mark.parametrize("data", [b"\xf7", b"\xe0", b"\xf8\x20", b"\x81\xf7", b"\xa1\xf7\x01"])
def test_simple_values_without_a_python_type_are_nothing_a_reader_takes(data: bytes) -> None:
    assert is_plain(decode(data))
    assert not isinstance(decode(data), str | bytes | int | float)


@each(
    "data",
    [b"", b"\xff", b"\x1c", b"\x62\xff\xfe", b"\x7f\x41a\xff", b"\x9b" + b"\xff" * 8, b"\xa1\xa0"],
    ids=["nothing", "break", "reserved", "no UTF-8", "mixed chunks", "huge count", "cut map"],
)
def test_malformed_items_are_refused(data: bytes) -> None:
    with pytest.raises(CborError):
        decode(data)


def test_a_huge_announced_length_allocates_nothing() -> None:
    def refused(data: bytes) -> None:
        with pytest.raises(CborError):
            decode(data)

    for major in (2, 3, 4, 5):
        data = bytes([major << 5 | 0x1B]) + b"\x00\x00\x00\xff" + b"\xff" * 4
        assert costs.memory(lambda data=data: refused(data)) < 1 << 20


WORST = b"\x9a" + (MAX_BYTES - 5).to_bytes(4, "big") + b"\xa0" * (MAX_BYTES - 5)


def test_the_worst_full_input_is_read() -> None:
    assert len(decode(WORST)) == MAX_BYTES - 5


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_plain_value_or_cbor_error(data: bytes) -> None:
    with contextlib.suppress(CborError):
        assert is_plain(decode(data))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_mutation_gives_a_plain_value_or_cbor_error(data: st.DataObject) -> None:
    whole = bytearray(cbor2.dumps(SAMPLE))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(CborError):
        assert is_plain(decode(bytes(whole)))


def test_cbor_error_is_a_value_error() -> None:
    assert issubclass(cbor.CborError, ValueError)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (cbor2.dumps([1, b"", {"a": cbor2.CBORTag(1, 5)}]), False),
        (cbor2.dumps([1, cbor2.CBORTag(1, 5)]), True),
        (b"\x81\xd2\x40", True),
        (cbor2.dumps({"a": cbor2.CBORTag(1, 5)}), False),
        (tagged(18, []), False),
    ],
)
def test_a_tag_that_decoding_drops_can_be_told(data: bytes, expected: bool) -> None:
    assert cbor.tags_an_item(data) is expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (cbor2.dumps([1, b"", {"a": 5}]), False),
        (cbor2.dumps([1, b"", {"a": cbor2.CBORTag(1, 5)}]), True),
        (cbor2.dumps([1, cbor2.CBORTag(99, 5)]), True),
        (tagged(18, []), True),
    ],
)
def test_a_tag_anywhere_is_noted(data: bytes, expected: bool) -> None:
    assert cbor.decode_and_note(data) == (cbor.decode(data), expected)
    with pytest.raises(CborError):
        cbor.decode_and_note(data + b"\0")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text()
    | st.binary()
    | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(held=st.dictionaries(st.text(), VALUES, max_size=5))
def test_one_value_of_a_map_is_cut_out_as_it_is_written(held: dict[str, Any]) -> None:
    data = cbor.encode(held)
    for key, value in held.items():
        assert cbor.member(data, key) == cbor.encode(value)
    assert cbor.member(data, "no such key, surely") is None


@each(
    ("data", "expected"),
    [
        (bytes.fromhex("a16161820102"), bytes.fromhex("820102")),
        (bytes.fromhex("a1780161d90100820102"), bytes.fromhex("d90100820102")),
        (bytes.fromhex("a2014102616103"), bytes.fromhex("03")),
        (bytes.fromhex("bf61611801ff"), None),
        (bytes.fromhex("a161619f01ff"), None),
        (bytes.fromhex("a161625f4100ff"), None),
        (bytes.fromhex("a0"), None),
        (bytes.fromhex("8161610161"), None),
    ],
    ids=[
        *("a list", "a long head and a tag", "after another kind of key", "a map without a length"),
        *("a value without one", "another value without one", "nothing", "no map"),
    ],
)
def test_one_value_of_a_map_is_cut_out_in_other_forms_of_cbor(
    data: bytes, expected: bytes | None
) -> None:
    assert cbor.member(data, "a") == expected


def test_the_deterministic_form_sorts_keys_by_their_bytes() -> None:
    """RFC 8949 section 4.2.1, whose own example has these keys in this order."""
    keys: list[Any] = [10, 100, -1, "z", "aa", (100,), (-1,), False]
    made = cbor.deterministic(dict.fromkeys(reversed(keys), 0))
    assert made == b"\xa8" + b"".join(cbor.encode(key) + b"\0" for key in keys)
    assert cbor.deterministic([{"b": 1, "a": {"d": 1, "c": 2}}]) == cbor.encode(
        [{"a": {"c": 2, "d": 1}, "b": 1}]
    )
