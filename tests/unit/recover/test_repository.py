"""A repository in a folder: what goes in comes out, and a hostile one leads nowhere."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each
from support.fixture import AI
from support.pki import FIXTURES, Who
from support.soft_bound import ALGORITHM, LABEL, VALUE, edited, signed, soft_binding
from support.writer import Manifest

from provenance.base.errors import AssetError, RepositoryError
from provenance.kit.claims import created
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file, store_of
from provenance.recover.keeping import listing
from provenance.recover.keeping import store_of as fit
from provenance.recover.repository import INDEX, STORES, Repository

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "urn:c2pa:00000000-0000-4000-8000-000000000821"
THIRD = "urn:c2pa:00000000-0000-4000-8000-000000000822"
ISCC = "io.iscc.v0"
STORE = store_of(signed()).data


def filled(folder: Path, *stores: bytes) -> Path:
    with Repository.create(folder) as repository:
        for one in stores or (STORE,):
            repository.add(one)
    return folder


def test_a_store_that_was_added_is_found_by_its_binding(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "repository"
    with Repository.create(folder) as repository:
        added = repository.add(STORE)
        assert added.new
        assert [one.algorithm for one in added.bindings] == [ALGORITHM]
        assert not repository.add(STORE).new
    with Repository.open(folder) as repository:
        ((held, alike),) = (
            (h.held, h.similarity) for h in repository.find(ALGORITHM, VALUE.encode(), 10)
        )
        assert alike == 100
        assert (held.manifest, held.size) == (LABEL, len(STORE))
        assert repository.manifest(LABEL) == STORE
        assert repository.manifest(OTHER) is None
        assert list(repository.all()) == [held]
        assert repository.algorithms() == (ALGORITHM,)
        for algorithm, value in ((ALGORITHM, b"2*"), ("com.adobe.trustmark.Q", VALUE.encode())):
            assert repository.find(algorithm, value, 10) == ()
        (shown,) = listing(repository, held)
        assert shown["blocks"][0]["value"] == VALUE


def test_text_and_bytes_are_the_same_value(tmp_path: Path) -> None:
    folder = filled(tmp_path / "r", store_of(signed(soft_binding(VALUE.encode()))).data)
    with Repository.open(folder) as repository:
        assert len(repository.find(ALGORITHM, VALUE.encode(), 1)) == 1


def test_several_stores_of_one_mark_come_in_order_and_are_bounded(tmp_path: Path) -> None:
    labels = [LABEL, OTHER]
    folder = filled(tmp_path / "r", store_of(edited(signed(), OTHER)).data, STORE)
    with Repository.open(folder) as repository:
        assert [h.held.manifest for h in repository.find(ALGORITHM, VALUE.encode(), 10)] == labels
        assert [h.held.manifest for h in repository.find(ALGORITHM, VALUE.encode(), 1)] == labels[
            :1
        ]


def test_fingerprints_that_are_close_are_found(tmp_path: Path) -> None:
    body = int.from_bytes(bytes(range(32)), "big")
    codes = [b"\x21\x07" + (body ^ flips).to_bytes(32, "big") for flips in (0, 0b111, 2**128 - 1)]
    stores = [
        store_of(signed(soft_binding(b"\x40\x07" + bytes([n] * 32) + code, ISCC), label=label)).data
        for n, (code, label) in enumerate(zip(codes, (LABEL, OTHER, THIRD), strict=True))
    ]
    with Repository.open(filled(tmp_path / "r", *stores)) as repository:
        found = [(h.held.manifest, h.similarity) for h in repository.find(ISCC, codes[0], 10)]
        assert found == [(LABEL, 100), (OTHER, 98)]
        assert len(repository.find(ISCC, codes[0], 1)) == 1
        exact = repository.find(ISCC, b"\x40\x07" + bytes([2] * 32), 10)
        assert [h.held.manifest for h in exact] == [THIRD]
        for nothing in (b"", b"junk", b"\x21\x07" + bytes(32), b"\x20\x07" + codes[0][2:]):
            assert repository.find(ISCC, nothing, 10) == ()


def test_an_identifier_is_not_taken_over_by_another_store(tmp_path: Path) -> None:
    folder = filled(tmp_path / "r")
    with Repository.create(folder) as repository:
        with pytest.raises(RepositoryError, match="is there"):
            repository.add(store_of(signed(who=Who.STRANGER)).data)
        assert repository.manifest(LABEL) == STORE
    assert len(list((folder / STORES).iterdir())) == 1


@pytest.mark.parametrize("data", [b"", b"junk", STORE[:-20], STORE[:40] + bytes(2000)])
def test_a_file_without_a_sound_store_is_not_added(tmp_path: Path, data: bytes) -> None:
    with Repository.create(tmp_path / "r") as repository:
        with pytest.raises(RepositoryError, match="cannot be read"):
            repository.add(data)
        assert list(repository.all()) == []
    assert list((tmp_path / "r" / STORES).iterdir()) == []


def test_reading_a_repository_writes_nothing(tmp_path: Path) -> None:
    folder = filled(tmp_path / "r")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with Repository.open(folder) as repository:
        repository.find(ALGORITHM, VALUE.encode(), 1)
        repository.manifest(LABEL)
        with pytest.raises(RepositoryError):
            repository.add(store_of(edited(signed(), OTHER)).data)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "holiday.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    with pytest.raises(RepositoryError, match="is not a repository"):
        Repository.open(tmp_path / "none")
    with pytest.raises(RepositoryError, match="is not a repository"):
        Repository.open(tmp_path / "other")
    with pytest.raises(RepositoryError, match="other files"):
        Repository.create(tmp_path / "other")
    with pytest.raises(RepositoryError):
        Repository.create(tmp_path / "file")


def begun(folder: Path) -> None:
    """Leave an index as one who is killed while its pages are written, with its journal."""
    away = folder.with_name("away")
    away.mkdir()
    with closing(sqlite3.connect(away / INDEX, isolation_level=None)) as index:
        index.execute("PRAGMA cache_size = 1")
        index.execute("BEGIN IMMEDIATE")
        for number in range(40):
            index.execute(f"CREATE TABLE t{number} (a)")
        for path in away.iterdir():
            shutil.copy(path, folder)
    assert (folder / INDEX).stat().st_size
    assert (folder / f"{INDEX}-journal").stat().st_size


@each(
    ("index", "journal"),
    [(None, None), (b"", None), (b"", b"\xd9\xd5\x05\xf9 \xa1c\xd7"), (None, b""), (begun, None)],
)
def test_a_repository_whose_maker_was_killed_is_made_by_the_next(
    tmp_path: Path, index: Any, journal: bytes | None
) -> None:
    folder = tmp_path / f"{index}{journal!r}"
    folder.mkdir()
    if index is begun:
        begun(folder)
    elif index is not None:
        (folder / INDEX).write_bytes(index)
    if journal is not None:
        (folder / f"{INDEX}-journal").write_bytes(journal)
    with Repository.create(folder) as repository:
        assert repository.add(STORE).new
    with Repository.open(folder) as repository:
        assert repository.manifest(LABEL) == STORE
    assert sorted(path.name for path in folder.iterdir()) == [INDEX, STORES]


def test_an_index_without_a_folder_of_stores_gets_one(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    Repository.create(folder)._index.close()
    (folder / STORES).rmdir()
    with Repository.create(folder) as repository:
        assert repository.add(STORE).new


def test_an_index_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_bytes(b"SQLite format 3\0" + os.urandom(5000))
    with pytest.raises(RepositoryError):
        Repository.open(tmp_path)
    (tmp_path / INDEX).unlink()
    with sqlite3.connect(tmp_path / INDEX) as made:
        made.execute("CREATE TABLE store (digest, manifest, size)")
    made.close()
    with pytest.raises(RepositoryError, match="not one of a repository"):
        Repository.open(tmp_path)


def change(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / INDEX) as index:
        index.execute(statement)
    index.close()


@pytest.mark.parametrize("digest", ["../../../etc/passwd", "x" * 64, "A" * 64, ""])
def test_an_index_does_not_lead_out_of_the_folder(tmp_path: Path, digest: str) -> None:
    folder = filled(tmp_path / "r")
    change(folder, f"UPDATE store SET digest = '{digest}'")  # noqa: S608 - a digest of the test's own
    with Repository.open(folder) as repository, pytest.raises(RepositoryError, match="damaged"):
        repository.manifest(LABEL)


def test_a_store_that_was_changed_or_removed_is_not_given(tmp_path: Path) -> None:
    folder = filled(tmp_path / "r")
    (place,) = (folder / STORES).iterdir()
    place.write_bytes(STORE + b"\0")
    with Repository.open(folder) as repository:
        with pytest.raises(RepositoryError, match="was changed"):
            repository.manifest(LABEL)
        place.unlink()
        with pytest.raises(RepositoryError, match="damaged"):
            repository.manifest(LABEL)
        (held,) = repository.all()
        with pytest.raises(RepositoryError, match="damaged"):
            listing(repository, held)


def test_only_files_with_a_sound_credential_are_fit_for_a_repository(tmp_path: Path) -> None:
    assert fit(FIXTURES / "plain-for-sidecar.jpg") == fit(FIXTURES / "plain-for-sidecar.c2pa")
    assert fit(FIXTURES / "ai-generated.png")[4:8] == b"jumb"
    for name in ("tampered.png", "bad-signature.jpg", "edited-assertion.jpg"):
        with pytest.raises(RepositoryError, match="broken"):
            fit(FIXTURES / name)
    for name in ("plain.jpg", "truncated.png", "remote-only.jpg"):
        with pytest.raises(RepositoryError, match="no credential"):
            fit(FIXTURES / name)
    with pytest.raises(AssetError):
        fit(tmp_path / "missing.jpg")


def test_a_store_without_a_soft_binding_is_kept_by_its_identifier(tmp_path: Path) -> None:
    data = store_of(signed_file(gradient_jpeg(), Manifest(OTHER, (created(AI),)))).data
    with Repository.create(tmp_path / "r") as repository:
        assert repository.add(data).bindings == ()
        assert repository.manifest(OTHER) == data
        assert repository.algorithms() == ()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TRIGGER t AFTER INSERT ON store BEGIN DELETE FROM store; END",
        "CREATE VIEW more AS SELECT 1",
        (
            "DROP TABLE unit; CREATE VIEW unit AS WITH RECURSIVE n(i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS main, i AS sub FROM n"
        ),
        "CREATE INDEX more ON binding (length(value))",
    ],
)
def test_an_index_with_another_schema_is_refused(change: str, tmp_path: Path) -> None:
    """A folder may come from somebody else, and a schema is code."""
    filled(tmp_path / "r")
    with closing(sqlite3.connect(tmp_path / "r" / INDEX)) as db:
        db.executescript(change)
    for use in (Repository.open, Repository.create):
        with pytest.raises(RepositoryError, match="not an index that this program made"):
            use(tmp_path / "r")
