"""Elements as values: what may be made, how texts are escaped, and that both ways agree."""

from __future__ import annotations

import json
import re

import pytest
from support.each import each
from support.pages import Elements, built

from provenance.render.page import shell
from provenance.render.page.nodes import ATTRIBUTES, TAGS, NodePool, element, markup

HOSTILE = "</script><b x='1' y=\"2\">&amp;\u202e\x00\n\u2028\ud800"


def test_texts_and_attributes_are_escaped():
    made = markup(element("p.a", HOSTILE, aria_label=HOSTILE))
    assert made.isascii()
    ((tag, attributes),) = Elements(made).tags
    assert (tag, attributes["class"]) == ("p", "a")
    assert attributes["aria-label"] == "".join(Elements(made).shown)
    assert "\\u202e" in made
    assert Elements(made).unclosed == []


@each("name", ["script", "style", "a", "img", "iframe", "form", "p><script"])
def test_an_element_that_is_not_in_the_list_cannot_be_made(name):
    with pytest.raises(ValueError, match="not an element"):
        element(name)


@pytest.mark.parametrize("name", ["onclick", "style", "href", "src"])
def test_an_attribute_that_is_not_in_the_list_cannot_be_made(name):
    with pytest.raises(ValueError, match="not an element"):
        element("p", **{name: "x"})


def test_the_script_knows_the_same_elements_and_attributes():
    script = shell.page_file("shared.js")
    (tags,) = re.findall(r'TAGS = new Set\("([^"]*)"', script)
    (attributes,) = re.findall(r"ATTRIBUTES = new Set\((\[[^\]]*\])\)", script)
    assert set(tags.split()) == TAGS
    assert set(json.loads(attributes)) == ATTRIBUTES


def test_a_pool_has_each_element_once():
    pool = NodePool()
    one, other = (element("p", element("span", "same"), text) for text in ("one", "other"))
    numbers = [pool.number(one), pool.number(other), pool.number(one)]
    entries = [json.loads(entry) for entry in pool.entries()]
    assert numbers[0] == numbers[2] != numbers[1]
    assert len(entries) == 6  # two paragraphs, a span, three texts
    assert [built(entries, n) for n in numbers[:2]] == ["same one", "same other"]
    assert [
        child for n, e in enumerate(entries) if isinstance(e, list) for child in e[2:] if child >= n
    ] == []
    assert pool.size >= sum(map(len, pool.entries()))


def test_a_text_cannot_pass_for_an_element():
    pool = NodePool()
    text = json.dumps(["script", {}])
    pool.number(text)
    assert [json.loads(entry) for entry in pool.entries()] == [text]


def test_what_ends_a_script_does_not_end_the_data():
    assert not set("<>&") & set(shell.embedded({HOSTILE[:20]: "</script>"}))
