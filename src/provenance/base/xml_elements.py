"""XML and HTML as elements of the standard library, with texts that XML allows.

`xml.etree` writes them. The writer of `xml.sax.saxutils` would load an HTTP client, 30 ms of a run.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(tag: str, /, *children: Element | str, **attributes: str | int) -> Element:
    """Make an element of elements and texts, its attributes in the order given.

    `tag` and the names of attributes are this program's own, texts may be anybody's.
    """
    node = Element(tag, {name: _allowed(str(value)) for name, value in attributes.items()})
    for child in children:
        if not isinstance(child, str):
            node.append(child)
        elif len(node):
            node[-1].tail = (node[-1].tail or "") + _allowed(child)
        else:
            node.text = (node.text or "") + _allowed(child)
    return node


def fragment(root: Element) -> str:
    """Write an element without a declaration, and a line break: each element on a line.

    Indents the elements inside, by two spaces a level.
    """
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def document(root: Element) -> str:
    """Write a document for a file in UTF-8."""
    return DECLARATION + fragment(root)


def page(root: Element) -> str:
    """Write an HTML page, each element on a line."""
    ElementTree.indent(root, "")
    return f"<!DOCTYPE html>\n{ElementTree.tostring(root, encoding='unicode', method='html')}\n"


def _allowed(text: str) -> str:
    """Return a text with U+FFFD for each character that XML 1.0 does not allow (its Char)."""
    return _NOT_XML.sub(_REPLACEMENT, text)
