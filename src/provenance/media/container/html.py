"""HTML: a base64 manifest store in a `script` element of the head (C2PA 2.4 section A.7).

The page is read as bytes, as a validator shall: comments, and elements whose content is text, are
passed over as a browser does, so that nothing that they quote is taken for an element. The same
element anywhere else in the page is taken too: whoever moves it must not hide what it says.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.media.container import coded, jumbf_header, leftovers, xmp_document
from provenance.media.container.block import BlockKind, Coding, Family, Span
from provenance.media.container.bounds import (
    MAX_HTML_ATTRIBUTES,
    MAX_HTML_SEARCH,
    MAX_HTML_STATED,
    MAX_HTML_TAGS,
    MAX_SVG_STORES,
)
from provenance.media.container.coded import CODED
from provenance.media.container.collect import Collector
from provenance.media.container.markup import Visible
from provenance.media.container.text import selected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_TEXT_PEEK = 16 * 1024  # comments and processing instructions may come before the root element
_PEEK = 256  # characters of base64 decoded to judge the superbox
_ROOT = re.compile(rb"<(?:!doctype\s{1,64}html(?=[\s>])|html(?=[\s>]))", re.IGNORECASE)
_PDF, _PDF_WITHIN = re.compile(rb"%PDF-\d\.\d\s*[\r\n]"), 1_024  # ISO 32000-1, annex H.3.4.1
_MAX_LEADING = 64  # comments and processing instructions before the root element
_MAX_TAG = 4096  # bytes of one start tag; a longer one is none that is looked for
# What can change how the bytes that follow are read, or is looked for.
_TAG = re.compile(
    rb"<!--|<(script|style|title|textarea|xmp|link|meta|/head|body)(?=[\s/>])", re.IGNORECASE
)
_STATED = re.compile(rb"ource[ _-]?type|mpmeta", re.IGNORECASE)  # a source type, an XMP packet
_JSON_LD = b"application/ld+json"
_XML = (b"application/rdf+xml", b"application/xmp+xml", b"application/xml", b"text/xml")
_ATTRIBUTE = re.compile(
    rb"([a-z-]{1,64})\s{0,64}=\s{0,64}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE
)
# `-->` or `--!>`; `<!-->` and `<!--->` are comments of nothing (HTML, 13.2.5.43)
_COMMENT_END = re.compile(rb"(?<=<!)--?-?>|--!?>")
_MEDIA_TYPE = b"application/c2pa"
_RELATION = b"c2pa-manifest"
_MAX_BEFORE = 16 * 1024  # bytes in front of base64 in which its start tag is looked for
_TEXTS = {  # how an element ends whose content is text
    name: re.compile(rb"</" + name + rb"(?=[\s/>])", re.IGNORECASE)
    for name in (b"script", b"style", b"title", b"textarea", b"xmp")
}


@dataclass(frozen=True, slots=True)
class _Element:
    """An element: its name, its attributes as written, where its content is, where it ends."""

    name: bytes
    attributes: bytes
    start: int
    begin: int
    stop: int
    end: int
    closed: bool


def scan_html(asset: Asset) -> Scan:
    """Find the manifest store of an HTML page, or the reference to one."""
    out = Collector(asset)
    data = asset.read(0, min(asset.size, MAX_HTML_SEARCH))
    if asset.size > MAX_HTML_SEARCH:
        out.limit(f"only the first {MAX_HTML_SEARCH} bytes were searched")
    if re.search(b"c2pa", data, re.IGNORECASE):
        stores, links, left = 0, 0, MAX_HTML_ATTRIBUTES
        for element in _elements(out, data):
            if element.name not in (b"script", b"link"):
                continue
            left -= len(element.attributes)
            if left < 0:
                out.limit(f"more than {MAX_HTML_ATTRIBUTES} bytes of attributes", "script")
                break
            given = attributes(element.attributes)
            if element.name == b"link":
                if _RELATION in given.get(b"rel", b"").lower().split():
                    links += 1
                    out.note("container.remote_reference", "a link to a manifest store", "link")
            elif given.get(b"type", b"").strip().lower() == _MEDIA_TYPE:
                stores += 1
                if stores > MAX_SVG_STORES:
                    out.limit(f"more than {MAX_SVG_STORES} manifest elements", "script")
                    break
                _store(out, data, element)
        if stores + links > 1:  # A.7.1
            message = f"{stores + links} elements for a manifest store where one belongs"
            out.fault("manifest.html.multipleManifests", message, "script")
    _elsewhere(out, data)
    if _STATED.search(data):
        _stated(out, data)
    leftovers.raw(out, data)
    selected(out, data)  # of text that was pasted, with what it hides
    return out.finish("text/html", "html")


def _stated(out: Collector, data: bytes) -> None:
    """Note what a page says of itself: `meta` elements, JSON-LD, and XMP in its head.

    In the body it would be a text to be read, or of a part that is shown.
    """
    texts: list[tuple[int, int]] = []  # what is within elements whose content is text
    end, met = len(data), 0
    for element in _elements(out, data):
        if element.name in (b"/head", b"body"):
            end = min(end, element.start)
        if element.stop > element.begin:
            texts.append((element.begin, element.stop))
        if element.name not in (b"meta", b"script") or not _STATED.search(
            data, element.start, element.end
        ):
            continue
        met += 1
        if met > MAX_HTML_STATED:
            out.limit(f"more than {MAX_HTML_STATED} elements that name a source type", "meta")
            break
        media_type = attributes(element.attributes).get(b"type", b"").partition(b";")[0]
        media_type = media_type.strip().lower()
        length = element.stop - element.begin
        if element.name == b"meta" and element.start < end:
            out.metadata(BlockKind.HTML, "meta", element.start, element.end - element.start)
        elif media_type == _JSON_LD:
            out.metadata(BlockKind.HTML, "JSON-LD", element.begin, length)
        elif media_type in _XML and xmp_document.is_packet(data[element.begin : element.stop]):
            out.xmp("script", (Span(element.begin, length),))
    if data.find(b":xmpmeta", 0, end) >= 0:
        xmp_document.elements(out, Visible(out, data[:end]), "head", texts)


def _elsewhere(out: Collector, data: bytes) -> None:
    """Look for stores in base64 in scripts whose tag does not say so in a form that is read.

    So where the tag itself is damaged, and what is left of it says that a store follows. What is
    quoted in a comment or in the text of the page counts for nothing.
    """
    at = data.find(CODED)
    for _ in range(MAX_SVG_STORES):
        if at < 0:
            break
        begin = coded.begins(data, at)
        at = data.find(CODED, at + 1)
        if begin < 0 or out.holds(begin, leftovers.STORE):
            continue
        before = data[max(begin - _MAX_BEFORE, 0) : begin]
        if before.rfind(b"<!--") > before.rfind(b"-->"):
            continue
        opened = before.lower().rfind(b"<script")
        within = before[opened:].rstrip() if opened >= 0 else b""
        script = within.endswith(b">") and b"</" not in within
        if script or coded.is_introduced(before):
            out.remain("script", begin, (coded.span(data, begin),), Coding.BASE64)


def _elements(out: Collector, data: bytes) -> Iterator[_Element]:
    """Yield the elements of interest, each byte looked at a bounded number of times."""
    at = 0
    for _ in range(MAX_HTML_TAGS):
        tag = _TAG.search(data, at)
        if tag is None:
            return
        if tag[1] is None:
            ended = _COMMENT_END.search(data, tag.end() - 2)
            if ended is None:
                return
            at = ended.end()
            continue
        begin = data.find(b">", tag.end(), tag.end() + _MAX_TAG) + 1
        if not begin:
            at = tag.end()
            continue
        name = tag[1].lower()
        closing = _TEXTS.get(name)
        close = closing.search(data, begin) if closing else None
        stop = close.start() if close else begin if closing is None else len(data)
        end = data.find(b">", close.end()) + 1 or len(data) if close else stop
        text = data[tag.end() : begin - 1]
        yield _Element(name, text, tag.start(), begin, stop, end, close is not None)
        if closing and close is None:
            return  # all that follows is text
        at = end
    out.limit(f"more than {MAX_HTML_TAGS} elements")


def attributes(text: bytes) -> dict[bytes, bytes]:
    """Return the attributes of a tag by name; of one that occurs twice the first counts."""
    values: dict[bytes, bytes] = {}
    for match in _ATTRIBUTE.finditer(text):
        values.setdefault(match[1].lower(), match[2] or match[3] or match[4] or b"")
    return values


def _store(out: Collector, data: bytes, script: _Element) -> None:
    text = data[script.begin : script.stop]
    begin = script.begin + len(text) - len(text.lstrip())
    stop = script.stop - len(text) + len(text.rstrip())
    if not script.closed:
        out.truncated("the manifest element does not end", "script")
    if begin >= stop:
        out.truncated("an empty manifest element", "script")
        return
    first = data[begin : min(stop, begin + _PEEK)].translate(None, b" \t\r\n")
    try:
        start = binascii.a2b_base64(first[: len(first) // 4 * 4])
    except binascii.Error:
        start = b""
    length = len(data[begin:stop].translate(None, b" \t\r\n=")) * 3 // 4
    declared = jumbf_header.superbox_length(start, length)
    if declared is None:
        out.truncated("the manifest store is not a JUMBF superbox", "script")
    elif declared > length:
        message = f"the manifest store declares {declared} bytes; {length} are there"
        out.truncated(message, "script")
    element = (Span(script.start, script.end - script.start),)
    out.coded_store("script", Span(begin, stop - begin), Coding.BASE64, element)


def _recognise(asset: Asset, head: bytes) -> bool:
    """Look for a doctype or the root element; comments may come before it.

    A page has no zero bytes, nor the first line of a PDF, which readers of that look for in the
    first bytes of a file: another file may have been given such a beginning.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start and not start.startswith(b"<"):
        return False
    first = asset.read(0, _TEXT_PEEK)
    if b"\0" in first or _PDF.search(first, 0, _PDF_WITHIN):
        return False
    begun = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    for _ in range(_MAX_LEADING):
        mark, skip = next(
            ((m, end) for m, end in ((b"<!--", b"-->"), (b"<?", b">")) if begun.startswith(m)),
            (b"", b""),
        )
        if not mark:
            break
        begun = begun[len(mark) :].partition(skip)[2].lstrip()
    return _ROOT.match(begun) is not None


FAMILY = Family(
    title="HTML",
    media_types=("text/html",),
    scan=scan_html,
    example=b"<!DOCTYPE html>\n<html><head><title>x</title></head><body></body></html>",
    store="`script` element of type `application/c2pa`",
    recognise=_recognise,
    near_miss=b'<svg xmlns="http://www.w3.org/2000/svg"><!-- <html> --></svg>',
    checksums=False,
)
