"""Folders of parts made from the rows of a ledger, as shards of a plan would have written them."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

from provenance.auditing import reading
from provenance.auditing.shards.shard_plan import PLAN, part_name
from provenance.render import parquet_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from provenance.render.rows import LedgerRow


def plan(objects: Iterable[int]) -> bytes:
    """A plan that says of its shards only how many objects they have."""
    shards = [{"objects": n, "size": 0, "sha256": "0" * 64} for n in objects]
    return json.dumps({"provenance_plan": 1, "shards": shards}).encode()


def part(rows: Iterable[LedgerRow], environment: dict[str, Any], **facts: Any) -> bytes:
    """The bytes of one part."""
    stream = io.BytesIO()
    parquet_table.write_part(rows, environment, facts, stream)
    return stream.getvalue()


def files(ledger: Path, shard_size: int, but: Iterable[int] = ()) -> dict[str, bytes]:
    """Plan and parts over the files of a ledger, by their keys; the shards `but` are not done."""
    with reading.open_ledger(ledger) as reader:
        rows, run = list(reader.rows()), reader.runs[1]
    shards = [rows[at : at + shard_size] for at in range(0, len(rows), shard_size)]
    made = {PLAN: plan(map(len, shards))}
    for number, shard in enumerate(shards):
        if number not in but:
            made[part_name(number)] = part(
                shard,
                run.environment,
                plan=hashlib.sha256(made[PLAN]).hexdigest(),
                shard=number,
                schema_version=run.schema_version,
                isolation=run.columns["isolation"],
            )
    return made


def write(out: Path, made: dict[str, bytes]) -> Path:
    """Write plan and parts to a folder."""
    for key, data in made.items():
        path = out / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return out
