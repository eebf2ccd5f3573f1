"""XMP that is a document of its own, or an element of one: sidecars, and XML of any kind.

A text that quotes XMP is no XMP. What decides is structure: the root of the document is the packet,
or the packet is an element of a well-formed document that is not there to be read as an example.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from provenance.base import xml_parsing
from provenance.media.container.block import Span
from provenance.media.container.bounds import MAX_REST_PACKET, MAX_SVG_PACKETS, MAX_XML_PARSED
from provenance.media.container.markup import Visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.media.container.collect import Collector

_PEEK = 64 * 1024  # bytes in which the root element has to begin
_MAX_LEADING = 64  # instructions and comments in front of it
_WIDE = (  # XML 1.0, appendix F; the longer first
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.\-]{0,31}:)?(?:xmpmeta|xapmeta|RDF)[\s/>]")
_PACKET = re.compile(rb"<([A-Za-z_][\w.\-]{0,31}):xmpmeta[\s>]")
_META = "{adobe:ns:meta/}xmpmeta"
_EXAMPLES = frozenset(  # elements of DocBook, DITA, JATS, TEI and HTML that show code to a reader
    {
        *("code", "codeblock", "codeph", "eg", "egXML", "example", "figure", "informalexample"),
        *("listing", "literallayout", "pre", "preformat", "programlisting", "q", "quote", "samp"),
        *("screen", "sourcecode", "synopsis", "verbatim", "xmp"),
    }
)


def is_packet(data: bytes) -> bool:
    """Tell whether a document is an XMP packet: its root is `x:xmpmeta` or `rdf:RDF`.

    `data` is the document, or its beginning, in UTF-8, UTF-16 or UTF-32.
    """
    head = data[:_PEEK]
    coding = next((name for start, name in _WIDE if head.startswith(start)), "utf-8")
    text = head.decode(coding, "replace").lstrip("\ufeff \t\r\n")
    for _ in range(_MAX_LEADING):
        for begin, end in (("<?", "?>"), ("<!--", "-->")):
            if text.startswith(begin):
                text = text.partition(end)[2].lstrip()
                break
        else:
            break
    return _ROOT.match(text) is not None


def packets(out: Collector, data: bytes) -> None:
    """Add the XMP of a text: the whole of it, or packets that are elements of an XML document."""
    if b"mpmeta" not in data and b"RDF" not in data and not data.startswith((b"\xff", b"\xfe")):
        return
    if is_packet(data):
        out.xmp("document", (Span(0, len(data)),))
        return
    if b":xmpmeta" not in data or not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return
    if len(data) > MAX_XML_PARSED:
        out.limit(f"XML of more than {MAX_XML_PARSED} bytes is not searched for XMP", "XML")
        return
    if _is_element(data):
        elements(out, Visible(out, data), "XML")


def elements(
    out: Collector, text: Visible, place: str, texts: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """Add each packet that is an element outside of comments; return where they are.

    None within `texts` is one: ranges in which markup is text.
    """
    data, at, left = text.data, 0, MAX_SVG_PACKETS
    packets: list[tuple[int, int]] = []
    while (packet := text.visible(_PACKET, at)) is not None:
        at = packet.end()
        if any(start <= packet.start() < stop for start, stop in texts):
            continue
        left -= 1
        if left < 0:
            out.limit(f"more than {MAX_SVG_PACKETS} XMP packets", place)
            break
        close = b"</" + packet.group(1) + b":xmpmeta>"
        end = data.find(close, packet.end(), packet.end() + MAX_REST_PACKET)
        if end >= 0:
            at = end + len(close)
            packets.append((packet.start(), at))
            out.xmp(place, (Span(packet.start(), at - packet.start()),))
    return packets


class _XmpWatcher:
    """Watches a document go by: whether a packet is one of its elements, and not an example."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self.met = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        del attributes
        if tag == _META and not _EXAMPLES.intersection(self._open):
            self.met = True
        self._open.append(tag.rpartition("}")[2])

    def end(self, tag: str) -> None:
        del tag
        self._open.pop()

    def close(self) -> bool:
        return self.met


def _is_element(data: bytes) -> bool:
    target: Any = _XmpWatcher()
    try:
        parser = xml_parsing.XMLParser(target=target)
        parser.feed(data)
        return bool(parser.close())
    except xml_parsing.REFUSED:
        return False
