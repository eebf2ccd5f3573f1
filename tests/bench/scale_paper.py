"""The arithmetic of a plan: what one shard costs on average, and what all of them come to."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.scale_inputs import MIB, Inputs

_WHOLE = (
    4 * MIB
)  # bytes: objects below are read whole, and large ones that are hashed in such pieces
_BLOCK = 64 << 10


@dataclass(frozen=True, slots=True)
class Object:
    """Means over all objects: seconds of processor, requests, bytes."""

    cpu: float
    requests: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Cost:
    """One shard that goes well: each in seconds, but for `requests`, `bytes` and `objects`.

    `seconds` is that of its run, without its start: as long as the slowest of processor, waiting
    and transfer, which go on at the same time, then the first answer and the writing of the part.
    """

    objects: int
    processor: float
    waiting: float
    transfer: float
    extra: float
    requests: float
    bytes: float

    @property
    def seconds(self) -> float:
        """How long the run takes."""
        return max(self.processor, self.waiting, self.transfer) + self.extra

    @property
    def bound(self) -> str:
        """Which of the three is the longest."""
        named = {
            "processor": self.processor,
            "latency": self.waiting,
            "bandwidth": self.transfer,
        }
        return max(named, key=lambda name: named[name])


def mean(given: Inputs) -> Object:
    """Return what one object costs on average; the requests that fail are made again."""
    ordinary = 1 - given.signed - given.evidence
    ms = (
        ordinary * given.ms_ordinary
        + given.evidence * given.ms_evidence
        + given.signed * given.ms_signed
    )
    small = (
        ordinary * given.bytes_ordinary
        + given.evidence * given.bytes_evidence
        + given.signed * given.bytes_signed
    )
    # Of a large object with evidence all bytes are hashed, of the others the headers are read.
    hashed = given.signed + given.evidence
    pieces = math.ceil(given.bytes_large / _WHOLE)
    of_large = hashed * pieces + ordinary * given.requests_large
    large = hashed * given.bytes_large + ordinary * given.requests_large * _BLOCK
    return Object(
        ms / 1000 * given.runner,
        ((1 - given.large) + given.large * of_large) * (1 + given.request_fails),
        (1 - given.large) * small + given.large * large,
    )


def latency(given: Inputs) -> float:
    """Return the mean seconds of one request, the pauses after those that fail included."""
    of_one = given.latency_ms / 1000 * math.exp(given.latency_sigma**2 / 2)
    return of_one + given.request_fails * given.pause_seconds


def row(given: Inputs) -> float:
    """Return the mean bytes of a row."""
    ordinary = 1 - given.signed - given.evidence
    return (
        ordinary * given.row_ordinary
        + given.evidence * given.row_evidence
        + given.signed * given.row_signed
    )


def shards(given: Inputs) -> int:
    """Return how many shards the plan has."""
    return math.ceil(given.objects / given.shard_size)


def start(given: Inputs) -> float:
    """Return the seconds before a shard is begun: container, program, and the whole `plan.json`."""
    count = shards(given)
    read = count * given.plan_line / given.bandwidth + count * given.plan_micros / 1e6
    return given.launch_seconds + given.start_seconds + read


def cost(given: Inputs, count: int, factor: float = 1.0) -> Cost:
    """Return the cost of a shard of `count` objects, whose work is `factor` times the mean."""
    one, wait = mean(given), latency(given)
    read, written = count * one.bytes * factor, count * row(given)
    listed = count * given.list_line
    return Cost(
        count,
        count * one.cpu * factor / given.cores,
        count * one.requests * wait / given.streams,
        read / given.bandwidth,
        4 * wait + (written + listed) / given.bandwidth,  # is there a part, plan, list, part
        count * one.requests + 3,
        read + listed + shards(given) * given.plan_line,
    )


def streams_for(given: Inputs) -> int:
    """Return how many requests at the same time keep the processors of a machine busy."""
    one = mean(given)
    return math.ceil(given.cores * one.requests * latency(given) / one.cpu)


def closed_form(given: Inputs) -> float:
    """Seconds of the whole plan where nothing fails, no limit is met and all shards are equal."""
    of_one = cost(given, given.shard_size).seconds + start(given)
    return math.ceil(shards(given) / given.machines) * of_one


def price(given: Inputs, core_hours: float, requests: float, bytes_: float, puts: float) -> float:
    """Return the cost in the currency of the prices that were given."""
    return (
        core_hours * given.price_core_hour
        + requests / 1000 * given.price_1000_gets
        + puts / 1000 * given.price_1000_puts
        + bytes_ / 1e9 * given.price_gigabyte
    )
