"""Files that talk about generators in every container, and are by none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from unit.media.container import build
from unit.media.container import build_metadata as made

from provenance.signals import generators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Maker = Callable[[str], bytes]

# Words that stand in markers but in no table of generators.
WORDS = (
    "AUTOMATIC1111", "Forge", "SD.Next", "ComfyUI", "InvokeAI", "NovelAI", "Fooocus", "SwarmUI",
    "Draw Things", "Ideogram AI", "reve.com", "Aphrodite AI", "Made with Google AI",
    "Edited with Google AI", "Apple Photos Clean Up", "Galaxy AI", "Grok", "TC260", "AIGC",
    "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "AISystemUsed", "KSampler",
    "genAIType", "hf-job-id", "c2pa.created", "sui_image_params", "invokeai_metadata", "豆包",
    "即梦AI", "ContentProducer", "PEg_Info",
)  # as a table  # fmt: skip
SENTENCES = (
    "{}",
    "A photo about {}, not by it.",
    "Interview with the makers of {} at the fair",
    'Screenshot of the text "Steps: 20, Sampler: Euler a" in {}',
    "{} Signature: yes. Job ID: 12345",
    "#{} #ai #art prompt: a cat",
    'Where {{"AIGC": {{}}}} or {{"prompt": "{}"}} stands, nothing was generated',
)
LIST = "camera, {}, review"


def names() -> tuple[str, ...]:
    """Every generator of the project's own table, and every word of the markers."""
    table = json.loads(Path(generators._TABLE).read_text(encoding="utf-8"))
    return tuple(dict.fromkeys((*(row["name"] for row in table["names"]), *WORDS)))


def files() -> Iterator[tuple[str, bytes]]:
    """Yield what each file is, and the file: every name in every place."""
    for number, name in enumerate(names()):
        for turn, (place, maker) in enumerate(MAKERS.items()):
            sentence = SENTENCES[(number + turn) % len(SENTENCES)]
            text = (LIST if "keyword" in place else sentence).format(name)
            yield f"{place}: {text}", maker(text)


def _ascii(text: str) -> tuple[int, bytes]:
    return 2, text.encode() + b"\0"


def _exif(text: str) -> bytes:
    """A camera's EXIF with the text in every place where people write."""
    return made.exif(
        {0x010E: _ascii(text), 0x010F: _ascii("Canon"), 0x013B: _ascii(text), 0x8298: _ascii(text)},
        {
            0x829A: (5, b"\1\0\0\0\x3c\0\0\0"),
            0x9003: _ascii("2024:05:01 10:00:00"),
            0x9286: (7, made.user_comment(text)),
        },
    )


def _xmp(text: str) -> bytes:
    keys = ("dc:description", "dc:title", "photoshop:Headline", "photoshop:Source", "xmp:Label")
    return made.xmp(dict.fromkeys(keys, text))


def _xmp_keywords(text: str) -> bytes:
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in text.split(", "))
    inner = f"<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>"
    return made.xmp({"photoshop:Category": "x"}, inner=inner)


def _iptc(*numbers: int) -> Maker:
    return lambda text: build.jpeg(
        made.app13(*(made.dataset(2, number, text.encode()[:255]) for number in numbers))
    )


def _png(kind: bytes, *keys: bytes) -> Maker:
    return lambda text: build.png(
        b"".join(made.text_chunk(kind, key, text.encode()) for key in keys)
    )


def _mp3(text: str) -> bytes:
    value = b"\3" + text.encode()
    return build.mp3(
        build.frame(b"TIT2", value)
        + build.frame(b"COMM", b"\3eng\0" + text.encode())
        + made.txxx("comment", text, major=4, encoding=3)
        + made.txxx("description", text, major=4, encoding=3)
    )


def _tags(text: str) -> dict[str, str]:
    return dict.fromkeys(("TITLE", "COMMENT", "DESCRIPTION", "KEYWORDS"), text)


def _simple(text: str) -> bytes:
    return made.tags(*(made.simple_tag(k, v) for k, v in _tags(text).items()))


_INFO = (b"INAM", b"ICMT", b"IKEY", b"ISBJ", b"IART")
_PDF = (b"/Title", b"/Subject", b"/Keywords", b"/Author")
_KEYS = ("comment", "description", "com.apple.quicktime.keywords", "title")

