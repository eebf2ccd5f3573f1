"""Blocks of metadata as the scan notes them: kind, place, offset, and what they hold."""

from support.each import each
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.media.container.checks import codes, loaded, scanned

from provenance.media.container import BlockKind

EXIF = made.exif({0x010F: (2, b"Maker\0")})
IIM = made.dataset(2, 110, b"credit")


@each(
    ("data", "kind", "place", "content"),
    [
        (build.jpeg(made.exif_segment(EXIF)), BlockKind.EXIF, "APP1", EXIF),
        (build.jpeg(build.segment(0xFE, b"text")), BlockKind.COMMENT, "COM", b"text"),
        (build.jpeg(build.segment(0xE9, b"AIGC{}")), BlockKind.SEGMENT, "APP9", b"AIGC{}"),
        (build.png(build.chunk(b"tEXt", b"k\0v")), BlockKind.TEXT, "tEXt", b"k\0v"),
        (build.png(behind=build.chunk(b"zTXt", b"k\0\0v")), BlockKind.TEXT, "zTXt", b"k\0\0v"),
        (build.png(behind=build.chunk(b"eXIf", EXIF)), BlockKind.EXIF, "eXIf", EXIF),
        (build.gif(b"\x21\xfe" + build.sub_blocks(b"t")), BlockKind.COMMENT, "comment", b"t"),
        (build.tiff({33723: (7, IIM)}), BlockKind.IPTC, "tag 33723", IIM),
        (build.jxl(build.box(b"Exif", EXIF)), BlockKind.EXIF, "Exif", EXIF),
        (made.flac({}), BlockKind.VORBIS, "VORBIS_COMMENT", made.comments({})),
        (
            build.riff(b"AVI ", build.riff_chunk(b"AIGC", b"{}")),
            BlockKind.RIFF,
            "AIGC",
            b"{}",
        ),
        (
            build.mp3(build.frame(b"TSSE", b"\0Lavf")),
            BlockKind.ID3,
            "TSSE",
            b"\0Lavf",
        ),
    ],
)
def test_each_kind_of_metadata_block_is_found_in_its_place(data, kind, place, content):
    (block,) = scanned(data).blocks_of(kind)
    assert block.place == place
    assert loaded(data, kind) == [content]
    assert codes(data) == []


def test_metadata_cannot_crowd_out_a_credential():
    text = build.chunk(b"tEXt", b"k\0v") * 2_000
    data = build.png(text + build.chunk(b"caBX", build.store()))
    assert loaded(data) == [build.store()]
    assert codes(data) == ["container.limit"]
    assert len(scanned(data).blocks_of(BlockKind.TEXT)) == 1_024


def test_encrypted_info_of_a_pdf_is_said():
    data = made.pdf_info(b"/Title (x)").replace(b"/Size 10", b"/Encrypt 3 0 R")
    assert codes(data) == ["container.encrypted"]


def test_metadata_boxes_nested_in_one_another_are_bounded():
    moov = build.box(b"moov", build.box(b"udta", build.box(b"udta", b"")))
    assert codes(build.ftyp() + moov) == ["container.limit"]
