"""PNG (ISO/IEC 15948): chunks up to IEND, also those after the pixels.

A manifest store is the chunk `caBX` (C2PA specification, "Embedding manifests into PNG"); XMP is
an iTXt chunk with the keyword `XML:com.adobe.xmp`, deflated or not. Other text chunks and eXIf are
noted by their place, and so is `comf`, ComfyUI's own chunk in animations, which is made like tEXt.
Behind IEND only Samsung's trailer is looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import jumbf_header, leftovers, samsung_trailer
from provenance.media.container.block import BlockKind, Coding, Family, Span
from provenance.media.container.bounds import MAX_CHUNKS
from provenance.media.container.collect import Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_KEYWORD = b"XML:com.adobe.xmp\0"
_MAX_ITXT_HEADER = 1_024  # keyword, flags, language tag and translated keyword
_TEXT = {b"tEXt": "tEXt", b"zTXt": "zTXt", b"comf": "comf"}
_METADATA = frozenset({b"iTXt", b"eXIf", *_TEXT})
_PICTURE = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"fcTL", b"fdAT"})
_SHORT = {b"IHDR": 13, b"PLTE": 768, b"fcTL": 26}  # bytes of a chunk, at most
_MAX_LENGTH = 0x7FFFFFFF  # ISO/IEC 15948, 5.3


def scan_png(asset: Asset) -> Scan:
    """Find the manifest store and XMP of a PNG file."""
    out = Collector(asset)
    _chunks(asset, out)
    return out.finish("image/png", "png")


def _chunks(asset: Asset, out: Collector) -> None:
    read, size, pos = asset.read, asset.size, 8
    for _ in range(MAX_CHUNKS):
        head = read(pos, 8)
        if len(head) < 8:
            out.truncated("the file ends before IEND")
            return
        kind = head[4:]
        length = int.from_bytes(head[:4], "big")
        if length > _MAX_LENGTH:
            out.truncated(f"a chunk of {length} bytes at {pos}")
            _search_leftovers(out, pos)
            return
        if kind == b"caBX":
            crc = Span(pos + 8 + length, 4)
            out.store("caBX", (Span(pos + 8, length),), (Span(pos, 8), crc))
        elif kind in _METADATA:
            _metadata(asset, out, kind, pos + 8, length)
            leftovers.peek(out, "text", pos + 8, length)
        elif kind not in _PICTURE:
            leftovers.peek_at_all(out, "unknown chunk", pos + 8, length)
        elif length > _SHORT.get(kind, length):  # it reaches over others
            _search_leftovers(out, pos, pos + 8 + length)
        pos += 12 + length
        if kind == b"IEND":
            if pos < size:
                out.trailing(size - pos)
                samsung_trailer.add_samsung_trailer(out, pos)
                _after(asset, out, pos)
            return
        if pos > size:
            out.truncated("the file ends within a chunk")
            _search_leftovers(out, pos - 4 - length)
            return
    out.limit(f"more than {MAX_CHUNKS} chunks")
    _search_leftovers(out, pos)


def _search_leftovers(out: Collector, pos: int, end: int | None = None) -> None:
    leftovers.search(out, pos, end, own=lambda box: leftovers.behind(out, box, b"caBX", 4))


def _after(asset: Asset, out: Collector, pos: int) -> None:
    """Go over chunks after IEND, for as long as there are any. Some readers show their text."""
    for _ in range(MAX_CHUNKS):
        head = asset.read(pos, 8)
        kind, length = head[4:], int.from_bytes(head[:4], "big")
        if len(head) < 8 or not kind.isalpha() or pos + 12 + length > asset.size:
            return
        if kind == b"caBX" and jumbf_header.is_store(asset.read(pos + 8, jumbf_header.PEEK)):
            out.remain("caBX after IEND", pos + 8, (Span(pos + 8, length),))
        else:
            _metadata(asset, out, kind, pos + 8, length)
        pos += 12 + length
    _search_leftovers(out, pos)


def _metadata(asset: Asset, out: Collector, kind: bytes, start: int, length: int) -> None:
    if kind == b"iTXt":
        _itxt(asset, out, start, length)
    elif kind in _TEXT:
        out.metadata(BlockKind.TEXT, _TEXT[kind], start, length)
    elif kind == b"eXIf":
        out.metadata(BlockKind.EXIF, "eXIf", start, length)


def _itxt(asset: Asset, out: Collector, start: int, length: int) -> None:
    head = asset.read(start, min(length, _MAX_ITXT_HEADER))
    if not head.startswith(_KEYWORD):
        out.metadata(BlockKind.TEXT, "iTXt", start, length)
        return
    # compression flag, compression method, language tag, translated keyword (11.3.4.5)
    language = head.find(b"\0", len(_KEYWORD) + 2)
    translated = head.find(b"\0", language + 1) if language >= 0 else -1
    if translated < 0:
        out.truncated("the XMP chunk has no text", "iTXt")
        return
    coding = Coding.DEFLATE if head[len(_KEYWORD)] == 1 else Coding.RAW
    begin = translated + 1
    if length > begin:
        out.xmp("iTXt", (Span(start + begin, length - begin),), coding)


FAMILY = Family(
    title="PNG",
    media_types=("image/png",),
    scan=scan_png,
    example=b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xae\x42\x60\x82",
    store="chunk `caBX`",
    stepped=True,
)
