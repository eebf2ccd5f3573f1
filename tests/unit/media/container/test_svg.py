import base64

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned, xmp

from provenance.media.asset import Asset
from provenance.media.container import (
    BlockKind,
    ContainerDecodeError,
    ContainerLimitError,
    load_block,
    scan_container,
)

STORE = build.store(400)


@each("front", [b"", b'<?xml version="1.0"?>\n', b"\xef\xbb\xbf", b"<!-- x -->"])
@each("wrap", [0, 76])
def test_a_store_in_base64_of_svg_is_found(front, wrap):
    data = build.svg(build.svg_store(STORE, wrap=wrap), front=front)
    assert scanned(data).media_type == "image/svg+xml"
    assert loaded(data) == [STORE]
    assert codes(data) == []


def test_the_element_of_a_store_in_svg_may_have_any_prefix_that_is_bound():
    assert loaded(build.svg(build.svg_store(STORE, b"cred"))) == [STORE]
    assert loaded(build.svg(b"<app:manifest>x</app:manifest>")) == []


def test_comments_and_cdata_of_svg_hide_an_element():
    element = build.svg_store(STORE)
    assert loaded(build.svg(b"<!-- " + element + b" -->")) == []
    assert loaded(build.svg(b"<desc><![CDATA[" + element + b"]]></desc>")) == []


def test_cdata_around_the_text_of_a_store_in_svg_is_understood():
    text = b"<![CDATA[" + base64.b64encode(STORE) + b"]]>"
    assert loaded(build.svg(b"<c2pa:manifest>" + text + b"</c2pa:manifest>")) == [STORE]


def test_xmp_in_svg_is_found():
    assert xmp(build.svg(build.PACKET)) == [build.PACKET]


@pytest.mark.parametrize(
    "inside",
    [
        b"<c2pa:manifest></c2pa:manifest>",
        b"<c2pa:manifest />",
        b"<c2pa:manifest>AAAA</c2pa:manifest>",
        b"<c2pa:manifest>!!!!</c2pa:manifest>",
        build.svg_store(STORE[:-9]),
    ],
)
def test_an_empty_or_broken_store_in_svg_is_truncated(inside):
    assert codes(build.svg(inside)) == ["container.truncated"]


def test_an_unclosed_element_of_a_store_in_svg_is_truncation():
    data = build.svg(build.svg_store(STORE))
    assert "container.truncated" in codes(data[: data.index(b"</c2pa")])


def test_two_stores_in_svg_are_said():
    data = build.svg(build.svg_store(STORE) * 2)
    assert codes(data) == ["credential.multiple_stores"]


def test_elements_of_svg_beyond_the_bound_are_said():
    assert "container.limit" in codes(build.svg(b"<c2pa:manifest>AAAA</c2pa:manifest>" * 20))


def test_svgz_is_recognised_only():
    found = scanned(build.svgz())
    assert (found.media_type, found.can_carry) == ("image/svg+xml", False)


def test_svg_in_utf_16_is_said_to_hold_a_store():
    data = build.svg(build.svg_store(STORE)).decode().encode("utf-16")
    assert codes(data) == ["credential.unread_remains"]
    other = build.svg(b"<c2pa:manifest>AAAA</c2pa:manifest>").decode().encode("utf-16")
    assert codes(other) == ["container.credential_not_located"]


def test_html_is_not_svg():
    assert scanned(b"<html><body>text</body></html>").family == "html"


def test_a_store_in_svg_whose_base64_is_none_cannot_be_loaded():
    with Asset.from_bytes(build.svg(b"<c2pa:manifest>AAAAA</c2pa:manifest>")) as asset:
        (block,) = scan_container(asset).blocks_of(BlockKind.MANIFEST_STORE)
        with pytest.raises(ContainerDecodeError):
            load_block(asset, block, 1_000)


def test_the_limit_of_a_store_in_svg_is_on_what_is_decoded():
    with Asset.from_bytes(build.svg(build.svg_store(STORE))) as asset:
        (block,) = scan_container(asset).blocks
        assert len(load_block(asset, block, len(STORE))) == len(STORE)
        with pytest.raises(ContainerLimitError):
            load_block(asset, block, len(STORE) - 1)
