"""Pictures and attachments of PDF files, as their dictionaries name them."""

from __future__ import annotations

import zlib

import pytest
from support.archives import IMAGE, JPEG, PNG, pdf
from support.each import each
from unit.media.archive.opened import Opened

DCT = IMAGE + b"/Filter /DCTDecode"


def test_pictures_in_a_pdf_are_members_as_they_are():
    jp2 = b"\0\0\0\x0cjP  \r\n\x87\n" + b"x" * 50
    found = Opened(pdf((DCT, JPEG), (IMAGE + b"/Filter [ /JPXDecode ]", jp2)))
    assert found.members == {"object-4.jpg": JPEG, "object-5.jp2": jp2}


@pytest.mark.parametrize(
    "words",
    [b"/Filter/DCT", b"/F [/DCTDecode]", b"/Filter /#44CTDecode", b"/Filter\n/DCTDecode\n/Width 8"],
)
def test_a_filter_of_a_picture_in_a_pdf_is_understood_in_every_form(words):
    assert list(Opened(pdf((words, JPEG))).members.values()) == [JPEG]


def test_a_picture_that_is_compressed_once_more():
    found = Opened(pdf((b"/Filter [/FlateDecode /DCTDecode]", zlib.compress(JPEG))))
    assert list(found.members.values()) == [JPEG]
    other = Opened(pdf((b"/Filter [/LZWDecode /DCTDecode]", JPEG)))
    assert list(other.members.values()) == ["member.unsupported"]


def test_files_attached_to_a_pdf_are_members():
    found = Opened(pdf((b"/Type /EmbeddedFile", PNG)))
    assert list(found.members.values()) == [PNG]


def test_a_length_of_a_stream_may_be_an_object_of_its_own():
    body = b"4 0 obj\n<< /Filter /DCTDecode /Length 5 0 R >>\nstream\n" + JPEG
    data = b"%PDF-1.7\n" + body + b"\nendstream\nendobj\n5 0 obj %d endobj\n" % len(JPEG)
    assert Opened(data).members == {"object-4.jpg": JPEG}


@each("mark", [b"\n", b"\r\n", b"\r", b""])
@each("said", [0, 10, 10**9], ids=["nothing", "little", "much"])
def test_a_length_that_is_wrong_hides_nothing(said, mark):
    """The end of line before the end mark is not of the stream: a hash would not match with it."""
    body = b"4 0 obj\n<< /Filter /DCTDecode /Length %d >>\nstream\n" % said + JPEG
    found = Opened(b"%PDF-1.7\n" + body + mark + b"endstream\nendobj\n")
    assert found.members["object-4.jpg"] == JPEG


def test_a_stream_that_swallows_the_others_hides_none():
    endless = b"%PDF-1.7\n3 0 obj\n<< /Filter /DCTDecode >>\nstream\n\xff\xd8\xff"
    found = Opened(endless + pdf((DCT, JPEG)))
    assert JPEG in found.members.values()


def test_a_picture_in_a_pdf_is_found_across_windows():
    for gap in (4_190_000, 4_194_304, 4_198_000):
        data = b"%PDF-1.7\n" + b" " * gap + pdf((DCT, JPEG))
        assert list(Opened(data).members.values()) == [JPEG]


def test_encrypted_streams_are_counted_and_the_word_alone_hides_nothing():
    data = pdf((DCT, bytes(range(256)) * 4)) + b"/Encrypt 9 0 R\n"
    found = Opened(data)
    assert (found.members, found.codes) == ({}, ["container.member_encrypted"])
    assert list(Opened(pdf((DCT, JPEG)) + b"%/Encrypt\n").members.values()) == [JPEG]
