"""Media of formats that are recognised and whose own structure is not read.

XMP, and a manifest store that is in one against the standard, are searched for in the bytes: no
evidence that can be found so is lost. All else that such a file may say is not read, and the report
says that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import leftovers
from provenance.media.container.block import Family
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_TYPES = (
    (b"BM", "image/bmp"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/x-jp2-codestream"),
    (b"%!PS", "application/postscript"),
    (b"\xc5\xd0\xd3\xc6", "application/postscript"),
    (b"\0\0\1\0", "image/vnd.microsoft.icon"),
    (b"icns", "image/x-icns"),
    (b"qoif", "image/x-qoi"),
    (b"gimp xcf ", "image/x-xcf"),
    (b"DDS ", "image/vnd-ms.dds"),
    (b"#?RADIANCE\n", "image/vnd.radiance"),
    (b"MThd\0\0\0\6", "audio/midi"),
    (b".snd", "audio/basic"),
    (b"#!AMR", "audio/amr"),
    (b"DSD ", "audio/x-dsf"),
    (b".RMF", "application/vnd.rn-realmedia"),
    (b"\0\0\1\xba", "video/mpeg"),
    (b"\0\0\1\xb3", "video/mpeg"),
    (b"G", "video/mp2t"),
    (b"DKIF", "video/x-ivf"),
    (b"FWS", "application/x-shockwave-flash"),
    (b"CWS", "application/x-shockwave-flash"),
)
_BMP_HEADERS = frozenset(n.to_bytes(4, "little") for n in (12, 40, 52, 56, 64, 108, 124))
_PACKET = 188  # bytes of a packet of a transport stream, each of which begins with "G"


def scan_other(asset: Asset) -> Scan:
    """Name the format, and search for XMP."""
    out = Collector(asset)
    leftovers.search(out, 0)
    return out.finish(_type(asset, asset.read(0, 64)), "other", can_carry=False)


def _type(asset: Asset, head: bytes) -> str:
    """Return the media type that a beginning tells; empty for any other file."""
    kind = next((kind for begin, kind in _TYPES if head.startswith(begin)), "")
    match kind:
        case "image/bmp":  # what is reserved, and the size of the second header
            sound = head[6:10] == bytes(4) and head[14:18] in _BMP_HEADERS
        case "image/vnd.microsoft.icon":
            sound = 0 < int.from_bytes(head[4:6], "little") < 256 and head[9:10] == b"\0"
        case "video/mp2t":
            sound = all(asset.read(n * _PACKET, 1) == b"G" for n in range(1, 4))
        case "application/x-shockwave-flash":
            whole = int.from_bytes(head[4:8], "little") == asset.size
            sound = whole if head[:1] == b"F" else head[8:9] == b"\x78"  # compressed: by zlib
        case "image/x-icns":
            sound = int.from_bytes(head[4:8], "big") == asset.size
        case "audio/basic":
            sound = 24 <= int.from_bytes(head[4:8], "big") <= 1 << 20
        case "image/vnd-ms.dds":
            sound = head[4:8] == b"\x7c\0\0\0"
        case "audio/x-dsf":
            sound = head[4:12] == (28).to_bytes(8, "little")
        case "video/x-ivf":
            sound = head[4:8] == b"\0\0\x20\0"
        case "application/vnd.rn-realmedia":
            sound = head[4:6] == b"\0\0"
        case _:
            sound = bool(kind)
    return kind if sound else ""


def _recognise(asset: Asset, head: bytes) -> bool:
    return bool(_type(asset, head))


FAMILY = Family(
    title="BMP, Photoshop, JPEG 2000, PostScript, ICO, ICNS, QOI, XCF, DDS, Radiance, MIDI, AU,"
    " AMR, DSF, RealMedia, MPEG program and transport streams, IVF, Flash",
    media_types=tuple(dict.fromkeys(kind for _, kind in _TYPES)),
    scan=scan_other,
    example=b"8BPS\0\1" + bytes(20),
    recognise=_recognise,
    near_miss=b"BMW is a maker of cars",
    unread="only XMP is read in a file of this format: nothing else that it may say was looked at",
)
