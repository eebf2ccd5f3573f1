"""XML that is written: whatever a text holds, a reader gets it back or sees what was left out."""

from __future__ import annotations

import defusedxml.ElementTree
from hypothesis import given
from hypothesis import strategies as st

from provenance.base.xml_elements import document, element, fragment, page

HOSTILE = "</b><b a=\"1\" c='2'>&amp; ]]> <!-- <?x?>"


def read(text: str) -> tuple[str, str]:
    """What a reader gets of a text in an attribute, and of the same text in an element."""
    root = defusedxml.ElementTree.fromstring(document(element("a", text, b=text)).encode())
    return root.get("b") or "", root.text or ""


def test_no_text_becomes_markup() -> None:
    assert read(HOSTILE) == (HOSTILE, HOSTILE)


def test_what_xml_does_not_allow_is_replaced() -> None:
    """Production Char of XML 1.0: no control characters, surrogates or non-characters."""
    assert read("a\0\x1b\x0b\ud800\ufffe\uffffz") == ("a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdz",) * 2
    assert read("\U0010ffff\ue000\x7f") == ("\U0010ffff\ue000\x7f",) * 2


@given(st.text(st.characters(codec=None, categories=None)))
def test_any_text_gives_xml(text: str) -> None:
    attribute, content = read(text)
    if "\r" not in text:  # which readers make a line break of
        assert len(attribute) == len(content) == len(text)


def test_each_element_has_a_line() -> None:
    root = element("a", element("b", "x"), element("c", element("d"), n=1))
    assert fragment(root) == '<a>\n  <b>x</b>\n  <c n="1">\n    <d />\n  </c>\n</a>\n'
    assert document(element("a")) == '<?xml version="1.0" encoding="UTF-8"?>\n<a />\n'


def test_texts_stand_between_elements() -> None:
    root = element("p", "a", "<", element("br"), "b\0", ">", element("br"))
    assert fragment(root) == "<p>a&lt;<br />b\ufffd&gt;<br />\n</p>\n"


def test_a_page_is_html() -> None:
    root = element("html", element("style", "a>b{}"), element("p", HOSTILE, element("br")))
    assert page(root) == (
        "<!DOCTYPE html>\n<html>\n<style>a>b{}</style>\n"
        "<p>&lt;/b&gt;&lt;b a=\"1\" c='2'&gt;&amp;amp; ]]&gt; &lt;!-- &lt;?x?&gt;<br>\n</p>\n"
        "</html>\n"
    )
