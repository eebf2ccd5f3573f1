"""Text by itself: PNG text, comments of JPEG (COM) and GIF, segments that hold a bare label.

PNG text is tEXt, zTXt and iTXt (ISO/IEC 15948, 11.3.4), and the profiles that hide in it.
Other keyed text is read here too: ComfyUI's chunk `comf`, the string attributes of OpenEXR, and the
text of an SVG `metadata` element. Which of these a block is, its `place` says; any
other is a keyword, a zero byte and a value, as in tEXt.
ImageMagick and what is built on it write EXIF, IPTC and XMP of other formats as hexadecimal text
under the keyword `Raw profile type ...`; some tools put XMP under its keyword into tEXt or zTXt.
"""

from __future__ import annotations

import binascii
import html
from typing import TYPE_CHECKING

from provenance.media.container.block import BlockKind
from provenance.media.metadata import exif, iim, xmp_fields
from provenance.media.metadata.field import Source

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

_LABEL = b"AIGC"
_PROFILE = "Raw profile type "
_XMP = "XML:com.adobe.xmp"
_MAX_KEYWORD = 1_024  # the standard has 79
_PICKLE = "APP15 pickle"
_FACE_KEYS = (
    *(b"face_type", b"landmarks", b"source_filename", b"source_rect", b"source_landmarks"),
    *(b"image_to_face_mat", b"seg_ie_polys", b"xseg_mask", b"eyebrows_expand_mod"),
)
"""Keys of the pickle that DeepFaceLab writes (`DFLIMG/DFLJPG.py`). It is searched, never loaded."""
_EXR = "EXR"
_ELEMENT = "metadata element"


def add_texts(sink: Sink, block: Block) -> None:
    """Add PNG text under its keyword, a comment as `Comment`, a bare label as `AIGC`."""
    data = sink.load(block)
    if not data:
        return
    if block.place == _ELEMENT:
        _element(sink, data)
    elif block.place == _PICKLE:
        keys = [key.decode() for key in _FACE_KEYS if key in data]
        if keys:
            sink.add("APP15", " ".join(keys))
    elif block.kind is BlockKind.TEXT:
        _chunk(sink, block, data)
    elif block.kind is BlockKind.SEGMENT:
        sink.text("AIGC", data.removeprefix(_LABEL))
    else:
        sink.text("Comment", data)


def _chunk(sink: Sink, block: Block, data: bytes) -> None:
    end = data.find(b"\0", 0, _MAX_KEYWORD)
    if end <= 0:
        sink.malformed("a text chunk without a keyword")
        return
    key = data[:end].decode("latin-1")
    if block.place == _EXR:  # name, type, size (4), value
        content = data[data.find(b"\0", end + 1) + 5 :]
    elif block.place == "zTXt":
        content = sink.inflate(data[end + 2 :])
    elif block.place == "iTXt":
        # compression flag, compression method, language tag, translated keyword
        language = data.find(b"\0", end + 3)
        translated = data.find(b"\0", language + 1) if language >= 0 else -1
        if translated < 0:
            sink.malformed("an international text chunk without text")
            return
        content = data[translated + 1 :]
        if data[end + 1]:
            content = sink.inflate(content)
    else:  # tEXt, and the chunks of other formats that are made like it
        content = data[end + 1 :]
    if key.startswith(_PROFILE):
        _profile(sink, key, content)
    elif key == _XMP:
        sink.source = Source.XMP
        xmp_fields.packet(sink, content)
    elif content or sink.everything:
        sink.text(key, content)


def _element(sink: Sink, data: bytes) -> None:
    """Add the text of an element of SVG, out of its CDATA or with its entities resolved."""
    content = data.strip()
    if content.startswith(b"<![CDATA["):
        content = content[9:].partition(b"]]>")[0].strip()
    elif b"&" in content:
        content = html.unescape(content.decode("utf-8", "replace")).encode()
    if content:
        sink.text("metadata", content)


def _profile(sink: Sink, key: str, content: bytes) -> None:
    """Decode a line with the name, one with the length, and hexadecimal digits."""
    lines = content.strip(b"\n").split(b"\n", 2)
    try:
        data = binascii.unhexlify(lines[2].translate(None, b" \r\n"))
    except (IndexError, binascii.Error):
        sink.malformed("a raw profile that is not hexadecimal")
        return
    name = key.removeprefix(_PROFILE).lower()
    if name == "xmp" or (name == "app1" and data.startswith(b"http:")):
        sink.source = Source.XMP
        xmp_fields.packet(sink, data.removeprefix(b"http://ns.adobe.com/xap/1.0/\0"))
    elif name in ("exif", "app1"):
        sink.source = Source.EXIF
        exif.structure(sink, data)
    elif name in ("iptc", "8bim"):
        sink.source = Source.IPTC
        iim.resources(sink, data)
