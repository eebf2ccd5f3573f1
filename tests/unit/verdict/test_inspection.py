"""Everything that was seen in a file: blocks, fields, judgements; personal data withheld."""

import json
import os

import pytest
from support.each import each
from support.pki import FIXTURES
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.media.metadata.samples import samples
from unit.signals.detectors.make import GRAPH, IPTC, SETTINGS

from provenance.base.finding import note
from provenance.base.terms import Origin
from provenance.marks.decoder import PixelReading, WatermarkResult, WatermarkStatus
from provenance.media.asset import Asset
from provenance.media.metadata.field import Field, Source
from provenance.media.metadata.harmless import harmless
from provenance.signals.detector import Marker
from provenance.signals.detectors.detector_registry import builtin
from provenance.verdict.inspection import MAX_VALUE, inspect, inspect_asset

SECRET = "Erika Mustermann"
PROMPT = f"a duck by {SECRET}\n{SETTINGS}"


def seen(data: bytes, *, show: bool = False):
    with Asset.from_bytes(data) as asset:
        return inspect_asset(asset, detectors=builtin(), show_personal_data=show)


def values(data: bytes, *, show: bool = False) -> dict[str, str]:
    return {f.key: f.value for block in seen(data, show=show).blocks for f in block.fields}


def test_inspect_shows_blocks_with_place_offset_and_size():
    data = build.png(build.chunk(b"caBX", build.store()), build.itxt(build.PACKET, deflated=True))
    store, xmp = seen(data).blocks
    assert (store.kind, store.place, store.offset) == ("manifest_store", "caBX", 41)
    assert (store.length, store.ranges, store.coding) == (len(build.store()), 1, "raw")
    assert (xmp.kind, xmp.place, xmp.coding) == ("xmp", "iTXt", "deflate")
    assert data[xmp.offset :][: xmp.length].startswith(b"\x78")


def test_inspect_shows_the_ranges_of_a_block():
    (store,) = seen(build.jpeg(*build.app11(build.store(), chunk=40))).blocks
    assert store.ranges > 1
    assert store.length == len(build.store())


def test_the_fields_stand_in_their_blocks_with_what_is_judged():
    text = made.text_chunk(b"tEXt", b"parameters", PROMPT.encode())
    other = made.text_chunk(b"tEXt", b"Software", b"a program")
    first, second = seen(build.png(other, text)).blocks
    assert [(f.key, f.value, f.withheld, f.judged) for f in first.fields] == [
        ("Software", "a program", False, ())
    ]
    (field,) = second.fields
    assert (field.key, field.withheld, field.length) == ("parameters", True, len(PROMPT))
    assert field.value == f"[text, {len(PROMPT)} characters]"
    (judged,) = field.judged
    assert (judged.detector, judged.origin) == ("automatic1111", "ai_generated")


def test_two_blocks_with_one_key_keep_their_judgements():
    chunks = [made.text_chunk(b"tEXt", b"AIGC", v.encode()) for v in ("{}", made.LABEL)]
    first, second = seen(build.png(*chunks)).blocks
    assert first.fields[0].judged == ()
    assert second.fields[0].judged[0].detector == "tc260"


