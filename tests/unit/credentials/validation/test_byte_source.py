"""Ranges of bytes: hashed, taken out of one another, and looked at, always to the last byte."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each

from provenance.credentials.validation import byte_source
from provenance.credentials.validation.byte_source import (
    Digest,
    SourcePart,
    algorithm,
    digest,
    digests,
    is_count,
    is_zero,
    maps,
    merged,
    subtract,
)
from provenance.credentials.validation.outcome import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.credentials.validation.byte_source import Range

DATA = bytes(n * 7 % 251 + 1 for n in range(300))


class Bytes:
    """A source in memory, which says how it was read."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)
        self.reads: list[Range] = []
        self.fed: list[Range] = []

    def read(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        return self.data[offset : offset + length] if offset >= 0 and length > 0 else b""

    def feed(self, start: int, end: int, take: Callable[[memoryview], object]) -> int:
        self.fed.append((start, end))
        take(memoryview(self.data[start:end]))
        return max(start, min(end, self.size))


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def small(count: int, up_to: int) -> Iterator[list[Range]]:
    """Yield every list of up to `count` ranges in order, none overlapping, within a few bytes."""
    yield []
    if count:
        for start in range(up_to):
            for end in range(start + 1, up_to + 1):
                for rest in small(count - 1, up_to - end):
                    yield [(start, end), *((a + end, b + end) for a, b in rest)]


def held(ranges: list[Range]) -> set[int]:
    return {n for start, end in ranges for n in range(start, end)}


def test_what_is_left_is_each_byte_of_the_ranges_that_is_not_allowed() -> None:
    """By every pair of lists of up to three ranges of five bytes."""
    lists = list(small(3, 5))
    for ranges in lists:
        for allowed in lists:
            left = subtract(ranges, allowed)
            assert held(left) == held(ranges) - held(allowed), (ranges, allowed)
            assert [(start, end) for start, end in left if start >= end] == []
            assert [(one, other) for one, other in pairwise(left) if one[1] > other[0]] == []


def test_ranges_are_joined_where_they_touch_or_overlap() -> None:
    assert merged([(4, 6), (0, 2), (1, 1), (3, 2), (2, 3), (5, 9), (6, 7), (10, 10)]) == [
        (0, 3),
        (4, 9),
    ]
    assert merged([(0, 9), (1, 2), (10, 11)]) == [(0, 9), (10, 11)]
    assert merged([]) == []


def test_zeros_to_the_last_byte_and_beyond_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_source, "CHUNK", 4)
    zeros = Bytes(b"\1" + bytes(10) + b"\1" + bytes(3))
    assert is_zero(zeros, 1, 11)
    assert zeros.reads == [(1, 4), (5, 4), (9, 2)]
    assert not is_zero(zeros, 0, 11)
    assert not is_zero(zeros, 1, 12)
    assert not is_zero(zeros, 12, 16), "beyond the end there is nothing"
    assert is_zero(zeros, 5, 5)


class TestDigest:
    def test_ranges_and_other_bytes_one_after_the_other(self) -> None:
        made = Digest(Bytes(DATA), "sha256")
        made.add(b"ab")
        made.range(2, 5)
        made.range(7, 7)
        made.range(9, 8)
        assert made.value() == sha256(b"ab", DATA[2:5])
        assert not made.short
        assert digest(Bytes(DATA), "sha512", [(0, 2), (1, 4)]) == (
            hashlib.sha512(DATA[0:2] + DATA[1:4]).digest()
        )

    def test_a_range_beyond_the_end_is_short(self) -> None:
        for end, short in ((300, False), (301, True)):
            made = Digest(Bytes(DATA), "sha256")
            made.range(290, end)
            assert made.value() == sha256(DATA[290:])
            assert made.short is short

    @each("holes", [*small(3, 6), [(0, 4), (2, 3)], [(0, 2), (1, 4)], [(4, 9), (5, 7)]])
    def test_holes_are_left_out(self, holes: list[Range]) -> None:
        for start, end in ((0, 6), (1, 5), (2, 3), (3, 3)):
            made = Digest(Bytes(DATA), "sha256")
            made.without(start, end, holes)
            kept = [DATA[n : n + 1] for n in range(start, end) if n not in held(holes)]
            assert made.value() == sha256(*kept)


