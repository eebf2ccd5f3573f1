"""Files that a user names: regular, bounded, and what reads them; new ones appear when whole."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from support.each import each

from provenance.base import files
from provenance.base.errors import ProvenanceError
from provenance.base.files import whole_file
from provenance.marks import known
from provenance.signing import crl
from provenance.signing import trust_checking as checking
from provenance.signing import trust_update as update
from provenance.verdict.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READERS: list[Callable[[str], object]] = [
    Policy.load,
    crl.load_crls,
    known.load_messages,
    checking.certificates_in,
    update.from_path,
]


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("a")
    assert files.read_small(tmp_path / "link", 5) == b"12345"
    with pytest.raises(OSError, match="larger than 4 bytes"):
        files.read_small(tmp_path / "a", 4)


@pytest.mark.parametrize("name", ["missing", "", "a\0b", "."])
def test_reading_what_is_no_file_is_an_error_with_a_reason(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"\S") as raised:
        files.read_small(os.path.join(tmp_path, name), 5)
    assert raised.value.strerror


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
@each("load", READERS, ids=lambda load: load.__module__)
@each("kind", ["fifo", "device"])
def test_loading_never_waits_for_a_fifo_or_reads_a_device(
    tmp_path: Path, load: Callable[[str], object], kind: str
) -> None:
    path = "/dev/zero"
    if kind == "fifo":
        path = str(tmp_path / "fifo")
        os.mkfifo(path)
    with pytest.raises(ProvenanceError, match="not a regular file") as raised:
        load(path)
    assert path in str(raised.value)


@pytest.mark.parametrize("load", READERS, ids=lambda load: load.__module__)
def test_a_file_that_cannot_be_used_is_an_error_in_our_own_words(
    tmp_path: Path, load: Callable[[str], object]
) -> None:
    """No library's own error is passed on."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(1000))
    with pytest.raises(ProvenanceError) as raised:
        load(str(path))
    said = str(raised.value)
    assert said.isprintable()
    assert "codec" not in said
    assert "Error" not in said


def write(path, data=b"new", *, fails=False):
    with whole_file(path) as file:
        file.write(data)
        if fails:
            raise KeyboardInterrupt


def test_a_file_appears_under_its_name_when_it_is_whole(tmp_path) -> None:
    path = tmp_path / "a"
    write(path)
    assert path.read_bytes() == b"new"
    mask = os.umask(0o077)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_writing_that_breaks_off_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "a"
    with pytest.raises(KeyboardInterrupt):
        write(path, fails=True)
    assert not list(tmp_path.iterdir())
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write(path, fails=True)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_file_that_was_private_stays_so(tmp_path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on this system")
def test_a_link_stays_and_a_device_is_no_file(tmp_path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    null = tmp_path / "null"
    null.symlink_to("/dev/null")
    write(null)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_writing_into_a_folder_that_does_not_exist_is_an_error(tmp_path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write(tmp_path / "none" / "a")
    with pytest.raises(IsADirectoryError):
        write(tmp_path)
