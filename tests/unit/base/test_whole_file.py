"""Files that appear when they are whole."""

from __future__ import annotations

import os
import stat

import pytest

from provenance.base.whole_file import whole_file


def write(path, data=b"new", *, fails=False):
    with whole_file(path) as file:
        file.write(data)
        if fails:
            raise KeyboardInterrupt


def test_it_is_there_at_the_end(tmp_path) -> None:
    path = tmp_path / "a"
    write(path)
    assert path.read_bytes() == b"new"
    mask = os.umask(0o077)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_what_breaks_off_leaves_the_old_one(tmp_path) -> None:
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


def test_a_folder_that_is_not_there(tmp_path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write(tmp_path / "none" / "a")
    with pytest.raises(IsADirectoryError):
        write(tmp_path)
