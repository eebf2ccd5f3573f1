"""SVG: a base64 manifest store in `metadata`, and an XMP packet beside it.

The element is `c2pa:manifest` in the namespace http://c2pa.org/manifest (C2PA specification,
"Embedding manifests into SVG"). It is found by a search over text, within a bound; no XML is
parsed here.
"""

from __future__ import annotations

import binascii
import re
import zlib
from typing import TYPE_CHECKING

from provenance.media.container import coded, jumbf_header, leftovers, xmp_document
from provenance.media.container.block import BlockKind, Coding, Family, Span
from provenance.media.container.bounds import (
    MAX_REMAINS,
    MAX_SVG_PACKETS,
    MAX_SVG_SEARCH,
    MAX_SVG_STORES,
)
from provenance.media.container.coded import CODED
from provenance.media.container.collect import Collector
from provenance.media.container.markup import Visible

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_NAMESPACE = b"http://c2pa.org/manifest"
_MANIFEST = re.compile(rb"<(?:([A-Za-z_][\w.\-]{0,63}):)?manifest(\s[^<>]{0,1024})?>")
_BOUND = re.compile(rb"xmlns:([A-Za-z_][\w.\-]{0,63})\s{0,8}=\s{0,8}[\"']" + _NAMESPACE + rb"[\"']")
_DEFAULT = re.compile(rb"\sxmlns\s{0,8}=\s{0,8}[\"']" + _NAMESPACE + rb"[\"']")
_METADATA = re.compile(rb"<((?:[A-Za-z_][\w.\-]{0,31}:)?metadata)[\s>]")
_CODED = re.compile(CODED)
_MAXCODED = 8 << 20  # characters of one store
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.\-]{0,63}:)?svg(?:\s[^<>]{0,16384})?>")
_BASE64 = re.compile(rb"\s*([A-Za-z0-9+/=]+)")
_AROUND = re.compile(rb"\s*(?:\]\]>\s*)?")  # what may be between base64 and the end tag
_NAMESPACED = re.compile(  # a start tag that says nothing but which namespace is meant
    rb"<(?:[\w.\-]+:)?manifest\s*(?:xmlns(?::[\w.\-]+)?\s*=\s*[\"']" + _NAMESPACE + rb"[\"']\s*)?>"
)
_PEEK = 256  # characters of base64 decoded to judge the superbox
_CDATA = b"<![CDATA["
_TEXT_PEEK = 16 * 1024
_INFLATED_PEEK = 4_096
_MAX_TEXT = 1 << 20  # bytes of a metadata element without RDF
_ELEMENT = re.compile(rb"<metadata(?:\s[^<>]{0,1024})?>")


_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def scan_svg(asset: Asset) -> Scan:
    """Find the manifest store and XMP of an SVG file."""
    out = Collector(asset)
    head = asset.read(0, 2)
    if head == b"\x1f\x8b":  # svgz: the specification places nothing around compressed SVG
        if CODED in _gunzipped(asset.read(0, MAX_SVG_SEARCH), MAX_SVG_SEARCH):
            out.remain("compressed SVG", 0)
        return out.finish("image/svg+xml", "svg", can_carry=False)
    data = asset.read(0, min(asset.size, MAX_SVG_SEARCH))
    if asset.size > MAX_SVG_SEARCH:
        out.limit(f"only the first {MAX_SVG_SEARCH} bytes were searched")
    if head in _UTF_16:
        if "manifest".encode(_UTF_16[head]) in data and not _wide(out, data):
            out.not_located("a UTF-16 file that may hold a manifest store", "metadata")
    else:
        _document(out, data)
        if asset.size > MAX_SVG_SEARCH:
            _search_leftovers(out, MAX_SVG_SEARCH)
    return out.finish("image/svg+xml", "svg")


def _document(out: Collector, data: bytes) -> None:
    """Look for stores and XMP in a document of which a byte is a character of ASCII."""
    stores, metadata = b"manifest" in data, b":xmpmeta" in data or b"metadata" in data
    if stores or metadata or CODED in data:
        searched = Visible(out, data)
        if stores:
            _stores(out, searched)
        if metadata:
            _xmp(out, searched)
        _elsewhere(out, searched)
    leftovers.raw(out, data)