class TestManyDigests:
    """Each range by itself; short ones that follow one another are read at once."""

    @pytest.fixture(autouse=True)
    def bounds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(byte_source, "CHUNK", 64)

    @each(
        "ranges",
        [
            [],
            [(0, 3)],
            [(5, 5), (5, 9)],
            [(n, n + 3) for n in range(0, 297, 3)],
            [(n, n + 2) for n in range(298, -1, -9)],
            [(0, 2), (0, 5), (3, 5), (9, 100), (60, 63), (63, 66), (298, 300)],
        ],
    )
    def test_digests_of_many_ranges_are_those_of_each(self, ranges: list[Range]) -> None:
        assert digests(Bytes(DATA), "sha256", ranges) == [sha256(DATA[a:b]) for a, b in ranges]

    def test_short_ones_are_read_at_once_and_long_ones_by_themselves(self) -> None:
        data = Bytes(DATA)
        digests(data, "sha256", [(100, 103), *((n, n + 4) for n in range(100, 164, 4))])
        assert (data.reads, data.fed) == ([(100, 64)], [])
        data = Bytes(DATA)
        digests(data, "sha256", [(100, 105), (105, 110)])
        assert (data.reads, data.fed) == ([], [(100, 105), (105, 110)])


class TestPart:
    """A part of a file is read and hashed as if there were nothing around it."""

    def test_a_part_is_read_within_its_bounds(self) -> None:
        part = SourcePart(Bytes(DATA), 100, 50)
        assert part.read(0, 3) == DATA[100:103]
        assert part.read(2, 1) == DATA[102:103]
        assert part.read(40, 99) == DATA[140:150]
        assert part.read(0, 0) == b""
        assert part.read(0, -1) == b""
        assert part.read(-1, 3) == b""

    def test_a_part_is_hashed_within_its_bounds(self) -> None:
        part = SourcePart(Bytes(DATA), 100, 50)
        for end, stop, short in ((10, 10, False), (50, 50, False), (51, 50, True)):
            made = Digest(part, "sha256")
            made.range(5, end)
            assert made.value() == sha256(DATA[105 : 100 + stop])
            assert made.short is short


class TestAlgorithm:
    def test_the_first_that_names_one_and_then_the_claim(self) -> None:
        assert algorithm({"alg": "sha384"}, {"alg": "sha512"}, claim="sha256") == "sha384"
        assert algorithm(None, {}, {"alg": ""}, {"alg": "sha512"}, claim="sha256") == "sha512"
        assert algorithm({}, claim="sha256") == "sha256"

    @each(
        ("named", "words"),
        [
            ("md5", "the hash is made with md5, which C2PA does not allow"),
            (5, "the hash is made with 5, which C2PA does not allow"),
            ("x" * 65, f"the hash is made with {'x' * 64}, which C2PA does not allow"),
            ("", "the hash is made with no algorithm at all"),
        ],
    )
    def test_one_that_is_not_allowed_is_no_hash(self, named: Any, words: str) -> None:
        with pytest.raises(Malformed) as caught:
            algorithm({"alg": named}, claim="")
        assert (caught.value.code, caught.value.section) == ("algorithm.unsupported", "15.4")
        assert str(caught.value) == words


def test_counts_are_integers_and_maps_are_those_of_a_list() -> None:
    assert [is_count(one) for one in (0, -1, True, False, 1.0, "1", None)] == [True] * 2 + [
        False
    ] * 5
    assert maps([{1: 2}, 3, {}]) == maps(({1: 2}, 3, {})) == [{1: 2}, {}]
    assert maps({1: 2}) == maps(None) == maps("{}") == []
