"""Small files of every kind of metadata, for truncation and mutation."""

from __future__ import annotations

from unit.media.container import build
from unit.media.container import build_metadata as made

from provenance.kit import unsigned


def samples() -> dict[str, bytes]:
    exif = made.exif(
        {0x010F: (2, b"Maker\0"), 0x0131: (2, b"some program\0"), 0x9C9C: (1, b"h\0i\0\0\0")},
        {0x829A: (5, b"\1\0\0\0\x3c\0\0\0"), 0x9286: (7, made.user_comment("some text"))},
        gps=True,
    )
    nested = made.simple_tag("A", "b", made.simple_tag("C", "d"))
    page = b'<!DOCTYPE html><html><head><meta name="DigitalSourceType" content="x"></head></html>'
    return build.tc260_files('{"Label":"1"}') | {
        "html": page,
        "aiff": unsigned.aiff(),
        "caf": unsigned.caf(),
        "wavpack": unsigned.wavpack(),
        "asf": unsigned.windows_media(),
        "jpeg": build.jpeg(
            made.exif_segment(exif),
            made.app13(made.dataset(1, 90, b"\x1b%G"), made.dataset(2, 110, b"credit")),
            build.segment(0xFE, b"comment"),
        )
        + made.sef({"PhotoEditor_Re_Edit_Data": b'{"genAIType":1}', "Video": bytes(9)}),
        "png": build.png(
            made.text_chunk(b"zTXt", b"Raw profile type exif", b"\nexif\n 4\n49492a00\n")
            + build.chunk(b"eXIf", exif)
        ),
        "gif": build.gif(b"\x21\xfe" + build.sub_blocks(b"comment" * 60)),
        "tiff": made.exif({0x010E: (2, b"description\0"), 33723: (1, made.dataset(2, 5, b"x"))}),
        "bigtiff": build.tiff({0x010E: (2, b"long description\0")}, order=">", big=True),
        "jxl": build.jxl(build.box(b"Exif", bytes(4) + exif), build.box(b"brob", b"xml abc")),
        "heic": made.exif_heic(exif),
        "udta": made.movie(made.atom(b"\xa9nam", "name") + build.box(b"titl", bytes(6) + b"title")),
        "mkv-nested": made.matroska(made.tags(nested), made.cluster()),
        "flv-nested": made.flv({"a": {"b": ["c", 1.5, True]}, "d": "e"}),
        "mp3": build.mp3(
            build.frame(b"COMM", b"\0engdescription\0text", major=3)
            + build.frame(b"GEOB", b"\0application/json\0n\0d\0{}", major=3)
            + build.frame(b"PRIV", b"owner\0text", major=3),
            major=3,
        ),
        "pdf": made.pdf_info(rb"/Title (a\(b\)\101\n) /Name /Other /Ref 3 0 R /Hex <4142>"),
    }
