"""What passes between plan, runner and reader of shards, and where each lies.

Below the folder or prefix of an audit:

    plan.json                    what holds for every shard
    lists/00000000.jsonl.gz      the objects of a shard, one a line, by the bytes of their key
    parts/part-00000000.parquet  what was found in them, one row an object
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.auditing.task import DigestMode
    from provenance.base.options import Options
    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.policy import Policy

PLAN = "plan.json"
LISTS = "lists/"
PARTS = "parts/"


def list_name(shard: int) -> str:
    """Return where the objects of a shard are listed, below the audit's own address."""
    return f"{LISTS}{shard:08d}.jsonl.gz"


def part_name(shard: int) -> str:
    """Return where the rows of a shard are, below the audit's own address."""
    return f"{PARTS}part-{shard:08d}.parquet"


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One object as its store or its list has it; None is what nobody said.

    `key` is relative to the source; that of a local file may have surrogates for bytes that are no
    UTF-8. `size` is in bytes, `modified_ns` in nanoseconds since 1970. `error` says why
    it cannot be examined: code and message.
    `beside` are the objects next to it that may speak of it: a sidecar, settings of a generator.
    """

    key: str
    size: int | None = None
    modified_ns: int | None = None
    etag: str | None = None
    error: tuple[str, str] | None = None
    beside: tuple[ListedObject, ...] = ()


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard as the plan has it: how much it holds, and the SHA-256 of its list, in hex."""

    objects: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ShardsRequest:
    """What is asked of an audit in shards. `at`, the validation time, is fixed by now.

    `source` is the address of a store or the path of a folder; `digest` and `media_types` are those
    of `auditing.run.AuditWish`. Revocation lists and responders are not among the `options`: see
    `plan_store.make_plan`.
    """

    source: str
    at: datetime
    policy: Policy
    trust: TrustStore
    options: Options
    digest: DigestMode
    media_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """What holds for all shards of an audit, so that whoever runs one judges alike.

    `source` is what keys are relative to: an address, or the absolute path of a folder.
    `fingerprint` is that of the program, the trust lists, the policy and the options. `lists` are
    the trust lists that it was made with, as plain values; `plugins` are packages with detectors,
    each with its version. `sha256` is that of plan.json itself.
    """

    source: str
    at: datetime
    policy: Policy
    trust: TrustStore
    options: Options
    digest: DigestMode
    media_types: tuple[str, ...]
    fingerprint: str
    lists: tuple[dict[str, Any], ...]
    plugins: tuple[str, ...]
    shards: tuple[Shard, ...]
    sha256: str
