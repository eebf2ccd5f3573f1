"""Text out of a file, made fit for people and machines."""

from __future__ import annotations

import os
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import costs
from support.each import each

from provenance.base.text import (
    LIMIT,
    NAME_LIMIT,
    clean,
    clean_any,
    folded,
    folded_words,
    printable,
    printable_path,
    quotable_name,
)

ANY = st.text(st.characters(), max_size=300)


@settings(max_examples=200, deadline=None)
@given(ANY, st.integers(2, 300))
def test_cleaned_text_is_one_harmless_line_within_its_limit(value: str, limit: int) -> None:
    found = clean(value, limit)
    assert len(found) <= limit
    assert clean(found, limit) == found
    assert not found or len(found.splitlines()) == 1
    assert [c for c in found if unicodedata.category(c)[0] == "C"] == []
    found.encode("utf-8")


@each(
    ("value", "expected"),
    [
        ("plain ü 漢字 🎨", "plain ü 漢字 🎨"),
        ("\x1b[2Jred", "\ufffd[2Jred"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("\u2066x\u2069", "\ufffdx\ufffd"),
        ("a\0b", "a\ufffdb"),
        ("a\r\nb\tc\u2028d\u2029e\x85f", "a  b c d e f"),
        ("a\x0bb\x0cc\x1cd", "a\ufffdb\ufffdc\ufffdd"),
        ("\u200bzero\ufeff", "\ufffdzero\ufffd"),
        ("\ud800", "\ufffd"),
        ("\ue000", "\ufffd"),
        ("\u3164hangul filler\u115f", "\ufffdhangul filler\ufffd"),
        ("\x9b31m", "\ufffd31m"),
        ("", ""),
    ],
)
def test_what_moves_the_terminal_or_hides_is_replaced(value: str, expected: str) -> None:
    assert clean(value) == expected


def test_a_cut_text_ends_in_an_ellipsis() -> None:
    assert clean("x" * LIMIT) == "x" * LIMIT
    assert clean("x" * (LIMIT + 1)) == "x" * (LIMIT - 1) + "…"
    assert clean("\x1b" * 10_000_000, 10) == "\ufffd" * 9 + "…"


def test_ten_megabytes_cost_nothing() -> None:
    text = "\u202e" * 10_000_000
    assert costs.memory(lambda: clean(text)) < 1 << 20


@each(
    ("value", "expected"),
    [
        ("a\x1b", "a\ufffd"),
        (5, "5"),
        (True, "True"),
        (1.5, "1.5"),
        (float("inf"), "inf"),
        (None, "NoneType"),
        (b"bytes", "bytes"),
        ([1], "list"),
        ({}, "dict"),
        (1 << 200, "int"),
        (-(1 << 200), "int"),
    ],
)
def test_values_of_other_types_are_named_by_their_type(value: Any, expected: str) -> None:
    assert clean_any(value) == expected


def test_a_huge_integer_is_not_turned_into_digits() -> None:
    """That takes quadratic time; Python refuses it unless the limit is switched off."""
    number, limit = 1 << 1_000_000, sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        assert costs.memory(lambda: clean_any(number)) < 100_000
        assert clean_any(number) == "int"
    finally:
        sys.set_int_max_str_digits(limit)


@each(
    ("path", "expected"),
    [
        ("/a/b c.jpg", "/a/b c.jpg"),
        ("ü漢.jpg", "ü漢.jpg"),
        ("a\nb", "a\\x0ab"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\u202egpj", "\\u202egpj"),
        ("a\udcffb", "a\\xffb"),
        ("\U000e0001", "\\U000e0001"),
        ("\u3164", "\\u3164"),
        ("a\x85b", "a\\u0085b"),
        ("", "''"),
    ],
)
def test_a_path_for_people_shows_what_it_escapes(path: str, expected: str) -> None:
    assert printable_path(path) == expected


@pytest.mark.skipif(os.sep == "\\", reason="the backslash is in every path of this system")
@pytest.mark.parametrize(
    ("one", "other"),
    [("\n.jpg", "\\x0a.jpg"), ("\udc85", "\x85"), ("\udc85", "\\x85"), ("\u202e", "\\u202e")],
)
def test_two_paths_never_look_the_same_when_printed(one: str, other: str) -> None:
    assert printable_path(one) != printable_path(other)
    assert printable(printable_path(one)) == printable_path(one)


@settings(max_examples=150, deadline=None)
@given(ANY)
def test_a_path_for_people_is_printable(path: str) -> None:
    found = printable_path(path)
    assert found.isprintable()
    found.encode("utf-8")


@each(
    "name",
    [
        "Adobe Inc.",
        "Google LLC",
        "Leica Camera AG",
        "DALL-E 3",
        "Éditions d'été",
        "株式会社",
        "x/y 2.1",
    ],
)
def test_a_usual_name_stands_as_it_is(name: str) -> None:
    assert quotable_name(name) == name


@each(
    ("value", "expected"),
    [
        ("OpenAI OpCo, LLC", '"OpenAI OpCo, LLC"'),
        ("Canon, verified signer", '"Canon, verified signer"'),
        ("Canon \u2192 verified", '"Canon \u2192 verified"'),
        ("Canon\u2013verified", '"Canon\u2013verified"'),
        ("a camera and not edited", '"a camera and not edited"'),
        ("A. captured", '"A. captured"'),
        ("A; on the C2PA Trust List", '"A; on the C2PA Trust List"'),
        ("A - verified signer", '"A - verified signer"'),
        ("A \u2013 verified", '"A \u2013 verified"'),
        ("A (declared)", '"A (declared)"'),
        ('A" - verified "B', "\"A' - verified 'B\""),
        ("A. Captured by a camera", '"A. Captured by a camera"'),
        ("c2pa.created: digitalCapture", '"c2pa.created: digitalCapture"'),
        ("A \u00a0\u00a0\u2800  B", "A B"),
        ("Z" + "\u0301" * 60, "Z" + "\u0301" * 4),
    ],
)
def test_a_name_does_not_speak_for_us(value: str, expected: str) -> None:
    assert quotable_name(value) == expected


def test_a_long_name_is_cut_and_quoted() -> None:
    said = quotable_name("A" * 30 + " " * 900 + "B" * 80)
    assert len(said) == NAME_LIMIT + 2
    assert said[0] == said[-1] == '"'
    assert "A B" in said


@given(st.text())
def test_a_name_is_one_line_whatever_it_is(value: str) -> None:
    said = quotable_name(value)
    assert len(said) <= NAME_LIMIT + 2
    assert said == clean(said)
    assert "  " not in said
    if ";" in said or " - " in said:
        assert said[0] == said[-1] == '"'


@each(
    ("one", "other"),
    [
        ("Microsoft", "MICROSOFT"),
        ("Black Forest Labs", " black forest labs\n"),
        ("Éditions", "éDITIONS"),
        ("Cafe\u0301", "CAFÉ"),  # an accent of its own, and one letter with it
        ("Компания", "КОМПАНИЯ"),
        ("豆包", "豆包"),
    ],
)
def test_letter_case_and_outer_spaces_make_no_other_name(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@each(
    ("known", "like_it"),
    [
        ("Microsoft", "Micro\N{LATIN SMALL LETTER LONG S}oft"),
        ("Nikon", "Ni\N{KELVIN SIGN}on"),
        ("Nikon", "N\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}kon"),
        ("Office", "O\N{LATIN SMALL LIGATURE FFI}ce"),
        ("Strasse", "Straße"),
        ("Google", "\N{FULLWIDTH LATIN CAPITAL LETTER G}oogle"),
        ("Google", "G\N{CYRILLIC SMALL LETTER O}ogle"),
        ("Google LLC", "Google\u00a0LLC"),
        ("Google", "Goog\u200ble"),
        ("a;b", "a\N{GREEK QUESTION MARK}b"),
    ],
)
def test_a_word_that_only_looks_like_a_name_is_another_one(known: str, like_it: str) -> None:
    assert folded(known) != folded(like_it)
    assert folded_words(known) != folded_words(like_it)


@given(st.text())
def test_only_ascii_equals_ascii(value: str) -> None:
    made = folded(value)
    assert not made.isascii() or value.strip(" \t\n\r\x0b\x0c").isascii()
    assert folded(made) == made


def test_spaces_between_words_are_folded_into_one() -> None:
    assert folded_words(" Google \t LLC ") == "google llc"
    assert folded("Google  LLC") == "google  llc"
