"""Files that a user names: regular, bounded, and what reads them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from provenance.base import small_file
from provenance.base.errors import ProvenanceError
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
    crl.load,
    known.load,
    checking.read,
    update.from_path,
]


def test_a_file_of_exactly_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("a")
    assert small_file.read(tmp_path / "link", 5) == b"12345"
    with pytest.raises(OSError, match="larger than 4 bytes"):
        small_file.read(tmp_path / "a", 4)


@pytest.mark.parametrize("name", ["missing", "", "a\0b", "."])
def test_what_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"\S") as raised:
        small_file.read(os.path.join(tmp_path, name), 5)
    assert raised.value.strerror


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
@pytest.mark.parametrize("load", READERS, ids=lambda load: load.__module__)
@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_nothing_waits_for_a_fifo_or_reads_a_device(
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
def test_what_is_read_is_said_in_words(tmp_path: Path, load: Callable[[str], object]) -> None:
    """No library's own error is passed on."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(1000))
    with pytest.raises(ProvenanceError) as raised:
        load(str(path))
    said = str(raised.value)
    assert said.isprintable()
    assert "codec" not in said
    assert "Error" not in said
