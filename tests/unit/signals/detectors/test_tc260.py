"""The TC260 label: every place, every form, every value, every producer."""

import html
import json

import pytest
from support.each import each
from unit.signals.detectors.make import (
    DOUBAO,
    JIMENG,
    codes,
    exif,
    field,
    label,
    only,
    png,
    run,
    xmp,
)

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source

GENERATED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_POSSIBLE


class TestTc260:
    WRAPPED = json.dumps({"AIGC": label(producer=DOUBAO)})
    PLACES = (
        (Source.XMP, "TC260:AIGC"),
        (Source.XMP, "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"),
        (Source.TEXT, "AIGC"),
        (Source.QUICKTIME, "AIGC"),
        (Source.QUICKTIME, "----:com.apple.iTunes:AIGC"),
        (Source.QUICKTIME, ""),
        (Source.QUICKTIME, "\0\0\0\1"),
        (Source.EBML, "AIGC"),
        (Source.RIFF, "AIGC"),
        (Source.AMF0, "AIGC"),
        (Source.AMF0, "onMetaData.AIGC"),
        (Source.ID3, "TXXX:AIGC"),
        (Source.VORBIS, "aigc"),
        (Source.OOXML, "AIGC"),
        (Source.PDF, "/AIGC"),
        (Source.SEGMENT, "AIGC"),
        (Source.EXIF, "UserComment"),
        (Source.EXIF, "ImageDescription"),
    )

    @each(("source", "key"), PLACES)
    @each("form", ["bare", "wrapped"])
    def test_a_label_is_read_in_every_place(self, source, key, form):
        value = label(producer=DOUBAO)
        name, marker = only(field(source, key, value if form == "bare" else {"AIGC": value}))
        assert (name, marker.origin) == ("tc260", GENERATED)
        assert (marker.vendor, marker.product) == ("ByteDance", "Doubao")

    @each(
        "text",
        [
            json.dumps(WRAPPED),
            json.dumps(json.dumps(WRAPPED)),
            html.escape(WRAPPED),
            html.escape(json.dumps(label(producer=DOUBAO))),
            json.dumps({"AIGC": json.dumps(label(producer=DOUBAO))}),
            json.dumps({"AIGC": "1", "ContentProducer": DOUBAO}),
            json.dumps(label(1, DOUBAO)),
            f"\ufeff {WRAPPED}\0\0",
        ],
    )
    def test_a_label_is_read_in_every_form(self, text):
        _, marker = only(xmp("TC260:AIGC", text))
        assert (marker.origin, marker.vendor) == (GENERATED, "ByteDance")

    @pytest.mark.parametrize("tail", ["", "\0\0", "\0JFIF}"])
    def test_a_label_in_a_bare_segment_with_bytes_after_it_is_read(self, tail):
        text = "AIGC" + json.dumps(label(producer='a } in a " string')) + tail
        _, marker = only(field(Source.SEGMENT, "APP11", text))
        assert marker.origin is GENERATED

    @pytest.mark.parametrize(
        ("value", "origin"), [("1", GENERATED), ("2", POSSIBLE), ("3", POSSIBLE)]
    )
    def test_each_value_of_the_label_has_its_origin(self, value, origin):
        assert only(png("AIGC", label(value)))[1].origin is origin

    @each("value", ["0", "4", "", "yes", None, True, 1.0, ["1"], "\uff11"])
    def test_another_value_of_the_label_is_a_finding(self, value):
        found, findings = run(png("AIGC", label(value)))
        assert not found
        assert codes(findings) == {"tc260.label_value"}

    @each(
        "text",
        [
            "",
            "AIGC",
            "{",
            "[]",
            "null",
            '{"AIGC":{"AIGC":{"AIGC":{"AIGC":{"AIGC":{"AIGC":{"AIGC":{"AIGC":{}}}}}}}}}',
            '{"Label":"2","Label":"1"}',
            '{"AIGC":{"Label":"1","Label":"2"}}',
            "[" * 100_000,
        ],
    )
    def test_an_unreadable_label_is_a_finding(self, text):
        found, findings = run(xmp("TC260:AIGC", text))
        assert not found
        assert codes(findings) == {"tc260.unreadable"}

    @each(
        ("producer", "vendor", "product"),
        [
            (DOUBAO, "ByteDance", "Doubao"),
            (JIMENG, "ByteDance", "Jimeng"),
            (DOUBAO[:-5] + "20001", "ByteDance", None),
            ("001191440300708461136T1308L", "Tencent", None),
            ("001191110000000000000X10000", None, None),
            ("001191110108335469089C10000", "Kuaishou", None),
            ("kling", "Kuaishou", "Kling"),
            ("MiniMax", "MiniMax", "Hailuo"),
            ("RunningHub", "RunningHub", None),
            ("kling and others", None, "kling and others"),
            ("doubao", "ByteDance", "Doubao"),
            ("picwish", None, "picwish"),
            ("", None, None),
            ("x" * 5000, None, None),
        ],
    )
    def test_producers_of_a_label_are_named(self, producer, vendor, product):
        _, marker = only(xmp("TC260:AIGC", label(producer=producer)))
        assert (marker.vendor, marker.product) == (vendor, product)

    def test_a_number_of_any_length_hides_no_label(self):
        text = '{"Label":"1","N":' + "9" * 3000 + "}"
        assert only(xmp("TC260:AIGC", text))[1].origin is GENERATED
        found, findings = run(xmp("TC260:AIGC", '{"Label":' + "9" * 5000 + "}"))
        assert not found
        assert codes(findings) == {"tc260.label_value"}

    def test_another_schema_under_the_name_of_the_label_is_a_finding(self):
        text = {"AIGC": {"ServiceProvider": "someone", "Time": "now"}}
        assert codes(run(exif("ImageDescription", text))[1]) == {"tc260.label_value"}

    def test_what_a_marker_and_a_finding_say(self):
        for value, words in (("1", "generated"), ("2", "possibly generated")):
            _, marker = only(png("AIGC", label(value, "gemini")))
            assert marker.says == f"TC260 label: {words} (Label {value})"
        _, marker = only(png("AIGC", label("3", "DALL-E 3")))
        assert marker.says == "TC260 label: suspected to be generated (Label 3)"
        assert (marker.vendor, marker.product, marker.model) == ("OpenAI", "DALL·E", "DALL·E 3")
        for text, code, message in (
            (label("9"), "label_value", "without a value that the standard defines"),
            ("{", "unreadable", "that cannot be read: "),
            ("[]", "unreadable", "that cannot be read: not an object"),
            ('"' + "x" * 8192 + '"', "unreadable", "that cannot be read: too long for a label"),
        ):
            (found,) = run(png("AIGC", text))[1]
            assert found.code == f"tc260.{code}"
            assert found.message.startswith(f"a TC260 label {message}")
            assert found.where == "tEXt @0 AIGC"

    def test_a_label_as_long_as_one_may_be(self):
        for length, count in ((8192, 1), (8193, 0)):
            text = json.dumps(label())
            padded = text[:-1] + " " * (length - len(text)) + "}"
            assert len(run(png("AIGC", padded))[0]) == count

    def test_as_many_labels_as_are_judged(self):
        for count, codes_ in ((32, []), (33, ["detector.bound"])):
            found, findings = run(*[png("AIGC", label(producer=f"p{n}")) for n in range(count)])
            assert len(found) == 32
            assert [one.code for one in findings] == codes_
        assert findings[0].message == "only 32 TC260 labels were judged"

    @pytest.mark.parametrize("producer", [None, 5, ["kling"], "0011" * 9])
    def test_a_producer_that_is_no_name_is_none(self, producer):
        _, marker = only(png("AIGC", label("1") | {"ContentProducer": producer}))
        assert (marker.vendor, marker.product) == (None, None)

    @pytest.mark.parametrize(
        ("value", "found"),
        [
            ({"Label": "1", "ProduceID": "x"}, True),
            ({"AIGC": {"Label": "1", "ProduceID": "x"}}, True),
            ({"AIGC": {"Label": "1"}}, True),
            ({"AIGC": "1", "ContentProducer": "x"}, True),
            ({"Label": "1"}, False),
            ({"Label": "1", "AIGC": {"Label": "1"}}, True),
            ({"Label": "1", "Name": "AIGC"}, False),
            ({"Title": "AIGC", "ContentProducer": "x"}, False),
            ({"AIGC": {"Title": "1"}}, False),
        ],
    )
    def test_in_a_place_of_other_things_only_what_is_unmistakable_counts(self, value, found):
        text = json.dumps(value | {"more": "AIGC"})
        assert bool(run(exif("ImageDescription", text))[0]) is found
        assert codes(run(exif("ImageDescription", f"AIGC {text}"))[1]) == set()
        assert codes(run(field(Source.QUICKTIME, "", "ContentProducer {"))[1]) == set()

    @pytest.mark.parametrize("text", ["AIGC{", "AIGC {x}"])
    def test_a_bare_segment_that_cannot_be_read_is_a_finding(self, text):
        assert codes(run(field(Source.SEGMENT, "APP11", text))[1]) == {"tc260.unreadable"}

    def test_the_outer_label_counts_and_what_is_no_label_has_no_value(self):
        _, marker = only(png("AIGC", label("1") | {"AIGC": label("2")}))
        assert marker.origin is GENERATED
        for value in ({"AIGC": "10"}, {"x": 1}):
            assert codes(run(png("AIGC", value))[1]) == {"tc260.label_value"}
