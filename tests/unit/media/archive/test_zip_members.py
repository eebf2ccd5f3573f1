"""ZIP archives: what the directory lists, what local headers say, what neither shows."""

from __future__ import annotations

import random
import struct
import zipfile

import pytest
from support.archives import PLAIN, PNG, zipped
from support.hostile_archives import Entry, written, zip_in_its_own_tail
from unit.media.archive.opened import Opened

from provenance.media.archive import member


@pytest.mark.parametrize("method", [0, 8, 12, 14])
def test_every_compression_of_the_library_is_read(method):
    found = Opened(zipped({"a/x.png": PNG, "b.jpg": PLAIN}, method))
    assert found.members == {"a/x.png": PNG, "b.jpg": PLAIN}
    assert (found.codes, found.notes) == ([], {"a/x.png": [], "b.jpg": []})


@pytest.mark.parametrize(("method", "what"), [(9, "Deflate64"), (97, "WavPack"), (1234, "1234")])
def test_a_compression_that_is_not_read_is_said(method, what):
    one = Entry(b"x.png", PNG)
    one.method = method
    found = Opened(written([one, Entry(b"y.png", PNG)]))
    assert found.members == {"x.png": "member.unsupported", "y.png": PNG}
    assert what


@pytest.mark.parametrize(("flags", "method"), [(1, 8), (1, 0), (0, 99)])
def test_encrypted_members_are_counted_and_named(flags, method):
    one = Entry(b"secret.png", PNG, method, flags)
    found = Opened(written([one, Entry(b"y.png", PNG)]))
    assert found.members == {"y.png": PNG}
    assert found.codes == ["container.member_encrypted"]
    assert found.messages == ["encrypted files in it, which were not examined: 1 (secret.png)"]


def test_what_is_in_front_of_an_archive_does_not_hide_it():
    found = Opened(b"PK\3\4" + b"MZ" * 300 + zipped({"x.png": PNG}))
    assert found.members == {"x.png": PNG}


def test_an_archive_of_more_than_four_gigabytes_says_so_in_its_extra_fields():
    one = Entry(b"x.png", PNG, 0)
    body = one.local()
    one.extra = b"\1\0\x18\0" + struct.pack("<3Q", len(PNG), len(PNG), 0)
    listed = bytearray(one.listed(0))
    listed[20:28] = b"\xff" * 8
    listed[42:46] = b"\xff" * 4
    at = len(body) + len(listed)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(listed), len(body))
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    found = Opened(body + bytes(listed) + record + locator + end)
    assert (found.members, found.codes) == ({"x.png": PNG}, [])


@pytest.mark.parametrize("what", ["name", "compression", "size"])
def test_where_directory_and_local_header_disagree_both_are_examined(what):
    one = Entry(b"x.png", PNG, 0)
    if what == "name":
        one.local_name = b"other.png"
    elif what == "compression":
        one.method, one.local_method = 8, 0  # stored in truth, deflated by the directory
    else:
        one.local_packed = len(PNG)
        one.data, kept = one.data[:10], one.data
        body = one.local() + kept[10:]
        directory = one.listed(0)
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory), len(body), 0)
        data = body + directory + end
    found = Opened(data if what == "size" else written([one]))
    assert PNG in found.members.values()
    assert [
        codes
        for codes in found.notes.values()
        if codes and "container.member_disagrees" not in codes
    ] == []
    assert any(found.notes.values())


def test_entries_that_no_directory_lists_are_examined():
    hidden = Entry(b"hidden.png", PNG)
    shown = Entry(b"a.jpg", PLAIN, 0)
    body = hidden.local() + shown.local()
    directory = shown.listed(len(hidden.local()))
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory), len(body), 0)
    found = Opened(body + directory + end)
    assert found.members == {"a.jpg": PLAIN, "hidden.png": PNG}
    assert found.codes == ["container.member_unlisted"]


def test_an_entry_in_the_comment_is_examined():
    found = Opened(written([Entry(b"a.jpg", PLAIN)], comment=Entry(b"h.png", PNG).local()))
    assert found.members == {"a.jpg": PLAIN, "h.png": PNG}


