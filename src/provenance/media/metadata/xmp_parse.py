"""XMP (ISO 16684-1) read into fields: attribute and element form, arrays, structures.

The packet streams through the parser of `defusedxml`, without a tree: DTDs and entities are
refused, nesting and elements are counted, and what stood in front of a defect is kept. Where a
packet is not well-formed, its `rdf:RDF` element is read by itself too, with a finding.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

from provenance.media.metadata.namespaces import META, RDF, XML, name
from provenance.media.metadata.xmp import decoded_packet

if TYPE_CHECKING:
    from provenance.media.metadata.sink import Sink

MAX_DEPTH = 64  # elements within one another; real structures have fewer than 20
MAX_ELEMENTS = 5_000  # some 20 ms; the longest real histories have about 3,000
MAX_EQUALS = 12_000  # equals signs, for the parser takes all attributes of an element at once
_ARRAYS = frozenset({f"{{{RDF}}}{kind}" for kind in ("Alt", "Seq", "Bag")})
_RDF, _ITEM, _VALUE = f"{{{RDF}}}RDF", f"{{{RDF}}}li", f"{{{RDF}}}value"
_DESCRIPTION = f"{{{RDF}}}Description"
_RESOURCE, _PARSE_TYPE = f"{{{RDF}}}resource", f"{{{RDF}}}parseType"
_SYNTAX = (f"{{{RDF}}}", f"{{{XML}}}", "{" + META)
_RDF_ELEMENT = re.compile(r"<([A-Za-z_][\w.\-]{0,63}):RDF[\s>]")

# What the children of an element are.
_OUTSIDE, _NODES, _PROPERTIES, _CONTENT, _STRUCTURE, _ITEMS = range(6)


class _TooMuchError(Exception):
    """A bound of this module was reached."""


class _Open:
    """One element that is open: what its children are, and the property it belongs to."""

    __slots__ = ("context", "count", "key", "path", "role", "text")

    def __init__(self, role: int, key: str = "", context: str = "", path: str = "") -> None:
        self.role = role
        self.key = key  # of the property
        self.context = context  # where the property stands
        self.path = path  # the context of what stands within it
        self.count = 0  # of items
        self.text: list[str] | None = [] if role == _CONTENT else None


class _Target:
    """Receives the events of the parser (`xml.etree.ElementTree`, target interface)."""

    __slots__ = ("elements", "names", "sink", "stack")

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.elements = 0
        self.names: dict[str, str] = {}
        self.stack = [_Open(_OUTSIDE)]

    def name(self, tag: str) -> str:
        found = self.names.get(tag)
        if found is None:
            found = self.names[tag] = name(tag)
        return found

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        stack = self.stack
        self.elements += 1
        if self.elements > MAX_ELEMENTS or len(stack) > MAX_DEPTH:
            raise _TooMuchError
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
        """Open a property or an item, and read what stands in its attributes."""
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
        _parse(sink, text[begin.start() : end] + f"</{begin[1]}:RDF>")
        if len(sink.fields) - before < len(kept):
            sink.fields[before:] = kept


def _parse(sink: Sink, text: str | bytes) -> bool:
    """Tell whether there is nothing more to be had from the text."""
    try:
        parser = XMLParser(target=_Target(sink), forbid_dtd=True)
        parser.feed(text)
        parser.close()
    except DefusedXmlException:
        sink.malformed("XMP with a DTD or entities, which is not read")
    except _TooMuchError:
        sink.limit(f"XMP of more than {MAX_ELEMENTS} elements, or nested over {MAX_DEPTH}")
    except (ParseError, UnicodeError, ValueError, LookupError) as e:
        sink.malformed(f"XMP that is not well-formed: {e}")
        return False
    return True


def check_extended(sink: Sink, packet: bytes, guid: bytes) -> None:
    """Compare extended XMP with the digest that names it (XMP specification, part 3, 1.1.3.1)."""
    digest = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper().encode()
    if digest != guid.upper():
        sink.malformed("extended XMP that does not match its digest")
