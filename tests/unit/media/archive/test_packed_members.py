"""Single compressed streams, whole and damaged."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import sys
import zlib

import pytest
from support import archives
from support.archives import PNG, tarred
from unit.media.archive.opened import Opened

PACKERS = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": archives.zstd,
}
each = pytest.mark.parametrize("ending", PACKERS)


@each
def test_the_file_that_is_compressed_is_the_member(ending):
    found = Opened(PACKERS[ending](PNG), f"folder/x.png.{ending}")
    assert (found.members, found.codes) == ({"x.png": PNG}, [])


@each
def test_streams_behind_one_another_are_one_file(ending):
    half = len(PNG) // 2
    pack = PACKERS[ending]
    data = pack(PNG[:half]) + pack(b"") + pack(PNG[half:])
    assert Opened(data, f"x.png.{ending}").members == {"x.png": PNG}


def test_gzip_says_what_the_file_was_called():
    made = bytearray(gzip.compress(PNG, mtime=0))
    made[3] |= 2 | 4 | 8 | 16
    made[10:10] = b"\3\0abc" + b"inner.png\0" + b"a comment\0" + b"\0\0"
    assert Opened(bytes(made), "x.gz").members == {"inner.png": PNG}


@pytest.mark.parametrize(("name", "inner"), [("a.tgz", "a.tar"), ("x", "x"), (".gz", ".gz")])
def test_a_compressed_file_is_named_without_its_ending(name, inner):
    assert list(Opened(gzip.compress(PNG, mtime=0), name).members) == [inner]


@pytest.mark.parametrize("at", [-1, -6], ids=["size", "check sum"])
def test_a_wrong_check_sum_of_gzip_costs_nothing(at):
    made = bytearray(gzip.compress(PNG, mtime=0))
    made[at] ^= 1
    found = Opened(bytes(made), "x.png.gz")
    assert (found.members, found.notes["x.png"]) == ({"x.png": PNG}, ["container.member_damaged"])


def test_damage_in_the_middle_keeps_what_came_before():
    noise = random.Random(1).randbytes(200_000)  # noqa: S311 - the same every time
    made = bytearray(gzip.compress(PNG + noise, mtime=0))
    made[len(made) // 2 :] = b"\xff" * (len(made) // 2)
    found = Opened(bytes(made), "x.png.gz")
    content = found.members["x.png"]
    assert isinstance(content, bytes)
    assert content.startswith(PNG)
    assert found.notes["x.png"] == ["container.member_damaged"]


@each
def test_a_compressed_stream_that_ends_early_gives_what_is_there(ending):
    found = Opened(PACKERS[ending](PNG)[:-30], f"x.png.{ending}")
    (content,) = found.members.values()
    if isinstance(content, bytes):
        assert PNG.startswith(content)
        assert found.notes["x.png"] == ["container.member_damaged"]
    else:
        assert content == "member.damaged"


@each
def test_bytes_after_a_compressed_stream_do_not_hide_its_file(ending):
    assert Opened(PACKERS[ending](PNG) + b"more", f"x.png.{ending}").members == {"x.png": PNG}


def test_a_tar_archive_that_is_cut_within_its_compression():
    data = gzip.compress(tarred({"x.png": PNG, "y.bin": bytes(range(256)) * 400}), mtime=0)
    found = Opened(data[:-60], "a.tar.gz")
    assert found.members["x.png"] == PNG
    assert "container.damaged" in found.codes


def test_zstandard_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert Opened(archives.zstd(PNG), "x.png.zst").members == {"x.png": "member.unsupported"}


def test_a_dictionary_that_takes_too_much_memory_is_refused():
    data = bytearray(lzma.compress(PNG))
    assert data[14:16] == b"\x21\x01"  # LZMA2, one byte of properties: the dictionary's size
    data[16] = 40
    data[20:24] = zlib.crc32(data[12:20]).to_bytes(4, "little")
    assert Opened(bytes(data), "x.xz").members == {"x": "member.damaged"}


@each
def test_empty_streams_without_end_are_given_up(ending):
    pack = PACKERS[ending]
    found = Opened(pack(b"") * 10_010 + pack(PNG), f"x.png.{ending}")
    assert found.members == {"x.png": "member.damaged"}
