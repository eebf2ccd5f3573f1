"""XMP (ISO 16684-1) read into fields: attribute and element form, arrays, structures.

The packet streams through the parser of `defusedxml`, without a tree: DTDs are refused, nesting and
elements are counted, and what was in front of a defect is kept. Where a packet is not well-formed
or has a DTD, its `rdf:RDF` element is read by itself too, with a finding.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from provenance.base import xml_parsing
from provenance.media.metadata.xmp import decoded_packet

if TYPE_CHECKING:
    from provenance.media.metadata.sink import Sink

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
META = "adobe:ns:meta/"

# Customary prefixes: XMP specification, parts 1 and 2; IPTC; the vendors'.
PREFIXES = {
    META: "x",
    RDF: "rdf",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/xap/1.0/bj/": "xmpBJ",
    "http://ns.adobe.com/xap/1.0/t/pg/": "xmpTPg",
    "http://ns.adobe.com/xap/1.0/sType/ResourceRef#": "stRef",
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#": "stEvt",
    "http://ns.adobe.com/xap/1.0/sType/Version#": "stVer",
    "http://ns.adobe.com/xap/1.0/sType/ManifestItem#": "stMfs",
    "http://ns.adobe.com/xap/1.0/g/": "xmpG",
    "http://ns.adobe.com/xap/1.0/g/img/": "xmpGImg",
    "http://ns.adobe.com/xmp/1.0/DynamicMedia/": "xmpDM",
    "http://ns.adobe.com/xmp/note/": "xmpNote",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/pdf/1.3/": "pdf",
    "http://ns.adobe.com/pdfx/1.3/": "pdfx",
    "http://www.aiim.org/pdfa/ns/id/": "pdfaid",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://www.tc260.org.cn/ns/AIGC/1.0/": "TC260",
    "http://ns.google.com/photos/1.0/camera/": "GCamera",
    "http://ns.google.com/photos/1.0/container/": "Container",
    "http://ns.google.com/photos/1.0/container/item/": "Item",
    "http://ns.google.com/photos/1.0/creations/": "GCreations",
    "http://ns.google.com/photos/1.0/depthmap/": "GDepth",
    "http://ns.google.com/photos/1.0/image/": "GImage",
    "http://ns.google.com/photos/1.0/panorama/": "GPano",
    "http://ns.apple.com/adjustment-settings/1.0/": "apple-adjust",
    "http://ns.apple.com/HDRGainMap/1.0/": "HDRGainMap",
    "http://ns.adobe.com/hdr-gain-map/1.0/": "hdrgm",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
    "http://ns.microsoft.com/photo/1.0": "MicrosoftPhoto",
    "http://ns.camerabits.com/photomechanic/1.0/": "photomech",
    "http://xmp.gettyimages.com/gift/1.0/": "GettyImagesGIFT",
    "http://creativecommons.org/ns#": "cc",
    "http://www.gimp.org/xmp/": "GIMP",
    "http://darktable.sf.net/": "darktable",
    "http://www.digikam.org/ns/1.0/": "digiKam",
    "http://ns.adobe.com/creatorAtom/1.0/": "creatorAtom",
    "http://www.dji.com/drone-dji/1.0/": "drone-dji",
}
MAX_DEPTH = 64  # elements within one another; real structures have fewer than 20
MAX_ELEMENTS = 5_000  # some 20 ms; the longest real histories have about 3,000
MAX_EQUALS = 12_000  # equals signs, for the parser takes all attributes of an element at once
_ARRAYS = frozenset({f"{{{RDF}}}{kind}" for kind in ("Alt", "Seq", "Bag")})
_RDF, _ITEM, _VALUE = f"{{{RDF}}}RDF", f"{{{RDF}}}li", f"{{{RDF}}}value"
_DESCRIPTION = f"{{{RDF}}}Description"
_RESOURCE, _PARSE_TYPE = f"{{{RDF}}}resource", f"{{{RDF}}}parseType"
_SYNTAX = (f"{{{RDF}}}", f"{{{XML}}}", "{" + META)
_ENTITY = re.compile(
    r"<!ENTITY\s{1,64}([A-Za-z_][\w.\-]{0,63})\s{1,64}[\"']([^\"'&<%]{0,512})[\"']"
)
_MAX_ENTITIES, _MAX_EXPANDED = 64, 256
_RDF_ELEMENT = re.compile(r"<([A-Za-z_][\w.\-]{0,63}):RDF[\s>]")

# What the children of an element are.
_OUTSIDE, _NODES, _PROPERTIES, _CONTENT, _STRUCTURE, _ITEMS = range(6)


class _XmpBoundError(Exception):
    """A bound of this module was reached."""


class _Open:
    """One element that is open: what its children are, and the property it belongs to."""

    __slots__ = ("context", "count", "key", "path", "role", "text")

    def __init__(self, role: int, key: str = "", context: str = "", path: str = "") -> None:
        self.role = role
        self.key = key  # of the property
        self.context = context  # where the property is
        self.path = path  # the context of what is within it
        self.count = 0  # of items
        self.text: list[str] | None = [] if role == _CONTENT else None


class _XmpTarget:
    """Receives the events of the parser (`xml.etree.ElementTree`, target interface)."""

    __slots__ = ("elements", "names", "sink", "stack")

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.elements = 0
        self.names: dict[str, str] = {}
        self.stack = [_Open(_OUTSIDE)]

    def name(self, tag: str) -> str:
        expanded = self.names.get(tag)
        if expanded is None:
            expanded = self.names[tag] = name(tag)
        return expanded

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        stack = self.stack
        self.elements += 1
        if self.elements > MAX_ELEMENTS or len(stack) > MAX_DEPTH:
            raise _XmpBoundError
        parent = stack[-1]
        role = parent.role
        if role == _OUTSIDE:
            opened = _Open(_NODES if tag == _RDF else _OUTSIDE)
            if self.sink.everything and tag.startswith("{" + META):
                self.shorthand(attributes, "", keep_meta=True)
        elif role == _NODES or (role == _CONTENT and tag == _DESCRIPTION):
            parent.text = None
            opened = _Open(_PROPERTIES, path=parent.path)
            self.shorthand(attributes, parent.path)
        elif role == _CONTENT and tag in _ARRAYS:
            parent.text = None
            opened = _Open(_ITEMS, parent.key, parent.context, parent.path)
        elif role == _ITEMS:
            parent.count += 1
            path = f"{parent.path}[{parent.count}]"
            opened = self.content(parent.key, parent.context, path, attributes)
        elif tag == _VALUE:  # a value with qualifiers beside it
            parent.text = None
            opened = self.content(parent.key, parent.context, parent.path, attributes)
        else:
            parent.text = None
            key, context = self.name(tag), parent.path
            path = f"{context}/{key}" if context else key
            opened = self.content(key, context, path, attributes)
        stack.append(opened)

    def content(self, key: str, context: str, path: str, attributes: dict[str, str]) -> _Open:
        """Open a property or an item, and read what is in its attributes."""
        opened = _Open(_CONTENT, key, context, path)
        if attributes:
            if attributes.get(_PARSE_TYPE) == "Resource":
                opened.role = _STRUCTURE
                opened.text = None
            resource = attributes.get(_RESOURCE)
            if resource:
                self.add(key, resource, context)
            self.shorthand(attributes, path)
        return opened

    def shorthand(
        self, attributes: dict[str, str], context: str, *, keep_meta: bool = False
    ) -> None:
        """Read properties in attribute form."""
        for tag, value in attributes.items():
            if value and tag[:1] == "{" and (keep_meta or not tag.startswith(_SYNTAX)):
                self.add(self.name(tag), value, context)

    def add(self, key: str, value: str, context: str) -> None:
        value = value.strip()
        if value:
            self.sink.add(key, value, context)

    def data(self, text: str) -> None:
        into = self.stack[-1].text
        if into is not None:
            into.append(text)

    def end(self, _tag: str) -> None:
        closed = self.stack.pop()
        if closed.text:
            self.add(closed.key, "".join(closed.text), closed.context)

    def close(self) -> None:
        pass


def fields(sink: Sink, packet: bytes) -> None:
    """Parse one packet, whatever its encoding, and add its properties."""
    if packet.count(b"=") > MAX_EQUALS:
        sink.limit(f"XMP of more than {MAX_EQUALS} attributes")
        return
    try:
        text = decoded_packet(packet)
    except UnicodeError:
        sink.malformed("the XMP packet is not text")
        return
    before = len(sink.fields)
    if _parse(sink, text):
        return
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    begin = _RDF_ELEMENT.search(text)
    end = text.rfind(f"</{begin[1]}:RDF>") if begin else -1
    if begin is not None and end > begin.start():
        kept = sink.fields[before:]
        del sink.fields[before:]
        _parse(sink, _expanded(text, begin.start(), end) + f"</{begin[1]}:RDF>")
        if len(sink.fields) - before < len(kept):
            sink.fields[before:] = kept


def _expanded(text: str, begin: int, end: int) -> str:
    """Return a part of a packet with the texts of plain entities of its DTD in place of them.

    Readers of XMP see the values. An entity that holds another one, or markup, stays as it is.
    """
    part = text[begin:end]
    values = dict(_ENTITY.findall(text[:begin])[:_MAX_ENTITIES])
    if not values:
        return part
    named = re.compile("&(" + "|".join(map(re.escape, values)) + ");")
    return named.sub(lambda match: values[match[1]], part, count=_MAX_EXPANDED)


def _parse(sink: Sink, text: str | bytes) -> bool:
    """Tell whether there is nothing more to be had from the text."""
    try:
        parser = xml_parsing.XMLParser(target=_XmpTarget(sink), forbid_dtd=True)
        parser.feed(text)
        parser.close()
    except xml_parsing.DefusedXmlException:
        sink.malformed("XMP with a DTD, which is not read")
        return False
    except _XmpBoundError:
        sink.limit(f"XMP of more than {MAX_ELEMENTS} elements, or nested over {MAX_DEPTH}")
    except (xml_parsing.ParseError, UnicodeError, ValueError, LookupError) as e:
        sink.malformed(f"XMP that is not well-formed: {e}")
        return False
    return True


def check_extended(sink: Sink, packet: bytes, guid: bytes) -> None:
    """Compare extended XMP with the digest that names it (XMP specification, part 3, 1.1.3.1)."""
    digest = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper().encode()
    if digest != guid.upper():
        sink.malformed("extended XMP that does not match its digest")


def name(tag: str) -> str:
    """Return `prefix:Name` for `{namespace}Name`, or the tag itself for an unknown namespace."""
    if tag[:1] != "{":
        return tag
    namespace, _, local = tag[1:].partition("}")
    prefix = PREFIXES.get(namespace)
    return f"{prefix}:{local}" if prefix is not None else tag
