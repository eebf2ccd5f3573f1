"""A byte or two of what is around a store hides nothing; what only quotes one is left alone."""

from __future__ import annotations

import base64
import contextlib
import struct

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container.build_zip import Part, write
from unit.media.container.checks import scanned

from provenance.kit import carriers, films, media, texts
from provenance.media.asset import Asset
from provenance.media.container import (
    BlockKind,
    ContainerDecodeError,
    coded,
    load_block,
    scan_container,
)

STORE = build.store(700)
TEXT = base64.b64encode(STORE)
PICTURE = build.jpeg(*build.app11(STORE))
PNG = build.png(build.chunk(b"caBX", STORE))
PAGE = carriers.embed(texts.page(), STORE)
PROGRAM = carriers.embed(texts.program(), STORE)
SVG = carriers.embed(media.gradient_svg(), STORE)
PDF = build.pdf(STORE, deflated=True)
FONT = build.font(STORE)
OGG = build.ogg(STORE)
GIF = build.gif(build.gif_c2pa(STORE))
JXL = build.jxl(STORE, build.box(b"xml ", build.PACKET))
SOUND = carriers.embed(films.silent_mp3(), STORE)
HIDDEN = carriers.embed(texts.prose(), STORE)


def told(data: bytes) -> bool:
    """Whether a store is found in a file, where the format has one or elsewhere."""
    with Asset.from_bytes(data) as asset:
        found = scan_container(asset)
        stores = []
        for block in (*found.blocks_of(BlockKind.MANIFEST_STORE), *found.remains):
            with contextlib.suppress(ContainerDecodeError):
                stores.append(load_block(asset, block, 1 << 20))
        return any(b"jumdc2pa" in store for store in stores)


def cut(data: bytes, at: int, count: int) -> bytes:
    return data[:at] + data[at + count :]


def put(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at:]


