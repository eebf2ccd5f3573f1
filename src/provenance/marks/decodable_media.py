"""Which media can be decoded to look for watermarks, and by what kind of decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.marks.decoder import Medium

if TYPE_CHECKING:
    from provenance.media.asset import Asset

PILLOW = {  # media type: Pillow's name of the only decoder that may look at it
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
    "image/jp2": "JPEG2000",
}
VIDEOS = frozenset(
    {
        "video/mp4",
        "video/webm",
        "video/quicktime",
        "video/x-matroska",
        "video/x-m4v",
        "video/x-msvideo",
    }
)
WAVE = "audio/wav"
SNDFILE = frozenset({"audio/flac", "audio/ogg", "audio/mpeg", "audio/opus"})
TENSORCODEC = frozenset({"audio/mp4", "audio/aac", *VIDEOS})
SOUNDS = frozenset({WAVE}) | SNDFILE | TENSORCODEC
# Formats that carry no credential, so that nothing else in the package knows them by their bytes.
_HEAD = 20
_JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"  # ISO/IEC 15444-1, annex I.5.1
_CODESTREAM = b"\xff\x4f\xff\x51\0"  # the same, annex A.4.1 and A.5.1: SOC, then SIZ
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})  # sizes of what follows the file header


def media_type_of(asset: Asset, media_type: str) -> str:
    """Return the media type of what is to be decoded: as given, or told by the first bytes."""
    if media_type in PILLOW or media_type in VIDEOS or media_type in SOUNDS:
        return media_type
    head = asset.read(0, _HEAD)
    if head.startswith((_JP2, _CODESTREAM)):
        return "image/jp2"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "image/bmp"
    return media_type


def media_of(media_type: str) -> tuple[Medium, ...]:
    """Return what can be looked at in a file of this type; nothing where it is not decoded."""
    pictures = media_type in PILLOW or media_type in VIDEOS
    sounds = media_type in SOUNDS
    return (Medium.PICTURE,) * pictures + (Medium.SOUND,) * sounds
