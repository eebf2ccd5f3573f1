"""Which objects a source has, in the order of their keys, each once, and what is next to each.

All names go through a temporary database: a listing may be longer than memory, comes in no order,
and may name one object twice. It takes some 200 bytes a name, in the folder that TMPDIR names.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from provenance.auditing.plan import Filters, Plan
from provenance.auditing.shards import inventory, names, stores
from provenance.auditing.shards.object_lists import key_bytes
from provenance.auditing.shards.shard_plan import ListedObject
from provenance.auditing.sources import Sources
from provenance.base.errors import AssetError, AuditError
from provenance.base.text import clean, printable_path
from provenance.media import neighbours
from provenance.media.asset import status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TABLE = """CREATE TABLE names(
    key BLOB PRIMARY KEY, size INTEGER, modified INTEGER, etag TEXT, code TEXT,
    message TEXT, wanted INTEGER
) WITHOUT ROWID"""
_COLUMNS = "key, size, modified, etag, code, message"
# What cannot be examined gives way to what can be: an object is not lost to a line about it. Two
# objects of one name are one that cannot be examined: which of them would be asked for?
_AMBIGUOUS = "plan.ambiguous"
_INSERT = f"""INSERT INTO names VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(key) DO UPDATE SET
    size = excluded.size, modified = excluded.modified, etag = excluded.etag,
    wanted = max(names.wanted, excluded.wanted),
    code = iif(names.code IS NULL, '{_AMBIGUOUS}', NULL),
    message = iif(names.code IS NULL, 'listed twice, with different ETags', NULL)
    WHERE excluded.code IS NULL AND (names.code IS NOT NULL AND names.code <> '{_AMBIGUOUS}'
        OR names.code IS NULL AND names.etag <> excluded.etag)"""
_MEMORY = "PRAGMA cache_size = -65536"  # KiB
MAX_NAMES = 20_000_000_000
_BATCH = 5_000  # names after which somebody is told how far it is


@dataclass(frozen=True, slots=True)
class ListingRequest:
    """What is to be listed: everything below `source`, a folder or the address of a store.

    `out` is where the plan goes: what is below it is not listed. `follow_links` goes through links
    to folders.

    Instead of listing it, the names can be taken from a table, `manifest`, whose `column` has them
    (see `auditing.sources`), or from an S3 Inventory, whose `manifest.json` is at `inventory`.
    """

    source: str
    filters: Filters = field(default_factory=Filters)
    out: str | None = None
    follow_links: bool = False
    manifest: str | None = None
    column: str = "path"
    inventory: str | None = None


class Listing:
    """An iterable of the objects of a source; see `shard_plan.ListedObject`.

    `seen` counts the names that were listed so far, `left_out` those that filters kept away, and
    `markers` the empty objects that mark folders of a store. They are complete at the end.

    Iterating raises AuditError: `plan.unreadable` where the source is not a folder, or where there
    is no room for the temporary database, `store.unusable` where a store cannot be listed.
    """

    def __init__(self, wanted: ListingRequest, told: Callable[[int], None] | None = None) -> None:
        self._wanted = wanted
        self._told = told
        self._store = stores.open_store(wanted.source)
        self._own = _prefix_of_plan(self._store.address, wanted.out)
        self.seen = self.left_out = self.markers = 0

    def __iter__(self) -> Iterator[ListedObject]:
        """List anew."""
        self.seen = self.left_out = self.markers = 0
        try:
            # A database without a name is a file of the system's temporary folder that has lost
            # its name as soon as it is open: nothing is left of it, whatever ends this process.
            with contextlib.closing(sqlite3.connect("")) as db:
                db.isolation_level = None
                db.execute("PRAGMA journal_mode = OFF")
                db.execute(_MEMORY)
                db.execute(_TABLE)
                self._gather(db)
                yield from self._ordered(db)
        except sqlite3.Error as e:
            message = f"the names cannot be sorted in the temporary folder: {clean(str(e))}"
            raise AuditError("plan.unreadable", message) from e

    def _gather(self, db: sqlite3.Connection) -> None:
        """Write all names into the database, those of neighbours that are not wanted too."""
        db.execute("BEGIN")
        for listed in self._listed_objects():
            if self._own and listed.key.startswith(self._own):
                continue
            self.seen += 1
            if self.seen > MAX_NAMES:
                raise AuditError("plan.unfit", f"more than {MAX_NAMES} names: plan a part of it")
            if self._told is not None and not self.seen % _BATCH:
                self._told(self.seen)
            code, message = listed.error or (None, None)
            row = (listed.size, listed.modified_ns, listed.etag, code, message)
            db.execute(_INSERT, (key_bytes(listed.key), *row, self._is_wanted(listed)))
        db.execute("COMMIT")
        ((self.left_out,),) = db.execute("SELECT count(*) FROM names WHERE NOT wanted")

    def _listed_objects(self) -> Iterator[ListedObject]:
        wanted, address = self._wanted, self._store.address
        if self._store.is_local and not os.path.isdir(address):
            shown = printable_path(wanted.source)
            message = f"{shown}: not a folder, nor the address of a store"
            raise AuditError("plan.unreadable", message)
        if wanted.inventory is not None:
            yield from inventory.objects(wanted.inventory, address)
        elif wanted.manifest is not None:
            for listed in names.manifest(wanted.manifest, wanted.column, address):
                asked = self._store.is_local and listed.error is None
                yield local(address, listed.key) if asked else listed
        elif self._store.is_local:
            yield from _folder(wanted)
        else:
            yield from self._store.listed()

    @property
    def _has_markers(self) -> bool:
        """Whether the names come from the listing of a store."""
        given = self._wanted.manifest, self._wanted.inventory
        return not self._store.is_local and given == (None, None)

    def _is_wanted(self, listed: ListedObject) -> bool:
        filters = self._wanted.filters
        name = listed.key.rpartition("/")[2]
        return filters.wants_name(name, wrong=listed.error is not None) and filters.fits(
            listed.size, listed.modified_ns
        )

    def _ordered(self, db: sqlite3.Connection) -> Iterator[ListedObject]:
        """Yield what is wanted, with what is next to it.

        Names of neighbours begin with the stem of the name that they belong to, and so would a key
        just before or after it: where neither does, there is none to ask for.
        """
        before = ""
        rows = map(_of_row, db.execute(f"SELECT {_COLUMNS}, wanted FROM names ORDER BY key"))  # noqa: S608 - no text of others
        ahead = next(rows, None)
        while ahead is not None:
            (listed, wanted), ahead = ahead, next(rows, None)
            after = ahead[0].key if ahead is not None else ""
            stem = os.path.splitext(listed.key)[0]
            if wanted and self._has_markers and _is_marker(db, listed):
                self.markers += 1
            elif (
                wanted
                and listed.error is None
                and (before.startswith(stem) or after.startswith(stem))
            ):
                yield replace(listed, beside=_neighbours_of(db, listed.key))
            elif wanted:
                yield listed
            before = listed.key


def _prefix_of_plan(source: str, out: str | None) -> str | None:
    """Return how keys begin that are below the place of the plan; None where it is elsewhere."""
    if out is None or stores.is_address(source) != stores.is_address(out):
        return None
    if stores.is_address(source):
        here, there = source.rstrip("/") + "/", out.rstrip("/") + "/"
    else:
        here = os.path.join(os.path.realpath(source), "")
        there = os.path.join(os.path.realpath(out), "")
    if here == there:
        shown = printable_path(out)
        raise AuditError("plan.unfit", f"{shown}: the plan cannot be where the objects are")
    return there[len(here) :].replace(os.sep, "/") if there.startswith(here) else None


def _folder(wanted: ListingRequest) -> Iterator[ListedObject]:
    """Yield what `audit` would go through below a folder, keys relative to it."""
    top = os.path.join(os.path.abspath(wanted.source), "")
    for planned in Plan(Sources((top,), follow_links=wanted.follow_links), Filters()):
        if planned is None:
            continue
        key = planned.path[len(top) :].replace(os.sep, "/")
        if planned.error is None:
            yield local(top, key)
        elif not key:
            shown = printable_path(wanted.source)
            raise AuditError("plan.unreadable", f"{shown}: {planned.error.message}")
        else:
            yield ListedObject(key, error=(planned.error.code, planned.error.message))


def local(top: str, key: str) -> ListedObject:
    """Ask what a file of this machine is. What cannot be examined has the error of `audit`."""
    try:
        status = status_of(os.path.join(top, key))
    except AssetError as e:
        return ListedObject(key, error=(e.code, str(e)))
    time = status.st_mtime_ns
    return ListedObject(key, status.st_size, time if -(1 << 63) <= time < 1 << 63 else None)


def _of_row(row: tuple[Any, ...]) -> tuple[ListedObject, bool]:
    key, size, modified, etag, code, message, wanted = row
    error = None if code is None else (code, message)
    name = key.decode("utf-8", "surrogateescape")
    return ListedObject(name, size, modified, etag, error), bool(wanted)


def _is_marker(db: sqlite3.Connection, listed: ListedObject) -> bool:
    """Tell whether an object is empty and has others below it, as consoles make folders.

    Listings have lost the slash at its end, so that it cannot be asked for under its own name.
    """
    if listed.size != 0 or listed.error is not None:
        return False
    key = key_bytes(listed.key)
    below = db.execute("SELECT 1 FROM names WHERE key > ? AND key < ?", (key + b"/", key + b"0"))
    return below.fetchone() is not None


def _neighbours_of(db: sqlite3.Connection, key: str) -> tuple[ListedObject, ...]:
    """Return the objects next to one whose names readers look for, by the bytes of their keys."""
    names = [key_bytes(name) for name in neighbours.neighbour_names(key)]
    marks = ", ".join("?" * len(names))
    query = f"SELECT {_COLUMNS}, wanted FROM names WHERE code IS NULL AND key IN ({marks})"  # noqa: S608 - as above
    return tuple(listed for listed, _ in map(_of_row, db.execute(f"{query} ORDER BY key", names)))
