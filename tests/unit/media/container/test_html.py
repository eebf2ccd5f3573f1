import base64

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned

from provenance.media.asset import Asset
from provenance.media.container.sniff import family_name

STORE = build.store(400)
TEXT = base64.b64encode(STORE)


def page(head=b"", body=b"", front=b"<!DOCTYPE html>\n"):
    return (
        front
        + b'<html lang="en"><head><meta charset="utf-8"><title>x</title>'
        + head
        + b"</head><body>"
        + body
        + b"</body></html>"
    )


def script(text=TEXT, kind=b'type="application/c2pa"'):
    return b"<script " + kind + b">" + text + b"</script>"


@each(
    "front",
    [b"<!DOCTYPE html>\n", b"<!doctype HTML>", b"", b"\xef\xbb\xbf<!-- a page -->\n", b"\n\n  "],
)
@each("text", [TEXT, b"\n  " + TEXT + b"\n", TEXT[:76] + b"\r\n" + TEXT[76:]])
def test_a_store_in_the_head_of_a_page_is_found(front, text):
    data = page(script(text), front=front)
    assert scanned(data).media_type == "text/html"
    assert loaded(data) == [STORE]
    assert codes(data) == []


@pytest.mark.parametrize(
    "kind",
    [
        b"type='application/c2pa'",
        b"type=application/c2pa",
        b'TYPE = "Application/C2PA"',
        b'id="m" type="application/c2pa" nonce=x',
    ],
)
def test_attributes_are_read_as_browsers_read_them(kind):
    assert loaded(page(script(kind=kind))) == [STORE]


def test_the_extent_in_a_page_is_the_whole_element():
    data = page(script())
    (span,) = scanned(data).extent
    assert data[span.offset : span.offset + span.length] == script()


@pytest.mark.parametrize(
    "hidden",
    [
        b"<!-- " + script() + b" -->",
        b"<script>const a = '" + script().replace(b"</script>", b"") + b"'</script>",
        b"<style>" + script() + b"</style>",
        b"<textarea>" + script() + b"</textarea>",
        b"<script type='application/json' data-type='application/c2pa'>{}</script>",
    ],
)
def test_what_a_page_quotes_is_no_store(hidden):
    assert loaded(page(hidden)) == []
    assert loaded(page(body=hidden)) == []


def test_an_element_that_was_moved_hides_nothing():
    assert loaded(page(body=script())) == [STORE]


def test_two_stores_in_a_page_are_said():
    several = "manifest.html.multipleManifests"
    assert codes(page(script() + script())) == [several, "credential.multiple_stores"]
    link = b'<link rel="c2pa-manifest" href="https://example.com/a.c2pa">'
    assert several in codes(page(script() + link))
    assert several not in codes(page(link))


@pytest.mark.parametrize("text", [b"", b"   ", b"!!!!", base64.b64encode(STORE[:-9])])
def test_an_empty_or_broken_store_in_a_page_is_truncated(text):
    assert codes(page(script(text))) == ["container.truncated"]


def test_a_link_to_a_store_in_a_page_is_named_and_not_followed():
    link = b'<link rel="stylesheet c2pa-manifest" href="https://example.com/m.c2pa">'
    assert codes(page(link)) == ["container.remote_reference"]
    assert codes(page(b'<link rel="stylesheet" href="c2pa.css">')) == []


def test_an_svg_drawing_is_no_page():
    drawing = b'<?xml version="1.0"?><!-- <html> --><svg xmlns="http://www.w3.org/2000/svg"/>'
    assert family_name(Asset.from_bytes(drawing)) == "svg"
    assert family_name(Asset.from_bytes(page(body=drawing))) == "html"


@each(
    "data",
    [
        b"<!doctype html>c2pa" + b"<script " * 200_000,
        b"<!doctype html>c2pa" + b"<!--" * 400_000,
        b"<!doctype html>c2pa" + b"<style>" * 200_000,
        b"<!doctype html>c2pa" + b"<link " + b"a=" * 800_000 + b">",
        b"<!--" * 4_000 + b"c2pa" * 10_000,
        b" " * 16_000 + b"<!doctype " + b" " * 100_000,
    ],
    ids=range(6),
)
def test_a_hostile_page_is_read_in_one_pass(data):
    """Each is read in one pass; where time grew with the square, this would take minutes."""
    assert loaded(data) == []