def test_a_field_of_another_kind_than_its_block_is_shown_in_it():
    structure = made.exif({0x010F: (2, b"Maker\0")}).hex().encode()
    raw = b"\nexif\n%8d\n%s\n" % (len(structure) // 2, structure)
    (block,) = seen(build.png(made.text_chunk(b"zTXt", b"Raw profile type exif", raw))).blocks
    assert ("exif", "Make", "Maker") in {(f.source, f.key, f.value) for f in block.fields}


def test_what_verify_would_not_parse_is_shown_too():
    packet = made.xmp({"dc:title": SECRET, "xmp:CreatorTool": "a program"})
    shown = values(build.jpeg(build.xmp_segment(packet)))
    assert shown["xmp:CreatorTool"] == "a program"
    assert shown["dc:title"] == f"[text, {len(SECRET)} characters]"


EXIF = made.exif(
    {
        0x010E: (2, SECRET.encode() + b"\0"),
        0x010F: (2, b"Canon\0"),
        0x0110: (2, b"EOS R5\0"),
        0x0112: (3, b"\1\0"),
        0x0131: (2, b"some program\0"),
        0x013B: (2, SECRET.encode() + b"\0"),
        0x013C: (2, SECRET.encode() + b"\0"),
    },
    {0x9286: (7, made.user_comment(SECRET)), 0xA430: (2, SECRET.encode() + b"\0")},
    gps=True,
)
PERSONAL = {
    "exif": build.jpeg(made.exif_segment(EXIF)),
    "xmp": build.jpeg(build.xmp_segment(made.xmp({"dc:creator": SECRET, "dc:rights": SECRET}))),
    "xmp exif": build.jpeg(build.xmp_segment(made.xmp({"exif:UserComment": SECRET}))),
    "unknown xmp": build.jpeg(
        build.xmp_segment(made.xmp(inner=f'<a:b xmlns:a="urn:x">{SECRET}</a:b>'))
    ),
    "prompt": build.png(
        made.text_chunk(b"tEXt", b"prompt", json.dumps(GRAPH | {"a": SECRET}).encode())
    ),
    "graph as maker": build.riff(
        b"WEBP",
        build.riff_chunk(b"EXIF", made.exif({0x010F: (2, f"prompt:{{{SECRET}}}\0".encode())})),
    ),
    "long program": build.png(made.text_chunk(b"tEXt", b"Software", (SECRET * 20).encode())),
    "iptc": build.jpeg(made.app13(made.dataset(2, 80, SECRET.encode()))),
    "comment": build.jpeg(build.segment(0xFE, SECRET.encode())),
    "gif": build.gif(b"\x21\xfe" + build.sub_blocks(SECRET.encode())),
    "id3": build.mp3(made.txxx("user", SECRET), major=3),
    "vorbis": made.flac({"ARTIST": SECRET}),
    "mkv": made.matroska(made.tags(made.simple_tag("ARTIST", SECRET)), made.cluster()),
    "mp4": made.movie(made.meta_items({b"\xa9ART": SECRET}, {"account": SECRET})),
    "riff": build.riff(b"WAVE", made.info({b"IART": SECRET})),
    "flv": made.flv({"author": SECRET}),
    "pdf": made.pdf_info(b"/Author " + made.pdf_string(SECRET)),
    "docx": made.docx({"Manager": SECRET}),
    "trailer": build.jpeg() + made.sef({"PEg_Info": f'{{"path":"{SECRET}"}}'.encode()}),
    "label with more": build.png(
        made.text_chunk(b"tEXt", b"AIGC", f'{{"Label":"1","User":"{SECRET}"}}'.encode())
    ),
}  # as a table  # fmt: skip


@each("name", PERSONAL)
def test_personal_data_is_withheld_unless_asked_for(name):
    hidden = json.dumps(seen(PERSONAL[name]).to_dict(), ensure_ascii=False)
    assert SECRET not in hidden
    assert SECRET.split()[1] not in hidden
    assert "characters]" in hidden
    assert SECRET in json.dumps(seen(PERSONAL[name], show=True).to_dict(), ensure_ascii=False)


def test_a_value_that_names_nobody_is_shown():
    shown = values(PERSONAL["exif"])
    assert (shown["Make"], shown["Model"], shown["Orientation"]) == ("Canon", "EOS R5", "1")
    assert shown["Software"] == "some program"
    assert shown["GPSLatitudeRef"] == "[position, 1 character]"
    assert values(PERSONAL["exif"], show=True)["GPSLatitudeRef"] == "N"
    xmp = made.xmp({"Iptc4xmpExt:DigitalSourceType": IPTC + "composite", "tiff:Make": "Canon"})
    shown = values(build.jpeg(build.xmp_segment(xmp)))
    assert shown["Iptc4xmpExt:DigitalSourceType"] == IPTC + "composite"
    assert shown["tiff:Make"] == "Canon"


def test_a_value_that_is_no_text_is_named_by_its_size():
    data = build.jpeg(made.exif_segment(made.exif({}, {0x927C: (7, b"\0\xff" * 40)})))
    assert values(data)["MakerNote"] == "80 bytes"
    data = build.jpeg(made.exif_segment(made.exif({0x9999: (3, b"\1\2"), 0x4748: (2, b"abc\0")})))
    shown = values(data)
    assert (shown["0x9999"], shown["0x4748"]) == ("[number, 3 characters]", "[text, 3 characters]")


class Plugin:
    name = "acme.mark"
    version = "1"
    source = "a test"
    reads = ("text",)

    def detect(self, metadata):
        del metadata
        field = Field(Source.TEXT, "acme", SECRET, "nowhere", 9)
        yield Marker(None, "an example", field, vendor="A\x1b")
        yield Marker(Origin.CAPTURED, "another", field)


@pytest.mark.parametrize("data", [build.jpeg(), build.gif(b"\x21\xfe\1x\0"), b"no format"])
def test_a_field_in_no_block_is_shown_apart(data):
    with Asset.from_bytes(data) as asset:
        made_of = inspect_asset(asset, detectors=[Plugin()])
    assert [field for block in made_of.blocks for field in block.fields if field.judged] == []
    (field,) = made_of.elsewhere
    assert field.value == f"[text, {len(SECRET)} characters]"
    assert [(j.detector, j.origin) for j in field.judged] == [
        ("acme.mark", ""),
        ("acme.mark", "captured"),
    ]
    assert field.judged[0].vendor == "A\ufffd"


@each("name", build.tc260_files())
def test_a_label_is_shown_and_judged(name):
    fields = [f for b in seen(build.tc260_files()[name]).blocks for f in b.fields if f.judged]
    (field,) = fields
    assert "001911" in field.value
    assert [j.detector for j in field.judged] == ["tc260"]


@each(
    "text",
    ["", "AIGC", "Label", '{"AIGC":"AIGC"}', '{"Label":{"a":"b"}}', '["Label"]', '"Label"',
     '{"AIGC":' * 400, "[" * 2_000 + "Label", '{"Label":"1","Name":"x"}', "{" + "Label" * 800],
)  # as a table  # fmt: skip
def test_a_value_that_is_no_label_is_withheld(text):
    assert not harmless(Field(Source.TEXT, "AIGC", text, "tEXt", 0))


def test_all_text_that_inspect_shows_is_cleaned():
    evil = "a\x1b[31m\u202eb"
    data = build.png(
        made.text_chunk(b"iTXt", b"k\x1b", evil.encode()),
        made.text_chunk(b"iTXt", b"Software", evil.encode()),
    )
    for show in (False, True):
        text = json.dumps(seen(data, show=show).to_dict(), ensure_ascii=False)
        assert "\x1b" not in text
        assert "\\u001b" not in text
        assert "\u202e" not in text


def test_a_long_value_is_cut():
    data = build.png(made.text_chunk(b"tEXt", b"Comment", b"x" * 60_000))
    (field,) = seen(data, show=True).blocks[0].fields
    assert (len(field.value), field.length) == (MAX_VALUE, 60_000)


def test_inspect_shows_findings_of_scan_metadata_and_detectors():
    xmp = made.xmp({"Iptc4xmpExt:DigitalSourceType": "trainedAlgorithmicMedia"})
    data = build.png(build.itxt(xmp), build.itxt(b"<not xml DigitalSourceType tc260.org.cn"), b"xx")
    codes = [f.code for f in seen(data).findings]
    assert {"container.trailing_bytes", "metadata.malformed", "iptc.source_type_form"} <= set(codes)
    assert len(codes) == len(set(codes))


def test_a_remnant_is_none_while_the_credential_is_there():
    packet = made.xmp({"dcterms:provenance": "self#jumbf=c2pa/x"})
    bare, whole = build.itxt(packet), build.itxt(packet) + build.chunk(b"caBX", build.store())
    assert [f.code for f in seen(build.png(bare)).findings] == ["credential.remnant"]
    assert seen(build.png(whole)).findings == ()


@each("name", samples())
def test_every_sample_can_be_inspected(name):
    data = samples()[name]
    made_of = seen(data)
    assert made_of.blocks
    assert [
        b for b in made_of.blocks if not (0 <= b.offset < len(data) and 0 < b.length <= len(data))
    ] == []
    assert json.loads(json.dumps(made_of.to_dict()))["media_type"] == made_of.media_type


@each("path", sorted(FIXTURES.glob("*.*")), ids=lambda p: p.name)
def test_every_fixture_can_be_inspected(path):
    made_of = inspect(path)
    assert made_of.error is None
    assert made_of.size == path.stat().st_size


def test_inspect_of_a_file_that_cannot_be_examined_is_an_error(tmp_path):
    assert inspect(tmp_path / "none").error.code == "asset.missing"
    assert inspect(tmp_path).error.code == "asset.not_regular"
    (tmp_path / "a").write_bytes(b"ab\0")
    assert inspect(tmp_path / "a", max_size=2).error.code == "asset.too_large"
    assert inspect(tmp_path / "a").family == "unknown"


def test_inspect_keeps_a_path_that_is_not_text(tmp_path):
    name = os.fsdecode(bytes(str(tmp_path), "ascii") + b"/\xff.png")
    record = inspect(name).to_dict()
    assert record["path_bytes"]
    assert record["path"].endswith("\ufffd.png")


class Hidden:
    """Stands for the decoders."""

    def read(self, asset, media_type):
        assert (asset.size, media_type) == (len(PICTURE), "image/png")
        return PixelReading(
            fields=(Field(Source.STEALTH, "parameters", PROMPT, "alpha channel", 0),),
            watermarks=(
                WatermarkResult("acme\x1b[31m", WatermarkStatus.FAILED, reason="a\u202eb"),
            ),
            findings=(note("watermark.refused", "too\x07 small"),),
        )


PICTURE = build.png(b"")
PROMPT = (
    "Erika Mustermann\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 64x64, Model: m"
)


def test_what_is_hidden_in_the_pixels_is_shown_and_judged():
    with Asset.from_bytes(PICTURE) as asset:
        closed = inspect_asset(asset, pixels=Hidden())
        shown = inspect_asset(asset, pixels=Hidden(), show_personal_data=True)
    (field,) = closed.elsewhere
    assert (field.source, field.key, field.withheld) == ("stealth", "parameters", True)
    assert [judged.origin for judged in field.judged] == ["ai_generated"]
    assert "Mustermann" not in json.dumps(closed.to_dict())
    assert "Mustermann" in shown.elsewhere[0].value
    (mark,) = closed.to_dict()["watermarks"]
    assert mark["status"] == "failed"
    assert mark["decoder"].isprintable()
    assert mark["reason"] == "a\N{REPLACEMENT CHARACTER}b"
    assert "watermark.refused" in {f.code for f in closed.findings}


def test_inspect_decodes_nothing_unless_asked_for():
    with Asset.from_bytes(PICTURE) as asset:
        made = inspect_asset(asset)
    assert (made.elsewhere, made.watermarks) == ((), ())
