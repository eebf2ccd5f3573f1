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