def _stores(out: Collector, text: Visible) -> None:
    data, count, at = text.data, 0, 0
    bound = {b"c2pa", *(binding.group(1) for binding in _BOUND.finditer(data))}
    while (element := text.visible(_MANIFEST, at)) is not None:
        at = element.end()
        prefix, attributes = element.group(1), element.group(2) or b""
        if not (prefix in bound if prefix else _DEFAULT.search(attributes)):
            continue
        count += 1
        if count > MAX_SVG_STORES:
            out.limit(f"more than {MAX_SVG_STORES} manifest elements", "c2pa:manifest")
            _search_leftovers(out, element.start())
            return
        if element.group(0).endswith(b"/>"):
            out.truncated("an empty manifest element", "c2pa:manifest")
            continue
        begin = element.end()
        end = data.find(b"</", begin)
        if end < 0:
            out.truncated("the manifest element does not end", "c2pa:manifest")
            end = len(data)
        close = at = end
        begin, end = _inner(data, begin, end)
        if end > begin:
            own = _extent(data, element, begin, close, _check(out, data, begin, end))
            out.coded_store(
                "c2pa:manifest", Span(begin, end - begin), Coding.BASE64, (own,) if own else ()
            )
            if own and own.offset + own.length <= close:
                out.interrupted("the element holds more than the manifest store", "c2pa:manifest")
        else:
            out.truncated("an empty manifest element", "c2pa:manifest")


def _wide(out: Collector, data: bytes) -> bool:
    """Say whether UTF-16 text has a store in base64, which is not read."""
    at = data.find(CODED.decode().encode("utf-16-le")[:-1])
    if at >= 0:
        out.remain("UTF-16 text", at)
    return at >= 0


def _elsewhere(out: Collector, text: Visible) -> None:
    """Look for stores in base64 that no manifest element holds: its name may be damaged.

    One in a comment counts for nothing, nor does one that text of base64 is in front of: it is
    part of another file.
    """
    at = 0
    for _ in range(MAX_SVG_STORES):
        match = text.visible(_CODED, at)
        if match is None:
            return
        at, begin = match.end(), coded.begins(text.data, match.start())
        if begin >= 0 and not out.holds(begin, leftovers.STORE):
            out.remain("base64", begin, (coded.span(text.data, begin),), Coding.BASE64)


def _search_leftovers(out: Collector, start: int) -> None:
    """Look for stores in base64 in what was not looked at as elements."""
    for count, at in enumerate(leftovers.marks(out, CODED, start, out.asset.size)):
        if count >= MAX_REMAINS:
            return
        begin = at - coded.START
        run = _BASE64.match(out.asset.read(begin, _MAXCODED))
        out.remain(leftovers.PLACE, at, (Span(begin, run.end()),) if run else (), Coding.BASE64)


