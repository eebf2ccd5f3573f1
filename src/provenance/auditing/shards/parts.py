"""A folder of parts as a ledger is read: rows in the order of their keys, one part open at a time.

Memory does not grow with the rows; of each part its number is kept. Shards that are not done are
left out, and `Parts.notes` says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from provenance.auditing import reading, revive
from provenance.auditing.ledger_row import whole_record
from provenance.auditing.shards import part, stores
from provenance.auditing.shards.shard_plan import PARTS, PLAN
from provenance.base.errors import AssetError
from provenance.base.json_text import parse_unique
from provenance.base.text import clean, printable_path
from provenance.render.rows import EVERYTHING, LedgerRow, RowSelection, RowSource, Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance.auditing.shards.part import Facts
    from provenance.auditing.shards.stores import ShardStore
    from provenance.verdict.report import Report

_RUN = 1  # of every row of a part
_NAME = re.compile(re.escape(PARTS) + r"part-([0-9]{8})\.parquet")
_PLAN_VERSION = 1  # see `plan`, which writes it
_MAX_SHARDS = 10**8  # as many as a name has digits for


@dataclass(frozen=True, slots=True)
class Outline:
    """What a reader needs of a plan: its SHA-256, and how many objects each shard has.

    The rest says how to judge. Unlike who runs a shard, a reader takes plans of any program.
    """

    sha256: str
    objects: tuple[int, ...]


def is_place(path: str | os.PathLike[str]) -> bool:
    """Tell whether an argument can name parts: a folder or the address of a store."""
    return stores.is_address(os.fspath(path)) or os.path.isdir(path)


@contextlib.contextmanager
def results(path: str) -> Iterator[RowSource]:
    """Open a ledger, or the parts below a folder or an address, to be read in the same way.

    Raises as `reading.open_ledger` and `open_parts` do.
    """
    if is_place(path):
        with open_parts(path) as parts:
            yield parts
    else:
        with reading.open_ledger(path) as reader:
            yield reader


@contextlib.contextmanager
def open_parts(address: str) -> Iterator[Parts]:
    """Open the parts of a plan by its folder or address, or that of the parts themselves.

    Raises AuditError `parts.unusable`, or what the store raises.
    """
    store, data = _placed(address)
    plan = _outline(data, f"{store.address}/{PLAN}")
    yield Parts(store, plan, _there(store, len(plan.objects)))


def store_of(address: str) -> ShardStore:
    """Return the store that an audit in shards is in. Raises as `open_parts` does."""
    return _placed(address)[0]


def _placed(address: str) -> tuple[ShardStore, bytes]:
    """Return the store that has the plan, and the plan's bytes."""
    store = stores.open_store(address)
    try:
        return store, store.get(PLAN)
    except AssetError as e:
        above, _, last = store.address.rstrip("/").rpartition("/")
        if e.code == "asset.missing" and f"{last}/" == PARTS and above:
            with contextlib.suppress(AssetError):
                store = stores.open_store(above)
                return store, store.get(PLAN)
        why = f"no {PLAN} in it" if e.code == "asset.missing" else f"{PLAN}: {e}"
        name = address if stores.is_address(address) else printable_path(address)
        raise part.unusable(name, f"{why}: name the folder of an audit in shards") from e


def _outline(data: bytes, name: str) -> Outline:
    """Read of a plan what counts its objects. Raises AuditError."""
    try:
        top = cast("Any", parse_unique(data, stores.MOST))
        if top["provenance_plan"] != _PLAN_VERSION:
            raise ValueError("another version")
        objects = tuple(shard["objects"] for shard in top["shards"])
        if len(objects) > _MAX_SHARDS or any(type(n) is not int or n < 0 for n in objects):
            raise ValueError("no number of objects")
    except (LookupError, TypeError, ValueError) as e:
        raise part.unusable(name, "not the plan of an audit in shards") from e
    return Outline(hashlib.sha256(data).hexdigest(), objects)


def _there(store: ShardStore, shards: int) -> tuple[int, ...]:
    """Return the numbers of the shards that have a part. Other files next to them do not count."""
    numbers = set()
    for key in listed(store):
        if (name := _NAME.fullmatch(key)) is None:
            continue
        if int(name[1]) >= shards:
            raise part.unusable(f"{store.address}/{key}", f"the plan has {shards} shards")
        numbers.add(int(name[1]))
    return tuple(sorted(numbers))


def listed(store: ShardStore) -> Iterator[str]:
    """Yield the keys below the place of the parts, in no order; none if that place does not exist.

    Raises AuditError `store.unusable`.
    """
    if store.is_local and not os.path.exists(os.path.join(store.address, PARTS)):
        return
    for entry in store.listed(PARTS):
        yield entry.key


