"""Mailboxes and messages: every leaf is found, however it is encoded and named."""

from __future__ import annotations

import base64

import pytest
from support.archives import PLAIN, PNG, mailbox, message, uuencoded
from support.each import each
from unit.media.archive.opened import Opened

TEXT = {"part-1.txt": b"See the picture."}


@pytest.mark.parametrize("coding", ["base64", "quoted-printable", "binary", "8bit"])
def test_an_attachment_of_each_coding_is_a_member(coding):
    found = Opened(message("x.png", PNG, coding))
    assert (found.members, found.codes) == ({**TEXT, "x.png": PNG}, [])


def test_messages_of_a_mailbox_are_members():
    first, second = message("x.png", PNG), message("y.jpg", PLAIN)
    found = Opened(mailbox(first, second))
    assert list(found.members) == ["1.eml", "2.eml"]
    inner = found.members["2.eml"]
    assert isinstance(inner, bytes)
    assert Opened(inner).members["y.jpg"] == PLAIN


def test_an_envelope_line_across_two_pieces():
    head = b"From a@b Thu Jan  1 00:00:00 2026\nSubject: x\n\n"
    for length in range((1 << 20) - len(head) - 60, (1 << 20) - len(head) + 10, 7):
        data = head + b"x" * (length - 1) + b"\n" + head + b"second\n"
        assert len(Opened(data).members) == 2


def test_a_uuencoded_file_within_a_text_is_a_member():
    found = Opened(uuencoded("x.png", PNG) + uuencoded("y.jpg", PLAIN))
    assert found.members["x.png"] == PNG
    assert found.members["y.jpg"] == PLAIN


@each(
    ("field", "name"),
    [
        (b'attachment; filename="=?utf-8?q?n=C3=A4me.png?="', "näme.png"),
        (b"attachment; filename==?UTF-8?B?eC5wbmc=?=", "x.png"),
        (b"attachment; filename*=UTF-8''na%C3%AFve.png", "naïve.png"),
        (b'attachment; filename*0="long"; filename*1=".png"', "long.png"),
        (b"attachment; filename*0*=UTF-8''a%20; filename*1*=b.png", "a b.png"),
        (b'attachment; filename="a\\"b.png"', 'a"b.png'),
        (b"attachment;\r\n filename=folded.png", "folded.png"),
        (b"attachment; filename=\xff.png", "\udcff.png"),
        (b'attachment; filename="=?no-such-charset?q?x?="', "=?no-such-charset?q?x?="),
    ],
)
def test_an_attachment_is_named_in_each_form_of_its_headers(field, name):
    data = message("REPLACED", PNG).replace(b'attachment; filename="REPLACED"', field)
    assert Opened(data).members[name] == PNG


def test_a_message_within_a_message_is_opened():
    inner = message("x.png", PNG)
    found = Opened(message("inner.eml", inner))
    assert found.members["inner.eml"] == inner


def test_what_stands_around_the_boundaries_is_looked_at():
    data = message("y.jpg", PLAIN)
    part = b"Content-Transfer-Encoding: base64\nContent-Type: image/png; name=hidden.png\n\n"
    hidden = part + base64.encodebytes(PNG)
    before = data.replace(
        b"--edge\r\nContent-Type: text", hidden + b"\n--edge\r\nContent-Type: text"
    )
    assert Opened(before).members["hidden.png"] == PNG
    assert Opened(data + hidden).members["hidden.png"] == PNG


def test_parts_of_a_message_that_do_not_end_are_read():
    data = message("x.png", PNG)
    assert Opened(data.replace(b"\r\n--edge--", b"")).members["x.png"] == PNG


@pytest.mark.parametrize(
    ("spoil", "content", "damaged"),
    [
        (lambda body: body.replace(b"\n", b" \n!*"), PNG, False),
        (lambda body: body.rstrip(b"=\r\n"), PNG, False),
        (lambda body: body.rstrip() + b"\nQUJD", PNG, True),
    ],
)
def test_base64_is_read_as_mail_readers_take_it(spoil, content, damaged):
    body = base64.encodebytes(PNG)
    data = message("x.png", PNG).replace(body.replace(b"\n", b"\r\n"), spoil(body))
    found = Opened(data)
    made = found.members["x.png"]
    assert isinstance(made, bytes)
    assert made.startswith(PNG)
    assert made[: len(PNG)] == content
    assert found.notes["x.png"] == (["container.member_damaged"] if damaged else [])


@pytest.mark.parametrize(
    "data",
    [
        b"From: a@b\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_001,
        b"From: a@b\nContent-Type: multipart/mixed; boundary=b\n\n" + b"\n--bx" * 100_001,
        b"From: a@b\nTo: c@d\n"
        + b"".join(
            b"Content-Type: multipart/x; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20)
        ),
    ],
    ids=["parts", "boundaries", "depth"],
)
def test_a_bound_of_a_message_that_is_reached_is_said(data):
    assert Opened(data).unread


@pytest.mark.parametrize(
    ("flood", "content"), [(b"=", b""), (b"QQ==", b"A"), (b"!", b""), (b"QUJD=\n", b"ABC")]
)
def test_floods_of_base64_are_decoded_in_bounded_time(flood, content):
    data = b"From: a@b\nTo: c@d\nContent-Transfer-Encoding: base64\n\n"
    (made,) = Opened(data + flood * 300_000).members.values()
    assert made == content * 300_000


def test_a_message_larger_than_the_memory_allowed():
    data = message("x.png", PNG) + b"x" * 1000
    found = Opened(mailbox(data), held=1000)
    assert list(found.members) == ["1.eml"]
    assert Opened(data, held=1000).members["x.png"] == "asset.too_large"
