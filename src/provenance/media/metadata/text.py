"""Text by itself: PNG text, comments of JPEG (COM) and GIF, segments that hold a bare label.

PNG text is tEXt, zTXt and iTXt (ISO/IEC 15948, 11.3.4), and the profiles that hide in it.
ImageMagick and what is built on it write EXIF, IPTC and XMP of other formats as hexadecimal text
under the keyword `Raw profile type ...`; some tools put XMP under its keyword into tEXt or zTXt.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

from provenance.media.container.model import BlockKind
from provenance.media.metadata.model import Source

if TYPE_CHECKING:
    from provenance.media.container.model import Block
    from provenance.media.metadata.sink import Sink

_LABEL = b"AIGC"
_PROFILE = "Raw profile type "
_XMP = "XML:com.adobe.xmp"
_MAX_KEYWORD = 1_024  # the standard has 79


def read(sink: Sink, block: Block) -> None:
    """Add PNG text under its keyword, a comment as `Comment`, a bare label as `AIGC`."""
    data = sink.load(block)
    if not data:
        return
    if block.kind is BlockKind.TEXT:
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
    if block.place == "tEXt":
        content = data[end + 1 :]
    elif block.place == "zTXt":
        content = sink.inflate(data[end + 2 :])
    else:
        # compression flag, compression method, language tag, translated keyword
        language = data.find(b"\0", end + 3)
        translated = data.find(b"\0", language + 1) if language >= 0 else -1
        if translated < 0:
            sink.malformed("an international text chunk without text")
            return
        content = data[translated + 1 :]
        if data[end + 1]:
            content = sink.inflate(content)
    if key.startswith(_PROFILE):
        _profile(sink, key, content)
    elif key == _XMP:
        from provenance.media.metadata import xmp_fields  # noqa: PLC0415 - hardly ever needed

        sink.source = Source.XMP
        xmp_fields.packet(sink, content)
    elif content or sink.everything:
        sink.text(key, content)


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
        from provenance.media.metadata import xmp_fields  # noqa: PLC0415 - hardly ever needed

        sink.source = Source.XMP
        xmp_fields.packet(sink, data.removeprefix(b"http://ns.adobe.com/xap/1.0/\0"))
    elif name in ("exif", "app1"):
        from provenance.media.metadata import exif  # noqa: PLC0415 - hardly ever needed

        sink.source = Source.EXIF
        exif.structure(sink, data)
    elif name in ("iptc", "8bim"):
        from provenance.media.metadata import iim  # noqa: PLC0415 - hardly ever needed

        sink.source = Source.IPTC
        iim.resources(sink, data)
