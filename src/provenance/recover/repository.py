"""A repository of manifest stores in a folder, found again by their soft bindings.

`stores/<sha256>.c2pa` holds each manifest store as it was, `index.sqlite3` which soft bindings lead
to it. An identifier leads to one store only, the one that was added first. Reading writes nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Self

from provenance.base import database
from provenance.base.errors import AssetError, RepositoryError
from provenance.base.files import whole_file
from provenance.base.text import clean
from provenance.base.values import dataclass
from provenance.credentials import store
from provenance.credentials.locate import MAX_STORE
from provenance.marks import declared, iscc_seq
from provenance.media.asset import Asset

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from types import TracebackType

    from provenance.marks.soft_binding import SoftBinding

INDEX = "index.sqlite3"
STORES = "stores"
_FIRST = {INDEX, f"{INDEX}-journal"}  # all there is of one that was not finished
_APPLICATION = 0x50524F56  # SQLite's application_id: "PROV"
_VERSION = 2
_MAX_ASKED = 8  # units of one question: each is checked against all that are kept
_WAIT = 30.0  # seconds for another process that is adding
_TABLES = (
    """CREATE TABLE IF NOT EXISTS store (
        digest TEXT PRIMARY KEY, manifest TEXT NOT NULL UNIQUE, size INTEGER NOT NULL
    ) WITHOUT ROWID""",
    # A value may have 64 KiB: its digest is what is looked up.
    """CREATE TABLE IF NOT EXISTS binding (
        algorithm TEXT NOT NULL, value BLOB NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (algorithm, value, digest)
    ) WITHOUT ROWID""",
    # Fingerprints are compared, not looked up: all of a kind are read.
    """CREATE TABLE IF NOT EXISTS unit (
        main INTEGER NOT NULL, sub INTEGER NOT NULL, body BLOB NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (main, sub, body, digest)
    ) WITHOUT ROWID""",
)


@dataclass(frozen=True, slots=True)
class Held:
    """A manifest store of the repository: its active manifest, SHA-256 and size in bytes."""

    manifest: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A store that was found; `similarity` is 100 where it declares the very value."""

    held: Held
    similarity: int


@dataclass(frozen=True, slots=True)
class Added:
    """What `Repository.add` did. `new` is false where the very same store was there already."""

    held: Held
    bindings: tuple[SoftBinding, ...]
    new: bool