class Parts:
    """The parts of one plan, read as a ledger is. Make it with `open_parts`."""

    kind = "audit"

    def __init__(self, store: ShardStore, plan: Outline, there: tuple[int, ...]) -> None:
        self.store, self.plan, self.there = store, plan, there
        self.path = store.address if not store.is_local else printable_path(store.address)
        self._first: Facts | None = None
        self._told = ""
        self._isolation: dict[str, dict[str, Any]] | None = None
        if there:
            with self._opened(there[0]):
                pass

    @property
    def shards_missing(self) -> int:
        """How many shards have no part."""
        return len(self.plan.objects) - len(self.there)

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence where shards are not done."""
        if not self.shards_missing:
            return ()
        there = set(self.there)
        left = sum(n for shard, n in enumerate(self.plan.objects) if shard not in there)
        shards, total = f"{self.shards_missing:,}", f"{len(self.plan.objects):,}"
        said = (
            f"{shards} of {total} shards {'is' if self.shards_missing == 1 else 'are'} not done: "
        )
        return (f"{said}{left:,} object{' is' if left == 1 else 's are'} not in these figures",)

    @property
    def runs(self) -> Mapping[int, Run]:
        """The one run of all parts; none if no part exists.

        A measure of isolation is on where it was on in all parts that were opened so far.
        """
        if self._first is None:
            return {}
        state = "unfinished" if self.shards_missing else "finished"
        columns = {"isolation": list((self._isolation or {}).values()), "sources": []}
        version, environment = self._first.schema_version, self._first.environment
        return {_RUN: Run(_RUN, state, "", None, version, environment, columns)}

    def rows(self, selection: RowSelection = EVERYTHING) -> Iterator[LedgerRow]:
        """Yield rows by the bytes of their key, a few in memory at a time.

        Raises AuditError `parts.unusable` for what no runner of this plan wrote.
        """
        return self._rows(selection, record=True)

    def outlines(self, selection: RowSelection = EVERYTHING) -> Iterator[LedgerRow]:
        """Yield the same rows with an empty record, which is not even read."""
        return self._rows(selection, record=False)

    def facts(self) -> Iterator[tuple[int, int]]:
        """Open each part, check its metadata, and yield its shard and its rows."""
        for shard in self.there:
            with self._opened(shard) as opened:
                yield shard, opened.count

    def full_record(self, row: LedgerRow) -> str:
        """Return one report as one line of JSON, as `provenance verify --format jsonl` prints it.

        Raises AuditError.
        """
        try:
            assert self._first is not None  # noqa: S101 - there is a row
            return whole_record(row.record, self._first.schema_version, self._told)
        except (ValueError, RecursionError) as e:
            raise part.unusable(self.path, f"the record of {row.shown} is damaged") from e

    def report(self, row: LedgerRow) -> Report:
        """Return one report as a value. Raises AuditError for a record that is damaged."""
        try:
            assert self._first is not None  # noqa: S101 - there is a row
            environment = revive.environment_of(self._first.environment)
            return revive.report_of(json.loads(row.record), environment)
        except (ValueError, RecursionError) as e:
            raise part.unusable(self.path, f"the record of {row.shown} is damaged") from e

    def _rows(self, selection: RowSelection, *, record: bool) -> Iterator[LedgerRow]:
        if selection.since_run is not None and selection.since_run > _RUN:
            return
        before = b""
        for shard in self.there:
            objects = 0
            with self._opened(shard) as opened:
                for key, row in opened.rows(record=record, flagged=selection.flagged):
                    if key <= before:
                        raise part.unusable(opened.name, "its rows are not in the plan's order")
                    before = key
                    objects += b"\0" not in key
                    if row is not None:
                        yield row
                self._check_count(opened, shard, objects)

    def _check_count(self, opened: part.ShardPart, shard: int, objects: int) -> None:
        """Compare how many objects have a row with the plan.

        Those that are left out by their content have none. A part that does not say how many they
        are is believed.
        """
        planned, left_out = self.plan.objects[shard], opened.facts.left_out
        least = 0 if left_out is None else planned - left_out
        if not least <= objects <= planned - (left_out or 0):
            why = f"the plan has {planned:,} objects, and the part has {objects:,}"
            raise part.unusable(opened.name, why)

    @contextlib.contextmanager
    def _opened(self, shard: int) -> Iterator[part.ShardPart]:
        """Open a part, and see that it is of this plan and was judged as the first one was."""
        with part.open_part(self.store, shard) as opened:
            facts = opened.facts
            if facts.plan != self.plan.sha256:
                raise part.unusable(opened.name, "it belongs to another plan")
            first = self._first
            if first is None:
                self._first, self._told = facts, part.told(facts.environment)
            elif (facts.environment, facts.schema_version) != (
                first.environment,
                first.schema_version,
            ):
                raise part.unusable(opened.name, "it was judged by other rules than the first part")
            self._isolated(facts.isolation)
            yield opened

    def _isolated(self, isolation: tuple[dict[str, Any], ...]) -> None:
        """Take in what confined the workers of one part: what was off in one is off in all."""
        now = {clean(measure["name"]): measure for measure in isolation}
        if self._isolation is None:
            self._isolation = now
        for name, known in self._isolation.items():
            if known.get("on") and not now.get(name, {}).get("on"):
                self._isolation[name] = now.get(name, known) | {"on": False}
