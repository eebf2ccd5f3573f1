"""tar archives of every form, and what in them is no file."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest
from support.archives import PLAIN, PNG, old_tarred, tarred
from support.hostile_archives import tar_header
from unit.media.archive.opened import Opened

from provenance.media.archive import member

FORMS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
WAYS = [lambda data: data, lambda data: gzip.compress(data, mtime=0)]
both = pytest.mark.parametrize("way", WAYS, ids=["plain", "compressed"])


@both
@pytest.mark.parametrize("form", FORMS)
def test_members_of_every_form_of_tar_are_read(way, form):
    long = "d" * 90 + "/" + "e" * 90 + "/x.png"
    files = {"a.jpg": PLAIN, long: PNG, "empty": b""}
    found = Opened(way(tarred(files, form)))
    assert (found.members, found.codes) == (files, [])


@both
def test_the_form_of_tar_without_a_magic_is_read(way):
    assert Opened(way(old_tarred("x.png", PNG))).members == {"x.png": PNG}


@both
def test_links_and_devices_are_counted_and_never_followed(way):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for kind in b"12346":
            entry = tarfile.TarInfo("link.png")
            entry.type, entry.linkname = bytes([kind]), "/etc/passwd"
            archive.addfile(entry)
        entry = tarfile.TarInfo("x.png")
        entry.size = len(PNG)
        archive.addfile(entry, io.BytesIO(PNG))
    found = Opened(way(made.getvalue()))
    assert found.members == {"x.png": PNG}
    assert found.codes == ["container.links"] * 4
    assert "devices, which are not followed: 2" in found.messages


@both
def test_archives_behind_one_another_are_all_read(way):
    found = Opened(way(tarred({"a.jpg": PLAIN}) + tarred({"x.png": PNG})))
    assert found.members == {"a.jpg": PLAIN, "x.png": PNG}


@both
@pytest.mark.parametrize("junk", [b"\1" * 5120, b"junk" * 1280], ids=["ones", "text"])
def test_bytes_that_are_no_header_of_tar_are_passed_over(way, junk):
    found = Opened(way(tarred({"a.jpg": PLAIN})[:-1024] + junk + tarred({"x.png": PNG})))
    members = {name: data for name, data in found.members.items() if data}
    assert members == {"a.jpg": PLAIN, "x.png": PNG}
    assert found.codes == ["container.damaged"]


@both
def test_a_member_that_the_archive_ends_in_is_given_in_part(way):
    data = tarred({"a.jpg": PLAIN, "x.png": PNG})
    start = data.find(PNG)
    found = Opened(way(data[: start + 1000]))
    assert found.members == {"a.jpg": PLAIN, "x.png": PNG[:1000]}
    assert found.notes["x.png"] == ["container.member_damaged"]


def test_the_parts_of_a_sparse_file_are_read_in_place():
    spots = b"%011o\0%011o\0" % (0, 512) + b"%011o\0%011o\0" % (1 << 20, len(PNG) - 512)
    head = tar_header(b"holes.png", b"%011o\0" % len(PNG), b"S", spots.ljust(96, b"\0"))
    found = Opened(head + PNG.ljust(4096, b"\0") + tarred({"a.jpg": PLAIN}))
    assert found.members == {"holes.png": PNG, "a.jpg": PLAIN}
    assert found.notes["holes.png"] == ["container.member_sparse"]


def test_the_newer_form_of_a_sparse_file_is_read():
    pax = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n31 GNU.sparse.name=d/holes.png\n"
    data = tar_header(b"p", b"%011o\0" % len(pax), b"x") + pax.ljust(512, b"\0")
    content = b"1\n0\n3701\n".ljust(512, b"\0") + PNG
    data += tar_header(b"GNUSparseFile.0/x", b"%011o\0" % len(content))
    found = Opened(data + content.ljust(4608, b"\0") + tarred({"a.jpg": PLAIN}))
    assert found.members == {"d/holes.png": PNG, "a.jpg": PLAIN}
    assert found.notes["d/holes.png"] == ["container.member_sparse"]


def test_a_size_without_end_takes_what_is_there():
    head = tar_header(b"huge.png", b"\x80" + b"\x7f" * 11)
    found = Opened(head + PNG)
    assert found.members == {"huge.png": PNG}
    assert found.notes["huge.png"] == ["container.member_damaged"]


def test_empty_blocks_without_end_are_counted_as_bytes(monkeypatch):
    monkeypatch.setattr(member, "RATIO_FLOOR", 1 << 20)
    bomb = gzip.compress(tarred({"x.png": PNG}) + bytes(3 << 20), mtime=0)
    found = Opened(bomb, ratio=1)
    assert found.members == {"x.png": PNG}
    assert "--max-ratio" in found.exhausted
