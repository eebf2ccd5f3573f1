"""What the simulation of `bench.scale` is told: each figure, its unit, where it comes from."""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from typing import Any

MIB = 1 << 20
_S3 = 'Amazon S3 User Guide, "Best practices design patterns: optimizing Amazon S3 performance"'
_API = "Amazon S3 API Reference"
_HERE = "`tests/bench scale --measure`"
_TRIAL = "the trial: 1.9 to 2.0"


class Kind(StrEnum):
    """How much a figure can be relied on."""

    MEASURED = "measured"  # on the developers' machine, two cores; `--measure` does it again
    TRIAL = "trial"  # with an earlier prototype of the runner: to be measured again
    CITED = "cited"
    ASSUMED = "assumed"
    CHOSEN = "chosen"  # by who plans


def _in(default: Any, unit: str, kind: Kind, where: str) -> Any:
    return field(default=default, metadata={"unit": unit, "kind": kind, "where": where})


@dataclass(frozen=True, slots=True)
class Inputs:
    """One plan, the machines that work on it, the store, and what goes wrong."""

    objects: int = _in(10**9, "", Kind.CHOSEN, "how many objects the plan has")
    shard_size: int = _in(10_000, "objects", Kind.CHOSEN, "`--shard-size`")
    streams: int = _in(64, "a machine", Kind.CHOSEN, "`--streams`: requests at the same time")
    machines: int = _in(64, "", Kind.CHOSEN, "each runs one shard at a time")
    cores: int = _in(2, "a machine", Kind.CHOSEN, "as many workers a machine")
    prefixes: int = _in(
        16, "", Kind.CHOSEN, "partitions of the store that hold like shares of keys"
    )
    spread: bool = _in(True, "", Kind.CHOSEN, "shards are handed out over all prefixes in turn")
    copies: bool = _in(False, "", Kind.CHOSEN, "at the end, late shards are begun a second time")

    signed: float = _in(0.05, "of objects", Kind.ASSUMED, "the share of the trial")
    evidence: float = _in(0.05, "of objects", Kind.ASSUMED, "markers without a credential")
    large: float = _in(0.003, "of objects", Kind.MEASURED, "4 MiB and more: 2 of 605; few to tell")
    ms_ordinary: float = _in(0.66, "ms of processor", Kind.MEASURED, f"{_HERE}, `audit -j 1`")
    ms_evidence: float = _in(0.92, "ms of processor", Kind.MEASURED, f"{_HERE}, `audit -j 1`")
    ms_signed: float = _in(5.4, "ms of processor", Kind.MEASURED, f"{_HERE}, `audit -j 1`")
    runner: float = _in(2.2, "times `audit`", Kind.MEASURED, f"{_HERE}: 1.95 to 2.44; {_TRIAL}")
    deviation: float = _in(1.5, "times the mean", Kind.ASSUMED, "of one object's cost")
    unlike: float = _in(0.3, "of the logarithm", Kind.ASSUMED, "deviation from shard to shard")

    bytes_ordinary: int = _in(84_000, "bytes, below 4 MiB", Kind.MEASURED, f"{_HERE}, mean of 603")
    bytes_evidence: int = _in(90_000, "bytes, below 4 MiB", Kind.MEASURED, f"{_HERE}, mean of 106")
    bytes_signed: int = _in(857_000, "bytes, below 4 MiB", Kind.MEASURED, f"{_HERE}, mean of 38")
    bytes_large: int = _in(50_000_000, "bytes", Kind.ASSUMED, "mean of 4 MiB and more")
    requests_large: float = _in(2, "requests", Kind.TRIAL, "ordinary MP4 of 1 GB, blocks of 64 KiB")

    latency_ms: float = _in(100, "ms, median", Kind.CITED, f"{_S3}: 100 to 200 ms")
    latency_sigma: float = _in(0.5, "of the logarithm", Kind.ASSUMED, "a lognormal distribution")
    bandwidth: int = _in(125_000_000, "bytes/s a machine", Kind.ASSUMED, "1 Gbit/s")
    get_limit: int = _in(5_500, "requests/s a prefix", Kind.CITED, f"{_S3}: at least")
    put_limit: int = _in(3_500, "requests/s a prefix", Kind.CITED, f"{_S3}: at least")
    keys_listed: int = _in(1_000, "keys a request", Kind.CITED, f'{_API}, "ListObjectsV2"')
    listings: int = _in(16, "", Kind.ASSUMED, "prefixes listed at the same time")

    row_ordinary: int = _in(81, "bytes a row", Kind.MEASURED, f"{_HERE}, Parquet of 605 rows")
    row_evidence: int = _in(373, "bytes a row", Kind.MEASURED, f"{_HERE}, Parquet of 106 rows")
    row_signed: int = _in(1_368, "bytes a row", Kind.MEASURED, f"{_HERE}, Parquet of 38 rows")
    list_line: int = _in(42, "bytes an object", Kind.MEASURED, f"{_HERE}, gzip, made-up keys")
    plan_line: int = _in(112, "bytes a shard", Kind.MEASURED, f"{_HERE}, in `plan.json`")
    plan_micros: float = _in(4, "us a shard", Kind.MEASURED, f"{_HERE}: reading it, 1.9 to 4.3")

    name_micros: float = _in(45, "us an object", Kind.MEASURED, f"{_HERE}: planning, one process")
    name_bytes: int = _in(200, "bytes an object", Kind.CITED, "[shards](shards.md): names, sorted")
    start_seconds: float = _in(1.0, "s a shard", Kind.MEASURED, f"{_HERE}: a shard of one object")
    launch_seconds: float = _in(2, "s a shard", Kind.ASSUMED, "a container; 0 under Ray or xargs")
    launches: float = _in(50, "shards/s", Kind.ASSUMED, "what the scheduler hands out")

    preempted: float = _in(0.05, "an hour a machine", Kind.ASSUMED, "interruptible machines")
    back_seconds: float = _in(180, "s", Kind.ASSUMED, "until another machine is there")
    noticed_seconds: float = _in(30, "s", Kind.ASSUMED, "until a lost shard is handed out again")
    runner_fails: float = _in(0.001, "an attempt", Kind.ASSUMED, "memory, disk, a failing machine")
    request_fails: float = _in(0.0001, "a request", Kind.ASSUMED, "503, time-outs, short bodies")
    pause_seconds: float = _in(0.1, "s", Kind.MEASURED, "the first pause of the program's own")
    worker_dies: float = _in(1e-6, "an object", Kind.ASSUMED, "files that bring a worker down")
    death_seconds: float = _in(60, "s", Kind.ASSUMED, "of one worker; `--timeout` is 60 s")
    slow: float = _in(0.01, "of attempts", Kind.ASSUMED, "on a machine that is slower")
    slow_factor: float = _in(4, "times", Kind.ASSUMED, "how much slower")

    price_core_hour: float = _in(0, "", Kind.CHOSEN, "yours")
    price_1000_gets: float = _in(0, "", Kind.CHOSEN, "yours")
    price_1000_puts: float = _in(
        0, "", Kind.CHOSEN, "yours; listing costs the same with some stores"
    )
    price_gigabyte: float = _in(0, "", Kind.CHOSEN, "yours; often 0 within one region")


def described() -> tuple[Field[Any], ...]:
    """Return the figures with their metadata: `unit`, `kind`, `where`."""
    return fields(Inputs)


def parsed(name: str, text: str) -> Any:
    """Return a value for one of the figures. Raises ValueError."""
    default = {one.name: one.default for one in described()}.get(name)
    if default is None:
        raise ValueError(f"no such figure: {name}")
    if isinstance(default, bool):
        if text not in {"yes", "no"}:
            raise ValueError(f"{name}: yes or no")
        return text == "yes"
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError(f"{name}: a finite number, not below 0")
    return int(value) if isinstance(default, int) and value == int(value) else value
