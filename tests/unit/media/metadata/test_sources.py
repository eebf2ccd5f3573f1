"""Each source: its keys, its decoding, its defects."""

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.media.container.build_documents import archive
from unit.media.metadata.checks import codes, metadata, pairs

from provenance.media.asset import Asset
from provenance.media.container.block import Block, BlockKind, Scan, Span
from provenance.media.metadata import read_metadata

TEXT = "{" + "x" * 80_000 + "}"


# PNG text


@each("behind", [False, True])
@each("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_text_of_png_is_read_in_each_chunk(kind, behind):
    chunk = made.text_chunk(kind, b"parameters", "Steps: 1, é".encode())
    assert pairs(build.png(**{"behind" if behind else "before": chunk})) == [
        ("parameters", "Steps: 1, é")
    ]


def test_text_of_png_in_latin_1_is_read():
    assert pairs(build.png(made.text_chunk(b"tEXt", b"Author", b"Andr\xe9"))) == [
        ("Author", "André")
    ]


def test_png_text_of_json_is_not_cut_at_64_kib():
    assert pairs(build.png(made.text_chunk(b"zTXt", b"workflow", TEXT.encode()))) == [
        ("workflow", TEXT)
    ]


def test_xmp_of_png_under_its_keyword_in_plain_text_is_read():
    data = build.png(made.text_chunk(b"tEXt", b"XML:com.adobe.xmp", made.xmp({"TC260:AIGC": "{}"})))
    assert pairs(data) == [("TC260:AIGC", "{}")]


@each(
    ("chunk", "code"),
    [
        (build.chunk(b"tEXt", b"no end of keyword"), "metadata.malformed"),
        (build.chunk(b"zTXt", b"k\0\0not deflate"), "metadata.malformed"),
        (build.chunk(b"iTXt", b"k\0\0\0"), "metadata.malformed"),
        (made.text_chunk(b"zTXt", b"Raw profile type exif", b"nothing"), "metadata.malformed"),
        (made.text_chunk(b"zTXt", b"k", bytes(2 << 20)), "metadata.limit"),
        (made.text_chunk(b"tEXt", b"k", b"x" * 140_000), "metadata.limit"),
    ],
)
def test_damaged_text_of_png_is_a_finding(chunk, code):
    assert codes(build.png(chunk)) == [code]


def test_keyed_text_of_a_format_of_its_own_needs_no_coding_of_png():
    """A family gets what comes after a keyword and a zero byte, whatever it calls the place."""
    content = b"parameters\0Steps: 1"
    with Asset.from_bytes(content) as asset:
        block = Block(BlockKind.TEXT, "note of Acme", (Span(0, len(content)),))
        found = read_metadata(asset, Scan("image/x-acme", "acme", (block,)))
    assert [(f.key, f.value) for f in found.fields] == [("parameters", "Steps: 1")]
    assert found.findings == ()


# IPTC-IIM, comments, segments, trailer


def test_iim_is_read_in_its_coding():
    utf8 = made.dataset(1, 90, b"\x1b%G")
    assert pairs(build.jpeg(made.app13(utf8, made.dataset(2, 110, "né".encode())))) == [
        ("2:110", "né")
    ]
    assert pairs(build.jpeg(made.app13(made.dataset(2, 110, b"n\xe9")))) == [("2:110", "né")]


def test_iim_over_two_segments_is_joined():
    whole = made.app13(made.dataset(2, 120, b"caption"), made.dataset(2, 110, b"credit"))[18:]
    parts = [build.segment(0xED, b"Photoshop 3.0\0" + p) for p in (whole[:30], whole[30:])]
    assert pairs(build.jpeg(*parts)) == [("2:120", "caption"), ("2:110", "credit")]


def test_damaged_iim_is_a_finding():
    data = made.app13(made.dataset(2, 120, b"caption"))
    assert codes(build.jpeg(data.replace(b"\x1c\x02\x78\0\x07", b"\x1c\x02\x78\0\x77"))) == [
        "metadata.malformed"
    ]
    assert codes(build.jpeg(build.segment(0xED, b"Photoshop 3.0\0rubbish"))) == [
        "metadata.malformed"
    ]


def test_comments_of_jpeg_and_gif_are_read():
    assert pairs(build.jpeg(build.segment(0xFE, b"caf\xe9"))) == [("Comment", "café")]
    text = "long text " * 90
    assert pairs(build.gif(b"\x21\xfe" + build.sub_blocks(text.encode()))) == [("Comment", text)]


@pytest.mark.parametrize("marker", [0xE1, 0xE5, 0xEB, 0xED, 0xEF])
def test_a_bare_label_in_a_segment_of_jpeg_is_read(marker):
    found = metadata(build.jpeg(build.segment(marker, b'AIGC{"Label":"1"}')))
    assert [(f.key, f.value, f.place) for f in found.fields] == [
        ("AIGC", '{"Label":"1"}', f"APP{marker & 15}")
    ]


@pytest.mark.parametrize("front", [build.jpeg(), build.png(), build.heic(build.PACKET)])
def test_the_trailer_of_samsung_is_read(front):
    entries = {"PhotoEditor_Re_Edit_Data": b'{"genAIType":1}', "MotionPhoto_Data": bytes(99)}
    data = front + made.sef(entries)
    expected = [("PhotoEditor_Re_Edit_Data", '{"genAIType":1}'), ("MotionPhoto_Data", "present")]
    assert [p for p in pairs(data) if p[0] != "dcterms:provenance"] == expected


# RIFF, ID3, Vorbis


def test_info_and_ixml_of_wav_are_read():
    data = build.riff(
        b"WAVE", made.info({b"ICMT": "text"}), build.riff_chunk(b"iXML", b"<BWFXML/>")
    )
    assert pairs(data) == [("ICMT", "text"), ("iXML", "<BWFXML/>")]


def test_a_broadcast_extension_of_wav_is_read():
    texts = b"a fox".ljust(256, b"\0") + b"Recorder 2".ljust(32, b"\0") + bytes(314) + b"A=PCM\r\n"
    data = build.riff(b"WAVE", build.riff_chunk(b"bext", texts))
    assert pairs(data) == [
        ("bext.Description", "a fox"),
        ("bext.Originator", "Recorder 2"),
        ("bext.CodingHistory", "A=PCM\r\n"),
    ]
    assert pairs(build.riff(b"WAVE", build.riff_chunk(b"bext", b"short"))) == [
        ("bext.Description", "short")
    ]


def test_info_of_wav_that_lies_is_a_finding():
    chunk = build.riff_chunk(b"LIST", b"INFOICMT\xff\xff\0\0text")
    assert codes(build.riff(b"WAVE", chunk)) == ["metadata.malformed"]


@each("major", [3, 4])
@each(
    ("frame", "expected"),
    [
        ((b"TSSE", b"\0Lavf"), ("TSSE", "Lavf")),
        ((b"TIT2", b"\1" + "é".encode("utf-16")), ("TIT2", "é")),
        ((b"TXXX", b"\3AIGC\0{}"), ("TXXX:AIGC", "{}")),
        ((b"TXXX", b"\2" + "ab\0cd".encode("utf-16-be")), ("TXXX:ab", "cd")),
        ((b"COMM", b"\0eng\0text"), ("COMM", "text")),
        ((b"COMM", b"\0engwhat\0text"), ("COMM:what", "text")),
        ((b"GEOB", b"\0text/plain\0name\0what\0text"), ("GEOB:what", "text")),
        ((b"PRIV", b"owner\0text"), ("PRIV:owner", "text")),
    ],
)
def test_frames_of_id3_are_read(frame, expected, major):
    data = build.mp3(build.frame(*frame, major=major), major=major)
    assert pairs(data) == [expected]


def test_unsynchronised_frames_of_id3_are_read():
    frame = build.frame(b"TXXX", b"\0AIGC\0\xff\xfe text", major=3)
    assert pairs(build.mp3(frame, major=3, flags=0x80)) == [("TXXX:AIGC", "ÿþ text")]


def test_vorbis_comments_are_read():
    values = {"AIGC": "{}", "comment": "é=ü", "METADATA_BLOCK_PICTURE": "AAAA"}
    expected = [("vendor", "maker"), ("AIGC", "{}"), ("comment", "é=ü")]
    for data in (made.flac(values), made.ogg(values), made.ogg(values, opus=True)):
        assert pairs(data) == expected


def test_vorbis_comments_that_lie_are_a_finding():
    data = made.flac({"AIGC": "{}"})
    assert codes(data.replace(b"\x01\0\0\0\x07\0\0\0", b"\x01\0\0\0\x77\0\0\0")) == [
        "metadata.malformed"
    ]
    assert codes(data.replace(b"\x01\0\0\0\x07\0\0\0", b"\xff\xff\0\0\x07\0\0\0")) == [
        "metadata.limit",
        "metadata.malformed",
    ]


# QuickTime, Matroska, FLV


def test_classic_atoms_of_quicktime_are_read():
    udta = (
        made.atom(b"\xa9nam", "näme")
        + build.box(b"titl", bytes(4) + b"\x55\xc4title\0")
        + build.box(b"AIGC", b'{"Label":"1"}')
        + build.box(b"bin ", b"\0\1\2\3")
        + bytes(4)
    )
    expected = [("\xa9nam", "näme"), ("titl", "title"), ("AIGC", '{"Label":"1"}')]
    assert pairs(made.movie(udta)) == expected


def test_items_of_itunes_are_read():
    meta = made.meta_items({b"\xa9too": "Lavf", b"\xa9cmt": TEXT}, {"AIGC": "{}"})
    assert pairs(made.movie(meta)) == [
        ("\xa9too", "Lavf"),
        ("\xa9cmt", TEXT),
        ("----:com.apple.iTunes:AIGC", "{}"),
    ]


def test_a_cover_in_items_of_itunes_is_not_text():
    item = build.box(b"covr", build.box(b"data", b"\0\0\0\x0d" + bytes(4) + b"\xff\xd8\xff"))
    box = build.box(b"meta", bytes(4) + made._hdlr(b"mdir") + build.box(b"ilst", item))
    assert pairs(made.movie(box)) == []
    assert pairs(made.movie(box), everything=True) == [("covr", "3 bytes")]


def test_damaged_keys_of_quicktime_are_a_finding():
    data = made.movie(made.meta_keys({"AIGC": "{}"}))
    assert codes(data.replace(b"\0\0\0\x0cmdtaAIGC", b"\0\0\0\xfcmdtaAIGC")) == [
        "metadata.malformed"
    ]
    assert codes(data.replace(b"\0\0\0\x12data", b"\0\0\0\x92data")) == ["metadata.malformed"]


def test_tags_of_matroska_are_read():
    nested = made.simple_tag("OUTER", "a", made.simple_tag("INNER", "b"))
    info = made.element(0x1549A966, made.element(0x5741, b"program"))
    found = metadata(made.matroska(info, made.tags(nested), made.cluster()))
    assert [(f.context, f.key, f.value) for f in found.fields] == [
        ("", "WritingApp", "program"),
        ("", "OUTER", "a"),
        ("OUTER", "INNER", "b"),
    ]


def test_tags_of_matroska_within_one_another_are_bounded():
    tag = b""
    for _ in range(200):
        tag = made.element(0x67C8, made.element(0x45A3, b"A") + tag)
    assert codes(made.matroska(made.tags(tag))) == ["metadata.limit"]


def test_script_data_of_flv_is_read():
    found = metadata(made.flv({"duration": 1.0, "AIGC": "{}", "more": {"inner": ["a", "b"]}}))
    assert [(f.context, f.key, f.value) for f in found.fields] == [
        ("", "AIGC", "{}"),
        ("more/inner", "1", "a"),
        ("more/inner", "2", "b"),
    ]


def test_damaged_script_data_of_flv_is_a_finding():
    value: object = "x"
    for _ in range(40):
        value = {"a": value}
    assert codes(made.flv({"a": value})) == ["metadata.limit"]
    assert codes(made.flv({"a": "b"}).replace(b"\2\0\1b", b"\2\0\x7fb")) == ["metadata.malformed"]
    assert codes(made.flv({"a": "b"}).replace(b"\2\0\1b", b"\x44\0\1b")) == ["metadata.malformed"]


# Documents


@each(
    ("raw", "text"),
    [
        (rb"(a\(b\)(c)\\)", r"a(b)(c)\ ".strip()),
        (
            rb"(\101\n\
more)",
            "A\nmore",
        ),
        (b"<4142 4>", "AB@"),
        (b"<FEFF00E9>", "é"),
        (b"(\xfe\xff\0a)", "a"),
        (b"(caf\xe9)", "café"),
        (b"(\xef\xbb\xbfcaf\xc3\xa9)", "café"),
    ],
)
def test_strings_of_pdf_are_read(raw, text):
    data = made.pdf_info(b"/First /Name /Number 1 /Other 3 0 R /AI#47C " + raw)
    assert pairs(data) == [("AIGC", text)]


def test_damaged_strings_of_pdf_are_a_finding():
    assert codes(made.pdf_info(b"/A (never ends ")) == ["metadata.malformed"]
    assert codes(made.pdf_info(b"/A " + b"(" * 200_000)) == ["metadata.limit"]


@pytest.mark.parametrize("deflated", [False, True])
def test_properties_of_ooxml_are_read(deflated):
    values = {"AIGC": '{"Label":"1"}', "Other": "é"}
    assert pairs(made.docx(values, deflated=deflated)) == list(values.items())


def test_core_properties_of_ooxml_odf_and_epub_are_read():
    core = (
        b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        b'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>t</dc:title>'
        b"<cp:keywords>k</cp:keywords></cp:coreProperties>"
    )
    types = made._MAIN.encode()
    data = archive({"[Content_Types].xml": types, "docProps/core.xml": core})
    assert pairs(data) == [("dc:title", "t"), ("cp:keywords", "k")]
    odf = (
        b'<o:meta xmlns:o="o" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0">'
        b'<meta:user-defined meta:name="AIGC">{}</meta:user-defined></o:meta>'
    )
    named = b"application/vnd.oasis.opendocument.text"
    assert pairs(archive({"mimetype": named, "meta.xml": odf})) == [("AIGC", "{}")]
    opf = (
        b'<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>t</dc:title>'
        b'<meta name="AIGC" content="{}"/><meta property="p">v</meta></metadata></package>'
    )
    epub = archive({"mimetype": b"application/epub+zip", "OEBPS/content.opf": opf})
    assert pairs(epub) == [("dc:title", "t"), ("AIGC", "{}"), ("p", "v")]


def test_damaged_properties_of_ooxml_are_a_finding():
    good = made.docx({"AIGC": "{}"}, deflated=False)
    assert codes(good.replace(b"</Properties>", b"</Propertied>")) == ["metadata.malformed"]
    assert codes(made.docx({"AIGC": "x" * (2 << 20)})) == ["metadata.limit"]
    assert codes(made.docx({f"a{i}": "b" for i in range(5_000)})) == ["metadata.limit"]


def test_metadata_of_svg_without_a_packet_is_read():
    rdf = made.xmp({"TC260:AIGC": "{}"})
    start, end = rdf.index(b"<rdf:RDF"), rdf.index(b"</x:xmpmeta>")
    assert pairs(build.svg(rdf[start:end])) == [("TC260:AIGC", "{}")]