def _inner(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Trim white space and a CDATA wrapper."""
    text = data[begin:end]
    begin += len(text) - len(text.lstrip())
    end -= len(text) - len(text.rstrip())
    if data.startswith(_CDATA, begin, end):
        begin += len(_CDATA)
        stop = data.find(b"]]>", begin, end)
        end = stop if stop >= 0 else end
    return begin, max(begin, end)


def _extent(
    data: bytes, opened: re.Match[bytes], begin: int, close: int, declared: int | None
) -> Span | None:
    """Return the element, or as much of it as is nothing but base64 of the store.

    `close` is where the end tag begins, `declared` the length in bytes of the store. What is
    more than that many characters, other than base64, or another attribute than the namespace's
    could hold anything.
    """
    if declared is None:
        return None
    at, left = begin, (declared + 2) // 3 * 4
    while left > 0 and (run := _BASE64.match(data, at, close)):
        at = min(run.end(), run.start(1) + left)
        left -= at - run.start(1)
    whole = _AROUND.fullmatch(data, at, close) is not None
    prefix = opened.group(1)
    name = b"</" + prefix + b":manifest>" if prefix else b"</manifest>"
    if whole and data.startswith(name, close):
        at = close + len(name)
    if _NAMESPACED.fullmatch(opened.group(0)):
        begin = opened.start()
    return Span(begin, at - begin)


def _check(out: Collector, data: bytes, begin: int, end: int) -> int | None:
    """Compare the superbox's own length with the base64 text's; return the former."""
    text = bytes(data[begin : min(end, begin + _PEEK)]).translate(None, b" \t\r\n")
    try:
        start = binascii.a2b_base64(text[: len(text) // 4 * 4])
    except binascii.Error:
        start = b""
    digits = len(data[begin:end].translate(None, b" \t\r\n="))
    length = digits * 3 // 4
    declared = jumbf_header.superbox_length(start, length)
    if declared is None:
        out.truncated("the manifest store is not a JUMBF superbox", "c2pa:manifest")
    elif declared > length:
        out.truncated(
            f"the manifest store declares {declared} bytes; {length} are there", "c2pa:manifest"
        )
    return declared


def _xmp(out: Collector, text: Visible) -> None:
    """Note each packet, and RDF that is in `metadata` without one around it."""
    _metadata(out, text, xmp_document.elements(out, text, "metadata"))


def _text(out: Collector, data: bytes, start: int, end: int) -> None:
    """Note text that is in `metadata` by itself, as ComfyUI writes its graph."""
    opened = _ELEMENT.match(data, start)
    if opened is None or b"c2pa:manifest" in data[opened.end() : end]:
        return
    content = data[opened.end() : end].strip()
    if content[:1] in (b"{", b"[") or content.startswith(_CDATA):
        length = min(end - opened.end(), _MAX_TEXT)
        out.metadata(BlockKind.TEXT, "metadata element", opened.end(), length)


def _metadata(out: Collector, text: Visible, packets: list[tuple[int, int]]) -> None:
    """Note RDF that is in `metadata` without a packet around it.

    Its prefixes may be bound on the root element, so that the tags of the root are joined to it:
    together they are a document.
    """
    data, left = text.data, MAX_SVG_PACKETS
    close = data.rfind(b"</")
    root = text.visible(_ROOT)
    if root is None:
        return
    tail = data.find(b">", close) + 1 or len(data)
    at = root.end()
    while (element := text.visible(_METADATA, at)) is not None:
        left -= 1
        if left < 0:
            out.limit(f"more than {MAX_SVG_PACKETS} elements `metadata`", "metadata")
            return
        start, name = element.start(), element.group(1)
        end = data.find(b"</" + name + b">", start)
        if end < 0:
            return
        if close < end:
            return
        at = stop = end + len(name) + 3
        if any(start < packet[1] and packet[0] < stop for packet in packets):
            continue
        if data.find(b":RDF", start, end) < 0:
            _text(out, data, start, end)
            continue
        spans = (
            Span(root.start(), root.end() - root.start()),
            Span(start, stop - start),
            Span(close, tail - close),
        )
        out.xmp("metadata", spans)


def _recognise(asset: Asset, head: bytes) -> bool:
    """Look for the root element; comments and a DTD may come before it."""
    if head[:2] == b"\x1f\x8b":
        return b"<svg" in _gunzipped(asset.read(0, _INFLATED_PEEK))
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return b"<svg" in asset.read(2, _TEXT_PEEK).replace(b"\0", b"")
    if start and not start.startswith(b"<"):
        return False
    text = asset.read(0, _TEXT_PEEK)
    return text.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and (
        b"<svg" in text or b":svg" in text
    )


def _gunzipped(data: bytes, limit: int = _INFLATED_PEEK) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(data, limit)
    except zlib.error:
        return b""


FAMILY = Family(
    title="SVG",
    media_types=("image/svg+xml",),
    scan=scan_svg,
    example=b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    store="element `c2pa:manifest` within `metadata`; none where it is compressed",
    recognise=_recognise,
    near_miss=b"<html><body>svg</body></html>",
    checksums=False,
)
