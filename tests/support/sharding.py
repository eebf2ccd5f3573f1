"""Small audits in shards for tests: a plan over a source, a shard of it run, and its rows."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Any

from pyarrow import parquet

from provenance.auditing.shards import plan_store, shard_run, stores
from provenance.auditing.shards.listing import Listing, ListingRequest
from provenance.auditing.shards.shard_plan import part_name
from provenance.auditing.task import DigestMode, FileLimits
from provenance.base.options import Options
from provenance.signing.trust_store import TrustStore
from provenance.verdict.policy import Policy

if TYPE_CHECKING:
    from provenance.auditing.shards.shard_plan import ShardPlan
    from provenance.auditing.shards.shard_run import ShardRun

AT = datetime(2026, 6, 1, tzinfo=UTC)
LIMITS = FileLimits(timeout=20.0)
QUICK = FileLimits(timeout=1.0, memory=512 << 20)


def planned(source: Any, out: Any, size: int = 1000, options: Options | None = None) -> ShardPlan:
    """Plan all that a folder or an address holds."""
    request = plan_store.ShardsRequest(
        str(source), AT, Policy(), TrustStore.load(), options or Options(), DigestMode.EVIDENCE
    )
    return plan_store.make_plan(
        request, Listing(ListingRequest(str(source), out=str(out))), str(out), size
    )


def ran(
    made: ShardPlan, out: Any, shard: int = 0, limits: FileLimits = LIMITS, **how: Any
) -> ShardRun:
    """Run one shard in this process."""
    runner = shard_run.Runner(limits=limits, **how)
    return shard_run.run_shard(made, stores.open_store(str(out)), shard, runner, Event())


def part(out: Any, shard: int = 0) -> list[dict[str, Any]]:
    """Return the rows of a part."""
    data = stores.open_store(str(out)).get(part_name(shard))
    rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(data)).to_pylist()
    return rows


def by_path(out: Any, *columns: str, shard: int = 0) -> dict[str, Any]:
    """Return columns of a part's rows, by their path; of one column the value alone."""
    found = part(out, shard)
    if len(columns) == 1:
        return {row["path"]: row[columns[0]] for row in found}
    return {row["path"]: tuple(row[name] for name in columns) for row in found}