class Repository:
    """An open repository. Use `open` or `create`, as a context manager; not between threads."""

    def __init__(
        self, folder: Path, index: sqlite3.Connection, guard: database.ConnectionGuard
    ) -> None:
        self._folder = folder
        self._index = index
        self._guard = guard

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Self:
        """Open a repository for reading. Raises RepositoryError."""
        path = Path(folder)
        if not (path / INDEX).is_file():
            raise RepositoryError(
                f"{path} is not a repository: make one with `provenance repository add`"
            )
        return cls(path, *_connect(path / INDEX, "ro"))

    @classmethod
    def create(cls, folder: str | os.PathLike[str]) -> Self:
        """Open a repository for adding, and make it where there is none.

        Raises RepositoryError, also for a folder that holds something else.
        """
        path = Path(folder)
        try:
            path.mkdir(parents=True, exist_ok=True)
            indexed = (path / INDEX).exists() and (path / INDEX).stat().st_size > 0
            if not indexed and any(entry.name not in _FIRST for entry in path.iterdir()):
                raise RepositoryError(
                    f"{path} holds other files: name a new folder, or a repository"
                )
            repository = cls(path, *_connect(path / INDEX, "rwc", make=True))
            with contextlib.ExitStack() as undo:
                undo.callback(repository._index.close)
                (path / STORES).mkdir(exist_ok=True)
                undo.pop_all()
        except OSError as e:
            raise RepositoryError(f"{path}: {(e.strerror or str(e)).lower()}") from e
        return repository

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._index.close()

    def add(self, data: bytes) -> Added:
        """Keep a manifest store under the soft bindings that speak of its asset.

        Raises RepositoryError where it cannot be read, is too large, or where another store with
        the same active manifest is there.
        """
        if len(data) > MAX_STORE:
            raise RepositoryError(f"a manifest store of over {MAX_STORE} bytes")
        try:
            parsed = store.parse_store(data)
        except store.StoreError as e:
            raise RepositoryError(f"the manifest store cannot be read: {e}") from e
        bindings = declared.read_for_asset(parsed)
        held = Held(parsed.active, hashlib.sha256(data).hexdigest(), len(data))
        with _faults(self._folder), self._index:
            self._index.execute("BEGIN IMMEDIATE")
            known = self._store_where("manifest = ?", held.manifest)
            self._guard.again()
            if known is not None and known.digest != held.digest:
                raise RepositoryError("another manifest store with this active manifest is there")
            if known is None:
                self._index.execute(
                    "INSERT INTO store VALUES (?, ?, ?)", (held.digest, held.manifest, held.size)
                )
                rows = {
                    (binding.algorithm, _key(block.value), held.digest)
                    for binding in bindings
                    for block in binding.blocks
                }
                self._index.executemany("INSERT INTO binding VALUES (?, ?, ?)", sorted(rows))
                kept = {
                    (unit.main, unit.sub, unit.body, held.digest)
                    for binding in bindings
                    if binding.algorithm == iscc_seq.ALGORITHM
                    for block in binding.blocks
                    for unit in iscc_seq.units(block.value)
                    if unit.counts
                }
                self._index.executemany("INSERT INTO unit VALUES (?, ?, ?, ?)", sorted(kept))
            self._write(held.digest, data)
        return Added(held, bindings, known is None)

    def find(self, algorithm: str, value: bytes, limit: int) -> tuple[Hit, ...]:
        """Return up to `limit` stores that declare this soft binding, the likest first.

        Values are compared exactly, but for ISCCs, of which those that are close are found.
        """
        rows = self._rows(
            "SELECT manifest, digest, size FROM binding JOIN store USING (digest)"
            " WHERE algorithm = ? AND value = ? ORDER BY manifest LIMIT ?",
            (algorithm, _key(value), limit),
        )
        hits = {held.digest: Hit(held, 100) for held in map(_as_held, rows)}
        if algorithm == iscc_seq.ALGORITHM:
            asked = tuple(dict.fromkeys(iscc_seq.units(value)))[:_MAX_ASKED]
            for hit in self._like(asked):
                hits.setdefault(hit.held.digest, hit)
        return tuple(hits.values())[:limit]

    def _like(self, asked: tuple[iscc_seq.IsccUnit, ...]) -> list[Hit]:
        best: dict[str, int] = {}
        for main, sub in sorted({(unit.main, unit.sub) for unit in asked if unit.counts}):
            rows = self._rows(
                "SELECT body, digest FROM unit WHERE main = ? AND sub = ?", (main, sub)
            )
            for body, digest in rows:
                if not isinstance(body, bytes) or not isinstance(digest, str):
                    raise RepositoryError("the index of the repository is damaged")
                alike = iscc_seq.similarity(asked, (iscc_seq.IsccUnit(main, sub, 0, body),))
                if alike is not None and alike >= iscc_seq.CLOSE:
                    best[digest] = max(alike, best.get(digest, 0))
        hits = [
            Hit(held, alike)
            for digest, alike in best.items()
            if (held := self._store_where("digest = ?", digest)) is not None
        ]
        hits.sort(key=lambda hit: (-hit.similarity, hit.held.manifest))
        return hits

    def manifest(self, label: str) -> bytes | None:
        """Return the store whose active manifest bears this label; None where there is none.

        Raises RepositoryError where the file is missing or is not what was added.
        """
        held = self._store_where("manifest = ?", label)
        return None if held is None else self.read(held)

    def read(self, held: Held) -> bytes:
        """Return the bytes of a store. Raises RepositoryError as `manifest` does."""
        path = self._folder / STORES / f"{held.digest}.c2pa"
        try:
            with Asset.open(path, max_size=MAX_STORE) as file:
                data = file.read(0, file.size)
        except AssetError as e:
            raise RepositoryError(f"the repository is damaged: {path.name}: {e}") from e
        if hashlib.sha256(data).hexdigest() != held.digest:
            raise RepositoryError(f"the repository is damaged: {path.name} was changed")
        return data

    def all(self) -> Iterator[Held]:
        """Yield every store, sorted by its active manifest."""
        for row in self._rows("SELECT manifest, digest, size FROM store ORDER BY manifest", ()):
            yield _as_held(row)

    def algorithms(self) -> tuple[str, ...]:
        """Return the algorithms of all soft bindings, sorted."""
        rows = self._rows("SELECT DISTINCT algorithm FROM binding ORDER BY algorithm", ())
        return tuple(str(row[0]) for row in rows)

    def _store_where(self, condition: str, value: str) -> Held | None:
        query = f"SELECT manifest, digest, size FROM store WHERE {condition}"  # noqa: S608 - ours
        row = next(self._rows(query, (value,)), None)
        return None if row is None else _as_held(row)

    def _rows(self, query: str, values: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
        with _faults(self._folder):
            self._guard.renew()
            yield from self._index.execute(query, values)

    def _write(self, digest: str, data: bytes) -> None:
        """Put a store into its place in one step, so that nobody reads half of it."""
        place = self._folder / STORES / f"{digest}.c2pa"
        if place.is_file():
            return
        with whole_file(place) as file:
            file.write(data)


def _key(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()


def _as_held(row: tuple[object, ...]) -> Held:
    manifest, digest, size = row
    good = isinstance(manifest, str) and isinstance(digest, str) and isinstance(size, int)
    # The digest becomes a file name: an index made by somebody else must not lead out of here.
    if not good or len(str(digest)) != 64 or not set(str(digest)) <= set("0123456789abcdef"):
        raise RepositoryError("the index of the repository is damaged")
    return Held(str(manifest), str(digest), int(str(size)))


def _connect(
    place: Path, mode: str, *, make: bool = False
) -> tuple[sqlite3.Connection, database.ConnectionGuard]:
    uri = f"{place.absolute().as_uri()}?mode={mode}"
    with _faults(place):
        index = sqlite3.connect(uri, uri=True, timeout=_WAIT, isolation_level=None)
        with contextlib.ExitStack() as undo:
            undo.callback(index.close)
            guard = database.ConnectionGuard(index, place)
            if make and index.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None:
                with index:
                    index.execute("BEGIN IMMEDIATE")
                    for table in _TABLES:
                        index.execute(table)
                    index.execute(f"PRAGMA application_id = {_APPLICATION}")
                    index.execute(f"PRAGMA user_version = {_VERSION}")
            marks = [
                index.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version")
            ]
            if marks != [_APPLICATION, _VERSION]:
                raise RepositoryError("the index is not one of a repository of this version")
            if why := database.stranger(index, _TABLES):
                raise RepositoryError(f"{place}: not an index that this program made: {clean(why)}")
            undo.pop_all()
    return index, guard


@contextlib.contextmanager
def _faults(place: object) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as e:
        raise RepositoryError(f"{place}: the index cannot be used: {e}") from e
    except OSError as e:
        raise RepositoryError(f"{place}: {(e.strerror or str(e)).lower()}") from e
