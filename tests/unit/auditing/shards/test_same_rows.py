"""Rows of a store are those of a disk: over all real files, and over two thousand ordinary ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench import audit
from support.object_store import ObjectStore
from support.sharding import part, planned, ran
from support.shared import CORPUS, REASON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORDINARY = 2_000


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    with ObjectStore() as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
@pytest.mark.parametrize("whole_below", [1, 4 << 20], ids=["by ranges", "whole"])
def test_the_corpus_gives_the_same_rows(
    server: ObjectStore, tmp_path: Path, whole_below: int
) -> None:
    _compare(server, CORPUS, tmp_path, whole_below)


def test_two_thousand_ordinary_files_give_the_same_rows(
    server: ObjectStore, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    audit.make(folder, ORDINARY)
    rows = _compare(server, folder, tmp_path, 4 << 20)
    assert len(rows) == ORDINARY


def _compare(
    server: ObjectStore, folder: Path, tmp_path: Path, whole_below: int
) -> list[dict[str, object]]:
    """Run both; every column has to be the same but when the file was last changed."""
    server.put_folder("bucket", folder)
    found = []
    for source, out in ((str(folder), tmp_path / "disk"), ("s3://bucket", tmp_path / "store")):
        made = planned(source, out, 10_000)
        done = ran(made, out, workers=2, whole_below=whole_below)
        assert done.done == done.objects > 0
        rows = part(out)
        assert len({row["path"] for row in rows}) == len(rows)
        found.append([{k: v for k, v in row.items() if k != "modified"} for row in rows])
    assert found[0] == found[1]
    return found[1]
