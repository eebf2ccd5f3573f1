"""A plan of shards, replayed event by event on machines that fail.

One machine runs one shard at a time. It waits for the scheduler, then for its start; then it reads
as fast as its processors, its requests or its bandwidth allow, or as fast as the limit of its
prefix: all that read from one prefix are slowed alike, so that together they keep to the limit. A
shard counts once its part is written, and whoever comes later with the same one has worked in vain.

Chance is a function of the seed and of what it is about (which shard, which attempt), so that no
order of events changes it.
"""

from __future__ import annotations

import heapq
import math
from array import array
from collections import deque
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING

from bench import scale_paper as paper

if TYPE_CHECKING:
    from bench.scale_inputs import Inputs

_ALL = (1 << 64) - 1
_NORMAL = NormalDist().inv_cdf
_NEVER = math.inf
_LATE = 1.5  # times the usual: from when on a shard is begun a second time
# What a draw decides.
_WORK, _DEATHS, _FAILS, _WHEN, _SLOW, _PREEMPTED = range(6)


def chance(seed: int, use: int, what: int, attempt: int) -> float:
    """Return a number between 0 and 1, neither of them included (splitmix64's finalizer)."""
    x = seed * 0x9E3779B97F4A7C15 + (what * 64 + use) * 0xD1342543DE82EF95
    x = (x + attempt * 0xDA942042E4DD58B5 + 0x9E3779B97F4A7C15) & _ALL
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _ALL
    return (((x ^ (x >> 31)) >> 11) + 0.5) / (1 << 53)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan took. Times are in seconds; `tail` is that of the last hundredth of the shards.

    `busy` are core hours of machines that had a shard, `paid` those of all machines until the end.
    `redone` are objects that were examined and lost, `copied` those that were examined twice
    because a shard was begun a second time. `peak` is the highest rate of a prefix, in requests a
    second. `written` says of each shard how many parts were written.
    """

    seconds: float
    tail: float
    busy: float
    paid: float
    attempts: int
    lost: int
    redone: float
    copied: float
    requests: float
    bytes: float
    peak: float
    written: bytes


@dataclass(slots=True, eq=False)
class _Attempt:
    """A shard on a machine. `ends` and `since` are in the time of its prefix; see `_Prefix`."""

    shard: int
    machine: int
    number: int
    begun: float
    since: float = 0.0
    work: float = 0.0  # seconds, were it not slowed by the limit
    share: float = 1.0  # of the work after which it fails; 1: it does not
    rate: float = 0.0  # requests a second that it would make
    reading: bool = False
    over: bool = False


@dataclass(slots=True)
class _Prefix:
    """A part of the store that has a limit. Its time runs slower while more is asked of it."""

    limit: float
    now: float = 0.0
    time: float = 0.0
    asked: float = 0.0
    peak: float = 0.0
    wake: float = _NEVER
    ends: list[tuple[float, int, _Attempt]] = field(default_factory=list)

    @property
    def pace(self) -> float:
        return 1.0 if self.asked <= self.limit else self.limit / self.asked

    def advance(self, now: float) -> None:
        self.time += (now - self.now) * self.pace
        self.now = now

    def ask(self, rate: float) -> None:
        self.asked = max(self.asked + rate, 0.0)
        self.peak = max(self.peak, self.asked * self.pace)


class Simulation:
    """One plan on its machines. `run` may be called once."""

    def __init__(self, given: Inputs, seed: int = 0) -> None:
        self.given, self.seed = given, seed
        self.count = paper.shards(given)
        self.mean, self.start = paper.cost(given, given.shard_size), paper.start(given)
        self.prefixes = [_Prefix(given.get_limit) for _ in range(given.prefixes)]
        self.waiting = deque(self._order())
        self.again: deque[int] = deque()
        self.idle = deque(range(given.machines))
        self.on: list[_Attempt | None] = [None] * given.machines
        self.interrupted = [0] * given.machines
        self.tries = array("I", bytes(4 * self.count))
        self.written = bytearray(self.count)
        self.copied_shards: set[int] = set()
        self.running: dict[_Attempt, None] = {}  # in the order in which they began
        self.events: list[tuple[float, int, int, object]] = []
        self.serial = self.done = self.attempts = self.lost = 0
        self.free = self.busy = self.redone = self.copied = self.requests = self.bytes = 0.0
        self.usual = 0.0  # seconds of all shards that are done
        self.checking = False

    def _order(self) -> list[int]:
        """Return the shards as they are handed out: by their keys, or over all prefixes in turn."""
        if not self.given.spread:
            return list(range(self.count))
        each = math.ceil(self.count / self.given.prefixes)
        return [shard for n in range(each) for shard in range(n, self.count, each)]

    def prefix(self, shard: int) -> _Prefix:
        each = math.ceil(self.count / self.given.prefixes)
        return self.prefixes[shard // each]

    def run(self) -> Outcome:
        """Replay the plan to its end. Raises RuntimeError where shards are lost again and again."""
        for machine in range(self.given.machines):
            self._await_interruption(machine, 0.0)
        self._hand_out(0.0)
        almost, late = math.ceil(self.count * 0.99), 0.0
        now, most = 0.0, 100 * self.count + 1000
        while self.done < self.count:
            now, _, what, about = heapq.heappop(self.events)
            _HANDLERS[what](self, now, about)
            if not late and self.done >= almost:
                late = now
            if self.attempts > most:
                raise RuntimeError(
                    "the plan does not end: machines are lost before shards are done"
                )
        for attempt in list(self.running):
            self._stop(now, attempt, in_vain=True)
        paid = self.given.machines * self.given.cores * now / 3600
        peak = max(prefix.peak for prefix in self.prefixes)
        return Outcome(
            now,
            now - late,
            self.busy / 3600,
            paid,
            self.attempts,
            self.lost,
            self.redone,
            self.copied,
            self.requests,
            self.bytes,
            peak,
            bytes(self.written),
        )

    def _later(self, when: float, what: int, about: object) -> None:
        self.serial += 1
        heapq.heappush(self.events, (when, self.serial, what, about))

    # ---- handing out

    def _hand_out(self, now: float) -> None:
        while self.idle and (shard := self._next()) is not None:
            self._begin(now, self.idle.popleft(), shard)
        if self.idle and self.given.copies and self.done:
            self._copy_late(now)

    def _next(self) -> int | None:
        for queue in (self.again, self.waiting):
            if queue:
                return queue.popleft()
        return None

    def _copy_late(self, now: float) -> None:
        late = _LATE * self.usual / self.done
        for attempt in list(self.running):
            if attempt.shard in self.copied_shards:
                continue
            if now < attempt.begun + late:
                if not self.checking:
                    self.checking = True
                    self._later(attempt.begun + late, _CHECK, None)
                return
            if not self.idle:
                return
            self.copied_shards.add(attempt.shard)
            self._begin(now, self.idle.popleft(), attempt.shard)

    def _check(self, now: float, _: object) -> None:
        self.checking = False
        self._hand_out(now)

    def _begin(self, now: float, machine: int, shard: int) -> None:
        given = self.given
        attempt = _Attempt(shard, machine, self.tries[shard], now)
        self.tries[shard] += 1
        self.attempts += 1
        self.on[machine] = attempt
        self.running[attempt] = None
        handed = max(now, self.free)
        self.free = handed + (1 / given.launches if given.launches else 0.0)
        self._later(handed + self.start, _READ, attempt)

    # ---- one shard

    def objects(self, shard: int) -> int:
        return min(self.given.shard_size, self.given.objects - shard * self.given.shard_size)

    def factor(self, shard: int) -> float:
        """Return how much more work than the mean a shard is: always the same one for it."""
        given = self.given
        sigma = math.sqrt(given.unlike**2 + given.deviation**2 / self.objects(shard))
        if not sigma:
            return 1.0
        return math.exp(sigma * _NORMAL(chance(self.seed, _WORK, shard, 0)) - sigma * sigma / 2)

    def _read(self, now: float, about: object) -> None:
        attempt = about
        assert isinstance(attempt, _Attempt)
        if attempt.over:
            return
        given, seed, shard, number = self.given, self.seed, attempt.shard, attempt.number
        part = self.objects(shard) / given.shard_size
        whole, factor = self.mean, self.factor(shard)
        slowest = max(whole.processor * factor, whole.waiting, whole.transfer * factor)
        work = slowest * part + whole.extra
        work += self._deaths(shard) * given.death_seconds / given.cores
        if given.slow and chance(seed, _SLOW, shard, number) < given.slow:
            work *= given.slow_factor
        if given.runner_fails and chance(seed, _FAILS, shard, number) < given.runner_fails:
            attempt.share = chance(seed, _WHEN, shard, number)
        prefix = self.prefix(shard)
        prefix.advance(now)
        attempt.reading, attempt.work, attempt.since = True, work, prefix.time
        attempt.rate = whole.requests * part / work
        prefix.ask(attempt.rate)
        self.serial += 1
        heapq.heappush(prefix.ends, (prefix.time + work * attempt.share, self.serial, attempt))
        self._wake_later(prefix)

    def _deaths(self, shard: int) -> int:
        expected = self.objects(shard) * self.given.worker_dies
        if not expected:
            return 0
        left, term, n = chance(self.seed, _DEATHS, shard, 0), math.exp(-expected), 0
        while left > term and n < 1000:
            left -= term
            n += 1
            term *= expected / n
        return n

    def _wake_later(self, prefix: _Prefix) -> None:
        while prefix.ends and prefix.ends[0][2].over:
            heapq.heappop(prefix.ends)
        if not prefix.ends:
            prefix.wake = _NEVER
            return
        when = prefix.now + max(prefix.ends[0][0] - prefix.time, 0.0) / prefix.pace
        if when != prefix.wake:
            prefix.wake = when
            self._later(when, _WAKE, prefix)

    def _wake(self, now: float, about: object) -> None:
        prefix = about
        assert isinstance(prefix, _Prefix)
        if now != prefix.wake:  # another one was set since
            return
        prefix.advance(now)
        ends = prefix.ends
        while ends and (ends[0][2].over or ends[0][0] <= prefix.time + 1e-9):
            attempt = heapq.heappop(ends)[2]
            if not attempt.over:
                self._end(now, attempt)
        prefix.wake = _NEVER
        self._wake_later(prefix)
        self._hand_out(now)

    def _end(self, now: float, attempt: _Attempt) -> None:
        first = not self.written[attempt.shard]
        failed = attempt.share < 1
        self._stop(now, attempt, in_vain=not first)
        self.idle.append(attempt.machine)
        if failed:
            self._lose(now, attempt)
        elif first:
            self.written[attempt.shard] = 1
            self.done += 1
            self.usual += now - attempt.begun

    def _stop(self, now: float, attempt: _Attempt, *, in_vain: bool) -> None:
        """End an attempt, and count what it took."""
        attempt.over = True
        del self.running[attempt]
        self.on[attempt.machine] = None
        self.busy += (now - attempt.begun) * self.given.cores
        if not attempt.reading:
            return
        prefix = self.prefix(attempt.shard)
        prefix.advance(now)
        prefix.ask(-attempt.rate)
        share = min((prefix.time - attempt.since) / attempt.work, 1.0)
        part = self.objects(attempt.shard) / self.given.shard_size
        self.requests += self.mean.requests * part * share
        self.bytes += self.mean.bytes * part * share * self.factor(attempt.shard)
        if in_vain:
            self.copied += share * self.objects(attempt.shard)
        elif attempt.share < 1 or share < 1 - 1e-6:
            self.redone += share * self.objects(attempt.shard)

    def _lose(self, now: float, attempt: _Attempt) -> None:
        self.lost += 1
        others = (
            any(one.shard == attempt.shard for one in self.running) if self.copied_shards else 0
        )
        if not self.written[attempt.shard] and not others:
            self.copied_shards.discard(attempt.shard)
            self._later(now + self.given.noticed_seconds, _AGAIN, attempt.shard)

    def _again(self, now: float, about: object) -> None:
        assert isinstance(about, int)
        self.again.append(about)
        self._hand_out(now)

    # ---- machines

    def _await_interruption(self, machine: int, now: float) -> None:
        if self.given.preempted:
            drawn = chance(self.seed, _PREEMPTED, machine, self.interrupted[machine])
            self.interrupted[machine] += 1
            when = now - math.log(drawn) * 3600 / self.given.preempted
            self._later(when, _INTERRUPT, machine)

    def _interrupt(self, now: float, about: object) -> None:
        assert isinstance(about, int)
        attempt = self.on[about]
        if attempt is None:
            self.idle.remove(about)
        else:
            prefix = self.prefix(attempt.shard)
            self._stop(now, attempt, in_vain=bool(self.written[attempt.shard]))
            self._wake_later(prefix)
            self._lose(now, attempt)
        self._later(now + self.given.back_seconds, _BACK, about)

    def _back(self, now: float, about: object) -> None:
        assert isinstance(about, int)
        self.idle.append(about)
        self._await_interruption(about, now)
        self._hand_out(now)


_READ, _WAKE, _AGAIN, _INTERRUPT, _BACK, _CHECK = range(6)
_HANDLERS = (
    Simulation._read,
    Simulation._wake,
    Simulation._again,
    Simulation._interrupt,
    Simulation._back,
    Simulation._check,
)
