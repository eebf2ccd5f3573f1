"""Properties of documents: OOXML custom, core and app (ECMA-376), ODF meta.xml, EPUB packages.

Small XML parts, streamed through the parser of `defusedxml` without DTDs and entities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base import xml_parsing
from provenance.media.metadata.field import MAX_JSON

if TYPE_CHECKING:
    from provenance.media.container.block import Block
    from provenance.media.metadata.sink import Sink

MAX_ELEMENTS = 4_000
MAX_DEPTH = 32
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://schemas.openxmlformats.org/package/2006/metadata/core-properties": "cp:",
    "urn:oasis:names:tc:opendocument:xmlns:meta:1.0": "meta:",
}
_NAMED = frozenset({"property", "user-defined", "meta"})  # elements whose attribute is the key
_BODY = frozenset({"manifest", "spine", "guide"})  # of an EPUB package: no metadata


class _PropertiesBoundError(Exception):
    """A bound of this module was reached."""


class _PropertiesTarget:
    """Receives the events of the parser."""

    __slots__ = ("elements", "sink", "stack", "text")

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.elements = 0
        self.stack: list[str] = []  # the key that each open element stands for
        self.text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS or len(self.stack) >= MAX_DEPTH:
            raise _PropertiesBoundError
        self.text = []
        local = tag.rpartition("}")[2]
        if self.stack and self.stack[-1].startswith("="):
            key = self.stack[-1]  # the type of a named property's value
        elif local in _NAMED and any(map(_is_key, attributes)):
            key = "=" + next(v for n, v in attributes.items() if _is_key(n))
            if attributes.get("content"):
                self.sink.add(key[1:], attributes["content"])
        else:
            key = _PREFIXES.get(tag[1:].partition("}")[0], "") + local
            if local in _BODY:
                key = ""
        self.stack.append(key)

    def data(self, text: str) -> None:
        self.text.append(text)

    def end(self, _tag: str) -> None:
        key = self.stack.pop().removeprefix("=")
        value = "".join(self.text).strip()
        self.text = []
        if key and value:
            self.sink.add(key, value)

    def close(self) -> None:
        pass


def _is_key(attribute: str) -> bool:
    return attribute.rpartition("}")[2] in ("name", "property")


def add_properties(sink: Sink, block: Block) -> None:
    """Add custom properties under their names, the others as `dc:creator` or `Application`."""
    data = sink.load(block, MAX_JSON)
    if not data:
        return
    try:
        parser = xml_parsing.XMLParser(target=_PropertiesTarget(sink), forbid_dtd=True)
        parser.feed(data)
        parser.close()
    except xml_parsing.DefusedXmlException:
        sink.malformed("properties with a DTD or entities, which are not read")
    except _PropertiesBoundError:
        sink.limit(f"properties of more than {MAX_ELEMENTS} elements, or nested over {MAX_DEPTH}")
    except (xml_parsing.ParseError, UnicodeError, ValueError, LookupError) as e:
        sink.malformed(f"properties that are not well-formed: {e}")