@pytest.mark.parametrize("cut", [1, 22, 60])
def test_without_a_directory_entries_are_found_by_their_headers(cut):
    data = zipped({"x.png": PNG, "a.jpg": PLAIN})
    found = Opened(data[:-cut] if cut > 1 else data.replace(b"PK\5\6", b"PK\5\7"))
    assert found.members == {"x.png": PNG, "a.jpg": PLAIN}
    assert found.codes[0] == "container.damaged"


def test_entries_that_share_bytes_are_named():
    one, other = Entry(b"a.png", PNG, 0), Entry(b"b.png", PNG, 0)
    other.at = 0
    found = Opened(written([one, other]))
    assert list(found.members.values()).count(PNG) >= 2
    assert "container.entries_overlap" in found.codes


@pytest.mark.parametrize("flip", [900, 1200, -1])
def test_damage_costs_only_what_it_damages(flip):
    data = bytearray(written([Entry(b"x.png", PNG), Entry(b"a.jpg", PLAIN)]))
    start = 30 + len(b"x.png")
    if flip < 0:
        data[14:18] = data[data.rfind(b"PK\1\2") :][16:20]  # a check sum of another file
        at = data.find(b"PK\1\2")
        data[at + 16 : at + 20] = data[14:18]
    else:
        data[start + flip] ^= 0xFF
    found = Opened(bytes(data))
    assert found.members["a.jpg"] == PLAIN
    assert found.notes["x.png"] == ["container.member_damaged"]
    assert isinstance(found.members["x.png"], bytes)
    assert found.members["x.png"][: flip if flip > 0 else None] == PNG[: max(flip, 0) or None]


def test_an_archive_that_ends_early_gives_what_is_there():
    data = zipped({"a.jpg": PLAIN, "x.png": PNG}, zipfile.ZIP_STORED)
    found = Opened(data[: data.find(PNG) + 2000])
    assert found.members == {"a.jpg": PLAIN, "x.png": PNG[:2000]}
    assert found.notes["x.png"] == ["container.member_unlisted", "container.member_damaged"]


def test_names_of_members_are_text_and_never_places():
    names = [
        b"../x",
        b"/x",
        b"C:\\x",
        b"a\0b",
        b"x!/y",
        b"\x1b[2J",
        b"\xff",
        b"",
        b"s",
        b"s",
        b"s#2",
    ]
    found = Opened(written([Entry(name, b"%d" % n, 0) for n, name in enumerate(names)]))
    assert list(found.members) == [
        *("../x", "/x", "C:\\x", "a\ufffdb", "x%21/y", "\x1b[2J", "\udcff", "(no name)"),
        *("s", "s#2", "s#2#2"),
    ]
    assert set(found.codes) == {"container.member_names"}
    assert any("lead out of the archive" in message for message in found.messages), found.messages
    assert any("occur more than once" in message for message in found.messages), found.messages


def test_folders_are_no_members():
    assert Opened(written([Entry(b"d/", b"", 0), Entry(b"d/x.png", PNG)])).members == {
        "d/x.png": PNG
    }


def test_bounds_end_the_search_and_say_which_one(monkeypatch):
    many = zipped({f"{n}.png": PNG for n in range(9)})
    assert Opened(many, members=4).exhausted == "4 members examined (--max-members)"
    assert len(Opened(many, members=4).members) == 4
    assert "--max-unpacked" in Opened(many, unpacked=10_000).exhausted
    monkeypatch.setattr(member, "RATIO_FLOOR", 1 << 20)
    bomb = zipped({"zeros": bytes(3 << 20)})
    assert "--max-ratio" in Opened(bomb, ratio=1, held=1 << 30).exhausted
    assert Opened(bomb, held=1 << 20).members == {"zeros": "asset.too_large"}


def test_an_archive_in_its_own_tail_is_found():
    data = zip_in_its_own_tail(random.Random(1))  # noqa: S311 - nothing is drawn
    again = Opened(data).members["again.zip"]
    assert isinstance(again, bytes)
    assert data.endswith(again)
    assert Opened(again).members["x.png"] == PNG
