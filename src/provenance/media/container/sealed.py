"""Archives and compound documents that are recognised and that this program does not open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container.block import Family, Scan

if TYPE_CHECKING:
    from provenance.media.asset import Asset

_TYPES = (
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
    (b"!<arch>\n", "application/x-archive"),
    (b"!BDN", "application/vnd.ms-outlook-pst"),
    (b"\x04\x22\x4d\x18", "application/x-lz4"),
    (b"LZIP", "application/x-lzip"),
)
_OTHER = "application/x-compress"  # of the Unix program


def scan_sealed(asset: Asset) -> Scan:
    """Name the format."""
    head = asset.read(0, 16)
    for begin, media_type in _TYPES:
        if head.startswith(begin):
            return Scan(media_type, "sealed")
    return Scan(_OTHER, "sealed")


FAMILY = Family(
    title="7-Zip, RAR, CAB, Word, Excel, PowerPoint and Outlook before 2007 (OLE), PST, ar, LZ4,"
    " lzip, compress",
    media_types=(*(media_type for _, media_type in _TYPES), _OTHER),
    scan=scan_sealed,
    example=b"7z\xbc\xaf\x27\x1c\0\4",
    holds=(
        ("application/x-ole-storage", "a document; pictures and files in it were"),
        ("application/", "an archive; its contents were"),
    ),
)
