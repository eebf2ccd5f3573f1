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

from provenance.media.container import jumbf
from provenance.media.container.bounds import MAX_SVG_SEARCH, MAX_SVG_STORES
from provenance.media.container.collect import Collector
from provenance.media.container.model import BlockKind, Coding, Family, Span

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.model import Scan

_NAMESPACE = b"http://c2pa.org/manifest"
_MANIFEST = re.compile(rb"<([A-Za-z_][\w.\-]{0,63}):manifest(?:\s[^<>]{0,1024})?>")
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.\-]{0,63}:)?svg(?:\s[^<>]{0,16384})?>")
_BASE64 = re.compile(rb"\s*([A-Za-z0-9+/=]+)")
_AROUND = re.compile(rb"\s*(?:\]\]>\s*)?")  # what may be between base64 and the end tag
_NAMESPACED = re.compile(  # a start tag that says nothing but which namespace is meant
    rb"<[\w.\-]+:manifest\s*(?:xmlns:[\w.\-]+\s*=\s*[\"']" + _NAMESPACE + rb"[\"']\s*)?>"
)
_PEEK = 256  # characters of base64 decoded to judge the superbox
_CDATA = b"<![CDATA["
_TEXT_PEEK = 16 * 1024
_INFLATED_PEEK = 4_096
_MAX_HIDDEN = 64  # packets in comments that are passed over
_MAX_TEXT = 1 << 20  # bytes of a metadata element without RDF
_ELEMENT = re.compile(rb"<metadata(?:\s[^<>]{0,1024})?>")


def scan(asset: Asset) -> Scan:
    """Find the manifest store and XMP of an SVG file."""
    out = Collector(asset)
    head = asset.read(0, 2)
    if head == b"\x1f\x8b":  # svgz: the specification places nothing around compressed SVG
        return out.finish("image/svg+xml", "svg", can_carry=False)
    data = asset.read(0, min(asset.size, MAX_SVG_SEARCH))
    if asset.size > MAX_SVG_SEARCH:
        out.limit(f"only the first {MAX_SVG_SEARCH} bytes were searched")
    if head in (b"\xff\xfe", b"\xfe\xff"):
        text = "manifest".encode("utf-16-le" if head == b"\xff\xfe" else "utf-16-be")
        if text in data:
            out.not_located("a UTF-16 file that may hold a manifest store", "metadata")
        return out.finish("image/svg+xml", "svg")
    if b":manifest" in data:
        _stores(out, data)
    _xmp(out, data)
    return out.finish("image/svg+xml", "svg")


def _stores(out: Collector, data: bytes) -> None:
    for count, found in enumerate(_MANIFEST.finditer(data)):
        if count >= MAX_SVG_STORES:
            out.limit(f"more than {MAX_SVG_STORES} manifest elements", "c2pa:manifest")
            return
        if not _is_c2pa(data, found.group(1)) or _hidden(data, found.start()):
            continue
        if found.group(0).endswith(b"/>"):
            out.truncated("an empty manifest element", "c2pa:manifest")
            continue
        begin = found.end()
        end = data.find(b"</", begin)
        if end < 0:
            out.truncated("the manifest element does not end", "c2pa:manifest")
            end = len(data)
        close = end
        begin, end = _inner(data, begin, end)
        if end > begin:
            own = _extent(data, found, begin, close, _check(out, data, begin, end))
            out.coded_store(
                "c2pa:manifest", Span(begin, end - begin), Coding.BASE64, (own,) if own else ()
            )
            if own and own.offset + own.length <= close:
                out.interrupted("the element holds more than the manifest store", "c2pa:manifest")
        else:
            out.truncated("an empty manifest element", "c2pa:manifest")


def _is_c2pa(data: bytes, prefix: bytes) -> bool:
    """Tell whether a prefix is the usual one, or bound to the namespace somewhere."""
    binding = rb"xmlns:" + re.escape(prefix) + rb"\s{0,8}=\s{0,8}[\"']" + _NAMESPACE + rb"[\"']"
    return prefix == b"c2pa" or re.search(binding, data) is not None


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


def _hidden(data: bytes, at: int) -> bool:
    """Tell whether an offset lies in a comment, or in a CDATA section."""
    return data.rfind(b"<!--", 0, at) > data.rfind(b"-->", 0, at) or data.rfind(
        _CDATA, 0, at
    ) > data.rfind(b"]]>", 0, at)


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
    name = b"</" + opened.group(1) + b":manifest>"
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
    declared = jumbf.superbox_length(start, length)
    if declared is None:
        out.truncated("the manifest store is not a JUMBF superbox", "c2pa:manifest")
    elif declared > length:
        out.truncated(
            f"the manifest store declares {declared} bytes; {length} are there", "c2pa:manifest"
        )
    return declared


def _xmp(out: Collector, data: bytes) -> None:
    start = data.find(b"<x:xmpmeta")
    for _ in range(_MAX_HIDDEN):
        if start < 0 or not _hidden(data, start):
            break
        start = data.find(b"<x:xmpmeta", start + 1)  # one in a comment hides no other
    end = data.find(b"</x:xmpmeta>", start) if start >= 0 else -1
    if end >= 0 and not _hidden(data, start):
        out.xmp("metadata", (Span(start, end + len(b"</x:xmpmeta>") - start),))
    elif b"<metadata" in data:
        _metadata(out, data)


def _text(out: Collector, data: bytes, start: int, end: int) -> None:
    """Note text that stands in `metadata` by itself, as ComfyUI writes its graph."""
    opened = _ELEMENT.match(data, start)
    if opened is None or b"c2pa:manifest" in data[opened.end() : end]:
        return
    content = data[opened.end() : end].strip()
    if content[:1] in (b"{", b"[") or content.startswith(_CDATA):
        length = min(end - opened.end(), _MAX_TEXT)
        out.metadata(BlockKind.TEXT, "metadata element", opened.end(), length)


def _metadata(out: Collector, data: bytes) -> None:
    """Note RDF that stands in `metadata` without a packet around it.

    Its prefixes may be bound on the root element, so that the tags of the root are joined to it:
    together they are a document.
    """
    root = _ROOT.search(data)
    start = data.find(b"<metadata")
    end = data.find(b"</metadata>", start)
    close = data.rfind(b"</")
    if root is None or end < 0 or close < end or start < root.end() or _hidden(data, start):
        return
    if data.find(b":RDF", start, end) < 0:
        _text(out, data, start, end)
        return
    stop = end + len(b"</metadata>")
    tail = data.find(b">", close) + 1 or len(data)
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


def _gunzipped(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(data, _INFLATED_PEEK)
    except zlib.error:
        return b""


FAMILY = Family(
    title="SVG",
    media_types=("image/svg+xml",),
    scan=scan,
    example=b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    store="element `c2pa:manifest` within `metadata`; none where it is compressed",
    recognise=_recognise,
    near_miss=b"<html><body>svg</body></html>",
    checksums=False,
)
