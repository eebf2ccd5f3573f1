"""A TC260 label in every place where one may stand, a small file each."""

from __future__ import annotations

import html

from unit.media.container import build
from unit.media.container import build_metadata as made


def tc260_files(label: str = made.LABEL) -> dict[str, bytes]:
    """Name -> file, each with the label in one place; the name begins with the container."""
    element_form = made.xmp({"TC260:AIGC": label})
    attribute_form = made.xmp(attributes={"TC260:AIGC": label})
    keys, itunes = made.meta_keys({"AIGC": label}), made.meta_items({}, {"AIGC": label})
    tag = made.tags(made.simple_tag("AIGC", label))
    head = made.xmp_main(element_form)
    return {
        "jpeg-xmp-element": build.jpeg(build.xmp_segment(element_form)),
        "jpeg-xmp-attribute": build.jpeg(build.xmp_segment(attribute_form)),
        "jpeg-xmp-escaped": build.jpeg(
            build.xmp_segment(made.xmp({"TC260:AIGC": html.escape(label)}))
        ),
        "jpeg-xmp-extended": build.jpeg(build.xmp_segment(head), *made.extended(element_form)),
        "jpeg-xmp-utf16": build.jpeg(
            build.xmp_segment(made.xmp({"TC260:AIGC": label}, encoding="utf-16"))
        ),
        "jpeg-exif": build.jpeg(made.exif_segment(label_exif(label))),
        "jpeg-segment": build.jpeg(build.segment(0xEA, b"AIGC" + label.encode())),
        "png-xmp": build.png(build.itxt(element_form)),
        "png-xmp-deflated": build.png(build.itxt(attribute_form, deflated=True)),
        "png-text": build.png(made.text_chunk(b"tEXt", b"AIGC", label.encode())),
        "png-ztxt": build.png(made.text_chunk(b"zTXt", b"AIGC", label.encode())),
        "png-itxt": build.png(made.text_chunk(b"iTXt", b"AIGC", label.encode(), deflated=True)),
        "png-behind-idat": build.png(behind=made.text_chunk(b"iTXt", b"AIGC", label.encode())),
        "webp-xmp": build.riff(
            b"WEBP", build.riff_chunk(b"VP8 ", bytes(9)), build.riff_chunk(b"XMP ", element_form)
        ),
        "webp-exif": build.riff(b"WEBP", build.riff_chunk(b"EXIF", label_exif(label))),
        "gif-xmp": build.gif(build.gif_xmp(element_form)),
        "tiff-xmp": build.tiff({271: (2, b"Maker\0"), 700: (1, element_form)}),
        "heic-xmp": build.heic(element_form),
        "avif-xmp-idat": build.heic(element_form, method=1).replace(b"heic", b"avif", 1),
        "jxl-xmp": build.jxl(build.box(b"xml ", element_form)),
        "svg-xmp": build.svg(element_form),
        "mp4-keys": made.movie(keys),
        "mp4-xmp": build.mp4(build.box(b"uuid", build.XMP_UUID + element_form)),
        "mp4-meta-in-moov": made.movie(meta=keys),
        "mp4-freeform": made.movie(itunes),
        "mov-keys": made.movie(meta=made.meta_keys({"AIGC": label}, plain=True), major=b"qt  "),
        "m4a-freeform": made.movie(itunes, major=b"M4A "),
        "mkv-tag": made.matroska(tag, made.cluster()),
        "mkv-tag-behind-clusters": made.matroska(made.cluster(), made.cluster(), tag),
        "mkv-tag-by-seek-head": made.matroska(
            made.seek_head(0x1254C367, made.SEEK_HEAD + len(made.cluster())), made.cluster(), tag
        ),
        "webm-tag": made.matroska(made.cluster(unknown=True), tag, doctype=b"webm"),
        "avi-info": build.riff(b"AVI ", made.info({b"ISFT": "maker", b"AIGC": label})),
        "avi-chunk": build.riff(b"AVI ", build.riff_chunk(b"AIGC", label.encode())),
        "wav-info": build.riff(
            b"WAVE", build.riff_chunk(b"data", bytes(8)), made.info({b"AIGC": label})
        ),
        "wav-chunk": build.riff(b"WAVE", build.riff_chunk(b"AIGC", label.encode())),
        "wav-id3": build.riff(
            b"WAVE", build.riff_chunk(b"id3 ", build.id3(made.txxx("AIGC", label), major=3))
        ),
        "flv": made.flv({"duration": 1.0, "AIGC": label}),
        "mp3-id3v22": build.mp3(made.txxx("AIGC", label, major=2), major=2),
        "mp3-id3v23": build.mp3(made.txxx("AIGC", label), major=3),
        "mp3-id3v24": build.mp3(made.txxx("AIGC", label, major=4, encoding=1)),
        "flac": made.flac({"TITLE": "made", "AIGC": label}),
        "ogg": made.ogg({"AIGC": label}),
        "opus": made.ogg({"AIGC": label}, opus=True),
        "docx": made.docx({"AIGC": label}),
        "pdf-info": made.pdf_info(b"/Title (made) /AIGC " + made.pdf_string(label)),
        "pdf-info-hex": made.pdf_info(
            b"/AIGC <" + (b"\xfe\xff" + label.encode("utf-16-be")).hex().encode() + b">"
        ),
        "pdf-info-in-stream": made.pdf_info(b"/AIGC " + made.pdf_string(label), in_stream=True),
        "pdf-xmp": build.pdf(packet=element_form),
    }


def label_exif(label: str) -> bytes:
    comment = made.user_comment(made.wrapped(label), code=b"ASCII\0\0\0", encoding="utf-8")
    return made.exif({0x0131: (2, b"made\0")}, {0x9286: (7, comment)})