MAKERS: dict[str, Maker] = {
    "jpeg exif": lambda t: build.jpeg(made.exif_segment(_exif(t))),
    "jpeg xmp": lambda t: build.jpeg(build.xmp_segment(_xmp(t))),
    "jpeg xmp keywords": lambda t: build.jpeg(build.xmp_segment(_xmp_keywords(t))),
    "jpeg xmp utf-16": lambda t: build.jpeg(build.xmp_segment(_xmp(t).decode().encode("utf-16"))),
    "jpeg iptc caption": _iptc(120, 105, 5),
    "jpeg iptc keywords": _iptc(25, 25, 20),
    "jpeg iptc people": _iptc(80, 122, 116),
    "jpeg comment": lambda t: build.jpeg(build.segment(0xFE, t.encode())),
    "jpeg trailer": lambda t: build.jpeg() + made.sef({"Image_Note": t.encode()}),
    "png text": _png(b"tEXt", b"Title", b"Comment", b"Description", b"Author", b"Source"),
    "png deflated text": _png(b"zTXt", b"Comment", b"Disclaimer", b"Keywords"),
    "png international text": _png(b"iTXt", b"Comment", b"Description"),
    "png text of generators": _png(b"tEXt", b"parameters", b"prompt", b"workflow", b"Dream"),
    "png xmp": lambda t: build.png(build.itxt(_xmp(t), deflated=True)),
    "png exif": lambda t: build.png(build.chunk(b"eXIf", _exif(t))),
    "webp xmp": lambda t: build.riff(b"WEBP", build.riff_chunk(b"XMP ", _xmp(t))),
    "webp exif": lambda t: build.riff(b"WEBP", build.riff_chunk(b"EXIF", _exif(t))),
    "gif comment": lambda t: build.gif(b"\x21\xfe" + build.sub_blocks(t.encode())),
    "gif xmp": lambda t: build.gif(build.gif_xmp(_xmp(t))),
    "tiff tags": _exif,
    "tiff xmp": lambda t: build.tiff({700: (1, _xmp(t))}),
    "heic xmp": lambda t: build.heic(_xmp(t)),
    "heic exif": lambda t: made.exif_heic(_exif(t)),
    "avif xmp": lambda t: build.heic(_xmp(t), method=1).replace(b"heic", b"avif", 1),
    "jxl exif": lambda t: build.jxl(build.box(b"Exif", bytes(4) + _exif(t))),
    "jxl xmp": lambda t: build.jxl(build.box(b"xml ", _xmp(t))),
    "svg xmp": lambda t: build.svg(_xmp(t)),
    "mp4 items": lambda t: made.movie(made.meta_items({b"\xa9nam": t, b"\xa9cmt": t, b"desc": t})),
    "mp4 keys": lambda t: made.movie(made.meta_keys(dict.fromkeys(_KEYS, t))),
    "mp4 xmp": lambda t: build.mp4(build.box(b"uuid", build.XMP_UUID + _xmp(t))),
    "mov atoms": lambda t: made.movie(made.atom(b"\xa9nam", t) + made.atom(b"\xa9cmt", t)),
    "m4a items": lambda t: made.movie(
        made.meta_items({b"\xa9cmt": t}, {"notes": t}), major=b"M4A "
    ),
    "mkv tags": lambda t: made.matroska(_simple(t), made.cluster()),
    "webm tags": lambda t: made.matroska(made.cluster(), _simple(t), doctype=b"webm"),
    "avi info": lambda t: build.riff(b"AVI ", made.info(dict.fromkeys(_INFO, t))),
    "wav info": lambda t: build.riff(b"WAVE", made.info(dict.fromkeys(_INFO, t))),
    "flv": lambda t: made.flv({"title": t, "description": t, "keywords": t}),
    "mp3": _mp3,
    "flac": lambda t: made.flac(_tags(t)),
    "ogg": lambda t: made.ogg(_tags(t)),
    "opus": lambda t: made.ogg(_tags(t), opus=True),
    "docx": lambda t: made.docx({"Category": t, "Keywords": t, "Comments": t}),
    "pdf info": lambda t: made.pdf_info(b" ".join(k + b" " + made.pdf_string(t) for k in _PDF)),
    "pdf xmp": lambda t: build.pdf(packet=_xmp(t)),
}
