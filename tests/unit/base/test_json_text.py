"""JSON out of files: what is bounded, what is refused, and what each way of reading allows."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.base.json_text import (
    MAX_LENGTH,
    JsonError,
    leading,
    parse_json,
    parse_strict,
    parse_unique,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.base.json_text import Json

LIMIT, DEPTH = MAX_LENGTH, 128
TWICE = '{"x": {"a": 1, "\\u0061": 2}}'


def strict(text: str) -> Json:
    return parse_strict(text.encode(), LIMIT, DEPTH)


WAYS: list[Callable[[str], Json]] = [parse_json, parse_unique, strict]


@pytest.mark.parametrize("way", WAYS)
class TestEachWay:
    @pytest.mark.parametrize("text", ["", "{", "nul", '{"a": }', "[1,]", "\0", "{} x", "'a'"])
    def test_refuses_what_is_not_json(self, way: Callable[[str], Json], text: str) -> None:
        with pytest.raises(JsonError, match="not JSON") as said:
            way(text)
        assert said.value.detail

    @pytest.mark.parametrize("opener", ["[", '{"a":'])
    def test_refuses_deep_nesting(self, way: Callable[[str], Json], opener: str) -> None:
        with pytest.raises(JsonError):
            way(opener * 100_000)

    def test_bounds_the_length(self, way: Callable[[str], Json]) -> None:
        assert way(json.dumps("x" * (LIMIT - 2))) == "x" * (LIMIT - 2)
        with pytest.raises(JsonError, match=f"longer than {LIMIT} "):
            way(json.dumps("x" * (LIMIT - 1)))

    def test_integers_up_to_39_digits_are_exact(self, way: Callable[[str], Json]) -> None:
        assert way("9" * 39) == 10**39 - 1
        assert type(way("9" * 40)) is float

    def test_takes_blanks_around_the_value(self, way: Callable[[str], Json]) -> None:
        assert way('\ufeff \r\n{"a": 1}\t\n') == {"a": 1}


@pytest.mark.parametrize("way", [parse_json, parse_unique])
class TestTolerance:
    @pytest.mark.parametrize("text", ["9" * 900_000, "-" + "1" * 5000, "7" * 100_000])
    def test_a_huge_integer_is_read_as_a_float(self, way: Callable[[str], Json], text: str) -> None:
        # As an integer it would cost quadratic time, or be refused with all that is around it.
        assert way(f'{{"n": {text}, "m": 5}}') == {"n": float(text), "m": 5}

    def test_padding_of_nul_does_not_count(self, way: Callable[[str], Json]) -> None:
        assert way('\0{"a": 1}\0\0') == {"a": 1}

    def test_values_beyond_json_are_kept(self, way: Callable[[str], Json]) -> None:
        assert way("[1e999, -Infinity]") == [math.inf, -math.inf]


def test_of_a_key_that_stands_twice_the_last_counts_or_it_is_refused() -> None:
    assert parse_json(TWICE) == {"x": {"a": 2}}
    for way in (parse_unique, strict):
        with pytest.raises(JsonError, match="a key is there twice"):
            way(TWICE)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"])
def test_bytes_in_any_encoding_of_unicode(coding: str) -> None:
    assert parse_unique('{"a": "ä€"}'.encode(coding)) == {"a": "ä€"}


@pytest.mark.parametrize("data", [b"\xff\xfe\xff", b'"\xff"', b'{"a": 1}' + b" " * LIMIT])
def test_bytes_that_are_none_or_too_many(data: bytes) -> None:
    for way in (parse_unique, lambda d: parse_strict(d, LIMIT, DEPTH)):
        with pytest.raises(JsonError):
            way(data)


class TestStrict:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("9" * 100_000, "too large for a float"),
            ("-1e400", "too large for a float"),
            ("[NaN]", "NaN is not a number of JSON"),
            ("-Infinity", "-Infinity is not a number of JSON"),
            ("{}\0", "not JSON"),
        ],
    )
    def test_a_value_that_could_not_be_written_again_is_refused(
        self, text: str, reason: str
    ) -> None:
        with pytest.raises(JsonError, match=reason):
            strict(text)

    @pytest.mark.parametrize("depth", [1, 2, 128])
    def test_depth_is_bounded_whatever_the_value_begins_with(self, depth: int) -> None:
        fits = "[" * depth + "]" * depth
        assert parse_strict(fits.encode(), LIMIT, depth) is not None
        with pytest.raises(JsonError, match=f"nested more than {depth} deep"):
            parse_strict(f'{{"a": {fits}}}'.encode(), LIMIT, depth)

    def test_a_bare_value_has_no_depth(self) -> None:
        assert parse_strict(b"5", LIMIT, 1) == 5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}\xff\xd8', '{"a": 1}'),
        (' \0"x" y', '"x"'),
        ("no JSON", "no JSON"),
        ("[" * 9, "[" * 9),
    ],
)
def test_the_value_that_a_text_begins_with(text: str, value: str) -> None:
    assert leading(text) == value


@given(st.text() | st.text(alphabet='{}[]",:0123456789eE+-.\\ untrlfasNI\0'))
def test_a_reader_of_json_raises_nothing_but_json_error(text: str) -> None:
    for way in WAYS:
        try:
            way(text)
        except JsonError:
            continue
        except UnicodeEncodeError:
            assert way is strict  # a lone surrogate has no bytes
    leading(text)