def over(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


_IN_PAGE, _IN_SVG, _IN_PROGRAM = PAGE.index(TEXT), SVG.index(TEXT), PROGRAM.index(TEXT)
DAMAGED = {
    "the name of the element of a page": PAGE.replace(
        b'<script type="application', b'<sript type="application'
    ),
    "the end of its tag": over(PAGE, _IN_PAGE - 1, b"\x84"),
    "bytes in its tag": put(PAGE, PAGE.index(b'cript type="app'), b"\x9eD\xb7\xcb"),
    "zero bytes in its tag": put(PAGE, _IN_PAGE - 3, bytes(4)),
    "its tag within another": PAGE.replace(b"<script type=", b"</script type="),
    "the end of the tag in SVG": over(SVG, _IN_SVG - 1, b"\x84"),
    "the name of the tag in SVG": SVG.replace(b"<c2pa:manifest", b"<c2pa:manifesu"),
    "one delimiter of a comment": PROGRAM.replace(b"-----BEGIN", b"-----BEGUN"),
    "both delimiters of a comment": PROGRAM.replace(b"C2PA MANIFEST", b"C2PA MANIFESS"),
    "bytes that are no text in a delimiter": over(PROGRAM, PROGRAM.index(b"FEST"), b"\xff\xeb\0\2"),
    "the coding of the address": PROGRAM.replace(b";base64,", b";basf64,"),
    "zero bytes in front of a page": bytes(9) + PAGE,
    "a page in front of text": b"<html>" + HIDDEN,
    "a page in front of a picture": b"<html>" + PNG,
    "a page in front of PDF": b"<html>" + PDF,
    "a page in front of a font": b"<html>" + FONT,
    "a picture in front of PDF": b"GIF89a" + PDF,
    "a picture in front of another": b"GIF89a" + PICTURE,
    "a picture in front of text": b"GIF89a" + HIDDEN,
    "an archive in front of a picture": b"PK\3\4" + PICTURE,
    "an archive in front of a program": b"PK\3\4" + PROGRAM,
    "two beginnings of archives": b"PK\3\4PK\3\4" + PNG,
    "the label of an extension": GIF.replace(b"\x21\xff\x0bC2PA_GIF", b"\x21\x02\x0bC2PA_GIF"),
    "the count of tables": over(FONT, 5, b"\x09"),
    "a byte more in the tables": put(FONT, 40, b"\0"),
    "bytes less in the tables": cut(FONT, 20, 8),
    "the name of a table": FONT.replace(b"C2PA", b"C3PA"),
    "a record of a font": over(FONT, 20, bytes(8)),
    "the header of a page of Ogg": put(OGG, OGG.index(b"OggS", 4) + 12, bytes(range(1, 30))),
    "the flags of a page of Ogg": over(OGG, OGG.index(b"OggS", 4) + 5, b"\0"),
    "bytes less in a page of Ogg": cut(OGG, OGG.index(b"OggS", 4) + 5, 8),
    "the mark of the stream": OGG.replace(b"\0c2pa" + STORE[:4], b"\0b2pa" + STORE[:4]),
    "a box up to the end": put(JXL, 12, struct.pack(">I", 0) + b"xmk "),
    "the head of a frame": SOUND[:20] + SOUND[SOUND.index(STORE) + 2 :],
    "a codestream that is none up to the end": put(JXL, 32, bytes(4) + b"jxlp"),
    "the type of the file up to the end": over(JXL, 12, bytes(4)),
    "no tables in front of the store": cut(FONT, 6, 58),
    "the store over the directory": cut(FONT, 5, FONT.index(STORE) - 3),
    "no first IFD": b"II*\0\0\0\0\0" + build.tiff({0xCD41: (7, STORE)})[8:],
    "base64 of the store in lines": PAGE.replace(TEXT, base64.encodebytes(STORE)).replace(
        b"<script", b"<skript"
    ),
}


def test_a_store_alone_is_one_whatever_its_first_box_is_called() -> None:
    for kind in (b"moov", b"jumf", b"\0\0\0\0"):
        assert scanned(STORE[:12] + kind + STORE[16:]).media_type == "application/c2pa"
    manifest = build.store(label=b"urn:c2pa:x", kind=b"c2ma" + build.STORE_TYPE[4:])
    assert scanned(build.box(b"jumb", manifest)).media_type == "application/c2pa"
    other = STORE[:16] + b"exif" + STORE[20:33] + b"exif" + STORE[37:]
    assert scanned(other).media_type != "application/c2pa"


def test_remains_of_a_manifest_in_jpeg_xl_are_said() -> None:
    """A box of its own, as others may be there: by its label it is an assertion."""
    for label, told_of in ((b"c2pa.actions.v2", True), (b"org.example", False)):
        part = build.store(90, label=label, kind=b"cbor" + build.STORE_TYPE[4:])
        found = [f.code for f in scanned(build.jxl(part)).findings]
        assert ("credential.unread_remains" in found) is told_of


@pytest.mark.parametrize("kind", [b"xml ", b"Exif", b"brob", b"jumc"])
def test_a_store_under_the_name_of_another_box_is_said(kind: bytes) -> None:
    data = JXL.replace(b"jumb", kind, 1)
    assert "credential.unread_remains" in [f.code for f in scanned(data).findings]


@each("name", DAMAGED)
def test_a_damaged_wrapping_hides_no_store(name: str) -> None:
    assert told(DAMAGED[name])


_ESCAPED = b'&lt;script type="application/c2pa"&gt;' + TEXT + b"&lt;/script&gt;"
_INLINE = b"data:image/png;base64," + base64.b64encode(PNG)
QUOTED = {
    "a page that shows one": b"<!DOCTYPE html><html><body><pre>" + TEXT + b"</pre></body></html>",
    "a page that shows the element": b"<!DOCTYPE html><html><body>" + _ESCAPED + b"</body></html>",
    "a comment of a page": b'<!DOCTYPE html><html><!-- <script type="application/c2pa">'
    + TEXT
    + b" -->",
    "a page with a signed picture": b"<!DOCTYPE html><html><body><img src='"
    + _INLINE
    + b"'></body></html>",
    "a page with a picture in lines": b"<!DOCTYPE html><html><img src='data:image/png;base64,\n"
    + base64.encodebytes(PNG)
    + b"'></html>",
    "a drawing with a signed picture": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="'
    + _INLINE
    + b'"/></svg>',
    "a comment of a drawing": b"<svg xmlns='http://www.w3.org/2000/svg'><!--<c2pa:manifest>"
    + TEXT
    + b"</c2pa:manifest>--></svg>",
    "a record": b'{"type":"application/c2pa","size":1,"data":"' + TEXT + b'"}',
    "a record of a manifest": b'{"manifest":"' + TEXT + b'"}',
    "a table": b"name,store\nphoto.jpg," + TEXT + b"\n",
    "a text about it": b"The manifest in base64 is\n\n" + TEXT + b"\n",
    "an attachment": b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(PNG),
    "a picture with a picture after its end": build.gif() + PICTURE,
    "an archive of pictures, cut": write(Part("a.jpg", PICTURE), Part("b.png", PNG))[:-60],
    "a program with a picture": b"MZ" + bytes(4_000) + PNG,
    "a font without one": build.font(),
    "a sound with a cover": build.ogg() + bytes(3),
}


@each("name", QUOTED)
def test_a_file_that_quotes_or_holds_another_one_is_left_alone(name: str) -> None:
    found = scanned(QUOTED[name])
    assert not found.blocks_of(BlockKind.MANIFEST_STORE)
    assert found.remains == ()
    assert "credential.unread_remains" not in {finding.code for finding in found.findings}


@pytest.mark.parametrize(
    ("before", "begins"),
    [(b"", True), (b">", True), (b"manifest", True), (b"A" * 19, True), (b"A" * 20, False)],
)
def test_a_store_in_the_middle_of_base64_is_another_files(before: bytes, begins: bool) -> None:
    data = before + TEXT
    at = coded.begins(data, data.index(coded.CODED))
    assert at == (len(before) if begins else -1)


def test_base64_that_is_cut_off_at_its_start_is_no_store() -> None:
    assert coded.begins(TEXT[4:], TEXT[4:].index(coded.CODED)) == -1
    broken = TEXT[:5] + b"<" + TEXT[6:]
    assert coded.begins(broken, broken.index(coded.CODED)) == -1
