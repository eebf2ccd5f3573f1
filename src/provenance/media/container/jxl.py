"""JPEG XL (ISO/IEC 18181-2): the box form; the bare codestream has no metadata.

A manifest store is a top-level `jumb` box whose label is `c2pa` (C2PA specification, "Embedding
manifests into JPEG XL"); other `jumb` boxes may be beside it. XMP is an `xml ` box, EXIF an
`Exif` box; a `brob` box wraps either in Brotli.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.unbrotli import BrotliError, unbrotli
from provenance.media.container import jumbf_header, leftovers
from provenance.media.container.block import BlockKind, Coding, Family, Span
from provenance.media.container.boxes import walk
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan
    from provenance.media.container.boxes import Box

_CODED = frozenset({b"JXL ", b"ftyp", b"jxlc", b"jxlp", b"jxll", b"jxli", b"jbrd"})
_METADATA = frozenset({b"xml ", b"Exif", b"brob"})
_LABEL, _PART = 33, b"c2pa."  # where the label of a superbox is, and how those of assertions begin
_MANIFEST = b"jumdc2ma" + jumbf_header.BOX_TYPE
_STREAMS = frozenset({b"jxlc", b"jxlp"})
_SHORT = frozenset({b"JXL ", b"ftyp", b"jxll"})  # of 4 to 20 bytes
_MAX_COMPRESSED, _MAX_JUMBF = 4 << 20, 16 << 20  # bytes of a compressed box, and expanded


def scan_jxl(asset: Asset) -> Scan:
    """Find the manifest store and the metadata of a JPEG XL file."""
    out = Collector(asset)
    if asset.read(0, 2) == b"\xff\x0a":  # so would a JPEG with one damaged byte
        leftovers.search_stores(out, 0, asset.size)
        return out.finish("image/jxl", "jxl", can_carry=False)
    begun = False
    for box in walk(out, 0, asset.size):
        if box.kind in _STREAMS and not begun:
            begun = True
            _first(out, box)
        elif box.kind == b"jumb":
            _superbox(out, box)
        elif box.kind in _METADATA:
            _metadata(out, box)
        elif box.kind in _SHORT:
            leftovers.search(out, box.body, box.end)  # a damaged size may reach over others
        elif box.kind not in _CODED:
            leftovers.peek_at_all(out, "unknown box", box.body, box.end - box.body)
            leftovers.search(out, box.body, box.end)  # one damaged size may have made it this long
    if out.gave_up >= 0:
        leftovers.search(out, out.gave_up, own=lambda box: leftovers.in_one_piece(out, box))
    return out.finish("image/jxl", "jxl")


def _first(out: Collector, box: Box) -> None:
    """Search the first box of the codestream where it does not begin as one does.

    `jxlp` has its number in front (ISO/IEC 18181-2, 9.9).
    """
    at = box.body + (4 if box.kind == b"jxlp" else 0)
    if out.asset.read(at, 2) != b"\xff\x0a":
        leftovers.search(out, box.body, box.end)


def _superbox(out: Collector, box: Box) -> None:
    """Note the manifest store, or look for what is left of one in another superbox."""
    if jumbf_header.is_store(out.asset.read(box.start, jumbf_header.PEEK)):
        out.store("jumb", (Span(box.start, box.end - box.start),))
    else:
        leftovers.peek(out, "jumb", box.start, box.end - box.start)
        _within(out, box)


def _metadata(out: Collector, box: Box) -> None:
    """Note what is in a box of metadata, plain or compressed."""
    if jumbf_header.begins(out.asset.read(box.start, jumbf_header.PEEK)) >= 0:
        out.remain("jumb", box.start)  # under the name of another box
    elif box.kind == b"xml ":
        out.xmp("xml", (Span(box.body, box.end - box.body),))
    elif box.kind == b"Exif":
        out.metadata(BlockKind.EXIF, "Exif", box.body, box.end - box.body)
    else:
        _packed(out, box)


def _packed(out: Collector, box: Box) -> None:
    """Note what is in a box that is compressed with Brotli."""
    wrapped = out.asset.read(box.body, 4)
    if wrapped == b"xml ":
        body = box.body + 4
        out.xmp("brob", (Span(body, box.end - body),), Coding.BROTLI)
    elif wrapped == b"Exif":
        body = box.body + 4
        out.metadata(BlockKind.EXIF, "brob", body, box.end - body, Coding.BROTLI)
    elif wrapped == b"jumb":
        _compressed(out, box)


def _within(out: Collector, box: Box) -> None:
    """Look for manifests in a superbox that does not say any more that it is their store.

    One that is a part of a manifest by its label is what is left of one.
    """
    known = any(block.offset == box.start for block in out.remains)
    part = out.asset.read(box.start + _LABEL, len(_PART)) == _PART
    if not known and (
        part or any(True for _ in leftovers.marks(out, _MANIFEST, box.start, box.end))
    ):
        out.remain("jumb", box.start, (Span(box.start, box.end - box.start),))


def _compressed(out: Collector, box: Box) -> None:
    """Look into a compressed JUMBF box. The standard allows none for a manifest store.

    One that is a store all the same is said to be there, and is not read.
    """
    start = box.body + 4
    try:
        inner = unbrotli(out.asset.read(start, min(box.end - start, _MAX_COMPRESSED)), _MAX_JUMBF)
    except BrotliError:
        out.not_located("a compressed JUMBF box", "brob")
        return
    if jumbf_header.begins(bytes(8) + inner[: jumbf_header.PEEK]) >= 0:
        out.remain("brob", box.start)


FAMILY = Family(
    title="JPEG XL",
    media_types=("image/jxl",),
    scan=scan_jxl,
    example=b"\0\0\0\x0cJXL \r\n\x87\n",
    store="box `jumb`, in the form that has boxes",
    checksums=False,
    stepped=True,
)
