"""Some of the archives that were made to harm; `support.hostile_archives` has the rest."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest
from support.each import each
from support.hostile_archives import KINDS, MEMORY, examined, make, measured

from provenance.media.asset import Asset

# Those that take a while to make, and of which the command has many.
HEAVY = {"zip_bomb", "zip_bombs_within", "packed_bomb", "pdf_bomb", "mail_box", "zip_of_many"}
LIGHT = [n for n, kind in enumerate(KINDS) if kind.__name__ not in HEAVY]


@pytest.mark.skipif(sys.platform == "win32", reason="costs are not told there")
@each("seed", [*LIGHT, *(len(KINDS) + n for n in LIGHT)])
def test_each_hostile_archive_ends_with_a_record_of_its_own(seed, tmp_path):
    path = tmp_path / "hostile.bin"
    path.write_bytes(make(seed)[1])
    assert examined(str(path)).records >= 1
    assert [one.name for one in tmp_path.iterdir()] == ["hostile.bin"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is told in other units")
@pytest.mark.parametrize("kind", ["zip_bombs_within", "packed_bomb", "pdf_bomb"])
def test_bombs_take_no_more_memory_than_is_allowed(kind):
    seed = next(n for n, one in enumerate(KINDS) if one.__name__ == kind)
    with tempfile.TemporaryDirectory() as folder:
        _, cost = measured(seed, folder)
        assert cost.memory < MEMORY
        assert [one.name for one in Path(folder).iterdir()] == ["hostile.bin"]


def test_the_same_seed_makes_the_same_hostile_archive():
    for seed in LIGHT[:12]:
        assert make(seed) == make(seed)


def test_a_part_of_a_file_is_read_where_it_is(tmp_path):
    """An archive of any size costs no memory where its files are stored as they are."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(3 << 30)
        file.seek(2 << 30)
        file.write(b"here")
    with Asset.open(path) as asset, asset.part(2 << 30, 8, "part") as part:
        assert part.read(0, 100) == b"here\0\0\0\0"
        assert (part.size, part.held, part.has_path) == (8, 0, False)
        with part.part(1, 2, "inner") as inner:
            assert inner.stream().read() == b"er"
            assert inner.content() == b"er"
