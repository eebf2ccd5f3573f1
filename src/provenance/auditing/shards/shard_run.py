"""One shard: judged by confined workers, and written once, whoever tries.

1. A part that is there is done: nothing is judged.
2. The objects of the shard go to workers; those of a store are fetched for them.
3. Rows come back in any order, and wait for their turn.
4. The part is written where there is none. Whoever comes second finds the work done.

Nothing is written before the end, so that whatever ends a runner costs the work on one shard and
never a row of it.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from provenance.auditing.plan import Filters
from provenance.auditing.processes import Processes
from provenance.auditing.run import AuditWish, task_of
from provenance.auditing.shards import giving, plan_store, stores
from provenance.auditing.shards.shard_plan import part_name
from provenance.auditing.shards.waiting import WaitingRows
from provenance.auditing.sources import Sources
from provenance.auditing.task import FileLimits, Planned
from provenance.base.errors import AssetError, AuditError
from provenance.base.text import printable_path
from provenance.render import parquet_table
from provenance.verdict.report import SCHEMA_VERSION, ErrorInfo, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Event

    from provenance.auditing.shards.shard_plan import ListedObject, ShardPlan
    from provenance.auditing.shards.stores import ShardStore
    from provenance.auditing.task import AuditTask
    from provenance.render.rows import LedgerRow
    from provenance.verdict.report import Environment

_MANY = 16  # objects: of fewer, each may have its own reason


@dataclass(frozen=True, slots=True)
class Runner:
    """How shards are run on one machine.

    `streams` is how many requests to a store are under way at a time, `whole_below` the bytes of an
    object that is fetched in one.
    """

    workers: int = 1
    limits: FileLimits = field(default_factory=FileLimits)
    streams: int = giving.STREAMS
    whole_below: int = giving.WHOLE_BELOW


@dataclass(slots=True)
class ShardRun:
    """What became of a shard: how many of its objects were judged by now, and what was found.

    `before` says that its part was there already, and `raced` that somebody else wrote it meanwhile
    with the same rows. `left_out` counts objects whose content is of a type that is not asked for.
    """

    shard: int
    objects: int
    done: int = 0
    members: int = 0
    before: bool = False
    raced: bool = False
    left_out: int = 0
    stopped: bool = False
    errors: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    hits: int = 0

    def add(self, rows: Sequence[LedgerRow]) -> None:
        """Count one object, whose rows are its own and then those of what was found in it."""
        self.done += 1
        self.left_out += not rows
        self.members += max(len(rows) - 1, 0)
        for row in rows:
            if row.error_code is not None:
                self.errors[row.error_code] += 1
            if row.flagged:
                self.hits += 1
                self.flagged.update(row.flagged.split(","))


def run_shard(
    plan: ShardPlan,
    out: ShardStore,
    shard: int,
    how: Runner,
    stop: Event,
    told: Callable[[ShardRun], object] = lambda _: None,
) -> ShardRun:
    """Judge one shard and write its part; `told` hears of the progress now and then.

    When `stop` is set it ends within seconds, and nothing is written. Raises AuditError where the
    shard cannot be judged at all: the plan is another program's, no worker can be started, a store
    takes our credentials no more, or nothing of the shard could be read from it.
    """
    ran = ShardRun(shard, plan.shards[shard].objects)
    if _is_there(out, shard):
        ran.before, ran.done = True, ran.objects
        return ran
    objects = plan_store.objects(out.address, plan, shard)
    task, environment = _task(plan)
    source = stores.open_store(plan.source)
    engine, giver = _engine(source, objects, how)
    with closing(WaitingRows([listed.key for listed in objects])) as rows:
        try:
            with closing(engine.run(map(_planned, objects), task, stop)) as outcomes:
                for outcome in outcomes:
                    if outcome is not None:
                        ran.add(rows.put(outcome))
                    told(ran)
        finally:
            if giver is not None:
                giver.close()
        if not rows.complete:
            ran.stopped = True
            return ran
        data = _part(plan, ran, rows, environment, engine)
    if giver is not None:
        _check_reached(source, giver, ran)
    elif ran.errors["asset.missing"] and _is_empty(source.address):
        message = f"{printable_path(source.address)}: nothing is in it: is it mounted?"
        raise AuditError("store.unusable", message)
    ran.raced = not out.put_new(part_name(shard), data)
    if ran.raced and not _is_there(out, shard):  # as where a link leads nowhere
        raise AuditError("store.unusable", f"{_shown(out, shard)}: it is neither there nor written")
    return ran


def _is_there(out: ShardStore, shard: int) -> bool:
    try:
        out.head(part_name(shard))
    except AssetError as e:
        if e.code == "asset.missing":
            return False
        raise AuditError("store.unusable", f"{_shown(out, shard)}: {e}") from e
    return True


def _shown(out: ShardStore, shard: int) -> str:
    return f"{printable_path(out.address)}/{part_name(shard)}"


def _task(plan: ShardPlan) -> tuple[AuditTask, Environment]:
    """Return what workers are told.

    `plan_store.load_plan` has seen to it that it is what the plan says.
    """
    wish = AuditWish(
        Sources(),
        Filters(),
        plan.policy,
        plan.trust,
        at=plan.at,
        options=plan.options,
        digest=plan.digest,
        media_types=plan.media_types,
    )
    task, environment = task_of(wish, plan.at)
    folder = "" if stores.is_address(plan.source) else plan.source
    return replace(task, folder=folder), environment


def _engine(
    source: ShardStore, objects: Sequence[ListedObject], how: Runner
) -> tuple[Processes, giving.Giver | None]:
    if source.is_local:
        return Processes(how.workers, how.limits), None
    giver = giving.Giver(
        source,
        {listed.key: listed for listed in objects},
        slots=how.workers,
        streams=how.streams,
        whole_below=how.whole_below,
    )
    return Processes(how.workers, how.limits, giver.desk), giver


def _planned(listed: ListedObject) -> Planned:
    error = None
    if listed.error is not None:
        code, message = listed.error
        error = ErrorInfo(code, message)
    return Planned(listed.key, listed.size, listed.modified_ns, error=error, listed=True)


def _check_reached(source: ShardStore, giver: giving.Giver, ran: ShardRun) -> None:
    """Refuse to call a shard done of which not one object could be read, where there are many.

    Raises AuditError: a store that is down is no news about what is in it.
    """
    if ran.objects >= _MANY and not giver.reached:
        message = f"{source.address}: none of {ran.objects} objects could be read; nothing written"
        raise AuditError("store.unusable", message)


def _is_empty(folder: str) -> bool:
    try:
        return not os.listdir(folder)
    except OSError:
        return True


def _part(
    plan: ShardPlan, ran: ShardRun, rows: WaitingRows, environment: Environment, engine: Processes
) -> bytes:
    facts = {
        "plan": plan.sha256,
        "shard": ran.shard,
        "left_out": ran.left_out,
        "schema_version": SCHEMA_VERSION,
        # How much memory a worker takes at rest is another number each time.
        "isolation": [{"name": m.name, "on": m.on, "says": ""} for m in engine.isolation or ()],
    }
    stream = io.BytesIO()
    parquet_table.write_part(rows.in_order(), plain(environment), facts, stream)
    return stream.getvalue()
