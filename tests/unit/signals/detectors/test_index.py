"""The fields of one asset as detectors ask for them, and what may be parsed for all of them."""

from __future__ import annotations

import pytest
from support.each import each
from unit.signals.detectors.make import exif, field, meta, png

from provenance.base.json_text import JsonError
from provenance.media.metadata.field import Field, Source
from provenance.signals.detectors import _index
from provenance.signals.detectors._index import ANY, Index, place, short, trimmed, wanted
from provenance.signals.detectors.fooocus import Fooocus

OBJECT = '{"a": 1}'


def index(*fields: Field) -> Index:
    return Index(meta(*fields))


def said(held: Index) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in held.findings]


class TestFields:
    def test_by_source_and_key_in_file_order(self) -> None:
        fields = [png("b", "1"), exif("a", "2"), png("a", "3"), png("b", "4"), png("c", "5")]
        held = index(*fields)
        assert [one.value for one in held.get(Source.TEXT, "a", "b")] == ["1", "3", "4"]
        assert [one.value for one in held.get(Source.TEXT, "b", "a")] == ["1", "3", "4"]
        assert held.get(Source.TEXT, "d") == ()
        assert [one.value for one in held.every(Source.EXIF)] == ["2"]
        assert held.media_type == "image/png"
        assert (Source.TEXT, ANY) in held.present
        assert (Source.EXIF, "b") not in held.present

    def test_keys_without_case_and_comments_of_any_language(self) -> None:
        held = index(field(Source.VORBIS, "aIgC", "1"), field(Source.ID3, "COMM:eng:x", "2"))
        assert wanted(Source.VORBIS, "Aigc") <= held.present
        assert wanted(Source.ID3, "COMM:deu:") <= held.present
        assert held.get(Source.ID3, "COMM")[0].value == "2"
        assert not wanted(Source.TEXT, "aigc") <= index(png("AIGC", "1")).present

    def test_the_first_value_of_a_key(self) -> None:
        held = index(png("a", " \0x\n"), png("a", "y"))
        assert (held.text(Source.TEXT, "a"), held.text(Source.TEXT, "b")) == ("x", "")

    def test_as_many_fields_of_a_key_as_are_judged(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_index, "MAX_FIELDS_OF_A_KEY", 2)
        held = index(png("a", "1"), png("a", "2"))
        assert (len(held.get(Source.TEXT, "a")), said(held)) == (2, [])
        held = index(*(png("a", str(n)) for n in range(3)))
        for _ in range(2):
            assert [one.value for one in held.get(Source.TEXT, "a")] == ["0", "1"]
        assert said(held) == [("detector.bound", "text a: only 2 fields were judged")]

    def test_texts_are_those_that_a_form_fits_into(self) -> None:
        held = index(png("a", "x" * 16), png("b", "x" * 15))
        assert [one.key for one in held.texts] == ["a"]


class TestParsing:
    @each(
        ("text", "value"),
        [
            (OBJECT, {"a": 1}),
            (f" \t\r\n\0\ufeff{OBJECT}", {"a": 1}),
            ("[1]", None),
            (f"X{OBJECT}", None),
            (f"\u00a0{OBJECT}", None),
            (OBJECT[:-1], None),
            ("", None),
        ],
    )
    def test_an_object(self, text: str, value: object) -> None:
        held = index()
        assert held.object(text) == value
        assert held.object(text) == value, "asked once more"

    def test_a_value_that_a_text_begins_with(self) -> None:
        held = index()
        for _ in range(2):
            assert held.json(f"a:{OBJECT} more") == ({"a": 1}, True)
            assert held.json(OBJECT[:-1]) == ({"a": 1}, False)

    def test_unique_keys(self) -> None:
        assert index().unique(OBJECT) == {"a": 1}
        with pytest.raises(JsonError):
            index().unique('{"a": 1, "a": 2}')

    def test_all_together_are_bounded_and_what_fits_is_parsed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_index, "MAX_PARSED", 20)
        bound = ("detector.bound", "more than 20 characters of JSON: the rest was not parsed")
        held = index()
        assert held.object('{"a": 12345}') is not None  # 12 characters
        assert held.json('{"b": 123}') == (None, False)  # 10 more
        assert said(held) == [bound]
        with pytest.raises(JsonError, match="the bound for this asset is used up"):
            held.unique('{"c": 123}')
        assert held.object('{"d": 123}') is None
        assert held.json('{"b": 1}') == ({"b": 1}, True)  # 8 more: there is room for it
        assert held.object("{}") is None
        assert said(held) == [bound], "it is said once"
        held = index()
        for _ in range(9):
            assert held.object(OBJECT) is not None
            assert held.json('{"b": 12345}') != (None, False)
        assert said(held) == [], "the same text is parsed once"

    def test_settings_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_index, "MAX_TEXT", 5)
        held = index()
        assert held.spend(3)
        assert held.spend(2)
        assert said(held) == []
        assert not held.spend(1)
        bound = ("detector.bound", "more than 5 characters of settings: the rest was not read")
        assert said(held) == [bound]


def test_a_detector_by_itself_gives_the_findings_of_its_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_index, "MAX_FIELDS_OF_A_KEY", 1)
    fields = [png("parameters", "x"), png("parameters", "y")]
    (found,) = Fooocus().detect(meta(*fields))
    assert found.code == "detector.bound"  # type: ignore[union-attr]  # it is a finding
    assert Fooocus().detect(meta(png("other", "x"))) == []
    assert Fooocus().reads == ("exif", "text")


@each(
    ("value", "limit", "name"),
    [
        (" a b\0", None, "a b"),
        ("", None, None),
        (" ", None, None),
        ("x" * 80, None, "x" * 80),
        ("x" * 81, None, None),
        ("x" * 81, 81, "x" * 81),
        ("a\nb", None, None),
    ],
)
def test_a_short_name(value: str, limit: int | None, name: str | None) -> None:
    assert (short(value) if limit is None else short(value, limit)) == name


def test_places_and_padding() -> None:
    assert place(png("a", "x", offset=7)) == "tEXt @7 a"
    assert trimmed(" \t\r\n\0x\u00a0\0 ") == "x\u00a0"
