"""Which family a file is of, by its first bytes and never by its name."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from provenance.media.container import jumbf

if TYPE_CHECKING:
    from provenance.media.asset import Asset

_PEEK = 64
_TEXT_PEEK = 16 * 1024  # SVG: comments and a DTD may stand in front of the root element
_PDF_PEEK = 1_024  # ISO 32000-1, annex H.3.4.1: readers accept the header within 1,024 bytes
_INFLATED_PEEK = 4_096

_BY_FOUR = {
    b"RIFF": "riff",
    b"RF64": "riff",
    b"BW64": "riff",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",
    b"MM\0+": "tiff",
    b"GIF8": "gif",
    b"fLaC": "flac",
    b"OggS": "ogg",
    b"PK\3\4": "zip",
    b"PK\5\6": "zip",
    b"%PDF": "pdf",
    b"\x1a\x45\xdf\xa3": "ebml",
    b"FLV\1": "flv",
    b"OTTO": "font",
    b"true": "font",
    b"ttcf": "font",
    b"wOFF": "font",
    b"wOF2": "font",
}
_BOXES = frozenset(
    {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"wide", b"pnot", b"skip", b"free"}
    | {b"emsg", b"prft", b"uuid"}
)


def family(asset: Asset) -> str:
    """Return the name of the module that reads this file, `unknown` where none does."""
    head = asset.read(0, _PEEK)
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    found = _BY_FOUR.get(head[:4])
    if found is not None:
        return found
    kind = head[4:8]
    if kind in _BOXES:
        return "bmff"
    if kind == b"JXL " and head[8:12] == b"\r\n\x87\n":
        return "jxl"
    if kind == b"jumb":
        return "external" if jumbf.is_store(head) else "unknown"
    if head[:3] == b"ID3":
        return "id3"
    if head[:2] == b"\xff\x0a":
        return "jxl"
    if head[:4] == b"\0\1\0\0" and _is_font(head):
        return "font"
    return _weak(asset, head)


def _weak(asset: Asset, head: bytes) -> str:
    """Tell formats whose first bytes alone do not."""
    if head[:2] == b"\xff\xf1" or head[:2] == b"\xff\xf9":
        return "other"  # ADTS: layer 0, so not MPEG audio of layer I to III
    if head[:1] == b"\xff" and _is_mpeg(asset, head):
        return "id3"
    if head[:2] == b"\x1f\x8b":
        return "svg" if b"<svg" in _inflated(asset) else "other"
    if _is_svg(asset, head):
        return "svg"
    if b"%PDF-" in asset.read(0, _PDF_PEEK):
        return "pdf"
    return "unknown"


def _is_font(head: bytes) -> bool:
    """Check the table count and the first tag: 00 01 00 00 alone is no signature."""
    tag = head[12:16]
    return 0 < int.from_bytes(head[4:6], "big") < 256 and len(tag) == 4 and tag.isascii()


def _is_mpeg(asset: Asset, head: bytes) -> bool:
    from provenance.media.container.id3 import mpeg_frame  # noqa: PLC0415 - only these files need it

    length = mpeg_frame(head)
    return length > 0 and mpeg_frame(asset.read(length, 4)) > 0  # two in a row


def _inflated(asset: Asset) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(asset.read(0, _INFLATED_PEEK), _INFLATED_PEEK)
    except zlib.error:
        return b""


def _is_svg(asset: Asset, head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return b"<svg" in asset.read(2, _TEXT_PEEK).replace(b"\0", b"")
    if start and not start.startswith(b"<"):
        return False
    text = asset.read(0, _TEXT_PEEK)
    return text.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and (
        b"<svg" in text or b":svg" in text
    )
